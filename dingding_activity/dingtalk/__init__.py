# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""What DingTalk's API offers for this addon. Knows nothing of Odoo."""

from . import personal_to_dos
from . import to_dos
