# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Write new people of a first sync while others are read.

DingTalk's limit of calls leaves the time. Only where Odoo does not yet know so many who
could be archived that a manager would have to decide, and without a preview. In the end
everything is compared all the same, but for those who were written whole and of whom no
other answer came.
"""
import collections
import time

from psycopg2 import IntegrityError, OperationalError

from .. import compat
from ..sync import baseline, plan as plans
from ..sync.converters import identifiers
from .queue import CONFLICTS

# People, and departments, in a batch: the calls must not wait until it is written.
ENOUGH, MOST = 500, 500
SHARE = 0.25  # of a processor: with more, calls are not what takes the time
# DingTalk's keys of the departments that a person belongs to and leads.
OWN = ("dept_id_list", "leader_in_dept")


class Early(object):
    """Write the people of a snapshot who were just added to it.

    :param sync: the sync that reads
    :param Snapshot snapshot: what it reads
    """

    def __init__(self, sync, snapshot):
        self._sync = sync
        self._snapshot = snapshot
        self._departments = {}  # dept_id -> row id, of those in Odoo
        self._began, self._worked = time.monotonic(), time.process_time()
        snapshot.fresh = collections.OrderedDict()

    def write_some(self, meter):
        """Write those whose data is complete, if they are enough; commit.

        All others are written when everything was read.

        :raise Cancelled: a user pressed Cancel
        """
        if len(self._snapshot.fresh) < ENOUGH:
            return
        fresh = list(self._snapshot.fresh.values())
        self._snapshot.fresh.clear()
        if not self._calls_take_the_time():
            return
        try:
            self._write(fresh, meter)
        except (IntegrityError, OperationalError) as error:
            # Others may have deleted a department, or created the same one.
            if isinstance(error, OperationalError) and error.pgcode not in CONFLICTS:
                raise
            compat.roll_back(self._sync.env)
            self._departments = {}

    def _calls_take_the_time(self):
        worked = time.process_time() - self._worked
        return worked <= SHARE * (time.monotonic() - self._began)

    def _write(self, fresh, meter):
        sync, snapshot = self._sync, self._snapshot
        # Some may be there without this sync: new ones belong below them.
        self._departments.update(sync._ids_of("dingding.department", sync.corp_id, [
            key for key in snapshot.departments if key not in self._departments]))
        changes = [("department", each) for each in self._new_departments()]
        known = frozenset(self._departments) | {each.key for _name, each in changes}
        people, whole = self._new_people(fresh, known)
        changes += [("person", each) for each in people]
        names = {
            "department": {
                key: item.get("name") for key, item in snapshot.departments.items()},
            "person": {},
        }
        sync._insert_lines(
            (sync._prepare_line(subject, change, names) for subject, change in changes),
            "done")
        models = sync._models()
        batch = [(None, models[subject], change) for subject, change in changes]
        sync._write_batch(batch, {"department": self._departments, "person": {}})
        compat.flush(sync.env)
        sync._report(
            dict(sync._counts_read(snapshot), calls=meter.total),
            sync._written_counts(batch))
        snapshot.written.update(whole)
        # Odoo's cache grows with each of them.
        compat.forget(sync.env)

    def _new_departments(self):
        """Return Changes that create departments, parents before children."""
        sync, snapshot, plan = self._sync, self._snapshot, plans.Plan()
        if all(key in self._departments for key in snapshot.departments):
            return []
        departments, corp = sync.env["dingding.department"], sync.corp_id
        plans.compare_departments(
            plan, snapshot, departments._dingtalk_mapping(),
            sync._stored_rows(departments, corp, ("sequence",)), corp.name, corp._leads)
        return [
            each for each in plan.departments if each.action == plans.CREATE][:MOST]

    def _new_people(self, fresh, departments):
        """Return Changes that create people, and what ``Snapshot.written`` is to hold.

        A person of several departments may lead some that are still to be read. The
        same holds for records that fields of other addons refer to, except people, whom
        the final comparison adds.

        :param departments: ids of those that people may belong to
        """
        snapshot = self._snapshot
        corp, plan, written = self._sync.corp_id, plans.Plan(), {}
        table = self._sync.env["dingding.user"]._dingtalk_mapping()
        groups, pushed = snapshot.groups(table), baseline.both_ways(table)
        people = [line.key for line in table if line.relation == "person"]
        others = [
            line.key for line in table
            if line.relation not in ("", "person") and line.key not in OWN]
        # Events have created these, and their answers are newer.
        stored = self._sync._ids_of(
            "dingding.user", corp, [item["userid"] for item in fresh])
        changes = []
        for item in fresh:
            userid, problems = item["userid"], len(plan.problems)
            own = identifiers(item.get("dept_id_list"))
            if userid in stored or len(own) != 1 or (
                    not departments.issuperset(own) or any(map(item.get, others))):
                continue
            changes.append(plans.compare_person(
                plan, userid, item, table, groups, None, departments, (), corp._leads,
                pushed))
            if len(plan.problems) == problems and not any(map(item.get, people)):
                written[userid] = len(groups)
        return changes, written
