# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Plain Python, without Odoo: joiners."""

from . import employment
