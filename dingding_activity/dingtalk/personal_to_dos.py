# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""To-dos that a person has consented to: they have a tick box in DingTalk's list.

Each call needs the person's own token, see ``client.auth.user_token``.
"""

from odoo.addons.dingding.dingtalk.api.base import (
    Area,
    given,
    identifier,
    need,
    quoted,
)
from odoo.addons.dingding.dingtalk.client import register

from .to_dos import cards_of, explaining, moment, subject_text, task_of, within

MAX_DESCRIPTION = 4096  # bytes

_OWN = "/v1.0/todo/users/me/"
_TASK = _OWN + "tasks/%s/"


class PersonalToDos(Area):
    """A person's own to-dos; ``token`` is the person's."""

    def create_task(
        self, token, unionid, subject, description, due=None, ding=False,
    ):
        """Create a to-do of the person for the person; return its id.

        https://open.dingtalk.com/document/development/api-createpersonaltodotask

        After a lost answer, look for it with :meth:`listed` first.

        :param str unionid: of the person
        :param str subject: up to 1024 bytes
        :param str description: up to 4096 bytes
        :param int due: time in milliseconds
        :param bool ding: announce it by a DING
        """
        body = given(
            subject=subject_text(subject),
            description=within(description, "description", MAX_DESCRIPTION),
            dueTime=moment(due), executorIds=[identifier(unionid, "unionid")],
            notifyConfigs={"dingNotify": "1" if ding else "0"},
        )
        answer = self._call(
            token, "POST", _OWN + "personalTasks", body=body, idempotent=False)
        return need(answer, "taskId", str)

    def update(self, token, task_id, subject=None, due=None, done=None):
        """Change, complete or reopen a to-do.

        https://open.dingtalk.com/document/development/to-do-tasks-overview

        :raise ToDoGoneError: it was deleted
        """
        body = given(
            subject=None if subject is None else subject_text(subject),
            dueTime=moment(due), done=None if done is None else bool(done),
        )
        self._task(token, "PUT", task_id, "update", body=body)

    def delete(self, token, task_id):
        """Delete a to-do.

        https://open.dingtalk.com/document/development/to-do-tasks-overview

        :raise ToDoGoneError: it was deleted before
        """
        self._task(token, "DELETE", task_id, "remove")

    def get(self, token, unionid, task_id):
        """Return a to-do, see ``client.to_dos.get``.

        https://open.dingtalk.com/document/development/to-do-tasks-overview

        :raise ToDoGoneError: it was deleted
        """
        path = "/v1.0/todo/users/%s/tasks/%s"
        answer = self._call(
            token, "GET", path % (
                quoted(unionid, "unionid"), quoted(task_id, "task_id")),
            api=path % ("{unionId}", "{taskId}"))
        return task_of(answer)

    def listed(self, token, unionid, subject=None, done=None):
        """Yield the person's to-dos of both kinds.

        https://open.dingtalk.com/document/development/to-do-tasks-overview

        :param str subject: only those whose subject contains it
        :param bool done: only completed, or only open ones
        :return: dicts with ``taskId``, ``subject``, without a description
        """
        path = "/v1.0/todo/users/%s/organizations/tasks/query"
        return cards_of(lambda following: self._call(
            token, "POST", path % quoted(unionid, "unionid"),
            body=given(
                isDone=done, needPersonalTodo=True, subject=subject,
                nextToken=following),
            api=path % "{unionId}",
        ))

    def _task(self, token, method, task_id, what, **options):
        self._call(
            token, method, _TASK % quoted(task_id, "task_id") + what,
            api=_TASK % "{taskId}" + what, **options)

    def _call(self, token, method, path, **options):
        with explaining():
            return self._client.api(method, path, token=token, **options)


register("personal_to_dos", PersonalToDos)
