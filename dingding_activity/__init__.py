# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import controllers
from . import dingtalk
from . import models
from . import wizards
from .hooks import post_init_hook, uninstall_hook
