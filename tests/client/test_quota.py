# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Billed calls, and DingTalk's errors when the month is used up."""

import datetime
import time

import pytest
from dingtalk import errors, messages_body, quota
from dingtalk.client import Credential, DingTalkClient
from dingtalk.transport import Hosts

FREE = (
    "/gettoken", "/v1.0/oauth2/accessToken", "/v1.0/oauth2/userAccessToken",
    "/v1.0/oauth2/jsapiTickets", "/sns/getuserinfo_bycode", "/auth/scopes",
    "/topapi/v2/user/get", "/topapi/v2/user/update", "/topapi/user/listadmin",
    "/topapi/v2/department/listsub", "/topapi/role/list", "/v1.0/contact/users/me",
    "/topapi/smartwork/hrm/employee/queryonjob", "/v1.0/hrm/rosters/lists/query",
    "/role/add_role", "/v1.0/im/interconnections", "/v1.0/im/interconnections/groups",
    "/v1.0/im/conversations/urls", "/topapi/alitrip/btrip/project/add",
    "/v1.0/alitrip/unionOrders", "/v1.0/dingmi/robots/ask",
    "/v1.0/customerService/tickets", "/topapi/smartbot/msg/push",
    "/v1.0/manufacturing/users/jobs/query", "/v2.0/esign/margins",
    "/v1.0/jzcrm/customers", "/v1.0/h3yun/apps/search",
)
BILLED = (
    "/topapi/message/corpconversation/asyncsend_v2", "/topapi/processinstance/get",
    "/v1.0/workflow/processInstances", "/media/upload", "/attendance/list",
    "/call_back/get_call_back_failed_result", "/v1.0/robot/oToMessages/batchSend",
    "/topapi/smartwork/hrm/employee/list", "/v1.0/contacts", "/topapi/v2/username",
    "/v1.0/todo/users/gettoken/tasks", "/v1.0/im/interconnectionsOf",
    "/v1.0/im/group/create", "/v1.0/im/conversations/urlsOf",
    "/v1.0/gateway/connections/open",
)
USED_UP = (
    "您的企业本月api调用量已超过限制,调用量:10001次,额度:10000次,"
    "请登录开发者后台-资源管理-查看用量明细"
)


def test_exempt_paths():
    for path in FREE:
        assert quota.meter_of(path) is None, path
    for path in BILLED:
        assert quota.meter_of(path) == quota.API, path
    assert quota.meter_of("/robot/send") == quota.PUSH


def test_each_table_names_its_page():
    for table in (quota.EXEMPT_PATHS, quota.EXEMPT_EVENTS, quota.WEBHOOK_PATHS):
        for page, rows in table:
            assert page.startswith("https://open.dingtalk.com/document/"), page
            assert len(set(rows)) == len(rows) > 0


def test_the_simulator_bills_the_same(simulator):
    """The table exempts what the simulator does not count."""
    different = [
        endpoint["path"] for endpoint in simulator.control("GET", "/endpoints")
        # It counts by token, so nothing without one.
        if endpoint["token"] != "none"
        and endpoint["exempt"] != (quota.meter_of(endpoint["path"]) != quota.API)
    ]
    assert different == [], "\n".join(different)


def test_exempt_events():
    assert not quota.is_billed_event("user_add_org")
    assert not quota.is_billed_event("org_dept_remove")
    assert not quota.is_billed_event("industry_medical_full_sync")
    assert not quota.is_billed_event("org_annual_certification_submission")
    for name in ("bpms_instance_change", "attendance_check_record", "user_unknown"):
        assert quota.is_billed_event(name)


def test_what_is_counted():
    path = BILLED[0]
    busy = errors.BusyError("-1", "busy")
    assert quota.counted(path, 200) == quota.API
    assert quota.counted(path, 400, errors.InvalidArgumentError("40035")) == quota.API
    assert quota.counted(path, 500, busy) == quota.API
    assert quota.counted(path, None, errors.TransportError("connect")) is None
    assert quota.counted(path, 200, errors.RateLimitedError("90018")) is None
    assert quota.counted(path, 200, errors.BannedError("1111")) is None
    assert quota.counted(path, 400, errors.BadCredentialsError("40089")) is None
    assert quota.counted(path, 403, errors.PermissionDeniedError("60011")) == quota.API
    assert quota.counted(path, 403, errors.web_page(403)) is None
    assert quota.counted(FREE[0], 200) is None


def test_exhaustion_of_the_old_family():
    error = errors.error_from_oapi({"errcode": 90020, "errmsg": USED_UP})
    assert quota.is_used_up(error) and quota.waits(error)
    assert not error.retryable and error.remedy == "quota"
    assert quota.numbers_in(error.message) == (10001, 10000)
    assert quota.numbers_in("额度") is None
    wide = USED_UP.replace(":", "：")
    assert quota.numbers_in(wide) == (10001, 10000)


def test_exhaustion_of_the_new_family_is_no_missing_permission():
    answer = {
        "code": "Forbidden.AccessDenied.ApiCountLimitForOrg", "message": "额度不足",
        "requestid": "1",
    }
    error = errors.error_from_api(answer, 403)
    assert isinstance(error, errors.QuotaExceededError)
    assert not isinstance(error, errors.PermissionDeniedError)
    assert quota.is_used_up(error)
    denied = errors.error_from_api(dict(answer, code="Forbidden.AccessDenied"), 403)
    assert isinstance(denied, errors.PermissionDeniedError)
    assert not quota.is_used_up(denied)


def test_other_quotas_are_not_of_the_month():
    assert not quota.is_used_up(errors.QuotaExceededError("41045", "three a day"))
    assert not quota.waits(errors.QuotaExceededError("41045", "three a day"))


def test_a_pause_waits_unless_it_may_have_been_carried_out():
    paused = quota.BudgetPausedError("budget", "paused")
    assert quota.waits(paused) and not quota.is_used_up(paused)
    paused.outcome_unknown = True
    assert not quota.waits(paused)


def test_pushes_that_stop():
    notice = {"errCode": 20001, "errMsg": "消息因超量被暂停推送"}
    assert quota.is_push_stop(notice)
    assert quota.is_push_stop(dict(notice, errCode="20001"))
    assert not quota.is_push_stop({"errCode": 20001, "errMsg": "other"})
    assert not quota.is_push_stop({"EventType": "user_add_org"})
    assert not quota.is_push_stop(None)


def test_caps():
    assert quota.caps("standard") == quota.caps(False) == (5000, 3000)
    assert quota.caps("professional") == (200000, 50000)
    assert quota.caps("standard", 2) == (10005000, 1003000)
    assert quota.caps("professional", -1) == (200000, 50000)


def test_months_are_chinas():
    last = datetime.datetime(2026, 11, 30, 15, 59, 59)
    assert quota.day_of(last) == datetime.date(2026, 11, 30)
    first = last + datetime.timedelta(seconds=1)
    assert quota.day_of(first) == datetime.date(2026, 12, 1)
    assert quota.next_month(datetime.date(2026, 12, 31)) == datetime.date(2027, 1, 1)
    assert quota.next_month(datetime.date(2027, 1, 1)) == datetime.date(2027, 2, 1)


def test_forecast_and_warnings():
    assert quota.forecast(1000, datetime.date(2026, 11, 10)) == 3000
    assert quota.forecast(7, datetime.date(2026, 2, 28)) == 7
    assert quota.percent(4999, 5000) == 99 and quota.percent(5, 0) == 0
    assert [quota.reached(share) for share in (0, 69, 70, 89, 90, 99, 100, 250)] == [
        0, 0, 70, 70, 90, 90, 100, 100]


def test_what_stops_first():
    def paused(share):
        worths = (quota.NICE, quota.FRESH, quota.OWED, quota.DECIDED, None)
        return [worth for worth in worths if quota.is_paused(worth, share)]

    assert paused(89) == []
    assert paused(90) == [quota.NICE]
    assert paused(95) == [quota.NICE, quota.FRESH]
    assert paused(100) == paused(300) == [quota.NICE, quota.FRESH, quota.OWED]


def test_ids_in_paths_become_one_pattern():
    assert quota.pattern_of("/v1.0/todo/users/8Xs7d9Ae/tasks") == (
        "/v1.0/todo/users/{id}/tasks")
    for path in BILLED + ("/v1.0/storage/spaces/{spaceId}/files/commit",):
        assert quota.pattern_of(path) == path


class Ledger(object):
    """Records what the client counts."""

    def __init__(self, refusal=None):
        self.counted, self.moments, self.refusal = [], [], refusal

    def check(self, api):
        if self.refusal and quota.meter_of(api):
            raise self.refusal

    def count(self, api, status, error, sent, ahead):
        self.counted.append((api, status, error and error.code))
        self.moments.append((sent, ahead))


@pytest.fixture
def counting(simulator):
    def make(ledger, **options):
        ready = simulator.ready
        return DingTalkClient(
            Credential(ready["app_key"], ready["app_secret"], ready["agent_id"]),
            hosts=Hosts(ready["url"], ready["url"], ready["url"]),
            ledger=ledger, sleep=lambda _seconds: None, **options
        )

    return make


SEND = "/topapi/message/corpconversation/asyncsend_v2"


def send(simulator, client):
    userid = simulator.control("GET", "/users")[0]["userid"]
    return client.messages.send(
        simulator.ready["agent_id"], messages_body.text("额度"), [userid])


def test_the_client_tells_each_attempt(simulator, counting):
    ledger = Ledger()
    client = counting(ledger)
    simulator.fault("throttled", SEND)
    send(simulator, client)
    sent = [each for each in ledger.counted if each[0] == SEND]
    assert sent == [(SEND, 200, "90018"), (SEND, 200, None)]
    # The token is fetched before, and counted too: the ledger knows what is free.
    assert ledger.counted[0][0].startswith(("/gettoken", "/v1.0/oauth2"))


def test_the_client_tells_when_it_sent(simulator, counting):
    """Not the time of the answer: the month may change in between."""
    ledger, now = Ledger(), [1e9]

    def ticking():
        now[0] += 100
        return now[0]

    client = counting(ledger, clock=ticking)
    begun = time.time()
    simulator.settings(latency=300)
    send(simulator, client)
    sent, ahead = ledger.moments[-1]
    # The client's clock shows a moment in 2001; DingTalk's is right.
    assert 1e9 < sent < now[0] - 0.3
    assert abs(sent + ahead - begun) < 1000


def test_a_network_error_has_no_status(simulator, counting):
    ledger = Ledger()
    simulator.fault("reset", SEND)
    with pytest.raises(errors.TransportError):
        send(simulator, counting(ledger, max_attempts=1))
    assert ledger.counted[-1][:2] == (SEND, None)


def test_a_refusal_of_the_ledger_sends_nothing(simulator, counting):
    ledger = Ledger(quota.BudgetPausedError("budget", "paused"))
    client = counting(ledger)
    with pytest.raises(quota.BudgetPausedError):
        send(simulator, client)
    assert SEND not in simulator.control("GET", "/calls")["by_path"]
    assert client.contacts.count() > 0


def test_a_failing_counter_breaks_no_call(simulator, counting):
    ledger = Ledger()
    ledger.count = lambda *_args: 1 / 0
    assert send(simulator, counting(ledger))


@pytest.mark.parametrize("style", ["wrapped", "bare"])
def test_the_simulators_exhaustion(simulator, counting, style):
    """Each family answers as documented; exempt calls continue."""
    used = simulator.control("GET", "/corps")[0]["quota_used"]
    simulator.settings(monthly_quota=used + 1, permission_error_style=style)
    client = counting(Ledger())
    send(simulator, client)
    with pytest.raises(errors.QuotaExceededError) as caught:
        send(simulator, client)
    assert caught.value.code == "90020" and quota.is_used_up(caught.value)
    assert quota.numbers_in(caught.value.message) == (used + 2, used + 1)
    with pytest.raises(errors.QuotaExceededError) as caught:
        client.api("POST", "/v1.0/robot/oToMessages/batchSend", {})
    assert caught.value.code == "Forbidden.AccessDenied.ApiCountLimitForOrg"
    assert caught.value.detail["status"] == 403
    assert client.contacts.count() > 0
