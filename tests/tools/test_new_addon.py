"""``new-addon`` writes a working addon; impossible names are refused."""

import ast
import os
import shutil
import subprocess
import sys

import pytest

from tools import cli, new_addon, paths
from tools.errors import ToolError


def in_copy(copy, *arguments):
    """Run a tool of the copy; return (exit status, output)."""
    # Share the data, with databases of the same sources.
    environment = {name: value for name, value in os.environ.items()
                   if name != "PYTHONPATH"}
    environment["DINGDING_RUN"] = str(paths.RUN)
    done = subprocess.run(
        [sys.executable, "-m", "tools", *arguments], cwd=str(copy), env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the checkout with a new addon."""
    folder = tmp_path_factory.mktemp("copy") / "checkout"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=str(paths.ROOT), check=True, stdout=subprocess.PIPE).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source, target = paths.ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(source), str(target))
    # The rules read files that git would add.
    subprocess.run(["git", "init", "--quiet"], cwd=str(folder), check=True)
    status, said = in_copy(
        folder, "new-addon", "dingding_new_thing", "--feature", "New things",
        "--chinese", "新事物", "--purpose", "--chat")
    assert status == 0, said
    return folder


def test_follows_the_rules(copy):
    status, said = in_copy(
        copy, "pytest", "tests/repo/test_rules.py", "-q", "-p", "no:cacheprovider",
        "-k", "dingding_new_thing or test_repository_follows")
    assert status == 0 and " passed" in said, said
    assert "skipped" not in said


def test_its_tests_pass_on_odoo(copy):
    status, said = in_copy(copy, "odoo-test", "--modules", "dingding_new_thing")
    assert status == 0 and said.endswith("7 passed, 0 failed\n"), said


def test_its_smoke_and_bench_are_found(copy):
    for command in ("smoke", "bench"):
        code = (
            "from tools import areas, inside, paths; inside.test_environment();"
            "folder = paths.ROOT / 'tests' / %r;"
            "print(sorted(areas.load(folder, 'new_thing')))" % (
                "e2e/smoke" if command == "smoke" else command))
        status, said = in_copy(copy, "python", "test", "-c", code)
        assert (status, said.splitlines()[-1:]) == (0, ["['new_thing']"]), said


@pytest.fixture
def nothing_written(monkeypatch):
    """Refuse to write: an accepted bad name would leave an addon."""
    def refuse(path, *_arguments, **_options):
        raise AssertionError("%s is written" % path)

    monkeypatch.setattr(paths.Path, "write_text", refuse)
    monkeypatch.setattr(paths.Path, "mkdir", refuse)


def test_a_second_time(copy):
    status, said = in_copy(copy, "new-addon", "dingding_new_thing")
    assert status == 2 and "There is an addon dingding_new_thing already." in said


def test_title_is_made_of_the_name():
    assert new_addon.values_of("dingding_new_thing")["title"] == "New thing"


@pytest.mark.parametrize("purpose", [False, True])
@pytest.mark.parametrize("name, title", [
    ("dingding_new_thing", "New thing"), ("dingding_x", "X2"),
    ("dingding_" + "x" * 23, "Long " + "x" * 25)])
def test_nothing_is_left_to_fill_in(name, title, purpose):
    values = new_addon.values_of(name, title, purpose=purpose)
    texts = new_addon.files(values, purpose)
    assert (name + "/models/dingding_corp.py" in texts) == purpose
    for path, text in texts.items():
        assert "ADDON" not in path and "FEATURE" not in path and "$" not in text, path
        if path.endswith(".py"):
            ast.parse(text)
            assert max(map(len, text.splitlines())) <= 88, path
    manifest = ast.literal_eval(texts[name + "/__manifest__.py"])
    assert ("views/dingding_corp_views.xml" in manifest["data"]) == purpose


@pytest.mark.parametrize("name", [
    "attendance", "dingding", "dingding_", "dingding_Attendance", "dingding-attendance",
    "dingding__x", "dingding_2fa", "dingding_x_", "dingding_x/../y", "dingding_考勤", ""])
def test_names_that_are_none(name, capsys, nothing_written):
    assert cli.main(["new-addon", name]) == 2
    assert "is not a name for an addon" in capsys.readouterr().err


@pytest.mark.parametrize("name, said", [
    ("dingding_hr", "There is an addon dingding_hr already"),
    ("dingding_approval_demo", "There is an addon dingding_approval_demo already"),
    ("dingding_check_more", "only test"),
    ("dingding_import", "a word of Python"),
    ("dingding_" + "long" * 10, "longer than 32"),
    # A smoke area, an area of the client, an attribute of it, a model.
    ("dingding_people", "people.py exists already"),
    ("dingding_contacts", "attribute 'contacts' already"),
    ("dingding_oapi", "attribute 'oapi' already"),
    ("dingding_sync", "a model dingding.sync already"),
])
def test_names_that_are_taken(name, said, capsys, nothing_written):
    assert cli.main(["new-addon", name]) == 2
    assert said in capsys.readouterr().err


def test_a_title_that_is_a_label(capsys, nothing_written):
    assert cli.main(["new-addon", "dingding_calendar", "--feature", "Company"]) == 2
    assert "'Company' is a label" in capsys.readouterr().err


@pytest.mark.parametrize("title, chinese", [
    ("attendance", ""), ('At"tendance', ""), ("Attendance & more", ""), ("Att$x", ""),
    ("A" * 31, ""), ("Attendance", '考"勤'), ("Attendance", "考\\勤")])
def test_titles_that_are_none(title, chinese):
    with pytest.raises(ToolError):
        new_addon.values_of("dingding_calendar", title, chinese)
