# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.hooks import forget_field_names, forget_secrets


def uninstall_hook(cr_or_env, registry=None):
    """Delete leftover secrets and field names."""
    forget_secrets(cr_or_env, "dingding.todo.consent")
    forget_field_names(cr_or_env, "dingding_activity")
