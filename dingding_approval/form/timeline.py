# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Read the outcome, tasks and operations in DingTalk's answer about an approval.

https://open.dingtalk.com/document/development/obtains-the-details-of-a-single-approval-instance-pop

Pure: converts the answer of ``client.approvals.instance`` to plain values.
"""
import collections
import hashlib
import json

RUNNING, AGREED, REFUSED, TERMINATED = "running", "agreed", "refused", "terminated"
MOST_BYTES = 2 ** 31 - 1  # that a column stores; DingTalk's drive has larger files
#: DingTalk's (status, result), in lower case -> outcome
_ENDED = {"agree": AGREED, "refuse": REFUSED}
_WITHDRAWN = ("terminated", "canceled", "cancelled")
WAITING = ("new", "running", "paused")

#: The contents of an answer.
#:
#: outcome      ``running``, ``agreed``, ``refused``, ``terminated``
#: status       DingTalk's value, e.g. ``COMPLETED``
#: result       DingTalk's value, e.g. ``agree``; '' while running
#: title, business_id, originator, process_code   text, '' if missing
#: created, finished    seconds since the epoch, or None
#: tasks        dicts: task_id, activity, userid, status, result, started, finished, url
#: records      dicts: key, userid, kind, result, remark, moment, to_userids, files
#: values       the form, as DingTalk returns it
Reading = collections.namedtuple(
    "Reading",
    "outcome status result title business_id originator created finished tasks records"
    " values",
)


def read(answer, moment_of):
    """Return the contents of an answer.

    :param dict answer: of ``client.approvals.instance``, of either API
    :param moment_of: converts DingTalk's time text to seconds since the epoch
    :rtype: Reading
    """
    status, result = _text(answer.get("status")), _text(answer.get("result"))
    return Reading(
        outcome(status, result),
        status,
        result,
        _text(answer.get("title")),
        _text(answer.get("businessId")),
        _text(answer.get("originatorUserId")),
        moment_of(_text(answer.get("createTime"))),
        moment_of(_text(answer.get("finishTime"))),
        _tasks(answer.get("tasks"), moment_of),
        _records(answer.get("operationRecords"), moment_of),
        list(answer.get("formComponentValues") or ()),
    )


def outcome(status, result):
    """Return the outcome for DingTalk's status and result.

    An end with an unknown result counts as running.
    """
    status = status.lower()
    if status in _WITHDRAWN:
        return TERMINATED
    if status == "completed":
        return _ENDED.get(result.lower(), RUNNING)
    return RUNNING


def digest(reading):
    """Return a text that changes whenever a reading does.

    The form is excluded: Odoo keeps it as submitted.
    """
    values = reading._replace(values=None)
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:40]


def _tasks(found, moment_of):
    """Return the tasks in order of their start; DingTalk does not sort them."""
    tasks = []
    for item in found or ():
        task_id = _text(item.get("taskId"))
        if not task_id:
            continue
        tasks.append(
            {
                "task_id": task_id,
                "activity": _text(item.get("activityId")),
                "userid": _text(item.get("userId")),
                "status": _text(item.get("status")).lower(),
                "result": _known(item.get("result")),
                "started": moment_of(_text(item.get("createTime"))),
                "finished": moment_of(_text(item.get("finishTime"))),
                "url": address(_text(item.get("pcUrl"))),
            }
        )
    return sorted(tasks, key=lambda task: (task["started"] or 0, task["task_id"]))


def _records(found, moment_of):
    """Return the operations, with a key computed from their content.

    Identical operations within one minute are numbered.
    """
    records, seen = [], collections.Counter()
    for item in found or ():
        files = [file_of(each) for each in item.get("attachments") or ()]
        own = [
            _text(item.get(name)) for name in ("userId", "date", "type", "result",
                                               "remark")
        ] + [sorted(each["file_id"] for each in files),
             [_text(each) for each in item.get("ccUserIds") or ()]]
        text = json.dumps(own, sort_keys=True)
        seen[text] += 1
        digest = hashlib.sha256(("%d %s" % (seen[text], text)).encode("utf-8"))
        records.append(
            {
                "key": digest.hexdigest()[:40],
                "userid": own[0],
                "moment": moment_of(own[1]),
                "kind": _kind(own[2]),
                "result": _known(own[3]),
                "remark": own[4],
                "to_userids": own[6],
                "files": files,
            }
        )
    return records


def file_of(item):
    """Return a file of an answer as texts and a size in bytes."""
    size = _text(item.get("fileSize"))
    return {
        "space_id": _text(item.get("spaceId")),
        "file_id": _text(item.get("fileId")),
        "name": _text(item.get("fileName")),
        "size": min(int(size), MOST_BYTES) if size.isdigit() else 0,
    }


def files_of_form(values):
    """Return the files in a form, as :func:`file_of`."""
    found = []
    for value in values:
        if value.get("componentType") != "DDAttachment":
            continue
        try:
            items = json.loads(value.get("value") or "[]")
        except ValueError:
            continue
        if isinstance(items, list):
            found += [file_of(item) for item in items if isinstance(item, dict)]
    return found


def address(text):
    """Return an address of DingTalk's web pages that a browser can open, or ''.

    DingTalk omits ``https://``. Addresses of other sites are dropped.
    """
    if text and "://" not in text:
        text = "https://" + text
    host = text.partition("://")[2].partition("/")[0].partition("?")[0]
    host = host.partition("#")[0]
    if not text.startswith("https://") or "@" in host or "\\" in host:
        return ""
    host = host.partition(":")[0]
    return text if host == "dingtalk.com" or host.endswith(".dingtalk.com") else ""


def same_form(sent, returned):
    """Return whether an instance has the submitted form.

    Compare only texts, numbers, dates and choices: DingTalk returns others in a
    different format.

    :param sent: values passed to the start
    :param returned: values of the instance
    """
    kinds = {_name(value): value.get("componentType") for value in returned}
    found = _plain_values(returned, kinds)
    return not any(
        plain - found.get(name, collections.Counter())
        for name, plain in _plain_values(sent, kinds).items()
    )


def _plain_values(values, kinds):
    """Return name -> how often it has which text: components may share a name.

    :param dict kinds: name -> kind, of values without one
    """
    found = {}
    for value in values:
        name = _name(value)
        kind = value.get("componentType") or kinds.get(name)
        plain = _plain(kind, value.get("value")) if kind in PLAIN else ""
        if plain:
            found.setdefault(name, collections.Counter())[plain] += 1
    return found


#: Components whose value DingTalk returns unchanged.
PLAIN = ("TextField", "TextareaField", "NumberField", "MoneyField", "DDDateField",
         "DDSelectField")


def _plain(kind, value):
    text = _text(value).replace("\r\n", "\n").strip()
    if kind in ("NumberField", "MoneyField"):
        try:
            return repr(float(text))
        except ValueError:
            return text
    return text


def _name(value):
    name = value.get("name")
    return name if isinstance(name, str) else json.dumps(name)


def _kind(text):
    return text.upper() or "NONE"


def _known(value):
    text = _text(value).lower()
    return "" if text == "none" else text


def _text(value):
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value)
