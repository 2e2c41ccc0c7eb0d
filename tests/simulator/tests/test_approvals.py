# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Approvals: flows, forms, errors and events, by both API families and by people."""

import base64
import json
import re
import time

import pytest
from conftest import compact
from dingtalk_simulator.approvals.components import upper

FLOW = "/v1.0/workflow/"
START = FLOW + "processInstances"
DAY = 24 * 3600 * 1000
NAMES = ("采购申请", "请假", "简单审批")


class Desk:
    """The people, and short calls."""

    def __init__(self, box):
        self.box = box
        box.settings(approvals_withdraw_seconds=0, rate_limit=None)
        self.codes = {
            each["name"]: each["process_code"]
            for each in box.control("GET", "approvals/templates")
        }
        self.people = box.people()
        self.asker, self.a, self.b, self.c = self.people[5:9]

    def dept(self, userid=None):
        main = self.box.org.people[userid or self.asker].main_dept
        return -1 if main == 1 else main

    def flow(self, *nodes, name="简单审批"):
        flow = [
            {"action": action, "userids": list(userids)} for action, *userids in nodes
        ]
        self.box.control("PATCH", "approvals/templates/" + name, {"flow": flow})

    def body(self, values=None, name="简单审批", **more):
        values = {"标题": "hello"} if values is None else values
        body = {
            "processCode": self.codes[name],
            "originatorUserId": self.asker,
            "deptId": self.dept(),
            "formComponentValues": [
                {
                    "name": key,
                    "value": value if isinstance(value, str) else compact(value),
                }
                for key, value in values.items()
            ],
        }
        body.update(more)
        return {key: value for key, value in body.items() if value is not None}

    def start(self, *args, **more):
        status, answer = self.box.api("POST", START, self.body(*args, **more))
        assert status == 200, answer
        return answer["instanceId"]

    def refused(self, *args, **more):
        status, answer = self.box.api("POST", START, self.body(*args, **more))
        assert status == 400, answer
        return answer["code"]

    def read(self, key):
        status, answer = self.box.api("GET", START, processInstanceId=key)
        assert status == 200 and answer["success"] is True, answer
        return answer["result"]

    def act(self, key, userid, action, **more):
        return self.box.control(
            "POST",
            "approvals/instances/%s/act" % key,
            dict(more, userid=userid, action=action),
        )

    def open(self, key):
        """Return userid -> task id of open tasks."""
        return {
            task["userId"]: task["taskId"]
            for task in self.read(key)["tasks"]
            if task["status"] == "RUNNING"
        }

    def execute(self, key, userid, result="agree", **more):
        body = {
            "processInstanceId": key,
            "taskId": self.open(key).get(userid, 1),
            "actionerUserId": userid,
            "result": result,
        }
        return self.box.api("POST", START + "/execute", dict(body, **more))

    def events(self, key):
        """Return (event, type, result, person) of an instance, in order."""
        return [
            (
                event["event_type"].split("_")[1],
                event["data"]["type"],
                event["data"].get("result"),
                event["data"]["staffId"],
            )
            for event in self.box.control("GET", "events/log")
            if event["data"].get("processInstanceId") == key
        ]

    def state(self, key):
        found = self.read(key)
        return found["status"], found["result"]


@pytest.fixture
def desk(box):
    return Desk(box)


# Flows


def test_one_after_the_other(desk):
    desk.flow(("ONE_BY_ONE", desk.a, desk.b), ("ONE_BY_ONE", desk.c))
    key = desk.start()
    assert (
        re.match(r"[\w-]{22}\d{14}\Z", key) and abs(int(key[-10:]) - time.time()) < 600
    )
    assert list(desk.open(key)) == [desk.a]
    for userid, following in ((desk.a, [desk.b]), (desk.b, [desk.c]), (desk.c, [])):
        assert desk.execute(key, userid)[1] == {"result": True, "success": True}
        assert list(desk.open(key)) == following
    assert desk.state(key) == ("COMPLETED", "agree")
    assert desk.events(key) == [
        ("instance", "start", None, desk.asker),
        ("task", "start", None, desk.a),
        ("task", "finish", "agree", desk.a),
        ("task", "start", None, desk.b),
        ("task", "finish", "agree", desk.b),
        ("task", "start", None, desk.c),
        ("task", "finish", "agree", desk.c),
        ("instance", "finish", "agree", desk.asker),
    ]


def test_everybody(desk):
    desk.flow(("AND", desk.a, desk.b))
    key = desk.start()
    assert sorted(desk.open(key)) == sorted([desk.a, desk.b])
    desk.execute(key, desk.b)
    assert desk.state(key) == ("RUNNING", "")
    desk.execute(key, desk.a)
    assert desk.state(key) == ("COMPLETED", "agree")


def test_everybody_and_one_refuses(desk):
    desk.flow(("AND", desk.a, desk.b), ("ONE_BY_ONE", desk.c))
    key = desk.start()
    desk.execute(key, desk.a, "refuse", remark="no")
    assert desk.state(key) == ("COMPLETED", "refuse")
    tasks = {task["userId"]: task for task in desk.read(key)["tasks"]}
    assert (tasks[desk.a]["status"], tasks[desk.a]["result"]) == ("COMPLETED", "REFUSE")
    assert (tasks[desk.b]["status"], tasks[desk.b]["result"]) == ("CANCELED", "NONE")
    assert desk.c not in tasks
    assert desk.events(key)[-3:] == [
        ("task", "finish", "refuse", desk.a),
        ("task", "cancel", None, desk.b),
        ("instance", "finish", "refuse", desk.asker),
    ]


def test_the_first_one_decides(desk):
    desk.flow(("OR", desk.a, desk.b))
    key = desk.start()
    desk.execute(key, desk.b)
    assert desk.state(key) == ("COMPLETED", "agree")
    assert ("task", "cancel", None, desk.a) in desk.events(key)


def test_redirect_and_added_signers(desk, box):
    desk.flow(("ONE_BY_ONE", desk.a))
    key = desk.start()
    task = desk.open(key)[desk.a]
    body = {"taskId": task, "toUserId": desk.b, "operateUserId": desk.a, "remark": "r"}
    assert box.api("POST", FLOW + "tasks/redirect", body)[1]["result"] is True
    assert list(desk.open(key)) == [desk.b]
    assert desk.events(key)[-2:] == [
        ("task", "finish", "redirect", desk.a),
        ("task", "start", None, desk.b),
    ]
    status, answer = box.api("POST", FLOW + "tasks/redirect", body)
    assert (status, answer["code"]) == (400, "task.status.error")
    desk.act(key, desk.b, "append", to_userid=desk.c, position="before")
    assert list(desk.open(key)) == [desk.c]
    desk.act(key, desk.c, "agree")
    assert list(desk.open(key)) == [desk.b]
    desk.act(key, desk.b, "append", to_userid=desk.a, remark="look too")
    desk.act(key, desk.b, "agree")
    assert list(desk.open(key)) == [desk.a]
    desk.act(key, desk.a, "agree")
    assert desk.state(key) == ("COMPLETED", "agree")
    kinds = [record["type"] for record in desk.read(key)["operationRecords"]]
    assert kinds == [
        "START_PROCESS_INSTANCE",
        "REDIRECT_TASK",
        "APPEND_TASK_BEFORE",
        "EXECUTE_TASK_NORMAL",
        "APPEND_TASK_AFTER",
        "EXECUTE_TASK_NORMAL",
        "EXECUTE_TASK_NORMAL",
    ]


def test_approvers_and_copies_of_the_call(desk):
    nodes = [
        {"actionType": "OR", "userIds": [desk.a, desk.b]},
        {"actionType": "NONE", "userIds": [desk.c]},
    ]
    key = desk.start(
        approvers=nodes, ccList=[desk.b], ccPosition="START_FINISH", deptId=None
    )
    found = desk.read(key)
    assert found["approverUserIds"] == [desk.a, desk.b, desk.c]
    assert found["ccUserIds"] == [desk.b]
    desk.execute(key, desk.a)
    desk.execute(key, desk.c)
    records = desk.read(key)["operationRecords"]
    assert [record["type"] for record in records].count("PROCESS_CC") == 2
    assert records[1] == {
        "type": "PROCESS_CC",
        "userId": desk.asker,
        "date": records[1]["date"],
        "result": "NONE",
        "remark": "",
        "ccUserIds": [desk.b],
    }


def test_the_manager_decides_where_the_template_says_so(desk, box):
    key = desk.start(
        {
            "请假类型": "年假",
            '["开始时间","结束时间"]': ["2026-11-01 09:00", "2026-11-02 18:00"],
            "时长（天）": "2",
            "请假事由": "x",
        },
        name="请假",
    )
    (whom,) = desk.open(key)
    assert whom != desk.asker and whom in box.org.people


def test_approvers_who_left_are_passed_over(desk, box):
    desk.flow(("ONE_BY_ONE", desk.c), ("ONE_BY_ONE", desk.a))
    box.control("DELETE", "users/" + desk.c)
    assert list(desk.open(desk.start())) == [desk.a]


def test_people_that_the_originator_chooses(desk, box):
    box.control(
        "PATCH",
        "approvals/templates/简单审批",
        {
            "flow": [
                {
                    "action": "AND",
                    "userids": [desk.a, desk.b],
                    "select": True,
                    "key": "manual_1",
                }
            ]
        },
    )
    body = {
        "processCode": desk.codes["简单审批"],
        "deptId": desk.dept(),
        "userId": desk.asker,
        "formComponentValues": [{"name": "标题", "value": "x"}],
    }
    rule = box.api("POST", FLOW + "processes/forecast", body)[1]["result"]
    (rule,) = rule["workflowActivityRules"]
    assert rule["isTargetSelect"] is True
    assert rule["workflowActor"]["actorKey"] == "manual_1"
    assert desk.refused() == "targetSelectApproverMissing"
    wrong = [{"actionerKey": "manual_1", "actionerUserIds": [desk.c]}]
    assert desk.refused(targetSelectActioners=wrong) == "targetSelectApproverScopeError"
    right = [{"actionerKey": "manual_1", "actionerUserIds": [desk.b]}]
    assert list(desk.open(desk.start(targetSelectActioners=right))) == [desk.b]


def test_times_are_those_of_beijing(desk, box):
    box.noon()
    found = desk.read(desk.start())
    assert re.match(r"\d{4}-\d\d-\d\dT12:\d\dZ\Z", found["createTime"])
    assert found["businessId"][8:10] == "12"


# Withdrawing, comments, deletion


def test_withdraw(desk, box, stopped):
    key = desk.start()
    box.settings(approvals_withdraw_seconds=15)
    body = {"processInstanceId": key, "operatingUserId": desk.asker, "remark": "w"}
    path = START + "/terminate"
    assert box.api("POST", path, body)[1]["code"] == "aflowProcessInstStatusException"
    box.settings(clock_offset=16)
    wrong = dict(body, operatingUserId=desk.c)
    assert (
        box.api("POST", path, wrong)[1]["code"]
        == "invalidInstanceTerminateOperatingUserId"
    )
    assert box.api("POST", path, body)[0] == 200
    assert desk.state(key) == ("TERMINATED", "")
    assert desk.events(key)[-1] == ("instance", "terminate", None, desk.asker)
    assert box.api("POST", path, body)[1]["code"] == "aflowProcessInstStatusException"
    assert desk.execute(key, desk.a)[1]["code"] == "aflowProcessInstStatusException"
    status, answer = box.api("POST", path, dict(body, processInstanceId="nothing"))
    assert (status, answer["code"]) == (400, "aflowProcessInstNotExist")


def test_revoke_what_was_approved(desk, box):
    key = desk.start()

    def revoke(userid=desk.asker):
        path = "approvals/instances/%s/act" % key
        return box.control("POST", path, {"action": "revoke", "userid": userid})

    with pytest.raises(Exception, match="over"):
        revoke()
    while desk.open(key):
        desk.act(key, list(desk.open(key))[0], "agree")
    assert desk.state(key) == ("COMPLETED", "agree")
    with pytest.raises(Exception, match="originator"):
        revoke(desk.c)
    code = "approvals/templates/简单审批"
    box.control("PATCH", code, {"config": {"disableRevokeButton": True}})
    with pytest.raises(Exception, match="withdraw"):
        revoke()
    box.control("PATCH", code, {"config": {}})
    revoke()
    assert desk.state(key) == ("TERMINATED", "")
    assert desk.events(key)[-1] == ("instance", "terminate", None, desk.asker)
    with pytest.raises(Exception, match="over"):
        revoke()


def test_a_template_that_forbids_withdrawing(desk, box):
    box.control(
        "PATCH",
        "approvals/templates/简单审批",
        {"config": {"disableStopProcessButton": True}},
    )
    key = desk.start()
    body = {"processInstanceId": key, "isSystem": True}
    assert box.api("POST", START + "/terminate", body)[1]["code"] == "internalError"


def test_comments_with_files(desk, box):
    key = desk.start()
    file = box.control(
        "POST",
        "approvals/files",
        {
            "userid": desk.c,
            "name": "a.txt",
            "content": base64.b64encode(b"hello").decode(),
        },
    )
    body = {
        "processInstanceId": key,
        "text": "look",
        "commentUserId": desk.c,
        "file": {"attachments": [file], "photos": []},
    }
    assert box.api("POST", START + "/comments", body)[0] == 200
    record = desk.read(key)["operationRecords"][-1]
    assert (record["type"], record["remark"]) == ("ADD_REMARK", "look")
    assert record["attachments"][0]["fileSize"] == "5"
    assert desk.events(key)[-1] == ("task", "comment", None, desk.c)
    ask = {"processInstanceId": key, "fileId": file["fileId"]}
    path = START + "/spaces/files/urls/download"
    assert box.api("POST", path, ask)[0] == 400
    answer = box.api("POST", path, dict(ask, withCommentAttatchment=True))[1]
    assert box.http.get(answer["result"]["downloadUri"]).content == b"hello"
    forged = answer["result"]["downloadUri"][:-1] + "x"
    assert box.http.get(forged).status_code == 403
    box.settings(clock_offset=1000)
    assert box.http.get(answer["result"]["downloadUri"]).status_code == 403


def test_deletion(desk, box):
    key = desk.start()
    box.control("DELETE", "approvals/instances/" + key)
    status, answer = box.api("GET", START, processInstanceId=key)
    assert (status, answer["code"]) == (400, "aflowProcessInstNotExist")
    assert desk.events(key)[-1] == ("instance", "delete", None, desk.asker)


# Forms


def photo(name="p"):
    return "https://static.dingtalk.com/media/%s.jpg" % name


def test_every_kind_of_value_as_it_is_read(desk, box):
    file = box.control(
        "POST",
        "approvals/files",
        {"userid": desk.asker, "name": "报价.xlsx", "content": "aGVsbG8="},
    )
    other = desk.start()
    person = box.org.people[desk.a]
    department = box.org.departments[person.main_dept]
    key = desk.start(
        {
            "申请事由": "文具",
            "详细说明": "1\r\n2",
            "数量": "3",
            "总金额": "1000",
            "期望交付日期": "2026-12-01",
            '["开始时间","结束时间"]': ["2026-11-01", "2026-11-03"],
            "采购类型": "生产原料",
            "付款方式": ["现金", "支票"],
            "收货人": [desk.a],
            "使用部门": str(person.main_dept),
            "联系电话": "13800000000",
            "采购明细": [
                [
                    {"name": "名称", "value": "笔"},
                    {"name": "采购数量", "value": "10"},
                    {"name": "单位", "value": "箱"},
                ],
                [
                    {"name": "名称", "value": "纸"},
                    {"name": "采购数量", "value": "5"},
                    {"name": "单价", "value": "2.5"},
                ],
            ],
            "图片": [photo()],
            "附件": [file],
            "关联审批单": [other],
        },
        name="采购申请",
    )
    rows = {row.get("name"): row for row in desk.read(key)["formComponentValues"]}
    values = {name: row.get("value") for name, row in rows.items()}
    extra = {
        name: json.loads(row["extValue"])
        for name, row in rows.items()
        if "extValue" in row
    }
    assert values["申请事由"] == "文具" and values["数量"] == "3"
    assert extra["总金额"] == {"upper": "壹仟元整", "componentName": "MoneyField"}
    assert json.loads(values['["开始时间","结束时间"]'])[:2] == [
        "2026-11-01",
        "2026-11-03",
    ]
    assert extra["采购类型"] == {"label": "生产原料", "key": "option_1"}
    assert values["付款方式"] == '["现金","支票"]'
    assert [each["key"] for each in extra["付款方式"]] == ["option_0", "option_2"]
    assert values["收货人"] == person.name
    assert extra["收货人"][0]["emplId"] == desk.a
    assert values["使用部门"] == department.name
    assert extra["使用部门"][0]["id"] == department.dept_id
    assert extra["联系电话"]["countryCode"] == "+86"
    table = json.loads(values["采购明细"])
    assert [cell["value"] for cell in table[0]["rowValue"]] == ["笔", "10", "箱"]
    assert table[0]["rowValue"][2]["extendValue"]["key"] == "option_2"
    assert table[0]["rowNumber"].startswith(rows["采购明细"]["id"] + "_")
    assert json.loads(values["附件"]) == [file] and file["fileSize"] == 5
    assert json.loads(values["关联审批单"]) == [
        "%s提交的简单审批" % _name(box, desk.asker)
    ]
    assert extra["关联审批单"]["list"][0]["procInstId"] == other
    assert values[None] == "请附上报价单。"
    old = box.oapi("/topapi/processinstance/get", {"process_instance_id": other})
    empty = old["process_instance"]["form_component_values"][1]
    assert (empty["name"], empty["value"]) == ("内容", "null")
    assert "value" not in desk.read(other)["formComponentValues"][1]


def _name(box, userid):
    return box.org.people[userid].name


@pytest.mark.parametrize(
    "name, value",
    [
        ("数量", "many"),
        ("总金额", "1,000"),
        ("期望交付日期", "01.12.2026"),
        ("期望交付日期", "2026-12-01 10:00"),
        ('["开始时间","结束时间"]', ["2026-11-03", "2026-11-01"]),
        ('["开始时间","结束时间"]', "2026-11-03"),
        ("采购类型", "别的"),
        ("付款方式", "现金"),
        ("付款方式", ["金条"]),
        ("收货人", ["nobody"]),
        ("收货人", "not a list"),
        ("使用部门", "99999"),
        ("联系电话", "call me"),
        ("图片", ["file:///etc/x"]),
        ("图片", [photo(str(i)) for i in range(10)]),
        ("附件", [{"spaceId": "1", "fileId": "2", "fileName": "x"}]),
        ("关联审批单", ["nothing"]),
        ("采购明细", [[{"name": "名称", "value": "笔"}]]),
        ("采购明细", [[{"name": "颜色", "value": "红"}]]),
        ("采购明细", [{"name": "名称", "value": "笔"}]),
        ("详细说明", "x" * 65536),
    ],
)
def test_values_that_do_not_fit(desk, name, value):
    good = {"申请事由": "x", "总金额": "1"}
    assert desk.refused(dict(good, **{name: value}), "采购申请") == "formConverterError"


def test_what_else_is_refused(desk, box):
    refused, codes = desk.refused, desk.codes
    assert refused({"内容": "no title"}) == "formConverterError"
    assert refused({"标题": "x", "颜色": "红"}) == "illegalComponent"
    assert refused(processCode="PROC-NO") == "processCodeError"
    assert refused(originatorUserId="nobody") == "processInstanceInvalidParameter"
    assert refused(deptId=99999) == "processInstanceInvalidParameter"
    others = set(box.org.departments) - set(box.org.people[desk.asker].depts)
    assert refused(deptId=max(others)) == "processInstanceInvalidParameter"
    assert refused(deptId=None) == "invalidParameter"
    assert refused(microappAgentId=1) == "invalidAgentId"
    one = {"actionType": "AND", "userIds": [desk.a]}
    assert refused(approvers=[one]) == "invalidParameter"
    one = {"actionType": "NONE", "userIds": ["nobody"]}
    assert refused(approvers=[one]) == "processInstanceInvalidParameter"
    box.control("PATCH", "approvals/templates/" + codes["简单审批"], {"enabled": False})
    assert refused() == "processGetFailed"
    assert not box.control("GET", "approvals/instances")


def test_an_app_without_the_new_family(desk, box):
    box.settings(approvals_oapi_only=True)
    status, answer = box.api("POST", START, desk.body())
    assert status == 403
    assert answer["accessdenieddetail"] == {
        "requiredScopes": ["Workflow.Instance.Write"]
    }


@pytest.mark.parametrize(
    "amount, text",
    [
        ("1000", "壹仟元整"),
        ("400", "肆佰元整"),
        ("0", "零元整"),
        ("10", "壹拾元整"),
        ("1001.5", "壹仟零壹元伍角"),
        ("100010", "壹拾万零壹拾元整"),
        ("-12.34", "负壹拾贰元叁角肆分"),
    ],
)
def test_amounts_in_capitals(amount, text):
    assert upper(amount) == text


# Templates


def components(*labels):
    return [{"componentType": "TextField", "props": {"label": each}} for each in labels]


def test_a_template_by_api(desk, box):
    path = FLOW + "forms"
    body = {
        "name": "用章申请",
        "description": "d",
        "formComponents": [
            {
                "componentType": "DDSelectField",
                "props": {
                    "componentId": "DDSelectField-K1",
                    "label": "章",
                    "required": True,
                    "options": [
                        {"value": "公章", "key": "option_9"},
                        {"value": "其它", "key": "other"},
                    ],
                },
                "children": [],
            },
            {
                "componentType": "TableField",
                "props": {"label": "明细"},
                "children": components("文件"),
            },
        ],
    }
    status, answer = box.api("POST", path, body)
    assert status == 200
    key = answer["result"]["processCode"]
    schema_path = FLOW + "forms/schemas/processCodes"
    result = box.api("GET", schema_path, processCode=key)[1]["result"]
    assert (result["name"], result["status"]) == ("用章申请", "PUBLISHED")
    first, table = result["schemaContent"]["items"]
    assert first["componentName"] == "DDSelectField"
    assert first["props"]["id"] == "DDSelectField-K1"
    assert json.loads(first["props"]["options"][0]) == {
        "value": "公章",
        "key": "option_9",
    }
    assert table["children"][0]["props"]["label"] == "文件"
    assert box.api("POST", path, body)[1]["code"] == "formName.error"
    changed = dict(body, processCode=key, name="用章")
    assert box.api("POST", path, changed)[1]["result"]["processCode"] == key
    kinds = [
        event["data"]["type"]
        for event in box.control("GET", "events/log?event=workflow_form_change")
        if event["data"]["formCode"] == key
    ]
    assert kinds == ["create", "published", "update"]
    wrong = dict(body, processCode="PROC-NO")
    assert box.api("POST", path, wrong)[1]["code"] == "processcode.error"
    for bad in (
        [],
        [{"componentType": "Nothing", "props": {"label": "x"}}],
        components("x" * 21),
        components("a", "b")
        + [{"componentType": "DDSelectField", "props": {"label": "c"}}],
        [{"componentType": "TextField", "props": {"label": "x", "componentId": "1"}}]
        * 2,
    ):
        answer = box.api("POST", path, dict(body, name="n", formComponents=bad))[1]
        assert answer["code"] == "formschema.error"
    key = desk.start(
        {"章": "私章", "明细": [[{"name": "文件", "value": "x"}]]}, processCode=key
    )
    row = desk.read(key)["formComponentValues"][0]
    assert json.loads(row["extValue"])["key"] == "other"


def test_lists_of_templates(desk, box):
    path = FLOW + "processes/userVisibilities/templates"
    answer = box.api("GET", path, userId=desk.asker, maxResults=2, nextToken=0)[1]
    first = answer["result"]
    assert [each["name"] for each in first["processList"]] == list(NAMES[:2])
    assert first["nextToken"] == 2
    rest = box.api("GET", path, maxResults=2, nextToken=2)[1]["result"]
    assert [each["name"] for each in rest["processList"]] == [NAMES[2]]
    assert "nextToken" not in rest
    box.control("PATCH", "approvals/templates/请假", {"enabled": False})
    box.control("PATCH", "approvals/templates/采购申请", {"visible_to": [desk.a]})
    answer = box.api("GET", path, userId=desk.asker, maxResults=100, nextToken=0)[1]
    assert [each["name"] for each in answer["result"]["processList"]] == [NAMES[2]]
    head = box.org.administrators()[0].userid
    path = FLOW + "processes/managements/templates"
    found = box.api("GET", path, userId=head)[1]["result"]
    assert [each["flowTitle"] for each in found] == list(NAMES)
    assert box.api("GET", path, userId=desk.asker)[1]["result"] == []


def test_the_console_changes_a_component(desk, box):
    template = box.control("GET", "approvals/templates/采购申请")
    key = next(
        each["props"]["id"]
        for each in template["components"]
        if each["props"].get("label") == "采购类型"
    )
    path = "approvals/templates/" + template["process_code"]
    body = {"component": key, "label": "类型", "options": ["生产原料", "服务"]}
    changed = box.control("PATCH", path, body)
    props = next(
        each["props"] for each in changed["components"] if each["props"]["id"] == key
    )
    assert props["label"] == "类型" and props["options"][0]["key"] == "option_1"
    assert desk.refused(
        {"申请事由": "x", "总金额": "1", "采购类型": "生产原料"}, "采购申请"
    )


def test_lists_of_ids(desk, box):
    keys = [desk.start() for _each in range(3)]
    desk.act(keys[1], desk.asker, "withdraw")
    begin = int((time.time() - 60) * 1000)
    path = FLOW + "processes/instanceIds/query"
    body = {
        "processCode": desk.codes["简单审批"],
        "startTime": begin,
        "nextToken": 0,
        "maxResults": 2,
    }
    result = box.api("POST", path, body)[1]["result"]
    assert result == {"list": keys[:2], "nextToken": "2"}
    assert box.api("POST", path, dict(body, nextToken=2))[1]["result"] == {
        "list": keys[2:]
    }
    found = box.api("POST", path, dict(body, statuses=["TERMINATED"]))[1]["result"]
    assert found["list"] == [keys[1]]
    found = box.api("POST", path, dict(body, userIds=[desk.a]))[1]["result"]
    assert found["list"] == []
    for wrong, code in (
        ({"processCode": "PROC-NO"}, "invalidProcessCode"),
        ({"startTime": 1}, "invalidInstanceListIdsStartTime"),
        ({"startTime": begin - 121 * DAY}, "invalidInstanceListIdsStartTime"),
        ({"startTime": begin - 121 * DAY, "endTime": begin}, "invalidEndTime"),
        ({"endTime": begin - 5}, "invalidEndTime"),
        ({"maxResults": 21}, "invalidMaxResults"),
        ({"nextToken": -1}, "invalidNextToken"),
        ({"userIds": [str(i) for i in range(11)]}, "invalidUserIds"),
    ):
        assert box.api("POST", path, dict(body, **wrong))[1]["code"] == code
    # All pages of a list together have so many at most.
    box.settings(approvals_most_ids=3)
    assert box.api("POST", path, body)[0] == 200
    answer = box.api("POST", path, dict(body, nextToken=2))[1]
    assert answer["code"] == "invalidNextToken"


def test_how_far_the_clock_was_ahead(desk, box):
    first = desk.start()
    box.settings(clock_offset=3000)
    later = desk.start()
    box.settings(clock_offset=0)
    found = {
        each["id"]: each["offset"] for each in box.control("GET", "approvals/instances")
    }
    assert (found[first], found[later]) == (0, 3000)
    body = {
        "processCode": desk.codes["简单审批"],
        "startTime": int((time.time() - 60) * 1000),
        "nextToken": 0,
        "maxResults": 20,
    }
    path = FLOW + "processes/instanceIds/query"
    # Instances of the future are not listed yet.
    assert box.api("POST", path, body)[1]["result"]["list"] == [first]


def test_todo(desk, box):
    desk.flow(("OR", desk.a, desk.b))
    for _each in range(2):
        desk.start()
    path = FLOW + "processes/todoTasks/numbers"
    assert box.api("GET", path, userId=desk.a)[1] == {"result": 2}
    assert box.api("GET", path, userId=desk.c)[1] == {"result": 0}
    assert box.oapi("/topapi/process/gettodonum", {"userid": desk.a})["count"] == 2
    assert len(box.control("GET", "approvals/instances?todo=" + desk.a)) == 2


# People


def test_started_on_the_phone(desk, box):
    made = box.control(
        "POST",
        "approvals/instances",
        {
            "process_code": "采购申请",
            "originator": desk.asker,
            "values": {
                "申请事由": "x",
                "总金额": 12,
                "采购明细": [
                    [{"name": "名称", "value": "a"}, {"name": "采购数量", "value": "1"}]
                ],
            },
        },
    )
    assert made["status"] == "RUNNING" and not made["by_api"]
    assert "approverUserIds" not in made["detail"]
    assert made["title"] == "%s提交的采购申请" % _name(box, desk.asker)
    assert re.match(r"\d{12}000\d{6}\Z", made["business_id"])
    answer = box.control(
        "POST",
        "approvals/instances/%s/act" % made["id"],
        {"userid": desk.c, "action": "agree"},
        ok=False,
    )
    assert answer["error"].startswith("actor")


# Events


def test_an_event_about_a_large_form(desk, box):
    box.settings(approvals_event_values=True)
    small = desk.start()
    large = desk.start({"标题": "x", "内容": "x" * 65535})
    events = {
        event["data"]["processInstanceId"]: event["data"]
        for event in box.control("GET", "events/log?event=bpms_instance_change")
    }
    assert events[small]["formValueVOS"][0]["value"] == "hello"
    assert events[large]["formValuesOmitted"] is True
    assert "formValueVOS" not in events[large]


def test_a_start_that_is_done_and_not_answered(desk, box):
    box.control(
        "POST", "faults", {"kind": "timeout_after", "path": START, "seconds": 0.01}
    )
    with pytest.raises(Exception):
        desk.start()
    assert len(box.control("GET", "approvals/instances")) == 1


# The old family

OLD = "/topapi/process"


def old_body(desk, values=None, **more):
    body = {
        "agent_id": desk.box.agent_id,
        "process_code": desk.codes["简单审批"],
        "originator_user_id": desk.asker,
        "dept_id": desk.dept(),
        "form_component_values": [{"name": "标题", "value": "old"}]
        + [{"name": name, "value": value} for name, value in (values or {}).items()],
    }
    body.update(more)
    return {name: value for name, value in body.items() if value is not None}


def test_the_old_family(desk, box):
    nodes = [{"task_action_type": "AND", "user_ids": [desk.a, desk.b]}]
    file = box.control(
        "POST",
        "approvals/files",
        {"userid": desk.asker, "name": "a.txt", "content": "aGVsbG8="},
    )
    body = old_body(desk, {"附件": [file]}, approvers_v2=nodes)
    body.update(cc_list="%s,%s" % (desk.b, desk.c), cc_position="START")
    answer = box.oapi(OLD + "instance/create", body)
    assert answer["errcode"] == 0, answer
    key = answer["process_instance_id"]
    found = box.oapi(OLD + "instance/get", {"process_instance_id": key})
    found = found["process_instance"]
    assert (found["status"], found["result"]) == ("RUNNING", "")
    assert found["cc_userids"] == [desk.b, desk.c]
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z", found["create_time"])
    assert found["operation_records"][1]["operation_type"] == "PROCESS_CC"
    tasks = {task["userid"]: task["taskid"] for task in found["tasks"]}
    assert sorted(tasks) == sorted([desk.a, desk.b])
    ask = {"process_instance_id": key, "file_id": file["fileId"]}
    answer = box.oapi(OLD + "instance/file/url/get", {"request": ask})
    assert box.http.get(answer["result"]["download_uri"]).content == b"hello"
    answer = box.oapi(
        OLD + "instance/cspace/preview", {"request": dict(ask, userid=desk.a)}
    )
    assert str(answer["result"]["space_id"]) == file["spaceId"]
    infos = [{"space_id": file["spaceId"], "file_id": file["fileId"]}]
    answer = box.oapi(
        OLD + "/dentry/auth", {"request": {"userid": desk.a, "file_infos": infos}}
    )
    assert answer["result"] is True
    request = {"process_instance_id": key, "text": "c", "comment_userid": desk.c}
    assert box.oapi(OLD + "/instance/comment/add", {"request": request})["result"]
    for userid, path, wrap in (
        (desk.a, "/instance/execute", True),
        (desk.b, "instance/execute", False),
    ):
        request = {
            "process_instance_id": key,
            "task_id": tasks[userid],
            "actioner_userid": userid,
            "result": "agree",
        }
        assert box.oapi(OLD + path, {"request": request} if wrap else request)["result"]
    found = box.oapi(OLD + "instance/get", {"process_instance_id": key})
    assert found["process_instance"]["result"] == "agree"
    assert found["process_instance"]["finish_time"]


def test_old_lists_and_templates(desk, box):
    keys = [box.oapi(OLD + "instance/create", old_body(desk, approvers=desk.a))]
    keys = [answer["process_instance_id"] for answer in keys]
    body = {
        "process_code": desk.codes["简单审批"],
        "start_time": int((time.time() - 60) * 1000),
        "size": 10,
        "cursor": 0,
    }
    assert box.oapi(OLD + "instance/listids", body)["result"] == {"list": keys}
    request = {"process_instance_id": keys[0], "operating_userid": desk.asker}
    request["is_system"] = False
    assert box.oapi(OLD + "/instance/terminate", {"request": request})["success"]
    assert (
        box.oapi(OLD + "/instance/terminate", {"request": request})["errcode"] == 820005
    )
    found = box.oapi(OLD + "/get_by_name", {"name": "请假"})
    assert found["process_code"] == desk.codes["请假"]
    assert box.oapi(OLD + "/get_by_name", {"name": "x"})["errcode"] == 820004
    result = box.oapi(OLD + "/listbyuserid", {"userid": desk.a, "offset": 0, "size": 2})
    assert [each["name"] for each in result["result"]["process_list"]] == list(
        NAMES[:2]
    )
    assert result["result"]["next_cursor"] == 2
    head = box.org.administrators()[0].userid
    found = box.oapi(OLD + "/template/manage/get", {"userid": head})["result"]
    assert [each["flow_title"] for each in found] == list(NAMES)
    made = box.oapi(
        OLD + "/save",
        {
            "saveProcessRequest": {
                "agentid": box.agent_id,
                "name": "旧模板",
                "form_component_list": [
                    {
                        "component_name": "MoneyField",
                        "props": {"id": "MoneyField-ABCDEFGH", "label": "金额"},
                    }
                ],
            }
        },
    )
    key = made["result"]["process_code"]
    assert box.control("GET", "approvals/templates/" + key)["name"] == "旧模板"
    request = {"agentid": box.agent_id, "process_code": key}
    assert box.oapi(OLD + "/delete", {"request": request})["success"]
    assert box.oapi(OLD + "/delete", {"request": request})["errcode"] == 830001
    space = box.oapi(OLD + "instance/cspace/info", {"user_id": desk.a})
    assert space["result"]["space_id"] > 10**9


@pytest.mark.parametrize(
    "change, errcode",
    [
        ({"process_code": "PROC-NO"}, 830001),
        ({"agent_id": 5}, 40056),
        ({"originator_user_id": "nobody"}, 820008),
        ({"dept_id": None}, 400002),
        ({"dept_id": 99999}, 820008),
        ({"form_component_values": [{"name": "内容", "value": "x"}]}, 820008),
        ({"form_component_values": [{"name": "颜色", "value": "x"}]}, 820008),
        ({"approvers": "nobody"}, 820008),
        ({"cc_position": "NEVER"}, 400002),
    ],
)
def test_what_the_old_family_refuses(desk, box, change, errcode):
    answer = box.oapi(OLD + "instance/create", old_body(desk, **change))
    assert answer["errcode"] == errcode, answer
    assert not box.control("GET", "approvals/instances")


def test_the_old_family_is_closed_to_new_apps(desk, box):
    box.settings(new_app=True)
    assert box.oapi(OLD + "instance/create", old_body(desk))["errcode"] == 60011


def test_an_unknown_instance_in_the_old_family(desk, box):
    body = {"process_instance_id": "nothing"}
    assert box.oapi(OLD + "instance/get", body)["errcode"] == 810007


# The space


def test_a_file_in_three_steps(desk, box):
    person = box.org.people[desk.asker]
    content = "报价".encode("utf-8")
    space = box.api("POST", START + "/spaces/infos/query", {"userId": desk.asker})[1][
        "result"
    ]["spaceId"]
    base = "/v1.0/storage/spaces/%s/files/" % space
    body = {
        "protocol": "HEADER_SIGNATURE",
        "multipart": False,
        "option": {
            "preCheckParam": {"name": "报价.txt", "size": len(content), "parentId": "0"}
        },
    }
    ask = {"unionId": person.unionid}
    status, info = box.api("POST", base + "uploadInfos/query", body, **ask)
    assert status == 200, info
    finish = {
        "uploadKey": info["uploadKey"],
        "name": "报价.txt",
        "parentId": "0",
        "option": {"size": len(content), "conflictStrategy": "AUTO_RENAME"},
    }
    assert box.api("POST", base + "commit", finish, **ask)[0] == 400
    (url,) = info["headerSignatureInfo"]["resourceUrls"]
    headers = info["headerSignatureInfo"]["headers"]
    assert box.http.put(url, data=content).status_code == 403
    typed = dict(headers, **{"Content-Type": "text/plain"})
    assert box.http.put(url, data=content, headers=typed).status_code == 403
    answer = box.http.put(url, data=content, headers=headers)
    assert answer.status_code == 200 and answer.headers["x-oss-request-id"]
    wrong = dict(finish, option={"size": 1})
    assert box.api("POST", base + "commit", wrong, **ask)[0] == 400
    status, answer = box.api("POST", base + "commit", finish, **ask)
    dentry = answer["dentry"]
    assert (dentry["name"], dentry["extension"]) == ("报价.txt", "txt")
    value = {
        "spaceId": str(space),
        "fileId": dentry["id"],
        "fileName": dentry["name"],
        "fileSize": str(dentry["size"]),
        "fileType": dentry["extension"],
    }
    key = desk.start({"标题": "x", "附件": [value]})
    ask = {"processInstanceId": key, "fileId": dentry["id"]}
    answer = box.api("POST", START + "/spaces/files/urls/download", ask)[1]
    assert box.http.get(answer["result"]["downloadUri"]).content == content
    answer = box.api("POST", START + "/spaces/authPreview", dict(ask, userId=desk.a))[1]
    assert answer["result"]["spaceId"] == space
    rights = {
        "userId": desk.a,
        "fileInfos": [{"spaceId": space, "fileId": dentry["id"]}],
    }
    assert box.api("POST", START + "/spaces/files/authDownload", rights)[0] == 200
    moved = dict(value, spaceId="1")
    assert desk.refused({"标题": "x", "附件": [moved]}) == "formConverterError"
    box.settings(approvals_server_files=False)
    assert desk.refused({"标题": "x", "附件": [value]}) == "formConverterError"


def test_nobody_uploads_without_being_let_in(desk, box):
    person = box.org.people[desk.c]
    space = box.world.approvals.drive.space_of(box.corp_id)
    body = {"protocol": "HEADER_SIGNATURE", "multipart": False}
    path = "/v1.0/storage/spaces/%s/files/uploadInfos/query"
    status, answer = box.api("POST", path % space, body, unionId=person.unionid)
    assert (status, answer["code"]) == (403, "permissionDenied")
    status, answer = box.api("POST", path % 5, body, unionId=person.unionid)
    assert status == 404
