# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from .. import compat, rights
from ..models.dingding_secret_mixin import keyring
from ..models.remedies import user_errors
from ..sealing import LOST


class DingdingEncryption(models.TransientModel):
    """Show how secrets are stored, and re-encrypt them."""

    _name = "dingding.encryption"
    _description = "DingTalk Secret Encryption"
    _rec_name = "key_id"

    key_id = fields.Char(
        string="Key in use", readonly=True,
        default=lambda self: keyring().current,
        help="First characters of the key's SHA-256. Empty if no key is configured.",
    )
    current_count = fields.Integer(
        string="Encrypted with current key", readonly=True,
        default=lambda self: self._number(keyring().wanted),
    )
    waiting_count = fields.Integer(
        string="To be re-encrypted", readonly=True,
        default=lambda self: self._number() - self._number(keyring().wanted, LOST),
        help="Stored unencrypted, or encrypted with a previous key.",
    )
    lost_count = fields.Integer(
        string="Cannot be decrypted", readonly=True,
        default=lambda self: self._number(LOST),
    )
    lost = fields.Text(
        string="To enter again", readonly=True,
        default=lambda self: self._default_lost(),
    )

    @api.model
    def default_get(self, fields):
        # Odoo checks no access rights here.
        self._check_administrator()
        return super().default_get(fields)

    def _check_administrator(self):
        if not rights.is_administrator(self.env):
            raise AccessError(_("Only administrators may do this."))

    def _number(self, *states):
        """Return the number of secrets in these states; without states, of all."""
        found = self.env["dingding.secret"]._states()
        return sum(len(found.get(state, ())) for state in states or found)

    def _default_lost(self):
        found = self.env["dingding.secret"]._states().get(LOST, ())
        return "\n".join(secret._label() for secret in found)

    def action_encrypt(self):
        """Re-encrypt all secrets and tokens with the current key.

        Without a key they are stored in clear text.
        """
        self._check_administrator()
        with user_errors(self.env):
            for name in sorted(self.env.registry.models):
                model = self.env[name]
                if getattr(model, "_secret_sealed", False) and not model._abstract:
                    model._secret_reseal()
        action = compat.window_action(self.env, "dingding.dingding_encryption_action")
        action["res_id"] = self.create({}).id
        return action
