# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Users who see a field can search by it, too, and read what they can group by.

Later series refuse a search by a field that is related to one which the user may not
read, and with it the filters and groups of his lists.
"""
import ast
import logging

from lxml import etree

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
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

    def test_groups_that_are_offered(self):
        """Clients of 12 open no list that offers to group by a field they do not know.
        """
        offered, unknown = 0, []
        for role in ("employee", "dingtalk", "manager", "hr"):
            for model in sorted(self.env.registry.models):
                shown = model.startswith("dingding.") and not (
                    self.env[model]._abstract) and self._shown(self.roles[role], model)
                for name in self._groups(self.roles[role], model) if shown else ():
                    offered += 1
                    if name not in shown:
                        unknown.append("%s.%s as %s" % (model, name, role))
        self.assertGreater(offered, 100)
        self.assertFalse(unknown, "\n".join(unknown))

    @staticmethod
    def _groups(user, model):
        """Return the fields that the search view of a model groups by."""
        name = "get_view" if compat.SERIES >= 16 else "fields_view_get"
        arch = call_as(user, model, name, view_type="search")["arch"]
        contexts = [
            ast.literal_eval(each.get("context") or "{}")
            for each in etree.fromstring(arch).iter("filter")
            if each.get("invisible") != "1"]
        return [
            each["group_by"].split(":")[0] for each in contexts if "group_by" in each]

    def _shown(self, user, model):
        try:
            call_as(user, model, "search", [], limit=1)
        except AccessError:
            return []
        shown = call_as(user, model, "fields_get", [], ["store"])
        return sorted(name for name in shown if self.env[model]._fields[name].store)
