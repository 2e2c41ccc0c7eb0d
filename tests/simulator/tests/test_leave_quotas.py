# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Balances of leave: read in pages, written for types made by API only."""

import pytest

BASE = "/topapi/attendance/vacation/quota/"
SPAN = {"start_time": 1767196800000, "end_time": 1798732799000}


class Desk:
    def __init__(self, box):
        self.box = box
        people = box.control("GET", "users")
        self.boss = next(each["userid"] for each in people if each["admin_level"])
        self.worker, self.other = [each["userid"] for each in people[4:6]]
        self.own = box.control(
            "POST",
            "leave/types",
            {"name": "福利假", "unit": "day", "source": "external"},
        )["leaveCode"]
        self.builtin = box.control("GET", "leave/types")[0]["leaveCode"]

    def write(self, name, operator=None, **values):
        quota = dict(
            {
                "userid": self.worker,
                "leave_code": self.own,
                "quota_cycle": "2026",
                "quota_num_per_day": 500,
            },
            **SPAN
        )
        quota.update(values)
        return self.box.oapi(
            BASE + name,
            {"op_userid": operator or self.boss, "leave_quotas": [quota]},
        )

    def read(self, *userids, **more):
        body = dict(
            {
                "op_userid": self.boss,
                "leave_code": self.own,
                "userids": ",".join(userids or [self.worker]),
                "offset": 0,
                "size": 50,
            },
            **more
        )
        return self.box.oapi(BASE + "list", body)


@pytest.fixture
def desk(box):
    return Desk(box)


def test_made_and_changed(desk):
    assert desk.write("init")["result"] == []
    (row,) = desk.read()["result"]["leave_quotas"]
    assert (row["quota_num_per_day"], row["used_num_per_day"]) == (500, 0)
    desk.box.control(
        "POST", "leave/quotas", {"userid": desk.worker, "type": "福利假",
                                 "cycle": "2026", "used": 200})
    assert desk.write("update", quota_num_per_day=900)["result"] == []
    (row,) = desk.read()["result"]["leave_quotas"]
    # The used amount stays.
    assert (row["quota_num_per_day"], row["used_num_per_day"]) == (900, 200)


@pytest.mark.parametrize(
    "values",
    [
        {"userid": "nobody"},
        {"leave_code": "x"},
        {"quota_num_per_day": None},
        {"quota_num_per_day": -1},
        {"quota_cycle": "26"},
        {"start_time": None},
    ],
)
def test_refused_one_by_one(desk, values):
    answer = desk.write("init", **values)
    assert answer["errcode"] == 0 and answer["result"][0]["reason"]
    assert not desk.read()["result"]["leave_quotas"]


def test_only_types_made_by_api(desk):
    for name in ("init", "update"):
        answer = desk.write(name, leave_code=desk.builtin)
        assert answer["result"][0]["quota"]["userid"] == desk.worker


def test_once(desk):
    assert desk.write("update")["result"]
    assert desk.write("init")["result"] == []
    assert desk.write("init")["result"]


def test_calls_refused(desk):
    assert desk.write("init", operator=desk.worker)["errcode"]
    assert desk.read(op_userid=desk.worker)["errcode"]
    assert desk.read(leave_code="x")["errcode"]
    assert desk.read(size=51)["errcode"]
    assert desk.read(*["u%d" % number for number in range(51)])["errcode"]
    desk.box.settings(scopes=[])
    assert desk.read()["errcode"] in (88, 60011)
    assert desk.write("init")["errcode"] in (88, 60011)


def test_pages(desk):
    for userid in (desk.worker, desk.other):
        desk.write("init", userid=userid)
    first = desk.read(desk.worker, desk.other, size=1)["result"]
    assert first["has_more"] and len(first["leave_quotas"]) == 1
    last = desk.read(desk.worker, desk.other, size=1, offset=1)["result"]
    assert not last["has_more"]
