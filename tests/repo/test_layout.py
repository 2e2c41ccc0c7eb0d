"""The drawings of the layout pages show the real imports."""

import pytest

from tools import layout, paths


@pytest.mark.parametrize("page", layout.PAGES)
def test_drawing_is_fresh(page):
    text = (paths.ROOT / page).read_text(encoding="utf-8")
    drawn = text[text.index(layout.BEGIN):text.index(layout.END)]
    assert drawn == layout.BEGIN + "\n" + layout.drawing(), (
        "run python3 -m tools layout")


def test_the_core_imports_no_other_addon():
    lines = layout.addons().splitlines()
    assert "    dingding_callback --> dingding" in lines
    assert not [line for line in lines if line.startswith("    dingding -")]
