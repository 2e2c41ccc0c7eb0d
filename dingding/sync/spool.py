# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Keep many people outside the memory while they are read and compared."""
import json
import tempfile

from .mapping import DETAIL

LARGE = 10000  # people, and changes, that a sync holds in memory
PART = 2000  # people compared at a time
LOADED = 2000  # changes loaded at a time
ASKED = 200  # leavers asked about between two looks at the clock
# People a second that are compared at least. Otherwise the next step compares.
COMPARED = 4000


def merged(items):
    """Return one item from several answers about the same person, the last one last.

    Each page reports its own department's lead, a detailed answer all.
    """
    whole = [place for place, item in enumerate(items) if item.get(DETAIL)]
    leads = [
        each for item in items[whole[-1] if whole else 0:]
        for each in item.get("leader_in_dept") or ()
    ]
    return dict(items[-1], leader_in_dept=leads)


class Spool(object):
    """Hold people as a dictionary would while they are read, but in a file.

    Only the UserIDs stay in memory. The file ends with the process.

    :ivar set keys: UserIDs of everybody who was added
    :ivar set shown: keys of all items, see :func:`.mapping.delivered`
    :ivar int saved: answers that the owner has stored elsewhere
    :ivar int added: answers in the file
    """

    def __init__(self, saved=0, shown=()):
        self.keys = set()
        self.shown = set(shown)
        self.saved = saved
        self._begin()

    def _begin(self):
        self._file, self.added = tempfile.TemporaryFile(), 0

    def add(self, userid, item):
        """Add an answer about a person to those before."""
        self.keys.add(userid)
        self.shown.update(item)
        line = "%s\t%s\n" % (json.dumps(userid), json.dumps(item))
        self._file.write(line.encode("ascii"))
        self.added += 1

    def lines(self):
        """Yield (UserID, item as JSON in ASCII) of the answers in the file, in order.
        """
        self._file.seek(0)
        for line in self._file:
            userid, item = line.decode("ascii").rstrip("\n").split("\t")
            yield json.loads(userid), item

    def forget(self):
        """Empty the file: the owner has stored its answers."""
        self.saved += self.added
        self._file.close()
        self._begin()

    def __contains__(self, userid):
        return userid in self.keys

    def __iter__(self):
        return iter(self.keys)

    def __len__(self):
        return len(self.keys)


class PartialIds(dict):
    """DingTalk's id -> row id, of the rows that were needed so far."""


class Parts(object):
    """Stored rows that are compared with a spool's people in parts.

    :param read: function that yields (dict UserID -> item, dict UserID -> stored row);
        together they contain everybody once, on both sides
    :param keep: function of (snapshot of the part, its rows), called after each part
    :param keys: function that returns all stored UserIDs
    :param int active: number of active rows
    :ivar dict rows: UserID -> row of those whom ``keep`` has left here
    """

    def __init__(self, read, keep, keys, active):
        self.read = read
        self.keep = keep
        self.active = active
        self.rows = {}
        self._keys = keys

    def __getitem__(self, userid):
        return self.rows[userid]

    def __iter__(self):
        return iter(self._keys())


class Keys(object):
    """Tell which keys are stored; they are listed when the first one is asked about.

    :param rows: dict of them, or :class:`Parts`
    """

    def __init__(self, rows):
        self._rows, self._keys = rows, None

    def __contains__(self, key):
        if self._keys is None:
            self._keys = frozenset(self._rows)
        return key in self._keys
