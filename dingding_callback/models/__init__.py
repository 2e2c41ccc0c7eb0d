# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_background
from . import dingding_event
from . import dingding_event_refusal
from . import dingding_app
from . import dingding_secret
from . import dingding_corp
from . import dingding_department
from . import dingding_user
from . import dingding_stream_state
