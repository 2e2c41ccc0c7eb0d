# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
from . import test_message
from . import test_secret
from . import test_signin
from . import test_signin_inside
from . import test_signin_my
from . import test_signin_pages
from . import test_signin_rules
from . import test_token
from . import test_message_results
from . import test_message_rights
from . import test_access
from . import test_message_send
from . import test_app
from . import test_health

from . import test_picture
from . import test_remedies
from . import test_background
from . import test_department
from . import test_user
from . import test_run
from . import test_run_preview
from . import test_run_policy
from . import test_run_peers
from . import test_run_progress
from . import test_change
from . import test_robot
from . import test_server_action
from . import test_jsapi
from . import test_jsapi_field
from . import test_microapp
from . import test_mini
from . import test_routes
from . import test_neutralize
from . import test_encryption
from . import test_purge
