"""Approvals: submitted, decided, withdrawn, edited meanwhile."""

import concurrent.futures

import requests

from ..registry import a_text, between, one_of, operation, something
from ..world import Disturbed, Refused, Skip

#: Statuses of an approval that has no result yet.
OPEN = ("sending", "running")
PURCHASE, LEAVE = "dingding.demo.purchase", "dingding.demo.leave"


def make(world, step):
    """Make a purchase request whose subject has the token; return its id."""
    number = world.rpc(PURCHASE, "create", {
        "subject": world.token(step),
        "line_ids": [(0, 0, {"name": "Chair", "quantity": 2, "price": 10})]})
    world.ledger.add("purchases", number)
    return number


def submit(world, number):
    """Press the button of a purchase request."""
    return world.rpc("dingding.approval", "submit", "%s,%d" % (PURCHASE, number))


def of_ours(world, statuses):
    """Return the ids of the approvals with these statuses, in order."""
    return [each["id"] for each in world.query(
        "SELECT id FROM dingding_approval WHERE status IN ('%s') ORDER BY id"
        % "','".join(statuses))]


def running(world):
    """Return the instances that wait for the approver, in order of their token."""
    found = world.dingtalk("GET", "/approvals/instances", todo=world.approver)
    return sorted(found, key=lambda each: str(each["values"]))


@operation(weight=5)
def somebody_submits(world, step):
    """Somebody makes a purchase request and submits it."""
    submit(world, make(world, step))


@operation(weight=2, days=between(1, 9))
def somebody_takes_leave(world, step, days):
    """Somebody asks for leave: a model whose developer submits it by a method."""
    number = world.rpc(LEAVE, "create", {
        "reason": world.token(step), "date_from": "2030-01-07 01:00:00",
        "date_to": "2030-01-%02d 10:00:00" % (7 + days), "days": days})
    world.rpc(LEAVE, "action_confirm", [number])


@operation(weight=1)
def somebody_submits_twice(world, step):
    """Two people press the same button at the same moment."""
    number = make(world, step)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _n: submit(world, number), range(2)))
    if found[0] != found[1]:
        # The slower one may come after the approver has decided on the faster one's.
        earlier = min(found)[0]
        status = world.query(
            "SELECT status FROM dingding_approval WHERE id = %d" % earlier)[0]["status"]
        assert status not in OPEN, "two approvals of one request: %s" % found


@operation(weight=1, which=something)
def somebody_submits_again(world, step, which):
    """Somebody submits what was refused or withdrawn once more."""
    number = world.pick(which, of_ours(world, ("refused", "terminated")))
    world.rpc("dingding.approval", "action_resubmit", [number])


@operation(weight=5, which=something,
           action=one_of("agree", "agree", "agree", "refuse"))
def the_approver_decides(world, step, which, action):
    """The approver decides on the phone."""
    instance = world.pick(which, running(world))
    act(world, instance, {"userid": world.approver, "action": action})


@operation(weight=1, which=something)
def the_originator_withdraws(world, step, which):
    """The originator takes an approval back on the phone."""
    instance = world.pick(which, running(world))
    act(world, instance, {"userid": instance["originator"], "action": "withdraw"})


@operation(weight=1, which=something, text=a_text)
def the_approver_comments(world, step, which, text):
    """The approver writes a comment on the phone."""
    instance = world.pick(which, running(world))
    act(world, instance, {
        "userid": world.approver, "action": "comment", "remark": text})


def act(world, instance, values):
    """Do something on the phone, unless another was faster."""
    try:
        world.dingtalk("POST", "/approvals/instances/%s/act" % instance["id"], values)
    except requests.HTTPError as error:
        raise Skip(error.response.text)


@operation(weight=1, which=something)
def somebody_withdraws_in_odoo(world, step, which):
    """Somebody takes an approval back in Odoo."""
    number = world.pick(which, of_ours(world, ("sending", "running")))
    world.rpc("dingding.approval", "action_withdraw", [number], "chaos",
              as_="manager")


@operation(weight=1, which=something, text=a_text)
def somebody_comments_in_odoo(world, step, which, text):
    """A linked person comments in Odoo."""
    number = world.pick(which, of_ours(world, ("running",)))
    world.rpc("dingding.approval", "action_comment", [number], text,
              as_=world.colleague(which))


@operation(weight=2, which=something, text=a_text)
def somebody_edits_a_request(world, step, which, text):
    """Somebody changes a purchase request, which a running approval has locked."""
    number = world.pick(which, sorted(world.ledger.snapshot("purchases")))
    try:
        # On 11.0 the administrator is the superuser, whom no lock binds.
        world.rpc(PURCHASE, "write", [number], {"note": text}, as_="manager")
    except Refused:
        world.rpc(PURCHASE, "write", [number], {"internal_note": text}, as_="manager")


@operation(weight=1, text=a_text)
def somebody_edits_while_it_is_submitted(world, step, text):
    """One submits a purchase request while another changes it."""
    number = make(world, step)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        edited = pool.submit(
            world.rpc, PURCHASE, "write", [number], {"note": text}, as_="manager")
        pool.submit(submit, world, number).result()
        try:
            edited.result()
        except (Refused, Disturbed):
            pass


@operation(weight=1, which=something)
def somebody_refreshes_an_approval(world, step, which):
    """Somebody asks DingTalk what became of an approval."""
    number = world.pick(which, of_ours(world, ("running", "agreed", "refused")))
    world.rpc("dingding.approval", "action_refresh", [number], as_="manager")
