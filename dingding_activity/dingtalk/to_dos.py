# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""To-dos that an application creates for people, who are identified by UnionID."""

import contextlib

from odoo.addons.dingding.dingtalk.api.base import (
    Area,
    given,
    identifier,
    listed,
    need,
    number,
    optional,
    quoted,
    truth,
)
from odoo.addons.dingding.dingtalk.client import register
from odoo.addons.dingding.dingtalk.errors import (
    ApiError,
    BusyError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    argument_error,
    register as register_codes,
)

MAX_SUBJECT = 1024  # bytes
MAX_ADDRESS = 1024  # bytes
MAX_EXECUTORS = 100
LOW, NORMAL, HIGH, URGENT = 10, 20, 30, 40
PRIORITIES = (LOW, NORMAL, HIGH, URGENT)
MAX_PAGES = 500  # of a list; the limit ends endless lists

_BASE = "/v1.0/todo/users/%s/tasks"
#: Paths for counting and limits.
_TASKS = _BASE % "{unionId}"
_TASK = _TASKS + "/{taskId}"

# DingTalk has one code for refused values.
_EXISTS = ("task exist",)
_GONE = ("task not exist",)
_FOREIGN = ("task not belong to biztag",)
# Other refusals concern the person.
_VALUE = (
    "oversize", "duetime", "subject", "description", "detailurl", "priority",
    "sourceid", "notifyconfigs", "nexttoken", "executors", "participants",
)

register_codes(RateLimitedError, "todo.taskCreate.flowControlError")
register_codes(
    BusyError,
    "todo.taskCreate.lockError todo.taskCreate.systemError "
    "todo.taskUpdate.systemError todo.taskDelete.systemError "
    "todo.taskExecutorStatusUpdate.systemError",
)
register_codes(
    InvalidArgumentError,
    "todo.taskCreate.paramError todo.taskUpdate.paramError "
    "todo.taskDelete.paramError todo.taskExecutorStatusUpdate.paramError "
    "todo.taskGet.paramError todo.orgTaskQuery.paramError",
)


class ToDoExistsError(ApiError):
    """The sourceId was used before; its to-do may have been deleted."""


class ToDoGoneError(NotFoundError):
    """The to-do was deleted."""


class ToDoActorError(InvalidArgumentError):
    """The acting person may not do this, or has left the organisation."""


class ToDoForeignError(PermissionDeniedError):
    """Another application created the to-do."""

    remedy = "to_do_foreign"


def _explained(error):
    """Return the specific error for a refusal's message."""
    if error.code == "argument":
        return error  # Nothing was sent.
    if isinstance(error, PermissionDeniedError) and not (
        error.code.lower().startswith("todo.")
    ):
        return error  # The application lacks a permission for any actor.
    message = error.message.lower()
    for words, kind in (
        (_EXISTS, ToDoExistsError), (_GONE, ToDoGoneError),
        (_FOREIGN, ToDoForeignError), (_VALUE, None), (("",), ToDoActorError),
    ):
        if any(word in message for word in words):
            return kind(error.code, error.message, error.request_id) if kind else error
    return error


@contextlib.contextmanager
def explaining():
    """Raise the specific error of what DingTalk refuses."""
    try:
        yield
    except (InvalidArgumentError, NotFoundError, PermissionDeniedError) as error:
        raise _explained(error)


def subject_text(value):
    """Return a subject that DingTalk accepts."""
    if not isinstance(value, str) or not value.strip():
        raise argument_error("subject is empty", argument="subject")
    return within(value, "subject", MAX_SUBJECT)


def within(value, name, most):
    """Return a text of up to ``most`` bytes."""
    length = len(value.encode("utf-8"))
    if length > most:
        raise argument_error(
            "%s has %d bytes, %d are allowed" % (name, length, most),
            argument=name, length=length, limit=most,
        )
    return value


def _people(unionids):
    found = [identifier(each, "executors") for each in unionids]
    if not 1 <= len(found) <= MAX_EXECUTORS:
        raise argument_error(
            "executors: %d, 1 to %d are allowed" % (len(found), MAX_EXECUTORS),
            argument="executors", length=len(found), limit=MAX_EXECUTORS,
        )
    return found


def moment(milliseconds):
    """Return a time that DingTalk accepts, or None."""
    return optional(number, milliseconds, "due", 10 ** 11, 10 ** 14)


def task_of(answer):
    """Return the to-do of an answer; members of other types than documented are None.

    :return: dict with ``id``, ``done``, ``subject``, ``dueTime`` and ``executorIds``
    """
    need(answer, "id", str)
    subject, executors = answer.get("subject"), answer.get("executorIds")
    try:
        due = moment(answer.get("dueTime"))
    except InvalidArgumentError:
        # 0 is none.
        due = None
    return dict(
        answer, done=truth(answer.get("done")), dueTime=due,
        subject=subject if isinstance(subject, str) else None,
        executorIds=executors if isinstance(executors, list) else None,
    )


def cards_of(page):
    """Yield the to-dos of a list, each once, until a page has no new ones.

    :param page: function of a ``nextToken``, None for the first one
    """
    known, token = set(), None
    for _page in range(MAX_PAGES):
        answer, news = page(token), False
        for task in listed(answer.get("todoCards")):
            key = task.get("taskId") if isinstance(task, dict) else None
            if isinstance(key, str) and key not in known:
                known.add(key)
                news = True
                yield task
        token = answer.get("nextToken")
        if not token or not news:
            break


class ToDos(Area):
    """To-dos. The actor of a call is a person's UnionID."""

    def create_task(
        self, actor, source_id, subject, executors, url, pc_url=None, due=None,
        priority=NORMAL, only_executors=True, ding=False, assistant=True,
    ):
        """Create a to-do; a tap on it opens its page.

        https://open.dingtalk.com/document/development/add-dingtalk-to-do-task

        A ``sourceId`` works once, even if the to-do is deleted.

        :param str actor: the creator
        :param str source_id: identifies it among those of the application
        :param str subject: up to 1024 bytes
        :param executors: 1 to 100 UnionIDs
        :param str url: page on phones; up to 1024 bytes
        :param str pc_url: page on computers; default: the same
        :param int due: time in milliseconds
        :param int priority: one of :data:`PRIORITIES`
        :param bool only_executors: nobody else sees it
        :param bool ding: announce it by a DING
        :param bool assistant: announce it by a message of DingTalk's assistant
        :return: the to-do as DingTalk has stored it, with ``id``
        :raise ToDoExistsError: the ``source_id`` has been used: see :meth:`by_source`
        :raise ToDoActorError: the actor has left the organisation
        """
        for address in (url, pc_url or url):
            length = len(address.encode("utf-8"))
            if not address or length > MAX_ADDRESS:
                raise argument_error(
                    "url has %d bytes, 1 to %d are allowed" % (length, MAX_ADDRESS),
                    argument="url", length=length, limit=MAX_ADDRESS,
                )
        if priority not in PRIORITIES:
            raise argument_error("priority: %r" % (priority,), argument="priority")
        body = given(
            subject=subject_text(subject),
            sourceId=identifier(source_id, "source_id"),
            creatorId=identifier(actor, "actor"),
            executorIds=_people(executors),
            detailUrl={"appUrl": url, "pcUrl": pc_url or url},
            dueTime=moment(due),
            priority=priority,
            isOnlyShowExecutor=bool(only_executors),
            notifyConfigs={
                "dingNotify": "1" if ding else "0",
                "sendAssistantChat": "true" if assistant else "false",
            },
        )
        answer = self._call("POST", actor, "", _TASKS, body)
        need(answer, "id", str)
        return answer

    def update(self, actor, task_id, subject=None, due=None, done=None):
        """Change a to-do. Addresses and priority cannot be changed.

        https://open.dingtalk.com/document/development/updates-dingtalk-to-do-tasks

        :param str actor: the creator, or an executor
        :param int due: time in milliseconds
        :param bool done: complete it for all executors, or reopen it; executors may
            change nothing else
        :raise ToDoGoneError: it was deleted
        :raise ToDoActorError: the actor may not, or has left the organisation
        :raise ToDoForeignError: another application created it
        """
        body = given(
            subject=None if subject is None else subject_text(subject),
            dueTime=moment(due),
            done=None if done is None else bool(done),
        )
        self._call("PUT", actor, task_id, _TASK, body)

    def delete(self, actor, task_id):
        """Delete a to-do for everybody, as its creator or an executor.

        https://open.dingtalk.com/document/development/deletes-dingtalk-to-do-tasks

        :raise ToDoGoneError: it was deleted before
        """
        self._call("DELETE", actor, task_id, _TASK)

    def get(self, actor, task_id):
        """Return a to-do.

        https://open.dingtalk.com/document/development/to-do-tasks-overview

        :return: dict with ``id``, ``subject``, ``dueTime``, ``done``, ``executorIds``,
            ``modifiedTime`` and more
        :raise ToDoGoneError: it was deleted
        """
        return task_of(self._call("GET", actor, task_id, _TASK))

    def by_source(self, actor, source_id):
        """Return the to-do of a ``source_id``, as :meth:`get` does.

        :raise ToDoGoneError: it was deleted
        """
        path = (_BASE % quoted(actor, "actor")) + "/sources/" + quoted(
            source_id, "source_id")
        with explaining():
            answer = self._client.api(
                "GET", path, api=_TASKS + "/sources/{sourceId}")
        return task_of(answer)

    def unsolved(self, executor):
        """Yield a person's open to-dos, without their executors.

        https://open.dingtalk.com/document/development/query-the-to-do-items-of-enterprise-users

        Only work to-dos of the organisation; one call for each page.

        :return: dicts with ``taskId``, ``sourceId``, ``subject``, ``modifiedTime``
        :raise ToDoActorError: the person has left the organisation
        """
        path = "/v1.0/todo/users/%s/org/tasks/query"

        def page(token):
            with explaining():
                return self._client.api(
                    "POST", path % quoted(executor, "executor"),
                    given(isDone=False, nextToken=token), api=path % "{unionId}",
                )

        return cards_of(page)

    def _call(self, method, actor, task_id, api, body=None):
        path = _BASE % quoted(actor, "actor")
        if task_id:
            path += "/" + quoted(task_id, "task_id")
        # DingTalk wants the acting person in the path and as a parameter.
        params = None if method == "GET" else {"operatorId": actor}
        with explaining():
            return self._client.api(method, path, body, params=params, api=api)


register("to_dos", ToDos)
