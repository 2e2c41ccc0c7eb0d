# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Find the methods of a database's models that are marked as commands."""

import collections
import types

from odoo.addons.dingding.chat_command import MARK, Marked

from .reply import Reply

#: A command of a database.
#:
#: words    the words for it, in lower case; the first one is shown
#: summary  function of the model that returns a sentence, or None
#: shared   whether the answer may be posted in a group
#: button   function of the model that returns the label of its button in the menu
#: model    name of the model
#: method   name of its method
Command = collections.namedtuple("Command", Marked._fields + ("model", "method"))


class Conversation(collections.namedtuple("Conversation", "text is_group message")):
    """The context of a command.

    :ivar text: the whole text
    :ivar is_group: written in a group
    :ivar message: the stored message. It has all rights: act in the method's own
        environment
    """

    __slots__ = ()

    def reply(self, text="", title=""):
        """Return a new :class:`~.reply.Reply`, without an import of this addon."""
        return Reply(text, title)


def commands_of(registry):
    """Return the commands of a database's models, in a stable order.

    :param registry: mapping of model names to classes
    """
    found = []
    for name in sorted(registry):
        for base in registry[name].__mro__:
            own = base.__dict__
            inherit = own.get("_inherit")
            inherit = [inherit] if isinstance(inherit, str) else inherit or []
            if own.get("_name", None) != name and (own.get("_name") or (
                    name not in inherit)):
                # Of a parent class: the command belongs to that model.
                continue
            for method, value in sorted(own.items()):
                # Fields return values for unknown attributes.
                mark = value.__dict__.get(MARK) if isinstance(
                    value, types.FunctionType) else None
                if isinstance(mark, Marked):
                    found.append(Command(*(mark + (name, method))))
    return sorted(set(found), key=lambda each: (each.model, each.method))
