# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import importlib.util

from . import dingding_hr_mixin
from . import dingding_alert
from . import dingding_corp
from . import dingding_corp_overview
from . import dingding_corp_roster
from . import dingding_corp_employment
from . import dingding_department
from . import dingding_department_follow
from . import dingding_follow
from . import dingding_purge
from . import dingding_queue
from . import dingding_roster_field
from . import dingding_roster_log
from . import dingding_roster_change
from . import dingding_roster_change_employment
from . import dingding_joiner
from . import dingding_sync
from . import dingding_sync_follow
from . import dingding_sync_named
from . import dingding_sync_line
from . import dingding_sync_match
from . import dingding_sync_problem
from . import dingding_user
from . import dingding_user_follow
from . import dingding_user_match
from . import dingding_user_roster
from . import dingding_user_employment
from . import hr_department
from . import hr_department_follow
from . import hr_employee
from . import hr_employee_merge
from . import hr_employee_roster

if importlib.util.find_spec("odoo.addons.hr.models.hr_version") is not None:
    from . import hr_employee_version
    from . import hr_version
