# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json
from collections import OrderedDict

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_message_task import beijing_midnight

from .. import schedule
from .dingding_corp_pause import DIRECT_FEATURE, FOLLOWED_FEATURE

FOLLOWED = {"message", "note", "overdue"}
# DingTalk drops messages above 500; the rest waits for the next day's digest.
MOST_A_DAY = 450
# A message has room for about twenty documents; some of these may not be readable.
MOST_OVERDUE = 100  # activities with a line in a user's daily list
NEXT_DAY = datetime.timedelta(hours=24, minutes=10)


class DingdingNotification(models.Model):
    """Turn captured events into lines, and lines into work notifications.

    Runs in the worker's transaction with all rights. ``dingding.message`` rows, created
    there, send.
    """

    _inherit = "dingding.notification"

    # -- one method per mode ---------------------------------------------------------

    def _work_message(self):
        message = self.mail_message_id
        self.write({
            "name": message.record_name or message.subject,
            "res_model": message.model or False, "res_id": message.res_id or 0,
        })
        told = [("mail_message_id", "=", message.id)]
        if "notification_type" in self.env["mail.notification"]._fields:
            # Later series have rows for text messages and letters, too.
            told.append(("notification_type", "in", ("inbox", "email")))
        partners = self.env["mail.notification"].search(told).mapped(
            "res_partner_id") - message.author_id
        users = self.env["res.users"].search([("partner_id", "in", partners.ids)])
        if self._is_by_actor(message):
            users -= self.actor_id
        if not users:
            return
        values = {
            "mail_message_id": message.id, "res_model": message.model or False,
            "res_id": message.res_id or 0,
        }
        self._deliver([
            dict(values, user_id=user.id, kind=self._message_kind(message, user))
            for user in users
        ])

    @api.model
    def _is_by_actor(self, message):
        """Tell whether a message is the own doing of the user who has posted it.

        The gateway posts e-mails as the owner of the alias to which they were sent.
        """
        return message.message_type != "email"

    @api.model
    def _message_kind(self, message, user):
        """Return the kind of notification by which a user gets a message."""
        if user.partner_id in message.partner_ids:
            return "mention"
        internal = self.env["dingding.notification.line"]._is_internal(message)
        return "note" if internal else "message"

    def _work_assignment(self):
        record = self.env[self.res_model].browse(self.res_id).exists() if (
            self.res_model in self.env) else None
        if record and self.user_id.active:
            self.name = record.display_name
            self._deliver([{
                "kind": "assignment", "user_id": self.user_id.id, "source_id": self.id,
                "res_model": self.res_model, "res_id": self.res_id,
            }])

    def _work_activity(self):
        activity = self.activity_id
        user = activity.user_id
        # It may have gone to somebody else, or back to whom it came from.
        if user.active and user == self.user_id and not (
            self.env["dingding.todo"]._is_announced(activity)
        ):
            self.write({
                "name": activity.res_name or activity.summary,
                "res_model": activity.res_model or False,
                "res_id": activity.res_id or 0,
            })
            self._deliver([{
                "kind": "activity", "user_id": user.id, "activity_id": activity.id,
                "source_id": self.id,
                "res_model": activity.res_model or False,
                "res_id": activity.res_id or 0,
            }])

    def _work_overdue(self):
        late = [("user_id", "=", self.user_id.id), ("date_deadline", "<", self.day)]
        activities = self.env["mail.activity"].search(
            late, order="date_deadline, id", limit=MOST_OVERDUE)
        if len(activities) == MOST_OVERDUE:
            self.unlisted = self.env["mail.activity"].search_count(late) - MOST_OVERDUE
        lines = self._add_lines([
            {
                "kind": "overdue", "user_id": self.user_id.id,
                "activity_id": activity.id, "res_model": activity.res_model,
                "res_id": activity.res_id,
            }
            for activity in activities
        ])
        self._send(lines)

    def _work_document(self):
        """Do nothing: collected lines are sent before."""

    _work_day = _work_document

    def _work_recall(self):
        """Recall a work notification whose messages were deleted in Odoo."""
        message = self.message_id
        self.name = message._true_name()
        self._commit()
        if message.can_recall or message.state in ("queued", "sending"):
            message.action_recall()

    # -- delivery --------------------------------------------------------------------

    @api.model
    def _targets(self, users):
        """Return {user id: person} in organisations that notify.

        A user with several people is notified by the user's company's organisation.
        """
        people = self.env["dingding.user"].search(
            [("user_id", "in", users.ids), ("user_id.active", "=", True),
             ("corp_id.notify", "=", True), ("corp_id.active", "=", True)],
            order="corp_id, id",
        )
        found = {}
        for person in people:
            user = person.user_id
            own = person.corp_id.company_id == user.company_id
            if user.id not in found or own and (
                found[user.id].corp_id.company_id != user.company_id
            ):
                found[user.id] = person
        return found

    def _add_lines(self, values):
        return compat.create_all(
            self.env["dingding.notification.line"],
            [dict(each, notification_id=self.id) for each in values],
        )

    def _deliver(self, values):
        """Send notifications that are due; collect the rest.

        :param list values: of lines, one per user
        """
        now = self._now()
        users = self.env["res.users"].browse([each["user_id"] for each in values])
        targets = self._targets(users)
        due, later = [], OrderedDict()
        for user, each in zip(users, values):
            person = targets.get(user.id)
            if not person or not person.corp_id._notify_wants(user, each["kind"]):
                continue
            mode, moment = person.corp_id._notify_when(user, now)
            if mode == "document" and moment <= now:
                due.append(each)
            else:
                row = self._prepare_gathering(mode, moment, user, each)
                later.setdefault(row["key"], (row, []))[1].append(each)
        for row, group in later.values():
            self._gather(row)._add_lines(group)
        self._send(self._add_lines(due), alone=not later)

    @api.model
    def _prepare_gathering(self, mode, moment, user, values):
        """Return the values of the row that collects a line until it is due.

        Followers of a document share a row.

        :param str mode: ``document`` or ``day``
        """
        row = {
            "mode": mode, "moment": fields.Datetime.to_string(moment),
            "company": user.company_id.id, "user": None, "model": None, "id": 0,
        }
        if mode == "day":
            row.update(user=user.id, key="day,%d" % user.id)
        else:
            model, id_ = values.get("res_model") or "", values.get("res_id") or 0
            row.update(model=model, id=id_, key=",".join([
                mode, str(row["company"]), model, str(id_), row["moment"]]))
        return row

    def _gather(self, row):
        """Return the row that collects lines until they are due, locked.

        If another worker creates or takes it, one of the two is retried.

        :param dict row: of :meth:`_prepare_gathering`
        """
        values = dict(row, uid=self.env.uid)
        compat.flush(self.env)
        cr = self.env.cr
        while True:
            cr.execute(
                "INSERT INTO dingding_notification (mode, key, state, attempts,"
                " gathering, user_id, company_id, res_model, res_id, next_try,"
                " create_uid, create_date, write_uid, write_date) VALUES (%(mode)s,"
                " %(key)s, 'queued', 0, true, %(user)s, %(company)s, %(model)s,"
                " %(id)s, %(moment)s, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,"
                " now() AT TIME ZONE 'UTC') ON CONFLICT (key) WHERE gathering"
                " DO NOTHING RETURNING id", values,
            )
            found = cr.fetchone()
            if found:
                self.env["dingding.queue"]._wake(self._name, self.browse(found[0]))
                break
            cr.execute(
                "SELECT id, state IN ('queued', 'retry') FROM dingding_notification"
                " WHERE gathering AND key = %(key)s FOR UPDATE",
                values, log_exceptions=False,
            )
            found = cr.fetchone()
            if found and found[1]:
                break
            # It failed, or its worker died: start a new one.
            cr.execute(
                "UPDATE dingding_notification SET gathering = false"
                " WHERE gathering AND key = %(key)s", values, log_exceptions=False,
            )
        compat.forget(self.env)
        return self.browse(found[0])

    def _send(self, lines, alone=True):
        """Create one message per text, to all its recipients.

        :param bool alone: no others were collected, which an error would undo
        :raise UserError: no message can be sent, for example without an AgentId; other
            organisations get theirs
        """
        lines = lines.filtered(lambda line: line.state == "waiting")
        targets = self._targets(lines.mapped("user_id"))
        of_user = OrderedDict()
        for line in lines:
            of_user.setdefault(line.user_id.id, []).append(line.id)
        full = self._full(targets)
        # Read before switching users clears the cache.
        ways, refusals = self._ways(targets)
        bodies, known, numbers = OrderedDict(), {}, {}
        refused = OrderedDict()
        for user_id, line_ids in of_user.items():
            # Singly, so that reading one does not prefetch all.
            mine = lines.browse(line_ids)
            if user_id not in ways:
                mine._skip("no_account")
                continue
            person_id, corp_id, app_id, recall, files = ways[user_id]
            if corp_id in refusals:
                refused.setdefault(refusals[corp_id], []).extend(line_ids)
                continue
            if user_id in full:
                self._put_off(mine, self.env["dingding.corp"].browse(corp_id))
                continue
            readable = mine._readable()
            (mine - readable)._skip("no_access")
            if readable:
                try:
                    body = readable._body(
                        known, files, self._number(numbers, corp_id, readable))
                except (AccessError, MissingError):
                    # A name is made of what the recipient may not read.
                    compat.separate_users(self.env)
                    readable._skip("no_access")
                    continue
                key = (app_id, recall, json.dumps(body, sort_keys=True))
                entry = bodies.setdefault(key, (app_id, body, [], [], recall))
                entry[2].append(person_id)
                entry[3].extend(readable.ids)
        for app_id, body, person_ids, line_ids, recall in bodies.values():
            messages = self.env["dingding.message"]
            app = self.env["dingding.app"].browse(app_id)
            message = messages._create_queued(
                app, self.env["dingding.user"].browse(person_ids), [], body, None,
                self.env.user, personal=True,
            )
            message._texts()[message.id].parts = len(line_ids)
            kinds = set(lines.browse(line_ids).mapped("kind"))
            message.feature = (
                FOLLOWED_FEATURE if kinds <= FOLLOWED else DIRECT_FEATURE)
            lines.browse(line_ids).write(
                {"message_id": message.id, "state": "sending", "recall": recall})
            if not self.name:
                self.name = message._true_name()
        for text, line_ids in refused.items():
            if alone and not bodies:
                raise UserError(text)
            lines.browse(line_ids)._refuse(text)

    @api.model
    def _number(self, numbers, corp_id, lines):
        """Return the number by which the lines' discussion is answered, 0 without one.

        People who are named get it from the robot itself.

        :param dict numbers: of this delivery; this one is added
        """
        documents = {(line.res_model, line.res_id) for line in lines}
        (model, res_id), *others = documents
        if others or not model or not res_id or "message" not in lines.mapped("kind"):
            return 0
        key = corp_id, model, res_id
        if key not in numbers:
            corp = self.env["dingding.corp"].browse(corp_id)
            numbers[key] = corp._discussion_number(model, res_id)
        return numbers[key]

    @api.model
    def _ways(self, targets):
        """Return ({user id: (ids of person, organisation and application, recall, files
        are offered)}, {id of an organisation that cannot send: why}).

        DingTalk recalls whole calls.

        :param dict targets: of :meth:`_targets`
        """
        found, apps, refusals = {}, {}, {}
        for user_id, person in targets.items():
            corp = person.corp_id
            if corp.id not in apps:
                apps[corp.id] = False
                try:
                    app = corp._app_for("message")
                    self.env["dingding.message"]._check_app(app)
                    apps[corp.id] = app.id
                except UserError as error:
                    refusals[corp.id] = error.args[0]
            found[user_id] = (
                person.id, corp.id, apps[corp.id], corp._notify_recalls(person.user_id),
                corp.notify_files and person.user_id.has_group("base.group_user"),
            )
        return found, refusals

    def _full(self, targets):
        """Return the ids of users who reached today's limit of messages."""
        if not targets:
            return set()
        user_of = {person.id: user_id for user_id, person in targets.items()}
        self.env.cr.execute(
            "SELECT person_id FROM dingding_message_recipient WHERE person_id IN %s"
            " AND create_date >= %s GROUP BY person_id HAVING count(*) >= %s",
            [
                tuple(user_of),
                fields.Datetime.to_string(beijing_midnight(self._now())), MOST_A_DAY,
            ],
        )
        return {user_of[row[0]] for row in self.env.cr.fetchall()}

    def _put_off(self, lines, corp):
        """Move a user's lines to the next day's digest."""
        user = lines[0].user_id
        begin, end, works, digest = corp._notify_hours(user)
        moment = schedule.due(
            beijing_midnight(self._now()) + NEXT_DAY, corp._notify_zone(user),
            "daily", begin, end, works, digest,
        )
        row = self._gather(self._prepare_gathering("day", moment, user, {}))
        lines.write({"notification_id": row.id})
