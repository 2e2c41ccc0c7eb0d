# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Nobody can do more, or less, than the files ``expected*.txt`` say.

``DINGDING_RIGHTS_WRITE=<this folder>`` writes them anew, the oldest series first: read
the difference before you commit it, each line is a right that somebody gains or loses.
"""
import collections
import logging
import os

from odoo.addons.dingding.tests.common import DingTalkCase, portable

from . import expected
from .matrix import Matrix
from .rows import Rows

WRITE = "DINGDING_RIGHTS_WRITE"


@portable
class TestMatrix(DingTalkCase):
    @classmethod
    def _make_records(cls, target, env):
        super()._make_records(target, env)
        other = env["res.company"].create({"name": "Company B"})
        target.corp_b = env["dingding.corp"].create(
            {
                "name": "Organisation B", "corp_id": "ding-b", "company_id": other.id,
                "app_key": "key-b", "agent_id": "7",
            }
        )
        cls._point_at(target.corp_b.app_id, target.simulator.url)
        target.roles = collections.OrderedDict(
            [
                ("public", target.user_public),
                ("portal", target.user_portal),
                ("employee", target.user_employee),
                ("dingtalk", target.user_dingtalk),
                ("manager", target.user_manager),
                (
                    "manager_b", cls._make_user(
                        env, "manager-b", "dingding.group_manager",
                        company_id=other.id, company_ids=[(6, 0, other.ids)],
                    ),
                ),
                ("hr", cls._make_user(env, "hr", "hr.group_hr_user")),
                ("system", target.user_system),
            ]
        )

    def test_matrix(self):
        rows = Rows(
            self.env, collections.OrderedDict([("A", self.corp), ("B", self.corp_b)])
        )
        # Refusals are the point here, and Odoo logs many of them as errors.
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        found = Matrix(self.env, self.roles, rows).table()
        if os.environ.get(WRITE):
            # Of another series these are copies of the sources.
            return expected.save(found, list(self.roles), os.environ[WRITE])
        wanted = expected.load()
        wrong = [
            "%s %s: expected %s, found %s" % (
                key[0], key[1], self._cells(wanted, key), self._cells(found, key))
            for key in list(wanted) + [key for key in found if key not in wanted]
            if wanted.get(key) != found.get(key)
        ]
        return self.assertFalse(wrong, "\n".join(wrong))

    @staticmethod
    def _cells(table, key):
        cells = table.get(key)
        return "no such line" if cells is None else " ".join(
            "%s=%s" % each for each in cells.items()
        )
