# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Normalise events of all sources, however their names are written.

Names are compared in lower case: captured events use ``UserId`` and ``TimeStamp``,
DingTalk's documentation ``userId`` and ``EventTime``; Streams put both in headers.
"""
import collections
import hashlib
import json
import re
import uuid

from odoo.addons.dingding.dingtalk import crypto
from odoo.addons.dingding.dingtalk.redact import MASK

#: An event as it is stored.
#:
#: event_type  name, ``unknown`` if missing
#: key         identifies the event within an organisation
#: subject     person or object concerned; events of a subject are processed in order
#: moment      seconds since the epoch, or None
#: corp_id     CorpId in the event, or ''
#: data        its content, without the envelope
Event = collections.namedtuple("Event", "event_type key subject moment corp_id data")

UNKNOWN = "unknown"
TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}\Z")
# Values that do not distinguish one event from another.
ENVELOPE = frozenset(
    ["eventtype", "eventtime", "corpid", "bizid", "eventid", "timestamp", "optstaffid"]
)
LONGEST = 120  # characters of a subject


class Values(object):
    """Look up an event's values by case-insensitive name.

    :param dict data: as DingTalk sent it
    """

    def __init__(self, data):
        self.data = data if isinstance(data, dict) else {}
        self._lower = {}
        for name, value in self.data.items():
            self._lower.setdefault(str(name).lower(), value)

    def get(self, name, default=None):
        return self._lower.get(name.lower(), default)

    def text(self, name):
        """Return a text or number as text, '' for other types."""
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return ""
        return str(value)

    def ids(self, *names):
        """Return the ids under one of these names, as a list of texts."""
        for name in names:
            value = self.get(name)
            if value is None:
                continue
            found = collections.OrderedDict()
            for each in value if isinstance(value, list) else [value]:
                each = str(each) if isinstance(each, int) else each
                if isinstance(each, str) and each:
                    found[each] = True
            return list(found)
        return []


def from_push(message, once=""):
    """Return the event in a decrypted callback.

    :param dict message: the JSON of the callback
    :param str once: its signature, which identifies an event without ID and time: the
        same callback again is a replay
    :rtype: Event
    """
    values = Values(message)
    moment = values.text("EventTime") or values.text("TimeStamp")
    return _event(
        values.text("EventType"), values.text("eventId"), moment,
        values.text("CorpId"), values.data, once,
    )


def from_stream(headers, data):
    """Return the event in a frame of a Stream.

    :param dict headers: of the frame
    :param dict data: its data, decoded
    :rtype: Event
    """
    values = Values(headers)
    return _event(
        values.text("eventType"), values.text("eventId"), values.text("eventBornTime"),
        values.text("eventCorpId"), data if isinstance(data, dict) else {},
        values.text("messageId"),
    )


def from_failed(item):
    """Return the event in an entry of the list of undelivered events.

    :param dict item: ``{"call_back_tag", "event_time", <tag>: {...}}``
    :rtype: Event
    """
    values = Values(item)
    tag = values.text("call_back_tag")
    inner = Values(values.get(tag))
    data = dict(inner.data)
    for name in ("bpmsCallBackData", "roleLabelChange", "callbackData"):
        more = data.pop(name, None)
        if isinstance(more, dict):
            data.update(more)
    moment = values.text("event_time") or Values(data).text("TimeStamp")
    return _event(tag, Values(data).text("eventId"), moment, inner.text("corpid"), data)


def _event(event_type, event_id, moment, corp_id, data, once=""):
    if not TYPE.match(event_type):
        event_type = UNKNOWN
    values = Values(data)
    moment = moment or values.text("TimeStamp")
    own = {
        name.lower(): value for name, value in values.data.items()
        if name.lower() not in ENVELOPE
    }
    if event_id:
        key = "id:%s" % event_id[:200]
    else:
        # Approval events have their time among the values.
        timed = bool(values.get("processInstanceId")) and _is_timed(own)
        about = "" if timed else moment or values.text("BizId")
        if not about and not _is_timed(own):
            # Such as a change of a balance, of a shift or of a group's name: the next
            # one may look the same. Repetitions do no harm.
            about = once or uuid.uuid4().hex
        text = json.dumps([event_type, about, own], sort_keys=True, default=str)
        key = "sha256:%s" % hashlib.sha256(text.encode("utf-8")).hexdigest()
    kept = {
        name: value for name, value in values.data.items()
        if name.lower() not in ENVELOPE or name.lower() == "optstaffid"
    }
    return Event(
        event_type, key, _subject(event_type, values), crypto.seconds(moment), corp_id,
        kept,
    )


def _is_timed(value):
    """Tell whether a moment is among the values, at any depth."""
    if isinstance(value, list):
        return any(_is_timed(each) for each in value)
    return isinstance(value, dict) and any(
        str(name).lower().endswith("time") or _is_timed(each)
        for name, each in value.items())


def _subject(event_type, values):
    for kind, names in (
        ("approval", ("processInstanceId",)),
        ("user", ("userId", "userIdList", "staffId")),
        ("department", ("deptId",)),
        ("role", ("labelIdList",)),
        ("to_do", ("taskId",)),
        ("group", ("openConversationId",)),
    ):
        found = sorted(values.ids(*names))
        if found:
            text = "%s:%s" % (kind, ",".join(found))
            if len(text) > LONGEST:
                digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
                text = "%s:%s" % (kind, digest)
            return text
    return "event:%s" % event_type


# Names whose values identify the subject and are not private.
SHOWN = frozenset(
    "userid useridlist deptid labelidlist processinstanceid type result action scope "
    "timestamp eventtime createtime finishtime optstaffid staffid processcode "
    "labelid changetype".split()
)


def shown(data):
    """Return the data with all potentially private values masked."""
    return {
        name: value if name.lower() in SHOWN and _is_plain(value) else MASK
        for name, value in data.items()
    }


def _is_plain(value):
    if isinstance(value, list):
        return all(isinstance(each, (str, int)) for each in value)
    return isinstance(value, (str, int, float))
