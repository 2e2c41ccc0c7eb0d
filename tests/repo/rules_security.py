"""Access rights, and what must not be in a repository."""

import ast
import math
import re

from .rules_names import acl_rows
from .sources import (
    calls,
    decorators,
    dotted,
    enclosing,
    field,
    functions,
    keyword,
    records,
    rule,
    text_of,
)

ACL = "security/ir.model.access.csv"
ACL_HEADER = (
    "id,name,model_id:id,group_id:id," "perm_read,perm_write,perm_create,perm_unlink"
)


# -- access rights ---------------------------------------------------------------------


@rule("addon")
def check_acl_rows(addon):
    """Each row is complete and has a group; a row of zeros is explained."""
    source = addon.file(ACL)
    if source is None:
        if any(_has_table(model) for model in addon.models):
            yield "%s/%s" % (addon.name, ACL), 1, "no access rights"
        return
    if source.lines[0].rstrip("\r") != ACL_HEADER:
        yield source.path, 1, "header is not %s" % ACL_HEADER
    for number, row in acl_rows(source):
        if len(row) != 8:
            yield source.path, number, "%d cells, not 8" % len(row)
            continue
        if not row[3].strip():
            yield source.path, number, "no group: everybody, portal users included"
        if row[3].strip() in ("base.group_portal", "base.group_public"):
            yield source.path, number, "outsiders get access to %s" % row[2]
        if any(cell not in ("0", "1") for cell in row[4:]):
            yield source.path, number, "a permission is 0 or 1"
        elif set(row[4:]) == {"0"} and ": " not in row[1]:
            yield source.path, number, "a row of zeros says why after a colon"
        if not re.match(r"([a-z_]+\.)?model_[a-z0-9_]+\Z", row[2]):
            yield source.path, number, "model %s" % row[2]


def _has_table(model):
    return model.name and model.base in ("Model", "TransientModel")


@rule("addon")
def check_models_have_access_rights(addon):
    """Every model with a table has access rights (from 14 on wizards too)."""
    source = addon.file(ACL)
    named = (
        {row[2].split(".")[-1] for _number, row in acl_rows(source)} if source else ()
    )
    for model in addon.models:
        wanted = "model_" + (model.name or "").replace(".", "_")
        if _has_table(model) and wanted not in named:
            yield model.source.path, model.node.lineno, "%s has no access rights" % (
                model.name
            )
    own = {
        "model_" + model.name.replace(".", "_") for model in addon.models if model.name
    }
    for number, row in acl_rows(source) if source else ():
        if "." not in row[2] and row[2] not in own:
            yield source.path, number, "%s is not a model of this addon" % row[2]


@rule("addon")
def check_company_rules(addon):
    """A model with a company has a record rule."""
    ruled = set()
    for source in addon.xml:
        if source.inside.startswith("security/"):
            for record in records(source.root, "ir.rule"):
                node = field(record, "model_id")
                ruled.add(
                    (node.get("ref") or "").split(".")[-1] if node is not None else ""
                )
    for model in addon.models:
        if (
            model.name
            and model.base == "Model"
            and "company_id" in model.fields
            and ("model_" + model.name.replace(".", "_") not in ruled)
        ):
            yield model.source.path, model.node.lineno, "company without rule: %s" % (
                model.name
            )


SECRET_FIELD = re.compile(r"(secret|password|aes_key|access_token|refresh_token)\Z")


@rule("addon")
def check_secret_fields(addon):
    """A field for a secret is for the system group, computed or not copied."""
    for model in addon.models:
        for name, call in model.fields.items():
            if not SECRET_FIELD.search(name) or dotted(call.func) not in (
                "fields.Char",
                "fields.Text",
            ):
                continue
            if text_of(keyword(call, "groups")) != "base.group_system":
                yield model.source.path, call.lineno, "%s without groups=" % name
            if keyword(call, "compute") is None:
                yield model.source.path, call.lineno, (
                    "%s is a column: dingding.secret keeps secrets" % name
                )


# -- what must not lie here ------------------------------------------------------------

TOKEN = re.compile(r"[A-Za-z0-9_\-+/=]{20,}")
KNOWN_SECRETS = (
    (re.compile(r"\bding(?=[a-z0-9]*[0-9])[a-z0-9]{16,}\b"), "a CorpId or AppKey"),
    (re.compile(r"\bSEC[0-9a-f]{32,}\b"), "a robot's secret"),
    (re.compile(r"BEGIN [A-Z ]*PRIVATE " + "KEY"), "a private key"),
    (re.compile(r"\b(?:AKIA|LTAI)[0-9A-Za-z]{12,}\b"), "a cloud key"),
    (re.compile(r"access_token=[0-9a-f]{32,}"), "an access token"),
)
ENTROPY = 4.2  # bits per character; words and names stay below


def entropy(text):
    """Return the Shannon entropy of a text in bits per character."""
    counts = [text.count(char) for char in set(text)]
    return -sum(n / len(text) * math.log(n / len(text), 2) for n in counts)


def looks_random(text):
    """Tell whether a word looks like a key: long, mixed, without words in it."""
    if len(text) < 32 or not (
        re.search("[a-z]", text)
        and re.search("[A-Z]", text)
        and re.search("[0-9]", text)
    ):
        return False
    # A path or a dotted name has separators that cut it into words.
    if max(len(part) for part in re.split(r"[_\-/+=]", text)) < 12:
        return False
    return entropy(text) > ENTROPY


# Lock files contain hashes of packages, tests vectors and people.
SECRETS_ALLOWED = re.compile(
    r"tests/|tools/node/|tools/requirements/|[^/]+/tests/|[^/]+/i18n/|LICENSE\Z"
)


@rule("repo")
def check_no_secrets(repo):
    """No key, secret or token in any file but the tests'."""
    for source in repo.files:
        if not source.is_text or SECRETS_ALLOWED.match(source.path):
            continue
        for number, line in enumerate(source.lines, 1):
            for pattern, what in KNOWN_SECRETS:
                if pattern.search(line):
                    yield source.path, number, what
            for match in TOKEN.finditer(line):
                if looks_random(match.group(0)):
                    yield source.path, number, "looks like a key: %s..." % (
                        match.group(0)[:6]
                    )


# Written in parts, so that this file does not find itself.
PATHS = re.compile(
    "|".join(
        (
            r"(?<![\w.])/ho" + r"me/\w",
            r"(?<![\w.])/ro" + r"ot\b(?!/)",
            r"(?<![\w.])/tm" + r"p\b",
            r"(?<![\w.])/Us" + r"ers/\w",
            r"\b[A-Z]:\\\\?\w+\\",
            r"(?<![\w.])/wo" + r"rk/",
            r"(?<![\w.])/fa" + r"rm/",
            r"(?<![\w.])/va" + r"r/folders/",
        )
    )
)
REGISTRIES = re.compile(
    r"https?://(?:pypi|registry|deb|security|files|index)\.[a-z0-9.\-]+" + "/"
)


@rule("repo")
def check_no_stray_paths(repo):
    """No path of a developer's machine, no address of a package registry."""
    for source in repo.files:
        if not source.is_text:
            continue
        for number, line in enumerate(source.lines, 1):
            match = PATHS.search(line)
            if match:
                yield source.path, number, "path of a machine: %s" % match.group(0)
            if REGISTRIES.search(line):
                yield source.path, number, "address of a package registry"


HOSTS = re.compile(r"https?://([A-Za-z0-9.\-]+|\[[0-9a-f:]+\])(:\d+)?")
HOSTS_ALLOWED = re.compile(
    r"(.+\.)?(dingtalk\.com|alicdn\.com|odoo\.com|gnu\.org|github\.com|w3\.org|"
    r"example\.(com|org)|odoo-community\.org)\Z|host\Z"
)


@rule("addon")
def check_no_foreign_hosts(addon):
    """Addons name only DingTalk's hosts: no tunnel, telemetry or localhost."""
    for source in addon.files:
        if not source.is_text or "/tests/" in source.path:
            continue
        for number, line in enumerate(source.lines, 1):
            for match in HOSTS.finditer(line):
                host = match.group(1).strip(".")
                if host and not HOSTS_ALLOWED.match(host):
                    yield source.path, number, "address of %s" % host
            if re.search(r"\b(localhost|127\.0\.0\.1):\d", line):
                yield source.path, number, "a port of this machine"


# -- peers' holes ----------------------------------------------------------------------

#: The only file that evaluates text stored by an administrator.
EXPRESSIONS = "models/expression.py"

SUPERUSER = ("SUPERUSER_ID", "base.user_root", "base.user_admin")


# Routes for machines whose requests prove their origin; see decision 10.
SIGNED_ROUTES = {
    ("dingding_callback/controllers/main.py", "receive"),
    ("dingding_robot/controllers/cards.py", "receive"),
}


@rule("python")
def check_routes_without_user(source):
    """auth="none" together with sudo opens the database to strangers."""
    for node in functions(source):
        route = _route(node)
        if route is None or text_of(keyword(route, "auth")) != "none":
            continue
        if (source.path, node.name) in SIGNED_ROUTES:
            continue
        for each in ast.walk(node):
            if (
                isinstance(each, ast.Call)
                and isinstance(each.func, ast.Attribute)
                and (each.func.attr in ("sudo", "with_user"))
            ):
                yield each.lineno, "auth='none' with %s()" % each.func.attr
            if getattr(each, "id", text_of(each)) in SUPERUSER:
                yield each.lineno, "auth='none' with the superuser"
            if isinstance(each, ast.Attribute) and each.attr == "env":
                yield each.lineno, "auth='none' with the database"


def _route(node):
    for each in node.decorator_list:
        if isinstance(each, ast.Call) and dotted(each.func).split(".")[-1] == "route":
            return each
    return None


@rule("python")
def check_routes_name_their_auth(source):
    """A route names its auth, and csrf=False is on POST for machines only.

    Or where no cookie counts, since a foreign page cannot make the browser send such a
    request.
    """
    for node in functions(source):
        route = _route(node)
        if route is None:
            continue
        if keyword(route, "auth") is None:
            yield node.lineno, "route without auth="
        if keyword(route, "type") is None:
            yield node.lineno, "route without type="
        csrf, methods = keyword(route, "csrf"), keyword(route, "methods")
        if (
            isinstance(csrf, ast.Constant)
            and csrf.value is False
            and text_of(keyword(route, "auth")) != "none"
            and (
                methods is None or [text_of(each) for each in methods.elts] != ["POST"]
            )
        ):
            yield node.lineno, "csrf=False on a route that is not POST alone"


@rule("python")
def check_no_eval(source):
    """No eval, exec or safe_eval.

    Except for administrators' expressions, in one place.
    """
    for call in calls(source.tree):
        name = dotted(call.func)
        if source.inside == EXPRESSIONS and name == "safe_eval":
            continue
        if name in ("eval", "exec", "compile", "__import__", "execfile") or (
            name.split(".")[-1] in ("safe_eval", "const_eval", "expr_eval")
        ):
            yield call.lineno, "%s()" % name
    for node in source.walk:
        if isinstance(node, (ast.ImportFrom, ast.Import)):
            for alias in node.names:
                if source.inside == EXPRESSIONS and alias.name == "safe_eval":
                    continue
                if (
                    alias.name in ("pickle", "marshal", "shelve")
                    or "safe_eval" in alias.name
                ):
                    yield node.lineno, "import of %s" % alias.name


CURSOR = re.compile(r"(^|\.|_)(cr|cursor)(\(\))?(\._obj)?\Z")
# These take (cursor, query, values).
SQL_HELPERS = ("compat.execute", "compat.execute_unseen")


@rule("python")
def check_no_built_sql(source):
    """SQL is a literal or composed by psycopg2.sql; values are parameters."""
    if source.is_test:
        return
    for call in calls(source.tree):
        query = _query_of(call)
        if query is None or _is_query(query, call):
            continue
        function = enclosing(call)
        if (
            source.inside == "compat.py"
            and function is not None
            and ("compat." + function.name in SQL_HELPERS)
        ):
            continue  # its callers are checked instead
        yield call.lineno, "SQL that is neither a literal nor psycopg2.sql"
    for call in calls(source.tree):
        if dotted(call.func) == "sql.SQL" and not (
            call.args and text_of(call.args[0]) is not None
        ):
            yield call.lineno, "sql.SQL() of something that is not a literal"


def _query_of(call):
    if dotted(call.func) in SQL_HELPERS:
        return call.args[1] if len(call.args) > 1 else keyword(call, "query")
    if (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in ("execute", "executemany", "mogrify")
        and CURSOR.search(dotted(call.func.value))
        and call.args
    ):
        return call.args[0]
    return None


def _is_query(node, place, seen=()):
    """Tell whether an expression is a constant or a composition of psycopg2.sql."""
    if text_of(node) is not None:
        return True
    if isinstance(node, ast.Call):
        if dotted(node.func) in (
            "sql.SQL",
            "sql.Identifier",
            "sql.Placeholder",
            "sql.Literal",
            "sql.Composed",
        ):
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in (
            "format",
            "join",
        ):
            inner = node.func.value
            return text_of(inner) is None and _is_query(inner, place, seen)
        return False
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = (node.left, node.right)
        # psycopg2 itself refuses to add a text to a composition.
        return any(_is_composition(side) for side in sides) or all(
            _is_query(side, place, seen) for side in sides
        )
    if isinstance(node, ast.IfExp):
        return _is_query(node.body, place, seen) and _is_query(node.orelse, place, seen)
    if isinstance(node, (ast.Name, ast.Attribute)):
        name = node.id if isinstance(node, ast.Name) else node.attr
        if name in seen:
            return True
        values = _bound(name, place)
        return bool(values) and all(
            _is_query(value, place, seen + (name,)) for value in values
        )
    return False


def _is_composition(node):
    return isinstance(node, ast.Call) and dotted(node).startswith("sql.")


def _bound(name, place):
    """Return what a name is bound to in the function, class or module."""
    values = []
    scope = enclosing(place, (ast.FunctionDef, ast.ClassDef, ast.Module))
    while scope is not None:
        nested = ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body
        for node in nested:
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == name
                for target in node.targets
            ):
                values.append(node.value)
            elif isinstance(node, ast.AugAssign) and (
                isinstance(node.target, ast.Name) and node.target.id == name
            ):
                values.append(node.value)
        if values:
            return values
        scope = enclosing(scope, (ast.FunctionDef, ast.ClassDef, ast.Module))
    return values


@rule("python")
def check_requests_have_a_timeout(source):
    """Each HTTP request has a timeout and checks the certificate."""
    for call in calls(source.tree):
        name = dotted(call.func)
        verb = name.split(".")[-1]
        base = name.rsplit(".", 1)[0].lower()
        if verb in (
            "get",
            "post",
            "put",
            "delete",
            "patch",
            "head",
            "request",
            "send",
            "urlopen",
        ) and (
            base.endswith("requests")
            or "session" in base.split(".")[-1]
            or verb == "urlopen"
        ):
            if base.split(".")[-1] in ("session", "request.session") and (
                "request.session" in name
            ):
                continue  # the visitor's session of Odoo
            if keyword(call, "timeout") is None and not any(
                each.arg is None for each in call.keywords
            ):
                yield call.lineno, "%s() without timeout=" % name
        for each in call.keywords:
            if (
                each.arg in ("verify", "ssl", "verify_ssl")
                and isinstance(each.value, ast.Constant)
                and each.value.value is False
            ):
                yield call.lineno, "%s=False" % each.arg
    for node in source.walk:
        name = getattr(node, "attr", "")
        if name in ("CERT_NONE", "_create_unverified_context", "disable_warnings"):
            yield node.lineno, name
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Attribute)
            and (node.targets[0].attr == "verify")
            and isinstance(node.value, ast.Constant)
            and node.value.value is False
        ):
            yield node.lineno, "verify = False"


FLAG = re.compile(
    r"(running|busy|in_progress|syncing|synchroni|working|locked|_status)", re.I
)


@rule("python")
def check_no_running_flags(source):
    """No module-global state: it is per process and stays after a crash."""
    for node in source.walk:
        if isinstance(node, ast.Global):
            yield node.lineno, "global %s" % ", ".join(node.names)
    for node in source.tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if (
                isinstance(target, ast.Name)
                and FLAG.search(target.id)
                and (
                    isinstance(node.value, (ast.Dict, ast.List, ast.Set))
                    or isinstance(node.value, ast.Constant)
                    and node.value.value in (True, False, None)
                    or isinstance(node.value, ast.Call)
                    and dotted(node.value.func) in ("set", "dict", "list")
                )
            ):
                yield node.lineno, "%s: who works on what is PostgreSQL's business" % (
                    target.id
                )


# On one object, for one path; see decision 10.
PATCHES = {("dingding/compat.py", "http.root.get_request")}


@rule("python")
def check_no_foreign_patches(source):
    """No attribute of a foreign class or module is replaced."""
    if source.is_test:
        return
    imported = set()
    for node in source.walk:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                imported.add((alias.asname or alias.name).split(".")[0])
    imported -= {"request"}  # stands for this one request
    for node in source.walk:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Attribute):
                base = dotted(target).split(".")[0].rstrip("()[]")
                if (source.path, dotted(target)) in PATCHES:
                    continue
                if base in imported and "()" not in dotted(target):
                    yield node.lineno, "patch of %s" % dotted(target)
        if isinstance(node, ast.Call) and dotted(node.func) == "setattr" and node.args:
            if dotted(node.args[0]).split(".")[0] in imported:
                yield node.lineno, "patch of %s" % dotted(node.args[0])


CRUD = (
    "create",
    "write",
    "unlink",
    "copy",
    "init",
    "_create",
    "_write",
    "read",
    "default_get",
    "name_search",
    "_auto_init",
    "message_post",
)


@rule("python")
def check_no_http_in_crud(source):
    """create, write, unlink and computed fields do not call DingTalk."""
    if source.layer not in ("models", "wizards"):
        return
    for node in functions(source):
        if node.name not in CRUD and not node.name.startswith(
            ("_compute_", "_inverse_", "_check_", "_onchange_", "_default_", "_search_")
        ):
            continue
        for call in calls(node):
            name = dotted(call.func).split(".")[-1]
            if name == "_dingtalk_client" or name.startswith("_dingtalk_"):
                yield call.lineno, "%s() in %s()" % (name, node.name)


PEOPLE = ("res.users", "res.partner", "hr.employee", "hr.department")


@rule("python")
def check_no_matching_by_name(source):
    """Nobody is linked by name."""
    if source.is_test:
        return
    for call in calls(source.tree):
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in (
            "search",
            "search_count",
            "search_read",
            "filtered",
            "name_search",
        ):
            continue
        model = _searched_model(call.func.value)
        if model not in PEOPLE:
            continue
        if call.func.attr == "name_search":
            yield call.lineno, "%s found by name" % model
        for each in ast.walk(call):
            if (
                isinstance(each, (ast.Tuple, ast.List))
                and len(each.elts) == 3
                and (
                    text_of(each.elts[0]) in ("name", "display_name", "partner_id.name")
                )
            ):
                yield call.lineno, "%s found by name" % model


def _searched_model(node):
    """Return the model that ``env["x"].sudo().search`` searches, else None."""
    for each in ast.walk(node):
        if isinstance(each, ast.Subscript) and dotted(each.value).endswith("env"):
            index = each.slice
            index = (
                getattr(index, "value", index)
                if not isinstance(index, ast.Constant)
                else index
            )
            return text_of(index)
    return None


@rule("python")
def check_no_bare_except(source):
    """No bare except, no Exception that is caught and ignored."""
    for node in source.walk:
        if not isinstance(node, ast.ExceptHandler):
            continue
        if node.type is None:
            yield node.lineno, "bare except"
        elif dotted(node.type) in ("Exception", "BaseException") and all(
            isinstance(each, (ast.Pass, ast.Continue)) for each in node.body
        ):
            yield node.lineno, "%s swallowed" % dotted(node.type)


@rule("python")
def check_no_print(source):
    """No print: use the log, or a message to the user."""
    for call in calls(source.tree):
        if dotted(call.func) in (
            "print",
            "pprint",
            "pprint.pprint",
            "breakpoint",
            "pdb.set_trace",
        ):
            yield call.lineno, "%s()" % dotted(call.func)


@rule("python")
def check_translated_literals(source):
    """_() takes a literal; values come after it, two or more by name."""
    for call in calls(source.tree):
        if dotted(call.func) not in ("_", "_lt"):
            continue
        text = text_of(call.args[0]) if call.args else None
        if text is None:
            yield call.lineno, "_() of something that is not a literal"
        elif len(call.args) > 1 or call.keywords:
            yield call.lineno, "values go after _(), 11 takes none inside"
        elif len(re.findall(r"%[sdif]", text)) > 1:
            yield call.lineno, "two values or more go by name"
        if enclosing(call, (ast.FunctionDef, ast.Lambda)) is None:
            yield call.lineno, "_() at import: nobody's language is known there"
        above = enclosing(call, (ast.Call,))
        if above is not None and re.search(r"(^|\.)_?logg?(er)?\.", dotted(above.func)):
            yield call.lineno, "_() in a line of the log"


LOG = re.compile(
    r"(^|\.)_?log(ger|ging)?\.(debug|info|warning|warn|error|exception|"
    r"critical|log)\Z"
)
NOT_IN_LOG = re.compile(
    r"(secret|token|ticket|passw|auth_code|login_code|tmp_code|signature|aes_key|nonce|"
    r"authorization|cookie|payload|headers|mobile)",
    re.I,
)
HARMLESS = re.compile(r"(_id|_ids|_kind|_count|_type|_name)\Z")


@rule("python")
def check_no_secrets_in_logs(source):
    """Nothing secret or private is logged, judging by names."""
    if source.is_test:
        return
    for call in calls(source.tree):
        if not LOG.search(dotted(call.func)):
            continue
        for argument in call.args[1:] + [each.value for each in call.keywords]:
            for node in ast.walk(argument):
                name = getattr(node, "attr", getattr(node, "id", None))
                if name and NOT_IN_LOG.search(name) and not HARMLESS.search(name):
                    yield call.lineno, "%s in the log" % name
        if call.args and not isinstance(call.args[0], ast.Constant):
            yield call.lineno, "the message of a log line is a literal"


KNOWN_VALUES = re.compile(
    r"(userid|user_id|unionid|openid|mobile|phone|login|email|" r"job_number|name)\Z"
)


@rule("python")
def check_no_known_passwords(source):
    """A password is never a value known to others."""
    if source.is_test:
        return
    for node in source.walk:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                if text_of(key) in (
                    "password",
                    "new_password",
                    "oauth_access_token",
                ) and (
                    isinstance(value, ast.Constant)
                    and value.value
                    or KNOWN_VALUES.search(dotted(value))
                ):
                    yield key.lineno, "password that others know"
        if isinstance(node, ast.Compare):
            sides = [dotted(each) for each in [node.left] + node.comparators]
            if any(
                side.split(".")[-1] in ("password", "passwd", "credential")
                for side in sides
            ) and any(
                KNOWN_VALUES.search(side) or side.endswith(("oauth_uid", "ding_id"))
                for side in sides
            ):
                yield node.lineno, "password compared with a value that others know"


@rule("python")
def check_decorated_secrets(source):
    """No lru_cache or ormcache on a function that returns a token or secret."""
    for node in functions(source):
        if NOT_IN_LOG.search(node.name) and any(
            "cache" in name for name in decorators(node)
        ):
            yield node.lineno, "%s() keeps a secret in a cache" % node.name


# Rows of these are created by SQL, by workers, events and scheduled actions, or for a
# visitor without a user: their context is never a user's.
BY_THE_SYSTEM = {
    "dingding.alert",
    "dingding.approval.file",
    "dingding.approval.operation",
    "dingding.approval.task",
    "dingding.attendance.day",
    "dingding.attendance.group",
    "dingding.attendance.problem",
    "dingding.attendance.result",
    "dingding.attendance.shift",
    "dingding.attendance.sync.line",
    "dingding.budget.course",
    "dingding.call.count",
    "dingding.call.rate",
    "dingding.chat.topic",
    "dingding.event.refusal",
    "dingding.media",
    "dingding.mini.session",
    "dingding.notification.line",
    "dingding.robot.slot",
    "dingding.secret",
    "dingding.signin.ticket",
    "dingding.stream.callback",
    "dingding.stream.state",
    "dingding.sync.item",
    "dingding.sync.line",
    "dingding.sync.problem",
    "dingding.token",
    # These by a method that strips the context itself.
    "dingding.budget",
    "dingding.conflict",
    "dingding.follow",
    "dingding.message.recipient",
    "dingding.message.text",
    "dingding.press",
    "dingding.signin.log",
}
STRIPPED = "rights.without_defaults"


@rule("repo")
def check_rows_ignore_defaults(repo):
    """Records that only the system creates take no values from a user's context.

    A button that creates rows with all rights passes on its caller's ``default_*``.
    """
    models = [model for addon in repo.addons for model in addon.models]
    bases, careful, creatable = {}, set(), set()
    for addon in repo.addons:
        source = addon.file(ACL)
        for _number, row in acl_rows(source) if source else ():
            if len(row) == 8 and row[6] == "1":
                creatable.add(row[2].split(".")[-1])
    for model in models:
        names = [model.name] if model.name else list(model.inherit)
        for name in names:
            bases.setdefault(name, set()).update(set(model.inherit) - {name})
            for node in model.node.body:
                if isinstance(node, ast.FunctionDef) and node.name == "create":
                    if any(dotted(call.func) == STRIPPED for call in calls(node)):
                        careful.add(name)

    def is_careful(name, seen=()):
        return name in careful or any(
            is_careful(each, seen + (name,))
            for each in bases.get(name, ())
            if each not in seen
        )

    for model in models:
        if (
            model.name
            and model.base == "Model"
            and model.name not in model.inherit
            and model.name not in BY_THE_SYSTEM
            and "model_" + model.name.replace(".", "_") not in creatable
            and not is_careful(model.name)
        ):
            yield model.source.path, model.node.lineno, (
                "%s: create() takes values from the context" % model.name
            )
