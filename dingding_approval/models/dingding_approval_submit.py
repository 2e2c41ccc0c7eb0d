# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Submit an approval to DingTalk exactly once."""
import calendar
import json
import logging

from odoo import _, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.beijing import beijing_time
from odoo.addons.dingding.dingtalk.errors import DingTalkError, UnexpectedAnswerError
from odoo.addons.dingding.models.queue import failure_text, hold_lock
from odoo.addons.dingding.sync.reader import ROOT

from ..form import components, timeline

_logger = logging.getLogger(__name__)

# First key of the advisory locks for submissions of a template in a person's name.
LOCK_SUBMIT = 0x44540010
# DingTalk's clock may differ from ours, and its times have no seconds.
MARGIN_SECONDS = 300
# An instance not listed after this time was not created.
SETTLE_SECONDS = 60
TURN_SECONDS = 2  # to wait for concurrent submissions of the same template and person


class DingdingApproval(models.Model):
    """Submit ``dingding.approval`` until it has an instance in DingTalk.

    The start is not idempotent, so each attempt is stored before the call. After an
    unknown result DingTalk is searched for an instance of this template and person,
    started since then, without a row and with the submitted form.
    """

    _inherit = "dingding.approval"
    _corp_path = "corp_id"

    def _was_carried_out(self):
        # A result that was read before is written back without a call.
        return bool(self.instance_id) and not self.to_read and not self.written_back

    def _work(self, deadline):
        if self.status == "sending" and not self._send():
            return False
        if not self._update_status(deadline):
            return False
        self._write_back()
        self._commit()
        if self.corp_id.active:
            self._fetch_files()
        if self.to_read:
            self._pause()
            return False
        return None

    def _commit(self):
        result = super()._commit()
        compat.forget(self.env)
        return result

    def _done(self):
        result = super()._done()
        self.write({"attempts": 0})
        return result

    # -- remedies ------------------------------------------------------------------

    @api.depends("error_remedy", "error_code", "revocation_open", "outcome_failed")
    def _compute_remedy(self):
        result = super()._compute_remedy()
        texts = self._remedies()
        for approval in self:
            if approval.error_code in texts:
                approval.remedy = texts[approval.error_code]
            elif approval.revocation_open and not approval.last_error:
                approval.remedy = approval._revocation_text()
            elif approval.outcome_failed and not approval.remedy:
                approval.remedy = approval._outcome_text()
        return result

    @api.model
    def _outcome_text(self):
        return _(
            "DingTalk has decided, but the outcome cannot be applied to the record. "
            "Correct what the error says and click Retry. If it can never succeed, a "
            "DingTalk manager clicks End without outcome on the approval."
        )

    @api.model
    def _revocation_text(self):
        return _(
            "DingTalk has revoked the approval after it was granted, and the mapping "
            "has no outcome for that: the record is unlocked and otherwise unchanged. "
            "Correct it, then submit it again or click Mark as checked."
        )

    @api.model
    def _remedies(self):
        """Return DingTalk's code -> remedy, in the reader's language."""
        template = _(
            "The template is disabled or deleted in DingTalk. Enable it there (admin "
            "console > OA approval), then submit again."
        )
        unknown = _(
            "DingTalk does not know the template. Click Get approval templates on the "
            "organisation, and choose another template in the mapping."
        )
        person = _(
            "The requester or an approver has left DingTalk or moved to another "
            "department. Click Get users on the organisation, then submit again."
        )
        form = _(
            "A value does not match the form, possibly because the template has "
            "changed. Click Get approval templates on the organisation, check the "
            "preview, and submit again."
        )
        choice = _(
            "The template lets the requester choose approvers in DingTalk. Name them "
            "in the template (admin console > OA approval), or choose Selected "
            "approvers, in sequence in the mapping, then submit again."
        )
        return {
            "targetSelectApproverMissing": choice,
            "targetSelectApproverScopeError": choice,
            "processGetFailed": template,
            "810008": template,
            "processCodeError": unknown,
            "invalidProcessCode": unknown,
            "820004": unknown,
            "830001": unknown,
            "processInstanceInvalidParameter": person,
            "formConverterError": form,
            "820008": form,
            "processSetupNoPermission": _(
                "The application may not use this template. Grant it the approval "
                "permissions (developer console > application > Permissions), and "
                "allow everybody who submits to use the template."
            ),
        }

    # -- submission, exactly once --------------------------------------------------

    def _send(self):
        """Make sure that DingTalk has the approval.

        :return: False if the row's state has been set
        :raise DingTalkError: DingTalk refuses, or the result is unknown
        """
        if self.instance_id:
            # The server stopped after the instance was found.
            self._started(self.instance_id, self.asked_at)
            return True
        client = self.corp_id._approval_client()
        if self.asked_at:
            found = self._look_for(client)
            if found is None:
                return False
            if found:
                _logger.info("%s had arrived in DingTalk: %s", self, found)
                self._started(found, self.asked_at)
                return True
        if not self._record():
            self._refused(_("The record was deleted before it was submitted."))
            return False
        self._upload_files(client)
        with self._starting(shared=True) as locked:
            if not locked:
                self._postpone(TURN_SECONDS)
                return False
            arguments = self._start_arguments()
            self.write({"asked_at": self._moment(0)})
            # After a crash, the call may have arrived.
            self._commit()
            self._started(self._ask_to_start(client, arguments))
        return True

    def _ask_to_start(self, client, arguments):
        try:
            return self.corp_id._approvals("start", client=client, **arguments)
        except UnexpectedAnswerError as error:
            # Search DingTalk instead of involving a person.
            error.retryable = True
            raise
        except DingTalkError as error:
            if not error.outcome_unknown:
                self.write({"asked_at": False})
                self._commit()
            raise

    def _start_arguments(self):
        """Return the arguments of the call, as stored at submission.

        :rtype: dict
        """
        form = self._form()
        originator = self.originator_id
        return {
            "process_code": self.template_id.process_code,
            "originator": originator.userid,
            "values": self._with_files(form.get("values") or []),
            "dept_id": self._department_of(originator),
            "approvers": form.get("approvers") or (),
            "cc_userids": form.get("cc_userids") or (),
            "cc_position": form.get("cc_position") or None,
            "target_approvers": [
                tuple(each) for each in form.get("target_approvers") or ()
            ],
        }

    def _form(self):
        """Return the submitted values, approvers, cc_userids and cc_position."""
        return json.loads(self.form_json or "{}")

    @api.model
    def _department_of(self, person):
        """Return the id of a person's department; this API numbers the root -1."""
        department = person.main_department_id or person.department_ids[:1]
        if not department or department.dept_id == ROOT:
            return components.APPROVAL_ROOT
        return int(department.dept_id)

    def _started(self, instance_id, submitted_at=None):
        """Store the instance, then look for events that arrived earlier.

        Events may precede the answer and find no row.

        :param submitted_at: field value, if not now: DingTalk may take its time to
            answer, and withdraws nothing right after the start
        """
        if self.instance_id != instance_id:
            self._remember({"instance_id": instance_id})
        now = self._moment(0)
        self.write(
            {
                "status": "running",
                "submitted_at": submitted_at or now,
                "read_at": now,
            }
        )
        self._post_on_record("submitted")
        self._commit()
        if self._has_events():
            self.write({"to_read": True})

    def _has_events(self):
        """Return whether the inbox has events of this instance."""
        return bool(
            self.env["dingding.event"].sudo().search(
                [("corp_id", "=", self.corp_id.id),
                 ("subject", "=", "approval:%s" % self.instance_id)],
                limit=1,
            )
        )

    # -- unknown results -----------------------------------------------------------

    def _starting(self, shared):
        """Take the lock of submissions of the same template and person, in shared mode.

        A search for a lost instance takes it exclusively.
        """
        key = "%s/%s" % (self.template_id.process_code, self.originator_id.userid)
        return hold_lock(self.env.cr.dbname, LOCK_SUBMIT, key, shared=shared)

    def _look_for(self, client):
        """Find out whether DingTalk created the instance.

        Excludes concurrent submissions of the same template and person, whose instances
        could be mistaken for ours.

        :return: the instance; '' if there certainly is none; None if still unknown,
            with the row's state set
        """
        with self._starting(shared=False) as locked:
            if not locked:
                self._postpone(TURN_SECONDS)
                return None
            found = self._search_in_dingtalk(client)
            if found:
                # Reserve the instance against other searches.
                self.write({"instance_id": found})
                self._commit()
                return found
        wait = self._settles_in(self.asked_at)
        if wait > 0:
            # DingTalk may still be processing the call.
            self._postpone(wait)
            return None
        return ""

    def _settles_in(self, since):
        """Return the seconds until DingTalk certainly knows an instance, if at all.

        :param since: field value; when it was started
        """
        since = fields.Datetime.from_string(since or False)
        if not since:
            return 0
        return SETTLE_SECONDS - (self._now() - since).total_seconds()

    def _search_in_dingtalk(self, client):
        """Return the oldest instance that has our form and no row, or ''."""
        asked = fields.Datetime.from_string(self.asked_at)
        begin = calendar.timegm(asked.timetuple()) - MARGIN_SECONDS
        process_code = self.template_id.process_code
        sent = self._form().get("values") or []
        self._commit()
        found = self.corp_id._approval_instance_ids(
            process_code, begin, userids=[self.originator_id.userid], client=client
        )
        known = self.sudo().search(
            [("corp_id", "=", self.corp_id.id), ("instance_id", "in", found)]
        )
        candidates = []
        for instance_id in set(found) - set(known.mapped("instance_id")):
            answer = self.corp_id._approvals("instance", instance_id, client=client)
            reading = timeline.read(answer, beijing_time)
            if (reading.created or begin) >= begin // 60 * 60 and timeline.same_form(
                sent, reading.values
            ):
                candidates.append((reading.created or 0, instance_id))
        return min(candidates)[1] if candidates else ""

    # -- outcomes ------------------------------------------------------------------

    def _broken(self, error):
        """Retry other exceptions as well, such as those of a method."""
        # Then an alert tells a person.
        _logger.warning("%s could not be worked on", self, exc_info=error)
        self._retry_later(failure_text(error), self._delay())

    def _give_up(self, message):
        if self.status == "sending" and not self.instance_id:
            if self.asked_at:
                self._unknown(message)
                return
            self._refused(message)
            return
        super()._give_up(message)

    def _refused(self, message):
        """End an approval that DingTalk never had, and unlock the record."""
        self.write(
            {
                "status": "failed",
                "locked": False,
                "finished_at": self._moment(0),
                "written_back": True,
            }
        )
        self._ended("failed", message)
        self._retry_beside()
        self._post_on_record("failed", message)

    def _withdraw_unsent(self):
        """Withdraw an approval that was not sent; return whether that was so."""
        self.ensure_one()
        if self.status != "sending":
            return False
        self.env.cr.execute(
            "SELECT asked_at, state FROM dingding_approval WHERE id = %s FOR UPDATE",
            [self.id],
        )
        asked_at, state = self.env.cr.fetchone()
        if asked_at or state == "working":
            return False
        # Outcomes may act as somebody else: nothing in the caller's context counts.
        this = self.with_env(self.env(context={"lang": self.env.context.get("lang")}))
        this._ended("cancelled", False)
        this._write_outcome("terminated", this._record(), told=False)
        return True
