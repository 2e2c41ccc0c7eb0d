# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_alert
from . import dingding_check_admin
from . import dingding_corp
from . import dingding_health
from . import dingding_message
from . import dingding_send
from . import dingding_sync
from . import dingding_user
