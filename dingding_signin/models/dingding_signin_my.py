# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging
import time
from urllib.parse import urlencode

from odoo import _, api, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat

from .dingding_signin import WINDOW, Outcome, went_well
from .res_users import MY_PAGE as PAGE

_logger = logging.getLogger(__name__)

WRONG = 5  # passwords per window
MESSAGES = 10  # to a user about binding, per day
FRESH = 300  # seconds during which a sign-in replaces the password
# Signs out, signs in again, then returns.
AGAIN = "/web/session/logout?" + urlencode(
    {"redirect": "/web/login?" + urlencode({"redirect": PAGE})}
)


class DingdingSigninMy(models.AbstractModel):
    """Manage one's own account: the DingTalk people who sign in as this user."""

    _name = "dingding.signin.my"
    _inherit = "dingding.signin"
    _description = "DingTalk Account Binding"

    @api.model
    def _values(self, visitor):
        """Return the page's values for the current user."""
        user = self.env.user
        people = self.env["dingding.user"].sudo().search(
            [("user_id", "=", user.id)]
        )
        free = self._bindable().filtered(
            lambda corp: corp not in people.mapped("corp_id")
        )
        return {
            "people": [
                {"id": person.id, "name": person.name, "corp": person.corp_id.name}
                for person in people
            ],
            "corps": [{"id": corp.id, "name": corp.name} for corp in free],
            "user": user.name,
            "fresh": self._is_fresh(visitor),
            "again": AGAIN,
        }

    @api.model
    def _is_fresh(self, visitor):
        """Return whether the user has just signed in in this very session.

        For users without a password. A sign-in elsewhere would unlock a session left
        open.
        """
        return bool(
            visitor.uid and visitor.since and 0 <= time.time() - visitor.since < FRESH
        )

    @api.model
    def _bindable(self):
        """Return the organisations, with sudo, whose DingTalk page can be used."""
        corps = self.env["dingding.corp"]._signin_corps(
            "oauth2", "widget", "qr", "inside"
        )
        return corps.filtered(
            lambda corp: corp.company_id in self.env.user.sudo().company_ids
        )

    @api.model
    def _begin_binding(self, visitor, chosen, password):
        """Redirect to DingTalk's page, after the password or a recent sign-in."""
        user = self.env.user
        log = self.env["dingding.signin.log"]
        if self._is_busy(visitor) or log._guesses(WINDOW, user_id=user.id) >= WRONG:
            return self._refuse("my", "busy", visitor)
        corp = self._bindable().filtered(lambda each: str(each.id) == chosen)
        if not corp:
            return self._refuse("my", "way_off", visitor)
        if not password:
            if not self._is_fresh(visitor):
                return self._refuse("my", "stale", visitor, corp, user_id=user.id)
        elif not compat.is_password(user, password):
            log._note(
                "my", "refused", visitor, corp, reason="password", user_id=user.id
            )
            return Outcome(PAGE, _("Wrong password."), 403, {})
        return went_well(self._page("oauth2", visitor, corp, PAGE, user.id))

    @api.model
    def _why_not_now(self, visitor, corp, user_id):
        """Return why a begun binding must not go on, or None."""
        if visitor.uid != user_id:
            return "ticket"
        return None if corp in self._bindable() else "way_off"

    @api.model
    def _bound(self, visitor, corp, user_id, proven):
        """Bind the person returning from DingTalk's page to the user who started."""
        policy = self.env["dingding.signin.policy"]
        person = policy._person(corp, proven)
        if not person:
            _found, outcome = self._proven(
                "my", visitor, corp, lambda: policy._read_person(corp, proven))
            if outcome:
                return outcome
        elif not policy._is_member(corp.sudo(), proven):
            return self._refuse(
                "my", "left", visitor, corp, person_id=person.id, user_id=user_id)
        reason, person_id = policy._apart(
            lambda policy: policy.env[self._name]._bind(corp.id, user_id, proven),
            read_committed=True,
        )
        known = {"person_id": person_id, "user_id": user_id}
        if reason:
            return self._refuse("my", reason, visitor, corp, **known)
        self.env["dingding.signin.log"]._note("my", "bound", visitor, corp, **known)
        return went_well(PAGE)

    @api.model
    def _bind(self, corp_id, user_id, proven):
        """Link a person to a user; return (reason for refusal or None, person's id)."""
        policy = self.env["dingding.signin.policy"]
        user = self.env["res.users"].browse(user_id)
        corp = self.env["dingding.corp"].browse(corp_id)
        person = policy._person(corp, proven)
        if person:
            # Of several users, the first one gets it.
            policy._lock(person)
        reason = self._why_not(person, user, corp)
        if not reason:
            policy._bind(person, user)
            self._tell(user, person, True)
        return reason, person.id if person else False

    @api.model
    def _why_not(self, person, user, corp):
        """Return why a person cannot be bound to a user, or None."""
        if person is None:
            return "unknown"
        if person is False:
            return "mismatch"
        if not person.active:
            return "left"
        if person.user_id and person.user_id != user:
            return "taken"
        others = person.search(
            [
                ("corp_id", "=", corp.id), ("user_id", "=", user.id),
                ("id", "!=", person.id),
            ]
        )
        return "taken" if others else None

    @api.model
    def _unbind(self, visitor, chosen):
        """Remove the user's own link."""
        user = self.env.user
        person = self.env["dingding.user"].sudo().search(
            [("user_id", "=", user.id)]
        ).filtered(lambda each: str(each.id) == chosen)
        if not person:
            return self._refused("ticket")
        # The user may not know the password. The rules would link them again.
        person.with_context(dingding_keep_sessions=True).write(
            {
                "user_id": False, "link_rule": False, "linked_on": False,
                "user_ignored": True,
            }
        )
        self._tell(user, person, False)
        self.env["dingding.signin.log"]._note(
            "my", "unbound", visitor, person.corp_id, person_id=person.id,
            user_id=user.id,
        )
        return went_well(PAGE)

    @api.model
    def _tell(self, user, person, linked):
        """Notify a user of the binding by e-mail and DingTalk, without waiting."""
        # A transaction of its own knows no language.
        person, user = person._in_language_of(user)
        text = user._dingding_mail(person._link_text(user, linked))
        try:
            if person.corp_id._app_for("message").agent_id:
                compat.with_user(self.env["dingding.press"], user)._allow(
                    person, "bind", seconds=0, most=MESSAGES)
                self.env["dingding.message"].sudo().send(person.corp_id, person, text)
        except UserError as error:
            # The e-mail is enough: many messages, or an archived organisation.
            _logger.info("No message about a binding: %s", error)
