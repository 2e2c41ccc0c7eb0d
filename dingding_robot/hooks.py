# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.hooks import (
    forget_app_secrets,
    forget_field_names,
    forget_secrets,
    load_inherited_statuses,
)


def post_init_hook(cr_or_env, registry=None):
    """Load translations that were read before this addon's models."""
    load_inherited_statuses(cr_or_env)


def uninstall_hook(cr_or_env, registry=None):
    """Delete leftover files, secrets and field names."""
    env = compat.hook_environment(cr_or_env)
    env["ir.attachment"].search([("res_model", "=", "dingding.chat.post")]).unlink()
    for model in ("dingding.robot", "dingding.chat.message", "dingding.chat.command"):
        forget_secrets(cr_or_env, model)
    forget_app_secrets(cr_or_env, "card_secret")
    forget_field_names(cr_or_env, "dingding_robot")
