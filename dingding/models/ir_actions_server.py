# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat
from ..dingtalk import messages_body
from ..dingtalk.errors import InvalidArgumentError
from . import placeholders, texts

_logger = logging.getLogger(__name__)

STATE = "dingding_message"
# More are an accident.
MOST = 200
# Characters of a value; where the message is too long for DingTalk, the next number.
LONGEST_VALUES = (placeholders.LONGEST, 200, 80, 30)
# Context of a record: id of the user who triggers the action, set with all rights.
ACTING = "dingding_acting"


@compat.runs_server_action(STATE, "_run_dingding_message")
class IrActionsServer(models.Model):
    """Let server actions, and so automation rules, send messages with DingTalk."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        **compat.added_selection((STATE, "Send DingTalk Message"))
    )
    dingding_to = fields.Selection(
        [("people", "Field of the record")],
        string="DingTalk: recipients", default="people",
    )
    dingding_people = fields.Char(
        string="DingTalk: recipient field", default="create_uid",
        help="Field of the record that contains users, employees, contacts or DingTalk "
             "users, for example user_id, or a path such as team_id.member_ids.",
    )
    dingding_kind = fields.Selection(
        [("text", "Text"), ("markdown", "Markdown")], string="DingTalk: message type",
        default="text",
    )
    dingding_title = fields.Char(
        string="DingTalk: title", translate=True,
        help="Title of a Markdown message, shown in the list of chats.",
    )
    dingding_text = fields.Text(
        string="DingTalk: message", translate=True,
        help="Field names in braces are replaced by their values: {name}, "
             "{partner_id.name}. No other expressions are evaluated.",
    )
    dingding_link = fields.Boolean(
        string="DingTalk: with a link to the record", default=True
    )

    @api.constrains(
        "state", "model_id", "dingding_to", "dingding_people", "dingding_kind",
        "dingding_title", "dingding_text",
    )
    def _check_dingding_message(self):
        for action in self:
            if action.state == STATE and action.model_id.model in self.env:
                action._check_dingding()

    def _check_dingding(self):
        model = self.env[self.model_id.model]
        if not (self.dingding_text or "").strip():
            raise ValidationError(_("Enter the message to send."))
        if self.dingding_kind == "markdown" and not (self.dingding_title or "").strip():
            raise ValidationError(_("A Markdown message needs a title."))
        for text in (self.dingding_title, self.dingding_text):
            for path in placeholders.paths(text):
                name = placeholders.problem(model, path)
                if name:
                    raise ValidationError(
                        _("{%(path)s}: the field %(name)s does not exist.")
                        % {"path": path, "name": name}
                    )
        self._check_dingding_to(model)

    def _check_dingding_to(self, model):
        """Refuse an action without possible recipients; addons check their own.

        :param model: empty records of the action's model
        :raise ValidationError: what to correct
        """
        path = (self.dingding_people or "").strip()
        found = placeholders.follow(model, path) if path else None
        if found is None:
            raise ValidationError(
                _("%s is not a path of fields that leads to people.") % (path or "-")
            )
        if not self._dingding_can_be_people(found):
            raise ValidationError(
                _("%(path)s leads to %(model)s, which cannot receive messages.")
                % {"path": path, "model": texts.model_name(found)}
            )

    @api.model
    def _dingding_can_be_people(self, records):
        return records._name == "res.partner" or hasattr(
            type(records), "_dingding_persons"
        )

    # -- running -----------------------------------------------------------------------

    def _run_dingding_message(self, eval_context):
        """Queue a message for each record; they are sent after commit.

        sudo: an administrator chose text and recipients. Failures are logged: they must
        not undo the user's work.

        :param dict eval_context: the eval context of server actions
        """
        context = {"lang": self.env.user.lang, ACTING: self.env.uid}
        for record in self._dingding_records(eval_context):
            try:
                self._dingding_check_acting(record)
                self.sudo()._dingding_send(record.sudo().with_context(**context))
            except compat.REFUSALS as error:
                _logger.warning(
                    "Action %s sent no DingTalk message about %s: %s",
                    self.id, record, error.args[0],
                )
        return False

    @api.model
    def _dingding_check_acting(self, records):
        """Check that the user who triggers the action may tell of these records.

        Up to 13 everybody may run an action on any record, and from 13 on automated
        actions run with all rights, on behalf of this user. A user who has just
        handed a record over, or made it for somebody else, may not be allowed to read
        it.

        :raise AccessError: the user neither may read them nor has just written them
        """
        try:
            compat.check_access(compat.with_user(records, self.env.user), "read")
        except AccessError:
            if not self._dingding_just_wrote(records):
                raise

    @api.model
    def _dingding_just_wrote(self, records):
        """Tell whether the user has written all records in this transaction."""
        if not records._log_access:
            return False
        compat.flush(records.env)
        query = sql.SQL(
            "SELECT count(*) FROM {} WHERE id IN %s AND write_uid = %s AND write_date"
            " >= date_trunc('second', now() AT TIME ZONE 'UTC')"
        ).format(sql.Identifier(records._table))
        compat.execute(self.env.cr, query, [tuple(records.ids), self.env.uid])
        return self.env.cr.fetchone()[0] == len(records)

    def _dingding_records(self, eval_context):
        """Return the records to send messages about, at most ``MOST``."""
        context = eval_context or {}
        records = context.get("records") or context.get("record")
        if not records or records._name != self.sudo().model_id.model:
            return []
        if len(records) > MOST:
            _logger.warning(
                "Action %s: messages about the first %d of %d records only",
                self.id, MOST, len(records),
            )
        return records[:MOST]

    def _dingding_send(self, record):
        """Queue the message about one record, with sudo.

        :raise UserError: nobody can be reached, or the text is too long
        """
        url = self.env["dingding.corp"]._record_url(record) if (
            self.dingding_link) else ""
        for longest in LONGEST_VALUES:
            title, text = self._dingding_texts(record, url, longest)
            if self._dingding_fits(title, text):
                break
        return self._dingding_deliver(record, title, text)

    def _dingding_texts(self, record, url, longest):
        """Return (title, text) of the message about one record.

        :param int longest: characters of a value
        """
        title = placeholders.fill(
            self.dingding_title, record, longest=longest).strip() or self.name
        markdown = self.dingding_kind == "markdown"
        # Only the marks of the administrator's own text count.
        change, join = (
            (messages_body.harmless, messages_body.joined) if markdown
            else (str, "".join))
        text = placeholders.fill(
            self.dingding_text, record, change, longest, join).strip()
        if url and markdown:
            text += "\n\n[%s](%s)" % (_("Open in Odoo"), url)
        elif url:
            text += "\n" + url
        return title, text

    def _dingding_fits(self, title, text):
        """Tell whether DingTalk accepts a text of this length from the recipients."""
        content = {"content": text}
        if self.dingding_kind == "markdown":
            content = {"title": title, "text": text}
        try:
            return self.dingding_to != "people" or messages_body.size(
                {"msgtype": self.dingding_kind, self.dingding_kind: content}
            ) <= messages_body.MAX_BYTES
        except InvalidArgumentError:
            return True  # shorter values do not help

    def _dingding_deliver(self, record, title, text):
        """Send the message to ``dingding_to``; addons send to their own recipients.

        :raise UserError: nobody can be reached, or the text is too long
        """
        if self.dingding_to != "people":
            # Up to 13 the value survives when the addon that added it is uninstalled.
            raise UserError(_("Choose the recipients of the message."))
        people = placeholders.follow(record, self.dingding_people.strip())
        if people is not None and people._name == "res.partner":
            people = people.mapped("user_ids")
        try:
            body = (
                messages_body.markdown(title, text)
                if self.dingding_kind == "markdown"
                else messages_body.text(text)
            )
        except InvalidArgumentError as error:
            raise UserError(self.env["dingding.message"]._argument_text(error))
        # It tells of documents, which managers need not be allowed to read.
        return self.env["dingding.message"].send(None, people, body, personal=True)
