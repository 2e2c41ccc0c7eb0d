"""Input and output of each rule."""

import textwrap
from pathlib import Path

import pytest

from tools.series import expressions, refused, rules
from tools.series.document import Document


def document(text):
    return Document(textwrap.dedent(text).lstrip("\n").encode(), "views/sample.xml")


def changed(rule, text):
    found = document(text)
    rule(found)
    return found.to_bytes().decode()


def expected(text):
    return textwrap.dedent(text).lstrip("\n")


SAMPLES = sorted(
    path.name[:-len(".before.xml")]
    for path in (Path(__file__).parent / "samples").glob("*.before.xml"))


def sample(name, kind):
    path = Path(__file__).parent / "samples" / ("%s.%s.xml" % (name, kind))
    return path.read_text()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_rule_changes_what_it_should_and_nothing_else(name):
    """Byte for byte: the layout of everything else stays."""
    rule = getattr(rules, name.rsplit("-", 1)[0])
    assert changed(rule, sample(name, "before")) == sample(name, "after")


def test_every_rule_has_a_sample():
    assert {rule.__name__ for _first, rule in rules.RULES} == {
        name.rsplit("-", 1)[0] for name in SAMPLES}


def test_what_no_rule_touches_stays_as_it_was_written():
    """Line breaks in tags, quotes, comments, entities, empty elements in two parts."""
    text = expected("""
        <?xml version="1.0" encoding="UTF-8" ?>
        <!-- of the file -->
        <odoo>
            <!-- a < b -->
            <record   id='a'
                      model="res.users">
                <field name="b" eval="1 &gt; 0 and &quot;x&quot;"/>
                <script src="/c.js"></script>
                <p>A &amp; B &lt; C</p>
            </record>
        </odoo>
    """)
    found = Document(text.encode(), "sample.xml")
    rules.apply(found, 19)
    assert found.to_bytes().decode() == text


def test_a_changed_tag_of_several_lines_keeps_a_line_for_each_attribute():
    """The diff is one line."""
    assert changed(rules.attrs_to_expressions, """
        <form>
            <button name="a"
                    attrs="{'invisible': [('b', '=', False)]}"
                    string="C" />
        </form>
    """) == expected("""
        <form>
            <button
                name="a"
                string="C"
                invisible="not b" />
        </form>
    """)


@pytest.mark.parametrize("domain,expression", [
    ([], "True"),
    (True, "True"),
    ([("a", "=", True)], "a"),
    ([("a", "!=", True)], "not a"),
    ([("a", "!=", False)], "a"),
    ([("a", "=", 0)], "a == 0"),
    ([("a", "=", "x"), ("b", ">", 1)], "a == 'x' and b > 1"),
    (["|", ("a", "=", 1), "&", ("b", "=", 2), ("c", "=", 3)],
     "a == 1 or (b == 2 and c == 3)"),
    (["!", "|", ("a", "=", 1), ("b", "=", 2)], "not (a == 1 or b == 2)"),
    (["|", "|", ("a", "=", 1), ("b", "=", 2), ("c", "not in", (3,))],
     "a == 1 or b == 2 or c not in [3]"),
    ([("parent.state", "=", "x")], "parent.state == 'x'"),
])
def test_a_domain_becomes_an_expression(domain, expression):
    """From Polish notation to Python, without needless brackets."""
    assert expressions.from_domain(domain) == expression


@pytest.mark.parametrize("text", [
    "{'invisible': [('a', 'ilike', 'x')]}", "{'invisible': [('a',)]}",
    "{'invisible': ['|', ('a', '=', 1)]}", "{'invisible': b}", "[]", "nonsense(",
])
def test_a_domain_that_no_expression_says_ends_the_build(text):
    """Better no addon than one whose button is always visible."""
    with pytest.raises(expressions.Unreadable):
        rules.apply(document('<form><a attrs="%s" /></form>' % text), 17)


@pytest.mark.parametrize("series,text,line", [
    (18, '<odoo>\n<data><tree /></data></odoo>', 2),
    (17, '<odoo>\n\n<act_window id="a" /></odoo>', 3),
    (17, '<odoo><div class="app_settings_block" /></odoo>', 1),
    (18, '<odoo><div class="x oe_chatter" /></odoo>', 1),
    (19, '<odoo><record model="x.y"><field name="groups_id" /></record></odoo>', 1),
    (12, '<odoo><search><filter string="A" /></search></odoo>', 1),
    (15, '<odoo><template inherit_id="web.assets_backend" /></odoo>', 1),
])
def test_what_no_rule_knows_is_said_with_its_line(series, text, line):
    """The series before accepts the same text."""
    found = Document(text.encode(), "sample.xml")
    assert line in [each[0] for each in refused.of(found, series)]


def test_everything_refused_is_looked_for_somewhere():
    """A check whose first series is above its last would never fail."""
    for first, last, expression, _message in refused.REFUSED:
        assert 11 <= first <= last <= 19, expression


def test_a_file_of_assets_becomes_entries_of_the_manifest():
    """Bundle -> addresses; such a file with other content is refused."""
    text = """
        <odoo>
            <template id="a" inherit_id="web.assets_backend">
                <xpath expr="." position="inside">
                    <link rel="stylesheet" href="/dingding/static/src/a.css" />
                    <script src="/dingding/static/src/legacy/b.js" />
                </xpath>
            </template>
            %s
        </odoo>
    """
    style, script = "dingding/static/src/a.css", "dingding/static/src/legacy/b.js"
    assert rules.assets(document(text % ""), 15) == {
        "web.assets_backend": [style, script]}
    # Made for the web client of 11 to 15.
    assert rules.assets(document(text % ""), 16) == {"web.assets_backend": [style]}
    assert rules.assets(document("<odoo><template id='a' /></odoo>"), 15) is None
    with pytest.raises(expressions.Unreadable):
        rules.assets(document(text % "<record id='a' model='res.users' />"), 15)
