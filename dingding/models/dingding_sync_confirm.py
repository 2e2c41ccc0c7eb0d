# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Hold a sync until a manager decides: preview and archive threshold."""
import datetime

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import compat
from ..sync import links
from ..sync.spool import PartialIds
from . import activities

SHOWN_NAMES = 50
CONFIRMED_FOR = datetime.timedelta(minutes=10)


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    # -- waiting ---------------------------------------------------------------------

    def _preview_lines(self, plan, confirmed):
        """Store the whole plan as lines, with links, users and unmatched people."""
        corp = self.corp_id
        self._keep_plan(plan, confirmed)
        if self.kind != "users":
            return []
        found, problems = self._find_links(corp, plan)
        made, more = self._plan_records(corp, found, plan)
        ids = plan.ids["person"]
        if isinstance(ids, PartialIds):
            ids = self._ids_of(
                "dingding.user", corp, [each.userid for each in found])
        rows = [self._prepare_link_line(each, ids.get(each.userid)) for each in found]
        rows += made
        if self._rules(corp) or corp.create_users != "never":
            settled = {each.userid for each in found if each.field == "user_id"}
            settled |= {row["key"] for row in made if row["kind"] == "user"}
            rows += [
                {
                    "kind": "unmatched", "subject": "person", "name": row["name"],
                    "key": row["userid"], "record_id": row["record_id"],
                    "action": "none",
                }
                for row in self._linkable_people(corp, "user_id", plan=plan)
                if links.is_open(row) and row["userid"] not in settled
            ]
        self._insert_lines(rows)
        return problems + more

    def _wait(self, reason, plan, problems, meter):
        """Store the plan and wait for a decision.

        :param str reason: 'preview' or 'threshold'
        """
        problems = problems + self._preview_lines(plan, reason != "threshold")
        if reason == "threshold":
            problems = problems + [self._threshold_problem(plan)]
        self._log_problems(problems)
        self._secret_set("")
        self.write(
            {
                "state": "confirm", "waits_for": reason, "stage": "write",
                "next_try": False, "calls": meter.total, "attempts": 0,
                "last_error": False, "asked_at": fields.Datetime.now(),
            }
        )
        if reason == "threshold":
            self._notify_managers()

    @api.model
    def _threshold_problem(self, plan):
        names = [
            plan.names[resource.subject].get(key, key)
            for resource in self._sync_resources()
            for key in plan.leaving.get(resource.kind, ())
        ]
        return {
            "code": "threshold", "subject": "%d" % len(names), "dept_id": "",
            "userid": "", "error": ", ".join(names[:SHOWN_NAMES]), "remedy": "",
        }

    def _notify_managers(self):
        """Notify the managers of the archive threshold by activity and mail."""
        def text(sync):
            subject, body = sync._threshold_text()
            return subject, body % {"corp": sync.corp_id.name}

        activities.tell_managers(self, text)

    @api.model
    def _threshold_text(self):
        return (
            _("DingTalk: too many records would be archived"),
            _("The sync of %(corp)s stopped before it wrote anything, because it would "
              "archive more people or departments than the archive threshold allows. "
              "Check its list, then choose Apply anyway or Cancel sync."),
        )

    # -- deciding ---------------------------------------------------------------------

    def action_apply_all(self):
        """Write everything that the sync found."""
        return self._confirm("all")

    def action_apply_selected(self):
        return self._confirm("selected")

    def _confirm(self, choice):
        self._check_manager()
        for sync in self.sudo():
            if sync.state != "confirm":
                continue
            if self._open_sync(sync.corp_id, sync.kind):
                raise UserError(
                    _("Another sync of %s is in progress. Wait until it has finished.")
                    % sync.corp_id.name
                )
            if choice == "selected":
                compat.flush(self.env)
                self.env.cr.execute(
                    "UPDATE dingding_sync_line SET state = 'skipped', reason = 'left'"
                    " WHERE sync_id = %s AND NOT selected AND state = 'pending'",
                    [sync.id],
                )
                compat.forget(self.env)
            asked, now = (
                fields.Datetime.from_string(moment)
                for moment in (sync.asked_at, fields.Datetime.now())
            )
            if asked and now - asked > CONFIRMED_FOR:
                # Leavers may be back and new people gone: ask DingTalk again.
                self.env.cr.execute(
                    "UPDATE dingding_sync_line SET confirmed = false WHERE sync_id = %s"
                    " AND state = 'pending' AND kind IN ('leaver', 'new', 'returned')",
                    [sync.id],
                )
            sync.write(
                {
                    "decision": choice, "decided_by": self.env.uid, "progress": 75,
                    "asked_at": False,
                    "waited": sync.waited + int((now - asked).total_seconds())
                    if asked else sync.waited,
                }
            )
            sync._stop_waiting()
            sync._enqueue()
        return True

    def _chosen_links(self):
        """Return (userid, field, candidate) of the links that are still selected.

        Return None if nobody was asked.
        """
        if not self.decision:
            return None
        lines = self.env["dingding.sync.line"].search(
            [("sync_id", "=", self.id), ("action", "=", "link"),
             ("state", "=", "pending")]
        )
        return {
            (line.key, field, candidate)
            for line in lines for field, candidate in line._values("new_values").items()
        }
