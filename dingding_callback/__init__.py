# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import models
from . import controllers
from . import wizards
from . import cli

from .hooks import post_init_hook, uninstall_hook
