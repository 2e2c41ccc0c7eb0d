# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.hooks import forget_field_names


def post_init_hook(cr_or_env, registry=None):
    """Load the translations of selection values that the dingding addon defines."""
    compat.read_translations_again(compat.hook_environment(cr_or_env), "dingding")


def uninstall_hook(cr_or_env, registry=None):
    """Delete leftover field names."""
    forget_field_names(cr_or_env, "dingding_approval")
