"""A small addon that keeps every rule, the base of the bad samples."""

import importlib

HEADER = """# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""
XML = '<?xml version="1.0" encoding="UTF-8" ?>\n'

MANIFEST = HEADER + """{
    "name": "Sample",
    "summary": "A sample",
    "version": "11.0.1.0.0",
    "category": "Extra Tools",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["base", "web"],
    "external_dependencies": {"python": ["requests"]},
    "data": [
        "security/dingding_security.xml",
        "security/ir.model.access.csv",
        "data/dingding_thing_cron.xml",
        "views/dingding_thing_views.xml",
        "views/menus.xml",
    ],
    "post_init_hook": "post_init_hook",
}
"""

MODEL = HEADER + '''
import logging

from psycopg2 import sql

from odoo import _, fields, models
from odoo.exceptions import UserError

from .. import compat, rights

_logger = logging.getLogger(__name__)
QUERY = "SELECT id FROM dingding_thing WHERE id = %s"


class DingdingThing(models.Model):
    """A thing."""

    _name = "dingding.thing"
    _description = "Thing"

    name = fields.Char(string="Name of it", required=True)
    state = fields.Selection([("new", "New"), ("old", "Old")])
    company_id = fields.Many2one("res.company")
    app_secret = fields.Char(compute="_compute_secret", groups="base.group_system")

    def _compute_secret(self):
        for thing in self:
            thing.app_secret = "***"

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), vals_list)

    def action_age(self, *args, **kwargs):
        query = sql.SQL("UPDATE {} SET state = %s").format(sql.Identifier(self._table))
        if self:
            query += sql.SQL(" WHERE id IN %s")
        self.env.cr.execute(query, ["old", tuple(self.ids)])
        self.env.cr.execute(QUERY, [self.id])
        _logger.info("%d things aged", len(self))
        if not self:
            raise UserError(_("Nothing to age in %(name)s.") % {"name": self._table})
        self.env["res.users"].search([("login", "=", "x")])
        return dict(*args, **kwargs)

    def _dingtalk_client(self):
        return DingTalkClient(self.sudo().name)

    def _cron_age(self):
        self.search([]).action_age()
'''

VIEWS = XML + """<odoo>
    <record id="dingding_thing_view_form" model="ir.ui.view">
        <field name="name">dingding.thing.view.form</field>
        <field name="model">dingding.thing</field>
        <field name="arch" type="xml">
            <form string="Thing" class="o_dingding_narrow">
                <header>
                    <button name="action_age" type="object" string="Age" states="new" />
                </header>
                <sheet>
                    <field name="name" attrs="{'readonly': [('state', '!=', 'new')]}" />
                    <field name="state" invisible="1" />
                </sheet>
                <div class="oe_chatter">
                    <field name="message_follower_ids" />
                    <field name="message_ids" />
                </div>
            </form>
        </field>
    </record>
    <record id="dingding_thing_view_search" model="ir.ui.view">
        <field name="name">dingding.thing.view.search</field>
        <field name="model">dingding.thing</field>
        <field name="arch" type="xml">
            <search>
                <field name="name" />
                <filter name="new" string="New" domain="[('state', '=', 'new')]" />
                <group>
                    <filter name="state" string="Status"
                        context="{'group_by': 'state'}" />
                </group>
            </search>
        </field>
    </record>
    <record id="view_users_form" model="ir.ui.view">
        <field name="name">res.users.form.dingding</field>
        <field name="model">res.users</field>
        <field name="inherit_id" ref="base.view_users_form" />
        <field name="arch" type="xml">
            <xpath expr="//page[@name='access_rights']" position="after">
                <page string="DingTalk" />
            </xpath>
        </field>
    </record>
    <record id="dingding_thing_action" model="ir.actions.act_window">
        <field name="name">Things</field>
        <field name="res_model">dingding.thing</field>
        <field name="view_mode">tree,form</field>
        <field name="help" type="html">
            <p>Things</p>
        </field>
    </record>
</odoo>
"""

PO = """msgid ""
msgstr ""
"Language: zh_CN\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"""
TERMS = [
    ("Age", "变旧", "view"),
    ("DingTalk", "钉钉", "view"),
    ("DingTalk / User", "钉钉 / 用户", "group"),
    ("DingTalk: age things", "钉钉：变旧", "cron"),
    ("Name of it", "它的名称", "field"),
    ("New", "新", "selection"),
    ("Nothing to age in %(name)s.", "%(name)s 中没有可变旧的。", "code"),
    ("Old", "旧", "selection"),
    ("Status", "状态", "view"),
    ("Thing", "东西", "view"),
    ("Things", "东西", "action"),
]
REFERENCES = {
    "view": "#: model:ir.ui.view,arch_db:dingding.x\n"
    "#: model_terms:ir.ui.view,arch_db:dingding.x\n",
    "field": "#: model:ir.model.fields,field_description:"
    "dingding.field_dingding_thing_name\n"
    "#: model:ir.model.fields,field_description:dingding.field_dingding_thing__name\n",
    "selection": "#: selection:dingding.thing,state:0\n"
    "#: model:ir.model.fields.selection,name:dingding.selection__x\n",
    "code": "#: code:addons/dingding/models/dingding_thing.py:1\n",
    "group": "#: model:res.groups,name:dingding.group_user\n",
    "cron": "#: model:ir.cron,cron_name:dingding.x\n",
    "action": "#: model:ir.actions.act_window,name:dingding.x\n",
}


def catalog(translated):
    parts = [PO]
    for text, chinese, kind in TERMS:
        comment = "#. module: dingding\n" + (
            "#. odoo-python\n" if kind == "code" else ""
        )
        parts.append(
            '%s%smsgid "%s"\nmsgstr "%s"\n'
            % (comment, REFERENCES[kind], text, chinese if translated else "")
        )
    return "\n".join(parts)


ACL = (
    "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
    "access_dingding_thing_user,thing user,model_dingding_thing,group_user,1,0,0,0\n"
    "access_dingding_thing_nobody,thing: nobody yet,model_dingding_thing,"
    "base.group_system,0,0,0,0\n"
)

SECURITY = XML + """<odoo>
    <record id="group_user" model="res.groups">
        <field name="name">DingTalk / User</field>
        <field name="implied_ids" eval="[(4, ref('base.group_user'))]" />
    </record>
    <record id="dingding_thing_rule_company" model="ir.rule">
        <field name="name">Thing: own companies</field>
        <field name="model_id" ref="model_dingding_thing" />
        <field name="domain_force">[(1, '=', 1)]</field>
    </record>
</odoo>
"""

CRON = XML + """<odoo noupdate="1">
    <record id="dingding_thing_cron_age" model="ir.cron">
        <field name="name">DingTalk: age things</field>
        <field name="model_id" ref="model_dingding_thing" />
        <field name="state">code</field>
        <field name="code">model._cron_age()</field>
        <field name="interval_number">1</field>
        <field name="interval_type">days</field>
        <field name="numbercall">-1</field>
        <field name="doall" eval="False" />
        <field name="user_id" ref="base.user_root" />
    </record>
</odoo>
"""

MENUS = XML + """<odoo>
    <menuitem id="dingding_menu_root" name="DingTalk" parent="base.menu_users" \
web_icon="dingding,static/description/icon.png" />
    <menuitem id="dingding_thing_menu" name="Things" parent="dingding_menu_root" \
action="dingding_thing_action" />
</odoo>
"""

CONTROLLER = HEADER + """
from odoo import http


class Main(http.Controller):

    @http.route("/dingding/thing", type="http", auth="public", csrf=False,
                methods=["POST"])
    def thing(self, **kw):
        return http.request.env["dingding.thing"].sudo()._receive(kw)
"""

TESTS = HEADER + """
from .common import DingTalkCase, portable


@portable
class TestThing(DingTalkCase):

    def test_thing(self):
        self.assertTrue(self.env["dingding.thing"])
"""

ERRORS = HEADER + '''
REMEDIES = (
    "credentials",
)


class DingTalkError(Exception):
    """Any failure."""
'''

TRANSPORT = HEADER + """
import requests

from . import errors


def ask(url):
    try:
        return requests.Session().get(url, timeout=(5, 20))
    except requests.RequestException as error:
        raise errors.DingTalkError(error)
"""

READER = HEADER + """
from concurrent.futures import ThreadPoolExecutor

from ..dingtalk import transport


def read(urls):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(transport.ask, urls))
"""

HOOKS = HEADER + """
from odoo import SUPERUSER_ID, api


def post_init_hook(cr_or_env, registry=None):
    env = cr_or_env
    if registry is not None:
        env = api.Environment(cr_or_env, SUPERUSER_ID, {})
    env["dingding.thing"].search([])
"""

COMPAT = HEADER + """
from odoo import api, release

SERIES = release.version_info[0]


def create_multi(method):
    return api.model_create_multi(method) if SERIES >= 12 else method
"""

FRAGMENTS = {
    "DESCRIPTION": "Does things.",
    "USAGE": "Press *Age*.",
    "HISTORY": "11.0.1.0.0 (2026-01-01)\n~~~~~~~~~~~~~~~~~~~~~~~\n\n* First.",
    "CONTRIBUTORS": "* The contributors",
}

DECISION = (
    "# 1. A choice\n\n## Decision\n\nOne.\n\n## Why\n\nSo.\n\n## Rejected\n\nTwo.\n"
)
PAGE = (
    "# Troubleshooting\n\n## Errors\n\nSee `credentials` and [the end](#the-end)."
    "\n\n## The end\n"
)


def files():
    found = {
        "dingding/__manifest__.py": MANIFEST,
        "dingding/__init__.py": HEADER
        + (
            "\nfrom . import compat\nfrom . import models\nfrom . import controllers\n"
            "from .hooks import post_init_hook\n"
        ),
        "dingding/hooks.py": HOOKS,
        "dingding/compat.py": COMPAT,
        "dingding/models/__init__.py": HEADER + "\nfrom . import dingding_thing\n",
        "dingding/models/dingding_thing.py": MODEL,
        "dingding/controllers/__init__.py": HEADER + "\nfrom . import main\n",
        "dingding/controllers/main.py": CONTROLLER,
        "dingding/dingtalk/__init__.py": HEADER,
        "dingding/dingtalk/errors.py": ERRORS,
        "dingding/dingtalk/transport.py": TRANSPORT,
        "dingding/sync/__init__.py": HEADER,
        "dingding/sync/reader.py": READER,
        "dingding/tests/__init__.py": HEADER + "\nfrom . import test_thing\n",
        "dingding/tests/common.py": HEADER
        + "\nfrom odoo.tests.common import SavepointCase\n",
        "dingding/tests/test_thing.py": TESTS,
        "dingding/security/dingding_security.xml": SECURITY,
        "dingding/security/ir.model.access.csv": ACL,
        "dingding/data/dingding_thing_cron.xml": CRON,
        "dingding/views/dingding_thing_views.xml": VIEWS,
        "dingding/views/menus.xml": MENUS,
        "dingding/static/description/icon.png": b"\x89PNG\r\n\x1a\n",
        "dingding/i18n/dingding.pot": catalog(False),
        "dingding/i18n/zh_CN.po": catalog(True),
        "LICENSE": "GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n",
        "requirements.txt": "requests>=2.11\n",
        "CHANGELOG.md": "# Changelog\n\n* `dingding` 11.0.1.0.0: first\n",
        "README.md": "# Sample\n\nRun `make test`, read "
        "[the manual](docs/en/troubleshooting.md).\n",
        "README.zh_CN.md": "# 样例\n\n运行 `make test`。\n",
        "Makefile": "test:\n\t@true\n",
        "docs/en/troubleshooting.md": PAGE,
        "docs/zh_CN/troubleshooting.md": PAGE,
        "docs/decisions/README.md": "# Decisions\n\n* [1](0001-a-choice.md)\n",
        "docs/decisions/0001-a-choice.md": DECISION,
    }
    for name, text in FRAGMENTS.items():
        found["dingding/readme/%s.rst" % name] = text + "\n"
    manifest = {
        "name": "Sample",
        "author": "DingTalk for Odoo contributors",
        "website": "https://github.com/gilbert-yuan/odoo_dingding",
    }
    readme = importlib.import_module("tools.readme")
    found["dingding/README.rst"] = readme.render(manifest, FRAGMENTS)
    found["dingding/" + readme.PAGE] = readme.render_page(manifest, FRAGMENTS, {})
    return found
