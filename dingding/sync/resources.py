# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Describe the kinds of objects that a sync reads, compares and writes.

``_sync_resources`` of ``dingding.sync`` lists them.
"""
import time

from ..dingtalk.errors import (
    InvalidArgumentError,
    NotFoundError,
    OutOfScopeError,
    PermissionDeniedError,
    UnexpectedAnswerError,
)
from . import plan as plans
from .converters import identifier_or_none
from .reader import Reader
from .spool import Keys, Parts

OF_ONE_KIND = (
    PermissionDeniedError, NotFoundError, OutOfScopeError, InvalidArgumentError,
    UnexpectedAnswerError,
)


class Resource(object):
    """One kind of objects: a flat list that DingTalk returns page by page.

    A subclass names itself and asks for one page.

    :cvar str kind: key in snapshots and plans, plural, such as "departments"
    :cvar str subject: the same in the singular: the ``_sync_relation`` of the model and
        the relation of a FieldMap that refers to it
    :cvar str model: Odoo's model, which inherits from ``dingding.sync.mixin``
    :cvar str key: DingTalk's name of the id in an item
    :cvar str counted: beginning of the sync's counters
    :cvar str threshold: field of the organisation with the number of records that may
        always be archived
    :cvar columns: further plain columns that ``compare`` needs
    :cvar bool after_people: not part of a sync of departments only
    :cvar int weight: share of the progress of reading

    :param str label: name of one object, translated
    """

    kind = subject = model = key = None
    counted = "others"
    threshold = "archive_threshold_people"
    columns = ()
    after_people = True
    weight = 1

    def __init__(self, label):
        self.label = label

    def page(self, client, cursor):
        """Ask DingTalk for one page.

        :param cursor: None for the first page, else as returned before; it is stored as
            JSON
        :return: (list of dict, cursor of the next page or None)
        """
        raise NotImplementedError

    # -- the steps of a sync ---------------------------------------------------------

    def fetch(self, client, snapshot, tell, deadline, expected=0):
        """Continue the snapshot; return whether everything was read.

        An error of this kind alone becomes a problem, and nothing of it is archived.

        :param tell: function of (share, snapshot) that reports the progress
        :param float deadline: time.monotonic() value after which no call is started
        :param int expected: estimated number of departments
        :raise DingTalkError: an error that concerns all calls
        """
        part, pages = snapshot.part(self.kind), 0
        while not part["read"]:
            if time.monotonic() >= deadline:
                return False
            try:
                items, cursor = self.page(client, part["cursor"])
            except OF_ONE_KIND as error:
                self._broken(snapshot, "resource_unreadable", error)
                break
            known = len(part["items"])
            part["items"].update(
                (identifier_or_none(item.get(self.key)), item) for item in items
                if identifier_or_none(item.get(self.key))
            )
            if cursor is not None and len(part["items"]) == known:
                self._broken(snapshot, "resource_repeated")
                break
            part.update(cursor=cursor, read=cursor is None)
            pages += 1
            tell(1 - 1.0 / (pages + 1), snapshot)
        return True

    def _broken(self, snapshot, code, error=None):
        snapshot.part(self.kind).update(read=True, broken=True)
        snapshot.problem(code, self.label, error=error)

    def compare(self, plan, snapshot, table, stored, leads, name=""):
        """Add the changes of this kind to the plan.

        :param table: list of FieldMap
        :param dict stored: kind -> key -> stored row, of this and the kinds before
        :param leads: function of a field: whose value counts, see ``baseline.py``
        :param str name: of the organisation
        """
        plans.compare_rows(
            plan, self.kind, snapshot, table, stored, leads,
            snapshot.part(self.kind)["broken"],
        )

    def confirm(self, client, snapshot, keys):
        """Add those of the missing keys to the snapshot that DingTalk no longer has.

        Override where the list may lack existing objects.
        """
        snapshot.gone.setdefault(self.kind, []).extend(keys)

    def confirm_new(self, client, snapshot, places, listed):
        """Add those of the new keys to the snapshot that DingTalk no longer has.

        Called for what an old preview would create. Override to ask.

        :param dict places: key -> ids of departments
        :param dict listed: department -> UserIDs in it, of calls before; extended
        """

    def read_again(self, client, snapshot, keys):
        """Replace the answers about these keys by what DingTalk says now.

        For kinds in ``changed`` of a snapshot.
        """


class Departments(Resource):
    """Departments; their reader also reads their people, at the same time."""

    kind, subject, model = "departments", "department", "dingding.department"
    counted = "departments"
    threshold = "archive_threshold_departments"
    columns = ("sequence",)
    after_people = False
    weight = 9

    def fetch(self, client, snapshot, tell, deadline, expected=0):
        if not snapshot.finished:
            Reader(
                client.contacts, client.auth.scopes, tell, expected,
                at_once=client.at_once,
            ).fill(snapshot, deadline)
        return snapshot.finished

    def compare(self, plan, snapshot, table, stored, leads, name=""):
        plans.compare_departments(
            plan, snapshot, table, stored[self.kind], name, leads
        )

    def confirm(self, client, snapshot, keys):
        Reader(client.contacts, at_once=client.at_once).confirm(snapshot, keys, [])

    def confirm_new(self, client, snapshot, places, listed):
        Reader(client.contacts, at_once=client.at_once).confirm_new(
            snapshot, list(places), {}, listed)

    def read_again(self, client, snapshot, keys):
        Reader(client.contacts, at_once=client.at_once).read_again(snapshot, keys, [])


class People(Resource):
    kind, subject, model = "people", "person", "dingding.user"
    counted = "users"
    weight = 0

    def fetch(self, client, snapshot, tell, deadline, expected=0):
        return True

    def compare(self, plan, snapshot, table, stored, leads, name=""):
        departments, people = stored["departments"], stored[self.kind]
        existing = frozenset(snapshot.departments) | frozenset(departments)
        covered = plans.below(departments, snapshot.scope)
        managers, known = plans.Managers(table, departments), Keys(people)
        for part, rows in self._parts(snapshot, table, people):
            plans.compare_people(
                plan, part, table, rows, existing, leads, covered, known)
            managers.add(part, rows)
            if isinstance(people, Parts):
                people.keep(part, rows)
        # After early writing, not everybody was compared.
        if not (snapshot.incomplete or snapshot.scope or snapshot.early):
            managers.settle(plan)

    @staticmethod
    def _parts(snapshot, table, people):
        """Yield (snapshot, stored rows) of some people at a time."""
        if not isinstance(people, Parts):
            yield snapshot, people
            return
        delivered = snapshot.groups(table)
        for items, rows in people.read():
            yield snapshot.with_part(items, delivered), rows

    def confirm(self, client, snapshot, keys):
        Reader(client.contacts, at_once=client.at_once).confirm(snapshot, [], keys)

    def confirm_new(self, client, snapshot, places, listed):
        Reader(client.contacts, at_once=client.at_once).confirm_new(
            snapshot, [], places, listed)

    def read_again(self, client, snapshot, keys):
        Reader(client.contacts, at_once=client.at_once).read_again(snapshot, [], keys)
