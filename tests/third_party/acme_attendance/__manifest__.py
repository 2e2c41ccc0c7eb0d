# Copyright 2026 Acme
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "Acme: Attendance from DingTalk",
    "summary": "A sample: an addon of another repository",
    "version": "11.0.1.0.0",
    "category": "Hidden",
    "author": "Acme",
    "website": "https://www.example.com",
    "license": "LGPL-3",
    "depends": ["dingding"],
    "data": ["views/dingding_corp_views.xml"],
}
