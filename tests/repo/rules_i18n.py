"""Translations: the .pot has today's terms, zh_CN.po translates all of them.

The terms are read from the sources, without Odoo: literals in ``_()``, labels, help and
choices of fields, texts and translated attributes of views, names of menus, actions and
groups. Further terms of Odoo's export (labels made of field names) are accepted.
"""

import ast
import re

from lxml import etree

from .sources import calls, dotted, keyword, rule, text_of

LANGUAGES = ("zh_CN",)
ATTRIBUTES = ("string", "help", "sum", "avg", "confirm", "placeholder", "title", "alt")
#: Fields of records whose value is translated, by model.
RECORD_FIELDS = {
    "ir.actions.act_window": ("name", "help"),
    "ir.actions.server": ("name",),
    "ir.actions.client": ("name",),
    "ir.actions.act_url": ("name",),
    "ir.ui.menu": ("name",),
    "res.groups": ("name", "comment"),
    "ir.module.category": ("name", "description"),
    "mail.activity.type": ("name",),
    "ir.cron": ("cron_name",),
}
INLINE = {
    "abbr",
    "b",
    "bdi",
    "bdo",
    "br",
    "cite",
    "code",
    "data",
    "del",
    "dfn",
    "em",
    "font",
    "i",
    "ins",
    "kbd",
    "keygen",
    "mark",
    "math",
    "meter",
    "output",
    "progress",
    "q",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "time",
    "u",
    "var",
    "wbr",
    "text",
}
SKIPPED = {"script", "style", "title"}
PLACEHOLDERS = re.compile(r"%\(\w+\)[sdifr]|%[sdifr]|\{\w*\}|</?[a-zA-Z]+")
#: Labels of fields that every model has.
AUTOMATIC = {
    "ID",
    "Created by",
    "Created on",
    "Display Name",
    "Last Modified on",
    "Last Updated by",
    "Last Updated on",
}


def code_terms(addon):
    """Return {text: (path, line)} of what Python code translates."""
    found = {}
    for source in addon.python:
        if source.is_test:
            continue
        for call in calls(source.tree):
            if dotted(call.func) in ("_", "_lt") and call.args:
                text = text_of(call.args[0])
                if text:
                    found.setdefault(text, (source.path, call.lineno))
        if source.layer not in ("models", "wizards"):
            continue
        for call in calls(source.tree):
            if not dotted(call.func).startswith("fields."):
                continue
            texts = [text_of(keyword(call, name)) for name in ("string", "help")]
            if call.args and dotted(call.func) not in (
                "fields.Many2one",
                "fields.One2many",
                "fields.Many2many",
                "fields.Selection",
            ):
                texts.append(text_of(call.args[0]))
            choices = keyword(call, "selection") or (
                call.args[0]
                if call.args and dotted(call.func) == "fields.Selection"
                else None
            )
            for each in getattr(choices, "elts", []):
                if isinstance(each, ast.Tuple) and len(each.elts) == 2:
                    texts.append(text_of(each.elts[1]))
            for text in texts:
                if text:
                    found.setdefault(text, (source.path, call.lineno))
    return found


def _view_terms(node):
    """Yield (line, text) of the texts in a view's arch."""
    for each in node.iter():
        if not isinstance(each.tag, str) or each.tag in SKIPPED:
            continue
        for name in ATTRIBUTES:
            if each.get(name):
                yield each.sourceline, each.get(name)
        if each.tag == "attribute" and each.get("name") in ATTRIBUTES and each.text:
            yield each.sourceline, each.text
        elif each.tag != "attribute" and _is_simple(each):
            for text in [each.text] + [child.tail for child in each]:
                # Odoo exports no type of a document.
                if text and re.search(r"[^\W\d_]", text) and "<!DOCTYPE" not in text:
                    yield each.sourceline, " ".join(text.split())


def _is_simple(node):
    """Tell whether the text around this node is exported separately.

    Odoo exports text with inline tags as one term, which is left to Odoo.
    """
    return node.tag not in INLINE and not any(
        isinstance(child.tag, str)
        and child.tag in INLINE
        and (child.text or child.tail or "").strip()
        for child in node
    )


def xml_terms(addon):
    """Return {text: (path, line)} of what data files translate."""
    found = {}
    for source in addon.xml:
        if source.inside.split("/")[0] not in ("views", "data", "security", "wizards"):
            continue
        try:
            root = etree.fromstring(source.content)
        except etree.XMLSyntaxError:
            continue
        for record in root.iter("record"):
            for field in record.findall("field"):
                model, name = record.get("model"), field.get("name")
                if model == "ir.ui.view" and name == "arch":
                    for line, text in _view_terms(field):
                        found.setdefault(text, (source.path, line))
                elif (
                    name in RECORD_FIELDS.get(model, ())
                    and field.text
                    and (field.get("type") is None and field.get("eval") is None)
                ):
                    found.setdefault(
                        field.text.strip(), (source.path, field.sourceline)
                    )
        for template in root.iter("template"):
            for line, text in _view_terms(template):
                found.setdefault(text, (source.path, line))
        for menu in root.iter("menuitem"):
            if menu.get("name"):
                found.setdefault(menu.get("name"), (source.path, menu.sourceline))
    return found


def all_texts(addon):
    """Return all texts of the sources, blanks joined."""
    found = set(AUTOMATIC)
    for source in addon.python:
        for node in source.walk:
            text = text_of(node)
            if text:
                found.add(_joined(text))
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                # Odoo's default label of a field.
                for label in (name, re.sub(r"_ids?\Z", "", name)):
                    found.add(" ".join(part.capitalize() for part in label.split("_")))
    blob = []
    for source in addon.xml:
        try:
            root = etree.fromstring(source.content)
        except etree.XMLSyntaxError:
            continue
        for node in root.iter():
            if isinstance(node.tag, str):
                found |= {_joined(value) for value in node.attrib.values()}
                found |= {_joined(text) for text in (node.text, node.tail) if text}
        blob.append(_joined(re.sub(r">\s+", ">", source.text)))
    return found, " ".join(blob)


def _joined(text):
    return " ".join(text.split())


def _po(addon, name):
    source = addon.file("i18n/%s" % name)
    return (source, source.catalog) if source else (None, None)


#: References of choices of selection fields, in 11 and in later series.
CHOICES = ("selection:", "model:ir.model.fields.selection,")
FIELDS = "model:ir.model.fields,"


@rule("addon")
def check_template_is_fresh(addon):
    """The .pot has every term of the sources and none that is gone."""
    source, catalog = _po(addon, addon.name + ".pot")
    if source is None:
        yield "%s/i18n/%s.pot" % (addon.name, addon.name), 1, "missing"
        return
    known = {_joined(entry.msgid) for entry in catalog}
    joined = " ".join(known)
    terms = dict(xml_terms(addon), **code_terms(addon))
    for text, (path, line) in sorted(terms.items(), key=lambda item: item[1]):
        if _joined(text) not in known and _joined(text) not in joined:
            yield path, line, "not in the .pot: %s" % text[:60]
    texts, blob = all_texts(addon)
    # Redefined fields keep the choices of the original.
    chosen = set().union(*(all_texts(each)[0] for each in addon.with_depends))
    for entry in catalog:
        places = [place for place, _line in entry.occurrences]
        # Of a mixin's field, too; 11 names its addon.
        is_shared = all(place.startswith(CHOICES) for place in places) or any(
            place.startswith(FIELDS) and ":%s." % addon.name not in place
            for place in places)
        text = _joined(entry.msgid)
        plain = _joined(re.sub(r">\s+", ">", entry.msgid))
        known = chosen if is_shared and places else texts
        if text not in known and plain not in blob and text not in blob:
            yield source.path, entry.linenum, "no source says: %s" % text[:60]


@rule("addon")
def check_translations_are_complete(addon):
    """Each language says everything, nothing is fuzzy, placeholders are equal."""
    _source, template = _po(addon, addon.name + ".pot")
    wanted = {(entry.msgctxt, entry.msgid) for entry in template or ()}
    for language in LANGUAGES:
        source, catalog = _po(addon, language + ".po")
        if source is None:
            yield "%s/i18n/%s.po" % (addon.name, language), 1, "missing"
            continue
        said = {}
        for entry in catalog:
            if entry.obsolete:
                yield source.path, entry.linenum, "obsolete entry"
                continue
            said[entry.msgctxt, entry.msgid] = entry
            if "fuzzy" in entry.flags:
                yield source.path, entry.linenum, "fuzzy: %s" % entry.msgid[:40]
            if not entry.msgstr.strip():
                yield source.path, entry.linenum, "not translated: %s" % entry.msgid[
                    :40
                ]
            elif sorted(PLACEHOLDERS.findall(entry.msgid)) != sorted(
                PLACEHOLDERS.findall(entry.msgstr)
            ):
                yield source.path, entry.linenum, "placeholders: %s" % entry.msgid[:40]
            elif entry.msgstr == entry.msgid and re.search(
                r"[A-Za-z]{3,} [a-z]{3,}", entry.msgid
            ):
                yield source.path, entry.linenum, "still English: %s" % entry.msgid[:40]
        for key in sorted(wanted - set(said), key=str):
            yield source.path, 1, "missing: %s" % key[1][:60]
        for key in sorted(set(said) - wanted, key=str):
            if template is not None:
                yield source.path, said[key].linenum, "not in the .pot: %s" % key[1][
                    :60
                ]


FIELD_REFERENCE = re.compile(r"model:ir\.model\.fields,\w+:(\w+)\.field_(\w+)\Z")


def _of_model(name):
    """Return the name of a field's record from 12 on; 11 has the table's."""
    return re.sub(r"\Air_act_(?=server_|window_|report_)", "ir_actions_", name)


@rule("addon")
def check_translations_have_all_references(addon):
    """One .po serves 11 to 19: old and new references, modules and odoo-python.

    So has the .pot: from 13 on Odoo takes the references from there.
    """
    names = [language + ".po" for language in LANGUAGES] + [addon.name + ".pot"]
    for name in names:
        source, catalog = _po(addon, name)
        if source is None:
            continue
        # 11 numbers the second of two fields with one name.
        shared = {
            match.group(2)
            for entry in catalog
            for match in (FIELD_REFERENCE.match(p) for p, _line in entry.occurrences)
            if match
        }
        for entry in catalog:
            where = source.path, entry.linenum
            if not re.search(
                r"^modules?: .*\b%s\b" % addon.name, entry.comment or "", re.M
            ):
                yield where + ("no '#. module: %s'" % addon.name,)
            places = [place for place, _line in entry.occurrences]
            if any(place.startswith("code:") for place in places) and (
                "odoo-python" not in (entry.comment or "")
            ):
                yield where + ("no '#. odoo-python'",)
            fields = [
                # This field itself begins with two underscores.
                _of_model(match.group(2).replace("__last_update", "last_update"))
                for match in map(FIELD_REFERENCE.match, places)
                if match
            ]
            new = {name.replace("__", "_") for name in fields if "__" in name}
            old = {name for name in fields if "__" not in name}
            if old - new or (new - old) - shared:
                yield where + ("a field in one form of reference only",)
            selections = [place for place in places if place.startswith("selection:")]
            newer = [
                place
                for place in places
                if place.startswith("model:ir.model.fields.selection,")
            ]
            if bool(selections) != bool(newer):
                yield where + ("a choice in one form of reference only",)
            views = {
                place.split(",", 1)[1]
                for place in places
                if place.startswith("model:ir.ui.view,")
            }
            terms = {
                place.split(",", 1)[1]
                for place in places
                if place.startswith("model_terms:ir.ui.view,")
            }
            if views != terms:
                yield where + ("a view in one form of reference only",)


@rule("addon")
def check_language_headers(addon):
    """Language, plural forms and charset are in the header; there is no en.po."""
    for language in LANGUAGES:
        source, catalog = _po(addon, language + ".po")
        if source is None:
            continue
        for name, wanted in (
            ("Language", language),
            ("Plural-Forms", "nplurals=1; plural=0;"),
            ("Content-Type", "text/plain; charset=UTF-8"),
        ):
            if catalog.metadata.get(name) != wanted:
                yield source.path, 1, "%s is not %s" % (name, wanted)
    for source in addon.files:
        if source.suffix == ".po" and source.name[:-3] not in LANGUAGES:
            yield source.path, 1, "language %s" % source.name[:-3]
