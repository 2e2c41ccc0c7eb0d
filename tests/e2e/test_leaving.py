"""The addons update without a change, and leave nothing behind.

For another Odoo set ``ODOO``, ``PYTHON`` and ``SERIES``: see docs/series.md.
``DINGDING_ADDONS`` names the addons, separated by commas; empty means all.
"""

import os

import requests

from tools import images, odoo, paths

from . import house, warned

ADDONS = [name for name in os.environ.get("DINGDING_ADDONS", "").split(",") if name]
ADDONS = ADDONS or paths.addons()
STACK = {"modules": ADDONS, "people": 5, "departments": 2,
         "start_odoo": False, "forks": False}  # each start finds other modules

# Unchanged by an update: tables with columns, indexes, constraints.
SCHEMA = """
    SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION SELECT conrelid::regclass || ' ' || conname || ' ' ||
        pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0
    ORDER BY 1"""
# Odoo decides which addon names a field or a parent that several define: from 13 and 16
# on at each update.
RECORDS = """
    SELECT module || '.' || name || ' ' || model || ' ' || res_id
    FROM ir_model_data WHERE module LIKE 'dingding%' AND model NOT IN (
        'ir.model.fields', 'ir.model.fields.selection', 'ir.model.inherit')
    ORDER BY 1"""
DATA = """
    SELECT 'corp ' || id || ' ' || name || ' ' || coalesce(app_id, 0)
    FROM dingding_corp
    UNION SELECT 'app ' || id || ' ' || app_key FROM dingding_app
    UNION SELECT 'secret ' || id || ' ' || md5(s::text) FROM dingding_secret s
    UNION SELECT 'person ' || id || ' ' || md5(p::text) FROM dingding_user p
    ORDER BY 1"""
# From 13 on, choices of selections are records; columns lose what is not one of them.
CHOICES = """
    SELECT f.model || '.' || f.name || ' ' || s.value
    FROM ir_model_fields_selection s JOIN ir_model_fields f ON f.id = s.field_id
    WHERE f.model LIKE 'dingding%' ORDER BY 1"""

# References to our addons, one row per query: description -> query.
LEFTOVERS = {
    "tables, sequences, indexes": (
        "SELECT relname FROM pg_class WHERE relname LIKE '%dingding%'"),
    "columns": (
        "SELECT table_name || '.' || column_name FROM information_schema.columns"
        " WHERE column_name LIKE '%dingding%'"),
    "functions": "SELECT proname FROM pg_proc WHERE proname LIKE '%dingding%'",
    "triggers": "SELECT tgname FROM pg_trigger WHERE tgname LIKE '%dingding%'",
    "external ids": (
        "SELECT module || '.' || name FROM ir_model_data WHERE module LIKE 'dingding%'"
        " OR name LIKE '%dingding%' AND module <> 'base'"),
    "models": "SELECT model FROM ir_model WHERE model LIKE 'dingding%'",
    "fields": (
        "SELECT model || '.' || name FROM ir_model_fields WHERE name LIKE '%dingding%'"
        " OR model LIKE 'dingding%' OR relation LIKE 'dingding%'"),
    "parameters": "SELECT key FROM ir_config_parameter WHERE key LIKE '%dingding%'",
    "views": (
        "SELECT name FROM ir_ui_view WHERE model LIKE 'dingding%'"
        " OR arch_db::text LIKE '%dingding%'"),
    "actions": "SELECT name FROM ir_act_window WHERE res_model LIKE 'dingding%'",
    "server actions": (
        "SELECT code FROM ir_act_server WHERE code LIKE '%dingding%'"
        " OR state LIKE 'dingding%'"),
    "attachments": (
        "SELECT name FROM ir_attachment WHERE res_model LIKE 'dingding%'"),
    "messages": "SELECT model FROM mail_message WHERE model LIKE 'dingding%'",
    "activities": (
        "SELECT res_model FROM mail_activity WHERE res_model LIKE 'dingding%'"),
    "followers": (
        "SELECT res_model FROM mail_followers WHERE res_model LIKE 'dingding%'"),
    "installed": (
        "SELECT name FROM ir_module_module WHERE name LIKE 'dingding%'"
        " AND state <> 'uninstalled'"),
}
UNINSTALL = """
own = env["ir.module.module"].search(
    [("name", "=like", "dingding%"), ("state", "=", "installed")])
own.button_immediate_uninstall()
"""


def test_update_changes_nothing(stack, dingtalk):
    stack.start_odoo()
    house.read_people(stack, house.connect(stack))
    stack.stop_odoo()
    queries = [SCHEMA, RECORDS, DATA]
    if stack.query("SELECT to_regclass('ir_model_fields_selection')"):
        queries.append(CHOICES)
    before = [stack.query(each).splitlines() for each in queries]
    assert all(before)
    log = stack.logs / "update.log"
    stack.odoo.once(["-u", ",".join(ADDONS), "--i18n-overwrite"], "The update", log=log,
                    environment=images.WARNINGS)
    after = [stack.query(each).splitlines() for each in queries]
    for known, found in zip(before, after):
        assert sorted(set(known) ^ set(found)) == []
    if not odoo.foreign():
        warned.check(log.read_text(errors="replace"), stack.folder)


def test_uninstalled_leaves_nothing(stack, dingtalk):
    """Runs after the update, with an organisation and synced people."""
    stack.odoo_shell(UNINSTALL)
    left = {what: stack.query(query).splitlines() for what, query in LEFTOVERS.items()}
    assert {what: names for what, names in left.items() if names} == {}
    before = len(stack.log_text())
    stack.start_odoo()
    session = requests.Session()
    session.trust_env = False
    page = session.get(stack.odoo_url + "/web/login", timeout=60)
    assert page.status_code == 200
    assert "dingding" not in page.text.lower() and "dingtalk" not in page.text.lower()
    for path in ("/dingding/app", "/dingding/signin/oauth2", "/dingding/my"):
        assert session.get(stack.odoo_url + path, timeout=60).status_code == 404, path
    partner = stack.rpc("res.partner", "create", {"name": "After"})
    stack.rpc("res.partner", "write", [partner], {"name": "Afterwards"})
    assert stack.rpc("res.partner", "unlink", [partner])
    assert stack.rpc("res.users", "search_count", [("login", "=", stack.login)]) == 1
    assert "Traceback" not in stack.log_text()[before:]
