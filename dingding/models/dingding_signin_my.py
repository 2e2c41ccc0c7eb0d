# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import time
from urllib.parse import urlencode

from odoo import SUPERUSER_ID, _, api, models
from odoo.tools import html_escape

from .. import compat, rights
from .dingding_signin import WINDOW, Outcome, went_well
from .res_users import MY_PAGE as PAGE

WRONG = 5  # passwords in the window
FRESH = 300  # seconds: so long a sign-in stands in for the password
# Signs out, then in again, then comes back.
AGAIN = "/web/session/logout?" + urlencode(
    {"redirect": "/web/login?" + urlencode({"redirect": PAGE})}
)


class DingdingSigninMy(models.AbstractModel):
    """A person's own account: which people of DingTalk sign in as this user."""

    _name = "dingding.signin.my"
    _inherit = "dingding.signin"
    _description = "Own DingTalk account"

    @api.model
    def _values(self, visitor):
        """Return what the page shows of the user who asks."""
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
        """Tell whether the user has signed in in this very session a moment ago.

        Who has no password, because he was created from DingTalk or comes from another
        provider, proves by it that it is he. Elsewhere is no proof: a session that was
        left open would open with it.
        """
        return bool(
            visitor.uid and visitor.since and 0 <= time.time() - visitor.since < FRESH
        )

    @api.model
    def _bindable(self):
        """Return the organisations, with sudo, whose page of DingTalk can be used."""
        corps = self.env["dingding.corp"]._signin_corps(
            "oauth2", "widget", "qr", "inside"
        )
        return corps.filtered(
            lambda corp: corp.company_id in self.env.user.sudo().company_ids
        )

    @api.model
    def _begin_binding(self, visitor, chosen, password):
        """Lead to DingTalk's page, after the password or a fresh sign-in."""
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
            return Outcome(PAGE, _("The password is not right."), 403, {})
        return went_well(self._page("oauth2", visitor, corp, PAGE, user.id))

    @api.model
    def _bound(self, visitor, corp, user_id, proven):
        """Bind who came back from DingTalk's page to the user who asked for it."""
        log = self.env["dingding.signin.log"]
        if visitor.uid != user_id:
            return self._refuse("my", "ticket", visitor, corp)
        policy = self.env["dingding.signin.policy"]
        person = policy._person(corp, proven)
        if not person:
            policy._read_person(corp, proven)
        with compat.manage_environments(), compat.open_cursor(
            self.env.cr.dbname, read_committed=True
        ) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            user = env["res.users"].browse(user_id)
            own = env["dingding.corp"].browse(corp.id)
            person = env["dingding.signin.policy"]._person(own, proven)
            reason = self._why_not(person, user, own)
            if not reason:
                env["dingding.signin.policy"]._bind(person, user)
                env[self._name]._tell(
                    user, person,
                    _("%(person)s of DingTalk now signs in as %(user)s.") % {
                        "person": person.name, "user": user.name},
                )
            compat.flush(env)
            known = {"person_id": person.id if person else False, "user_id": user_id}
        if reason:
            return self._refuse("my", reason, visitor, corp, **known)
        log._note("my", "bound", visitor, corp, **known)
        return went_well(PAGE)

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
        """Take the user's own link away."""
        user = self.env.user
        person = self.env["dingding.user"].sudo().search(
            [("user_id", "=", user.id)]
        ).filtered(lambda each: str(each.id) == chosen)
        if not person:
            return self._refused("ticket")
        # He stays signed in where he is; he may not know his password.
        person.with_context(dingding_keep_sessions=True).write(
            {"user_id": False, "link_rule": False, "linked_on": False}
        )
        self._tell(
            user, person,
            _("%(person)s of DingTalk no longer signs in as %(user)s.") % {
                "person": person.name, "user": user.name},
        )
        self.env["dingding.signin.log"]._note(
            "my", "unbound", visitor, person.corp_id, person_id=person.id,
            user_id=user.id,
        )
        return went_well(PAGE)

    @api.model
    def _tell(self, user, person, text):
        """Tell a user by mail and by DingTalk; neither is waited for."""
        text = self._mail(user, text)
        if person.corp_id._app_for("message").agent_id:
            self.env["dingding.message"].sudo().send(person.corp_id, person, text)

    @api.model
    def _mail(self, users, text):
        """Tell users by mail, which is not waited for; return the whole text."""
        text += " " + _("If that was not you, tell your administrator at once.")
        compat.create_all(
            rights.without_defaults(self.env["mail.mail"].sudo()),
            [
                {
                    "subject": _("Sign-in with DingTalk"),
                    "body_html": "<p>%s</p>" % html_escape(text),
                    "email_to": user.email,
                    "email_from": user.company_id.email or user.email,
                    "auto_delete": True,
                }
                for user in users.sudo() if user.email
            ],
        )
        return text
