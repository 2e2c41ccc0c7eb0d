# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Send work notifications from an application to individual people."""

from .. import messages_body
from ..errors import argument_error
from .base import (
    MAX_DEPT_IDS,
    MAX_USERIDS,
    Area,
    given,
    joined,
    listed,
    need,
    number,
    objects,
    text,
)

_PATH = "/topapi/message/corpconversation/"

#: Lists of :meth:`Messages.result`, all of them always present.
RESULT_LISTS = (
    "invalid_user_id_list",
    "forbidden_user_id_list",
    "failed_user_id_list",
    "read_user_id_list",
    "unread_user_id_list",
    "invalid_dept_id_list",
    "forbidden_list",
)


def chunks(userids, size=MAX_USERIDS):
    """Split userids into lists for single calls, without duplicates.

    :param userids: any number of ids
    :param int size: maximum per list
    :rtype: list of list of str
    """
    seen, unique = set(), []
    for userid in userids:
        if userid not in seen:
            seen.add(userid)
            unique.append(userid)
    starts = range(0, len(unique), size)
    return [unique[start:][:size] for start in starts]


class Messages(Area):
    """Work notifications."""

    chunks = staticmethod(chunks)

    def send(self, agent_id, message, userids=(), dept_ids=(), to_all=False):
        """Send a work notification and return its task id.

        https://open.dingtalk.com/document/development/asynchronous-sending-of-enterprise-session-messages

        Never repeated if the outcome is unknown. DingTalk also accepts messages that it
        then drops: the same content to the same person on one day, more than 500
        messages to a person a day, more than 5000 people a minute. :meth:`result`
        reports them.

        :param agent_id: AgentId of the application
        :param dict message: body made by :mod:`..messages_body`, up to 2048 bytes
        :param userids: up to 100 (see :func:`chunks`)
        :param dept_ids: up to 20; their sub-departments are included
        :param bool to_all: everybody who may see the application, three times a day
        :rtype: str
        :raise InvalidArgumentError: no recipient, too many, or a body too long
        :raise DingTalkError: with ``outcome_unknown`` if it may have been sent
        """
        messages_body.check(message)
        body = {
            "agent_id": _agent(agent_id),
            "msg": message,
            "to_all_user": bool(to_all),
        }
        users = joined(userids, "userids", MAX_USERIDS)
        departments = joined(dept_ids, "dept_ids", MAX_DEPT_IDS)
        if to_all and (users or departments):
            raise argument_error("either everybody or some, not both")
        if not (to_all or users or departments):
            raise argument_error("nobody to send to", argument="userids")
        bar = message.get("oa", {}).get("status_bar") if "oa" in message else None
        count = users.count(",") + 1 if users else 0
        if bar and (
            to_all or departments or count > messages_body.MAX_STATUS_BAR_USERS
        ):
            raise argument_error(
                "a status bar is for up to %d people, named one by one"
                % messages_body.MAX_STATUS_BAR_USERS
            )
        if users:
            body["userid_list"] = users
        if departments:
            body["dept_id_list"] = departments
        payload = self._client.oapi(_PATH + "asyncsend_v2", body, idempotent=False)
        return str(need(payload, "task_id", (int, str)))

    def progress(self, agent_id, task_id):
        """Return a notification's progress: ``{"percent", "status"}``.

        https://open.dingtalk.com/document/development/obtain-the-sending-progress-of-asynchronous-sending-of-enterprise-session

        :return: ``percent`` 0 to 100; ``status`` 0 not started, 1 running, 2 done
        """
        payload = self._client.oapi(_PATH + "getsendprogress", _task(agent_id, task_id))
        progress = need(payload, "progress", dict)
        return {
            "percent": need(progress, "progress_in_percent", int),
            "status": need(progress, "status", int),
        }

    def result(self, agent_id, task_id):
        """Return who received a notification, within 24 hours, for up to 100 people.

        https://open.dingtalk.com/document/development/gets-the-result-of-sending-messages-asynchronously-to-the-enterprise

        :return: dict with each of :data:`RESULT_LISTS`, empty if DingTalk omitted it;
            ``forbidden_list`` holds ``{"code", "count", "userid"}``, where 143105 is
            the daily limit of a person and 143106 a duplicate
        """
        payload = self._client.oapi(_PATH + "getsendresult", _task(agent_id, task_id))
        result = need(payload, "send_result", dict)
        found = dict((name, listed(result.get(name))) for name in RESULT_LISTS)
        return dict(found, forbidden_list=objects(found["forbidden_list"]))

    def recall(self, agent_id, task_id):
        """Recall a notification, within 24 hours.

        https://open.dingtalk.com/document/development/notification-of-work-withdrawal

        :raise InvalidArgumentError: no such task, or too late
        """
        self._client.oapi(
            _PATH + "recall",
            {
                "agent_id": _agent(agent_id),
                "msg_task_id": number(task_id, "task_id", 1),
            },
        )

    def update_status_bar(self, agent_id, task_id, status_value, status_colour=None):
        """Change the status bar of an OA message, within seven days.

        https://open.dingtalk.com/document/development/update-work-notification-status-bar

        :param str status_value: new text
        :param str status_colour: ``0x`` and eight hexadecimal digits
        """
        body = _task(agent_id, task_id)
        body.update(
            given(
                status_value=text(status_value, "status_value"), status_bg=status_colour
            )
        )
        self._client.oapi(_PATH + "status_bar/update", body)


def _agent(agent_id):
    return number(agent_id, "agent_id", 1)


def _task(agent_id, task_id):
    return {"agent_id": _agent(agent_id), "task_id": number(task_id, "task_id", 1)}
