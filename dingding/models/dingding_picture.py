# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Download people's pictures in the background when their address has changed."""
import base64
import io
import logging
import time

from odoo import api, fields, models

from .. import compat
from ..dingtalk.errors import TransportError
from ..pictures import open_picture

_logger = logging.getLogger(__name__)

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 16 * 1000 * 1000
SIDE = 256  # pixels to keep
# So many consecutive failures mean that the host is down.
PATIENCE = 5
BATCH = 100  # people per query
OPEN_STATES = ("queued", "working", "retry")


def shrink(content):
    """Return a picture as base64 for a field, no larger than SIDE.

    :param bytes content: an untrusted file
    :raise ValueError: not a picture, or too large
    """
    with open_picture(content, MAX_PIXELS) as image:
        image = image.convert("RGBA")
        image.thumbnail((SIDE, SIDE))
        small = io.BytesIO()
        image.save(small, "PNG")
    return base64.b64encode(small.getvalue())


class DingdingPicture(models.Model):
    """One download of an organisation's pictures, processed by the queue."""

    _name = "dingding.picture"
    _inherit = "dingding.queue.mixin"
    _description = "DingTalk Picture Download"
    _order = "id desc"
    _corp_path = "corp_id"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    fetched = fields.Integer(string="Downloaded", readonly=True)
    refused = fields.Integer(string="Rejected", readonly=True)
    # Id of the last person without an answer, whom later steps pass over, and how many
    # had none in a row.
    cursor = fields.Integer(readonly=True, copy=False)
    failures = fields.Integer(
        string="Consecutive failures", readonly=True, copy=False)

    @api.model
    def _start(self, corp):
        """Queue the download of pictures whose address has changed, if enabled."""
        if corp.avatars != "changed" or not self._is_needed(corp):
            return
        rows = self.search([("corp_id", "=", corp.id)])
        if rows.filtered(lambda row: row.state in OPEN_STATES):
            return
        rows.unlink()
        self.create({"corp_id": corp.id})._enqueue()

    @api.model
    def _is_needed(self, corp):
        return bool(self._waiting(corp, 1))

    def _finish_work(self, corp, deadline):
        """Do what follows the downloads; return whether all of it is done."""
        return True

    @api.model
    def _waiting(self, corp, limit, after=0):
        """Return people whose picture does not match their address.

        :param int after: id of the last person checked
        """
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT id FROM dingding_user WHERE corp_id = %s AND active"
            " AND COALESCE(avatar_url, '') <> COALESCE(image_address, '')"
            " AND id > %s ORDER BY id LIMIT %s",
            [corp.id, after, limit],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        return self.env["dingding.user"].browse(ids)

    def _work(self, deadline):
        corp = self.corp_id
        client = corp._app_for("contact")._dingtalk_client(feature="contacts")
        after, failure = self.cursor, None
        while corp.avatars == "changed":
            people = self._waiting(corp, BATCH, after)
            if not people:
                break
            for person in people:
                if time.monotonic() > deadline:
                    return self._go_on_later()
                after = person.id
                try:
                    self._fetch(client, person)
                    if self.failures:
                        self.failures = 0
                except TransportError as error:
                    failure = error
                    self._note_failure(person, error)
        if not self._finish_work(corp, deadline):
            return self._go_on_later()
        if self.cursor and corp.avatars == "changed" and self._waiting(corp, 1):
            self.write({"cursor": 0, "failures": 0})
            self._commit()
            raise failure or TransportError("pictures", "some were not downloaded")
        return True

    def _go_on_later(self):
        """Leave the rest to the next step, which counts as the same attempt."""
        self._postpone(0)
        return False

    def _note_failure(self, person, error):
        """Pass over a person in this attempt; end it after several in a row.

        A host may take all of a step's time, without an answer.

        :param error: raised if these were too many
        """
        failures = self.failures + 1
        self.write({"cursor": person.id, "failures": failures % PATIENCE})
        self._commit()
        if failures == PATIENCE:
            raise error

    def _fetch(self, client, person):
        """Download and store one picture.

        :raise TransportError: a retry may succeed
        """
        address = person.avatar_url
        # Keep no transaction open while a remote server is called.
        self._commit()
        values = {"image_address": address}
        try:
            values["image"] = address and shrink(client.get_file(address, MAX_BYTES))
            self.fetched += bool(address)
        except (TransportError, ValueError) as error:
            if not is_final(error):
                raise
            # Keep the old picture, and retry only when the address changes.
            _logger.info("The picture of %s was refused: %s", person, error)
            self.refused += 1
        person.with_context(dingding_no_push=True).write(values)
        self._commit()


def is_final(error):
    """Tell whether requesting the same picture again is pointless."""
    if isinstance(error, ValueError):
        return True
    status = error.detail.get("status") if error.detail else None
    if status is not None:
        return status < 500 and status not in (408, 429)
    return not error.retryable or error.code == "too_long"
