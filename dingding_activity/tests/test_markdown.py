# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import DingTalkCase, portable

from .. import markdown

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
CHINA = "\U0001f1e8\U0001f1f3"


def to_markdown(html, limit):
    return markdown.shorten(markdown.lines_of(html), limit)


@portable
class TestMarkdown(DingTalkCase):
    def test_converts_what_people_write(self):
        html = (
            "<style>p {}</style><p>Hello <b>you</b>, <i>see</i> "
            '<a href="https://example.com/x">that [1]</a></p>'
            "<ol><li>one</li><li>two<br/>lines</li></ol><blockquote>said</blockquote>"
            "<table><tr><td>a</td><td>b</td></tr></table><h2>Title</h2>"
            '<img src="x" alt="chart"/><script>alert(1)</script>'
        )
        self.assertEqual(
            to_markdown(html, 2000).split(markdown.BREAK),
            [
                "Hello **you**, *see* [that (1)](https://example.com/x)", "1. one",
                "2. two", "lines", "> said", "a | b", "#### Title", "[chart]",
            ],
        )

    def test_only_web_links_stay_links(self):
        for address in ("javascript:alert(1)", "/web#id=1", "https://a b", "x" * 400):
            html = '<a href="%s">here</a>' % address
            self.assertEqual(to_markdown(html, 500), "here")

    def test_invalid_html_is_read(self):
        self.assertEqual(markdown.plain("a < b & <b>c <p>d</i> &euro; &#x41;"),
                         "a < b & c d \u20ac A")
        self.assertEqual(markdown.plain("<p><br></p>"), "")
        self.assertEqual(markdown.plain(None), "")
        self.assertEqual(markdown.plain("plain\n text"), "plain text")

    def test_tags_without_an_end_take_no_longer(self):
        """Linear, not quadratic."""
        looked = []
        real = markdown._Reader.check_for_whole_start_tag

        def look(reader, at):
            looked.append(len(reader.rawdata) - at)
            return real(reader, at)

        self._replace(markdown._Reader, "check_for_whole_start_tag", look)
        for text in ("<a ", "<a b=", '<a b="', "<!--", "<!-- >", "<", "</"):
            html = text * (markdown.LONGEST // 10 // len(text))
            del looked[:]
            markdown.lines_of(html)
            self.assertLess(len(looked), 3, text)
        self.assertEqual(
            markdown.plain("<!-- <b>no</b> -->a<!--b <i>c</i> d < e"),
            "a< !--b c d < e")

    def test_never_longer_and_never_through_a_character(self):
        html = (
            "<p>e\u0301 %s%s%s <b>\u7c97\u4f53</b> "
            '<a href="https://example.com/">\u94fe\u63a5</a> "\\</p><p>two</p>'
        ) % (FAMILY, CHINA, CHINA)
        whole = to_markdown(html, 1000)
        seen = set()
        for limit in range(markdown.cost(whole) + 2):
            text = to_markdown(html, limit)
            self.assertLessEqual(markdown.cost(text), limit)
            self.assertEqual(text.count("**") % 2, 0, text)
            self.assertEqual(text.count("["), text.count("]("), text)
            text = text.replace("e\u0301", "").replace(FAMILY, "").replace(CHINA, "")
            for part in ("e", "\u0301", "\u200d", "\U0001f468", "\U0001f1e8"):
                self.assertNotIn(part, text.split("[")[0].replace("two", ""), limit)
            seen.add(text)
        self.assertGreater(len(seen), 5)
        self.assertEqual(text, whole.replace("e\u0301", "").replace(
            FAMILY, "").replace(CHINA, ""))

    def test_marks_of_strangers(self):
        for html, expected in (
            ("![x](http://t/p.png)", "![x] (http://t/p.png)"),
            ("![x]<i></i>(http://t)", "![x] (http://t)"),
            ('!<a href="http://t/p">x</a>', "! [x](http://t/p)"),
            ("[x]<p>(http://t)</p>", "[x]\n\n(http://t)"),
            ("&lt;img src=x&gt; 1 < 2", "< img src=x> 1 < 2"),
            ("&lt;/font&gt;", "< /font>"),
            ("&lt;<b></b>img src=http://t/p.png&gt;", "< img src=http://t/p.png>"),
            ("&lt;<i></i>/font&gt; 1 &lt;<b></b> 2", "< /font> 1 < 2"),
        ):
            self.assertEqual(to_markdown(html, 200), expected)

    def test_declarations_that_the_parser_does_not_know(self):
        for html in ("a<![foo[ bar]]>b", "a<![if x]>b<![endif]>", "a<!x[b]>b"):
            text = markdown.plain(html)
            self.assertTrue(text.startswith("a") and text.endswith("b"), text)

    def test_deep_and_long_documents(self):
        deep = "<b>x" * 20000
        self.assertTrue(to_markdown(deep, 300).startswith("**x**"))
        pictures = '<p>a<img src="data:image/png;base64,%s"/>b</p>' % ("A" * 90000)
        self.assertEqual(to_markdown(pictures, 300), "ab")
        # Tags beyond the deepest stay open.
        nested = "<div>" * 300 + "x" + "</div>" * 300 + "<b>y</b>z"
        self.assertEqual(to_markdown(nested, 300), "x\n\n**y**z")

    def test_cut(self):
        self.assertEqual(markdown.cut("abc", 3), "abc")
        self.assertEqual(markdown.cut("abcdef", 5), "ab\u2026")
        self.assertEqual(markdown.cut("\u4e2d\u6587\u5b57", 8), "\u4e2d\u2026")
        self.assertEqual(markdown.cut('""""', 6), '"\u2026')
        self.assertEqual(markdown.cut(CHINA * 2, 12), CHINA + "\u2026")
        self.assertEqual(markdown.cut("abc", 0), "")
