# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Joiners before their entry, and employees by status."""

import pytest

BASE = "/topapi/smartwork/hrm/employee/"


def join(box, key, **more):
    values = dict({"id": key, "name": "新人", "join_on": "2026-12-07"}, **more)
    return box.control("POST", "roster/joiners", values)


def read(box, name, **more):
    return box.oapi(BASE + name, dict({"offset": 0, "size": 50}, **more))


def test_joiners(box):
    for number in range(3):
        join(box, "tmp%d" % number)
    first = read(box, "querypreentry", size=2)["result"]
    assert first == {"data_list": ["tmp0", "tmp1"], "next_cursor": 2}
    last = read(box, "querypreentry", size=2, offset=2)["result"]
    assert last == {"data_list": ["tmp2"]}
    status, answer = box.api(
        "POST",
        "/v1.0/hrm/rosters/lists/query",
        {
            "userIdList": ["tmp0"],
            "appAgentId": int(box.agent_id),
            "fieldFilterList": ["sys00-confirmJoinTime"],
        },
    )
    assert status == 200
    (field,) = answer["result"][0]["fieldDataList"]
    assert field["fieldValueList"][0]["label"] == "2026-12-07"
    box.control("POST", "roster/entries", {"id": "tmp0"})
    assert read(box, "querypreentry")["result"]["data_list"] == ["tmp1", "tmp2"]


def test_status(box):
    one, two = box.people()[4:6]
    box.control("POST", "roster/statuses", {"userid": one, "status": "2"})
    box.control(
        "POST", "roster/leavers", {"userid": two, "last_day": 1, "status": 1}
    )

    def of(status):
        return read(box, "queryonjob", status_list=status)["result"]["data_list"]

    assert of("2") == [one] and of("5") == [two]
    assert not {one, two} & set(of("3"))
    assert {one, two} <= set(of("2,3,5"))
    _status, answer = box.api(
        "POST",
        "/v1.0/hrm/rosters/lists/query",
        {
            "userIdList": [one, two],
            "appAgentId": int(box.agent_id),
            "fieldFilterList": ["sys01-employeeStatus"],
        },
    )
    found = {
        each["userId"]: each["fieldDataList"][0]["fieldValueList"][0]
        for each in answer["result"]
    }
    assert (found[one]["value"], found[one]["label"]) == ("2", "试用")
    assert (found[two]["value"], found[two]["label"]) == ("5", "待离职")


@pytest.mark.parametrize(
    "name, more",
    [
        ("querypreentry", {"size": 51}),
        ("querypreentry", {"offset": None}),
        ("queryonjob", {"status_list": "9"}),
        ("queryonjob", {"status_list": ""}),
        ("queryonjob", {"status_list": "2", "size": 0}),
    ],
)
def test_refused(box, name, more):
    assert read(box, name, **more)["errcode"]


def test_permission(box):
    box.settings(scopes=[])
    assert read(box, "querypreentry")["errcode"] in (88, 60011)
