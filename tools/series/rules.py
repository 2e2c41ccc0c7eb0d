"""The differences in XML between series: one small function each.

A rule changes a document; ``RULES`` says from which series on.
"""

from lxml import etree

from . import expressions
from .document import remove

WITH_GROUPS = ("res.users", "ir.ui.view", "ir.ui.menu", "ir.actions.act_window",
               "ir.actions.report", "ir.actions.server", "ir.actions.client",
               "ir.actions.act_url")


def drop_view_type(document):
    """13: an action's ``view_type`` is no longer a field (R10)."""
    for element in document.xpath(
            "//record[@model='ir.actions.act_window']/field[@name='view_type']"):
        remove(element)


def company_switcher(document):
    """13: rules follow the companies that are chosen at the top of the screen (R11)."""
    for element in document.xpath(
            "//record[@model='ir.rule']/field[@name='domain_force']"):
        element.text = (element.text or "").replace(
            "user.company_ids.ids", "company_ids")


def wrapped_lists(document):
    """13: a list says whose it is: its headers and times wrap as in 11 and 12 (R12).

    ``dingding/static/src/css/narrow.css`` has what the class means.
    """
    for element in document.xpath("//record/field[@name='arch']/tree"):
        element.set(
            "class", ("%s o_dingding_wrap" % element.get("class", "")).strip())


def raw_output(document):
    """15: markup that a template was given is output by ``t-out`` (R9)."""
    for element in document.xpath("//template//*[@t-raw]"):
        element.set("t-out", element.attrib.pop("t-raw"))


def attrs_to_expressions(document):
    """17: ``attrs`` and ``states`` are refused; each modifier is an expression (R2)."""
    for element in document.xpath("//*[@attrs]"):
        modifiers = expressions.literal(element.attrib.pop("attrs"), dict)
        for name, domain in modifiers.items():
            _set_modifier(element, name, expressions.from_domain(domain))
    for element in document.xpath("//*[@states][not(self::record)]"):
        states = [state.strip() for state in element.attrib.pop("states").split(",")]
        _set_modifier(element, "invisible", "state not in %r" % states)
    for element in document.xpath("//attribute[@name='attrs']"):
        _split_attribute(element)
    for element in document.xpath("//attribute[@name='states']"):
        states = [state.strip() for state in (element.text or "").split(",")]
        element.set("name", "invisible")
        element.text = "state not in %r" % states


def _set_modifier(element, name, expression):
    before = element.get(name)
    element.set(name, expressions.either(before, expression) if before else expression)


def _split_attribute(element):
    modifiers = expressions.literal(element.text or "{}", dict)
    place = element
    for number, (name, domain) in enumerate(modifiers.items()):
        if number:
            following = etree.Element("attribute")
            following.tail = place.tail
            before = place.getprevious()
            place.tail = before.tail if before is not None else place.getparent().text
            place.addnext(following)
            place = following
        place.set("name", name)
        place.text = expressions.from_domain(domain)


def hidden_columns(document):
    """17: hiding a column of a list has its own name (R2).

    Also in views that extend a list, whose names say so.
    """
    for element in document.xpath(
            "//tree/field[@invisible='1' or @invisible='True']"
            " | //record[field[@name='inherit_id'][contains(@ref, '_tree')]]"
            "/field[@name='arch']/xpath/field[@invisible='1' or @invisible='True']"):
        element.set("column_invisible", element.attrib.pop("invisible"))


def tree_to_list(document):
    """18: the list view is called ``list`` (R1)."""
    for element in document.xpath("//tree"):
        element.tag = "list"
    for element in document.xpath("//field[@mode='tree']"):
        element.set("mode", "list")
    for element in document.xpath("//xpath[@expr]"):
        element.set("expr", _renamed_step(element.get("expr")))
    for element in document.xpath(
            "//record[@model='ir.actions.act_window'"
            " or @model='ir.actions.act_window.view']/field[@name='view_mode']"):
        element.text = ",".join(
            "list" if mode == "tree" else mode for mode in element.text.split(","))
    for element in document.xpath("//field[@mode]"):
        element.set("mode", ",".join(
            "list" if mode == "tree" else mode
            for mode in element.get("mode").split(",")))


def _renamed_step(expression):
    steps = expression.split("/")
    for number, step in enumerate(steps):
        name, bracket, condition = step.partition("[")
        if name == "tree":
            steps[number] = "list" + bracket + condition
    return "/".join(steps)


def cron_without_number(document):
    """18: scheduled actions have no number of calls (R3)."""
    for element in document.xpath(
            "//record[@model='ir.cron']/field[@name='numbercall' or @name='doall']"):
        remove(element)


def chatter(document):
    """18: the chatter is an element, not a class (R6)."""
    for element in document.xpath("//div[@class='oe_chatter']"):
        element.tag = "chatter"
        element.attrib.pop("class")
        for child in list(element):
            remove(child)
        element.text = None


def kanban_card(document):
    """18: the template of a card is called ``card`` (R7)."""
    for element in document.xpath("//kanban//t[@t-name='kanban-box']"):
        element.set("t-name", "card")


def plain_search_groups(document):
    """19: a group in a search view has no attributes (R8)."""
    for element in document.xpath("//search//group"):
        for name in ("expand", "string"):
            element.attrib.pop(name, None)


def groups_fields(document):
    """19: the fields of groups and their users were renamed (R4)."""
    for record in document.xpath("//record"):
        model = record.get("model")
        for field in record.iterchildren("field"):
            if model in WITH_GROUPS and field.get("name") == "groups_id":
                field.set("name", "group_ids")
            elif model == "res.groups" and field.get("name") == "users":
                field.set("name", "user_ids")


RULES = [
    (13, drop_view_type),
    (13, company_switcher),
    (13, wrapped_lists),
    (15, raw_output),
    (17, attrs_to_expressions),
    (17, hidden_columns),
    (18, tree_to_list),
    (18, cron_without_number),
    (18, chatter),
    (18, kanban_card),
    (19, plain_search_groups),
    (19, groups_fields),
]


def apply(document, series):
    """Apply every rule of a series to a document.

    :param int series: 11 to 19
    :raise expressions.Unreadable: for a domain that can't be an expression
    """
    for first, rule in RULES:
        if series >= first:
            rule(document)


LEGACY = "static/src/legacy/"  # for the web client of 11 to 15
OWL = "static/src/owl/"  # for the one of 16 and later
OWL_BUNDLE = "web.assets_backend"


def assets(document, series):
    """Return bundle -> addresses when the file only adds to bundles of assets (R5).

    From 15 on the manifest says so, and such a file is not loaded. See
    :func:`is_for_client`.

    :return: None when it is another kind of file
    :raise expressions.Unreadable: when it adds and does something else as well
    """
    templates = [element for element in document.root.iter("template")
                 if (element.get("inherit_id") or "").startswith("web.assets_")]
    if not templates:
        return None
    others = [element for element in document.root.iterchildren(etree.Element)
              if element not in templates]
    if others:
        raise expressions.Unreadable(
            "a file that adds to a bundle of assets does something else, too")
    found = {}
    for template in templates:
        bundle = found.setdefault(template.get("inherit_id"), [])
        for element in template.iter("link", "script"):
            address = element.get("href") or element.get("src")
            if is_for_client(address, series):
                bundle.append(address.lstrip("/"))
    return found


def is_for_client(name, series):
    """Tell whether a file is not one of the other web client's."""
    return (LEGACY if series >= 16 else OWL) not in name
