# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Approvals of the old family: frozen, still running, closed to new applications.

https://open.dingtalk.com/document/development/workflow-overview
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List

from ..approvals import details, templates
from ..approvals.components import compact
from ..approvals.records import Instance, Refused, Template
from ..checks import read_json
from ..endpoints import Call, oapi
from ..errors import OapiError
from ..params import Params
from ..v1.workflow import attached, matching

SCOPE = "qyapi_aflow"
MOST_CC = 20
MOST_VALUES = 200
LONGEST_REMARK = 1024
LONGEST_OLD_REMARK = 2000
MOST_CELLS = 200  # of all tables

# kind of a refusal -> (errcode, errmsg)
REFUSALS: Dict[str, Any] = {
    "template": (830001, "流程编码错误"),
    "disabled": (810008, "获取流程模板失败"),
    "name": (820017, "流程名称重复"),
    "form": (810003, "表单数据格式错误：%s"),
    "component": (820008, "审批系统错误：非法控件 %s"),
    "value": (820008, "审批系统错误：表单数据校验失败，失败控件：%s"),
    "person": (820008, "审批系统错误：用户不存在 %s"),
    "department": (820008, "审批系统错误：发起人不在部门中 %s"),
    "missing": (400002, "无效的参数：%s"),
    "approvers": (400002, "无效的参数：%s"),
    "targets": (820008, "审批系统错误：自选审批人缺失 %s"),
    "scope": (820008, "审批系统错误：自选审批人不在可选范围内 %s"),
    "instance": (810007, "没有该流程的权限"),
    "over": (820005, "流程实例状态异常"),
    "young": (820006, "发起审批15秒内不能撤销审批流程"),
    "originator": (820008, "您没有任务处理的权限"),
    "withdraw": (820008, "您没有任务处理的权限"),
    "task": (820008, "任务不存在：%s"),
    "task_over": (820006, "任务状态异常"),
    "actor": (820008, "您没有任务处理的权限"),
    "file": (820008, "审批系统错误：文件错误 %s"),
}


def bad(name: str) -> OapiError:
    return OapiError(400002, "无效的参数：%s" % name)


def process(path: str, wrapped: bool = False) -> Callable[[Any], Any]:
    """An endpoint of approvals. `wrapped`: its members are in `request`."""

    def decorate(handler: Callable[[Call], Any]) -> Any:
        @functools.wraps(handler)
        def run(call: Call) -> Any:
            if wrapped:
                call.params = _inside(call, "request")
            try:
                return handler(call)
            except Refused as error:
                code, text = REFUSALS[error.kind]
                raise OapiError(code, text % error.text if "%s" in text else text)

        return oapi("POST", path, scope=SCOPE, history=True, exempt=False)(run)

    return decorate


def _inside(call: Call, name: str) -> Params:
    found = call.params.json(name, required=True)
    if not isinstance(found, dict):
        raise bad(name)
    return Params({}, found, bad)


def _person(call: Call, name: str) -> Any:
    userid = call.params.text(name, required=True, problem=bad)
    found = call.org.person(userid)
    if found is None:
        raise OapiError(33012)
    return found


def _instance(call: Call) -> Instance:
    key = call.params.text("process_instance_id", required=True, problem=bad)
    found: Instance = call.world.approvals.instance(call.org.corp_id, key)
    return found


def _check_agent(call: Call, name: str = "agent_id") -> None:
    agent_id = call.params.integer(name)
    if agent_id is not None and agent_id != call.app.agent_id:
        raise OapiError(40056)


def _remark(
    call: Call,
    name: str = "remark",
    required: bool = False,
    longest: int = LONGEST_REMARK,
) -> str:
    found = call.params.text(
        name, default="", required=required, longest=longest, problem=bad
    )
    return found or ""


def _files(call: Call) -> Dict[str, Any]:
    given = call.params.json("file") or {}
    found = []
    for row in given.get("attachments") or ():
        file = call.world.approvals.drive.file(call.org.corp_id, row.get("file_id"))
        if file is None or str(row.get("space_id")) != str(file.space_id):
            raise Refused("file", str(row.get("file_id")))
        found.append(dict(file.value(), fileName=row.get("file_name")))
    return {
        "attachments": found,
        "images": [str(each) for each in given.get("photos") or ()],
    }


# Templates


@process("/topapi/process/save")
def save(call: Call) -> Dict[str, Any]:
    call.params = _inside(call, "saveProcessRequest")
    params = call.params
    _check_agent(call, "agentid")
    values: Dict[str, Any] = {
        "name": params.text("name", required=True, longest=200, problem=bad),
        "components": [
            _component(each) for each in params.json("form_component_list") or ()
        ],
    }
    if params.has("description"):
        values["description"] = params.text("description", longest=300, problem=bad)
    key = params.text("process_code", default="") or ""
    if not key:
        values["by_app"] = call.app.app_key
    template = call.world.approvals.save_template(call.org, key, **values)
    return {"result": {"process_code": template.process_code}}


def _component(given: Dict[str, Any]) -> Dict[str, Any]:
    """A component in the names of the new family."""
    names = {"action_name": "actionName", "biz_alias": "bizAlias"}
    props = {
        names.get(name, name): value
        for name, value in (given.get("props") or {}).items()
    }
    if "not_upper" in props:
        props["upper"] = "0" if str(props.pop("not_upper")) == "1" else "1"
    if "stat_field" in props:
        props["statField"] = [
            {"componentId": each.get("id"), "label": each.get("label")}
            for each in props.pop("stat_field")
        ]
    found: Dict[str, Any] = {
        "componentType": given.get("component_name"),
        "props": props,
    }
    if given.get("children"):
        found["children"] = [_component(each) for each in given["children"]]
    return found


@process("/topapi/process/delete", wrapped=True)
def delete(call: Call) -> Dict[str, Any]:
    _check_agent(call, "agentid")
    approvals = call.world.approvals
    template = approvals.template(call.org.corp_id, call.params.text("process_code"))
    clean = call.params.boolean("clean_running_task", default=False)
    approvals.delete_template(template, bool(clean))
    return {"success": True}


@process("/topapi/process/get_by_name")
def get_by_name(call: Call) -> Dict[str, Any]:
    name = call.params.text("name", required=True, problem=bad)
    found = call.world.approvals.by_name(call.org.corp_id, name)
    if found is None:
        raise OapiError(820004, "流程模板不存在")
    return {"process_code": found.process_code}


@process("/topapi/process/listbyuserid")
def listbyuserid(call: Call) -> Dict[str, Any]:
    params = call.params
    userid = params.text("userid", default="") or ""
    if userid:
        _person(call, "userid")
    start = params.integer("offset", default=0, low=0, problem=bad)
    size = params.integer("size", default=100, low=1, high=100, problem=bad)
    found = call.world.approvals.visible(call.org.corp_id, userid)
    result: Dict[str, Any] = {
        "process_list": [_listed(each) for each in found[start : start + size]]
    }
    if start + size < len(found):
        result["next_cursor"] = start + size
    return {"result": result}


def _listed(template: Template) -> Dict[str, Any]:
    links = templates.addresses(template)
    return {
        "name": template.name,
        "process_code": template.process_code,
        "icon_url": links["iconUrl"],
        "url": links["url"],
    }


@process("/topapi/process/template/manage/get")
def manageable(call: Call) -> Dict[str, Any]:
    one = _person(call, "userid")
    return {
        "result": [
            {
                "icon_name": each.icon,
                "flow_title": each.name,
                "process_code": each.process_code,
                "gmt_modified": details.oapi_time(each.modified_at),
                "attendance_type": 0,
                "icon_url": templates.addresses(each)["iconUrl"],
                "is_new_process": True,
            }
            for each in call.world.approvals.templates_of(call.org.corp_id)
            if one.admin_level or each.creator == one.userid
        ],
        "success": True,
    }


# Instances


@process("/topapi/processinstance/create")
def create(call: Call) -> Dict[str, Any]:
    params, approvals = call.params, call.world.approvals
    _check_agent(call)
    values = params.json("form_component_values") or []
    if not isinstance(values, list) or len(values) > MOST_VALUES:
        raise bad("form_component_values")
    if sum(_cells(each) for each in values) > MOST_CELLS:
        raise bad("form_component_values")
    cc = params.names("cc_list") or []
    if len(cc) > MOST_CC:
        raise bad("cc_list")
    position = params.text("cc_position", default="") or ""
    if position not in ("", "START", "FINISH", "START_FINISH"):
        raise bad("cc_position")
    instance = approvals.start(
        call.org,
        approvals.template(call.org.corp_id, params.text("process_code")),
        params.text("originator_user_id", required=True, problem=bad),
        params.integer("dept_id", required=True, problem=bad),
        [_value(each) for each in values],
        _nodes(params),
        cc,
        position,
        app_key=call.app.app_key,
    )
    return {"process_instance_id": instance.id}


def _cells(given: Dict[str, Any]) -> int:
    """The number of cells of a value; 0 if it is not a table."""
    value = given.get("value")
    if isinstance(value, str) and value.startswith("[["):
        try:
            value = read_json(value)
        except ValueError:
            return 0
    if not isinstance(value, list):
        return 0
    return sum(len(row) for row in value if isinstance(row, list))


def _value(given: Any) -> Dict[str, Any]:
    """A value in the names of the new family; lists may be unchanged."""
    if not isinstance(given, dict):
        raise bad("form_component_values")
    found = {"name": given.get("name"), "value": given.get("value")}
    if isinstance(found["value"], (list, dict)):
        found["value"] = compact(found["value"])
    for mine, theirs in (("id", "id"), ("extValue", "ext_value")):
        if given.get(theirs):
            found[mine] = given[theirs]
    return found


def _nodes(params: Params) -> List[Dict[str, Any]]:
    given = params.json("approvers_v2") or []
    if given:
        return [
            {
                "action": each.get("task_action_type"),
                "userids": each.get("user_ids") or (),
            }
            for each in given
        ]
    return [
        {"action": "NONE", "userids": [userid]}
        for userid in params.names("approvers") or ()
    ]


@process("/topapi/processinstance/get")
def get(call: Call) -> Dict[str, Any]:
    shape = details.oapi_shape(
        _instance(call), call.org, call.setting("approvals_approver_ids")
    )
    return {"process_instance": shape}


@process("/topapi/processinstance/listids")
def listids(call: Call) -> Dict[str, Any]:
    params = call.params
    size = params.integer("size", default=10, low=1, high=20, problem=bad)
    cursor = params.integer("cursor", default=0, low=0, problem=bad)
    users = params.names("userid_list") or []
    if len(users) > 10:
        raise bad("userid_list")
    begin = params.integer("start_time", required=True, problem=bad)
    end = params.integer("end_time", problem=bad)
    key = params.text("process_code", required=True, problem=bad)
    try:
        found, following = matching(call, key, begin, end, cursor, size, users, [])
    except ValueError:
        raise bad("start_time, end_time")
    result: Dict[str, Any] = {"list": found}
    if following is not None:
        result["next_cursor"] = following
    return {"result": result}


@process("/topapi/process/instance/terminate", wrapped=True)
def terminate(call: Call) -> Dict[str, Any]:
    instance = _instance(call)
    system = bool(call.params.boolean("is_system", default=False))
    userid = "" if system else _person(call, "operating_userid").userid
    call.world.approvals.withdraw(instance, userid, _remark(call), system)
    return {"result": True, "success": True}


@process("/topapi/process/instance/comment/add", wrapped=True)
def comment(call: Call) -> Dict[str, Any]:
    instance, one = _instance(call), _person(call, "comment_userid")
    text = _remark(call, "text", required=True)
    call.world.approvals.comment(instance, one.userid, text, **_files(call))
    return {"result": True, "success": True}


def _execute(call: Call, longest: int = LONGEST_REMARK) -> Dict[str, Any]:
    approvals, instance = call.world.approvals, _instance(call)
    one = _person(call, "actioner_userid")
    result = call.params.text("result", required=True, problem=bad)
    if result not in ("agree", "refuse"):
        raise bad("result")
    task_id = call.params.integer("task_id", required=True, problem=bad)
    task = approvals.open_task(instance, one.userid, task_id)
    remark = _remark(call, longest=longest)
    approvals.execute(instance, task, result, remark, **_files(call))
    return {"result": True, "success": True}


@process("/topapi/process/instance/execute", wrapped=True)
def execute(call: Call) -> Dict[str, Any]:
    return _execute(call)


@process("/topapi/processinstance/execute")
def execute_flat(call: Call) -> Dict[str, Any]:
    """The older form, its members not wrapped."""
    return _execute(call, LONGEST_OLD_REMARK)


@process("/topapi/process/gettodonum")
def gettodonum(call: Call) -> Dict[str, Any]:
    one = _person(call, "userid")
    return {
        "count": sum(
            len(each.open_tasks(one.userid))
            for each in call.world.approvals.todo(call.org.corp_id, one.userid)
        )
    }


# Attachments


@process("/topapi/processinstance/cspace/info")
def space(call: Call) -> Dict[str, Any]:
    one = _person(call, "user_id")
    _check_agent(call)
    space_id = call.world.approvals.drive.let_in(call.org.corp_id, one.userid)
    return {"result": {"space_id": space_id}, "success": True}


def _file(call: Call, instance: Instance, file_id: Any) -> Any:
    """The old family never shows files of comments."""
    file = call.world.approvals.drive.file(call.org.corp_id, file_id)
    if file is None or not attached(instance, file_id, False):
        raise Refused("file", str(file_id))
    return file


@process("/topapi/processinstance/cspace/preview", wrapped=True)
def preview(call: Call) -> Dict[str, Any]:
    instance = _instance(call)
    _person(call, "userid")
    _check_agent(call, "agentid")
    # No page says whether this one is a list or a text with commas.
    listed = call.params.raw("fileid_list")
    if isinstance(listed, list):
        wanted = listed
    else:
        wanted = call.params.names("fileid_list") or [call.params.text("file_id")]
    for file_id in wanted:
        _file(call, instance, file_id)
    space_id = call.world.approvals.drive.space_of(call.org.corp_id)
    return {"result": {"space_id": space_id}, "success": True}


@process("/topapi/process/dentry/auth", wrapped=True)
def dentry_auth(call: Call) -> Dict[str, Any]:
    _person(call, "userid")
    rows = call.params.json("file_infos") or []
    if not rows:
        raise bad("file_infos")
    for row in rows:
        file = call.world.approvals.drive.file(call.org.corp_id, row.get("file_id"))
        if file is None or str(row.get("space_id")) != str(file.space_id):
            raise Refused("file", str(row.get("file_id")))
    return {"result": True, "success": True}


@process("/topapi/processinstance/file/url/get", wrapped=True)
def file_url(call: Call) -> Dict[str, Any]:
    file = _file(
        call, _instance(call), call.params.text("file_id", required=True, problem=bad)
    )
    if not file.size:
        raise Refused("file", "0")
    return {
        "result": {
            "space_id": file.space_id,
            "file_id": file.id,
            "download_uri": call.base_url
            + call.world.approvals.drive.download_path(file),
        },
        "success": True,
    }
