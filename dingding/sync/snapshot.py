# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Hold DingTalk's answers as plain values that survive a pause."""
import base64
import collections
import copy
import json
import zlib

from . import mapping
from .spool import Spool, merged

VERSION = 6


class Snapshot(object):
    """Hold an organisation's departments, people and more, possibly incomplete.

    :ivar departments: dept_id -> item; ids are text, ``parent_id`` is None at the top,
        ``position`` is the place among its siblings
    :ivar people: userid -> item, merged over all pages; a :class:`.spool.Spool` once
        they are more than ``most``
    :ivar unlisted: departments whose children are still to be read
    :ivar cursors: department -> cursor of the next page; absent when all of its pages
        are read
    :ivar problems: list of dicts: code, subject, dept_id, userid, error, remedy
    :ivar bool incomplete: something could not be read, so nobody counts as a leaver
    :ivar bool with_people: whether people are read at all
    :ivar scope: departments requested with everything below them; empty for all
    :ivar dict others: kind -> part of another resource, see :meth:`part`
    :ivar dict gone: kind, such as 'people' -> ids that DingTalk says no longer exist
    :ivar dict kept: the same: ids missing from the lists although they exist
    :ivar set delivered: groups of values that DingTalk delivers besides those that the
        items show, see ``mapping.delivered``; not kept over a pause
    :ivar most: people to hold in memory, None for all
    :ivar dict changed: kind -> keys that changed while others were read, to be read
        again before anything is compared
    :ivar dict empty: department -> empty pages that promised another one
    :ivar bool early: whether new people are written while others are read
    :ivar fresh: UserID -> item of the people who were added last, if somebody takes
        them
    :ivar dict written: UserID -> number of groups that DingTalk had delivered when this
        person was written, see ``mapping.delivered``; of answers that are not yet
        stored
    """

    def __init__(self, with_people=True, scope=(), most=None):
        self.with_people = with_people
        self.most = most
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
        self.others = {}
        self.delivered = set()
        self.gone = {"departments": [], "people": []}
        self.kept = {"departments": [], "people": []}
        self.changed = {"departments": [], "people": []}
        self.empty = {}
        self.early = False
        self.fresh = None
        self.written = {}

    def part(self, kind):
        """Return what was read of a resource other than departments and people.

        :return: dict: ``items`` (key -> item), ``cursor`` of the next page, whether it
            is ``read``, and whether something was unreadable (``broken``)
        """
        return self.others.setdefault(
            kind, {"items": {}, "cursor": None, "read": False, "broken": False}
        )

    def items(self, kind):
        """Return key -> item of any resource."""
        if kind in ("departments", "people"):
            return getattr(self, kind)
        return self.part(kind)["items"]

    @property
    def spooled(self):
        """Tell whether the people are in a spool."""
        return isinstance(self.people, Spool)

    def add_person(self, userid, item):
        """Add an answer about a person to those before.

        :param dict item: with ``leader_in_dept`` of this answer only
        """
        if self.fresh is not None and userid not in self.people:
            self.fresh[userid] = item
        if self.spooled:
            self.people.add(userid, item)
            return
        before = self.people.get(userid)
        if before and self.fresh is not None:
            # One item of several answers.
            self.fresh.pop(userid, None)
            self.written.pop(userid, None)
        self.people[userid] = merged([before, item]) if before else item
        if self.most is not None and len(self.people) > self.most:
            spool = Spool()
            for key, each in self.people.items():
                spool.add(key, each)
            self.people = spool

    def groups(self, table):
        """Return the groups that DingTalk delivers, as far as people were read.

        :param table: list of FieldMap
        :rtype: set of str, see ``mapping.delivered``
        """
        shown = [self.people.shown] if self.spooled else self.people.values()
        return mapping.delivered(shown, table)

    def with_part(self, people, delivered):
        """Return the same snapshot with some of its people.

        :param dict people: userid -> item
        :param set delivered: groups of values that DingTalk delivers of anybody
        """
        part = copy.copy(self)
        part.people, part.delivered = people, delivered
        return part

    def problem(self, code, subject="", dept_id="", userid="", error=None):
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
        "finished", "confirmed", "pages", "others", "gone", "kept", "changed", "empty",
        "early",
    )
    _ORDERED = ("departments", "people", "cursors")

    def dump(self):
        """Serialise the snapshot as one compact text, without the people of a spool.
        """
        state = {name: getattr(self, name) for name in self._PLAIN}
        for name in self._ORDERED:
            if name == "people" and self.spooled:
                spool = self.people
                state["spool"] = [spool.saved, sorted(spool.shown)]
                state[name] = []
            else:
                state[name] = list(getattr(self, name).items())
        state["version"] = VERSION
        packed = zlib.compress(json.dumps(state).encode("utf-8"), 6)
        return base64.b64encode(packed).decode("ascii")

    @classmethod
    def load(cls, text):
        """Return the snapshot from :meth:`dump`, or None if the text is unusable.

        A spool is empty: the caller adds the UserIDs that it has stored.
        """
        try:
            state = json.loads(zlib.decompress(base64.b64decode(text)).decode("utf-8"))
            if state.pop("version") != VERSION:
                return None
            snapshot = cls()
            for name in cls._PLAIN:
                setattr(snapshot, name, state[name])
            for name in cls._ORDERED:
                setattr(snapshot, name, collections.OrderedDict(state[name]))
            if state.get("spool"):
                snapshot.people = Spool(*state["spool"])
            return snapshot
        except (ValueError, KeyError, TypeError, zlib.error):
            return None
