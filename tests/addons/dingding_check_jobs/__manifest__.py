# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Jobs",
    "summary": "A stand-in for OCA's queue_job, to see what the addons do with it",
    "version": "11.0.1.0.0",
    "category": "Hidden",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding_callback", "dingding_approval"],
    "data": ["security/ir.model.access.csv", "data/queue_job_channel.xml"],
}
