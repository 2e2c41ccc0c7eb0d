# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What happens when an addon goes."""
from . import compat


def forget_field_names(cr_or_env, addon):
    """Delete the names that other addons gave the fields of an addon's models.

    Odoo names each field that a model has from an abstract one, such as those of the
    chatter, in the abstract one's addon, and lets that name stand when the model goes.

    :param cr_or_env: what Odoo gives a hook
    :param str addon: the one that goes
    """
    cr = compat.hook_environment(cr_or_env).cr
    # The first name of a model is that of the addon that made it.
    cr.execute(
        "DELETE FROM ir_model_data d USING ir_model_fields f, ("
        " SELECT DISTINCT ON (res_id) res_id, module FROM ir_model_data"
        " WHERE model = 'ir.model' ORDER BY res_id, id) m"
        " WHERE d.model = 'ir.model.fields' AND d.res_id = f.id"
        " AND m.res_id = f.model_id AND m.module = %s"
        " AND d.module NOT LIKE 'dingding%%'",
        [addon],
    )


def uninstall_hook(cr_or_env, registry=None):
    """Leave no name of a field behind."""
    forget_field_names(cr_or_env, "dingding")
