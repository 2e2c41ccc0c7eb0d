# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import test_leave_read
from . import test_leave_export
from . import test_leave_rights
from . import test_leave_holidays
from . import test_leave_types
from . import test_leave_balances
