# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.hooks import (
    forget_app_secrets,
    forget_field_names,
    load_inherited_statuses,
)


def post_init_hook(cr_or_env, registry=None):
    """Load translations that were read before this addon's models."""
    load_inherited_statuses(cr_or_env)


def uninstall_hook(cr_or_env, registry=None):
    """Delete leftover secrets and field names."""
    forget_app_secrets(cr_or_env, "callback_keys")
    forget_field_names(cr_or_env, "dingding_callback")
