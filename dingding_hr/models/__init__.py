# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_hr_mixin
from . import dingding_corp
from . import dingding_corp_overview
from . import dingding_department
from . import dingding_department_follow
from . import dingding_follow
from . import dingding_sync
from . import dingding_sync_follow
from . import dingding_sync_match
from . import dingding_sync_problem
from . import dingding_user
from . import dingding_user_follow
from . import dingding_user_match
from . import hr_department
from . import hr_department_follow
from . import hr_employee
from . import hr_employee_merge
