# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import hashlib
import hmac
import json
import logging
import time
import uuid

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import crypto
from odoo.addons.dingding.dingtalk.api import cards
from odoo.addons.dingding.dingtalk.errors import DingTalkError
from odoo.addons.dingding.models.remedies import user_errors

from .. import card_press

_logger = logging.getLogger(__name__)

CARD_PATH = "/dingding/card/%s"
SECRET = "card_secret"
TIMESTAMP = "x-ddpaas-signature-timestamp"
MAX_AGE = 600  # seconds that a signature is valid, for clocks that differ
EVENT = "card_callback"  # its name among the pushes that are counted


class DingdingApp(models.Model):
    """Receive presses on cards, in Stream mode and over HTTP."""

    _inherit = "dingding.app"

    card_url = fields.Char(
        string="Card callback URL", compute="_compute_card_url",
        help="URL to which DingTalk sends presses on cards without Stream mode.",
    )
    card_registered_on = fields.Datetime(
        string="Card callback registered on", readonly=True, copy=False,
    )

    @api.depends("app_key")
    def _compute_card_url(self):
        base = self.env["dingding.corp"]._base_url()
        for app in self:
            app.card_url = base + CARD_PATH % (app.app_key or "")

    def _card_route_key(self):
        """Return the name of the URL among DingTalk's registrations."""
        self.ensure_one()
        parameters = self.env["ir.config_parameter"].sudo()
        text = "%s %s" % (parameters.get_param("database.uuid"), self.app_key)
        return "odoo_%s" % hashlib.sha256(text.encode("utf-8")).hexdigest()[:24]

    # -- Stream mode -------------------------------------------------------------------

    def _stream_callbacks(self):
        return dict(
            super()._stream_callbacks(),
            **{cards.PRESSED: "_take_card_callback", cards.ASKED: "_take_card_callback"}
        )

    def _take_card_callback(self, headers, data):
        """Handle a card's callback from a Stream; return the answer.

        :param dict headers: of the frame
        :param data: its data, decoded
        """
        message_id = headers.get("messageId")
        if headers.get("topic") == cards.ASKED and isinstance(data, dict):
            # If the data does not say it, the topic does.
            data = dict({"type": card_press.DATA}, **data)
        return self._card_take(
            message_id if isinstance(message_id, str) else "", data)

    def _card_take(self, message_id, data, signed=""):
        """Act on a callback; always return an answer for the person.

        See ``dingding.card.press._receive``.
        """
        self.ensure_one()
        app = self.sudo()
        presses = self.env["dingding.card.press"].sudo()
        try:
            with self.env.cr.savepoint():
                answer = presses._receive(app, message_id[:200], data, signed)
                compat.flush(self.env)
            return answer
        except Exception:
            # The person cannot solve it.
            compat.forget(self.env)
            _logger.exception("A callback of a card failed")
            return presses._private_answer(presses._said("failed"))

    # -- HTTP --------------------------------------------------------------------------

    @api.model
    def _card_receive(self, ref, headers, content, remote=""):
        """Verify a callback over HTTP, act on it and return the answer.

        The caller provides a separate READ COMMITTED transaction, and sends the answer
        after committing it.

        :param str ref: AppKey in the address
        :param headers: of the request, case-insensitive
        :param bytes content: the body, None if it was too large to be read
        :param str remote: address of the caller, for the log of refusals
        :return: (HTTP status, object for the body)
        """
        app = self.search([("app_key", "=", ref.replace("\x00", ""))], limit=1)
        cause = app._card_refusal(headers, content) if app else "address"
        if cause:
            _logger.info("A callback of a card was refused: %s", cause)
            self.env["dingding.event.refusal"]._note(app, cause, "", remote)
            return {"size": 413, "body": 400}.get(cause, 403), {}
        data = _loads(content)
        if self.env["dingding.budget"]._note_push(app, EVENT, data):
            return 200, {}
        return 200, app._card_take("", data, headers.get(TIMESTAMP))

    def _card_refusal(self, headers, content):
        """Return why a request is not from DingTalk, or None."""
        if content is None or len(content) > card_press.LARGEST:
            return "size"
        try:
            secret = self.env["dingding.secret"]._get(self, SECRET)
        except DingTalkError as error:
            _logger.warning("The secret for cards cannot be read: %s", error)
            return "library"
        timestamp = headers.get(TIMESTAMP) or ""
        signature = headers.get("x-ddpaas-signature") or ""
        if not secret or not timestamp or not signature:
            return "parameters"
        expected = cards.signature(secret, timestamp)
        if not hmac.compare_digest(
            expected.encode("utf-8"), signature.encode("utf-8", "replace")
        ):
            return "stranger"
        moment = crypto.seconds(timestamp)
        if moment is None or abs(time.time() - moment) > MAX_AGE:
            return "clock"
        if _loads(content) is None:
            return "body"
        return None

    # -- buttons -----------------------------------------------------------------------

    def action_card_register(self):
        """Register the URL for presses on cards with DingTalk, with a new secret.

        :raise AccessError: for everybody but administrators
        :raise UserError: DingTalk refuses
        """
        self.ensure_one()
        self._callback_check_administrator()
        secret = uuid.uuid4().hex + uuid.uuid4().hex
        client = self._dingtalk_client(feature="cards", max_wait=0)
        with user_errors(self.env):
            client.cards.register_callback(
                self._card_route_key(), self.card_url, secret)
        self.env["dingding.secret"]._set(self, SECRET, secret)
        self.card_registered_on = fields.Datetime.now()
        return True


def _loads(content):
    try:
        found = json.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
