# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""No row of somebody's own shows the name of another company's record.

Odoo reads the names of linked records with all rights. A user who may link any record
of another company to a row or a dialog can therefore list their names.
"""
import logging

from odoo.addons.dingding.tests.common import portable

from .matrix import CREATED, Matrix
from .matrix_case import MatrixCase

PREFIX = "dingding."
MARK = "x"


class Names(Matrix):
    """Link records of company B to rows of company A, as a user of company A."""

    def links(self, user, model):
        """Yield (what was done, field) that showed the user a name of company B."""
        for name, field in self.fields(model):
            if not self._is_ours(field):
                continue
            strange = self.rows.get(field.comodel_name, "B")
            if self._reads_row(user, strange):
                continue
            for said, function in (
                ("write", self._written), ("create", self._created),
            ):
                cell, answer = self.answer(
                    lambda: self._shown(
                        user, function(user, model, {name: strange.id}), name, strange),
                    MARK)
                if cell == MARK and answer:
                    yield said, name

    @staticmethod
    def _is_ours(field):
        return (
            field.type == "many2one" and field.store
            and field.comodel_name.startswith(PREFIX)
        )

    def _reads_row(self, user, row):
        cell, _answer = self.answer(lambda: self.call(user, row, "read", ["id"]), MARK)
        return cell == MARK

    def _written(self, user, model, values):
        record = self.rows.get(model, "A")
        if record.is_transient():
            # People see their own dialogs only.
            record = self._created(user, model, {})
        self.call(user, record, "write", values)
        return record

    def _created(self, user, model, values):
        values = dict(self.rows.values(model, "A", CREATED), **values)
        return self.env[model].browse(self.call_as(user, model, "create", values))

    def _shown(self, user, record, name, strange):
        """Tell whether a user is shown the name of another company's record."""
        (row,) = self.call(user, record, "read", [name])
        return row[name] and row[name][0] == strange.id


@portable
class TestNames(MatrixCase):
    def test_no_name_of_another_company(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        rows = self.rows()
        names = Names(self.env, self.roles, rows)
        found = [
            "%s.%s by %s, as %s" % (model, field, said, role)
            for model in rows.models()
            for role in ("manager", "hr", "employee")
            for said, field in names.links(self.roles[role], model)
        ]
        self.assertFalse(found, "\n".join(found))
