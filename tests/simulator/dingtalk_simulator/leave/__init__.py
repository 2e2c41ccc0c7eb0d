# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Leave (假期): types, requests as OA approvals, records of other systems.

`core` keeps them, `hours` counts working time and holidays, `requests` starts the
approvals of DingTalk's own leave form, `control` has the control routes. The APIs are
in `v1/leave.py` and `oapi/leave.py`.
"""
