# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models import texts

from .dingding_card_action import MOST as MOST_ACTIONS

# Older cards are no longer updated, and their buttons are refused.
OPEN_DAYS = 30


def lock_key(res_model, res_id):
    """Return the key of the lock of a record, see ``LOCK_RECORD``."""
    return "%s,%d" % (res_model, res_id)


@compat.shows_name("_shown_name")
class DingdingCard(models.Model):
    """A card about a record, sent to one or more people."""

    _name = "dingding.card"
    _description = "DingTalk Card"
    _inherit = "dingding.sent.mixin"
    _order = "id desc"

    card_setup_id = fields.Many2one(
        "dingding.card.setup", string="Card type", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    corp_id = fields.Many2one(
        related="card_setup_id.corp_id", string="Organisation", readonly=True,
        store=True, index=True,
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", string="Company", readonly=True, store=True,
        index=True,
    )
    name = fields.Char(
        string="Document", compute="_compute_name", compute_sudo=False,
        help="Shown to those who may read the document.",
    )
    res_model = fields.Char(
        string="Document model", required=True, readonly=True, index=True)
    res_id = fields.Integer(
        string="Document ID", required=True, readonly=True, index=True)
    sender_id = fields.Many2one(
        "res.users", string="Sender", required=True, readonly=True,
        ondelete="restrict", index=True,
    )
    copy_ids = fields.One2many(
        "dingding.card.copy", "card_id", string="Copies", readonly=True
    )
    press_ids = fields.One2many(
        "dingding.card.press", "card_id", string="Presses", readonly=True
    )
    slots = fields.Text(
        readonly=True, help="Buttons of the card as it was sent, as JSON.")
    by_type = fields.Boolean(
        string="Default recipients", readonly=True,
        help="Sent to the recipients that its card type names.",
    )
    unreachable = fields.Integer(
        string="Without a card", readonly=True,
        help="Recipients who are not linked DingTalk users or may not read the "
             "document.",
    )
    status = fields.Selection(
        [
            ("open", "Open"),
            ("decided", "Decided"),
            ("closed", "Closed"),
        ],
        required=True, readonly=True, default="open", index=True,
    )
    decided_by = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="set null",
    )
    decided_at = fields.Datetime(string="Decided on", readonly=True)
    decision = fields.Char(readonly=True, help="Button that decided the card.")

    @compat.depends_on_user
    @api.depends("res_model", "res_id")
    def _compute_name(self):
        for card in self:
            record, name = card._record(), ""
            if record:
                try:
                    compat.check_access(record, "read")
                    name = record.display_name
                except (AccessError, MissingError):
                    name = ""
            card.name = name or card._hidden_name()

    def _hidden_name(self):
        model = self.env.get(self.res_model)
        return "%s %d" % (
            self.res_model if model is None else texts.model_name(model), self.res_id)

    def _shown_name(self):
        """Return the display name, without the document's.

        Odoo reads it with all rights, but for an administrator who has them himself.
        """
        hidden = compat.is_superuser(self.env) and not compat.asks_as_superuser(
            self.env)
        return self._hidden_name() if hidden else self.name

    def _record(self):
        """Return the record, None if it is gone."""
        self.ensure_one()
        if self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    def _subject(self):
        return lock_key(self.res_model, self.res_id)

    def _slots(self):
        """Return [(id of an action, its meaning when the card was sent)]."""
        return [tuple(each) for each in json.loads(self.slots or "[]")]

    def _is_expired(self, moment=None):
        """Tell whether the card is or was too old to be pressed.

        :param datetime.datetime moment: in UTC; default: now
        """
        moment = moment or self.env["dingding.card.change"]._now()
        age = moment - fields.Datetime.from_string(self.create_date)
        return age.days >= OPEN_DAYS

    # -- sending -----------------------------------------------------------------------

    @api.model
    def _send(self, record, key, recipients=None, sender=None):
        """Queue the cards of one record; they are sent after the commit.

        :param record: in the environment of the sender, or with all rights
        :param key: of a card type, or the card type
        :param recipients: as for ``dingding.message.send``; None: those of the type
        :param sender: the user for whom the system sends; default: the current user
        :return: the card, with sudo
        :raise UserError: there is no such card, or nobody can get it
        :raise AccessError: the user may not send, or not read the record
        """
        compat.check_access(self.env["dingding.card"].browse(), "create")
        compat.check_access(record, "read")
        setup = self.env["dingding.card.setup"]._by_key(key, record)
        readers, unreachable = self._readers(setup, record, recipients)
        if not readers:
            raise UserError(
                _("Nobody can get this card: recipients must be linked DingTalk users "
                  "who may read the document."))
        return self._send_copies(
            self._new(
                setup, record, unreachable, sender, by_type=recipients is None),
            [{"person_id": person.id} for person in readers])

    @api.model
    def _readers(self, setup, record, recipients):
        """Return (the recipients who may read the record, number of the others).

        :param recipients: see :meth:`_send`
        """
        messages = self.env["dingding.message"]
        if recipients is None:
            # sudo: the sender may not read the recipients.
            found = setup._recipients(record)
            persons, missing = messages.sudo()._reach(found, setup.corp_id)
        else:
            persons, missing = messages._reach(recipients, setup.corp_id)
        readers = persons.filtered(
            lambda person: self._may_read(record, person.user_id))
        return readers, len(missing) + len(persons) - len(readers)

    @api.model
    def _send_copies(self, card, values):
        """Queue copies of a new card; return the card.

        :param list values: of the copies
        """
        rows = compat.create_all(self.env["dingding.card.copy"].sudo(), [
            dict(each, card_id=card.id) for each in values])
        self.env["dingding.card.change"].sudo()._add("send", rows)
        return card

    @api.model
    def _new(self, setup, record, unreachable, sender=None, by_type=False):
        """Return a new card of a record, with sudo and without copies."""
        this = rights.without_defaults(self).sudo()
        return this.create({
            "card_setup_id": setup.id, "res_model": record._name, "res_id": record.id,
            "sender_id": (sender or self.env.user).id, "unreachable": unreachable,
            "by_type": by_type,
            "slots": json.dumps([
                [action.id, action._meaning()]
                for action in setup.action_ids[:MOST_ACTIONS]]),
        })

    def _is_recipient(self, record, user):
        """Tell whether a recipient of the card still is one.

        A group decides who acts where Odoo's web client hides buttons by groups, which
        methods need not check.
        """
        setup = self.card_setup_id
        group = setup.recipient_group_id
        if not group or not self.by_type or setup.presser != "recipient" or (
            group in user[compat.ALL_USER_GROUPS]
        ):
            return True
        named = setup._named_by_path(record)
        return named is not None and user in named._dingding_persons().mapped("user_id")

    @api.model
    def _may_read(self, record, user):
        """Tell whether a user may read a record."""
        if not user or not user.active:
            return False
        try:
            # Not with the companies that the sender has chosen.
            mine = self.env["dingding.card.copy"]._seen_by(record, user.sudo())
            compat.check_access(mine, "read")
        except (AccessError, MissingError):
            return False
        finally:
            # From 13 on read values stay cached for the next user.
            compat.forget(self.env)
        return True

    # -- changes of records ------------------------------------------------------------

    @api.model
    def _capture(self, model, ids):
        """Queue updates of the cards of changed records, with one statement.

        Users have no rights on the table. Several changes in a transaction are one.
        """
        ids = [each for each in ids if isinstance(each, int)]
        if not ids:
            return
        self.env.cr.execute(
            "INSERT INTO dingding_card_change (kind, card_id, corp_id, state,"
            " attempts, create_uid, create_date, write_uid, write_date)"
            " SELECT 'record', card.id, card.corp_id, 'queued', 0, %(uid)s,"
            " now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
            " FROM dingding_card card WHERE card.res_model = %(model)s"
            " AND card.res_id IN %(ids)s AND card.status <> 'closed'"
            " AND card.create_date > now() AT TIME ZONE 'UTC' - %(days)s"
            " * interval '1 day' AND NOT EXISTS (SELECT 1 FROM dingding_card_change"
            " change WHERE change.card_id = card.id AND change.kind = 'record'"
            " AND change.state = 'queued' AND change.create_uid = %(uid)s"
            " AND change.create_date = now() AT TIME ZONE 'UTC') RETURNING id",
            {"uid": self.env.uid, "model": model, "ids": tuple(ids),
             "days": OPEN_DAYS},
        )
        found = [row[0] for row in self.env.cr.fetchall()]
        if found:
            changes = self.env["dingding.card.change"].sudo()
            self.env["dingding.queue"]._wake(changes._name, changes.browse(found))

    # -- buttons -----------------------------------------------------------------------

    def _action_open(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.sudo().card_setup_id.name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
        }

    def action_close(self):
        """End these cards: their buttons disappear and are refused.

        :raise AccessError: for everybody but managers and the sender
        """
        compat.check_access(self, "read")
        if not rights.is_manager(self.env) and self.filtered(
            lambda card: card.sender_id.id != self.env.uid
        ):
            raise AccessError(_("Only the sender and DingTalk managers may do this."))
        cards = self.sudo().filtered(lambda card: card.status == "open")
        cards.write({"status": "closed"})
        self.env["dingding.card.change"].sudo()._add("update", cards.mapped("copy_ids"))
        return True
