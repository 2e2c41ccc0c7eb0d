# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The roster of smart HR (花名册). DingTalk bills none of these calls.

Values are private; nothing here logs them.
"""
import collections
import contextlib

from ..errors import DingTalkError, argument_error
from ..redact import MASK
from ..transport import encode_json
from .base import Area, identifier, need, number, objects, optional, text, truth

MAX_PEOPLE = 100  # of one roster call
MAX_FIELDS = 100
MAX_LEAVERS = 50  # of one page
MAX_PAGES = 1000

#: A field of the roster.
#:
#: group, group_name: a group is one row of a person
#: detail: the group has any number of rows, such as family
#: derived: DingTalk computes it; it cannot be written
Field = collections.namedtuple(
    "Field", "group group_name detail code name kind derived")

#: A value of a person: ``index`` of its row, ``label`` as shown, ``value`` as written.
Value = collections.namedtuple("Value", "index label value")

_BASE = "/topapi/smartwork/hrm/"


class Hrm(Area):
    """The roster. ``agent_id`` is the AgentId of the application."""

    def fields(self, agent_id):
        """Return the fields that the application may read.

        https://open.dingtalk.com/document/development/intelligent-personnel-obtain-roster-metadata

        :rtype: list of Field
        """
        payload = self._client.oapi(
            _BASE + "roster/meta/get", {"agentid": number(agent_id, "agent_id", 1)})
        return [
            Field(
                need(group, "group_id", str), str(group.get("group_name") or ""),
                truth(group.get("detail")), need(row, "field_code", str),
                str(row.get("field_name") or ""), str(row.get("field_type") or ""),
                truth(row.get("derived")),
            )
            for group in objects(need(payload, "result", list))
            for row in objects(group.get("field_meta_info_list"))
        ]

    def rosters(self, userids, agent_id, codes):
        """Return what people have in some fields.

        https://open.dingtalk.com/document/development/intelligent-personnel-query-company-employee-list

        :param userids: up to 100
        :param codes: fields, 1 to 100; nothing else is read
        :return: userid -> code -> list of :class:`Value`
        """
        people = [identifier(userid, "userids") for userid in userids]
        codes = [text(code, "codes") for code in codes]
        for name, values, most in (
            ("userids", people, MAX_PEOPLE), ("codes", codes, MAX_FIELDS)
        ):
            if not 1 <= len(values) <= most:
                raise argument_error(
                    "%s: %d, 1 to %d are allowed" % (name, len(values), most),
                    argument=name, length=len(values), limit=most)
        body = {
            "userIdList": people,
            "appAgentId": number(agent_id, "agent_id", 1),
            "fieldFilterList": codes,
        }
        with _private():
            payload = self._client.api("POST", "/v1.0/hrm/rosters/lists/query", body)
        return {
            need(person, "userId", str): {
                need(row, "fieldCode", str): [
                    Value(
                        number(each.get("itemIndex") or 0, "itemIndex"),
                        str(each.get("label") or ""), str(each.get("value") or ""))
                    for each in objects(row.get("fieldValueList"))
                ]
                for row in objects(person.get("fieldDataList"))
            }
            for person in need(payload, "result", list)
        }

    def update(self, userid, agent_id, group, index, values):
        """Change fields of an existing row of a group.

        https://open.dingtalk.com/document/development/intelligent-personnel-update-employee-file-information

        Without an index DingTalk creates a new row with empty other fields, so it is
        required here.

        :param str group: id of the group
        :param int index: of the row, see :class:`Value`
        :param dict values: code -> text; dates as ``yyyy-MM-dd``, choices by value
        """
        body = {
            "userid": identifier(userid, "userid"),
            "groups": [{
                "group_id": text(group, "group"),
                "sections": [{
                    "old_index": number(index, "index", 0),
                    "section": [
                        {"field_code": text(code, "code"),
                         "value": text(value, "value", least=0)}
                        for code, value in sorted(values.items())
                    ],
                }],
            }],
        }
        body = {"agentid": number(agent_id, "agent_id", 1), "param": body}
        with _private(values.values()):
            self._client.oapi(_BASE + "employee/v2/update", body)

    def leavers(self):
        """Yield the userids of people who are leaving or have left.

        https://open.dingtalk.com/document/development/obtains-the-list-of-employees-who-have-left
        """
        token = 0
        for _page in range(MAX_PAGES):
            payload = self._client.api(
                "GET", "/v1.0/hrm/employees/dismissions",
                params={"nextToken": token, "maxResults": MAX_LEAVERS})
            for userid in need(payload, "userIdList", list):
                yield str(userid)
            following = optional(number, payload.get("nextToken"), "nextToken")
            if not truth(payload.get("hasMore")) or not following or following <= token:
                break
            token = following

    def leaver_infos(self, userids):
        """Return when and why people leave.

        https://open.dingtalk.com/document/development/obtains-the-information-about-employees-who-have-left

        :param userids: up to 50
        :return: dicts with ``userId``, ``lastWorkDay`` (milliseconds), ``reasonMemo``,
            ``status`` (1 leaving, 2 left)
        """
        people = [identifier(userid, "userids") for userid in userids]
        if not 1 <= len(people) <= MAX_LEAVERS:
            raise argument_error(
                "userids: %d, 1 to %d are allowed" % (len(people), MAX_LEAVERS),
                argument="userids", length=len(people), limit=MAX_LEAVERS)
        with _private():
            payload = self._client.api(
                "GET", "/v1.0/hrm/employees/dimissionInfos",
                params={"userIdList": encode_json(people).decode("utf-8")})
        return objects(need(payload, "result", list))


@contextlib.contextmanager
def _private(values=()):
    """Keep people's values out of errors, which are logged and stored.

    :param values: texts that DingTalk may repeat
    """
    try:
        yield
    except DingTalkError as error:
        text = error.message
        if error.code == "not_json":
            # Its text is the beginning of the answer.
            text = text.split(": ")[0]
        for value in sorted(values, key=len, reverse=True):
            if value:
                text = text.replace(value, MASK)
        error.message = text
        error.args = error.args[:1] + (text,) + error.args[2:]
        raise
