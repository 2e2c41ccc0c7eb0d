# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Sign-in",
    "summary": "Sign in to Odoo with DingTalk",
    "version": "11.0.1.0.0",
    "category": "Extra Tools",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding"],
    "external_dependencies": {"python": ["qrcode"]},
    "uninstall_hook": "uninstall_hook",
    "images": [
        "static/description/signin-login.png",
        "static/description/signin-policy.png",
        "static/description/signin-log.png",
    ],
    "data": [
        "security/ir.model.access.csv",
        "security/dingding_signin_security.xml",
        "data/dingding_signin_cron.xml",
        "views/menus.xml",
        "views/dingding_corp_views.xml",
        "views/dingding_signin_log_views.xml",
        "views/dingding_signin_templates.xml",
        "views/res_users_views.xml",
    ],
    "auto_install": True,
}
