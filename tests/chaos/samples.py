"""Good books, and for each invariant a way to break them."""

import copy

from .books import Books

ALICE, BOB = "alice", "bob"
TOKEN, APPROVAL = "chaos-1-client0.1.", "chaos-1-client0.2."
NOTE, CUSTOMER = "chaos-1-client0.3.", "customer"
PLANNED, SAID = "chaos-1-client0.4.", "chaos-1-client0.5."

PERSON = {"name": "A", "title": "Smith", "job_number": "1", "telephone": "",
          "work_place": "", "remark": "", "email": "", "mobile": "13800000000",
          "departments": ["1"]}


def good():
    """Return the books of a short and quiet day."""
    return Books(**copy.deepcopy({
        "seed": 1, "disturbances": [], "unsettled": [], "open_rows": [], "mishaps": [],
        "refusable": [], "log": [], "forged": [], "connections": [], "locks": [],
        "throttled": [], "calls": 900, "outcomes": {"somebody_recalls": {"done": 3}},
        "signins": [{"userid": ALICE, "wanted": 7, "got": 7, "statuses": [303, 303],
                     "text": "", "disturbed": False}],
        "messages": [
            {"token": TOKEN, "userids": [ALICE, BOB], "id": 1, "step": "client0.1"}],
        "odoo_messages": [{"token": TOKEN, "id": 1, "state": "sent"}],
        "parts": [{"id": 1, "token": TOKEN, "state": "done", "tasks": ["100000001"],
                   "people": [ALICE, BOB], "lost": False, "said": "", "begin": 999,
                   "end": 1000}],
        "copies": [
            {"token": TOKEN, "userid": ALICE, "state": "read", "recalled": False,
             "part": 1},
            {"token": TOKEN, "userid": BOB, "state": "unread", "recalled": False,
             "part": 1},
            {"token": NOTE, "userid": BOB, "state": "unread", "recalled": False,
             "part": 2}],
        "sends": [send("100000001", 1000)],
        "phones": [
            {"token": TOKEN, "userid": ALICE, "task": "100000001", "read": True,
             "recalled": False},
            {"token": TOKEN, "userid": BOB, "task": "100000001", "read": False,
             "recalled": False},
            notified(BOB)],
        "notices": [
            {"token": NOTE, "kind": "note", "author": ALICE, "userids": [BOB], "id": 9,
             "step": "client0.3", "deletion": ""}],
        "lines": [{"token": NOTE, "userid": BOB, "kind": "note", "state": "sent"}],
        "outsiders": [CUSTOMER],
        "readers": [BOB], "letters": [], "mails": [], "pressed": [],
        "activities": [{"id": 7, "token": PLANNED, "userid": ALICE}],
        "to_dos": [
            {"id": 1, "activity": 7, "userid": ALICE, "status": "open", "task": "t1",
             "reason": None},
            {"id": 2, "activity": 8, "userid": BOB, "status": "done", "task": "t2",
             "reason": None},
            {"id": 3, "activity": 9, "userid": BOB, "status": "deleted", "task": "t3",
             "reason": None}],
        "tasks": [
            {"id": "t1", "row": 1, "userids": [ALICE], "done": False, "gone": False},
            {"id": "t2", "row": 2, "userids": [BOB], "done": True, "gone": False},
            {"id": "t3", "row": 3, "userids": [BOB], "done": False, "gone": True}],
        "odoo_people": {
            ALICE: dict(PERSON, active=True), BOB: dict(PERSON, active=True),
            "carol": dict(PERSON, active=False)},
        "dingtalk_people": {ALICE: dict(PERSON), BOB: dict(PERSON)},
        "leavers": ["carol"],
        "odoo_departments": {
            "1": {"name": "Root", "parent": "", "active": True},
            "2": {"name": "D", "parent": "1", "active": True}},
        "dingtalk_departments": {
            "1": {"name": "Company", "parent": ""}, "2": {"name": "D", "parent": "1"}},
        "leave_requests": [
            {"id": "l1", "result": "agree", "action": "NONE", "main": "",
             "future": False},
            {"id": "l2", "result": "agree", "action": "NONE", "main": "",
             "future": False},
            {"id": "l3", "result": "agree", "action": "REVOKE", "main": "l2",
             "future": False},
            {"id": "l4", "result": "refuse", "action": "NONE", "main": "",
             "future": False}],
        "leave_records": ["odoo:x:3"],
        "leave_rows": [
            {"instance": "l1", "leave": 1, "lead": "dingtalk", "problem": None},
            {"instance": "l2", "leave": 0, "lead": "dingtalk", "problem": None},
            {"instance": None, "leave": 3, "lead": "odoo", "problem": None}],
        "leaves": [
            {"id": 1, "state": "validate", "lead": "dingtalk"},
            {"id": 2, "state": "refuse", "lead": "dingtalk"},
            {"id": 3, "state": "validate", "lead": "odoo"}],
        "attendances": [
            {"employee": 1, "id": 1, "begin": "2026-11-02 01:00:00",
             "end": "2026-11-02 04:00:00"},
            {"employee": 1, "id": 2, "begin": "2026-11-02 05:00:00", "end": None}],
        "odoo_punches": ["1", "2", "3"], "dingtalk_punches": ["1", "2", "3"],
        "odoo_check_ins": ["a:1", "a:2"], "dingtalk_check_ins": ["a:1", "a:2"],
        "pending_days": [], "second_reading": {"results_changed": 0},
        "documents": [{"id": 1, "state": "agreed", "acts": 0},
                      {"id": 2, "state": "draft", "acts": 2},
                      {"id": 3, "state": "refused", "acts": 0}],
        "cards": [
            {"id": 1, "document": 1, "status": "decided", "key": "chaos.decide"},
            {"id": 2, "document": 2, "status": "open", "key": "chaos.count"},
            {"id": 3, "document": 3, "status": "decided", "key": "chaos.group"}],
        "card_copies": [
            {"id": 1, "card": 1, "track": "a", "status": "sent", "userid": ALICE,
             "group": ""},
            {"id": 2, "card": 1, "track": "b", "status": "sent", "userid": BOB,
             "group": ""},
            {"id": 3, "card": 2, "track": "c", "status": "sent", "userid": BOB,
             "group": ""},
            {"id": 4, "card": 3, "track": "d", "status": "sent", "userid": ALICE,
             "group": "g9"}],
        "linked": [ALICE, BOB],
        "presses": [
            press(1, 1, 1, ALICE, "done"), press(2, 2, 1, BOB, "decided"),
            press(3, 3, 2, BOB, "done"), press(4, 3, 2, BOB, "done"),
            press(5, 3, 2, ALICE, "forwarded"), press(6, 4, 3, BOB, "done"),
            press(7, 4, 3, ALICE, "decided"), press(8, 4, 3, "stranger", "unlinked")],
        "phone_cards": [
            {"track": "a", "people": [ALICE], "group": "", "state": "agreed \u2013 A",
             "buttons": 0, "presses": 1},
            {"track": "b", "people": [BOB], "group": "", "state": "agreed \u2013 A",
             "buttons": 0, "presses": 1},
            {"track": "c", "people": [BOB], "group": "", "state": "draft",
             "buttons": 1, "presses": 3},
            {"track": "d", "people": [ALICE, BOB], "group": "g9",
             "state": "refused \u2013 B", "buttons": 0, "presses": 3}],
        "said": [{"key": "m1", "token": SAID, "userid": ALICE, "heard": True}],
        "heard": [{"key": "m1", "token": SAID, "outcome": "answered", "state": "done",
                   "decided": False}],
        "echoes": [SAID],
        "answers": [{"token": SAID, "userid": ALICE, "group": "", "at": 1000}],
        "group_documents": [{"id": 1, "userids": [ALICE, BOB]}],
        "odoo_groups": [
            {"id": 1, "name": "chaos-1", "state": "done", "key": "g1", "document": 1,
             "owner": ALICE, "members": [ALICE, BOB], "dissolved": False}],
        "phone_groups": [
            {"key": "g1", "name": "chaos-1", "owner": ALICE, "members": [ALICE, BOB],
             "dissolved": False}],
        "lost": [], "interruptions": [],
        "approvals": [{
            "id": 1, "token": APPROVAL, "model": "dingding.demo.purchase", "res_id": 5,
            "status": "agreed", "instance": "i1", "state": "done", "locked": False,
            "note": "n", "record": "approved"}],
        "instances": [{
            "id": "i1", "token": APPROVAL, "status": "COMPLETED", "result": "agree",
            "by_api": True, "offset": 0, "texts": ["n"]}],
    }))


def send(task, at, fault=""):
    """Return a task of messages to both people."""
    return {"token": TOKEN, "task": task, "userids": [ALICE, BOB],
            "reached": [ALICE, BOB], "recalled": False, "at": at, "end": at + 0.1,
            "day": "2026-11-29", "fault": fault}


def press(number, copy, card, userid, outcome):
    """Return a stored press."""
    return {"id": number, "copy": copy, "card": card, "userid": userid,
            "outcome": outcome, "state": "done"}


def notified(userid):
    """Return a notification on a phone."""
    return {"token": NOTE, "userid": userid, "task": "100000009", "read": False,
            "recalled": False}


def letter(at):
    """Return the e-mail of which there is a notification."""
    return {"token": NOTE, "userid": BOB, "at": at}


#: invariant -> function that breaks good books
BROKEN = {
    "nothing_is_sent_again": lambda books: books.sends.append(send("100000002", 1001)),
    "nobody_gets_it_twice": lambda books: books.phones.append(dict(books.phones[0])),
    "nobody_else_gets_it": lambda books: books.phones[1].update(userid="carol"),
    "what_odoo_says_is_sent_is_there": lambda books: books.phones.pop(0),
    "what_odoo_says_has_failed_is_not_there": lambda books: books.copies[0].update(
        state="failed"),
    "no_message_is_lost": lambda books: books.copies.pop(0),
    "odoo_knows_what_dingtalk_took": lambda books: books.parts[0].update(tasks=[]),
    "what_is_recalled_is_off_the_phones": lambda books: books.copies[0].update(
        recalled=True),
    "both_agree_who_has_read": lambda books: books.phones[1].update(read=True),
    "nobody_is_notified_twice": lambda books: books.lines.append(dict(books.lines[0])),
    "no_notification_is_lost": lambda books: books.copies.pop(),
    "nobody_is_notified_of_his_own_doing": lambda books: books.phones.append(
        notified(ALICE)),
    "notes_reach_only_internal_users": lambda books: books.phones.append(
        notified(CUSTOMER)),
    "nobody_else_is_notified": lambda books: books.phones.append(notified("carol")),
    "deleted_texts_are_off_the_phones": lambda books: books.notices[0].update(
        deletion="done"),
    "each_email_arrives_somewhere": lambda books: books.phones.pop(),
    "no_email_comes_beside_dingtalk": lambda books: books.letters.append(letter(9)),
    "no_email_comes_twice": lambda books: books.letters.extend([letter(8), letter(9)]),
    "each_activity_has_one_to_do": lambda books: books.tasks[0].update(done=True),
    "each_to_do_has_its_activity": lambda books: books.activities.clear(),
    "nothing_is_left_with_the_former_person": lambda books: (
        books.to_dos[2].update(activity=7, status="done"),
        books.tasks[2].update(done=True, gone=False)),
    "no_to_do_twice": lambda books: books.tasks.append(
        dict(books.tasks[0], id="t4")),
    "to_dos_are_done_on_both_sides": lambda books: books.tasks[1].update(done=False),
    "no_to_do_is_half_made": lambda books: books.to_dos[1].update(status="new"),
    "nobody_is_wrongly_archived": lambda books: books.odoo_people[BOB].update(
        active=False),
    "leavers_are_archived": lambda books: books.odoo_people["carol"].update(
        active=True),
    "everybody_is_in_odoo": lambda books: books.odoo_people.pop(BOB),
    "people_are_equal": lambda books: books.odoo_people[BOB].update(title="Cook"),
    "departments_are_equal": lambda books: books.odoo_departments["2"].update(
        name="E"),
    "nobody_is_made_twice": lambda books: [
        each.update(name=TOKEN) for each in books.dingtalk_people.values()],
    "each_instance_has_its_approval": lambda books: books.approvals[0].update(
        instance=None),
    "no_approval_twice": lambda books: books.instances.append(
        dict(books.instances[0], id="i2")),
    "statuses_are_equal": lambda books: books.approvals[0].update(status="running"),
    "records_have_the_outcome": lambda books: books.approvals[0].update(
        record="draft"),
    "what_is_approved_is_what_was_read": lambda books: books.approvals[0].update(
        locked=True, note="something else"),
    "approved_leave_is_in_odoo": lambda books: books.leaves[0].update(state="refuse"),
    "no_leave_twice": lambda books: books.leaves.append(
        {"id": 9, "state": "validate", "lead": "dingtalk"}),
    "leave_of_odoo_is_in_dingtalk": lambda books: books.leave_records.append(
        "odoo:x:3"),
    "attendances_never_overlap": lambda books: books.attendances[0].update(
        end="2026-11-02 05:30:00"),
    "nobody_is_checked_in_twice": lambda books: books.attendances.append(
        {"employee": 1, "id": 3, "begin": "2026-11-02 09:00:00", "end": None}),
    "no_punch_is_lost": lambda books: books.odoo_punches.pop(),
    "check_ins_are_those_of_dingtalk": lambda books: books.dingtalk_check_ins.pop(),
    "no_day_is_left": lambda books: books.pending_days.append(
        {"userid": ALICE, "work_date": "2026-11-02"}),
    "reading_again_changes_nothing": lambda books: books.second_reading.update(
        results_changed=1),
    "each_card_is_there_once": lambda books: books.phone_cards.append(
        dict(books.phone_cards[0], track="e")),
    "no_card_is_lost": lambda books: books.card_copies[0].update(status="new"),
    "one_act_for_each_press": lambda books: books.documents[1].update(acts=3),
    "no_press_acts_twice": lambda books: books.phone_cards[2].update(presses=1),
    "a_card_is_decided_once": lambda books: books.presses[1].update(outcome="done"),
    "only_recipients_act": lambda books: books.presses[4].update(outcome="done"),
    "no_press_waits": lambda books: books.presses[4].update(outcome="running"),
    "copies_show_the_document": lambda books: books.documents[0].update(
        state="refused"),
    "ended_cards_have_no_buttons": lambda books: books.phone_cards[1].update(
        buttons=2),
    "no_message_to_the_robot_is_lost": lambda books: books.heard.append(
        dict(books.heard[0])),
    "no_command_runs_twice": lambda books: books.echoes.append(SAID),
    "each_message_is_answered_once": lambda books: books.answers.append(
        dict(books.answers[0], at=1010)),
    "each_document_has_one_group": lambda books: books.odoo_groups.append(
        dict(books.odoo_groups[0])),
    "members_follow_the_document": lambda books: books.group_documents[0].update(
        userids=[ALICE]),
    "only_dissolved_groups_are_given_up": lambda books: books.odoo_groups[0].update(
        dissolved=True),
    "groups_are_equal": lambda books: books.phone_groups[0].update(owner=BOB),
    "no_group_is_made_twice": lambda books: books.phone_groups.append(
        dict(books.phone_groups[0], key="g2")),
    "everything_comes_to_rest": lambda books: books.unsettled.append("queues"),
    "no_row_is_stuck": lambda books: books.open_rows.append({
        "queue": "dingding_outgoing_change", "id": 1, "state": "working", "attempts": 1,
        "last_error": None}),
    "the_log_is_clean": lambda books: books.log.append({
        "at": 1, "level": "ERROR", "logger": "odoo", "text": "KeyError"}),
    "no_transaction_is_left_open": lambda books: books.connections.append({
        "pid": 1, "state": "idle in transaction", "query": "SELECT 1"}),
    "no_lock_is_left": lambda books: books.locks.append({
        "pid": 1, "query": "SELECT 1"}),
    "dingtalk_is_not_asked_too_often": lambda books: books.throttled.append("/x"),
    "no_forged_event_is_taken": lambda books: books.forged.append({
        "event": "user_leave_org", "id": 1}),
    "everybody_signs_in_as_himself": lambda books: books.signins[0].update(got=8),
    "no_signin_breaks": lambda books: books.signins[0].update(
        got=None, statuses=[303, 500]),
    "nothing_unplanned_happens": lambda books: books.mishaps.append("KeyError"),
    "nothing_is_refused_each_time": lambda books: books.outcomes.update(
        somebody_recalls={"refused": 9}),
}
