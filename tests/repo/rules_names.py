"""Names of records, files and classes (OCA's patterns)."""

import re

from .sources import field, records, rule, views

#: Last words of an ACL row's id, by group.
GROUP_WORDS = {
    "base.group_user": ("employee",),
    "base.group_system": ("system", "nobody"),
    "base.group_portal": ("portal",),
    "base.group_public": ("public",),
}


def _underscored(model):
    return model.replace(".", "_")


def _arch_type(arch):
    for node in arch:
        if isinstance(node.tag, str):
            return node.tag
    return ""


@rule("xml")
def check_view_names(source):
    """View ids are <model>_view_<type>, names <model>.view.<type>."""
    for record, model, arch in views(source.root):
        inherit, identity = field(record, "inherit_id"), record.get("id") or ""
        name = (
            (field(record, "name").text or "")
            if field(record, "name") is not None
            else ""
        )
        if inherit is not None:
            original = (inherit.get("ref") or "").split(".")[-1]
            if identity != original:
                yield record.sourceline, "inherits %s, is called %s" % (
                    original,
                    identity,
                )
            continue
        kind = _arch_type(arch)
        wanted = "%s_view_%s" % (_underscored(model), kind)
        if not re.match(re.escape(wanted) + r"(_[a-z0-9_]+)?\Z", identity):
            yield record.sourceline, "view %s is not called %s" % (identity, wanted)
        wanted = "%s.view.%s" % (model, kind)
        if not re.match(re.escape(wanted) + r"(\.[a-z0-9_.]+)?\Z", name):
            yield record.sourceline, "view is named %s, not %s" % (name, wanted)


def _id_like(record, model, middle):
    pattern = r"%s_%s(_[a-z0-9_]+)?\Z" % (re.escape(_underscored(model)), middle)
    return re.match(pattern, record.get("id") or "")


def _model_of(record):
    node = field(record, "model_id")
    reference = node.get("ref") if node is not None else None
    return (reference or "").split(".")[-1].replace("model_", "", 1)


@rule("xml")
def check_action_names(source):
    """Action ids are <model>_action, <model>_action_<detail>."""
    for record in records(source.root, "ir.actions.act_window"):
        node = field(record, "res_model")
        model = (node.text or "").strip() if node is not None else ""
        if not _id_like(record, model, "action"):
            yield record.sourceline, "action %s is not called %s_action" % (
                record.get("id"),
                _underscored(model),
            )
    for record in records(source.root, "ir.actions.server"):
        if not _id_like(record, _model_of(record), "action"):
            yield record.sourceline, "action %s is not called %s_action" % (
                record.get("id"),
                _model_of(record),
            )


@rule("xml")
def check_menu_names(source):
    """Menu ids are <model or addon>_menu, ..._menu_<detail>."""
    for node in source.root.iter("menuitem"):
        if not re.match(r"[a-z0-9_]+_menu(_[a-z0-9_]+)?\Z", node.get("id") or ""):
            yield node.sourceline, "menu %s" % node.get("id")
    for record in records(source.root, "ir.ui.menu"):
        yield record.sourceline, "a menu is written with <menuitem>"


@rule("xml")
def check_cron_names(source):
    """Cron ids are <model>_cron_<what>."""
    for record in records(source.root, "ir.cron"):
        if not _id_like(record, _model_of(record), "cron"):
            yield record.sourceline, "cron %s is not called %s_cron_..." % (
                record.get("id"),
                _model_of(record),
            )


@rule("xml")
def check_rule_names(source):
    """Record rules are <model>_rule_<whom>, groups group_<whom>."""
    for record in records(source.root, "ir.rule"):
        if not _id_like(record, _model_of(record), "rule"):
            yield record.sourceline, "rule %s is not called %s_rule_..." % (
                record.get("id"),
                _model_of(record),
            )
    for record in records(source.root, "res.groups"):
        identity = record.get("id") or ""
        if "." not in identity and not re.match(r"group_[a-z_]+\Z", identity):
            yield record.sourceline, "group %s" % identity


@rule("xml")
def check_ids_without_module(source):
    """Own ids have no module, ids are unique, id comes before model."""
    seen = set()
    for node in source.root.iter("record", "template", "menuitem"):
        identity = node.get("id") or ""
        if identity.startswith(source.addon + "."):
            yield node.sourceline, "own module in the id %s" % identity
        if identity in seen:
            yield node.sourceline, "the id %s is there twice" % identity
        seen.add(identity)
        if node.tag == "record" and list(node.attrib)[:2] != ["id", "model"]:
            yield node.sourceline, "attributes of a record: id, then model"


@rule("addon")
def check_acl_names(addon):
    """ACL ids are access_<model>_<group>."""
    source = addon.file("security/ir.model.access.csv")
    if source is None:
        return
    for number, row in acl_rows(source):
        if len(row) < 4:
            continue
        model = row[2].split(".")[-1].replace("model_", "", 1)
        group = row[3].strip()
        words = GROUP_WORDS.get(group, (group.split(".")[-1].replace("group_", "", 1),))
        if row[0] not in ["access_%s_%s" % (model, word) for word in words]:
            yield source.path, number, "%s is not called access_%s_%s" % (
                row[0],
                model,
                words[0],
            )


def acl_rows(source):
    return [
        (number, line.rstrip("\r").split(","))
        for number, line in enumerate(source.lines[1:], 2)
        if line.strip()
    ]


@rule("addon")
def check_model_files(addon):
    """A model has a file named after it; so has its view.

    A class that extends a model may be in <model>_<part>.py.
    """
    for model in addon.models:
        names = [model.name] if model.name else model.inherit
        if model.base == "AbstractModel":
            continue
        wanted = {_underscored(name or "") for name in names}
        stem = model.source.name[:-3]
        is_part = not model.name and any(
            stem.startswith(each + "_") for each in wanted if each)
        if stem not in wanted and not is_part:
            yield model.source.path, model.node.lineno, "%s belongs into %s.py" % (
                names[0],
                _underscored(names[0] or ""),
            )
    for source in addon.xml:
        folder = source.inside.split("/")[0]
        if folder in ("views", "wizards") and not re.match(
            r"[a-z0-9_]+_(views|templates|reports)\.xml\Z|menus\.xml\Z|"
            r"assets\.xml\Z",
            source.name,
        ):
            yield source.path, 1, "views belong in <model>_views.xml"


@rule("repo")
def check_abstract_models(repo):
    """An abstract model has several heirs; a part of one model extends it."""
    models, users = [each for addon in repo.addons for each in addon.models], {}
    for model in models:
        own = model.name or " ".join(
            name for name in model.inherit if not name.endswith(".mixin"))
        for name in model.inherit:
            users.setdefault(name, set()).add(own)
    for model in models:
        inheriting = users.get(model.name, set()) - {"", model.name}
        if model.base == "AbstractModel" and model.name and len(inheriting) == 1:
            yield model.source.path, model.node.lineno, (
                "%s is a part of %s: a second class with _inherit" % (
                    model.name, inheriting.pop()))


@rule("addon")
def check_modules_are_imported(addon):
    """Every module of models/, wizards/, controllers/ and tests/ is imported."""
    for folder in ("models", "wizards", "controllers", "tests"):
        index = addon.file(folder + "/__init__.py")
        for source in addon.python:
            if source.inside.split("/")[0] != folder or source.inside.count("/") != 1:
                continue
            stem = source.name[:-3]
            if stem == "__init__" or folder == "tests" and not stem.startswith("test_"):
                continue
            if index is None or not re.search(
                r"^\s*from \.(\w+)? ?import .*\b%s\b|^\s*from \.%s import"
                % (stem, stem),
                index.text,
                re.M,
            ):
                yield source.path, 1, "not imported by %s/__init__.py" % folder


#: The only entry of Settings: it opens the app.
SETTINGS_ENTRY = "dingding_menu_settings"


@rule("xml")
def check_settings_have_one_entry(source):
    """Screens are in the app; Settings has one entry that opens it."""
    for menu in source.root.iter("menuitem"):
        parent = (menu.get("parent") or "").split(".")[-1]
        if menu.get("id") != SETTINGS_ENTRY and parent in (
            SETTINGS_ENTRY, "menu_administration"
        ):
            yield menu.sourceline, "%s is below Settings" % menu.get("id")
