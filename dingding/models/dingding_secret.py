# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import logging

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .. import compat
from ..sealing import LOST, SecretError
from .dingding_secret_mixin import KEY_OPTION, keyring
from .remedies import user_errors

MASK = "••••••••"

_logger = logging.getLogger(__name__)

# One statement for what the ORM takes ten.
_READ = sql.SQL(
    "SELECT sealed_value FROM dingding_secret"
    " WHERE res_model = %s AND res_id = %s AND name = %s")
_READ_ALL = sql.SQL(
    "SELECT res_id, sealed_value FROM dingding_secret"
    " WHERE res_model = %s AND name = %s AND sealed_value <> ''")
_WRITE = sql.SQL(
    "INSERT INTO dingding_secret (name, res_model, res_id, sealed_value, create_uid,"
    " create_date, write_uid, write_date) VALUES (%(name)s, %(model)s, %(id)s,"
    " %(value)s, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,"
    " now() AT TIME ZONE 'UTC') ON CONFLICT (res_model, res_id, name) DO UPDATE SET"
    " sealed_value = EXCLUDED.sealed_value, write_uid = EXCLUDED.write_uid,"
    " write_date = EXCLUDED.write_date")
_DELETE = sql.SQL("DELETE FROM dingding_secret WHERE res_model = %s AND res_id IN %s")
_DELETE_ONE = sql.SQL(
    "DELETE FROM dingding_secret WHERE res_model = %s AND res_id = %s AND name = %s")
_DELETE_LEFT = sql.SQL(
    "DELETE FROM dingding_secret WHERE res_model = %s"
    " AND NOT EXISTS (SELECT 1 FROM {} owner WHERE owner.id = dingding_secret.res_id)")


class DingdingSecret(models.Model):
    """One secret of one record, such as an AppSecret or a signing key."""

    _name = "dingding.secret"
    _inherit = "dingding.secret.mixin"
    _description = "DingTalk Secret"

    name = fields.Char(required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Integer(string="Record", required=True, readonly=True)

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["res_model", "res_id", "name"]
        )
        return result

    @api.model
    def _find(self, record, name):
        return self.sudo().search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("name", "=", name),
            ],
            limit=1,
        )

    def _secret_owner(self):
        return self._owner(self.res_model, self.res_id, self.name)

    @api.model
    def _owner(self, res_model, res_id, name):
        return [self._name, res_model, res_id, name]

    @api.model
    def _get(self, record, name):
        """Return the secret ``name`` of ``record``, '' if there is none.

        :raise SecretError: it cannot be decrypted; the message names it
        """
        if not record.id or not isinstance(record.id, int):
            return ""
        rows = compat.execute_unseen(
            self.env.cr, _READ, [record._name, record.id, name])
        stored = rows and rows[0][0]
        if not stored:
            return ""
        try:
            return keyring().open(stored, self._owner(record._name, record.id, name))
        except SecretError as error:
            raise SecretError(
                "", "%s of %s,%d: %s" % (name, record._name, record.id, error.message)
            ) from None

    @api.model
    def _get_all(self, res_model, name):
        """Return id -> this secret of all records of a model; without lost ones."""
        rows = compat.execute_unseen(self.env.cr, _READ_ALL, [res_model, name])
        found = {}
        for res_id, stored in rows:
            with contextlib.suppress(SecretError):
                found[res_id] = keyring().open(
                    stored, self._owner(res_model, res_id, name))
        return found

    @api.model
    def _opened(self, res_model, res_id, name, stored):
        """Return the secret in ``stored``, a value of the column; '' if it is lost.

        For statements that bypass the ORM.
        """
        try:
            return keyring().open(stored or "", self._owner(res_model, res_id, name))
        except SecretError as error:
            _logger.warning("%s of %s,%d: %s", name, res_model, res_id, error)
            return ""

    @api.model
    def _is_set(self, record, name):
        """Tell whether a secret is stored, decryptable or not."""
        row = self._find(record, name)
        return bool(row and row._secret_stored())

    @api.model
    def _mask(self, record, name):
        """Return what forms display of a secret: the mask if it is stored, else False.
        """
        stored = isinstance(record.id, int) and self._is_set(record, name)
        return MASK if stored else False

    @api.model
    def _typed(self, value):
        """Return (value for the field, text to store, or None to keep the stored one).

        The mask keeps the secret out of caches, while Odoo checks who may write the
        field.

        :param value: what a user has left of the mask
        :raise ValidationError: the mask was edited instead of replaced
        """
        value = (value or "").strip()
        if value == MASK:
            return MASK, None
        if MASK[0] in value:
            raise ValidationError(
                _("Enter the complete value. It is never shown, so you cannot change "
                  "part of it.")
            )
        return MASK if value else False, value

    @api.model
    def _set(self, record, name, value):
        """Store, replace or (with '' or None) remove one secret.

        :raise UserError: it cannot be encrypted
        """
        if not value:
            compat.execute(self.env.cr, _DELETE_ONE, [record._name, record.id, name])
            return
        with user_errors(self.env):
            value = keyring().seal(value, self._owner(record._name, record.id, name))
        compat.execute_unseen(self.env.cr, _WRITE, {
            "name": name, "model": record._name, "id": record.id, "value": value,
            "uid": self.sudo().env.uid})

    @api.model
    def _forget(self, records):
        """Remove all secrets of records that are being deleted."""
        if records.ids:
            compat.execute(self.env.cr, _DELETE, [records._name, tuple(records.ids)])

    @api.model
    def _forget_left(self):
        """Remove the secrets of records that PostgreSQL has deleted with others.

        A cascade calls no ``unlink``.
        """
        self.env.cr.execute("SELECT DISTINCT res_model FROM dingding_secret")
        for (name,) in self.env.cr.fetchall():
            if name in self.env:
                table = sql.Identifier(self.env[name]._table)
                compat.execute(self.env.cr, _DELETE_LEFT.format(table), [name])

    # -- storage -------------------------------------------------------------------

    def _label(self):
        self.ensure_one()
        owner = self.env[self.res_model].browse(self.res_id)
        field = owner._fields.get(self.name)
        what = field._description_string(self.env) if field else self.name
        return "%s: %s" % (owner.display_name, what)

    @api.model
    def _states(self, corp=None):
        """Return state -> secrets stored in that state; see sealing.

        :param corp: only those of this organisation, and of no particular one
        """
        ring, found = keyring(), {}
        for row in self.sudo().search([], order="res_model, res_id, name"):
            stored = row._secret_stored()
            if row.res_model not in self.env or not stored:
                continue  # of an addon that is not installed
            owner = self.env[row.res_model].sudo().browse(row.res_id).exists()
            if not owner or corp and (
                "corp_id" in owner._fields and owner.corp_id != corp
            ):
                continue
            state = ring.state(stored, row._secret_owner())
            found[state] = found.get(state, self.sudo().browse()) | row
        return found

    @api.model
    def _health_line(self, corp):
        """Return the connection test's line about the encryption of secrets."""
        ring, states = keyring(), self._states(corp)
        remedy = self.env["dingding.remedy"]._sentence("encryption_key")
        lost = states.pop(LOST, ())
        waiting = sum(
            len(rows) for state, rows in states.items() if state != ring.wanted
        )
        if ring.problem:
            result = "error", ring.problem.message, remedy
        elif lost:
            names = ", ".join(row._label() for row in lost)
            result = "error", _("Cannot be decrypted: %s.") % names, remedy
        elif waiting:
            result = (
                "warning",
                _("Not encrypted with the current key: %d.") % waiting,
                _("An administrator must click Encrypt now (Configuration > "
                  "Encryption)."),
            )
        elif states and not ring.encrypts:
            result = (
                "note",
                _("Stored unencrypted, also in backups."),
                _("Set %s in Odoo's configuration file, restart Odoo and click Encrypt "
                  "now (Configuration > Encryption).") % KEY_OPTION,
            )
        else:
            encrypted = _("Encrypted.") if states else _(
                "No secrets are stored.")
            result = "ok", encrypted, False
        state, message, remedy = result
        return {
            "app_id": False, "name": _("Secrets in the database"),
            "state": state, "message": message,
            "remedy": remedy, "address": False,
        }
