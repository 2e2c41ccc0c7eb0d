"""The state of both sides when everything has settled, as plain data."""

import collections
import re
import time

from . import books_robot, books_staff, logs
from .operations import emails
from .operations.approvals import LEAVE, PURCHASE
from .operations.to_dos import pending
from .world import CUSTOMER, SEND, TOO_OFTEN, beijing_day, token_in

PERSON = ("name", "title", "job_number", "telephone", "work_place", "remark", "email")
#: model, the field that has the token, the one that is edited while it is submitted
RECORDS = ((PURCHASE, "subject", "p.note"), (LEAVE, "reason", "NULL"))
IDLE_SECONDS = 5


class Books:
    """Everything that invariants look at; members are lists and dicts.

    messages       submitted: {token, userids, id, step}
    odoo_messages  {id, token, state}
    parts          {id, message, token, state, tasks, people, lost, said, begin, end}:
                   what Odoo calls a part; ``lost``: a manager had it sent again on
                   another day than an attempt that may have arrived; ``said``: why it
                   is not recalled; made and last sent at
    copies         {token, userid, state, recalled, part}: what Odoo says of each person
    sends          accepted by DingTalk: {token, task, userids, reached, at, day, end,
                   fault}; ``day``: by DingTalk's clock, in Beijing
    phones         {token, userid, task, read, recalled}: what is on phones
    notices        texts in the chatter and activities: {token, kind, author, userids,
                   id, step, deletion}; userids should be notified
    lines          {token, userid, kind, state}: whom Odoo notifies of what is there
    outsiders      userids of portal users
    readers        userids who get an e-mail only if DingTalk does not deliver
    letters        e-mails that arrived: {token, userid, at}
    mails          those that are still in Odoo: {token, userid, state, held, later}
    pressed        tokens of what a manager had sent again in DingTalk
    activities     pending ones of linked people: {id, token, userid}
    to_dos         what Odoo knows: {id, activity, userid, status, task, reason}
    tasks          to-dos in DingTalk: {id, row, userids, done, gone}; ``row`` is the id
                   in Odoo that is in the sourceId
    odoo_people, dingtalk_people, odoo_departments, dingtalk_departments
                   {key: {field: value}}; Odoo's have ``active``
    leavers        userids that DingTalk no longer has
    refusable      [userid, field] that DingTalk was asked for and refuses
    approvals      {id, token, model, res_id, status, instance, state, locked, note,
                   record}
    instances      {id, token, status, result, texts, by_api, offset}; ``offset``: how
                   many seconds DingTalk's clock was ahead when it was created
    leave_requests {id, result, action, main, future}: requests of leave in DingTalk;
                   ``future``: made while its clock was ahead, and not listed yet
    leave_records  ids of what Odoo has written into DingTalk's attendance
    leave_rows     {instance, leave, lead, problem}: what Odoo knows of both
    leaves         {id, state, lead}: leaves in Odoo of types that are synchronised
    attendances    {employee, id, begin, end} in Odoo
    odoo_punches, dingtalk_punches
                   ids of punches of free shifts on the days that were read
    odoo_check_ins, dingtalk_check_ins
                   keys of the field check-ins that are shown, of people with employees
    pending_days   {userid, work_date} that are still to be computed
    second_reading {counter: number} of the sync that found nothing new
    documents      that have cards: {id, state, acts}; ``acts`` counts presses' messages
    cards          {id, document, status, key}; card_copies {id, card, track, status,
                   userid, group}; presses {id, copy, card, userid, outcome, state};
                   ``group`` has the copy, and ``userid`` sent it there
    linked         userids of colleagues with a user in Odoo
    phone_cards    {track, people, group, state, buttons, presses}
    said           to the robot: {key, token, userid, heard}; ``heard``: acknowledged
    heard          the same in Odoo: {key, token, outcome, state, decided}; ``decided``:
                   Odoo did not know, and a manager had it repeated
    echoes         tokens of what the command has made; answers {token, userid, group,
                   at}: what the robot has said
    group_documents {id, userids}; odoo_groups {id, name, state, key, document, owner,
                   members, dissolved}; phone_groups {key, name, owner, members,
                   dissolved}
    lost           {path, begin, end}: calls that DingTalk did, their answers lost
    interruptions  disturbances, and where the runner of Stream mode, which processes
                   queues up to 14.0, was killed: {begin, end}
    open_rows      {queue, id, state, attempts, last_error} of queues
    unsettled      what did not come to rest in time
    log            bad entries that nothing explains: {level, logger, text}
    connections    {pid, state, query} idle in a transaction
    locks          {pid, query} of advisory locks that idle connections hold
    calls          how many DingTalk has got
    throttled      paths where DingTalk said "too often" and no fault had it say so
    forged         forged pushes that Odoo took
    outcomes       {operation or fault: {outcome: how often}}
    signins, mishaps, disturbances
    """

    def __init__(self, **values):
        vars(self).update(values)


def read(world, settling):
    """Return the :class:`Books` of a world that has settled."""
    world.note_calls()
    disturbances = [each._asdict() for each in world.ledger.snapshot("disturbances")]
    tokens = {each.id: each.token for each in world.ledger.snapshot("messages")
              if each.id}
    return Books(
        seed=world.seed,
        disturbances=disturbances,
        unsettled=list(settling.restless),
        open_rows=settling.open_rows(),
        mishaps=world.ledger.snapshot("mishaps"),
        signins=world.ledger.snapshot("signins"),
        outcomes={name: dict(counts) for name, counts in world.ledger.outcomes.items()},
        refusable=[list(each) for each in world.ledger.snapshot("refusable")],
        messages=[each._asdict() for each in world.ledger.snapshot("messages")],
        log=[each._asdict() for each in logs.unexplained(
            logs.entries(world.stack.log_text()), disturbances)],
        lost=books_robot.lost(world), interruptions=disturbances + [
            {"begin": each, "end": each}
            for each in world.ledger.snapshot("deaths")],
        forged=[each for each in world.dingtalk(
            "GET", "/pushes", state="accepted", limit=20000)
            if any(name.startswith("wrong") for name in each["forge"])],
        **_messages(world, tokens), **_notifications(world), **_emails(world),
        **_to_dos(world),
        **_people(world), **_approvals(world), **books_staff.leave(world),
        **books_staff.attendance(world), **books_robot.cards(world),
        **books_robot.chat(world), **books_robot.groups(world), **_server(world))


def _messages(world, _tokens):
    odoo = world.query(
        "SELECT m.id, coalesce(t.body, m.body) AS body, m.state"
        " FROM dingding_message m"
        " LEFT JOIN dingding_message_text t ON t.message_id = m.id")
    for row in odoo:
        row["token"] = token_in(row.pop("body"))
    by_id = {row["id"]: row["token"] for row in odoo}
    parts = world.query(
        "SELECT *, extract(epoch FROM create_date) AS begin,"
        " extract(epoch FROM sent_at) AS end FROM dingding_message_task ORDER BY id")
    copies = world.query(
        "SELECT message_id, userid, state, recalled, task_id FROM"
        " dingding_message_recipient WHERE userid IS NOT NULL")
    people = {}
    for row in copies:
        people.setdefault(row["task_id"], []).append(row["userid"])
    tasks = world.dingtalk("GET", "/tasks")
    found = {
        "odoo_messages": [row for row in odoo if row["token"]],
        "parts": [{
            "id": row["id"], "token": by_id.get(row["message_id"], ""),
            "state": row["state"], "tasks": task_ids(row),
            "people": sorted(people.get(row["id"], ())),
            "lost": bool(row["lost"]), "said": row["recall_error"] or "",
            "begin": row["begin"], "end": row["end"]}
            for row in parts],
        "copies": [{
            "token": by_id.get(row["message_id"], ""), "userid": row["userid"],
            "state": row["state"], "recalled": bool(row["recalled"]),
            "part": row["task_id"]} for row in copies],
        "sends": _sends(world, tasks),
        "phones": [{
            "token": token_in(str(note["msg"])), "userid": note["userid"],
            "task": note["task_id"], "read": note["read"],
            "recalled": note["recalled"]}
            for note in world.dingtalk("GET", "/messages") if note["task_id"]],
    }
    # Each message of the chatter about a done activity has the same token.
    planned = set(world.ledger.snapshot("planned"))
    return {name: [row for row in rows if row["token"] not in planned]
            for name, rows in found.items()}


def _notifications(world):
    begun = world.ledger.snapshot("deletions")
    done = world.ledger.snapshot("deleted")
    lines = world.query(
        "SELECT l.kind, l.state, u.userid, coalesce(m.body, a.summary) AS text"
        " FROM dingding_notification_line l JOIN dingding_user u"
        " ON u.user_id = l.user_id AND u.corp_id = %d"
        " LEFT JOIN mail_message m ON m.id = l.mail_message_id"
        " LEFT JOIN mail_activity a ON a.id = l.activity_id ORDER BY l.id" % world.corp)
    return {
        "notices": [dict(
            each._asdict(), deletion="done" if each.token in done
            else "begun" if each.token in begun else "")
            for each in world.ledger.snapshot("notices")],
        "lines": [dict(row, token=token_in(row.pop("text"))) for row in lines],
        "outsiders": [world.people[CUSTOMER][0]],
    }


def _emails(world):
    """Return what became of e-mails that are held back for DingTalk."""
    userids = {emails.address(userid): userid for userid in world.readers}
    pressed = collections.defaultdict(lambda: [0])
    for model, number in world.ledger.snapshot("pressed"):
        pressed[model].append(number)
    texts = world.query(
        "SELECT coalesce(t.body, m.body) AS text FROM dingding_message m"
        " LEFT JOIN dingding_message_text t ON t.message_id = m.id WHERE m.id IN (%s)"
        % ", ".join(map(str, pressed["dingding.message"]))) + world.query(
        "SELECT m.body AS text FROM dingding_notification_line l"
        " JOIN mail_message m ON m.id = l.mail_message_id WHERE l.mail_message_id IN"
        " (SELECT mail_message_id FROM dingding_notification WHERE id IN (%s))"
        % ", ".join(map(str, pressed["dingding.notification"])))
    return {
        "readers": list(world.readers),
        "letters": [
            {"token": token_in(letter.text), "userid": userids[address],
             "at": letter.at}
            for letter in list(world.letter_box.letters)
            for address in letter.addresses if address in userids],
        "mails": [
            dict(row, token=token_in(row.pop("body"))) for row in emails.mails(world)],
        "pressed": sorted({token_in(row["text"]) for row in texts}),
    }


def _to_dos(world):
    people = "JOIN dingding_user p ON p.user_id = %%s.user_id AND p.corp_id = %d" % (
        world.corp)
    activities = world.query(
        "SELECT a.id, a.summary, p.userid FROM mail_activity a %s WHERE %s"
        % (people % "a", pending(world)))
    unionids = {each["unionid"]: each["userid"] for each in world.dingtalk(
        "GET", "/users")}
    return {
        "activities": [
            dict(row, token=token_in(row.pop("summary"))) for row in activities],
        "to_dos": world.query(
            "SELECT t.id, t.activity_ref AS activity, p.userid, t.status,"
            " t.task_id AS task, t.reason FROM dingding_todo t JOIN dingding_user p"
            " ON p.id = t.person_id"),
        "tasks": [{
            "id": task["id"], "row": int(task["sourceId"].split(":")[-2]),
            "userids": sorted(
                unionids.get(each, each) for each in task["executorIds"]),
            "done": task["done"], "gone": task["gone"]}
            for task in world.dingtalk("GET", "/to_dos") if task.get("sourceId")],
    }


def task_ids(row):
    """Return all task ids that Odoo knows of a part, in whatever columns they are."""
    found = set()
    for name, value in row.items():
        if "task" in name and isinstance(value, str):
            found.update(re.findall(r"\d{9,}", value))
    return sorted(found)


def _sends(world, tasks):
    """Return DingTalk's tasks, each with the call that made it."""
    calls = {call["task_id"]: call for call in world.calls.values()
             if call["path"] == SEND and call["task_id"]}
    found = []
    for task in tasks:
        call = calls.get(str(task["task_id"]))
        at = (task["sent_at"] - call["offset"] if call
              else world.real_time(task["sent_at"]))
        found.append({
            "token": token_in(str(task["msg"])), "task": task["task_id"],
            "userids": sorted(
                task["recipients"] + task["invalid_users"]
                + [each["userid"] for each in task["forbidden"]]),
            "reached": sorted(task["recipients"]),
            "recalled": bool(task["recalled_at"]), "at": at,
            "day": str(beijing_day(task["sent_at"])),
            # The answer may have been held back.
            "end": at + (call["ms"] / 1000.0 if call else 0),
            "fault": call["fault"] if call else ""})
    return found


def _people(world):
    odoo = world.query(
        "SELECT u.userid, u.active, u.mobile, %s, (SELECT"
        " coalesce(array_agg(d.dept_id ORDER BY d.dept_id), '{}')"
        " FROM dingding_department_user_rel r JOIN dingding_department d"
        " ON d.id = r.department_id WHERE r.user_id = u.id) AS departments"
        " FROM dingding_user u WHERE u.corp_id = %d AND u.userid IS NOT NULL"
        % (", ".join("u." + each for each in PERSON), world.corp))
    dingtalk = {}
    for each in world.dingtalk("GET", "/users"):
        mobile = each["mobile"]
        if mobile and each["state_code"] != "86":
            mobile = "+%s-%s" % (each["state_code"], mobile)
        dingtalk[each["userid"]] = dict(
            {name: each[name] or "" for name in PERSON}, mobile=mobile or "",
            departments=sorted(str(key) for key in each["depts"]))
    departments = world.query(
        "SELECT d.dept_id, d.name, d.active, p.dept_id AS parent FROM"
        " dingding_department d LEFT JOIN dingding_department p ON p.id = d.parent_id"
        " WHERE d.corp_id = %d AND d.dept_id IS NOT NULL" % world.corp)
    return {
        "odoo_people": {
            row.pop("userid"): {
                name: ("" if value is None else value) for name, value in row.items()}
            for row in odoo},
        "dingtalk_people": dingtalk,
        "leavers": sorted(
            each["userid"] for each in world.dingtalk("GET", "/users", left="1")),
        "odoo_departments": {
            row["dept_id"]: {"name": row["name"], "parent": row["parent"] or "",
                             "active": row["active"]} for row in departments},
        "dingtalk_departments": {
            str(each["dept_id"]): {
                "name": each["name"],
                "parent": str(each["parent_id"]) if each["parent_id"] else ""}
            for each in world.dingtalk("GET", "/departments")},
    }


def _approvals(world):
    rows = []
    for model, subject, note in RECORDS:
        rows += world.query(
            "SELECT a.id, a.res_model AS model, a.res_id, a.status, a.state, a.locked,"
            " a.instance_id AS instance, p.%s AS subject, %s AS note,"
            " p.state AS record FROM dingding_approval a LEFT JOIN %s p"
            " ON p.id = a.res_id WHERE a.res_model = '%s' ORDER BY a.id"
            % (subject, note, model.replace(".", "_"), model))
    for row in rows:
        row["token"] = token_in(row.pop("subject"))
    instances = []
    for each in world.dingtalk("GET", "/approvals/instances"):
        text = str(each["values"])
        instances.append({
            "id": each["id"], "token": token_in(text), "status": each["status"],
            "result": each["result"], "by_api": each["by_api"],
            "offset": each["offset"],
            "texts": [value["value"] for value in each["values"]
                      if isinstance(value.get("value"), str)]})
    return {"approvals": rows, "instances": instances}


def _server(world):
    def idle():
        return {(row["pid"], row["xact_start"]): row for row in world.query(
            "SELECT pid, xact_start, state, query FROM pg_stat_activity WHERE datname ="
            " current_database() AND state LIKE 'idle in transaction%'"
            # Odoo holds the row of a scheduled action for as long as it runs.
            " AND query NOT LIKE '%ir_cron%'")}

    def held():
        return {row["pid"]: row for row in world.query(
            "SELECT l.pid, a.query FROM pg_locks l JOIN pg_stat_activity a"
            " ON a.pid = l.pid WHERE l.locktype = 'advisory' AND a.state = 'idle'")}

    first_idle, first_held = idle(), held()
    time.sleep(IDLE_SECONDS)
    return {
        "connections": [row for key, row in idle().items() if key in first_idle],
        "locks": [row for key, row in held().items() if key in first_held],
        "calls": world.dingtalk("GET", "/calls", limit=1)["total"],
        "throttled": [
            each["path"] for each in world.calls.values()
            if not each["fault"] and each["code"] in TOO_OFTEN],
    }
