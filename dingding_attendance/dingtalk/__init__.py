# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Plain Python, without Odoo: the area of DingTalk's API."""

from . import attendance
from . import checkins
from . import windows
