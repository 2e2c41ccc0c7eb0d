# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Try what each role can do, as the web client would, and write it down.

A cell is one operation of one role on the rows of companies A and B::

    -    refused: no right
    AB   carried out on rows of these companies; of a search: their rows were found
    ab   let through, and refused for another reason than rights
    a?   let through, and failed in another way, since what was sent made no sense
    X    carried out, of a method that is about no row
"""
import collections
import inspect

from psycopg2 import IntegrityError

from odoo import models
from odoo.exceptions import (
    AccessDenied, AccessError, MissingError, UserError, ValidationError,
)

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.errors import DingTalkError
from odoo.addons.dingding.tests.common import call_as

REFUSED = (AccessError, AccessDenied, MissingError)
CONTENT = (UserError, ValidationError, DingTalkError, IntegrityError)
OURS = "dingding"
#: Name of a public method's argument -> value sent.
ARGUMENTS = {
    "values": {}, "vals": {}, "domain": [], "fields": [], "names": [], "ids": [],
    "text": "x", "title": "x", "url": "https://odoo.example.com", "name": "x",
    "subject": "x", "body": "x", "reason": "x", "key": "x", "content": "x",
}
CREATED = "made"
#: The user's interface that ``call_as`` needs.
Caller = collections.namedtuple("Caller", "env id lang")


class Matrix(object):
    """The rights of every role.

    :param env: the superuser's environment
    :param roles: OrderedDict of name -> user
    :param rows: :class:`Rows`
    """

    def __init__(self, env, roles, rows):
        self.env, self.roles, self.rows = env, roles, rows
        self._marked = False
        # Their languages are known: nothing is in memory when a call begins.
        self._callers = {
            user.id: Caller(user.env, user.id, user.lang) for user in roles.values()
        }

    # -- trying -----------------------------------------------------------------

    def attempt(self, function, letter):
        """Return the letter as the outcome of a call, see above; "" when refused."""
        cell, _answer = self.answer(function, letter)
        return cell

    def answer(self, function, letter):
        """Return (outcome, answer of the call); what it has changed is undone."""
        answer = None
        if not self._marked:
            # It stays: each call begins where the one before began.
            self.env.cr.execute("SAVEPOINT rights_matrix")
            self._marked = True
        try:
            answer = function()
            compat.flush(self.env)
            cell = letter
        except REFUSED:
            cell = ""
        except CONTENT:
            cell = letter.lower()
        except Exception:
            cell = letter.lower() + "?"
        finally:
            self.env.cr.execute("ROLLBACK TO SAVEPOINT rights_matrix")
            # Else fields of a refused call would be computed with its rights.
            self.env.clear()
        return cell, answer

    def call_as(self, user, *args, **kwargs):
        """Call a method of a model as a user of the web client."""
        return call_as(self._callers[user.id], *args, **kwargs)

    def call(self, user, record, method, *args, **kwargs):
        """Call a method of a record as a user of the web client."""
        return self.call_as(user, record._name, method, record.ids, *args, **kwargs)

    def each_letter(self, model, function):
        """Return the cell of ``function(record, letter)`` for both companies."""
        cells = [
            self.attempt(lambda: function(self.rows.get(model, letter), letter), letter)
            for letter in self.rows.letters
        ]
        return "".join(cells) or "-"

    def found(self, model, function):
        """Return the cell of a search: of whom rows were among what it returned."""
        cell, answer = self.answer(function, "x")
        if not cell or cell != "x":
            return cell and "?" or "-"
        ids = set(answer or ())
        return "".join(
            letter for letter in self.rows.letters
            if self.rows.get(model, letter).id in ids
        ) or "0"

    # -- operations --------------------------------------------------------------

    def operations(self, model):
        """Yield (name of the operation, {role: cell})."""
        rows = collections.OrderedDict(
            (name, self._row(getattr(self, "_" + name), model)) for name in (
                "read", "search_read", "name_search", "export_data", "read_group",
                "create", "create_by_default", "write", "unlink", "copy", "onchange",
            ))
        yield from rows.items()
        for name in self.methods(model):
            yield name + "()", self._row(self._method, model, name)
        yield from self._field_rows(model, rows["write"])

    def _row(self, function, *args):
        return collections.OrderedDict(
            (role, function(user, *args)) for role, user in self.roles.items()
        )

    def _read(self, user, model):
        return self.each_letter(
            model, lambda record, letter: self.call(user, record, "read")
        )

    def _search_read(self, user, model):
        return self.found(model, lambda: [
            row["id"] for row in self.call_as(
                user, model, "search_read", self._both(model), ["id"])
        ])

    def _name_search(self, user, model):
        return self.found(model, lambda: [
            row[0] for row in self.call_as(
                user, model, "name_search", "", self._both(model), limit=None)
        ])

    def _both(self, model):
        ids = [self.rows.get(model, letter).id for letter in self.rows.letters]
        return [("id", "in", ids)]

    def _export_data(self, user, model):
        return self.each_letter(
            model,
            lambda record, letter: self.call(
                user, record, "export_data", ["create_date"]),
        )

    def _read_group(self, user, model):
        """Group by each field that can be; a group of hidden rows would tell."""
        domain = self._both(model)
        cells = set()
        for name, field in self.fields(model):
            if not field.store or field.type in ("binary", "one2many", "many2many"):
                continue
            cell, groups = self.answer(
                lambda: self.call_as(
                    user, model, "read_group", domain, [name], [name]), "x")
            if not cell:
                cells.add("-")
                if not self._reads(user, model):
                    break
                continue
            if compat.SERIES in (15, 16) and name == "id" and cell != "x":
                continue  # They order by an ambiguous column.
            counts = [
                group.get("__count", group.get("%s_count" % name))
                for group in groups or ()
            ]
            cells.add(str(sum(counts)) if cell == "x" else "?")
        return "|".join(sorted(cells)) or "none"

    def _reads(self, user, model):
        """Tell whether a role may read any row of a model."""
        try:
            compat.with_user(self.env[model], user).search([], limit=1)
        except AccessError:
            return False
        finally:
            self.env.clear()
        return True

    def _create(self, user, model):
        return "".join(
            self.attempt(
                lambda: self.call_as(
                    user, model, "create", self.rows.values(model, letter, CREATED)),
                letter)
            for letter in self.rows.letters
        ) or "-"

    def _create_by_default(self, user, model):
        """The same values by the context in place of the arguments."""
        def create(letter):
            values = self.rows.values(model, letter, CREATED)
            context = {"default_%s" % name: value for name, value in values.items()}
            records = compat.with_user(
                self.env[model], user).with_context(**context).create({})
            compat.flush(records.env)
            compat.check_access(records, "read")

        return "".join(
            self.attempt(lambda: create(letter), letter) for letter in self.rows.letters
        ) or "-"

    def _write(self, user, model):
        """Write the row's own first text once more: is any write let through?"""
        return self.each_letter(
            model, lambda record, letter: self.call(user, record, "write", {})
            and compat.check_access(compat.with_user(record, user), "write")
        )

    def _unlink(self, user, model):
        return self.each_letter(
            model, lambda record, letter: self.call(user, record, "unlink")
        )

    def _copy(self, user, model):
        return self.each_letter(
            model, lambda record, letter: self.call(user, record, "copy")
        )

    def _onchange(self, user, model):
        def onchange(record, letter):
            compat.check_access(compat.with_user(record, user), "read")
            return self.call(user, record, "onchange", {}, [], {})

        return self.each_letter(model, onchange)

    # -- fields ------------------------------------------------------------------

    def fields(self, model):
        """Return (name, field) of what our addons bring to a model."""
        ours = {name for each in self._own_classes(model) for name in vars(each)}
        return [
            (name, field) for name, field in sorted(self.env[model]._fields.items())
            if name in ours
        ]

    def other_values(self, model, letter):
        """Return {field: another value than a row has} of what can be written."""
        record = self.rows.get(model, letter)
        values = {
            name: self.rows.other(field, record) for name, field in self.fields(model)
            if name not in models.MAGIC_COLUMNS
            and (field.store or field.inverse and not field.related)
        }
        return {name: value for name, value in values.items() if value is not None}

    def _field_rows(self, model, written):
        """Yield (field, {role: cell}) of those that a role can give another value.

        :param written: {role: cell}: who can write a row at all
        """
        fields, others = {}, {}
        for role, user in self.roles.items():
            for letter in written[role].strip("-").upper():
                if letter not in others:
                    others[letter] = self.other_values(model, letter)
                record = self.rows.get(model, letter)
                for name, value in others[letter].items():
                    cell = self.attempt(
                        lambda: self.call(user, record, "write", {name: value}), letter)
                    if cell:
                        cells = fields.setdefault(name, {})
                        cells[role] = cells.get(role, "") + cell
        for name in sorted(fields):
            yield "." + name, collections.OrderedDict(
                (role, fields[name].get(role, "-")) for role in self.roles
            )

    # -- methods -----------------------------------------------------------------

    def _own_classes(self, model):
        """Return the classes that our addons bring to a model."""
        return [
            parent for parent in type(self.env[model]).__mro__
            # Of the class itself: what Odoo puts together inherits the name.
            if (vars(parent).get("_module") or "").startswith(OURS)
        ]

    def methods(self, model):
        """Return the names of the public methods that our addons bring to a model."""
        names = set()
        for parent in self._own_classes(model):
            names.update(
                name for name, value in vars(parent).items()
                if not name.startswith("_") and inspect.isfunction(value)
                and not hasattr(models.BaseModel, name)
            )
        return sorted(names)

    def _method(self, user, model, name):
        method = getattr(type(self.env[model]), name)
        arguments = self.arguments(method)
        if getattr(method, "_api", None) == "model" or getattr(
            method, "_api_model", False
        ):
            return self.attempt(
                lambda: self.call_as(user, model, name, *arguments), "X") or "-"
        return self.each_letter(
            model,
            lambda record, letter: self.call(user, record, name, *arguments),
        )

    @staticmethod
    def arguments(function):
        """Return something for each argument that a method asks for."""
        return [
            ARGUMENTS.get(parameter.name)
            for parameter in list(inspect.signature(function).parameters.values())[1:]
            if parameter.default is parameter.empty
            and parameter.kind == parameter.POSITIONAL_OR_KEYWORD
        ]

    # -- result ------------------------------------------------------------------

    def table(self):
        """Return {(model, operation): {role: cell}}, in order."""
        found = collections.OrderedDict()
        for model in self.rows.models():
            for name, cells in self.operations(model):
                found[model, name] = cells
        return found
