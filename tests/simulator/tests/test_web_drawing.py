# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Drawing of messages: Markdown, and three formats of message kinds."""

from types import SimpleNamespace

import pytest
from dingtalk_simulator.web import markdown
from dingtalk_simulator.web.draw import Artist, css_colour

MEDIA = {
    "@lADP1": SimpleNamespace(
        media_id="@lADP1", filename="图.png", size=10, mimetype="image/png"
    ),
    "@voice": SimpleNamespace(
        media_id="@voice", filename="v.mp3", size=10, mimetype="audio/mpeg"
    ),
    "@amr": SimpleNamespace(
        media_id="@amr", filename="v.amr", size=10, mimetype="audio/amr"
    ),
    "$file": SimpleNamespace(
        media_id="$file", filename="a.b.xlsx", size=2048, mimetype="application/zip"
    ),
}
artist = Artist(MEDIA.get)


def html(text):
    return str(artist.markdown(text))


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("# A", "<h1>A</h1>"),
        ("###### A #", "<h6>A</h6>"),
        ("#中文", "<h1>中文</h1>"),
        ("a **b** c", "<p>a <strong>b</strong> c</p>"),
        ("a *b* c", "<p>a <em>b</em> c</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("> q\n> r", "<blockquote><p>q r</p></blockquote>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("a\nb", "<p>a b</p>"),
        ("a  \nb", "<p>a<br>b</p>"),
        ("a\n  b", "<p>a<br>b</p>"),
        ("a\n\nb", "<p>a</p><p>b</p>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;</code></pre>"),
        ("---", "<hr>"),
        ('<font color="#f00">x</font>', '<p><span style="color:#f00">x</span></p>'),
        (
            "[a](https://x.example/?q=(1))",
            '<p><a href="https://x.example/?q=(1)" target="_blank"'
            ' rel="noopener noreferrer" data-opens>a</a></p>',
        ),
        (
            "![a](@lADP1)",
            '<p><img src="/_web/media/%40lADP1" alt="a" loading="lazy"></p>',
        ),
        ("", ""),
        (None, ""),
    ],
)
def test_markdown(text, wanted):
    assert html(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        "[x](\tjavascript:alert(1))",
        "![x](javascript:alert(1))",
        "![x](data:image/svg+xml,<svg onload=alert(1)>)",
        '[x](https://a.example/"onmouseover="alert(1))',
        '![x"onerror="alert(1)](https://a.example/p.png)',
        '<font color="red;background:url(x)">x</font>',
        '<font color="red" onclick="alert(1)">x</font>',
        '[![x](https://a.example/"onload="1)](javascript:1)',
        "\x02" + "0\x03",
        "**[x](javascript:alert(1))**",
    ],
)
def test_markdown_cannot_break_out(text):
    found = html(text)
    from html.parser import HTMLParser

    class Check(HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert tag in ("p", "a", "img", "strong", "em", "span", "code"), tag
            for name, value in attrs:
                assert not name.startswith("on"), name
                if name in ("href", "src"):
                    assert value.startswith(("https://", "/_web/")), value
                if name == "style":
                    assert ";" not in value and "(" not in value, value

    Check().feed(found)


def test_markdown_is_quick_on_nasty_text():
    for text in ("*" * 5000, "[" * 5000, "[x](" * 1200, "> " * 2500, "`" * 5000):
        assert len(html(text)) < 60000


@pytest.mark.parametrize(
    "url, wanted",
    [
        ("https://a.example/x", "https://a.example/x"),
        (
            "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fa.example%2F&x=1",
            "https://a.example/",
        ),
        ("dingtalk://dingtalkclient/page/link?url=javascript%3Aalert(1)", ""),
        ("dingtalk://dingtalkclient/action/open", ""),
        ("//evil.example", ""),
        ("/relative", ""),
        ("javascript:alert(1)", ""),
        ("http://[bad", ""),
        ("", ""),
    ],
)
def test_where_a_tap_leads(url, wanted):
    assert markdown.target_url(url) == wanted


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("FFBBBBBB", "#BBBBBBFF"),
        ("0xFFF65E5E", "#F65E5EFF"),
        ("#112233", "#112233"),
        ("red;background:url(x)", "d"),
        (None, "d"),
        (12, "d"),
    ],
)
def test_colours(text, wanted):
    assert css_colour(text, "d") == wanted


def test_oa_card():
    found = artist.draw(
        {
            "msgtype": "oa",
            "oa": {
                "message_url": "https://a.example/m",
                "pc_message_url": "https://a.example/pc",
                "head": {"bgcolor": "FF112233", "text": "头"},
                "status_bar": {"status_value": "进行中", "status_bg": "0xFFF65E5E"},
                "body": {
                    "title": "标题",
                    "form": [{"key": "k%d" % n, "value": n} for n in range(8)],
                    "rich": {"num": "15.6", "unit": "元"},
                    "content": "内容",
                    "image": "@lADP1",
                    "file_count": "3",
                    "author": "李四",
                },
            },
        },
        "Odoo",
    )
    assert found["kind"] == "oa" and found["app_name"] == "Odoo"
    assert len(found["rows"]) == 6 and found["more_rows"] == 2
    assert found["rich"] == {"num": "15.6", "unit": "元"}
    assert found["picture"] == "/_web/media/%40lADP1"
    assert found["url"] == "https://a.example/m"
    assert found["pc_url"] == "https://a.example/pc"
    assert found["status"] == {"text": "进行中", "colour": "#F65E5EFF"}


@pytest.mark.parametrize(
    "msg",
    [
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "btn_orientation": "1",
                "btn_json_list": [
                    {"title": "A", "action_url": "https://a.example/1"},
                    {"title": "B", "action_url": "https://a.example/2"},
                ],
            },
        },
        {
            "msgtype": "actionCard",
            "actionCard": {
                "title": "t",
                "text": "m",
                "btnOrientation": "1",
                "btns": [
                    {"title": "A", "actionURL": "https://a.example/1"},
                    {"title": "B", "actionURL": "https://a.example/2"},
                ],
            },
        },
        {
            "msgtype": "sampleActionCard6",
            "sampleActionCard6": {
                "title": "t",
                "text": "m",
                "buttonTitle1": "A",
                "buttonUrl1": "https://a.example/1",
                "buttonTitle2": "B",
                "buttonUrl2": "https://a.example/2",
            },
        },
    ],
)
def test_three_spellings_of_one_card(msg):
    found = artist.draw(msg)
    assert found["kind"] == "action_card" and found["title"] == "t"
    assert found["horizontal"]
    assert [(each["title"], each["url"]) for each in found["buttons"]] == [
        ("A", "https://a.example/1"),
        ("B", "https://a.example/2"),
    ]
    assert str(found["html"]) == "<p>m</p>"


@pytest.mark.parametrize(
    "msg, kind, member, value",
    [
        ({"msgtype": "text", "text": {"content": "x"}}, "text", "text", "x"),
        (
            {"msgtype": "sampleText", "sampleText": {"content": "x"}},
            "text",
            "text",
            "x",
        ),
        (
            {"msgtype": "image", "image": {"media_id": "@lADP1"}},
            "image",
            "picture",
            "/_web/media/%40lADP1",
        ),
        ({"msgtype": "image", "image": {"media_id": "@no"}}, "image", "picture", ""),
        (
            {
                "msgtype": "sampleImageMsg",
                "sampleImageMsg": {"photoURL": "https://a.example/p"},
            },
            "image",
            "picture",
            "https://a.example/p",
        ),
        (
            {"msgtype": "voice", "voice": {"media_id": "@voice", "duration": "10"}},
            "voice",
            "playable",
            True,
        ),
        (
            {"msgtype": "voice", "voice": {"media_id": "@amr", "duration": "10"}},
            "voice",
            "playable",
            False,
        ),
        (
            {"msgtype": "voice", "voice": {"media_id": "@amr", "duration": "x"}},
            "voice",
            "seconds",
            0,
        ),
        (
            {
                "msgtype": "sampleAudio",
                "sampleAudio": {"mediaId": "@voice", "duration": "3000"},
            },
            "voice",
            "seconds",
            3,
        ),
        (
            {"msgtype": "file", "file": {"media_id": "$file"}},
            "file",
            "extension",
            "XLSX",
        ),
        ({"msgtype": "file", "file": {"media_id": "$gone"}}, "file", "media", None),
        (
            {
                "msgtype": "sampleFile",
                "sampleFile": {"mediaId": "$file", "fileName": "n.pdf"},
            },
            "file",
            "name",
            "n.pdf",
        ),
        (
            {"msgtype": "feedCard", "feedCard": {"links": [{"title": "F"}]}},
            "feed_card",
            "preview",
            "F",
        ),
        ({"msgtype": "strange", "strange": {}}, "unknown", "url", ""),
        ({}, "unknown", "url", ""),
        ("not a message", "unknown", "url", ""),
        ({"msgtype": "oa", "oa": "broken"}, "oa", "title", ""),
        ({"msgtype": "kind_and_body"}, "unknown", "url", ""),
        (
            {"msgtype": "sampleMarkdown", "sampleMarkdown": "broken"},
            "markdown",
            "title",
            "",
        ),
    ],
)
def test_every_kind(msg, kind, member, value):
    found = artist.draw(msg)
    assert found["kind"] == kind and found[member] == value


def test_members_of_a_wrong_kind_do_no_harm():
    for kind in ("text", "markdown", "link", "oa", "action_card", "feed_card", "image"):
        for value in (None, 1, "x", [1], {"a": 1}):
            members = (
                "content title text markdown body form head rich status_bar image"
                " btn_json_list links messageUrl picUrl single_title media_id"
            )
            body = {name: value for name in members.split()}
            artist.draw({"msgtype": kind, kind: body})
            artist.draw({"msgtype": kind, kind: {"body": body}})
