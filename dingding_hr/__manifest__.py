# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
{
    "name": "DingTalk: Employees",
    "summary": "Link employees and HR departments to DingTalk",
    "version": "11.0.1.0.0",
    "category": "Human Resources",
    "author": "DingTalk for Odoo contributors",
    "website": "https://github.com/gilbert-yuan/odoo_dingding",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["dingding", "hr"],
    "images": ["static/description/employee.png"],
    "data": [
        "security/ir.model.access.csv",
        "data/dingding_hr_access.xml",
        "data/dingding_follow.xml",
        "views/dingding_corp_views.xml",
        "views/dingding_department_views.xml",
        "views/dingding_user_views.xml",
        "views/hr_department_views.xml",
        "views/hr_employee_views.xml",
        "wizards/dingding_employee_merge_views.xml",
    ],
    "auto_install": True,
    "uninstall_hook": "uninstall_hook",
}
