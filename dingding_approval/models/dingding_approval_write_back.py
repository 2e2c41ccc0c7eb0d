# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Write the outcome of an approval back to its record."""
from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html_escape

from odoo.addons.dingding import compat
from odoo.addons.dingding.models import texts

from ..form import timeline

HOOKS = {
    "agreed": "_dingding_approval_approved",
    "refused": "_dingding_approval_refused",
    "terminated": "_dingding_approval_terminated",
    "deleted": "_dingding_approval_terminated",
    "revoked": "_dingding_approval_revoked",
}
HOOK_CHANGED = "_dingding_approval_changed"
# Outcome whose rows apply: a deletion counts as a withdrawal.
ROWS_FOR = {"deleted": "terminated"}
TOLD = (
    "EXECUTE_TASK_NORMAL", "EXECUTE_TASK_AGENT", "EXECUTE_TASK_AUTO",
    "APPEND_TASK_BEFORE", "APPEND_TASK_AFTER", "REDIRECT_TASK", "ADD_REMARK",
    "REDIRECT_PROCESS",
)


class DingdingApproval(models.Model):
    """Write DingTalk's decision back to the record.

    All writes use the ORM, in one transaction with status and lock. Failures are
    retried; then ``dingding.alert`` reports them.
    """

    _inherit = "dingding.approval"

    outcome_failed = fields.Boolean(
        string="Outcome failed", compute="_compute_outcome_failed",
        help="DingTalk has decided, and Odoo cannot apply the outcome.",
    )

    def _outcome(self):
        """Return the status for DingTalk's latest answer, possibly 'running'.

        An approval revoked before Odoo knew its result counts as withdrawn.
        """
        if self.dingtalk_status == "DELETED":
            return "deleted"
        found = timeline.outcome(self.dingtalk_status or "", self.dingtalk_result or "")
        return "terminated" if found == "agreed" and self.revoked_by else found

    def _write_back(self):
        """Write DingTalk's status to approval and record; commit nothing."""
        outcome = self._outcome()
        record = self._record()
        if not record and not self.record_gone:
            self.write({"record_gone": True})
        if self.changed:
            self.write({"changed": False})
            if outcome == "running":
                self._call_hook(record, HOOK_CHANGED)
        if outcome != "running" and not self.written_back:
            self._write_outcome(outcome, record)
        elif outcome == "terminated" and self.status == "agreed":
            self._write_revocation(record)

    def _write_outcome(self, outcome, record, told=True):
        """Write the outcome to approval and record; commit nothing.

        :param bool told: whether the chatter of the record tells
        """
        # Two that have been decided would lock each other out for ever.
        kept = self._decided_beside().filtered("locked")
        if outcome == "agreed" and self._keeps_lock():
            kept |= self
        # The next writes are those of an ordinary user.
        (kept - self).write({"locked": False})
        self._note_end(outcome, False)
        compat.flush(self.env)
        if record:
            self._apply_outcome(record, outcome)
            self._call_hook(record, HOOKS[outcome])
            if told:
                self._post_on_record(outcome)
        kept.write({"locked": True})
        self._retry_beside()

    def _note_end(self, outcome, locked):
        self.write(
            {
                "status": outcome,
                "locked": locked,
                "finished_at": self.finished_at or fields.Datetime.now(),
                "written_back": True,
            }
        )

    def _decided_beside(self):
        """Return the record's other approvals that DingTalk has decided, with sudo."""
        return self.sudo().search([
            ("res_model", "=", self.res_model), ("res_id", "=", self.res_id),
            ("id", "not in", self.ids),
        ]).filtered(lambda row: row._outcome() != "running")

    def _retry_beside(self):
        """Apply outcomes of the record's other approvals that this one has locked out.

        They wait for another attempt, or have given up since.
        """
        others = self._decided_beside().filtered(
            lambda row: row.state in ("retry", "failed") and row._outcome_left())
        if others:
            others.write({"attempts": 0})
            others._enqueue()

    # -- without the outcome ---------------------------------------------------------

    @api.depends("state", "status", "dingtalk_status", "dingtalk_result", "revoked_by")
    def _compute_outcome_failed(self):
        for approval in self:
            approval.outcome_failed = approval.state == "failed" and bool(
                approval._outcome_left())

    def _outcome_left(self):
        """Return the status that DingTalk's answer leads to, '' if it is written."""
        outcome = self._outcome()
        if self.status == "running" and outcome != "running":
            return outcome
        revoked = self.status == "agreed" and outcome == "terminated"
        return "revoked" if revoked else ""

    def action_skip_outcome(self):
        """End approvals whose outcome fails, without applying it.

        The record is unlocked, unless it stays locked after its approval.

        :raise AccessError: for everybody but managers
        :raise UserError: no outcome has failed
        """
        self._check_manager()
        for approval in self.sudo():
            if not approval.outcome_failed:
                raise UserError(_("No outcome of %s has failed.") % approval.name)
            outcome = approval._outcome_left()
            approval._note_end(
                outcome, outcome == "agreed" and approval._keeps_lock())
            approval._done()
            if outcome == "revoked":
                approval.write({"revoked_at": fields.Datetime.now()})
            approval._post_on_record(outcome)
            approval._post_on_record("skipped", self.env.user.name)
            approval.message_post(body=html_escape(
                approval._sentences()["skipped"] % self.env.user.name))
            approval._retry_beside()
        return True

    # -- writing ---------------------------------------------------------------------

    def _apply_outcome(self, record, outcome):
        """Execute the mapping's actions in order, as the users that they name.

        :raise AccessError: such a user lacks a right; nothing is written then
        """
        rows = self.mapping_id.sudo().outcome_ids.filtered(
            lambda row: row.outcome == ROWS_FOR.get(outcome, outcome)
        )
        # Flush our own writes before those of the users.
        compat.flush(self.env)
        for row in rows:
            user = row.user_id or self.user_id
            as_user = compat.with_user(record, user).with_context(
                lang=user.lang or "en_US", dingding_approval_id=self.id
            )
            self._apply_row(row, as_user)
            # Raise this user's errors now.
            compat.flush(as_user.env)

    def _apply_row(self, row, record):
        """Execute one action on a record, in the environment of its user."""
        if row.kind == "field_value":
            name = row.sudo().field_id.name
            field = record._fields[name]
            today = row.mapping_id.corp_id._local_time().date()
            record.write({name: self._value_of(field, row.value, today)})
        elif row.kind == "server_action":
            action = row.server_action_id.with_env(record.env)
            action.with_context(
                active_model=record._name, active_id=record.id, active_ids=record.ids
            ).run()
        elif row.kind == "method":
            allowed = self.env["dingding.approval.outcome"]._allowed_methods(
                record._name
            )
            if row.method not in allowed:
                raise UserError(
                    _("%(method)s of %(model)s may not be called by a mapping.")
                    % {"method": row.method, "model": texts.model_name(record)}
                )
            arguments = self.env["dingding.approval.outcome"]._method_arguments(
                record, row.method, self
            )
            before = self._row_version(record)
            result = getattr(record, row.method)(*arguments)
            if self._is_dialog(result) and self._row_version(record) == before:
                raise UserError(
                    _("%(method)s: Odoo opens a dialog (%(dialog)s) and changes "
                      "nothing until somebody answers it.")
                    % {"method": allowed[row.method],
                       "dialog": result.get("name") or result.get("res_model")}
                )

    @api.model
    def _is_dialog(self, result):
        """Return whether the result of a method is an action that opens a wizard."""
        model = isinstance(result, dict) and result.get("res_model")
        return bool(model) and model in self.env and self.env[model].is_transient()

    @api.model
    def _row_version(self, record):
        """Return PostgreSQL's place of a record's row, which each write changes."""
        compat.flush(record.env)
        query = sql.SQL("SELECT ctid::text FROM {} WHERE id = %s").format(
            sql.Identifier(record._table))
        compat.execute(record.env.cr, query, [record.id])
        return record.env.cr.fetchone()

    @api.model
    def _value_of(self, field, text, today):
        """Return the text of a mapping as a value for a field.

        :param datetime.date today: in the organisation's time zone
        :raise UserError: the text is invalid
        """
        text = (text or "").strip()
        try:
            if field.type == "boolean":
                return text.lower() in ("1", "true", "yes", "y", "x")
            if field.type in ("many2one", "integer"):
                return int(text) if text else False
            if field.type in ("float", "monetary"):
                return float(text) if text else 0.0
        except ValueError:
            raise UserError(_("%(text)s is not a valid value for %(field)s.") % {
                "text": text, "field": field.string,
            })
        if field.type == "date" and text == "today":
            return fields.Date.to_string(today)
        if field.type == "datetime" and text == "now":
            return fields.Datetime.now()
        return text or False

    def _call_hook(self, record, name):
        """Call a method of a developer's model, if it exists."""
        hook = getattr(record, name, None)
        if record and hook:
            hook(self)

    # -- chatter -------------------------------------------------------------------

    @api.model
    def _sentences(self):
        """Return the record's chatter messages in the reader's language."""
        return {
            "submitted": _("Submitted to DingTalk: %s"),
            "adopted": _("Started in DingTalk: %s"),
            "agreed": _("Approved in DingTalk: %s"),
            "refused": _("Refused in DingTalk: %s"),
            "terminated": _("Withdrawn in DingTalk: %s"),
            "revoked": _("Revoked in DingTalk after its approval: %s"),
            "deleted": _("Deleted in DingTalk: %s"),
            "failed": _("Not submitted to DingTalk: %s"),
            "unlocked": _("Unlocked during approval in DingTalk: %s"),
            "skipped": _("Ended without applying the outcome: %s"),
        }

    def _post_on_record(self, key, more=None):
        """Post a message in the record's chatter, if its model has one."""
        this = self._in_language_of(self.user_id)
        text = this._sentences()[key] % self.name
        # Else the author would be the user of the scheduled action.
        author = self.user_id.sudo().partner_id if key == "submitted" else None
        this._post(text if not more else "%s - %s" % (text, more), author)

    def _post_on_records(self, entries):
        """Post new operations of the timeline in the chatter."""
        this = self._in_language_of(self.user_id)
        for entry in entries.sorted("sequence"):
            if entry.kind in TOLD:
                author = entry.person_id.sudo().user_id.partner_id
                this._post(entry.with_env(this.env)._line(), author)

    def _in_language_of(self, user):
        return self.with_context(lang=user.lang or self.env.context.get("lang"))

    def _post(self, text, author=None):
        """Post as a person, or as the system if there is no author."""
        record = self._record()
        if not record or not hasattr(type(record), "message_post"):
            return
        values = {"author_id": author.id} if author else {}
        record.sudo().with_context(
            mail_create_nosubscribe=True, mail_post_autofollow=False
        ).message_post(body=html_escape(text), **values)
