# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""OA approvals, new family. The old family's forms are in :mod:`.approvals_old`.

Times in answers such as ``2023-04-07T16:51Z`` are Beijing time although they end in
``Z``; :func:`beijing_time` reads them.
"""

import calendar
import re

from ..errors import ApiError, argument_error
from ..transport import encode_json
from .base import given, identifier, listed, need, number, text, truth
from .contacts import Page
from .storage import DriveFiles

RUNNING, TERMINATED, COMPLETED = "RUNNING", "TERMINATED", "COMPLETED"
STATUSES = (RUNNING, TERMINATED, COMPLETED)
AGREE, REFUSE = "agree", "refuse"
CC_POSITIONS = ("START", "FINISH", "START_FINISH")
ACTION_TYPES = ("AND", "OR", "NONE")

ROOT_DEPARTMENT = -1  # the root as an originator's department, unlike 1 elsewhere

MAX_VALUES = 150  # values of one form
MAX_VALUE = 65535  # characters of one value
MAX_COMPONENTS = 200  # components of one template
MAX_TEMPLATE_NAME = 200
MAX_TEMPLATE_DESCRIPTION = 300
MAX_NODES = 20  # approver nodes, and self-select nodes
MAX_CC = 50
MAX_REMARK = 1024
MAX_REDIRECT_REMARK = 256
MAX_IDS_PAGE = 20
MAX_IDS_USERS = 10
MAX_TEMPLATES_PAGE = 100
MAX_ATTACHMENTS = 20
MAX_IDS_RANGE = 120 * 24 * 3600 * 1000  # milliseconds between start and end

_BASE = "/v1.0/workflow/"
_BEIJING = 8 * 3600  # seconds
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?Z?\Z")


def beijing_time(value):
    """Return the seconds since the epoch for a time in an answer, or None.

    :param str value: ``2023-04-07T16:51Z`` or ``2022-05-30 23:46:37``, both Beijing
    """
    match = _TIME.match(value or "")
    if not match:
        return None
    parts = [int(part or 0) for part in match.groups()]
    return calendar.timegm(tuple(parts) + (0, 0, 0)) - _BEIJING


def form_value(name, value, **more):
    """Return one value of a form; what is not text is written as JSON text.

    :param str name: label of the component; of a range the JSON list of its labels
    :param value: text, number, or a list for choices, people, pictures, files, tables
    :param more: ``id``, ``bizAlias``, ``extValue``, ``componentType``, ``details``
    """
    if isinstance(name, (list, tuple)):
        name = encode_json(list(name)).decode("utf-8")
    if isinstance(value, bool) or not isinstance(value, (str, int, float, list, dict)):
        raise argument_error("%s: %r cannot be a value of a form" % (name, value))
    if not isinstance(value, str):
        value = encode_json(value).decode("utf-8")
    if len(value) > MAX_VALUE:
        raise argument_error(
            "%s: %d characters, %d are allowed" % (name, len(value), MAX_VALUE)
        )
    return dict(given(**more), name=text(name, "name"), value=value)


def approver_node(userids, action="OR"):
    """Return one node of approvers for :meth:`Approvals.start`.

    :param userids: two or more for ``AND`` (all must agree) and ``OR`` (the first
        decides), exactly one for ``NONE``; one person becomes ``NONE`` by itself
    """
    people = [identifier(userid, "approvers") for userid in userids]
    if not people:
        raise argument_error("approvers: a node without people", argument="approvers")
    if len(people) == 1:
        action = "NONE"
    if action not in ACTION_TYPES or (action == "NONE" and len(people) > 1):
        raise argument_error("approvers: %r is no way to decide" % (action,))
    return {"actionType": action, "userIds": people}


def succeeded(payload):
    """Return the answer, or raise when it says that it did not work."""
    if "success" in payload and not truth(payload["success"]):
        raise ApiError(
            "not_done",
            "DingTalk answered without an error, but says it did not work",
        )
    return payload


class Approvals(DriveFiles):
    """OA approvals, new family."""

    # Templates

    def save_template(
        self, name, components, process_code=None, description=None, config=None
    ):
        """Create a template, or change one, and return its process code.

        https://open.dingtalk.com/document/development/create-an-approval-form-template

        :param str name: up to 200 characters, unique in the organisation
        :param components: up to 200 ``{"componentType", "props", "children"}``
        :param str process_code: the template to change
        :param str description: up to 300 characters
        :param dict config: ``templateConfig``
        :rtype: str
        :raise NotFoundError: no such process code
        :raise InvalidArgumentError: a component or the name is refused
        """
        components = list(components)
        if not components or len(components) > MAX_COMPONENTS:
            raise argument_error(
                "components: %d, 1 to %d are allowed"
                % (len(components), MAX_COMPONENTS)
            )
        if description is not None:
            text(description, "description", MAX_TEMPLATE_DESCRIPTION, 0)
        body = given(
            name=text(name, "name", MAX_TEMPLATE_NAME),
            formComponents=components,
            processCode=process_code,
            description=description,
            templateConfig=config,
        )
        payload = self._client.new(
            "POST", _BASE + "forms", body, idempotent=process_code is not None
        )
        return need(need(payload, "result", dict), "processCode", str)

    def schema(self, process_code, app_uuid=None):
        """Return the form of a template.

        https://open.dingtalk.com/document/development/obtain-the-form-schema

        :return: ``name``, ``status``, ``formUuid``, ``gmtModified``,
            ``schemaContent.items`` (``componentName``, ``props``, ``children``) ...
        :raise NotFoundError: no such template
        """
        payload = self._client.new(
            "GET",
            _BASE + "forms/schemas/processCodes",
            params=given(
                processCode=text(process_code, "process_code"), appUuid=app_uuid
            ),
        )
        return need(payload, "result", dict)

    def templates_page(self, userid=None, next_token=0, size=MAX_TEMPLATES_PAGE):
        """Return one page of the templates a person may use, of all without a person.

        https://open.dingtalk.com/document/development/obtains-a-list-of-approval-forms-visible-to-the-specified

        :param int next_token: 0, then the page's ``next_cursor``
        :param int size: 1 to 100
        :rtype: Page of ``name``, ``processCode``, ``iconUrl``, ``url``, ``dirId`` ...
        """
        params = given(
            userId=userid if userid is None else identifier(userid, "userid"),
            nextToken=number(next_token, "next_token", 0),
            maxResults=number(size, "size", 1, MAX_TEMPLATES_PAGE),
        )
        payload = self._client.new(
            "GET", _BASE + "processes/userVisibilities/templates", params=params
        )
        result = need(payload, "result", dict)
        return Page(listed(result.get("processList")), _next(result, next_token))

    def manageable_templates(self, userid):
        """Return the templates that a person may manage.

        https://open.dingtalk.com/document/development/get-all-manageable-forms-for-the-current-enterprise

        :rtype: list of ``flowTitle``, ``processCode``, ``gmtModified`` ...
        """
        payload = self._client.new(
            "GET",
            _BASE + "processes/managements/templates",
            params={"userId": identifier(userid, "userid")},
        )
        return need(succeeded(payload), "result", list)

    def forecast(self, process_code, dept_id, userid, values):
        """Return the nodes that an instance with these values would pass.

        https://open.dingtalk.com/document/development/approval-process-prediction

        :param int dept_id: department of the originator, -1 for the root
        :param values: of :func:`form_value`
        :return: ``workflowActivityRules``; a rule with ``isTargetSelect`` needs people
            named by its ``workflowActor.actorKey`` in :meth:`start`
        """
        payload = self._client.new(
            "POST",
            _BASE + "processes/forecast",
            {
                "processCode": text(process_code, "process_code"),
                "deptId": number(dept_id, "dept_id"),
                "userId": identifier(userid, "userid"),
                "formComponentValues": _values(values),
            },
        )
        return need(payload, "result", dict)

    # Instances

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

        Never repeated when the outcome is unknown: look for it with
        :meth:`instance_ids_page`.

        :param str originator: userid of the person who asks
        :param values: of :func:`form_value`, up to 150
        :param int dept_id: department of the originator, -1 for the root; needed
            without ``approvers``
        :param approvers: nodes of :func:`approver_node`, up to 20; replace the flow of
            the console
        :param cc_userids: up to 50, only together with ``approvers``
        :param str cc_position: ``START``, ``FINISH`` or ``START_FINISH``
        :param target_approvers: (actor key, userids) for nodes where the originator
            chooses
        :param int agent_id: AgentId of the application
        :rtype: str
        :raise NotFoundError: no such template, or it is disabled
        :raise InvalidArgumentError: a value, a person or the department is refused
        """
        nodes = _most(approvers, "approvers", MAX_NODES)
        people = _most(cc_userids, "cc_userids", MAX_CC)
        if people and not nodes:
            raise argument_error("cc_userids: DingTalk ignores them without approvers")
        if dept_id is None and not nodes:
            raise argument_error("dept_id: needed without approvers")
        if cc_position is not None and cc_position not in CC_POSITIONS:
            raise argument_error("cc_position: %r is unknown" % (cc_position,))
        chosen = [
            {
                "actionerKey": text(key, "actor key"),
                "actionerUserIds": [identifier(one, "userid") for one in userids],
            }
            for key, userids in _most(target_approvers, "target_approvers", MAX_NODES)
        ]
        body = given(
            processCode=text(process_code, "process_code"),
            originatorUserId=identifier(originator, "originator"),
            formComponentValues=_values(values),
            deptId=dept_id if dept_id is None else number(dept_id, "dept_id"),
            microappAgentId=(
                agent_id if agent_id is None else number(agent_id, "agent_id", 1)
            ),
            approvers=nodes or None,
            ccList=[identifier(one, "cc_userids") for one in people] or None,
            ccPosition=cc_position,
            targetSelectActioners=chosen or None,
        )
        payload = self._client.new(
            "POST", _BASE + "processInstances", body, idempotent=False
        )
        return need(payload, "instanceId", str)

    def instance(self, instance_id):
        """Return everything about one instance.

        https://open.dingtalk.com/document/development/obtains-the-details-of-a-single-approval-instance-pop

        :return: ``status`` (``RUNNING``, ``TERMINATED``, ``COMPLETED``), ``result``
            (``agree``, ``refuse``, empty while running), ``title``, ``businessId``,
            ``operationRecords``, ``tasks``, ``formComponentValues`` ...; the lists are
            always there
        :raise NotFoundError: no such instance
        """
        payload = self._client.new(
            "GET",
            _BASE + "processInstances",
            params={"processInstanceId": text(instance_id, "instance_id")},
        )
        result = dict(need(succeeded(payload), "result", dict))
        need(result, "status", str)
        for name in ("operationRecords", "tasks", "formComponentValues"):
            result[name] = listed(result.get(name))
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
        """Return one page of the ids of instances of a template.

        https://open.dingtalk.com/document/development/obtain-an-approval-list-of-instance-ids

        :param int start: milliseconds; 365 days back at most
        :param int end: milliseconds; 120 days after ``start`` at most
        :param int next_token: 0, then the page's ``next_cursor``
        :param int size: 1 to 20
        :param userids: originators, up to 10
        :param statuses: some of :data:`STATUSES`
        :rtype: Page
        """
        start = number(start, "start", 0)
        if end is not None:
            number(end, "end", start, start + MAX_IDS_RANGE)
        for status in statuses:
            if status not in STATUSES:
                raise argument_error("statuses: %r is unknown" % (status,))
        people = _most(userids, "userids", MAX_IDS_USERS)
        body = given(
            processCode=text(process_code, "process_code"),
            startTime=start,
            endTime=end,
            nextToken=number(next_token, "next_token", 0),
            maxResults=number(size, "size", 1, MAX_IDS_PAGE),
            userIds=[identifier(one, "userids") for one in people] or None,
            statuses=list(statuses) or None,
        )
        payload = self._client.new("POST", _BASE + "processes/instanceIds/query", body)
        result = need(succeeded(payload), "result", dict)
        return Page(listed(result.get("list")), _next(result, next_token))

    def terminate(self, instance_id, userid=None, remark="", is_system=False):
        """Withdraw a running instance, 15 seconds after its start at the earliest.

        https://open.dingtalk.com/document/development/revoke-an-approval-instance

        :param str userid: the originator, unless ``is_system``
        :param str remark: up to 1024 characters
        :raise ApiError: it has ended, it is too young, the template forbids it
        """
        if userid is None and not is_system:
            raise argument_error("userid: needed unless the system withdraws")
        body = given(
            processInstanceId=text(instance_id, "instance_id"),
            isSystem=bool(is_system),
            remark=text(remark, "remark", MAX_REMARK, 0),
            operatingUserId=userid if userid is None else identifier(userid, "userid"),
        )
        succeeded(
            self._client.new(
                "POST", _BASE + "processInstances/terminate", body, idempotent=False
            )
        )

    def comment(self, instance_id, userid, comment, attachments=(), photos=()):
        """Add a comment to an instance.

        https://open.dingtalk.com/document/development/official-approval-adds-approval-comments

        :param str userid: who comments
        :param str comment: up to 1024 characters
        :param attachments: up to 20 of ``spaceId``, ``fileId``, ``fileName``,
            ``fileSize``, ``fileType``
        :param photos: addresses of pictures
        """
        body = given(
            processInstanceId=text(instance_id, "instance_id"),
            commentUserId=identifier(userid, "userid"),
            text=text(comment, "comment", MAX_REMARK),
            file=_file(attachments, photos),
        )
        succeeded(
            self._client.new(
                "POST", _BASE + "processInstances/comments", body, idempotent=False
            )
        )

    def execute(
        self, instance_id, task_id, userid, result, remark="", attachments=(), photos=()
    ):
        """Agree to a task or refuse it in a person's name.

        https://open.dingtalk.com/document/development/approve-or-reject-the-approval-task

        :param task_id: of the instance's ``tasks``
        :param str userid: whose task it is
        :param str result: ``agree`` or ``refuse``; one refusal ends the instance
        :param str remark: up to 1024 characters
        """
        if result not in (AGREE, REFUSE):
            raise argument_error("result: %r is neither agree nor refuse" % (result,))
        body = given(
            processInstanceId=text(instance_id, "instance_id"),
            taskId=number(task_id, "task_id", 1),
            actionerUserId=identifier(userid, "userid"),
            result=result,
            remark=text(remark, "remark", MAX_REMARK, 0),
            file=_file(attachments, photos),
        )
        succeeded(
            self._client.new(
                "POST", _BASE + "processInstances/execute", body, idempotent=False
            )
        )

    def redirect(self, task_id, userid, to_userid, remark=""):
        """Hand a task to another person.

        https://open.dingtalk.com/document/development/transfer-the-oa-approval-task

        :param str userid: whose task it is
        :param str to_userid: who gets it
        :param str remark: up to 256 characters
        """
        body = {
            "taskId": number(task_id, "task_id", 1),
            "operateUserId": identifier(userid, "userid"),
            "toUserId": identifier(to_userid, "to_userid"),
            "remark": text(remark, "remark", MAX_REDIRECT_REMARK, 0),
        }
        succeeded(
            self._client.new("POST", _BASE + "tasks/redirect", body, idempotent=False)
        )

    def todo_count(self, userid):
        """Return how many tasks wait for a person.

        https://open.dingtalk.com/document/development/queries-the-number-of-requests-to-be-approved-by-users

        :rtype: int
        """
        payload = self._client.new(
            "GET",
            _BASE + "processes/todoTasks/numbers",
            params={"userId": identifier(userid, "userid")},
        )
        return need(payload, "result", int)

    # Attachments

    def space(self, userid, agent_id=None):
        """Return the id of the approvals' drive space and let a person upload to it.

        https://open.dingtalk.com/document/development/obtains-the-information-about-approval-nail-disk

        Call it before each upload.

        :rtype: int
        """
        body = given(
            userId=identifier(userid, "userid"),
            agentId=agent_id if agent_id is None else number(agent_id, "agent_id", 1),
        )
        payload = self._client.new(
            "POST", _BASE + "processInstances/spaces/infos/query", body
        )
        return need(need(succeeded(payload), "result", dict), "spaceId", int)

    def allow_preview(self, instance_id, userid, file_id, with_comments=False):
        """Let a person preview a file of an instance; returns the space id.

        https://open.dingtalk.com/document/development/official-authorized-preview-approval-attachment

        :rtype: int
        """
        body = {
            "processInstanceId": text(instance_id, "instance_id"),
            "userId": identifier(userid, "userid"),
            "fileId": identifier(file_id, "file_id"),
            # The name is misspelt by DingTalk.
            "withCommentAttatchment": bool(with_comments),
        }
        payload = self._client.new(
            "POST", _BASE + "processInstances/spaces/authPreview", body
        )
        return need(need(succeeded(payload), "result", dict), "spaceId", int)

    def allow_download(self, userid, files):
        """Let a person download files of approvals.

        https://open.dingtalk.com/document/development/download-an-approval-attachment

        :param files: (space id, file id) each
        """
        body = {
            "userId": identifier(userid, "userid"),
            "fileInfos": [
                {
                    "spaceId": number(space_id, "space_id", 1),
                    "fileId": identifier(file_id, "file_id"),
                }
                for space_id, file_id in files
            ],
        }
        succeeded(
            self._client.new(
                "POST", _BASE + "processInstances/spaces/files/authDownload", body
            )
        )

    def download_url(self, instance_id, file_id, with_comments=False):
        """Return the address of a file of an instance, good for 15 minutes.

        https://open.dingtalk.com/document/development/download-an-approval-attachment

        The address is on a storage host; :meth:`download` fetches what is there.

        :param bool with_comments: the file belongs to a comment
        :rtype: str
        """
        body = {
            "processInstanceId": text(instance_id, "instance_id"),
            "fileId": identifier(file_id, "file_id"),
            "withCommentAttatchment": bool(with_comments),
        }
        payload = self._client.new(
            "POST", _BASE + "processInstances/spaces/files/urls/download", body
        )
        return need(need(succeeded(payload), "result", dict), "downloadUri", str)


def _values(values):
    values = _most(values, "values", MAX_VALUES)
    if not values:
        raise argument_error("values: a form needs at least one", argument="values")
    return [form_value(**value) for value in values]


def _most(values, name, most):
    values = list(values)
    if len(values) > most:
        raise argument_error(
            "%s: %d, %d are allowed" % (name, len(values), most),
            argument=name,
            length=len(values),
            limit=most,
        )
    return values


def _file(attachments, photos):
    attachments = _most(attachments, "attachments", MAX_ATTACHMENTS)
    photos = list(photos)
    if not attachments and not photos:
        return None
    return {"attachments": attachments, "photos": photos}


def _next(result, current):
    """Return the token of the next page as a number, or None at the end."""
    value = result.get("nextToken")
    if value in (None, "", 0, "0"):
        return None
    following = need(result, "nextToken", int)
    return None if following <= number(current, "next_token") else following
