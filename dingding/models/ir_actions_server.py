# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat
from ..dingtalk import messages_body
from ..dingtalk.errors import InvalidArgumentError
from . import placeholders

_logger = logging.getLogger(__name__)

STATE = "dingding_message"
# Records that one run sends messages about; more are an accident.
MOST = 200


@compat.runs_server_action(STATE, "_run_dingding_message")
class IrActionsServer(models.Model):
    """Server actions, and so automated rules, that send a message by DingTalk."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        **compat.added_selection((STATE, "Send a DingTalk message"))
    )
    dingding_to = fields.Selection(
        [("robot", "The group of a robot"), ("people", "People of the record")],
        string="DingTalk: to", default="people",
    )
    dingding_robot_id = fields.Many2one(
        "dingding.robot", string="DingTalk: robot", ondelete="restrict"
    )
    dingding_people = fields.Char(
        string="DingTalk: people", default="create_uid",
        help="Field of the record with users, employees, contacts or people of "
        "DingTalk, for example user_id, or a path like team_id.member_ids.",
    )
    dingding_kind = fields.Selection(
        [("text", "Text"), ("markdown", "Markdown")], string="DingTalk: kind",
        default="text",
    )
    dingding_title = fields.Char(
        string="DingTalk: title",
        help="Of a markdown message; shown in the list of chats.",
    )
    dingding_text = fields.Text(
        string="DingTalk: message",
        help="Names of fields in braces are replaced by their values: {name}, "
        "{partner_id.name}. Nothing else is evaluated.",
    )
    dingding_link = fields.Boolean(
        string="DingTalk: with a link to the record", default=True
    )

    @api.constrains(
        "state", "model_id", "dingding_to", "dingding_robot_id", "dingding_people",
        "dingding_kind", "dingding_title", "dingding_text",
    )
    def _check_dingding_message(self):
        for action in self:
            if action.state == STATE and action.model_id.model in self.env:
                action._check_dingding()

    def _check_dingding(self):
        model = self.env[self.model_id.model]
        if not (self.dingding_text or "").strip():
            raise ValidationError(_("Write the message that DingTalk is to deliver."))
        if self.dingding_kind == "markdown" and not (self.dingding_title or "").strip():
            raise ValidationError(_("A markdown message needs a title."))
        for text in (self.dingding_title, self.dingding_text):
            for path in placeholders.paths(text):
                name = placeholders.problem(model, path)
                if name:
                    raise ValidationError(
                        _("{%(path)s}: there is no field %(name)s to show.")
                        % {"path": path, "name": name}
                    )
        if self.dingding_to == "robot":
            if not self.dingding_robot_id:
                raise ValidationError(_("Choose the robot that says it."))
            return
        path = (self.dingding_people or "").strip()
        found = placeholders.follow(model, path) if path else None
        if found is None:
            raise ValidationError(
                _("%s is no path of fields to people.") % (path or "-")
            )
        if not self._dingding_can_be_people(found):
            raise ValidationError(
                _("%(path)s leads to %(model)s, who cannot be sent a message.")
                % {"path": path, "model": found._description}
            )

    @api.model
    def _dingding_can_be_people(self, records):
        return records._name == "res.partner" or hasattr(
            type(records), "_dingding_persons"
        )

    # -- running -----------------------------------------------------------------------

    def _run_dingding_message(self, eval_context):
        """Hand in a message for each record; they leave after commit.

        Sends with sudo: an administrator has chosen what is said to whom, and who
        causes it need not be allowed to write messages. He has to be allowed to read
        the record: up to 13 everybody may run an action on any record. What DingTalk
        cannot take is noted in the log: it must not undo what the person has done.

        :param dict eval_context: what server actions give their code
        """
        context = eval_context or {}
        records = context.get("records") or context.get("record")
        if not records:
            return False
        if records._name != self.sudo().model_id.model:
            return False
        if len(records) > MOST:
            _logger.warning(
                "Action %s: messages about the first %d of %d records only",
                self.id, MOST, len(records),
            )
        lang = self.env.user.lang
        for record in records[:MOST]:
            try:
                compat.check_access(record.with_env(self.env), "read")
                self.sudo()._dingding_send(record.sudo().with_context(lang=lang))
            except (UserError, AccessError) as error:
                _logger.warning(
                    "Action %s sent no DingTalk message about %s: %s",
                    self.id, record, error.args[0],
                )
        return False

    def _dingding_send(self, record):
        """Hand in the message about one record, with sudo.

        :raise UserError: nobody can be reached, or the text is too long
        """
        title = placeholders.fill(self.dingding_title, record).strip() or self.name
        text = placeholders.fill(self.dingding_text, record).strip()
        url = self.env["dingding.microapp"]._url(record) if self.dingding_link else ""
        markdown = self.dingding_kind == "markdown"
        if url and markdown:
            text += "\n\n[%s](%s)" % (_("Open in Odoo"), url)
        elif url:
            text += "\n" + url
        if self.dingding_to == "robot":
            robot = self.dingding_robot_id
            if markdown:
                return robot.send_markdown(title, text)
            return robot.send_text(text)
        people = placeholders.follow(record, self.dingding_people.strip())
        if people is not None and people._name == "res.partner":
            people = people.mapped("user_ids")
        try:
            body = (
                messages_body.markdown(title, text)
                if markdown
                else messages_body.text(text)
            )
        except InvalidArgumentError as error:
            raise UserError(self.env["dingding.message"]._argument_text(error))
        return self.env["dingding.message"].send(None, people, body)
