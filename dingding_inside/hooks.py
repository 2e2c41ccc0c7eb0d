# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.hooks import forget_field_names

# Rows of other addons' models whose selection values this addon adds.
ADDED = (
    ("dingding.token", [("kind", "=", "jsapi")]),
    ("dingding.signin.log", [("way", "=", "mini")]),
)


def uninstall_hook(cr_or_env, registry=None):
    """Delete leftover field names and, as Odoo does itself since 14.0, rows."""
    env = compat.hook_environment(cr_or_env)
    for model, domain in ADDED:
        env[model].search(domain).unlink()
    forget_field_names(cr_or_env, "dingding_inside")
