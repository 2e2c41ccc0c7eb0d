"""The runner of addon tests: errors that Odoo 11 only logs fail here."""

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


def write(folder, init="from . import test_tiny\n", tests=GOOD, code=""):
    """Write an addon with tests."""
    (folder / "tests").mkdir(parents=True)
    (folder / "__manifest__.py").write_text(
        "{'name': 'Tiny', 'depends': ['base'], 'license': 'LGPL-3'}")
    (folder / "__init__.py").write_text(code)
    (folder / "tests" / "__init__.py").write_text(init)
    (folder / "tests" / "test_tiny.py").write_text(tests)


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the tests of addons."""
    def run(*names, **options):
        return odoo_test.run(names, folders=[tmp_path], simulated=False, **options)
    return run


@pytest.fixture
def addon(tmp_path, run):
    """Return a function that writes an addon with tests and runs them."""
    def write_and_run(init="from . import test_tiny\n", tests=GOOD, code="", **options):
        write(tmp_path / "tiny", init, tests, code)
        return run("tiny", **options)
    return write_and_run


def test_good_ones_pass(addon):
    assert addon() == (2, 0, 0)


def test_those_of_another_addon_do_not_run(addon, tmp_path):
    write(tmp_path / "other")
    assert addon(beside=["other"]) == (2, 0, 0)


def test_only_some(addon):
    assert addon(only="test_good") == (1, 0, 0)


def test_a_failure_an_error_a_subtest_and_a_skip(addon, capsys):
    outcome = addon(tests=HEAD + """
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
""")
    assert outcome == (0, 4, 1)
    shown = capsys.readouterr().err
    for text in ("test_failure", "1 != 2", "no.such.model", "number=3", "not today"):
        assert text in shown


def test_modules_that_do_not_import(run, tmp_path, capsys):
    broken = {"name": "import nothing_of_this_name\n", "zero": "1 / 0\n", "sign": "(\n"}
    for name, line in broken.items():
        write(tmp_path / name, tests=line + GOOD)
    outcome = run(*broken)
    assert outcome.failed >= 3 and outcome.passed == 0
    said = capsys.readouterr().err
    for name in broken:
        assert "CANNOT BE IMPORTED odoo.addons.%s.tests\n" % name in said


def test_a_module_that_is_not_listed(addon, capsys):
    assert addon(init="") == (0, 1, 0)
    assert "IS NEVER RUN odoo.addons.tiny.tests.test_tiny" in capsys.readouterr().err


def test_no_test_at_all(addon, capsys):
    assert addon(tests="") == (0, 1, 0)
    assert "No test ran" in capsys.readouterr().err


def test_an_addon_that_does_not_install(addon, capsys):
    assert addon(code="import nothing_of_this_name\n").failed >= 1
    assert "nothing_of_this_name" in capsys.readouterr().err


def test_an_error_in_the_log(addon, capsys):
    assert addon(tests=HEAD + """
    def test_logs(self):
        import logging
        logging.getLogger('odoo.addons.tiny.models').error('lost %s', 'it')
""") == (1, 1, 0)
    assert "ERROR LOGGED BY odoo.addons.tiny.models\nlost it" in (
        capsys.readouterr().err)


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
