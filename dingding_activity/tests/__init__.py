# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import test_markdown
from . import test_notification
from . import test_notification_days
from . import test_notification_file
from . import test_notification_instead
from . import test_notification_mail
from . import test_notification_pause
from . import test_notification_rights
from . import test_notification_rule
from . import test_schedule
from . import test_todo
from . import test_todo_actor
from . import test_todo_consent
from . import test_todo_page
from . import test_todo_personal
from . import test_overview
