# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from .. import compat
from .common import DingTalkCase, portable


@portable
class TestIrModel(DingTalkCase):
    def test_descriptions_of_extended_models_stay(self):
        """A change would erase the translations of the names of Odoo's models."""
        if compat.SERIES < 12:
            self.skipTest("Odoo 11 writes them elsewhere, and erases nothing.")
        wrong = []
        for name in ("res.users", "ir.default", "dingding.corp"):
            model = self.env[name]
            info = self.env["ir.model"]._get(name).info
            wrong += [
                "%s: %s, of %s" % (name, info, cls._module)
                for cls in type(model).mro()
                if cls.__doc__ == info
                and (vars(cls).get("_module") or "").startswith("dingding")
                and cls._module != model._original_module
            ]
        self.assertFalse(wrong, "\n".join(wrong))
