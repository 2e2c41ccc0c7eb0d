# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Leave",
    "summary": "Leave of DingTalk in Odoo, and of Odoo in DingTalk's attendance",
    "version": "11.0.1.0.0",
    "category": "Human Resources",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Alpha",
    "depends": ["dingding_hr", "hr_holidays", "dingding_callback"],
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
    "images": ["static/description/leave-types.png"],
    "data": [
        "security/dingding_holidays_rules.xml",
        "security/dingding_leave_balance_rules.xml",
        "security/ir.model.access.csv",
        "data/dingding_holidays_cron.xml",
        "data/dingding_leave_balance_cron.xml",
        "views/dingding_corp_views.xml",
        "views/dingding_leave_type_views.xml",
        "views/dingding_leave_views.xml",
        "views/dingding_leave_change_views.xml",
        "views/dingding_leave_balance_views.xml",
        "views/dingding_leave_balance_change_views.xml",
    ],
}
