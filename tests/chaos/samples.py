"""Books in which all is well, and for each invariant how to break them."""

import copy

from .books import Books

ALICE, BOB = "alice", "bob"
TOKEN, APPROVAL = "chaos-1-client0.1.", "chaos-1-client0.2."
NOTE, CUSTOMER = "chaos-1-client0.3.", "customer"
PLANNED = "chaos-1-client0.4."

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
                   "people": [ALICE, BOB]}],
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
        "approvals": [{
            "id": 1, "token": APPROVAL, "model": "dingding.demo.purchase", "res_id": 5,
            "status": "agreed", "instance": "i1", "state": "done", "locked": False,
            "note": "n", "record": "approved"}],
        "instances": [{
            "id": "i1", "token": APPROVAL, "status": "COMPLETED", "result": "agree",
            "by_api": True, "texts": ["n"]}],
    }))


def send(task, at, fault=""):
    """Return a task of DingTalk's to both."""
    return {"token": TOKEN, "task": task, "userids": [ALICE, BOB],
            "reached": [ALICE, BOB], "recalled": False, "at": at, "end": at + 0.1,
            "fault": fault}


def notified(userid):
    """Return a note on somebody's phone."""
    return {"token": NOTE, "userid": userid, "task": "100000009", "read": False,
            "recalled": False}


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
    "each_activity_has_one_to_do": lambda books: books.tasks[0].update(done=True),
    "each_to_do_has_its_activity": lambda books: books.activities.clear(),
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
