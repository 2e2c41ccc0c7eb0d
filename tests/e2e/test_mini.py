"""A mini-program on the real stack: the example, and its routes as described."""

import concurrent.futures

import pytest
import requests

from tools.mini_program import Program

from . import house
from .described import ROOT, Description

STACK = dict(
    people=20, departments=3, workers=2, cron_seconds=2,
    modules=("dingding_inside", "dingding_approval_inside", "dingding_approval_demo"))
MODEL = "dingding.demo.purchase"
START = "/v1.0/workflow/processInstances"


@pytest.fixture(scope="module")
def world(stack, corp):
    """The mini-program is enabled; two employees, one approver."""
    control = house.Control(stack.simulator.url)
    house.read_people(stack, corp)
    house.get_templates(stack, corp)
    people = [each for each in control.users() if each["active"]][:4]
    template = [each for each in control("GET", "/approvals/templates")
                if each["name"] == "采购申请"][0]
    control("PATCH", "/approvals/templates/" + template["process_code"],
            {"flow": [{"action": "ONE_BY_ONE", "userids": [people[3]["userid"]]}]})
    stack.rpc("dingding.corp", "write", [corp], {
        "signin_mini": True, "signin_who": "linked"})
    house.subscribe(stack, corp)
    mapping = stack.rpc(
        "dingding.approval.mapping", "search", [("model", "=", MODEL)])
    stack.rpc("dingding.approval.mapping", "write", mapping, {"in_mini": True})
    for name, person in zip(("li", "zhao", "portal"), people):
        user = stack.rpc("res.users", "create", {
            "name": name, "login": name, "password": name,
            "email": name + "@example.com"})
        if name == "portal":
            stack.rpc("res.users", "write", [user], {"groups_id": [
                (6, 0, [stack.reference("base.group_portal")])]})
        row = stack.rpc("dingding.user", "search", [("userid", "=", person["userid"])])
        stack.rpc("dingding.user", "write", row, {"user_id": user})
    control.forget()
    return {"mapping": mapping[0], "people": people, "approver": people[3]["userid"]}


class Client:
    """A client that compares each answer with the description."""

    described = Description()

    def __init__(self, stack, person=None):
        self.stack, self.headers = stack, {}
        if person:
            code = house.Control(stack.simulator.url)(
                "POST", "/login_codes", {"kind": "inside", "userid": person["userid"]})
            status, found = self("POST", "/session", {
                "code": code["code"], "corp": stack.simulator.corp_id})
            assert status == 200, found
            self.headers = {"Authorization": "Bearer " + found["token"]}

    def __call__(self, method, path, json=None, **options):
        answer = requests.request(
            method, self.stack.odoo_url + ROOT + path, json=json, timeout=60,
            headers=dict(self.headers, **options.pop("headers", {})), **options)
        assert answer.headers["Content-Type"] == "application/json", answer.text
        assert "Set-Cookie" not in answer.headers
        self.described.check(
            method, ROOT + path.partition("?")[0], answer.status_code, answer.json())
        return answer.status_code, answer.json()


def starts(dingtalk):
    calls = dingtalk("GET", "/calls", path=START, limit=1000)["calls"]
    return sum(1 for call in calls if call["method"] == "POST")


def make(stack, login, subject):
    """Create a purchase request as a user; return its id and number."""
    number = stack.rpc_as(login, login, MODEL, "create", {
        "subject": subject, "phone": "13800138000", "needed_on": "2026-12-01",
        "line_ids": [(0, 0, {"name": "Chair", "quantity": 2, "price": 10})]})
    return number, stack.query(
        "SELECT name FROM dingding_demo_purchase WHERE id = %d" % number)


def decide(dingtalk, world, subject):
    instance = house.wait_until(lambda: [
        each for each in dingtalk("GET", "/approvals/instances", size=1000)
        if subject in str(each)], 90, "the instance")[0]
    dingtalk("POST", "/approvals/instances/%s/act" % instance["id"], {
        "userid": world["approver"], "action": "agree", "remark": "好"})


def program(stack, person, **options):
    return Program(
        stack.odoo_url + ROOT, stack.simulator, person["userid"], **options)


def test_example(stack, dingtalk, world):
    """Sign-in, scan, list, submission, decision on a phone."""
    described = Client.described
    number, name = make(stack, "li", "二十把椅子")
    with program(stack, world["people"][0], language="zh-Hans") as phone:
        phone.launch()
        assert any("li" in line for line in phone.lines), phone.lines
        assert "扫一扫" not in phone.text() and "Scan a code" in phone.text()
        # A label.
        phone.do("scan", code="no such code", text="Scan a code")
        assert [each["text"] for each in phone.said] == ["No record has this code."]
        phone.do("scan", code=name, text="Scan a code")
        assert (phone.page, phone.title) == ("pages/record/record", name)
        assert "二十把椅子" in phone.lines
        assert "名称: Chair" in phone.text()
        phone.do("back")
        # The list.
        phone.tap("Purchase Request")
        assert name in phone.lines and "二十把椅子" in phone.lines
        phone.do("type", text="nothing like that")
        assert "Nothing here." in phone.lines
        phone.do("type", text=name)
        phone.tap(name)
        # Cancelling submits nothing; pressing twice submits once.
        phone.do("answer", yes=False)
        phone.tap("Submit for approval")
        assert starts(dingtalk) == 0
        phone.do("answer", yes=True)
        phone.tap("Submit for approval")
        assert phone.said[-1] == {"kind": "toast", "text": "Submitted"}
        assert "Submit for approval" not in phone.text()
        house.wait_until(lambda: starts(dingtalk) == 1, 90, "the start")
        decide(dingtalk, world, "二十把椅子")

        def agreed():
            return "Approved" in phone.tap("Refresh")

        house.wait_for_cron(stack, agreed, 90, "the outcome")
        phone.do("back")
        phone.do("back")
        phone.tap("My approvals")
        phone.tap("Started by me")
        assert "Approved" in phone.text() and name in phone.lines
        phone.tap("Approved")
        assert phone.title == name
        phone.do("back")
        phone.do("back")
        # The session ends: it signs in again unnoticed.
        stack.query("UPDATE dingding_mini_session SET expires_at = now() - '1 day'"
                    "::interval")
        phone.do("pull")
        assert "Hello" in phone.text()
        phone.tap("Sign out")
        assert phone.lines == ["登录"], "the phone's language, now that nobody is in"
        assert stack.query(
            "SELECT count(*) FROM dingding_mini_session WHERE expires_at > now()"
            " at time zone 'UTC'") == "0"
        for each in phone.http:
            described.check(
                each["method"], each["path"], each["status"], each["payload"])
    assert stack.query(
        "SELECT state FROM dingding_demo_purchase WHERE id = %d" % number) == "approved"


def test_example_when_it_cannot(stack, dingtalk, world):
    """The Chinese messages when something fails."""
    with program(stack, world["people"][2], language="zh-Hans") as phone:
        phone.launch()
        assert phone.lines[-1] == "登录", phone.lines
        assert len(phone.lines) == 2 and len(phone.lines[0]) > 5
        phone.do("change", domains=[])
        phone.tap("登录")
        assert phone.lines[0].startswith("钉钉不允许访问这个地址")
    with program(stack, {"userid": "nobody"}, language="zh-Hans") as phone:
        phone.launch()
        assert phone.lines[0].startswith("钉钉没有返回您的身份")


def test_routes_are_as_described(stack, dingtalk, world):
    """Each route, as different people, also with invalid requests."""
    li, zhao = Client(stack, world["people"][0]), Client(stack, world["people"][1])
    stranger = Client(stack)
    number, name = make(stack, "li", "Described")
    stack.rpc_as("li", "li", MODEL, "create", {"subject": "Without lines"})
    record = "/records/%d/%d" % (world["mapping"], number)
    for client in (li, zhao):
        for path in ("/me", "/messages?limit=5", "/find?code=" + name, "/find?code=x",
                     "/approvals", "/approvals?box=started&limit=1", "/records",
                     "/records/%d?limit=1" % world["mapping"], record):
            status, found = client("GET", path)
            assert status == 200, (path, found)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        found = list(pool.map(
            lambda _number: li("POST", record + "/submit", {"after": 0}), range(6)))
    assert [status for status, _found in found] == [200] * 6, found
    assert sum(payload["submitted"] for _status, payload in found) == 1
    house.wait_until(lambda: starts(dingtalk) == 1, 90, "the start")
    # A double submission would start twice.
    house.wait_until(lambda: stack.query(
        "SELECT count(*) FROM dingding_approval"
        " WHERE state IN ('queued', 'working', 'retry')") == "0", 60, "the queue's end")
    assert starts(dingtalk) == 1
    status, found = zhao("GET", "/approvals?box=started")
    assert (status, found["items"]) == (200, [])
    for method, path, body in (
        ("GET", "/nothing", None), ("PUT", "/me", None),
        ("GET", "/records/999999", None),
        ("GET", "/records/%d/999999" % world["mapping"], None),
        ("POST", record + "/submit", {}), ("GET", "/approvals?box=x", None),
        ("POST", "/session", {"code": "x"}), ("POST", "/session", None),
        ("GET", "/messages?limit=x", None), ("GET", "/find", None),
    ):
        status, found = li(method, path, body)
        assert status >= 400, (path, found)
    assert li("POST", "/session", headers={"Content-Type": "text/plain"},
              data="x")[0] == 415
    for path in ("/me", "/records", record):
        assert stranger("GET", path)[0] == 401
    assert li("DELETE", "/session") == (200, {"ended": True})
    assert zhao("POST", "/session/end") == (200, {"ended": True})
    assert li("GET", "/me")[0] == 401
    # Everything described was tested.
    seen = {(method, route) for method, route, status in Client.described.seen
            if status == 200}
    assert seen == Client.described.operations()
    assert "Traceback" not in stack.log_text()
    assert li.headers["Authorization"].split()[1] not in stack.log_text()
