# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingCorp(models.Model):
    """Declare what the addons need in DingTalk's developer console."""

    _inherit = "dingding.corp"

    @api.model
    def _dingtalk_needs(self):
        """Return the permissions and events that the addons need; addons add theirs.

        Used by the connection test, the steps of the setup, the event subscription and
        the manual's page *Permissions*. Write literal dictionaries: the tool that
        generates the page does not run Odoo.

        :return: list of dict, one per permission, or one for events without any:

            * ``feature``: what needs it, translated
            * ``purpose``: of the application that needs it, see ``_purposes``
            * ``permission``: code in DingTalk's console, "" if none is documented or
              needed
            * ``title``: name in DingTalk's console, in Chinese
            * ``when``: condition under which it is needed, translated; "" for always
            * ``line``: key of the connection test's line that shows whether it is
              granted; "" if DingTalk cannot be asked
            * ``events``: names of the events to subscribe to
            * ``calls``: estimate of the billable calls a month, translated; "" if
              DingTalk does not bill them
        """
        return [
            {
                "feature": _("Departments and people"),
                "purpose": "contact",
                "permission": "qyapi_get_department_list",
                "title": "通讯录部门信息读权限",
                "when": "",
                "line": "departments",
                "events": (),
                "calls": "",
            },
            {
                "feature": _("Departments and people"),
                "purpose": "contact",
                "permission": "qyapi_get_department_member",
                "title": "通讯录部门成员读权限",
                "when": "",
                "line": "members",
                "events": (),
                "calls": "",
            },
            {
                "feature": _("Departments and people"),
                "purpose": "contact",
                "permission": "qyapi_get_member",
                "title": "成员信息读权限",
                "when": "",
                "line": "member",
                "events": (),
                "calls": "",
            },
            {
                "feature": _("Departments and people"),
                "purpose": "contact",
                "permission": "",
                "title": "企业员工手机号信息",
                "when": _("to link people by mobile"),
                "line": "mobile",
                "events": (),
                "calls": "",
            },
            {
                "feature": _("Departments and people"),
                "purpose": "contact",
                "permission": "",
                "title": "邮箱等个人信息",
                "when": _("to link people by e-mail"),
                "line": "email",
                "events": (),
                "calls": "",
            },
            {
                "feature": _("Writing departments and people"),
                "purpose": "contact",
                "permission": "qyapi_manage_addresslist",
                "title": "维护通讯录的接口访问权限",
                "when": _("if Odoo sends changes to DingTalk"),
                "line": "",
                "events": (),
                "calls": "",
            },
            {
                "feature": _("Writing departments and people"),
                "purpose": "contact",
                "permission": "qyapi_get_member_by_mobile",
                "title": "根据手机号获取成员基本信息权限",
                "when": _("if Odoo sends changes to DingTalk"),
                "line": "",
                "events": (),
                "calls": "",
            },
            {
                "feature": _("Work notifications"),
                "purpose": "message",
                "permission": "",
                "title": "",
                "when": "",
                "line": "message",
                "events": (),
                "calls": _("1 per 100 recipients, and about 3 to read the results"),
            },
        ]

    @api.model
    def _dingtalk_events(self):
        """Return the events that the addons subscribe to, without duplicates."""
        found = []
        for need in self._dingtalk_needs():
            found += [event for event in need["events"] if event not in found]
        return tuple(found)

    # -- purposes of applications --------------------------------------------------

    @api.model
    def _purposes(self):
        """Return the purposes that applications serve; addons add theirs.

        Each has a field ``<purpose>_app_id`` whose label names it.
        """
        return ["contact", "message"]

    @api.model
    def _purpose_label(self, purpose):
        return self._fields["%s_app_id" % purpose]._description_string(self.env)

    def _purposes_of(self, app):
        """Return the purposes that an application of this organisation serves."""
        self.ensure_one()
        if not app.active:
            return []
        return [
            purpose for purpose in self._purposes() if self._app_for(purpose) == app
        ]
