# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Documented limits at their borders: the last accepted value and the first refused
one.
"""

import json

import pytest

USER = "/topapi/v2/user/"
DEPT = "/topapi/v2/department/"
FLOW = "/v1.0/workflow/"
INSTANCES = FLOW + "processInstances"
MB = 1024 * 1024


@pytest.fixture
def wide(box):
    box.settings(rate_limit=None, approvals_withdraw_seconds=0)
    return box


def errcode(box, path, **body):
    return box.oapi(path, body)["errcode"]


# People and departments


def new_person(**more):
    return dict({"name": "N", "mobile": "13811112222", "dept_id_list": "1"}, **more)


@pytest.mark.parametrize(
    "name, good, bad, code",
    [
        ("userid", "u" * 64, "u" * 65, 40035),
        ("name", "n" * 80, "n" * 81, 60112),
        ("telephone", "0" * 50, "0" * 51, 40035),
        ("job_number", "0" * 50, "0" * 51, 40035),
        ("title", "t" * 200, "t" * 201, 40035),
        ("work_place", "w" * 100, "w" * 101, 40035),
        ("remark", "r" * 2000, "r" * 2001, 40035),
        ("org_email", "o@" + "e" * 94 + ".com", "o@" + "e" * 95 + ".com", 40035),
        ("email", "o@" + "e" * 44 + ".com", "o@" + "e" * 45 + ".com", 60105),
        ("org_email_type", "profession", "private", 40035),
        ("login_email", "l" * 64, "l" * 65, 40035),
        ("extension", '{"a": "b"}', '["a"]', 40035),
        ("dept_order_list", [{"dept_id": 1, "order": 5}], {"dept_id": 1}, 40035),
        ("dept_title_list", [{"dept_id": 1, "title": "t"}], [{"title": "t"}], 40035),
    ],
)
def test_person(wide, name, good, bad, code):
    assert errcode(wide, USER + "create", **new_person(**{name: bad})) == code
    assert errcode(wide, USER + "create", **new_person(**{name: good})) == 0


def test_departments_of_a_person(wide):
    """A hundred for a new person, three hundred later."""
    for number in range(301):
        body = {"dept_id": 5000 + number, "name": "d%d" % number}
        wide.control("POST", "departments", body)

    def ids(count):
        return ",".join(str(5000 + number) for number in range(count))

    assert errcode(wide, USER + "create", **new_person(dept_id_list=ids(101))) == 40035
    body = new_person(dept_id_list=ids(100), userid="many")
    assert errcode(wide, USER + "create", **body) == 0
    many = {"userid": "many"}
    assert errcode(wide, USER + "update", dept_id_list=ids(301), **many) == 40035
    assert errcode(wide, USER + "update", dept_id_list=ids(300), **many) == 0


def test_office_phones_are_unique(wide):
    one, two = wide.people(2)
    assert errcode(wide, USER + "update", userid=one, telephone="0571-1") == 0
    body = dict(userid=one, telephone="0571-1", title="t")
    assert errcode(wide, USER + "update", **body) == 0
    assert errcode(wide, USER + "update", userid=two, telephone="0571-1") == 40035
    assert errcode(wide, USER + "create", **new_person(telephone="0571-1")) == 40035
    assert errcode(wide, USER + "update", userid=two, telephone="") == 0


@pytest.mark.parametrize(
    "name, good, bad, code",
    [
        ("name", "n" * 64, "n" * 65, 60001),
        ("name", "a.b", "a-b", 60009),
        ("brief", "b" * 255, "b" * 256, 40035),
        ("telephone", "0" * 50, "0" * 51, 40035),
        ("dept_permits", ",".join(["1"] * 200), ",".join(["1"] * 201), 600109),
    ],
)
def test_department(wide, name, good, bad, code):
    body = {"name": "N", "parent_id": 1}
    assert errcode(wide, DEPT + "create", **dict(body, **{name: bad})) == code
    assert errcode(wide, DEPT + "create", **dict(body, **{name: good})) == 0


def test_code_of_a_department(wide, first_dept):
    assert errcode(wide, DEPT + "update", dept_id=first_dept, code="c" * 31) == 40035
    assert errcode(wide, DEPT + "update", dept_id=first_dept, code="c" * 30) == 0


@pytest.mark.parametrize(
    "path, body",
    [
        (USER + "get", {}),
        (USER + "list", {"dept_id": 1, "cursor": 0, "size": 10}),
        ("/topapi/user/listsimple", {"dept_id": 1, "cursor": 0, "size": 10}),
        (DEPT + "listsub", {"dept_id": 1}),
        (DEPT + "get", {"dept_id": 1}),
    ],
)
def test_language(wide, path, body):
    body = dict({"userid": wide.people(1)[0]}, **body)
    assert errcode(wide, path, language="zh_CN", **body) == 0
    assert errcode(wide, path, language="zh_Hans", **body) == 40035


def test_mobile_that_is_looked_up(wide):
    assert errcode(wide, USER + "getbymobile", mobile="1" * 15) == 60121
    assert errcode(wide, USER + "getbymobile", mobile="1" * 16) == 400002


@pytest.mark.parametrize(
    "path, body, lists",
    [
        (
            "/topapi/message/corpconversation/asyncsend_v2",
            {"msg": {"msgtype": "text", "text": {"content": "x"}}},
            ("userid_list", "dept_id_list"),
        ),
        (USER + "create", new_person(), ("dept_id_list",)),
        (
            DEPT + "create",
            {"name": "N", "parent_id": 1},
            ("dept_permits", "user_permits"),
        ),
    ],
)
def test_lists_with_commas_are_texts(wide, path, body, lists):
    for name in lists:
        for value in (["1"], '["1"]', {"a": 1}, True, 1.5):
            wrong = dict(body, agent_id=wide.agent_id, **{})
            wrong[name] = value
            assert wide.oapi(path, wrong)["errcode"] == 40035, (name, value)


# Messages


@pytest.mark.parametrize(
    "msg",
    [
        {"msgtype": "text", "text": {"content": {"a": "b"}}},
        {"msgtype": "text", "text": {"content": 5}},
        {"msgtype": ["text"], "text": {"content": "x"}},
        {"msgtype": "oa", "oa": "x"},
        {"msgtype": "markdown", "markdown": {"title": "t", "text": "x" * 5001}},
        {"msgtype": "markdown", "markdown": {"title": ["t"], "text": "x"}},
        "text",
        ["text"],
    ],
)
def test_texts_of_messages(wide, msg):
    assert wide.notify(wide.people(1), msg)["errcode"] == 40035


OA = {
    "message_url": "https://example.com/",
    "head": {"bgcolor": "FFBBBBBB", "text": "h"},
    "body": {
        "title": "t",
        "form": [{"key": "k", "value": "v"}],
        "rich": {"num": "1", "unit": "u"},
        "file_count": "3",
        "author": "a",
    },
}


@pytest.mark.parametrize(
    "place, value",
    [
        (("head", "bgcolor"), "FFF"),
        (("head", "text"), {"a": 1}),
        (("body", "form"), {"k": "v"}),
        (("body", "form"), ["k"]),
        (("body", "form"), [{"key": {"a": 1}, "value": "v"}]),
        (("body", "rich"), "15"),
        (("body", "rich", "num"), ["1"]),
        (("body", "title"), 5),
        (("body", "author"), {}),
        (("message_url",), ["x"]),
        (("status_bar",), {"status_value": ["v"]}),
        (("status_bar",), {"status_bg": "0xFF000000"}),
    ],
)
def test_oa(wide, place, value):
    people = wide.people(1)
    assert wide.notify(people, {"msgtype": "oa", "oa": OA})["errcode"] == 0
    body = json.loads(json.dumps(OA))
    inner = body
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    assert wide.notify(people, {"msgtype": "oa", "oa": body})["errcode"] == 40035


def test_files_of_messages(wide):
    """Uploads may be larger than files of messages."""

    def upload(size):
        return wide.raw(
            "POST",
            "/media/upload",
            params={"access_token": wide.token(), "type": "file"},
            files={"media": ("a.pdf", b"x" * size, "application/pdf")},
        ).json()["media_id"]

    people = wide.people(1)
    small, large = upload(10 * MB), upload(10 * MB + 1)
    msg = {"msgtype": "file", "file": {"media_id": small}}
    assert wide.notify(people, msg)["errcode"] == 0
    msg = {"msgtype": "file", "file": {"media_id": large}}
    assert wide.notify(people, msg)["errcode"] == 40006


# Robots


def webhook(box, body, **options):
    group = box.control("GET", "groups")[0]
    token = group["robots"][0]["token"]
    box.control("PATCH", "robots/" + token, {"secret": ""})
    return box.raw(
        "POST", "/robot/send", params={"access_token": token}, json=body, **options
    ).json()["errcode"]


def test_people_that_a_webhook_names(wide):
    body = {"msgtype": "text", "text": {"content": "x"}}
    for name in ("atMobiles", "atUserIds"):
        assert webhook(wide, dict(body, at={name: ["1"] * 50})) == 0
        assert webhook(wide, dict(body, at={name: ["1"] * 51})) == 40035
        assert webhook(wide, dict(body, at={name: "1"})) == 40035


@pytest.mark.parametrize(
    "kind, content",
    [
        ("text", {"content": {"a": 1}}),
        ("text", "x"),
        ("text", ["x"]),
        ("link", {"text": "x", "title": "t", "messageUrl": ["u"]}),
        ("markdown", {"title": "t", "text": {}}),
        ("actionCard", {"title": "t", "text": "x", "btns": "b"}),
        ("actionCard", {"title": "t", "text": "x", "btns": [{"title": "b"}]}),
        ("feedCard", {"links": {"a": 1}}),
        ("feedCard", {"links": ["x"]}),
        ("feedCard", {"links": []}),
    ],
)
def test_bodies_of_webhooks(wide, kind, content):
    assert webhook(wide, {"msgtype": kind, kind: content}) == 400402


def test_webhooks_take_json(wide):
    token = wide.control("GET", "groups")[0]["robots"][0]["token"]
    answer = wide.raw(
        "POST",
        "/robot/send",
        params={"access_token": token},
        data={"msgtype": "text"},
    )
    assert answer.json()["errcode"] == 43004


def test_a_robot_has_ten_keywords(wide):
    words = ["k%d" % number for number in range(11)]
    wide.control("POST", "robots", {"keywords": words[:10]})
    found = wide.control("POST", "robots", {"keywords": words}, ok=False)
    assert "keywords" in found["error"]


@pytest.mark.parametrize(
    "key, members",
    [
        ("sampleText", {"content": {"a": 1}}),
        ("sampleText", {"content": ["x"]}),
        ("sampleText", {"content": True}),
        ("sampleText", ["x"]),
        (
            "sampleActionCard3",
            {
                "title": "t",
                "text": "x",
                "actionTitle1": "a",
                "actionURL1": "u",
                "actionTitle3": "c",
                "actionURL3": "u",
            },
        ),
    ],
)
def test_members_of_robot_messages(wide, key, members):
    body = {
        "robotCode": wide.app_key,
        "userIds": wide.people(1),
        "msgKey": key,
        "msgParam": json.dumps(members),
    }
    path = "/v1.0/robot/oToMessages/batchSend"
    status, found = wide.api("POST", path, body)
    assert (status, found["code"]) == (400, "invalidParameter.msgParam.invalid")


def test_people_of_a_robot_message_are_a_list(wide):
    body = {"robotCode": wide.app_key, "msgKey": "sampleText"}
    body["msgParam"] = '{"content": "x"}'
    path = "/v1.0/robot/oToMessages/batchSend"
    for value in ("a,b", '["a"]', {"a": 1}, [["a"]], [{"a": 1}]):
        status, found = wide.api("POST", path, dict(body, userIds=value))
        assert (status, found["code"]) == (400, "invalidParameter.userIds")
    body["msgParam"] = {"content": "x"}
    status, found = wide.api("POST", path, dict(body, userIds=wide.people(1)))
    assert (status, found["code"]) == (400, "invalidParameter.msgParam.invalid")


# Approvals


@pytest.fixture
def form(wide):
    templates = wide.control("GET", "approvals/templates")
    one = wide.people(6)[5]
    main = wide.org.people[one].main_dept
    return {
        "processCode": {each["name"]: each["process_code"] for each in templates}[
            "简单审批"
        ],
        "originatorUserId": one,
        "deptId": -1 if main == 1 else main,
        "formComponentValues": [{"name": "标题", "value": "x"}],
    }


@pytest.mark.parametrize(
    "member, good, bad, code",
    [
        (
            "formComponentValues",
            [{"name": "标题", "value": "5"}],
            [{"name": "标题", "value": 5}],
            "formConverterError",
        ),
        (
            "formComponentValues",
            [{"name": "标题", "value": "[]"}],
            [{"name": "标题", "value": []}],
            "formConverterError",
        ),
        (
            "formComponentValues",
            [{"name": "标题", "value": "x"}],
            '[{"name": "标题", "value": "x"}]',
            "invalidParameter",
        ),
        ("bizDetailPageUrl", "u" * 1024, "u" * 1025, "invalidParameter"),
        (
            "targetSelectActioners",
            [{"actionerKey": "k", "actionerUserIds": []}] * 20,
            [{"actionerKey": "k", "actionerUserIds": []}] * 21,
            "invalidParameter",
        ),
        ("ccList", [], "a,b", "invalidParameter.ccList"),
    ],
)
def test_start(wide, form, member, good, bad, code):
    status, found = wide.api("POST", INSTANCES, dict(form, **{member: bad}))
    assert (status, found["code"]) == (400, code)
    assert wide.api("POST", INSTANCES, dict(form, **{member: good}))[0] == 200


def test_nodes_of_an_approval(wide, form):
    one, two = wide.people(2)
    node = {"actionType": "AND", "userIds": [one, two]}
    assert wide.api("POST", INSTANCES, dict(form, approvers=[node] * 20))[0] == 200
    for wrong in (
        [node] * 21,
        node,
        [dict(node, userIds="%s,%s" % (one, two))],
        [dict(node, userIds=[one])],
        [dict(node, actionType="NONE")],
        ["AND"],
    ):
        status, found = wide.api("POST", INSTANCES, dict(form, approvers=wrong))
        assert status == 400 and found["code"].startswith("invalidParameter"), wrong


def test_old_values_are_texts_or_lists(wide, form):
    body = {
        "process_code": form["processCode"],
        "originator_user_id": form["originatorUserId"],
        "dept_id": form["deptId"],
    }
    path = "/topapi/processinstance/create"

    def start(value):
        values = [{"name": "标题", "value": "x"}, {"name": "内容", "value": value}]
        return errcode(wide, path, form_component_values=values, **body)

    assert start("y") == 0
    for wrong in (5, True, {"a": 1}):
        assert start(wrong) == 400002


def test_cells_of_old_tables(wide):
    name = "表格"
    component = {
        "componentType": "TableField",
        "props": {"label": name},
        "children": [{"componentType": "TextField", "props": {"label": "文本"}}],
    }
    made = wide.control(
        "POST", "approvals/templates", {"name": "T", "components": [component]}
    )
    one = wide.people(6)[5]
    main = wide.org.people[one].main_dept
    body = {
        "process_code": made["process_code"],
        "originator_user_id": one,
        "dept_id": -1 if main == 1 else main,
    }

    def start(cells):
        rows = [[{"name": "文本", "value": "x"}]] * cells
        values = [{"name": name, "value": json.dumps(rows)}]
        return errcode(
            wide,
            "/topapi/processinstance/create",
            form_component_values=values,
            **body
        )

    assert start(200) == 0 and start(201) == 400002


def test_remarks(wide, form):
    """The older of the two old calls allows more."""
    one, two = wide.people(2)

    def task():
        body = dict(form, approvers=[{"actionType": "NONE", "userIds": [one]}])
        key = wide.api("POST", INSTANCES, body)[1]["instanceId"]
        detail = wide.control("GET", "approvals/instances/" + key)
        return {
            "process_instance_id": key,
            "task_id": detail["tasks"][0]["id"],
            "actioner_userid": one,
            "result": "agree",
        }

    flat = "/topapi/processinstance/execute"
    wrapped = "/topapi/process/instance/execute"
    assert errcode(wide, flat, remark="r" * 2001, **task()) == 400002
    assert errcode(wide, flat, remark="r" * 2000, **task()) == 0
    assert errcode(wide, wrapped, request=dict(task(), remark="r" * 1025)) == 400002
    assert errcode(wide, wrapped, request=dict(task(), remark="r" * 1024)) == 0
    waiting = task()
    body = {"taskId": waiting["task_id"], "operateUserId": one, "toUserId": two}
    path = FLOW + "tasks/redirect"
    assert wide.api("POST", path, dict(body, remark="r" * 257))[0] == 400
    assert wide.api("POST", path, dict(body, actionName="a" * 129))[0] == 400
    body.update(remark="r" * 256, actionName="a" * 128)
    assert wide.api("POST", path, body)[0] == 200


def test_previews(wide):
    body = {"process_instance_id": "x", "userid": wide.people(1)[0]}
    path = "/topapi/processinstance/cspace/preview"
    request = dict(body, fileid_list=["1"] * 21)
    assert errcode(wide, path, request=request) == 400002


def test_templates(wide):
    component = {"componentType": "TextField", "props": {"label": "L"}}
    path = FLOW + "forms"

    def save(name="n", **body):
        body = dict({"name": name, "formComponents": [component]}, **body)
        return wide.api("POST", path, body)[1].get("code")

    assert save("n" * 201) == "formName.error"
    assert save("n" * 200) is None
    assert save(templateConfig={"hidden": "true"}) == "formschema.error"
    assert save(templateConfig={"dirId": 5}) == "formschema.error"
    assert save(description="d" * 301) == "invalidParameter.description"
    for wrong in ("x", [5], {"a": 1}, [{"componentType": "TextField", "props": "x"}]):
        found = save("m", formComponents=wrong)
        assert found in ("formschema.error", "invalidParameter.formComponents"), wrong
    select = {"componentType": "DDSelectField", "props": {"label": "L"}}
    for options in ("a", [5], {"a": 1}):
        select["props"]["options"] = options
        assert save("m", formComponents=[select]) == "formschema.error"
    old_component = {
        "component_name": "DDSelectField",
        "props": {"label": "L", "id": "DDSelectField-1"},
    }
    for options, code in (
        (["o" * 50], 0),
        (["o" * 51], 810003),
        (["o"] * 201, 810003),
    ):
        old_component["props"]["options"] = options
        request = {"name": "old", "form_component_list": [old_component]}
        found = errcode(wide, "/topapi/process/save", saveProcessRequest=request)
        assert found == code, options


def test_uploads(wide):
    one = wide.people(1)[0]
    found = wide.api("POST", INSTANCES + "/spaces/infos/query", {"userId": one})[1]
    path = "/v1.0/storage/spaces/%s/files/" % found["result"]["spaceId"]
    unionid = wide.org.people[one].unionid

    def ask(check):
        body = {"protocol": "HEADER_SIGNATURE", "option": {"preCheckParam": check}}
        return wide.api("POST", path + "uploadInfos/query", body, unionId=unionid)[0]

    assert ask({"name": "n" * 255, "size": 5}) == 200
    for wrong in ({"name": "n" * 256}, {"size": -1}, {"size": "x"}, {"md5": 5}, "x"):
        assert ask(wrong) == 400
    body = {"uploadKey": "k", "name": "n", "option": {"conflictStrategy": "KEEP"}}
    status, found = wide.api("POST", path + "commit", body, unionId=unionid)
    assert (status, found["code"]) == (400, "paramError")
