# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Notifications",
    "summary": "Odoo's notifications reach people in DingTalk",
    "version": "11.0.1.0.0",
    "category": "Extra Tools",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Alpha",
    "depends": ["dingding_callback", "mail"],
    "uninstall_hook": "uninstall_hook",
    "data": [
        "security/dingding_activity_security.xml",
        "security/dingding_todo_security.xml",
        "security/ir.model.access.csv",
        "data/dingding_activity_cron.xml",
        "data/dingding_todo_cron.xml",
        "views/dingding_corp_views.xml",
        "views/dingding_todo_views.xml",
        "views/dingding_notification_views.xml",
        "views/res_users_views.xml",
    ],
}
