# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Instances in the shapes of both API families."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Dict, List

from ..messages import BEIJING
from .records import Instance, Record, Task


def api_time(at: float) -> str:
    """Minutes of Beijing followed by a Z, as in real answers."""
    return datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%dT%H:%MZ")


def oapi_time(at: float) -> str:
    return datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def department_name(org: Any, dept_id: int) -> str:
    department = org.department(1 if dept_id == -1 else dept_id)
    return department.name if department is not None else ""


def _address(instance: Instance, task: Task) -> str:
    return "aflow.dingtalk.com?procInsId=%s&taskId=%s&businessId=%s" % (
        instance.id,
        task.id,
        instance.business_id,
    )


def approvers(instance: Instance) -> List[str]:
    found: Dict[str, None] = {}
    for node in instance.nodes:
        found.update(dict.fromkeys(node["userids"]))
    return list(found)


def _files(record: Record) -> List[Dict[str, str]]:
    """Here all five members are text, unlike in a form."""
    return [
        {name: str(value) for name, value in each.items()}
        for each in record.attachments
    ]


# The new family


def api_shape(
    instance: Instance, org: Any, approver_ids: str = "api"
) -> Dict[str, Any]:
    """`result` of the details.

    :param approver_ids: which instances name their approvers: api, manual, both; the
        pages contradict each other
    """
    found: Dict[str, Any] = {
        "title": instance.title,
        "originatorUserId": instance.originator,
        "originatorDeptId": str(instance.dept_id),
        "originatorDeptName": department_name(org, instance.dept_id),
        "status": instance.status,
        "result": instance.result,
        "businessId": instance.business_id,
        "bizAction": instance.biz_action,
        "attachedProcessInstanceIds": [],
        "createTime": api_time(instance.created_at),
        "operationRecords": [_api_record(each) for each in instance.records],
        "tasks": [_api_task(instance, each) for each in reversed(instance.tasks)],
        "formComponentValues": [dict(row) for row in instance.values],
    }
    if instance.main_id:
        found["mainProcessInstanceId"] = instance.main_id
    if instance.finished_at:
        found["finishTime"] = api_time(instance.finished_at)
    if instance.copied:
        found["ccUserIds"] = list(instance.copied)
    if approver_ids == "both" or instance.by_api == (approver_ids == "api"):
        found["approverUserIds"] = approvers(instance)
    return found


def _api_record(record: Record) -> Dict[str, Any]:
    found: Dict[str, Any] = {
        "date": api_time(record.at),
        "result": record.result,
        "type": record.kind,
        "userId": record.userid,
    }
    if record.kind != "START_PROCESS_INSTANCE":
        found["remark"] = record.remark
    if record.activity_id:
        found["activityId"] = record.activity_id
    if record.cc:
        found["ccUserIds"] = list(record.cc)
    if record.attachments:
        found["attachments"] = _files(record)
    if record.images:
        found["images"] = list(record.images)
    return found


def _api_task(instance: Instance, task: Task) -> Dict[str, Any]:
    address = _address(instance, task)
    found: Dict[str, Any] = {
        "taskId": task.id,
        "userId": task.userid,
        "status": task.status,
        "result": task.result,
        "activityId": task.activity_id,
        "createTime": api_time(task.created_at),
        "pcUrl": address,
        "mobileUrl": address,
        "processInstanceId": instance.id,
    }
    if task.finished_at:
        found["finishTime"] = api_time(task.finished_at)
    return found


# The old family


def oapi_shape(
    instance: Instance, org: Any, approver_ids: str = "api"
) -> Dict[str, Any]:
    """`process_instance` of the details, where approvers are named the other way round.
    """
    found: Dict[str, Any] = {
        "title": instance.title,
        "create_time": oapi_time(instance.created_at),
        "originator_userid": instance.originator,
        "originator_dept_id": str(instance.dept_id),
        "originator_dept_name": department_name(org, instance.dept_id),
        "status": instance.status,
        "result": instance.result,
        "business_id": instance.business_id,
        "biz_action": instance.biz_action,
        "attached_process_instance_ids": [],
        "operation_records": [_oapi_record(each) for each in instance.records],
        "tasks": [_oapi_task(instance, each) for each in reversed(instance.tasks)],
        "form_component_values": [_oapi_value(row) for row in instance.values],
    }
    if instance.main_id:
        found["main_process_instance_id"] = instance.main_id
    if instance.finished_at:
        found["finish_time"] = oapi_time(instance.finished_at)
    if instance.copied:
        found["cc_userids"] = list(instance.copied)
    if approver_ids == "both" or instance.by_api == (approver_ids != "api"):
        found["approver_userids"] = approvers(instance)
    return found


def _oapi_value(row: Dict[str, Any]) -> Dict[str, Any]:
    names = {"componentType": "component_type", "extValue": "ext_value"}
    found = {
        names.get(name, name): value
        for name, value in row.items()
        if name != "bizAlias"
    }
    found.setdefault("value", "null")
    return found


def _oapi_record(record: Record) -> Dict[str, Any]:
    found: Dict[str, Any] = {
        "date": oapi_time(record.at),
        "operation_type": record.kind,
        "operation_result": record.result,
        "userid": record.userid,
    }
    if record.kind != "START_PROCESS_INSTANCE":
        found["remark"] = record.remark
    if record.attachments:
        found["attachments"] = [
            {
                "space_id": each.get("spaceId"),
                "file_id": each.get("fileId"),
                "file_name": each.get("fileName"),
                "file_size": each.get("fileSize"),
                "file_type": each.get("fileType"),
            }
            for each in _files(record)
        ]
    return found


def _oapi_task(instance: Instance, task: Task) -> Dict[str, Any]:
    found: Dict[str, Any] = {
        "taskid": str(task.id),
        "userid": task.userid,
        "task_status": task.status,
        "task_result": task.result,
        "activity_id": task.activity_id,
        "create_time": oapi_time(task.created_at),
        "url": _address(instance, task),
    }
    if task.finished_at:
        found["finish_time"] = oapi_time(task.finished_at)
    return found
