"""The closing line, the areas, the figures."""

import argparse
import json
import os
import subprocess

import pytest

from tools import areas, bench, beside, chaos, cli, odoo, paths, smoke, test
from tools.errors import ToolError

JUNIT = ('<testsuites><testsuite tests="%d" failures="%d" errors="%d" skipped="%d"/>'
         '</testsuites>')


@pytest.mark.parametrize("counts, status, outcome", [
    ((5, 0, 0, 0), 0, (5, 0, 0)),
    ((5, 1, 0, 2), 1, (2, 1, 2)),
    # A file that does not import is one error, and pytest stops with status 2.
    ((1, 0, 1, 0), 2, (0, 1, 0)),
    ((0, 0, 0, 0), 5, (0, 1, 0)),
    ((3, 0, 0, 3), 0, (0, 1, 3)),
    # Broken beside the tests, for example in the coverage of a plugin.
    ((5, 0, 0, 0), 3, (5, 1, 0)),
])
def test_what_pytest_reports(tmp_path, counts, status, outcome):
    report = tmp_path / "report.xml"
    report.write_text(JUNIT % counts)
    assert test.outcome_of(report, status) == outcome


def test_pytest_that_wrote_no_report(tmp_path):
    assert test.outcome_of(tmp_path / "none", 4) == (0, 1, 0)


@pytest.mark.parametrize("outcomes, line, status", [
    ([(3, 0, 0), (4, 0, 0)], "7 passed, 0 failed", 0),
    ([(3, 0, 0), (4, 1, 2)], "7 passed, 1 failed, 2 skipped", 1),
])
def test_the_closing_line(capsys, outcomes, line, status):
    results = [("suite", beside.Outcome(*outcome), 1.0) for outcome in outcomes]
    assert test.close(results, 2) == status
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_every_folder_with_tests_is_a_suite(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name in (
            "chaos", "e2e", "sync", "tools", "client", "bench", "simulator/tests"):
        (tmp_path / "tests" / name).mkdir(parents=True)
        if name != "bench":
            (tmp_path / "tests" / name / "test_it.py").write_text("")
    for name in ("dingding", "dingding_hr"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__manifest__.py").write_text("{}")
    demonstration = tmp_path / "tests" / "addons" / "dingding_demo"
    (demonstration / "tests").mkdir(parents=True)
    (demonstration / "__manifest__.py").write_text("{}")
    (demonstration / "tests" / "test_it.py").write_text("")
    check = demonstration.with_name("dingding_check_rights")
    check.mkdir()
    (check / "__manifest__.py").write_text("{}")
    assert [name for name, _work in test.suites()] == [
        "tests/client", "tests/simulator", "tests/chaos", "tests/sync", "tests/tools",
        "odoo: dingding", "odoo: dingding, dingding_hr",
        "odoo: dingding_demo", "rights", "chaos", "tests/e2e", "smoke"]


@pytest.mark.parametrize("text, outcome", [
    ("chaos: 9 operations, 1 faults, 0 broken, seed 1\nmore\n"
     "chaos: 9 operations, 1 faults, 2 broken, seed 2\n", (1, 1, 0)),
    # It ended before the second seed said anything.
    ("chaos: 9 operations, 1 faults, 0 broken, seed 1\n", (1, 1, 0)),
    ("chaos: 9 operations, 1 faults, 0 broken, seed 2\n"
     "chaos: 9 operations, 1 faults, 0 broken, seed 1\n", (2, 0, 0)),
    ("", (0, 2, 0))])
def test_each_seed_of_chaos_is_a_test(text, outcome):
    assert chaos.Seeds(["1", "2"]).outcome_of(text) == outcome


def test_chaos_says_how_to_do_it_once_more(monkeypatch):
    for name in ("SERIES", "ODOO", "PYTHON"):
        monkeypatch.delenv(name, raising=False)
    options = argparse.Namespace(seconds=60.0)
    assert chaos.command(options, "7") == "make chaos SECONDS=60 SEED=7"
    monkeypatch.setenv("ODOO", "/odoo")
    monkeypatch.setenv("SERIES", "18.0")
    monkeypatch.setenv("PYTHON", "/bin/python")
    assert chaos.command(options, "7").endswith(
        " SERIES=18.0 ODOO=/odoo PYTHON=/bin/python")


class World:
    """The least that the frame of steps asks for."""

    _pages = {}


def test_steps_after_a_failure_are_not_tried(capsys):
    done = []

    def fail():
        raise AssertionError("the list is empty\nmore")

    outcome = smoke.run_steps(World(), "people", iter([
        ("opens the list", lambda: done.append(1)), ("sees people", fail),
        ("goes on", lambda: done.append(2))]))
    assert outcome == (1, 2) and done == [1]
    assert capsys.readouterr().out.splitlines() == [
        "ok people: opens the list", "FAIL people: sees people (the list is empty)",
        "FAIL people: goes on (not tried)"]


def test_steps_that_break_between_two(capsys):
    def steps():
        yield "one", lambda: None
        raise KeyError("no record")

    assert smoke.run_steps(World(), "people", steps()) == (1, 1)


def test_an_area_that_does_not_exist(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    folder = tmp_path / "smoke"
    folder.mkdir()
    (folder / "people.py").write_text("AREA = 'people'\n")
    (folder / "_shared.py").write_text("1 / 0\n")
    assert list(areas.load(folder)) == ["people"]
    with pytest.raises(ToolError, match="no area poeple"):
        areas.load(folder, "people,poeple")


def test_a_missed_goal_is_a_failure(capsys):
    figures = bench.Bench("people")
    figures.figure("calls", 69, "calls", goal=70)
    figures.figure("rate", 5, "1/s", goal=10, better="higher")
    figures.figure("time", 1.5, "s")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == {"area": "people", "figure": "calls", "value": 69,
                        "unit": "calls", "goal": 70, "better": "lower"}
    assert "goal" not in lines[2]
    assert figures.missed == 1


def test_what_is_passed_on_keeps_its_options(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "tools.python.main", lambda options: seen.append(options.rest) or 0)
    monkeypatch.setattr("tools.processes.stop_on_signals", lambda: None)
    assert cli.main(["pytest", "-q", "--maxfail=1", "tests/client"]) == 0
    assert cli.main(["python", "odoo", "-c", "1"]) == 0
    assert seen == [["-q", "--maxfail=1", "tests/client"], ["-c", "1"]]


def test_every_target_is_one_call_into_tools():
    recipes = [line for line in (paths.ROOT / "Makefile").read_text().splitlines()
               if line.startswith("\t")]
    assert recipes
    for line in recipes:
        assert line.startswith("\t@$(TOOLS) ")


def test_another_odoo_has_its_own_python_and_the_tools_theirs():
    def shown(*given):
        return subprocess.run(
            ["make", "-n", "test"] + list(given), cwd=str(paths.ROOT), check=True,
            env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE,
        ).stdout.decode().split(" --only")[0]

    assert shown() == "python3 -m tools test"
    assert shown("PYTHON=python3.12") == "python3.12 -m tools test"
    assert shown("PYTHON=its/python", "ODOO=its", "SERIES=15.0") == (
        "python3 -m tools test")


def test_another_odoo_runs_what_is_about_it(monkeypatch):
    monkeypatch.setenv("ODOO", "its/sources")
    names = [name for name, _work in test.suites()]
    assert names.pop(0) == "tests/series"
    assert names.pop() == "rights"
    assert names and all(name.startswith("odoo: ") for name in names)


@pytest.mark.parametrize("given, said", [
    ({"SERIES": "15.0"}, "needs ODOO"),
    ({"ODOO": "its/sources", "SERIES": "15.0"}, "needs PYTHON"),
    ({"ODOO": "its/sources", "PYTHON": "its/python"}, "needs PYTHON"),
])
def test_half_of_another_odoo(monkeypatch, given, said):
    for name in ("ODOO", "PYTHON", "SERIES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ToolError, match=said):
        odoo.installation()


def test_areas_side_by_side_add_up(monkeypatch, capsys):
    ends = {"connect": (3, 1, 0), "people": (4, 0, 0)}

    class Area:
        most = now = 0

        def __init__(self, _name, arguments):
            self.area, self.left = arguments[2], 2

        def start(self):
            Area.now += 1
            Area.most = max(Area.most, Area.now)

        def running(self):
            self.left -= 1
            return self.left > 0

        def stop(self):
            pass

        def __call__(self):
            Area.now -= 1
            if self.area not in ends:
                raise ToolError("it said nothing")
            return beside.Outcome(*ends[self.area])

    monkeypatch.setattr(smoke, "Beside", Area)
    monkeypatch.setattr(smoke.time, "sleep", lambda seconds: None)
    options = argparse.Namespace(jobs=2, modules="", language="en_US", show=False)
    assert smoke.side_by_side(["connect", "people", "push"], options) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "7 passed, 2 failed"
    assert Area.most == 2
