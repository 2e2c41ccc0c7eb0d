# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import test_hr
from . import test_hr_cost
from . import test_hr_field
from . import test_hr_push
from . import test_hr_two
from . import test_hr_follow
from . import test_match_employees
from . import test_merge
from . import test_managers
from . import test_roster
from . import test_employment
from . import test_hr_attacks
