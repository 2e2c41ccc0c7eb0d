# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import hashlib
import json
import re

from odoo import api, fields, models

from odoo.addons.dingding import compat

KEEP_HOURS = 24
LONGEST = 200  # characters of a message id
# After an even number of backslashes: NUL as JSON writes it.
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class DingdingStreamCallback(models.Model):
    """A callback that came over a Stream, with its answer.

    DingTalk repeats what was answered late; the second runner waits and repeats the
    answer.
    """

    _name = "dingding.stream.callback"
    _description = "DingTalk Stream Callback"
    _rec_name = "message_key"

    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade",
    )
    message_key = fields.Char(string="Message key", required=True, readonly=True)
    answer = fields.Text(
        readonly=True, groups="base.group_system", help="Sent to DingTalk, as JSON."
    )

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["app_id", "message_key"])
        compat.date_index(self.env.cr, self._table)

    @api.model
    def _begin(self, app, headers):
        """Claim a message; wait for another runner that handles it.

        :return: (id of its row, None) if it is new, (None, answer) otherwise; (0, None)
            if it has no id to recognise it by
        """
        key = headers.get("messageId")
        if not isinstance(key, str) or not key:
            return 0, None
        if len(key) > LONGEST or "\x00" in key:
            key = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        self.env.cr.execute(
            "INSERT INTO dingding_stream_callback (app_id, message_key, create_uid,"
            " create_date) VALUES (%s, %s, %s, now() AT TIME ZONE 'UTC')"
            " ON CONFLICT (app_id, message_key) DO NOTHING RETURNING id",
            [app.id, key, self.env.uid],
        )
        row = self.env.cr.fetchone()
        if row:
            return row[0], None
        self.env.cr.execute(
            "SELECT answer FROM dingding_stream_callback WHERE app_id = %s"
            " AND message_key = %s", [app.id, key],
        )
        row = self.env.cr.fetchone()
        return None, json.loads(row[0]) if row and row[0] else None

    @api.model
    def _end(self, row_id, answer):
        """Store the answer of a message.

        :raise TypeError: it cannot be written as JSON
        """
        # PostgreSQL accepts no NUL.
        text = NUL.sub(r"\1", json.dumps(answer))
        if row_id and answer is not None:
            self.env.cr.execute(
                "UPDATE dingding_stream_callback SET answer = %s WHERE id = %s",
                [text, row_id],
            )

    @api.model
    def _forget_old(self):
        """Delete the callbacks that DingTalk no longer repeats."""
        self.env.cr.execute(
            "DELETE FROM dingding_stream_callback WHERE create_date <"
            " now() AT TIME ZONE 'UTC' - %s * interval '1 hour'",
            [KEEP_HOURS],
        )
