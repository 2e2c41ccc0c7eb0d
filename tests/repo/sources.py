"""The repository as the rules see it: files with their text, parsed once.

Values derived from a file or an addon are cached.

A :class:`Repo` is a dictionary of paths and bytes, so rules run on the checkout and on
small samples alike.
"""

import ast
import collections
import functools
import io
import posixpath
import re
import subprocess
import tokenize
from pathlib import Path

import polib
from lxml import etree

ROOT = Path(__file__).resolve().parent.parent.parent

#: A violation of a rule.
Finding = collections.namedtuple("Finding", "path line message")

#: name: (kind, function); kinds: "python", "xml", "addon", "repo".
RULES = {}

# Folders of an addon, innermost first; files outside are in "root".
LAYERS = (
    "dingtalk",
    "sync",
    "form",
    "models",
    "controllers",
    "wizards",
    "tests",
    "migrations",
)

SOURCE_SUFFIXES = {
    ".py",
    ".xml",
    ".csv",
    ".md",
    ".rst",
    ".txt",
    ".js",
    ".css",
    ".html",
    ".json",
    ".po",
    ".pot",
    ".toml",
    ".cfg",
    ".ini",
    ".yml",
    ".yaml",
    ".sh",
    ".sql",
    ".svg",
    "",
}


def rule(kind):
    """Register a rule.

    The function gets a :class:`Source` (kinds "python" and "xml": each such file of an
    addon), an :class:`Addon` or a :class:`Repo`, and yields ``(line, message)``, or
    ``(path, line, message)`` when it looks at more than one file.
    """

    def register(function):
        assert function.__name__.startswith("check_"), function.__name__
        assert function.__name__ not in RULES, function.__name__
        RULES[function.__name__] = (kind, function)
        return function

    return register


class Source(object):
    def __init__(self, path, content, mode=None):
        self.path = path
        self.content = content
        self.mode = mode
        self._tree = self._root = None

    def __repr__(self):
        return "Source(%s)" % self.path

    @property
    def suffix(self):
        return posixpath.splitext(self.path)[1]

    @property
    def name(self):
        return posixpath.basename(self.path)

    @functools.cached_property
    def text(self):
        """The text; invalid UTF-8 becomes a replacement character."""
        return self.content.decode("utf-8", "replace")

    @functools.cached_property
    def lines(self):
        return self.text.split("\n")

    @property
    def is_text(self):
        """Whether people edit this file."""
        return self.suffix in SOURCE_SUFFIXES

    @property
    def addon(self):
        return self.path.split("/")[0]

    @property
    def inside(self):
        return self.path.split("/", 1)[1]

    @property
    def layer(self):
        """The layer of an addon's file: a name in LAYERS, or "root"."""
        first = self.inside.split("/")[0]
        return first if first in LAYERS else "root"

    @property
    def is_test(self):
        """Whether the file is a test of an addon."""
        return self.layer == "tests"

    @property
    def tree(self):
        """The syntax tree of a Python file; each node knows its ``parent``."""
        if self._tree is None:
            self._tree = ast.parse(self.text)
            _mark(self._tree, None, [])
        return self._tree

    @functools.cached_property
    def walk(self):
        return below(self.tree)

    @functools.cached_property
    def imports(self):
        """``(node, module, names, level)`` of each import."""
        found = []
        for node in self.walk:
            if isinstance(node, ast.Import):
                found += [(node, alias.name, [], 0) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [alias.name for alias in node.names]
                found.append((node, node.module or "", names, node.level))
        return found

    @functools.cached_property
    def tokens(self):
        """The tokens of a Python file; none if it is incomplete."""
        try:
            return list(tokenize.generate_tokens(io.StringIO(self.text).readline))
        except (tokenize.TokenError, IndentationError, SyntaxError):
            return []

    @functools.cached_property
    def catalog(self):
        """The terms of a .pot or .po file; read-only."""
        return polib.pofile(self.text)

    @property
    def root(self):
        if self._root is None:
            self._root = etree.fromstring(self.content)
        return self._root


class Addon(object):
    def __init__(self, repo, name):
        self.repo = repo
        self.name = name

    def __repr__(self):
        return "Addon(%s)" % self.name

    @functools.cached_property
    def files(self):
        return [
            each for each in self.repo.files if each.path.startswith(self.name + "/")
        ]

    def file(self, inside):
        """Return a file of the addon, or None."""
        return self.repo.file("%s/%s" % (self.name, inside))

    @functools.cached_property
    def python(self):
        return [each for each in self.files if each.suffix == ".py"]

    @functools.cached_property
    def xml(self):
        return [each for each in self.files if each.suffix == ".xml"]

    @functools.cached_property
    def well_formed_xml(self):
        """The XML files that parse; check_xml_well_formed reports the others."""
        return [each for each in self.xml if _is_well_formed(each)]

    @functools.cached_property
    def manifest(self):
        return ast.literal_eval(self.file("__manifest__.py").text)

    @functools.cached_property
    def depends(self):
        """Dependencies of the addon, also indirect ones of this repository."""
        found, waiting = set(), list(self.manifest.get("depends", []))
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            if self.repo.file(name + "/__manifest__.py"):
                waiting += self.repo.addon(name).manifest.get("depends", [])
        return found

    @functools.cached_property
    def with_depends(self):
        """This addon and its dependencies in the repository, by name."""
        return [
            self.repo.addon(name)
            for name in sorted(self.depends | {self.name})
            if self.repo.file(name + "/__manifest__.py")
        ]

    @functools.cached_property
    def models(self):
        """The models that the Python files define or extend: list of Model."""
        found = []
        for source in self.python:
            if source.layer in ("models", "wizards"):
                found += models_in(source)
        return found


class Repo(object):
    def __init__(self, files, git=False):
        self.git = git
        self._files = {
            path: value if isinstance(value, Source) else Source(path, *_pair(value))
            for path, value in files.items()
        }
        self._addons = {}

    @functools.cached_property
    def files(self):
        return [self._files[path] for path in sorted(self._files)]

    def file(self, path):
        return self._files.get(path)

    def exists(self, path):
        path = path.rstrip("/")
        return path in self._files or any(
            each.startswith(path + "/") for each in self._files
        )

    @functools.cached_property
    def addons(self):
        """The addons: top folders with a manifest."""
        return [
            self.addon(path.split("/")[0])
            for path in sorted(self._files)
            if re.match(r"[^/]+/__manifest__\.py\Z", path)
        ]

    def addon(self, name):
        if name not in self._addons:
            self._addons[name] = Addon(self, name)
        return self._addons[name]


def _pair(value):
    if isinstance(value, str):
        value = value.encode("utf-8")
    return value if isinstance(value, tuple) else (value, None)


def checkout():
    """Return the Repo of the files that git tracks or would add."""
    listed = (
        subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=str(ROOT),
            check=True,
            stdout=subprocess.PIPE,
        )
        .stdout.decode()
        .split("\0")
    )
    files = {}
    for path in listed:
        full = ROOT / path
        if path and full.is_file() and not full.is_symlink():
            files[path] = (full.read_bytes(), full.stat().st_mode & 0o777)
    return Repo(files, git=True)


def run(name, target):
    """Run one rule on an addon or the repository; return the findings."""
    kind, function = RULES[name]
    if kind == "python":
        places = [each for each in target.python if parses(each)]
    elif kind == "xml":
        places = target.well_formed_xml
    else:
        places = [target]
    findings = []
    for place in places:
        for found in function(place):
            if len(found) == 2:
                found = (place.path,) + tuple(found)
            findings.append(Finding(*found))
    return findings


def parses(source):
    """Tell whether Python can parse it; otherwise check_python_35 reports it."""
    try:
        source.tree
    except SyntaxError:
        return False
    return True


def _is_well_formed(source):
    """Tell whether it is XML; otherwise check_xml_well_formed reports it."""
    try:
        source.root
    except etree.XMLSyntaxError:
        return False
    return True


# -- helpers for rules about Python ----------------------------------------------------

#: A model class: ``base`` is Model, TransientModel or AbstractModel; ``name`` is None
#: if the class only extends another one.
Model = collections.namedtuple("Model", "source node base name inherit fields")


def dotted(node):
    """Return "a.b.c" for a chain of names and attributes, with "()" for calls."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return "%s.%s" % (dotted(node.value), node.attr)
    if isinstance(node, ast.Call):
        return dotted(node.func) + "()"
    if isinstance(node, ast.Subscript):
        return dotted(node.value) + "[]"
    return "?"


def text_of(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def keyword(call, name):
    for each in call.keywords:
        if each.arg == name:
            return each.value
    return None


def enclosing(node, kinds=(ast.FunctionDef,)):
    node = getattr(node, "parent", None)
    while node is not None and not isinstance(node, kinds):
        node = getattr(node, "parent", None)
    return node


def functions(source):
    return [node for node in source.walk if isinstance(node, ast.FunctionDef)]


def _mark(node, parent, nodes):
    """Set the parent of each node and its range in the list of all nodes."""
    node.parent, start = parent, len(nodes)
    nodes.append(node)
    for child in ast.iter_child_nodes(node):
        _mark(child, node, nodes)
    node.span = (nodes, start, len(nodes))


def below(node):
    """Return a node of a Source and all nodes below it, in order."""
    nodes, start, end = node.span
    return nodes[start:end]


def calls(node):
    return [each for each in below(node) if isinstance(each, ast.Call)]


def imports(source):
    """Return ``(node, module, names, level)`` for each import of a file."""
    return source.imports


def decorators(node):
    return [dotted(each).rstrip("()") for each in node.decorator_list]


def models_in(source):
    found = []
    for node in source.walk:
        if not isinstance(node, ast.ClassDef):
            continue
        base = next(
            (
                dotted(each).split(".")[-1]
                for each in node.bases
                if dotted(each)
                in ("models.Model", "models.TransientModel", "models.AbstractModel")
            ),
            None,
        )
        if not base:
            continue
        values, field_names = {}, {}
        for statement in node.body:
            if isinstance(statement, ast.Assign) and isinstance(
                statement.targets[0], ast.Name
            ):
                values[statement.targets[0].id] = statement.value
                if isinstance(statement.value, ast.Call) and dotted(
                    statement.value.func
                ).startswith("fields."):
                    field_names[statement.targets[0].id] = statement.value
        inherit = values.get("_inherit")
        if isinstance(inherit, (ast.List, ast.Tuple)):
            inherit = [text_of(each) for each in inherit.elts]
        else:
            inherit = [text_of(inherit)] if inherit is not None else []
        name = text_of(values.get("_name"))
        if name in inherit:
            name = None
        found.append(Model(source, node, base, name, inherit, field_names))
    return found


# -- helpers for rules about XML -------------------------------------------------------


def records(root, model=None):
    """Return the records of an XML data file, of one model or of all."""
    return [
        node
        for node in root.iter("record")
        if model is None or node.get("model") == model
    ]


def field(record, name):
    for node in record.findall("field"):
        if node.get("name") == name:
            return node
    return None


def views(root):
    """Yield ``(record, model, arch)`` for each view record."""
    for record in records(root, "ir.ui.view"):
        model, arch = field(record, "model"), field(record, "arch")
        if arch is not None:
            yield record, (model.text or "").strip() if model is not None else "", arch


def elements(node):
    """Return all elements below a node, without comments."""
    return [each for each in node.iter() if isinstance(each.tag, str)]
