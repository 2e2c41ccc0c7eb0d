# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Bringing the outcome of an approval to its record."""
import logging

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html_escape

from odoo.addons.dingding import compat

from ..form import timeline
from .activities import call_person

_logger = logging.getLogger(__name__)

# Where a method of a developer's model is called, if it has one.
HOOKS = {
    "agreed": "_dingding_approval_agreed",
    "refused": "_dingding_approval_refused",
    "terminated": "_dingding_approval_terminated",
    "deleted": "_dingding_approval_terminated",
}
HOOK_CHANGED = "_dingding_approval_changed"
# Rows of a mapping that serve for an outcome: what was deleted was taken back.
ROWS_FOR = {"deleted": "terminated"}
# Records of the timeline that a person reads in the chatter.
TOLD = (
    "EXECUTE_TASK_NORMAL", "EXECUTE_TASK_AGENT", "EXECUTE_TASK_AUTO",
    "APPEND_TASK_BEFORE", "APPEND_TASK_AFTER", "REDIRECT_TASK", "ADD_REMARK",
    "REDIRECT_PROCESS",
)


class DingdingApprovalWriting(models.AbstractModel):
    """What ``dingding.approval`` does when DingTalk has decided.

    The record gets all of it through the ORM, in one transaction with the status and
    the lock: either both know of the outcome or neither does. What fails is tried again
    with growing pauses; then the responsible person gets an activity.
    """

    _name = "dingding.approval.writing"
    _description = "Writing the outcome of approvals"

    def _outcome(self):
        """Return what DingTalk's last words mean: a status, 'running' as well."""
        if self.dingtalk_status == "DELETED":
            return "deleted"
        return timeline.outcome(self.dingtalk_status or "", self.dingtalk_result or "")

    def _write_back(self):
        """Bring status and record to what DingTalk has said; commits nothing."""
        outcome = self._outcome()
        record = self._record()
        if not record and not self.record_gone:
            self.write({"record_gone": True})
        if self.changed:
            self.write({"changed": False})
            if outcome == "running":
                self._call_hook(record, HOOK_CHANGED)
        if outcome == "running" or self.written_back:
            return
        keep = outcome == "agreed" and self._stays_locked()
        self.write(
            {
                "status": outcome,
                # What follows is written by a user like any other.
                "locked": False,
                "finished_at": self.finished_at or fields.Datetime.now(),
                "written_back": True,
            }
        )
        compat.flush(self.env)
        if record:
            self._apply_outcome(record, outcome)
            self._call_hook(record, HOOKS[outcome])
            self._tell_record(outcome)
        if keep:
            self.write({"locked": True})
        self._forget_activities()

    def _apply_outcome(self, record, outcome):
        """Do what the mapping says, in its order, as the users that it names.

        :raise AccessError: such a user may not do it; nothing is done then
        """
        rows = self.mapping_id.sudo().outcome_ids.filtered(
            lambda row: row.outcome == ROWS_FOR.get(outcome, outcome)
        )
        for row in rows:
            user = row.user_id or self.user_id
            as_user = compat.with_user(record, user).with_context(
                lang=user.lang or "en_US", dingding_approval_id=self.id
            )
            self._apply_row(row, as_user)
        # What is only pending would otherwise fail later, as somebody else.
        compat.flush(self.env)

    @api.model
    def _apply_row(self, row, record):
        """Do what one row says to a record, in the environment of its user."""
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
                    % {"method": row.method, "model": record._description}
                )
            getattr(record, row.method)()

    @api.model
    def _value_of(self, field, text, today):
        """Return the text of a mapping as a value for a field.

        :param datetime.date today: of the organisation
        :raise UserError: it is none
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
            raise UserError(_("%(text)s is no value for %(field)s.") % {
                "text": text, "field": field.string,
            })
        if field.type == "date" and text == "today":
            return fields.Date.to_string(today)
        if field.type == "datetime" and text == "now":
            return fields.Datetime.now()
        return text or False

    def _call_hook(self, record, name):
        """Call a method of a developer's model, when there is one."""
        hook = getattr(record, name, None)
        if record and hook:
            hook(self)

    # -- telling people ------------------------------------------------------------

    @api.model
    def _sentences(self):
        """Return what the chatter of a record says, in the reader's language."""
        return {
            "submitted": _("Submitted to DingTalk: %s"),
            "adopted": _("Started in DingTalk: %s"),
            "agreed": _("Agreed in DingTalk: %s"),
            "refused": _("Refused in DingTalk: %s"),
            "terminated": _("Withdrawn in DingTalk: %s"),
            "deleted": _("Deleted in DingTalk: %s"),
            "failed": _("Not submitted to DingTalk: %s"),
            "unlocked": _("Unlocked although in approval in DingTalk: %s"),
        }

    def _tell_record(self, key, more=None):
        """Write a line into the chatter of the record, where its model has one."""
        this = self._in_language_of(self.user_id)
        text = this._sentences()[key] % self.name
        this._post(text if not more else "%s - %s" % (text, more))

    def _tell_records(self, entries):
        """Write what is new of the timeline into the chatter."""
        this = self._in_language_of(self.user_id)
        for entry in entries.sorted("sequence"):
            if entry.kind in TOLD:
                author = entry.person_id.sudo().user_id.partner_id
                this._post(entry.with_env(this.env)._line(), author)

    def _in_language_of(self, user):
        return self.with_context(lang=user.lang or self.env.context.get("lang"))

    def _post(self, text, author=None):
        """Write a line as somebody; without an author it is the system's."""
        record = self._record()
        if not record or not hasattr(type(record), "message_post"):
            return
        values = {"author_id": author.id} if author else {}
        record.sudo().with_context(
            mail_create_nosubscribe=True, mail_post_autofollow=False
        ).message_post(body=html_escape(text), **values)

    def _call_responsible(self, message):
        """Give who is responsible an activity: something needs a person."""
        user = self.mapping_id.sudo().responsible_id or self.user_id
        summary = self._in_language_of(user)._activity_summary()
        call_person(self, user, summary, html_escape(message or ""))

    def _activity_summary(self):
        if self.status == "sending" and not self.instance_id:
            return _("It is not known whether DingTalk has got this approval")
        return _("The outcome of this approval could not be written to the record")

    def _forget_activities(self):
        """Take activities away whose reason is gone."""
        self.sudo().activity_ids.unlink()
