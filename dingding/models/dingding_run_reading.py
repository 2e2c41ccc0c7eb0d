# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The first part of a run: DingTalk is read, one run of an organisation at a time."""
import threading

from psycopg2 import sql

from odoo import fields, models

from .. import compat
from ..sync.reader import Reader
from .background import hold_lock

# First key of the advisory locks by which runs of one organisation take turns.
LOCK_CORP = 0x44540003
TURN_SECONDS = 5  # that a run waits for its turn, and until it waits again

# Share of the bar that each stage takes, as (from, to).
READ, COMPARE, WRITE, MAKE = (0, 70), (70, 75), (75, 98), (75, 99)
# How often the reading is reported. Fixed, so that a large organisation costs no
# more statements than a small one.
REPORTS = 3


class Cancelled(Exception):
    """Somebody pressed Cancel."""


class Meter(object):
    """Counts calls for ``on_call``, from any thread."""

    def __init__(self, total=0):
        self.total = total
        self._lock = threading.Lock()

    def __call__(self, api_name, status, code, seconds):
        with self._lock:
            self.total += 1


class DingdingRunReading(models.AbstractModel):
    """Reads; has its turn and its progress."""

    _name = "dingding.run.reading"
    _description = "Reading of a DingTalk Run"

    def _turn(self):
        """Return the lock of the one run of the organisation that is at work.

        Handlers of events share it. They are waited for: beside a steady stream of
        events there is always one who has it, and a run that only looked would never
        find it free. Those who ask for it meanwhile come after the run.
        """
        corp_id = self.corp_id.id
        # What its former holder has written is to be seen.
        self._commit()
        compat.forget(self.env)
        return hold_lock(
            self.env.cr.dbname, LOCK_CORP, corp_id, seconds=TURN_SECONDS
        )

    # -- progress ----------------------------------------------------------------

    def _report(self, values, added=None):
        """Write how far the run is, commit, and see whether to go on.

        :param dict added: counters that rise by so much
        :raise Cancelled: somebody pressed Cancel
        """
        assignments = [
            sql.SQL("{} = %s").format(sql.Identifier(name)) for name in sorted(values)
        ] + [
            sql.SQL("{0} = COALESCE({0}, 0) + %s").format(sql.Identifier(name))
            for name in sorted(added or {})
        ]
        query = sql.SQL("UPDATE {} SET {} WHERE id = %s RETURNING cancel_requested")
        parameters = [values[name] for name in sorted(values)]
        parameters += [added[name] for name in sorted(added or {})]
        compat.execute(
            self.env.cr,
            query.format(
                sql.Identifier(self._table), sql.SQL(", ").join(assignments)
            ),
            parameters + [self.id],
        )
        cancel = self.env.cr.fetchone()
        # Others are to see it now, and no transaction stays open while DingTalk is
        # asked. What was written before is a whole batch.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        if not cancel or cancel[0]:
            raise Cancelled

    # -- read ----------------------------------------------------------------------

    def _expected(self):
        """Return (how many departments there probably are, the dept_ids to begin at).

        None to begin at means all; of two, one below the other, the upper one counts.
        """
        self.env.cr.execute(
            "SELECT count(*), ARRAY(SELECT department_id FROM dingding_corp_scope_rel"
            " WHERE corp_id = %(corp)s) FROM dingding_department"
            " WHERE corp_id = %(corp)s AND active",
            {"corp": self.corp_id.id},
        )
        count, ids = self.env.cr.fetchone()
        chosen, found = self.env["dingding.department"].browse(ids), []
        for department in chosen.filtered("dept_id"):
            above = department.parent_id
            while above and above not in chosen:
                above = above.parent_id
            if not above:
                found.append(department.dept_id)
        return count, found

    def _read_organisation(self, client, snapshot, meter, deadline):
        """Read what is still to be read; return whether that is all."""
        values = {"stage": "read", "progress": self.progress or 0}
        if not self.started_at:
            values["started_at"] = fields.Datetime.now()
        expected, scope = self._expected()
        if not snapshot.started:
            snapshot.scope = scope
        self._report(values)
        if snapshot.finished:
            return True
        reports = {"next": 1}

        def on_progress(share, snapshot):
            if share * REPORTS < reports["next"] or share >= 1:
                return
            reports["next"] = int(share * REPORTS) + 1
            self._report(
                {
                    "progress": max(self._along(READ, share), values["progress"]),
                    "departments_read": len(snapshot.departments),
                    "users_read": len(snapshot.people),
                    "calls": meter.total,
                }
            )

        Reader(
            client.contacts, client.auth.scopes, on_progress, expected
        ).fill(snapshot, deadline)
        return snapshot.finished

    @staticmethod
    def _along(stage, share):
        low, high = stage
        return int(low + (high - low) * share)
