# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A good call of every endpoint, and bad variants by a seeded generator."""

import copy
import json
import random
import time

from dingtalk_simulator import chat

FILE = ("a.png", b"\x89PNG content", "image/png")
# Replacements of a member, or of the whole body.
ODD = (
    None,
    True,
    False,
    0,
    1,
    -1,
    7,
    2**31,
    10**30,
    -(10**30),
    1.5,
    float("inf"),
    float("nan"),
    "",
    " ",
    "0",
    "-1",
    "x",
    "true",
    "null",
    "[]",
    "{}",
    "[1]",
    '[["x"]]',
    '{"a": {"b": 1}}',
    "[" * 3000,
    "9" * 6000,
    "a,b",
    "a|b",
    "中文\U0001f600",
    "\x00",
    "\ud800",
    "../../etc/passwd",
    "%s%d",
    [],
    [None],
    [[]],
    [1, "x"],
    [{}],
    [{"a": None}],
    ["x"] * 400,
    {},
    {"a": 1},
    {"value": []},
    {"dept_id": [1]},
    {"$ref": "x"},
)


def samples(box):
    """`{(method, path): {"query", "body", "files"}}` of calls that succeed, or are
    refused for what a test cannot have, such as a used code.
    """
    people = box.people()
    one, two = people[5], people[6]
    person = box.org.people[one]
    dept = next(iter(person.depts))
    media = box.raw(
        "POST",
        "/media/upload",
        params={"access_token": box.token(), "type": "image"},
        files={"media": FILE},
    ).json()["media_id"]
    task = box.notify([one])["task_id"]
    template = {
        each["name"]: each for each in box.control("GET", "approvals/templates")
    }["采购申请"]
    code = template["process_code"]
    group = box.control("GET", "groups")[0]
    robot = group["robots"][0]
    box.control("PATCH", "robots/" + robot["token"], {"secret": ""})
    drive_file = box.control(
        "POST",
        "approvals/files",
        {"userid": one, "name": "a.txt", "content": "YQ=="},
    )
    now = int(box.world.now() * 1000)
    values = {
        "申请事由": "why",
        "详细说明": "long",
        "数量": "5",
        "总金额": "10.5",
        "期望交付日期": "2026-01-02",
        '["开始时间","结束时间"]': '["2026-01-02","2026-01-03"]',
        "采购类型": "办公用品",
        "付款方式": '["现金"]',
        "收货人": json.dumps([one]),
        "使用部门": str(dept),
        "联系电话": "13800138000",
        "采购明细": json.dumps(
            [[{"name": "名称", "value": "x"}, {"name": "采购数量", "value": "1"}]]
        ),
        "图片": '["https://example.com/a.png"]',
        "附件": json.dumps([drive_file]),
    }
    form = [{"name": name, "value": value} for name, value in values.items()]
    started = box.control(
        "POST",
        "approvals/instances",
        {"process_code": code, "originator": one, "dept_id": dept, "values": values},
    )
    instance = started["id"]
    new_task = started["tasks"][0] if started["tasks"] else {"id": 1, "userid": two}
    files = {
        "photos": ["https://example.com/a.png"],
        "attachments": [drive_file],
    }
    old_files = {
        "photos": ["https://example.com/a.png"],
        "attachments": [
            {
                "space_id": drive_file["spaceId"],
                "file_id": drive_file["fileId"],
                "file_name": "a.txt",
                "file_size": "1",
                "file_type": "txt",
            }
        ],
    }
    message = {"robotCode": box.app_key, "msgKey": "sampleText"}
    message["msgParam"] = '{"content": "x"}'
    sent = dict(message, userIds=[one])
    key = box.api("POST", "/v1.0/robot/oToMessages/batchSend", sent)[1]
    key = key["processQueryKey"]
    to_group = dict(message, openConversationId=group["open_conversation_id"])
    group_key = box.api("POST", "/v1.0/robot/groupMessages/send", to_group)[1]
    group_key = group_key["processQueryKey"]
    dept_body = {
        "dept_id": dept,
        "name": "部门",
        "parent_id": 1,
        "order": 5,
        "hide_dept": True,
        "dept_permits": "1",
        "user_permits": one,
        "outer_permit_depts": "1",
        "org_dept_owner": one,
        "dept_manager_userid_list": one,
        "force_update_fields": "dept_manager_userid_list",
        "code": "c",
        "source_identifier": "s",
    }
    user_body = {
        "userid": one,
        "name": "新人",
        "mobile": person.mobile,
        "dept_id_list": str(dept),
        "dept_order_list": [{"dept_id": dept, "order": 3}],
        "dept_title_list": [{"dept_id": dept, "title": "t"}],
        "dept_position_list": [{"dept_id": dept, "title": "t", "is_main": True}],
        "extension": '{"爱好": "旅游"}',
        "email": "new@example.com",
        "hired_date": now,
        "manager_userid": two,
        "title": "t",
        "ext_attrs_update_mode": "1",
    }
    page = {"dept_id": dept, "cursor": 0, "size": 10, "order_field": "custom"}
    by_page = {"department_id": dept, "offset": 0, "size": 10, "order": "custom"}
    agent = {"agent_id": box.agent_id}
    day = time.strftime("%Y%m%d", time.gmtime(now / 1000 - 3 * 86400))
    inactive = {"query_date": day, "offset": 0, "size": 10, "dept_ids": str(dept)}
    callback = {
        "call_back_tag": ["user_add_org"],
        "token": "123456",
        "aes_key": "a" * 43,
        "url": "http://127.0.0.1:9/",
    }
    act = {
        "process_instance_id": instance,
        "actioner_userid": new_task["userid"],
        "task_id": new_task["id"],
        "result": "agree",
        "remark": "ok",
        "file": old_files,
    }
    component = {
        "component_name": "TableField",
        "props": {
            "label": "T",
            "id": "TableField-1",
            "stat_field": [{"id": "NumberField-1", "label": "N"}],
        },
        "children": [
            {
                "component_name": "NumberField",
                "props": {"label": "N", "id": "NumberField-1"},
            }
        ],
    }
    new_components = copy.deepcopy(template["components"])
    work = [
        {"msgtype": "text", "text": {"content": "x"}},
        {"msgtype": "image", "image": {"media_id": media}},
        {"msgtype": "voice", "voice": {"media_id": media, "duration": "5"}},
        {
            "msgtype": "link",
            "link": {
                "messageUrl": "https://x.y",
                "picUrl": media,
                "title": "t",
                "text": "x",
            },
        },
        {
            "msgtype": "oa",
            "oa": {
                "message_url": "https://x.y",
                "head": {"bgcolor": "FFBBBBBB", "text": "h"},
                "status_bar": {"status_value": "v", "status_bg": "0xFFF65E5E"},
                "body": {
                    "title": "t",
                    "form": [{"key": "k", "value": "v"}],
                    "rich": {"num": "1", "unit": "u"},
                    "content": "c",
                    "file_count": "3",
                    "author": "a",
                },
            },
        },
        {"msgtype": "markdown", "markdown": {"title": "t", "text": "x"}},
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "btn_orientation": "0",
                "btn_json_list": [{"title": "b", "action_url": "https://x.y"}],
            },
        },
    ]
    webhook = [
        {
            "msgtype": "text",
            "text": {"content": "x"},
            "at": {"atMobiles": ["138"], "atUserIds": [one], "isAtAll": False},
            "msgUuid": "u",
        },
        {
            "msgtype": "feedCard",
            "feedCard": {"links": [{"title": "t", "messageURL": "m", "picURL": "p"}]},
        },
        {
            "msgtype": "actionCard",
            "actionCard": {
                "title": "t",
                "text": "x",
                "btns": [{"title": "b", "actionURL": "u"}],
            },
        },
    ]
    flow = "/v1.0/workflow/"
    instances = flow + "processInstances"
    drive = "/v1.0/storage/spaces/%s/files/" % drive_file["spaceId"]
    base = "/topapi/message/corpconversation/"
    execute = {
        "processInstanceId": instance,
        "actionerUserId": new_task["userid"],
        "taskId": new_task["id"],
        "result": "agree",
        "remark": "ok",
        "file": files,
    }
    signed = {"accessKey": box.app_key, "timestamp": str(now), "signature": "x"}
    credentials = {"clientId": box.app_key, "clientSecret": box.app_secret}
    found = [
        ("GET", "/gettoken", {"appkey": box.app_key, "appsecret": box.app_secret}, {}),
        ("GET", "/get_jsapi_ticket", {}, {}),
        ("GET", "/auth/scopes", {}, {}),
        ("POST", "/topapi/v2/user/getuserinfo", {}, {"code": "c"}),
        ("GET", "/user/getuserinfo", {"code": "c"}, {}),
        ("POST", "/sns/getuserinfo_bycode", signed, {"tmp_auth_code": "c"}),
        (
            "GET",
            "/sns/gettoken",
            {"appid": box.app_key, "appsecret": box.app_secret},
            {},
        ),
        ("POST", "/sns/get_persistent_code", {}, {"tmp_auth_code": "c"}),
        (
            "POST",
            "/sns/get_sns_token",
            {},
            {"openid": "o", "persistent_code": "p"},
        ),
        ("GET", "/sns/getuserinfo", {"sns_token": "x"}, {}),
        ("POST", base + "getsendprogress", {}, dict(agent, task_id=task)),
        ("POST", base + "getsendresult", {}, dict(agent, task_id=task)),
        ("POST", base + "recall", {}, dict(agent, msg_task_id=task)),
        (
            "POST",
            base + "status_bar/update",
            {},
            dict(agent, task_id=task, status_value="v", status_bg="0xFF000000"),
        ),
        ("GET", "/department/list", {"id": dept, "fetch_child": "true"}, {}),
        ("GET", "/department/list_ids", {"id": dept}, {}),
        ("GET", "/department/get", {"id": dept}, {}),
        ("GET", "/department/list_parent_depts_by_dept", {"id": dept}, {}),
        ("GET", "/department/list_parent_depts", {"userId": one}, {}),
        ("GET", "/department/delete", {"id": dept}, {}),
        (
            "POST",
            "/department/create",
            {},
            {"name": "n", "parentid": 1, "deptPerimits": "1|2", "userPermits": one},
        ),
        ("POST", "/department/update", {}, {"id": dept, "name": "n", "order": "3"}),
        ("GET", "/user/get", {"userid": one}, {}),
        ("GET", "/user/simplelist", by_page, {}),
        ("GET", "/user/listbypage", by_page, {}),
        ("GET", "/user/list", by_page, {}),
        ("GET", "/user/getDeptMember", {"deptId": dept}, {}),
        ("GET", "/user/get_org_user_count", {"onlyActive": 0}, {}),
        ("GET", "/user/get_by_mobile", {"mobile": person.mobile}, {}),
        ("GET", "/user/getUseridByUnionid", {"unionid": person.unionid}, {}),
        ("GET", "/user/get_admin", {}, {}),
        ("GET", "/user/delete", {"userid": people[-1]}, {}),
        (
            "POST",
            "/user/create",
            {},
            {
                "name": "n",
                "mobile": "13912345678",
                "department": [dept],
                "orderInDepts": '{"%d":1}' % dept,
                "extattr": {"a": "b"},
                "isHide": True,
            },
        ),
        (
            "POST",
            "/user/update",
            {},
            {"userid": one, "position": "p", "orderInDepts": "{%d:10}" % dept},
        ),
        ("POST", "/topapi/v2/user/get", {}, {"userid": one, "language": "zh_CN"}),
        ("POST", "/topapi/v2/user/list", {}, page),
        ("POST", "/topapi/user/listsimple", {}, page),
        ("POST", "/topapi/user/listid", {}, {"dept_id": dept}),
        ("POST", "/topapi/user/count", {}, {"only_active": False}),
        ("POST", "/topapi/v2/user/getbymobile", {}, {"mobile": person.mobile}),
        ("POST", "/topapi/user/getbyunionid", {}, {"unionid": person.unionid}),
        (
            "POST",
            "/topapi/v2/user/create",
            {},
            dict(user_body, userid="fresh", mobile="13812345679"),
        ),
        ("POST", "/topapi/v2/user/update", {}, user_body),
        ("POST", "/topapi/v2/user/delete", {}, {"userid": people[-2]}),
        ("POST", "/topapi/inactive/user/v2/get", {}, dict(inactive, is_active=True)),
        ("POST", "/topapi/inactive/user/get", {}, inactive),
        ("POST", "/topapi/user/listadmin", {}, {}),
        ("POST", "/topapi/v2/department/listsub", {}, {"dept_id": 1}),
        ("POST", "/topapi/v2/department/listsubid", {}, {"dept_id": 1}),
        ("POST", "/topapi/v2/department/get", {}, {"dept_id": dept}),
        ("POST", "/topapi/v2/department/listparentbydept", {}, {"dept_id": dept}),
        ("POST", "/topapi/v2/department/listparentbyuser", {}, {"userid": one}),
        ("POST", "/topapi/v2/department/create", {}, dict(dept_body, name="新部门")),
        ("POST", "/topapi/v2/department/update", {}, dept_body),
        ("POST", "/topapi/v2/department/delete", {}, {"dept_id": dept}),
        (
            "POST",
            "/router/rest",
            {},
            {
                "method": "dingtalk.oapi.v2.user.get",
                "session": box.token(),
                "userid": one,
            },
        ),
        ("POST", "/call_back/register_call_back", {}, callback),
        ("POST", "/call_back/update_call_back", {}, callback),
        ("GET", "/call_back/get_call_back", {}, {}),
        ("GET", "/call_back/delete_call_back", {}, {}),
        ("GET", "/call_back/get_call_back_failed_result", {}, {}),
        ("POST", "/media/upload", {"type": "image"}, {}),
        (
            "POST",
            "/topapi/process/save",
            {},
            {
                "saveProcessRequest": {
                    "agentid": box.agent_id,
                    "name": "t",
                    "description": "d",
                    "form_component_list": [component],
                }
            },
        ),
        (
            "POST",
            "/topapi/process/delete",
            {},
            {"request": {"process_code": "PROC-0", "clean_running_task": False}},
        ),
        ("POST", "/topapi/process/get_by_name", {}, {"name": "请假"}),
        (
            "POST",
            "/topapi/process/listbyuserid",
            {},
            {"userid": one, "offset": 0, "size": 10},
        ),
        ("POST", "/topapi/process/template/manage/get", {}, {"userid": one}),
        (
            "POST",
            "/topapi/processinstance/create",
            {},
            {
                "agent_id": box.agent_id,
                "process_code": code,
                "originator_user_id": one,
                "dept_id": dept,
                "approvers": "%s,%s" % (one, two),
                "approvers_v2": [{"task_action_type": "AND", "user_ids": [one, two]}],
                "cc_list": two,
                "cc_position": "FINISH",
                "form_component_values": form,
            },
        ),
        (
            "POST",
            "/topapi/processinstance/get",
            {},
            {"process_instance_id": instance},
        ),
        (
            "POST",
            "/topapi/processinstance/listids",
            {},
            {
                "process_code": code,
                "start_time": now - 1000,
                "end_time": now + 1000,
                "size": 10,
                "cursor": 0,
                "userid_list": one,
            },
        ),
        (
            "POST",
            "/topapi/process/instance/terminate",
            {},
            {
                "request": {
                    "process_instance_id": instance,
                    "is_system": False,
                    "remark": "r",
                    "operating_userid": one,
                }
            },
        ),
        (
            "POST",
            "/topapi/process/instance/comment/add",
            {},
            {
                "request": {
                    "process_instance_id": instance,
                    "text": "t",
                    "comment_userid": one,
                    "file": old_files,
                }
            },
        ),
        ("POST", "/topapi/process/instance/execute", {}, {"request": act}),
        ("POST", "/topapi/processinstance/execute", {}, act),
        ("POST", "/topapi/process/gettodonum", {}, {"userid": one}),
        ("POST", "/topapi/processinstance/cspace/info", {}, {"user_id": one}),
        (
            "POST",
            "/topapi/processinstance/cspace/preview",
            {},
            {
                "request": {
                    "process_instance_id": instance,
                    "file_id": drive_file["fileId"],
                    "userid": one,
                    "fileid_list": [drive_file["fileId"]],
                }
            },
        ),
        (
            "POST",
            "/topapi/process/dentry/auth",
            {},
            {
                "request": {
                    "userid": one,
                    "file_infos": [
                        {
                            "space_id": drive_file["spaceId"],
                            "file_id": drive_file["fileId"],
                        }
                    ],
                }
            },
        ),
        (
            "POST",
            "/topapi/processinstance/file/url/get",
            {},
            {
                "request": {
                    "process_instance_id": instance,
                    "file_id": drive_file["fileId"],
                }
            },
        ),
        # New family
        (
            "POST",
            "/v1.0/oauth2/accessToken",
            {},
            {"appKey": box.app_key, "appSecret": box.app_secret},
        ),
        (
            "POST",
            "/v1.0/oauth2/userAccessToken",
            {},
            dict(
                credentials, code="c", refreshToken="r", grantType="authorization_code"
            ),
        ),
        (
            "POST",
            "/v1.0/oauth2/%s/token" % box.corp_id,
            {},
            {
                "client_id": box.app_key,
                "client_secret": box.app_secret,
                "grant_type": "client_credentials",
            },
        ),
        ("POST", "/v1.0/oauth2/jsapiTickets", {}, {}),
        ("GET", "/v1.0/contact/users/me", {}, {}),
        (
            "POST",
            "/v1.0/contact/departments/search",
            {},
            {"queryWord": "部", "offset": 0, "size": 10},
        ),
        (
            "POST",
            "/v1.0/contact/users/search",
            {},
            {"queryWord": "王", "offset": 0, "size": 10, "fullMatchField": 1},
        ),
        ("GET", "/v1.0/contact/users/batch/get", {"userIdList": one}, {}),
        (
            "GET",
            "/v1.0/event/callbacks/failedResults",
            {"beginTime": now, "endTime": now},
            {},
        ),
        (
            "POST",
            "/v1.0/meter/resources/useInfos/query",
            {},
            {"benefitCodeList": ["api_call"], "period": "2026-11"},
        ),
        (
            "POST",
            "/v1.0/gateway/connections/open",
            {},
            dict(
                credentials,
                subscriptions=[{"type": "EVENT", "topic": "*"}],
                ua="u",
                localIp="1",
            ),
        ),
        ("POST", "/v1.0/robot/oToMessages/batchSend", {}, sent),
        (
            "GET",
            "/v1.0/robot/oToMessages/readStatus",
            {"robotCode": box.app_key, "processQueryKey": key},
            {},
        ),
        (
            "POST",
            "/v1.0/robot/otoMessages/batchRecall",
            {},
            {"robotCode": box.app_key, "processQueryKeys": [key]},
        ),
        ("POST", "/v1.0/robot/groupMessages/send", {}, to_group),
        (
            "POST",
            "/v1.0/robot/groupMessages/recall",
            {},
            {
                "robotCode": box.app_key,
                "processQueryKeys": [group_key],
                "openConversationId": group["open_conversation_id"],
            },
        ),
        (
            "POST",
            "/v1.0/robot/groupMessages/query",
            {},
            {
                "robotCode": box.app_key,
                "processQueryKey": group_key,
                "openConversationId": group["open_conversation_id"],
                "maxResults": 10,
                "nextToken": "0",
            },
        ),
        (
            "POST",
            drive + "uploadInfos/query",
            {"unionId": person.unionid},
            {
                "protocol": "HEADER_SIGNATURE",
                "option": {
                    "preCheckParam": {
                        "md5": "m",
                        "size": 1,
                        "parentId": "0",
                        "name": "a",
                    }
                },
            },
        ),
        (
            "POST",
            drive + "commit",
            {"unionId": person.unionid},
            {"uploadKey": "k", "name": "a", "parentId": "0", "option": {"size": 1}},
        ),
        (
            "POST",
            flow + "forms",
            {},
            {
                "name": "n",
                "description": "d",
                "formComponents": new_components,
                "templateConfig": {"hidden": False, "dirId": "other"},
            },
        ),
        ("GET", flow + "forms/schemas/processCodes", {"processCode": code}, {}),
        (
            "GET",
            flow + "processes/userVisibilities/templates",
            {"userId": one, "maxResults": 10, "nextToken": 0},
            {},
        ),
        ("GET", flow + "processes/managements/templates", {"userId": one}, {}),
        (
            "POST",
            flow + "processes/forecast",
            {},
            {
                "processCode": code,
                "deptId": dept,
                "userId": one,
                "formComponentValues": form,
            },
        ),
        (
            "POST",
            instances,
            {},
            {
                "processCode": code,
                "originatorUserId": one,
                "deptId": dept,
                "microappAgentId": int(box.agent_id),
                "approvers": [{"actionType": "AND", "userIds": [one, two]}],
                "ccList": [two],
                "ccPosition": "FINISH",
                "targetSelectActioners": [
                    {"actionerKey": "k", "actionerUserIds": [one]}
                ],
                "formComponentValues": form
                + [
                    {
                        "name": "采购明细",
                        "value": "",
                        "details": [
                            {
                                "details": [
                                    {"name": "名称", "value": "x"},
                                    {"name": "采购数量", "value": "1"},
                                ]
                            }
                        ],
                    }
                ],
            },
        ),
        ("GET", instances, {"processInstanceId": instance}, {}),
        (
            "POST",
            flow + "processes/instanceIds/query",
            {},
            {
                "processCode": code,
                "startTime": now - 1000,
                "endTime": now + 1000,
                "nextToken": 0,
                "maxResults": 10,
                "userIds": [one],
                "statuses": ["RUNNING"],
            },
        ),
        (
            "POST",
            instances + "/terminate",
            {},
            {
                "processInstanceId": instance,
                "isSystem": False,
                "remark": "r",
                "operatingUserId": one,
            },
        ),
        (
            "POST",
            instances + "/comments",
            {},
            {
                "processInstanceId": instance,
                "text": "t",
                "commentUserId": one,
                "file": files,
            },
        ),
        ("POST", instances + "/execute", {}, execute),
        (
            "POST",
            flow + "tasks/redirect",
            {},
            {
                "taskId": new_task["id"],
                "toUserId": one,
                "operateUserId": new_task["userid"],
                "remark": "r",
            },
        ),
        ("GET", flow + "processes/todoTasks/numbers", {"userId": one}, {}),
        ("POST", instances + "/spaces/infos/query", {}, {"userId": one}),
        (
            "POST",
            instances + "/spaces/authPreview",
            {},
            {
                "processInstanceId": instance,
                "userId": one,
                "fileId": drive_file["fileId"],
                "fileIdList": [drive_file["fileId"]],
            },
        ),
        (
            "POST",
            instances + "/spaces/files/authDownload",
            {},
            {"userId": one, "fileInfos": [drive_file]},
        ),
        (
            "POST",
            instances + "/spaces/files/urls/download",
            {},
            {
                "processInstanceId": instance,
                "fileId": drive_file["fileId"],
                "withCommentAttatchment": False,
            },
        ),
    ]
    found += [
        (
            "POST",
            base + "asyncsend_v2",
            {},
            dict(agent, userid_list=one, dept_id_list="", to_all_user=False, msg=msg),
        )
        for msg in work
    ]
    found += [
        ("POST", "/robot/send", {"access_token": robot["token"]}, body)
        for body in webhook
    ]
    found += _to_dos(box, person.unionid, now)
    found += _attendance(one, now)
    found += _hr(box, now)
    found += _cards(box, one)
    return [
        {"method": method, "path": path, "query": query, "body": body}
        for method, path, query, body in found
    ]


def _attendance(userid, now):
    """Good calls of attendance."""
    day = time.strftime("%Y-%m-%d 00:00:00", time.gmtime(now // 1000))
    base = "/v1.0/attendance/"
    return [
        (
            "POST",
            "/attendance/list",
            {},
            {
                "workDateFrom": day,
                "workDateTo": day,
                "userIdList": [userid],
                "offset": 0,
                "limit": 50,
                "isI18n": False,
            },
        ),
        (
            "POST",
            "/attendance/listRecord",
            {},
            {"checkDateFrom": day, "checkDateTo": day, "userIds": [userid]},
        ),
        (
            "POST",
            "/topapi/attendance/record/upload",
            {},
            {
                "userid": userid,
                "device_name": "Odoo",
                "device_id": "odoo",
                "user_check_time": now,
            },
        ),
        (
            "POST",
            "/topapi/checkin/record/get",
            {},
            {
                "userid_list": userid,
                "start_time": now - 3600000,
                "end_time": now,
                "cursor": 0,
                "size": 100,
            },
        ),
        ("POST", "/topapi/attendance/getattcolumns", {}, {}),
        ("GET", base + "groupDetails", {"maxResults": 10, "nextToken": 0}, {}),
        (
            "POST",
            base + "columnValues/query",
            {},
            {
                "userIds": [userid],
                "columnIdList": ["1001"],
                "fromDate": now,
                "toDate": now,
            },
        ),
        (
            "POST",
            base + "approvals/query",
            {},
            {
                "userIds": userid,
                "bizTypes": [2, 3],
                "fromDateTime": now,
                "toDateTime": now,
            },
        ),
    ]


def _to_dos(box, unionid, now):
    """Samples of to-dos: (method, path, query, body)."""
    base = "/v1.0/todo/users/%s/" % unionid
    own = "/v1.0/todo/users/me/"
    operator = {"operatorId": unionid}
    fields = {
        "subject": "s",
        "description": "d",
        "dueTime": now,
        "executorIds": [unionid],
        "participantIds": [unionid],
        "contentFieldList": [{"fieldKey": "k", "fieldValue": "v"}],
    }
    address = "https://example.com/to-do"
    new = dict(
        fields,
        sourceId="fuzz",
        creatorId=unionid,
        detailUrl={"appUrl": address, "pcUrl": address},
        isOnlyShowExecutor=True,
        priority=20,
        notifyConfigs={"dingNotify": "1", "sendAssistantChat": "true"},
        reminderTimeStamp=now + 3600000,
    )
    one, two = (
        base + "tasks/" + box.api("POST", base + "tasks", dict(new, **more))[1]["id"]
        for more in ({}, {"sourceId": None})
    )
    new["sourceId"] = "other"
    rows = [{"id": unionid, "isDone": True}]
    lists = {"nextToken": "0", "isDone": False, "roleTypes": [["executor"]]}
    return [
        ("POST", base + "tasks", operator, new),
        ("POST", base + "org/tasks/query", {}, lists),
        ("PUT", one + "/executorStatus", operator, {"executorStatusList": rows}),
        ("PUT", one, operator, dict(fields, done=True)),
        ("GET", base + "tasks/sources/fuzz", {}, {}),
        ("GET", one, {}, {}),
        ("DELETE", two, operator, {}),
        ("POST", own + "personalTasks", {}, fields),
        ("PUT", own + "tasks/fuzz/update", {}, fields),
        ("PUT", own + "tasks/fuzz/updateExecutorStatus", {}, {"done": True}),
        ("DELETE", own + "tasks/fuzz/remove", {}, {}),
        ("POST", base + "organizations/tasks/query", {}, lists),
    ] + [
        ("POST", "/topapi/workrecord/" + name, {}, {"userid": "u"})
        for name in ("add", "update", "getbyuserid")
    ]


def card_file():
    """Return a card template as the editor exports it, with one text."""
    text = {"componentName": "Text", "props": {}, "children": []}
    editor = {
        "schema": {"componentsTree": [dict(text, children=[text])]},
        "variableList": [{"name": name} for name in ("title", "note")],
    }
    return json.dumps({"editorData": json.dumps(editor)})


def _cards(box, userid):
    """Samples of cards and of answers to a robot: (method, path, query, body)."""
    template, base = "fuzz.schema", "/v1.0/card/instances"
    box.control("POST", "cards/templates", {"id": template, "file": card_file()})
    values = {"cardParamMap": {"title": "x"}}
    whose = {userid: {"cardParamMap": {"note": "x"}}}
    data = {
        "cardTemplateId": template,
        "callbackType": "STREAM",
        "cardData": values,
        "privateData": whose,
        "userIdType": 1,
    }
    space = {"supportForward": False}
    place = {"spaceType": "IM_ROBOT", "robotCode": box.app_key}
    where = {
        "openSpaceId": "dtv1.card//IM_ROBOT.%s" % userid,
        "imRobotOpenDeliverModel": place,
    }
    box.control("POST", "chat", {"userid": userid, "text": "x", "wait": False})
    session = list(chat.area(box.world)["sessions"])[-1]
    sent = {"userid": userid, "msgtype": "file", "file": "QQ==", "wait": False}
    box.control("POST", "chat", sent)
    code = list(chat.area(box.world)["codes"])[-1]
    two = next(each for each in box.people() if each != userid)
    members = {"owner": userid, "useridlist": [userid, two]}
    _status, group = box.api(
        "POST", "/v1.0/im/group/create", dict(members, name="Fuzz")
    )
    return [
        (
            "POST",
            "/v1.0/robot/messageFiles/download",
            {},
            {"downloadCode": code, "robotCode": box.app_key},
        ),
        ("POST", "/v1.0/im/group/create", {}, dict(members, name="Fuzz 2")),
        ("GET", "/chat/get", {"chatid": group["chatid"]}, {}),
        (
            "POST",
            "/v1.0/im/group/update",
            {},
            {"chatid": group["chatid"], "name": "Fuzz 3"},
        ),
        (
            "POST",
            "/v1.0/im/innerGroups/members/query",
            {},
            {
                "openConversationId": group["openConversationId"],
                "userId": userid,
                "maxResults": 10,
            },
        ),
        (
            "POST",
            base + "/createAndDeliver",
            {},
            dict(data, outTrackId="fuzz-1", imRobotOpenSpaceModel=space, **where),
        ),
        (
            "POST",
            base,
            {},
            dict(data, outTrackId="fuzz-2", imRobotOpenSpaceModel=space),
        ),
        ("POST", base + "/deliver", {}, dict(where, outTrackId="fuzz-2", userIdType=1)),
        (
            "PUT",
            base,
            {},
            {
                "outTrackId": "fuzz-1",
                "cardData": values,
                "privateData": whose,
                "cardUpdateOptions": {"updateCardDataByKey": True},
            },
        ),
        (
            "PUT",
            "/v1.0/card/streaming",
            {},
            {
                "outTrackId": "fuzz-1",
                "guid": "fuzz",
                "key": "title",
                "content": "x",
                "isFull": True,
                "isFinalize": False,
                "isError": False,
            },
        ),
        (
            "POST",
            "/v1.0/card/callbacks/register",
            {},
            {"callbackRouteKey": "fuzz", "callbackUrl": "http://127.0.0.1:9/"},
        ),
        ("GET", "/v1.0/card/templates", {"templateId": template}, {}),
        (
            "POST",
            "/robot/sendBySession",
            {"session": session},
            {"msgtype": "text", "text": {"content": "x"}},
        ),
    ]


def _hr(box, now):
    """Samples of leave and the roster: (method, path, query, body)."""
    people = box.control("GET", "users")
    boss = next(each["userid"] for each in people if each["admin_level"])
    one = people[4]["userid"]
    code = box.control("GET", "leave/types")[0]["leaveCode"]
    day = time.strftime("%Y-%m-%d", time.gmtime(now / 1000 + 10 * 86400))
    period = {
        "bizType": 3,
        "fromTime": day + " AM",
        "toTime": day + " PM",
        "durationUnit": "halfDay",
        "calculateModel": 0,
        "leaveCode": code,
    }
    base, agent = "/v1.0/attendance/", box.agent_id
    record = {
        "topCalculateApproveDurationParam": period,
        "approveId": "fuzz",
        "tagName": "请假",
        "subType": "年假",
        "jumpUrl": "https://example.com/leave",
    }
    span = {"fromDateTime": now, "toDateTime": now + 86400000}
    closed = {
        "bizCode": "leave",
        "userIds": [one],
        "userTimeRange": [{"startTime": now, "endTime": now + 1}],
    }
    hrm = "/topapi/smartwork/hrm/"
    row = [{"field_code": "sys00-workPlace", "value": "x"}]
    box.control("POST", "roster/leavers", {"userid": one, "last_day": now})
    return [
        (
            "POST",
            hrm + "employee/querypreentry",
            {},
            {"offset": 0, "size": 50},
        ),
        (
            "POST",
            hrm + "employee/queryonjob",
            {},
            {"status_list": "2,3", "offset": 0, "size": 50},
        ),
        ("GET", base + "leaves/types", {"opUserId": boss, "vacationSource": "all"}, {}),
        ("POST", base + "approvals/durations/calculate", {"userId": one}, period),
        ("POST", base + "approvals/finish", {"userId": one}, record),
        (
            "POST",
            base + "approvals/query",
            {},
            dict(span, userIds=one, bizTypes=[3]),
        ),
        ("POST", base + "closingAccounts/status/query", {}, closed),
        (
            "POST",
            base + "holidays",
            {},
            {"userIds": [one], "workDateFrom": now, "workDateTo": now + 86400000},
        ),
        (
            "POST",
            "/topapi/attendance/vacation/quota/list",
            {},
            {
                "op_userid": boss,
                "leave_code": code,
                "userids": one,
                "offset": 0,
                "size": 50,
            },
        ),
    ] + [
        (
            "POST",
            "/topapi/attendance/vacation/quota/" + name,
            {},
            {
                "op_userid": boss,
                "leave_quotas": [
                    {
                        "userid": one,
                        "leave_code": code,
                        "quota_cycle": "2026",
                        "quota_num_per_day": 500,
                        "start_time": now,
                        "end_time": now + 86400000,
                    }
                ],
            },
        )
        for name in ("init", "update")
    ] + [
        (
            "POST",
            "/topapi/attendance/approve/cancel",
            {},
            {"userid": one, "approve_id": "fuzz"},
        ),
        (
            "POST",
            "/v1.0/hrm/rosters/lists/query",
            {},
            {
                "userIdList": [one],
                "appAgentId": int(agent),
                "fieldFilterList": ["sys00-workPlace"],
            },
        ),
        ("GET", "/v1.0/hrm/employees/dismissions", {"maxResults": 10}, {}),
        (
            "GET",
            "/v1.0/hrm/employees/dimissionInfos",
            {"userIdList": json.dumps([one])},
            {},
        ),
        ("POST", hrm + "roster/meta/get", {}, {"agentid": int(agent)}),
        (
            "POST",
            hrm + "employee/v2/update",
            {},
            {
                "agentid": int(agent),
                "param": {
                    "userid": one,
                    "groups": [
                        {
                            "group_id": "sys00",
                            "sections": [{"old_index": 0, "section": row}],
                        }
                    ],
                },
            },
        ),
    ]


def places(value, at=()):
    """Every place in nested data, the whole first."""
    yield at
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], at + (key,))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from places(each, at + (index,))


def changed(value, at, new, gone=False):
    """A copy with another value at one place, or without it."""
    if not at:
        return new
    found = copy.deepcopy(value)
    inner = found
    for key in at[:-1]:
        inner = inner[key]
    if gone:
        del inner[at[-1]]
    else:
        inner[at[-1]] = new
    return found


class Fuzzer:
    """Odd calls, reproducible by seed."""

    def __init__(self, seed, samples_):
        self.dice = random.Random(seed)
        self.samples = samples_

    def odd(self):
        return copy.deepcopy(self.dice.choice(ODD))

    def call(self, sample=None):
        """One call: a good one with one to three odd members."""
        dice = self.dice
        sample = copy.deepcopy(sample or dice.choice(self.samples))
        for _change in range(dice.choice((1, 1, 1, 2, 3))):
            part = "query" if sample["query"] and dice.random() < 0.5 else "body"
            if not sample[part]:
                part = "query" if sample["query"] else "body"
            at = dice.choice(list(places(sample[part])))
            if not at and part == "query":
                continue
            new = self.odd()
            if dice.random() < 0.15 and at:
                sample[part] = changed(sample[part], at, None, gone=True)
            else:
                sample[part] = changed(sample[part], at, new)
            if not isinstance(sample[part], (dict, list)):
                break
        sample["encoding"] = dice.choice(("json", "json", "json", "form", "strings"))
        return sample


def sent(call):
    """(params, headers, bytes) of a call."""
    # Servers limit the length of addresses, so only bodies are long.
    params = {
        str(name): _text(value)[:500]
        for name, value in (call["query"] or {}).items()
        if value is not None
    }
    body, encoding = call["body"], call["encoding"]
    if encoding == "json" or not isinstance(body, dict):
        return params, {"Content-Type": "application/json"}, json.dumps(body).encode()
    texts = {name: _text(value) for name, value in body.items()}
    if encoding == "strings":
        # As from the official Java SDK: JSON of texts, nested JSON as text.
        return params, {"Content-Type": "application/json"}, json.dumps(texts).encode()
    return params, {}, texts


def _text(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode("utf-8")
