# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Texts that PostgreSQL can store, names of models, the help of empty lists."""
import html

from ..dingtalk.storable import clean

LONGEST_PARAMETER = 10000  # characters of one parameter of a route
LARGEST_NUMBER = 2147483647  # id of a record


def is_text(value):
    """Tell whether ``value`` is a text without NUL and lone surrogates."""
    return isinstance(value, str) and clean(value) == value


def model_name(model):
    """Return the name of a model in the language of its environment."""
    # sudo: users may not read models.
    return model.env["ir.model"].sudo()._get(model._name).name


def is_parameter(value):
    """Tell whether ``value`` may be a parameter of a route.

    Forms can send files and lists.
    """
    if isinstance(value, int):
        return 0 <= value <= LARGEST_NUMBER
    return is_text(value) and len(value) <= LONGEST_PARAMETER


def are_texts(value):
    """Tell whether all texts inside a JSON ``value`` pass ``is_text``."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            left += each.keys()
            left += each.values()
        elif isinstance(each, list):
            left += each
        elif isinstance(each, str) and not is_text(each):
            return False
    return True


def empty_help(title, text):
    """Return the help of a window action, which its view shows while it is empty.

    :param str title: translated, such as "No messages yet"
    :param str text: translated; says how records are created
    :return: HTML
    """
    return "<p>%s</p><p>%s</p>" % (html.escape(title), html.escape(text))
