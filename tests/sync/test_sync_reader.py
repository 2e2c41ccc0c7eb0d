# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
import threading
import time

import pytest
from dingding_pure.dingtalk import errors
from dingding_pure.dingtalk.api.contacts import Page
from dingding_pure.sync import reader, snapshot as snapshot_module
from dingding_pure.sync.reader import Reader
from dingding_pure.sync.snapshot import Snapshot
from dingding_pure.sync.spool import merged
from fake_contacts import FakeContacts, organisation


def read(contacts, **options):
    return Reader(contacts, **options).fill(Snapshot())


def raising(error):
    def hook(_make):
        raise error

    return hook


def codes(snapshot):
    return sorted(problem["code"] for problem in snapshot.problems)


def test_everybody_is_read_once_with_the_fewest_calls():
    contacts = organisation(departments=20, people=300, size=10)
    snapshot = read(contacts)
    assert snapshot.finished and not snapshot.incomplete
    assert set(snapshot.people) == set(contacts.people)
    assert set(snapshot.departments) == {"1"} | {str(key) for key in contacts.tree}
    pages = sum(
        max(1, -(-sum(dept in item["dept_id_list"] for item in contacts.people.values())
                 // 10))
        for dept in [1] + list(contacts.tree)
    )
    assert contacts.calls == {"list": 21, "page": pages}
    assert snapshot.pages == pages


def test_departments_alone_read_no_page():
    contacts = organisation()
    Reader(contacts).fill(Snapshot(with_people=False))
    assert contacts.calls == {"list": 7}


def test_flags_of_leaders_come_from_all_pages_of_a_person():
    contacts = organisation(departments=4, people=8)
    person = read(contacts).people["u0003"]
    assert sorted(
        (each["dept_id"], each["leader"]) for each in person["leader_in_dept"]
    ) == [("100", False), ("103", True)]


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_never_more_calls_at_once_than_allowed(at_once, early):
    contacts = organisation(departments=20, people=100)
    flying, most = {"list": 0, "page": 0}, {"list": 0, "page": 0, "both": 0}
    lock = threading.Lock()
    real = contacts._count
    together = threading.Event()

    def counted(method, key, make):
        with lock:
            flying[method] += 1
            most[method] = max(most[method], flying[method])
            most["both"] = max(most["both"], sum(flying.values()))
        if most["both"] > 1:
            together.set()
        # Two meet on a busy machine, too.
        together.wait(1 if at_once > 1 else 0.005)
        result = real(method, key, make)
        with lock:
            flying[method] -= 1
        return result

    contacts._count = counted
    snapshot = Snapshot()
    snapshot.early = early
    Reader(contacts, at_once=at_once).fill(snapshot)
    assert snapshot.finished
    assert most["both"] <= at_once
    if at_once > 1:
        assert most["both"] > 1


def test_both_apis_are_used_at_the_same_time():
    contacts = FakeContacts({100 + index: (1, "D") for index in range(40)}, {})
    asked, real = [], contacts._count

    def noted(method, key, make):
        asked.append(method)
        return real(method, key, make)

    contacts._count = noted
    read(contacts, at_once=2)
    assert len(asked) == 82
    assert 8 <= asked[:21].count("list") <= 13


@pytest.mark.parametrize(
    "error, code",
    [
        (errors.NotFoundError("60003", "gone"), "department_vanished"),
        (errors.OutOfScopeError("50004", "no"), "department_refused"),
        (errors.UnexpectedAnswerError("x", "cursor"), "department_unreadable"),
    ],
)
@pytest.mark.parametrize("call", [("list", 101), ("page", (101, 0))])
def test_an_unreadable_department_makes_the_answer_incomplete(error, code, call):
    contacts = organisation()
    contacts.hooks[call] = raising(error)
    snapshot = read(contacts)
    assert snapshot.finished and snapshot.incomplete
    assert codes(snapshot) == [code]
    assert snapshot.problems[0]["subject"] == "Department 1"


def test_a_repeated_page_is_noticed_and_ends():
    contacts = organisation(departments=3, people=30, size=5)
    contacts.hooks["page", (101, 5)] = lambda make: Page(
        contacts.users_page(101, 0).items, 10)
    snapshot = read(contacts)
    assert snapshot.finished and snapshot.incomplete
    assert codes(snapshot) == ["page_repeated"]


def test_an_empty_page_that_promises_more_is_noticed():
    contacts = organisation(departments=3, people=30, size=5)
    contacts.hooks["page", (101, 5)] = lambda make: Page([], 10)
    snapshot = read(contacts)
    assert snapshot.incomplete and codes(snapshot) == ["page_repeated"]


def test_empty_pages_end(monkeypatch):
    """Those of hidden people are followed by others; an endless list is not read."""
    monkeypatch.setattr(reader, "MOST_EMPTY", 20)
    contacts = organisation(departments=3, people=30, size=5)
    real = contacts.users_page

    def page(dept_id, cursor=0):
        if dept_id != 101:
            return real(dept_id, cursor)
        contacts.calls["endless"] += 1
        return Page([], cursor + 5)

    contacts.users_page = page
    snapshot = read(contacts)
    assert snapshot.finished and snapshot.incomplete
    assert contacts.calls["endless"] == 21
    # Also if each step reads some of them.
    contacts.calls["endless"], snapshot = 0, Snapshot()
    for _step in range(50):
        moments = iter(range(1000))
        snapshot = Snapshot.load(snapshot.dump())
        Reader(contacts, clock=lambda: next(moments)).fill(snapshot, 4)
        if snapshot.finished:
            break
    assert snapshot.finished
    assert contacts.calls["endless"] == 21


def test_what_changed_is_read_again():
    contacts = organisation(departments=6, people=30)
    snapshot = read(contacts)
    contacts.people["u0003"].update(name="Later", leads=[])
    del contacts.people["u0004"]
    contacts.tree[101] = (102, "Moved")
    del contacts.tree[105]
    Reader(contacts).read_again(
        snapshot, ["101", "105", "1"], ["u0003", "u0004"])
    assert snapshot.people["u0003"]["name"] == "Later"
    assert "u0004" not in snapshot.people
    assert snapshot.gone["people"] == ["u0004"]
    assert "105" not in snapshot.departments
    assert snapshot.gone["departments"] == ["105"]
    assert snapshot.departments["101"]["name"] == "Moved"
    assert snapshot.departments["101"]["parent_id"] == "102"
    # Asked twice, such as after an error.
    Reader(contacts).read_again(snapshot, ["105"], ["u0004"])
    assert "u0004" not in snapshot.people


def test_a_detailed_answer_replaces_the_leads_of_pages():
    page = {"userid": "u", "leader_in_dept": [{"dept_id": 5, "leader": True}]}
    detail = {"userid": "u", "_detail": True,
              "leader_in_dept": [{"dept_id": 6, "leader": False}]}
    assert merged([page, detail])["leader_in_dept"] == detail["leader_in_dept"]
    assert merged([detail, page])["leader_in_dept"] == (
        detail["leader_in_dept"] + page["leader_in_dept"])


def test_pages_that_overlap_are_no_problem():
    contacts = organisation(departments=3, people=30, size=5)
    contacts.hooks["page", (101, 5)] = lambda make: Page(
        contacts.users_page(101, 0).items[-1:] + make().items, make().next_cursor)
    assert not read(contacts).incomplete


def test_an_item_without_id_is_noticed():
    contacts = organisation(departments=3, people=6)
    contacts.hooks["page", (101, 0)] = lambda make: Page([{"name": "x"}, 3], None)
    snapshot = read(contacts)
    assert snapshot.incomplete and codes(snapshot) == ["person_without_id"]


def test_a_department_below_itself_is_read_once():
    contacts = organisation()
    contacts.hooks["list", 105] = lambda make: [{"dept_id": 100, "name": "again"}]
    snapshot = read(contacts)
    assert snapshot.finished and codes(snapshot) == ["department_twice"]
    assert snapshot.departments["100"]["parent_id"] == "1"


@pytest.mark.parametrize(
    "error",
    [
        errors.PermissionDeniedError("60011", "no"),
        errors.IpNotAllowedError("60020", "no"),
        errors.TransportError("timeout", "no"),
        errors.BadCredentialsError("40096", "no"),
    ],
)
def test_what_concerns_everything_ends_the_reading_and_keeps_what_was_read(error):
    contacts = organisation(departments=10, people=60, size=5)
    contacts.hooks["page", (104, 5)] = raising(error)
    snapshot = Snapshot()
    with pytest.raises(type(error)):
        Reader(contacts).fill(snapshot)
    assert not snapshot.finished and snapshot.started
    contacts.hooks.clear()
    before = contacts.calls["list"] + contacts.calls["page"]
    again = Snapshot.load(snapshot.dump())
    Reader(contacts).fill(again)
    assert again.finished and set(again.people) == set(contacts.people)
    total, full = sum(contacts.calls.values()), organisation(10, 60, 5)
    read(full)
    assert total - before < sum(full.calls.values()), "it went on"


@pytest.mark.parametrize("early", [False, True])
def test_time_is_up_and_the_reading_goes_on_later(early):
    contacts = organisation(departments=12, people=200, size=10)
    expected = read(contacts)
    calls, contacts.calls = contacts.calls, type(contacts.calls)()
    snapshot, moments = Snapshot(), 0
    snapshot.early = early
    while not snapshot.finished:
        ticks = iter(range(1000))
        Reader(contacts, clock=lambda: next(ticks)).fill(snapshot, deadline=6)
        snapshot = Snapshot.load(snapshot.dump())
        moments += 1
    assert moments > 3
    assert contacts.calls == calls, "nothing was read twice"
    assert set(snapshot.people) == set(expected.people)
    assert set(snapshot.departments) == set(expected.departments)


def test_no_call_starts_late_although_none_is_left_to_choose():
    """The last calls wait for the threads when time is up."""
    contacts = organisation(departments=1, people=0)
    now, started = [0], []

    def late(make):
        # The others are there to wait when time is up.
        time.sleep(0.2)
        started.append(1)
        now[0] = 1
        return make()

    for call in (("page", (1, 0)), ("page", (100, 0)), ("list", 100)):
        contacts.hooks[call] = late
    snapshot = Snapshot()
    snapshot.early = True
    Reader(contacts, clock=lambda: now[0], at_once=1).fill(snapshot, deadline=1)
    # A thread takes the next one before it can be cancelled.
    assert len(started) <= 2 and not snapshot.finished
    again = Reader(contacts).fill(Snapshot.load(snapshot.dump()))
    assert again.finished and not again.incomplete


def test_calls_go_on_while_answers_are_written():
    """Where people are written while others are read, threads have work meanwhile."""
    contacts = organisation(departments=12, people=200, size=10)
    real, asked, waited = contacts._count, [], []

    def counted(method, key, make):
        asked.append(key)
        time.sleep(0.01)
        return real(method, key, make)

    def write(_share, snapshot):
        if len(snapshot.departments) > 10 and not waited:
            before, until = len(asked), time.monotonic() + 5
            while len(asked) < before + 4 and time.monotonic() < until:
                time.sleep(0.001)
            waited.append(len(asked) - before)

    contacts._count = counted
    snapshot = Snapshot()
    snapshot.early = True
    Reader(contacts, on_progress=write, at_once=2).fill(snapshot)
    assert waited and waited[0] > 2


def test_progress_rises_to_one():
    shares = []
    read(organisation(departments=10, people=60), expected=11,
         on_progress=lambda share, _snapshot: shares.append(share))
    assert shares[-1] == 1 and shares[0] < 0.2
    assert shares == sorted(shares)


def test_who_watches_can_stop_the_reading():
    class Stop(Exception):
        pass

    def stop(_share, _snapshot):
        raise Stop

    with pytest.raises(Stop):
        read(organisation(), on_progress=stop)


def test_a_limited_application_reads_what_it_may_see():
    contacts = organisation(departments=6, people=30)
    contacts.hooks["list", 1] = raising(errors.OutOfScopeError("50004", "no"))
    snapshot = read(contacts, scopes=lambda: {
        "dept_ids": [101, 777], "userids": ["u0002", "zz"]})
    assert set(snapshot.departments) == {"101", "104"}
    assert snapshot.departments["101"]["parent_id"] is None
    assert "u0002" in snapshot.people and "u0001" in snapshot.people
    assert codes(snapshot) == ["department_vanished", "person_unreadable"]
    with pytest.raises(errors.OutOfScopeError):
        read(contacts)


def test_a_chosen_department_may_be_deleted():
    """Otherwise nobody of those departments would ever be a leaver again."""
    contacts = organisation(departments=6, people=30)
    snapshot = Reader(contacts).fill(Snapshot(scope=["101", "777"]))
    assert set(snapshot.departments) == {"101", "104"}
    assert not snapshot.incomplete and not snapshot.problems


def test_gone_is_only_what_dingtalk_calls_unknown():
    contacts = organisation()
    contacts.hooks["user", "hidden"] = raising(errors.OutOfScopeError("50002", "no"))
    snapshot = read(contacts)
    shifted = snapshot.people.pop("u0007")  # stood between two pages
    Reader(contacts).confirm(snapshot, ["102", "999"], ["u0007", "left", "hidden"])
    assert snapshot.gone == {"departments": ["999"], "people": ["left"]}
    assert snapshot.kept == {"departments": ["102"], "people": ["u0007", "hidden"]}
    assert snapshot.people["u0007"]["name"] == shifted["name"]
    assert codes(snapshot) == ["person_not_visible"]


def test_what_was_new_is_asked_about_by_lists():
    contacts = organisation(departments=6, people=30)
    places = {
        key: [str(each) for each in item["dept_id_list"]]
        for key, item in contacts.people.items()
    }
    places.update(nowhere=[], alone=["777"])
    del contacts.people["u0003"]
    contacts.people["u0004"]["dept_id_list"] = [1]
    contacts.tree.pop(105)
    snapshot, listed = Snapshot(), {}
    reader = Reader(contacts)
    reader.confirm_new(snapshot, ["100", "105", "999"], places, listed)
    assert sorted(snapshot.gone["people"]) == ["alone", "nowhere", "u0003"]
    assert sorted(snapshot.gone["departments"]) == ["105", "999"]
    # Each person is in one of the first three departments.
    assert set(listed) == {"100", "101", "102"}
    assert contacts.calls == {"user_ids": 3, "user": 4, "department": 2}
    reader.confirm_new(snapshot, ["101"], {"u0001": ["101"]}, listed)
    assert sum(contacts.calls.values()) == 9


def test_a_department_that_is_gone_answers_for_nobody():
    contacts = organisation(departments=1, people=3)
    contacts.tree.clear()
    snapshot, listed = Snapshot(), {}
    Reader(contacts).confirm_new(
        snapshot, ["100"], {key: ["100"] for key in contacts.people}, listed)
    assert snapshot.gone == {"departments": ["100"], "people": []}
    assert contacts.calls == {"user_ids": 1, "user": 3, "department": 1}


def test_a_torn_checkpoint_is_no_snapshot():
    text = Snapshot().dump()
    assert Snapshot.load(text) is not None
    assert Snapshot.load(text[:-9]) is None
    assert Snapshot.load("") is None


def test_a_checkpoint_of_another_version_is_no_snapshot(monkeypatch):
    text = Snapshot().dump()
    monkeypatch.setattr(snapshot_module, "VERSION", 99)
    assert Snapshot.load(text) is None


def test_one_person_in_no_department_is_not_read_but_named_when_asked():
    contacts = FakeContacts({}, {"a": {"userid": "a", "name": "A", "dept_id_list": []}})
    snapshot = read(contacts)
    Reader(contacts).confirm(snapshot, [], ["a"])
    assert snapshot.people["a"]["name"] == "A" and not snapshot.gone["people"]
