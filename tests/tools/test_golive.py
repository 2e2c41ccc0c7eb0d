"""The manual's page for the smoke area firsthour."""

import pytest

from tools import areas, smoke


@pytest.fixture(scope="module")
def golive():
    areas.load(smoke.FOLDER, "firsthour")
    from smoke import _golive  # the folder is on the path from here on
    return _golive


def test_both_pages_have_the_steps_of_the_walk(golive):
    english = golive.page_of("en")
    golive.check_twins(english, golive.page_of("zh_CN"))
    assert len(english) == 12
    for key in english:
        assert hasattr(golive.Walk, golive.KEPT.get(key, key).replace("-", "_")), key


def test_what_a_step_names(golive):
    step = golive.Step(
        "**Bold.** Open *DingTalk > People*, press *Get\n   users* at `权限管理`, `x`.")
    assert step.labels == ["DingTalk > People", "Get users"]
    assert step.places == ["权限管理"]


@pytest.mark.parametrize("text", ["*获取部门*", "*获取用户* *已完成*", "x"])
def test_a_page_with_other_labels_is_refused(golive, text):
    english = {"read": golive.Step("*Get users*")}
    golive.check_twins(english, {"read": golive.Step("*获取用户*")})
    with pytest.raises(AssertionError):
        golive.check_twins(english, {"read": golive.Step(text)})
    with pytest.raises(AssertionError):
        golive.check_twins(english, {"match": golive.Step("*获取用户*")})
