# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import safe_path
from . import res_users
from . import dingding_corp_signin
from . import dingding_user
from . import dingding_signin_ticket
from . import dingding_signin_log
from . import dingding_signin_policy
from . import dingding_signin
from . import dingding_signin_qr
from . import dingding_signin_my
from . import dingding_purge
from . import dingding_corp_needs
from . import dingding_corp_overview
from . import dingding_corp_budget
