# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""A run that waits for somebody to decide: preview and guard."""
from odoo import _, api, models
from odoo.exceptions import UserError

from .. import compat

SHOWN_NAMES = 50


class DingdingRunDeciding(models.AbstractModel):
    """Waits, tells whom it concerns, and goes on as decided."""

    _name = "dingding.run.deciding"
    _description = "Decision about a DingTalk Run"

    # -- waiting ---------------------------------------------------------------------

    def _preview_lines(self, plan, confirmed):
        """Keep the whole plan as lines, with links, users and who fits nobody."""
        corp = self.corp_id
        self._keep_plan(plan, confirmed)
        if self.kind != "users":
            return []
        found, problems = self._find_links(corp, plan)
        made, more = self._plan_making(corp, found, plan)
        ids = plan.ids["person"]
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
                if not row["linked"] and row["userid"] not in settled
            ]
        self._insert_lines(rows)
        return problems + more

    def _wait(self, reason, plan, problems, meter):
        """Keep the plan and wait for a decision.

        :param str reason: 'preview' or 'guard'
        """
        problems = problems + self._preview_lines(plan, reason != "guard")
        if reason == "guard":
            problems = problems + [self._guard_problem(plan)]
        self._log_problems(problems)
        self._hidden_set("")
        self.write(
            {
                "state": "confirm", "waits_for": reason, "stage": "write",
                "next_try": False, "calls": meter.total, "attempts": 0,
                "last_error": False,
            }
        )
        if reason == "guard":
            self._tell_managers()

    @api.model
    def _guard_problem(self, plan):
        names = [
            plan.names[subject].get(key, key)
            for subject, kind in (("department", "departments"), ("person", "people"))
            for key in plan.leaving[kind]
        ]
        return {
            "code": "guard", "subject": "%d" % len(names), "dept_id": "",
            "userid": "", "error": ", ".join(names[:SHOWN_NAMES]), "remedy": "",
        }

    @api.model
    def _managers(self, corp):
        """Return the DingTalk managers of the organisation's company."""
        group = self.env.ref("dingding.group_manager")
        return self.env["res.users"].search(
            [(compat.ALL_USER_GROUPS, "in", group.ids),
             ("company_ids", "in", corp.company_id.ids)]
        )

    def _tell_managers(self):
        """Tell the managers that the guard has stopped the run: activity and mail."""
        todo = self.env.ref("mail.mail_activity_data_todo")
        model_id = self.env["ir.model"].search([("model", "=", self._name)]).id
        partners = []
        for user in self._managers(self.corp_id):
            reader = self.with_context(lang=user.lang)
            subject = reader.env["dingding.run"]._guard_words()[0]
            self.env["mail.activity"].create(
                {
                    "res_model_id": model_id, "res_id": self.id,
                    "activity_type_id": todo.id, "user_id": user.id,
                    "summary": subject,
                }
            )
            partners.append(user.partner_id.id)
        subject, body = self._guard_words()
        self.message_post(
            subject=subject,
            body=body % {"corp": self.corp_id.name}, partner_ids=partners,
        )

    @api.model
    def _guard_words(self):
        return (
            _("DingTalk: many would be archived"),
            _("A reading of %(corp)s has stopped before it wrote anything, since it "
              "would archive more people or departments than allowed. Look at its "
              "list and decide: Apply anyway, or Cancel run."),
        )

    # -- deciding ---------------------------------------------------------------------

    def action_apply_all(self):
        """Write everything that the run has found."""
        return self._decide("all")

    def action_apply_selected(self):
        """Write what is selected of it."""
        return self._decide("selected")

    def _decide(self, choice):
        self._check_manager()
        for run in self.sudo():
            if run.state != "confirm":
                continue
            if self._open_run(run.corp_id, run.kind):
                raise UserError(
                    _("Another run of %s is under way. Wait until it is done.")
                    % run.corp_id.name
                )
            if choice == "selected":
                compat.flush(self.env)
                self.env.cr.execute(
                    "UPDATE dingding_run_line SET state = 'skipped', reason = 'left'"
                    " WHERE run_id = %s AND NOT selected AND state = 'pending'",
                    [run.id],
                )
                compat.forget(self.env)
            run.write({"decision": choice, "decided_by": self.env.uid, "progress": 75})
            run._no_longer_waiting()
            run._enqueue()
        return True

    def _no_longer_waiting(self):
        """Take the managers' activities back."""
        self.env["mail.activity"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        ).unlink()

    def _chosen_links(self):
        """Return (userid, field, candidate) of the links that were left selected.

        None when nobody was asked.
        """
        if not self.decision:
            return None
        lines = self.env["dingding.run.line"].search(
            [("run_id", "=", self.id), ("action", "=", "link"),
             ("state", "=", "pending")]
        )
        return {
            (line.key, field, candidate)
            for line in lines for field, candidate in line._values("new_values").items()
        }
