# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import test_attendance_attacks
from . import test_attendance_sync
from . import test_attendance_events
from . import test_attendance_hand
from . import test_attendance_month
from . import test_attendance_rights
from . import test_attendance_upload
from . import test_attendance_overview
from . import test_checkin_attacks
from . import test_checkins
