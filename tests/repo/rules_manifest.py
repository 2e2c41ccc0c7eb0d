"""Manifests, hooks, licences, and the files of an addon."""

import ast
import re

from lxml import etree

from .sources import dotted, imports, rule

REQUIRED = (
    "name",
    "summary",
    "version",
    "category",
    "author",
    "website",
    "license",
    "development_status",
    "depends",
    "data",
)
DEFAULTS = {
    "installable": True,
    "auto_install": False,
    "application": False,
    "demo": [],
    "sequence": 100,
    "test": [],
    "external_dependencies": {},
}
GONE = ("description", "active", "css", "js", "qweb", "images_preview", "update_xml")
AUTHOR = "DingTalk for Odoo contributors"
WEBSITE = "https://github.com/gilbert-yuan/odoo_dingding"
LICENSE = "LGPL-3"
STATUSES = ("Alpha", "Beta", "Production/Stable", "Mature")
HOOKS = ("pre_init_hook", "post_init_hook", "uninstall_hook", "post_load")
#: Folders with data, in the order in which Odoo must load them.
ORDER = ("security", "data", "views", "wizards", "report")
#: Installed with Odoo 11, so an addon need not declare it.
ODOO_BRINGS = {
    "odoo",
    "psycopg2",
    "lxml",
    "werkzeug",
    "dateutil",
    "pytz",
    "babel",
    "passlib",
    "jinja2",
    "PIL",
    "docutils",
    "decorator",
}
STANDARD = set("""
    abc argparse ast atexit base64 binascii bisect calendar codecs collections
    concurrent contextlib copy csv datetime decimal email enum errno fractions
    functools gc
    hashlib heapq hmac html http importlib inspect io ipaddress itertools json locale
    logging math mimetypes operator os pathlib pickle platform pprint queue random re
    selectors
    select shutil signal socket ssl string struct subprocess sys tempfile textwrap
    threading time traceback types unicodedata unittest urllib uuid warnings weakref
    xml zlib __future__
""".split())
#: Dependencies of Odoo's addons.
BRINGS = {
    "web": {"base"},
    "mail": {"base", "base_setup", "bus", "web_tour", "web"},
    "hr": {"mail", "resource", "base_setup", "base", "web"},
    "base_setup": {"base", "web"},
    "base_automation": {"mail", "base", "resource"},
    "auth_oauth": {"base", "web", "base_setup", "auth_signup"},
}


def _manifest(addon):
    source = addon.file("__manifest__.py")
    return source, ast.parse(source.text)


@rule("addon")
def check_manifest_form(addon):
    """A bare dictionary in double quotes, without empty and needless keys."""
    source, tree = _manifest(addon)
    body = [node for node in tree.body]
    if (
        len(body) != 1
        or not isinstance(body[0], ast.Expr)
        or not isinstance(body[0].value, ast.Dict)
    ):
        yield source.path, 1, "not a bare dictionary"
        return
    if re.search(r"^\s*'", source.text, re.M):
        yield source.path, 1, "single quotes"
    for key, value in addon.manifest.items():
        if key in GONE:
            yield source.path, 1, "key %s" % key
        if key in DEFAULTS and value == DEFAULTS[key]:
            yield source.path, 1, "%s is equal to its default" % key
        if value in ("", [], {}, None):
            yield source.path, 1, "%s is empty" % key


@rule("addon")
def check_manifest_keys(addon):
    """All keys are there, and alike for all addons where they should be."""
    source, manifest = addon.file("__manifest__.py"), addon.manifest
    for key in REQUIRED:
        if key not in manifest:
            yield source.path, 1, "key %s is missing" % key
    for key, wanted in (("author", AUTHOR), ("website", WEBSITE), ("license", LICENSE)):
        if manifest.get(key) != wanted:
            yield source.path, 1, "%s is not %s" % (key, wanted)
    if not re.match(r"11\.0\.\d+\.\d+\.\d+\Z", manifest.get("version", "")):
        yield source.path, 1, "version %s" % manifest.get("version")
    if manifest.get("development_status") not in STATUSES:
        yield source.path, 1, "development_status"
    if "\n" in manifest.get("summary", ""):
        yield source.path, 1, "summary of more than one line"
    if manifest.get("application") and addon.name != "dingding":
        yield source.path, 1, "only the base addon is an application"


@rule("repo")
def check_license(repo):
    """The LICENSE file is the one that the manifests name."""
    source = repo.file("LICENSE")
    if source is None:
        yield "LICENSE", 1, "missing"
    elif "GNU LESSER GENERAL PUBLIC LICENSE" not in source.text or (
        "Version 3" not in source.text
    ):
        yield "LICENSE", 1, "not the LGPL 3"


@rule("addon")
def check_manifest_files(addon):
    """Listed files exist, existing files are listed, in loading order."""
    manifest = addon.manifest
    listed = manifest.get("data", []) + manifest.get("demo", [])
    path = addon.name + "/__manifest__.py"
    for inside in listed:
        if addon.file(inside) is None:
            yield path, 1, "%s does not exist" % inside
    for inside in sorted({each for each in listed if listed.count(each) > 1}):
        yield path, 1, "%s is listed twice" % inside
    for source in addon.files:
        folder = source.inside.split("/")[0]
        if (
            folder in ORDER + ("demo",)
            and source.suffix in (".xml", ".csv")
            and (source.inside not in listed)
        ):
            yield source.path, 1, "not in the manifest"
    folders = [each.split("/")[0] for each in manifest.get("data", [])]
    ranks = [ORDER.index(each) for each in folders if each in ORDER]
    if ranks != sorted(ranks):
        yield path, 1, "data is not in the order %s" % ", ".join(ORDER)


@rule("addon")
def check_depends(addon):
    """References lead to addons that are depended upon."""
    known = set(addon.depends) | {addon.name}
    for name in list(known):
        known |= BRINGS.get(name, set())
    for source in addon.xml:
        if source.inside.split("/")[0] not in ORDER + ("demo",):
            continue
        try:
            root = etree.fromstring(source.content)
        except etree.XMLSyntaxError:
            continue
        for node in root.iter():
            for name in ("ref", "inherit_id", "parent", "action", "groups", "id"):
                for part in (node.get(name) or "").split(","):
                    match = re.match(r"!?([a-z0-9_]+)\.[a-z0-9_.]+\Z", part.strip())
                    if (
                        match
                        and match.group(1) not in known
                        and (
                            node.tag
                            in (
                                "field",
                                "record",
                                "menuitem",
                                "template",
                                "button",
                                "xpath",
                                "page",
                                "group",
                            )
                        )
                    ):
                        yield source.path, node.sourceline, "%s: no %s in depends" % (
                            part,
                            match.group(1),
                        )
    for name in addon.manifest.get("depends", []):
        if addon.repo.file(name + "/__manifest__.py") and (
            addon.name in addon.repo.addon(name).depends
        ):
            yield addon.name + "/__manifest__.py", 1, "depends on %s and back" % name


@rule("addon")
def check_external_dependencies(addon):
    """Libraries are declared unless optional; requirements.txt names the declared."""
    declared = set(addon.manifest.get("external_dependencies", {}).get("python", []))
    used = {}
    for source in addon.python:
        if source.is_test:
            continue
        for node, module, _names, level in imports(source):
            top = module.split(".")[0]
            if not level and top not in STANDARD | ODOO_BRINGS and not _in_try(node):
                used.setdefault(top, (source.path, node.lineno))
    inherited = set()
    for name in addon.depends:
        if addon.repo.file(name + "/__manifest__.py"):
            inherited |= set(
                addon.repo.addon(name)
                .manifest.get("external_dependencies", {})
                .get("python", [])
            )
    for top, (path, line) in sorted(used.items()):
        if top not in declared | inherited:
            yield path, line, "%s is not in external_dependencies" % top
    for name in sorted(declared):
        if re.search(r"[<>=~\s]", name):
            yield addon.name + "/__manifest__.py", 1, "11 imports this name: %s" % name
        requirements = addon.repo.file("requirements.txt")
        names = {"Crypto": "pycryptodome"}
        if requirements is None or not re.search(
            r"^%s\b" % re.escape(names.get(name, name)), requirements.text, re.M
        ):
            yield "requirements.txt", 1, "%s is not named" % names.get(name, name)


@rule("addon")
def check_hooks(addon):
    """Hooks are in hooks.py and accept (cr, registry) and (env)."""
    manifest = addon.manifest
    init = addon.file("__init__.py")
    hooks = addon.file("hooks.py")
    for kind in HOOKS:
        name = manifest.get(kind)
        if not name:
            continue
        if hooks is None or not re.search(r"^def %s\(" % name, hooks.text, re.M):
            yield addon.name + "/hooks.py", 1, "%s is not in hooks.py" % name
            continue
        if init is None or not re.search(
            r"from \.hooks import .*\b%s\b" % name, init.text
        ):
            yield addon.name + "/__init__.py", 1, "%s is not imported" % name
        for node in hooks.tree.body:
            if (
                isinstance(node, ast.FunctionDef)
                and node.name == name
                and (kind != "post_load")
            ):
                if len(node.args.args) != 2 or len(node.args.defaults) != 1:
                    yield hooks.path, node.lineno, "%s(cr_or_env, registry=None)" % name
    for source in addon.python:
        for node in source.tree.body if source.inside != "hooks.py" else ():
            if isinstance(node, ast.FunctionDef) and node.name in HOOKS:
                yield source.path, node.lineno, "hooks belong in hooks.py"


@rule("addon")
def check_icon(addon):
    """The addon has an icon."""
    icon = addon.file("static/description/icon.png")
    if icon is None:
        yield addon.name + "/static/description/icon.png", 1, "missing"
    elif not icon.content.startswith(b"\x89PNG"):
        yield icon.path, 1, "not a PNG"


@rule("addon")
def check_web_icon(addon):
    """The icon of a menu exists."""
    for source in addon.xml:
        for node in source.root.iter("menuitem"):
            icon = node.get("web_icon")
            if icon and not addon.repo.file(icon.replace(",", "/", 1).replace(" ", "")):
                yield source.path, node.sourceline, "no file %s" % icon


@rule("repo")
def check_one_series(repo):
    """All addons have the same series, author and first two numbers of the version."""
    versions = {addon.name: addon.manifest.get("version", "") for addon in repo.addons}
    if len({each.split(".")[0] for each in versions.values()}) > 1:
        yield "", 1, "series differ: %s" % versions
    lines = [
        addon.name
        for addon in repo.addons
        if addon.name != "dingding" and "dingding" not in addon.depends
    ]
    for name in lines:
        yield name + "/__manifest__.py", 1, "does not stand on dingding"
    for addon in repo.addons:
        if addon.name == "dingding" and {"hr", "base_automation"} & set(addon.depends):
            yield "dingding/__manifest__.py", 1, "it stands on base, web, mail alone"


@rule("addon")
def check_imports_are_guarded(addon):
    """11 imports addons that are not installed: libraries are imported in a try."""
    for source in addon.python:
        if source.is_test:
            continue
        for node, module, _names, level in imports(source):
            top = module.split(".")[0]
            if level or top in STANDARD | ODOO_BRINGS | {"requests"}:
                continue
            if not _in_try(node):
                yield source.path, node.lineno, "%s without a try/except" % top


def _in_try(node):
    """Tell whether a node is in a try that catches ImportError, or in a function."""
    while node.parent is not None:
        if isinstance(node, ast.FunctionDef):
            return True
        node = node.parent
        if isinstance(node, ast.Try):
            names = [
                dotted(each)
                for handler in node.handlers
                if handler.type is not None
                for each in (
                    [handler.type]
                    if not isinstance(handler.type, ast.Tuple)
                    else handler.type.elts
                )
            ]
            if "ImportError" in names:
                return True
    return False
