# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import test_event
from . import test_event_batch
from . import test_event_cost
from . import test_event_title
from . import test_failed_events
from . import test_handlers
from . import test_handlers_hr
from . import test_neutralize
from . import test_receive
from . import test_routes
from . import test_subscription
from . import test_stream
from . import test_setup_values
from . import test_health
