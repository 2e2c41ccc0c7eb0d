# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Following an approval: what DingTalk says of it, by events and by asking."""
import datetime
import logging
import time

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api.approvals import beijing_time
from odoo.addons.dingding.dingtalk.errors import NotFoundError

from ..form import timeline

_logger = logging.getLogger(__name__)


def moment_text(seconds):
    """Return seconds since the epoch as Odoo writes a time (UTC), False for None."""
    if not seconds:
        return False
    return fields.Datetime.to_string(datetime.datetime.utcfromtimestamp(seconds))


class DingdingApprovalFollowing(models.AbstractModel):
    """What ``dingding.approval`` does while it runs in DingTalk.

    An event, a person or the cron only notes that there may be news. The row is then
    worked off: DingTalk is asked, and what it answers is what counts. So the order of
    events, doubles and losses do not matter.
    """

    _name = "dingding.approval.following"
    _description = "Following approvals in DingTalk"

    # -- there may be news ---------------------------------------------------------

    def _note_news(self, url=None):
        """Have DingTalk asked about these approvals, which must be committed.

        In a transaction of its own, which waits for who is writing a row: in the
        caller's one of the two would fail, and there may be many at once.

        :param str url: where DingTalk shows it, for those that do not know it yet
        """
        if not self.ids:
            return
        compat.flush(self.env)
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            for row_id in sorted(self.ids):
                # One after the other: who waits for one holds no other one.
                cr.execute(
                    "UPDATE dingding_approval SET to_read = true,"
                    " news = COALESCE(news, 0) + 1, url = COALESCE(url, %s),"
                    " state = CASE WHEN status = 'sending' THEN state"
                    " ELSE 'queued' END,"
                    " next_try = CASE WHEN status = 'sending' THEN next_try END,"
                    " attempts = CASE WHEN status = 'sending' THEN attempts ELSE 0 END"
                    " WHERE id = %s",
                    [url or None, row_id],
                )
                cr.commit()  # pylint: disable=invalid-commit
        compat.forget(self.env)
        self.env["dingding.background"]._kick(self._name, self)

    @api.model
    def _dingtalk_event_bpms_instance_change(self, event):
        """Something has become of an approval: ask what.

        An instance that no row has was started by a person, see
        ``dingding.approval.adopting``, or it is ours and its number is about to be
        stored: then the inbox is looked into.
        """
        values = event._values()
        instance_id = values.text("processInstanceId")
        found = self.sudo().search(
            [("corp_id", "=", event.corp_id.id), ("instance_id", "=", instance_id)]
        )
        if not found:
            if not self._adopt_by_event(event, instance_id):
                event.note_code = "not_ours"
            return True
        found._note_news(timeline.address(values.text("url")))
        return True

    @api.model
    def _dingtalk_event_bpms_task_change(self, event):
        """Something has become of somebody's task: ask about the whole approval."""
        return self._dingtalk_event_bpms_instance_change(event)

    # -- reading -------------------------------------------------------------------

    def _follow(self, deadline):
        """Read as long as there is news.

        :return: False when the row's state has been set
        """
        while self.to_read:
            self._read_instance()
            if time.monotonic() > deadline and self.to_read:
                self._pause()
                return False
        return True

    def _read_instance(self):
        """Ask DingTalk and store what it says, tasks and timeline included."""
        news = self._news()
        corp, instance_id = self.corp_id, self.instance_id
        self._commit()
        try:
            answer = corp._approvals("instance", instance_id)
        except NotFoundError:
            # Deleted in DingTalk; an approval that has ended stays what it was.
            reading = None
        else:
            reading = timeline.read(answer, beijing_time)
        # News that was noted while DingTalk answered is no conflict for what follows.
        self._commit()
        if reading is None:
            self.write({"dingtalk_status": "DELETED", "dingtalk_result": False})
        else:
            self._store_reading(reading)
        self.write(
            {
                "read_at": fields.Datetime.now(),
                # What was noted while DingTalk answered is not in its answer.
                "to_read": self._news() != news,
            }
        )
        self._commit()

    def _news(self):
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
        new = self._store_records(reading, people)
        self._note_files(reading, new)
        if told or new:
            self.write({"changed": True})
            self._tell_records(new)

    @api.model
    def _address(self, reading):
        """Return where DingTalk shows it: the address of a task, else False."""
        urls = [task["url"] for task in reading.tasks if task["url"]]
        return urls[-1] if urls else False

    def _people(self, userids):
        """Return userid -> person of this organisation, those who have left too."""
        people = self.env["dingding.user"].with_context(active_test=False)
        found = people.search(
            [("corp_id", "=", self.corp_id.id), ("userid", "in", list(set(userids)))]
        )
        return {person.userid: person for person in found}

    def _store_tasks(self, reading, people):
        """Write what is new of the tasks; tell whether there was anything."""
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

    def _store_records(self, reading, people):
        """Add what is new of the timeline; return it."""
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
