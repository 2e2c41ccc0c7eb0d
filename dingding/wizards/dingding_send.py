# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import compat, preview
from ..dingtalk import messages_body
from ..dingtalk.errors import InvalidArgumentError
from ..models.dingding_message import FILE_KINDS, KINDS

COLOURS = [
    ("FF007FFF", "Blue"),
    ("FF15BC83", "Green"),
    ("FFFF943E", "Orange"),
    ("FFF25643", "Red"),
    ("FFBBBBBB", "Grey"),
]
NAMES_SHOWN = 10


@compat.only_for("dingding.group_user")
class DingdingSend(models.TransientModel):
    """Compose a message."""

    _name = "dingding.send"
    _description = "Send DingTalk Message"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation",
        help="If empty, each recipient gets the message from their own organisation.",
    )
    app_id = fields.Many2one(
        "dingding.app", string="Application",
        domain="[('corp_id', '=', corp_id), ('agent_id', '!=', False)]",
        help="The application that sends the message. DingTalk shows its name and icon "
             "above the message.",
    )
    user_ids = fields.Many2many("dingding.user", string="To")
    department_ids = fields.Many2many(
        "dingding.department", string="To departments",
        help="Everybody in these departments and their sub-departments.",
    )
    recipient_count = fields.Integer(
        string="People", compute="_compute_recipient_count"
    )
    kind = fields.Selection(KINDS, string="Type", required=True, default="text")
    title = fields.Char(
        help="First line of the message, also shown in the list of conversations."
    )
    text = fields.Text()
    url = fields.Char(string="URL", help="Page opened from the message.")
    picture_url = fields.Char(
        string="Picture URL", help="Public URL of a small picture."
    )
    colour = fields.Selection(COLOURS, default="FF007FFF")
    row_ids = fields.One2many("dingding.send.row", "send_id", string="Rows")
    card_kind = fields.Selection(
        [("single", "One button"), ("several", "Several buttons")],
        string="Buttons", default="single", required=True,
    )
    single_title = fields.Char(
        string="Text of the button", default=lambda self: self._default_single_title()
    )
    button_ids = fields.One2many(
        "dingding.send.button", "send_id", string="List of buttons"
    )
    horizontal = fields.Boolean(string="Side by side")
    file = fields.Binary(
        help="Pictures: jpg, gif, png, bmp up to 20 MB. Files: Word, Excel, "
        "PowerPoint, PDF, zip, rar up to 10 MB. Recordings: amr, mp3, wav up to 2 MB.",
    )
    filename = fields.Char(string="File name")
    duration = fields.Integer(
        string="Seconds", default=10, help="Length of the recording, up to 59 seconds."
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    size = fields.Integer(
        compute="_compute_preview", string="Size in bytes (limit 2048)"
    )
    problem = fields.Text(compute="_compute_preview")
    duplicate_warning = fields.Text(
        compute="_compute_duplicate_warning", compute_sudo=False
    )

    @api.model
    def _default_single_title(self):
        return _("Open")

    # -- opening -------------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Take the recipients from the records the action was started on."""
        values = super().default_get(fields)
        field = {
            "dingding.user": "user_ids",
            "dingding.department": "department_ids",
        }.get(self.env.context.get("active_model"))
        ids = self.env.context.get("active_ids") or []
        if field and ids and not values.get("user_ids"):
            values[field] = [(6, 0, ids)]
        corp = self._default_corp(values)
        values.update(corp_id=corp.id, app_id=self._default_app(corp).id)
        return values

    @api.model
    def _default_corp(self, values):
        """Return the organisation of all recipients, else the only one, else none."""
        if values.get("corp_id"):
            return self.env["dingding.corp"].browse(values["corp_id"])
        chosen = self.env["dingding.corp"]
        for field, model in (
            ("user_ids", "dingding.user"),
            ("department_ids", "dingding.department"),
        ):
            ids = []
            for command in values.get(field) or []:
                if isinstance(command, int):
                    ids.append(command)
                elif command[0] == 6:
                    ids += command[2]
                elif command[0] == 4:
                    ids.append(command[1])
            chosen |= self.env[model].browse(ids).mapped("corp_id")
        if not chosen:
            company = compat.company(self.env)
            chosen = chosen._only([("company_id", "=", company.id)])
        return chosen if len(chosen) == 1 else self.env["dingding.corp"]

    @api.model
    def _default_app(self, corp):
        app = self.env["dingding.app"]
        if corp:
            app = corp.message_app_id or corp.app_id or corp.app_ids[:1]
        return app if app.agent_id else app.browse()

    @api.onchange("corp_id")
    def _onchange_corp_id(self):
        if self.app_id.corp_id != self.corp_id:
            self.app_id = self._default_app(self.corp_id)

    @api.onchange("user_ids", "department_ids")
    def _onchange_recipients(self):
        """Select the recipients' organisation, or none if they differ."""
        corps = self.user_ids.mapped("corp_id") | self.department_ids.mapped("corp_id")
        if corps and corps != self.corp_id:
            self.corp_id = corps if len(corps) == 1 else False
            self._onchange_corp_id()

    # -- display while writing ------------------------------------------------------

    @api.depends("user_ids", "department_ids")
    def _compute_recipient_count(self):
        for wizard in self:
            wizard.recipient_count = len(wizard._persons())

    def _persons(self):
        self.ensure_one()
        persons = self.user_ids | self.department_ids._dingding_persons()
        return persons.filtered("active")

    @api.depends("kind", "title", "text", "url", "picture_url", "colour",
                 "row_ids.label", "row_ids.value", "card_kind", "single_title",
                 "button_ids.title", "button_ids.url", "horizontal", "filename",
                 "duration")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview, wizard.size, wizard.problem = False, 0, False
            if not wizard._is_begun():
                continue
            try:
                body = wizard._body()
            except UserError as error:
                wizard.problem = error.args[0]
                continue
            wizard.preview = preview.render(body, wizard.filename or "")
            wizard.size = messages_body.size(body)

    def _is_begun(self):
        return bool(self.text or self.title or self.filename or self.row_ids)

    @api.depends("app_id", "user_ids", "department_ids", "kind", "title", "text", "url",
                 "picture_url", "colour", "row_ids.label", "row_ids.value", "card_kind",
                 "single_title", "button_ids.title", "button_ids.url", "horizontal",
                 "filename", "duration", "file")
    def _compute_duplicate_warning(self):
        messages = self.env["dingding.message"]
        for wizard in self:
            wizard.duplicate_warning = False
            persons = wizard._persons()
            if not wizard._is_begun() or not persons:
                continue
            try:
                body = wizard._body()
            except UserError:
                continue
            got = self.env["dingding.user"]
            for corp in persons.mapped("corp_id"):
                app = wizard.app_id or wizard._default_app(corp)
                own = persons.filtered(lambda row, corp=corp: row.corp_id == corp)
                got |= messages._sent_today(app, body, own, wizard._file())
            if got:
                wizard.duplicate_warning = wizard._duplicate_text(got)

    @api.model
    def _duplicate_text(self, persons):
        names = ", ".join(persons[:NAMES_SHOWN].mapped("name"))
        if len(persons) > NAMES_SHOWN:
            names += ", \u2026"
        return _(
            "These people have already received the same message today, so DingTalk "
            "will not deliver it again: %s. Change a word to send it anyway."
        ) % names

    # -- the message -----------------------------------------------------------

    def _body(self):
        """Return the body of the message in DingTalk's format.

        :raise UserError: something is missing or too long
        """
        self.ensure_one()
        self._check_filled()
        build = getattr(self, "_body_%s" % self.kind)
        try:
            return build()
        except InvalidArgumentError as error:
            raise UserError(self.env["dingding.message"]._argument_text(error))

    @api.model
    def _needed_fields(self):
        """Return kind -> fields that must be filled; addons add theirs."""
        return {
            "text": ["text"],
            "markdown": ["title", "text"],
            "link": ["title", "text", "url", "picture_url"],
            "oa": ["url"],
            "action_card": ["title", "text"],
            "voice": ["duration"],
        }

    def _check_filled(self):
        needed = self._needed_fields().get(self.kind, [])
        if self.kind == "action_card" and self.card_kind == "single":
            needed = needed + ["single_title", "url"]
        if self.kind == "action_card" and self.card_kind == "several":
            needed = needed + ["button_ids"]
        labels = self.fields_get(needed)
        for name in needed:
            if not self[name] or not str(self[name]).strip():
                raise UserError(_("Enter: %s.") % labels[name]["string"])
        if self.kind == "oa" and not (self.title or self.text or self.row_ids):
            raise UserError(_("Enter a title, a text or a row."))
        for url in [self.url if "url" in needed else None] + (
            self.button_ids.mapped("url") if self.card_kind == "several" else []
        ):
            if url and "://" not in url:
                raise UserError(
                    _(
                        "%s is not a valid URL. It must begin with https:// or "
                        "dingtalk://.") % url
                )

    def _body_text(self):
        return messages_body.text(self.text)

    def _body_markdown(self):
        return messages_body.markdown(self.title, self.text)

    def _body_link(self):
        return messages_body.link(self.title, self.text, self.url, self.picture_url)

    def _body_oa(self):
        return messages_body.oa(
            self.url,
            title=self.title or "",
            content=self.text or "",
            form=[(row.label or "", row.value or "") for row in self.row_ids],
            head_text=self.title or "",
            head_colour=self.colour or "FFBBBBBB",
            pc_message_url=self.url,
        )

    def _body_action_card(self):
        if self.card_kind == "single":
            return messages_body.action_card_single(
                self.title, self.text, self.single_title, self.url
            )
        return messages_body.action_card_buttons(
            self.title,
            self.text,
            [(row.title or "", row.url or "") for row in self.button_ids],
            self.horizontal,
        )

    def _body_image(self):
        return {"msgtype": "image", "image": {}}

    def _body_file(self):
        return {"msgtype": "file", "file": {}}

    def _body_voice(self):
        seconds = self.duration or 0
        if not 1 <= seconds <= messages_body.MAX_VOICE:
            raise UserError(
                _("A recording must last 1 to %d seconds.") % messages_body.MAX_VOICE
            )
        return {"msgtype": "voice", "voice": {"duration": str(seconds)}}

    def _file(self):
        """Return (name, bytes) of the file that the kind needs, or None."""
        if self.kind not in FILE_KINDS or not self.file:
            return None
        # While a form is being edited, the client sends the file's size instead.
        try:
            content = base64.b64decode(self.file)
        except ValueError:
            return None
        return (self.filename or "", content)

    def action_send(self):
        """Queue the message and show it."""
        self.ensure_one()
        compat.check_access(self.env["dingding.message"], "create")
        body = self._body()
        recipients = [self.user_ids, self.department_ids]
        messages = self.env["dingding.message"].send(
            self.app_id or self.corp_id or None, recipients, body, self._file()
        )
        action = {
            "type": "ir.actions.act_window",
            "name": _("Messages"),
            "res_model": "dingding.message",
            "views": [[False, "form"]],
            "res_id": messages[:1].id,
        }
        if len(messages) > 1:
            action.update(
                views=[[False, "list"], [False, "form"]],
                res_id=False,
                domain=[("id", "in", messages.ids)],
            )
        return action
