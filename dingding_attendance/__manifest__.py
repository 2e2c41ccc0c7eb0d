# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Attendance",
    "summary": "Attendance of DingTalk in Odoo",
    "version": "11.0.1.0.0",
    "category": "Extra Tools",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Alpha",
    "depends": ["dingding"],
    "uninstall_hook": "uninstall_hook",
    "data": [
        "security/dingding_attendance_security.xml",
        "security/ir.model.access.csv",
        "views/dingding_attendance_views.xml",
    ],
}
