# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Mark a method of any model as a command of the robot's chat.

``dingding_robot``, if installed, finds and calls the methods, so the addon of a command
depends on the base only::

    from odoo.addons.dingding.chat_command import command

    class SaleOrder(models.Model):
        _inherit = "sale.order"

        @api.model
        @command("late", "逾期", summary=lambda self: _("Late orders"))
        def _chat_late(self, chat, words):
            return chat.reply().records(self.search([("state", "=", "late")], limit=10))
"""

import collections

MARK = "_dingding_command"

Marked = collections.namedtuple("Marked", "words summary shared button")


def command(*words, summary=None, shared=False, button=None):
    """Make a method of a model a command of the robot's chat.

    The method is called as ``method(chat, words)`` on an empty recordset, with the
    rights and the language of the person who wrote. ``words`` is the rest of the text;
    never evaluate it. It returns what ``chat.reply()`` has made, a text, or None for no
    answer.

    :param words: what people write, without spaces, each in any language
    :param summary: ``lambda self: _("…")``, for the list of commands
    :param bool shared: post the answer in the group in which the command was written;
        otherwise it is sent to the person. Only for what everybody may know
    :param button: ``lambda self: _("…")``, the button's label in the menu, which has
        five buttons; None: not in the menu
    :raise ValueError: no words, or words with spaces
    """
    if not words or any(" " in word or not word for word in words):
        raise ValueError("a command has words without spaces")

    def mark(method):
        setattr(method, MARK, Marked(
            tuple(word.lower() for word in words), summary, shared, button))
        return method

    return mark
