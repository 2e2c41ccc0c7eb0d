# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Reading of bodies and members."""

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
        (b"[" * 100000, JSON),
        (b'{"a": NaN}', JSON),
        (b'{"a": 1e999}', JSON),
        (b'{"a": "\\ud800"}', JSON),
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
        (5, ["5"]),
        ("", []),
        (None, None),
    ],
)
def test_lists(value, expected):
    assert params(a=value).names("a", ",|") == expected


@pytest.mark.parametrize("value", [{"a": 1}, ["a"], '["a"]', True, "[oops", 1.5])
def test_bad_lists(value):
    with pytest.raises(Bad):
        params(a=value).names("a")


def strict(query=None, **body):
    return Params(query or {}, body, Bad, strict=True)


def test_the_new_family_takes_json_with_its_own_types():
    some = strict({"q": "a,b", "j": '["a", 5]'}, l=["a", 5], b=True, o={"x": 1}, t="t")
    assert some.names("l") == ["a", "5"] and some.names("q") == ["a", "b"]
    assert some.names("j") == ["a", "5"]
    assert some.boolean("b") is True and some.json("o") == {"x": 1}
    assert (some.text("t"), strict({"b": "true"}).boolean("b")) == ("t", True)
    for value in ("a,b", '["a"]', 5, {"a": 1}, [["a"]], [None], [True]):
        with pytest.raises(Bad):
            strict(a=value).names("a")
    for value in ("true", 1, "1"):
        with pytest.raises(Bad):
            strict(a=value).boolean("a")
    for value in ('{"x": 1}', "[]", 5, True):
        with pytest.raises(Bad):
            strict(a=value).json("a")
    for value in (True, {"x": 1}, ["a"]):
        with pytest.raises(Bad):
            strict(a=value).text("a")


@pytest.mark.parametrize(
    "value", ["9" * 6000, 10**30, 1e400, float("nan"), "\u00b2", "0x1", "1e3"]
)
def test_no_numbers(value):
    """None is a Java Long, and none may cause a Python error."""
    with pytest.raises(Bad):
        params(a=value).integer("a")
    with pytest.raises(Bad):
        params(a=[value] if isinstance(value, float) else str(value)).numbers("a")


def test_objects_are_objects():
    for value in ("5", "true", '"text"', 5, True, "[" * 5000):
        with pytest.raises(Bad):
            params(a=value).json("a")


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
