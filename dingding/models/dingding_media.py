# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import hashlib

from odoo import api, fields, models

from .. import compat


class DingdingMedia(models.Model):
    """A file uploaded to DingTalk, so that it is uploaded only once."""

    _name = "dingding.media"
    _description = "DingTalk Media File"
    _order = "id desc"

    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    kind = fields.Char(string="Type", required=True, readonly=True)
    sha1 = fields.Char(string="SHA-1", required=True, readonly=True)
    media_id = fields.Char(required=True, readonly=True)

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["app_id", "kind", "sha1"])

    @api.model
    def _digest(self, filename, content):
        """Return the hash of a file and its name."""
        digest = hashlib.sha1(filename.encode("utf-8"))
        digest.update(b"\0")
        digest.update(content)
        return digest.hexdigest()

    @api.model
    def _media_id(self, app, client, kind, filename, content):
        """Return the media id of a file, uploading it unless DingTalk has it.

        :param DingTalkClient client: client of ``app``
        :param bytes content: the file
        :raise DingTalkError: DingTalk refuses it
        """
        sha1 = self._digest(filename, content)
        known = self.search(
            [("app_id", "=", app.id), ("kind", "=", kind), ("sha1", "=", sha1)], limit=1
        )
        if known:
            return known.media_id
        media_id = client.media.upload(kind, filename, content)
        # Two workers may upload the same file; either id is valid.
        self.env.cr.execute(
            "INSERT INTO dingding_media (app_id, kind, sha1, media_id, create_date)"
            " VALUES (%s, %s, %s, %s, now() at time zone 'UTC')"
            " ON CONFLICT (app_id, kind, sha1) DO NOTHING",
            [app.id, kind, sha1, media_id],
        )
        return media_id
