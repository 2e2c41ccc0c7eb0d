"""Without ``dingding_signin`` Odoo has no DingTalk sign-in.

For another Odoo set ``ODOO``, ``PYTHON`` and ``SERIES``: see docs/series.md.
"""

import re

import requests

from tools import paths

from . import house

# Each start finds other modules.
STACK = {"modules": ["dingding"], "people": 5, "departments": 2, "start_odoo": False,
         "forks": False}

ROUTE = re.compile(r'@http\.route\(\s*"([^"]+)"[^)]*methods=\["(\w+)"\]')
UNINSTALL = """
env["ir.module.module"].search(
    [("name", "=", "dingding_signin")]).button_immediate_uninstall()
"""
STATE = "SELECT state FROM ir_module_module WHERE name = 'dingding_signin'"
LEFTOVERS = (
    "SELECT relname FROM pg_class WHERE relname LIKE '%dingding_signin%'",
    "SELECT column_name FROM information_schema.columns"
    " WHERE column_name LIKE 'signin%'",
    "SELECT model FROM ir_model WHERE model LIKE 'dingding.signin%'",
    "SELECT model || '.' || name FROM ir_model_fields WHERE name LIKE 'signin%'"
    " OR name = 'dingding_accounts'",
    "SELECT module || '.' || name FROM ir_model_data"
    " WHERE module = 'dingding_signin' OR name LIKE '%dingding_signin%'"
    " AND module <> 'base'",
    "SELECT name FROM ir_ui_view WHERE arch_db::text LIKE '%dingding%signin%'",
)


def routes():
    """Return [(path, method)] of the addon's sources."""
    source = paths.addon("dingding_signin") / "controllers" / "signin.py"
    return ROUTE.findall(source.read_text(encoding="utf-8"))


def test_installed_beside_the_core_and_removed(stack, dingtalk):
    assert stack.query(STATE).strip() == "installed"
    assert len(routes()) > 14
    stack.start_odoo()
    session = requests.Session()
    session.trust_env = False
    answer = session.get(
        stack.odoo_url + "/dingding/my", timeout=60, allow_redirects=False)
    assert answer.status_code == 303
    stack.stop_odoo()
    stack.odoo_shell(UNINSTALL)
    assert stack.query(STATE).strip() == "uninstalled"
    left = [row for query in LEFTOVERS for row in stack.query(query).splitlines()]
    assert left == []
    stack.start_odoo()
    for path, method in routes():
        answer = session.request(method, stack.odoo_url + path, timeout=60)
        assert answer.status_code == 404, (method, path, answer.status_code)
    page = session.get(stack.odoo_url + "/web/login", timeout=60)
    assert page.status_code == 200
    assert "dingding" not in page.text.lower() and "dingtalk" not in page.text.lower()
    corp = house.connect(stack)
    house.read_people(stack, corp)
    assert stack.rpc("dingding.user", "search_count", [("corp_id", "=", corp)]) > 0
    form = stack.rpc("dingding.corp", "fields_get")
    assert not [name for name in form if name.startswith("signin")]
