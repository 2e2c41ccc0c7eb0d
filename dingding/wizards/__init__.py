# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import dingding_delete
from . import dingding_encryption
from . import dingding_match
from . import dingding_send
from . import dingding_send_row
from . import dingding_send_button
