"""Entries of Odoo's log that normal use must not cause."""

import pytest

from tools import logs, smoke
from tools.world import World

HEAD = "2001-09-09 01:46:40,500 12 %s odoo %s: %s"
OURS = "odoo.addons.dingding_hr.models.x"
TRACE = "failed\nTraceback (most recent call last):\n  File \"x\"\nKeyError: 'y'"
REPEATED = "bad query: UPDATE\n%s\nERROR: could not serialize access due to" % TRACE


def log(*lines):
    return "\n".join(HEAD % each for each in lines) + "\n"


def test_lines_belong_to_their_entry():
    text = "no head\n" + log(("INFO", "odoo", "one\nmore"), ("ERROR", "odoo.x", "two"))
    assert [tuple(each) for each in logs.entries(text)] == [
        (1000000000.5, "INFO", "odoo", "one\nmore"),
        (1000000000.5, "ERROR", "odoo.x", "two")]


@pytest.mark.parametrize("level, logger, text, bad", [
    ("INFO", OURS, "all is well", False),
    ("WARNING", OURS, "anything", True),
    ("ERROR", OURS, "anything", True),
    ("CRITICAL", "odoo.addons.dingding.models.queue", "anything", True),
    ("WARNING", "odoo.addons.mail.models.x", "anything", False),
    ("ERROR", "odoo.http", "not found", False),
    ("WARNING", "py.warnings", "/x/dingding_hr/a.py:3: DeprecationWarning: b", True),
    ("WARNING", "py.warnings", "/dingding/site-packages/a.py:3: UserWarning: b", False),
    ("WARNING", "odoo.models", "Context key 'a_b' is no longer supported.", True),
    ("ERROR", "odoo.http", TRACE, True),
    ("INFO", "odoo.http", TRACE, True),
    ("ERROR", "odoo.sql_db", REPEATED, False),
    ("ERROR", "odoo.sql_db", TRACE + "\nduplicate key value", True),
])
def test_what_is_a_complaint(level, logger, text, bad):
    found = logs.entries(log((level, logger, text)))
    assert bool(logs.complaints(found)) == bad


def test_what_was_provoked_is_none():
    found = logs.entries(log(
        ("WARNING", OURS, "Wrong code\nfor a"), ("WARNING", OURS, "Another")))
    assert [each.text for each in logs.complaints(found, [r"Wrong code.for"])] == [
        "Another"]


def test_an_area_fails_with_its_log(capsys):
    text = log(("INFO", "odoo", "x"), ("WARNING", OURS, "Wrong code\nmore"))
    assert not smoke.check_log("people", text, {})
    assert smoke.check_log("people", text, {"Wrong code": "the step types it"})
    assert capsys.readouterr().out.splitlines() == [
        "FAIL people: Odoo's log (1 entries, first %s: Wrong code)" % OURS,
        "ok people: Odoo's log"]


def test_an_area_forgets_what_the_one_before_provoked():
    world = World(None, None)
    world.enter("people")
    world.provokes("Wrong code", "the step types it")
    assert world.provoked == {"Wrong code": "the step types it"}
    world.enter("push")
    assert not world.provoked
