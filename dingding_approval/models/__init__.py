# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import activities
from . import statuses
from . import dingding_app
from . import dingding_corp
from . import expression
from . import dingding_approval_problem
from . import dingding_approval_reading
from . import dingding_approval_importing
from . import dingding_approval_template
from . import dingding_approval_component
from . import dingding_approval_mapping
from . import dingding_approval_mapping_line
from . import dingding_approval_mapping_approver
from . import dingding_approval_outcome
from . import dingding_approval_sending
from . import dingding_approval_following
from . import dingding_approval_polling
from . import dingding_approval_writing
from . import dingding_approval_locking
from . import dingding_approval_filing
from . import dingding_approval_adopting
from . import dingding_approval_bar
from . import dingding_approval
from . import dingding_approval_task
from . import dingding_approval_record
from . import dingding_approval_file
from . import dingding_approval_request
from . import dingding_approval_mixin
from . import dingding_background
from . import dingding_event
from . import dingding_microapp
from . import dingding_mini
from . import base
from . import ir_attachment
