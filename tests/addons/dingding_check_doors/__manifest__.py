# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Doors",
    "summary": "A feature of another repository that uses every door",
    "version": "11.0.1.0.0",
    "category": "Hidden",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding"],
    "data": [
        "security/ir.model.access.csv",
        "security/dingding_check_doors_security.xml",
    ],
}
