# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import hmac
import json
import logging
import re
import time
from collections import OrderedDict
from urllib.parse import urlencode

from psycopg2 import sql

from odoo import _, api, fields, models

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.errors import (
    BusyError,
    DingTalkError,
    LoginCodeError,
)
from odoo.addons.dingding.models.dingding_secret_mixin import (
    digest,
    keyed,
    random_text,
)
from odoo.addons.dingding.models.queue import hold_lock
from odoo.addons.dingding.sealing import SecretError

from ..dingtalk.to_dos import ToDoActorError

_logger = logging.getLogger(__name__)

TOKENS = "tokens"  # name of the secret
PAGE_SECONDS = 600  # on DingTalk's page
PATIENCE = 6  # seconds to wait for a throttled call while a person waits
MARGIN = 300  # seconds before a token expires
LIFETIME = 7200  # seconds, if DingTalk does not say
# Unused refresh tokens expire after 30 days.
RENEW_AFTER = datetime.timedelta(days=15)
# First key of the lock of a consent's tokens.
LOCK_TOKENS = 0x44540022
OPEN = ("new", "open")
STATE = re.compile(r"([0-9]{1,12})-([0-9]{1,12})-([0-9a-f]{16})-[0-9a-f]{64}\Z")


class DingdingTodoConsent(models.Model):
    """A user's consent to personal to-dos, which Odoo changes in the user's name.

    DingTalk's tokens are secrets. They are kept until the to-dos are withdrawn.
    """

    _name = "dingding.todo.consent"
    _description = "DingTalk To-do Consent"
    _order = "id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users", string="User", readonly=True, ondelete="set null", index=True,
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", readonly=True, ondelete="set null",
        index=True, groups="dingding.group_manager",
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade", index=True, groups="dingding.group_manager",
    )
    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade", groups="dingding.group_manager",
    )
    unionid = fields.Char(
        string="UnionID", required=True, readonly=True,
        groups="dingding.group_manager",
    )
    state = fields.Selection(
        [
            ("given", "Given"),
            ("withdrawn", "Withdrawn"),
            ("expired", "Expired"),
        ], string="Status", required=True, readonly=True, default="given", index=True,
    )

    renewed_at = fields.Datetime(
        string="Renewed on", readonly=True, groups="dingding.group_manager",
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "unionid"],
            sql.SQL("state = 'given'"))
        return result

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), rights.complete(self, vals_list))

    def unlink(self):
        self.env["dingding.secret"]._forget(self)
        return super().unlink()

    # -- giving and ending it ----------------------------------------------------------

    @api.model
    def _person_of(self, user):
        """Return a user's person who may consent, with all rights."""
        # sudo: employees may not read people.
        person = self.env["dingding.todo"].sudo()._person_of(user.sudo(), None)
        return person.filtered("corp_id.todo_personal")

    @api.model
    def _begin(self, browser):
        """Return (DingTalk's address for the current user, None).

        :param str browser: mark of the browser
        :return: (None, a sentence) if the user may not consent
        """
        person = self._person_of(self.env.user)
        if not person:
            return None, self._not_offered()
        app = person.corp_id._app_for("message")
        state = self._state(
            browser, int(time.time()) + PAGE_SECONDS, app.id, random_text()[:16])
        values = OrderedDict(
            redirect_uri=self._return_address(), response_type="code",
            client_id=app.app_key, scope="openid", state=state, prompt="consent",
        )
        return "%s/oauth2/auth?%s" % (app.login_url, urlencode(values)), None

    @api.model
    def _state(self, browser, until, app_id, tab):
        """Return the state of DingTalk's page for the current user in this browser.

        :param int until: Unix time
        :param str tab: tells the user's attempts apart
        """
        words = "%d-%d-%s" % (until, app_id, tab)
        return "%s-%s" % (words, keyed(
            self.env, "dingding consent %s %d %s" % (browser, self.env.uid, words)))

    @api.model
    def _app_of(self, browser, state):
        """Return the id of the application of a state; None if it is not valid now."""
        found = STATE.match(state or "")
        if not found:
            return None
        until, app_id, tab = int(found.group(1)), int(found.group(2)), found.group(3)
        same = hmac.compare_digest(
            self._state(browser, until, app_id, tab).encode(), state.encode())
        return app_id if same and until >= time.time() else None

    @api.model
    def _return_address(self):
        return "%s/dingding/todo/consent/return" % (
            self.env["dingding.corp"]._base_url())

    @api.model
    def _end(self, browser, state, code):
        """Store the consent of the current user.

        :param str browser: mark of the browser
        :param str state: of DingTalk's redirect
        :param str code: likewise
        :return: (a sentence for the user, HTTP status)
        """
        app_id = self._app_of(browser, state)
        if not app_id:
            return self._expired_page(), 400
        if not code:
            return _("You did not consent. Nothing was changed."), 200
        person = self._person_of(self.env.user)
        # sudo: the user may not read the application.
        app = self.env["dingding.app"].sudo().browse(app_id).exists()
        if not person or not app or app.corp_id != person.corp_id:
            return self._not_offered(), 404
        if self._given(person)._has_used(state):
            return self._expired_page(), 400
        client = app._dingtalk_client(feature="todos", max_wait=PATIENCE)
        try:
            found = client.auth.user_token(code)
            unionid = client.auth.me(found["accessToken"])["unionId"]
        except DingTalkError as error:
            # Errors are redacted at their source.
            _logger.warning("Consent to personal to-dos: %s", error)
            return _("DingTalk did not confirm the consent. Try again."), 502
        if unionid != person.unionid:
            return _("You signed in to DingTalk as somebody who is not linked to your "
                     "user."), 403
        if not found.get("refreshToken"):
            return _("DingTalk did not confirm the consent. Try again."), 502
        self._store(person, app, found, state)
        return _("Your activities become personal to-dos. You can tick them in "
                 "DingTalk."), 200

    @api.model
    def _not_offered(self):
        return _("Your organisation does not offer personal to-dos.")

    @api.model
    def _expired_page(self):
        return _("This page has expired. Start again in your preferences.")

    @api.model
    def _given(self, person):
        """Return a person's stored consent, or an empty record, with all rights."""
        # sudo: nobody writes consents.
        return self.sudo().search(
            [("unionid", "=", person.unionid), ("corp_id", "=", person.corp_id.id),
             ("state", "=", "given")], limit=1,
        )

    @api.model
    def _store(self, person, app, found, state=None):
        """Store a person's consent and tokens, in place of earlier ones.

        :param str state: of DingTalk's page, not accepted again
        """
        values = {
            "user_id": person.user_id.id, "person_id": person.id, "app_id": app.id,
        }
        row = self._given(person)
        if row:
            row.write(values)
        else:
            row = row.create(dict(
                values, unionid=person.unionid, corp_id=person.corp_id.id))
        row._keep(found, state)
        self.env["dingding.todo.change"]._capture_of_users([person.user_id.id])

    @api.model
    def _of(self, person):
        """Return a person's consent that counts, or an empty record."""
        if not person.active or not person.corp_id.todo_personal:
            return self.browse()
        return self.search(
            [("person_id", "=", person.id), ("user_id", "=", person.user_id.id),
             ("state", "=", "given"), ("app_id.active", "=", True)], limit=1,
        ).filtered("user_id")

    def _withdraw(self):
        """End consents: their to-dos are withdrawn, and become work to-dos."""
        self.filtered(lambda row: row.state == "given").write({"state": "withdrawn"})
        self._forget_unused()
        users = self.mapped("user_id")
        if users:
            self.env["dingding.todo.change"]._capture_of_users(users.ids)

    def _expire(self):
        """Note that DingTalk no longer accepts the tokens."""
        self.write({"state": "expired"})
        self.env["dingding.secret"]._set(self, TOKENS, "")

    def _forget_unused(self):
        """Delete the tokens of ended consents without open to-dos."""
        for row in self.filtered(lambda each: each.state != "given"):
            if not self.env["dingding.todo"].search_count(
                [("given_consent_id", "=", row.id), ("status", "in", OPEN)]
            ):
                self.env["dingding.secret"]._set(row, TOKENS, "")

    # -- tokens ------------------------------------------------------------------------

    def _keep(self, found, state=None):
        """Store DingTalk's answer about tokens."""
        seconds = found.get("expireIn")
        if not isinstance(seconds, int) or seconds <= 0:
            seconds = LIFETIME
        self.env["dingding.secret"]._set(self, TOKENS, json.dumps({
            "access": found["accessToken"], "refresh": found["refreshToken"],
            "until": time.time() + seconds, "state": state and digest(state),
        }))
        self.renewed_at = fields.Datetime.now()

    def _has_used(self, state):
        """Tell whether the consent was given with this state; False if empty."""
        try:
            return bool(self) and self._tokens().get("state") == digest(state)
        except SecretError:
            # New tokens replace those whose key is lost.
            return False

    def _tokens(self):
        return json.loads(self.env["dingding.secret"]._get(self, TOKENS) or "{}")

    def _dingtalk_token(self, client, refused=None):
        """Return the user's token; renew it if it is about to expire.

        A refresh token works once, so workers renew one after the other and commit at
        once.

        :param str refused: a token that DingTalk no longer accepts
        :raise ToDoActorError: the user has to consent again
        """
        found = self._usable(refused)
        if found:
            return found
        with hold_lock(self.env.cr.dbname, LOCK_TOKENS, self.id, seconds=20) as held:
            if not held:
                raise BusyError("tokens", "another worker renews the token")
            changes = self.env["dingding.todo.change"]
            # A user who withdraws the consent meanwhile must not make the new tokens
            # fail to be stored. Another worker may have renewed them.
            changes._see_commits()
            found = self._usable(refused)
            if not found:
                found = self._dingtalk_renew(client)
                changes._commit()
        if not found:
            raise ToDoActorError("consent", "the user has to consent again")
        return found

    @api.model
    def _aging(self):
        """Return consents whose tokens have to be renewed, or would expire unused."""
        before = fields.Datetime.from_string(fields.Datetime.now()) - RENEW_AFTER
        return self.search([
            ("state", "=", "given"), ("person_id", "!=", False),
            ("corp_id.active", "=", True),
            ("renewed_at", "<", fields.Datetime.to_string(before)),
        ])

    def _dingtalk_keep_alive(self):
        """Renew the tokens."""
        for row in self:
            client = row.app_id._dingtalk_client(feature="todo_check")
            row._dingtalk_token(client, refused=row._tokens().get("access"))

    def _usable(self, refused):
        tokens = self._tokens()
        found = tokens.get("access")
        usable = found and found != refused and tokens["until"] > time.time() + MARGIN
        return found if usable else None

    def _dingtalk_renew(self, client):
        """Return a new token, None if DingTalk refuses."""
        tokens = self._tokens()
        if not tokens.get("refresh"):
            return None
        try:
            found = client.auth.renew_user_token(tokens["refresh"])
        except LoginCodeError:
            self._expire()
            return None
        # The old refresh token stays valid.
        self._keep(dict({"refreshToken": tokens["refresh"]}, **found))
        return found["accessToken"]
