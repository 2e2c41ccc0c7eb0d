# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_source
from . import dingding_corp
from . import dingding_department
from . import dingding_jsapi_field
from . import dingding_run
from . import dingding_run_problem
from . import dingding_user
from . import hr_department
from . import hr_employee
