# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The records that queue_job of 14.0 and later needs."""
from odoo.tests import common

from odoo.addons.dingding import hooks
from odoo.addons.dingding.models.queue import JOB_CHANNEL
from odoo.addons.dingding.tests.common import portable


@portable
class TestJobs(common.TransactionCase):
    def setUp(self):
        super().setUp()
        self.background = self.env["dingding.queue"]
        self.names = {
            "<%s>._run_job" % model for model in self.background._queue_models()
        }
        self.assertIn("<dingding.event>._run_job", self.names)
        self.assertIn("<dingding.approval>._run_job", self.names)

    def ours(self):
        return self.env["queue.job.function"].search([("name", "like", "<dingding.")])

    def test_each_queue_has_its_function_and_channel(self):
        """They are made when the registry is loaded, so they are there by now."""
        self.assertTrue(self.background._has_jobs())
        functions = self.ours()
        self.assertEqual(set(functions.mapped("name")), self.names)
        self.assertEqual(len(functions), len(self.names))
        self.assertEqual(functions.mapped("channel_id.complete_name"), [JOB_CHANNEL])
        for function in functions:
            self.assertTrue(
                hasattr(self.env[function.model_id.model], function.method)
            )
            self.assertIn("15", function.retry_pattern)

    def test_what_an_administrator_has_set_stays(self):
        functions = self.ours()
        other = self.env["queue.job.channel"].create({"name": "other"})
        functions[0].channel_id = other
        functions[1].unlink()
        self.background._make_job_functions()
        self.assertEqual(functions[0].channel_id, other)
        self.assertEqual(set(self.ours().mapped("name")), self.names)
        self.assertEqual(len(self.ours()), len(self.names))

    def test_none_is_left_when_the_addon_goes(self):
        hooks.forget_jobs(self.env.cr)
        self.assertFalse(self.ours())
        self.assertFalse(
            self.env["queue.job.channel"].search([("complete_name", "=", JOB_CHANNEL)])
        )
