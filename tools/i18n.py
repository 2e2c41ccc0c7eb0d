"""``i18n``: export each addon's terms from a real Odoo, bring zh_CN.po up to date.

Each entry names its places as old and new series do. Translations are kept by source
text; missing ones go to a file that a translator returns with ``--fill``.
"""

import ast
import json
import re

from . import inside, paths
from .progress import say

LANGUAGE = "zh_CN"
MARK = "-*- terms -*-"
NUMBERED = re.compile(r"_\d+\Z")

EXPORT = """
import io, json
from odoo.tools import trans_export
module = %r
buffer = io.BytesIO()
trans_export(None, [module], buffer, "po", env.cr)
fields = {}
choices = {}
own = []
added = []
inherited = []
mixed = []
for name in env.registry.models:
    model = env[name]
    said = set()
    above = {}
    for parent in type(model).__mro__:
        given = getattr(parent, "_inherit", None) or []
        given = [given] if isinstance(given, str) else given
        # The classes of this model only, not those of its mixins.
        if "_original_module" not in vars(parent) and name == (
                vars(parent).get("_name") or "".join(given[:1])):
            above.setdefault(parent._module, set()).update(set(given) - {name})
        if getattr(parent, "_module", None) == module:
            said.update(vars(parent))
            for key, field in vars(parent).items():
                given = getattr(field, "args", None)
                given = given if isinstance(given, dict) else {}
                for _value, label in given.get("selection_add") or ():
                    added.append(["%%s,%%s" %% (name, key), label])
                known = given.get("selection")
                for value, label in known if isinstance(known, list) else ():
                    inherited.append([name, key, str(value), label])
    for field in model._fields.values():
        # 11 names it after the table, which is another word for actions.
        old = "field_%%s_%%s" %% (model._table, field.name)
        new = "field_%%s__%%s" %% (name.replace(".", "_"), field.name)
        # Two may have one name in 11: a.b + c and a + b_c.
        fields.setdefault(old, []).append([new, field.string, field.help or ""])
        # Addons that gave the field of another's mixin to the model.
        mixers = [addon for addon, mixins in above.items()
                  if addon in %r and field._module in %r and addon != field._module
                  and any(field.name in env[each]._fields for each in mixins)]
        if model._original_module == module or field.name in said:
            own.append("%%s,%%s" %% (name, field.name))
            if not mixers:
                own.append(old)
        if module in mixers:
            mixed.append([field._module, old, new, field.string, field.help or ""])
        if field.type == "selection" and isinstance(field.selection, list):
            for value, label in field.selection:
                choices.setdefault("%%s,%%s" %% (name, field.name), []).append(
                    [str(value), label])
print(%r)
print(json.dumps(
    [buffer.getvalue().decode("utf-8"), fields, choices, own, added, inherited,
     mixed]))
"""


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--only", default="", help="addons, separated by commas")
    parser.add_argument("--fill", help=(
        "JSON file {English: Chinese} to take in; {addon: {English: Chinese}} in it is "
        "for one addon"))
    parser.add_argument("--missing", help="write {English: ''} of what is missing here")


def main(options):
    """Export, merge, write; return 1 if something is not translated."""
    inside.test_environment()
    import polib

    from .stack import Stack
    fill = {}
    if options.fill:
        with open(options.fill, encoding="utf-8") as handle:
            fill = json.load(handle)
    wanted = [name for name in options.only.split(",") if name] or paths.addons()
    missing = {}
    # Demonstrations come on request: they show others' terms as their own.
    modules = paths.addons() + sorted(set(wanted) - set(paths.addons()))
    with Stack(modules=modules, start_odoo=False, simulated=False) as stack:
        for name in wanted:
            printed = stack.odoo_shell(EXPORT % (name, modules, modules, MARK))
            exported, fields, choices, own, added, inherited, mixed = json.loads(
                printed.split(MARK, 1)[1])
            template = polib.pofile(exported)
            keep_own(template, name, fields, own)
            add_choices(template, added)
            add_inherited(template, name, inherited)
            add_mixed(template, name, mixed)
            own = for_addon(fill, name)
            missing.update(write(name, template, fields, choices, own))
    if options.missing:
        with open(options.missing, "w", encoding="utf-8") as handle:
            json.dump(missing, handle, ensure_ascii=False, indent=0)
    say("%d terms are not translated." % len(missing))
    return 1 if missing else 0


def for_addon(fill, name):
    """Return {English: Chinese} for an addon."""
    common = {text: said for text, said in fill.items() if isinstance(said, str)}
    return dict(common, **(fill[name] if isinstance(fill.get(name), dict) else {}))


def keep_own(template, name, fields, own):
    """Remove other addons' terms from an export.

    Odoo exports names of models and fields with each addon that adds to them.

    :param template: what Odoo exports, changed
    :param str name: of the addon
    :param own: external ids of its fields as 11 writes them, and ``model,field``
    """
    own = set(own)
    said = texts_of(name)
    chosen = set().union(*(texts_of(addon) for addon in with_depends(name)))
    for entry in list(template):
        places = []
        for place, line in entry.occurrences:
            head, _, last = place.rpartition(".")
            if place.startswith("model:ir.model.fields,"):
                known = last if last in fields else NUMBERED.sub("", last)
                if known not in own:
                    continue
                if known != last:
                    # The number differs among databases.
                    place = "%s.%s" % (head, later(fields[known], entry.msgid))
            elif place.startswith("selection:"):
                # Choices that another addon adds to the field are that addon's.
                if place.partition(":")[2] not in own or entry.msgid not in chosen:
                    continue
            elif place.startswith("model:ir.model,name:"):
                # Nothing but the name of the model.
                bare = "model_" + entry.msgid.replace(".", "_")
                if entry.msgid not in said or last == bare:
                    continue
            places.append((place, line))
        entry.occurrences = places
        if not places:
            template.remove(entry)


def texts_of(name):
    """Return the set of all texts in the Python files of an addon."""
    files = paths.addon(name).rglob("*.py")
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    return {node.value for tree in trees for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def with_depends(name):
    """Return an addon and those of ours it depends on: it may repeat their choices."""
    found = [name]
    for each in found:
        manifest = paths.addon(each) / "__manifest__.py"
        depends = ast.literal_eval(manifest.read_text(encoding="utf-8"))["depends"]
        found += [other for other in depends
                  if other in paths.addons() and other not in found]
    return found


def add_mixed(template, name, mixed):
    """Add labels and helps of fields that the addon's models inherit from mixins.

    The fields of a mixin's addon are translated before these models exist.

    :param template: what Odoo exports, changed
    :param str name: of the addon
    :param list mixed: of [the mixin's addon, external id as 11 writes it, as 12 and
        later do, label, help]
    """
    import polib
    for addon, old, new, label, text in mixed:
        for kind, term in (("field_description", label), ("help", text)):
            if not term:
                continue
            entry = template.find(term)
            if entry is None:
                entry = polib.POEntry(msgid=term)
                template.append(entry)
            # Until 12 the external id has the mixin's addon, later the model's.
            for place in ("%s.%s" % (addon, old), "%s.%s" % (addon, new),
                          "%s.%s" % (name, new)):
                place = "model:ir.model.fields,%s:%s" % (kind, place), ""
                if place not in entry.occurrences:
                    entry.occurrences.append(place)


def add_choices(template, added):
    """Add the choices that the addon adds to others' fields.

    Odoo 11 exports choices with the addon that defines the field only.

    :param template: what Odoo exports, changed
    :param list added: of [``model,field``, label]
    """
    import polib
    for name, label in added:
        entry = template.find(label)
        if entry is None:
            entry = polib.POEntry(msgid=label)
            template.append(entry)
        place = "selection:%s" % name, "0"
        if place not in entry.occurrences:
            entry.occurrences.append(place)


def add_inherited(template, name, inherited):
    """Name choices that models of other addons inherit, as 13 and later do.

    There a choice belongs to the addon whose class lists it.

    :param template: what Odoo exports, changed
    :param str name: of the addon
    :param list inherited: of [model, field, value, label]
    """
    for model, field, value, label in inherited:
        entry = template.find(label)
        place = choice_place(name, model, field, value), "0"
        # Odoo 11 may export the label as something else, too.
        if entry is not None and place not in entry.occurrences and any(
                each.startswith("selection:") for each, _line in entry.occurrences):
            entry.occurrences.append(place)


def choice_place(name, model, field, value):
    """Return the place of a choice from 13 on."""
    return "model:ir.model.fields.selection,name:%s.selection__%s__%s__%s" % (
        name, model.replace(".", "_"), field,
        value.replace(".", "_").replace(" ", "_").lower())


def later(forms, term):
    """Return how later series name the field, of several the one with this term."""
    return next((form for form, label, text in forms if term in (label, text)),
                forms[0][0])


def write(name, template, fields, choices, fill):
    """Write the .pot and the .po of one addon; return what is not translated.

    :param str name: of the addon
    :param template: what Odoo 11 exports of the addon itself
    :param dict fields: external id of a field as 11 writes it: as 12 and later do,
        with label and help, for each field that has it
    :param dict choices: ``model,field``: list of [value, label]
    :param dict fill: translations to take in
    """
    import polib
    folder = paths.addon(name) / "i18n"
    folder.mkdir(exist_ok=True)
    template.metadata = metadata(name)
    template.header = ""
    said = dict(fill)
    target = folder / (LANGUAGE + ".po")
    # The labels of a mixin are translated in its addon.
    for addon in with_depends(name):
        known = paths.addon(addon) / "i18n" / target.name
        for entry in polib.pofile(str(known)) if known.exists() else ():
            if entry.msgstr:
                said.setdefault(entry.msgid, entry.msgstr)
    catalog = polib.POFile(wrapwidth=78)
    catalog.metadata = dict(metadata(name), **{
        "Language": LANGUAGE, "Plural-Forms": "nplurals=1; plural=0;"})
    missing = {}
    for entry in sorted(template, key=lambda each: each.msgid):
        # Odoo 11 ignores code terms whose place has no line.
        entry.occurrences = sorted(
            (place, "0" if place.startswith("code:") else line)
            for place, line in set(entry.occurrences))
        text = said.get(entry.msgid, "")
        if not text:
            missing[entry.msgid] = ""
        comment = "module: %s" % name
        if any(place.startswith("code:") for place, _line in entry.occurrences):
            comment += "\nodoo-python"
        entry.comment = comment
        entry.tcomment = ""
        entry.occurrences = every_form(entry, name, fields, choices)
        catalog.append(polib.POEntry(
            msgid=entry.msgid, msgstr=text, comment=comment,
            occurrences=entry.occurrences))
    template.sort(key=lambda each: each.msgid)
    template.wrapwidth = 78
    template.save(str(folder / (name + ".pot")))
    catalog.save(str(target))
    return missing


def metadata(name):
    """Return the header of a file, without a date."""
    return {
        "Project-Id-Version": name, "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }


def every_form(entry, name, fields, choices):
    """Return an entry's places as 11 names them and as later series do.

    :return: list of (place, line)
    """
    found = set()
    for place, line in entry.occurrences:
        found.add((place, line))
        kind, _, rest = place.partition(":")
        if place.startswith("model:ir.model.fields,"):
            head, _, xmlid = place.rpartition(".")
            if xmlid in fields:
                found.add((
                    "%s.%s" % (head, later(fields[xmlid], entry.msgid)), line))
        elif kind == "selection":
            for value, label in choices.get(rest, ()):
                if label == entry.msgid:
                    model, field = rest.split(",")
                    found.add((choice_place(name, model, field, value), "0"))
        elif place.startswith("model:") and (
                ",arch_db:" in place or ",help:" in place and "ir.actions" in place):
            found.add(("model_terms:" + rest, line))
    return sorted(found)
