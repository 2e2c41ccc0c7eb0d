# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Write an answer into a card of DingTalk while it arrives."""

import logging
import time
import uuid

from odoo.addons.dingding.dingtalk.api import cards
from odoo.addons.dingding.dingtalk.errors import DingTalkError

from .reply import Reply

_logger = logging.getLogger(__name__)

TITLE = "title"  # variable of the template
# Updates of a card besides the last one: each costs a call.
MOST_STEPS = 5
PAUSE_SECONDS = 1.5  # between them


class Writer(object):
    """A card that shows an answer before it is complete.

    :param client: of the application
    :param str template: ID of the card template
    :param str variable: the template's variable that streams
    :param str out_track_id: our ID of the card, kept for another attempt
    :param str robot_code: of the application
    :param str userid: of the person who asked
    :param str group: openConversationId of the group that gets the card, '' for the
        person
    :param str title: of the card
    :ivar bool shown: the card was sent, and shows the answer
    :ivar str variable: as above
    """

    def __init__(self, client, template, variable, out_track_id, robot_code, userid,
                 group="", title=""):
        self._client = client
        self._template, self.variable = template, variable
        self._card, self._robot_code = out_track_id, robot_code
        self._userid, self._group, self._title = userid, group, title
        self.shown = False
        self._over, self._steps, self._last = False, 0, None

    def show(self, text):
        """Show the text so far; nothing happens if that would cost too much."""
        now = time.monotonic()
        if self._over or self._steps >= MOST_STEPS or not text.strip() or (
                self._last is not None and now - self._last < PAUSE_SECONDS):
            return
        try:
            if not self.shown:
                self._create()
            self._client.cards.stream(
                self._card, uuid.uuid4().hex, self.variable, markdown(text))
            self.shown = True
        except cards.CardContentError:
            # The end shows neutral words.
            self.shown = self._over = True
        except DingTalkError as error:
            # The end shows it, by a message if there is no card.
            _logger.info("An answer is not shown while it is written: %s", error)
            self._over = True
        self._steps += 1
        self._last = time.monotonic()

    def _create(self):
        try:
            self._client.cards.create_and_deliver(
                self._template, self._card, self._userid, self._robot_code,
                {TITLE: self._title, self.variable: ""},
                summary={"ZH_CN": self._title, "EN_US": self._title}
                if self._title else None, group=self._group or None)
        except cards.CardExistsError:
            # An earlier attempt created it.
            return


def markdown(text):
    """Return an untrusted text as the markdown of a reply."""
    return Reply(text).body()["markdown"]["text"]
