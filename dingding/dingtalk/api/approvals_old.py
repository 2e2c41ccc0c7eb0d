# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""OA approvals, old family, for applications that were granted only that.

Takes and returns the shapes of :mod:`.approvals`, so that a caller chooses the family
once: ``client.approvals`` or ``client.approvals_old``.
"""

from ..errors import argument_error
from .approvals import (
    AGREE,
    CC_POSITIONS,
    MAX_ATTACHMENTS,
    MAX_IDS_PAGE,
    MAX_IDS_RANGE,
    MAX_IDS_USERS,
    MAX_NODES,
    MAX_REMARK,
    MAX_TEMPLATE_DESCRIPTION,
    MAX_TEMPLATE_NAME,
    MAX_TEMPLATES_PAGE,
    REFUSE,
    _most,
    form_value,
    succeeded,
)
from .base import given, identifier, joined, listed, need, number, text
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
_MANAGED = {
    "icon_name": "iconName",
    "flow_title": "flowTitle",
    "process_code": "processCode",
    "gmt_modified": "gmtModified",
    "attendance_type": "attendanceType",
    "icon_url": "iconUrl",
    "is_new_process": "newProcess",
}
_ATTACHMENT = {
    "space_id": "spaceId",
    "file_id": "fileId",
    "file_name": "fileName",
    "file_size": "fileSize",
    "file_type": "fileType",
}


class ApprovalsOld(DriveFiles):
    """OA approvals, old family.

    It has no schema, no forecast and no redirection.
    """

    def template_code(self, name):
        """Return the process code of the template with this name.

        https://open.dingtalk.com/document/development/server-api-error-codes-1

        :rtype: str
        :raise NotFoundError: no such template (820004)
        """
        payload = self._client.old(
            "/topapi/process/get_by_name", {"name": text(name, "name")}
        )
        return need(payload, "process_code", str)

    def templates_page(self, userid=None, next_token=0, size=MAX_TEMPLATES_PAGE):
        """Return one page of the templates a person may use.

        https://open.dingtalk.com/document/development/obtains-a-list-of-approval-forms-visible-to-the-specified

        :rtype: Page of ``name``, ``processCode``, ``iconUrl``, ``url``
        """
        body = given(
            userid=userid if userid is None else identifier(userid, "userid"),
            offset=number(next_token, "next_token", 0),
            size=number(size, "size", 1, MAX_TEMPLATES_PAGE),
        )
        payload = self._client.old("/topapi/process/listbyuserid", body)
        result = need(payload, "result", dict)
        names = {"process_code": "processCode", "icon_url": "iconUrl"}
        items = [
            _renamed(item, dict(names, name="name", url="url"))
            for item in listed(result.get("process_list"))
        ]
        return Page(items, _next(result, next_token))

    def save_template(
        self, name, components, process_code=None, description=None, config=None
    ):
        """Create a template, or change one, and return its process code.

        https://open.dingtalk.com/document/development/create-an-approval-form-template

        Arguments as :meth:`.approvals.Approvals.save_template`, but up to 20
        components, fewer kinds, and of ``config`` only ``hidden``.

        :rtype: str
        :raise InvalidArgumentError: a component or the name is refused
        """
        rows = [_old_component(one) for one in components]
        if not rows or len(rows) > MAX_OLD_COMPONENTS:
            raise argument_error(
                "components: %d, 1 to %d are allowed" % (len(rows), MAX_OLD_COMPONENTS)
            )
        if description is not None:
            text(description, "description", MAX_TEMPLATE_DESCRIPTION, 0)
        agent_id = self._client.credential.agent_id
        request = given(
            agentid=number(agent_id, "agent_id", 1) if agent_id else None,
            process_code=process_code,
            name=text(name, "name", MAX_TEMPLATE_NAME),
            description=description,
            form_component_list=rows,
            hidden=(config or {}).get("hidden"),
        )
        payload = self._client.old(
            "/topapi/process/save",
            {"saveProcessRequest": request},
            idempotent=process_code is not None,
        )
        return need(need(payload, "result", dict), "process_code", str)

    def manageable_templates(self, userid):
        """Return the templates that a person may manage.

        https://open.dingtalk.com/document/development/get-all-manageable-forms-for-the-current-enterprise

        :rtype: list of ``flowTitle``, ``processCode``, ``gmtModified`` ...
        """
        payload = self._client.old(
            "/topapi/process/template/manage/get",
            {"userid": identifier(userid, "userid")},
        )
        return [_renamed(item, _MANAGED) for item in need(payload, "result", list)]

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

        Arguments as :meth:`.approvals.Approvals.start`, but up to 200 values, up to 20
        people in copy, always a department, and no ``target_approvers``.

        :rtype: str
        """
        if target_approvers:
            raise argument_error("target_approvers: only the new family has them")
        if dept_id is None:
            raise argument_error("dept_id: the old family needs it")
        if cc_position is not None and cc_position not in CC_POSITIONS:
            raise argument_error("cc_position: %r is unknown" % (cc_position,))
        rows = [
            _renamed(
                form_value(**value),
                {"name": "name", "value": "value", "extValue": "ext_value"},
            )
            for value in _most(values, "values", MAX_OLD_VALUES)
        ]
        if not rows:
            raise argument_error("values: a form needs at least one")
        nodes = [
            {"task_action_type": node["actionType"], "user_ids": node["userIds"]}
            for node in _most(approvers, "approvers", MAX_NODES)
        ]
        copies = joined(cc_userids, "cc_userids", MAX_OLD_CC)
        if copies and not nodes:
            raise argument_error("cc_userids: DingTalk ignores them without approvers")
        body = given(
            process_code=text(process_code, "process_code"),
            originator_user_id=identifier(originator, "originator"),
            dept_id=number(dept_id, "dept_id"),
            form_component_values=rows,
            approvers_v2=nodes or None,
            cc_list=copies or None,
            cc_position=cc_position,
            agent_id=agent_id if agent_id is None else number(agent_id, "agent_id", 1),
        )
        payload = self._client.old(
            "/topapi/processinstance/create", body, idempotent=False
        )
        return need(payload, "process_instance_id", str)

    def instance(self, instance_id):
        """Return everything about one instance, in the shape of the new family.

        https://open.dingtalk.com/document/development/obtains-the-details-of-a-single-approval-instance-pop

        :raise PermissionDeniedError: no such instance (810007: DingTalk does not say
            whether it is unknown or not for this application)
        """
        payload = self._client.old(
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
            # An empty field is the text "null" here, and absent in the new family.
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
        """Return one page of the ids of instances; no choice by status.

        https://open.dingtalk.com/document/development/obtain-an-approval-list-of-instance-ids

        :rtype: Page
        """
        if statuses:
            raise argument_error("statuses: only the new family has them")
        start = number(start, "start", 0)
        if end is not None:
            number(end, "end", start, start + MAX_IDS_RANGE)
        body = given(
            process_code=text(process_code, "process_code"),
            start_time=start,
            end_time=end,
            cursor=number(next_token, "next_token", 0),
            size=number(size, "size", 1, MAX_IDS_PAGE),
            userid_list=joined(userids, "userids", MAX_IDS_USERS) or None,
        )
        payload = self._client.old("/topapi/processinstance/listids", body)
        result = need(payload, "result", dict)
        return Page(listed(result.get("list")), _next(result, next_token))

    def terminate(self, instance_id, userid=None, remark="", is_system=False):
        """Withdraw a running instance, 15 seconds after its start at the earliest.

        https://open.dingtalk.com/document/development/revoke-an-approval-instance
        """
        if userid is None and not is_system:
            raise argument_error("userid: needed unless the system withdraws")
        self._request(
            "/topapi/process/instance/terminate",
            process_instance_id=text(instance_id, "instance_id"),
            is_system=bool(is_system),
            remark=text(remark, "remark", MAX_REMARK, 0),
            operating_userid=userid if userid is None else identifier(userid, "userid"),
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

    def execute(
        self, instance_id, task_id, userid, result, remark="", attachments=(), photos=()
    ):
        """Agree to a task or refuse it in a person's name.

        https://open.dingtalk.com/document/development/approve-or-reject-the-approval-task
        """
        if result not in (AGREE, REFUSE):
            raise argument_error("result: %r is neither agree nor refuse" % (result,))
        self._request(
            "/topapi/process/instance/execute",
            process_instance_id=text(instance_id, "instance_id"),
            task_id=number(task_id, "task_id", 1),
            actioner_userid=identifier(userid, "userid"),
            result=result,
            remark=text(remark, "remark", MAX_REMARK, 0),
            file=_file(attachments, photos),
        )

    def todo_count(self, userid):
        """Return how many tasks wait for a person.

        https://open.dingtalk.com/document/development/queries-the-number-of-requests-to-be-approved-by-users

        :rtype: int
        """
        payload = self._client.old(
            "/topapi/process/gettodonum", {"userid": identifier(userid, "userid")}
        )
        return need(payload, "count", int)

    def space(self, userid, agent_id=None):
        """Return the id of the approvals' drive space and let a person upload to it.

        https://open.dingtalk.com/document/development/obtains-the-information-about-approval-nail-disk

        :rtype: int
        """
        body = given(
            user_id=identifier(userid, "userid"),
            agent_id=agent_id if agent_id is None else number(agent_id, "agent_id", 1),
        )
        payload = self._client.old("/topapi/processinstance/cspace/info", body)
        return need(need(payload, "result", dict), "space_id", int)

    def allow_preview(self, instance_id, userid, file_id, with_comments=False):
        """Let a person preview a file of an instance; returns the space id.

        https://open.dingtalk.com/document/development/official-authorized-preview-approval-attachment

        :param bool with_comments: without effect, see :meth:`download_url`
        :rtype: int
        """
        body = {
            "request": {
                "process_instance_id": text(instance_id, "instance_id"),
                "userid": identifier(userid, "userid"),
                "file_id": identifier(file_id, "file_id"),
            }
        }
        payload = self._client.old("/topapi/processinstance/cspace/preview", body)
        return need(need(payload, "result", dict), "space_id", int)

    def allow_download(self, userid, files):
        """Let a person download files of approvals.

        https://open.dingtalk.com/document/development/download-an-approval-attachment

        :param files: (space id, file id) each
        """
        self._request(
            "/topapi/process/dentry/auth",
            userid=identifier(userid, "userid"),
            file_infos=[
                {
                    "space_id": number(space_id, "space_id", 1),
                    "file_id": identifier(file_id, "file_id"),
                }
                for space_id, file_id in files
            ],
        )

    def download_url(self, instance_id, file_id, with_comments=False):
        """Return the address of a file of an instance, good for 15 minutes.

        https://open.dingtalk.com/document/development/download-an-approval-attachment

        :param bool with_comments: without effect: this family hands out files of the
            form and of decisions, never those of comments
        :rtype: str
        """
        body = {
            "request": {
                "process_instance_id": text(instance_id, "instance_id"),
                "file_id": identifier(file_id, "file_id"),
            }
        }
        payload = self._client.old("/topapi/processinstance/file/url/get", body)
        return need(need(payload, "result", dict), "download_uri", str)

    def _request(self, path, **values):
        payload = self._client.old(path, {"request": given(**values)}, idempotent=False)
        succeeded(payload)


def _old_component(component):
    """Return a component of the new family in the words of the old one."""
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
    return [_renamed(item, names) for item in listed(found.get(name))]


def _file(attachments, photos):
    back = dict((new, old) for old, new in _ATTACHMENT.items())
    rows = [
        _renamed(one, back)
        for one in _most(attachments, "attachments", MAX_ATTACHMENTS)
    ]
    photos = list(photos)
    return {"attachments": rows, "photos": photos} if rows or photos else None


def _next(result, current):
    if result.get("next_cursor") in (None, "", 0):
        return None
    following = need(result, "next_cursor", int)
    return None if following <= current else following
