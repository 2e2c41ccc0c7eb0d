"""The series: which are found, what runs on each, what the manual says of it."""

import argparse
import datetime
import subprocess
import sys

import pytest

from tools import beside, matrix, paths
from tools.errors import ToolError

RELEASE = "RELEASE = FINAL = 'final'\nversion_info = (%d, %d, 0, FINAL, 0, '%s')\n"
PAGE = """# Series

%s
| Series | Odoo | Python | Tests | Smoke | Update and uninstall | Commit | Date |
|---|---|---|---|---|---|---|---|
| 11.0 | 2018-01-01 | 3.7 | 9 of 9 | 9 of 9 | 2 of 2 | abc | 2026-01-01 |
| 18.0 | 2025-01-01 | 3.9 | 1 of 9 | 1 of 9 | 1 of 2 | abc | 2026-01-01 |

%s

The rest.
""" % (matrix.BEGIN, matrix.END)


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A checkout with nothing but the page; without git."""
    monkeypatch.setattr(paths, "ROOT", tmp_path / "checkout")
    monkeypatch.setattr(matrix, "PAGE", paths.ROOT / "docs" / "series.md")
    matrix.PAGE.parent.mkdir(parents=True)
    matrix.PAGE.write_text(PAGE)
    return matrix.PAGE


@pytest.fixture
def odoos(tmp_path, monkeypatch):
    """Return a function that makes a folder of sources."""
    for name in ("ODOO", "SERIES", "PYTHON", "PYTHON_18_0", "PYTHON_12_0"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "odoos"

    def make(name, major=18, minor=0, nightly="", binary=True, python=True):
        place = folder / name
        (place / "odoo").mkdir(parents=True)
        (place / "odoo" / "release.py").write_text(RELEASE % (major, minor, nightly))
        if binary:
            (place / "odoo-bin").write_text("")
        if python:
            (place / "venv" / "bin").mkdir(parents=True)
            (place / "venv" / "bin" / "python").symlink_to(sys.executable)
        return place

    make.folder = folder
    return make


def options(odoos, only="", suites="", areas=""):
    return argparse.Namespace(
        odoos=str(odoos.folder), only=only, suites=suites, areas=areas)


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
    (place / "python").symlink_to(sys.executable)
    assert matrix.interpreter("18.0", place) == place / "python"
    monkeypatch.setenv("PYTHON_18_0", sys.executable)
    assert str(matrix.interpreter("18.0", place)) == sys.executable
    monkeypatch.setenv("PYTHON_18_0", "/nowhere/python")
    with pytest.raises(ToolError, match="PYTHON_18_0=/nowhere/python"):
        matrix.interpreter("18.0", place)


def test_a_line_of_the_table_is_what_ran(odoos, page, monkeypatch, capsys):
    odoos("18", nightly="-20250506")
    asked = []

    def stand_in(works, jobs):
        asked.extend((work.command()[2:], work.variables()) for work in works[:2])
        outcomes = [(1240, 0, 1), (107, 1, 0), (2, 0, 0)]
        return [beside.Ended(work, beside.Outcome(*outcome), 1.0, 1.0)
                for work, outcome in zip(works, outcomes)]

    monkeypatch.setattr(matrix, "side_by_side", stand_in)
    assert matrix.main(options(odoos)) == 1, "one step of smoke has failed"
    assert [arguments for arguments, _variables in asked] == [
        ["tools", "test", "--only", ""], ["tools", "smoke", "--only", ""]]
    for _arguments, variables in asked:
        assert variables["SERIES"] == "18.0"
        assert variables["ODOO"] == str(odoos.folder / "18")
        assert variables["PYTHON"] == str(odoos.folder / "18/venv/bin/python")
    line = "| 18.0 | 2025-05-06 | %d.%d | 1240 of 1240, 1 skipped | 107 of 108 |" % (
        sys.version_info[:2]) + " 2 of 2 | unknown | %s |" % (
            datetime.date.today().isoformat())
    assert line in capsys.readouterr().out.splitlines()
    lines = PAGE.splitlines()
    place = next(n for n, each in enumerate(lines) if each.startswith("| 18.0"))
    lines[place] = line
    assert page.read_text().splitlines() == lines


def test_update_and_uninstall_are_the_tests_of_leaving(odoos, page, monkeypatch):
    odoos("18")
    seen = []
    monkeypatch.setattr(matrix, "side_by_side", lambda works, jobs: [
        seen.append((work.name, work.variables().get("SERIES")))
        or beside.Ended(work, beside.Outcome(1, 0, 0), 1.0, 1.0) for work in works])
    assert matrix.main(options(odoos)) == 0
    assert seen[2] == ("tests/e2e/test_leaving.py", "18.0")
    leaving = paths.TOOLS.parent / seen[2][0]
    assert leaving.exists()


@pytest.mark.parametrize("given", [{"suites": "series"}, {"areas": "push"}])
def test_a_trial_writes_no_table(odoos, page, monkeypatch, capsys, given):
    odoos("18")
    asked = []

    def stand_in(works, jobs):
        asked.extend(work.command()[3:] for work in works[:2])
        return [beside.Ended(work, beside.Outcome(1, 0, 0), 1.0, 1.0) for work in works]

    monkeypatch.setattr(matrix, "side_by_side", stand_in)
    assert matrix.main(options(odoos, **given)) == 0
    assert asked == [["test", "--only", given.get("suites", "")],
                     ["smoke", "--only", given.get("areas", "")]]
    assert "| 18.0 | unknown |" in capsys.readouterr().out
    assert page.read_text() == PAGE


def test_a_series_that_was_not_there_gets_its_place(page):
    matrix.write(["15.0"] + ["x"] * 7)
    found = [line.split()[1] for line in page.read_text().splitlines()
             if line.startswith("| 1")]
    assert found == ["11.0", "15.0", "18.0"]


def test_a_page_without_a_table_is_left_alone(page):
    page.write_text("# Series\n")
    with pytest.raises(ToolError, match="no table"):
        matrix.write(["15.0"] + ["x"] * 7)
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
        matrix.main(argparse.Namespace(odoos="", only="", suites="", areas=""))
    monkeypatch.setenv("ODOO", "/its/sources")
    with pytest.raises(ToolError, match="finds them itself"):
        matrix.main(options(odoos))


def test_dates_and_commits_are_those_of_git(odoos, page):
    place = odoos("18")
    assert matrix.dated(place) == "unknown"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C"]
    for folder in (place, paths.ROOT):
        subprocess.run(git[:-1] + ["init", "-q", str(folder)], check=True)
        subprocess.run(git + [str(folder), "add", "-A"], check=True)
        subprocess.run(
            git + [str(folder), "commit", "-qm", "x", "--date=2020-01-01T00:00:00Z"],
            check=True, env={"GIT_COMMITTER_DATE": "2025-05-06T12:00:00Z"})
    assert matrix.dated(place) == "2025-05-06"
    number = matrix.commit()
    assert len(number) >= 7 and "+" not in number
    # The page itself changes with every line.
    page.write_text(PAGE + "more")
    assert matrix.commit() == number
    (paths.ROOT / "new.py").write_text("")
    assert matrix.commit() == number + "+"
