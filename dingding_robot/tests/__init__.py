# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import test_card
from . import test_card_attack
from . import test_card_cost
from . import test_card_group
from . import test_card_late
from . import test_card_pause
from . import test_card_ready
from . import test_card_ready_apps
from . import test_card_rights
from . import test_card_stale
from . import test_card_routes
from . import test_card_text
from . import test_encryption
from . import test_purge
from . import test_remedies
from . import test_robot
from . import test_server_action
from . import test_chat
from . import test_chat_attack
from . import test_chat_cost
from . import test_chat_door
from . import test_chat_stream
from . import test_chat_topic
from . import test_chat_writer
from . import test_group
from . import test_group_attack
from . import test_group_dissolved
from . import test_group_read
from . import test_group_rule_alone
from . import test_group_rule_time
from . import test_hostile
from . import test_overview
