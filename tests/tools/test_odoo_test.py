"""The runner of addon tests: errors that Odoo 11 only logs fail here."""

import contextlib
import io

import pytest

from tools import beside, odoo_test
from tools.errors import ToolError

HEAD = """
from odoo.tests import common


@common.at_install(False)
@common.post_install(True)
class TestTiny(common.TransactionCase):
"""
GOOD = HEAD + """
    def test_good(self):
        self.assertTrue(self.env['res.users'].search([]))

    def test_other(self):
        pass
"""


FAILING = HEAD + """
    def test_failure(self):
        self.assertEqual(1, 2)

    def test_error(self):
        self.env['no.such.model']

    def test_subtests(self):
        for number in (1, 2, 3):
            with self.subTest(number=number):
                self.assertEqual(number, 2)

    def test_skip(self):
        self.skipTest('not today')
"""
LOGGING = HEAD + """
    def test_logs(self):
        import logging
        logging.getLogger('odoo.addons.logs.models').error('lost %s', 'it')
"""


def write(folder, init="from . import test_tiny\n", tests=GOOD, code=""):
    """Write an addon with tests."""
    (folder / "tests").mkdir(parents=True)
    (folder / "__manifest__.py").write_text(
        "{'name': 'Tiny', 'depends': ['base'], 'license': 'LGPL-3'}")
    (folder / "__init__.py").write_text(code)
    (folder / "tests" / "__init__.py").write_text(init)
    (folder / "tests" / "test_tiny.py").write_text(tests)


def run(folder, *names, **options):
    """Run the tests of addons; return the outcome and what was said."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        outcome = odoo_test.run(names, folders=[folder], simulated=False, **options)
    return outcome, said.getvalue()


@pytest.fixture
def addon(tmp_path):
    """Return a function that writes an addon with tests and runs them."""
    def write_and_run(init="from . import test_tiny\n", tests=GOOD, code="", **options):
        write(tmp_path / "tiny", init, tests, code)
        return run(tmp_path, "tiny", **options)
    return write_and_run


def test_good_ones_pass_and_those_of_another_addon_do_not_run(addon, tmp_path):
    write(tmp_path / "other")
    assert addon(beside=["other"])[0] == (2, 0, 0)


def test_only_some(addon):
    assert addon(only="test_good")[0] == (1, 0, 0)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    """The outcome of three addons, and what is said."""
    folder = tmp_path_factory.mktemp("addons")
    write(folder / "failing", tests=FAILING)
    write(folder / "unlisted", init="")
    write(folder / "logs", tests=LOGGING)
    return run(folder, "failing", "unlisted", "logs")


def test_what_is_wrong_is_counted(wrong):
    outcome, _said = wrong
    assert outcome == (1, 4 + 1 + 1, 1)


@pytest.mark.parametrize("text", [
    "test_failure", "1 != 2", "test_error", "no.such.model", "number=1", "number=3",
    "not today", "IS NEVER RUN odoo.addons.unlisted.tests.test_tiny",
    "ERROR LOGGED BY odoo.addons.logs.models\nlost it"])
def test_what_is_wrong_is_said(wrong, text):
    assert text in wrong[1]


def test_modules_that_do_not_import(tmp_path):
    broken = {"name": "import nothing_of_this_name\n", "zero": "1 / 0\n", "sign": "(\n"}
    for name, line in broken.items():
        write(tmp_path / name, tests=line + GOOD)
    outcome, said = run(tmp_path, *broken)
    assert outcome.failed >= 3 and outcome.passed == 0
    for name in broken:
        assert "CANNOT BE IMPORTED odoo.addons.%s.tests\n" % name in said


def test_no_test_at_all(addon):
    outcome, said = addon(tests="")
    assert outcome == (0, 1, 0) and "No test ran" in said


def test_an_addon_that_does_not_install(addon):
    outcome, said = addon(code="import nothing_of_this_name\n")
    assert outcome.failed >= 1 and "nothing_of_this_name" in said


def test_an_addon_that_does_not_exist(tmp_path):
    with pytest.raises(ToolError, match="no addon 'nowhere'"):
        odoo_test.run(["nowhere"], folders=[tmp_path])


def test_beside_says_what_went_wrong_where_there_is_no_result():
    [suite] = odoo_test.suite(["nowhere"])
    with pytest.raises(ToolError, match="(?s)said no result.*no addon 'nowhere'"):
        suite()
    suite.stop()


def test_beside_reads_the_closing_line(monkeypatch, tmp_path):
    log = tmp_path / "suite.log"
    log.write_text("1 passed, 0 failed\n7 passed, 2 failed, 3 skipped\nlast words\n")

    class Ended:
        def __init__(self, *_arguments, **_options):
            self.log = log

        def wait(self):
            return 1

        def kill(self):
            pass

    monkeypatch.setattr(beside.processes, "Process", Ended)
    [suite] = odoo_test.suite(["dingding"])
    assert suite() == (7, 2, 3)


class Server:
    """An Odoo with one passing test."""

    def __init__(self, folder):
        self.folder, self.log = folder, folder / "odoo.log"
        self.log.write_text("")

    def once(self, arguments, _what, environment):
        self.arguments = arguments
        with open(environment["DINGDING_TEST_REPORT"], "w") as report:
            report.write('{"kind": "passed", "name": "odoo.addons.a.tests.test_it", '
                         '"text": ""}\n')


def test_an_error_while_the_shared_database_was_made(tmp_path, capsys):
    server = Server(tmp_path)
    assert odoo_test._run(
        server, ["a"], [], [("odoo.addons.a", "no field")], "", False) == (1, 1, 0)
    assert server.arguments == ["--test-enable"], "it is installed already"
    assert "ERROR LOGGED BY odoo.addons.a\nno field" in capsys.readouterr().err
    assert odoo_test._run(server, ["a"], ["a", "b"], [], "", False) == (1, 0, 0)
    assert server.arguments == ["-i", "a,b", "--test-enable"]


def test_modules_without_a_test_in_the_report():
    findings = [{"kind": "passed", "name": "odoo.addons.core_hr.tests.test_a.T.test"},
                {"kind": "log", "name": "odoo.addons.core.models", "text": "bad"}]
    assert odoo_test.silent_modules(["core", "core_hr"], findings) == ["core"]
