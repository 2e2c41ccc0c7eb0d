# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Starting an approval in DingTalk, once and only once."""
import calendar
import datetime
import json
import logging

from psycopg2 import OperationalError

from odoo import _, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api.approvals import ROOT_DEPARTMENT, beijing_time
from odoo.addons.dingding.dingtalk.errors import DingTalkError, UnexpectedAnswerError
from odoo.addons.dingding.models.background import hold_lock
from odoo.addons.dingding.models.dingding_department import ROOT

from ..form import timeline

_logger = logging.getLogger(__name__)

# First key of the advisory locks "somebody starts an approval of this template in this
# person's name"; the second is made of both.
LOCK_SUBMIT = 0x44540010
# Clocks of DingTalk and of this server may differ; its times have no seconds.
MARGIN_SECONDS = 300
# What DingTalk does not show for so long after it was asked for, it has not made.
SETTLE_SECONDS = 60
TURN_SECONDS = 2  # until others who start the same have finished


def utcnow():
    return datetime.datetime.utcnow()


class DingdingApprovalSending(models.AbstractModel):
    """What ``dingding.approval`` does until it has an instance in DingTalk.

    Starting is not idempotent. That DingTalk is being asked is stored before it is
    asked; as long as the outcome is open, DingTalk is asked about that first: which
    instances of this template has this person begun since, that no other row has, and
    which of them has the form that was sent?
    """

    _name = "dingding.approval.sending"
    _description = "Starting approvals in DingTalk"

    def _work(self, deadline):
        if self.status == "sending" and not self._send():
            return False
        if not self._follow(deadline):
            return False
        self._write_back()
        self._commit()
        self._fetch_files()
        if self.to_read:
            # Somebody has noted news since.
            self._pause()
            return False
        return None

    def _commit(self):
        result = super(DingdingApprovalSending, self)._commit()
        # Others may have written this row; what is kept in memory would hide it.
        compat.forget(self.env)
        return result

    def _done(self):
        result = super(DingdingApprovalSending, self)._done()
        self.write({"attempts": 0})
        return result

    # -- what helps ----------------------------------------------------------------

    @api.depends("error_remedy", "error_code")
    def _compute_remedy(self):
        result = super(DingdingApprovalSending, self)._compute_remedy()
        texts = self._remedies()
        for approval in self:
            if approval.error_code in texts:
                approval.remedy = texts[approval.error_code]
        return result

    @api.model
    def _remedies(self):
        """Return DingTalk's code -> what helps, in the reader's language."""
        template = _(
            "The template is switched off or was deleted in DingTalk. Switch it on "
            "there (administration > OA approval), then submit again."
        )
        unknown = _(
            "DingTalk does not know the template. Press Get approval templates on the "
            "organisation, and choose another one in the mapping."
        )
        person = _(
            "The person in whose name it is submitted, or an approver, has left "
            "DingTalk or has moved to another department. Press Get users on the "
            "organisation, then submit again."
        )
        form = _(
            "A value does not fit the form, perhaps since the template was changed. "
            "Press Get approval templates on the organisation, look at the preview, "
            "and submit again."
        )
        return {
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
                "The application may not use this template. Give it the permission for "
                "approvals (developer console > application > Permissions), and let "
                "everybody who submits use the template."
            ),
        }

    # -- once ----------------------------------------------------------------------

    def _send(self):
        """Make sure that DingTalk has the approval.

        :return: False when the row's state has been set
        :raise DingTalkError: DingTalk refuses, or it is not known what it did
        """
        if self.instance_id:
            # Found in DingTalk, and then the server stopped.
            self._started(self.instance_id)
            return True
        client = self.corp_id._approval_client()
        if self.asked_at:
            found = self._look_for(client)
            if found is None:
                return False
            if found:
                _logger.info("%s had arrived in DingTalk: %s", self, found)
                self._started(found)
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
            self.write({"asked_at": fields.Datetime.to_string(utcnow())})
            # Whoever finds this row after a crash must know that it may have arrived.
            self._commit()
            self._started(self._ask_to_start(client, arguments))
        return True

    def _ask_to_start(self, client, arguments):
        try:
            return self.corp_id._approvals("start", client=client, **arguments)
        except UnexpectedAnswerError as error:
            # Then DingTalk is asked for it, and not a person.
            error.retryable = True
            raise
        except DingTalkError as error:
            if not error.outcome_unknown:
                # DingTalk said no, so there is nothing to ask about.
                self.write({"asked_at": False})
                self._commit()
            raise

    def _start_arguments(self):
        """Return the arguments of the call, as they were stored when it was handed in.

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
        """Return what was handed in: values, approvers, cc_userids, cc_position."""
        return json.loads(self.form_json or "{}")

    @api.model
    def _department_of(self, person):
        """Return the number of a person's department; DingTalk's root is -1 here."""
        department = person.main_department_id or person.department_ids[:1]
        if not department or department.dept_id == ROOT:
            return ROOT_DEPARTMENT
        return int(department.dept_id)

    def _started(self, instance_id):
        """Store that DingTalk has it, and then whether it has said something already.

        Events may be faster than the answer: they found no row. Once the row is
        committed, none can miss it any more.
        """
        if self.instance_id != instance_id:
            # What follows may fail or conflict with others; DingTalk's answer stays.
            self._remember({"instance_id": instance_id})
        now = fields.Datetime.to_string(utcnow())
        self.write(
            {
                "status": "running",
                "submitted_at": self.asked_at or now,
                "read_at": now,
            }
        )
        self._tell_record("submitted")
        self._commit()
        if self._has_events():
            self.write({"to_read": True})

    def _has_events(self):
        """Tell whether the inbox has something about this instance."""
        return bool(
            self.env["dingding.event"].sudo().search(
                [("corp_id", "=", self.corp_id.id),
                 ("subject", "=", "approval:%s" % self.instance_id)],
                limit=1,
            )
        )

    # -- not knowing ---------------------------------------------------------------

    def _starting(self, shared):
        """Return the lock of those who start the same, who share it.

        Who looks for a lost one has it alone.
        """
        key = "%s/%s" % (self.template_id.process_code, self.originator_id.userid)
        return hold_lock(self.env.cr.dbname, LOCK_SUBMIT, key, shared=shared)

    def _look_for(self, client):
        """Ask DingTalk whether it has made what it was asked for.

        Nobody may be starting the same meanwhile: his instance has no row yet and
        would be taken for ours.

        :return: the instance; '' when it is certain that there is none; None when that
            is not certain yet, the row's state is set then
        """
        with self._starting(shared=False) as locked:
            if not locked:
                self._postpone(TURN_SECONDS)
                return None
            found = self._search_there(client)
            if found:
                # Others who look for theirs see that this one is taken.
                self.write({"instance_id": found})
                self._commit()
                return found
        since = fields.Datetime.from_string(self.asked_at)
        wait = SETTLE_SECONDS - (utcnow() - since).total_seconds()
        if wait > 0:
            # It may be still at work on it.
            self._postpone(wait)
            return None
        return ""

    def _search_there(self, client):
        """Return the instance that has our form and no row, the oldest, or ''."""
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

    def _not_done(self, error):
        """Try again what is not DingTalk's doing as well: what a method raises."""
        if isinstance(error, (DingTalkError, OperationalError)):
            return super(DingdingApprovalSending, self)._not_done(error)
        # Once it gives up, a person gets an activity.
        _logger.warning("%s could not be worked on", self, exc_info=error)
        return self._retry_later(
            "%s: %s" % (type(error).__name__, error), self._delay()
        )

    def _give_up(self, message):
        if self.status == "sending" and not self.instance_id:
            if self.asked_at:
                # Not sure to have failed: DingTalk may have it.
                self._unknown(message)
                self._call_responsible(message)
                return
            self._refused(message)
            return
        super(DingdingApprovalSending, self)._give_up(message)
        self._call_responsible(message)

    def _refused(self, message):
        """End an approval that never was in DingTalk: the record is free again."""
        self.write(
            {
                "status": "failed",
                "locked": False,
                "finished_at": fields.Datetime.to_string(utcnow()),
                "written_back": True,
            }
        )
        self._ended("failed", message)
        self._tell_record("failed", message)

    def _withdraw_unsent(self):
        """Take back what has not left; tell whether that was so."""
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
        self.write(
            {
                "status": "terminated",
                "locked": False,
                "finished_at": fields.Datetime.to_string(utcnow()),
                "written_back": True,
            }
        )
        self._ended("cancelled", False)
        return True
