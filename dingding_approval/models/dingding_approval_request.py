# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Queue operations on approvals that a user requests in Odoo."""
import datetime

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk import messages_body
from odoo.addons.dingding.dingtalk.api.approvals import MAX_REMARK
from odoo.addons.dingding.dingtalk.beijing import beijing_time
from odoo.addons.dingding.dingtalk.errors import ApiError, DingTalkError, NotFoundError
from odoo.addons.dingding.models.queue import DUE_STATES, take_lock

from ..form import timeline

# First key of the advisory locks of the requests about an approval.
LOCK_REQUEST = 0x44540012
# Reminders within this time are one.
REMIND_SECONDS = 60
WITHDRAW_SECONDS = 15
MOST_NAME = 200  # characters in a reminder
# DingTalk's text, which has no code of its own, if the template allows no withdrawal.
NO_WITHDRAWAL = "没有任务处理的权限"
# DingTalk's codes, in both APIs, if an approval has ended or has only just begun.
NOT_NOW = ("aflowProcessInstStatusException", "820005", "820006")
# Tolerated difference between DingTalk's minute of a comment and our clock.
MARGIN_SECONDS = 300


class DingdingApprovalRequest(models.Model):
    """A withdrawal, comment or reminder to be sent to DingTalk."""

    _name = "dingding.approval.request"
    _description = "DingTalk Approval Request"
    _inherit = "dingding.queue.mixin"
    _order = "id desc"
    _corp_path = "approval_id.corp_id"

    approval_id = fields.Many2one(
        "dingding.approval", string="Approval", required=True, readonly=True,
        ondelete="cascade", index=True, **compat.JOINED
    )
    kind = fields.Selection(
        [("withdraw", "Withdraw"), ("comment", "Comment"), ("remind", "Remind")],
        string="Type",
        required=True, readonly=True,
    )
    text = fields.Text(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Requested by", readonly=True, ondelete="restrict"
    )
    person_id = fields.Many2one(
        "dingding.user", string="Requester", readonly=True, ondelete="set null"
    )
    message_id = fields.Many2one(
        "dingding.message", string="Message", readonly=True, ondelete="set null",
        groups="dingding.group_user", index=True,
    )
    asked_at = fields.Datetime(string="Requested on", readonly=True, copy=False)

    @api.depends("error_remedy", "kind", "last_error")
    def _compute_remedy(self):
        result = super()._compute_remedy()
        text = self._no_withdrawal_text()
        for row in self:
            if row.kind == "withdraw" and NO_WITHDRAWAL in (row.last_error or ""):
                row.remedy = text
        return result

    @api.model
    def _no_withdrawal_text(self):
        return _(
            "The template does not let requesters withdraw a running approval. Allow "
            "it in the template's settings (admin console > OA approval), then "
            "withdraw again, or ask an approver to refuse it."
        )

    # -- submission ----------------------------------------------------------------

    @api.model
    def _create_queued(self, approval, kind, text, user):
        """Queue an operation on an approval for after the caller's commit.

        :raise UserError: the text is too long, or the user has no DingTalk account
        """
        text = text or ""
        # Ignore the client's default values.
        self = rights.without_defaults(self)
        if len(text) > MAX_REMARK:
            raise UserError(
                _(
                    "The text has %(length)d characters; DingTalk accepts up to "
                    "%(limit)d.")
                % {"length": len(text), "limit": MAX_REMARK}
            )
        this = self.sudo()
        same = [("kind", "=", kind), ("state", "in", DUE_STATES)]
        if kind == "withdraw":
            person = approval.originator_id
        else:
            person = this._person_of(user, approval.corp_id)
            same += [("user_id", "=", user.id), ("text", "=", text)]
        found = this._pressed_before(approval, same)
        if found:
            return found
        row = this.create(
            {
                "approval_id": approval.id,
                "kind": kind,
                "text": text,
                "user_id": user.id,
                "person_id": person.id,
            }
        )
        row._enqueue()
        return row

    @api.model
    def _pressed_before(self, approval, domain):
        """Return the request that an earlier click of the same button has created.

        A concurrent click waits, and Odoo repeats it.
        """
        domain = [("approval_id", "=", approval.id)] + domain
        found = self.search(domain, limit=1)
        if found:
            return found
        take_lock(self.env.cr, LOCK_REQUEST, approval.id, seconds=None)
        with compat.open_cursor(self.env.cr.dbname) as cr:
            hidden = self.with_env(self.env(cr=cr)).search(domain, limit=1).ids
        if hidden:
            compat.begin_anew(self.env.cr)
        return found

    @api.model
    def _person_of(self, user, corp):
        """Return the DingTalk person of a user in an organisation.

        :raise UserError: there is none
        """
        person = self.env["dingding.user"].sudo().search(
            [("user_id", "=", user.id), ("corp_id", "=", corp.id),
             ("active", "=", True)], limit=1
        )
        if not person:
            raise UserError(
                _("%(user)s is not linked to a DingTalk user in %(corp)s.")
                % {"user": user.name, "corp": corp.name}
            )
        return person

    @api.model
    def _remind(self, approval, people, user):
        """Send the current approvers a work notification.

        DingTalk drops identical messages, so the text includes the time.
        """
        now = approval.corp_id._local_time()
        self = rights.without_defaults(self)
        names = ", ".join(people.mapped("name"))
        found = self.sudo()._pressed_before(
            approval, [("kind", "=", "remind"), ("text", "=", names),
                       ("asked_at", ">", self._moment(-REMIND_SECONDS))])
        if found:
            return found
        this = self.sudo().with_context(
            lang=people[:1].user_id.lang or self.env.context.get("lang")
        )
        title = this._reminder_title()
        # The name of a record must not act as markdown of the card.
        text = this._reminder_text() % {
            "approval": self._shown_name(approval.name),
            "user": self._shown_name(user.name),
            "time": now.strftime("%Y-%m-%d %H:%M"),
        }
        body = messages_body.text("%s\n%s" % (title, text))
        if approval.url:
            body = messages_body.action_card_single(
                title, "### %s\n%s" % (title, text), this._open_title(), approval.url
            )
        message = self.env["dingding.message"].sudo().send(
            approval.corp_id._app_for("message"), people, body, personal=True
        )
        return self.sudo().create(
            {
                "approval_id": approval.id,
                "kind": "remind",
                "text": names,
                "user_id": user.id,
                "message_id": message[:1].id,
                "asked_at": self._moment(0),
                "state": "done",
            }
        )

    @api.model
    def _shown_name(self, name):
        """Return a name for a card: one line, without links, pictures and tags."""
        return messages_body.harmless(" ".join((name or "").split()))[:MOST_NAME]

    @api.model
    def _reminder_title(self):
        return _("An approval is waiting for you")

    @api.model
    def _open_title(self):
        return _("Open")

    @api.model
    def _reminder_text(self):
        return _("%(approval)s. %(user)s reminds you, %(time)s.")

    def action_retry(self):
        """Retry failed requests.

        :raise AccessError: the user may not act on the approval
        """
        self.mapped("approval_id")._check_may_act()
        return super().action_retry()

    # -- processing ----------------------------------------------------------------

    def _work(self, deadline):
        approval = self.approval_id
        if not approval.instance_id:
            raise UserError(_("%s is not in DingTalk.") % approval.name)
        if self.kind == "withdraw":
            return self._withdraw(approval)
        return self._comment(approval)

    def _withdraw(self, approval):
        """Withdraw in the name of the originator; of nobody if that person has left.

        One that has ended or was deleted counts as withdrawn.
        """
        wait = self._too_young(approval)
        if wait:
            self._postpone(wait)
            return False
        corp, instance_id = approval.corp_id, approval.instance_id
        person, text = self.person_id, self._withdraw_text()
        by = {"userid": person.userid} if person.active else {"is_system": True}
        self._commit()
        try:
            corp._approvals("terminate", instance_id, remark=text, **by)
        except ApiError as error:
            # DingTalk may be unable to find the person as well.
            if not self._has_ended(corp, instance_id):
                if NO_WITHDRAWAL in error.message:
                    error.retryable = False
                elif error.code in NOT_NOW:
                    # DingTalk's clock is not ours.
                    error.retryable = True
                raise error
        approval._note_update()
        return None

    def _withdraw_text(self):
        text = self.text or ""
        if self.user_id and self.user_id != self.person_id.user_id:
            text = "%s (%s)" % (text, self.user_id.name)
        return text.strip()[:MAX_REMARK]

    @api.model
    def _has_ended(self, corp, instance_id):
        """Return whether it has ended in DingTalk, or was deleted there.

        Other errors count as no.
        """
        try:
            answer = corp._approvals("instance", instance_id)
        except NotFoundError:
            return True
        except DingTalkError:
            return False
        return timeline.read(answer, beijing_time).outcome != timeline.RUNNING

    def _too_young(self, approval):
        """Return the seconds until DingTalk accepts a withdrawal, or 0."""
        if not approval.submitted_at:
            return 0
        begun = fields.Datetime.from_string(approval.submitted_at)
        age = (self._now() - begun).total_seconds()
        return max(WITHDRAW_SECONDS + 1 - age, 0)

    def _comment(self, approval):
        """Add the comment unless an earlier attempt did so without an answer."""
        corp, instance_id = approval.corp_id, approval.instance_id
        userid, text = self.person_id.userid, self.text
        if self.asked_at and self._has_arrived(corp, instance_id, userid, text):
            approval._note_update()
            return None
        self.write({"asked_at": fields.Datetime.now()})
        self._commit()
        try:
            corp._approvals("comment", instance_id, userid, text)
        except DingTalkError as error:
            if not error.outcome_unknown:
                self.write({"asked_at": False})
                self._commit()
            raise
        approval._note_update()
        return None

    def _has_arrived(self, corp, instance_id, userid, text):
        asked = fields.Datetime.from_string(self.asked_at)
        begin = (asked - datetime.datetime(1970, 1, 1)).total_seconds() - MARGIN_SECONDS
        reading = timeline.read(corp._approvals("instance", instance_id), beijing_time)
        return any(
            entry["kind"] == "ADD_REMARK" and entry["userid"] == userid
            and entry["remark"] == text and (entry["moment"] or 0) >= begin
            for entry in reading.records
        )
