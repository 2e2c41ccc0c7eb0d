# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from . import test_approval_access
from . import test_approval_adopt
from . import test_approval_banner
from . import test_approval_chat
from . import test_approval_cost
from . import test_approval_file
from . import test_approval_revoked
from . import test_approval_status
from . import test_approval_lock
from . import test_approval_lock_race
from . import test_approval_overview
from . import test_approval_submit
from . import test_approval_write_back
from . import test_form_values
from . import test_mapping
from . import test_mapping_rights
from . import test_needs
from . import test_preview
from . import test_setup
from . import test_template
from . import test_attacks
