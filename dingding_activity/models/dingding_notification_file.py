# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import re

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import beijing
from odoo.addons.dingding.models import times

from .. import files
from .dingding_corp_pause import FILES_FEATURE

PAGE = "/dingding/activity/files/"
MOST_MESSAGES = 10
MOST_FILES = 20  # that a person gets in a day
CALLS = 5
_IDS = re.compile(r"[0-9]{1,9}(-[0-9]{1,9}){0,%d}\Z" % (MOST_MESSAGES - 1))


class DingdingNotification(models.Model):
    """Send files of messages to people who ask for them, each once a day.

    DingTalk drops repetitions of a day. Rights are checked again before sending.
    """

    _inherit = "dingding.notification"

    # -- what a person may get -------------------------------------------------------

    @api.model
    def _may_read_message(self, message):
        """Tell whether the current user may read a message and its document."""
        # sudo: the document does not depend on the user.
        sudo = message.sudo()
        try:
            compat.check_access(message, "read")
            if sudo.model and sudo.res_id:
                if sudo.model not in self.env:
                    return False
                record = self.env[sudo.model].browse(sudo.res_id)
                if not record.sudo().exists():
                    return False
                compat.check_access(record, "read")
        except (AccessError, MissingError):
            return False
        return True

    @api.model
    def _offered_files(self, message_ids):
        """Return [(message, attachment)] that the current user may read.

        Internal users only: later series let others read attachments by links alone.
        """
        found = []
        if not self.env.user.has_group("base.group_user"):
            return found
        for message in self.env["mail.message"].browse(message_ids).exists():
            if self._may_read_message(message):
                # sudo: names which to search for; the search checks rights.
                ids = message.sudo().attachment_ids.ids
                found += [(message, attachment) for attachment in self.env[
                    "ir.attachment"].search([("id", "in", ids)], order="id")]
        return found

    @api.model
    def _file_name(self, attachment):
        # 11 to 13 have another field for the name.
        own = attachment._fields.get("datas_fname") and attachment.datas_fname
        return own or attachment.name or ""

    @api.model
    def _file_kind(self, attachment):
        """Return the type of work notification for an attachment, or None."""
        if attachment.type != "binary":
            return None
        return files.kind_of(self._file_name(attachment), attachment.file_size)

    @api.model
    def _file_person(self):
        """Return the current user's person, with sudo, empty if nothing is sent."""
        # sudo: employees may not read people, only their own settings.
        person = self.sudo()._targets(self.env.user.sudo()).get(self.env.uid)
        people = self.env["dingding.user"].sudo()
        return person if person and person.corp_id.notify_files else people

    @api.model
    def _file_day(self):
        return fields.Date.to_string((self._now() + beijing.OFFSET).date())

    # -- asking ----------------------------------------------------------------------

    @api.model
    def _files_path(self, message_ids):
        """Return the path of the page with the files of messages."""
        return PAGE + "-".join(str(id_) for id_ in message_ids[:MOST_MESSAGES])

    @api.model
    def _files_of(self, text):
        """Return the messages named in a path, as ids; [] for anything else.

        :param str text: untrusted input
        """
        return [int(id_) for id_ in text.split("-")] if _IDS.match(text) else []

    @api.model
    def _files_page(self, text):
        """Return the values of the page of the current user.

        :param str text: the part of the path that names messages
        """
        rows = [
            self._files_row(message, attachment)
            for message, attachment in self._offered_files(self._files_of(text))
        ]
        problem = ""
        if not rows:
            problem = _("There are no files here that you may read.")
        elif not self._file_person():
            problem = _("Your organisation does not send files to you in DingTalk.")
        return {
            "files": rows, "problem": problem,
            "ready": not problem and any(row["ready"] for row in rows),
            "cost": _(
                "They arrive as messages in DingTalk, within a minute or so. Each one "
                "uses about %d of the API calls that your organisation has in a month."
            ) % CALLS,
        }

    @api.model
    def _files_row(self, message, attachment):
        """Return what the page shows of a file."""
        kind = self._file_kind(attachment)
        # sudo: people may not read the attachment of a row.
        last = self.sudo().search(
            [("mode", "=", "file"), ("user_id", "=", self.env.uid),
             ("attachment_id", "=", attachment.id)], order="id desc", limit=1)
        today = last and fields.Date.to_string(
            fields.Date.from_string(last.day)) == self._file_day()
        outcome, reason = last._file_outcome() if last else ("", "")
        text = ""
        if not kind:
            text = _("DingTalk does not accept this type or size of file.")
        elif outcome == "failed":
            text = _("Not delivered: %s") % reason
        elif outcome:
            text = self._sent_text(last, outcome)
        return {
            "id": attachment.id, "name": self._file_name(attachment),
            "size": files.shown_size(attachment.file_size or 0), "status": text,
            "ready": bool(kind) and (outcome == "failed" or not today),
        }

    @api.model
    def _sent_text(self, row, outcome):
        if outcome != "sent":
            return _("Being sent")
        local = times.local(
            self.with_context(**self.env.user._dingding_context()), row.create_date)
        return _("Sent on %s") % local.strftime("%Y-%m-%d %H:%M")

    def _file_outcome(self):
        """Return (``failed``, ``sent`` or ``sending``, the reason of a failure)."""
        line = self.line_ids[:1]
        if not line and self.state in ("failed", "unknown"):
            return "failed", self.remedy or self.last_error or "?"
        if line.state == "no_access":
            return "failed", self._no_access_text()
        if line.state == "failed":
            return "failed", line.reason or "?"
        return ("sent" if line.state == "sent" else "sending"), ""

    @api.model
    def _request_files(self, text, attachment_ids):
        """Queue files that the current user asks for; each once a day.

        :param str text: the part of the path that names messages
        :param attachment_ids: untrusted numbers
        :return: the number of files queued
        :raise UserError: too many for one day, or sent again a minute ago
        """
        if not self._file_person():
            return 0
        wanted = {
            attachment.id: message.id
            for message, attachment in self._offered_files(self._files_of(text))
            if attachment.id in attachment_ids and self._file_kind(attachment)
        }
        uid, day = self.env.uid, self._file_day()
        # sudo: people may not read the attachment of a row.
        known = self.sudo().search(
            [("mode", "=", "file"), ("user_id", "=", uid), ("day", "=", day),
             ("attachment_id", "in", list(wanted))])
        new = sorted(set(wanted) - set(known.mapped("attachment_id").ids))
        failed = known.filtered(lambda row: row._file_outcome()[0] == "failed")
        for row in self.env["dingding.press"]._allow_again(failed, "retry"):
            row._send_again()
        if not new:
            return len(failed)
        # It counts requests at the same time, too.
        self.env["dingding.press"]._allow(
            self.env["ir.attachment"].browse(new), "files", 0, MOST_FILES,
            text=_("You can get up to %d files a day in DingTalk.") % MOST_FILES)
        # Two simultaneous clicks send one file.
        compat.flush(self.env)
        self.env.cr.execute(
            "INSERT INTO dingding_notification (mode, state, attempts, gathering,"
            " mail_message_id, attachment_id, user_id, actor_id, day, company_id,"
            " create_uid, create_date, write_uid, write_date) SELECT 'file', 'queued',"
            " 0, false, part.message_id, part.attachment_id, %(uid)s, %(uid)s,"
            " %(day)s::date, (SELECT company_id FROM res_users WHERE id = %(uid)s),"
            " %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
            " FROM unnest(%(messages)s, %(attachments)s)"
            " AS part (message_id, attachment_id)"
            " ON CONFLICT (user_id, attachment_id, day) WHERE mode = 'file'"
            " DO NOTHING RETURNING id",
            {
                "uid": uid, "day": day, "attachments": new,
                "messages": [wanted[id_] for id_ in new],
            },
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self._captured(ids)
        return len(ids) + len(failed)

    # -- sending ---------------------------------------------------------------------

    def _granted_file(self):
        user = self.user_id
        env = self.env(user=user.id, context=user._dingding_context())
        try:
            offered = self.with_env(env)._offered_files(self.mail_message_id.ids)
            ids = [attachment.id for _message, attachment in offered]
        finally:
            compat.separate_users(self.env)
        return self.attachment_id.filtered(lambda each: each.id in ids)

    def _work_file(self):
        row = self.with_context(**self.user_id._dingding_context())
        if not row.line_ids:
            row._dingtalk_send_file()

    def _dingtalk_send_file(self):
        """Upload the file and queue the message with it.

        Message and line are created in one transaction; a repeated upload is harmless.

        :raise UserError: it cannot be sent; the person reads why
        """
        user = self.user_id
        targets = self._targets(user)
        person = targets.get(user.id)
        if not person or not person.corp_id.notify_files:
            raise UserError(
                _("Your organisation does not send files to you in DingTalk."))
        ways, refusals = self._ways(targets)
        if refusals:
            raise UserError(list(refusals.values())[0])
        if self._full(targets):
            raise UserError(_("You have got too many notifications today."))
        _person_id, _corp_id, app_id, recall, _files = ways[user.id]
        attachment = self._granted_file()
        kind = attachment and self._file_kind(attachment)
        if not kind:
            raise UserError(self._no_access_text())
        message = self.mail_message_id
        self.write({
            "name": message.record_name or message.subject,
            "res_model": message.model or False, "res_id": message.res_id or 0,
        })
        self._commit()
        app = self.env["dingding.app"].browse(app_id)
        name = self._file_name(attachment)
        media_id = self.env["dingding.media"]._media_id(
            app, app._dingtalk_client(feature=FILES_FEATURE), kind, name,
            base64.b64decode(attachment.datas or b""))
        sent = self.env["dingding.message"]._create_queued(
            app, person, [], {"msgtype": kind, kind: {"media_id": media_id}}, None,
            self.env.user, personal=True)
        sent._texts()[sent.id].write({"name": name, "parts": 1})
        sent.feature = FILES_FEATURE
        self._add_lines([{
            "kind": "file", "user_id": user.id, "source_id": self.id,
            "res_model": self.res_model, "res_id": self.res_id,
            "message_id": sent.id, "state": "sending", "recall": recall,
        }])

    # Odoo takes the language from ``self``.
    def _no_access_text(self):
        return _("You may not read this file, or it was deleted.")
