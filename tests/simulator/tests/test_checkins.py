# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Field check-ins: windows, pages, visibility, the event."""

import pytest
from receiver import AES_KEY, TOKEN, Receiver, until

PATH = "/topapi/checkin/record/get"
DAY = 86400000


@pytest.fixture
def now(box):
    return int(box.world.now() * 1000)


def ask(box, userids, begin, end, **more):
    body = dict(
        {
            "userid_list": ",".join(userids),
            "start_time": begin,
            "end_time": end,
            "cursor": 0,
            "size": 100,
        },
        **more
    )
    return box.oapi(PATH, body)


def check_in(box, userid, moment, **more):
    return box.control(
        "POST", "attendance/checkins", dict(more, userid=userid, time=moment)
    )


def test_what_a_person_entered(box, now):
    one, two = box.people()[5:7]
    check_in(
        box,
        one,
        now - 5000,
        place="未来park",
        remark="看样品",
        visit_user="绿城",
        image_list=["https://static.dingtalk.com/media/x.jpg"],
    )
    check_in(box, two, now - 4000)
    rows = ask(box, [one, two], now - 60000, now)["result"]["page_list"]
    assert [row["userid"] for row in rows] == [one, two]
    assert rows[0]["visit_user"] == "绿城" and rows[0]["checkin_time"] == now - 5000
    assert rows[0]["image_list"] == ["https://static.dingtalk.com/media/x.jpg"]
    # Empty members are absent.
    assert set(rows[1]) == {"userid", "checkin_time"}
    assert not ask(box, [one], now - 60000, now - 50000)["result"]["page_list"]
    check_in(box, one, now + 3600000)
    later = ask(box, [one], now - 60000, now + 7200000)["result"]["page_list"]
    assert len(later) == 1


def test_pages(box, now):
    one = box.people()[5]
    for number in range(5):
        check_in(box, one, now - 10000 + number)
    first = ask(box, [one], now - 60000, now, size=2)["result"]
    assert first["next_cursor"] == 2
    last = ask(box, [one], now - 60000, now, size=2, cursor=4)["result"]
    assert len(last["page_list"]) == 1 and "next_cursor" not in last


@pytest.mark.parametrize(
    "people, days, more",
    [
        (0, 1, {}),
        (11, 1, {}),
        (2, 1.01, {}),
        (1, 10.01, {}),
        (1, -1, {}),
        (1, 1, {"size": 101}),
        (1, 1, {"cursor": None}),
        (1, 1, {"size": None}),
    ],
)
def test_refused(box, now, people, days, more):
    userids = (box.people() * 3)[:people]
    answer = ask(box, userids, now - int(days * DAY), now, **more)
    assert answer["errcode"]


def test_longest_windows(box, now):
    one, two = box.people()[5:7]
    assert ask(box, [one], now - 10 * DAY, now)["errcode"] == 0
    assert ask(box, [one, two], now - DAY, now)["errcode"] == 0


def test_deleted(box, now):
    one, two = box.people()[5:7]
    for userid in (one, two):
        check_in(box, userid, now - 5000)
    gone = {"userid": one, "time": now - 5000}
    box.control("POST", "attendance/checkins/delete", gone)
    rows = ask(box, [one, two], now - 60000, now)["result"]["page_list"]
    assert [row["userid"] for row in rows] == [two]
    with pytest.raises(Exception):
        box.control("POST", "attendance/checkins/delete", gone)


def test_out_of_sight(box, now):
    one = box.people()[5]
    check_in(box, one, now - 5000)
    box.settings(contact_scope={"departments": [], "users": []})
    # Not refused: the same answer as without check-ins.
    assert ask(box, [one], now - 60000, now)["result"]["page_list"] == []


def test_permission(box, now):
    box.settings(scopes=[])
    assert ask(box, box.people()[:1], now - 1000, now)["errcode"] in (88, 60011)


def test_event(box, now):
    box.patient()
    receiver = Receiver(box.app_key)
    try:
        box.control(
            "POST",
            "callbacks",
            {
                "url": receiver.url,
                "token": TOKEN,
                "aes_key": AES_KEY,
                "tags": ["check_in"],
            },
        )
        one = box.people()[5]
        check_in(box, one, now - 1000)
        until(lambda: "check_in" in receiver.kinds())
        event = next(each for each in receiver.seen if "check_in" in str(each))
        assert one in str(event) and str(now - 1000) in str(event)
    finally:
        receiver.close()
