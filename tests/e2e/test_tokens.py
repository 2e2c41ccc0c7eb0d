"""One token request, even if several processes start cold."""

import pytest

from . import house

TOKEN_PATH = "/v1.0/oauth2/accessToken"

TWENTY_CALLS = """
client = env["dingding.corp"].browse(%d)._app_for("contact")._dingtalk_client()
for _number in range(20):
    client.contacts.sub_departments(1)
print("called")
"""


@pytest.fixture
def no_limit(dingtalk):
    """DingTalk refuses no call for its limit, and so none is repeated."""
    dingtalk("PATCH", "/settings", {"rate_limit": None})
    yield
    dingtalk("PATCH", "/settings", {"rate_limit": 20})


def call_at_once(stack, dingtalk, corp):
    """Start four processes at the same moment, while DingTalk is slow with tokens."""
    dingtalk.fault("slow", TOKEN_PATH, times=None, seconds=1)
    code = house.together(stack, 4) + TWENTY_CALLS % corp
    assert all("called" in said for said in house.at_once(stack, [code] * 4))


SIXTY_CALLS = """
import threading
client = env["dingding.corp"].browse(%d)._app_for("contact")._dingtalk_client()
client.app_token()
%s
threads = [
    threading.Thread(target=lambda: [
        client.contacts.sub_departments(1) for _number in range(20)])
    for _thread in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("called")
"""


def test_four_processes_share_the_limit_of_calls(stack, dingtalk, corp):
    code = SIXTY_CALLS % (corp, house.together(stack, 4))
    assert all("called" in said for said in house.at_once(stack, [code] * 4))
    calls = dingtalk(
        "GET", "/calls", path="/topapi/v2/department/listsub", limit=1000)["calls"]
    codes = [call["code"] for call in calls]
    assert codes == ["0"] * 240, (len(codes), [c for c in codes if c != "0"])


def test_four_cold_processes_ask_for_one_token(stack, dingtalk, corp, no_limit):
    stack.query("DELETE FROM dingding_token")
    call_at_once(stack, dingtalk, corp)
    assert dingtalk.calls("/topapi/v2/department/listsub") == 80
    assert dingtalk.calls(TOKEN_PATH) == 1


def let_the_token_expire(stack, dingtalk, corp):
    """Have Odoo get a token that DingTalk then refuses."""
    stack.rpc("dingding.corp", "action_test_connection", [corp])
    dingtalk("POST", "/tokens/expire")
    dingtalk.forget()


def test_a_refused_token_is_renewed_once_for_all(stack, dingtalk, corp):
    let_the_token_expire(stack, dingtalk, corp)
    call_at_once(stack, dingtalk, corp)
    assert dingtalk.calls(TOKEN_PATH) == 1


LATE_CALL = """
import time
client = env["dingding.corp"].browse(%d)._app_for("contact")._dingtalk_client()
while not env["dingding.token"].search([("refused", "=", True)]):
    env.cr.rollback()
    time.sleep(0.02)
env.cr.rollback()
client.contacts.sub_departments(1)
print("called")
"""


def test_a_refused_token_is_of_no_use_to_other_processes(
        stack, dingtalk, corp, no_limit):
    let_the_token_expire(stack, dingtalk, corp)
    dingtalk.fault("slow", TOKEN_PATH, times=None, seconds=3)
    ready = house.together(stack, 4)
    late, first = ready + LATE_CALL % corp, ready + TWENTY_CALLS % corp
    for said in house.at_once(stack, [late, late, late, first]):
        assert "called" in said
    assert dingtalk.calls(TOKEN_PATH) == 1
    calls = dingtalk("GET", "/calls", path="/topapi/v2/department/listsub", limit=1000)
    refused = [call for call in calls["calls"] if call["code"] != "0"]
    assert len(refused) == 1, refused


def test_a_token_outlives_the_transaction_that_needed_it(stack, dingtalk, corp):
    stack.query("DELETE FROM dingding_token")
    stack.odoo_shell(
        "env['dingding.corp'].browse(%d)._app_for('contact')._dingtalk_client()"
        ".contacts.sub_departments(1)\nenv.cr.rollback()\n" % corp)
    assert stack.query("SELECT count(*) FROM dingding_token") == "1"
