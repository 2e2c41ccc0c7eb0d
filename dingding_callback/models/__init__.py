# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_queue
from . import dingding_event
from . import dingding_event_batch
from . import dingding_event_title
from . import dingding_event_refusal
from . import dingding_app
from . import dingding_app_failed
from . import dingding_secret
from . import dingding_corp
from . import dingding_corp_needs
from . import dingding_corp_overview
from . import dingding_corp_budget
from . import dingding_department
from . import dingding_health
from . import dingding_user
from . import dingding_sync
from . import dingding_stream_callback
from . import dingding_stream_state
from . import dingding_alert
