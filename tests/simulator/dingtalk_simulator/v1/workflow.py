# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Approvals of the new family.

https://open.dingtalk.com/document/development/workflow-overview
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Optional

from ..approvals import details, templates
from ..approvals.records import COMPLETED, RUNNING, TERMINATED, Instance, Refused
from ..endpoints import Call, api
from ..errors import ApiError, refuse

BASE = "/v1.0/workflow/"
FORM_READ, FORM_WRITE = "Workflow.Form.Read", "Workflow.Form.Write"
READ, WRITE = "Workflow.Instance.Read", "Workflow.Instance.Write"
MOST_PAGE = 20
MOST_USERS = 10
DAY = 24 * 3600
LONGEST_RANGE = 120 * DAY
OLDEST = 365 * DAY
LONGEST_REMARK = 1024
LONGEST_REDIRECT = 256
MOST_FILES = 20
MOST_CC = 50
MOST_VALUES = 150

# Codes of refusals here: kind -> (code, text)
REFUSALS: Dict[str, Any] = {
    "template": ("processCodeError", "流程编码错误"),
    "disabled": ("processGetFailed", "获取流程失败，流程可能已停用"),
    "name": ("formName.error", "表单名称重复"),
    "form": ("formschema.error", "表单schema错误：%s"),
    "component": ("illegalComponent", "非法控件：%s"),
    "value": ("formConverterError", "表单数据校验失败，失败控件：%s"),
    "person": ("processInstanceInvalidParameter", "用户不存在：%s"),
    "department": ("processInstanceInvalidParameter", "发起人不在部门中：%s"),
    "missing": ("invalidParameter", "参数错误：%s"),
    "approvers": ("invalidParameter", "参数错误：%s"),
    "targets": ("targetSelectApproverMissing", "自选审批人缺失：%s"),
    "scope": ("targetSelectApproverScopeError", "自选审批人不在可选范围内：%s"),
    "instance": ("aflowProcessInstNotExist", "审批实例不存在"),
    "over": ("aflowProcessInstStatusException", "审批实例状态异常"),
    "young": ("aflowProcessInstStatusException", "发起审批15秒内不能撤销审批流程"),
    "originator": (
        "invalidInstanceTerminateOperatingUserId",
        "只有发起人才能撤销审批",
    ),
    "withdraw": ("internalError", "您没有任务处理的权限"),
    "task": ("invalidParameter", "任务不存在：%s"),
    "task_over": ("task.status.error", "任务状态错误"),
    "actor": ("invalidParameter", "您没有任务处理的权限"),
    "file": ("invalidParameter", "文件错误：%s"),
}


def refused(error: Refused, **codes: str) -> ApiError:
    """The error of a refusal; `codes` are an endpoint's own names of some kinds."""
    code, text = REFUSALS[error.kind]
    return ApiError(
        codes.get(error.kind, code), text % error.text if "%s" in text else text
    )


def workflow(method: str, path: str, scope: str, **codes: str) -> Callable[[Any], Any]:
    """An endpoint of approvals: refusals become its errors."""

    def decorate(handler: Callable[[Call], Any]) -> Any:
        @functools.wraps(handler)
        def run(call: Call) -> Any:
            if call.setting("approvals_oapi_only"):
                raise refuse("permission", "v1", call.path, scopes=(scope,))
            try:
                return handler(call)
            except Refused as error:
                raise refused(error, **codes)

        return api(method, path, scope=scope, exempt=False)(run)

    return decorate


def invalid(code: str) -> ApiError:
    return ApiError(code, "参数错误：%s" % code)


def done() -> Dict[str, Any]:
    return {"result": True, "success": True}


def person(call: Call, name: str, code: str = "userNotExist") -> Any:
    """The person in a member. :raise ApiError: nobody"""
    userid = call.params.text(name, required=True)
    found = call.org.person(userid)
    if found is None:
        raise ApiError(code, "用户不存在：%s" % userid)
    return found


def remark_of(call: Call, longest: int = LONGEST_REMARK) -> str:
    return call.params.text("remark", default="", longest=longest) or ""


def files_of(call: Call) -> Dict[str, Any]:
    """The member `file` as `attachments` and `images`; files must be in the space."""
    given = call.params.json("file") or {}
    attachments = []
    rows = given.get("attachments") or []
    if len(rows) > MOST_FILES:
        raise invalid("invalidParameter")
    for row in rows:
        file = call.world.approvals.drive.file(call.org.corp_id, row.get("fileId"))
        if file is None or str(row.get("spaceId")) != str(file.space_id):
            raise Refused("file", str(row.get("fileId")))
        attachments.append(dict(file.value(), fileName=row.get("fileName")))
    return {
        "attachments": attachments,
        "images": [str(each) for each in given.get("photos") or ()],
    }


# Templates


@workflow("POST", BASE + "forms", FORM_WRITE, template="processcode.error")
def save_form(call: Call) -> Dict[str, Any]:
    approvals, params = call.world.approvals, call.params
    key = params.text("processCode", default="") or ""
    values: Dict[str, Any] = {
        "name": params.text(
            "name",
            required=True,
            longest=200,
            problem=lambda _name: ApiError("formName.error", "表单名称错误"),
        ),
        "components": params.json("formComponents"),
    }
    if params.has("description"):
        values["description"] = params.text("description", longest=300)
    if params.has("templateConfig"):
        config = params.json("templateConfig")
        values["config"] = {
            name: value for name, value in config.items() if value is not None
        }
    if not key:
        values["by_app"] = call.app.app_key
    template = approvals.save_template(call.org, key, **values)
    return {"result": {"processCode": template.process_code}}


@workflow(
    "GET", BASE + "forms/schemas/processCodes", FORM_READ, template="formNotExist"
)
def read_schema(call: Call) -> Dict[str, Any]:
    key = call.params.text(
        "processCode",
        required=True,
        problem=lambda _name: invalid("aflowProcessCodeIsError"),
    )
    template = call.world.approvals.template(call.org.corp_id, key)
    return {"result": templates.schema(template), "success": True}


@workflow("GET", BASE + "processes/userVisibilities/templates", FORM_READ)
def visible_templates(call: Call) -> Dict[str, Any]:
    userid = call.params.text("userId", default="") or ""
    if userid:
        person(call, "userId")
    start = call.params.integer("nextToken", default=0, low=0)
    size = call.params.integer("maxResults", default=100, low=1, high=100)
    found = call.world.approvals.visible(call.org.corp_id, userid)
    page = found[start : start + size]
    result: Dict[str, Any] = {
        "processList": [
            dict(
                templates.addresses(each),
                name=each.name,
                processCode=each.process_code,
                dirId=each.config.get("dirId") or "other",
                dirName="其他",
            )
            for each in page
        ]
    }
    if start + size < len(found):
        result["nextToken"] = start + size
    return {"result": result}


@workflow("GET", BASE + "processes/managements/templates", FORM_READ)
def manageable_templates(call: Call) -> Dict[str, Any]:
    one = person(call, "userId")
    return {
        "result": [
            {
                "iconName": each.icon,
                "flowTitle": each.name,
                "processCode": each.process_code,
                "newProcess": True,
                "gmtModified": details.api_time(each.modified_at),
                "attendanceType": 0,
                "iconUrl": templates.addresses(each)["iconUrl"],
            }
            for each in call.world.approvals.templates_of(call.org.corp_id)
            if one.admin_level or each.creator == one.userid
        ],
        "success": True,
    }


@workflow("POST", BASE + "processes/forecast", WRITE, template="formNotExist")
def forecast(call: Call) -> Dict[str, Any]:
    approvals, params = call.world.approvals, call.params
    template = approvals.template(call.org.corp_id, params.text("processCode"))
    one = person(call, "userId")
    dept_id = params.integer("deptId", required=True)
    if not params.json("formComponentValues"):
        raise ApiError("componentIsNull", "表单控件为空")
    nodes = approvals.nodes_for(call.org, template, one.userid, dept_id)
    rules, previous = [], "sid-startevent"
    for node in nodes:
        rules.append(_rule(call, node, previous))
        previous = node["activity_id"]
    return {
        "result": {
            "isForecastSuccess": True,
            "isStaticWorkflow": True,
            "processCode": template.process_code,
            "processId": int(template.created_at),
            "userId": one.userid,
            "workflowActivityRules": rules,
            "workflowForecastNodes": [
                {"activityId": rule["activityId"], "outId": "sid-%d" % place}
                for place, rule in enumerate(rules)
            ],
        },
        "success": True,
    }


def _rule(call: Call, node: Dict[str, Any], previous: str) -> Dict[str, Any]:
    select = bool(node.get("select"))
    people = [call.org.person(userid) for userid in node["userids"]]
    actor: Dict[str, Any] = {
        "actorKey": node.get("key") or node["activity_id"],
        "actorType": "approver",
        "actorSelectionType": "approvals" if node["userids"] else "allStaff",
        "allowedMulti": True,
        "approvalType": "MANUAL",
        "approvalMethod": node["action"],
        "actorActivateType": "ONE_BY_ONE" if node["action"] == "ONE_BY_ONE" else "ALL",
        "required": True,
    }
    if select:
        actor["actorSelectionRange"] = {
            "approvals": [
                {"workNo": each.userid, "userName": each.name} for each in people
            ],
            "labels": [],
        }
    return {
        "activityId": node["activity_id"],
        "prevActivityId": previous,
        "activityName": node.get("name") or "审批人",
        "activityType": "target_select" if select else "target_approval",
        "isTargetSelect": select,
        "workflowActor": actor,
        "activityActioners": (
            []
            if select
            else [
                {"userId": each.userid, "name": each.name, "avatar": each.avatar}
                for each in people
                if each is not None
            ]
        ),
    }


# Instances


@workflow("POST", BASE + "processInstances", WRITE)
def start(call: Call) -> Dict[str, Any]:
    params = call.params
    agent_id = params.integer("microappAgentId")
    if agent_id is not None and agent_id != call.app.agent_id:
        raise ApiError("invalidAgentId", "agentId错误")
    values = params.json("formComponentValues") or []
    if len(values) > MOST_VALUES:
        raise ApiError("invalidParameter", "参数错误：formComponentValues")
    cc = params.names("ccList") or []
    if len(cc) > MOST_CC:
        raise ApiError("invalidParameter", "参数错误：ccList")
    position = params.text("ccPosition", default="") or ""
    if position not in ("", "START", "FINISH", "START_FINISH"):
        raise ApiError("invalidParameter", "参数错误：ccPosition")
    approvals = call.world.approvals
    chosen = params.json("targetSelectActioners")
    instance = approvals.start(
        call.org,
        approvals.template(call.org.corp_id, params.text("processCode")),
        params.text("originatorUserId", required=True),
        params.integer("deptId"),
        values,
        [
            {"action": each.get("actionType"), "userids": each.get("userIds")}
            for each in params.json("approvers") or ()
        ],
        cc,
        position,
        {
            each.get("actionerKey"): list(each.get("actionerUserIds") or ())
            for each in chosen or ()
        },
        call.app.app_key,
    )
    return {"instanceId": instance.id}


def found(call: Call, name: str = "processInstanceId") -> Instance:
    """The instance in a member."""
    key = call.params.text(
        name, required=True, problem=lambda _name: invalid("invalidInstanceId")
    )
    return call.world.approvals.instance(call.org.corp_id, key)


@workflow("GET", BASE + "processInstances", READ)
def read_instance(call: Call) -> Dict[str, Any]:
    shape = details.api_shape(
        found(call), call.org, call.setting("approvals_approver_ids")
    )
    return {"result": shape, "success": True}


@workflow("POST", BASE + "processes/instanceIds/query", READ)
def instance_ids(call: Call) -> Dict[str, Any]:
    params = call.params

    def problem(code: str) -> Callable[[str], ApiError]:
        return lambda _name: invalid(code)

    bad_size = problem("invalidMaxResults")
    size = params.integer(
        "maxResults", required=True, low=1, high=MOST_PAGE, problem=bad_size
    )
    token = params.integer(
        "nextToken", required=True, low=0, problem=problem("invalidNextToken")
    )
    users = params.names("userIds") or []
    if len(users) > MOST_USERS:
        raise invalid("invalidUserIds")
    key = params.text(
        "processCode", required=True, problem=problem("invalidProcessCode")
    )
    begin = params.integer(
        "startTime", required=True, problem=problem("invalidInstanceListIdsStartTime")
    )
    end = params.integer("endTime", problem=problem("invalidEndTime"))
    try:
        ids_found, following = matching(
            call, key, begin, end, token, size, users, params.names("statuses") or []
        )
    except ValueError as error:
        raise invalid(str(error))
    except Refused:
        raise invalid("invalidProcessCode")
    result: Dict[str, Any] = {"list": ids_found}
    if following is not None:
        result["nextToken"] = str(following)
    return {"result": result, "success": True}


def matching(
    call: Call,
    process_code: Optional[str],
    begin: int,
    end: Optional[int],
    token: int,
    size: int,
    userids: List[str],
    statuses: List[str],
) -> Any:
    """(page of ids, start of the next one or None), oldest first.

    :raise ValueError: the name of the error of a bad range
    """
    now = call.now()
    until = now if end is None else end / 1000.0
    since = begin / 1000.0
    if since < now - OLDEST - DAY or since > now + DAY:
        raise ValueError("invalidInstanceListIdsStartTime")
    if until < since:
        raise ValueError("invalidEndTime")
    if until - since > LONGEST_RANGE + 60:
        # Without an end, until now.
        raise ValueError(
            "invalidEndTime" if end is not None else "invalidInstanceListIdsStartTime"
        )
    if set(statuses) - {RUNNING, TERMINATED, COMPLETED}:
        raise ValueError("invalidParameter")
    if token + size > call.setting("approvals_most_ids"):
        raise ValueError("invalidNextToken")
    approvals = call.world.approvals
    approvals.template(call.org.corp_id, process_code)
    all_found = [
        each.id
        for each in approvals.of_template(process_code or "")
        if since <= each.created_at <= until + 0.001
        and (not userids or each.originator in userids)
        and (not statuses or each.status in statuses)
    ]
    page = all_found[token : token + size]
    more = token + size < len(all_found)
    return page, token + size if more else None


@workflow(
    "POST",
    BASE + "processInstances/terminate",
    WRITE,
    person="userNotExist",
)
def terminate(call: Call) -> Dict[str, Any]:
    instance = found(call)
    system = call.params.boolean("isSystem", default=False)
    userid = ""
    if not system:
        userid = call.params.text(
            "operatingUserId",
            required=True,
            problem=lambda _name: invalid("invalidInstanceTerminateOperatingUserId"),
        )
        if call.org.person(userid) is None:
            raise ApiError("userNotExist", "用户不存在：%s" % userid)
    call.world.approvals.withdraw(instance, userid, remark_of(call), bool(system))
    return done()


@workflow("POST", BASE + "processInstances/comments", WRITE, person="userNotExist")
def comment(call: Call) -> Dict[str, Any]:
    instance = found(call)
    one = person(call, "commentUserId")
    text = call.params.text("text", required=True, longest=LONGEST_REMARK)
    call.world.approvals.comment(instance, one.userid, text, **files_of(call))
    return done()


@workflow("POST", BASE + "processInstances/execute", WRITE)
def execute(call: Call) -> Dict[str, Any]:
    approvals, instance = call.world.approvals, found(call)
    one = person(call, "actionerUserId")
    result = call.params.text("result", required=True)
    if result not in ("agree", "refuse"):
        raise invalid("invalidParameter")
    task = approvals.open_task(
        instance, one.userid, call.params.integer("taskId", required=True)
    )
    approvals.execute(instance, task, result, remark_of(call), **files_of(call))
    return done()


@workflow(
    "POST",
    BASE + "tasks/redirect",
    WRITE,
    over="instance.status.error",
    actor="param.illegal.operator",
    task="param.illegal",
    person="param.illegal",
)
def redirect(call: Call) -> Dict[str, Any]:
    approvals, params = call.world.approvals, call.params

    def blank(_name: str) -> ApiError:
        return ApiError("param.blank", "参数为空")

    task_id = params.integer("taskId", required=True, problem=blank)
    operator = params.text("operateUserId", required=True, problem=blank)
    target = params.text("toUserId", required=True, problem=blank)
    instance = approvals.instance_of_task(call.org.corp_id, task_id)
    task = approvals.open_task(instance, operator, task_id)
    approvals.redirect(
        instance, task, target, remark_of(call, longest=LONGEST_REDIRECT)
    )
    return {"result": True, "success": True}


@workflow("GET", BASE + "processes/todoTasks/numbers", READ)
def todo_number(call: Call) -> Dict[str, Any]:
    one = person(call, "userId")
    return {
        "result": sum(
            len(each.open_tasks(one.userid))
            for each in call.world.approvals.todo(call.org.corp_id, one.userid)
        )
    }


# Attachments


@workflow("POST", BASE + "processInstances/spaces/infos/query", WRITE)
def space(call: Call) -> Dict[str, Any]:
    one = person(call, "userId")
    agent_id = call.params.integer("agentId")
    if agent_id is not None and agent_id != call.app.agent_id:
        raise ApiError("invalidAgentId", "agentId错误")
    drive = call.world.approvals.drive
    space_id = drive.let_in(call.org.corp_id, one.userid)
    return {"result": {"spaceId": space_id}, "success": True}


def attached(instance: Instance, file_id: Any, with_comments: bool) -> bool:
    """Whether a file is in the form or an action, optionally in comments."""
    wanted = '"fileId":"%s"' % file_id
    for row in instance.values:
        if wanted in str(row.get("value") or ""):
            return True
    for record in instance.records:
        if record.kind == "ADD_REMARK" and not with_comments:
            continue
        if any(str(each.get("fileId")) == str(file_id) for each in record.attachments):
            return True
    return False


def file_of(call: Call, instance: Instance, file_id: Any) -> Any:
    """A readable file of the instance. :raise Refused: none"""
    drive = call.world.approvals.drive
    file = drive.file(call.org.corp_id, file_id)
    comments = call.params.boolean("withCommentAttatchment", default=False)
    if file is None or not attached(instance, file_id, bool(comments)):
        raise Refused("file", str(file_id))
    return file


@workflow("POST", BASE + "processInstances/spaces/authPreview", WRITE)
def auth_preview(call: Call) -> Dict[str, Any]:
    instance = found(call)
    person(call, "userId")
    wanted = call.params.names("fileIdList") or [call.params.text("fileId")]
    for file_id in wanted:
        file_of(call, instance, file_id)
    space_id = call.world.approvals.drive.space_of(call.org.corp_id)
    return {"result": {"spaceId": space_id}, "success": True}


@workflow("POST", BASE + "processInstances/spaces/files/authDownload", WRITE)
def auth_download(call: Call) -> Dict[str, Any]:
    person(call, "userId")
    rows = call.params.json("fileInfos") or []
    if not rows:
        raise invalid("invalidParameter")
    for row in rows:
        file = call.world.approvals.drive.file(call.org.corp_id, row.get("fileId"))
        if file is None or str(row.get("spaceId")) != str(file.space_id):
            raise Refused("file", str(row.get("fileId")))
    return done()


@workflow("POST", BASE + "processInstances/spaces/files/urls/download", WRITE)
def download_address(call: Call) -> Dict[str, Any]:
    file = file_of(call, found(call), call.params.text("fileId", required=True))
    if not file.size:
        raise Refused("file", "0")
    return {
        "result": {
            "spaceId": file.space_id,
            "fileId": file.id,
            "downloadUri": call.base_url
            + call.world.approvals.drive.download_path(file),
        },
        "success": True,
    }
