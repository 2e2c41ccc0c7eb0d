# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Transfer attachments of approvals: upload the record's, download the approvers'."""
import base64
import logging

from odoo import _, api, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api.storage import MAX_FILE
from odoo.addons.dingding.dingtalk.errors import DingTalkError

from ..form import build

_logger = logging.getLogger(__name__)

MAX_FILES = 20  # per approval
# DingTalk's clients refuse to open these.
FORBIDDEN = ("exe", "bat", "cmd", "com", "scr", "js", "vbs", "msi", "sh", "jar", "apk")
MOST_ATTEMPTS = 5  # to download a file


class DingdingApproval(models.Model):
    """Transfer the files of approvals.

    A retried submission does not repeat uploads.
    """

    _inherit = "dingding.approval"

    # -- upload --------------------------------------------------------------------

    @api.model
    def _attachments_in(self, values):
        """Return the attachment ids in values of a form, in order."""
        found = []
        if isinstance(values, dict):
            if "attachment_id" in values:
                return [values["attachment_id"]]
            values = [values[name] for name in sorted(values)]
        if isinstance(values, list):
            for each in values:
                found += [one for one in self._attachments_in(each) if one not in found]
        return found

    @api.model
    def _check_files(self, values):
        """Refuse files that DingTalk would reject later.

        :raise UserError: a file is too large, empty or executable
        """
        ids = self._attachments_in(values)
        if len(ids) > MAX_FILES:
            raise UserError(
                _("%(count)d files: an approval accepts up to %(limit)d.")
                % {"count": len(ids), "limit": MAX_FILES}
            )
        for attachment in self.env["ir.attachment"].sudo().browse(ids).exists():
            name = self._file_name(attachment)
            if not attachment.file_size:
                raise UserError(_("%s is empty.") % name)
            if attachment.file_size > MAX_FILE:
                raise UserError(
                    _(
                        "%(file)s has %(size).1f MB; an approval accepts up to "
                        "%(limit)d MB.")
                    % self._sizes(name, attachment.file_size)
                )
            if name.rpartition(".")[2].lower() in FORBIDDEN:
                raise UserError(_("%s is a program and is never sent.") % name)

    @api.model
    def _sizes(self, name, size):
        return {
            "file": name, "size": size / 1048576.0, "limit": MAX_FILE // 1048576,
        }

    def _size_text(self, file):
        """Return why a file of DingTalk is not copied, in the submitter's language."""
        this = self._in_language_of(self.user_id)
        return this._too_large() % self._sizes(file.name, file.size)

    @api.model
    def _too_large(self):
        return _(
            "%(file)s has %(size).1f MB; files of up to %(limit)d MB are copied to "
            "Odoo. Open it in DingTalk.")

    @api.model
    def _file_name(self, attachment):
        """Return the name of a file; up to 12.0 it is in a separate field."""
        own = attachment.datas_fname if "datas_fname" in attachment else ""
        return own or attachment.name

    def _upload_files(self, client):
        """Upload the files of the form to the approvals' space, each once."""
        form = self._form()
        known = self.file_ids.filtered("file_id").mapped("attachment_id").ids
        for attachment_id in self._attachments_in(form.get("values")):
            if attachment_id in known:
                continue
            attachment = self.env["ir.attachment"].sudo().browse(attachment_id).exists()
            if not attachment:
                continue
            person = self.originator_id
            name = self._file_name(attachment)
            content = base64.b64decode(attachment.datas or b"")
            self._commit()
            given = self.corp_id._approvals(
                "upload", person.userid, person.unionid, name, content,
                agent_id=self._agent_id(), client=client,
            )
            self.file_ids.create(
                {
                    "approval_id": self.id,
                    "direction": "out",
                    "attachment_id": attachment_id,
                    "name": given.get("fileName") or name,
                    "space_id": given.get("spaceId"),
                    "file_id": given.get("fileId"),
                    "file_type": given.get("fileType"),
                    "size": int(given.get("fileSize") or len(content)),
                }
            )
            self._commit()

    def _agent_id(self):
        agent_id = self.corp_id._app_for("approval").agent_id or ""
        return int(agent_id) if agent_id.isdigit() else None

    def _with_files(self, values):
        """Return the form's values for the start, including files."""
        rows = {row.attachment_id.id: row for row in self.file_ids if row.file_id}
        values = self._replaced(values, rows)
        finished = []
        for value in values:
            if value.get("componentType"):
                finished += build.finish([value])
            else:
                finished.append(value)
        return finished

    @api.model
    def _replaced(self, value, rows):
        if isinstance(value, dict) and "attachment_id" in value:
            row = rows.get(value["attachment_id"])
            return row._members() if row else None
        if isinstance(value, dict):
            return {name: self._replaced(each, rows) for name, each in value.items()}
        if isinstance(value, list):
            found = [self._replaced(each, rows) for each in value]
            # Skip files that were deleted before the start.
            return [
                new for new, old in zip(found, value) if new is not None or old is None
            ]
        return value

    # -- download ------------------------------------------------------------------

    def _note_files(self, reading, new):
        """Queue the approvers' files for download after the write-back."""
        entries = {entry.key: entry for entry in new}
        known = set(self.file_ids.mapped("file_id"))
        for item in reading.records:
            entry = entries.get(item["key"])
            for each in item["files"] if entry else ():
                if not each["file_id"] or each["file_id"] in known:
                    continue
                known.add(each["file_id"])
                self._note_file(each, entry)

    def _note_file(self, item, entry=None):
        return self.file_ids.create(
            {
                "approval_id": self.id,
                "record_id": entry.id if entry else False,
                "direction": "in",
                "name": item["name"] or item["file_id"],
                "space_id": item["space_id"],
                "file_id": item["file_id"],
                "size": item["size"],
            }
        )

    def _fetch_files(self):
        """Download approvers' files as attachments of the record.

        A failed download blocks nothing: it is retried with the next status update.
        """
        if not self.mapping_id.attachment_back:
            return
        for row in self.file_ids.filtered(
            lambda row: row.direction == "in" and not row.attachment_id
            and row.attempts < MOST_ATTEMPTS
        ):
            record, name = self._record(), row.name
            if not record:
                return
            if row.size > MAX_FILE:
                # Each attempt would cost a call, and read this much.
                row.write({"attempts": MOST_ATTEMPTS, "error": self._size_text(row)})
                self._commit()
                continue
            row.write({"attempts": row.attempts + 1})
            instance_id, file_id = self.instance_id, row.file_id
            corp, comment = self.corp_id, row.record_id.kind == "ADD_REMARK"
            self._commit()
            try:
                content = corp._approvals(
                    "download", instance_id, file_id, with_comments=comment
                )
            except DingTalkError as error:
                _logger.info("%s of %s was not fetched: %s", file_id, self, error)
                row.write({"error": str(error)})
                self._commit()
                continue
            # With all rights, so Odoo would serve HTML and SVG as pages of this site.
            attachment = self.env["ir.attachment"].sudo().with_context(
                attachments_mime_plainxml=True
            ).create(
                dict(
                    compat.file_values(self.env, name, base64.b64encode(content)),
                    res_model=self.res_model, res_id=self.res_id,
                )
            )
            row.write({"attachment_id": attachment.id, "error": False})
            self._commit()
