# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Access OA approvals, new family; :mod:`.approvals_oapi` covers the old one.

Times in answers such as ``2023-04-07T16:51Z`` are Beijing time although they end in
``Z``; :func:`.beijing_time` reads them.
"""
from ..errors import argument_error
from ..transport import encode_json
from .base import (
    given,
    identifier,
    listed,
    need,
    number,
    optional,
    succeeded,
    text,
)
from .contacts import Page
from .storage import DriveFiles

RUNNING, TERMINATED, COMPLETED = "RUNNING", "TERMINATED", "COMPLETED"
STATUSES = (RUNNING, TERMINATED, COMPLETED)
CC_POSITIONS = ("START", "FINISH", "START_FINISH")
ACTION_TYPES = ("AND", "OR", "NONE")

MAX_VALUES = 150  # values of one form
MAX_VALUE = 65535  # characters of one value
MAX_COMPONENTS = 200  # components of one template
MAX_TEMPLATE_NAME = 200
MAX_TEMPLATE_DESCRIPTION = 300
MAX_NODES = 20  # approver nodes, and self-select nodes
MAX_CC = 50
MAX_REMARK = 1024
MAX_IDS_PAGE = 20
MAX_IDS_USERS = 10
MAX_TEMPLATES_PAGE = 100
MAX_ATTACHMENTS = 20
MAX_IDS_RANGE = 120 * 24 * 3600 * 1000  # milliseconds between start and end

_BASE = "/v1.0/workflow/"


def form_value(name, value, **more):
    """Return one value of a form; anything but text is written as JSON text.

    :param str name: label of the component; for a range the JSON list of its labels
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
        raise argument_error("approvers: %r is not a way to decide" % (action,))
    return {"actionType": action, "userIds": people}


# Checks of both families


def components_of(components, most):
    """Return the components of a template as a list of 1 to ``most``."""
    components = list(components)
    if not components or len(components) > most:
        raise argument_error(
            "components: %d, 1 to %d are allowed" % (len(components), most)
        )
    return components


def description_of(description):
    """Return the description of a template, or None."""
    return optional(text, description, "description", MAX_TEMPLATE_DESCRIPTION, 0)


def form_values(values, most):
    """Return 1 to ``most`` values of a form, each checked by :func:`form_value`."""
    values = at_most(values, "values", most)
    if not values:
        raise argument_error("values: a form needs at least one", argument="values")
    return [form_value(**value) for value in values]


def at_most(values, name, most):
    """Return the values as a list of up to ``most``."""
    values = list(values)
    if len(values) > most:
        raise argument_error(
            "%s: %d, %d are allowed" % (name, len(values), most),
            argument=name,
            length=len(values),
            limit=most,
        )
    return values


def check_copies(cc_userids, nodes, cc_position):
    """Refuse people in copy that DingTalk would ignore, and unknown positions."""
    if cc_userids and not nodes:
        raise argument_error("cc_userids: DingTalk ignores them without approvers")
    if cc_position is not None and cc_position not in CC_POSITIONS:
        raise argument_error("cc_position: %r is unknown" % (cc_position,))


def time_range(start, end):
    """Return the milliseconds between which instances are listed; no end is None."""
    start = number(start, "start", 0)
    return start, optional(number, end, "end", start, start + MAX_IDS_RANGE)


def withdrawer(userid, is_system):
    """Return the userid of who withdraws an instance, None for the system."""
    if userid is None and not is_system:
        raise argument_error("userid: needed unless the system withdraws")
    return optional(identifier, userid, "userid")


def files_of(attachments, photos):
    """Return the files of a comment, or None."""
    attachments = at_most(attachments, "attachments", MAX_ATTACHMENTS)
    photos = list(photos)
    if not attachments and not photos:
        return None
    return {"attachments": attachments, "photos": photos}


def following(result, name, current):
    """Return the token of the next page as a number, or None at the end.

    :param str name: the member that holds it
    :param current: the token of this page
    """
    if result.get(name) in (None, "", 0, "0"):
        return None
    token = need(result, name, int)
    return None if token <= number(current, "next_token") else token


class Approvals(DriveFiles):
    """OA approvals, new family."""

    # Templates

    def save_template(
        self, name, components, process_code=None, description=None, config=None
    ):
        """Create or change a template, and return its process code.

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
        body = given(
            name=text(name, "name", MAX_TEMPLATE_NAME),
            formComponents=components_of(components, MAX_COMPONENTS),
            processCode=process_code,
            description=description_of(description),
            templateConfig=config,
        )
        payload = self._client.api(
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
        payload = self._client.api(
            "GET",
            _BASE + "forms/schemas/processCodes",
            params=given(
                processCode=text(process_code, "process_code"), appUuid=app_uuid
            ),
        )
        return need(payload, "result", dict)

    def templates_page(self, userid=None, next_token=0, size=MAX_TEMPLATES_PAGE):
        """Return one page of the templates a person may use; without a person, of all.

        https://open.dingtalk.com/document/development/obtains-a-list-of-approval-forms-visible-to-the-specified

        :param int next_token: 0, then the page's ``next_cursor``
        :param int size: 1 to 100
        :rtype: Page of ``name``, ``processCode``, ``iconUrl``, ``url``, ``dirId`` ...
        """
        params = given(
            userId=optional(identifier, userid, "userid"),
            nextToken=number(next_token, "next_token", 0),
            maxResults=number(size, "size", 1, MAX_TEMPLATES_PAGE),
        )
        payload = self._client.api(
            "GET", _BASE + "processes/userVisibilities/templates", params=params
        )
        result = need(payload, "result", dict)
        return Page(
            listed(result.get("processList")),
            following(result, "nextToken", next_token),
        )

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

        Never repeated if the outcome is unknown: search with :meth:`instance_ids_page`.

        :param str originator: userid of the requester
        :param values: of :func:`form_value`, up to 150
        :param int dept_id: department of the originator, -1 for the root; required
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
        nodes = at_most(approvers, "approvers", MAX_NODES)
        people = at_most(cc_userids, "cc_userids", MAX_CC)
        check_copies(people, nodes, cc_position)
        if dept_id is None and not nodes:
            raise argument_error("dept_id: needed without approvers")
        chosen = [
            {
                "actionerKey": text(key, "actor key"),
                "actionerUserIds": [identifier(one, "userid") for one in userids],
            }
            for key, userids in at_most(target_approvers, "target_approvers", MAX_NODES)
        ]
        body = given(
            processCode=text(process_code, "process_code"),
            originatorUserId=identifier(originator, "originator"),
            formComponentValues=form_values(values, MAX_VALUES),
            deptId=optional(number, dept_id, "dept_id"),
            microappAgentId=optional(number, agent_id, "agent_id", 1),
            approvers=nodes or None,
            ccList=[identifier(one, "cc_userids") for one in people] or None,
            ccPosition=cc_position,
            targetSelectActioners=chosen or None,
        )
        payload = self._client.api(
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
        payload = self._client.api(
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
        start, end = time_range(start, end)
        for status in statuses:
            if status not in STATUSES:
                raise argument_error("statuses: %r is unknown" % (status,))
        people = at_most(userids, "userids", MAX_IDS_USERS)
        body = given(
            processCode=text(process_code, "process_code"),
            startTime=start,
            endTime=end,
            nextToken=number(next_token, "next_token", 0),
            maxResults=number(size, "size", 1, MAX_IDS_PAGE),
            userIds=[identifier(one, "userids") for one in people] or None,
            statuses=list(statuses) or None,
        )
        payload = self._client.api("POST", _BASE + "processes/instanceIds/query", body)
        result = need(succeeded(payload), "result", dict)
        return Page(
            listed(result.get("list")), following(result, "nextToken", next_token)
        )

    def terminate(self, instance_id, userid=None, remark="", is_system=False):
        """Withdraw a running instance, at least 15 seconds after its start.

        https://open.dingtalk.com/document/development/revoke-an-approval-instance

        :param str userid: the originator, unless ``is_system``
        :param str remark: up to 1024 characters
        :raise ApiError: it has ended, it is too recent, the template forbids it
        """
        body = given(
            processInstanceId=text(instance_id, "instance_id"),
            isSystem=bool(is_system),
            remark=text(remark, "remark", MAX_REMARK, 0),
            operatingUserId=withdrawer(userid, is_system),
        )
        succeeded(
            self._client.api(
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
            file=files_of(attachments, photos),
        )
        succeeded(
            self._client.api(
                "POST", _BASE + "processInstances/comments", body, idempotent=False
            )
        )

    # Attachments

    def space(self, userid, agent_id=None):
        """Return the id of the approvals' drive space and let a person upload to it.

        https://open.dingtalk.com/document/development/obtains-the-information-about-approval-nail-disk

        Call it before each upload.

        :rtype: int
        """
        body = given(
            userId=identifier(userid, "userid"),
            agentId=optional(number, agent_id, "agent_id", 1),
        )
        payload = self._client.api(
            "POST", _BASE + "processInstances/spaces/infos/query", body
        )
        return need(need(succeeded(payload), "result", dict), "spaceId", int)

    def download_url(self, instance_id, file_id, with_comments=False):
        """Return the address of a file of an instance, valid for 15 minutes.

        https://open.dingtalk.com/document/development/download-an-approval-attachment

        The address is on a storage host; :meth:`download` fetches the file.

        :param bool with_comments: the file belongs to a comment
        :rtype: str
        """
        body = {
            "processInstanceId": text(instance_id, "instance_id"),
            "fileId": identifier(file_id, "file_id"),
            "withCommentAttatchment": bool(with_comments),
        }
        payload = self._client.api(
            "POST", _BASE + "processInstances/spaces/files/urls/download", body
        )
        return need(need(succeeded(payload), "result", dict), "downloadUri", str)
