"""Directions: dingtalk/ <- sync/, form/ <- models/ <- controllers/, wizards/."""

import ast
import re

from .sources import calls, dotted, enclosing, imports, parses, rule, text_of

#: Layer: the layers it may import. compat.py is "compat", hooks.py is "hooks".
MAY_IMPORT = {
    "dingtalk": {"dingtalk"},
    "sync": {"sync", "dingtalk"},
    "form": {"form"},
    "models": {"models", "sync", "form", "dingtalk", "compat"},
    "controllers": {"controllers", "models", "compat"},
    "wizards": {"wizards", "models", "form", "dingtalk", "compat"},
    "compat": {"compat"},
    "hooks": {"hooks", "models", "compat"},
    "migrations": {"models", "compat"},
}
PURE = ("dingtalk", "sync", "form")
PURE_ELSEWHERE = re.compile(r"odoo\.addons\.dingding\w*\.(%s)(\.|\Z)" % "|".join(PURE))
NOT_IN_PURE = {"odoo", "openerp", "werkzeug", "psycopg2", "lxml", "passlib", "babel"}
HTTP_LIBRARIES = {
    "requests",
    "urllib3",
    "http.client",
    "urllib.request",
    "httplib",
    "aiohttp",
    "httpx",
}
ADVISORY = re.compile(r"pg_(try_)?advisory_\w*lock")
LOCK_KEYS = 0x4454  # the upper half of each
EXECUTORS = {"ThreadPoolExecutor", "ProcessPoolExecutor", "Process", "Pool"}
ORM_CALLS = {
    "search",
    "search_read",
    "search_count",
    "read_group",
    "name_search",
    "browse",
    "create",
    "_dingtalk_client",
}


def _layer(inside):
    """Return the layer of a path in an addon, given as a list of parts."""
    first = inside[0] if inside else ""
    if first.endswith(".py"):
        first = first[:-3]
    if first in MAY_IMPORT or first == "tests":
        return first
    return "root"


def _imported_places(source):
    """Yield ``(node, addon, parts)`` for each import of one of our addons."""
    folder = source.inside.split("/")[:-1]
    for node, module, names, level in imports(source):
        if level:
            if level - 1 > len(folder):
                yield node, "", []
                continue
            base = folder[: len(folder) - (level - 1)] + [
                part for part in module.split(".") if part
            ]
            for name in names:
                yield node, source.addon, base + [name]
        elif module.startswith("odoo.addons.") or module == "odoo.addons":
            parts = module.split(".")[2:]
            for name in names or [""]:
                path = parts + ([name] if name else [])
                yield node, path[0], path[1:]
        elif module.split(".")[0] == source.addon:
            yield node, source.addon, module.split(".")[1:] + names


@rule("python")
def check_import_directions(source):
    """An inner layer never imports an outer one; nobody imports the tests."""
    own = _layer(source.inside.split("/"))
    if own == "tests":
        return
    for node, addon, parts in _imported_places(source):
        if not addon:
            yield node.lineno, "a relative import leaves the addon"
            continue
        if not addon.startswith("dingding"):
            continue  # Odoo's own addons have no such layers
        target = _layer(parts)
        if target == "tests":
            yield node.lineno, "only tests import tests"
        elif own != "root" and target != "root" and target not in MAY_IMPORT[own]:
            yield node.lineno, "%s/ must not import %s/" % (own, target)
        elif own in PURE and target == "root":
            yield node.lineno, "%s/ must not import the addon around it" % own


@rule("addon")
def check_addon_imports(addon):
    """Own modules are imported relatively, other addons only if depended upon.

    Commands import by name: from 19 on each is loaded separately.
    """
    for source in addon.python:
        is_command = source.inside.startswith("cli/") and source.name != "__init__.py"
        for node, name, parts in _imported_places(source):
            level = getattr(node, "level", 0)
            if is_command and level:
                yield source.path, node.lineno, "relative import of a command"
            elif name == addon.name and not level and not is_command:
                yield source.path, node.lineno, "import of the own addon by its name"
            elif name and name != addon.name and name not in addon.depends:
                yield source.path, node.lineno, "%s is not in depends" % name


@rule("python")
def check_pure_layers_are_pure(source):
    """dingtalk/, sync/ and form/ import neither Odoo nor its libraries.

    They may import the pure layers of another addon.
    """
    if source.layer not in PURE:
        return
    for node, module, names, level in imports(source):
        if level or PURE_ELSEWHERE.match(module):
            continue
        if module.split(".")[0] in NOT_IN_PURE or module.split(".")[0] == source.addon:
            yield node.lineno, "pure code imports %s" % module
    for node in source.walk:
        if (
            isinstance(node, ast.Attribute)
            and node.attr == "env"
            and dotted(node) in ("self.env", "record.env")
        ):
            yield node.lineno, "pure code touches %s" % dotted(node)


@rule("python")
def check_http_only_in_transport(source):
    """Only dingtalk/transport.py speaks HTTP."""
    if source.is_test or source.inside == "dingtalk/transport.py":
        return
    for node, module, names, level in imports(source):
        if level:
            continue
        whole = {module} | {"%s.%s" % (module, name) for name in names}
        if module.split(".")[0] in HTTP_LIBRARIES or whole & HTTP_LIBRARIES:
            yield node.lineno, "HTTP library %s outside dingtalk/transport.py" % module


@rule("python")
def check_controllers_are_thin(source):
    """A controller parses, calls one model method and answers."""
    if source.layer != "controllers":
        return
    for call in calls(source.tree):
        if not isinstance(call.func, ast.Attribute):
            continue
        base = dotted(call.func.value)
        if call.func.attr in ORM_CALLS and base != "re" and not base.isupper():
            yield call.lineno, "%s() belongs into a model" % call.func.attr
    for node, module, names, level in imports(source):
        if "DingTalkClient" in names:
            yield node.lineno, "the client belongs into a model"


@rule("python")
def check_one_seam_builds_the_client(source):
    """DingTalkClient is built in ``_dingtalk_client`` and nowhere else."""
    if source.layer in ("dingtalk", "tests"):
        return
    for call in calls(source.tree):
        if dotted(call.func).split(".")[-1] != "DingTalkClient":
            continue
        function = enclosing(call)
        if function is None or function.name != "_dingtalk_client":
            yield call.lineno, "DingTalkClient built outside _dingtalk_client()"


@rule("python")
def check_threads_only_in_background(source):
    """Threads start in models/queue.py, open Streams and write counts.

    The reader has a pool, and a timer cuts off responses that never end.
    """
    if source.is_test or source.inside in (
            "models/queue.py", "models/dingding_call_count.py", "dingtalk/stream.py",
            "dingtalk/deadline.py"):
        return
    for call in calls(source.tree):
        name = dotted(call.func).split(".")[-1]
        if name in ("Thread", "Timer", "start_new_thread"):
            yield call.lineno, "%s outside models/queue.py" % name
        elif name in EXECUTORS and source.layer not in PURE:
            yield call.lineno, "%s outside the pure layers" % name


@rule("python")
def check_locks_only_in_queue(source):
    """Advisory locks are taken by the functions of models/queue.py."""
    if source.is_test or source.inside == "models/queue.py":
        return
    for node in source.walk:
        text = text_of(node)
        if text and ADVISORY.search(text):
            yield node.lineno, "%s outside models/queue.py" % (
                ADVISORY.search(text).group(0)
            )


@rule("repo")
def check_lock_keys_differ(repo):
    """Two kinds of locks with one key would wait for each other."""
    known = {}
    for source in repo.files:
        if source.suffix != ".py" or not parses(source):
            continue
        for node in source.tree.body:
            value = getattr(getattr(node, "value", None), "value", None)
            if not isinstance(node, ast.Assign) or not isinstance(value, int):
                continue
            if value >> 16 != LOCK_KEYS:
                continue
            other = known.setdefault(value, source.path)
            if other != source.path:
                yield source.path, node.lineno, "key %#x is taken by %s" % (
                    value,
                    other,
                )


@rule("repo")
def check_endpoints_are_used(repo):
    """An addon calls, or names, each endpoint: a method with DingTalk's page."""
    endpoints, used = [], set()
    for addon in repo.addons:
        for source in addon.python:
            if source.is_test or not parses(source):
                continue
            for node in source.walk:
                if isinstance(node, ast.Attribute):
                    used.add(node.attr)
                elif isinstance(node, ast.Name):
                    used.add(node.id)
                elif text_of(node):
                    used.add(text_of(node))
                elif (source.layer == "dingtalk" and isinstance(node, ast.FunctionDef)
                        and not node.name.startswith("_")
                        and "://open.dingtalk.com/" in (ast.get_docstring(node) or "")):
                    endpoints.append((source.path, node.lineno, node.name))
    # Cursors have a method execute.
    for path, line, name in endpoints:
        if name not in used - {"execute"}:
            yield path, line, "nobody calls %s" % name
