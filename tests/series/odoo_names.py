"""Names of an Odoo: methods and fields of models, XML ids, modules of the client.

Read from the sources, without importing or starting anything.
"""

import ast
import collections
import csv
import functools
import re
import warnings

from lxml import etree

from tools import odoo

MODEL_CLASSES = ("BaseModel", "Model", "AbstractModel", "TransientModel")
# Fields of every model with a table.
MAGIC = {"id", "display_name", "create_date", "create_uid", "write_date", "write_uid"}
# The core is read without the addons below it.
LEFT_OUT = {"addons", "tests", "static", "node_modules", "i18n"}
PRIVATE = re.compile(r"_[a-z]\w*$")
WITH_ID = ("record", "template", "menuitem", "act_window", "report")
DEFINE = re.compile(r"odoo\.define\(\s*[\"']([\w.]+)[\"']")
ALIAS = re.compile(r"@odoo-module\b.*\balias=([\w.]+)")
EXPORTS = re.compile(
    r"^export\s+(?:default\s+)?(?:async\s+)?(?:function\*?|class|const|let|var)"
    r"\s+(\w+)", re.M)
LISTED = re.compile(r"^export\s*\{([^}]*)\}", re.M)
REGISTERED = re.compile(r"\badd(?:Field|Widget)?\(\s*[\"'](\w+)[\"']")
OWL = re.compile(r"^\s*exports\.(\w+)\s*=", re.M)


class Folded(ast.NodeTransformer):
    """Drop the branches that comparisons with ``SERIES`` exclude."""

    def __init__(self, series):
        self._series = series

    def _holds(self, test):
        """Return whether a test is true, or None if unknown."""
        if isinstance(test, ast.Compare) and getattr(test.left, "id", "") == "SERIES":
            return eval(  # pylint: disable=eval-used
                compile(ast.Expression(test), "test", "eval"), {"SERIES": self._series})
        if isinstance(test, ast.BoolOp):
            parts = [self._holds(each) for each in test.values]
            decides = isinstance(test.op, ast.Or)
            if decides in parts:
                return decides
            return None if None in parts else not decides
        return None

    def _body(self, statements):
        found = []
        for each in statements:
            holds = self._holds(each.test) if isinstance(each, ast.If) else None
            if holds is None:
                found.append(self.visit(each))
            else:
                found += self._body(each.body if holds else each.orelse)
            if found and isinstance(found[-1], (ast.Return, ast.Raise)):
                break
        return found

    def generic_visit(self, node):
        for name in ("body", "orelse", "finalbody"):
            if isinstance(getattr(node, name, None), list):
                setattr(node, name, self._body(getattr(node, name)))
        return super().generic_visit(node)

    def visit_IfExp(self, node):
        holds = self._holds(node.test)
        if holds is None:
            return self.generic_visit(node)
        return self.visit(node.body if holds else node.orelse)

    def visit_BoolOp(self, node):
        holds = self._holds(node)
        return self.generic_visit(node) if holds is None else ast.Constant(holds)


class Model(object):
    def __init__(self):
        self.methods = collections.defaultdict(list)
        self.fields = set()
        self.parents = set()


class Names(object):
    """The names of some addons and their dependencies."""

    def __init__(self, folders, wanted):
        """Read the sources.

        :param folders: of addons, as Paths
        :param wanted: names of addons
        """
        self.addons = odoo.ours({"base"} | set(wanted), folders)
        self.models = {}
        # Names of all functions, classes, variables and attributes.
        self.all = set()
        core = [folder.parent for folder in folders if (folder / "base").is_dir()][0]
        self._read_python(core)
        for folder in self.addons.values():
            self._read_python(folder)

    def _read_python(self, place):
        for path in sorted(place.rglob("*.py")):
            if not LEFT_OUT & set(path.relative_to(place).parts):
                found_here, names = _read(path)
                self.all |= names
                for model, parents, found in found_here:
                    self._add(model, parents, found)

    def _add(self, name, parents, found):
        model = self.models.setdefault(name, Model())
        model.parents |= parents - {name}
        for statement in found.body:
            if isinstance(statement, ast.FunctionDef):
                model.methods[statement.name].append(parameters(statement))
            elif isinstance(statement, ast.AnnAssign):
                model.fields.add(getattr(statement.target, "id", None))
            elif isinstance(statement, ast.Assign):
                model.fields |= {
                    each.id for each in statement.targets if isinstance(each, ast.Name)}

    def methods(self, name):
        """Return name -> [parameters] of a model's methods, also inherited ones."""
        found = collections.defaultdict(list)
        for each in self._line(name) + ["base"]:
            for method, definitions in self.models[each].methods.items():
                found[method] += definitions
        return found

    def fields(self, name):
        """Return the fields of a model, also inherited ones."""
        return MAGIC.union(*(self.models[each].fields for each in self._line(name)))

    def _line(self, name):
        line, left = [], [name]
        while left:
            each = left.pop()
            if each not in line and each in self.models:
                line.append(each)
                left += sorted(self.models[each].parents)
        return line

    def xml_ids(self):
        found = set()
        for addon, folder in self.addons.items():
            for path in folder.rglob("*.xml"):
                if not LEFT_OUT & set(path.relative_to(folder).parts):
                    tree = etree.parse(str(path), etree.XMLParser(recover=True))
                    found |= {
                        _whole(addon, element.get("id"))
                        for element in tree.iter(*WITH_ID) if element.get("id")}
            for path in folder.rglob("*.csv"):
                with path.open(encoding="utf-8", newline="") as file:
                    found |= {_whole(addon, row["id"]) for row in csv.DictReader(file)
                              if row.get("id")}
        return found

    def exports(self, name):
        """Return what a module of the web client exports.

        :param str name: such as ``@web/core/registry``
        :return: None when there is no such module
        """
        if name == "@odoo/owl":
            path = self.addons["web"] / "static" / "lib" / "owl" / "owl.js"
            pattern = OWL
        else:
            addon, _slash, rest = name.lstrip("@").partition("/")
            path = self.addons[addon] / "static" / "src" / (rest + ".js")
            pattern = EXPORTS
        if not path.exists():
            return None
        text = path.read_text()
        listed = [each.split(" as ")[-1].strip() for part in LISTED.findall(text)
                  for each in part.split(",")]
        return set(pattern.findall(text)) | set(filter(None, listed))

    def has_libraries(self):
        """Tell whether the sources include the libraries of the web client."""
        return (self.addons["web"] / "static" / "lib").is_dir()

    def defined(self):
        """Return the module names of the web client up to 15."""
        return self._in_client(DEFINE) | self._in_client(ALIAS)

    def registered(self):
        """Return the names in the registries of the web client, such as widgets."""
        return self._in_client(REGISTERED)

    def _in_client(self, pattern):
        return {
            name for folder in self.addons.values()
            for path in folder.glob("static/src/**/*.js")
            for name in pattern.findall(path.read_text(errors="replace"))}


@functools.lru_cache(maxsize=None)
def _read(path):
    with warnings.catch_warnings():
        # Odoo's regular expressions.
        warnings.simplefilter("ignore")
        tree = ast.parse(path.read_text())
    return list(classes(tree)), names_in(tree)


def names_in(tree):
    """Return the names that a parsed file defines."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(
                node.ctx, ast.Store):
            found.add(getattr(node, "id", None) or node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (
                PRIVATE.match(node.value)):
            # An attribute of a class made by type(), or set by setattr().
            found.add(node.value)
    return found


def _whole(addon, name):
    return name if "." in name else "%s.%s" % (addon, name)


def classes(tree):
    """Yield (model, models it inherits from, class) of the models in a parsed file."""
    for found in ast.walk(tree):
        if not isinstance(found, ast.ClassDef):
            continue
        values = {}
        for statement in found.body:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else (
                getattr(statement, "target", None))
            name = getattr(target, "id", None)
            if name in ("_name", "_inherit", "_inherits"):
                try:
                    values[name] = ast.literal_eval(statement.value)
                except ValueError:
                    continue
        inherited = values.get("_inherit") or []
        inherited = [inherited] if isinstance(inherited, str) else list(inherited)
        name = values.get("_name") or (inherited or [None])[0]
        if name is None and found.name in MODEL_CLASSES:
            name = "base"
        if isinstance(name, str):
            yield name, set(inherited) | set(values.get("_inherits") or ()), found


def parameters(function):
    """Return the parameters of a function, with ``*`` and ``**``."""
    given = function.args
    return (
        [each.arg for each in given.args] + (["*"] if given.vararg else [])
        + [each.arg for each in given.kwonlyargs] + (["**"] if given.kwarg else []))
