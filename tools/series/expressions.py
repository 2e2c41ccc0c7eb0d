"""Convert domains of ``attrs`` to the Python expressions of Odoo 17."""

import ast

COMPARISONS = {"=": "==", "==": "==", "!=": "!=", "<>": "!=",
               "<": "<", ">": ">", "<=": "<=", ">=": ">="}
MEMBERSHIPS = {"in": "in", "not in": "not in"}


class Unreadable(ValueError):
    """The text is not a literal of the expected kind."""


def literal(text, kind):
    """Return the value of a Python literal.

    :raise Unreadable: when it is none, or not of that kind
    """
    try:
        value = ast.literal_eval(text.strip())
    except (SyntaxError, ValueError):
        raise Unreadable("not a literal: %s" % text.strip()) from None
    if not isinstance(value, kind):
        raise Unreadable("not a %s: %s" % (kind.__name__, text.strip()))
    return value


def from_domain(domain):
    """Return a Python expression for a domain in Polish notation.

    :param domain: a list, or a truth value
    :raise Unreadable: for an operator that an expression has not
    """
    if isinstance(domain, (bool, int)):
        return str(bool(domain))
    if not domain:
        return "True"
    terms = list(domain)
    parts = []
    while terms:
        parts.append(_term(terms))
    return _joined("and", parts)


def _term(terms):
    """Take one term from the list; return (expression, its strongest operator)."""
    if not terms:
        raise Unreadable("a domain that ends too early")
    head = terms.pop(0)
    if head in ("&", "|"):
        word = {"&": "and", "|": "or"}[head]
        return _joined(word, [_term(terms), _term(terms)]), word
    if head == "!":
        inner, word = _term(terms)
        return "not (%s)" % inner if word else "not %s" % inner, None
    return _leaf(head), None


def _joined(word, parts):
    if len(parts) == 1:
        return parts[0][0]
    return (" %s " % word).join(
        "(%s)" % text if inner not in (None, word) else text for text, inner in parts)


def _leaf(leaf):
    if not isinstance(leaf, (tuple, list)) or len(leaf) != 3:
        raise Unreadable("not a leaf of a domain: %r" % (leaf,))
    field, operator, value = leaf
    if operator in ("=", "==", "!=", "<>") and isinstance(value, bool):
        positive = (operator in ("=", "==")) == value
        return field if positive else "not %s" % field
    if operator in COMPARISONS:
        return "%s %s %r" % (field, COMPARISONS[operator], value)
    if operator in MEMBERSHIPS and isinstance(value, (tuple, list)):
        return "%s %s %r" % (field, MEMBERSHIPS[operator], list(value))
    raise Unreadable("an expression has no operator %r" % (operator,))


def either(one, other):
    """Return the expression that holds when one of two does."""
    if one in ("1", "True"):
        return one
    return "%s or %s" % tuple(
        "(%s)" % text if " and " in text or " if " in text else text
        for text in (one, other))
