# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Attendance (考勤): groups, shifts, plans, punches, approvals that change results.

`core` computes the results at a moment, `month` generates a month of punches, `control`
has the control routes. The APIs are in `oapi/attendance.py` and
`v1/attendance_reports.py`.
"""
