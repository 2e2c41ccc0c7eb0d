"""Samples that break a rule, each with words of what the rule must say about it.

They stand beside the good sample (:mod:`good_sample`) as one file more or one file
changed. ``FINE`` holds the neighbours of the bad ones that a rule must leave alone.
"""

import collections

from .good_sample import (
    ACL,
    CRON,
    FRAGMENTS,
    HEADER,
    HOOKS,
    MANIFEST,
    MENUS,
    MODEL,
    PAGE,
    SECURITY,
    VIEWS,
    XML,
    catalog,
)

Sample = collections.namedtuple("Sample", "rule message files")
MODEL_PATH = "dingding/models/dingding_thing.py"
VIEW_PATH = "dingding/views/dingding_thing_views.xml"
MANIFEST_PATH = "dingding/__manifest__.py"
ACL_PATH = "dingding/security/ir.model.access.csv"

# A list, and an action with a title that 11 hides where nothing can be created.
ACTION = '<record id="dingding_thing_action" model="ir.actions.act_window">'
LIST = """<record id="dingding_thing_view_tree" model="ir.ui.view">
        <field name="name">dingding.thing.view.tree</field>
        <field name="model">dingding.thing</field>
        <field name="arch" type="xml">
            <tree%s><field name="name" /></tree>
        </field>
    </record>
    """

SAMPLES = []
FINE = []


def bad(rule, message, files):
    """Add a sample: a dictionary of files, or code of a model file."""
    SAMPLES.append(Sample(rule, message, _files(files)))


def fine(rule, files):
    """Add a sample that the rule must leave alone."""
    FINE.append(Sample(rule, "", _files(files)))


def _files(files):
    return (
        files
        if isinstance(files, dict)
        else {"dingding/models/dingding_other.py": HEADER + "\n" + files}
    )


def at(path, code):
    """Return the file of a sample in another place, with the header."""
    return {"dingding/" + path: HEADER + "\n" + code}


def changed(path, text, old, new):
    """Return the file of the good sample with one thing changed."""
    assert old in text, (path, old)
    return {path: text.replace(old, new)}


def hidden_title(options):
    """Return the views with a list and an action with such a title."""
    text = VIEWS.replace("<p>Things", '<p class="oe_view_nocontent_create">Things')
    return changed(VIEW_PATH, text, ACTION, LIST % options + ACTION)


def arch(text, model="dingding.thing"):
    """Return a view file with one view."""
    return {VIEW_PATH: XML + """<odoo>
    <record id="dingding_thing_view_form" model="ir.ui.view">
        <field name="name">dingding.thing.view.form</field>
        <field name="model">%s</field>
        <field name="arch" type="xml">%s</field>
    </record>
</odoo>
""" % (model, text)}


def data(text):
    """Return a data file."""
    return {"dingding/data/sample.xml": XML + "<odoo>%s</odoo>\n" % text}


# -- layers ----------------------------------------------------------------------------

bad(
    "check_import_directions",
    "dingtalk/ must not import models/",
    at("dingtalk/x.py", "from ..models import dingding_thing\n"),
)
bad(
    "check_import_directions",
    "sync/ must not import compat/",
    at("sync/x.py", "from .. import compat\n"),
)
bad(
    "check_import_directions",
    "models/ must not import controllers/",
    at("models/x.py", "from ..controllers.main import Main\n"),
)
bad(
    "check_import_directions",
    "models/ must not import wizards/",
    at("models/x.py", "from odoo.addons.dingding.wizards import x\n"),
)
bad(
    "check_import_directions",
    "only tests import tests",
    at("models/x.py", "from ..tests.common import DingTalkCase\n"),
)
bad(
    "check_import_directions",
    "leaves the addon",
    at("models/x.py", "from ...other import x\n"),
)
bad(
    "check_addon_imports",
    "own addon by its name",
    at("models/x.py", "from odoo.addons.dingding.models import dingding_thing\n"),
)
bad(
    "check_addon_imports",
    "relative import of a command",
    at("cli/x.py", "from ..models import dingding_thing\n"),
)
fine(
    "check_addon_imports",
    at("cli/x.py", "from odoo.addons.dingding.models import dingding_thing\n"),
)
bad(
    "check_addon_imports",
    "website is not in depends",
    at("models/x.py", "from odoo.addons.website.models import website\n"),
)
bad(
    "check_pure_layers_are_pure",
    "pure code imports odoo",
    at("sync/x.py", "from odoo import fields\n"),
)
bad(
    "check_pure_layers_are_pure",
    "pure code imports odoo",
    at("form/x.py", "from odoo import fields\n"),
)
bad(
    "check_import_directions",
    "form/ must not import models/",
    at("form/x.py", "from ..models import dingding_thing\n"),
)
bad(
    "check_pure_layers_are_pure",
    "pure code imports odoo.addons.dingding.models",
    at("dingtalk/x.py", "from odoo.addons.dingding.models import remedies\n"),
)
bad(
    "check_pure_layers_are_pure",
    "pure code imports psycopg2",
    at("dingtalk/x.py", "import psycopg2.sql\n"),
)
bad(
    "check_pure_layers_are_pure",
    "pure code imports dingding",
    at("dingtalk/x.py", "from dingding.dingtalk import errors\n"),
)
bad(
    "check_pure_layers_are_pure",
    "touches self.env",
    at(
        "sync/x.py",
        "class Reader(object):\n    def read(self):\n        return self.env\n",
    ),
)
bad("check_http_only_in_transport", "requests outside", "import requests\n")
bad(
    "check_http_only_in_transport",
    "requests outside",
    at("dingtalk/client.py", "from requests import Session\n"),
)
bad(
    "check_http_only_in_transport",
    "urllib outside",
    "from urllib import request\n".replace(
        "request\n", "request\nimport urllib.request\n"
    ),
)
ENDPOINT = (
    "class Things(Area):\n    def punch(self):\n"
    '        """Return it.\n\n        https://open.dingtalk.com/document/x\n'
    '        """\n'
)
bad("check_endpoints_are_used", "nobody calls punch", at("dingtalk/api/x.py", ENDPOINT))
bad(
    "check_endpoints_are_used", "nobody calls execute",
    dict(at("dingtalk/api/x.py", ENDPOINT.replace("punch", "execute")),
         **at("models/y.py", "env.cr.execute()\n")),
)
fine(
    "check_endpoints_are_used",
    dict(at("dingtalk/api/x.py", ENDPOINT), **at("models/y.py", "client.x.punch()\n")),
)
bad(
    "check_controllers_are_thin",
    "search() belongs",
    at(
        "controllers/x.py",
        "def f(request):\n    return request.env['x'].sudo().search([])\n",
    ),
)
bad(
    "check_controllers_are_thin",
    "_dingtalk_client() belongs",
    at(
        "controllers/x.py",
        "def f(app):\n    return app._dingtalk_client().oapi('/x')\n",
    ),
)
fine(
    "check_controllers_are_thin",
    at(
        "controllers/x.py",
        "import re\nWORD = re.compile('x')\n\n\ndef f(text):\n"
        "    return re.search('x', text) or WORD.search(text)\n",
    ),
)
bad(
    "check_one_seam_builds_the_client",
    "built outside",
    "def f(app):\n    return DingTalkClient(app.key)\n",
)
bad(
    "check_threads_only_in_background",
    "Thread outside",
    "import threading\n\n\ndef f():\n    threading.Thread(target=f).start()\n",
)
bad(
    "check_threads_only_in_background",
    "ThreadPoolExecutor outside",
    "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(3)\n",
)

bad(
    "check_locks_only_in_queue",
    "pg_advisory_xact_lock outside",
    'def f(cr):\n    cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [1, 2])\n',
)
bad(
    "check_lock_keys_differ",
    "is taken by",
    {
        "dingding/models/dingding_one.py": HEADER + "\nLOCK_ONE = 0x44540001\n",
        "dingding/models/dingding_two.py": HEADER + "\nLOCK_TWO = 0x44540001\n",
    },
)

# -- Python 3.5 ------------------------------------------------------------------------

bad("check_python_35", "3.6", "name = 1\ntext = f'{name}'\n")
bad("check_python_35", "not Python 3.5", "count: int = 0\n")
bad("check_python_35", "not Python 3.5", "def f(a, /, b):\n    return a\n")
bad("check_python_35", "not Python 3.5", "if (n := 3):\n    pass\n")
bad("check_python_35", "secrets is newer", "import secrets\n")
bad("check_python_35", "not Python 3.5", "def f(:\n")
bad("check_no_numeric_underscores", "1_000", "MANY = 1_000\n")
bad("check_no_comma_after_stars", "comma after **", "f(a, **{'b': 1},)\n")
bad(
    "check_no_comma_after_stars",
    "comma after *",
    "def f(\n    self,\n    *args,\n):\n    pass\n",
)
bad(
    "check_no_comma_after_stars",
    "comma after **",
    "def f(\n    self,\n    a=(1, 2),\n    **kwargs,  # why\n):\n    pass\n",
)
fine(
    "check_no_comma_after_stars",
    "a = [1, *b,]\nc = (*b,)\nf(a, *b)\nf(*b, a,)\nf(\n    a * b,\n    2 ** c,\n)\n"
    "def g(*args, **kwargs):\n    return {**kwargs, }\n",
)

fine("check_no_comma_after_stars", "f(\n    lambda *args, **kw: g(*args, **kw),\n)\n")

# -- portable Python -------------------------------------------------------------------

bad(
    "check_no_gone_decorators",
    "@api.multi",
    "class A:\n    @api.multi\n    def f(self):\n        pass\n",
)
bad(
    "check_no_gone_decorators",
    "@api.model_cr",
    "class A:\n    @api.model_cr\n    def init(self):\n        pass\n",
)
for _name in ("utcnow()", "utcfromtimestamp(1)"):
    bad("check_no_deprecated_clock", _name.split("(")[0],
        "import datetime\n\nx = datetime.datetime.%s\n" % _name)
fine("check_no_deprecated_clock", "from .dingtalk import utc\n\nx = utc.now()\n")
bad(
    "check_no_display_name_overrides",
    "name_get",
    "class A:\n    def name_get(self):\n        pass\n",
)
bad(
    "check_no_later_methods",
    "_read",
    "class A(models.AbstractModel):\n    def _read(self, client):\n        pass\n",
)
fine("check_no_later_methods", "class A(Area):\n    def _read(self):\n        pass\n")
bad(
    "check_no_view_get_overrides",
    "fields_view_get",
    "class A:\n    def fields_view_get(self):\n        pass\n",
)
bad("check_sudo_without_user", "sudo() with an argument", "x = record.sudo(user)\n")
bad("check_sudo_without_user", "with_user", "x = record.with_user(user)\n")
fine("check_sudo_without_user", "x = compat.with_user(record, user).sudo()\n")
CONSTRAINT = "class A:\n    @api.constrains('a')\n    def _check(self):\n        "
bad("check_constraints_ask_the_writer", "compat.as_writer",
    CONSTRAINT + "return rights.is_administrator(self.env)\n")
bad("check_constraints_ask_the_writer", "compat.as_writer",
    CONSTRAINT + "return self.env.user.has_group('base.group_system')\n")
fine("check_constraints_ask_the_writer",
     CONSTRAINT + "return rights.is_administrator(compat.as_writer(self).env)\n")
BY_USER = (
    "a = fields.Char(compute='_a'%s)\n\n\n"
    "@compat.depends_on_user\ndef _a(self):\n    pass\n")
bad("check_values_by_user_are_computed_by_it", "_a needs", BY_USER % "")
fine("check_values_by_user_are_computed_by_it", BY_USER % ", compute_sudo=False")
bad("check_field_parameters", "states=", "a = fields.Char(states={'draft': []})\n")
bad(
    "check_field_parameters",
    "group_operator=",
    "a = fields.Float(group_operator='sum')\n",
)
bad(
    "check_field_parameters",
    "track_visibility=",
    "a = fields.Char(track_visibility='always')\n",
)
bad(
    "check_create_takes_a_list",
    "without @compat.create_multi",
    "class A(models.Model):\n    @api.model\n    def create(self, vals):\n        "
    "pass\n",
)
bad(
    "check_create_takes_a_list",
    "new in 12",
    "class A(models.Model):\n    @api.model_create_multi\n    def create(self, "
    "vals):\n        pass\n",
)
bad(
    "check_no_sql_constraints",
    "_sql_constraints",
    "class A:\n    _sql_constraints = []\n",
)
bad(
    "check_no_sql_constraints",
    "new in 19",
    "class A:\n    _unique = models.Constraint('UNIQUE (a)')\n",
)
bad("check_series_only_in_compat", "odoo.release outside", "from odoo import release\n")
bad(
    "check_series_only_in_compat",
    "compat.SERIES outside",
    "new = compat.SERIES >= 13\n",
)
bad("check_series_only_in_compat", "SERIES outside", "from ..compat import SERIES\n")
bad(
    "check_series_only_in_compat",
    "sys.version_info",
    "import sys\nnew = sys.version_info > (3, 6)\n",
)
fine(
    "check_series_only_in_compat",
    at("tests/test_x.py", "from .. import compat\n\nnew = compat.SERIES >= 17\n"),
)
bad(
    "check_env_not_shortcuts",
    "self._cr",
    "class A(models.Model):\n    def f(self):\n        return self._cr\n",
)
fine(
    "check_env_not_shortcuts",
    "class Store(object):\n    def __init__(self, cr):\n        self._cr = cr\n",
)
SUPER = "class A(models.Model):\n    def write(self, vals):\n        return %s\n"
for _call in ("super(A, self)", "super(A, self.sudo())"):
    bad("check_super_without_arguments", _call, SUPER % (_call + ".write(vals)"))
bad(
    "check_super_without_arguments",
    "super(A, cls)",
    {"tools/x.py": SUPER % "[super(A, cls).f() for _ in vals]"},
)
fine("check_super_without_arguments", SUPER % "super().write(vals)")
fine(
    "check_super_without_arguments",
    "def decorate(cls):\n    cls.f = lambda self: super(cls, self).f()\n",
)
bad("check_no_gone_modules", "odoo.osv", "from odoo.osv import osv\n")
bad(
    "check_no_gone_modules",
    "odoo.exceptions.Warning",
    "from odoo.exceptions import Warning\n",
)
bad(
    "check_tests_use_compat",
    "SavepointCase",
    at("tests/test_x.py", "from odoo.tests.common import SavepointCase\n"),
)
bad("check_no_users_groups_field", "groups field", "vals = {'groups_id': [(4, 1)]}\n")
bad("check_no_self_fields", "SELF_READABLE_FIELDS", "x = self.SELF_READABLE_FIELDS\n")
bad("check_no_count_search", "search(count", "n = model.search([], count=True)\n")
bad(
    "check_read_group_lists_its_groups",
    "by state",
    "x = model.read_group([], ['name'], ['state'])\n",
)
bad(
    "check_read_group_lists_its_groups",
    "by day",
    "x = model.read_group([], fields=['name'], groupby='day:month')\n",
)
bad(
    "check_routes_without_wraps",
    "functools.wraps",
    at(
        "controllers/x.py",
        "import functools\n\n\n@functools.wraps(print)\ndef f():\n    pass\n",
    ),
)
bad("check_session_calls", "session.finalize", "request.session.finalize()\n")
bad("check_session_calls", "hasattr(session", "x = hasattr(request.session, 'sid')\n")
bad(
    "check_models_are_described",
    "no _description",
    "class A(models.Model):\n    _name = 'dingding.a'\n",
)
fine(
    "check_models_are_described",
    "class A(models.Model):\n    _name = 'dingding.a'\n    _inherit = ['dingding.a', "
    "'b']\n",
)
TITLE = "class A(models.Model):\n    _name = 'dingding.a'\n    _rec_name = 'kind'\n"
bad("check_titles_are_words", "called by a key", TITLE + (
    "    kind = fields.Selection([('a', 'A')])\n"))
fine("check_titles_are_words", TITLE + "    kind = fields.Char()\n")
ABSTRACT = "class A(models.AbstractModel):\n    _name = 'dingding.a.mixin'\n"
ONE = "class %s(models.Model):\n    _inherit = ['dingding.%s', 'dingding.a.mixin']\n"
bad("check_abstract_models", "a part of dingding.b", ABSTRACT + ONE % ("B", "b"))
fine("check_abstract_models", ABSTRACT)
fine("check_abstract_models", ABSTRACT + ONE % ("B", "b") + ONE % ("C", "c"))
bad("check_header", "header", {MODEL_PATH: "import os\n"})
bad("check_header", "coding cookie", {MODEL_PATH: "# -*- coding: utf-8 -*-\n" + HEADER})
bad(
    "check_tests_run_after_installation",
    "without @portable",
    at(
        "tests/test_x.py",
        "class TestX(DingTalkCase):\n    def test_x(self):\n        pass\n",
    ),
)
bad(
    "check_tests_run_after_installation",
    "plain unittest",
    at(
        "tests/test_x.py",
        "@portable\nclass TestX(unittest.TestCase):\n"
        "    def test_x(self):\n        pass\n",
    ),
)

# -- XML -------------------------------------------------------------------------------

bad("check_xml_well_formed", "mismatch", {VIEW_PATH: XML + "<odoo><record></odoo>\n"})
bad("check_xml_well_formed", "first line", {VIEW_PATH: "<odoo></odoo>\n"})
bad("check_no_shortcut_tags", "<act_window>", data("<act_window id='a' />"))
bad("check_no_shortcut_tags", "<report>", data("<report id='a' />"))
bad("check_no_shortcut_tags", "<list>", arch("<list><field name='name' /></list>"))
bad("check_odoo_root", "root element", {VIEW_PATH: XML + "<openerp></openerp>\n"})
bad("check_odoo_root", "<data> without need", data("<data></data>"))
bad(
    "check_views_are_records", "<form> outside", data("<form><field name='a' /></form>")
)
bad(
    "check_attrs_are_literals",
    "not a literal",
    arch(
        "<form><field name='a' attrs=\"{'invisible': [('a', '=', parent.b)]}\" "
        "/></form>"
    ),
)
bad(
    "check_attrs_are_literals",
    "operator '=like'",
    arch(
        "<form><field name='a' attrs=\"{'invisible': [('a', '=like', 'x')]}\" /></form>"
    ),
)
bad(
    "check_attrs_are_literals",
    "attrs of color",
    arch("<form><field name='a' attrs=\"{'color': [('a', '=', 'x')]}\" /></form>"),
)
bad(
    "check_attrs_are_literals",
    "constant in attrs",
    arch("<form><field name='a' attrs=\"{'invisible': True}\" /></form>"),
)
fine(
    "check_attrs_are_literals",
    arch(
        "<form><field name='a' attrs=\"{'invisible': ['|', ('a', 'not in', ['x', "
        "False]), "
        "('b', '=', 1)], 'required': [('parent.a', '!=', False)]}\" /></form>"
    ),
)
bad(
    "check_attrs_ask_for_what_is_there",
    "attrs of a, which only base.group_system have",
    arch(
        "<form><field name='a' groups='base.group_system' />"
        "<field name='b' attrs=\"{'invisible': [('a', '=', 1)]}\" /></form>"
    ),
)
bad(
    "check_attrs_ask_for_what_is_there",
    "attrs of kept, which only dingding.group_manager have",
    dict(
        arch(
            "<form><field name='kept' /><group groups='dingding.group_user'>"
            "<field name='b' attrs=\"{'invisible': [('kept', '=', 1)]}\" />"
            "</group></form>",
            model="dingding.other",
        ),
        **_files(
            "class DingdingOther(models.Model):\n"
            "    _name = 'dingding.other'\n"
            "    kept = fields.Char(groups='dingding.group_manager')\n"
        )
    ),
)
fine(
    "check_attrs_ask_for_what_is_there",
    arch(
        "<form><field name='a' groups='dingding.group_user' />"
        "<div groups='dingding.group_manager'>"
        "<field name='b' attrs=\"{'invisible': [('a', '=', 1)]}\" /></div>"
        "<field name='c' groups='base.group_system' /><field name='c' invisible='1' />"
        "<field name='d' attrs=\"{'invisible': [('c', '=', 1)]}\" /></form>"
    ),
)
bad(
    "check_dialogs_have_what_is_evaluated",
    "the form of line_ids lacks gone",
    arch(
        "<form><field name='line_ids'><tree decoration-danger='gone'>"
        "<field name='a' /><field name='gone' invisible='1' /></tree>"
        "<form><field name='a' /></form></field></form>"
    ),
)
bad(
    "check_dialogs_have_what_is_evaluated",
    "the tree of line_ids lacks kind",
    arch(
        "<form><field name='line_ids'><tree><field name='a' /></tree>"
        "<form><field name='kind' /><group>"
        "<field name='a' attrs=\"{'invisible': [('kind', '=', 'x')]}\" /></group>"
        "</form></field></form>"
    ),
)
bad(
    "check_dialogs_have_what_is_evaluated",
    "the tree of line_ids lacks b",
    arch(
        "<form><field name='line_ids'><tree editable='bottom'>"
        "<field name='a' context=\"{'default_b': b}\" /></tree></field></form>"
    ),
)
bad(
    "check_dialogs_have_what_is_evaluated",
    "the form of line_ids lacks gone",
    dict(
        arch(
            "<form><field name='line_ids'><tree decoration-danger='gone'>"
            "<field name='gone' /></tree></field></form>",
            model="dingding.other",
        ),
        **dict(
            data(
                "<record id='line_form' model='ir.ui.view'>"
                "<field name='model'>dingding.line</field>"
                "<field name='arch' type='xml'><form><field name='a' /></form>"
                "</field></record>"
            ),
            **_files(
                "class DingdingOther(models.Model):\n"
                "    _name = 'dingding.other'\n"
                "    line_ids = fields.One2many('dingding.line', 'other_id')\n"
            )
        )
    ),
)
fine(
    "check_dialogs_have_what_is_evaluated",
    arch(
        "<form><field name='line_ids'><tree decoration-danger=\"a == 'b'\">"
        "<field name='a' /><field name='c' domain=\"[('x', '=', parent.y)]\" /></tree>"
        "<form><field name='a' /><field name='line_ids'><tree decoration-muted='z'>"
        "<field name='z' /></tree><form><field name='z' /></form></field></form>"
        "</field></form>"
    ),
)
bad(
    "check_states_are_words",
    "states=",
    arch("<form><button name='action_a' states=\"state == 'x'\" /></form>"),
)
bad(
    "check_modifiers_are_constants",
    "use attrs",
    arch("<form><field name='a' invisible=\"state == 'x'\" /></form>"),
)
bad(
    "check_modifiers_are_constants",
    "new in 17",
    arch("<tree><field name='a' column_invisible='1' /></tree>"),
)
bad(
    "check_no_view_type",
    "view_type",
    data(
        "<record id='a' model='ir.actions.act_window'><field "
        "name='view_type'>form</field></record>"
    ),
)
bad(
    "check_no_view_type",
    "says list",
    data(
        "<record id='a' model='ir.actions.act_window'><field "
        "name='view_mode'>list</field></record>"
    ),
)
bad(
    "check_organisation_columns",
    "without group_multi_corp",
    arch("<tree><field name='corp_id' /></tree>"),
)
fine(
    "check_organisation_columns",
    arch("<tree><field name='corp_id' invisible='1' />"
         "<field name='corp_id' groups='dingding.group_multi_corp' /></tree>"),
)
bad("check_t_names", "outside a kanban", arch("<form><t t-name='x' /></form>"))
bad(
    "check_t_names",
    "knows kanban-box",
    arch("<kanban><templates><t t-name='card' /></templates></kanban>"),
)
bad(
    "check_search_views",
    "without a field",
    arch("<search><filter name='a' /></search>"),
)
bad(
    "check_search_views",
    "filter without a name",
    arch("<search><field name='a' /><filter string='A' domain='[]' /></search>"),
)
bad(
    "check_search_views",
    "with attributes",
    arch("<search><field name='a' /><group expand='0' string='Group by' /></search>"),
)
bad("check_trees_are_plain", "string= on", arch("<tree string='Things' />"))
bad("check_trees_are_plain", "colors= on", arch("<tree colors=\"red:state=='x'\" />"))
bad(
    "check_groups_records",
    "res.groups with category_id",
    data(
        "<record id='group_x' model='res.groups'><field name='category_id' ref='a' "
        "/></record>"
    ),
)
bad(
    "check_groups_records",
    "res.groups with users",
    data(
        "<record id='group_x' model='res.groups'><field name='users' eval='[]' "
        "/></record>"
    ),
)
bad(
    "check_groups_records",
    "groups_id",
    data(
        "<record id='a' model='ir.actions.act_window'><field name='groups_id' "
        "eval='[]' /></record>"
    ),
)
bad(
    "check_crons",
    "numbercall is None",
    changed(
        "dingding/data/dingding_thing_cron.xml",
        CRON,
        '<field name="numbercall">-1</field>',
        "",
    ),
)
bad(
    "check_crons",
    "doall is True",
    changed(
        "dingding/data/dingding_thing_cron.xml", CRON, 'eval="False"', 'eval="True"'
    ),
)
bad(
    "check_crons",
    "calls something else",
    changed(
        "dingding/data/dingding_thing_cron.xml",
        CRON,
        "model._cron_age()",
        "env.cr.commit()",
    ),
)
bad(
    "check_chatter",
    "chatter holds",
    arch(
        "<form><div class='oe_chatter'><field name='message_ids' /><field name='x' "
        "/></div></form>"
    ),
)
bad(
    "check_chatter",
    "not the last part",
    arch(
        "<form><div class='oe_chatter'><field name='message_ids' /></div><sheet "
        "/></form>"
    ),
)
bad(
    "check_anchors",
    "not known",
    changed(
        VIEW_PATH, VIEWS, "//page[@name='access_rights']", "//field[@name='login']"
    ),
)
bad(
    "check_anchors",
    "not known",
    changed(VIEW_PATH, VIEWS, "base.view_users_form", "base.view_partner_form"),
)
bad(
    "check_no_hasclass",
    "anchor by class",
    changed(
        VIEW_PATH, VIEWS, "//page[@name='access_rights']", "//div[hasclass('oe_title')]"
    ),
)
bad(
    "check_no_hasclass",
    "anchor by class",
    changed(
        VIEW_PATH, VIEWS, "//page[@name='access_rights']", "//div[@class='oe_title']"
    ),
)
bad(
    "check_no_replace",
    "replace",
    changed(VIEW_PATH, VIEWS, 'position="after"', 'position="replace"'),
)
bad(
    "check_assets_stand_alone",
    "assets beside",
    data(
        "<template id='a' inherit_id='web.assets_backend' /><record id='b' model='c' />"
    ),
)
bad(
    "check_object_buttons",
    "button calls age",
    changed(VIEW_PATH, VIEWS, 'name="action_age"', 'name="age"'),
)
bad(
    "check_actions_have_help",
    "dingding_thing_action has no help",
    changed(VIEW_PATH, VIEWS, 'name="help"', 'name="context"'),
)
fine(
    "check_actions_have_help",
    changed(
        VIEW_PATH,
        VIEWS,
        """tree,form</field>
        <field name="help" type="html">
            <p>Things</p>
        </field>""",
        "form</field>",
    ),
)
bad(
    "check_forms_fit_phones",
    "dingding_thing_view_form is too wide for a phone",
    changed(VIEW_PATH, VIEWS, ' class="o_dingding_narrow"', ""),
)
AMOUNT = {
    "dingding/models/dingding_thing_amount.py": HEADER + """
from odoo import fields, models


class DingdingThing(models.Model):
    _inherit = "dingding.thing"

    amount = fields.Integer(readonly=True)
"""
}
AMOUNTS = LIST.replace('<field name="name" />', '<field name="amount" />') % ""
bad(
    "check_figures_have_charts",
    "dingding.thing has no graph or pivot of amount",
    dict(AMOUNT, **changed(VIEW_PATH, VIEWS, ACTION, AMOUNTS + ACTION)),
)
fine(
    "check_figures_have_charts",
    dict(AMOUNT, **changed(VIEW_PATH, VIEWS, ACTION, LIST % "" + ACTION)),
)
bad(
    "check_help_is_seen",
    "the title of dingding_thing_action is hidden",
    hidden_title(" create='0'"),
)
fine(
    "check_help_is_seen",
    hidden_title(""),
)
bad(
    "check_help_is_seen",
    "the title of dingding_thing_action is hidden from group_user",
    dict(
        hidden_title(""),
        **changed("dingding/views/menus.xml", MENUS, 'action="dingding_thing_action"',
                  'action="dingding_thing_action" groups="group_user"')
    ),
)
bad(
    "check_lists_have_help",
    "a list without help",
    """
def show(self):
    return {
        "type": "ir.actions.act_window", "res_model": "dingding.thing",
        "view_mode": "tree,form", "views": [(False, "list"), (False, "form")],
    }
""",
)
bad(
    "check_lists_have_help",
    "a list without help",
    """
def show(self):
    return {"type": "ir.actions.act_window", "views": [[False, "list"]]}
""",
)
fine(
    "check_lists_have_help",
    """
def show(self):
    return {
        "type": "ir.actions.act_window", "res_model": "dingding.thing",
        "view_mode": "form", "views": [(False, "form")],
    }
""",
)
bad(
    "check_groups_in_views",
    "without its module",
    arch("<form><field name='name' groups='group_user' /></form>"),
)
bad(
    "check_buttons_exist",
    "no method action_gone()",
    changed(VIEW_PATH, VIEWS, 'name="action_age"', 'name="action_gone"'),
)
bad(
    "check_buttons_exist",
    "no method _cron_gone()",
    changed("dingding/data/dingding_thing_cron.xml", CRON, "_cron_age", "_cron_gone"),
)

# -- names -----------------------------------------------------------------------------

bad(
    "check_view_names",
    "not called dingding_thing_view_form",
    changed(
        VIEW_PATH,
        VIEWS,
        'id="dingding_thing_view_form"',
        'id="view_dingding_thing_form"',
    ),
)
bad(
    "check_view_names",
    "not dingding.thing.view.form",
    changed(VIEW_PATH, VIEWS, "dingding.thing.view.form", "thing form"),
)
bad(
    "check_view_names",
    "is called view_users_form_dingding",
    changed(VIEW_PATH, VIEWS, 'id="view_users_form"', 'id="view_users_form_dingding"'),
)
bad(
    "check_action_names",
    "not called dingding_thing_action",
    changed(
        VIEW_PATH, VIEWS, 'id="dingding_thing_action"', 'id="action_dingding_thing"'
    ),
)
bad(
    "check_menu_names",
    "menu menu_things",
    changed("dingding/views/menus.xml", MENUS, "dingding_thing_menu", "menu_things"),
)
IN_APP = """    <menuitem id="dingding_thing_menu" name="Things" \
parent="dingding_menu_people" action="dingding_thing_action" sequence="10" />
"""
for parent in ("dingding_menu_settings", "base.menu_administration"):
    bad(
        "check_settings_have_one_entry",
        "dingding_thing_menu is below Settings",
        {"dingding/views/menus.xml": XML + "<odoo>\n" + IN_APP.replace(
            "dingding_menu_people", parent) + "</odoo>\n"},
    )
fine(
    "check_settings_have_one_entry",
    {"dingding/views/menus.xml": XML + "<odoo>\n" + IN_APP + "</odoo>\n"},
)
bad(
    "check_cron_names",
    "not called dingding_thing_cron",
    changed(
        "dingding/data/dingding_thing_cron.xml",
        CRON,
        'id="dingding_thing_cron_age"',
        'id="cron_age"',
    ),
)
bad(
    "check_rule_names",
    "not called dingding_thing_rule",
    changed(
        "dingding/security/dingding_security.xml",
        SECURITY,
        "dingding_thing_rule_company",
        "company",
    ),
)
bad(
    "check_rule_names",
    "group user",
    changed(
        "dingding/security/dingding_security.xml",
        SECURITY,
        'id="group_user"',
        'id="user"',
    ),
)
bad(
    "check_ids_without_module",
    "own module",
    changed(
        VIEW_PATH,
        VIEWS,
        'id="dingding_thing_action"',
        'id="dingding.dingding_thing_action"',
    ),
)
bad("check_ids_without_module", "id, then model", data("<record model='a' id='b' />"))
bad(
    "check_ids_without_module",
    "there twice",
    data("<record id='b' model='a' /><record id='b' model='a' />"),
)
bad(
    "check_acl_names",
    "not called access_dingding_thing_user",
    changed(ACL_PATH, ACL, "access_dingding_thing_user", "thing_user"),
)
bad(
    "check_model_files",
    "belongs into dingding_a.py",
    "class A(models.Model):\n    _name = 'dingding.a'\n",
)
bad(
    "check_model_files",
    "belongs into res_users.py",
    "class A(models.Model):\n    _inherit = 'res.users'\n",
)
bad("check_model_files", "_views.xml", {"dingding/views/thing.xml": XML + "<odoo />\n"})
bad("check_modules_are_imported", "not imported by models", "x = 1\n")
bad(
    "check_modules_are_imported",
    "not imported by tests",
    at("tests/test_other.py", "x = 1\n"),
)

# -- access rights and secrets ---------------------------------------------------------

bad("check_acl_rows", "no group", changed(ACL_PATH, ACL, ",group_user,", ",,"))
bad(
    "check_acl_rows",
    "outsiders",
    changed(ACL_PATH, ACL, ",group_user,", ",base.group_portal,"),
)
bad("check_acl_rows", "says why", changed(ACL_PATH, ACL, "thing: nobody yet", "nobody"))
bad("check_acl_rows", "header is not", {ACL_PATH: "id,name\n"})
bad(
    "check_acl_rows",
    "cells, not 8",
    {ACL_PATH: ACL + "access_x,x,model_dingding_thing\n"},
)
bad(
    "check_acl_rows",
    "no access rights",
    {"dingding/security/ir.model.access.csv": ACL.split("\n")[0] + "\n", ACL_PATH: ""},
)
SAMPLES[-1] = SAMPLES[-1]._replace(message="header is not")
bad(
    "check_models_have_access_rights",
    "dingding.a has no access",
    "class A(models.TransientModel):\n    _name = 'dingding.a'\n",
)
bad(
    "check_models_have_access_rights",
    "is not a model",
    {ACL_PATH: ACL + "access_dingding_b_user,b,model_dingding_b,group_user,1,0,0,0\n"},
)
bad(
    "check_rows_ignore_defaults",
    "takes values from the context",
    changed(MODEL_PATH, MODEL, "self = rights.without_defaults(self)", "pass"),
)
fine(
    "check_rows_ignore_defaults",
    {
        MODEL_PATH: MODEL.replace("self = rights.without_defaults(self)", "pass"),
        ACL_PATH: ACL.replace("group_user,1,0,0,0", "group_user,1,0,1,0"),
    },
)
bad(
    "check_company_rules",
    "company without rule",
    {"dingding/security/dingding_security.xml": XML + "<odoo />\n"},
)
bad(
    "check_secret_fields",
    "without groups=",
    changed(MODEL_PATH, MODEL, ', groups="base.group_system"', ""),
)
bad(
    "check_secret_fields",
    "is a column",
    changed(MODEL_PATH, MODEL, 'compute="_compute_secret", ', ""),
)
bad(
    "check_no_secrets",
    "CorpId or AppKey",
    data("<field>ding" + "0a1b2c3d4e5f6071</field>"),
)
bad(
    "check_no_secrets",
    "robot's secret",
    {"docs/x.md": "SEC" + "0123456789abcdef" * 2 + "\n"},
)
bad(
    "check_no_secrets",
    "private key",
    {"x.txt": "-----BEGIN RSA PRIVATE " + "KEY-----\n"},
)
bad(
    "check_no_secrets",
    "looks like a key",
    data("<field>Xk3vQ9zL7pTnB2" + "mWfR8sYdJhC5gUaE1oI6</field>"),
)
fine(
    "check_no_secrets",
    {
        "x.md": "dingding_message_recipient_view_form "
        "dingtalk-simulator-of-the-house dingabcdefghijklmnop\n"
    },
)
bad("check_no_stray_paths", "path of a machine", {"x.md": "see /ho" + "me/ann/odoo\n"})
bad(
    "check_no_stray_paths",
    "path of a machine",
    at("models/x.py", "LOG = '/tm" + "p/log'\n"),
)
bad(
    "check_no_stray_paths",
    "package registry",
    {"x.md": "https://registry" + ".example.com/simple/\n"},
)
fine(
    "check_no_stray_paths",
    {"x.md": "docs/home/x, a/tmp/b, https://example.com/work/\n"},
)
bad(
    "check_no_foreign_hosts",
    "address of ann.ngrok.io",
    data("<field>https://ann.ngrok.io/x</field>"),
)
bad("check_no_foreign_hosts", "port of this machine", "URL = 'localhost:8069'\n")
fine(
    "check_no_foreign_hosts",
    "# https://open.dingtalk.com/document/x\nU = 'https://...'\n",
)
ROUTE = (
    "import odoo.http as http\n\n\nclass A(object):\n"
    "    @http.route('/a', %s)\n    def a(self):\n%s"
)
bad(
    "check_routes_without_user",
    "auth='none' with sudo()",
    at(
        "controllers/x.py",
        ROUTE % ("auth='none', type='http'", "        return x.sudo()\n"),
    ),
)
bad(
    "check_routes_without_user",
    "with the superuser",
    at(
        "controllers/x.py",
        ROUTE % ("auth='none', type='http'", "        return x(SUPERUSER_ID)\n"),
    ),
)
bad(
    "check_routes_name_their_auth",
    "route without auth=",
    at("controllers/x.py", ROUTE % ("type='http'", "        return 1\n")),
)
bad(
    "check_routes_name_their_auth",
    "csrf=False",
    at(
        "controllers/x.py",
        ROUTE % ("type='http', auth='user', csrf=False", "        return 1\n"),
    ),
)
bad("check_no_eval", "eval()", "x = eval(self.domain)\n")
bad("check_no_eval", "safe_eval", "from odoo.tools.safe_eval import safe_eval\n")
bad("check_no_eval", "pickle", "import pickle\n")
bad("check_no_eval", "eval()", at("models/expression.py", "x = eval(self.text)\n"))
fine(
    "check_no_eval",
    at(
        "models/expression.py",
        "from odoo.tools.safe_eval import safe_eval\nx = safe_eval('1', {})\n",
    ),
)
fine("check_no_eval", "import re\nx = re.compile('a')\n")

SQL = "from psycopg2 import sql\n\n\ndef f(self, cr, name, where):\n%s\n"
for _code in (
    "    cr.execute('SELECT %s' % name)",
    "    self.env.cr.execute('SELECT ' + name)",
    "    cr.execute('SELECT {}'.format(name))",
    "    cr.execute(' '.join(['SELECT', name]))",
    "    query = 'SELECT 1'\n    query += name\n    cr.execute(query)",
    "    cr.execute(name)",
    "    lock_cr.execute(self._query())",
    "    cr._obj.execute('SELECT %s' % name)",
    "    compat.execute_unseen(cr, 'SELECT %s' % name, [])",
):
    bad("check_no_built_sql", "neither a literal", SQL % _code)
bad(
    "check_no_built_sql",
    "sql.SQL() of something",
    SQL % ("    cr.execute(sql.SQL('SELECT %s' % name))"),
)
fine(
    "check_no_built_sql",
    SQL
    % (
        "    cr.execute('SELECT %s', [name])\n"
        "    query = sql.SQL('SELECT {}').format(sql.Identifier(name))\n"
        "    query += sql.SQL(' WHERE ') + where\n    cr.execute(query)\n"
        "    compat.execute(cr, query, [])\n"
        "    cr.execute(sql.SQL('A {}').format(sql.SQL(', "
        "').join(map(sql.Identifier, name))))"
    ),
)

bad(
    "check_requests_have_a_timeout",
    "without timeout=",
    at("dingtalk/transport.py", "import requests\nrequests.get('x')\n"),
)
bad(
    "check_requests_have_a_timeout",
    "verify=False",
    at(
        "dingtalk/transport.py",
        "import requests\nrequests.get('x', timeout=1, verify=False)\n",
    ),
)
bad("check_requests_have_a_timeout", "verify = False", "session.verify = False\n")
bad("check_no_running_flags", "RUNNING", "RUNNING = {}\n")
bad("check_no_running_flags", "is_syncing", "is_syncing = False\n")
bad("check_no_running_flags", "global", "def f():\n    global count\n    count = 1\n")
bad(
    "check_no_foreign_patches",
    "patch of JsonRequest._json_response",
    "from odoo.http import JsonRequest\nJsonRequest._json_response = None\n",
)
bad(
    "check_no_foreign_patches",
    "patch of models.BaseModel.write",
    "from odoo import models\nmodels.BaseModel.write = None\n",
)
bad(
    "check_no_foreign_patches",
    "patch of BaseModel",
    "from odoo.models import BaseModel\nsetattr(BaseModel, 'write', None)\n",
)
bad(
    "check_no_http_in_crud",
    "_dingtalk_client() in write()",
    "class A(models.Model):\n    def write(self, vals):\n        "
    "self._dingtalk_client().x()\n",
)
bad(
    "check_no_http_in_crud",
    "_dingtalk_push() in _compute_x()",
    "class A(models.Model):\n    def _compute_x(self):\n        "
    "self._dingtalk_push()\n",
)
bad(
    "check_no_matching_by_name",
    "res.users found by name",
    "x = env['res.users'].sudo().search([('active', '=', True), ('name', '=', n)])\n",
)
bad(
    "check_no_matching_by_name",
    "hr.employee found by name",
    "x = self.env['hr.employee'].name_search(n)\n",
)
bad("check_no_bare_except", "bare except", "try:\n    pass\nexcept:\n    raise\n")
bad(
    "check_no_bare_except",
    "Exception swallowed",
    "try:\n    f()\nexcept Exception:\n    pass\n",
)
bad("check_no_print", "print()", "print('x')\n")
UNDERSCORE = "def f(x):\n    return %s\n"
bad("check_translated_literals", "not a literal", UNDERSCORE % "_('a %s' % x)")
bad("check_translated_literals", "not a literal", UNDERSCORE % "_(x)")
bad("check_translated_literals", "go by name", UNDERSCORE % "_('%s and %s') % (x, x)")
bad("check_translated_literals", "11 takes none", UNDERSCORE % "_('%s', x)")
bad("check_translated_literals", "at import", "TEXT = _('a')\n")
fine("check_translated_literals", "a = fields.Char(default=lambda self: _('Open'))\n")
bad("check_translated_literals", "line of the log", UNDERSCORE % "_logger.info(_('a'))")
bad(
    "check_no_secrets_in_logs",
    "access_token in the log",
    "_logger.info('%s', access_token)\n",
)
bad(
    "check_no_secrets_in_logs",
    "app_secret in the log",
    "_logger.debug('%s', app.app_secret)\n",
)
bad("check_no_secrets_in_logs", "is a literal", "_logger.info('a %s' % x)\n")
fine("check_no_secrets_in_logs", "_logger.info('%s %s', token_id, row.token_kind)\n")
bad(
    "check_no_known_passwords",
    "password that others know",
    "x = {'password': user.login}\n",
)
bad(
    "check_no_known_passwords",
    "password that others know",
    "x = {'password': 'odoo'}\n",
)
bad("check_no_known_passwords", "compared", "ok = password == user.unionid\n")
bad(
    "check_decorated_secrets",
    "keeps a secret",
    "@tools.ormcache('x')\ndef _token(self):\n    pass\n",
)

# -- files -----------------------------------------------------------------------------

bad("check_no_junk", "does not belong", {"dingding/models/x.pyc": b"x"})
bad("check_no_junk", "does not belong", {".idea/x.xml": "<x/>\n"})
bad("check_no_junk", "does not belong", {"docs/manual.docx": b"x"})
bad("check_sizes", "kB", {"x.png": b"x" * 1100000})
bad("check_text_form", "CR", {"x.py": "a = 1\r\n"})
bad("check_text_form", "not UTF-8", {"x.py": b"a = '\xff'\n"})
bad("check_text_form", "byte order mark", {"x.py": b"\xef\xbb\xbfa = 1\n"})
bad("check_text_form", "no newline", {"x.py": "a = 1"})
bad("check_text_form", "trailing blanks", {"x.md": "a  \n"})
bad("check_text_form", "tab", {"x.py": "if 1:\n\ta = 1\n"})
bad("check_modes", "executable without", {"x.py": (b"a = 1\n", 0o755)})
bad("check_modes", "without being executable", {"x": (b"#!/bin/sh\n", 0o644)})
bad("check_names_are_plain", "file name", {"dingding/models/Thing.py": HEADER})
bad("check_no_open_ends", "open end", {"x.py": "# TO" + "DO: later\n"})
bad("check_no_open_ends", "open end", {"x.md": "<" * 7 + " HEAD\n"})

# -- manifests -------------------------------------------------------------------------

bad("check_manifest_form", "bare dictionary", {MANIFEST_PATH: HEADER + "x = {}\n{}\n"})
bad(
    "check_manifest_form",
    "key description",
    changed(MANIFEST_PATH, MANIFEST, '"summary"', '"description"'),
)
bad(
    "check_manifest_form",
    "its default",
    changed(
        MANIFEST_PATH,
        MANIFEST,
        '"post_init_hook":',
        '"installable": True, "post_init_hook":',
    ),
)
bad(
    "check_manifest_form",
    "is empty",
    changed(MANIFEST_PATH, MANIFEST, '"A sample"', '""'),
)
bad(
    "check_manifest_keys",
    "summary is missing",
    changed(MANIFEST_PATH, MANIFEST, "summary", "summery"),
)
bad(
    "check_manifest_keys",
    "license is not",
    changed(MANIFEST_PATH, MANIFEST, 'LGPL-3"', 'GPL-3"'),
)
bad(
    "check_manifest_keys",
    "version 1.0",
    changed(MANIFEST_PATH, MANIFEST, "11.0.1.0.0", "1.0"),
)
bad("check_license", "missing", {"LICENSE": ""})
SAMPLES[-1] = SAMPLES[-1]._replace(message="not the LGPL 3")
bad(
    "check_manifest_files",
    "does not exist",
    changed(
        MANIFEST_PATH,
        MANIFEST,
        '"views/menus.xml"',
        '"views/gone_views.xml", "views/menus.xml"',
    ),
)
bad(
    "check_manifest_files", "not in the manifest", {"dingding/wizards/x_views.xml": XML}
)
bad(
    "check_manifest_files",
    "not in the order",
    changed(
        MANIFEST_PATH,
        changed(
            MANIFEST_PATH, MANIFEST, '        "security/ir.model.access.csv",\n', ""
        )[MANIFEST_PATH],
        '"views/menus.xml"',
        '"security/ir.model.access.csv"',
    ),
)
bad(
    "check_depends",
    "no website in depends",
    data("<record id='a' model='b'><field name='c' ref='website.d' /></record>"),
)
bad(
    "check_depends",
    "depends on other and back",
    {
        MANIFEST_PATH: MANIFEST.replace('"base", "web"', '"base", "other"'),
        "other/__manifest__.py": MANIFEST.replace('"base", "web"', '"dingding"'),
    },
)
bad("check_external_dependencies", "qrcode is not in", "import qrcode\n")
bad("check_external_dependencies", "is not named", {"requirements.txt": "qrcode\n"})
bad("check_hooks", "is not in hooks.py", {"dingding/hooks.py": HEADER})
bad(
    "check_hooks",
    "registry=None",
    changed("dingding/hooks.py", HOOKS, "registry=None)", "registry)"),
)
bad("check_hooks", "is not imported", {"dingding/__init__.py": HEADER})
bad("check_icon", "missing", {"dingding/static/description/icon.png": b"GIF"})
SAMPLES[-1] = SAMPLES[-1]._replace(message="not a PNG")
bad(
    "check_web_icon",
    "no file",
    changed("dingding/views/menus.xml", MENUS, "icon.png", "gone.png"),
)
bad(
    "check_one_series",
    "does not stand on dingding",
    {"dingding_other/__manifest__.py": MANIFEST},
)
bad(
    "check_one_series",
    "it stands on base, web, mail alone",
    changed(MANIFEST_PATH, MANIFEST, '"base", "web"', '"base", "hr"'),
)
bad("check_imports_are_guarded", "qrcode without a try", "import qrcode\n")
fine(
    "check_imports_are_guarded",
    "try:\n    import qrcode\nexcept ImportError:\n    qrcode = None\n",
)

# -- translations ----------------------------------------------------------------------

POT_PATH, PO_PATH = "dingding/i18n/dingding.pot", "dingding/i18n/zh_CN.po"
POT, TRANSLATION = catalog(False), catalog(True)
bad(
    "check_template_is_fresh",
    "not in the .pot: Brand new",
    changed(MODEL_PATH, MODEL, '"Name of it"', '"Brand new"'),
)
bad(
    "check_template_is_fresh",
    "not in the .pot: Other words",
    changed(VIEW_PATH, VIEWS, 'string="Age"', 'string="Other words"'),
)
bad(
    "check_template_is_fresh",
    "no source says: Gone",
    {POT_PATH: POT + '\n#. module: dingding\nmsgid "Gone"\nmsgstr ""\n'},
)
bad(
    "check_translations_are_complete",
    "not translated",
    changed(PO_PATH, TRANSLATION, 'msgstr "变旧"', 'msgstr ""'),
)
bad(
    "check_translations_are_complete",
    "fuzzy",
    changed(PO_PATH, TRANSLATION, 'msgid "Age"', '#, fuzzy\nmsgid "Age"'),
)
bad(
    "check_translations_are_complete",
    "placeholders",
    changed(PO_PATH, TRANSLATION, "%(name)s 中", "%(nom)s 中"),
)
bad(
    "check_translations_are_complete",
    "missing: Age",
    changed(PO_PATH, TRANSLATION, 'msgid "Age"', 'msgid "Aging"'),
)
bad(
    "check_translations_are_complete",
    "still English",
    {
        POT_PATH: POT + '\nmsgid "Some more words"\nmsgstr ""\n',
        PO_PATH: TRANSLATION + '\nmsgid "Some more words"\nmsgstr "Some more words"\n',
    },
)
bad(
    "check_translations_have_all_references",
    "module: dingding",
    changed(PO_PATH, TRANSLATION, "#. module: dingding\n", ""),
)
bad(
    "check_translations_have_all_references",
    "odoo-python",
    changed(PO_PATH, TRANSLATION, "#. odoo-python\n", ""),
)
bad(
    "check_translations_have_all_references",
    "a field in one form",
    changed(
        PO_PATH,
        TRANSLATION,
        "#: "
        "model:ir.model.fields,field_description:dingding.field_dingding_thing__name\n",
        "",
    ),
)
bad(
    "check_translations_have_all_references",
    "a field in one form",
    changed(
        PO_PATH,
        TRANSLATION,
        "#: "
        "model:ir.model.fields,field_description:dingding.field_dingding_thing_name\n",
        "",
    ),
)
bad(
    "check_translations_have_all_references",
    "a field in one form",
    changed(
        POT_PATH,
        POT,
        "#: "
        "model:ir.model.fields,field_description:dingding.field_dingding_thing__name\n",
        "",
    ),
)
bad(
    "check_translations_have_all_references",
    "a choice in one form",
    changed(PO_PATH, TRANSLATION, "#: selection:dingding.thing,state:0\n", ""),
)
bad(
    "check_translations_have_all_references",
    "a view in one form",
    changed(PO_PATH, TRANSLATION, "#: model_terms:ir.ui.view,arch_db:dingding.x\n", ""),
)
bad(
    "check_language_headers",
    "Language is not",
    changed(PO_PATH, TRANSLATION, "Language: zh_CN", "Language: zh"),
)
bad("check_language_headers", "language en", {"dingding/i18n/en.po": TRANSLATION})

# -- words of the glossary ------------------------------------------------------------

for _line, _instead in (
    ("Who is in no department gets none.", "begin with a noun"),
    ("It is stored. Whoever reads it sees the name.", "begin with a noun"),
    ("This is no error", "say is not a"),
    ("It is not needed any more", "say no longer"),
    ("Rows are worked off", "say process"),
):
    bad("check_sentences", _instead, at("models/x.py", "# %s\n" % _line))
    bad("check_sentences", _instead, {"docs/en/x.md": _line + "\n"})
for _line in ("Who sees what", "Tell who has read it.", "It is no longer there."):
    fine("check_sentences", at("models/x.py", "# %s\n" % _line))

for said, message in (
    ("Ask the guard before", "say archive threshold"),
    ("Mirror of DingTalk", "say sync mixin"),
    ("Addressee of messages", "say recipient"),
    ("Worked off on", "say process"),
    ("Handed in on", "say submit"),
    ("Agreed values", "say approved"),
    ("Cancel run", "say sync"),
    ("Last night's reading", "say sync"),
    ("Waits for a manager", "say Waiting for"),
    ("Who has left DingTalk", "begins with a question word"),
    ("People who have left", "say leaver"),
    ("Came back", "say rejoined"),
    ("Not taken by DingTalk", "say rejected"),
    ("Why left out", "say deselect"),
    ("Take DingTalk's version", "say DingTalk's value"),
    ("What DingTalk said", "say DingTalk reports"),
    ("Departments below", "say parent department"),
    ("Callback address", "say URL"),
    ("Ways in", "say sign-in method"),
    ("This way of signing in is switched off.", "say disabled"),
    ("In whose name", "say requester"),
    ("DingTalk Health Check", "say connection test"),
    ("By hand", "say manually"),
    ("To try again does not help: tell your administrator.", "say contact"),
    ("It does not exist any more.", "say no longer"),
    ("%s is no button.", "say is not a"),
    ("Guard, per cent", "say %"),
    ("Kind", "say Type"),
    ("Whose value is kept", "begins with a question word"),
):
    bad(
        "check_english_words",
        message,
        changed(POT_PATH, POT, 'msgid "Age"', 'msgid "%s"' % said),
    )
for said in (
    "The state is unknown.",
    "It is no longer in DingTalk.",
    "Permission to read departments",
    "This person has left DingTalk.",
    "What to do",
    "Who may do that is decided on the form of the organisation.",
):
    fine("check_english_words", changed(
        POT_PATH, POT, 'msgid "Age"', 'msgid "%s"' % said))
for said, message in (
    ("钉钉的镜像", "say 同步对象"),
    ("映射", "say 审批单据配置"),
    ("取消运行", "say 同步"),
    ("保护机制：人数", "say 归档保护阈值"),
    ("接收人", "say 收件人"),
    ("保留谁的值", "say 以哪一方数据为准"),
    ("钉钉没有答复", "say 应答"),
    ("没有插件处理此事件。", "say 模块"),
    ("已返回", "say 重新加入"),
    ("写入钉钉的变更", "say 待同步到钉钉的变更"),
    ("一致的值", "say 同步基线"),
    ("部门编号", "say 部门 ID"),
    ("重定向地址", "say 重定向 URL"),
    ("微应用（网页）", "say H5 微应用"),
    ("钉钉未接受", "say 钉钉拒绝"),
    ("钉钉没有告诉本 Odoo 您是谁", "say 返回"),
    ("随后却又不认识它", "say 没有"),
    ("机器人每分钟的名额", "say 限流占用"),
    ("否则以此人名义", "say 发起人"),
    ("请点“刷新”", "say 点击"),
    ("请告知管理员。", "say 请联系管理员"),
):
    bad(
        "check_chinese_words",
        message,
        changed(PO_PATH, TRANSLATION, 'msgstr "变旧"', 'msgstr "%s"' % said),
    )
fine(
    "check_chinese_words",
    changed(PO_PATH, TRANSLATION, 'msgstr "变旧"', 'msgstr "请点击“H5 微应用”"'),
)
GLOSSARY = "| English | 中文 | Meaning |\n|---|---|---|\n| Age, Old | 变旧、旧 | %s |\n"
bad(
    "check_glossary_is_kept",
    "Age is 变旧, not 老化",
    dict(
        changed(PO_PATH, TRANSLATION, 'msgstr "变旧"', 'msgstr "老化"'),
        **{"docs/en/glossary.md": GLOSSARY % "older"}
    ),
)
fine("check_glossary_is_kept", {"docs/en/glossary.md": GLOSSARY % "older"})
bad(
    "check_clicked_buttons_exist",
    "no button is called 变新",
    changed(PO_PATH, TRANSLATION, 'msgstr "变旧"', 'msgstr "请点击“变新”。"'),
)
fine(
    "check_clicked_buttons_exist",
    changed(PO_PATH, TRANSLATION, 'msgstr "变旧"', 'msgstr "请点击“验证有效性”。"'),
)

# -- texts -----------------------------------------------------------------------------

bad("check_links", "does not exist", {"docs/en/x.md": "See [that](gone.md).\n"})
bad(
    "check_links",
    "does not exist",
    {"docs/en/x.md": "![picture](../pictures/gone.png)\n"},
)
bad("check_links", "no heading", {"docs/en/x.md": "# X\n\n[y](#y)\n"})
bad("check_pictures_are_shown", "no page shows it", {"docs/pictures/x-en_US.png": b""})
bad("check_both_languages", "missing, its twin exists", {"docs/en/x.md": "# X\n"})
bad(
    "check_both_languages",
    "headings differ",
    {"docs/zh_CN/troubleshooting.md": PAGE + "\n## More\n"},
)
bad(
    "check_named_paths",
    "no such path",
    {"x.md": "It is in `dingding/models/gone.py`.\n"},
)
bad("check_named_commands", "no target pray", {"x.md": "Run `make pray`.\n"})
bad("check_named_commands", "no command pray", {"x.md": "    python3 -m tools pray\n"})
bad(
    "check_decisions",
    "no heading 'Why'",
    {"docs/decisions/0001-a-choice.md": "# 1\n\n## Decision\n\n## Rejected\n"},
)
bad(
    "check_decisions",
    "number 0002 is missing",
    {"docs/decisions/0003-x.md": "# 3\n\n## Decision\n\n## Why\n\n## Rejected\n"},
)
bad(
    "check_decisions",
    "not listed",
    {"docs/decisions/0002-x.md": "# 2\n\n## Decision\n\n## Why\n\n## Rejected\n"},
)
bad(
    "check_remedies_are_explained",
    "remedy credentials",
    {"docs/en/troubleshooting.md": "# Troubleshooting\n"},
)
bad(
    "check_remedies_are_explained",
    "no sentence",
    at("models/remedies.py", "def _sentence_other(self):\n    pass\n"),
)
bad(
    "check_remedies_are_explained",
    "no sentence for the remedy area_only",
    dict(
        at("models/remedies.py", "def _sentence_credentials(self):\n    pass\n"),
        **at("dingtalk/api/area.py", 'REMEDIES = (\n    "area_only",\n)\n')
    ),
)
ACCESS = {"docs/en/access.md": "x\n", "docs/zh_CN/access.md": "x\n"}
bad("check_access_page", "stale", ACCESS)
bad(
    "check_access_page",
    "no word for the group other.group_x",
    dict(ACCESS, **changed(ACL_PATH, ACL, "group_user,1,", "other.group_x,1,")),
)
bad(
    "check_access_page",
    "no word for the rows",
    dict(
        ACCESS,
        **changed(
            "dingding/security/dingding_security.xml",
            SECURITY,
            ">Thing: own companies<",
            ">Thing: of the moon<",
        )
    ),
)
bad(
    "check_access_page",
    "is not made of literals",
    dict(
        ACCESS,
        **at(
            "controllers/x.py",
            "@http.route(PATHS[0], type='http', auth='user')\ndef x(self):\n    pass\n",
        )
    ),
)
fine("check_access_page", {})
NEEDS = """
class DingdingCorp(models.Model):
    def _dingtalk_needs(self):
        return [{
            "feature": _("Things"), "purpose": "thing", "permission": %s,
            "title": "", "when": "", "line": "", "events": (), "calls": "",
        }]
"""
bad("check_permissions_page", "stale", at("models/needs.py", NEEDS % '"Thing.Read"'))
bad(
    "check_permissions_page",
    "not made of literals",
    at("models/needs.py", NEEDS % "X"),
)
bad("check_changelog", "is not there", {"CHANGELOG.md": "# Changelog\n"})
BOOK = "site_name: x\nnav:\n  - English:\n    - docs/en/%s.md\n    - docs/zh_CN/%s.md\n"
bad(
    "check_book",
    "not in the navigation",
    {"tools/book/mkdocs.yml": BOOK % ("troubleshooting", "x")},
)
bad(
    "check_book",
    "the order differs",
    {"tools/book/mkdocs.yml": BOOK % ("troubleshooting", "x")},
)
fine(
    "check_book",
    {"tools/book/mkdocs.yml": BOOK % (("troubleshooting",) * 2)},
)
DESCRIBED = "dingding/static/description/"
bad("check_description_pages", "stale", {DESCRIBED + "index.html": "x\n"})
bad(
    "check_description_pages",
    "no such picture",
    changed(
        MANIFEST_PATH,
        MANIFEST,
        '    "data": [',
        '    "images": ["static/description/gone.png"],\n    "data": [',
    ),
)
bad(
    "check_description_pages",
    "refuse",
    {"dingding/readme/USAGE.rst": ".. image:: https://example.com/x.png\n"},
)
bad("check_readme_fragments", "stale", {"dingding/README.rst": "x\n"})
bad("check_readme_fragments", "missing", {"dingding/readme/USAGE.rst": "\n"})
bad(
    "check_readme_fragments",
    "Unexpected indentation",
    {"dingding/readme/USAGE.rst": "a\nb\n    c\n\n* `x\n"},
)
bad(
    "check_readme_fragments",
    "does not name this version",
    {
        "dingding/readme/HISTORY.rst": FRAGMENTS["HISTORY"].replace("11.0.1", "11.0.0")
        + "\n"
    },
)
TWICE = """
class DingdingOther(models.Model):
    _name = "dingding.other"

    one_id = fields.Many2one("res.users", string="Person")
    %s
"""
bad(
    "check_labels_differ",
    "person has the label 'Person' of one_id",
    at("models/dingding_other.py", TWICE % "person = fields.Char()"),
)
bad(
    "check_labels_differ",
    "of Odoo's own",
    at("models/dingding_other.py", TWICE % 'maker = fields.Char("Created by")'),
)
fine(
    "check_labels_differ",
    at("models/dingding_other.py", TWICE % 'x = fields.Char(related="one_id.x")'),
)
DEEPER = """

class DingdingOtherSort(models.Model):
    _name = "dingding.other.sort"
    _description = "Sort"

    name = fields.Char()
"""
bad(
    "check_field_ids_differ",
    "sort_id of dingding.other has the external id of dingding.other.sort on 11.0",
    at("models/dingding_other.py", TWICE % "sort_id = fields.Char()" + DEEPER),
)
fine(
    "check_field_ids_differ",
    at("models/dingding_other.py", TWICE % "other_sort_id = fields.Char()" + DEEPER),
)
CHANGES = """
class DingdingThing(models.Model):
    _inherit = "dingding.thing"

    state = fields.Selection(%s)
"""
bad(
    "check_selections_are_added",
    "state is inherited",
    at("models/dingding_thing_more.py", CHANGES % '[("new", "Newer")]'),
)
fine(
    "check_selections_are_added",
    at(
        "models/dingding_thing_more.py",
        CHANGES % '**compat.added_selection(("newer", "Newer"))',
    ),
)
ADDED = CHANGES % '**compat.added_selection(("newer", "%s"))'
bad(
    "check_choices_are_added_once",
    "has the value 'newer' in dingding/models/dingding_thing_first.py",
    dict(
        at("models/dingding_thing_first.py", ADDED % "Newer"),
        **at("models/dingding_thing_more.py", ADDED % "Other"),
    ),
)
FEATURES = """
class DingdingCorp(models.Model):
    def _budget_features(self):
        return [{"key": %s, "label": _("Things"), "worth": quota.NICE}]

    def _call(self, app, feature):
        app._dingtalk_client(feature=feature)
        app._dingtalk_client()
        return app._dingtalk_client(feature=%s)
"""
bad("check_budget_features", "no worth: other", FEATURES % ('"things"', '"other"'))
bad(
    "check_budget_features",
    "no worth: other",
    "A, B = 'things', 'other'\n" + FEATURES % ("A", "B"),
)
fine("check_budget_features", FEATURES % ('"things"', '"things"'))
fine("check_budget_features", "A = 'things'\n" + FEATURES % ("A", '"things"'))
