# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Leave against the simulator, and the form of its suite."""

import datetime
import json

import pytest
from dingtalk import Credential, DingTalkClient, Hosts, RateLimiter, Transport, errors
from dingtalk.api import leave
from scripted import client_of

BEIJING = datetime.timezone(datetime.timedelta(hours=8))


class Office(object):
    def __init__(self, simulator):
        simulator.settings(rate_limit=None)
        self.simulator = simulator
        ready = simulator.ready
        self.client = DingTalkClient(
            Credential(ready["app_key"], ready["app_secret"], ready["agent_id"]),
            Hosts(*[simulator.url] * 3),
            transport=Transport(60, 60),
            limiter=RateLimiter(1000, sleep=lambda seconds: None),
            sleep=lambda seconds: None,
        )
        self.leave = self.client.leave
        # Read once: a day may end during the test.
        self.now = datetime.datetime.now(BEIJING).replace(tzinfo=None)
        people = simulator.control("GET", "/users")
        self.boss = next(each["userid"] for each in people if each["admin_level"])
        self.worker = people[5]["userid"]
        self.types = {
            row["leaveName"]: row["leaveCode"] for row in self.leave.types(self.boss)}
        for record in simulator.control("GET", "/leave/records"):
            self.leave.cancel(record["userId"], record["approveId"])

    def day(self, days):
        return self.now + datetime.timedelta(days)

    def period(self, first=1, last=1):
        return leave.period(self.day(first), self.day(last), leave.DAY)

    def finish(self, key="odoo:1", first=1, last=1, **more):
        begin, end = self.period(first, last)
        return self.leave.finish(
            self.worker, key, begin, end, leave.DAY, self.types["病假"], "病假",
            natural=True, **more)

    def records(self):
        return self.simulator.control("GET", "/leave/records")


@pytest.fixture
def office(simulator):
    return Office(simulator)


def form(value, more=None, **row):
    row = dict(
        {"id": "DDHolidayField-J2BWEN12", "name": "[]", "value": json.dumps(value)},
        **row)
    if more is not None:
        row["extValue"] = json.dumps(more)
    return {"formComponentValues": [
        {"componentType": "TextareaField", "name": "x", "value": "ill"}, row]}


def test_forms():
    found = leave.request_of(form(
        ["2026-06-14 上午", "2026-06-18 下午", 4, "halfDay", "年假", "请假类型"],
        {"key": "code-1", "extension": json.dumps({"tag": "年假"})},
        componentType="DDHolidayField"))
    assert (found.name, found.code, found.unit) == ("年假", "code-1", leave.HALF_DAY)
    assert (found.begin, found.begin_half) == (
        datetime.datetime(2026, 6, 14), leave.MORNING)
    assert (found.end, found.end_half) == (
        datetime.datetime(2026, 6, 18, 12), leave.AFTERNOON)
    assert (found.duration, found.reason) == (4.0, "ill")
    # An older answer: no type of component, no extValue.
    found = leave.request_of(
        form(["2018-09-14 09:00", "2018-09-14 12:00", "3", "hour", "事假"]))
    assert (found.unit, found.code, found.duration) == (leave.HOUR, "", 3.0)
    assert found.end == datetime.datetime(2018, 9, 14, 12)
    found = leave.request_of(form(["2026-6-1", "2026-06-02", 2, "DAY", "病假"]))
    assert found.unit == leave.DAY and found.begin == datetime.datetime(2026, 6, 1)


@pytest.mark.parametrize("value", [
    [], "x", {"a": 1}, ["2026-06-14", "2026-06-14", 1, "week", "x"],
    ["2026-13-14", "2026-06-14", 1, "day", "x"], [None, None, None, None, None],
    ["2026-06-14 noon", "2026-06-14", 1, "day", "x"],
])
def test_forms_that_cannot_be_read(value):
    with pytest.raises(errors.UnexpectedAnswerError):
        leave.request_of(form(value))


def test_other_forms():
    assert leave.request_of({"formComponentValues": []}) is None
    assert leave.request_of(form([], id="TextField-1")) is None


def test_real_form(office):
    key = office.simulator.control("POST", "/leave/requests", {
        "userid": office.worker, "type": "事假", "begin": "2026-06-15 09:00",
        "end": "2026-06-15 11:30", "reason": "搬家"})["id"]
    found = leave.request_of(office.client.approvals.instance(key))
    assert found.code == office.types["事假"] and found.duration == 2.5
    assert found.begin == datetime.datetime(2026, 6, 15, 9)
    assert found.reason == "搬家"


def test_types(office):
    assert {"年假", "事假"} <= set(office.types)
    with pytest.raises(leave.LeaveOperatorError) as caught:
        office.leave.types(office.worker)
    assert caught.value.remedy == "leave_operator"


def test_written_once(office):
    begin, end = office.period()
    assert office.leave.calculate(
        office.worker, begin, end, leave.DAY, office.types["病假"], natural=True) == 1
    assert office.finish(url="https://odoo.example.com/leave/7") == 1
    assert office.finish(last=2) == 2
    record, = office.records()
    assert (record["approveId"], record["times"]) == ("odoo:1", 2)
    assert record["subType"] == "病假" and record["tagName"] == "请假"
    now = int(office.day(0).replace(tzinfo=BEIJING).timestamp() * 1000)
    found, = office.leave.approvals([office.worker], now, now + 10 * 86400000)
    assert found["approveId"] == "odoo:1"
    office.leave.cancel(office.worker, "odoo:1")
    office.leave.cancel(office.worker, "odoo:1")
    assert not office.records()


def test_refusals(office):
    for first, last in ((-40, -40), (1, 40)):
        with pytest.raises(leave.LeavePeriodError) as caught:
            office.finish(first=first, last=last)
        assert caught.value.remedy == "leave_period" and not caught.value.retryable
    office.finish()
    with pytest.raises(leave.LeaveOverlapError):
        office.finish("odoo:2")
    with pytest.raises(errors.InvalidArgumentError):
        office.finish("x" * 101)
    assert len(office.records()) == 1


def test_lost_answer_writes_once(office):
    office.simulator.control("POST", "/faults", {
        "kind": "reset_after", "path": "/v1.0/attendance/approvals/finish", "times": 1})
    office.finish()
    record, = office.records()
    assert record["times"] == 2


def test_closed_and_holidays(office):
    begin = 1790000000000
    assert not office.leave.is_closed([office.worker], begin, begin + 1000)
    office.simulator.control(
        "POST", "/leave/closed", {"periods": [{"begin": begin, "end": begin + 5}]})
    assert office.leave.is_closed([office.worker], begin, begin + 1000)
    office.simulator.control("POST", "/leave/closed", {"periods": []})
    found = office.leave.holidays(
        office.worker, datetime.date(2026, 10, 1), datetime.date(2026, 10, 10))
    assert found[0] == leave.Holiday(datetime.date(2026, 10, 1), "国庆节", "festival")
    assert found[-1] == leave.Holiday(datetime.date(2026, 10, 10), "国庆节", "overtime")
    assert len(found) == 8


def test_periods():
    begin, end = datetime.datetime(2026, 6, 1, 9), datetime.datetime(2026, 6, 2, 12, 30)
    assert leave.period(begin, end, leave.HOUR) == (
        "2026-06-01 09:00", "2026-06-02 12:30")
    assert leave.period(begin, end, leave.HALF_DAY, "AM", "PM") == (
        "2026-06-01 AM", "2026-06-02 PM")
    with pytest.raises(errors.InvalidArgumentError):
        leave.period(begin, end, leave.HALF_DAY)
    with pytest.raises(errors.InvalidArgumentError):
        leave.period(begin, end, "week")


def test_an_odd_result_of_what_was_written(clock):
    for result in ("ok", ["x"], 5, None):
        client, _script = client_of(clock, (200, {"success": True, "result": result}))
        assert client.leave.finish(
            "u", "odoo:1", "2026-09-01", "2026-09-01", leave.DAY, "code", "Leave"
        ) == 0


def test_nothing_where_something_is_expected(clock):
    """A null in a list costs one row, not all."""
    good = {"holidayName": "Day", "holidayType": "festival", "workDate": 1790784000000}
    client, _script = client_of(clock, (200, {"result": [
        None, 5, {"holidays": None}, {"holidays": [None, "x", good]}]}))
    found, = client.leave.holidays(
        "boss", datetime.date(2026, 9, 1), datetime.date(2026, 12, 1))
    assert (found.name, str(found.day)) == ("Day", "2026-10-01")
    client, _script = client_of(clock, (200, {"result": [
        {"holidays": [dict(good, workDate=10 ** 30)]}]}))
    with pytest.raises(errors.UnexpectedAnswerError):
        client.leave.holidays(
            "boss", datetime.date(2026, 9, 1), datetime.date(2026, 12, 1))
    assert leave.request_of({"formComponentValues": [None, 7, [], {}]}) is None
