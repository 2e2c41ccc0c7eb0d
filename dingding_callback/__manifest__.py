# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Events",
    "summary": "Changes in DingTalk arrive in Odoo at once, by HTTP push or Stream",
    "version": "11.0.1.0.0",
    "category": "Extra Tools",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding"],
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
    "images": [
        "static/description/events-inbox.png",
        "static/description/events-failed.png",
    ],
    "data": [
        "security/dingding_callback_security.xml",
        "security/ir.model.access.csv",
        "data/dingding_callback_access.xml",
        "data/dingding_callback_cron.xml",
        "data/dingding_event_queue_cron.xml",
        "views/menus.xml",
        "views/dingding_event_views.xml",
        "views/dingding_event_refusal_views.xml",
        "views/dingding_app_views.xml",
        "views/dingding_corp_views.xml",
        "wizards/dingding_callback_setup_views.xml",
    ],
}
