# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import binascii
import hashlib
import hmac
import os
import re

from psycopg2 import sql

from odoo import api, models, tools

from .. import compat
from ..sealing import LOST, Keyring, SecretError

# Options in Odoo's configuration file; in capitals in the server's environment.
KEY_OPTION = "dingding_encryption_key"
FORMER_KEYS_OPTION = "dingding_encryption_key_old"
RANDOM_BYTES = 32


def random_text():
    """Return an unguessable random text that needs no quoting in a URL."""
    return binascii.hexlify(os.urandom(RANDOM_BYTES)).decode("ascii")


def digest(text):
    """Return the hash to store instead of a secret text."""
    return hashlib.sha256((text or "").encode("utf-8")).hexdigest()


def keyed(env, text):
    """Return a hash of a text that only this database can compute."""
    # sudo: nobody may read the secret.
    secret = env["ir.config_parameter"].sudo().get_param("database.secret")
    return hmac.new(
        (secret or "").encode("utf-8"), text.encode("utf-8", "replace"), hashlib.sha256,
    ).hexdigest()


def _option(name):
    return tools.config.get(name) or os.environ.get(name.upper()) or ""


def keyring():
    """Return the Keyring with the configured keys."""
    former = re.split(r"[,;\s]+", _option(FORMER_KEYS_OPTION))
    return Keyring(_option(KEY_OPTION).strip(), [key for key in former if key])


class DingdingSecretMixin(models.AbstractModel):
    """Store a secret that the server can use and nobody can read.

    The column is not a field, so nobody can read, search, group, export or copy it by
    RPC, not even the superuser. It is encrypted if a key is configured.
    """

    _name = "dingding.secret.mixin"
    _description = "Write-only Secret Mixin"

    # False for models without secrets, or with hashes.
    _secret_sealed = True

    def init(self):
        if self._auto and not tools.sql.column_exists(
            self.env.cr, self._table, "sealed_value"
        ):
            compat.execute(
                self.env.cr,
                sql.SQL("ALTER TABLE {} ADD COLUMN sealed_value text").format(
                    sql.Identifier(self._table)
                ),
            )

    def _secret_owner(self):
        """Return plain values that tie a secret to this record."""
        return [self._name, self.id]

    def _secret_stored(self):
        """Return the column's content, '' if it is empty."""
        self.ensure_one()
        rows = compat.execute_unseen(
            self.env.cr,
            sql.SQL("SELECT sealed_value FROM {} WHERE id = %s").format(
                sql.Identifier(self._table)
            ),
            [self.id],
        )
        return rows and rows[0][0] or ""

    def _secret_get(self, lost=None):
        """Return the value of one record, '' if there is none.

        :param lost: returned instead of an error if it cannot be decrypted
        :raise SecretError: it cannot be decrypted
        """
        stored = self._secret_stored()
        if not stored or not self._secret_sealed:
            return stored
        try:
            return keyring().open(stored, self._secret_owner())
        except SecretError:
            if lost is None:
                raise
            return lost

    def _secret_set(self, value):
        """Store ``value`` (text) on one record; '' or None clears it.

        :raise SecretError: it cannot be encrypted
        """
        self.ensure_one()
        if value and self._secret_sealed:
            value = keyring().seal(value, self._secret_owner())
        compat.execute_unseen(
            self.env.cr,
            sql.SQL("UPDATE {} SET sealed_value = %s WHERE id = %s").format(
                sql.Identifier(self._table)
            ),
            [value or None, self.id],
        )

    @api.model
    def _secret_reseal(self):
        """Re-encrypt all values of this model with the current key.

        Undecryptable values stay.

        :raise SecretError: a configured key is invalid
        """
        ring = keyring()
        for record in self.sudo().with_context(active_test=False).search([]):
            stored = record._secret_stored()
            state = stored and ring.state(stored, record._secret_owner())
            if state not in ("", LOST, ring.wanted):
                record._secret_set(ring.open(stored, record._secret_owner()))
