# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import re

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models import placeholders, texts

from .. import card_text
from .dingding_card_action import MOST as MOST_ACTIONS
from .dingding_card_input import MOST as MOST_INPUTS

MAX_VALUE = 1000  # bytes of one value; DingTalk accepts 1024
MAX_LABEL = 60  # bytes of a button or an input
KEY = re.compile(r"[a-z][a-z0-9_.]{1,60}\Z")
IDENTITY = ("model_id", "corp_id")


class DingdingCardSetup(models.Model):
    """Define the cards of a model's records."""

    _name = "dingding.card.setup"
    _description = "DingTalk Card Type"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    key = fields.Char(
        required=True, copy=False,
        help="Name of the card in code, such as purchase.approve.",
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade", default=lambda self: self.env["dingding.corp"]._only(),
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", string="Company", readonly=True
    )
    model_id = fields.Many2one(
        "ir.model", string="Model", required=True, ondelete="cascade",
        domain=[("transient", "=", False)], help="Model of the records.",
    )
    # Not a related field: on uninstall Odoo would search setups in a table without its
    # columns.
    model = fields.Char(
        string="Model name", compute="_compute_model", compute_sudo=True, store=True,
        index=True, readonly=True,
    )
    title = fields.Char(
        required=True, translate=True, default="{display_name}",
        help="Field names in braces are replaced by their values: {name}, "
             "{partner_id.name}. DingTalk stores the title.",
    )
    state_path = fields.Char(
        string="Status field", help="Field whose value the card shows as its status.",
    )
    picture_path = fields.Char(
        string="Picture field",
        help="Field with a picture. DingTalk stores the picture.",
    )
    line_ids = fields.One2many(
        "dingding.card.line", "setup_id", string="Values", copy=True
    )
    action_ids = fields.One2many(
        "dingding.card.action", "setup_id", string="Buttons", copy=True
    )
    input_ids = fields.One2many(
        "dingding.card.input", "setup_id", string="Inputs", copy=True
    )
    recipient_path = fields.Char(
        string="Recipient field",
        help="Field of the record that contains users, employees or DingTalk users, "
             "for example user_id. Recipients who may not read the record get no "
             "card.",
    )
    recipient_group_id = fields.Many2one(
        "res.groups", string="Recipient group", ondelete="restrict",
    )
    presser = fields.Selection(
        [
            ("recipient", "The recipient"),
            ("reader", "Anyone who may do it in Odoo"),
        ],
        string="May press", required=True, default="recipient",
        help="Everybody acts with the own access rights. Others than the recipient "
             "see a card that was shown to them.",
    )
    template = fields.Char(
        string="Card template ID",
        help="Template of this card in DingTalk's card platform. Empty: the "
             "organisation's template.",
    )
    cost = fields.Text(compute="_compute_cost")
    preview = fields.Html(
        compute="_compute_preview", compute_sudo=False, sanitize=False)

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id", "key"])

    @api.depends("model_id")
    def _compute_model(self):
        for setup in self:
            setup.model = setup.model_id.model

    @api.depends("line_ids.shown", "recipient_path", "recipient_group_id")
    def _compute_cost(self):
        for setup in self:
            texts = [
                _("Each recipient: 1 call to send the card and 1 call for each change "
                  "that it shows."),
                _("Each press: 1 push."),
            ]
            if "viewer" in setup.line_ids.mapped("shown"):
                texts.append(_("Each look at the card: 1 push for its private values."))
                texts.append(
                    _("A decision by one of 3 recipients: 6 calls and about 7 pushes."))
            else:
                texts.append(
                    _("A decision by one of 3 recipients: 6 calls and 1 push."))
            setup.cost = "\n".join(texts)

    @compat.depends_on_user
    @api.depends(
        "model_id", "title", "state_path", "line_ids.label", "line_ids.field_path",
        "line_ids.shown", "action_ids.name", "input_ids.name",
    )
    def _compute_preview(self):
        for setup in self:
            setup.preview = setup._drawn()

    # -- constraints -------------------------------------------------------------------

    @api.constrains("key")
    def _check_key(self):
        for setup in self:
            if not KEY.match(setup.key or ""):
                raise ValidationError(
                    _("The key may contain small letters, digits, dots and _."))

    @api.constrains("model_id")
    def _check_model(self):
        for setup in self:
            if self.env["dingding.card.method"]._is_closed(setup.model_id.model):
                raise ValidationError(
                    _("Cards cannot stand for records of %s.") % setup.model_id.name)

    @api.constrains(
        "title", "state_path", "picture_path", "recipient_path", "model_id")
    def _check_paths(self):
        for setup in self:
            name = setup.model_id.model
            if name not in self.env:
                continue
            model, lines = self.env[name], self.env["dingding.card.line"]
            for path in placeholders.paths(setup.title) + [setup.state_path or ""]:
                wrong = path and placeholders.problem(model, path)
                if wrong:
                    raise ValidationError(
                        _("%(path)s: the field %(name)s cannot be shown on a card.")
                        % {"path": path, "name": wrong}
                    )
                if lines._private(name, path):
                    raise ValidationError(
                        _("%s is money or private: DingTalk may not store it. Choose "
                          "another way to show it.") % path
                    )
            picture = setup.picture_path
            if picture and (
                picture not in model._fields
                or model._fields[picture].type != "binary"
                or lines._private(name, picture)
            ):
                raise ValidationError(
                    _("%s is not a field with a picture.") % setup.picture_path)
            if setup.recipient_path:
                setup._check_recipients(model)

    def _check_recipients(self, model):
        found = placeholders.follow(model, self.recipient_path.strip())
        actions = self.env["ir.actions.server"]
        if found is None or not actions._dingding_can_be_people(found):
            raise ValidationError(
                _("%s is not a path of fields that leads to people.")
                % self.recipient_path
            )

    # -- CRUD --------------------------------------------------------------------------

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        setups = compat.super_create(super(), vals_list)
        setups._check_rights()
        compat.clear_caches(self.env)
        return setups

    def write(self, vals):
        for name in IDENTITY:
            if name in vals and self.filtered(
                lambda row, name=name: row[name].id != vals[name] and (
                    row.line_ids or row.action_ids or row.input_ids)
            ):
                raise UserError(
                    _("Remove the values, buttons and inputs before you choose "
                      "another model or organisation, or create another card."))
        result = super().write(vals)
        if "corp_id" in vals:
            # Odoo checks company rules only before a write.
            compat.check_access(self, "write")
        self._check_rights()
        compat.clear_caches(self.env)
        return result

    def _check_rights(self):
        """Refuse recipients that a manager could not find out in Odoo.

        The path is followed with all rights.

        :raise AccessError: a path leads through a field that the user may not read
        """
        if rights.is_administrator(self.env):
            return
        for setup in self.sudo():
            records = self.env.get(setup.model_id.model)
            for name in (setup.recipient_path or "").strip().split("."):
                field = records._fields.get(name) if records is not None else None
                if field is None or not field.relational:
                    break
                try:
                    compat.check_field(records, name)
                except AccessError:
                    raise AccessError(
                        _("Only administrators may choose recipients by the field %s.")
                        % name)
                records = self.env[field.comodel_name]

    def unlink(self):
        result = super().unlink()
        compat.clear_caches(self.env)
        return result

    # Later series copy several records at once.
    def copy(self, default=None):  # pylint: disable=copy-wo-api-one
        """Copy under unused keys."""
        if len(self) > 1:
            return self.browse([setup.copy(default).id for setup in self])
        default = dict(default or {})
        number = 2
        while "key" not in default:
            key = "%s_%d" % (self.key[:50], number)
            if not self.with_context(active_test=False).search(
                [("corp_id", "=", self.corp_id.id), ("key", "=", key)], limit=1
            ):
                default["key"] = key
            number += 1
        if not rights.is_administrator(self.env):
            # Only administrators create buttons that write.
            default.setdefault("action_ids", [])
            default.setdefault("input_ids", [])
        return super().copy(default)

    @api.model
    @tools.ormcache()
    def _carded_models(self):
        """Return the models with cards."""
        setups = self.sudo().with_context(active_test=False).search([])
        return frozenset(setups.mapped("model"))

    @api.model
    def _by_key(self, key, record):
        """Return the setup for a record, with sudo.

        :param key: of the setup; or the setup, since those of several organisations
            may have one key
        :raise UserError: there is none
        """
        chosen = [("key", "=", key)]
        if isinstance(key, models.BaseModel):
            chosen, key = [("id", "=", key.id)], key.sudo().key
        setups = self.sudo().search(
            chosen + [("model", "=", record._name), ("corp_id.active", "=", True)])
        company = record._fields.get("company_id")
        if company is not None and company.comodel_name == "res.company":
            own = record.sudo().company_id
            setups = setups.filtered(
                lambda row: not own or not row.company_id or row.company_id == own)
        if not compat.is_superuser(self.env):
            mine = self.env.user.company_ids
            setups = setups.filtered(
                lambda row: not row.company_id or row.company_id in mine)
        if not setups:
            raise UserError(
                _("Card %(key)s for %(model)s does not exist.")
                % {"key": key, "model": texts.model_name(record)}
            )
        return setups[0]

    def _named_by_path(self, record):
        """Return the people of a record in the recipient field, with sudo, or None."""
        if not self.recipient_path:
            return None
        people = placeholders.follow(record.sudo(), self.recipient_path.strip())
        if people is not None and people._name == "res.partner":
            people = people.mapped("user_ids")
        return people

    def _recipients(self, record):
        """Return the recipients of a record's card, with sudo: a list of records."""
        people, found = self._named_by_path(record), []
        if people:
            found.append(people)
        if self.recipient_group_id:
            found.append(self.env["res.users"].sudo().search(
                [(compat.ALL_USER_GROUPS, "in", self.recipient_group_id.ids)]))
        return found

    # -- what a card shows -------------------------------------------------------------

    @api.model
    def _text(self, record, path):
        """Return the value of a path, '' if the record's user may not read it."""
        try:
            return placeholders.value(record, path)
        except AccessError:
            return ""

    def _shown_title(self, record):
        text = placeholders.PLACEHOLDER.sub(
            lambda found: self._text(record, found.group(1)), self.title or "")
        return card_text.cut(card_text.plain(text), 200) or texts.model_name(record)

    def _shown_state(self, record):
        if not self.state_path:
            return ""
        return card_text.cut(
            card_text.plain(self._text(record, self.state_path)), 100)

    def _shown_lines(self, record, shown):
        """Return the values to show in one way, as markdown.

        :param record: in the viewer's environment
        :param str shown: ``card`` or ``viewer``
        """
        return card_text.lines(
            [
                (line._shown_label(), self._text(record, line.field_path))
                for line in self._listed("line_ids") if line.shown == shown
            ], MAX_VALUE,
        )

    def _listed(self, name):
        """Return the rows of a one2many.

        Up to 12 a one2many takes three statements.
        """
        if not isinstance(self.id, int):
            return self[name]
        rows = self.env[self._fields[name].comodel_name]
        return rows.search([("setup_id", "=", self.id)])

    def _offered(self, record, slots):
        """Return the buttons of a card: the action of each slot, or None.

        :param list slots: ids of actions, as the card was sent
        """
        known = {action.id: action for action in self._listed("action_ids")}
        return [
            known[each] if each in known and known[each]._fits(record) else None
            for each in slots
        ]

    def _values(self, record, slots, url, final=False):
        """Return the values that DingTalk stores of a card.

        :param record: in the viewer's environment
        :param list slots: ids of the actions of its buttons
        :param bool final: nothing is offered any longer
        """
        offered = [None] * MOST_ACTIONS if final else self._offered(record, slots)
        values = self._blank(self._shown_title(record), url)
        values.update(
            state=self._shown_state(record), body=self._shown_lines(record, "card"))
        for place, action in enumerate(offered[:MOST_ACTIONS], 1):
            if action:
                values["action_%d" % place] = _label(action.name)
        if any(action and action.uses_inputs for action in offered):
            for place, row in enumerate(self.input_ids[:MOST_INPUTS], 1):
                values["input_%d" % place] = _label(row.name)
        return values

    @api.model
    def _blank(self, title, url):
        """Return the values of a card that shows a title only."""
        values = {"title": title, "state": "", "body": "", "picture": "", "link": url}
        for place in range(1, MOST_ACTIONS + 1):
            values["action_%d" % place] = ""
        for place in range(1, MOST_INPUTS + 1):
            values["input_%d" % place] = ""
        return values

    # -- preview -----------------------------------------------------------------------

    def _example(self):
        """Return the newest record that the user may read, or None."""
        model = self.model_id.model
        if model not in self.env:
            return None
        try:
            return self.env[model].search([], limit=1, order="id desc") or None
        except AccessError:
            return None

    def _drawn(self):
        record = self._example()
        if not record:
            return False
        values = self._values(record, self.action_ids.ids, "")
        return compat.render(
            self.env, "dingding_robot.card_preview", {
                "title": values["title"], "state": values["state"],
                "lines": [
                    {
                        "label": line._shown_label(), "shown": line.shown,
                        "value": self._text(record, line.field_path),
                    }
                    for line in self.line_ids
                ],
                "inputs": [row.name for row in self.input_ids[:MOST_INPUTS]],
                "actions": [row.name for row in self.action_ids[:MOST_ACTIONS]],
            },
        )

    # -- buttons -----------------------------------------------------------------------

    def action_send_test(self):
        """Send the card of the newest record to oneself.

        :raise UserError: there is no record, or the user is not a DingTalk user
        """
        self.ensure_one()
        compat.check_access(self, "write")
        record = self._example()
        if not record:
            raise UserError(_("Choose a record to send a card of."))
        cards = self.env["dingding.card"]
        card = cards._send(record, self, self.env.user)
        return cards.browse(card.id)._action_open()

    def action_cards(self):
        """Open the list of sent cards."""
        self.ensure_one()
        compat.check_access(self, "read")
        values = compat.window_action(self.env, "dingding_robot.dingding_card_action")
        values["domain"] = [("card_setup_id", "=", self.id)]
        return values


def _label(text):
    return card_text.cut(card_text.plain(text), MAX_LABEL)
