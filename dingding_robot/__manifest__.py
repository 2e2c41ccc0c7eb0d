# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Robots",
    "summary": "Robots that answer people, groups made from Odoo, messages to groups",
    "version": "11.0.1.0.0",
    "category": "Extra Tools",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding_callback"],
    "uninstall_hook": "uninstall_hook",
    "images": ["static/description/inside-robot.png"],
    "data": [
        "security/dingding_robot_security.xml",
        "security/ir.model.access.csv",
        "data/dingding_robot_queue_cron.xml",
        "data/dingding_chat_cron.xml",
        "data/dingding_chat_command_data.xml",
        "views/dingding_robot_views.xml",
        "views/dingding_group_views.xml",
        "views/dingding_chat_views.xml",
        "views/ir_actions_server_views.xml",
    ],
}
