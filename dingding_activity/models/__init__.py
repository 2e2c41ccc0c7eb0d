# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_alert
from . import dingding_corp_needs
from . import dingding_corp_notify
from . import dingding_corp_pause
from . import dingding_corp_todo
from . import dingding_event
from . import dingding_message_notify
from . import dingding_message_task_notify
from . import dingding_notification
from . import dingding_notification_capture
from . import dingding_notification_mail
from . import dingding_notification_rule
from . import dingding_notification_send
from . import dingding_notification_line
from . import dingding_notification_line_pause
from . import dingding_notification_line_source
from . import dingding_purge
from . import dingding_queue
from . import ir_actions_server
from . import mail_activity
from . import mail_mail
from . import dingding_remedy
from . import dingding_todo
from . import dingding_todo_change
from . import dingding_todo_page
from . import dingding_todo_sync
from . import dingding_todo_values
from . import dingding_todo_event
from . import mail_activity_todo
from . import mail_message
from . import mail_notification
from . import mail_template
from . import mail_thread
from . import res_users
from . import res_users_todo
