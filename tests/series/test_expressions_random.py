"""Expressions equal their domains: random domains, random values."""

import hypothesis
import hypothesis.strategies as some

from tools.series import expressions

FIELDS = ["a", "b", "c"]
LEAF = some.one_of(
    some.tuples(some.sampled_from(FIELDS), some.sampled_from(["=", "!="]),
                some.one_of(some.booleans(), some.integers(0, 2))),
    some.tuples(some.sampled_from(FIELDS), some.sampled_from(["<", ">", "<=", ">="]),
                some.integers(0, 2)),
    some.tuples(some.sampled_from(FIELDS), some.sampled_from(["in", "not in"]),
                some.lists(some.integers(0, 2), max_size=3)))
TERM = some.recursive(
    LEAF.map(lambda leaf: [leaf]),
    lambda inner: some.one_of(
        some.tuples(some.sampled_from("&|"), inner, inner).map(
            lambda each: [each[0]] + each[1] + each[2]),
        inner.map(lambda each: ["!"] + each)),
    max_leaves=8)


def holds(domain, values):
    """Evaluate a domain on a record, as the old web client did."""
    terms = list(domain)

    def term():
        head = terms.pop(0)
        if head in ("&", "|"):
            one, other = term(), term()
            return (one and other) if head == "&" else (one or other)
        if head == "!":
            return not term()
        field, operator, wanted = head
        value = values[field]
        if isinstance(wanted, bool):
            return (bool(value) == wanted) == (operator == "=")
        return {
            "=": lambda: value == wanted, "!=": lambda: value != wanted,
            "<": lambda: value < wanted, ">": lambda: value > wanted,
            "<=": lambda: value <= wanted, ">=": lambda: value >= wanted,
            "in": lambda: value in wanted, "not in": lambda: value not in wanted,
        }[operator]()

    result = True
    while terms:
        result = term() and result
    return bool(result)


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(
    some.lists(TERM, min_size=1, max_size=3),
    some.fixed_dictionaries({name: some.integers(0, 2) for name in FIELDS}))
def test_an_expression_says_what_its_domain_said(terms, values):
    """Several terms side by side are joined by "and"."""
    domain = [each for term in terms for each in term]
    expression = expressions.from_domain(domain)
    assert bool(eval(expression, {}, dict(values))) == holds(domain, values)
