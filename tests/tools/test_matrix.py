"""The series: discovery, runs, the manual's page."""

import argparse
import datetime
import subprocess
import sys
import types

import pytest

from tools import beside, matrix, paths
from tools.errors import ToolError

RELEASE = "RELEASE = FINAL = 'final'\nversion_info = (%d, %d, 0, FINAL, 0, '%s')\n"
PAGE = """# Series

%s
| Series | Odoo | Python | Addons | Tests | Smoke | %s | Commit | Date |
|---|---|---|---|---|---|---|---|---|
| 11.0 | 2018-01-01 | 3.7 | all | 9 of 9 | 9 of 9 | 2 of 2 | abc | 2026-01-01 |
| 18.0 | 2025-01-01 | 3.9 | all | 1 of 9 | 1 of 9 | 1 of 2 | abc | 2026-01-01 |

%s

The rest.
""" % (matrix.BEGIN, matrix.COLUMNS[6], matrix.END)


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A checkout with only the page, without git."""
    monkeypatch.setattr(paths, "ROOT", tmp_path / "checkout")
    monkeypatch.setattr(paths, "RUN", tmp_path / "run")
    monkeypatch.setattr(matrix, "PAGE", paths.ROOT / "docs" / "series.md")
    matrix.PAGE.parent.mkdir(parents=True)
    matrix.PAGE.write_text(PAGE)
    return matrix.PAGE


@pytest.fixture
def odoos(tmp_path, monkeypatch):
    for name in ("ODOO", "SERIES", "PYTHON", "PYTHON_18_0", "PYTHON_12_0"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "odoos"

    def make(name, major=18, minor=0, nightly="", binary=True, python=True):
        place = folder / name
        for addon in ("odoo/addons/base", "addons/web"):
            (place / addon).mkdir(parents=True)
            (place / addon / "__manifest__.py").write_text("{}")
        (place / "addons" / matrix.LIBRARIES).mkdir(parents=True)
        (place / "odoo" / "release.py").write_text(RELEASE % (major, minor, nightly))
        if binary:
            (place / "odoo-bin").write_text("")
        if python:
            (place / "venv" / "bin").mkdir(parents=True)
            (place / "venv" / "bin" / "python").symlink_to(sys.executable)
        return place

    make.folder = folder
    return make


def options(odoos, only="", modules="", areas="", again=False):
    return argparse.Namespace(odoos=str(odoos.folder), only=only, modules=modules,
                              areas=areas, again=again)


@pytest.fixture
def ran(monkeypatch):
    """Replace the commands; return runs and outcomes."""
    asked = []
    outcomes = [(1240, 0, 1), (108, 0, 0), (2, 0, 0)]

    def stand_in(works, jobs):
        work, = works
        leaving = work.name == "tests/e2e/test_leaving.py"
        place = 2 if leaving else work.name.endswith("smoke")
        asked.append(
            (["leaving"] if leaving else work.command()[3:], work.variables()))
        return [beside.Ended(work, beside.Outcome(*outcomes[place]), 1.0, 1.0)]

    monkeypatch.setattr(matrix, "side_by_side", stand_in)
    return argparse.Namespace(asked=asked, outcomes=outcomes)


def commit(folder):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C"]
    if not (folder / ".git").exists():
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
    subprocess.run(git + [str(folder), "add", "-A"], check=True)
    subprocess.run(
        git + [str(folder), "commit", "-qm", "x", "--date=2020-01-01T00:00:00Z"],
        check=True, env={"GIT_COMMITTER_DATE": "2025-05-06T12:00:00Z"})


def test_only_odoos_of_known_series_are_found(odoos):
    newer, older = odoos("a", 18), odoos("b", 12, python=False)
    odoos("between", 18, 1)
    odoos("unknown", 10)
    odoos("no program", 15, binary=False)
    (odoos.folder / "notes").mkdir()
    assert matrix.find(odoos.folder) == [
        ("12.0", older, None), ("18.0", newer, newer / "venv" / "bin" / "python")]


def test_two_of_one_series(odoos):
    odoos("one"), odoos("other")
    with pytest.raises(ToolError, match="18.0 is in .*one and in .*other"):
        matrix.find(odoos.folder)


def test_where_the_interpreter_is(odoos, monkeypatch):
    place = odoos("18", python=False)
    assert matrix.interpreter("18.0", place) is None
    (odoos.folder / "odoo18").mkdir()
    beside_it = odoos.folder / "venv18" / "bin" / "python"
    beside_it.parent.mkdir(parents=True)
    beside_it.symlink_to(sys.executable)
    assert matrix.interpreter("18.0", odoos.folder / "odoo18") == beside_it
    (place / "python").symlink_to(sys.executable)
    assert matrix.interpreter("18.0", place) == place / "python"
    monkeypatch.setenv("PYTHON_18_0", sys.executable)
    assert str(matrix.interpreter("18.0", place)) == sys.executable
    monkeypatch.setenv("PYTHON_18_0", "/nowhere/python")
    with pytest.raises(ToolError, match="PYTHON_18_0=/nowhere/python"):
        matrix.interpreter("18.0", place)


def test_a_line_of_the_table_is_what_ran(odoos, page, ran, capsys, monkeypatch):
    # No day ends during the test.
    today = types.SimpleNamespace(today=lambda: datetime.date(2026, 2, 28))
    monkeypatch.setattr(matrix, "datetime", types.SimpleNamespace(date=today))
    odoos("18", nightly="-20250506")
    ran.outcomes[1] = (107, 1, 0)
    assert matrix.main(options(odoos)) == 1, "one step of smoke has failed"
    assert [command for command, _variables in ran.asked] == [
        ["test"], ["smoke", "--only", "", "--modules", ""], ["leaving"]]
    assert (paths.TOOLS.parent / "tests/e2e/test_leaving.py").exists()
    for _command, variables in ran.asked:
        assert variables["SERIES"] == "18.0"
        assert variables["ODOO"] == str(odoos.folder / "18")
        assert variables["PYTHON"] == str(odoos.folder / "18/venv/bin/python")
        assert variables["DINGDING_ADDONS"] == ""
    line = "| 18.0 | 2025-05-06 | %d.%d | all | 1240 of 1240, 1 skipped |" % (
        sys.version_info[:2]) + " 107 of 108 | 2 of 2 | unknown | 2026-02-28 |"
    assert line in capsys.readouterr().out.splitlines()
    lines = PAGE.splitlines()
    place = next(n for n, each in enumerate(lines) if each.startswith("| 18.0"))
    lines[place] = line
    assert page.read_text().splitlines() == lines


def test_a_part_is_named_and_replaces_no_whole_run(odoos, page, ran):
    odoos("18"), odoos("15", 15)
    for name in ("dingding", "dingding_hr"):
        (paths.ROOT / name).mkdir()
        (paths.ROOT / name / "__manifest__.py").write_text("{'depends': ['web']}")
    part = options(odoos, modules="dingding,dingding_hr", areas="connect,push")
    assert matrix.main(part) == 0
    assert ran.asked[0][0] == ["odoo-test", "--modules", "dingding,dingding_hr"]
    assert ran.asked[1][0] == [
        "smoke", "--only", "connect,push", "--modules", "dingding,dingding_hr"]
    assert ran.asked[2][1]["DINGDING_ADDONS"] == "dingding,dingding_hr"
    text = page.read_text()
    assert "| 18.0 | 2025-01-01 | 3.9 | all | 1 of 9 |" in text
    assert "| dingding, dingding_hr | 1240 of 1240, 1 skipped | 108 of 108 (connect, " \
        "push) | 2 of 2 |" in text
    # A part of the same series replaces a part.
    assert matrix.main(options(odoos, areas="fields")) == 0
    assert "| all | 1240 of 1240, 1 skipped | 108 of 108 (fields) |" in page.read_text()


def test_a_matrix_that_was_stopped_continues(odoos, page, ran):
    odoos("18")
    commit(paths.ROOT)
    ran.outcomes[1] = (107, 1, 0)
    assert matrix.main(options(odoos)) == 1
    ran.outcomes[1] = (108, 0, 0)
    del ran.asked[:]
    assert matrix.main(options(odoos)) == 0
    assert [command[0] for command, _variables in ran.asked] == ["smoke"]
    assert "| 1240 of 1240, 1 skipped | 108 of 108 | 2 of 2 |" in page.read_text()
    del ran.asked[:]
    assert matrix.main(options(odoos, again=True)) == 0
    assert len(ran.asked) == 3
    # Other commits and uncommitted changes are run.
    (paths.ROOT / "new.py").write_text("")
    del ran.asked[:]
    assert matrix.main(options(odoos)) == 0 and matrix.main(options(odoos)) == 0
    assert len(ran.asked) == 6
    commit(paths.ROOT)
    assert matrix.main(options(odoos)) == 0
    assert len(ran.asked) == 9


def test_what_sources_lack_is_left_out_with_the_reason(odoos, page, ran, capsys):
    (odoos("18") / "addons" / matrix.LIBRARIES).rmdir()
    assert matrix.main(options(odoos)) == 0
    assert [command[0] for command, _variables in ran.asked[:1]] == ["test"]
    assert len(ran.asked) == 2
    assert "| not run: no web/static/lib | 2 of 2 |" in page.read_text()
    (odoos.folder / "18/addons/web/__manifest__.py").unlink()
    odoos("17", 17)
    assert matrix.main(options(odoos)) == 1
    assert "18.0 is left out: its sources lack web" in capsys.readouterr().err
    assert "| 17.0 |" in page.read_text(), "the others are run"


def test_a_series_that_was_not_there_gets_its_place(page):
    matrix.write(["15.0"] + ["x"] * 8)
    found = [line.split()[1] for line in page.read_text().splitlines()
             if line.startswith("| 1")]
    assert found == ["11.0", "15.0", "18.0"]


def test_a_page_without_a_table_is_left_alone(page):
    page.write_text("# Series\n")
    with pytest.raises(ToolError, match="no table"):
        matrix.write(["15.0"] + ["x"] * 8)
    assert page.read_text() == "# Series\n"


def test_the_manual_has_the_table():
    text = matrix.PAGE.read_text(encoding="utf-8")
    table = text.partition(matrix.BEGIN)[2].partition(matrix.END)[0]
    assert "| %s |" % " | ".join(matrix.COLUMNS) in table.splitlines()


def test_without_an_interpreter_nothing_is_run_nor_written(
        odoos, page, monkeypatch, capsys):
    odoos("18", python=False)
    monkeypatch.setattr(matrix, "run", lambda *_arguments: 1 / 0)
    assert matrix.main(options(odoos)) == 1
    assert "PYTHON_18_0" in capsys.readouterr().err
    assert page.read_text() == PAGE


@pytest.mark.parametrize("only, said", [("15.0", "no Odoo 15.0"), ("", "known series")])
def test_what_is_not_there(odoos, only, said):
    odoos("10", 10)
    with pytest.raises(ToolError, match=said):
        matrix.main(options(odoos, only))


def test_no_folder_or_another_odoo(odoos, monkeypatch):
    with pytest.raises(ToolError, match="ODOOS="):
        matrix.main(argparse.Namespace(odoos="", only=""))
    monkeypatch.setenv("ODOO", "/its/sources")
    with pytest.raises(ToolError, match="finds them itself"):
        matrix.main(options(odoos))


def test_dates_and_commits_are_those_of_git(odoos, page):
    place = odoos("18")
    assert matrix.dated(place) == "unknown"
    commit(place), commit(paths.ROOT)
    assert matrix.dated(place) == "2025-05-06"
    number = matrix.commit()
    assert len(number) >= 7 and "+" not in number
    # The page itself changes with every line.
    page.write_text(PAGE + "more")
    assert matrix.commit() == number
    (paths.ROOT / "new.py").write_text("")
    assert matrix.commit() == number + "+"
