"""Hooks of mkdocs: show each page in its language."""

import re

CHINESE = re.compile(r"(^docs/zh_CN/|\.zh_CN\.md$)")


def is_chinese(path):
    return bool(CHINESE.search(path))


def twin(path):
    """Return the place of a page in the other language, or None."""
    if is_chinese(path):
        return path.replace(".zh_CN.md", ".md").replace("docs/zh_CN/", "docs/en/")
    if path.endswith("README.md"):
        return path.replace(".md", ".zh_CN.md")
    return path.replace("docs/en/", "docs/zh_CN/") if "docs/en/" in path else None


def on_page_markdown(markdown, page, **_more):
    """Rank the manual before the changelog in the search."""
    if page.file.src_uri == "CHANGELOG.md":
        page.meta["search"] = {"boost": 0.1}
    return markdown


def on_page_context(context, page, config, nav):
    """Set the theme's language, and link the page in the other language."""
    place = page.file.src_uri
    chinese = is_chinese(place)
    config.theme["language"] = "zh" if chinese else "en"
    other = next((each for each in nav.pages if each.file.src_uri == twin(place)), None)
    config.extra["alternate"] = [
        {"name": name, "lang": code, "link": (page if here else other).url}
        for name, code, here in (
            ("English", "en", not chinese), ("中文", "zh", chinese))
    ] if other else []
    return context
