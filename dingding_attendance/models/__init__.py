# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_person_mixin
from . import dingding_attendance_shift
from . import dingding_attendance_group
from . import dingding_attendance_result
from . import dingding_attendance_day
from . import dingding_attendance_problem
from . import dingding_attendance_sync
from . import dingding_attendance_sync_read
from . import dingding_attendance_sync_write
from . import dingding_attendance_sync_line
from . import dingding_attendance_upload
from . import dingding_checkin
from . import dingding_checkin_sync
from . import dingding_alert
from . import dingding_corp
from . import dingding_corp_needs
from . import dingding_corp_overview
from . import dingding_corp_checkin
from . import dingding_event
from . import dingding_event_checkin
from . import dingding_purge
from . import dingding_queue
from . import dingding_user
from . import dingding_user_checkin
from . import hr_attendance
from . import hr_employee
from . import ir_attachment
from . import res_partner
