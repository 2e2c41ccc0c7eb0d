# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import datetime
import functools
import json
import random
import threading
import time
import unittest.mock

import pytz
from psycopg2 import InterfaceError

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api import cards
from odoo.addons.dingding.models import queue
from odoo.addons.dingding.models.queue import take_lock
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding_callback.models.dingding_event import CROWD

from .. import card_press
from ..models import dingding_card_press
from ..models.dingding_app_card import SECRET
from .card_case import KEY, CardCase

PRESS = "odoo.addons.dingding_robot.models.dingding_card_press"
ROWS = "dingding.card.press"


@portable
class TestCardAttack(CardCase):
    """Cards with a hostile person, a hostile manager or bad luck."""

    def inputs(self, *rows, **action):
        self.setup.write({"input_ids": [(0, 0, row) for row in rows]})
        self.setup.action_ids.write(dict({"uses_inputs": True}, **action))

    @contextlib.contextmanager
    def held(self, *keys):
        """Have another connection hold locks of records or presses."""
        with compat.side_cursor(self.env.cr.dbname) as cr:
            for key in keys:
                self.assertTrue(take_lock(cr, dingding_card_press.LOCK_RECORD, key))
            yield

    def test_changed_while_it_is_sent(self):
        """A change of the document then finds no copy that was sent."""
        create, case = cards.Cards.create_and_deliver, self

        def slow(area, *args, **kwargs):
            answer = create(area, *args, **kwargs)
            case.partner.write({"function": "Refused"})
            compat.flush(case.env)
            case.process_queue("dingding.card.change")
            return answer

        self._replace(cards.Cards, "create_and_deliver", slow)
        # Nobody takes the row over that is being sent.
        self._replace(queue, "LOST_SECONDS", 20)
        self.send()
        self.assertEqual(self.partner.function, "Refused")
        self.assertEqual(self.shown()["tag"], "Refused")

    def test_an_attempt_that_arrives_after_the_next_one(self):
        """A worker loses its lock, and DingTalk gets its older values last."""
        copy = self.send().copy_ids
        self.partner.write({"function": "Refused"})
        self.work()
        copy._dingtalk_client("cards")[1].cards.update(
            copy.out_track_id, {"state": "Draft"})
        row = self.env["dingding.card.change"].search(
            [("copy_id", "=", copy.id), ("kind", "=", "update")], limit=1)
        self.assertEqual(self.shown()["tag"], "Draft")
        row.write({"state": "working", "attempts": 1})
        self.work()
        self.assertEqual(self.shown()["tag"], "Refused")

    def test_today_is_the_pressers(self):
        """At seven in Beijing it is still yesterday in UTC."""
        name = next((
            name for name, field in sorted(self.env["res.partner"]._fields.items())
            if field.type == "date" and field.store and not field.readonly), None)
        if name is None:
            self.skipTest("no date of partners in this series")
        self.setup.action_ids.unlink()
        self.setup.write({"action_ids": [(0, 0, {
            "name": "Today", "kind": "value", "value": "today", "decides": False,
            "field_id": self.field(name).id})]})
        copy = self.send(self.person).copy_ids
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            self.user_employee.tz = zone
            self.partner[name] = False
            days = [datetime.datetime.now(pytz.timezone(zone)).date()]
            self.press(copy)
            # The day may end meanwhile.
            days.append(datetime.datetime.now(pytz.timezone(zone)).date())
            self.assertIn(str(self.partner[name])[:10], map(str, days), zone)

    def test_archived_organisation(self):
        """An archived organisation sends no cards, not even waiting ones."""
        self.partner.dingding_send_card(KEY)
        self.corp.active = False
        compat.flush(self.env)
        self.simulator.forget_calls()
        self.work()
        self.assertDingTalkNotCalled()
        copy = self.env["dingding.card.copy"].search([])
        self.assertEqual(copy.mapped("status"), ["refused"])
        with self.assertRaises(UserError):
            self.partner.dingding_send_card(KEY)

    # -- two at once -------------------------------------------------------------------

    def test_the_same_press_is_under_way(self):
        """Without an ID a repetition does not act beside the first press."""
        self.setup.action_ids.write({"decides": False})
        copy = self.send().copy_ids
        data = self.data(copy)
        key = card_press.key_of("", card_press.read(data))
        with self.held("copy,%d" % copy.id, "%d %s" % (copy.id, key)):
            answer = self.take(data, "")
        self.assertIn("In progress", self.note(answer))
        self.work()
        self.assertEqual(self.called, [])
        self.assertFalse(self.env[ROWS].search([]))
        self.take(data, "")
        self.assertEqual(len(self.called), 1)

    def test_workers_begin_at_random_positions(self):
        """Else all of them meet the same locks when many copies wait."""
        changes, copy = self.env["dingding.card.change"], self.send().copy_ids
        ids = []
        for _number in range(CROWD + 2):
            ids += changes._add("update", copy).ids
        self._replace(random, "randrange", lambda most: 7)
        self.assertEqual(changes._due(500).ids, ids[7:] + ids[:7])
        self.assertEqual(changes._due(CROWD).ids, ids[:CROWD])

    def test_a_busy_record(self):
        """The press waits in the queue and is done once."""
        copy = self.send().copy_ids
        with self.held("res.partner,%d" % self.partner.id):
            answer = self.press(copy, message_id="one")
            self.assertIn("In progress", self.note(answer))
            self.assertEqual(self.called, [])
            self.assertEqual(self.press(copy, message_id="one"), answer)
        self.work()
        self.assertEqual((len(self.called), self.outcomes()), (1, ["done"]))
        self.assertIn({"variable": "note", "text": "Done."}, self.shown()["texts"])

    def test_a_worker_acts_while_the_person_is_told_to_wait(self):
        """Nobody waits for what has happened."""
        def refuse(records):
            # pylint: disable=translation-required
            raise UserError("Not on Sundays.")

        self.method_is("action_check", refuse)
        copy = self.send().copy_ids
        model, case = type(self.env[ROWS]), self
        self._replace(model, "_act_at_once", lambda row, subject, cr: None)
        put_off = model._put_off

        def late(row):
            case.process_queue(ROWS)
            return put_off(row)

        self._replace(model, "_put_off", late)
        self.assertIn("Not on Sundays", self.note(self.press(copy)))
        self.work()
        self.assertEqual(self.outcomes(), ["refused"])
        self.assertFalse(self.env[ROWS].search([]).told_to_wait)

    def test_refused_after_dingtalk_has_waited(self):
        """It shows no answer that takes too long."""
        def refuse(records):
            # pylint: disable=translation-required
            raise UserError("Not on Sundays.")

        self.method_is("action_check", refuse)
        copy = self.send().copy_ids
        self.simulator.forget_calls()
        self.press(copy)
        self.work()
        self.assertDingTalkNotCalled()
        self._replace(dingding_card_press, "SLOW_SECONDS", 0)
        self.press(copy)
        self.work()
        self.assertIn({"variable": "note", "text": "Not on Sundays."},
                      self.shown()["texts"])

    def test_a_press_acts_in_a_transaction_of_odoos_isolation(self):
        """In READ COMMITTED two methods would overwrite each other's sums."""
        found = []
        self._replace(compat, "begin_read_committed", lambda cr: found.append(cr))
        real = compat.open_cursor

        @contextlib.contextmanager
        def open_cursor(dbname, read_committed=False):
            with real(dbname, read_committed) as cr:
                if read_committed:
                    found.append(cr)
                    cr.commit = functools.partial(commit, cr, cr.commit)
                yield cr

        def commit(cr, function):
            # The next transaction of the cursor has Odoo's isolation again.
            function()
            found.remove(cr)
            cr.commit = function

        self._replace(compat, "open_cursor", open_cursor)
        acted = []
        self.method_is("action_check", lambda records: acted.append(
            any(cr is records.env.cr for cr in found)))
        self.press(self.send().copy_ids)
        self.assertEqual(acted, [False])

    def test_a_lost_connection(self):
        """The press is stored, and a worker acts on it once."""
        def lose(row):
            raise InterfaceError("connection already closed")

        copy = self.send().copy_ids
        with self.replaced("_step_at_once", lose):
            answer = self.press(copy, message_id="one")
        self.assertIn("In progress", self.note(answer))
        self.assertEqual(self.press(copy, message_id="one"), answer)
        self.assertEqual(self.called, [])
        self.work()
        self.assertEqual((len(self.called), self.outcomes()), (1, ["done"]))
        self.press(copy, message_id="one")
        self.assertEqual(len(self.called), 1)

    def test_more_presses_than_a_process_acts_on(self):
        """One that finds no place in time is left to the workers."""
        self._replace(dingding_card_press, "LOCK_SECONDS", 0.01)
        self.setup.action_ids.write({"decides": False})
        copy, places = self.send().copy_ids, dingding_card_press._acting
        for _place in range(dingding_card_press.AT_ONCE):
            self.assertTrue(places.acquire(blocking=False))
        try:
            self.assertIn("In progress", self.note(self.press(copy)))
            self.assertEqual(self.called, [])
            # One that is freed while a press waits for it.
            self._replace(dingding_card_press, "LOCK_SECONDS", 20)
            timer = threading.Timer(0.2, places.release)
            timer.start()
            self.assertEqual(self.note(self.press(copy)), "Done.")
            timer.join()
            self.assertTrue(places.acquire(blocking=False))
        finally:
            for _place in range(dingding_card_press.AT_ONCE):
                places.release()
        self.work()
        self.assertEqual((len(self.called), self.outcomes()), (2, ["done", "done"]))

    def replaced(self, name, function):
        """Replace a method of presses while the block runs."""
        return unittest.mock.patch.object(type(self.env[ROWS]), name, function)

    def test_a_method_that_takes_the_access(self):
        """Values read before it acted are not shown afterwards."""
        self.setup.action_ids.write({"decides": False})
        self.method_is("action_check", lambda records: self.hide())
        copy = self.send().copy_ids
        self.assertIn("Addict", self.stored(copy))
        text = json.dumps(self.press(copy))
        self.assertEqual(self.outcomes(), ["done"])
        self.assertNotIn("Addict", text)
        self.assertIn("no longer available", text)

    def test_what_changes_while_a_press_waits(self):
        """The button, the person and the rights are looked at when it is done."""
        self.method.slow = True
        self.setup.action_ids.write({"decides": False})
        changes = [
            lambda: self.setup.action_ids.write({"condition": "[('id', '>', 0)]"}),
            lambda: self.person.write({"user_id": self.user_system.id}),
            lambda: self.user_employee.write({"active": False}),
        ]
        found = []
        for change in changes:
            copy = self.send().copy_ids
            self.assertIn("In progress", self.note(self.press(copy)))
            change()
            self.work()
            found.append(self.outcomes()[-1])
            self.person.user_id = self.user_employee
            self.user_employee.active = True
        self.assertEqual(found, ["changed", "unlinked", "unlinked"])
        self.assertEqual(self.called, [])

    # -- methods -----------------------------------------------------------------------

    def test_a_method_that_commits(self):
        """Nothing of a press is stored without its outcome."""
        def half(records):
            records.sudo().write({"function": "Half"})
            records.env.cr.commit()
            text = "no"
            raise UserError(text)

        self.method_is("action_check", half)
        copy = self.send().copy_ids
        with mute_logger(PRESS, "odoo.sql_db"):
            self.press(copy)
        self.assertEqual(self.outcomes(), ["refused"])
        self.assertEqual(self.partner.function, "Draft")

        def whole(records):
            self.called.append(1)
            records.sudo().write({"function": "Whole"})
            records.env.cr.commit()

        self.method_is("action_check", whole)
        self.assertEqual(self.note(self.press(copy)), "Done.")
        self.assertEqual(self.partner.function, "Whole")
        self.press(copy)
        self.assertEqual(self.called, [1])

    def test_a_method_that_rolls_back(self):
        self.method_is("action_check", lambda records: records.env.cr.rollback())
        copy = self.send().copy_ids
        with mute_logger(PRESS, "odoo.sql_db"):
            self.press(copy)
        self.assertEqual(self.outcomes(), ["failed"])

    def test_slow_methods_are_noted_once(self):
        """Each press that writes the method would have another one done again."""
        self._replace(dingding_card_press, "SLOW_SECONDS", -1)
        self.method.slow = True
        compat.flush(self.env)
        written = []
        model = type(self.env["dingding.card.method"])
        real = model.write

        def write(records, vals):
            written.append(vals)
            return real(records, vals)

        self._replace(model, "write", write)
        self.press(self.send().copy_ids)
        self.work()
        self.assertEqual((len(self.called), written), (1, []))

    def test_slow_methods_are_learnt(self):
        self._replace(dingding_card_press, "SLOW_SECONDS", -1)
        self.press(self.send().copy_ids)
        compat.forget(self.env)
        self.assertTrue(self.method.slow)

    def test_a_duplicate_is_refused_soon(self):
        """A press that breaks a constraint of the database is not retried."""
        def twice(records):
            for _each in range(2):
                records.env.cr.execute(
                    "INSERT INTO ir_config_parameter (key, value)"
                    " VALUES ('card.attack', 'x')")

        self.method_is("action_check", twice)
        copy = self.send().copy_ids
        with mute_logger(PRESS, "odoo.sql_db"):
            self.press(copy)
            self.work()
        self.assertEqual(self.outcomes(), ["failed"])
        self.assertIn("Contact your administrator", json.dumps(self.shown()))

    # -- texts -------------------------------------------------------------------------

    def test_the_same_card_of_two_organisations(self):
        """Ready-made cards have one key in all: the chosen one is sent."""
        other = self.env["dingding.corp"].create({"name": "Other", "app_key": "other"})
        self.env["dingding.user"].create({
            "name": "Z", "userid": "z", "corp_id": other.id,
            "user_id": self.user_employee.id})
        self.setup.name = "A"
        setup = self.make_setup(name="B", corp_id=other.id)
        action = self.env["ir.actions.server"].create({
            "name": "Send", "model_id": self.partner_model.id,
            "state": "dingding_message", "dingding_to": "card",
            "dingding_card_setup_id": setup.id})
        action.with_context(
            active_model="res.partner", active_id=self.partner.id,
            active_ids=self.partner.ids).run()
        card = self.env["dingding.card"].search([])
        self.assertEqual(card.card_setup_id, setup)
        self.env["dingding.user"].create({
            "name": "M", "userid": "m", "corp_id": other.id,
            "user_id": self.user_manager.id})
        opened = call_as(
            self.user_manager, "dingding.card.setup", "action_send_test", setup.ids)
        card = self.env["dingding.card"].browse(opened["res_id"])
        self.assertEqual(card.card_setup_id, setup)

    def test_no_private_values_of_what_was_withdrawn(self):
        """Withdrawing a card or an organisation ends DingTalk's requests for it."""
        data = self.data(self.send().copy_ids, type="dynamicDataCallback")
        data["content"] = json.dumps({"dynamicDataSourceQueryRequests": [
            {"dynamicDataSourceId": "odoo"}]})
        self.assertIn("12345678", json.dumps(self.take(data)))
        for record in (self.setup, self.corp):
            record.active = False
            compat.flush(self.env)
            self.assertNotIn("12345678", json.dumps(self.take(data)), record)
            record.active = True
            compat.flush(self.env)
            self.assertIn("12345678", json.dumps(self.take(data)))

    def test_a_warning_with_a_button(self):
        """Odoo's reason is the same as without the button."""
        def warn(records):
            raise RedirectWarning(  # pylint: disable=translation-required
                "Configure a journal first", 1, "Configure")

        self.method_is("action_check", warn)
        answer = self.press(self.send().copy_ids)
        self.assertEqual(self.note(answer), "Configure a journal first")
        self.assertEqual(self.outcomes(), ["refused"])

    def test_a_refusal_is_no_markdown(self):
        """A name in Odoo's refusal could otherwise be a link."""
        def refuse(records):
            text = "[Sign in](http://evil.example) **now** <font>x</font> \u202eabc"
            raise UserError(text)

        self.method_is("action_check", refuse)
        copy = self.send().copy_ids
        note = self.note(self.press(copy))
        for mark in ("[", "](", "**", "<", "http://", "\u202e"):
            self.assertNotIn(mark, note)
        self.method.slow = True
        self.press(copy)
        self.work()
        self.assertNotIn("](", json.dumps(self.shown()))

    def test_reasons_are_for_administrators(self):
        """Odoo's refusals name documents that a manager may not read."""
        def refuse(records):
            text = "Customer 47114711 owes 5"
            raise UserError(text)

        self.method_is("action_check", refuse)
        self.press(self.send().copy_ids)
        row = self.env[ROWS].search([])
        self.assertIn("47114711", row.detail)
        values = call_as(self.user_manager, ROWS, "read", row.ids, [])[0]
        self.assertNotIn("47114711", json.dumps(values, default=str))
        with self.assertRaises(AccessError):
            call_as(self.user_manager, ROWS, "read", row.ids, ["detail"])

    # -- inputs ------------------------------------------------------------------------

    def test_inputs_mean_what_they_meant(self):
        """A person's input is not written into another field."""
        self.inputs({"name": "Job", "field_id": self.field("function").id},
                    kind="inputs")
        copy = self.send().copy_ids
        self.setup.write({"input_ids": [(0, 0, {
            "name": "City", "field_id": self.field("city").id, "sequence": 1,
            "required": False})]})
        compat.forget(self.env)
        answer = self.press(copy, params={"input_1": "Chef", "input_2": "x"})
        self.assertIn("changed", self.note(answer))
        self.assertEqual((self.partner.city, self.partner.function),
                         ("Hangzhou", "Draft"))

    def test_numbers_beyond_all_limits(self):
        integer = self.field("color")
        self.inputs({"name": "Number", "field_id": integer.id}, kind="inputs")
        copy = self.send().copy_ids
        for value in ("9" * 30, "-" + "9" * 11, "1e5", "\u00b2", "nan", 10 ** 40,
                      {"value": 10 ** 40}, "1\u20445"):
            with self.assertLogs("odoo", level="ERROR") as logs:
                # assertLogs wants at least one line.
                dingding_card_press._logger.error("none")
                answer = self.press(copy, params={"input_1": value})
            self.assertEqual(len(logs.output), 1, (value, logs.output))
            self.assertIn("invalid", self.note(answer))
        self.assertFalse(self.partner.color)

    def test_digits_of_other_scripts(self):
        copy = self.send().copy_ids
        for action in ("action_\u00b2", "action_\u0661", "action_0", "action_1\n",
                       "action_01x"):
            self.press(copy, action=action)
            self.assertEqual(self.outcomes()[-1], "changed", repr(action))
        self.assertEqual(self.called, [])

    # -- managers ----------------------------------------------------------------------

    def test_recipients_that_a_manager_may_not_know(self):
        """The copies of a card name its recipients."""
        field = self.env["res.partner"]._fields["user_id"]
        self._replace(field, "groups", "base.group_system")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_manager, "dingding.card.setup", "write", self.setup.ids,
                    {"recipient_path": "parent_id.user_id"})
        call_as(self.user_system, "dingding.card.setup", "write", self.setup.ids,
                {"recipient_path": "parent_id.user_id"})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_manager, "dingding.card.setup", "write", self.setup.ids,
                    {"name": "Mine"})
        call_as(self.user_manager, "dingding.card.setup", "write", self.setup.ids,
                {"recipient_path": "message_partner_ids"})

    # -- withdrawn, other companies ----------------------------------------------------

    def test_who_has_left_the_group_of_recipients(self):
        """The web client hides a button by a group that its method does not check."""
        group = self.env["res.groups"].create({"name": "Approvers"})
        self.setup.write({
            "recipient_path": False, "recipient_group_id": group.id})
        self.user_dingtalk.write({compat.USER_GROUPS: [(4, group.id)]})
        self.setup.action_ids.write({"decides": False})
        card = self.send()
        self.press(card.copy_ids)
        self.user_dingtalk.write({compat.USER_GROUPS: [(3, group.id)]})
        self.press(card.copy_ids)
        self.assertEqual(self.outcomes(), ["done", "access"])
        # People named besides, by the document or by the sender, stay recipients.
        self.setup.recipient_path = "user_id"
        self.partner.user_id = self.user_dingtalk
        self.press(card.copy_ids)
        self.setup.recipient_path = False
        self.press(self.send(self.user_dingtalk).copy_ids)
        self.assertEqual(self.outcomes()[2:], ["done", "done"])

    def test_a_corpid_that_is_none(self):
        """Existing values must be the organisation's; odd ones are not missing."""
        copy = self.send().copy_ids
        for value in ({}, [], 0, False, 5, ["x"]):
            for name in ("corpId", "type"):
                self.take(dict(self.data(copy), **{name: value}))
                self.assertEqual(self.outcomes()[-1], "unreadable")
        self.assertEqual(self.called, [])

    def test_a_withdrawn_card_type(self):
        copy = self.send().copy_ids
        self.setup.active = False
        self.assertIn("changed", self.note(self.press(copy)))
        self.assertEqual(self.called, [])
        self.setup.active = True
        self.corp.active = False
        self.press(copy)
        self.assertEqual(self.called, [])

    def test_the_senders_companies_are_not_the_recipients(self):
        """From 13 on a user chooses companies; those of others are an error."""
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.write({"company_ids": [(4, other.id)]})
        sender = self.env(context=dict(
            self.env.context,
            allowed_company_ids=[other.id, self.user_employee.company_id.id]))
        card = self.partner.with_env(sender).dingding_send_card(KEY)
        self.assertEqual((card.copy_ids.person_id, card.unreachable),
                         (self.person, 0))

    def test_values_that_the_method_has_read(self):
        """From 13 on what a method reads with all rights stays in memory."""
        parent = self.env["res.partner"].create({"name": "Hidden 47114711"})
        self.partner.parent_id = parent
        self.env["ir.rule"].create({
            "name": "Hidden", "model_id": self.partner_model.id,
            "domain_force": "[('id', '!=', %d)]" % parent.id})
        self.setup.write({"line_ids": [
            (0, 0, {"field_path": "parent_id.name", "shown": "card"}),
            (0, 0, {"field_path": "parent_id.name", "shown": "viewer"})]})
        self.setup.action_ids.write({"decides": False})

        def look(records):
            self.called.append(records.sudo().parent_id.name)

        self.method_is("action_check", look)
        copy = self.send().copy_ids
        text = json.dumps(self.press(copy))
        self.assertEqual(self.called, ["Hidden 47114711"])
        self.assertNotIn("47114711", text)
        self.work()
        self.assertNotIn("47114711", json.dumps(self.shown()))

    def test_odd_seconds_over_http(self):
        app = self.app.sudo()
        self.env["dingding.secret"]._set(app, SECRET, "s" * 32)
        for value in ("\u00b2", "1" * 5000, "", "-1", "nan"):
            status, body = app._card_receive(app.app_key, {
                "x-ddpaas-signature-timestamp": value,
                "x-ddpaas-signature": cards.signature("s" * 32, value)}, b"{}")
            self.assertEqual((status, body), (403, {}))

    def test_old_presses_stay_known(self):
        """The same message acts once, however late it is repeated."""
        self.setup.action_ids.write({"decides": False})
        copy = self.send().copy_ids
        self.press(copy, message_id="one")
        self.env.cr.execute(
            "UPDATE dingding_card_press SET create_date = create_date - %s * "
            "interval '1 day'", [2])
        compat.forget(self.env)
        self.press(copy, message_id="one")
        self.assertEqual(len(self.called), 1)

    def by_http(self, data, moment):
        """Return the answer to a request that was signed at a moment."""
        timestamp = str(int(moment * 1000))
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            app = self.app.sudo().with_env(self.app.sudo().env(cr=cr))
            status, answer = app._card_receive(app.app_key, {
                "x-ddpaas-signature-timestamp": timestamp,
                "x-ddpaas-signature": cards.signature("s" * 32, timestamp),
            }, json.dumps(data).encode("utf-8"))
        compat.forget(self.env)
        self.assertEqual(status, 200)
        return answer

    def later(self, seconds):
        """Let time pass for presses."""
        self.env.cr.execute(
            "UPDATE dingding_card_press SET create_date = create_date - %s * "
            "interval '1 second'", [seconds])
        compat.forget(self.env)

    def test_repeated_over_http(self):
        """Without an ID; DingTalk repeats events 10 and then 30 seconds later."""
        self.env["dingding.secret"]._set(self.app.sudo(), SECRET, "s" * 32)
        self.setup.action_ids.write({"decides": False})
        data, now = self.data(self.send().copy_ids), time.time()
        first = self.by_http(data, now)
        self.assertEqual(self.note(first), "Done.")
        # Signed anew.
        for pause in (12, 33):
            self.later(pause)
            self.assertEqual(self.by_http(data, now + 1), first)
        # Repeated unchanged, however late.
        self.later(500)
        self.assertEqual(self.by_http(data, now), first)
        self.assertEqual(len(self.called), 1)
        # The person presses again.
        self.by_http(data, now + 2)
        self.assertEqual(len(self.called), 2)
        self.later(500)
        for moment in (now, now + 2):
            self.by_http(data, moment)
        self.assertEqual(len(self.called), 2)
        self.assertEqual(self.outcomes(), ["done", "done"])

    def test_pressed_again_after_a_refusal(self):
        reason = "Enter a phone number first."

        def refused(_records):
            raise UserError(reason)

        self.env["dingding.secret"]._set(self.app.sudo(), SECRET, "s" * 32)
        data, now = self.data(self.send().copy_ids), time.time()
        self.method_is("action_check", refused)
        answers = [self.by_http(data, now) for _each in range(2)]
        self.assertIn("phone number", self.note(answers[0]))
        self.assertEqual(answers[0], answers[1])
        self.method_is("action_check", lambda records: None)
        self.assertEqual(self.by_http(data, now), answers[0])
        self.assertEqual(self.note(self.by_http(data, now + 1)), "Done.")
        self.assertEqual(self.outcomes(), ["refused", "done"])

    def test_a_name_that_fills_the_link(self):
        """Without a template a card is a message, and a stranger names the document."""
        self.corp.card_template = False
        self.partner.write({"name": "\"*<" * 100, "city": "\"~" * 400})
        card = self.send()
        self.assertEqual(card.copy_ids.status, "link")
        message = self.phone(self.person)[0]
        self.assertEqual(message["msg"]["msgtype"], "action_card")
        self.assertNotIn("<", message["msg"]["action_card"]["markdown"])

    def test_the_same_card_twice_a_day(self):
        """DingTalk drops a message that a person has got on the same day."""
        self.corp.card_template = False
        self.send()
        card = self.partner.dingding_send_card(KEY)
        self.env.cr.execute(
            "UPDATE dingding_card_copy SET create_date = create_date"
            " + interval '1 hour' WHERE id = %s", card.copy_ids.ids)
        compat.forget(self.env)
        self.work()
        self.assertEqual(len(self.phone(self.person)), 2)

    def test_values_stay_out_of_the_log(self):
        """PostgreSQL quotes the row that breaks a constraint."""
        def refused(records):
            records.env.cr.execute(
                "INSERT INTO ir_config_parameter (id, value)"
                " VALUES (-1, 'owes 47114711')")

        self.method_is("action_check", refused)
        copy = self.send().copy_ids
        with mute_logger("odoo.sql_db"), self.assertLogs(PRESS) as logged:
            self.press(copy)
        self.assertEqual(self.outcomes(), ["failed"])
        self.assertNotIn("47114711", "".join(logged.output))
