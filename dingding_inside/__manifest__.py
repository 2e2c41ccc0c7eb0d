# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Odoo Inside DingTalk",
    "summary": "A page for phones, form fields and mini-programs",
    "version": "11.0.1.0.0",
    "category": "Extra Tools",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding_signin"],
    "uninstall_hook": "uninstall_hook",
    "images": [
        "static/description/inside-page.png",
        "static/description/inside-fields.png",
    ],
    "data": [
        "security/ir.model.access.csv",
        "views/assets.xml",
        "views/dingding_corp_views.xml",
        "views/dingding_microapp_templates.xml",
    ],
}
