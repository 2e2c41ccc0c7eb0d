# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Press every button of every model, on rows as odd as users may find them.

Each press shows an action or a sentence, never a traceback.
"""
import json

from psycopg2 import IntegrityError

from odoo.exceptions import (
    AccessDenied, AccessError, MissingError, RedirectWarning, UserError,
    ValidationError,
)

from odoo.addons.dingding import compat

from .matrix import CREATED, Matrix

# Odoo makes a sentence of an IntegrityError.
SENTENCES = (
    AccessDenied, AccessError, IntegrityError, MissingError, RedirectWarning,
    UserError, ValidationError,
)
# Numbers have limits that a constraint keeps.
NUMBERS = ("boolean", "float", "integer", "monetary")
BUTTON = "action_"
GONE = "a deleted row"
#: Columns that buttons ask first: each of their values is tried.
STATES = ("state", "status", "lead", "kind", "source", "purpose")


class Presses(Matrix):
    """Press buttons as the web client does.

    :param env: the superuser's environment
    :param roles: OrderedDict of name -> user
    :param rows: :class:`Rows`
    """

    def __init__(self, env, roles, rows):
        super().__init__(env, roles, rows)
        self.wrong, self.count = [], 0

    def buttons(self):
        """Yield (model, method) of all buttons."""
        for model in self.rows.models():
            for name in self.methods(model):
                if name.startswith(BUTTON):
                    yield model, name

    def press(self, said, user, model, name, ids, times=1):
        """Press a button; collect what it raises or returns that no client shows.

        :param str said: what the rows are like
        """
        method = getattr(type(self.env[model]), name)
        arguments = self.arguments(method)

        def function():
            rows = ids
            if len(ids) == 1 and self.env[model].is_transient():
                # People see their own dialogs only.
                rows = [self.call_as(
                    user, model, "create", self.rows.values(model, "A", CREATED))]
            given = [] if _is_of_model(method) else [rows]
            for _time in range(times):
                answer = self.call_as(user, model, name, *(given + arguments))
                json.dumps(answer, default=str)
                if said != GONE:
                    self._open(user, answer)

        self.count += 1
        trouble = self._raised(function)
        if trouble is not None and not _is_misuse(trouble, ids):
            self.wrong.append("%s.%s() of %s, as %s: %s: %s" % (
                model, name, said, user.login, type(trouble).__name__, trouble))

    def _open(self, user, action):
        """Open the list of an action, as the web client does."""
        if isinstance(action, dict) and isinstance(action.get("domain"), list):
            self.call_as(user, action["res_model"], "search", action["domain"], limit=1)

    def _raised(self, function):
        self.env.cr.execute("SAVEPOINT press")
        try:
            function()
        except SENTENCES:
            return None
        except Exception as error:
            return error
        finally:
            self.env.cr.execute("ROLLBACK TO SAVEPOINT press")
            self.env.cr.execute("RELEASE SAVEPOINT press")
            self.env.clear()
        return None

    def press_all(self, said, roles):
        """Press all buttons of the rows as they are now, once and twice."""
        for model, name in list(self.buttons()):
            for role in roles:
                for letter in self.rows.letters:
                    ids = self.rows.get(model, letter).ids
                    self.press(said, self.roles[role], model, name, ids, times=2)

    def press_none(self, roles):
        """Press them for no row, for two rows, and for a row that is gone."""
        for model, name in list(self.buttons()):
            both = [self.rows.get(model, letter).id for letter in self.rows.letters]
            for role in roles:
                user = self.roles[role]
                self.press("no row", user, model, name, [])
                self.press("two rows", user, model, name, both)
                self.press(GONE, user, model, name, [max(both) + 100000])

    def press_states(self, roles, letter):
        """Press them for a row of each status and type."""
        for model, name in list(self.buttons()):
            row = self.rows.get(model, letter)
            for column, value in self._states(model):
                self.env.cr.execute("SAVEPOINT state")
                self._set(row, column, value)
                for role in roles:
                    self.press("%s %s" % (column, value), self.roles[role], model, name,
                               row.ids, times=2)
                self.env.cr.execute("ROLLBACK TO SAVEPOINT state")
                self.env.cr.execute("RELEASE SAVEPOINT state")
                compat.forget(self.env)

    def _states(self, model):
        fields = self.env[model]._fields
        return [
            (name, value) for name in STATES
            if name in fields and fields[name].type == "selection"
            and fields[name].store and not fields[name].related
            for value in fields[name].get_values(self.env)
        ]

    def press_emptied(self, roles, letter):
        """Press them for a row that has its required values only."""
        for model, name in list(self.buttons()):
            row, fields = self.rows.get(model, letter), self.env[model]._fields
            self.env.cr.execute("SAVEPOINT emptied")
            for field in fields.values():
                if field.column_type and field.store and not (
                    field.required or field.type in NUMBERS
                    or field.name in row._inherits.values()
                    or field.name in ("id", "active", "company_id", "corp_id")
                ):
                    self._set(row, field.name, None)
            for role in roles:
                self.press("an empty row", self.roles[role], model, name, row.ids, 2)
            self.env.cr.execute("ROLLBACK TO SAVEPOINT emptied")
            self.env.cr.execute("RELEASE SAVEPOINT emptied")
            compat.forget(self.env)

    def _set(self, row, column, value):
        """Set a column of a row, whatever the model would say."""
        compat.flush(self.env)
        self.env.cr.execute("SAVEPOINT one")
        try:
            self.env.cr.execute(
                'UPDATE "%s" SET "%s" = %%s WHERE id = %%s' % (row._table, column),
                [value, row.id], log_exceptions=False)
        except Exception:
            # The database refuses such a row itself.
            self.env.cr.execute("ROLLBACK TO SAVEPOINT one")
        self.env.cr.execute("RELEASE SAVEPOINT one")
        compat.forget(self.env)


def _is_of_model(method):
    return getattr(method, "_api", None) == "model" or getattr(
        method, "_api_model", False)


def _is_misuse(error, ids):
    """Tell whether a caller gave not one row to a button of forms."""
    return len(ids) != 1 and type(error) is ValueError and "singleton" in str(error)
