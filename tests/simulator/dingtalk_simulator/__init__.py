# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A stateful local server that answers like DingTalk's open platform."""

__version__ = "0.1.0"
