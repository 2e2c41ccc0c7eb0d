# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_approval_mapping
from . import dingding_approval_template
from . import dingding_demo_leave
from . import dingding_demo_line
from . import dingding_demo_purchase
