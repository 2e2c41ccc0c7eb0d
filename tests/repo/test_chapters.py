"""Each remedy's link leads to its chapter in both manuals."""

import ast
import re

import pytest

from tools import paths


def chapters():
    found = {}
    for addon in paths.addons():
        source = paths.ROOT / addon / "models" / "remedies.py"
        if not source.exists():
            continue
        for node in ast.parse(source.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and node.targets[0].id == "CHAPTERS":
                found.update(ast.literal_eval(node.value))
    return found


@pytest.mark.parametrize("language, number", [("en", 0), ("zh_CN", 1)])
def test_each_remedy_has_its_chapter(language, number):
    path = paths.ROOT / "docs" / language / "troubleshooting.md"
    text = path.read_text(encoding="utf-8")
    known = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-"): body
        for title, body in re.findall(r"(?ms)^### (.+?)$(.+?)(?=^##|\Z)", text)}
    assert len(chapters()) > 20
    for remedy, anchors in chapters().items():
        assert "`%s`" % remedy in known.get(anchors[number], ""), remedy
