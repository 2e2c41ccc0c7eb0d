# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Leave: the suite's requests and events, records of other systems, limits."""

import datetime
import json

import pytest
from receiver import AES_KEY, TOKEN, Receiver, until

BASE = "/v1.0/attendance/"
BEIJING = datetime.timezone(datetime.timedelta(hours=8))


class Desk:
    def __init__(self, box):
        self.box = box
        people = box.control("GET", "users")
        self.boss = next(each for each in people if each["admin_level"])["userid"]
        self.worker = people[4]["userid"]

    def type(self, name):
        return next(
            each
            for each in self.box.control("GET", "leave/types")
            if each["leaveName"] == name
        )

    def ask(self, ok=True, **values):
        values = dict(
            {
                "userid": self.worker,
                "type": "年假",
                "begin": "2026-06-15 AM",
                "end": "2026-06-16 AM",
            },
            **values
        )
        return self.box.control("POST", "leave/requests", values, ok=ok)

    def act(self, key, action, userid=None):
        instance = self.box.control("GET", "approvals/instances/" + key)
        if userid is None:
            userid = next(
                task["userid"]
                for task in instance["tasks"]
                if task["status"] == "RUNNING"
            )
        body = {"userid": userid, "action": action}
        return self.box.control("POST", "approvals/instances/%s/act" % key, body)

    def period(self, **values):
        return dict(
            {
                "bizType": 3,
                "fromTime": self.day(1),
                "toTime": self.day(1),
                "durationUnit": "day",
                "calculateModel": 0,
                "leaveCode": self.type("病假")["leaveCode"],
            },
            **values
        )

    def day(self, days):
        now = datetime.datetime.fromtimestamp(self.box.world.now(), BEIJING)
        return (now + datetime.timedelta(days)).strftime("%Y-%m-%d")

    def finish(self, key="odoo-1", userid=None, **values):
        body = {
            "topCalculateApproveDurationParam": self.period(**values),
            "tagName": "请假",
            "subType": "病假",
            "approveId": key,
        }
        return self.box.api(
            "POST", BASE + "approvals/finish", body, userId=userid or self.worker
        )

    def records(self):
        return self.box.control("GET", "leave/records")


@pytest.fixture
def desk(box):
    box.noon()
    return Desk(box)


def test_types_need_an_administrator(desk):
    path = BASE + "leaves/types"
    status, found = desk.box.api(
        "GET", path, opUserId=desk.boss, vacationSource="all"
    )
    assert status == 200
    assert {each["leaveName"] for each in found["result"]} >= {"年假", "病假"}
    status, found = desk.box.api("GET", path, opUserId=desk.boss)
    assert found["result"] == []
    status, found = desk.box.api("GET", path, opUserId=desk.worker)
    assert (status, found["code"]) == (400, "leaveOpuserIdIsNotAdmin")


def test_request_as_it_is_read(desk):
    key = desk.ask()["id"]
    instance = desk.box.control("GET", "approvals/instances/" + key)["detail"]
    row = instance["formComponentValues"][0]
    assert row["componentType"] == "DDHolidayField"
    assert json.loads(row["value"]) == [
        "2026-06-15 上午", "2026-06-16 上午", 1.38, "halfDay", "年假", "请假类型",
    ]
    more = json.loads(row["extValue"])
    assert more["key"] == desk.type("年假")["leaveCode"]
    assert json.loads(more["extension"]) == {"tag": "年假"}
    assert len(more["detailList"]) == 2
    assert instance["bizAction"] == "NONE"


def test_only_people_start_the_suite(desk):
    code = desk.ask()["process_code"]
    body = {
        "processCode": code,
        "originatorUserId": desk.worker,
        "formComponentValues": [{"name": "请假事由", "value": "x"}],
        "deptId": -1,
    }
    status, found = desk.box.api("POST", "/v1.0/workflow/processInstances", body)
    assert (status, found["code"]) == (400, "processGetFailed")


def test_events(desk):
    box = desk.box
    box.patient()
    receiver = Receiver(box.app_key, box.corp_id)
    try:
        body = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY}
        box.control("POST", "callbacks", body)
        key = desk.ask()["id"]
        desk.act(key, "refuse")
        found = receiver.wait("attendance_approve_status_change", 2)
        until(lambda: len(receiver.wait("bpms_instance_change")) == 2)
        instances = receiver.wait("bpms_instance_change")
    finally:
        receiver.close()
    assert {each["status"] for each in found} == {"start", "finish"}
    for each in found:
        assert each["approveType"] == "LEAVE" and each["processInstanceId"] == key
        # Without type and outcome.
        assert "result" not in each and "年假" not in json.dumps(each)
    assert {each["bizCategoryId"] for each in instances} == {"attendance.leave"}


def test_revoked_and_replaced(desk):
    first = desk.ask()["id"]
    desk.act(first, "agree")
    query = {
        "userIds": desk.worker,
        "bizTypes": [3],
        "fromDateTime": 1781400000000,
        "toDateTime": 1782000000000,
    }

    def listed():
        status, found = desk.box.api("POST", BASE + "approvals/query", query)
        assert status == 200, found
        return [each["approveId"] for each in found["result"]]

    assert listed() == [first]
    second = desk.ask(action="MODIFY", main_id=first, begin="2026-06-15 PM")["id"]
    assert listed() == [first]
    desk.act(second, "agree")
    assert listed() == [second]
    third = desk.ask(action="REVOKE", main_id=second)["id"]
    desk.act(third, "agree")
    assert listed() == []
    # Only approved ones can be revoked.
    assert "error" in desk.ask(ok=False, action="REVOKE", main_id="no")


def test_record_once_changed_and_cancelled(desk):
    status, found = desk.finish()
    assert status == 200 and found["result"]["duration"] == 1
    assert desk.finish(toTime=desk.day(2))[1]["result"]["duration"] == 2
    (record,) = desk.records()
    assert record["times"] == 2 and record["toTime"] == desk.day(2)
    body = {"userid": desk.worker, "approve_id": "odoo-1"}
    assert desk.box.oapi("/topapi/attendance/approve/cancel", body)["errcode"] == 0
    assert desk.records() == []
    # Nothing to cancel: the page names no error.
    assert desk.box.oapi("/topapi/attendance/approve/cancel", body)["errcode"] == 0


@pytest.mark.parametrize(
    "values, code",
    [
        ({"days": (-32, -32)}, "dateTooEarly"),
        ({"days": (0, 32)}, "durationTooLong"),
        ({"days": (3, 2)}, "beginDateCannotAfterEndDate"),
        ({"durationUnit": "halfDay"}, "illegalDateTypeForHalfDay"),
        ({"durationUnit": "week"}, "illegalDurationUnit"),
        ({"calculateModel": 7}, "illegalCalculateType"),
        ({"bizType": 9}, "illegalApproveType"),
        ({"leaveCode": "no"}, "invalidRequestParams"),
        ({"fromTime": 7}, "invalidRequestParams"),
    ],
)
def test_refused_periods(desk, values, code):
    values = dict(values)
    if "days" in values:
        first, last = values.pop("days")
        values.update(fromTime=desk.day(first), toTime=desk.day(last))
    for path, body in (
        ("durations/calculate", desk.period(**values)),
        (
            "finish",
            {
                "topCalculateApproveDurationParam": desk.period(**values),
                "tagName": "请假", "subType": "病假", "approveId": "odoo-1",
            },
        ),
    ):
        status, found = desk.box.api(
            "POST", BASE + "approvals/" + path, body, userId=desk.worker
        )
        assert (status, found["code"]) == (400, code), path
    assert desk.records() == []


def test_overlap_is_refused(desk):
    assert desk.finish()[0] == 200
    status, found = desk.finish("odoo-2")
    assert (status, found["code"]) == (400, "repeatApprovesOverLimit")
    assert desk.finish("odoo-2", userid=desk.boss)[0] == 200


def test_half_days_and_hours(desk):
    day = desk.day(1)
    path = BASE + "approvals/durations/calculate"
    for unit, begin, end, duration in (
        ("halfDay", day + " AM", day + " AM", 0.38),
        ("hour", day + " 09:00", day + " 14:30", 4.5),
    ):
        body = desk.period(durationUnit=unit, fromTime=begin, toTime=end)
        status, found = desk.box.api("POST", path, body, userId=desk.worker)
        assert (status, found["result"]["duration"]) == (200, duration)


def test_closed_accounts(desk):
    def ask():
        body = {
            "bizCode": "leave",
            "userIds": [desk.worker],
            "userTimeRange": [{"startTime": 2000, "endTime": 3000}],
        }
        return desk.box.api("POST", BASE + "closingAccounts/status/query", body)[1]

    assert ask()["pass"] is True
    desk.box.control("POST", "leave/closed", {"periods": [{"begin": 0, "end": 2500}]})
    assert ask()["pass"] is False and ask()["mesage"]


def test_public_holidays(desk):
    body = {
        "userIds": [desk.worker],
        "workDateFrom": 1790784000000,  # 2026-10-01
        "workDateTo": 1791648000000,  # 2026-10-11
    }
    status, found = desk.box.api("POST", BASE + "holidays", body)
    assert status == 200
    rows = found["result"][0]["holidays"]
    assert [each["holidayType"] for each in rows].count("festival") == 5
    assert [each["holidayType"] for each in rows].count("rest") == 2
    (worked,) = [each for each in rows if each["holidayType"] == "overtime"]
    # Saturday the 10th, instead of Wednesday the 7th.
    assert worked["workDate"] == 1791561600000
    assert worked["realWorkDate"] == 1791302400000


def test_permissions(desk):
    desk.box.settings(scopes=[])
    status, found = desk.finish()
    assert status == 403 and "qyapi_attendance_group_read" in json.dumps(found)
    body = {"userid": desk.worker, "approve_id": "odoo-1"}
    answer = desk.box.oapi("/topapi/attendance/approve/cancel", body)
    assert answer["errcode"] != 0
