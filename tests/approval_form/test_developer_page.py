# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The developer manual shows the code of the demonstration, which is tested."""
import os

import pytest
from conftest import ROOT

DEMONSTRATION = os.path.join(
    ROOT, "tests", "addons", "dingding_approval_demo", "models",
    "dingding_demo_leave.py")


def lines_of(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_one_line_starts_an_approval(language):
    page = os.path.join(ROOT, "docs", language, "developer.md")
    with open(page, encoding="utf-8") as handle:
        blocks = handle.read().split("```python\n")[1:]
    (block,) = [each.split("```")[0] for each in blocks if "approval.mixin" in each]
    with open(DEMONSTRATION, encoding="utf-8") as handle:
        source = lines_of(handle.read())
    position = 0
    for line in lines_of(block):
        assert line in source[position:], line
        position += source[position:].index(line) + 1
