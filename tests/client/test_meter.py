# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The month's usage according to DingTalk."""

import datetime

import pytest
from dingtalk import errors, messages_body, quota
from test_simulator import client_for

PATH = "/v1.0/meter/resources/useInfos/query"


@pytest.fixture
def client(simulator):
    # In the middle of the month, which must not end during the test.
    simulator.settings(
        rate_limit=None, monthly_quota=None,
        clock_offset=(middle() - datetime.datetime.utcnow()).total_seconds())
    return client_for(simulator)


def middle():
    now = datetime.datetime.utcnow()
    return datetime.datetime(now.year, now.month, 15, 4)


def month():
    return str(quota.day_of(middle()))[:7]


def test_usage_of_both_budgets(simulator, client):
    calls, pushes = client.meter.usages(month())
    assert (calls.cap, pushes.cap) == (5000, 3000)
    person = simulator.control("GET", "/users")[0]["userid"]
    client.messages.send(
        simulator.ready["agent_id"], messages_body.text("metered"), [person])
    # The query itself counts too.
    assert client.meter.usages(month())[0].used == calls.used + 2
    simulator.settings(monthly_quota=70000)
    assert client.meter.usages(month(), ["api_call"])[0].cap == 70000


def test_codes_choose_and_keep_their_order(client):
    caps = [each.cap for each in client.meter.usages(month(), ["webhook_stream"])]
    assert caps == [3000]
    with pytest.raises(errors.InvalidArgumentError):
        client.meter.usages(month(), ["something_else"])


def test_another_month_has_used_nothing(client):
    assert [each.used for each in client.meter.usages("2020-01")] == [0, 0]
    with pytest.raises(errors.InvalidArgumentError):
        client.meter.usages("2020-13")
    with pytest.raises(errors.InvalidArgumentError):
        client.meter.usages("")


def test_without_permission(simulator, client):
    granted = simulator.control("GET", "/settings")["scopes"]
    simulator.settings(scopes=[one for one in granted if one != "Meter.Usage.Read"])
    try:
        with pytest.raises(errors.PermissionDeniedError):
            client.meter.usages(month())
    finally:
        simulator.settings(scopes=granted)


@pytest.mark.parametrize("items", [
    None, {}, [{}], [{"quotaNum": 1}], [{"quotaNum": 5000, "usedNum": -1}], ["x"],
])
def test_unreadable_answers(items):
    class Fake(object):
        def api(self, _method, path, _body):
            assert path == PATH
            return {"result": items}

    from dingtalk.api.meter import Meter

    with pytest.raises(errors.UnexpectedAnswerError):
        Meter(Fake()).usages("2026-11")


def test_the_question_is_billed():
    assert quota.meter_of(PATH) == quota.API
