# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Rows of two companies in every table of the addons.

A row is made of what its model requires; ``VALUES`` names what a model needs beyond
that. A new model needs no line here unless its constraints ask for one.
"""
import collections
import datetime

from odoo import fields

from odoo.addons.dingding import compat

PREFIX = "dingding."
#: Models of other addons whose methods and fields ours extend.
EXTENDED = ("hr.department", "hr.employee", "ir.actions.server", "res.users")
DAY = datetime.date(2026, 1, 15)

#: View -> the model whose rows it shows.
VIEWS = {"dingding.budget.course": "dingding.call.count"}
#: Fields that no two rows may have alike.
UNIQUE = {
    "app_key", "component_key", "dept_id", "dingtalk_key", "event_key", "group_key",
    "instance_id", "key", "leave_code", "login", "message_key", "process_code",
    "shift_key", "userid",
}

#: Model -> function of (rows, letter of the company) that returns more values.
VALUES = {}


def values_of(model):
    """Name the function that gives a model's values beyond the required ones."""
    def decorate(function):
        VALUES[model] = function
        return function

    return decorate


class Rows(object):
    """The rows of companies A and B.

    :param env: the superuser's environment
    :param corps: {letter: organisation}
    """

    def __init__(self, env, corps):
        self.env = env
        self.of = collections.OrderedDict()
        for letter, corp in corps.items():
            self._keep(letter, corp)
            self._keep(letter, corp.app_id)
            self._keep(letter, corp.company_id)
        self._making = []
        self.letters = sorted(corps)
        for letter in self.letters:
            for name in self.models():
                self.get(name, letter)

    def _keep(self, letter, record):
        self.of.setdefault(record._name, {})[letter] = record

    def models(self):
        """Return the models to look at, those with a table, in order of their names."""
        own = [
            name for name in self.env.registry.models
            if name.startswith(PREFIX) and not self.env[name]._abstract
        ]
        return sorted(own) + list(EXTENDED)

    def get(self, name, letter):
        """Return the row of a model in a company; make it unless it is there."""
        kept = self.of.setdefault(name, {})
        if letter not in kept:
            if name in self._making:
                raise AssertionError("rows need each other: %s" % self._making)
            self._making.append(name)
            if name in VIEWS:
                self.get(VIEWS[name], letter)
                record = self.env[name].search(
                    [("corp_id", "=", self.of["dingding.corp"][letter].id)], limit=1)
            else:
                record = self.env[name].create(self.values(name, letter))
            compat.flush(self.env)
            self._making.pop()
            kept[letter] = record
        return kept[letter]

    def values(self, name, letter, made=""):
        """Return the values of a row of a model in a company.

        :param str made: makes texts differ from those of another row
        """
        model = self.env[name]
        given = VALUES[name](self, letter) if name in VALUES else {}
        values = collections.OrderedDict()
        company = model._fields.get("company_id")
        parents = set(model._inherits.values())
        for field_name, field in sorted(model._fields.items()):
            if field_name in given or field_name in parents:
                continue
            if field_name == "company_id" and company.store and not company.related:
                values[field_name] = self.of["res.company"][letter].id
            elif field_name == "corp_id" and field.store and not field.related:
                values[field_name] = self.of["dingding.corp"][letter].id
            elif field.required and field.store and not field.related and not (
                field.compute or field.default
            ):
                values[field_name] = self.value(field, letter, made)
        values.update(given)
        for field_name in UNIQUE.intersection(values) if made else ():
            value = values[field_name]
            values[field_name] = value + (
                made if isinstance(value, str) else len(made))
        return dict(values)

    def value(self, field, letter, made=""):
        """Return a value for a field."""
        if field.type == "many2one":
            return self.get(field.comodel_name, letter).id
        if field.type == "selection":
            return field.get_values(self.env)[0]
        return {
            "char": "%s-%s%s" % (field.name, letter, made),
            "text": "{}",
            "html": "<p>%s</p>" % letter,
            "integer": 1,
            "float": 1.0,
            "monetary": 1.0,
            "boolean": True,
            "date": fields.Date.to_string(DAY),
            "datetime": "%s 08:00:00" % fields.Date.to_string(DAY),
        }.get(field.type)

    def other(self, field, record):
        """Return a value for a field that differs from the stored one, or None."""
        stored = record[field.name]
        if field.type == "many2one":
            other = self.env[field.comodel_name].with_context(
                active_test=False
            ).search([("id", "!=", stored.id)], limit=1, order="id desc")
            return other.id or None
        if field.type in ("one2many", "many2many", "binary", "reference"):
            return None
        if field.type == "selection":
            values = [each for each in field.get_values(self.env) if each != stored]
            return values[0] if values else None
        if field.type == "boolean":
            return not stored
        if field.type in ("integer", "float", "monetary"):
            return (stored or 0) + 1
        if field.type == "date":
            return "2026-01-16"
        if field.type == "datetime":
            return "2026-01-16 09:00:00"
        if field.type in ("many2one_reference", "json", "properties"):
            return None
        return "%sx" % (stored or "")


@values_of("dingding.user")
def person(rows, letter):
    return {"userid": "u-%s" % letter, "name": "Person %s" % letter}


@values_of("dingding.department")
def department(rows, letter):
    return {"name": "Department %s" % letter, "dept_id": 70 + ord(letter)}


@values_of("dingding.send")
def send(rows, letter):
    return {"user_ids": [(6, 0, rows.get("dingding.user", letter).ids)]}


@values_of("dingding.signin.log")
def signin_log(rows, letter):
    return {"person_id": rows.get("dingding.user", letter).id}


@values_of("dingding.approval.mapping")
def mapping(rows, letter):
    model = rows.env["ir.model"]._get("dingding.demo.purchase")
    return {"name": "Purchases %s" % letter, "model_id": model.id}


@values_of("dingding.approval.template")
def template(rows, letter):
    return {"name": "Purchase %s" % letter, "process_code": "PROC-%s" % letter}


@values_of("dingding.approval.component")
def component(rows, letter):
    return {"component_key": "TextField-%s" % letter, "kind": "TextField"}


@values_of("dingding.approval.mapping.line")
def line(rows, letter):
    return {"source": "field", "field_path": "subject"}


@values_of("dingding.approval.mapping.approver")
def approver(rows, letter):
    return {
        "source": "person",
        "person_ids": [(6, 0, rows.get("dingding.user", letter).ids)],
    }


@values_of("dingding.approval.outcome")
def outcome(rows, letter):
    return {
        "kind": "field_value",
        "field_id": rows.env["ir.model.fields"].search(
            [("model", "=", "dingding.demo.purchase"), ("name", "=", "state")]).id,
        "value": "approved",
    }


@values_of("dingding.approval")
def approval(rows, letter):
    record = rows.get("dingding.demo.purchase", letter)
    return {
        "res_model": record._name, "res_id": record.id, "state": "done",
        "instance_id": "instance-%s" % letter,
    }


@values_of("dingding.demo.purchase")
def purchase(rows, letter):
    return {"subject": "Chairs %s" % letter}


@values_of("dingding.approval.design")
def design(rows, letter):
    model = rows.env["ir.model"]._get("dingding.demo.purchase")
    return {"model_id": model.id}


@values_of("dingding.conflict")
def conflict(rows, letter):
    return {
        "person_id": rows.get("dingding.user", letter).id, "field_name": "name",
    }


@values_of("dingding.event.refusal")
def refusal(rows, letter):
    return {"app_id": rows.of["dingding.app"][letter].id, "app_number": ord(letter)}


@values_of("res.users")
def user(rows, letter):
    company = rows.of["res.company"][letter]
    return {
        "name": "User %s" % letter, "login": "user-%s" % letter,
        "company_id": company.id, "company_ids": [(6, 0, company.ids)],
    }


@values_of("ir.actions.server")
def action(rows, letter):
    return {
        "model_id": rows.env["ir.model"]._get("res.partner").id,
        "name": "Action %s" % letter, "state": "code",
    }


@values_of("hr.employee")
def employee(rows, letter):
    return {"name": "Employee %s" % letter}


@values_of("hr.department")
def hr_department(rows, letter):
    return {"name": "HR department %s" % letter}


def purchases(rows):
    """Return the model that cards, groups and commands are for."""
    return rows.env["ir.model"]._get("dingding.demo.purchase").id


@values_of("dingding.card.setup")
def card_setup(rows, letter):
    return {
        "name": "Card %s" % letter, "key": "card.%s" % letter.lower(),
        "model_id": purchases(rows),
    }


@values_of("dingding.card.method")
def card_method(rows, letter):
    names = {"A": "message_subscribe", "B": "message_unsubscribe"}
    return {"name": names[letter], "model_id": purchases(rows)}


@values_of("dingding.card.action")
def card_action(rows, letter):
    return {"method_id": rows.get("dingding.card.method", letter).id}


@values_of("dingding.card.line")
def card_line(rows, letter):
    return {"field_path": "subject"}


@values_of("dingding.card")
def card(rows, letter):
    record = rows.get("dingding.demo.purchase", letter)
    return {"res_model": record._name, "res_id": record.id}


@values_of("dingding.card.change")
def card_change(rows, letter):
    return {"copy_id": rows.get("dingding.card.copy", letter).id}


@values_of("dingding.chat.command")
def chat_command(rows, letter):
    return {"kind": "text", "words": "word%s" % letter, "text": "Text %s" % letter}


@values_of("dingding.chat.topic")
def chat_topic(rows, letter):
    record = rows.get("dingding.demo.purchase", letter)
    return {"res_model": record._name, "res_id": record.id}


@values_of("dingding.group")
def group(rows, letter):
    return {"name": "Group %s" % letter,
            "owner_id": rows.get("dingding.user", letter).id}


@values_of("dingding.group.rule")
def group_rule(rows, letter):
    return {"model_id": purchases(rows), "group_name": "{subject}",
            "owner_path": "create_uid", "member_paths": "create_uid"}
