"""The manual as a site: both languages, Chinese search, links."""

import json
import re
import shutil

import pytest

from tools import book, paths
from tools.errors import ToolError


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("book") / "site"
    book.build(paths.ROOT, target)
    return target


@pytest.fixture(scope="module")
def refusal(tmp_path_factory):
    """Messages about pages with three mistakes, which are not built."""
    root = tmp_path_factory.mktemp("broken") / "root"
    book.copy(paths.ROOT, root)
    path = root / "docs" / "en" / "faq.md"
    shutil.copy(str(path), str(path.with_name("more.md")))
    with path.open("a", encoding="utf-8") as handle:
        handle.write("\n[x](gone.md)\n\n[x](admin.md#gone)\n")
    with pytest.raises(ToolError) as caught:
        book.build(root, root.with_name("site"))
    return str(caught.value)


def page(site, name):
    return (site / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("language, code, other", [
    ("en", "en", "../zh_CN/admin.html"), ("zh_CN", "zh", "../en/admin.html")])
def test_a_page_is_in_its_language_and_links_the_other(site, language, code, other):
    text = page(site, "docs/%s/admin.html" % language)
    assert '<html lang="%s"' % code in text
    assert other in re.findall(r'href="([^"]+)" hreflang', text)


def test_every_page_is_there(site):
    for source in (paths.ROOT / "docs").glob("**/*.md"):
        inside = source.relative_to(paths.ROOT).with_suffix(".html")
        if source.name == "README.md":
            inside = inside.with_name("index.html")
        assert (site / inside).exists(), inside
    assert "DingTalk for Odoo" in page(site, "index.html")


def test_search_has_both_languages_and_knows_chinese_words(site):
    index = json.loads(page(site, "search/search_index.json"))
    assert index["config"]["lang"] == ["en", "zh"]
    texts = {each["location"]: each["title"] + each["text"] for each in index["docs"]}
    assert "conflict" in "".join(
        text for place, text in texts.items() if place.startswith("docs/en/"))
    # Words are separate: without jieba a sentence would be one word.
    assert "\u200b\u540c\u6b65\u200b" in "".join(
        text for place, text in texts.items() if place.startswith("docs/zh_CN/"))


def test_nothing_comes_from_another_server(site):
    for found in site.glob("**/*.html"):
        text = found.read_text(encoding="utf-8")
        assert not re.findall(r'(?:src|<link[^>]* href)="https?:[^"]*"', text), found


@pytest.mark.parametrize("said", ["'gone.md'", "#gone"])
def test_a_broken_link_fails(refusal, said):
    assert re.search("WARNING.*docs/en/faq.md.*%s" % re.escape(said), refusal), refusal


def test_a_page_outside_of_the_navigation_fails(refusal):
    assert re.search(r"WARNING[^\n]*\n\s*- docs/en/more.md", refusal), refusal


def test_each_mistake_alone_would_fail(refusal):
    assert "3 warnings in strict mode" in refusal
