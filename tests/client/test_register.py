# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Addons register areas of the API and error codes."""

import dingtalk.client
import pytest
from dingtalk import errors
from dingtalk.api.base import Area
from scripted import client_of, ok


class Attendance(Area):
    def records(self, userid):
        return self._client.oapi("/attendance/listRecord", {"userIds": [userid]})


@pytest.fixture(autouse=True)
def as_before():
    areas, table = dict(dingtalk.client.AREAS), dict(errors.TABLE)
    yield
    for known, before in ((dingtalk.client.AREAS, areas), (errors.TABLE, table)):
        known.clear()
        known.update(before)


def test_an_area(clock):
    before, _script = client_of(clock)
    dingtalk.client.register("attendance", Attendance)
    client, script = client_of(clock, ok(recordresult=[]))
    assert client.attendance.records("u1")["recordresult"] == []
    assert script.requests[0]["path"] == "/attendance/listRecord"
    assert not hasattr(before, "attendance")
    # The client's own areas remain.
    assert client.contacts and client.robots


@pytest.mark.parametrize("name", [
    "contacts", "oapi", "api", "tokens", "hosts", "now", "_call", "", "two words"])
def test_names_that_an_area_cannot_have(name):
    with pytest.raises(ValueError):
        dingtalk.client.register(name, Attendance)


def test_an_area_twice():
    dingtalk.client.register("attendance", Attendance)
    again = type("Attendance", (Area,), {"__module__": Attendance.__module__})
    dingtalk.client.register("attendance", again)
    assert dingtalk.client.AREAS["attendance"] is again
    with pytest.raises(ValueError):
        dingtalk.client.register("attendance", type("Other", (Area,), {}))


def test_every_attribute_of_a_client_is_taken(clock):
    client, _script = client_of(clock)
    for name in vars(client):
        if name in dingtalk.client.AREAS:
            continue
        with pytest.raises(ValueError):
            dingtalk.client.register(name, Attendance)


def test_codes(clock):
    errors.register(errors.NotFoundError, "700001 Attendance.Group.Gone", "shift")
    errors.register(errors.NotFoundError, "700001", "shift")
    client, _script = client_of(
        clock, (200, {"errcode": 700001, "errmsg": "gone"}))
    with pytest.raises(errors.NotFoundError) as caught:
        client.oapi("/attendance/listRecord")
    assert (caught.value.code, caught.value.remedy) == ("700001", "shift")
    assert errors.classify("attendance.group.gone", 400) == (
        errors.NotFoundError, "shift")


def test_a_code_that_means_something_else():
    with pytest.raises(ValueError):
        errors.register(errors.BusyError, "700002 60020")
    assert errors.TABLE["60020"][0] is errors.IpNotAllowedError
    assert "700002" not in errors.TABLE
