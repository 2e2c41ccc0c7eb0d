# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Register methods as commands, and find them in the models of a database."""

import collections
import types

MARK = "_dingding_command"

#: A command of a database.
#:
#: words    the words for it, in lower case; the first one is shown
#: summary  function of the model that returns a sentence, or None
#: shared   whether the answer may be posted in a group
#: model    name of the model
#: method   name of its method
Command = collections.namedtuple("Command", "words summary shared model method")

#: The context of a command.
#:
#: text      the whole text
#: is_group  written in a group
#: message   the stored message. It has all rights: act in the method's own environment
Conversation = collections.namedtuple("Conversation", "text is_group message")


def command(*words, summary=None, shared=False):
    """Register a method of a model as a command of the robot's chat.

    The method is called as ``method(chat, words)`` on an empty recordset, with the
    rights and the language of the person who wrote. ``words`` is the rest of the text;
    it is a stranger's text: never evaluate it. It returns a :class:`~.reply.Reply`, a
    text, or None for no answer.

    :param words: the words for it, without spaces, in any languages
    :param summary: ``lambda self: _("…")``, for the list of commands
    :param bool shared: post the answer in the group in which the command was written;
        otherwise it is sent to the person. Only for public information
    """
    if not words or any(" " in word or not word for word in words):
        raise ValueError("a command has words without spaces")

    def mark(method):
        setattr(method, MARK, (tuple(word.lower() for word in words), summary, shared))
        return method

    return mark


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
                if isinstance(mark, tuple):
                    words, summary, shared = mark
                    found.append(Command(words, summary, shared, name, method))
    return sorted(set(found), key=lambda each: (each.model, each.method))
