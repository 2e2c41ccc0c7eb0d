# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Access OA approvals, old family, for applications that were granted only that.

Takes and returns the formats of :mod:`.approvals`.
"""

from ..errors import argument_error
from .approvals import (
    MAX_IDS_PAGE,
    MAX_IDS_USERS,
    MAX_NODES,
    MAX_REMARK,
    MAX_TEMPLATE_NAME,
    MAX_TEMPLATES_PAGE,
    at_most,
    check_copies,
    components_of,
    description_of,
    files_of,
    following,
    form_values,
    time_range,
    withdrawer,
)
from .base import (
    given,
    identifier,
    joined,
    listed,
    need,
    number,
    objects,
    optional,
    succeeded,
    text,
)
from .contacts import Page
from .storage import DriveFiles

MAX_OLD_VALUES = 200  # values of one form
MAX_OLD_CC = 20
MAX_OLD_COMPONENTS = 20  # of one template

#: member of the old family -> member of the new one
_INSTANCE = {
    "title": "title",
    "create_time": "createTime",
    "finish_time": "finishTime",
    "originator_userid": "originatorUserId",
    "originator_dept_id": "originatorDeptId",
    "originator_dept_name": "originatorDeptName",
    "status": "status",
    "result": "result",
    "business_id": "businessId",
    "cc_userids": "ccUserIds",
    "approver_userids": "approverUserIds",
    "biz_action": "bizAction",
    "attached_process_instance_ids": "attachedProcessInstanceIds",
    "main_process_instance_id": "mainProcessInstanceId",
}
_RECORD = {
    "date": "date",
    "operation_type": "type",
    "operation_result": "result",
    "userid": "userId",
    "remark": "remark",
    "attachments": "attachments",
    "cc_userids": "ccUserIds",
}
_TASK = {
    "userid": "userId",
    "task_status": "status",
    "task_result": "result",
    "create_time": "createTime",
    "finish_time": "finishTime",
    "taskid": "taskId",
    "activity_id": "activityId",
    "url": "pcUrl",
}
_VALUE = {
    "id": "id",
    "name": "name",
    "value": "value",
    "ext_value": "extValue",
    "component_type": "componentType",
}
_ATTACHMENT = {
    "space_id": "spaceId",
    "file_id": "fileId",
    "file_name": "fileName",
    "file_size": "fileSize",
    "file_type": "fileType",
}


class ApprovalsOapi(DriveFiles):
    """OA approvals, old family.

    It has no schema and no transfer of tasks.
    """

    def templates_page(self, userid=None, next_token=0, size=MAX_TEMPLATES_PAGE):
        """Return one page of the templates a person may use.

        https://open.dingtalk.com/document/development/obtains-a-list-of-approval-forms-visible-to-the-specified

        :rtype: Page of ``name``, ``processCode``, ``iconUrl``, ``url``
        """
        body = given(
            userid=optional(identifier, userid, "userid"),
            offset=number(next_token, "next_token", 0),
            size=number(size, "size", 1, MAX_TEMPLATES_PAGE),
        )
        payload = self._client.oapi("/topapi/process/listbyuserid", body)
        result = need(payload, "result", dict)
        names = {"process_code": "processCode", "icon_url": "iconUrl"}
        items = [
            _renamed(item, dict(names, name="name", url="url"))
            for item in objects(result.get("process_list"))
        ]
        return Page(items, following(result, "next_cursor", next_token))

    def save_template(
        self, name, components, process_code=None, description=None, config=None
    ):
        """Create or change a template, and return its process code.

        https://open.dingtalk.com/document/development/create-an-approval-form-template

        Arguments as for :meth:`.approvals.Approvals.save_template`, but up to 20
        components, fewer kinds, and of ``config`` only ``hidden``.

        :rtype: str
        :raise InvalidArgumentError: a component or the name is refused
        """
        components = components_of(components, MAX_OLD_COMPONENTS)
        agent_id = self._client.credential.agent_id
        request = given(
            agentid=number(agent_id, "agent_id", 1) if agent_id else None,
            process_code=process_code,
            name=text(name, "name", MAX_TEMPLATE_NAME),
            description=description_of(description),
            form_component_list=[_old_component(one) for one in components],
            hidden=(config or {}).get("hidden"),
        )
        payload = self._client.oapi(
            "/topapi/process/save",
            {"saveProcessRequest": request},
            idempotent=process_code is not None,
        )
        return need(need(payload, "result", dict), "process_code", str)

    def start(
        self,
        process_code,
        originator,
        values,
        dept_id=None,
        approvers=(),
        cc_userids=(),
        cc_position=None,
        target_approvers=(),
        agent_id=None,
    ):
        """Start an approval and return the id of its instance.

        https://open.dingtalk.com/document/development/create-an-approval-instance

        Arguments as for :meth:`.approvals.Approvals.start`, but up to 200 values, up to
        20 people in copy, always a department, and no ``target_approvers``.

        :rtype: str
        """
        if target_approvers:
            raise argument_error("target_approvers: only the new family has them")
        if dept_id is None:
            raise argument_error("dept_id: the old family needs it")
        rows = [
            _renamed(value, {"name": "name", "value": "value", "extValue": "ext_value"})
            for value in form_values(values, MAX_OLD_VALUES)
        ]
        nodes = [
            {"task_action_type": node["actionType"], "user_ids": node["userIds"]}
            for node in at_most(approvers, "approvers", MAX_NODES)
        ]
        copies = joined(cc_userids, "cc_userids", MAX_OLD_CC)
        check_copies(copies, nodes, cc_position)
        body = given(
            process_code=text(process_code, "process_code"),
            originator_user_id=identifier(originator, "originator"),
            dept_id=number(dept_id, "dept_id"),
            form_component_values=rows,
            approvers_v2=nodes or None,
            cc_list=copies or None,
            cc_position=cc_position,
            agent_id=optional(number, agent_id, "agent_id", 1),
        )
        payload = self._client.oapi(
            "/topapi/processinstance/create", body, idempotent=False
        )
        return need(payload, "process_instance_id", str)

    def instance(self, instance_id):
        """Return everything about one instance, in the format of the new family.

        https://open.dingtalk.com/document/development/obtains-the-details-of-a-single-approval-instance-pop

        :raise PermissionDeniedError: no such instance (810007: DingTalk does not
            distinguish unknown instances from inaccessible ones)
        """
        payload = self._client.oapi(
            "/topapi/processinstance/get",
            {"process_instance_id": text(instance_id, "instance_id")},
        )
        found = need(payload, "process_instance", dict)
        result = _renamed(found, _INSTANCE)
        need(result, "status", str)
        result["operationRecords"] = [
            dict(
                record,
                attachments=[
                    _renamed(one, _ATTACHMENT)
                    for one in listed(record.get("attachments"))
                ],
            )
            for record in _all_renamed(found, "operation_records", _RECORD)
        ]
        result["tasks"] = _all_renamed(found, "tasks", _TASK)
        result["formComponentValues"] = [
            # An empty field is the text "null" in the old family, and absent in the new
            # one.
            dict(
                (name, part)
                for name, part in value.items()
                if name != "value" or part != "null"
            )
            for value in _all_renamed(found, "form_component_values", _VALUE)
        ]
        return result

    def instance_ids_page(
        self,
        process_code,
        start,
        end=None,
        next_token=0,
        size=MAX_IDS_PAGE,
        userids=(),
        statuses=(),
    ):
        """Return one page of the ids of instances, without a filter by status.

        https://open.dingtalk.com/document/development/obtain-an-approval-list-of-instance-ids

        :rtype: Page
        """
        if statuses:
            raise argument_error("statuses: only the new family has them")
        start, end = time_range(start, end)
        body = given(
            process_code=text(process_code, "process_code"),
            start_time=start,
            end_time=end,
            cursor=number(next_token, "next_token", 0),
            size=number(size, "size", 1, MAX_IDS_PAGE),
            userid_list=joined(userids, "userids", MAX_IDS_USERS) or None,
        )
        payload = self._client.oapi("/topapi/processinstance/listids", body)
        result = need(payload, "result", dict)
        return Page(
            listed(result.get("list")), following(result, "next_cursor", next_token)
        )

    def terminate(self, instance_id, userid=None, remark="", is_system=False):
        """Withdraw a running instance, at least 15 seconds after its start.

        https://open.dingtalk.com/document/development/revoke-an-approval-instance
        """
        self._request(
            "/topapi/process/instance/terminate",
            process_instance_id=text(instance_id, "instance_id"),
            is_system=bool(is_system),
            remark=text(remark, "remark", MAX_REMARK, 0),
            operating_userid=withdrawer(userid, is_system),
        )

    def comment(self, instance_id, userid, comment, attachments=(), photos=()):
        """Add a comment to an instance.

        https://open.dingtalk.com/document/development/official-approval-adds-approval-comments
        """
        self._request(
            "/topapi/process/instance/comment/add",
            process_instance_id=text(instance_id, "instance_id"),
            comment_userid=identifier(userid, "userid"),
            text=text(comment, "comment", MAX_REMARK),
            file=_file(attachments, photos),
        )

    def space(self, userid, agent_id=None):
        """Return the id of the approvals' drive space and let a person upload to it.

        https://open.dingtalk.com/document/development/obtains-the-information-about-approval-nail-disk

        :rtype: int
        """
        body = given(
            user_id=identifier(userid, "userid"),
            agent_id=optional(number, agent_id, "agent_id", 1),
        )
        payload = self._client.oapi("/topapi/processinstance/cspace/info", body)
        return need(need(payload, "result", dict), "space_id", int)

    def download_url(self, instance_id, file_id, with_comments=False):
        """Return the address of a file of an instance, valid for 15 minutes.

        https://open.dingtalk.com/document/development/download-an-approval-attachment

        :param bool with_comments: without effect: this family provides files of the
            form and of decisions, never those of comments
        :rtype: str
        """
        body = {
            "request": {
                "process_instance_id": text(instance_id, "instance_id"),
                "file_id": identifier(file_id, "file_id"),
            }
        }
        payload = self._client.oapi("/topapi/processinstance/file/url/get", body)
        return need(need(payload, "result", dict), "download_uri", str)

    def _request(self, path, **values):
        payload = self._client.oapi(
            path, {"request": given(**values)}, idempotent=False)
        succeeded(payload)


def _old_component(component):
    """Translate a component from the new family's format to the old one's."""
    props = dict(component.get("props") or {})
    for new, old in (
        ("componentId", "id"),
        ("actionName", "action_name"),
        ("bizAlias", "biz_alias"),
    ):
        if new in props:
            props[old] = props.pop(new)
    if "upper" in props:
        props["not_upper"] = "1" if str(props.pop("upper")) == "0" else "0"
    if "options" in props:
        props["options"] = [
            one.get("value") if isinstance(one, dict) else one
            for one in props["options"]
        ]
    if "statField" in props:
        props["stat_field"] = [
            given(id=one.get("componentId"), label=one.get("label"))
            for one in props.pop("statField")
        ]
    found = {"component_name": component.get("componentType"), "props": props}
    if component.get("children"):
        found["children"] = [_old_component(one) for one in component["children"]]
    return found


def _renamed(item, names):
    return dict((names[name], value) for name, value in item.items() if name in names)


def _all_renamed(found, name, names):
    return [_renamed(item, names) for item in objects(found.get(name))]


def _file(attachments, photos):
    names = dict((new, old) for old, new in _ATTACHMENT.items())
    return files_of([_renamed(one, names) for one in attachments], photos)
