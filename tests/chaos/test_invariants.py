"""Each invariant fails on broken books, and accepts what a fault explains."""

import pytest

from . import books_robot, registry, run, samples
from .samples import ALICE, BOB


def test_good_books_break_nothing():
    assert run.broken_of(samples.good()) == {}


def test_each_invariant_has_books_that_break_it():
    assert set(samples.BROKEN) == set(registry.INVARIANTS)


@pytest.mark.parametrize("name", sorted(samples.BROKEN))
def test_broken_books(name):
    books = samples.good()
    samples.BROKEN[name](books)
    broken = run.broken_of(books)
    assert name in broken
    lines = run.report({name: broken[name]})
    assert lines[0].startswith("BROKEN %s: " % name) and len(lines) > 1


def again(**values):
    """Return books with a message accepted twice."""
    books = samples.good()
    books.sends = [dict(samples.send("100000001", 1000), **values),
                   samples.send("100000002", 1020)]
    books.phones[0]["task"] = "100000001"
    books.parts[0]["tasks"] = ["100000002"]
    return books


@pytest.mark.parametrize("fault, broken", [
    ("timeout_after", False), ("reset_after", False), ("truncated", False),
    # The answer came late.
    ("slow", True), ("", True)])
def test_a_lost_answer_explains_what_is_sent_again(fault, broken):
    found = run.broken_of(again(fault=fault))
    assert ("nothing_is_sent_again" in found) == broken
    assert ("odoo_knows_what_dingtalk_took" in found) == broken


@pytest.mark.parametrize("begin, end, broken", [
    (1000.05, 1000.06, False), (999.5, 999.8, False), (1002, 1003, False),
    (990, 998, True), (1010, 1011, True)])
def test_a_killed_worker_explains_what_is_sent_again(begin, end, broken):
    books = again()
    books.interruptions.append({"begin": begin, "end": end})
    assert ("nothing_is_sent_again" in run.broken_of(books)) == broken


#: 2026-11-30 in Beijing begins.
MIDNIGHT = 1795968000


@pytest.mark.parametrize("values, recalled, broken", [
    ({}, False, False),
    # Sent within the minutes in which DingTalk's clock may have another day.
    ({"begin": MIDNIGHT + 240, "end": MIDNIGHT + 900}, False, False),
    ({"begin": MIDNIGHT + 301, "end": MIDNIGHT + 900}, False, True),
    ({"begin": MIDNIGHT - 7200, "end": MIDNIGHT - 301}, False, True),
    # Odoo has to know, and to say it.
    ({"lost": False}, False, True),
    ({"said": ""}, False, True),
    # Only certain breaches are reported.
    ({}, True, False),
])
def test_a_copy_of_another_day_may_be_on_the_phone(values, recalled, broken):
    books = samples.good()
    books.parts[0].update(
        {"lost": True, "said": "2 people may still see it", "begin": MIDNIGHT - 3600,
         "end": MIDNIGHT + 3600}, **values)
    for note in books.phones[:2]:
        note["recalled"] = True
    for copy in books.copies[:2]:
        copy["recalled"] = recalled
    name = "what_is_recalled_is_off_the_phones"
    assert (name in run.broken_of(books)) == broken


def test_what_is_said_to_be_recalled_is_off_the_phones_whatever_was_lost():
    books = samples.good()
    books.parts[0].update(
        lost=True, said="2 people may still see it", begin=MIDNIGHT - 3600,
        end=MIDNIGHT + 3600)
    books.copies[0]["recalled"] = True
    assert "what_is_recalled_is_off_the_phones" in run.broken_of(books)


@pytest.mark.parametrize("day, fault, lost, broken", [
    ("2026-11-30", "timeout_after", True, False),
    # DingTalk drops it.
    ("2026-11-29", "timeout_after", True, True),
    # Odoo knew that it was there.
    ("2026-11-30", "", True, True),
    # Nobody has decided so.
    ("2026-11-30", "timeout_after", False, True)])
@pytest.mark.parametrize("token", [samples.TOKEN, samples.NOTE])
def test_what_a_manager_sends_again_on_another_day(day, fault, lost, broken, token):
    books = again(fault=fault)
    for send in books.sends:
        send["token"] = token
    books.sends[1]["day"] = day
    books.parts[0].update(token=token, lost=lost)
    note = next(each for each in books.phones if each["token"] == token)
    books.phones.append(dict(note, task="100000002"))
    found = run.broken_of(books)
    assert ("nobody_gets_it_twice" in found) == broken
    if token == samples.NOTE:
        assert ("nobody_is_notified_twice" in found) == broken


@pytest.mark.parametrize("recalled", [False, True])
def test_nobody_asks_about_what_is_recalled(recalled):
    books = samples.good()
    copy, note = books.copies[0], books.phones[0]
    copy.update(state="sent", recalled=recalled)
    note.update(recalled=False, read=True)
    assert ("both_agree_who_has_read" in run.broken_of(books)) == (not recalled)
    books.phones.remove(note)
    for send in books.sends:
        send["reached"] = [
            each for each in send["reached"] if each != copy["userid"]]
    assert ("what_odoo_says_is_sent_is_there" in run.broken_of(books)) == (not recalled)


@pytest.mark.parametrize("task, broken", [("", True), ("100000009", False)])
def test_nobody_can_ask_about_a_task_that_odoo_does_not_know(task, broken):
    books = samples.good()
    books.copies[0]["state"] = "sent"
    books.phones[0].update(read=True, recalled=False)
    if task:
        books.phones[0]["task"] = task
    assert ("both_agree_who_has_read" in run.broken_of(books)) == broken


def test_whom_it_did_not_reach_may_get_it_again():
    books = again(reached=[])
    assert "nothing_is_sent_again" not in run.broken_of(books)


def test_what_dingtalk_refuses_may_differ():
    books = samples.good()
    books.odoo_people["bob"].update(mobile="1", title="Cook")
    books.refusable.append(["bob", "mobile"])
    assert run.broken_of(books) == {"people_are_equal": [
        "bob: title is 'Cook' in Odoo, and 'Smith' in DingTalk"]}


def test_what_was_submitted_again_is_no_double():
    books = samples.good()
    books.approvals.insert(0, dict(books.approvals[0], status="refused", instance="i0"))
    books.instances.append(dict(
        books.instances[0], id="i0", status="COMPLETED", result="refuse"))
    assert run.broken_of(books) == {}


@pytest.mark.parametrize("offset, broken", [
    (0, True), (60, True), (300, False), (3000, False), (-300, True), (-3000, False)])
def test_an_approval_lost_while_the_clock_was_wrong(offset, broken):
    books = samples.good()
    books.instances.append(dict(
        books.instances[0], id="i2", offset=offset, status="RUNNING", result=""))
    found = run.broken_of(books)
    for name in ("each_instance_has_its_approval", "no_approval_twice"):
        assert (name in found) == broken


def test_what_odoo_knows_counts_though_the_clock_was_wrong():
    books = samples.good()
    books.approvals[0].update(status="running")
    books.approvals.append(dict(books.approvals[0], id=2, instance="i2"))
    books.instances[0].update(status="RUNNING", result="", offset=3000)
    books.instances.append(dict(books.instances[0], id="i2"))
    assert run.broken_of(books)["no_approval_twice"] == [
        "%s is approved 2 times at once" % samples.APPROVAL]
    books.approvals[1].update(instance="i1")
    assert run.broken_of(books)["each_instance_has_its_approval"] == [
        "instance i1 of %s belongs to 2 approvals" % samples.APPROVAL]


@pytest.mark.parametrize("future", [False, True])
def test_leave_that_dingtalk_does_not_list_yet(future):
    books = samples.good()
    books.leave_requests.append({
        "id": "l9", "result": "agree", "action": "NONE", "main": "", "future": future})
    assert ("approved_leave_is_in_odoo" in run.broken_of(books)) != future


@pytest.mark.parametrize("path, end, broken", [
    ("/robot/sendBySession", 1000.2, False), ("/robot/sendBySession", 900, True),
    ("/topapi/v2/user/get", 1000.2, True)])
def test_a_lost_answer_explains_a_second_one(path, end, broken):
    books = samples.good()
    books.answers.append(dict(books.answers[0], at=1010))
    books.lost.append({"path": path, "begin": end - 0.1, "end": end})
    assert ("each_message_is_answered_once" in run.broken_of(books)) == broken


@pytest.mark.parametrize("death, broken", [
    (1000.1, False), (1009, False), (900, True), (1100, True)])
def test_a_killed_runner_explains_a_second_answer(death, broken):
    books = samples.good()
    books.answers.append(dict(books.answers[0], at=1010))
    books.interruptions.append({"begin": death, "end": death})
    assert ("each_message_is_answered_once" in run.broken_of(books)) == broken


def test_when_it_was_though_the_clock_has_jumped():
    call = {"path": "/robot/sendBySession", "at": 700, "offset": -300, "ms": 500,
            "fault": "truncated"}
    world = type("World", (), {"calls": {1: call, 2: dict(call, fault="")}})
    assert books_robot.lost(world) == [
        {"path": call["path"], "begin": 1000, "end": 1000.5}]


NEITHER, BESIDE = "each_email_arrives_somewhere", "no_email_comes_beside_dingtalk"


@pytest.mark.parametrize("state, later, line, broken", [
    # DingTalk takes no more today.
    ("outgoing", True, "waiting", False),
    ("outgoing", True, "sent", True), ("outgoing", False, "waiting", True),
    # The mail server has refused it.
    ("exception", None, "failed", False)])
def test_an_email_that_is_still_in_odoo(state, later, line, broken):
    books = samples.good()
    books.phones.pop()
    books.lines[0]["state"] = line
    books.mails.append({
        "token": samples.NOTE, "userid": BOB, "state": state, "held": True,
        "later": later})
    assert (NEITHER in run.broken_of(books)) == broken


def test_an_email_in_place_of_a_notification():
    books = samples.good()
    books.phones.pop()
    books.letters.append(samples.letter(1000))
    found = run.broken_of(books)
    assert NEITHER not in found and BESIDE not in found


@pytest.mark.parametrize("values, broken", [
    ({}, True), ({"deletion": "done"}, False), ({"id": None}, False),
    ({"userids": [ALICE]}, False)])
def test_which_emails_have_to_arrive(values, broken):
    books = samples.good()
    books.phones.pop()
    books.notices[0].update(values)
    assert (NEITHER in run.broken_of(books)) == broken


@pytest.mark.parametrize("fault, pressed, broken", [
    ("", False, True), ("timeout_after", False, False), ("", True, False)])
def test_an_email_beside_a_notification(fault, pressed, broken):
    books = samples.good()
    books.letters.append(samples.letter(1000))
    books.sends.append(dict(
        samples.send("100000009", 990, fault), token=samples.NOTE))
    books.pressed += [samples.NOTE] * pressed
    assert (BESIDE in run.broken_of(books)) == broken


@pytest.mark.parametrize("begin, broken", [(1001, False), (1070, True), (900, True)])
def test_a_killed_worker_explains_a_second_email(begin, broken):
    books = samples.good()
    books.letters += [samples.letter(1000), samples.letter(1100)]
    books.disturbances.append({
        "kind": "a worker was killed", "begin": begin, "end": begin + 1})
    assert ("no_email_comes_twice" in run.broken_of(books)) == broken


def test_an_answer_in_a_group_is_for_others_to_read():
    books = samples.good()
    books.answers[0]["group"] = "g"
    assert "each_message_is_answered_once" in run.broken_of(books)


def test_a_stranger_acts_with_no_card_of_a_group():
    books = samples.good()
    books.presses[5].update(userid="stranger")
    assert "only_recipients_act" in run.broken_of(books)


def test_a_colleague_acts_with_anothers_copy_of_a_card_for_readers():
    books = samples.good()
    books.card_copies[3].update(group="")
    assert "only_recipients_act" not in run.broken_of(books)


def test_a_card_of_a_group_is_decided_once():
    books = samples.good()
    books.presses[6].update(outcome="done")
    assert "a_card_is_decided_once" in run.broken_of(books)


def test_a_card_of_a_group_is_in_no_other():
    books = samples.good()
    books.phone_cards[3].update(group="g1")
    assert "each_card_is_there_once" in run.broken_of(books)


@pytest.mark.parametrize("there, here, broken", [
    (True, True, False), (True, False, False), (False, True, True)])
def test_what_differs_in_a_group_that_is_dissolved(there, here, broken):
    books = samples.good()
    books.phone_groups[0].update(dissolved=there, members=[ALICE])
    books.odoo_groups[0].update(dissolved=here)
    books.group_documents[0].update(userids=[BOB] if there else [ALICE, BOB])
    found = run.broken_of(books)
    assert ("only_dissolved_groups_are_given_up" in found) == broken
    assert ("members_follow_the_document" in found) is False
    assert ("groups_are_equal" in found) != there


def test_a_lost_creation_explains_a_group_that_nobody_knows():
    books = samples.good()
    books.phone_groups.append(dict(books.phone_groups[0], key="g2"))
    books.lost.append({"path": "/v1.0/im/group/create", "begin": 1, "end": 2})
    assert run.broken_of(books) == {}


def test_a_closed_card_may_show_what_was():
    books = samples.good()
    books.cards[1]["status"] = "closed"
    books.documents[1]["state"] = "state 7"
    books.phone_cards[2]["buttons"] = 0
    assert run.broken_of(books) == {}


def given(books):
    """Give Bob's withdrawn to-do's activity, and its new to-do, to Alice."""
    books.to_dos[2].update(activity=7)
    return books


@pytest.mark.parametrize("row, task, broken", [
    ({}, {}, False),
    ({"status": "removed"}, {}, False),
    ({"status": "open"}, {}, True),
    ({"status": "new"}, {}, True),
    ({}, {"gone": False}, True),
    # Bob has ticked it before, and then it was given to Alice.
    ({}, {"gone": False, "done": True}, True),
    ({}, {"gone": False, "done": True, "userids": []}, False)])
def test_what_is_left_with_who_gave_it_away(row, task, broken):
    books = given(samples.good())
    books.to_dos[2].update(row)
    books.tasks[2].update(task)
    found = run.broken_of(books)
    assert ("nothing_is_left_with_the_former_person" in found) == broken


def test_a_finished_activity_may_be_with_both():
    books = given(samples.good())
    books.activities.clear()
    books.to_dos[0].update(status="done")
    books.tasks[0].update(done=True)
    books.to_dos[2].update(status="done")
    books.tasks[2].update(done=True, gone=False)
    assert run.broken_of(books) == {}


def test_who_gave_it_away_and_the_heir_both_have_it():
    books = given(samples.good())
    books.tasks[2].update(gone=False)
    books.to_dos[2].update(status="open")
    found = run.broken_of(books)
    assert "each_to_do_has_its_activity" in found
    assert "nothing_is_left_with_the_former_person" in found


def test_the_report_is_not_endless():
    lines = run.report({"no_lock_is_left": ["text %d\nmore" % n for n in range(99)]})
    assert len(lines) == run.SHOWN + 2
    assert lines[-1].strip() == "… and %d more" % (99 - run.SHOWN)


def test_the_closing_line():
    assert run.closing(12, 3, 0, "7") == (
        "chaos: 12 operations, 3 faults, 0 broken, seed 7")
