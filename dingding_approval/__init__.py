# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import models
from . import wizards

from odoo.addons.dingding import compat


def post_init_hook(cr_or_env, registry=None):
    """Have the states of our rows translated: dingding says what they are."""
    compat.read_translations_again(compat.hook_environment(cr_or_env), "dingding")
