# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Approvals (OA 审批): templates, instances, tasks, the drive space.

`core` is the state machine, `components` checks and reads the values of forms,
`templates` the forms themselves, `details` shows instances to APIs, `drive` keeps
files, `control` has the control routes. The APIs are in `v1/workflow.py`,
`v1/storage.py` and `oapi/process.py`, the pages in `web/approvals.py`.
"""
