# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import compat
from . import models
from . import controllers
from . import wizards

from .hooks import forget_field_names


def uninstall_hook(cr_or_env, registry=None):
    """Leave no name of a field behind."""
    forget_field_names(cr_or_env, "dingding")
