"""To-dos whose activities are planned, changed and done on both sides.

They send no notifications, so no invariant of notifications applies.
"""

import concurrent.futures
import time

import requests

from ..registry import a_text, between, one_of, operation, something
from ..world import Disturbed, Refused, Skip
from .notifications import ACTIVITY, QUIETLY

TASKS = "dingding.todo"
SILENTLY = dict(QUIETLY, mail_activity_quick_update=True)


def planned(world):
    """Return the pending activities of these operations, with their users' logins."""
    tokens = world.ledger.snapshot("planned")
    return [each for each in world.query(
        "SELECT a.id, a.summary, u.login FROM mail_activity a JOIN res_users u"
        " ON u.id = a.user_id WHERE %s ORDER BY a.id" % pending(world))
        if each["summary"].split()[0] in tokens]


def pending(world):
    if not hasattr(world, "keeps_activities"):
        world.keeps_activities = bool(world.query(
            "SELECT 1 FROM information_schema.columns WHERE table_name ="
            " 'mail_activity' AND column_name = 'active'"))
    condition = "a.summary LIKE 'chaos-%'"
    return condition + (" AND a.active" if world.keeps_activities else "")


def on_phones(world, done):
    """Return the to-dos on phones for activities of these operations."""
    tokens = world.ledger.snapshot("planned")
    return [task for task in world.dingtalk("GET", "/to_dos")
            if not task["gone"] and task["done"] in done
            and task["subject"].split()[0] in tokens]


def pages(world, statuses):
    """Return the to-dos of these operations in Odoo, with their users' logins."""
    tokens = world.ledger.snapshot("planned")
    return [each for each in world.query(
        "SELECT t.id, t.name, u.login FROM dingding_todo t JOIN res_users u"
        " ON u.id = t.user_id WHERE t.status IN ('%s') ORDER BY t.id"
        % "', '".join(statuses)) if each["name"].split()[0] in tokens]


@operation(weight=4, who=something, whom=something, day=between(1, 28))
def somebody_plans_a_to_do(world, step, who, whom, day):
    """A colleague plans an activity, for another or himself."""
    # Recorded even if the request fails.
    world.ledger.add("planned", world.token(step))
    # Odoo stores the next deadline on the document: a shared one would serialise them.
    document = world.rpc("res.partner", "create", {"name": "Task"}, context=QUIETLY)
    world.rpc(ACTIVITY, "create", {
        "res_model_id": world.document_model, "res_id": document,
        "activity_type_id": world.activity_type, "summary": world.token(step),
        "user_id": world.users[world.colleague(whom)],
        "date_deadline": "2030-01-%02d" % day},
        as_=world.colleague(who), context=SILENTLY)


@operation(weight=2, which=something, who=something, text=a_text, day=between(1, 28))
def somebody_changes_a_to_do(world, step, which, who, text, day):
    """A colleague changes the summary and deadline of an activity."""
    activity = world.pick(which, planned(world))
    world.rpc(ACTIVITY, "write", [activity["id"]], {
        "summary": "%s %s" % (activity["summary"].split()[0], text),
        "date_deadline": "2030-02-%02d" % day},
        as_=world.colleague(who), context=SILENTLY)


@operation(weight=1, which=something, who=something, whom=something)
def somebody_reassigns_a_to_do(world, step, which, who, whom):
    """A colleague gives an activity to another."""
    activity = world.pick(which, planned(world))
    world.rpc(ACTIVITY, "write", [activity["id"]], {
        "user_id": world.users[world.colleague(whom)]},
        as_=world.colleague(who), context=SILENTLY)


@operation(weight=2, which=something)
def somebody_finishes_in_odoo(world, step, which):
    """The assigned colleague marks an activity as done in Odoo."""
    activity = world.pick(which, planned(world))
    world.rpc(ACTIVITY, "action_feedback", [activity["id"]], as_=activity["login"],
              context=SILENTLY)


@operation(weight=1, which=something, who=something)
def somebody_deletes_a_planned_to_do(world, step, which, who):
    """A colleague deletes an activity."""
    activity = world.pick(which, planned(world))
    world.rpc(ACTIVITY, "unlink", [activity["id"]], as_=world.colleague(who))


@operation(weight=3, which=something,
           action=one_of("done", "done", "done", "delete", "leave"))
def the_executor_acts_on_the_phone(world, step, which, action):
    """The executor ticks a to-do, deletes it, or leaves it."""
    act(world, world.pick(which, on_phones(world, (False,))), action)


@operation(weight=2, which=something)
def the_executor_reopens_on_the_phone(world, step, which):
    """The executor reopens a completed to-do."""
    act(world, world.pick(which, on_phones(world, (True,))), "reopen")


def act(world, task, action):
    """Act on the executor's phone, unless somebody was faster."""
    people = {each["unionid"]: each["userid"] for each in world.dingtalk(
        "GET", "/users")}
    executors = [people[each] for each in task["executorIds"] if each in people]
    if not executors:
        raise Skip("it has no user")
    try:
        world.dingtalk("POST", "/to_dos/%s/act" % task["id"], {
            "userid": executors[0], "action": action})
    except requests.HTTPError as error:
        raise Skip(error.response.text)


@operation(weight=1, which=something, whom=something)
def the_creator_gives_on_the_phone(world, step, which, whom):
    """The creator gives a to-do to a colleague in DingTalk."""
    task = world.pick(which, on_phones(world, (False,)))
    creator = [each["userid"] for each in world.dingtalk("GET", "/users")
               if each["unionid"] == task["creatorId"]]
    if not creator:
        raise Skip("the creator has left")
    try:
        world.dingtalk("POST", "/to_dos/%s/act" % task["id"], {
            "userid": creator[0], "action": "give", "to": world.colleague(whom)})
    except requests.HTTPError as error:
        raise Skip(error.response.text)


@operation(weight=2, which=something, method=one_of("action_done", "action_done_next"))
def the_executor_uses_the_page(world, step, which, method):
    """The executor marks an activity as done on the page behind the to-do."""
    row = world.pick(which, pages(world, ("open",)))
    world.rpc(TASKS, method, [row["id"]], as_=row["login"], context=SILENTLY)


@operation(weight=1, which=something)
def the_executor_reopens_on_the_page(world, step, which):
    """The executor reopens a to-do on the page."""
    row = world.pick(which, pages(world, ("done",)))
    world.rpc(TASKS, "action_reopen", [row["id"]], as_=row["login"], context=SILENTLY)


@operation(weight=1, which=something)
def two_browsers_use_the_page(world, step, which):
    """The executor presses a button of the page in two browsers."""
    row = world.pick(which, pages(world, ("done",)))
    at_once(*[lambda: world.rpc(
        TASKS, "action_reopen", [row["id"]], as_=row["login"],
        context=SILENTLY)] * 2)


def at_once(*acts):
    """Do several things at once; if none of them works, raise why."""
    with concurrent.futures.ThreadPoolExecutor(len(acts)) as pool:
        begun = [pool.submit(act) for act in acts]
    refusals = []
    for each in begun:
        try:
            each.result()
        except (Refused, Disturbed, Skip) as error:
            refusals.append(error)
    if len(refusals) == len(acts):
        raise refusals[0]


def give(world, activity, who, whom):
    """Give an activity to another than its user.

    :param dict activity: its id, and the login of its user
    """
    heir = next(each for each in map(world.colleague, (whom, whom + 1))
                if each != activity["login"])
    world.rpc(ACTIVITY, "write", [activity["id"]], {"user_id": world.users[heir]},
              as_=world.colleague(who), context=SILENTLY)


@operation(weight=2, who=something, whom=something, day=between(1, 28),
           pause=one_of(0, 0, 0.1, 0.5))
def somebody_gives_a_new_to_do(world, step, who, whom, day, pause):
    """A colleague gives an activity to another while its to-do is created."""
    somebody_plans_a_to_do(world, step, who, whom, day)
    time.sleep(pause)
    # Somebody may have changed, done or deleted it meanwhile.
    activity = world.pick(0, [
        each for each in planned(world)
        if each["summary"].split()[0] == world.token(step)])
    give(world, activity, who + 1, whom + 1)


@operation(weight=1, which=something, who=something, whom=something, text=a_text)
def somebody_gives_a_changed_to_do(world, step, which, who, whom, text):
    """A colleague gives an activity to another while it is changed."""
    activity = world.pick(which, planned(world))
    token = activity["summary"].split()[0]
    at_once(
        lambda: world.rpc(
            ACTIVITY, "write", [activity["id"]], {"summary": "%s %s" % (token, text)},
            as_=world.colleague(who), context=SILENTLY),
        lambda: give(world, activity, who + 1, whom))


@operation(weight=2, which=something, who=something, whom=something,
           how=one_of("feedback", "phone", "phone", "page"))
def somebody_gives_a_to_do_that_is_done(world, step, which, who, whom, how):
    """A colleague gives an activity to another while its user marks it as done."""
    activity = world.pick(which, planned(world))

    def finish():
        if how == "feedback":
            world.rpc(ACTIVITY, "action_feedback", [activity["id"]],
                      as_=activity["login"], context=SILENTLY)
            return
        token = activity["summary"].split()[0]
        if how == "phone":
            there = on_phones(world, (False,))
            act(world, world.pick(which, [
                task for task in there if task["subject"].split()[0] == token]), "done")
            return
        row = world.pick(which, [
            row for row in pages(world, ("open",)) if row["name"].split()[0] == token])
        world.rpc(TASKS, "action_done", [row["id"]], as_=row["login"],
                  context=SILENTLY)

    at_once(finish, lambda: give(world, activity, who, whom))
