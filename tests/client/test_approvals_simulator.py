# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Approvals of both families against the simulator."""

import base64
import time

import pytest
from dingtalk import Credential, DingTalkClient, Hosts, RateLimiter, Transport, errors
from dingtalk.api.approvals import approver_node, form_value
from dingtalk.beijing import beijing_time
from dingtalk.api.storage import MAX_FILE

START = "/v1.0/workflow/processInstances"
OLD_START = "/topapi/processinstance/create"
NAMES = ["采购申请", "请假", "简单审批"]


class Office(object):
    """One family, and the people involved."""

    def __init__(self, simulator, family):
        self.simulator = simulator
        self.family = family
        simulator.settings(rate_limit=None, approvals_withdraw_seconds=0)
        ready = simulator.ready
        self.client = DingTalkClient(
            Credential(ready["app_key"], ready["app_secret"], ready["agent_id"]),
            Hosts(*[simulator.url] * 3),
            transport=Transport(60, 60),
            limiter=RateLimiter(1000, sleep=lambda seconds: None),
            sleep=lambda seconds: None,
        )
        self.approvals = getattr(self.client, family)
        self.codes = dict(
            (each["name"], each["process_code"])
            for each in simulator.control("GET", "/approvals/templates")
        )
        self.code = self.codes["简单审批"]
        people = simulator.control("GET", "/users")
        self.head = next(each["userid"] for each in people if each["admin_level"])
        self.asker, self.a, self.b = people[5:8]
        self.unionid = self.asker["unionid"]
        self.dept = self.asker["main_dept"]
        self.dept = -1 if self.dept == 1 else self.dept
        self.asker, self.a, self.b = [
            each["userid"] for each in (self.asker, self.a, self.b)
        ]

    def start(self, *values, **more):
        more.setdefault("approvers", [approver_node([self.a])])
        more.setdefault("agent_id", self.simulator.ready["agent_id"])
        return self.approvals.start(
            more.pop("code", self.code),
            self.asker,
            [form_value("标题", "hello")] + list(values),
            more.pop("dept_id", self.dept),
            **more
        )

    def act(self, key, userid, action, **more):
        """Act as a person does on the phone."""
        return self.simulator.control(
            "POST", "/approvals/instances/%s/act" % key,
            dict(more, userid=userid, action=action))


@pytest.fixture(params=["approvals", "approvals_oapi"])
def office(request, simulator):
    return Office(simulator, request.param)


@pytest.fixture
def api(simulator):
    return Office(simulator, "approvals")


@pytest.fixture
def oapi(simulator):
    return Office(simulator, "approvals_oapi")


def kinds(found):
    return [record["type"] for record in found["operationRecords"]]


# Both families


def test_start_read_agree(office):
    before = time.time()
    key = office.start(
        approvers=[approver_node([office.a, office.b], "AND")],
        cc_userids=[office.b],
        cc_position="START",
    )
    found = office.approvals.instance(key)
    assert (found["status"], found.get("result")) == ("RUNNING", "")
    assert found["originatorUserId"] == office.asker
    assert found["ccUserIds"] == [office.b]
    assert abs(beijing_time(found["createTime"]) - before) < 120
    values = dict(
        (value["name"], value.get("value")) for value in found["formComponentValues"]
    )
    assert values == {"标题": "hello", "内容": None, "附件": None}
    assert kinds(found) == ["START_PROCESS_INSTANCE", "PROCESS_CC"]
    for userid in (office.a, office.b):
        office.act(key, userid, "agree", remark="good")
    found = office.approvals.instance(key)
    assert (found["status"], found["result"]) == ("COMPLETED", "agree")
    assert found["operationRecords"][-1]["remark"] == "good"
    assert {task["result"] for task in found["tasks"]} == {"AGREE"}


def test_refuse_and_comment(office):
    key = office.start()
    office.approvals.comment(key, office.b, "why?")
    office.act(key, office.a, "refuse")
    found = office.approvals.instance(key)
    assert found["result"] == "refuse"
    assert kinds(found)[-2:] == ["ADD_REMARK", "EXECUTE_TASK_NORMAL"]


def test_withdraw(office):
    key = office.start()
    office.approvals.terminate(key, office.asker, "mistake")
    assert office.approvals.instance(key)["status"] == "TERMINATED"
    key = office.start()
    office.approvals.terminate(key, is_system=True)
    office.simulator.settings(approvals_withdraw_seconds=15)
    key = office.start()
    with pytest.raises(errors.ApiError):
        office.approvals.terminate(key, office.asker)


def test_the_template_s_own_flow(office):
    key = office.start(approvers=())
    assert [
        task for task in office.approvals.instance(key)["tasks"]
        if task["userId"] == office.head and task["status"] == "RUNNING"]


def test_lists(office):
    begin = int((time.time() - 1) * 1000)
    keys = [office.start() for _each in range(3)]
    page = office.approvals.instance_ids_page(office.code, begin, size=20)
    assert set(keys) <= set(page.items)
    seen, token = [], 0
    while token is not None:
        page = office.approvals.instance_ids_page(
            office.code, begin, None, token, 2, userids=[office.asker]
        )
        seen += page.items
        token = page.next_cursor
    assert seen[-3:] == keys and len(seen) == len(set(seen))


def test_templates(office):
    names, token = [], 0
    while token is not None:
        page = office.approvals.templates_page(office.asker, token, 2)
        names += [each["name"] for each in page.items]
        assert all(each["processCode"].startswith("PROC-") for each in page.items)
        token = page.next_cursor
    assert names[:3] == NAMES


def test_a_file_up_and_down(office):
    content = "报价单".encode("utf-8") * 1000
    file = office.approvals.upload(office.asker, office.unionid, "报价.txt", content)
    assert sorted(file) == ["fileId", "fileName", "fileSize", "fileType", "spaceId"]
    assert (file["fileType"], file["fileSize"]) == ("txt", str(len(content)))
    key = office.start(form_value("附件", [file]))
    assert office.approvals.download(key, file["fileId"]) == content
    assert str(office.approvals.space(office.asker)) == file["spaceId"]
    with pytest.raises(errors.TransportError) as caught:
        office.approvals.download(key, file["fileId"], most=1000)
    assert caught.value.code == "too_long"
    office.approvals.comment(key, office.b, "look", attachments=[file])


def test_files_that_are_not_sent(office):
    for content in (b"", b"x" * (MAX_FILE + 1), "text"):
        with pytest.raises(errors.InvalidArgumentError):
            office.approvals.upload(office.asker, office.unionid, "a.txt", content)


def test_a_storage_that_refuses(office, monkeypatch):
    transfer = office.client.transport.transfer

    def spoilt(method, url, content, headers, **options):
        return transfer(method, url, content, {}, **options)

    monkeypatch.setattr(office.client.transport, "transfer", spoilt)
    with pytest.raises(errors.TransportError) as caught:
        office.approvals.upload(office.asker, office.unionid, "a.txt", b"x")
    assert caught.value.code == "storage"
    assert "SignatureDoesNotMatch" in str(caught.value)


def test_a_start_of_unknown_outcome_is_not_repeated(office):
    path = START if office.family == "approvals" else OLD_START
    office.simulator.fault("timeout_after", path, seconds=1)
    before = office.simulator.control("GET", "/approvals/instances")
    with pytest.raises(errors.TransportError) as caught:
        office.start()
    assert caught.value.outcome_unknown
    assert office.simulator.calls(path) == 1
    found = office.simulator.control("GET", "/approvals/instances")
    assert len(found) == len(before) + 1


def test_what_is_refused(office):
    with pytest.raises(errors.NotFoundError):
        office.start(code="PROC-NO")
    with pytest.raises(errors.DingTalkError) as caught:
        office.start(form_value("附件", [{"fileId": "1"}]))
    assert "附件" in caught.value.message and not caught.value.retryable
    with pytest.raises(errors.DingTalkError) as caught:
        office.start(approvers=[approver_node(["nobody"])])
    assert not caught.value.retryable
    path = "/approvals/templates/" + office.code
    office.simulator.control("PATCH", path, {"enabled": False})
    try:
        with pytest.raises(errors.NotFoundError):
            office.start()
    finally:
        office.simulator.control("PATCH", path, {"enabled": True})


# The new family only


def test_schema_and_saved_templates(api):
    components = [
        {"componentType": "TextField", "props": {"label": "a", "required": True}},
        {
            "componentType": "DDSelectField",
            "props": {"label": "b", "options": [{"value": "x"}]},
        },
    ]
    name = "made %s" % time.time()
    code = api.approvals.save_template(name, components, description="d")
    schema = api.approvals.schema(code)
    assert (schema["name"], schema["status"]) == (name, "PUBLISHED")
    items = schema["schemaContent"]["items"]
    assert [item["componentName"] for item in items] == ["TextField", "DDSelectField"]
    same = api.approvals.save_template(name + "!", components[:1], process_code=code)
    assert same == code
    assert len(api.approvals.schema(code)["schemaContent"]["items"]) == 1
    with pytest.raises(errors.NotFoundError):
        api.approvals.schema("PROC-NO")
    with pytest.raises(errors.InvalidArgumentError):
        api.approvals.save_template("x", [{"componentType": "No", "props": {}}])
    api.simulator.control("DELETE", "/approvals/templates/" + code)


def test_unknown_instances(api, oapi):
    with pytest.raises(errors.NotFoundError):
        api.approvals.instance("nothing")
    with pytest.raises(errors.PermissionDeniedError):
        oapi.approvals.instance("nothing")


def test_files_of_comments(api):
    key = api.start()
    content = base64.b64encode(b"comment").decode("ascii")
    answer = api.act(
        key, api.b, "comment", remark="see",
        attachments=[{"fileName": "c.txt", "content": content}])
    file = answer["records"][-1]["attachments"][0]
    record = api.approvals.instance(key)["operationRecords"][-1]
    assert record["attachments"][0]["fileId"] == file["fileId"]
    with pytest.raises(errors.ApiError):
        api.approvals.download(key, file["fileId"])
    assert api.approvals.download(key, file["fileId"], True) == b"comment"


def test_an_app_of_the_old_family_only(api, oapi):
    api.simulator.settings(approvals_oapi_only=True)
    try:
        with pytest.raises(errors.PermissionDeniedError) as caught:
            api.start()
        assert caught.value.detail["scopes"] == ["Workflow.Instance.Write"]
        oapi.start()
    finally:
        api.simulator.settings(approvals_oapi_only=False)


# The old family only


def test_a_saved_template(oapi):
    components = [
        {
            "componentType": "MoneyField",
            "props": {"componentId": "m", "label": "a", "upper": "0"},
        },
        {
            "componentType": "DDSelectField",
            "props": {"label": "b", "options": [{"value": "x"}, "y"]},
        },
        {
            "componentType": "TableField",
            "props": {
                "label": "lines",
                "statField": [{"componentId": "n", "label": "sum"}],
            },
            "children": [
                {
                    "componentType": "NumberField",
                    "props": {"componentId": "n", "label": "n"},
                }
            ],
        },
    ]
    name = "old %s" % time.time()
    code = oapi.approvals.save_template(name, components, description="d")
    made = oapi.simulator.control("GET", "/approvals/templates/" + code)
    amount, choice, table = made["components"]
    assert (amount["props"]["id"], amount["props"]["upper"]) == ("m", "0")
    assert [one["value"] for one in choice["props"]["options"]] == ["x", "y"]
    assert table["props"]["statField"][0]["componentId"] == "n"
    assert table["children"][0]["props"]["label"] == "n"
    assert oapi.approvals.save_template(name, components[:1], code) == code
    for wrong in ([], components[:1] * 21):
        with pytest.raises(errors.InvalidArgumentError):
            oapi.approvals.save_template(name, wrong)
    oapi.simulator.control("DELETE", "/approvals/templates/" + code)


# Where files may go


@pytest.mark.parametrize(
    "url, allowed",
    [
        ("https://zjk-dualstack.oss-cn-zhangjiakou.aliyuncs.com/x?a=b", True),
        ("https://static.dingtalk.com/media/x.jpg", True),
        ("https://oapi.dingtalk.com/x", True),
        ("https://api.example:8443/x", True),
        ("http://static.dingtalk.com/media/x.jpg", False),
        ("https://static.dingtalk.com:444/media/x.jpg", False),
        ("https://aliyuncs.com/x", False),
        ("https://evilaliyuncs.com/x", False),
        ("https://x.aliyuncs.com.evil.example/x", False),
        ("https://x.aliyuncs.com@evil.example/x", False),
        ("https://evil.example\\.aliyuncs.com/x", False),
        ("https://api.example/x", False),
        ("http://127.0.0.1/x", False),
        ("file:///x.aliyuncs.com", False),
        ("//x.aliyuncs.com/x", False),
        ("", False),
    ],
)
def test_hosts_of_files(url, allowed):
    hosts = Hosts(api="https://api.example:8443")
    assert hosts.allows_storage(url) is allowed


def test_a_foreign_address_is_not_called(api, monkeypatch):
    monkeypatch.setattr(
        api.client.transport, "transfer", lambda *args, **more: pytest.fail("called")
    )
    with pytest.raises(errors.TransportError) as caught:
        api.client.put_file("https://evil.example/upload?Signature=abc", b"x", {})
    assert caught.value.code == "storage_host" and not caught.value.retryable
    assert "evil.example" in str(caught.value) and "abc" not in str(caught.value)
