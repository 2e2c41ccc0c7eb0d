# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The roster (花名册) of smart HR: groups of fields, people's values, leavers.

`core` keeps it, `control` has the control routes. The APIs are in `v1/hrm.py` and
`oapi/hrm.py`.
"""
