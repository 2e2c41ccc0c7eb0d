# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import hashlib
import json
import uuid

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, MissingError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import beijing, messages_body
from odoo.addons.dingding.dingtalk.api import cards
from odoo.addons.dingding.dingtalk.errors import ApiError, InvalidArgumentError
from odoo.addons.dingding.models import times

from .. import card_text

# The data source that DingTalk reads when it shows a card.
SOURCE = "odoo"
MAX_PICTURE = 2 * 1024 * 1024  # bytes
MAX_URL = 500  # characters of a link in a work notification
MAX_TITLE = 200  # bytes of its title
# DingTalk waits two seconds for the answer to a press.
LATE_SECONDS = 3

# Presses whose answers show the card: what they show (unknown while it is being found
# out), and whether the answer may still arrive.
_ANSWERS = """
    SELECT press.id, press.shown_json, press.write_date > recently.moment
    FROM dingding_card_copy copy
    JOIN dingding_user person ON person.id = copy.person_id
    JOIN dingding_card_press press
        ON press.copy_id = copy.id AND press.user_id = person.user_id
    CROSS JOIN (SELECT clock_timestamp() AT TIME ZONE 'UTC'
        - %(seconds)s * interval '1 second' AS moment) recently
    WHERE copy.id = %(copy)s AND (press.shown_json IS NOT NULL
        OR press.write_date > recently.moment AND press.told_to_wait IS NOT TRUE
        AND press.outcome IN ('running', 'done', 'decided'))
"""


class DingdingCardCopy(models.Model):
    """One person's copy of a card.

    Its random ``outTrackId`` grants no right.
    """

    _name = "dingding.card.copy"
    _description = "DingTalk Card Copy"
    _inherit = "dingding.sent.mixin"
    _order = "id"
    _rec_name = "person_id"

    card_id = fields.Many2one(
        "dingding.card", string="Card", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    corp_id = fields.Many2one(
        related="card_id.corp_id", string="Organisation", readonly=True, store=True,
        index=True,
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", string="Company", readonly=True, store=True,
        index=True,
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    app_id = fields.Many2one(
        "dingding.app", string="Application", readonly=True, ondelete="set null",
        help="Only the application that sent the card may change it.",
    )
    out_track_id = fields.Char(
        string="Card ID", required=True, readonly=True, copy=False,
        groups="base.group_system", default=lambda self: uuid.uuid4().hex,
        help="Identifies the card in DingTalk.",
    )
    status = fields.Selection(
        [
            ("new", "To be sent"),
            ("sent", "Sent"),
            ("link", "Sent as a link"),
            ("refused", "Not sent"),
            ("gone", "Gone in DingTalk"),
        ],
        required=True, readonly=True, default="new", index=True,
    )
    neutral = fields.Boolean(
        readonly=True,
        help="DingTalk refused the card's texts, so it shows neutral words and a "
             "link.",
    )
    reason = fields.Char(readonly=True, help="Why it was not sent, or sent as a link.")
    shown_json = fields.Text(
        string="Shown values", readonly=True, groups="base.group_system",
        help="Values that DingTalk stores, as JSON.",
    )
    note = fields.Char(
        readonly=True, groups="base.group_system",
        help="Answer to a press, to be shown to the person.",
    )
    picture_id = fields.Char(
        string="Picture's media ID", readonly=True, groups="base.group_system")

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["out_track_id"])

    # -- who looks at it ---------------------------------------------------------------

    @api.model
    def _seen_by(self, record, user):
        """Return the record in the environment of a user, with language and companies.

        The record's company comes first, as if the user had chosen it.
        """
        # Our own context keys must not reach the models.
        context = {"lang": user.lang or "en_US", "tz": user.tz or beijing.ZONE}
        companies = compat.companies_to_choose(user)
        if companies:
            first = user.company_id.id
            field = record._fields.get("company_id")
            if field is not None and field.comodel_name == "res.company" and (
                    len(companies) > 1):
                own = record.sudo().company_id.id
                first = own if own in companies else first
            context["allowed_company_ids"] = [first] + [
                each for each in companies if each != first]
        env = record.env(context=context)
        return compat.with_user(record.with_env(env), user)

    def _viewed(self, user, record=None):
        """Return the record for a user who may read it now, else None.

        :param record: the document, if the caller has looked it up
        """
        record = record or self.card_id._record()
        if not record or not user or not user.active:
            return None
        mine = self._seen_by(record, user)
        try:
            compat.check_access(mine, "read")
        except (AccessError, MissingError):
            return None
        return mine

    def _language(self, user):
        """Return these rows in the language of a user."""
        return self.with_context(lang=user.lang or "en_US")

    # -- what it shows -----------------------------------------------------------------

    def _url(self, record):
        return self.env["dingding.corp"]._record_url(record)

    def _values(self):
        """Return the values of this copy that DingTalk should store.

        With the person's rights and language.
        """
        self.ensure_one()
        compat.separate_users(self.env)
        user = self.person_id.user_id
        this, card = self._language(user), self.card_id
        setup = this.card_id.card_setup_id
        # An archived person may still be in DingTalk.
        record = this._viewed(user) if self.person_id.active else None
        if record is None:
            return setup._blank(this._gone_title(), "")
        url = this._url(record)
        if self.neutral:
            return setup._blank(this._neutral_title(), url)
        slots = [action_id for action_id, _meaning in card._slots()]
        final = (
            card.status != "open" or card._is_expired()
            or not card.card_setup_id.active
        )
        values = setup._values(record, slots, url, final)
        if card.status == "decided":
            by = card_text.plain(card.decided_by.name or "")
            values["state"] = card_text.cut(
                "%s \u2013 %s" % (values["state"] or card.decision, by), 150)
        values["picture"] = self.picture_id or ""
        return values

    # -- sending: called by workers ----------------------------------------------------

    def _dingtalk_client(self, feature):
        app = self.app_id or self.corp_id._app_for("message")
        return app, app._dingtalk_client(feature=feature)

    def _commit(self):
        self.env["dingding.card.change"]._commit()

    def _dingtalk_send(self):
        """Send the card, or a link to the document if DingTalk refuses it.

        A retry finds the existing card, and makes the update that an earlier attempt
        owes: a change or closing of the card before that found no copy to update.

        :return: that of :meth:`_dingtalk_update`
        """
        if self.status != "new":
            return self._dingtalk_update(anew=True)
        user = self.person_id.user_id
        if not self.corp_id.active:
            self.write({
                "status": "refused", "reason": _("The organisation is archived.")})
            return None
        if not self.person_id.active or self._viewed(user) is None:
            self.write({
                "status": "refused",
                "reason": _("The recipient may no longer read the document."),
            })
            return None
        app, client = self._dingtalk_client("cards")
        template = self.card_id.card_setup_id.template or self.corp_id.card_template
        if not template:
            self._send_link(_("The organisation has no card template."))
            return None
        # The call may succeed and its answer be lost.
        self.write({"app_id": app.id})
        self._commit()
        self._dingtalk_picture(app, client)
        try:
            return self._dingtalk_create(app, client, template)
        except cards.CardContentError:
            if self.neutral:
                raise
            # Nothing was created.
            self.write({"neutral": True, "reason": _("DingTalk refused its texts.")})
            self._commit()
            return self._dingtalk_create(app, client, template)
        except cards.CardTemplateError as error:
            self._send_link(str(error))
        return None

    def _dingtalk_create(self, app, client, template):
        values = self._values()
        lines = self.card_id.card_setup_id.line_ids
        asks = not self.neutral and "viewer" in lines.mapped("shown")
        stream = app.stream_mode
        try:
            client.cards.create_and_deliver(
                template, self.out_track_id, self.person_id.userid, app._robot_code(),
                _texts(values), private={"note": ""},
                callback=cards.STREAM if stream else cards.HTTP,
                route_key=None if stream else app._card_route_key(),
                data_source=SOURCE if asks else None,
                summary={"ZH_CN": values["title"], "EN_US": values["title"]},
                group=self.group_id.conversation_id or None,
            )
        except cards.CardExistsError:
            # An earlier attempt created it.
            values = {}
        except cards.NotDeliveredError:
            # The card exists without a recipient.
            self.write({"out_track_id": uuid.uuid4().hex})
            self._commit()
            raise
        self.write({
            "status": "sent", "shown_json": json.dumps(values, sort_keys=True)})
        self._commit()
        # A change of the document meanwhile found no copy to update.
        compat.forget(self.env)
        return self._dingtalk_update(anew=not values)

    def _dingtalk_picture(self, app, client):
        """Upload the record's picture; refused ones are omitted."""
        path = self.card_id.card_setup_id.picture_path
        record = self._viewed(self.person_id.user_id)
        if not path or record is None or self.neutral or self.picture_id:
            return
        try:
            compat.check_field(record, path)
            content = base64.b64decode(
                record.with_context(bin_size=False)[path] or b"")
        except AccessError:
            return
        if not content or len(content) > MAX_PICTURE:
            return
        name = "%s.png" % hashlib.sha1(content).hexdigest()[:16]
        try:
            media_id = self.env["dingding.media"]._media_id(
                app, client, "image", name, content)
        except ApiError:
            return
        self.write({"picture_id": media_id})
        self._commit()

    def _send_link(self, reason):
        """Queue a work notification with a link in place of the card."""
        user = self.person_id.user_id
        this = self._language(user)
        record = this._viewed(user)
        setup = this.card_id.card_setup_id
        title = card_text.cut(card_text.escaped(setup._shown_title(record)), MAX_TITLE)
        url = this._url(record)[:MAX_URL]

        def build(*lines):
            return messages_body.action_card_single(
                title, card_text.BREAK.join(filter(None, lines)), this._open_label(),
                url)

        # DingTalk drops the second one of a day if they do not differ.
        moment = times.local(
            this.with_context(tz=user.tz or beijing.ZONE), this.create_date)
        heading = "#### %s %s" % (title, moment.strftime("%H:%M"))
        try:
            content = build(heading, setup._shown_lines(record, "card"))
        except InvalidArgumentError:
            # The name is too long; the link leads to the values.
            content = build(heading)
        self.env["dingding.message"].send(
            self.corp_id, self.person_id, content, personal=True)
        self.write({"status": "link", "reason": reason})

    # Odoo takes the language from ``self``.
    def _open_label(self):
        return _("Open in Odoo")

    def _gone_title(self):
        return _("This document is no longer available.")

    def _neutral_title(self):
        return _("A document needs your attention.")

    # -- updating: called by workers ---------------------------------------------------

    def _dingtalk_update(self, anew=False):
        """Update the card in DingTalk; only changed values are sent.

        DingTalk shows the presser what arrives last. An answer whose values are out of
        date must not be it, and is replaced even if the card has never shown them.

        :param bool anew: send all values: DingTalk may show others than Odoo knows
        :return: False if such an answer may still arrive: nothing was sent, call it
            again in LATE_SECONDS
        """
        if self.status != "sent" or not self.corp_id.active:
            return None
        values = self._values()
        shown = json.loads(not anew and self.shown_json or "{}")
        changed = _changed(values, shown)
        self.env.cr.execute(_ANSWERS, {"copy": self.id, "seconds": LATE_SECONDS})
        answers = self.env.cr.fetchall()
        for _press, answered, may_arrive in answers:
            older = _changed(_texts(values), json.loads(answered or "{}"))
            if older and may_arrive:
                return False
            changed.update((name, values[name]) for name in older)
        if not changed and not self.note:
            return None
        # Drop the answer to an earlier press.
        private = {"note": self.note or ""}
        # The budget pauses updates, but not what somebody waits for.
        client = self._dingtalk_client("cards" if self.note else "card_updates")[1]
        try:
            client.cards.update(
                self.out_track_id, _texts(changed), self.person_id.userid, private)
        except cards.CardGoneError:
            self.write({"status": "gone", "note": False})
            return None
        except cards.CardContentError:
            if self.neutral:
                raise
            self.write({"neutral": True, "note": False})
            self._commit()
            return self._dingtalk_update(anew)
        self.write({
            "shown_json": json.dumps(dict(shown, **values), sort_keys=True),
            "note": False,
        })
        replaced = tuple(press for press, _answered, may_arrive in answers
                         if not may_arrive)
        if replaced:
            self.env.cr.execute(
                "UPDATE dingding_card_press SET shown_json = NULL WHERE id IN %s",
                [replaced])
        return None

    def _is_stale(self):
        """Tell whether DingTalk shows other values than an update would send."""
        return bool(_changed(self._values(), json.loads(self.shown_json or "{}")))

    # -- private values ----------------------------------------------------------------

    def _private_values(self, user):
        """Return a viewer's private values when DingTalk shows the card.

        :return: dict of the template's variables
        """
        compat.separate_users(self.env)
        blank = {"secret": ""}
        if self.neutral or not (
            self.corp_id.active and self.card_id.card_setup_id.active
        ):
            return blank
        this = self._language(user)
        record = this._viewed(user)
        if record is None:
            return blank
        return {"secret": this.card_id.card_setup_id._shown_lines(record, "viewer")}


def _changed(values, shown):
    """Return those of the values that DingTalk does not show."""
    return {name: value for name, value in values.items() if shown.get(name) != value}


def _texts(values):
    """Return values in DingTalk's format."""
    return {name: value or "" for name, value in values.items()}
