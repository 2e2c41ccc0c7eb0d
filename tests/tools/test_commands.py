"""The last line, the areas, the figures."""

import argparse
import itertools
import json
import os
import subprocess
import sys

import pytest

from tools import (
    areas,
    bench,
    beside,
    chaos,
    cli,
    odoo,
    odoo_test,
    paths,
    smoke,
    test,
)
from tools.errors import ToolError

JUNIT = ('<testsuites><testsuite tests="%d" failures="%d" errors="%d" skipped="%d"/>'
         '</testsuites>')


@pytest.mark.parametrize("counts, status, outcome", [
    ((5, 0, 0, 0), 0, (5, 0, 0)),
    ((5, 1, 0, 2), 1, (2, 1, 2)),
    # A file that fails to import is one error; pytest exits with status 2.
    ((1, 0, 1, 0), 2, (0, 1, 0)),
    ((0, 0, 0, 0), 5, (0, 1, 0)),
    ((3, 0, 0, 3), 0, (0, 1, 3)),
    # Errors beside the tests, for example in the coverage plugin.
    ((5, 0, 0, 0), 3, (5, 1, 0)),
])
def test_what_pytest_reports(tmp_path, counts, status, outcome):
    report = tmp_path / "report.xml"
    report.write_text(JUNIT % counts)
    assert test.outcome_of(report, status) == outcome


def test_pytest_that_wrote_no_report(tmp_path):
    assert test.outcome_of(tmp_path / "none", 4) == (0, 1, 0)


@pytest.fixture
def run_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RUN", tmp_path / "run")
    return paths.RUN


@pytest.mark.parametrize("outcomes, line, status", [
    ([(3, 0, 0), (4, 0, 0)], "7 passed, 0 failed", 0),
    ([(3, 0, 0), (4, 1, 2)], "7 passed, 1 failed, 2 skipped", 1),
])
def test_the_closing_line(capsys, run_folder, outcomes, line, status):
    results = [
        test.Row("suite", beside.Outcome(*outcome), 1.0, 0.5) for outcome in outcomes]
    assert test.close(results, 2) == status
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_the_table_for_the_manual(run_folder, monkeypatch):
    monkeypatch.setenv("JOBS", "3")
    test.close([test.Row("tests/client", beside.Outcome(5, 0, 0), 1.6, 1.2),
                test.Row("rights", beside.Outcome(1, 2, 3), 300.2, 200)], 170.4)
    assert (run_folder / test.TABLE).read_text().splitlines()[2:] == [
        "| tests/client | 5 | 0 | 0 | 2 | 1 |",
        "| rights | 1 | 2 | 3 | 300 | 200 |",
        "| all, 3 at a time | 6 | 2 | 3 | 170 | 201 |"]


def test_the_seconds_of_a_processor_are_those_of_the_command(run_folder):
    class Busy(beside.Beside):
        def command(self):
            return [sys.executable, "-c", self.code + "; print('1 passed, 0 failed')"]

    idle, busy = Busy("idle", []), Busy("busy", [])
    idle.code = "import time; time.sleep(1)"
    # A child of it does the work.
    busy.code = "import subprocess, sys; subprocess.run([sys.executable, '-c', %r])" % (
        "import time\nwhile time.process_time() < 1: pass")
    found = {each.work: each for each in beside.side_by_side([idle, busy], 2)}
    assert found[busy].processor >= 1 > found[idle].processor
    assert found[idle].seconds >= 1
    assert found[busy].outcome == (1, 0, 0)


class Work:
    """A command that ends after some looks."""

    now = most = 0

    def __init__(self, name, outcome=None, looks=2):
        self.name, self.outcome, self.looks = name, outcome, looks
        self.stopped = False

    def start(self):
        Work.now += 1
        Work.most = max(Work.most, Work.now)

    def running(self):
        self.looks -= 1
        return self.looks > 0

    def stop(self):
        self.stopped = True

    def __call__(self):
        Work.now -= 1
        if self.outcome is None:
            raise ToolError("%s said nothing" % self.name)
        beside.say("text of %s" % self.name)
        return beside.Outcome(*self.outcome)


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr(beside, "LOOK_SECONDS", 0)
    Work.now = Work.most = 0


def test_side_by_side_in_their_order_with_whole_texts(no_waiting, capsys):
    works = [Work("long", (1, 0, 0), 9), Work("short", (2, 0, 0)), Work("silent"),
             Work("last", (3, 1, 0))]
    ended = beside.side_by_side(works, 2)
    assert Work.most == 2 and not Work.now
    assert {each.work.name: each.outcome for each in ended} == {
        "long": (1, 0, 0), "short": (2, 0, 0), "silent": (0, 1, 0), "last": (3, 1, 0)}
    said = capsys.readouterr().err.splitlines()
    assert [line[4:] for line in said if line.startswith("... ")] == [
        "long", "short", "silent", "last"]
    place = said.index("text of short")
    assert said[place + 1].startswith("=== short: ")
    assert "silent said nothing" in said


def test_a_stop_ends_what_runs_beside(no_waiting):
    class Stopping(Work):
        def running(self):
            raise KeyboardInterrupt

    works = [Work("one", (1, 0, 0)), Stopping("two"), Work("never")]
    with pytest.raises(KeyboardInterrupt):
        beside.side_by_side(works, 2)
    assert [work.stopped for work in works] == [True, True, False]


@pytest.mark.parametrize("given, numbers, said", [
    ("3", (3, 3), "3 at a time"), ("1", (1, 1), "1 at a time"),
    ("", (4, 8), "4 to 8 at a time")])
def test_how_many_at_a_time(monkeypatch, given, numbers, said):
    monkeypatch.setattr(beside.os, "cpu_count", lambda: 2)
    monkeypatch.setenv("JOBS", given)
    assert beside.at_a_time() == numbers
    assert test.pace() == said


@pytest.mark.parametrize("idle, memory, given, most", [
    # A fifth of the processors is idle, less than that, all of them.
    (20, 2, "", 6), (19, 2, "", 3), (100, 2, "", 6),
    (100, 1, "", 3), (100, 2, "2", 2), (None, 2, "", 3)])
def test_more_while_processors_are_idle(
        monkeypatch, no_waiting, idle, memory, given, most):
    passed = itertools.count()

    def processors():
        number = next(passed)
        return None if idle is None else (idle * number, 100 * number)

    monkeypatch.setattr(beside, "IDLE_SECONDS", 0)
    monkeypatch.setattr(beside, "processors", processors)
    monkeypatch.setattr(beside, "free_memory", lambda: memory * 1024 ** 3)
    monkeypatch.setattr(beside.os, "cpu_count", lambda: 1)
    monkeypatch.setenv("JOBS", given)
    works = [Work(str(number), (1, 0, 0), 9) for number in range(9)]
    assert len(beside.side_by_side(works)) == 9
    assert Work.most == most


def test_the_next_one_waits_for_what_the_last_one_takes(monkeypatch, no_waiting):
    monkeypatch.setattr(beside, "processors", lambda: (0, 0))
    monkeypatch.setattr(beside.os, "cpu_count", lambda: 1)
    monkeypatch.setenv("JOBS", "")
    beside.side_by_side([Work(str(number), (1, 0, 0), 9) for number in range(9)])
    assert Work.most == 3


@pytest.mark.skipif(not os.path.exists("/proc/stat"), reason="needs /proc")
def test_what_the_machine_has():
    idle, everything = beside.processors()
    assert 0 <= idle <= everything
    assert beside.free_memory() > 1024 ** 2


@pytest.mark.parametrize("given", ["0", "-1", "two"])
def test_what_is_no_number_of_commands(monkeypatch, given):
    monkeypatch.setenv("JOBS", given)
    with pytest.raises(ToolError, match="JOBS"):
        beside.at_a_time()


def test_every_folder_with_tests_is_a_suite(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name in (
            "chaos", "e2e", "sync", "tools", "client", "bench", "simulator/tests"):
        (tmp_path / "tests" / name).mkdir(parents=True)
        if name != "bench":
            (tmp_path / "tests" / name / "test_it.py").write_text("")
    (tmp_path / "tests" / "e2e" / "test_long.py").write_text("# long\n")
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
    found = list(test.suites())
    assert [suite.name for suite in found] == [
        "tests/client", "tests/simulator", "tests/chaos", "tests/sync", "tests/tools",
        "odoo: dingding", "odoo: all addons",
        "odoo: dingding_demo", "rights", "chaos", "tests/e2e", "smoke"]
    assert {suite.name: [work.name for work in suite.works] for suite in found
            if len(suite.works) > 1 and suite.name != "smoke"} == {
        "odoo: all addons": [
            "odoo: dingding among all", "odoo: dingding_hr among all"],
        "tests/e2e": ["tests/e2e/test_long.py", "tests/e2e/test_it.py"]}


def test_each_addon_is_tested_where_all_are_installed():
    asked = [work.command()[3:] for work in odoo_test.suite(["a", "b", "c", "d"])]
    assert asked == [
        ["odoo-test", "--modules", "a", "--with", "b,c,d"],
        ["odoo-test", "--modules", "b", "--with", "a,c,d"],
        ["odoo-test", "--modules", "c,d", "--with", "a,b"]]
    [first, other] = odoo_test.suite(["a", "b"])
    assert (first.name, other.name) == ("odoo: a among all", "odoo: b among all")
    [alone] = odoo_test.suite(["a"])
    assert alone.command()[3:] == ["odoo-test", "--modules", "a", "--with", ""]


@pytest.mark.parametrize("wanted, names", [
    (["test_push"], ["tests/e2e/test_push.py"]),
    # Only a suite of that name.
    (["sync"], ["tests/sync"]),
    (["test_push", "tests/sync"], ["tests/sync", "tests/e2e/test_push.py"]),
    (["e2e"], ["tests/e2e/test_push.py", "tests/e2e/test_sync.py"]),
    (["syncc"], []),
])
def test_suites_or_parts_of_them_by_their_names(wanted, names):
    found = [test.Suite("tests/sync", [Work("tests/sync")]), test.Suite("tests/e2e", [
        Work("tests/e2e/test_push.py"), Work("tests/e2e/test_sync.py")])]
    chosen = test.choose(found, wanted)
    assert [work.name for suite in chosen for work in suite.works] == names
    assert all(suite.works for suite in chosen)


@pytest.mark.parametrize("only, names", [
    ("", ["tests/client", "chaos", "tests/e2e", "smoke"]), ("chaos", ["chaos"]),
    ("smoke", ["smoke"]), ("e2e,smoke", ["tests/e2e", "smoke"]),
    ("bare", ["tests/bare"])])
def test_what_runs_by_which_name(
        only, names, monkeypatch, capsys, run_folder, no_waiting):
    for module, function in (
            (test.odoo, "installation"), (test.environments, "folder"),
            (test.node, "folder"), (test.postgres, "binaries"),
            (test.browser, "ensure")):
        monkeypatch.setattr(module, function, lambda *_name: None)
    monkeypatch.setenv("JOBS", "2")
    monkeypatch.setattr(test, "suites", lambda: [
        test.Suite(name, [Work(name, (1, 0, 0)), Work(name + " too", (2, 0, 0))])
        for name in ("tests/client", "tests/bare", "chaos", "tests/e2e", "smoke")])
    assert test.main(argparse.Namespace(only=only)) == 0
    said = capsys.readouterr()
    rows = [line for line in said.out.splitlines() if " skipped " in line]
    assert [line.split()[0] for line in rows] == names
    assert all(" 3 passed " in line for line in rows)
    assert all(" s of a processor" in line for line in rows)


def test_the_longest_first():
    found = [test.Suite(name, [Work(work) for work in works]) for name, works in (
        ("tests/client", ["tests/client"]),
        ("odoo: all addons", ["odoo: dingding among all", "odoo: dingding_robot"]),
        ("tests/e2e", ["tests/e2e/test_it.py", "tests/e2e/test_push.py"]))]
    assert [work.name for work in test.in_order(found)] == [
        "odoo: dingding among all", "tests/e2e/test_push.py", "odoo: dingding_robot",
        "tests/client", "tests/e2e/test_it.py"]
    found = [test.Suite(name, [Work(work) for work in works]) for name, works in (
        ("tests/sync", ["tests/sync"]), ("smoke", ["smoke 1", "smoke 2"]))]
    assert [work.name for work in test.in_order(found)] == [
        "smoke 1", "smoke 2", "tests/sync"]


def test_commands_of_smoke_share_the_areas(run_folder, monkeypatch):
    monkeypatch.setattr(smoke, "TAKEN", run_folder / "taken")
    monkeypatch.setenv("JOBS", "3")
    works = smoke.commands()
    assert [work.name for work in works] == ["smoke 1", "smoke 2", "smoke 3"]
    [command] = {tuple(work.command()[3:]) for work in works}
    _smoke, _only, found, _share, run = command
    found = found.split(",")
    assert list(areas.load(smoke.FOLDER, ",".join(found))) == found
    assert set(found) == set(areas.load(smoke.FOLDER))
    assert found[:len(smoke.LONGEST)] == smoke.LONGEST, "one of them is not an area"
    for name in (run, smoke.commands()[0].command()[-1] + " another"):
        assert smoke.take("people", name)
        assert not smoke.take("people", name)


@pytest.mark.parametrize("text, outcome", [
    ("chaos: 9 operations, 1 faults, 0 broken, seed 1\nmore\n"
     "chaos: 9 operations, 1 faults, 2 broken, seed 2\n", (1, 1, 0)),
    # It ended before the second seed's output.
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
    def __init__(self, *pages):
        context = argparse.Namespace(pages=list(pages))
        self.browser = argparse.Namespace(contexts=[context])
        self.pictures = []

    def picture(self, name, page):
        self.pictures.append((name, page))
        return name


def test_a_failure_has_a_picture_of_every_page():
    def fail():
        raise AssertionError("the list is empty")

    # The step itself opened the second one.
    world = World("admin", "phone")
    assert smoke.run_steps(world, "people", [("opens the list", fail)]) == (0, 1)
    assert world.pictures == [("failure-0", "admin"), ("failure-1", "phone")]


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


def test_a_step_that_finds_nothing_to_take_fails():
    """Its StopIteration does not end the steps."""
    outcome = smoke.run_steps(World(), "people", iter([
        ("takes the first", lambda: next(iter(()))), ("goes on", lambda: None)]))
    assert outcome == (0, 2)


def test_an_area_that_does_not_exist(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    folder = tmp_path / "smoke"
    folder.mkdir()
    (folder / "people.py").write_text("")
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
    names = [suite.name for suite in test.suites()]
    assert names.pop(0) == "tests/series"
    assert [names.pop() for _each in range(3)] == ["rights", "jobs", "doors"]
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


def test_areas_side_by_side_add_up(monkeypatch, capsys, run_folder, no_waiting):
    ends = {"smoke 1": (3, 1, 0), "smoke 2": (4, 0, 0)}
    monkeypatch.setattr(smoke, "TAKEN", run_folder / "taken")
    monkeypatch.setattr(smoke, "Beside", lambda name, _arguments: Work(
        name, ends.get(name)))
    monkeypatch.setenv("JOBS", "3")
    options = argparse.Namespace(modules="", language="en_US", show=False)
    assert smoke.areas_side_by_side(["connect", "people", "push"], options) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "7 passed, 2 failed"
    assert Work.most == 3
