# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from .. import compat
from ..dingtalk import messages_body, quota
from ..models import dingding_budget, dingding_call_count, dingding_corp_budget
from ..models.dingding_call_count import Key, Ledger, write_counts
from .common import DingTalkCase

SEND = "/topapi/message/corpconversation/asyncsend_v2"
USERS = "/topapi/v2/user/get"


class BudgetCase(DingTalkCase):
    """Count inside the test's transaction, with its own ledger."""

    def setUp(self):
        super().setUp()
        self.ledger = Ledger(write_counts, automatic=False)

        def own_cursor(dbname):
            return compat.open_cursor(dbname, read_committed=True)

        for module in (dingding_budget, dingding_call_count):
            self._replace(module, "own_cursor", own_cursor)
            self._replace(module, "ledger", self.ledger)
        self._replace(dingding_corp_budget, "ledger", self.ledger)
        self._replace(dingding_corp_budget, "own_cursor", own_cursor)
        dingding_budget.forget_standings()
        self.addCleanup(dingding_budget.forget_standings)
        self.counts = self.env["dingding.call.count"]
        self.budgets = self.env["dingding.budget"]
        self.today = self.counts._today()

    def use(self, number, meter=quota.API, day=None, feature="messages", app=None):
        """Have this much been used."""
        day = day or self.today
        key = Key((app or self.app).id, meter, SEND, feature, str(day))
        self.ledger.add(self.env.cr.dbname, key, number)
        self.ledger.flush()

    def send(self, feature="messages", **options):
        """Send a work notification with a client of a feature."""
        userid = self.simulator.users()[0]["userid"]
        client = self.app._dingtalk_client(feature=feature, **options)
        return client.messages.send(
            self.simulator.agent_id, messages_body.text("%s" % datetime.datetime.now()),
            [userid])

    def rows(self, *domain):
        """Return (name, feature, count) of the rows, after a flush."""
        self.ledger.flush()
        found = self.counts.search([("corp_id", "=", self.corp.id)] + list(domain))
        return sorted((row.name, row.feature, row.count) for row in found)
