# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingCorp(models.Model):
    """Count notifications and to-dos, and say how they are enabled."""

    _inherit = "dingding.corp"

    def _overview_lines(self):
        lines = super()._overview_lines()
        mine = [
            ("message_id.corp_id", "=", self.id), ("create_date", ">=", self._lately())]
        rows = self.env["dingding.notification.line"]
        sent = rows.search_count(mine + [("state", "=", "sent")])
        # A notification has lines for several people and organisations.
        failed = rows.search(mine + [("state", "=", "failed")]).mapped(
            "notification_id").ids
        lost = len(failed)
        notified = self._overview_line(
            "notifications", _("Notifications (7 days)"),
            _("%(sent)d, not delivered: %(failed)d") % {"sent": sent, "failed": lost},
            "warning" if lost else "ok", "dingding.notification", parts=[
                self._overview_part(
                    "failed", _("Notifications not delivered"), lost,
                    "dingding.notification", [], "warning"),
            ],
        )
        for each in [notified] + notified["parts"]:
            each["action"]["domain"] = [("id", "in", failed)] if failed else [
                ("line_ids.%s" % name, operator, value)
                for name, operator, value in mine
            ]
        still, late = [("status", "=", "open")], [("has_failed", "=", True)]
        unsolved, refused = self._counted("dingding.todo", still, late)
        return lines + [
            notified,
            self._overview_line(
                "todos", _("To-dos"),
                _("Unsolved: %(unsolved)d, not updated: %(refused)d")
                % {"unsolved": unsolved, "refused": refused},
                "warning" if refused else "ok", "dingding.todo",
                late if refused else still, parts=[
                    self._overview_part(
                        "unsolved", _("Unsolved to-dos"), unsolved, "dingding.todo",
                        still),
                    self._overview_part(
                        "refused", _("To-dos not updated"), refused, "dingding.todo",
                        late, "warning"),
                ],
            ),
        ]

    def _setup_consent(self):
        if not self.todo_personal:
            return {}
        return {
            "place": _("Developer console > application > Security "
                       "(安全设置 > 重定向URL)"),
            "values": [(_("Redirect URL"), self.todo_consent_url)],
        }

    def _setup_scopes(self):
        # The step that sends a message names the permissions of all of them.
        return super()._setup_scopes() + [
            self._setup_scope(
                "notify", _("Notify people in DingTalk"), self.notify,
                _("Enable Send notifications on the page Notifications."),
                model=self._name,
            ),
            self._setup_scope(
                "todos", _("Create to-dos"), self.todo != "never",
                _("Choose on the page To-dos which activities become to-dos."),
                model=self._name, **self._setup_consent()
            ),
        ]
