# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What DingTalk said, as plain values that survive a pause."""
import base64
import collections
import json
import zlib

VERSION = 2


class Snapshot(object):
    """Departments and people of an organisation, possibly not yet all of them.

    :ivar departments: dept_id -> item; ids are text, ``parent_id`` is None at the
        top, ``position`` is the place among the brothers and sisters
    :ivar people: userid -> item, merged over all pages
    :ivar unlisted: departments whose children are still to be read
    :ivar cursors: department -> cursor of the page to be read; absent when all of its
        pages are read
    :ivar problems: list of dicts: code, subject, dept_id, userid, error, remedy
    :ivar bool incomplete: something could not be read, so nobody has "left"
    :ivar bool with_people: whether people are read at all
    :ivar scope: departments that were asked for with those below them; none for all
    :ivar dict gone: 'departments' and 'people': ids that DingTalk says no longer exist
    :ivar dict kept: the same: ids missing from the lists although they exist
    """

    def __init__(self, with_people=True, scope=()):
        self.with_people = with_people
        self.scope = list(scope)
        self.departments = collections.OrderedDict()
        self.people = collections.OrderedDict()
        self.unlisted = []
        self.cursors = collections.OrderedDict()
        self.problems = []
        self.incomplete = False
        self.started = False
        self.finished = False
        self.confirmed = False
        self.pages = 0
        self.gone = {"departments": [], "people": []}
        self.kept = {"departments": [], "people": []}

    def problem(self, code, subject="", dept_id="", userid="", error=None):
        """Note what could not be read."""
        self.problems.append(
            {
                "code": code,
                "subject": subject,
                "dept_id": dept_id,
                "userid": userid,
                "error": str(error) if error is not None else "",
                "remedy": getattr(error, "remedy", "") or "",
            }
        )

    _PLAIN = (
        "with_people", "scope", "unlisted", "problems", "incomplete", "started",
        "finished", "confirmed", "pages", "gone", "kept",
    )
    _ORDERED = ("departments", "people", "cursors")

    def dump(self):
        """Return all of it as one short text."""
        state = {name: getattr(self, name) for name in self._PLAIN}
        for name in self._ORDERED:
            state[name] = list(getattr(self, name).items())
        state["version"] = VERSION
        packed = zlib.compress(json.dumps(state).encode("utf-8"), 6)
        return base64.b64encode(packed).decode("ascii")

    @classmethod
    def load(cls, text):
        """Return the snapshot of :meth:`dump`; None when it can't be used."""
        try:
            state = json.loads(zlib.decompress(base64.b64decode(text)).decode("utf-8"))
            if state.pop("version") != VERSION:
                return None
            snapshot = cls()
            for name in cls._PLAIN:
                setattr(snapshot, name, state[name])
            for name in cls._ORDERED:
                setattr(snapshot, name, collections.OrderedDict(state[name]))
            return snapshot
        except (ValueError, KeyError, TypeError, zlib.error):
            return None
