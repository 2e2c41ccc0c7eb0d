# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Reading of bodies and of single members."""

import pytest
from dingtalk_simulator.params import BadBody, Params, parse_body

JSON, FORM = "application/json; charset=utf-8", "application/x-www-form-urlencoded"


class Bad(Exception):
    pass


def params(query=None, **body):
    return Params(query or {}, body, Bad)


@pytest.mark.parametrize(
    "raw, content_type, expected",
    [
        (b"", JSON, {}),
        (b" \n", "", {}),
        (b'{"a": 1}', JSON, {"a": 1}),
        (b'{"a": 1}', "", {"a": 1}),
        (b' {"a": 1}', FORM, {"a": 1}),
        (b"[1]", JSON, [1]),
        (b"a=1&b=%E5%AD%97&c=", FORM, {"a": "1", "b": "字", "c": ""}),
        (b"a=1", "", {"a": "1"}),
    ],
)
def test_bodies(raw, content_type, expected):
    assert parse_body(raw, content_type) == expected


@pytest.mark.parametrize(
    "raw, content_type",
    [
        (b"\xff\xfe", JSON),
        (b"{oops", JSON),
        (b"a=1", JSON),
        (b"5", JSON),
        (b'"x"', JSON),
    ],
)
def test_bad_bodies(raw, content_type):
    with pytest.raises(BadBody):
        parse_body(raw, content_type)


def test_the_body_wins():
    both = params({"a": "query", "b": "query"}, a="body", b=None)
    assert (both.text("a"), both.text("b")) == ("body", "query")
    assert both.has("a") and not both.has("c")


def test_texts():
    some = params(a=5, b=True, c="", d=["x"], e=1.5)
    assert (some.text("a"), some.text("b"), some.text("c", "x")) == ("5", "true", "")
    assert some.text("e") == "1.5" and some.text("none", "x") == "x"
    for name, options in (("c", {"required": True}), ("d", {})):
        with pytest.raises(Bad):
            some.text(name, **options)
    with pytest.raises(Bad):
        params(a="xx").text("a", longest=1)


@pytest.mark.parametrize("value", [5, "5", 5.0, " 5 "])
def test_integers(value):
    assert params(a=value).integer("a", low=5, high=5) == 5


@pytest.mark.parametrize("value", ["x", True, 5.5, [5], {}, 4, 6])
def test_bad_integers(value):
    with pytest.raises(Bad):
        params(a=value).integer("a", low=5, high=5)


def test_integers_that_are_missing():
    assert params().integer("a", 7) == 7 and params(a="").integer("a") is None
    with pytest.raises(Bad):
        params(a="").integer("a", required=True)


def test_booleans():
    for value in (True, "true", "True", "1", 1):
        assert params(a=value).boolean("a") is True
    for value in (False, "false", "0", 0):
        assert params(a=value).boolean("a") is False
    assert params().boolean("a", True) is True
    for value in ("yes", 2, [True]):
        with pytest.raises(Bad):
            params(a=value).boolean("a")
    with pytest.raises(Bad):
        params().boolean("a", required=True)


@pytest.mark.parametrize(
    "value, expected",
    [
        ("a,b", ["a", "b"]),
        (" a , b,", ["a", "b"]),
        ("a|b,c", ["a", "b", "c"]),
        ('["a", 5]', ["a", "5"]),
        (["a", 5], ["a", "5"]),
        (5, ["5"]),
        ("", []),
        (None, None),
    ],
)
def test_lists(value, expected):
    assert params(a=value).names("a", ",|") == expected


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], True, "[oops", 1.5])
def test_bad_lists(value):
    with pytest.raises(Bad):
        params(a=value).names("a")


def test_required_lists():
    for value in ("", [], None):
        with pytest.raises(Bad):
            params(a=value).names("a", required=True)


def test_numbers():
    assert params(a="1,2").numbers("a") == [1, 2]
    assert params().numbers("a") is None
    with pytest.raises(Bad):
        params(a="1,x").numbers("a")


def test_objects():
    assert params(a='{"b": 1}').json("a") == {"b": 1}
    assert params(a={"b": 1}).json("a") == {"b": 1}
    assert params(a="").json("a", 7) == 7
    with pytest.raises(Bad):
        params(a="{oops").json("a")
    with pytest.raises(Bad):
        params(a="").json("a", required=True)
