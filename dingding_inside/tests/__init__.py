# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import test_inside_routes
from . import test_jsapi
from . import test_jsapi_field
from . import test_link
from . import test_microapp
from . import test_mini
from . import test_mini_routes
from . import test_rights
from . import test_setup_values
