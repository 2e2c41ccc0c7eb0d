"""Two organisations on one server, DingTalk down, and access rights."""

import xmlrpc.client

import pytest

from . import house

PEOPLE, DEPARTMENTS = 60, 8
OTHER_PEOPLE, OTHER_DEPARTMENTS, SAME = 30, 4, 5
STACK = dict(people=PEOPLE, departments=DEPARTMENTS, workers=2, cron_seconds=2)
SECONDS = 90


def number(stack, query):
    return int(stack.query("SELECT count(*) FROM " + query))


def run_of(stack, corp):
    """Press Get users as the admin; return the sync's id."""
    return stack.rpc("dingding.corp", "action_get_users", [corp])["res_id"]


def state(stack, run):
    return stack.query("SELECT state FROM dingding_sync WHERE id = %d" % run)


def read(stack, corp):
    run = run_of(stack, corp)
    house.wait_until(lambda: state(stack, run) == "done", SECONDS, "the reading")
    return run


@pytest.fixture(scope="module")
def other_corp(stack):
    """Id of a second organisation; some people work in both."""
    control = house.Control(stack.simulator.url)
    app = control("POST", "/corps", {
        "name": "第二家公司", "people": OTHER_PEOPLE, "departments": OTHER_DEPARTMENTS,
        "seed": 5, "same_people": SAME})
    return stack.rpc("dingding.corp", "create", {
        "name": "Second", "corp_id": app["corp_id"], "app_key": app["app_key"],
        "app_secret": app["app_secret"], "agent_id": str(app["agent_id"])})


@pytest.fixture(scope="module")
def both(stack, corp, other_corp):
    """Both organisations, synced at the same time."""
    runs = [run_of(stack, each) for each in (corp, other_corp)]
    for run in runs:
        house.wait_until(lambda: state(stack, run) == "done", SECONDS, "the reading")
    return corp, other_corp


def people_of(stack, corp):
    """Return [(id, userid, unionid)] of an organisation."""
    rows = stack.query(
        "SELECT id, userid, unionid FROM dingding_user WHERE corp_id = %d AND active"
        " ORDER BY id" % corp)
    return [(int(each[0]), each[1], each[2])
            for each in (row.split("|") for row in rows.split("\n"))]


# -- two organisations ------------------------------------------------------------


def test_two_organisations_keep_apart(stack, dingtalk, both):
    first, second = both
    for corp, people, departments in (
            (first, PEOPLE, DEPARTMENTS), (second, OTHER_PEOPLE, OTHER_DEPARTMENTS)):
        assert number(stack, "dingding_user WHERE active AND corp_id = %d" % corp) == (
            people)
        assert number(
            stack, "dingding_department WHERE corp_id = %d" % corp) == departments + 1
    # Nobody is in a department of the other organisation.
    assert number(
        stack, "dingding_department_user_rel r JOIN dingding_user u ON u.id = r.user_id"
        " JOIN dingding_department d ON d.id = r.department_id"
        " WHERE u.corp_id != d.corp_id") == 0
    # Somebody who works in both is a person in each, with the same mobile.
    assert number(
        stack, "(SELECT mobile_number FROM dingding_user"
        " WHERE mobile_number IS NOT NULL GROUP BY 1 HAVING count(*) = 2) x") == SAME


def test_each_organisation_sends_by_its_own_app(stack, dingtalk, both):
    one, other = (people_of(stack, corp)[0] for corp in both)
    user = stack.rpc("res.users", "create", {"name": "Both", "login": "both"})
    for person in (one, other):
        stack.rpc("dingding.user", "write", [person[0]], {"user_id": user})
    messages = stack.rpc("dingding.message", "send", False, {
        "dingding.user": [one[0], other[0]]}, "For both")
    assert len(messages) == 2
    house.wait_until(
        lambda: number(stack, "dingding_message WHERE state = 'sent'") == 2, SECONDS)
    keys = []
    for person, corp in ((one, both[0]), (other, both[1])):
        corp_id, app_key = stack.query(
            "SELECT c.corp_id, a.app_key FROM dingding_corp c JOIN dingding_app a"
            " ON a.id = c.app_id WHERE c.id = %d" % corp).split("|")
        notes = dingtalk("GET", "/messages", userid=person[1], corp_id=corp_id)
        assert [(note["app_key"], note["msg"]["text"]["content"])
                for note in notes] == [(app_key, "For both")]
        keys.append(app_key)
    assert keys[0] != keys[1]
    # One human is messaged once, by the organisation of the company.
    message = stack.rpc(
        "dingding.message", "send", False, {"res.users": [user]}, "For the human")
    house.wait_until(
        lambda: number(stack, "dingding_message WHERE state = 'sent'") == 3, SECONDS)
    assert len(message) == 1
    assert number(stack, "dingding_message_recipient WHERE message_id = %d" %
                  message[0]) == 1


# -- who may see what -------------------------------------------------------------


@pytest.fixture(scope="module")
def people(stack, both):
    """Logins of a user of each kind; the password is the login."""
    groups = {
        "portal": ["base.group_portal"], "employee": ["base.group_user"],
        "sender": ["dingding.group_user"], "manager": ["dingding.group_manager"]}
    corp = both[0]
    mine = people_of(stack, corp)[1][0]
    for login, names in groups.items():
        user = stack.rpc("res.users", "create", {
            "name": login, "login": login, "password": login,
            "groups_id": [(6, 0, [stack.reference(name) for name in names])]})
        if login == "employee":
            stack.rpc("dingding.user", "write", [mine], {"user_id": user})
    before = number(stack, "dingding_message WHERE state = 'sent'")
    other = people_of(stack, corp)[2][0]
    for person in (mine, other):
        stack.rpc("dingding.message", "send", False, {"dingding.user": [person]},
                  "To %d" % person)
    house.wait_until(
        lambda: number(stack, "dingding_message WHERE state = 'sent'") == before + 2,
        SECONDS)
    return mine, other


def as_(stack, login, model, method, *arguments):
    return stack.rpc_as(login, login, model, method, *arguments)


def refused(stack, login, model, method, *arguments):
    with pytest.raises(xmlrpc.client.Fault) as caught:
        as_(stack, login, model, method, *arguments)
    text = caught.value.faultString
    assert "Traceback" not in text, text
    return text


def test_portal_is_refused_everything(stack, people):
    for model in ("dingding.corp", "dingding.app", "dingding.token", "dingding.secret",
                  "dingding.department", "dingding.user", "dingding.message",
                  "dingding.message.recipient", "dingding.message.task",
                  "dingding.sync"):
        refused(stack, "portal", model, "search_read", [], ["id"])
    refused(stack, "portal", "dingding.send", "create", {"kind": "text", "text": "x"})
    refused(stack, "portal", "dingding.message", "send", False, {}, "x")


def test_an_employee_sees_the_own_messages_only(stack, people):
    mine, other = people
    subjects = [each["name"] for each in as_(
        stack, "employee", "dingding.message", "search_read", [], ["name"])]
    assert subjects == ["To %d" % mine]
    copies = as_(stack, "employee", "dingding.message.recipient", "search_read",
                 [("is_mine", "=", True)], ["title", "userid"])
    assert [each["title"] for each in copies] == ["To %d" % mine]
    for model in ("dingding.corp", "dingding.app", "dingding.user", "dingding.sync"):
        refused(stack, "employee", model, "search_read", [], ["id"])
    refused(stack, "employee", "dingding.message", "send", False,
            {"dingding.user": [other]}, "x")


def test_a_sender_sends_and_does_not_rule(stack, people):
    _mine, other = people
    message = as_(stack, "sender", "dingding.message", "send", False,
                  {"dingding.user": [other]}, "From a sender")
    own = as_(stack, "sender", "dingding.message", "search_read", [], ["name"])
    assert [each["name"] for each in own] == ["From a sender"]
    house.wait_until(lambda: stack.query(
        "SELECT state FROM dingding_message WHERE id = %d" % message[0]) == "sent",
        SECONDS)
    refused(stack, "sender", "dingding.corp", "action_get_users", [1])
    refused(stack, "sender", "dingding.message", "write", message, {"state": "read"})


def test_nobody_reads_a_secret(stack, people, both):
    secret = stack.simulator.app_secret
    tokens = stack.query("SELECT sealed_value FROM dingding_token").split("\n")
    hidden = [secret] + [token for token in tokens if token]
    assert len(hidden) >= 3
    for login in ("sender", "manager", "admin"):
        told = []
        for model in ("dingding.corp", "dingding.app", "dingding.token",
                      "dingding.secret"):
            try:
                told.append(as_(stack, login, model, "search_read", []))
                ids = as_(stack, login, model, "search", [])
                names = list(as_(stack, login, model, "fields_get"))
                told.append(as_(stack, login, model, "export_data", ids, names))
            except xmlrpc.client.Fault as fault:
                told.append(fault.faultString)
        assert told
        assert not [each for each in hidden if each in str(told)], login
    assert not [each for each in hidden if each in stack.log_text()]


def test_a_manager_writes_no_secret(stack, people, both):
    app = stack.rpc("dingding.app", "search", [("corp_id", "=", both[0])])
    refused(stack, "manager", "dingding.app", "write", app, {"app_secret": "x"})
    refused(stack, "manager", "dingding.app", "write", app, {"oapi_url": "http://x.y"})


# -- DingTalk goes away -----------------------------------------------------------


def test_dingtalk_down_then_up(stack, dingtalk, both):
    """Last: a stopped simulator forgets the second organisation."""
    corp = both[0]
    person = people_of(stack, corp)[5]
    stack.simulator_process.stop()
    message = stack.rpc("dingding.message", "send", False, {
        "dingding.user": [person[0]]}, "While DingTalk was away")[0]
    run = run_of(stack, corp)
    house.wait_for_cron(
        stack, lambda: state(stack, run) == "retry", SECONDS, "a second attempt")
    shown = stack.rpc("dingding.sync", "read", [run], ["result", "remedy"])[0]
    assert shown["result"] and shown["remedy"]
    house.wait_until(lambda: stack.query(
        "SELECT state FROM dingding_message_task WHERE message_id = %d" % message
    ) == "retry", SECONDS, "a second attempt to send")
    stack.simulator_process.start()
    # The button continues the same sync, the message is sent automatically.
    assert run_of(stack, corp) == run
    house.wait_until(lambda: state(stack, run) == "done", SECONDS, "the reading")
    assert number(stack, "dingding_user WHERE active AND corp_id = %d" % corp) == PEOPLE
    house.wait_for_cron(stack, lambda: stack.query(
        "SELECT state FROM dingding_message WHERE id = %d" % message) == "sent",
        SECONDS, "the message")
    notes = dingtalk.messages(person[1])
    assert [note["msg"]["text"]["content"] for note in notes] == [
        "While DingTalk was away"]
