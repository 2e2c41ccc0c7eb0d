# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

OURS = "dingding"


class IrModel(models.Model):
    _inherit = "ir.model"

    def _reflect_model_params(self, model):
        """Leave out the documentation of our classes that extend a model.

        From 16 on Odoo erases the translations of a model's name when its description
        changes, and loads only those of the addon that changes it.
        """
        values = super()._reflect_model_params(model)
        documented = (
            cls.__doc__ for cls in type(model).mro()
            if cls.__doc__ and not _extends(cls, model)
        )
        return dict(values, info=next(documented, values["info"]))


def _extends(cls, model):
    """Tell whether a class is of one of our addons that did not create the model."""
    addon = vars(cls).get("_module") or ""
    return addon.startswith(OURS) and addon != model._original_module
