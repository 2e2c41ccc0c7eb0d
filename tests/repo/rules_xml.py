"""XML that Odoo 11.0 reads and the series build can rewrite for 12.0 to 19.0."""

import ast

from lxml import etree

from .rules_names import acl_rows
from .sources import dotted, elements, field, keyword, records, rule, text_of, views

SHORTCUT_TAGS = {
    "act_window",
    "report",
    "url",
    "assert",
    "workflow",
    "ir_set",
    "openerp",
    "list",
    "chatter",
    "app",
    "block",
    "setting",
}
ATTRS = {"invisible", "readonly", "required", "column_invisible"}
OPERATORS = {"=", "!=", "in", "not in", "<", ">", "<=", ">="}
CONNECTIVES = {"&", "|", "!"}
CONSTANTS = {"0", "1", "True", "False"}
#: Names that the web client gives to decorations, domains and contexts.
CLIENT_NAMES = {
    "id", "uid", "parent", "context", "current_date", "time", "active_id", "active_ids",
    "active_model", "True", "False", "None",
}
#: What a group implies.
IMPLIED = {
    "dingding.group_manager": {"dingding.group_user"},
    "base.group_system": {"dingding.group_manager", "dingding.group_user"},
}
ARCH_ROOTS = {"form", "tree", "search", "kanban", "calendar", "graph", "pivot"}

#: Anchors in other addons' views that exist on 11.0 to 19.0 (the build turns tree into
#: list). Check every series before adding one.
ANCHORS = {
    "base.view_users_form": {"//page[@name='access_rights']"},
    # Checked on 11, 14, 17 and 19.
    "base.view_users_form_simple_modif": {"//field[@name='signature']"},
    "base.view_users_tree": {"//tree/field[@name='login']"},
    # The notebook was checked on 11, 16, 17 and 18, the department's on 11 and 19.
    "hr.view_employee_form": {
        "//field[@name='work_phone']", "//notebook",
        # Checked on 11, 14, 18 and 19.
        "//div[@name='button_box']",
    },
    "base.view_partner_form": {"//div[@name='button_box']"},
    "hr.view_department_form": {"//field[@name='parent_id']"},
    "web.login": {"//form"},
    # Checked on 11, 14, 16 and 18.
    "base.view_server_action_form": {"//notebook"},
    # Checked on 11, 14 and 18.
    "mail.email_template_form": {"//field[@name='scheduled_date']"},
    "base.res_config_settings_view_form": {"//div[hasclass('settings')]"},
}
CHATTER = ["message_follower_ids", "activity_ids", "message_ids"]
HEADER = b'<?xml version="1.0" encoding="UTF-8" ?>\n'
DATA_FOLDERS = ("views", "data", "security", "wizards", "demo", "report")


def is_data(source):
    """Tell whether Odoo loads this file as data, unlike those in static/."""
    return source.inside.split("/")[0] in DATA_FOLDERS


@rule("addon")
def check_xml_well_formed(addon):
    """Each XML file parses and starts with the header that OCA's tools expect."""
    for source in addon.xml:
        try:
            etree.fromstring(source.content)
        except etree.XMLSyntaxError as error:
            yield source.path, error.lineno or 1, str(error)
        if is_data(source) and not source.content.startswith(HEADER):
            yield source.path, 1, "first line is not %s" % HEADER.decode().strip()


@rule("xml")
def check_no_shortcut_tags(source):
    """No tags that 17 silently ignores, or that only later series know."""
    for node in elements(source.root):
        if node.tag in SHORTCUT_TAGS and is_data(source):
            yield node.sourceline, "<%s> does not work on every series" % node.tag


@rule("xml")
def check_odoo_root(source):
    """<odoo> directly, <data> only where noupdate is mixed."""
    if not is_data(source):
        return
    if source.root.tag != "odoo":
        yield 1, "root element is <%s>" % source.root.tag
    if len(source.root.findall("data")) == 1:
        yield source.root.find("data").sourceline, "<data> without need"


@rule("xml")
def check_views_are_records(source):
    """A view is in the arch of a record, or in a QWeb template."""
    if not is_data(source):
        return
    for node in elements(source.root):
        if node.tag in ARCH_ROOTS:
            above = [each.tag for each in node.iterancestors()]
            if "record" not in above and "template" not in above:
                yield node.sourceline, "<%s> outside the record of a view" % node.tag


def _domain_findings(domain):
    if not isinstance(domain, list):
        yield "not a list"
        return
    for term in domain:
        if isinstance(term, str):
            if term not in CONNECTIVES:
                yield "unknown connective %r" % term
        elif not isinstance(term, (tuple, list)) or len(term) != 3:
            yield "%r is not a condition" % (term,)
        elif term[1] not in OPERATORS:
            yield "operator %r cannot be rewritten" % term[1]


@rule("xml")
def check_attrs_are_literals(source):
    """attrs are literal dictionaries of simple domains: the build rewrites them."""
    for node in elements(source.root):
        attrs = node.get("attrs")
        if attrs is None:
            continue
        try:
            value = ast.literal_eval(attrs.strip())
        except (ValueError, SyntaxError):
            yield node.sourceline, "attrs is not a literal dictionary"
            continue
        if not isinstance(value, dict):
            yield node.sourceline, "attrs is not a dictionary"
            continue
        for key, domain in value.items():
            if key not in ATTRS:
                yield node.sourceline, "attrs of %s" % key
            elif isinstance(domain, (bool, int)):
                yield node.sourceline, "constant in attrs: write %s='1'" % key
            else:
                for message in _domain_findings(domain):
                    yield node.sourceline, "attrs: %s" % message


@rule("xml")
def check_states_are_words(source):
    """states= is a list of words, on buttons and containers only."""
    for node in elements(source.root):
        states = node.get("states")
        if states is not None and not all(
            part.strip().isidentifier() for part in states.split(",")
        ):
            yield node.sourceline, "states=%r" % states


@rule("xml")
def check_modifiers_are_constants(source):
    """invisible="expression" fails up to 16: attrs."""
    for _record, _model, arch in views(source.root):
        for node in elements(arch):
            for name in ("invisible", "readonly", "required", "column_invisible"):
                value = node.get(name)
                if name == "column_invisible" and value is not None:
                    yield node.sourceline, "column_invisible is new in 17: attrs"
                elif (
                    value is not None
                    and node.tag != "attribute"
                    and (value not in CONSTANTS)
                ):
                    yield node.sourceline, "%s=%r: use attrs" % (name, value)


@rule("xml")
def check_no_view_type(source):
    """view_type of an action is gone in 14 and needed nowhere."""
    for record in records(source.root):
        node = field(record, "view_type")
        if node is not None:
            yield node.sourceline, "view_type"
        node = field(record, "view_mode")
        if node is not None and "list" in (node.text or ""):
            yield node.sourceline, "view_mode says list: the build does that for 18"


@rule("xml")
def check_t_names(source):
    """t-name is in a kanban view's templates, and is kanban-box."""
    for _record, _model, arch in views(source.root):
        for node in elements(arch):
            name = node.get("t-name")
            if name is None:
                continue
            above = [each.tag for each in node.iterancestors()]
            if "kanban" not in above:
                yield node.sourceline, "t-name outside a kanban view"
            elif name != "kanban-box":
                yield node.sourceline, "t-name %r: the build knows kanban-box" % name


@rule("xml")
def check_search_views(source):
    """Search views: named filters, a field, groups without attributes."""
    for _record, _model, arch in views(source.root):
        for search in arch.iter("search"):
            if search.getparent() is not arch:
                continue
            if not list(search.iter("field")):
                yield search.sourceline, "search view without a field"
            for node in search.iter("filter"):
                if not node.get("name"):
                    yield node.sourceline, "filter without a name"
            for node in search.iter("group"):
                if node.attrib:
                    yield node.sourceline, "<group> of a search view with attributes"


@rule("xml")
def check_trees_are_plain(source):
    """No string, colors or fonts on <tree>."""
    for _record, _model, arch in views(source.root):
        for node in arch.iter("tree"):
            for name in ("string", "colors", "fonts"):
                if node.get(name) is not None:
                    yield node.sourceline, "%s= on <tree>" % name


@rule("xml")
def check_organisation_columns(source):
    """Lists show the organisation only where there are several."""
    for _record, model, arch in views(source.root):
        for node in [] if model == "dingding.corp" else arch.iter("tree"):
            for column in node.findall("field[@name='corp_id']"):
                groups = (column.get("groups") or "").split(",")
                if not column.get("invisible") and (
                        "dingding.group_multi_corp" not in groups):
                    yield column.sourceline, "corp_id without group_multi_corp"


@rule("xml")
def check_groups_records(source):
    """res.groups without category and users, records without groups_id."""
    for record in records(source.root):
        if record.get("model") == "res.groups":
            for name in ("category_id", "users", "user_ids"):
                if field(record, name) is not None:
                    yield record.sourceline, "res.groups with %s" % name
        for name in ("groups_id", "group_ids"):
            if field(record, name) is not None:
                yield record.sourceline, "%s: use groups= of the menu or button" % name


@rule("xml")
def check_crons(source):
    """Crons: code on a model, endless (numbercall -1), no catching up."""
    for record in records(source.root, "ir.cron"):
        for name, wanted in (
            ("numbercall", "-1"),
            ("doall", "False"),
            ("state", "code"),
        ):
            node = field(record, name)
            value = (
                None if node is None else (node.get("eval") or node.text or "").strip()
            )
            if value != wanted:
                yield record.sourceline, "cron: %s is %s, not %s" % (
                    name,
                    value,
                    wanted,
                )
        for name in ("model_id", "code", "user_id", "interval_number", "interval_type"):
            if field(record, name) is None:
                yield record.sourceline, "cron without %s" % name
        code = field(record, "code")
        if code is not None and not (code.text or "").strip().startswith(
            "model._cron_"
        ):
            yield code.sourceline, "cron calls something else than model._cron_...()"


@rule("xml")
def check_chatter(source):
    """The chatter is the div that the build knows."""
    for _record, _model, arch in views(source.root):
        for node in arch.iter("div"):
            if "oe_chatter" not in (node.get("class") or "").split():
                continue
            names = [each.get("name") for each in node.findall("field")]
            if names != [each for each in CHATTER if each in names] or not names:
                yield node.sourceline, "chatter holds %s" % ", ".join(map(str, names))
            if node.getparent().tag != "form" or node.getnext() is not None:
                yield node.sourceline, "chatter is not the last part of the form"


def _own(reference, source):
    """Tell whether an XML id is of this project."""
    return "." not in reference or reference.startswith("dingding")


def _inherited(node):
    inherit = field(node, "inherit_id") if node.tag == "record" else None
    if inherit is not None:
        return inherit.get("ref") or ""
    return node.get("inherit_id") or ""


@rule("xml")
def check_anchors(source):
    """Foreign views are extended at anchors that all series have."""
    for node in records(source.root, "ir.ui.view") + list(source.root.iter("template")):
        inherited = _inherited(node)
        if not inherited or _own(inherited, source) or "assets" in inherited:
            continue
        allowed = ANCHORS.get(inherited, ())
        for each in elements(node):
            position, expression = each.get("position"), each.get("expr")
            if each.tag == "xpath" or position is not None and each.tag != "attribute":
                anchor = expression or "//%s[@name='%s']" % (each.tag, each.get("name"))
                if anchor not in allowed:
                    yield each.sourceline, "%s in %s: not known on 11 to 19" % (
                        anchor,
                        inherited,
                    )


@rule("xml")
def check_no_hasclass(source):
    """Classes change between series; only the settings page is rewritten."""
    allowed = set().union(*ANCHORS.values())
    for node in elements(source.root):
        expression = node.get("expr") or ""
        if "hasclass" in expression and expression not in allowed:
            yield node.sourceline, "anchor by class: %s" % expression
        if "@class" in expression:
            yield node.sourceline, "anchor by class: %s" % expression


@rule("xml")
def check_no_replace(source):
    """Nothing of a foreign view is replaced."""
    for node in elements(source.root):
        if node.get("position") == "replace":
            yield node.sourceline, "position='replace' breaks other addons"


@rule("xml")
def check_assets_stand_alone(source):
    """A file with templates of web.assets_* has nothing else."""
    templates = list(source.root.iter("template"))
    assets = [
        each
        for each in templates
        if (each.get("inherit_id") or "").startswith("web.assets_")
    ]
    if assets and len(assets) != len(
        [each for each in source.root if isinstance(each.tag, str)]
    ):
        yield assets[0].sourceline, "assets beside other records"


@rule("xml")
def check_object_buttons(source):
    """A button calls an ``action_`` method."""
    for _record, _model, arch in views(source.root):
        for node in arch.iter("button"):
            name = node.get("name") or ""
            if node.get("type") == "object" and not name.startswith("action_"):
                yield node.sourceline, "button calls %s" % name


def _modes(action):
    """Return the kinds of views of a window action."""
    node = field(action, "view_mode")
    return (node.text or "").split(",") if node is not None else ["tree", "form"]


@rule("xml")
def check_actions_have_help(source):
    """An action that opens a list has help for the empty list."""
    for action in records(source.root, "ir.actions.act_window"):
        if _modes(action) != ["form"] and field(action, "help") is None:
            yield action.sourceline, "%s has no help" % action.get("id")


@rule("xml")
def check_forms_fit_phones(source):
    """Odoo 11 makes each sheet 650 pixels wide, unless the form has this class."""
    for record, _model, arch in views(source.root):
        for form in arch.iterchildren("form"):
            if form.find("sheet") is not None and "o_dingding_narrow" not in (
                form.get("class") or ""
            ).split():
                yield form.sourceline, "%s is too wide for a phone" % record.get("id")


#: Lists with numbers that nobody would add up: the monthly usage has charts of its own,
#: and a group has as many people as it has.
NO_FIGURES = {"dingding.budget", "dingding.attendance.group"}


@rule("addon")
def check_figures_have_charts(addon):
    """A list with stored figures has graph and pivot views."""
    figures, kinds = {}, {}
    for model in addon.models:
        for name, call in model.fields.items():
            if dotted(call.func).split(".")[-1] in (
                "Integer", "Float", "Monetary"
            ) and not keyword(call, "compute"):
                for each in [model.name] if model.name else model.inherit:
                    figures.setdefault(each, set()).add(name)
    shown = []
    for source in addon.well_formed_xml:
        for record, model, arch in views(source.root):
            kinds.setdefault(model, set()).update(each.tag for each in elements(arch))
            for tree in arch.iterchildren("tree"):
                shown.append((source, record, model, {
                    node.get("name") for node in tree.iterchildren("field")
                    if node.get("invisible") != "1"
                    and node.get("widget") not in ("handle", "progressbar")}))
    for source, record, model, names in shown:
        wanted = sorted(names & figures.get(model, set()))
        if wanted and model not in NO_FIGURES and not (
            {"graph", "pivot"} <= kinds[model]
        ):
            yield source.path, record.sourceline, "%s has no graph or pivot of %s" % (
                model, ", ".join(wanted))


@rule("addon")
def check_help_is_seen(addon):
    """11 hides oe_view_nocontent_create from those who cannot create in the list."""
    closed, open_ = set(), set()
    for source in addon.well_formed_xml:
        for _record, model, arch in views(source.root):
            for tree in arch.iterchildren("tree"):
                never = tree.get("create") in ("0", "false")
                (closed if never else open_).add(model)
    readers = _reading_menus(addon)
    for source in addon.well_formed_xml:
        for action in records(source.root, "ir.actions.act_window"):
            node, model = field(action, "help"), field(action, "res_model")
            if node is None or not node.xpath(
                ".//*[@class='oe_view_nocontent_create']"
            ):
                continue
            if model.text in closed - open_:
                yield source.path, action.sourceline, (
                    "the title of %s is hidden" % action.get("id"))
            for group in sorted(readers.get(action.get("id"), ())):
                if not _may_create(addon, model.text, group):
                    yield source.path, action.sourceline, (
                        "the title of %s is hidden from %s" % (action.get("id"), group))


def _reading_menus(addon):
    """Return action -> the groups that see a menu of it."""
    found = {}
    for source in addon.well_formed_xml:
        for menu in source.root.iter("menuitem"):
            found.setdefault(menu.get("action"), set()).update(
                group for group in (menu.get("groups") or "").split(",") if group)
    return found


def _may_create(addon, model, group):
    """Tell whether the addon's rights let a group create records of a model.

    :return: also True if they say nothing of the group
    """
    source = addon.file("security/ir.model.access.csv")
    rows = [
        row for _number, row in acl_rows(source) if len(row) == 8
        and row[2].split(".")[-1] == "model_" + model.replace(".", "_")
        and row[3].split(".")[-1] == group.split(".")[-1]
    ] if source else []
    return not rows or any(row[6] == "1" for row in rows)


@rule("xml")
def check_groups_in_views(source):
    """groups= in a view names the module: otherwise nobody sees the element."""
    for _record, _model, arch in views(source.root):
        for node in elements(arch):
            for group in (node.get("groups") or "").split(","):
                if group.strip() and "." not in group:
                    yield node.sourceline, "groups=%r without its module" % group


def _gates(node):
    """Return the groups that see a node: a set for each groups= on it and above."""
    return [
        {group.strip() for group in each.get("groups").split(",")}
        for each in [node] + list(node.iterancestors())
        if each.get("groups")
    ]


def _asked_for(node):
    """Return the fields in the attrs and states of a node."""
    names = {"state"} if node.get("states") else set()
    try:
        domains = ast.literal_eval((node.get("attrs") or "{}").strip()).values()
    except (AttributeError, SyntaxError, ValueError):
        return names  # check_attrs_are_literals speaks
    for domain in domains:
        for term in domain if isinstance(domain, list) else []:
            if isinstance(term, (tuple, list)) and len(term) == 3:
                names.add(term[0])
    return names


def _has(gate, needed):
    """Tell whether all who pass a gate are in one of the groups."""
    return all({group, *IMPLIED.get(group, ())} & needed for group in gate)


def _given_to(addon):
    """Return {(model, field): groups} of fields with groups=."""
    models = [model for each in addon.with_depends for model in each.models]
    own = {}
    for model in models:
        for name in [model.name] if model.name else model.inherit:
            for field_name, call in model.fields.items():
                groups = text_of(keyword(call, "groups"))
                if groups:
                    own.setdefault(name, {})[field_name] = set(groups.split(","))
    found = {
        (model, name): groups
        for model, names in own.items()
        for name, groups in names.items()
    }
    for model in models:
        for mixin in model.inherit if model.name else ():
            for name, groups in own.get(mixin, {}).items():
                found.setdefault((model.name, name), groups)
    return found


@rule("addon")
def check_attrs_ask_for_what_is_there(addon):
    """Everybody who sees an element has the fields of its attrs.

    A field with groups= is not in the form of others: up to 15 the page breaks, from 16
    on the view is refused.
    """
    given_to = _given_to(addon)
    for source in addon.well_formed_xml:
        for _record, model, arch in views(source.root):
            places = {}
            for node in arch.iter("field"):
                places.setdefault(node.get("name"), []).append(_gates(node))
            for node in elements(arch):
                own = _gates(node)
                for name in sorted(_asked_for(node)):
                    needed = list(min(places.get(name, [[]]), key=len))
                    if (model, name) in given_to:
                        needed.append(given_to[model, name])
                    for groups in needed:
                        if not any(_has(gate, groups) for gate in own):
                            yield source.path, node.sourceline, (
                                "attrs of %s, which only %s have"
                                % (name, ", ".join(sorted(groups)))
                            )


def _names_in(text):
    """Return the names that a Python expression reads from the record.

    Names after ``parent.`` belong to the outer view.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        return set()  # a domain that names only its fields
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
    } - CLIENT_NAMES


def _inner(view):
    """Return the nodes of a view, without those of nested views."""
    found = []
    for node in view:
        if isinstance(node.tag, str):
            found.append(node)
            if node.tag not in ("tree", "form", "kanban"):
                found += _inner(node)
    return found


def _needed_by(view):
    """Return the fields that a view inside a form evaluates."""
    names = set()
    for name, value in view.attrib.items():
        if name.startswith("decoration-"):
            names |= _names_in(value)
    for node in _inner(view):
        names |= {name for name in _asked_for(node) if "." not in name}
        for name in ("domain", "context"):
            names |= _names_in(node.get(name) or "{}")
    return names


def _forms_of(addon):
    """Return {model: form} of the addon and its dependencies."""
    found = {}
    for other in addon.with_depends:
        for source in other.well_formed_xml:
            for record, model, arch in views(source.root):
                form = arch.find("form")
                if form is not None and field(record, "inherit_id") is None:
                    found.setdefault(model, form)
    return found


def _comodels(addon):
    return {
        (model.name, name): text_of(call.args[0])
        for each in addon.with_depends
        for model in each.models
        for name, call in model.fields.items()
        if call.args and text_of(call.args[0])
    }


@rule("addon")
def check_dialogs_have_what_is_evaluated(addon):
    """A list in a form and its dialog have the fields that either evaluates.

    A line created in a dialog has the dialog's fields only: a decoration of the list
    that needs another one crashes the client.
    """
    forms, comodels = _forms_of(addon), _comodels(addon)
    for source in addon.well_formed_xml:
        for _record, model, arch in views(source.root):
            for node in arch.iter("field"):
                tree, form = node.find("tree"), node.find("form")
                if tree is None or node.get("readonly") == "1":
                    continue
                needed = _needed_by(tree)
                if form is not None:
                    needed |= _needed_by(form)
                elif not tree.get("editable"):
                    # The dialog is the model's own form, which has its fields.
                    form = forms.get(comodels.get((model, node.get("name"))))
                for view in (each for each in (tree, form) if each is not None):
                    names = {
                        each.get("name") for each in _inner(view) if each.tag == "field"
                    }
                    for name in sorted(needed - names):
                        yield source.path, node.sourceline, (
                            "the %s of %s lacks %s" % (view.tag, node.get("name"), name)
                        )


@rule("addon")
def check_buttons_exist(addon):
    """The methods of buttons and crons exist."""
    known = set()
    for other in addon.with_depends:
        for source in other.python:
            try:
                known |= {
                    node.name
                    for node in source.walk
                    if isinstance(node, ast.FunctionDef)
                }
            except SyntaxError:
                continue
    for source in addon.well_formed_xml:
        for _record, model, arch in views(source.root):
            for node in arch.iter("button"):
                name = node.get("name") or ""
                if (
                    node.get("type") == "object"
                    and name not in known
                    and (model.startswith("dingding."))
                ):
                    yield source.path, node.sourceline, "no method %s()" % name
        for record in records(source.root, "ir.cron"):
            code = field(record, "code")
            name = (
                (code.text or "").strip()[6:].split("(")[0] if code is not None else ""
            )
            if name and name not in known:
                yield source.path, code.sourceline, "no method %s()" % name
