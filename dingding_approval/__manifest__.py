# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Approvals",
    "summary": "Approvals in DingTalk for any record of Odoo, and their outcome back",
    "version": "11.0.1.0.0",
    "category": "Extra Tools",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding_callback", "mail"],
    "data": [
        "security/dingding_approval_security.xml",
        "security/ir.model.access.csv",
    ],
}
