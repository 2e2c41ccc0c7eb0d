# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    @api.model
    def _purposes(self):
        return super()._purposes() + ["approval"]

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Approvals"),
                "purpose": "approval",
                "permission": "Workflow.Form.Read",
                "title": "工作流模板读权限",
                "when": "",
                "line": "",
                "events": (),
                "calls": _("1 per template read"),
            },
            {
                "feature": _("Approvals"),
                "purpose": "approval",
                "permission": "Workflow.Form.Write",
                "title": "工作流模板写权限",
                "when": _("to create templates from Odoo"),
                "line": "",
                "events": (),
                "calls": _("1 per template written"),
            },
            {
                "feature": _("Approvals"),
                "purpose": "approval",
                "permission": "Workflow.Instance.Read",
                "title": "工作流实例读权限",
                "when": "",
                "line": "",
                "events": ("bpms_instance_change", "bpms_task_change"),
                "calls": _(
                    "1 per approval event, also of those that people start in DingTalk "
                    "themselves and that may revoke an earlier one; more while "
                    "polling"),
            },
            {
                "feature": _("Approvals"),
                "purpose": "approval",
                "permission": "Workflow.Instance.Write",
                "title": "工作流实例写权限",
                "when": "",
                "line": "",
                "events": (),
                "calls": _("1 per approval, decision, comment and attachment"),
            },
            {
                "feature": _("Approvals"),
                "purpose": "approval",
                "permission": "Storage.UploadInfo.Read",
                "title": "企业存储文件上传信息读权限",
                "when": _("to send attachments"),
                "line": "",
                "events": (),
                "calls": _("1 per attachment"),
            },
            {
                "feature": _("Approvals"),
                "purpose": "approval",
                "permission": "Storage.File.Write",
                "title": "企业存储文件写权限",
                "when": _("to send attachments"),
                "line": "",
                "events": (),
                "calls": _("1 per attachment"),
            },
        ]
