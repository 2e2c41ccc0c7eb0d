# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import hidden_value
from . import background
from . import remedies
from . import dingding_secret
from . import dingding_token
from . import dingding_corp_policy
from . import dingding_corp
from . import dingding_app
from . import dingding_health
from . import dingding_health_line
from . import dingding_mirror
from . import dingding_run
from . import dingding_run_problem
from . import dingding_department
from . import dingding_user
from . import dingding_change
from . import dingding_conflict
from . import dingding_addressee
from . import dingding_media
from . import dingding_message
from . import dingding_message_task
from . import dingding_message_recipient
from . import res_users
