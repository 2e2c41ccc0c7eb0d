# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import time

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from ..models.dingding_health_card import VARIABLES
from .card_case import KEY, TEMPLATE, CardCase, template_text

CREATE = "/v1.0/card/instances/createAndDeliver"
UPDATE = "/v1.0/card/instances"
PRESS = "odoo.addons.dingding_robot.models.dingding_card_press"


@portable
class TestCard(CardCase):
    """Sending and updating."""

    def test_one_line_sends_a_card(self):
        card = self.send()
        copy = card.copy_ids
        self.assertEqual((copy.person_id, copy.status), (self.person, "sent"))
        shown = self.shown()
        self.assertEqual(shown["title"], "Check Deco *Addict*")
        self.assertEqual(shown["tag"], "Draft")
        self.assertEqual(
            [each["label"] for each in shown["buttons"]], ["Approve"])
        self.assertEqual(
            [each["text"] for each in shown["texts"]], ["**City:** Hangzhou"])
        self.assertDingTalkCalled(CREATE, 1)

    def test_nothing_is_sent_before_the_commit(self):
        self.partner.dingding_send_card(KEY)
        self.assertDingTalkNotCalled(CREATE)

    def test_private_values_are_not_stored_at_dingtalk(self):
        card = self.send()
        self.assertNotIn("12345678", self.stored(card.copy_ids))
        answer = self.take({
            "type": "dynamicDataCallback", "outTrackId": card.copy_ids.out_track_id,
            "corpId": self.corp.corp_id, "userId": self.person.userid,
            "content": json.dumps({"dynamicDataSourceQueryRequests": [
                {"dynamicDataSourceId": "odoo"}]}),
        })
        found, = answer["dataSourceQueryResponses"]
        self.assertEqual(
            json.loads(found["data"]), {"secret": "**Phone:** +86 571 12345678"})
        # Somebody else gets nothing.
        other = self.take({
            "type": "dynamicDataCallback", "outTrackId": card.copy_ids.out_track_id,
            "corpId": self.corp.corp_id, "userId": self.people[1].userid,
            "content": json.dumps({"dynamicDataSourceQueryRequests": [
                {"dynamicDataSourceId": "odoo"}]}),
        })
        self.assertNotIn("12345678", json.dumps(other))

    def test_card_ids_are_random(self):
        found = {self.send().copy_ids.out_track_id for _each in range(3)}
        self.assertEqual(len(found), 3)
        for each in found:
            self.assertRegex(each, r"^[0-9a-f]{32}$")

    def test_who_may_not_read_gets_no_card(self):
        rule = self.hide()
        with self.assertRaises(UserError):
            self.partner.dingding_send_card(KEY)
        rule.unlink()
        card = self.partner.dingding_send_card(KEY, self.people[:5])
        # Three are linked to users.
        self.assertEqual(len(card.copy_ids), 3)
        self.assertEqual(card.unreachable, 2)

    def test_access_lost_before_sending(self):
        card = self.partner.dingding_send_card(KEY)
        self.person.user_id = False
        self.work()
        self.assertEqual(card.copy_ids.status, "refused")
        self.assertDingTalkNotCalled(CREATE)

    def test_a_change_in_odoo_updates_all_copies(self):
        card = self.send(self.people[:3])
        self.partner.with_env(self.env).write({"function": "Checked"})
        self.partner.write({"function": "Done"})
        self.work()
        for person in self.people[:3]:
            self.assertEqual(self.shown(person)["tag"], "Done")
        # Two changes of one transaction are one update, of one value each.
        self.assertDingTalkCalled(UPDATE, 3)
        self.assertEqual(len(card.copy_ids), 3)

    def test_a_change_that_is_not_shown_costs_nothing(self):
        self.send()
        self.partner.write({"ref": "7"})
        self.work()
        self.assertDingTalkNotCalled(UPDATE)

    def test_access_lost_afterwards(self):
        self.send()
        self.person.user_id = False
        self.partner.write({"function": "Secret"})
        self.work()
        shown = self.shown()
        self.assertEqual(shown["title"], "This document is no longer available.")
        self.assertEqual((shown["tag"], shown["buttons"]), ("", []))

    def test_a_deleted_document(self):
        self.send()
        self.partner.unlink()
        self.work()
        self.assertEqual(
            self.shown()["title"], "This document is no longer available.")

    def test_markup_stays_text(self):
        self.partner.write({
            "city": "**x** [y](http://evil) <font color=red>z</font> `c` _d_\n# e"})
        self.send()
        text = self.shown()["texts"][0]["text"]
        for mark in ("**x", "[y]", "](", "<font", "`", "http://", "\n#"):
            self.assertNotIn(mark, text)

    def test_a_lost_answer_sends_no_second_card(self):
        self.simulator.fault("reset_after", CREATE)
        card = self.send()
        self.work()
        self.assertEqual(card.copy_ids.status, "sent")
        self.assertEqual(len(self.cards_of(self.person)), 1)

    def test_not_delivered_is_a_failure(self):
        userid = self.person.userid
        self.person.userid = "gone-away"
        card = self.send()
        change = self.env["dingding.card.change"].search(
            [("card_id", "=", card.id)])
        self.assertEqual(change.state, "failed")
        self.assertEqual(card.copy_ids.status, "new")
        self.person.userid = userid
        change.action_retry()
        self.work()
        self.assertEqual(card.copy_ids.status, "sent")
        self.assertEqual(len(self.cards_of(self.person)), 1)

    def test_refused_content_falls_back(self):
        self.partner.write({"city": "\u8fdd\u7981\u8bcd"})
        card = self.send()
        self.assertTrue(card.copy_ids.neutral)
        shown = self.shown()
        self.assertEqual(shown["title"], "A document needs your attention.")
        self.assertEqual((shown["texts"], shown["buttons"]), ([], []))
        # dingding_inside has links of its own.
        self.assertIn("id=%d" % self.partner.id, shown["link"])

    def test_refused_content_of_an_update(self):
        card = self.send()
        self.partner.write({"city": "\u8fdd\u7981\u8bcd"})
        self.work()
        self.assertTrue(card.copy_ids.neutral)
        self.assertEqual(self.shown()["title"], "A document needs your attention.")

    def test_without_a_template_people_get_a_link(self):
        for template in (False, "none.schema"):
            self.corp.write({"card_template": template})
            card = self.send()
            self.assertEqual(card.copy_ids.status, "link")
            message = self.phone(self.person)[0]
            self.assertEqual(message["msg"]["msgtype"], "action_card")
            self.assertNotIn("12345678", json.dumps(message))
            self.partner.write({"city": "Other %s" % template})
        self.assertEqual(self.cards_of(self.person), [])

    def test_a_card_of_another_model_or_company(self):
        with self.assertRaises(UserError):
            self.env["res.users"].browse(self.env.uid).dingding_send_card(KEY)
        with self.assertRaises(UserError):
            self.partner.dingding_send_card("unknown.key")
        other = self.env["res.company"].create({"name": "Other"})
        self.partner.write({"company_id": other.id})
        with self.assertRaises(UserError):
            self.partner.dingding_send_card(KEY)

    def test_ended_cards_have_no_buttons(self):
        card = self.send()
        card.action_close()
        self.work()
        self.assertEqual(self.shown()["buttons"], [])

    def test_closed_before_odoo_knows_that_it_was_sent(self):
        """The answers to sending are lost, and then DingTalk refuses the update."""
        self.simulator.fault("reset_after", CREATE, times=50)
        card = self.partner.dingding_send_card(KEY)
        changes = self.env["dingding.card.change"]
        changes._process()
        self.simulator.clear_faults()
        self.assertEqual(card.copy_ids.status, "new")
        self.assertTrue(self.shown()["buttons"])
        card.action_close()
        update = changes.search(
            [("card_id", "=", card.id), ("kind", "=", "update")])
        changes._process_row(update.id, time.monotonic() + 60)
        self.assertEqual((update.state, card.copy_ids.status), ("done", "new"))
        self.simulator.fault("busy", UPDATE, times=50)
        sending = changes.search([("card_id", "=", card.id), ("kind", "=", "send")])
        for _turn in range(2):
            sending.write({"next_try": False})
            changes._process()
            self.simulator.clear_faults()
        self.assertEqual((sending.state, card.copy_ids.status), ("done", "sent"))
        self.assertEqual(self.shown()["buttons"], [])

    def test_quota_waits(self):
        self.simulator.settings(monthly_quota=0)
        card = self.send()
        change = self.env["dingding.card.change"].search([("card_id", "=", card.id)])
        self.assertEqual((change.state, change.error_remedy), ("retry", "quota"))

    def test_the_connection_test_looks_at_templates(self):
        health = self.env["dingding.health"]

        def lines():
            return {
                line["name"]: line for line in health._check_app(self.app, 1e12)}

        self.assertEqual(lines()["Card template"]["state"], "ok")
        self.assertEqual(lines()["Presses on cards"]["state"], "error")
        control = self.simulator.control
        control("PATCH", "/cards/templates/" + TEMPLATE, {"published": False})
        line = lines()["Card template"]
        self.assertEqual(line["state"], "error")
        self.assertIn("record.json", line["remedy"])
        control("PATCH", "/cards/templates/" + TEMPLATE, {
            "published": True, "variables": [{"name": "title", "private": False}]})
        self.assertIn("secret", lines()["Card template"]["message"])
        self.corp.write({"card_template": "none.schema"})
        self.assertEqual(lines()["Card template"]["state"], "error")
        self.corp.write({"card_template": False})
        self.assertEqual(lines()["Card template"]["state"], "error")

    def test_the_shipped_template_has_the_variables(self):
        editor = json.loads(json.loads(template_text())["editorData"])
        names = {each["name"] for each in editor["variableList"]}
        self.assertEqual(names, set(VARIABLES))
        private = [each["name"] for each in editor["variableList"] if each["private"]]
        self.assertEqual(private, ["note"])

    def test_server_action(self):
        action = self.env["ir.actions.server"].create({
            "name": "Send", "model_id": self.partner_model.id,
            "state": "dingding_message", "dingding_to": "card",
            "dingding_card_setup_id": self.setup.id,
        })
        action.with_context(
            active_model="res.partner", active_id=self.partner.id,
            active_ids=self.partner.ids,
        ).run()
        self.work()
        self.assertEqual(self.shown()["title"], "Check Deco *Addict*")

    def test_preview_and_cost(self):
        setup = self.setup
        self.assertIn("Approve", setup.preview)
        self.assertIn("7 pushes", setup.cost)

    def test_failed_cards_are_gathered(self):
        card = self.send()
        change = self.env["dingding.card.change"].search([("card_id", "=", card.id)])
        change.write({"state": "failed", "last_error": "Gone"})
        alerts = self.env["dingding.alert"]
        alerts._cron_check()
        self.assertEqual(alerts.search([("kind", "=", "card")]).count, 1)


@portable
class TestPress(CardCase):
    """Pressing."""

    def test_a_press_acts_as_the_person(self):
        copy = self.send().copy_ids
        answer = self.press(copy)
        self.assertEqual(
            self.called, [(self.user_employee.id, self.partner.ids, None)])
        self.assertEqual(self.partner.write_uid, self.user_employee)
        self.assertEqual(self.note(answer), "Done.")
        values = answer["cardData"]["cardParamMap"]
        self.assertIn("Approved", values["state"])
        self.assertIn(self.user_employee.name, values["state"])
        self.assertEqual(values["action_1"], "")
        self.work()
        shown = self.shown()
        self.assertEqual(shown["buttons"], [])
        self.assertIn("Approved", shown["tag"])
        self.assertEqual(copy.card_id.decided_by, self.user_employee)

    def test_a_repeated_press_acts_once_and_is_answered_alike(self):
        copy = self.send().copy_ids
        answers = [self.press(copy, message_id="one") for _each in range(3)]
        self.assertEqual(len(self.called), 1)
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], answers[2])
        self.assertEqual(self.outcomes(), ["done"])

    def test_without_a_message_id(self):
        copy = self.send().copy_ids
        answers = [self.press(copy, message_id="") for _each in range(2)]
        self.assertEqual(len(self.called), 1)
        self.assertEqual(answers[0], answers[1])

    def test_a_decided_card_is_decided_for_all(self):
        card = self.send(self.people[:2])
        first, second = card.copy_ids
        self.press(first)
        answer = self.press(second)
        self.assertEqual(len(self.called), 1)
        self.assertEqual(self.note(answer), "This has been decided already.")
        self.assertEqual(answer["cardData"]["cardParamMap"]["action_1"], "")
        self.work()
        self.assertEqual(self.shown(self.people[1])["buttons"], [])

    def test_a_record_decided_in_odoo(self):
        self.setup.action_ids.write({"condition": "[('function', '=', 'Draft')]"})
        copy = self.send().copy_ids
        self.partner.write({"function": "Other"})
        self.assertEqual(
            self.note(self.press(copy)), "This has been decided already.")
        self.assertEqual(self.called, [])

    def test_strangers(self):
        copy = self.send().copy_ids
        self.partner.name = "Very secret 47114711"
        cases = [
            (self.data(copy, userId="nobody"), "stranger"),
            (self.data(copy, corpId="dingother"), "stranger"),
            (self.data(copy, self.people[5]), "unlinked"),
            (self.data(copy, self.people[1]), "forwarded"),
            (self.data(copy, outTrackId="f" * 32), "unknown_card"),
        ]
        for data, outcome in cases:
            text = json.dumps(self.take(data))
            self.assertEqual(self.outcomes()[-1], outcome)
            self.assertNotIn("47114711", text)
            self.assertNotIn("cardData", text)
        self.assertEqual(self.called, [])

    def test_whom_nobody_knows_any_longer(self):
        """An archived person may still be in DingTalk, and the user active."""
        copy = self.send().copy_ids
        self.person.active = False
        self.partner.write({"name": "Secret 47114711", "city": "Suzhou"})
        self.work()
        stored = self.stored(copy)
        for word in ("47114711", "Suzhou", "Hangzhou", "Deco"):
            self.assertNotIn(word, stored)

    def test_an_organisation_without_a_corpid(self):
        """Nobody knows whether a UserID is that of another organisation."""
        copy = self.send().copy_ids
        data = self.data(copy)
        self.corp.corp_id = False
        for corp_key in ("dingother", data["corpId"]):
            self.take(dict(data, corpId=corp_key))
            self.assertEqual(self.outcomes()[-1], "stranger")
        self.assertEqual(self.called, [])
        line = self.env["dingding.health"]._card_callback_line(self.app)
        self.assertEqual(line["state"], "error")
        self.assertIn("CorpId", line["remedy"])

    def test_readers_may_press_if_the_setup_says_so(self):
        self.setup.presser = "reader"
        copy = self.send().copy_ids
        self.press(copy, self.people[1])
        self.assertEqual(self.called[0][0], self.user_dingtalk.id)

    def test_access_is_checked_at_the_press(self):
        copy = self.send().copy_ids
        self.hide()
        text = json.dumps(self.press(copy))
        self.assertEqual((self.outcomes(), self.called), (["access"], []))
        self.assertNotIn("Addict", text)

    def test_a_user_without_the_right_to_write(self):
        self.user_employee.write({compat.USER_GROUPS: [
            (3, self.env.ref("base.group_partner_manager").id)]})

        def act(records):
            records.write({"function": "Mine"})

        self.method_is("action_check", act)
        copy = self.send().copy_ids
        self.press(copy)
        self.assertEqual(self.outcomes(), ["access"])
        self.assertEqual(self.partner.function, "Draft")

    def test_archived_users_and_deleted_documents(self):
        copy = self.send().copy_ids
        self.user_employee.active = False
        self.assertIn("not linked", self.note(self.press(copy)))
        self.user_employee.active = True
        self.partner.unlink()
        self.assertIn("no longer exists", self.note(self.press(copy)))
        self.assertEqual(self.outcomes(), ["unlinked", "deleted"])

    def test_old_cards(self):
        copy = self.send().copy_ids
        self.env.cr.execute(
            "UPDATE dingding_card SET create_date = create_date - interval '31 days'")
        compat.forget(self.env)
        self.assertIn("too old", self.note(self.press(copy)))
        self.assertEqual(self.called, [])

    def test_a_button_that_was_changed(self):
        copy = self.send().copy_ids
        self.setup.action_ids.write({
            "kind": "value", "field_id": self.field("function").id, "value": "Evil"})
        self.assertIn("changed", self.note(self.press(copy)))
        for action in ("action_2", "action_9", "action_", "x", "action_-1", ""):
            self.press(copy, action=action)
        self.assertEqual(set(self.outcomes()), {"changed"})
        self.assertEqual(self.partner.function, "Draft")

    def test_refusals_of_odoo_are_told(self):
        def refuse(records):
            text = "Not before **Monday**\nat noon"
            raise UserError(text)

        self.method_is("action_check", refuse)
        copy = self.send().copy_ids
        answer = self.press(copy)
        self.assertEqual(
            self.note(answer), "Not before \uff0a\uff0aMonday\uff0a\uff0a at noon")
        self.assertNotIn("cardData", answer)
        # It can be pressed again.
        self.method_is("action_check", lambda records: self.called.append(1))
        self.press(copy)
        self.assertEqual(self.called, [1])

    def test_errors_are_no_500(self):
        def fail(records):
            records.sudo().write({"function": "Half"})
            return 1 / 0

        self.method_is("action_check", fail)
        copy = self.send().copy_ids
        with mute_logger(PRESS):
            answer = self.press(copy)
        self.assertIn("Contact your administrator", self.note(answer))
        self.assertEqual(self.partner.function, "Draft")
        self.assertEqual(self.outcomes(), ["failed"])

    def test_a_dialog_is_no_act(self):
        self.method_is("action_check", lambda records: (
            records.sudo().write({"function": "Half"})
            and {"type": "ir.actions.act_window", "target": "new"}))
        copy = self.send().copy_ids
        self.assertIn("needs more", self.note(self.press(copy)))
        self.assertEqual(self.partner.function, "Draft")

    def test_slow_work_is_done_later(self):
        self.method.slow = True
        copy = self.send().copy_ids
        answer = self.press(copy, message_id="one")
        self.assertIn("In progress", self.note(answer))
        self.assertEqual(self.called, [])
        self.assertEqual(self.press(copy, message_id="one"), answer)
        self.work()
        self.assertEqual(len(self.called), 1)
        self.assertEqual(self.outcomes(), ["done"])
        shown = self.shown()
        self.assertIn({"variable": "note", "text": "Done."}, shown["texts"])

    def test_inputs(self):
        self.method.takes_text = True
        self.setup.write({"input_ids": [(0, 0, {"name": "Reason"})]})
        self.setup.action_ids.write({"uses_inputs": True})
        copy = self.send().copy_ids
        self.assertEqual(self.shown()["inputs"][0]["label"], "Reason")
        answer = self.press(copy)
        self.assertEqual(self.note(answer), "Enter: Reason.")
        self.press(copy, params={"input_1": "Cheap", "input_2": "x", "y": 5})
        self.assertEqual(self.called[0][2], "Cheap")

    def test_inputs_that_are_written(self):
        self.setup.write({
            "input_ids": [
                (0, 0, {"name": "Job", "field_id": self.field("function").id}),
                (0, 0, {"name": "Day", "field_id": self.field("date").id
                        if "date" in self.env["res.partner"]._fields
                        else self.field("city").id}),
            ],
            "action_ids": [(0, 0, {"name": "Save", "kind": "inputs",
                                   "uses_inputs": True, "sequence": 20})],
        })
        copy = self.send().copy_ids
        self.press(copy, action="action_2", params={
            "input_1": "Chef", "input_2": "2026-05-01"})
        self.assertEqual(self.partner.function, "Chef")

    def test_values_and_assignment(self):
        self.setup.action_ids.unlink()
        self.setup.write({"action_ids": [
            (0, 0, {"name": "Job", "kind": "value", "value": "Chef", "decides": False,
                    "field_id": self.field("function").id}),
            (0, 0, {"name": "Mine", "kind": "assign", "sequence": 20,
                    "field_id": self.field("user_id").id}),
        ]})
        self.partner.user_id = self.user_dingtalk
        copy = self.send(self.person).copy_ids
        self.press(copy)
        self.assertEqual(self.partner.function, "Chef")
        self.assertEqual(copy.card_id.status, "open")
        self.press(copy, action="action_2")
        self.assertEqual(self.partner.user_id, self.user_employee)

    def test_hostile_callbacks(self):
        copy = self.send().copy_ids
        good = self.data(copy)
        deep = "[" * 5000
        for data in (
            None, [], "x", 7, {}, {"outTrackId": copy.out_track_id},
            dict(good, outTrackId=["x"]), dict(good, userId={"a": 1}),
            dict(good, userId="\x00"), dict(good, outTrackId="x" * 5000),
            dict(good, content=deep), dict(good, content=7),
            dict(good, content="{\"cardPrivateData\": 5}"),
            dict(good, content=json.dumps({"cardPrivateData": {
                "actionIds": "action_1", "params": []}})),
            dict(good, content=json.dumps({"cardPrivateData": {
                "actionIds": [["action_1"]], "params": {"a": {"b": {}}}}})),
            dict(good, corpId=5), dict(good, type="other"),
            dict(good, userId="' OR 1=1 --"), dict(good, userId="\ud800"),
        ):
            answer = self.take(data)
            json.dumps(answer)
            self.assertNotIn("Addict", json.dumps(answer))
        self.assertEqual(self.called, [])

    def test_the_other_place_of_parameters(self):
        self.method.takes_text = True
        self.setup.write({"input_ids": [(0, 0, {"name": "Reason"})]})
        self.setup.action_ids.write({"uses_inputs": True})
        copy = self.send().copy_ids
        data = self.data(copy)
        data.pop("content")
        data["value"] = json.dumps({
            "cardPrivateData": {"actionIds": ["action_1"]},
            "params": {"input_1": "Beside"}})
        self.take(data)
        self.assertEqual(self.called[0][2], "Beside")

    def test_the_presser_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_employee.write({"company_ids": [(4, other.id)]})
        found = []

        def look(records):
            found.append(
                records.env.context.get("allowed_company_ids")
                or records.env.user.company_ids.ids)

        self.method_is("action_check", look)
        self.press(self.send().copy_ids)
        self.assertEqual(set(found[0]), set(self.user_employee.company_ids.ids))
