# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Attendance: results, limits, corrections, events, a month."""

import time

import pytest
from receiver import AES_KEY, TOKEN, Receiver, until

DAY = "2026-11-02"  # a Monday
LIST, RECORDS = "/attendance/list", "/attendance/listRecord"
UPLOAD = "/topapi/attendance/record/upload"


class Desk:
    """People with office hours, with night shifts and with a free shift."""

    def __init__(self, box):
        self.box = box
        self.office, self.night, self.free = box.people()[5:8]
        self.day_shift = self.post(
            "shifts", sections=[[540, 1080]], rests=[[720, 780]], name="白班"
        )
        night = self.post("shifts", sections=[[1320, 1800]], name="夜班")
        week = [0] + [self.day_shift["id"]] * 5 + [0]
        self.group = self.post("groups", week=week, members=[self.office])
        self.post(
            "groups", type="TURN", shifts=[night["id"]], members=[self.night]
        )
        self.post("groups", type="NONE", members=[self.free])
        self.post("schedule", userid=self.night, day=DAY, shift_id=night["id"])
        self.clock("08:00")

    def post(self, path, **body):
        return self.box.control("POST", "attendance/" + path, body)

    def clock(self, moment, day=DAY):
        self.post("clock", time="%s %s" % (day, moment))
        self.box._token = None

    def punch(self, userid, moment, day=DAY, **more):
        return self.post("punches", userid=userid, time="%s %s" % (day, moment), **more)

    def list(self, *userids, **more):
        body = dict(
            {
                "workDateFrom": DAY + " 00:00:00",
                "workDateTo": DAY + " 00:00:00",
                "userIdList": list(userids),
                "offset": 0,
                "limit": 50,
                "isI18n": False,
            },
            **more
        )
        return self.box.oapi(LIST, body)

    def rows(self, userid):
        return self.list(userid)["recordresult"]

    def records(self, userid, begin="00:00:00", end="23:59:59"):
        return self.box.oapi(
            RECORDS,
            {
                "userIds": [userid],
                "checkDateFrom": "%s %s" % (DAY, begin),
                "checkDateTo": "%s %s" % (DAY, end),
            },
        )["recordresult"]


@pytest.fixture
def desk(box):
    return Desk(box)


def told(row):
    return row["checkType"], row["timeResult"], row["sourceType"]


def test_results_come_with_the_punches(desk):
    assert desk.rows(desk.office) == []
    desk.punch(desk.office, "08:55:20")
    desk.clock("10:00")
    (row,) = desk.rows(desk.office)
    assert told(row) == ("OnDuty", "Normal", "USER") and row["recordId"]
    assert row["userCheckTime"] - row["baseCheckTime"] == -280000
    desk.punch(desk.office, "17:30")
    desk.clock("17:40")
    assert [told(row) for row in desk.rows(desk.office)] == [
        ("OnDuty", "Normal", "USER"),
        ("OffDuty", "Early", "USER"),
    ]
    desk.punch(desk.office, "18:02")
    desk.clock("18:10")
    # The last punch counts, in the same result.
    assert told(desk.rows(desk.office)[1]) == ("OffDuty", "Normal", "USER")
    assert len(desk.records(desk.office)) == 3
    assert len(desk.records(desk.office, begin="10:00:00")) == 2


def test_missing_punches_are_noted_late(desk):
    desk.clock("13:29")
    assert desk.rows(desk.office) == []
    desk.clock("13:31")
    (row,) = desk.rows(desk.office)
    assert told(row) == ("OnDuty", "NotSigned", "SYSTEM")
    assert "recordId" not in row and row["userCheckTime"] == row["baseCheckTime"]
    desk.clock("01:29", day="2026-11-03")
    assert len(desk.rows(desk.office)) == 1
    desk.clock("01:31", day="2026-11-03")
    assert told(desk.rows(desk.office)[1]) == ("OffDuty", "NotSigned", "SYSTEM")
    assert desk.records(desk.office) == []


def test_night_shift_belongs_to_its_first_day(desk):
    desk.punch(desk.night, "21:50")
    desk.punch(desk.night, "06:05", day="2026-11-03")
    desk.clock("07:00", day="2026-11-03")
    rows = desk.rows(desk.night)
    assert [told(row)[:2] for row in rows] == [
        ("OnDuty", "Normal"),
        ("OffDuty", "Normal"),
    ]
    assert {row["workDate"] for row in rows} == {rows[0]["workDate"]}
    assert rows[1]["userCheckTime"] - rows[0]["userCheckTime"] == (8 * 60 + 15) * 60000


def test_manager_corrects_with_the_same_id(desk):
    desk.punch(desk.office, "09:40")
    desk.clock("20:00")
    before = desk.rows(desk.office)[0]
    assert before["timeResult"] == "SeriousLate"
    desk.post(
        "corrections",
        userid=desk.office,
        day=DAY,
        section=0,
        side="OnDuty",
        time=DAY + " 09:00",
    )
    after = desk.rows(desk.office)[0]
    assert told(after) == ("OnDuty", "Normal", "BOSS")
    assert (after["id"], after["planId"]) == (before["id"], before["planId"])


def test_supplement_is_a_punch_of_an_approval(desk):
    desk.punch(desk.office, "08:55")
    desk.clock("23:59")
    desk.post(
        "corrections",
        userid=desk.office,
        day=DAY,
        section=0,
        side="OffDuty",
        time=DAY + " 18:05",
        supplement=True,
    )
    row = desk.rows(desk.office)[-1]
    assert told(row) == ("OffDuty", "Normal", "APPROVE")
    assert row["recordId"] and row["approveId"] and row["procInstId"]


def test_trip_and_leave(desk):
    desk.post(
        "approvals",
        userid=desk.office,
        kind=2,
        begin=DAY + " 09:00",
        end=DAY + " 18:00",
    )
    rows = desk.rows(desk.office)
    assert [told(row)[1:] for row in rows] == [("Normal", "APPROVE")] * 2
    status, found = desk.box.api(
        "POST",
        "/v1.0/attendance/approvals/query",
        {
            "userIds": desk.office,
            "bizTypes": [2],
            "fromDateTime": rows[0]["baseCheckTime"],
            "toDateTime": rows[1]["baseCheckTime"],
        },
    )
    assert status == 200
    assert [each["approveId"] for each in found["result"]] == [
        str(rows[0]["approveId"])
    ]


def test_leave_of_half_a_day_moves_the_plan(desk):
    desk.post(
        "approvals",
        userid=desk.office,
        kind=3,
        begin=DAY + " 13:00",
        end=DAY + " 18:00",
    )
    desk.punch(desk.office, "08:59")
    desk.punch(desk.office, "13:01")
    desk.clock("14:00")
    rows = desk.rows(desk.office)
    assert [told(row)[1] for row in rows] == ["Normal", "Normal"]
    assert rows[1]["baseCheckTime"] - rows[0]["baseCheckTime"] == 4 * 3600000


def test_limits(desk):
    box = desk.box
    people = [box.people()[0]] * 51
    assert desk.list(*people)["errcode"] == 40035
    assert desk.list(desk.office, workDateTo="2026-11-09 00:00:00")["errcode"] == 40035
    assert desk.list(desk.office, workDateTo="2026-11-08 00:00:00")["errcode"] == 0
    assert desk.list(desk.office, limit=51)["errcode"] == 40035
    assert desk.list(desk.office, workDateFrom="2026-03-02")["errcode"] == 40035
    desk.clock("20:00", day="2026-11-04")
    # The other side of the border has nothing, without an error.
    assert desk.list(desk.office, isI18n=True)["recordresult"] == []
    assert desk.list("nobody")["recordresult"] == []
    box.settings(scopes=[])
    assert desk.list(desk.office)["errcode"] in (88, 60011)


def test_pages(desk):
    desk.clock("20:00", day="2026-11-09")
    week = {"workDateTo": "2026-11-08 00:00:00"}
    first = desk.list(desk.office, limit=6, **week)
    second = desk.list(desk.office, limit=6, offset=6, **week)
    assert (first["hasMore"], second["hasMore"]) == (True, False)
    rows = first["recordresult"] + second["recordresult"]
    assert len({row["id"] for row in rows}) == len(rows) == 10


def test_upload(desk):
    now = int(desk.box.world.now() * 1000)
    body = {"userid": desk.office, "device_name": "Kiosk", "device_id": "odoo-1"}
    assert desk.box.oapi(UPLOAD, dict(body, user_check_time=now))["errcode"] == 0
    # Seconds instead of milliseconds: success without effect.
    assert desk.box.oapi(UPLOAD, dict(body, user_check_time=now // 1000))["success"]
    old = dict(body, user_check_time=now - 181 * 86400000)
    assert desk.box.oapi(UPLOAD, old)["errcode"] == 40035
    (punch,) = desk.records(desk.office)
    assert (punch["deviceId"], punch["sourceType"]) == ("odoo-1", "ATM")
    assert punch["userAddress"] == "Kiosk"


def test_invalid_punches_are_listed_and_do_not_count(desk):
    desk.punch(desk.office, "08:50", invalid="Security")
    desk.clock("09:00")
    assert desk.rows(desk.office) == []
    (punch,) = desk.records(desk.office)
    assert (punch["isLegal"], punch["invalidRecordType"]) == ("N", "Security")


def test_free_shift_has_punches_only(desk):
    desk.punch(desk.free, "10:00")
    desk.clock("12:00")
    assert desk.rows(desk.free) == []
    assert len(desk.records(desk.free)) == 1


def test_free_shift_after_midnight(desk):
    """The day of a free shift may end in the night."""
    desk.post("groups", type="NONE", members=[desk.free], day_start=240)
    desk.punch(desk.free, "01:30", day="2026-11-03")
    desk.punch(desk.free, "04:30", day="2026-11-03")
    desk.clock("12:00", day="2026-11-03")
    found = desk.box.oapi(RECORDS, {
        "userIds": [desk.free], "checkDateFrom": DAY + " 00:00:00",
        "checkDateTo": "2026-11-03 23:59:59", "isI18n": False})["recordresult"]
    days = [time.strftime("%d", time.gmtime(each["workDate"] / 1000 + 28800))
            for each in found]
    assert days == ["02", "03"]


def test_group_of_a_department(desk):
    """Its people, also those of departments below, are not named."""
    people = {each["userid"]: each for each in desk.box.control("GET", "users")}
    desk.post("groups", name="部门", type="NONE", departments=[1])
    found = desk.box.api(
        "GET", "/v1.0/attendance/groupDetails", maxResults=10, nextToken=0
    )[1]["result"]["groups"][-1]
    assert found["deptIds"] == [1]
    assert found["userIds"] == []
    assert found["memberCount"] == len(people)
    kept = desk.box.control("GET", "attendance")["groups"]
    assert desk.office in kept[str(found["groupId"])]["members"]


def test_groups_and_columns(desk):
    status, found = desk.box.api(
        "GET", "/v1.0/attendance/groupDetails", maxResults=10, nextToken=0
    )
    groups = found["result"]["groups"]
    assert [group["type"] for group in groups] == ["FIXED", "TURN", "NONE"]
    assert groups[0]["userIds"] == [desk.office]
    times = groups[0]["selectedClass"][0]["sections"][0]["times"]
    assert [each["checkTime"][11:16] for each in times] == ["09:00", "18:00"]
    night = groups[1]["selectedClass"][0]["sections"][0]["times"]
    assert [each["across"] for each in night] == [0, 1]
    desk.punch(desk.office, "09:10")
    desk.punch(desk.office, "18:10")
    desk.clock("19:00")
    columns = desk.box.oapi("/topapi/attendance/getattcolumns", {})["result"]["columns"]
    ids = {each["alias"]: str(each["id"]) for each in columns}
    stamp = groups and desk.rows(desk.office)[0]["workDate"]
    status, found = desk.box.api(
        "POST",
        "/v1.0/attendance/columnValues/query",
        {
            "userIds": [desk.office],
            "columnIdList": [ids["work"], ids["late"]],
            "fromDate": stamp,
            "toDate": stamp,
        },
    )
    assert status == 200
    values = [
        each["columnValues"][0]["value"] for each in found["result"][0]["columnData"]
    ]
    assert values == ["480", "10"]
    wrong = {"userIds": [desk.office], "columnIdList": ["5"], "fromDate": stamp,
             "toDate": stamp}
    assert desk.box.api("POST", "/v1.0/attendance/columnValues/query", wrong)[0] == 400


def test_event_once_a_minute(desk):
    receiver = Receiver(desk.box.app_key)
    desk.box.patient()
    try:
        desk.box.control(
            "POST",
            "callbacks",
            {
                "url": receiver.url,
                "token": TOKEN,
                "aes_key": AES_KEY,
                "tags": ["attendance_check_record"],
            },
        )
        for second in ("09:00:01", "09:00:41", "09:01:05"):
            desk.punch(desk.office, second)
        until(lambda: len(receiver.seen) >= 2)
        assert len(desk.box.control("GET", "pushes")) == 2
        assert len(receiver.seen) == 2, receiver.seen
    finally:
        receiver.close()


def test_month(desk):
    told = desk.post("month", first="2026-11-01", last="2026-11-30", people=20)
    assert set(told["people"]) == {"office", "night", "split", "free"}
    assert {"late", "trip", "corrected_in", "free", "normal"} <= set(told["days"])
    desk.clock("12:00", day="2026-12-03")
    answer = desk.box.http.get(
        desk.box.url + "/_control/attendance/report",
        params={"first": "2026-11-01", "last": "2026-11-30"},
    ).json()
    assert sum(day["work"] for each in answer.values() for day in each.values()) > 0
    # The same seed makes the same month.
    desk.box.reset(people=30, departments=6, seed=7)
    again = Desk(desk.box).post(
        "month", first="2026-11-01", last="2026-11-30", people=20
    )
    assert again["days"] == told["days"]
