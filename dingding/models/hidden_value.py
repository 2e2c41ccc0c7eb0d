# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import os
import re

from psycopg2 import sql

from odoo import api, models, tools

from .. import compat
from ..sealing import LOST, Keyring, SecretError

# In Odoo's configuration file; in capitals in the environment of the server.
KEY_OPTION = "dingding_encryption_key"
FORMER_KEYS_OPTION = "dingding_encryption_key_old"


def _option(name):
    return tools.config.get(name) or os.environ.get(name.upper()) or ""


def keyring():
    """Return the keys that are configured, a Keyring."""
    former = re.split(r"[,;\s]+", _option(FORMER_KEYS_OPTION))
    return Keyring(_option(KEY_OPTION).strip(), [key for key in former if key])


class DingdingHiddenValue(models.AbstractModel):
    """A value that the server can use and nobody can read.

    The column is no field of the ORM, so there is nothing to read, search,
    group, export or copy by RPC, not even for the superuser, whom Odoo 11
    lets past every access rule and field group. It is encrypted where a key is
    configured.
    """

    _name = "dingding.hidden.value"
    _description = "Value that only the server can read"

    # Models that keep no secret, or hashes that they search for, turn it off.
    _hidden_sealed = True

    def init(self):
        if self._auto and not tools.sql.column_exists(
            self.env.cr, self._table, "hidden_value"
        ):
            compat.execute(
                self.env.cr,
                sql.SQL("ALTER TABLE {} ADD COLUMN hidden_value text").format(
                    sql.Identifier(self._table)
                ),
            )

    def _hidden_owner(self):
        """Return plain values that name this record; another one's is refused."""
        return [self._name, self.id]

    def _hidden_stored(self):
        """Return what the database has, '' when there is none."""
        self.ensure_one()
        rows = compat.execute_unseen(
            self.env.cr,
            sql.SQL("SELECT hidden_value FROM {} WHERE id = %s").format(
                sql.Identifier(self._table)
            ),
            [self.id],
        )
        return rows and rows[0][0] or ""

    def _hidden_get(self, lost=None):
        """Return the value of one record, '' when there is none.

        :param lost: returned for what cannot be decrypted, in place of an error
        :raise SecretError: it cannot be decrypted
        """
        stored = self._hidden_stored()
        if not stored or not self._hidden_sealed:
            return stored
        try:
            return keyring().open(stored, self._hidden_owner())
        except SecretError:
            if lost is None:
                raise
            return lost

    def _hidden_set(self, value):
        """Store ``value`` (text) on one record; '' or None clears it.

        :raise SecretError: it cannot be encrypted
        """
        self.ensure_one()
        if value and self._hidden_sealed:
            value = keyring().seal(value, self._hidden_owner())
        compat.execute_unseen(
            self.env.cr,
            sql.SQL("UPDATE {} SET hidden_value = %s WHERE id = %s").format(
                sql.Identifier(self._table)
            ),
            [value or None, self.id],
        )

    @api.model
    def _hidden_reseal(self):
        """Store all values of this model as the present key wants it.

        What cannot be decrypted stays: its key may come back.

        :raise SecretError: a configured key is none
        """
        ring = keyring()
        for record in self.sudo().with_context(active_test=False).search([]):
            stored = record._hidden_stored()
            state = stored and ring.state(stored, record._hidden_owner())
            if state not in ("", LOST, ring.wanted):
                record._hidden_set(ring.open(stored, record._hidden_owner()))
