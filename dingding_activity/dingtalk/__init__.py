# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""DingTalk's API for this addon, without Odoo."""

from . import personal_to_dos
from . import to_dos
