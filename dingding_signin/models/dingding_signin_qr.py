# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import io
from urllib.parse import urlencode

from odoo import _, api, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models import times

from .dingding_signin import went_well
from .dingding_signin_log import network
from .safe_path import safe_path

try:
    import qrcode
    import qrcode.image.svg
except ImportError:  # Odoo reports missing libraries when it installs the addon
    qrcode = None

QR_SECONDS = 120
# Time to confirm after the scan, and for the computer to notice.
CONFIRM_SECONDS = 60


class DingdingSigninQr(models.AbstractModel):
    """Sign in by a QR code of Odoo's own.

    The computer shows a ticket as a code and polls its state. The phone opens the code
    inside DingTalk, and accepts or refuses.
    """

    _name = "dingding.signin.qr"
    _inherit = "dingding.signin"
    _description = "DingTalk Sign-in by Odoo QR Code"

    # -- the computer --------------------------------------------------------------

    @api.model
    def _new(self, visitor, chosen, redirect):
        """Create a code; data has its picture, ticket and lifetime."""
        corp = self._corp("qr", chosen)
        if corp is None:
            return self._refuse("qr", "way_off", visitor)
        ticket = self.env["dingding.signin.ticket"]._new(
            "qr", visitor.browser, self._app(corp), QR_SECONDS, way="qr",
            path=safe_path(redirect), address=visitor.address, agent=visitor.agent,
        )
        link = self._link(ticket)
        return went_well(
            ticket=ticket, link=link, image=self._picture(link), seconds=QR_SECONDS
        )

    @api.model
    def _link(self, ticket):
        """Return the address in the code."""
        path = "/dingding/signin/qr/open?%s" % urlencode({"ticket": ticket})
        base = self.env["dingding.corp"]._base_url()
        if not compat.has_several_databases():
            return base + path
        # A phone without a session passes the database to Odoo's login page.
        return "%s/web/login?%s" % (
            base, urlencode([("db", self.env.cr.dbname), ("redirect", path)])
        )

    @staticmethod
    def _picture(text):
        code = qrcode.QRCode(
            error_correction=qrcode.constants.ERROR_CORRECT_M, border=2
        )
        code.add_data(text)
        image = code.make_image(image_factory=qrcode.image.svg.SvgPathImage)
        opened = io.BytesIO()
        image.save(opened)
        encoded = base64.b64encode(opened.getvalue()).decode("ascii")
        return "data:image/svg+xml;base64," + encoded

    @api.model
    def _state(self, visitor, value):
        """Return the state of a code to the browser that displays it."""
        ticket = self.env["dingding.signin.ticket"]._look("qr", value, visitor.browser)
        if ticket is None:
            return self._refuse("qr", "ticket", visitor)
        return went_well(state=ticket.state)

    @api.model
    def _cancel(self, visitor, value):
        self.env["dingding.signin.ticket"]._cancel(value, visitor.browser)
        return went_well()

    @api.model
    def _done(self, visitor, value):
        """Sign in the computer, after the phone has accepted."""
        ticket = self.env["dingding.signin.ticket"]._take(
            ("qr",), value, visitor.browser, "agreed"
        )
        if ticket is None:
            return self._refuse("qr", "ticket", visitor)
        corp = self.env["dingding.corp"].sudo().browse(ticket.corp_id)
        known = {"person_id": ticket.person_id, "user_id": ticket.user_id}
        if not corp._signin_allows("qr"):
            return self._refuse("qr", "way_off", visitor, corp, **known)
        if not self.env["dingding.signin.policy"]._still(
            corp, ticket.person_id, ticket.user_id
        ):
            return self._refuse("qr", "not_linked", visitor, corp, **known)
        return self._enter(
            "qr", visitor, corp, ticket.user_id, ticket.person_id, ticket.path,
            "signed_in",
        )

    # -- the phone -----------------------------------------------------------------

    @api.model
    def _open(self, visitor, value):
        """Open a code on the phone; data has the values of its page."""
        ticket = self.env["dingding.signin.ticket"]._look("qr", value)
        if ticket is None or ticket.state != "new":
            return self._refuse("qr", "ticket", visitor)
        corp = self.env["dingding.corp"].sudo().browse(ticket.corp_id)
        app = self.env["dingding.app"].sudo().browse(ticket.app_id)
        return went_well(None, ticket=value, **self._inside_values(corp, app))

    @api.model
    def _seen(self, visitor, value, code):
        """Store who scanned a code; data has what the person must confirm."""
        if self._is_busy(visitor):
            return self._refuse("qr", "busy", visitor)
        tickets = self.env["dingding.signin.ticket"]
        ticket = tickets._look("qr", value)
        if ticket is None or ticket.state != "new":
            return self._refuse("qr", "ticket", visitor)
        corp = self.env["dingding.corp"].sudo().browse(ticket.corp_id)
        if not corp._signin_allows("qr"):
            return self._refuse("qr", "way_off", visitor, corp)
        proven, outcome = self._ask_inside("qr", visitor, corp, ticket.app_id, code)
        if outcome:
            if outcome.status == 400:
                tickets._fail(value)
            return outcome
        decision, outcome = self._proven(
            "qr", visitor, corp,
            lambda: self.env["dingding.signin.policy"]._decide(corp, proven),
        )
        if outcome:
            return outcome
        if not decision.user:
            return self._refuse(
                "qr", decision.reason, visitor, corp, person_id=decision.person
            )
        ticket = tickets._scan(
            value, visitor.browser, decision.user, decision.person, CONFIRM_SECONDS
        )
        if ticket is None:
            return self._refuse("qr", "ticket", visitor, corp)
        user = self.env["res.users"].sudo().browse(decision.user)
        address = "" if visitor.hidden else ticket.address
        local = times.local(self.with_context(tz=user.tz), ticket.create_date)
        return went_well(
            company=corp.company_id.name,
            user=user.name,
            browser=ticket.agent or _("unknown"),
            address=address or _("unknown"),
            place=self._place(address, visitor.address),
            time=local.strftime("%Y-%m-%d %H:%M:%S"),
        )

    @api.model
    def _place(self, computer, phone):
        """Describe where the computer is, as far as Odoo knows for sure.

        If the devices share no address, a stranger may have sent the code.
        """
        if not computer or not phone:
            return _("unknown")
        if network(computer) == network(phone):
            return _("Same network as this phone")
        return _("Different network from this phone")

    @api.model
    def _decide(self, visitor, value, agreed):
        """Store the phone's answer."""
        ticket = self.env["dingding.signin.ticket"]._move(
            ("qr",), value, "seen", "agreed" if agreed else "refused",
            "phone", visitor.browser,
        )
        if ticket is None:
            return self._refuse("qr", "ticket", visitor)
        if not agreed:
            corp = self.env["dingding.corp"].sudo().browse(ticket.corp_id)
            self.env["dingding.signin.log"]._note(
                "qr", "refused", visitor, corp, reason="cancelled",
                person_id=ticket.person_id, user_id=ticket.user_id,
            )
        return went_well()
