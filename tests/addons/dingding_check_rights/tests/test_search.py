# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Whoever is shown a field can search by it, too.

Later series refuse a search by a field that is related to one which the user may not
read, and with it the filters and groups of his lists.
"""
import logging

from odoo.exceptions import AccessError

from odoo.addons.dingding.tests.common import call_as, portable

from .matrix_case import MatrixCase


@portable
class TestSearch(MatrixCase):
    def test_by_every_field_that_is_shown(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        models = [
            name for name in sorted(self.env.registry.models)
            if name.startswith("dingding.") and not self.env[name]._abstract
        ]
        searched, refused = 0, []
        for role in ("employee", "dingtalk", "manager", "hr"):
            for model in models:
                for name in self._shown(self.roles[role], model):
                    searched += 1
                    try:
                        call_as(
                            self.roles[role], model, "search", [(name, "=", False)],
                            limit=1)
                    except AccessError:
                        refused.append("%s.%s as %s" % (model, name, role))
        self.assertGreater(searched, 1000)
        self.assertFalse(refused, "\n".join(refused))

    def _shown(self, user, model):
        try:
            call_as(user, model, "search", [], limit=1)
        except AccessError:
            return []
        shown = call_as(user, model, "fields_get", [], ["store"])
        return sorted(name for name in shown if self.env[model]._fields[name].store)
