# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Two organisations and a user of each role."""
import collections
import functools
from unittest import mock

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import DingTalkCase

from .rows import Rows


class MatrixCase(DingTalkCase):
    def setUp(self):
        super().setUp()
        # Later series remember refusals themselves.
        if compat.SERIES <= 12:
            patch = remembering_refusals(self.env)
            patch.start()
            self.addCleanup(patch.stop)

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

    def rows(self):
        """Return rows of both organisations in every table."""
        return Rows(
            self.env, collections.OrderedDict([("A", self.corp), ("B", self.corp_b)])
        )


def remembering_refusals(env):
    """Return a patch by which Odoo looks a refused right up once, as a granted one.

    For the words of its refusal it asks the database three times.
    """
    model = type(env["ir.model.access"])
    original = model.check

    @functools.wraps(original)
    def check(self, model, mode="read", raise_exception=True):
        allowed = original(self, model, mode, False)
        if raise_exception and not allowed:
            raise AccessError("%s %s" % (mode, model))
        return allowed

    return mock.patch.object(model, "check", check)
