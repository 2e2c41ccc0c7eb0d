# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import test_signin
from . import test_signin_beside
from . import test_signin_inside
from . import test_signin_my
from . import test_signin_pages
from . import test_signin_rules
from . import test_signin_rights
from . import test_signin_routes
from . import test_setup_values
