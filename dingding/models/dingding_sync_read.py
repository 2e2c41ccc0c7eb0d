# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read DingTalk, one sync per organisation at a time."""
from psycopg2 import sql

from odoo import api, fields, models

from .. import compat
from ..sync import plan as plans
from .dingding_sync import TURN_SECONDS, Cancelled
from .dingding_sync_early import Early
from .queue import hold_lock

# First key of the advisory locks that serialise syncs of one organisation.
LOCK_CORP = 0x44540003

READ, COMPARE, WRITE, MAKE = (0, 70), (70, 75), (75, 98), (75, 99)
# Fixed, so that large organisations need no more statements.
REPORTS = 3


class DingdingSync(models.Model):
    """Read DingTalk; manage the lock and the progress."""

    _inherit = "dingding.sync"

    def _exclusive_lock(self):
        """Return the lock of the organisation's only active sync.

        Event handlers share it. The sync waits for them, and later ones queue behind
        it.
        """
        corp_id = self.corp_id.id
        # Make the former holder's writes visible.
        self._commit()
        compat.forget(self.env)
        return hold_lock(
            self.env.cr.dbname, LOCK_CORP, corp_id, seconds=TURN_SECONDS
        )

    # -- progress ----------------------------------------------------------------

    def _report(self, values, added=None):
        """Write the progress, commit, and check whether to continue.

        :param dict added: counters to increase by these amounts
        :raise Cancelled: a user pressed Cancel
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
        # Show the progress, and keep no transaction open during calls.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        if not cancel or cancel[0]:
            raise Cancelled

    # -- read ----------------------------------------------------------------------

    def _expected(self):
        """Return what Odoo knows about an organisation that is to be read.

        :return: (estimated number of departments, dept_ids to start at, whether any
            people are stored); None as dept_ids means all; of nested ones, the upper
            one counts
        """
        self.env.cr.execute(
            "SELECT count(*), ARRAY(SELECT department_id FROM dingding_corp_scope_rel"
            " WHERE corp_id = %(corp)s), EXISTS(SELECT FROM dingding_user"
            " WHERE corp_id = %(corp)s) FROM dingding_department"
            " WHERE corp_id = %(corp)s AND active",
            {"corp": self.corp_id.id},
        )
        count, ids, peopled = self.env.cr.fetchone()
        chosen, found = self.env["dingding.department"].browse(ids), []
        for department in chosen.filtered("dept_id"):
            above = department.parent_id
            while above and above not in chosen:
                above = above.parent_id
            if not above:
                found.append(department.dept_id)
        return count, found, peopled

    @api.model
    def _covered(self, corp):
        """Return the ids of the departments that are synchronised, None for all.

        All if none are chosen. Nothing else is changed, by events neither.
        """
        tops = corp._chosen_dept_ids()
        if not tops:
            return None
        return plans.below(self.env["dingding.department"]._stored(corp), tops)

    def _read_organisation(self, client, snapshot, meter, deadline):
        """Read what is left; return whether everything was read."""
        values = {"stage": "read", "progress": self.progress or 0}
        if not self.started_at:
            values["started_at"] = fields.Datetime.now()
        expected, scope, peopled = self._expected()
        if not snapshot.started:
            snapshot.scope = scope
            corp = self.corp_id
            # The archive threshold counts departments, too.
            snapshot.early = self.mode == "apply" and not peopled and (
                not plans.too_many(
                    expected, expected, corp.archive_threshold_percent / 100.0,
                    corp.archive_threshold_departments))
        early = Early(self, snapshot) if snapshot.early else None
        self._report(values)
        resources = self._resources()
        weights = float(sum(resource.weight for resource in resources))
        reports = {"next": 1, "before": 0, "weight": 0}

        def on_progress(share, snapshot):
            report(share, snapshot)
            if early:
                early.write_some(meter)

        def report(share, snapshot):
            share = (reports["before"] + share * reports["weight"]) / weights
            if share * REPORTS < reports["next"] or share >= 1:
                return
            reports["next"] = int(share * REPORTS) + 1
            self._report(
                dict(
                    self._counts_read(snapshot),
                    progress=max(
                        self._progress_share(READ, share), values["progress"]),
                    calls=meter.total,
                )
            )

        for resource in resources:
            reports["weight"] = resource.weight
            if not resource.fetch(client, snapshot, on_progress, deadline, expected):
                return False
            reports["before"] += resource.weight
        return True

    @staticmethod
    def _counts_read(snapshot):
        return {
            "departments_read": len(snapshot.departments),
            "users_read": len(snapshot.people),
            "others_read": sum(len(part["items"]) for part in snapshot.others.values()),
        }

    @staticmethod
    def _progress_share(stage, share):
        low, high = stage
        return int(low + (high - low) * share)
