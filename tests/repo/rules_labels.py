"""Labels and selections of fields: finds what later series warn about."""

import ast
import itertools

from .sources import dotted, keyword, rule, text_of

#: Position of the label among the arguments; 0 for all other types.
POSITIONS = {"Selection": 1, "Many2one": 1, "One2many": 2, "Many2many": 4}
#: Labels of the fields that Odoo adds to each model.
AUTOMATIC = (
    "Created by", "Created on", "Display Name", "ID", "Last Modified on",
    "Last Updated by", "Last Updated on",
)


def _models(repo):
    """Return model name -> its classes, inherited models first."""
    classes, defined = {}, {}
    for addon in repo.addons:
        for model in addon.models:
            for name in [model.name] if model.name else model.inherit:
                classes.setdefault(name, []).append(model)
            if model.name:
                defined[model.name] = model

    def lineage(name, seen=()):
        found = []
        for model in classes.get(name, []):
            for parent in model.inherit:
                if parent != name and parent in defined and parent not in seen:
                    found += lineage(parent, seen + (name,))
        return found + classes.get(name, [])

    return {name: lineage(name) for name in defined}


def _label(name, call):
    """Return (label, whether it is written), or (None, False) if unknown."""
    written = keyword(call, "string")
    position = POSITIONS.get(dotted(call.func).split(".")[-1], 0)
    if written is None and len(call.args) > position:
        written = call.args[position]
    if written is not None:
        return text_of(written), True
    if keyword(call, "related") is not None or any(
        each.arg is None for each in call.keywords
    ):
        return None, False
    for end in ("_ids", "_id"):
        if name.endswith(end):
            name = name[:-len(end)]
            break
    return name.replace("_", " ").title(), False


@rule("repo")
def check_labels_differ(repo):
    """Each field of a model has its own label: from 14 on Odoo warns."""
    found = set()
    for classes in _models(repo).values():
        labels, places = {}, {}
        for model in classes:
            for name, call in model.fields.items():
                label, written = _label(name, call)
                if written or name not in labels:
                    labels[name] = label
                places[name] = (model.source.path, call.lineno)
        known = {label: "Odoo's own" for label in AUTOMATIC}
        for name, label in labels.items():
            if label in known:
                found.add(places[name] + (
                    "%s has the label '%s' of %s" % (name, label, known[label]),))
            elif label:
                known[label] = name
    for each in sorted(found):
        yield each


@rule("repo")
def check_selections_are_added(repo):
    """Changes to an inherited selection use ``selection_add``: from 13 on Odoo warns.
    """
    found = set()
    for classes in _models(repo).values():
        known = {}
        for model in classes:
            for name, call in model.fields.items():
                if dotted(call.func) != "fields.Selection" or not (
                    call.args or keyword(call, "selection") is not None
                ):
                    continue
                # A mixin may be inherited in several ways.
                if known.setdefault(name, call) is not call:
                    found.add((model.source.path, call.lineno, (
                        "%s is inherited: use compat.added_selection" % name)))
    for each in sorted(found):
        yield each


def _added(call):
    for each in call.keywords:
        if each.arg is None and isinstance(each.value, ast.Call) and (
            dotted(each.value.func).split(".")[-1] == "added_selection"
        ):
            for pair in each.value.args:
                value = text_of(pair.elts[0]) if isinstance(pair, ast.Tuple) else None
                if value:
                    yield value


@rule("repo")
def check_choices_are_added_once(repo):
    """No two addons add the same value to a selection: the last one would win."""
    known = {}
    for addon in repo.addons:
        for model in addon.models:
            for name, call in model.fields.items():
                for parent, value in itertools.product(model.inherit, _added(call)):
                    first = known.setdefault((parent, name, value), model.source.path)
                    if first != model.source.path:
                        yield model.source.path, call.lineno, (
                            "%s of %s has the value '%s' in %s" % (
                                name, parent, value, first))


#: Two fields with one external id whose labels are in every view.
TWINS = {
    "dingding.approval template_id", "dingding.approval mapping_id",
    "dingding.approval.mapping approver_source",
    "dingding.approval.mapping.approver source",
}


@rule("repo")
def check_field_ids_differ(repo):
    """No two fields have one external id on 11.0, which gives them one translation.

    There it is made of table and field: ``c_id`` of ``a.b`` and ``id`` of ``a.b.c``
    share one.
    """
    known, found = {}, set()
    for model, classes in sorted(_models(repo).items()):
        places = {}
        for each in classes:
            for name, call in each.fields.items():
                places[name] = (each.source.path, call.lineno)
        for name in sorted({"id", "create_date", "write_date"} | set(places)):
            identity = "%s_%s" % (model.replace(".", "_"), name)
            other = known.setdefault(identity, (model, name, places.get(name)))
            if other[0] == model:
                continue
            for owner, field, place in ((model, name, places.get(name)), other):
                if place and "%s %s" % (owner, field) not in TWINS:
                    found.add(place + ("%s of %s has the external id of %s on 11.0" % (
                        field, owner, other[0] if owner == model else model),))
    for each in sorted(found):
        yield each
