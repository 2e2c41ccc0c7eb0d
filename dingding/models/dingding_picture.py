# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Pictures of people, fetched in the background when their address has changed."""
import base64
import io
import logging
import time

from PIL import Image

from odoo import api, fields, models

from .. import compat
from ..dingtalk.errors import TransportError

_logger = logging.getLogger(__name__)

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 16 * 1000 * 1000  # a small file may unpack to a very large picture
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
SIDE = 256  # pixels that are kept
# So many failures one after the other mean that the host is down.
PATIENCE = 5
BATCH = 100  # people who are looked up at once
OPEN_STATES = ("queued", "working", "retry")


def shrink(content):
    """Return a picture as the base64 that a field takes, no larger than SIDE.

    :param bytes content: a file that somebody else has made
    :raise ValueError: it is no picture, or too large a one
    """
    try:
        image = Image.open(io.BytesIO(content))
        if image.format not in FORMATS:
            raise ValueError("a picture of the kind %s" % image.format)
        if image.size[0] * image.size[1] > MAX_PIXELS:
            raise ValueError("a picture of %d x %d" % image.size)
        image = image.convert("RGBA")
        image.thumbnail((SIDE, SIDE))
        small = io.BytesIO()
        image.save(small, "PNG")
    except ValueError:
        raise
    except Exception as error:
        # Pillow raises nearly anything about a broken file.
        raise ValueError("no picture: %s" % type(error).__name__) from error
    return base64.b64encode(small.getvalue())


class DingdingPicture(models.Model):
    """One fetching of the pictures of an organisation; its row is the work."""

    _name = "dingding.picture"
    _inherit = "dingding.queue.mixin"
    _description = "Fetching of Pictures"
    _order = "id desc"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    fetched = fields.Integer(readonly=True)
    refused = fields.Integer(readonly=True)

    @api.model
    def _start(self, corp):
        """Have the pictures fetched whose address has changed, if that is wanted."""
        if corp.avatars != "changed" or not self._waiting(corp, 1):
            return
        rows = self.search([("corp_id", "=", corp.id)])
        if rows.filtered(lambda row: row.state in OPEN_STATES):
            return
        rows.unlink()
        self.create({"corp_id": corp.id})._enqueue()

    @api.model
    def _waiting(self, corp, limit, after=0):
        """Return people whose picture is not the one of their address.

        :param int after: id of the last one who was looked at
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
        client = corp._app_for("contact")._dingtalk_client()
        after, failures, failure = 0, 0, None
        while corp.avatars == "changed":
            people = self._waiting(corp, BATCH, after)
            if not people:
                break
            for person in people:
                if time.monotonic() > deadline:
                    self._pause()
                    return False
                after = person.id
                try:
                    self._fetch(client, person)
                    failures = 0
                except TransportError as error:
                    # The others still get theirs; this one is tried again later.
                    failure, failures = error, failures + 1
                    if failures == PATIENCE:
                        raise
        if failure is not None:
            raise failure
        return True

    def _fetch(self, client, person):
        """Fetch one picture and keep it.

        :raise TransportError: it may be there later
        """
        address = person.avatar_url
        # No transaction stays open while somebody else's server is asked.
        self._commit()
        values = {"image_address": address}
        try:
            values["image"] = address and shrink(client.get_file(address, MAX_BYTES))
            self.fetched += bool(address)
        except (TransportError, ValueError) as error:
            if not is_final(error):
                raise
            # Asked again when the address changes, and not before; an old one stays.
            _logger.info("The picture of %s was refused: %s", person, error)
            self.refused += 1
        person.with_context(dingding_no_push=True).write(values)
        self._commit()


def is_final(error):
    """Tell whether asking for the same picture again would not help."""
    if isinstance(error, ValueError):
        return True
    status = error.detail.get("status") if error.detail else None
    if status is not None:
        return status < 500 and status not in (408, 429)
    return not error.retryable or error.code == "too_long"
