"""Names that the addons expect of Odoo exist in the series at hand.

Of Odoo 11.0, or of the one in ``ODOO``, ``PYTHON`` and ``SERIES``. An override of a
renamed method has no effect, and only a browser notices that a module of the web client
is gone.
"""

import ast
import re
import sys
import textwrap

import pytest
from lxml import etree

from tools import odoo, paths
from tools.series import build, rules

import odoo_names

# Names of some series only, used with a check: first and last series.
SOMETIMES = {
    "base._update_field_translations": (16, 19),
    "base.partner.merge.automatic.wizard._update_foreign_keys": (12, 19),
    "base.partner.merge.automatic.wizard._update_foreign_keys_generic": (18, 19),
    "hr.employee._avatar_generate_svg": (15, 19),
    "hr.employee._cron_update_current_version_id": (19, 19),
    "hr.leave._get_start_or_end_from_attendance": (15, 16),
    "ir.attachment._delete_and_notify": (15, 19),
    "ir.attachment._post_add_create": (12, 19),
    "ir.translation.check": (11, 15),
    "mail.activity._action_done": (13, 19),
    "res.partner._get_default_image": (11, 12),
    "res.users._legacy_session_token_hash_compute": (19, 19),
    # Private names that are used without an override.
    "_get_number_of_days": (11, 16),
}
IMPORT = re.compile(
    r"^import\s+(?:\{([^}]*)\}\s+from\s+)?[\"']([^\"']+)[\"'];", re.M)
REQUIRE = re.compile(r"require\([\"']([\w.]+)[\"']\)")
# Private names of Python, Pillow and psycopg2.
PYTHON = {"_asdict", "_getexif", "_replace", "_wrapped"}
SEARCHES = ("search", "search_count", "search_read")
WRITES = ("create", "write")


class Code(object):
    """The addons' Python, with the names of Odoo in it."""

    def __init__(self, sources, theirs):
        """Keep what is to be read.

        :param sources: (name, text) of each file
        :param odoo_names.Names theirs: of Odoo alone
        """
        self._sources = list(sources)
        self._trees = [(name, ast.parse(text)) for name, text in self._sources]
        self._theirs = theirs

    def overrides(self):
        """Yield (place, [model and parents], function) of methods that call Odoo's by
        super().
        """
        own = self._own_methods()
        for name, tree in self._trees:
            for model, parents, found in odoo_names.classes(tree):
                models = [model] + sorted(parents - {model})
                if not any(self._is_theirs(each) for each in models):
                    continue
                for method in _methods(found):
                    if method.name not in own and method.name in _supers(method):
                        yield "%s:%d" % (name, method.lineno), models, method

    def _is_theirs(self, model):
        return model in self._theirs.models or any(
            name.rpartition(".")[0] == model for name in SOMETIMES)

    def _own_methods(self):
        """Return the names of methods that the addons introduce."""
        return {
            method.name for _name, tree in self._trees
            for _model, _parents, found in odoo_names.classes(tree)
            for method in _methods(found) if not _supers(method)
        } - {"create", "write", "unlink"}

    def private(self, series):
        """Yield (place, name) of the private methods and attributes in use.

        Except those that an addon checks with hasattr() or getattr().
        """
        own = set().union(
            PYTHON, *(odoo_names.names_in(tree) for _name, tree in self._trees))
        for name, text in self._sources:
            for node in ast.walk(odoo_names.Folded(series).visit(ast.parse(text))):
                if isinstance(node, ast.Attribute) and node.attr not in own and (
                        odoo_names.PRIVATE.match(node.attr)):
                    yield "%s:%d" % (name, node.lineno), node.attr

    def references(self):
        """Yield (place, XML id) of required records."""
        for name, tree in self._trees:
            for call in ast.walk(tree):
                if _called(call) == "ref" and len(call.args) == 1 and not (
                        call.keywords) and isinstance(call.args[0], ast.Constant):
                    yield "%s:%d" % (name, call.lineno), call.args[0].value

    def fields(self):
        """Yield (place, model, field) of literal domains and values."""
        for name, tree in self._trees:
            for call in ast.walk(tree):
                if _called(call) not in SEARCHES + WRITES or not call.args:
                    continue
                model = _model_of(call.func.value)
                if model not in self._theirs.models:
                    continue
                for field in _fields_in(call.args[0]):
                    yield "%s:%d" % (name, call.lineno), model, field


def _methods(found):
    return [each for each in found.body if isinstance(each, ast.FunctionDef)]


def _supers(method):
    """Return the names of the methods that a method calls by super()."""
    return {
        node.attr for node in ast.walk(method)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", None) == "super"}


def _called(node):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr
    return None


def _model_of(node):
    """Return the model of ``env["model"]`` and of what follows it, or None."""
    while _called(node) in ("sudo", "with_context", "with_user", "with_env"):
        node = node.func.value
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
        return None
    of = getattr(node.value, "attr", None) or getattr(node.value, "id", None)
    return node.slice.value if of == "env" else None


def _fields_in(node):
    """Return the fields in a literal dictionary, or in a domain before any dot."""
    if isinstance(node, ast.Dict):
        found = node.keys
    elif isinstance(node, ast.List):
        found = [leaf.elts[0] for leaf in node.elts
                 if isinstance(leaf, (ast.Tuple, ast.List)) and len(leaf.elts) == 3]
    else:
        found = []
    return [each.value.split(".")[0] for each in found
            if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def missing_in(code, ours, theirs, series):
    """Return what is expected of Odoo and missing, or unexpectedly there."""
    found, seen = [], set()

    def check(place, name, there):
        seen.add(name)
        first, last = SOMETIMES.get(name, (11, 19))
        if there != (first <= series <= last):
            found.append("%s: %s %s" % (
                place, name, "is there, see SOMETIMES" if there else "is not there"))

    for place, models, method in code.overrides():
        check(place, "%s.%s" % (models[0], method.name), any(
            method.name in theirs.methods(model) for model in models))
    for place, model, field in code.fields():
        check(place, "%s.%s" % (model, field), field in ours.fields(model))
    for place, name in code.private(series):
        check(place, name, name in theirs.all)
    ids = ours.xml_ids()
    for place, name in code.references():
        check(place, name, name in ids)
    found += ["SOMETIMES: nothing expects %s" % name for name in set(SOMETIMES) - seen]
    return found


def renamed_in(code, theirs):
    """Return public methods whose parameters are named differently in Odoo.

    From 19 on clients pass them by name.
    """
    found = []
    for place, models, method in code.overrides():
        own = odoo_names.parameters(method)
        if method.name.startswith("_") or "**" in own:
            continue
        known = [each for model in models
                 for each in theirs.methods(model).get(method.name, [])]
        if known and own not in known:
            found.append("%s: %s.%s%s, Odoo has %s" % (
                place, models[0], method.name, own, known))
    return found


def modules_in(text):
    """Yield (module, names) that a file of the web client imports."""
    for name in REQUIRE.findall(text):
        yield name, []
    for names, module in IMPORT.findall(text):
        yield module, [
            name.split(" as ")[0].strip() for name in names.split(",") if name.strip()]


@pytest.fixture(scope="module")
def series():
    return build.number_of(odoo.installation().series)


@pytest.fixture(scope="module")
def theirs():
    return odoo_names.Names(odoo.installation().addons, odoo.foreign_dependencies(
        paths.addons(), [paths.ROOT]))


@pytest.fixture(scope="module")
def ours():
    return odoo_names.Names(
        list(odoo.installation().addons) + [paths.ROOT], paths.addons())


@pytest.fixture(scope="module")
def code(theirs):
    files = [path for addon in paths.addons()
             for path in sorted((paths.ROOT / addon).rglob("*.py"))
             if not odoo_names.LEFT_OUT & set(path.relative_to(paths.ROOT).parts)]
    return Code([(path.relative_to(paths.ROOT).as_posix(), path.read_text())
                 for path in files], theirs)


def test_what_python_expects(code, ours, theirs, series):
    found = missing_in(code, ours, theirs, series)
    assert not found, "\n".join(found)
    for names, least in (
            (code.overrides(), 30), (code.private(series), 50), (code.fields(), 50),
            (code.references(), 10)):
        assert len(list(names)) > least


def test_parameters(code, theirs, series):
    if series < 19:
        pytest.skip("Up to 18 clients give parameters in their order.")
    found = renamed_in(code, theirs)
    assert not found, "\n".join(found)


def test_modules_of_the_web_client(ours, series):
    """Each exists, with the imported names."""
    defined, found, checked = ours.defined(), [], 0
    for addon in paths.addons():
        for path in sorted((paths.ROOT / addon / "static" / "src").rglob("*.js")):
            if not rules.is_for_client(path.as_posix(), series):
                continue
            for module, names in modules_in(path.read_text()):
                if module == "@odoo/owl" and not ours.has_libraries():
                    continue
                exported = ours.exports(module) if module[0] == "@" else (
                    set() if module in defined else None)
                if exported is None:
                    found.append("%s: %s is not there" % (path.name, module))
                found += ["%s: %s does not export %s" % (path.name, module, name)
                          for name in sorted(set(names) - (exported or set()))]
                checked += 1
    assert not found, "\n".join(found)
    assert checked > 15


def test_widgets(ours, series, tmp_path):
    """Each is registered; for an unknown one the client shows the plain field."""
    build.build(series, tmp_path / "built")
    registered, found, checked = ours.registered(), [], 0
    for path in sorted((tmp_path / "built").glob("*/*/*.xml")):
        for element in etree.parse(str(path)).xpath(
                "//*[@widget][not(ancestor::div[@class='oe_chatter'])]"
                " | //widget[@name]"):
            name = element.get("widget") or element.get("name")
            if name not in registered:
                found.append("%s:%d: %s" % (path.name, element.sourceline, name))
            checked += 1
    assert not found, "\n".join(found)
    assert checked > 100


MODELS = """
class BaseModel:
    def write(self, vals):
        pass
"""
HOUSE = """
class House(models.Model):
    _name = "x.house"
    _inherit = ["x.mixin"]
    street = fields.Char()

    def _sell(self):
        pass


class Mixin(models.AbstractModel):
    _name = "x.mixin"
    number: int = fields.Integer()
"""
DATA = "<odoo><record id='house' model='x.house' /></odoo>"


@pytest.fixture
def small(tmp_path):
    """Names of a tiny Odoo with a single model."""
    folder = tmp_path / "addons" / "base"
    for name, text in (
            ("__manifest__.py", "{}"), ("house.py", HOUSE), ("data.xml", DATA)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (tmp_path / "models.py").write_text(MODELS)
    return odoo_names.Names([tmp_path / "addons"], ["base"])


@pytest.mark.parametrize("body,expected", [
    ("def _sell(self):\n    return super()._sell()", None),
    ("def _rent(self):\n    return super()._rent()", "x.house._rent"),
    ("def x(self):\n    self.env['x.house'].search([('street', '=', 1)])", None),
    ("def x(self):\n    self.env['x.house'].search([('number', '=', 1)])", None),
    ("def x(self):\n    self.env['x.house'].sudo().search([('flat', '=', 1)])",
     "x.house.flat"),
    ("def x(self):\n    self.env['x.house'].create({'flat': 1})", "x.house.flat"),
    ("def x(self):\n    self.env.ref('base.house')", None),
    ("def x(self):\n    self.env.ref('base.flat')", "base.flat"),
    ("def x(self):\n    self.env.ref('base.flat', False)", None),
])
def test_what_is_missing_is_found(small, monkeypatch, body, expected):
    monkeypatch.setattr(sys.modules[__name__], "SOMETIMES", {})
    code = Code([("x.py", "class House(models.Model):\n    _inherit = 'x.house'\n\n"
                  + textwrap.indent(body, "    "))], small)
    found = [line.split()[1] for line in missing_in(code, small, small, 19)]
    assert found == ([expected] if expected else [])


def test_what_only_some_series_have(small, monkeypatch):
    """Reported if missing, unexpectedly there, or expected by nobody."""
    code = Code([("x.py", "class House(models.Model):\n    _inherit = 'x.house'\n\n"
                  "    def _sell(self):\n        return super()._sell()")], small)
    for series, sometimes, count in (
            (15, {"x.house._sell": (14, 19)}, 0), (13, {"x.house._sell": (14, 19)}, 1),
            (19, {"x.house._buy": (14, 19)}, 1)):
        monkeypatch.setattr(sys.modules[__name__], "SOMETIMES", sometimes)
        assert len(missing_in(code, small, small, series)) == count


@pytest.mark.parametrize("body,series,found", [
    ("if SERIES >= 14:\n    x._new()\nelse:\n    x._old()", 14, ["_new"]),
    ("if SERIES >= 14:\n    x._new()\nelse:\n    x._old()", 13, ["_old"]),
    ("if SERIES < 14:\n    return x._old()\nreturn x._new()", 13, ["_old"]),
    ("if SERIES < 14:\n    return x._old()\nreturn x._new()", 14, ["_new"]),
    ("return x._new() if SERIES >= 14 else x._old()", 13, ["_old"]),
    ("return SERIES >= 14 and x._new()", 13, []),
    ("return SERIES >= 14 and x._new()", 14, ["_new"]),
    ("if SERIES >= 14 and x:\n    return x._new()", 14, ["_new"]),
    ("if SERIES < 14 or SERIES >= 17:\n    return x._new()", 15, []),
    ("with x:\n    if SERIES < 14:\n        x._old()", 14, []),
    ("if hasattr(x, '_new'):\n    return x._new()", 14, []),
    ("return x._sell()._replace()", 14, []),
])
def test_missing_private_names(small, monkeypatch, body, series, found):
    """Only in series in which the code runs."""
    monkeypatch.setattr(sys.modules[__name__], "SOMETIMES", {})
    code = Code([("x.py", "def x(x):\n" + textwrap.indent(body, "    "))], small)
    assert [line.split()[1] for line in missing_in(code, small, small, series)] == found


@pytest.mark.parametrize("parameters,count", [("vals", 0), ("values", 1)])
def test_a_renamed_parameter_is_found(small, parameters, count):
    """Clients send the name of the parameter."""
    code = Code([("x.py", "class House(models.Model):\n    _inherit = 'x.house'\n\n"
                  "    def write(self, %s):\n        return super().write(%s)" % (
                      parameters, parameters))], small)
    assert len(renamed_in(code, small)) == count


def test_what_a_file_imports():
    """Imports of both web clients, also those for their effect."""
    assert list(modules_in(
        'import {a, b as c} from "@web/x";\nimport "@web/y";\n'
        'import {\n    d,\n} from \'@web/z\';\n')) == [
            ("@web/x", ["a", "b"]), ("@web/y", []), ("@web/z", ["d"])]
    assert list(modules_in('var x = require("web.x").X;')) == [("web.x", [])]
