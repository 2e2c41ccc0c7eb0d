# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import hashlib
import hmac
import re
import time
from urllib.parse import urlsplit

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.errors import TransportError
from odoo.addons.dingding.dingtalk.transport import StrictTransport, encode_json
from odoo.addons.dingding.models import placeholders

from ..chat import Reply
from ..chat.reply import MOST_ROWS
from ..chat.streamed import Streamed, is_streamed
from ..chat.writer import MOST_STEPS
from . import expression
from .dingding_chat import escaped

SECRET = "chat_secret"
HOSTS = "dingding.chat_hosts"  # system parameter: permitted hosts of assistants
LONGEST_ANSWER = 4000  # characters
MOST_BYTES = 64 * 1024  # of an assistant's answer
_SEPARATOR = re.compile("[,\uff0c;\uff1b\n]+")


class DingdingChatCommand(models.Model):
    """A chat command defined by an administrator.

    Only administrators may write its code.
    """

    _name = "dingding.chat.command"
    _description = "DingTalk Chat Command"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    words = fields.Char(
        required=True,
        help="Words that start the command, with commas, for example: order, 订单",
    )
    kind = fields.Selection(
        [
            ("find", "Find records"),
            ("text", "Answer a text"),
            ("action", "Run a server action"),
            ("assistant", "Ask an assistant"),
        ],
        string="Type", required=True, default="find",
    )
    company_id = fields.Many2one(
        "res.company", string="Company", help="Empty: people of all companies.",
    )
    allowed_group_ids = fields.Many2many(
        "res.groups", "dingding_chat_command_group_rel", "command_id", "group_id",
        string="User groups",
        help="Only members may give the command. Empty: everybody.",
    )
    shared = fields.Boolean(
        string="Answer in groups",
        help="The answer to a command written in a group is posted there. Otherwise "
             "the person gets it one-to-one, because others may not see what this "
             "person may see.",
    )
    in_menu = fields.Boolean(string="In the menu")
    model_id = fields.Many2one(
        "ir.model", string="Model", ondelete="cascade",
        help="Records are searched with the rights of the person.",
    )
    domain = fields.Char(
        default="[]", help="Only these records, for example [('user_id', '=', uid)]."
    )
    search_fields = fields.Char(
        help="Fields in which the words are searched, for example "
             "name, partner_id.name. Empty: as in Odoo's search by name.",
    )
    note = fields.Char(
        string="Behind the name",
        help="Field names in braces are replaced by their values: {state}, "
             "{partner_id.name}.",
    )
    in_find = fields.Boolean(
        string="With find", default=True, help="The command find searches here too."
    )
    text = fields.Text(
        translate=True,
        help="Field names of the user in braces are replaced: {name}.",
    )
    action_id = fields.Many2one(
        "ir.actions.server", string="Server action", ondelete="cascade",
        help="Runs with the rights of the person. Its context has dingding_chat_words; "
             "it answers with action = {'dingding_reply': 'text'}.",
    )
    url = fields.Char(
        string="Assistant URL",
        help="HTTPS address of the assistant. Its host must be listed in the system "
             "parameter dingding.chat_hosts.",
    )
    secret = fields.Char(
        string="Signing secret", compute="_compute_secret", inverse="_inverse_secret",
        groups="base.group_system", copy=False,
        help="The header X-Odoo-Signature is the HMAC-SHA256 of the time and the body. "
             "Can be written, but never read.",
    )
    timeout = fields.Integer(string="Time-out (seconds)", default=20)
    catch_all = fields.Boolean(
        string="Everything else", help="Also answers messages without a command."
    )
    card_template = fields.Char(
        string="Streaming card",
        help="ID of a card template in which the answer is shown while it arrives. "
             "Empty: the answer is posted as a message.",
    )
    card_variable = fields.Char(
        string="Streaming variable", default="content",
        help="Variable of the template: a markdown that streams.",
    )
    card_cost = fields.Char(string="Cost of the card", compute="_compute_card_cost")

    def _compute_secret(self):
        for each in self:
            each.secret = self.env["dingding.secret"]._mask(each, SECRET)

    def _inverse_secret(self):
        """Do nothing: create() and write() store the value."""

    @api.depends("card_template")
    def _compute_card_cost(self):
        for each in self:
            each.card_cost = each.card_template and _(
                "Each answer: 1 call to send the card and up to %d calls to write it."
            ) % (MOST_STEPS + 1)

    # -- checks ----------------------------------------------------------------------

    @api.constrains("kind", "model_id", "action_id", "text", "url", "words", "domain",
                    "search_fields", "note", "timeout", "card_template",
                    "card_variable")
    def _check_complete(self):
        for each in self:
            each._check_one()

    def _check_one(self):
        if not self._words():
            raise ValidationError(_("Enter the words of the command."))
        wanted = {"find": "model_id", "text": "text", "action": "action_id",
                  "assistant": "url"}[self.kind]
        if not self[wanted]:
            raise ValidationError(
                _("Fill in the field %s.")
                % self.fields_get([wanted])[wanted]["string"])
        if self.kind == "find":
            self._check_find()
        if self.kind == "assistant":
            if not 1 <= self.timeout <= 60:
                raise ValidationError(_("The time-out is 1 to 60 seconds."))
            if self.card_template and not self.card_variable:
                raise ValidationError(_("Enter the variable of the streaming card."))
            self._check_url()

    def _check_find(self):
        model = self.env.get(self.model_id.model)
        if model is None:
            raise ValidationError(_("Choose a model that is installed."))
        paths = placeholders.paths(self.note or "") + self._search_paths()
        for path in paths:
            name = placeholders.problem(model, path)
            if name:
                raise ValidationError(_("The field %s does not exist.") % name)
        try:
            # PostgreSQL may refuse the domain.
            with self.env.cr.savepoint():
                model.sudo().search(self._evaluated(self.env.user), limit=1)
        except Exception as error:
            raise ValidationError(_("The domain cannot be used: %s") % error)

    def _check_url(self):
        """Refuse URLs that the administrator has not allowed.

        :raise ValidationError: not HTTPS, or its host is not listed
        """
        allowed = self.env["ir.config_parameter"].sudo().get_param(HOSTS) or ""
        allowed = {each.strip().lower() for each in _SEPARATOR.split(allowed)}
        try:
            parts = urlsplit(self.url or "")
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            host = port = parts = None
        local = host in ("localhost", "127.0.0.1")
        shown = "[%s]" % host if host and ":" in host else host
        # Listing a host does not list its other ports.
        known = bool(host) and (
            shown in allowed and (local or port in (None, 443))
            or "%s:%d" % (shown, port or 443) in allowed)
        if not known or "@" in parts.netloc or "\\" in self.url or (
                parts.scheme != "https" and not (local and parts.scheme == "http")):
            raise ValidationError(_(
                "The assistant needs an https address whose host is listed in the "
                "system parameter %s.") % HOSTS)

    # -- create, write, unlink -------------------------------------------------------

    def _check_writer(self):
        if not rights.is_administrator(self.env):
            raise AccessError(_("Only administrators may change commands."))

    @compat.create_multi
    def create(self, vals_list):
        self._check_writer()
        cleaned = [self._cleaned(vals) for vals in vals_list]
        found = compat.super_create(super(), [vals for vals, _kept in cleaned])
        for each, (_vals, kept) in zip(found, cleaned):
            if kept:
                self.env["dingding.secret"]._set(each, SECRET, kept)
        return found

    @api.model
    def _cleaned(self, vals):
        vals, kept = dict(vals), None
        if "secret" in vals:
            vals["secret"], kept = self.env["dingding.secret"]._typed(vals["secret"])
        return vals, kept

    def write(self, vals):
        self._check_writer()
        vals, kept = self._cleaned(vals)
        result = super().write(vals)
        if kept is not None:
            for each in self:
                self.env["dingding.secret"]._set(each, SECRET, kept)
        return result

    def unlink(self):
        self.env["dingding.secret"]._forget(self)
        return super().unlink()

    # -- matching --------------------------------------------------------------------

    def _words(self):
        """Return the command's words, in lower case."""
        words = (" ".join(each.split()) for each in _SEPARATOR.split(self.words or ""))
        return [each.lower() for each in words if each]

    def _rest_of(self, text):
        """Return the rest of a text after this command; None for another one."""
        text = " ".join(text.split()).lstrip("/\uff0f")
        for word in sorted(self._words(), key=len, reverse=True):
            start, rest = text[: len(word)].lower(), text[len(word):]
            if start == word and (not rest or rest[0] in " :\uff1a,\uff0c"):
                return rest.lstrip(" :\uff1a,\uff0c")
        return None

    # -- running: chat has the environment of the person -----------------------------

    def _run(self, chat, message, words):
        """Return the answer to this command.

        :param chat: ``dingding.chat`` in the environment of the person
        """
        return getattr(self, "_run_%s" % self.kind)(chat, message, words)

    def _translated(self, chat):
        return self.with_context(lang=chat.env.context.get("lang"))

    def _run_text(self, chat, message, words):
        text = placeholders.fill(self._translated(chat).text, chat.env.user)
        return Reply(text, title=self._translated(chat).name)

    def _run_find(self, chat, message, words):
        reply = Reply(title=self._translated(chat).name)
        records, more = self._found(chat, words, MOST_ROWS)
        if not records:
            return Reply(_nothing(chat))
        self._list(reply, records, more)
        return reply

    def _list(self, reply, records, more):
        note = (lambda record: placeholders.fill(self.note, record)) if (
            self.note) else None
        return reply.records(records, note, len(records) + MOST_ROWS if more else None)

    def _search_paths(self):
        return [each.strip() for each in (self.search_fields or "").split(",")
                if each.strip()]

    def _evaluated(self, user):
        """Return the domain for a user."""
        return expression.domain(self.domain, user)

    def _found(self, chat, words, limit):
        """Return (records that the person may read, whether there are more)."""
        model = chat.env[self.model_id.model]
        compat.check_access(model, "read")
        domain = self._evaluated(chat.env.user)
        paths = self._search_paths()
        if words and not paths:
            found = model.name_search(escaped(words), domain, limit=limit + 1)
            records = model.browse([pair[0] for pair in found])
        else:
            if words:
                parts = [
                    (path, "ilike", escaped(words)) for path in paths
                    if self._may_search(model, path)]
                if not parts:
                    raise AccessError(chat._refused_text())
                domain += ["|"] * (len(parts) - 1) + parts
            records = model.search(domain, limit=limit + 1)
        return records[:limit], len(records) > limit

    @api.model
    def _may_search(self, model, path):
        """Tell whether the user of a model may search by the field of a path.

        Up to 16 Odoo finds records by values that the user may not read.
        """
        for name in path.split("."):
            field = model._fields.get(name)
            # Its addon may have been uninstalled.
            if field is None or not rights.may_use_field(model.env, field):
                return False
            if field.relational:
                model = model.env[field.comodel_name]
        return True

    def _run_action(self, chat, message, words):
        # sudo: the record is readable for administrators only.
        action = self.action_id.sudo().with_env(chat.env).with_context(
            dingding_chat_words=words, dingding_chat_group=bool(message.group_id))
        result = action.run()
        text = result.get("dingding_reply") if isinstance(result, dict) else ""
        return Reply(str(text)[:LONGEST_ANSWER]) if text else Reply(_done(chat))

    # -- assistants ------------------------------------------------------------------

    def _run_assistant(self, chat, message, words):
        """Ask the assistant after the commit, outside of a transaction."""
        message.write({"ask_id": self.id, "ask_words": words})
        return None

    def _signature(self, timestamp, body):
        secret = self.env["dingding.secret"]._get(self, SECRET)
        content = timestamp.encode("ascii") + b"\n" + body
        return hmac.new(secret.encode("utf-8"), content, hashlib.sha256).hexdigest()

    def _prepare_question(self, message, words):
        """Return (URL, headers, body) of the question to the assistant."""
        user = message._user()
        body = {
            "id": "%s:%d" % (self.env.cr.dbname, message.id), "text": words,
            "command": self.words, "group": bool(message.group_id),
            "user": {"name": user.name, "login": user.login, "lang": user.lang or ""},
        }
        timestamp = str(int(time.time()))
        return self.url, {
            "X-Odoo-Timestamp": timestamp,
            "X-Odoo-Signature": self._signature(timestamp, encode_json(body)),
        }, body

    @api.model
    def _ask(self, url, headers, body, timeout, show=None):
        """Return the assistant's answer as text, '' without one; may be slow.

        :param timeout: seconds for all of it
        :param show: function of the text so far, called while the answer arrives
        :raise TransportError: it cannot be reached, or its answer is too late or too
            long
        """
        streamed, arriving = Streamed(LONGEST_ANSWER), False

        def add(answered, part):
            nonlocal arriving
            arriving = is_streamed(answered)
            if arriving:
                streamed.add(part)
                if show:
                    show(streamed.text)

        transport = StrictTransport(timeout, MOST_BYTES, add)
        answer = transport.request("POST", url, json=body, headers=headers)
        if answer.status == 200 and arriving:
            streamed.end()
            return streamed.text
        if answer.status != 200 or not isinstance(answer.payload, dict):
            raise TransportError(
                "assistant", "the assistant answered HTTP %d" % answer.status)
        text = answer.payload.get("text")
        return text[:LONGEST_ANSWER] if isinstance(text, str) else ""


def _nothing(self):
    return _("Nothing found.")


def _done(self):
    return _("Done.")
