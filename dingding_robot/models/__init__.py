# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_robot_slot
from . import dingding_robot
from . import dingding_robot_message
from . import dingding_card_method
from . import dingding_card_setup
from . import dingding_card_line
from . import dingding_card_action
from . import dingding_card_input
from . import dingding_card
from . import dingding_card_copy
from . import dingding_card_change
from . import dingding_card_press
from . import dingding_app_card
from . import dingding_corp_card
from . import dingding_health_card
from . import base
from . import dingding_queue
from . import dingding_corp_needs
from . import dingding_corp_overview
from . import dingding_corp_budget
from . import dingding_purge
from . import ir_actions_server
from . import remedies
from . import dingding_alert
