# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from .. import compat
from ..models.hidden_value import keyring
from ..models.remedies import user_errors
from ..sealing import LOST


class DingdingEncryption(models.TransientModel):
    """How the secrets are stored, and the button that encrypts them anew."""

    _name = "dingding.encryption"
    _description = "Encryption of DingTalk Secrets"
    _rec_name = "key_id"

    key_id = fields.Char(
        string="Key in use", readonly=True,
        default=lambda self: keyring().current,
        help="First characters of the key's SHA-256. Empty: no key is configured.",
    )
    current_count = fields.Integer(
        string="Stored as wanted", readonly=True,
        default=lambda self: self._number(keyring().wanted),
    )
    waiting_count = fields.Integer(
        string="To be encrypted anew", readonly=True,
        default=lambda self: self._number() - self._number(keyring().wanted, LOST),
        help="Stored unencrypted, or with a former key.",
    )
    lost_count = fields.Integer(
        string="Cannot be decrypted", readonly=True,
        default=lambda self: self._number(LOST),
    )
    lost = fields.Text(
        string="Enter again", readonly=True,
        default=lambda self: self._default_lost(),
    )

    @api.model
    def default_get(self, fields_list):
        # Odoo asks nobody for a right here.
        self._check_administrator()
        return super(DingdingEncryption, self).default_get(fields_list)

    def _check_administrator(self):
        if not (
            compat.is_superuser(self.env)
            or self.env.user.has_group("base.group_system")
        ):
            raise AccessError(_("Only administrators may do this."))

    def _number(self, *states):
        """Return how many secrets are in one of the states; in any without one."""
        found = self.env["dingding.secret"]._states()
        return sum(len(found.get(state, ())) for state in states or found)

    def _default_lost(self):
        found = self.env["dingding.secret"]._states().get(LOST, ())
        return "\n".join(secret._label() for secret in found)

    def action_encrypt(self):
        """Store all secrets and tokens as the present key wants it.

        Without a key they are stored unencrypted again.
        """
        self._check_administrator()
        with user_errors(self.env):
            for name in sorted(self.env.registry.models):
                model = self.env[name]
                if getattr(model, "_hidden_sealed", False) and not model._abstract:
                    model._hidden_reseal()
        action = self.env.ref("dingding.dingding_encryption_action").sudo().read()[0]
        action["res_id"] = self.create({}).id
        return action
