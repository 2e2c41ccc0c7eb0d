"""Data of our tables on 11.0 survives the migration to another series.

Others migrate the database itself (Odoo, OpenUpgrade); the tables of the addons have to
be the same on both sides, and their data has to work. Only with another Odoo (``ODOO``,
``PYTHON``, ``SERIES``).
"""

import contextlib
import io
import sys

import psycopg2
import pytest
from psycopg2 import sql

from tools import odoo, paths
from tools.stack import Stack

sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))

import house  # noqa: E402  (found there)

pytestmark = pytest.mark.skipif(
    not odoo.foreign(), reason="needs another Odoo: ODOO, PYTHON, SERIES")

MODULES = ["dingding", "dingding_callback", "dingding_robot", "dingding_approval"]
# Of Odoo's mixins, which change between series.
ODOOS = {"activity_date_deadline", "message_last_post", "message_main_attachment_id"}
# Wizards' data is not migrated.
COLUMNS = """
SELECT table_name, column_name, udt_name FROM information_schema.columns
JOIN pg_class ON relname = table_name AND relkind = 'r'
WHERE table_schema = 'public' AND table_name LIKE 'dingding%' AND NOT EXISTS (
    SELECT 1 FROM ir_model
    WHERE transient AND table_name LIKE replace(model, '.', '_') || '%')
"""


TEXTS = ("varchar", "text")


def connection(stack):
    return psycopg2.connect(stack.postgres.dsn, dbname=stack.database)


def columns(stack):
    """Return (table, column) -> type of our tables."""
    with connection(stack) as open_:
        cursor = open_.cursor()
        cursor.execute(COLUMNS)
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()
                if row[1] not in ODOOS}


def dump(stack, names):
    """Return table -> (columns, rows as COPY writes them)."""
    found = {}
    with connection(stack) as open_:
        for table in sorted({table for table, _column in names}):
            own = sorted(column for of, column in names if of == table)
            content = io.StringIO()
            open_.cursor().copy_expert(sql.SQL("COPY {} ({}) TO STDOUT").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, own))),
                content)
            found[table] = own, content.getvalue()
    return found


def restore(stack, tables, before, there):
    """Replace the rows, sequences included.

    :param dict before: (table, column) -> type on 11.0
    :param dict there: likewise, here
    """
    with connection(stack) as open_:
        cursor = open_.cursor()
        cursor.execute("SET session_replication_role = replica")
        for table, (own, content) in tables.items():
            name, names = sql.Identifier(table), list(map(sql.Identifier, own))
            cursor.execute(sql.SQL("DELETE FROM {}").format(name))
            cursor.execute(sql.SQL("CREATE TEMP TABLE carried ({})").format(
                sql.SQL(", ").join(
                    sql.SQL("{} {}").format(each, sql.SQL(before[table, column]))
                    for each, column in zip(names, own))))
            cursor.copy_expert("COPY carried FROM STDIN", io.StringIO(content))
            # From 16 on, terms are objects; Odoo's own migration does the same.
            cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM carried").format(
                name, sql.SQL(", ").join(names), sql.SQL(", ").join(
                    sql.SQL("CASE WHEN {0} IS NOT NULL THEN"
                            " jsonb_build_object('en_US', {0}) END").format(each)
                    if there[table, column] == "jsonb" and (
                        before[table, column] in TEXTS)
                    else each for each, column in zip(names, own))))
            cursor.execute("DROP TABLE carried")
            if "id" in own:
                cursor.execute(sql.SQL(
                    "SELECT setval(pg_get_serial_sequence(%s, 'id'),"
                    " COALESCE(max(id), 1)) FROM {}").format(name), [table])


def counts(stack):
    return {name: int(stack.query("SELECT count(*) FROM " + name)) for name in (
        "dingding_corp", "dingding_app", "dingding_department", "dingding_user",
        "dingding_message", "dingding_message_recipient", "dingding_robot",
        "dingding_approval_template", "dingding_approval_component",
        "dingding_approval_mapping", "dingding_approval")}


def fill(stack):
    """Use the addons on 11.0, to get one record of each kind."""
    control = house.Control(stack.simulator.url)
    control("PATCH", "/settings", {"approvals_dept_check": False})
    corp = house.connect(stack)
    house.read_people(stack, corp)
    house.subscribe(stack, corp)
    house.get_templates(stack, corp)
    people = stack.rpc("dingding.user", "search", [], limit=2)
    stack.rpc("dingding.user", "write", [people[1]], {"user_id": 1})
    message = stack.rpc(
        "dingding.message", "send", False, {"dingding.user": people}, "Before")[0]
    hook = control("POST", "/robots", {"name": "Odoo", "secret": "SECcarried"})
    stack.rpc("dingding.robot", "create", {
        "name": "Group", "corp_id": corp, "webhook": hook["webhook"],
        "secret": "SECcarried"})
    template = stack.rpc(
        "dingding.approval.template", "search", [("name", "=", "简单审批")])[0]
    parts = {row["label"]: row["id"] for row in stack.rpc(
        "dingding.approval.component", "search_read",
        [("template_id", "=", template)], ["label"])}
    mapping = stack.rpc("dingding.approval.mapping", "create", {
        "name": "Contacts", "template_id": template, "lock": "running",
        "model_id": stack.rpc("ir.model", "search", [("model", "=", "res.partner")])[0],
        "line_ids": [
            (0, 0, {"component_id": parts["标题"], "source": "field",
                    "field_path": "name"}),
            (0, 0, {"component_id": parts["内容"], "source": "constant",
                    "constant": "x"})]})
    stack.rpc("dingding.approval", "submit", "res.partner,1", mapping)
    house.wait_for_cron(stack, lambda: stack.query(
        "SELECT state FROM dingding_message WHERE id = %d" % message) == "sent"
        and stack.query("SELECT status FROM dingding_approval") == "running")


@pytest.fixture(scope="module")
def carried():
    """The stack of the other series, columns on 11.0 and there, and the counts.

    DingTalk stays the same.
    """
    with contextlib.ExitStack() as stacks:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("ODOO", "PYTHON", "SERIES"):
                patch.delenv(name)
            old = stacks.enter_context(Stack(
                people=20, departments=4, modules=MODULES, cron_seconds=2))
            fill(old)
            old.stop_odoo()
            before, counted = columns(old), counts(old)
            tables = dump(old, before)
        new = stacks.enter_context(Stack(
            modules=MODULES, cron_seconds=2, start_odoo=False, simulated=False))
        new.simulator = old.simulator
        there = columns(new)
        missing = {name: before[name] for name in before if name not in there}
        assert not missing, "columns of 11.0 that are missing: %s" % missing
        restore(new, tables, before, there)
        # Odoo's own rows are the new database's, with other ids.
        new.query("UPDATE dingding_approval_mapping SET model_id ="
                  " (SELECT id FROM ir_model WHERE model = 'res.partner')")
        new.query("UPDATE dingding_user SET user_id ="
                  " (SELECT id FROM res_users WHERE login = 'admin')"
                  " WHERE user_id IS NOT NULL")
        new.odoo.update(["dingding"])
        new.start_odoo()
        yield new, before, there, counted


def test_columns_are_the_same(carried):
    """No migration script is needed."""
    _new, before, there, _counted = carried
    assert len(before) > 300
    # Odoo itself turns terms into objects from 16 on.
    kinds = {name: before[name] if kind == "jsonb" and before[name] in TEXTS else kind
             for name, kind in there.items() if name in before}
    assert kinds == before
    # Odoo fills new columns; a required value would stay empty.
    assert not {name for name in there if name not in before}


def test_rows_are_there(carried):
    new, _before, _there, counted = carried
    assert counts(new) == counted
    assert counted["dingding_user"] == 20
    assert all(counted.values()), counted


def test_messages_and_people(carried):
    """Secret and token remain usable."""
    new, _before, _there, _counted = carried
    corp = new.rpc("dingding.corp", "search", [])[0]
    people = new.rpc("dingding.user", "search", [], limit=2)
    assert new.rpc("dingding.message", "search_read", [], ["state"])[0]["state"]
    message = new.rpc(
        "dingding.message", "send", False, {"dingding.user": people}, "After")[0]
    house.wait_for_cron(new, lambda: new.query(
        "SELECT state FROM dingding_message WHERE id = %d" % message) == "sent")
    house.read_people(new, corp)
    assert new.query("SELECT count(*) FROM dingding_user") == "20"


def test_an_approval_that_was_on_its_way(carried):
    """Submitted on 11.0, decided now, completed in the other series."""
    new, _before, _there, _counted = carried
    control = house.Control(new.simulator.url)
    instance = new.query("SELECT instance_id FROM dingding_approval")
    address = "/approvals/instances/%s" % instance
    while control("GET", address)["status"].upper() == "RUNNING":
        task = [each for each in control("GET", address)["tasks"]
                if each["status"].upper() == "RUNNING"][0]
        control("POST", address + "/act", {"userid": task["userid"], "action": "agree"})
    new.query("UPDATE dingding_approval SET read_at = '2001-01-01'")
    house.hurry_cron(new, "dingding_approval_cron_poll")
    house.wait_for_cron(new, lambda: new.query(
        "SELECT status FROM dingding_approval") == "agreed")


def test_a_robot(carried):
    """Address and key of the robot are there, though nobody can read them."""
    new, _before, _there, _counted = carried
    robot = new.rpc("dingding.robot", "search", [])
    new.rpc("dingding.robot", "action_test", robot)
    control = house.Control(new.simulator.url)
    assert [message for group in control("GET", "/groups")
            for message in group["messages"] if message["source"] == "webhook"]
