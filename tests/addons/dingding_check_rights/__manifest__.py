# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Rights matrix",
    "summary": "Every role against every model and public method of the addons",
    "version": "11.0.1.0.0",
    "category": "Hidden",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": [
        "dingding_activity", "dingding_approval_demo", "dingding_approval_inside",
        "dingding_attendance", "dingding_holidays", "dingding_hr", "dingding_robot",
    ],
    "data": [],
}
