# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Approvals, demonstration",
    "summary": "A purchase request and a leave to try approvals with",
    "version": "11.0.1.0.0",
    "category": "Hidden",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding_approval"],
    "data": [
        "security/ir.model.access.csv",
        "data/dingding_demo_sequence.xml",
        "views/dingding_demo_purchase_views.xml",
        "views/dingding_demo_leave_views.xml",
    ],
}
