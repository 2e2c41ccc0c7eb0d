"""Python that runs on 3.5 and on Odoo 11.0 to 19.0."""

import ast
import keyword as keywords
import re
import tokenize

from .sources import (
    below,
    calls,
    decorators,
    dotted,
    functions,
    imports,
    keyword,
    models_in,
    parses,
    rule,
    text_of,
)

FLOOR = (3, 5)
LISTS = {"tree", "list", "kanban", "graph", "pivot", "calendar"}
# compat.py contains the differences between series.
COMPAT = ("compat.py", "tests/test_compat.py", "tests/common.py")


def portable(function):
    """Register a rule about portability, which skips compat.py."""

    def check(source):
        return () if source.inside in COMPAT else function(source)

    check.__name__, check.__doc__ = function.__name__, function.__doc__
    rule("python")(check)
    return check


# -- Python 3.5 ------------------------------------------------------------------------


@rule("addon")
def check_python_35(addon):
    """The addons' Python is Python 3.5."""
    for source in addon.python:
        try:
            tree = ast.parse(source.text, feature_version=FLOOR)
        except SyntaxError as error:
            yield source.path, error.lineno or 1, "not Python 3.5: %s" % error.msg
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                yield source.path, node.lineno, "f-string (3.6)"
            elif isinstance(node, ast.AnnAssign):
                yield source.path, node.lineno, "annotation of a variable (3.6)"
            elif isinstance(node, ast.AsyncFunctionDef):
                yield source.path, node.lineno, "async function"
        for node, module, names, level in imports(source):
            if not level and module.split(".")[0] in ("secrets", "dataclasses"):
                yield source.path, node.lineno, "module %s is newer than 3.5" % module


@rule("repo")
def check_super_without_arguments(repo):
    """super() has no arguments in a class; functions outside have no choice."""
    for source in repo.files:
        if source.suffix != ".py" or not parses(source):
            continue
        for call in calls(source.tree):
            if dotted(call.func) == "super" and call.args and _in_class(call):
                yield source.path, call.lineno, "%s: super()" % ast.unparse(call)


def _in_class(node):
    while node is not None and not isinstance(node, ast.ClassDef):
        node = node.parent
    return node is not None


@rule("python")
def check_no_numeric_underscores(source):
    """1_000 is Python 3.6."""
    for token in source.tokens:
        if token.type == tokenize.NUMBER and "_" in token.string:
            yield token.start[0], "number with underscores: %s" % token.string


@rule("python")
def check_no_comma_after_stars(source):
    """No comma after ``*args`` or ``**kw``: 3.5 refuses it, and no tool finds it."""
    brackets, previous = [], None
    for token in source.tokens:
        if token.type in LAYOUT:
            continue
        if token.type == tokenize.OP and token.string in ")]}" and brackets:
            bracket = brackets.pop()
            if bracket.called and previous.string == "," and bracket.ended in STARS:
                yield previous.start[0], "comma after %s..." % bracket.ended
        elif token.string == "," and brackets and not brackets[-1].lambdas:
            brackets[-1].ended, brackets[-1].first = brackets[-1].first, None
        elif brackets and brackets[-1].first is None:
            brackets[-1].first = token.string
        if brackets and token.string == "lambda":
            brackets[-1].lambdas += 1
        elif brackets and token.string == ":" and brackets[-1].lambdas:
            brackets[-1].lambdas -= 1
        if token.type == tokenize.OP and token.string in "([{":
            brackets.append(_Bracket(token.string == "(" and _ends_name(previous)))
        previous = token


LAYOUT = (
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.COMMENT,
    tokenize.INDENT,
    tokenize.DEDENT,
)
STARS = ("*", "**")


class _Bracket(object):
    """An open bracket: first tokens of the current item and of the one before.

    ``lambdas`` counts those whose parameters are being read: their commas end no item.
    """

    def __init__(self, called):
        self.called, self.first, self.ended = called, None, None
        self.lambdas = 0


def _ends_name(token):
    """Tell whether a bracket after this token calls or defines something."""
    if token is None:
        return False
    return token.string in (")", "]") or (
        token.type == tokenize.NAME and not keywords.iskeyword(token.string)
    )


# -- Odoo 11.0 ... 19.0 ----------------------------------------------------------------

GONE_DECORATORS = {
    "multi",
    "one",
    "model_cr",
    "model_cr_context",
    "v7",
    "v8",
    "cr",
    "returns",
    "noguess",
}
GONE_FIELD_PARAMETERS = {
    "states": "17 knows no states=",
    "oldname": "13 knows no oldname=",
    "group_operator": "18 calls it aggregator",
    "aggregator": "17 knows no aggregator=",
    "track_visibility": "use **compat.TRACK",
    "tracking": "use **compat.TRACK",
}


@portable
def check_no_gone_decorators(source):
    """No @api.multi and the like; undecorated methods work everywhere."""
    for node in source.walk:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            for name in decorators(node):
                if name.startswith("api.") and name[4:] in GONE_DECORATORS:
                    yield node.lineno, "@%s is gone in later series" % name


@portable
def check_no_deprecated_clock(source):
    """Python 3.12 warns of these at each call, and Odoo logs it."""
    for node in source.walk:
        if isinstance(node, ast.Attribute) and node.attr in (
            "utcnow", "utcfromtimestamp"
        ):
            yield node.lineno, "%s() warns: dingding.dingtalk.utc has it" % node.attr


@portable
def check_no_display_name_overrides(source):
    """``_rec_name`` on a stored computed field serves every series."""
    for node in functions(source):
        if node.name in ("name_get", "_compute_display_name"):
            yield node.lineno, "%s() works in some series: use _rec_name" % node.name


# Methods that BaseModel got after 11: one of ours of the same name replaces it.
LATER_METHODS = {
    "_add_precomputed_values", "_allow_sudo_commands", "_apply_onchange_methods",
    "_as_query", "_check_access", "_check_company", "_check_parent_path",
    "_clean_properties", "_compute_field_value", "_condition_to_sql", "_fetch_field",
    "_fetch_query", "_field_to_sql", "_filtered_access", "_flush", "_flush_search",
    "_get_base_lang", "_get_placeholder_filename", "_get_xml_ids", "_has_cycle",
    "_invalidate_cache", "_load_records", "_load_records_create",
    "_load_records_write", "_modified", "_modified_triggers", "_order_to_sql",
    "_populate", "_prepare_create_values", "_read", "_read_format", "_read_group",
    "_recompute_field", "_recompute_model", "_recompute_recordset",
    "_search_display_name", "_traverse_related_sql", "_unregister_hook",
    "_update_cache", "_write_multi", "check_access", "fetch", "filtered_domain",
    "flush", "flush_model", "flush_recordset", "get_base_url", "grouped", "has_access",
    "invalidate_model", "invalidate_recordset", "search_fetch", "with_company",
    "with_user",
}


@portable
def check_no_later_methods(source):
    """No method of a model has a name that BaseModel uses in a later series."""
    for parent in source.walk:
        if isinstance(parent, ast.ClassDef) and any(
            isinstance(base, ast.Attribute) and base.attr.endswith("Model")
            for base in parent.bases
        ):
            for node in parent.body:
                if isinstance(node, ast.FunctionDef) and node.name in LATER_METHODS:
                    yield node.lineno, "%s() is Odoo's own in later series" % node.name


@portable
def check_no_view_get_overrides(source):
    """fields_view_get became get_view in 16."""
    for node in functions(source):
        if node.name in (
            "fields_view_get",
            "_fields_view_get",
            "get_view",
            "_get_view",
        ):
            yield node.lineno, "%s() exists in some series only" % node.name


@portable
def check_sudo_without_user(source):
    """sudo(user) is gone in 13: compat.with_user."""
    for call in calls(source.tree):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "sudo"
            and (call.args or call.keywords)
        ):
            yield call.lineno, "sudo() with an argument: compat.with_user()"
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "with_user"
            and (dotted(call.func.value) != "compat")
        ):
            yield call.lineno, "with_user() is new in 13: compat.with_user()"


ASK_FOR_RIGHTS = (
    "is_administrator", "is_manager", "is_superuser", "has_group", "check_access")


@portable
def check_constraints_ask_the_writer(source):
    """19 checks constraints with all rights: compat.as_writer."""
    for function in functions(source):
        if "api.constrains" not in decorators(function):
            continue
        for call in calls(function):
            name = dotted(call.func)
            asked = [dotted(each) for each in call.args] + [name]
            if name.rpartition(".")[2] in ASK_FOR_RIGHTS and any(
                    each.startswith("self.env") for each in asked):
                yield call.lineno, "a constraint asks self.env: compat.as_writer(self)"


@portable
def check_values_by_user_are_computed_by_it(source):
    """13 computes every value as the superuser, and misses the user's."""
    by_user = {
        each.name for each in functions(source)
        if "compat.depends_on_user" in decorators(each)
    }
    for call in calls(source.tree):
        compute = keyword(call, "compute")
        if dotted(call.func).startswith("fields.") and text_of(compute) in by_user:
            if keyword(call, "compute_sudo") is None:
                yield call.lineno, "%s needs compute_sudo=False" % text_of(compute)


@portable
def check_field_parameters(source):
    """No parameters of fields that some series lack."""
    for call in calls(source.tree):
        if not dotted(call.func).startswith("fields."):
            continue
        for each in call.keywords:
            if each.arg in GONE_FIELD_PARAMETERS:
                yield call.lineno, "%s=: %s" % (
                    each.arg,
                    GONE_FIELD_PARAMETERS[each.arg],
                )


@portable
def check_create_takes_a_list(source):
    """create() is written with @compat.create_multi."""
    for node in functions(source):
        names = decorators(node)
        if (
            node.name == "create"
            and isinstance(node.parent, ast.ClassDef)
            and _is_model(node.parent)
        ):
            if "compat.create_multi" not in names:
                yield node.lineno, "create() without @compat.create_multi"
        for name in names:
            if name.startswith("api.model_create_"):
                yield node.lineno, "@%s is new in 12: @compat.create_multi" % name


def _is_model(node):
    return any(dotted(base).startswith("models.") for base in node.bases)


@portable
def check_no_sql_constraints(source):
    """19 ignores _sql_constraints: compat.unique_index in init()."""
    for node in source.walk:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == "_sql_constraints":
                    yield node.lineno, "_sql_constraints: compat.unique_index()"
        if isinstance(node, ast.Attribute) and dotted(node) in (
            "models.Constraint",
            "models.Index",
            "models.UniqueIndex",
        ):
            yield node.lineno, "%s is new in 19" % dotted(node)


@portable
def check_series_only_in_compat(source):
    """Only compat.py checks the series."""
    for node, module, names, level in imports(source):
        if module == "odoo.release" or (module == "odoo" and "release" in names):
            yield node.lineno, "odoo.release outside compat.py"
        if "SERIES" in names:
            yield node.lineno, "SERIES outside compat.py: write a function there"
    for node in source.walk:
        if isinstance(node, ast.Attribute) and node.attr in (
            "SERIES",
            "version_info",
            "series",
        ):
            name = dotted(node)
            if source.is_test and name == "compat.SERIES":
                continue  # tests may expect differences
            if name.startswith(("compat.", "release.", "odoo.release.")):
                yield node.lineno, "%s outside compat.py" % name
        if isinstance(node, ast.Attribute) and dotted(node) == "sys.version_info":
            yield node.lineno, "sys.version_info outside compat.py"


@portable
def check_env_not_shortcuts(source):
    """self._cr, _uid and _context are deprecated in 19."""
    for node in source.walk:
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ("_cr", "_uid", "_context")
            and not _is_own(node, source)
        ):
            yield node.lineno, "%s: self.env.%s" % (dotted(node), node.attr[1:])


def _is_own(node, source):
    """Tell whether a plain class sets this attribute itself."""
    klass = node.parent
    while klass is not None and not isinstance(klass, ast.ClassDef):
        klass = klass.parent
    if klass is None or _is_model(klass):
        return False
    return any(
        isinstance(each, ast.Attribute)
        and each.attr == node.attr
        and isinstance(each.ctx, ast.Store)
        for each in ast.walk(klass)
    )


GONE_MODULES = (
    "openerp",
    "odoo.osv",
    "odoo.tools.pycompat",
    "odoo.http.Root",
    "odoo.exceptions.Warning",
    "odoo.exceptions.except_orm",
    "odoo.http.JsonRequest",
    "odoo.addons.base.res",
    "odoo.addons.base.ir",
    "odoo.tools.misc.ustr",
)


@portable
def check_no_gone_modules(source):
    """No modules and names that some series lack."""
    for node, module, names, level in imports(source):
        if level:
            continue
        whole = [module] + ["%s.%s" % (module, name) for name in names]
        for each in whole:
            if any(
                each == gone or each.startswith(gone + ".") for gone in GONE_MODULES
            ):
                yield node.lineno, "%s is missing in some series" % each
                break


TEST_NAMES = {
    "SavepointCase",
    "TransactionCase",
    "SingleTransactionCase",
    "Form",
    "tagged",
    "at_install",
    "post_install",
    "new_test_user",
}


@portable
def check_tests_use_compat(source):
    """Base classes and decorators of tests come from compat.py: they differ."""
    if not source.is_test:
        return
    for node, module, names, level in imports(source):
        if not level and module.startswith("odoo.tests"):
            for name in sorted(TEST_NAMES.intersection(names)):
                yield node.lineno, "%s differs between the series: compat" % name


@portable
def check_no_users_groups_field(source):
    """groups_id of res.users is group_ids in 19."""
    for node in source.walk:
        if text_of(node) in ("groups_id", "group_ids") or (
            isinstance(node, ast.Attribute) and node.attr in ("groups_id", "group_ids")
        ):
            yield node.lineno, "name of the groups field differs: compat"


@portable
def check_no_self_fields(source):
    """SELF_READABLE_FIELDS changed its form in 16: groups= on the field."""
    for node in source.walk:
        name = getattr(node, "attr", getattr(node, "id", ""))
        if name in ("SELF_READABLE_FIELDS", "SELF_WRITEABLE_FIELDS"):
            yield node.lineno, "%s: use groups= on the field" % name


@portable
def check_no_count_search(source):
    """search(count=True) is gone: search_count."""
    for call in calls(source.tree):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "search"
            and (keyword(call, "count") is not None)
        ):
            yield call.lineno, "search(count=...): search_count()"


@portable
def check_read_group_lists_its_groups(source):
    """11 needs the grouped fields among the read ones."""
    for call in calls(source.tree):
        if not (
            isinstance(call.func, ast.Attribute) and call.func.attr == "read_group"
        ):
            continue
        given = list(call.args[1:3]) + [None, None]
        wanted = keyword(call, "fields") or given[0]
        groups = keyword(call, "groupby") or given[1]
        if isinstance(wanted, ast.List) and groups is not None:
            names = {(text_of(each) or "").split(":")[0] for each in wanted.elts}
            parts = groups.elts if isinstance(groups, ast.List) else [groups]
            for each in parts:
                name = (text_of(each) or "").split(":")[0]
                if name and name not in names:
                    yield call.lineno, "read_group by %s without reading it" % name


@portable
def check_routes_without_wraps(source):
    """16 drops arguments of a route behind functools.wraps."""
    if source.layer != "controllers":
        return
    for node in source.walk:
        if isinstance(node, ast.Attribute) and dotted(node) == "functools.wraps":
            yield node.lineno, "functools.wraps around a route handler"
    for node, module, names, level in imports(source):
        if module == "functools" and "wraps" in names:
            yield node.lineno, "functools.wraps around a route handler"


@portable
def check_session_calls(source):
    """session.finalize and hasattr(session, ...) mean different things."""
    for call in calls(source.tree):
        name = dotted(call.func)
        if name.endswith("session.finalize"):
            yield call.lineno, "session.finalize() exists in some series only"
        if name == "hasattr" and call.args and dotted(call.args[0]).endswith("session"):
            yield call.lineno, "hasattr(session, ...) is always true up to 15"


@portable
def check_models_are_described(source):
    """Each model has a _description."""
    if source.layer not in ("models", "wizards"):
        return
    for model in models_in(source):
        names = {
            target.id
            for each in model.node.body
            if isinstance(each, ast.Assign)
            for target in each.targets
            if isinstance(target, ast.Name)
        }
        if model.name and "_description" not in names:
            yield model.node.lineno, "%s has no _description" % model.name


@portable
def check_titles_are_words(source):
    """No record is called after a selection: its title would be the stored key."""
    for model in models_in(source):
        for each in model.node.body:
            if isinstance(each, ast.Assign) and dotted(each.targets[0]) == "_rec_name":
                call = model.fields.get(text_of(each.value))
                if call is not None and dotted(call.func) == "fields.Selection":
                    yield each.lineno, "%s is called by a key" % model.name


HEADER = re.compile(
    r"\A# Copyright \d{4}(-\d{4})? .+\n"
    r"# License LGPL-3\.0 or later \(https://www\.gnu\.org/licenses/lgpl\.html\)\.\n"
)


@rule("python")
def check_lists_have_help(source):
    """An action that Python creates for a list has help for the empty list."""
    if source.is_test:
        return
    for node in source.walk:
        if not isinstance(node, ast.Dict):
            continue
        values = {text_of(key): value for key, value in zip(node.keys, node.values)}
        if text_of(values.get("type")) != "ir.actions.act_window":
            continue
        texts = {text_of(each) for name in ("view_mode", "views") if name in values
                 for each in below(values[name])}
        kinds = {kind for text in texts - {None} for kind in text.split(",")}
        if kinds & LISTS and "help" not in values:
            yield node.lineno, "a list without help"


@rule("python")
def check_header(source):
    """Each file names its copyright and licence, without coding cookie."""
    if not HEADER.match(source.text):
        yield 1, "header of two lines (copyright, licence) is missing"
    for number, line in enumerate(source.lines[:3], 1):
        if re.match(r"#.*coding[:=]", line):
            yield number, "coding cookie"


@rule("python")
def check_tests_run_after_installation(source):
    """Every test class is @portable: 12 silently skips at_install tests."""
    if not source.is_test:
        return
    for node in source.walk:
        if isinstance(node, ast.ClassDef) and any(
            isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
            for each in node.body
        ):
            bases = [dotted(base) for base in node.bases]
            if any(base.startswith("unittest.") for base in bases):
                yield node.lineno, "Odoo does not run plain unittest classes everywhere"
            if not any(name.split(".")[-1] == "portable" for name in decorators(node)):
                yield node.lineno, "test class %s without @portable" % node.name


@rule("addon")
def check_budget_features(addon):
    """Each feature that calls DingTalk has its worth, see ``_budget_features``."""
    constants, declared, used = {}, set(), []
    for source in [each for one in addon.with_depends for each in one.python]:
        if source.is_test or not parses(source):
            continue
        for node in source.walk:
            if isinstance(node, ast.Assign):
                constants.update(_constants(node))
            elif isinstance(node, ast.Dict):
                keys = [key and text_of(key) for key in node.keys]
                if "worth" in keys and "key" in keys:
                    declared.add(_name_or_text(node.values[keys.index("key")]))
            elif source.addon == addon.name and isinstance(node, ast.Call) and (
                dotted(node.func).endswith("._dingtalk_client")
            ):
                used.append((source.path, node, keyword(node, "feature")))
    declared = {constants.get(each, each) for each in declared}
    for path, node, value in used:
        feature = value is not None and _name_or_text(value)
        if feature and constants.get(feature, feature) not in declared and (
            text_of(value) is not None or feature in constants
        ):
            yield path, node.lineno, "no worth: %s" % constants.get(feature, feature)


def _constants(node):
    """Return name -> text of an assignment of texts."""
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts)
    else:
        pairs = [(target, value)]
    return {
        name.id: text_of(text) for name, text in pairs
        if isinstance(name, ast.Name) and text_of(text) is not None
    }


def _name_or_text(node):
    return node.id if isinstance(node, ast.Name) else text_of(node)
