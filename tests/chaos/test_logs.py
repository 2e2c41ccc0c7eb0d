"""Explained lines of Odoo's log."""

import pytest

from . import logs

AT = 1000000000  # 2001-09-09 01:46:40
HEAD = "2001-09-09 01:46:40,500 12 %s odoo %s: %s"
AWAY = [{"kind": "PostgreSQL restarted", "begin": AT - 5, "end": AT - 2}]
GONE = "terminating connection due to administrator command"


def found(level, logger, text, disturbances=()):
    return logs.unexplained(
        logs.entries(HEAD % (level, logger, text)), disturbances)


def test_lines_belong_to_their_entry():
    text = "\n".join([HEAD % ("INFO", "odoo", "one"), "more", "",
                      HEAD % ("ERROR", "odoo.x", "two")])
    assert [tuple(each) for each in logs.entries(text)] == [
        (AT + 0.5, "INFO", "odoo", "one\nmore\n"), (AT + 0.5, "ERROR", "odoo.x", "two")]


@pytest.mark.parametrize("level, logger, text, bad", [
    ("INFO", "odoo", "all is well", False),
    ("ERROR", "odoo", "anything", True),
    ("CRITICAL", "odoo", "anything", True),
    ("INFO", "odoo", "Traceback (most recent call last):", True),
    # A warning of other code.
    ("WARNING", "odoo.http", "anything", False),
    ("WARNING", "odoo.addons.dingding.models.x", "anything", True),
    ("WARNING", "odoo.addons.dingding_signin.models.dingding_signin",
     "DingTalk sign-in (oauth2): busy", False),
    ("ERROR", "odoo.sql_db",
     "bad query: b'UPDATE x'\nERROR: could not serialize access due to", False),
    ("ERROR", "odoo.sql_db", "bad query: b'UPDATE x'\nERROR: duplicate key", True),
    ("ERROR", "odoo.sql_db", 'ERROR: duplicate key value violates unique constraint'
     ' "dingding_approval_mapping_id_res_model_res_id_unique"', True),
    ("ERROR", "werkzeug", "127.0.0.1 - - [09/Sep/2001 01:46:40] Request timed out: "
     "TimeoutError('timed out') - - -", False),
    ("ERROR", "odoo.http", "Request timed out: TimeoutError('timed out')", True),
])
def test_what_is_bad(level, logger, text, bad):
    assert bool(found(level, logger, text)) == bad


@pytest.mark.parametrize("away, text, bad", [
    (AWAY, GONE, False),
    ([], GONE, True),
    (AWAY, "KeyError", True),
    ([dict(AWAY[0], begin=AT + 10, end=AT + 12)], GONE, True),
    ([dict(AWAY[0], begin=AT - 300, end=AT - 200)], GONE, True),
    ([dict(AWAY[0], kind="a worker was killed")], GONE, True),
])
def test_a_fault_explains_its_own(away, text, bad):
    assert bool(found("ERROR", "odoo.sql_db", text, away)) == bad
