# Copyright 2026 Acme
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The area of the API against the simulator, without Odoo."""

import pytest

API = "/attendance/listRecord"
DAY = ("2026-01-31 00:00:00", "2026-02-01 00:00:00")


def test_punches(client, dingtalk_simulator):
    assert len(dingtalk_simulator.users()) == 20
    hired = dingtalk_simulator.add_user(name="王芳", dept_ids=[1])
    punches = client.attendance.punches([hired["userid"]], *DAY)
    assert punches == [
        {"userId": hired["userid"], "userCheckTime": "2026-01-31 09:00:00"}]
    dingtalk_simulator.assert_called(API, times=1)


def test_each_test_starts_over(dingtalk_simulator):
    assert len(dingtalk_simulator.users()) == 20
    dingtalk_simulator.assert_not_called()


def test_error_code(client, dingtalk_simulator):
    from odoo.addons.dingding.dingtalk.errors import InvalidArgumentError

    dingtalk_simulator.fault("error", API, code="850001", message="too long")
    with pytest.raises(InvalidArgumentError) as caught:
        client.attendance.punches(["manager4220"], *DAY)
    assert caught.value.remedy == "attendance_range"


def test_lost_answer_is_asked_for_again(client, dingtalk_simulator):
    userid = dingtalk_simulator.users()[0]["userid"]
    dingtalk_simulator.fault("http_500", API)
    assert len(client.attendance.punches([userid], *DAY)) == 1
    dingtalk_simulator.assert_called(API, times=2)
