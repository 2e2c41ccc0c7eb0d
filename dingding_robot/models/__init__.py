# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_robot_slot
from . import dingding_robot
from . import dingding_robot_message
from . import dingding_queue
from . import dingding_corp_needs
from . import dingding_corp_overview
from . import dingding_corp_budget
from . import dingding_purge
from . import ir_actions_server
from . import remedies
from . import dingding_alert
from . import expression
from . import dingding_app_chat
from . import dingding_corp_chat
from . import dingding_group_rule
from . import dingding_group
from . import dingding_chat_command
from . import dingding_chat_topic
from . import dingding_chat_message
from . import dingding_chat_post
from . import dingding_chat
from . import dingding_health
from . import mail_message
