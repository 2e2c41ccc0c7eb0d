# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Approvals Inside DingTalk",
    "summary": "Approvals on the page for phones and in mini-programs",
    "version": "11.0.1.0.0",
    "category": "Extra Tools",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding_approval", "dingding_inside"],
    "images": ["static/description/mini-program.png"],
    "data": [
        "views/dingding_approval_mapping_views.xml",
    ],
    "auto_install": True,
}
