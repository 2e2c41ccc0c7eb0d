# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_token
from . import dingding_app
from . import dingding_corp_inside
from . import dingding_corp_mini
from . import dingding_signin
from . import dingding_signin_log
from . import dingding_jsapi
from . import dingding_jsapi_field
from . import dingding_microapp
from . import dingding_mini_session
from . import dingding_mini
from . import dingding_corp_needs
from . import dingding_corp_overview
from . import dingding_corp_budget
