# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The roster against the simulator."""

import pytest
from dingtalk import Credential, DingTalkClient, Hosts, RateLimiter, Transport, errors
from dingtalk import quota
from scripted import client_of, page

PLACE, NUMBER, SEX = "sys00-workPlace", "sys00-jobNumber", "sys02-sexType"


class Office(object):
    def __init__(self, simulator):
        simulator.settings(rate_limit=None)
        self.simulator = simulator
        ready = simulator.ready
        self.agent = int(ready["agent_id"])
        self.client = DingTalkClient(
            Credential(ready["app_key"], ready["app_secret"], ready["agent_id"]),
            Hosts(*[simulator.url] * 3),
            transport=Transport(60, 60),
            limiter=RateLimiter(1000, sleep=lambda seconds: None),
            sleep=lambda seconds: None,
        )
        self.hrm = self.client.hrm
        self.people = [
            each["userid"] for each in simulator.control("GET", "/users")]
        self.worker = self.people[7]

    def read(self, *codes):
        return self.hrm.rosters([self.worker], self.agent, codes)[self.worker]


@pytest.fixture
def office(simulator):
    return Office(simulator)


def test_fields(office):
    found = {each.code: each for each in office.hrm.fields(office.agent)}
    assert found[PLACE].group == "sys00" and not found[PLACE].detail
    assert found["sys06-urgentContactsName"].detail
    assert found["sys00-mainDept"].derived and not found[PLACE].derived
    with pytest.raises(errors.InvalidArgumentError):
        office.hrm.fields(office.agent + 1)


def test_only_asked_fields_are_read(office):
    found = office.hrm.rosters(office.people[:100], office.agent, [PLACE, SEX])
    assert len(found) == 100
    assert set(found[office.worker]) == {PLACE, SEX}
    sex, = found[office.worker][SEX]
    assert sex.label in ("男", "女") and sex.value in ("0", "1") and sex.index == 0
    for people, codes in (
        ([], [PLACE]), (office.people[:101], [PLACE]), ([office.worker], [])
    ):
        with pytest.raises(errors.InvalidArgumentError):
            office.hrm.rosters(people, office.agent, codes)


def test_update_keeps_the_other_fields(office):
    before = office.read(NUMBER)[NUMBER][0].label
    assert before
    office.hrm.update(office.worker, office.agent, "sys00", 0, {PLACE: "上海"})
    found = office.read(PLACE, NUMBER)
    assert found[PLACE][0].label == "上海"
    assert found[NUMBER][0].label == before
    office.hrm.update(office.worker, office.agent, "sys02", 0, {SEX: "1"})
    assert office.read(SEX)[SEX][0].label == "女"
    with pytest.raises(errors.InvalidArgumentError):
        office.hrm.update(office.worker, office.agent, "sys00", None, {PLACE: "x"})
    with pytest.raises(errors.InvalidArgumentError):
        office.hrm.update(office.worker, office.agent, "sys02", 0, {SEX: "女"})


def test_trap_of_an_update_without_index(office):
    """DingTalk empties omitted fields, which the client prevents."""
    answer = office.client.oapi("/topapi/smartwork/hrm/employee/v2/update", {
        "agentid": office.agent,
        "param": {"userid": office.worker, "groups": [{
            "group_id": "sys03", "sections": [{"section": [
                {"field_code": "sys03-major", "value": "物理"}]}]}]}})
    assert answer["result"] is True
    found = office.read("sys03-major", "sys03-graduateSchool")
    assert found["sys03-major"][0].label == "物理"
    assert found["sys03-graduateSchool"][0].label == ""


def test_leavers(office):
    for number, userid in enumerate(office.people[20:80]):
        office.simulator.control("POST", "/roster/leavers", {
            "userid": userid, "last_day": 1790000000000 + number, "reason": "回家"})
    found = list(office.hrm.leavers())
    assert set(found) == set(office.people[20:80])
    info, = office.hrm.leaver_infos([office.people[20]])
    assert info["lastWorkDay"] == 1790000000000 and info["reasonMemo"] == "回家"
    with pytest.raises(errors.InvalidArgumentError):
        office.hrm.leaver_infos(found[:51])


def test_permission(office):
    office.simulator.control("PATCH", "/settings", {"scopes": []})
    with pytest.raises(errors.PermissionDeniedError):
        office.read(PLACE)
    with pytest.raises(errors.PermissionDeniedError):
        office.hrm.update(office.worker, office.agent, "sys00", 0, {PLACE: "x"})


def test_not_billed():
    for path in (
        "/topapi/smartwork/hrm/roster/meta/get", "/v1.0/hrm/rosters/lists/query",
        "/topapi/smartwork/hrm/employee/v2/update", "/v1.0/hrm/employees/dismissions",
        "/v1.0/hrm/employees/dimissionInfos",
    ):
        assert quota.meter_of(path) is None, path


def test_nothing_where_something_is_expected(clock):
    """A null in a list costs one value, not everybody's roster."""
    rows = [None, {"fieldCode": SEX, "fieldValueList": [
        None, {"label": "x", "itemIndex": None}]}]
    client, _script = client_of(clock, (200, {"result": [
        {"userId": "one", "fieldDataList": rows},
        {"userId": "two", "fieldDataList": None}]}))
    found = client.hrm.rosters(["one", "two"], 42, [SEX])
    assert [each.label for each in found["one"][SEX]] == ["x"] and not found["two"]
    client, _script = client_of(clock, (200, {"result": [None, {"userId": "one"}]}))
    assert client.hrm.leaver_infos(["one"]) == [{"userId": "one"}]


def test_values_are_in_no_error(clock):
    """Errors are logged, and stored with the work that failed."""
    number, cut = "330106199001011234", '{"result":[{"label":"330106199001011234"'
    for status, kind in ((200, "application/json"), (400, "text/plain")):
        client, _script = client_of(clock, *[page(status, cut, kind)] * 9)
        with pytest.raises(errors.TransportError) as caught:
            client.hrm.rosters(["one"], 42, ["sys02-certNo"])
        error = caught.value
        assert number not in str(error) + repr(error.args) and error.code == "not_json"
    refused = {"errcode": 40035, "errmsg": "bad value %s" % number}
    client, _script = client_of(clock, (200, refused))
    with pytest.raises(errors.DingTalkError) as caught:
        client.hrm.update("one", 42, "sys02", 0, {"sys02-certNo": number, "a": ""})
    error = caught.value
    assert number not in str(error) + repr(error.args) and "bad value" in str(error)
