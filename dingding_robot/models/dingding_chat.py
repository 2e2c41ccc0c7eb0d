# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging
import re

from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights

from ..chat import Conversation, Reply, command, incoming
from ..chat.registry import commands_of
from ..chat.reply import MOST_ROWS

_logger = logging.getLogger(__name__)

# Chinese follows a number without a space.
_TOPIC = re.compile(
    r"\A[#\uff03]\s*(\d{1,9})(?![\dA-Za-z_])[\s:\uff1a,\uff0c]*(.*)\Z", re.DOTALL)
_NUMBER = re.compile(
    r"\A[#\uff03]?\s*(\d{1,9})(?![\dA-Za-z_])[\s:\uff1a,\uff0c]*(.*)\Z", re.DOTALL)
_registries = {}  # database -> (registry, commands)
_COMMANDS = """
    SELECT command.id, command.company_id, array_remove(array_agg(rel.group_id), NULL)
    FROM dingding_chat_command command
    LEFT JOIN dingding_chat_command_group_rel rel ON rel.command_id = command.id
    WHERE command.active GROUP BY command.id ORDER BY command.sequence, command.id
"""


class DingdingChat(models.AbstractModel):
    """Answer messages to the robot, with the person's rights.

    Methods run as the person's user, except those for strangers.
    """

    _name = "dingding.chat"
    _description = "DingTalk Chat"

    # -- commands --------------------------------------------------------------------

    @api.model
    def _commands(self):
        """Return word -> command, of the methods of all models."""
        registry = self.env.registry
        known = _registries.get(self.env.cr.dbname)
        if known is None or known[0] is not registry:
            classes = {name: registry[name] for name in registry}
            found = {}
            for each in commands_of(classes):
                for word in each.words:
                    found.setdefault(word, each)
            known = _registries[self.env.cr.dbname] = (registry, found)
        return known[1]

    @api.model
    def _own_commands(self):
        """Return the administrator's commands that this user may use."""
        # sudo: commands without groups are for everybody; filtered here.
        commands, user = self.env["dingding.chat.command"].sudo(), self.env.user.sudo()
        compat.flush(self.env)
        self.env.cr.execute(_COMMANDS)
        rows, may = self.env.cr.fetchall(), {}
        # Most commands have no groups.
        if any(groups for _id, _company, groups in rows):
            may["groups"] = set(user[compat.ALL_USER_GROUPS].ids)
        if any(company for _id, company, _groups in rows):
            may["companies"] = set(user.company_ids.ids)
        return commands.browse([
            id_ for id_, company, groups in rows
            if (not groups or may["groups"] & set(groups))
            and (not company or company in may["companies"])
        ])

    @api.model
    def _listed_commands(self, chat):
        """Return the administrator's commands that a list may name.

        In a group only those for all.
        """
        return self._own_commands().filtered(
            lambda each: not (chat.is_group and each.allowed_group_ids))

    @api.model
    def _answer(self, message):
        """Return (reply to a message, whether a group may see it).

        :param message: the message, with all rights
        """
        text = message.text or ""
        talk = Conversation(text, bool(message.group_id), message)
        if not text:
            if message._loaded_files():
                return self.env["dingding.chat.topic"]._answer_files(message), False
            return self._chat_help(talk, ""), True
        found = _TOPIC.match(text)
        if found:
            return self._chat_reply(talk, text), False
        for each in self._own_commands():
            rest = each._rest_of(text)
            if rest is not None:
                return each._run(self, message, rest), each.shared
        word, rest = incoming.split(text)
        known = self._commands().get(word)
        if known is None:
            return self._unknown(message, text)
        model = self.env[known.model]
        reply = getattr(model, known.method)(talk, rest)
        if reply is not None and not isinstance(reply, Reply):
            reply = Reply(reply)
        return reply, known.shared

    @api.model
    def _unknown(self, message, text):
        """Answer other messages: by the administrator's catch-all, or a hint."""
        for each in self._own_commands():
            if each.catch_all:
                return each._run(self, message, text), each.shared
        return Reply(_("I do not know this command. Write help to see what I can do.")
                     ), True

    # -- sentences -------------------------------------------------------------------

    @api.model
    def _stranger(self, message):
        """Return instructions for people without a user to link their account."""
        base = self.env["dingding.corp"]._base_url()
        reply = Reply(_(
            "Your DingTalk account is not linked to an Odoo user yet, so I cannot "
            "answer."))
        if not message.person_id:
            reply.say(_(
                "DingTalk did not report who you are, or you are not in the contacts "
                "that Odoo reads. Contact your administrator."))
        else:
            reply.say(_(
                "Sign in to Odoo, open your preferences and link DingTalk there, or "
                "contact your administrator."))
        if base:
            reply.link(_("Open Odoo"), base + "/web")
        return reply

    @api.model
    def _refused_text(self):
        return _("You do not have the rights for this in Odoo.")

    @api.model
    def _failed_text(self):
        return _("Something went wrong. Your administrator can see it in Odoo.")

    @api.model
    def _moved_text(self):
        return _("I have answered you personally.")

    @api.model
    def _unsafe_text(self):
        return _(
            "DingTalk rejected the content of my answer. Look it up in Odoo.")

    # -- built-in commands -----------------------------------------------------------

    @api.model
    @command("help", "帮助", "?", "？", shared=True,
             summary=lambda self: _("Commands of this robot"))
    def _chat_help(self, chat, words):
        reply = Reply(title=_("Commands"))
        reply.heading(_("Commands of this robot"))
        shown = set()
        for known in self._commands().values():
            if known in shown or known.summary is None:
                continue
            shown.add(known)
        for known in sorted(shown, key=lambda each: (each.model, each.words)):
            summary = known.summary(self.env[known.model])
            reply.say("%s: %s" % (" / ".join(known.words[:2]), summary))
        for each in self._listed_commands(chat):
            reply.say("%s: %s" % (
                " / ".join(each._words()[:3]), each.name or ""))
        return reply

    @api.model
    @command("menu", "菜单", shared=True, summary=lambda self: _("Buttons"))
    def _chat_menu(self, chat, words):
        reply = Reply(_("Choose a command."), title=_("Menu"))
        for each in self._listed_commands(chat).filtered("in_menu"):
            reply.button(each.name, say=each._words()[0])
        reply.button(_("My activities"), say="mine")
        for known in sorted(
                set(self._commands().values()), key=lambda each: each.words):
            if known.button:
                reply.button(known.button(self.env[known.model]), say=known.words[0])
        return reply.button(_("Help"), say="help")

    @api.model
    @command("find", "查", "查找", "搜索",
             summary=lambda self: _("Find records, for example: find Azure"))
    def _chat_find(self, chat, words):
        if not words:
            return Reply(_("Write what to find, for example: find Azure"))
        reply, left = Reply(title=_("Found")), MOST_ROWS
        for each in self._own_commands().filtered(
                lambda own: own.kind == "find" and own.in_find):
            if left <= 0:
                break
            try:
                with self.env.cr.savepoint():
                    records, more = each._found(self, words, left)
                    part = each._list(Reply(), records, more)
            except (AccessError, UserError):
                # The person may not read this model.
                continue
            except OperationalError:
                raise
            except Exception:
                # An uninstalled addon had its model or fields.
                _logger.exception("Chat command %d cannot find anything", each.id)
                continue
            if records:
                reply.heading(each.name)
                reply.lines += part.lines
                left -= len(records)
        return reply if reply.lines else Reply(_("Nothing found."))

    @api.model
    @command("mine", "我的", "待办", summary=lambda self: _("My activities"))
    def _chat_mine(self, chat, words):
        reply = Reply(title=_("My activities"))
        activities = rights.own_activities(self.env, MOST_ROWS + 1)
        today = fields.Date.context_today(self)
        corps = self.env["dingding.corp"]
        readable = rights.readable(self.env, [
            (activity.res_model, activity.res_id)
            for activity in activities[:MOST_ROWS] if activity.res_model])
        for activity in activities[:MOST_ROWS]:
            # From 19 on there are activities without a document.
            record, seen = activity, True
            if activity.res_model:
                if activity.res_model not in self.env:
                    continue
                record = self.env[activity.res_model].browse(activity.res_id)
                # Odoo stores the name.
                seen = (activity.res_model, activity.res_id) in readable
            deadline = fields.Date.to_string(fields.Date.from_string(
                activity.date_deadline))
            late = deadline < fields.Date.to_string(fields.Date.from_string(today))
            note = "%s%s" % (deadline, " !" if late else "")
            what = activity.summary or activity.activity_type_id.name or _("To do")
            if seen:
                reply.link(": ".join(filter(None, [what, activity.res_name])),
                           corps._record_url(record), note)
            else:
                reply.link(what, "", note)
        if len(activities) > MOST_ROWS:
            reply.say("\u2026")
        return reply if reply.lines else Reply(_("You have no activities."))

    @api.model
    @command("stock", "库存",
             summary=lambda self: _("Stock of a product, for example: stock M3 screw"))
    def _chat_stock(self, chat, words):
        if "product.product" not in self.env or "qty_available" not in (
                self.env["product.product"]._fields):
            return Reply(_("Inventory is not installed."))
        if not words:
            return Reply(_("Write a product, for example: stock M3 screw"))
        products = self.env["product.product"]
        found = products.name_search(escaped(words), limit=MOST_ROWS + 1)
        if not found:
            return Reply(_("Nothing found."))
        records = products.browse([pair[0] for pair in found])

        def note(product):
            return _("on hand %(hand)s %(unit)s, forecast %(forecast)s") % {
                "hand": amount(product.qty_available),
                "unit": product.uom_id.name or "",
                "forecast": amount(product.virtual_available),
            }

        return Reply(title=_("Stock")).records(records, note)

    @api.model
    @command("reply", "回复",
             summary=lambda self: _(
                 "Answer a discussion, for example: #12 Fine with me"))
    def _chat_reply(self, chat, words):
        found = _NUMBER.match(words)
        if not found:
            return Reply(_("Write the number of the discussion, for example: "
                           "#12 Fine with me"))
        return self.env["dingding.chat.topic"]._answer_text(
            chat.message, int(found.group(1)), found.group(2).strip())


def amount(number):
    """Return a number in full, with up to six decimals."""
    return ("%.6f" % number).rstrip("0").rstrip(".")


def escaped(words):
    """Return words with the wildcards of a search escaped."""
    words = words[:100]
    for sign in ("\\", "%", "_"):
        words = words.replace(sign, "\\" + sign)
    return words
