# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Track the status of approvals, by events and by polling."""
import time

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.beijing import beijing_time
from odoo.addons.dingding.dingtalk.errors import NotFoundError

from ..form import timeline


def moment_text(seconds):
    """Convert seconds since the epoch to Odoo's UTC format, None to False."""
    if not seconds:
        return False
    return fields.Datetime.to_string(utc.moment(seconds))


class DingdingApproval(models.Model):
    """Track approvals that are running in DingTalk.

    Events, users and the cron only mark a row as possibly changed. Processing it asks
    DingTalk for the status.
    """

    _inherit = "dingding.approval"

    # -- notifications -------------------------------------------------------------

    def _note_update(self, url=None, by_event=False):
        """Mark these committed approvals for a status update.

        Uses separate transactions that wait for concurrent writers.

        :param str url: DingTalk's page of the approval, for rows that have none
        :param bool by_event: whether an event reports it, see ``_poll``
        """
        if not self.ids:
            return
        compat.flush(self.env)
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            for row_id in sorted(self.ids):
                # Lock rows one at a time, so that waiting for one blocks no other.
                cr.execute(
                    "UPDATE dingding_approval SET to_read = true,"
                    " news = COALESCE(news, 0) + 1, url = COALESCE(url, %s),"
                    " state = CASE WHEN status = 'sending' THEN state"
                    " ELSE 'queued' END,"
                    " next_try = CASE WHEN status = 'sending' THEN next_try END,"
                    " attempts = CASE WHEN status = 'sending' THEN attempts ELSE 0 END,"
                    " poll_pause = CASE WHEN state = 'failed' THEN poll_pause ELSE 0"
                    " END, event_at = CASE WHEN %s THEN now() AT TIME ZONE 'UTC'"
                    " ELSE event_at END WHERE id = %s",
                    [url or None, by_event, row_id],
                )
                cr.commit()  # pylint: disable=invalid-commit
        compat.forget(self.env)
        self.env["dingding.queue"]._wake(self._name, self)

    @api.model
    def _dingtalk_event_bpms_instance_change(self, event):
        """Update an approval whose status has changed.

        An instance without a row was started by a person, or submitted a moment ago:
        its submission then looks into the inbox.
        """
        values = event._values()
        instance_id = values.text("processInstanceId")
        found = self.sudo().search(
            [("corp_id", "=", event.corp_id.id), ("instance_id", "=", instance_id)]
        )
        if not found:
            if not self._adopt_by_event(event, instance_id) and (
                not self._revoke_by_event(event, instance_id)
            ):
                event.note_code = "not_ours"
            return True
        found._note_update(timeline.address(values.text("url")), by_event=True)
        return True

    @api.model
    def _dingtalk_event_bpms_task_change(self, event):
        """Update the whole approval when one of its tasks has changed."""
        return self._dingtalk_event_bpms_instance_change(event)

    # -- reading -------------------------------------------------------------------

    def _update_status(self, deadline):
        """Read the status until it stops changing.

        :return: False if the row's state has been set
        """
        while self.to_read:
            if not self._read_instance():
                return False
            if time.monotonic() > deadline and self.to_read:
                self._pause()
                return False
        return True

    def _read_instance(self):
        """Ask DingTalk for the status, tasks and timeline, and store them.

        :return: False if the row's state has been set
        """
        news = self._has_news()
        corp, instance_id = self.corp_id, self.instance_id
        self._commit()
        try:
            answer = corp._approvals("instance", instance_id)
        except NotFoundError:
            # Deleted in DingTalk; an approval that has ended keeps its outcome.
            reading = None
        else:
            reading = timeline.read(answer, beijing_time)
        # News noted in the meantime must not conflict.
        self._commit()
        wait = self._settles_in(self.submitted_at) if reading is None else 0
        if wait > 0:
            # DingTalk may know a new one by now, and not everywhere yet.
            self._postpone(wait)
            return False
        if reading is None:
            self.write({"dingtalk_status": "DELETED", "dingtalk_result": False})
        else:
            self._store_reading(reading)
        self.write(
            {
                "read_at": fields.Datetime.now(),
                # The answer does not include news noted while DingTalk answered.
                "to_read": self._has_news() != news,
            }
        )
        self._commit()
        return True

    def _has_news(self):
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT COALESCE(news, 0) FROM dingding_approval WHERE id = %s", [self.id]
        )
        return self.env.cr.fetchone()[0]

    def _store_reading(self, reading):
        values = {
            "dingtalk_status": reading.status,
            "dingtalk_result": reading.result,
            "business_id": reading.business_id,
            "title": reading.title,
            "reading_digest": timeline.digest(reading),
        }
        if reading.finished and not self.finished_at:
            values["finished_at"] = moment_text(reading.finished)
        if not self.url:
            values["url"] = self._address(reading)
        self.write(
            {name: value for name, value in values.items() if self[name] != value}
        )
        people = self._people(
            [task["userid"] for task in reading.tasks]
            + [record["userid"] for record in reading.records]
        )
        told = self._store_tasks(reading, people)
        new = self._store_operations(reading, people)
        self._note_files(reading, new)
        if told or new:
            self.write({"changed": True})
            self._post_on_records(new)

    @api.model
    def _address(self, reading):
        """Return DingTalk's page of the approval: the address of a task, or False."""
        urls = [task["url"] for task in reading.tasks if task["url"]]
        return urls[-1] if urls else False

    def _people(self, userids):
        """Return userid -> person of this organisation, including leavers."""
        people = self.env["dingding.user"].with_context(active_test=False)
        found = people.search(
            [("corp_id", "=", self.corp_id.id), ("userid", "in", list(set(userids)))]
        )
        return {person.userid: person for person in found}

    def _store_tasks(self, reading, people):
        """Store changed tasks; return whether there were any."""
        known = {task.task_id: task for task in self.task_ids}
        changed = False
        for number, item in enumerate(reading.tasks):
            person = people.get(item["userid"])
            values = {
                "userid": item["userid"],
                "person_id": person.id if person else False,
                "status": item["status"],
                "result": item["result"],
                "started": moment_text(item["started"]),
                "finished": moment_text(item["finished"]),
                "activity": item["activity"],
                "sequence": number,
            }
            task = known.get(item["task_id"])
            if not task:
                self.task_ids.create(
                    dict(values, approval_id=self.id, task_id=item["task_id"])
                )
                changed = True
            else:
                changed = task._take(values) or changed
        return changed

    def _store_operations(self, reading, people):
        """Store new operations of the timeline; return them."""
        known = set(self.record_ids.mapped("key"))
        new = self.record_ids.browse()
        for number, item in enumerate(reading.records):
            if item["key"] in known:
                continue
            person = people.get(item["userid"])
            new |= new.create(
                {
                    "approval_id": self.id,
                    "key": item["key"],
                    "sequence": number,
                    "userid": item["userid"],
                    "person_id": person.id if person else False,
                    "kind": item["kind"],
                    "result": item["result"],
                    "remark": item["remark"],
                    "moment": moment_text(item["moment"]),
                    "to_names": self._names(item["to_userids"]),
                }
            )
        return new

    def _names(self, userids):
        people = self._people(userids) if userids else {}
        return ", ".join(
            people[userid].name if userid in people else userid for userid in userids
        )
