# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read an organisation concurrently, and detect incomplete answers.

Departments are listed by parent, people by department, page by page. The two APIs have
separate rate limits, so both are read at the same time.
"""
import collections
import contextlib
import time
from concurrent import futures

from ..dingtalk.api.contacts import ROOT as ROOT_NUMBER
from ..dingtalk.errors import (
    InvalidArgumentError,
    NotFoundError,
    OutOfScopeError,
    UnexpectedAnswerError,
)
from ..dingtalk.limits import AT_ONCE
from .converters import department_id, flag, identifier_or_none, identifiers
from .mapping import DETAIL

ROOT = str(ROOT_NUMBER)  # text, as all ids are stored

MOST_EMPTY = 1000  # pages of a department
AHEAD = 3  # calls that wait for each thread, where taking an answer takes time

OF_ONE_DEPARTMENT = (
    NotFoundError, OutOfScopeError, InvalidArgumentError, UnexpectedAnswerError,
)


class Reader(object):
    """Read DingTalk into a :class:`.snapshot.Snapshot`.

    :param contacts: ``client.contacts``
    :param scopes: function like ``client.auth.scopes()``; called only if DingTalk
        refuses the root department
    :param on_progress: called as ``on_progress(share, snapshot)`` after each answer, in
        the caller's thread; an exception it raises stops reading
    :param int expected: estimated number of departments, for the progress
    :param clock: seconds, for the deadline
    :param int at_once: concurrent calls
    """

    def __init__(self, contacts, scopes=None, on_progress=None, expected=0,
                 clock=time.monotonic, at_once=AT_ONCE):
        self._contacts = contacts
        self._scopes = scopes
        self._on_progress = on_progress
        self._expected = expected
        self._clock = clock
        self._at_once = at_once
        self._seen = {}

    # -- the lists ----------------------------------------------------------------

    def fill(self, snapshot, deadline=None):
        """Continue the snapshot until everything is read or time is up.

        :param Snapshot snapshot: a new one, or one that was partly read
        :param float deadline: value of ``clock`` after which no call is started
        :return: the snapshot; ``finished`` tells whether all of it was read
        :raise DingTalkError: an error that concerns all departments: key, permission,
            network. The snapshot then holds what was read before
        """
        self._lists = collections.deque(snapshot.unlisted)
        self._pages = collections.deque(snapshot.cursors)
        if not snapshot.started:
            self._start(snapshot)
        self._work(snapshot, deadline)
        snapshot.finished = not snapshot.unlisted and not snapshot.cursors
        return snapshot

    def _start(self, snapshot):
        if snapshot.scope:
            self._start_at(snapshot, snapshot.scope)
            snapshot.started = True
            return
        try:
            children = self._contacts.sub_departments(ROOT_NUMBER)
        except OutOfScopeError as error:
            self._start_in_scope(snapshot, error)
        else:
            self._add(snapshot, {"dept_id": ROOT}, None, 0, listed=True)
            self._add_children(snapshot, ROOT, children)
            self._tell(snapshot)
        snapshot.started = True

    def _start_in_scope(self, snapshot, error):
        """Begin with the departments and people in the application's scope."""
        if self._scopes is None:
            raise error
        allowed = self._scopes()
        self._start_at(snapshot, identifiers(allowed.get("dept_ids")))
        if snapshot.with_people:
            for userid in identifiers(allowed.get("userids")):
                try:
                    self._merge(snapshot, self._contacts.user(userid))
                except OF_ONE_DEPARTMENT as refused:
                    snapshot.incomplete = True
                    snapshot.problem(
                        "person_unreadable", userid, userid=userid, error=refused
                    )
        if not snapshot.departments and not snapshot.people:
            raise error

    def _start_at(self, snapshot, dept_ids):
        for position, dept_id in enumerate(dept_ids):
            try:
                item = self._contacts.department(int(dept_id))
            except OF_ONE_DEPARTMENT as refused:
                # A chosen one may be deleted: what was below is asked about.
                if not (snapshot.scope and isinstance(refused, NotFoundError)):
                    self._refused(snapshot, dept_id, refused)
            else:
                self._add(snapshot, dict(item, **{DETAIL: True}), None, position)

    def _work(self, snapshot, deadline):
        flying = {}  # future -> (function that takes its result, department)
        counts = collections.Counter()
        most = self._at_once * (1 + AHEAD if snapshot.early else 1)
        queues = (
            (self._lists, self._take_list, self._contacts.sub_departments),
            (self._pages, self._take_page, self._contacts.users_page),
        )

        def is_late():
            return deadline is not None and self._clock() >= deadline

        with futures.ThreadPoolExecutor(max_workers=self._at_once) as pool:
            try:
                while True:
                    while not is_late() and len(flying) < most and any(
                            each[0] for each in queues):
                        dept_id, take, call, arguments = self._next_call(
                            snapshot, queues, counts)
                        counts[take] += 1
                        flying[pool.submit(call, *arguments)] = (take, dept_id)
                    if is_late():
                        # Those who wait are still in the snapshot's lists.
                        flying = {
                            future: call for future, call in flying.items()
                            if not future.cancel()}
                    if not flying:
                        return
                    done, _others = futures.wait(
                        flying, return_when=futures.FIRST_COMPLETED
                    )
                    failure = None
                    for future in done:
                        take, dept_id = flying.pop(future)
                        counts[take] -= 1
                        try:
                            take(snapshot, dept_id, future)
                        except Exception as error:
                            failure = failure or error
                        else:
                            # No progress step may be skipped.
                            self._tell(snapshot)
                    if failure is not None:
                        raise failure
            finally:
                for future in flying:
                    future.cancel()

    def _next_call(self, snapshot, queues, counts):
        """Return (dept_id, function that takes the result, function, its arguments).

        The API with fewer calls is next.
        """
        queue, take, call = min(
            (each for each in queues if each[0]), key=lambda each: counts[each[1]])
        dept_id = queue.popleft()
        if queue is self._pages:
            return dept_id, take, call, (int(dept_id), snapshot.cursors[dept_id])
        return dept_id, take, call, (int(dept_id),)

    def _take_list(self, snapshot, dept_id, future):
        try:
            children = future.result()
        except OF_ONE_DEPARTMENT as error:
            self._refused(snapshot, dept_id, error)
        else:
            self._add_children(snapshot, dept_id, children)
        snapshot.unlisted.remove(dept_id)

    def _take_page(self, snapshot, dept_id, future):
        try:
            page = future.result()
        except OF_ONE_DEPARTMENT as error:
            self._refused(snapshot, dept_id, error)
            del snapshot.cursors[dept_id]
            return
        snapshot.pages += 1
        following = page.next_cursor
        seen = self._seen.setdefault(dept_id, set())
        fresh = 0
        for item in page.items:
            userid = isinstance(item, dict) and identifier_or_none(item.get("userid"))
            if not userid:
                self._broken(snapshot, dept_id, "person_without_id")
                continue
            fresh += userid not in seen
            seen.add(userid)
            self._merge(snapshot, item, dept_id)
        if following is not None and not fresh:
            # DingTalk repeated a page, or promised more after an empty one.
            self._broken(snapshot, dept_id, "page_repeated")
            following = None if page.items else following
            # Of hidden people pages are empty, but not without end.
            empty = snapshot.empty.get(dept_id, 0) + 1
            snapshot.empty[dept_id] = empty
            if empty > MOST_EMPTY:
                following = None
        if following is None or following <= snapshot.cursors[dept_id]:
            del snapshot.cursors[dept_id]
            self._seen.pop(dept_id, None)
        else:
            snapshot.cursors[dept_id] = following
            # The less time between pages, the fewer people move between them.
            self._pages.appendleft(dept_id)

    def _add_children(self, snapshot, dept_id, children):
        position = 0
        for item in children:
            if isinstance(item, dict) and department_id(item.get("dept_id")):
                self._add(snapshot, item, dept_id, position)
                position += 1
            else:
                self._broken(snapshot, dept_id, "department_without_id")

    def _add(self, snapshot, item, parent_id, position, listed=False):
        dept_id = department_id(item["dept_id"])
        if dept_id in snapshot.departments:
            # It is listed under two parents or under itself; keep the first.
            snapshot.problem("department_twice", self._name(snapshot, dept_id), dept_id)
            return
        item = dict(item, dept_id=dept_id, parent_id=parent_id, position=position)
        snapshot.departments[dept_id] = item
        if not listed:
            snapshot.unlisted.append(dept_id)
            self._lists.append(dept_id)
        if snapshot.with_people:
            snapshot.cursors[dept_id] = 0
            self._pages.append(dept_id)

    def _merge(self, snapshot, item, dept_id=None):
        """Merge a page's data about a person with that of other pages."""
        userid = identifier_or_none(item["userid"])
        leads = item.get("leader_in_dept") or []
        if dept_id is not None and "leader" in item and isinstance(leads, list):
            leads = leads + [{"dept_id": dept_id, "leader": flag(item["leader"])}]
        item = dict(item, userid=userid, leader_in_dept=leads)
        if dept_id is None:
            item[DETAIL] = True
        snapshot.add_person(userid, item)

    # -- what went wrong ------------------------------------------------------------

    @staticmethod
    def _name(snapshot, dept_id):
        return snapshot.departments.get(dept_id, {}).get("name") or dept_id

    def _refused(self, snapshot, dept_id, error):
        if isinstance(error, NotFoundError):
            code = "department_vanished"
        elif isinstance(error, OutOfScopeError):
            code = "department_refused"
        else:
            code = "department_unreadable"
        self._broken(snapshot, dept_id, code, error)

    def _broken(self, snapshot, dept_id, code, error=None):
        snapshot.incomplete = True
        if not any(
            known["code"] == code and known["dept_id"] == dept_id
            for known in snapshot.problems
        ):
            snapshot.problem(code, self._name(snapshot, dept_id), dept_id, error=error)

    # -- one at a time --------------------------------------------------------------

    @contextlib.contextmanager
    def _asking(self, calls):
        """Make calls at the same time; those left at the end are not made.

        :param calls: of (what it is about, method, argument)
        :return: list of (what it is about, future)
        """
        with futures.ThreadPoolExecutor(max_workers=self._at_once) as pool:
            asked = [
                (about, pool.submit(method, argument))
                for about, method, argument in calls
            ]
            try:
                yield asked
            finally:
                for _about, future in asked:
                    future.cancel()

    def _singly(self, dept_ids, userids):
        """Return the calls that read these, each about (department, UserID)."""
        return [
            ((dept_id, None), self._contacts.department, int(dept_id))
            for dept_id in dept_ids
        ] + [((None, userid), self._contacts.user, userid) for userid in userids]

    def read_person(self, snapshot, userid):
        """Read everything DingTalk returns about one person.

        :raise NotFoundError: the person no longer exists
        """
        self._merge(snapshot, self._contacts.user(userid))

    def read_department(self, snapshot, dept_id, parent_id=None):
        """Read everything DingTalk returns about one department, and its people.

        :param str parent_id: parent department, if known
        """
        item = dict(self._contacts.department(int(dept_id)), **{DETAIL: True})
        parent_id = department_id(item.get("parent_id")) or parent_id
        snapshot.departments[dept_id] = dict(item, dept_id=dept_id, parent_id=parent_id)
        if snapshot.with_people:
            snapshot.cursors[dept_id] = 0
        snapshot.started = True
        return self.fill(snapshot)

    def read_again(self, snapshot, dept_ids, userids):
        """Replace the answers about these by what DingTalk says now.

        Both were listed. Departments keep their places in the lists of their parents.

        :raise DingTalkError: as :meth:`fill`
        """
        parents = set()
        dept_ids = [dept_id for dept_id in dept_ids if dept_id != ROOT]
        with self._asking(self._singly(dept_ids, userids)) as asked:
            for (dept_id, userid), future in asked:
                parents |= self._replace(snapshot, future, dept_id, userid)
        for parent_id in sorted(parents & set(snapshot.departments)):
            self._list_again(snapshot, parent_id)

    def _replace(self, snapshot, future, dept_id, userid):
        """Take a new answer; return the parents whose lists it concerns."""
        try:
            item = future.result()
        except NotFoundError:
            kind, key = ("people", userid) if userid else ("departments", dept_id)
            snapshot.gone[kind].append(key)
            if userid and snapshot.spooled:
                snapshot.people.keys.discard(userid)
            else:
                snapshot.items(kind).pop(key, None)
            return set()
        except OF_ONE_DEPARTMENT:
            return set()  # what was listed counts
        if userid:
            self._merge(snapshot, item)
            return set()
        known = snapshot.departments.get(dept_id) or {}
        return {known.get("parent_id"), department_id(item.get("parent_id"))}

    def _list_again(self, snapshot, parent_id):
        try:
            children = self._contacts.sub_departments(int(parent_id))
        except OF_ONE_DEPARTMENT:
            return
        for position, item in enumerate(children):
            known = snapshot.departments.get(
                department_id(item.get("dept_id"))
                if isinstance(item, dict) else None)
            if known is not None:
                known.update(
                    item, dept_id=known["dept_id"], parent_id=parent_id,
                    position=position)

    # -- progress -------------------------------------------------------------------

    def _tell(self, snapshot):
        if self._on_progress is not None:
            self._on_progress(self._share(snapshot), snapshot)

    def _share(self, snapshot):
        known = len(snapshot.departments)
        lists = 2 if snapshot.with_people else 1
        missing = max(self._expected - known, 0) * lists
        todo = len(snapshot.unlisted) + len(snapshot.cursors) + missing
        return 1 - todo / float(max(known, self._expected, 1) * lists)

    # -- confirm leavers --------------------------------------------------------------

    def confirm(self, snapshot, dept_ids, userids):
        """Ask DingTalk about ids that the lists no longer contain.

        Somebody who moves between two pages may be on neither.

        :param dept_ids: stored departments that were not listed
        :param userids: stored people who were not listed
        :raise DingTalkError: as :meth:`fill`
        """
        with self._asking(self._singly(dept_ids, userids)) as asked:
            for (dept_id, userid), future in asked:
                self._take_answer(snapshot, future, dept_id, userid)

    def confirm_new(self, snapshot, dept_ids, people, listed):
        """Ask DingTalk whether what was new some time ago is still there.

        A list of a department answers for many people at once, and for itself.

        :param dept_ids: departments
        :param dict people: UserID -> ids of departments
        :param dict listed: department -> UserIDs in it; extended
        :raise DingTalkError: as :meth:`fill`
        """
        self._list_people_of(people, listed)
        self.confirm(
            snapshot,
            [dept_id for dept_id in dept_ids if not listed.get(dept_id)],
            [
                userid for userid, places in people.items()
                if not any(userid in listed.get(each, ()) for each in places)
            ],
        )

    def _list_people_of(self, people, listed):
        """List the departments of several of these people; each of them in one."""
        counts = collections.Counter(
            each for places in people.values() for each in places)
        chosen = collections.Counter(
            max(places, key=lambda each: (each in listed, counts[each], each))
            for places in people.values() if places
        )
        wanted = [
            dept_id for dept_id, count in sorted(chosen.items())
            if count > 1 and dept_id not in listed
        ]
        with self._asking([
            (dept_id, self._contacts.user_ids, int(dept_id)) for dept_id in wanted
        ]) as asked:
            for dept_id, future in asked:
                try:
                    listed[dept_id] = set(future.result())
                except OF_ONE_DEPARTMENT:
                    # Each of its people is asked about.
                    listed[dept_id] = set()

    def _take_answer(self, snapshot, future, dept_id, userid):
        kind = "departments" if userid is None else "people"
        try:
            item = future.result()
        except NotFoundError:
            snapshot.gone[kind].append(userid or dept_id)
        except OF_ONE_DEPARTMENT as error:
            snapshot.kept[kind].append(userid or dept_id)
            snapshot.problem(
                "person_not_visible" if userid else "department_not_visible",
                userid or dept_id, dept_id or "", userid or "", error,
            )
        else:
            snapshot.kept[kind].append(userid or dept_id)
            if userid:
                self._merge(snapshot, item)
