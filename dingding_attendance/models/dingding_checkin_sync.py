# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read field check-ins: each morning, after check-ins, or when a manager asks."""
import base64
import bisect
import datetime
import io
import logging
import time

from odoo import api, fields, models

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.compat import date_of
from odoo.addons.dingding.dingtalk.beijing import OFFSET
from odoo.addons.dingding.dingtalk.errors import (
    NotFoundError,
    OutOfScopeError,
    PermissionDeniedError,
    TransportError,
)
from odoo.addons.dingding.models.dingding_picture import is_final
from odoo.addons.dingding.models.queue import hold_lock
from odoo.addons.dingding.pictures import open_picture

from ..dingtalk import checkins, windows
from .dingding_attendance_sync import EVENT_SECONDS, TURN_SECONDS

_logger = logging.getLogger(__name__)

# First key of the advisory lock held while an organisation's check-ins are read.
LOCK_CHECKINS = 0x44540033
MISSED_DAYS = 7  # read at most, after mornings without a sync
MANUAL_DAYS = 7
EVENT_DELAY = datetime.timedelta(hours=1)  # at most, after the check-in
MAX_PHOTO = 8 * 1024 * 1024  # bytes
MAX_PIXELS = 50 * 1000 * 1000
SIDE = 1280  # pixels to keep
PHOTO_BATCH = 20
VALUES = (
    "person_id", "checked_at", "place", "address", "latitude", "longitude", "note",
    "visited", "active", "deleted_on",
)
# Answers about people whom an application may not see.
UNSEEN = (NotFoundError, OutOfScopeError, PermissionDeniedError)


class DingdingCheckinSync(models.Model):
    """A sync of field check-ins: who started it, what it read."""

    _name = "dingding.checkin.sync"
    _inherit = ["dingding.sync.run.mixin", "dingding.queue.mixin"]
    _description = "DingTalk Field Check-in Sync"
    _order = "id desc"
    _corp_path = "corp_id"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            ("nightly", "Each morning"),
            ("manual", "Manual"),
            ("event", "After check-ins"),
        ],
        string="Type", required=True, readonly=True, default="manual",
    )
    user_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, ondelete="set null")
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    cursor = fields.Integer(readonly=True, copy=False)
    progress = fields.Integer(readonly=True, copy=False)
    finished_at = fields.Datetime(string="Finished on", readonly=True, copy=False)
    cancel_requested = fields.Boolean(readonly=True, copy=False)
    people_read = fields.Integer(string="People read", readonly=True, copy=False)
    checkins_read = fields.Integer(
        string="Check-ins read", readonly=True, copy=False)
    checkins_changed = fields.Integer(
        string="New or changed", readonly=True, copy=False)
    checkins_deleted = fields.Integer(
        string="Deleted in DingTalk", readonly=True, copy=False)

    # -- starting ----------------------------------------------------------------------

    @api.model
    def _today(self):
        return self.env["dingding.attendance.sync"]._today()

    @api.model
    def _start(self, corp, first=None, last=None):
        """Start a sync of these days, else of the last ones; return its action.

        :raise AccessError: for anybody but managers of the organisation
        """
        rights.check_manager(self)
        compat.check_access(corp, "write")
        corp._app_for("attendance")
        last = last or self._today()
        first = first or last - datetime.timedelta(days=MANUAL_DAYS - 1)
        # sudo: nobody may create syncs.
        model = self.sudo()
        open_sync = model._open_sync(corp, "manual")
        return self._show(open_sync.id or self._started(
            corp, "manual",
            lambda: model._begin(corp, "manual", first, last, user_id=self.env.uid)))

    @api.model
    def _begin(self, corp, kind, first, last, **values):
        sync = self.create(dict(
            values, corp_id=corp.id, kind=kind, date_from=str(first),
            date_to=str(last)))
        sync._enqueue()
        return sync

    @api.model
    def _cron_read(self):
        """Start this morning's syncs, with the days that earlier ones have missed."""
        attendance = self.env["dingding.attendance.sync"]
        now = attendance._utcnow() + OFFSET
        today, one = now.date(), datetime.timedelta(days=1)
        corps = self.env["dingding.corp"].search([("checkin_read", "!=", "never")])
        for corp in corps.filtered(lambda each: each.app_ids):
            read_on = corp.checkin_read_on and date_of(corp.checkin_read_on)
            if now.hour < corp.attendance_hour or read_on and read_on >= today:
                continue
            if self._open_sync(corp, "nightly"):
                # It has other days; these follow when it has ended.
                continue
            corp.checkin_read_on = str(today)
            done = self.search(
                [("corp_id", "=", corp.id), ("kind", "=", "nightly"),
                 ("state", "=", "done")], order="date_to desc", limit=1)
            first = done and date_of(done.date_to) + one or read_on or today - one
            self._begin(
                corp, "nightly", max(first, today - MISSED_DAYS * one), today - one)

    @api.model
    def _dingtalk_event_check_in(self, event):
        """Queue reading a person who has checked in, many people together."""
        corp = event.corp_id
        if corp.checkin_read != "events":
            event.note_code = "checkin_off"
            return
        userid = event._values().text("staffId")
        moment = event.occurred_at or event.received_at
        if not userid or not moment:
            return
        # At midnight it may be about the day before.
        day = (fields.Datetime.from_string(moment) + OFFSET - EVENT_DELAY).date()
        self.env.cr.execute(
            "UPDATE dingding_user SET checkin_due_on = %s"
            " WHERE corp_id = %s AND userid = %s AND active"
            " AND (checkin_due_on IS NULL OR checkin_due_on > %s)",
            [day, corp.id, userid, day],
        )
        if not self._open_sync(corp, "event"):
            self._begin_by_event()
            sync = self._begin(corp, "event", day, self._today())
            sync.write({"next_try": self._moment(EVENT_SECONDS)})

    def action_retry(self):
        """Read the days of a sync that failed or was cancelled again."""
        self.ensure_one()
        self._check_manager()
        return self._start(self.corp_id, date_of(self.date_from), date_of(self.date_to))

    # -- processing --------------------------------------------------------------------

    def _work(self, deadline):
        with hold_lock(self.env.cr.dbname, LOCK_CHECKINS, self.corp_id.id) as held:
            if not held:
                self._pause(TURN_SECONDS)
                return False
            if not self._read_people(deadline) or not self._store_photos(deadline):
                return self._stop()
            self.write({"cursor": 0, "progress": 100})
            if self.kind == "event" and self._people():
                # Others have checked in meanwhile.
                self._pause(EVENT_SECONDS)
                return False
        self._end("done", last_error=False, error_code=False, error_remedy=False)
        return False

    def _people(self):
        """Return (id, userid, first day or None) of the people to read, by id."""
        wanted = self.corp_id._checkin_people()
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT id, userid, checkin_due_on FROM dingding_user"
            " WHERE id = ANY(%s) AND id > %s AND (checkin_due_on IS NOT NULL OR NOT %s)"
            " ORDER BY id",
            [wanted.ids, self.cursor, self.kind == "event"],
        )
        return self.env.cr.fetchall()

    def _range(self, people):
        """Return (first, last) day to read."""
        first, last = date_of(self.date_from), date_of(self.date_to)
        if self.kind != "event":
            return first, last
        today = self._today()
        oldest = today - datetime.timedelta(days=MISSED_DAYS)
        first = min([date_of(day) for _id, _userid, day in people if day] or [today])
        return max(first, oldest), today

    def _read_people(self, deadline):
        """Read and store people batch by batch; return whether all were read."""
        everybody = sorted(self.corp_id._checkin_people().ids)
        people = self._people()
        ids = {userid: id_ for id_, userid, _day in people}
        batches = checkins.plan(
            [userid for _id, userid, _day in people], *self._range(people))
        feature = "checkin_events" if self.kind == "event" else "checkins"
        client = self.corp_id._attendance_client(feature)
        due = self._clear_due(people) if self.kind == "event" else {}
        jobs = [
            (batch, call, call is calls[-1]) for batch, calls in batches
            for call in calls
        ]
        self._commit()
        done = self.cursor
        try:
            for (batch, call, is_last), rows in windows.read_ahead(
                jobs, lambda job: client.checkins.records(*job[1]), client.at_once
            ):
                changed = self._store(rows, ids)
                deleted = self._note_deleted(client, call, rows, ids)
                values = {
                    "checkins_read": self.checkins_read + len(rows),
                    "checkins_changed": self.checkins_changed + changed,
                    "checkins_deleted": self.checkins_deleted + deleted,
                }
                if is_last:
                    done = ids[batch[-1]]
                    values.update(
                        cursor=done, people_read=self.people_read + len(batch),
                        progress=100 * bisect.bisect(everybody, done) // len(everybody))
                self.write(values)
                self._commit()
                over = time.monotonic() > deadline and batch is not batches[-1][0]
                if is_last and (over or self._is_cancelled()):
                    return False
            return True
        finally:
            self._restore_due(
                {id_: day for id_, day in due.items() if id_ > done})

    def _clear_due(self, people):
        """Clear the due mark of these people."""
        due = {id_: day for id_, _userid, day in people if day}
        if due:
            self.env.cr.execute(
                "UPDATE dingding_user SET checkin_due_on = NULL WHERE id = ANY(%s)",
                [sorted(due)])
        return due

    def _restore_due(self, due):
        """Restore the due mark of people not read."""
        if not due:
            return
        # The batch that was being stored is incomplete.
        compat.roll_back(self.env)
        for id_, day in due.items():
            self.env.cr.execute(
                "UPDATE dingding_user SET checkin_due_on ="
                " LEAST(COALESCE(checkin_due_on, %s), %s) WHERE id = %s",
                [day, day, id_])
        self._commit()

    def _store(self, rows, ids):
        """Create new check-ins and write changed ones; return how many."""
        model, corp = self.env["dingding.checkin"], self.corp_id
        rows = {row.key: row for row in rows if row.userid in ids}
        known = {
            each.dingtalk_key: each
            for each in model.with_context(active_test=False).search(
                [("corp_id", "=", corp.id), ("dingtalk_key", "in", sorted(rows))])
        }
        changed, fresh = 0, []
        for key in sorted(rows):
            values = _values(rows[key], ids)
            old = known.get(key)
            if old is None:
                fresh.append(dict(values, corp_id=corp.id, dingtalk_key=key))
                continue
            different = _different(old, values)
            if different:
                changed += 1
                old._set(different)
                if "visited" in different and old.partner_rule != "manual":
                    old._match()
        if fresh:
            for checkin in compat.create_all(model, fresh):
                checkin._match()
        return changed + len(fresh)

    # -- deleted in DingTalk -----------------------------------------------------------

    def _missing(self, call, rows):
        """Return the stored check-ins of a call that DingTalk has not returned."""
        userids, begin, end = call
        keys = {row.key for row in rows}
        found = self.env["dingding.checkin"].search([
            ("corp_id", "=", self.corp_id.id),
            ("person_id.userid", "in", list(userids)),
            ("checked_at", ">=", fields.Datetime.to_string(begin)),
            ("checked_at", "<=", fields.Datetime.to_string(end)),
        ])
        # Others have another key: DingTalk has never reported them.
        return found.filtered(
            lambda each: each.dingtalk_key not in keys
            and each.dingtalk_key.startswith("%s:" % each.person_id.userid))

    def _note_deleted(self, client, call, rows, ids):
        """Archive the check-ins that were deleted in DingTalk; return how many.

        An answer can lack a check-in for other reasons, so a second one must agree, and
        DingTalk must know the person. It comes back if DingTalk returns it again.
        """
        if not self._missing(call, rows):
            return 0
        self._commit()
        rows = client.checkins.records(*call)
        self._store(rows, ids)
        missing = self._missing(call, rows)
        unsure = {each.person_id.userid for each in missing}
        unsure -= {row.userid for row in rows}
        self._commit()
        unseen = {userid for userid in sorted(unsure) if not _is_seen(client, userid)}
        deleted = missing.filtered(lambda each: each.person_id.userid not in unseen)
        if deleted:
            deleted._set({"active": False, "deleted_on": fields.Datetime.now()})
        return len(deleted)

    # -- photos ------------------------------------------------------------------------

    def _store_photos(self, deadline):
        """Store the photos of check-ins, if wanted; return whether all were stored.

        Downloads are not billed.

        :raise TransportError: a retry may succeed; the other photos are stored
        """
        corp = self.corp_id
        if not corp.checkin_photos:
            return True
        client = corp._attendance_client("checkins")
        after, failure = 0, None
        while True:
            found = self.env["dingding.checkin"].search(
                [("corp_id", "=", corp.id), ("photos_pending", "=", True),
                 ("id", ">", after)], order="id", limit=PHOTO_BATCH)
            if not found:
                break
            for checkin in found:
                if time.monotonic() > deadline:
                    return False
                after = checkin.id
                try:
                    self._store_photos_of(client, checkin)
                except TransportError as error:
                    failure = error
        if failure is not None:
            raise failure
        return True

    def _store_photos_of(self, client, checkin):
        urls = (checkin.photo_urls or "").split("\n")
        # Keep no transaction open while a remote server is called.
        self._commit()
        files = []
        for url in urls:
            try:
                files.append(_shrink(client.get_file(url, MAX_PHOTO)))
            except (TransportError, ValueError) as error:
                if not is_final(error):
                    raise
                _logger.info("A photo of %s was refused: %s", checkin, error)
        attachments = self.env["ir.attachment"]
        attachments.search(
            [("res_model", "=", checkin._name), ("res_id", "=", checkin.id)]).unlink()
        for number, content in enumerate(files, 1):
            attachments.create({
                "name": "%d.jpg" % number, "type": "binary",
                "datas": base64.b64encode(content), "mimetype": "image/jpeg",
                "res_model": checkin._name, "res_id": checkin.id,
            })
        checkin._set({"photos_pending": False})
        self._commit()


def _is_seen(client, userid):
    try:
        client.contacts.user(userid)
    except UNSEEN:
        return False
    return True


def _values(row, ids):
    """Return the values of a check-in of DingTalk."""
    urls = [url for url in row.photos if "\n" not in url]
    return {
        "person_id": ids[row.userid],
        "checked_at": fields.Datetime.to_string(row.moment),
        "place": row.place or row.address or False,
        "address": row.address or False,
        "latitude": row.latitude, "longitude": row.longitude,
        "note": row.note or False, "visited": row.visited or False,
        "photo_urls": "\n".join(urls) or False,
        "photo_count": len(urls),
        "photos_pending": bool(urls),
        "active": True, "deleted_on": False,
    }


def _different(old, values):
    """Return the values that differ from a stored check-in."""
    found = {}
    for name in VALUES:
        before = old[name].id if name == "person_id" else old[name]
        after = values[name]
        if name in ("latitude", "longitude"):
            same = abs(before - after) < 0.000001
        else:
            same = str(before or "") == str(after or "")
        if not same:
            found[name] = after
    # Addresses may be signed anew.
    if _paths(old.photo_urls) != _paths(values["photo_urls"]):
        found.update({
            name: values[name]
            for name in ("photo_urls", "photo_count", "photos_pending")})
    return found


def _paths(urls):
    return [url.split("?")[0] for url in (urls or "").split("\n")]


def _shrink(content):
    """Return an untrusted picture as JPEG, no larger than SIDE.

    :raise ValueError: not a picture, or too large
    """
    with open_picture(content, MAX_PIXELS) as image:
        image = image.convert("RGB")
        image.thumbnail((SIDE, SIDE))
        small = io.BytesIO()
        image.save(small, "JPEG", quality=80)
    return small.getvalue()
