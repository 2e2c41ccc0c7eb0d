"""Answers of Odoo's caches are given again in the same contents only."""

import sys

import pytest

from tools import odoo

sys.path.insert(0, str(odoo.LAUNCHER.parent))

import answers as module  # noqa: E402  (the launcher's folder)


class Cursor:
    pass


def _has_group():
    """Stands for the cached method."""


KEY = ("res.users", _has_group, 7, "base.group_user")


@pytest.fixture
def answers():
    made = module.Answers()
    made.used = True
    return made


@pytest.fixture
def cursor(answers):
    made = Cursor()
    answers.note(made, "SELECT 1")
    return made


def asked(answers, cursor, key=KEY):
    """Tell whether the database is asked once more."""
    computed = []
    answers.ask(cursor, key, lambda: computed.append(1))
    return bool(computed)


@pytest.mark.parametrize("statement, tables", [
    ("SELECT 1 FROM ir_rule FOR UPDATE NOWAIT", ""),
    ('INSERT INTO "ir_rule" ("id") VALUES (%s)', "ir_rule"),
    ("\n  update ir_rule set active = false", "ir_rule"),
    ("WITH x AS (DELETE FROM ONLY ir_default RETURNING id) SELECT 1", "ir_default"),
    ('UPDATE "res_users" SET "tz" = %s WHERE id IN %s', ""),
    ('UPDATE "res_users" SET "company_id" = %s', "res_users.company_id"),
    ("DELETE FROM res_users WHERE id = 7", "res_users.company_id res_users.gone"),
    ('INSERT INTO "res_users" ("company_id") VALUES (1)', ""),
    ("INSERT INTO dingding_user (name) SELECT name FROM ir_rule", ""),
])
def test_what_a_statement_writes(statement, tables):
    assert module.written(statement) == set(tables.split())


def test_tests_share_answers(answers, cursor):
    assert asked(answers, cursor)
    assert not asked(answers, cursor)
    assert asked(answers, cursor, KEY[:2] + (8, "base.group_user"))
    other = Cursor()
    answers.note(other, "SAVEPOINT test_1")
    assert not asked(answers, other)


def test_an_answer_is_that_of_its_contents(answers, cursor):
    asked(answers, cursor)
    write = 'INSERT INTO "res_groups_users_rel" VALUES (1, 7)'
    for name in ("test_1", '"inner"'):
        answers.note(cursor, "SAVEPOINT " + name)
        answers.note(cursor, write)
        assert asked(answers, cursor), "somebody was added"
        assert not asked(answers, cursor)
        answers.note(cursor, write)
        assert asked(answers, cursor), "and somebody else"
    answers.note(cursor, 'RELEASE SAVEPOINT "inner"')
    assert not asked(answers, cursor), "nothing was undone"
    answers.note(cursor, "ROLLBACK TO SAVEPOINT test_1")
    assert not asked(answers, cursor), "as in the beginning"
    answers.note(cursor, "ROLLBACK TO SAVEPOINT nobody_knows")
    assert asked(answers, cursor)


def test_savepoints_of_one_name(answers, cursor):
    write = "DELETE FROM res_groups"
    asked(answers, cursor)
    answers.note(cursor, "SAVEPOINT a")
    answers.note(cursor, write)
    answers.note(cursor, "SAVEPOINT a")
    answers.note(cursor, "RELEASE a")
    answers.note(cursor, "ROLLBACK TO a")
    assert not asked(answers, cursor), "the outer one"


def test_what_was_written_meanwhile_is_not_kept(answers, cursor):
    def compute():
        answers.note(cursor, "UPDATE res_groups SET name = 'x'")

    answers.ask(cursor, KEY, compute)
    answers.note(cursor, "SAVEPOINT a")
    assert asked(answers, cursor)
    answers.ended(cursor, False)
    answers.note(cursor, "SELECT 1")
    assert asked(answers, cursor), "that of other contents"


def test_what_is_committed_is_not_known_again(answers, cursor):
    asked(answers, cursor)
    other = Cursor()
    answers.note(other, "UPDATE res_groups SET name = 'x'")
    answers.ended(other, False)
    assert not asked(answers, cursor)
    answers.note(other, "UPDATE res_groups SET name = 'x'")
    answers.ended(other, True)
    assert asked(answers, cursor) and asked(answers, cursor)


def test_what_is_always_asked(answers, cursor):
    assert asked(answers, Cursor()) and asked(answers, Cursor()), "nothing is noted"
    other = ("res.users", asked, 7)
    assert asked(answers, cursor, other) and asked(answers, cursor, other)
    answers.used = False
    assert asked(answers, cursor) and asked(answers, cursor)


def test_the_watched_methods_are_those_of_odoo():
    """In its sources: a renamed one would be asked each time."""
    [folder] = odoo.installation().addons
    sources = "".join(
        path.read_text(encoding="utf-8") for addon in ("base", "mail", "website")
        for path in sorted((folder / addon).rglob("*.py")) if "tests" not in path.parts)
    for model, method in module.TABLES:
        assert "def %s(" % method in sources, method
        assert '_name = "%s"' % model in sources or "_name = '%s'" % model in sources
