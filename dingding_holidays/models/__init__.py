# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_leave_type
from . import dingding_leave
from . import dingding_leave_read
from . import dingding_leave_export
from . import dingding_leave_change
from . import dingding_corp
from . import dingding_corp_holidays
from . import dingding_corp_needs
from . import dingding_event
from . import dingding_health
from . import dingding_alert
from . import dingding_purge
from . import dingding_queue
from . import dingding_remedy
from . import dingding_leave_mixin
from . import dingding_leave_type_balance
from . import dingding_leave_balance
from . import dingding_leave_balance_change
from . import dingding_leave_balance_mixin
from . import dingding_corp_balance
from . import resource_calendar_attendance
from . import resource_calendar_leaves
from ..leaves import SPLIT

if SPLIT:
    from . import hr_leave
    from . import hr_leave_allocation
else:
    from . import hr_holidays
