# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_approval_ask
from . import dingding_approval_design
from . import dingding_approval_design_line
from . import dingding_approval_preview
from . import dingding_approval_propose
from . import dingding_approval_propose_line
