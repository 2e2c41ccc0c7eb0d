# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import decimal

from psycopg2 import OperationalError, errorcodes

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.tests.common import (
    DingTalkCase,
    call_as,
    portable,
    real_open_cursor,
)
from odoo.addons.dingding.tests.message_case import items_of

from ..form import build, read
from ..models import dingding_approval_template

LIST = "/v1.0/workflow/processes/userVisibilities/templates"
SCHEMA = "/v1.0/workflow/forms/schemas/processCodes"
FORMS = "/v1.0/workflow/forms"


@portable
class TestTemplate(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.templates = self.env["dingding.approval.template"]
        self.templates.search([]).mapped("mapping_ids").unlink()
        self.templates.search([]).unlink()

    def read_all(self):
        self.templates._import(self.corp)
        return self.templates.search([("corp_id", "=", self.corp.id)])

    def template(self, name="采购申请"):
        return self.read_all().filtered(lambda row: row.name == name)

    def change(self, template, **values):
        return self.simulator.control(
            "PATCH", "/approvals/templates/%s" % template.process_code, values
        )

    def parts(self, template):
        answer = self.simulator.control("GET", "/approvals/templates")
        for each in items_of(answer):
            if each["process_code"] == template.process_code:
                return each["components"]
        raise AssertionError(answer)

    def mapping(self, template, label="申请事由"):
        row = template.component_ids.filtered(lambda one: one.label == label)
        return self.env["dingding.approval.mapping"].create(
            {
                "name": "By test",
                "model_id": self.env.ref("base.model_res_partner").id,
                "template_id": template.id,
                "responsible_id": self.user_manager.id,
                "line_ids": [(0, 0, {"component_id": row.id, "field_path": "name"})],
            }
        )

    # -- reading ---------------------------------------------------------------------

    def test_all_templates_are_read_with_all_components(self):
        action = call_as(
            self.user_manager, "dingding.corp", "action_get_approval_templates",
            self.corp.ids,
        )
        self.assertEqual(action["res_model"], "dingding.approval.template")
        templates = self.templates.search([])
        self.assertEqual(
            sorted(templates.mapped("name")), ["简单审批", "请假", "采购申请"]
        )
        self.assertEqual(set(templates.mapped("enabled")), {True})
        self.assertEqual(set(templates.mapped("source")), {"schema"})
        purchase = templates.filtered(lambda row: row.name == "采购申请")
        kinds = purchase.component_ids.mapped("kind")
        for kind in (
            "TextField", "MoneyField", "DDDateRangeField", "DDMultiSelectField",
            "InnerContactField", "DepartmentField", "PhoneField", "TableField",
            "DDPhotoField", "DDAttachment", "RelateField", "TextNote",
        ):
            self.assertIn(kind, kinds)
        table = purchase.component_ids.filtered(lambda row: row.kind == "TableField")
        self.assertEqual(
            table.child_ids.sorted("sequence").mapped("label"),
            ["名称", "采购数量", "单价", "到货日期", "单位"],
        )
        self.assertEqual(table.child_ids[:1].template_id, purchase)
        choice = purchase.component_ids.filtered(lambda row: row.label == "采购类型")
        self.assertEqual(
            choice.options_text.splitlines(), ["办公用品", "生产原料", "固定资产"]
        )
        ranged = purchase.component_ids.filtered(
            lambda row: row.kind == "DDDateRangeField"
        )
        self.assertEqual(ranged.title, "开始时间 – 结束时间")
        self.assertDingTalkCalled(LIST, 1)
        self.assertDingTalkCalled(SCHEMA, 3)

    def test_reading_again_changes_nothing(self):
        first = self.read_all()
        rows = {row.id: row.component_key for row in first.mapped("component_ids")}
        again = self.read_all()
        self.assertEqual(first, again)
        self.assertEqual(
            rows, {row.id: row.component_key for row in again.mapped("component_ids")}
        )

    def test_what_was_changed_here_only_goes(self):
        template = self.template("简单审批")
        mapping = self.mapping(template, "标题")
        row = template.component_ids.filtered(lambda one: one.label == "标题")
        row.write({"label": "另一个", "kind": "NumberField"})
        template.component_ids.filtered(lambda one: one.label == "内容").unlink()
        template.component_ids = [(0, 0, {"label": "新的", "kind": "TextField"})]
        template._refresh()
        self.assertEqual((row.label, row.kind), ("标题", "TextField"))
        self.assertEqual(
            template.component_ids.sorted("sequence").mapped("label"),
            ["标题", "内容", "附件"],
        )
        mapping.action_checked()
        self.assertEqual(mapping.state, "ok")

    def test_two_readings_at_once_do_not_meet(self):
        with real_open_cursor(self.env.cr.dbname) as cr:
            cr.execute(
                "SELECT pg_try_advisory_xact_lock(%s, %s)",
                [dingding_approval_template.LOCK_TEMPLATES, self.corp.id],
            )
            with self.assertRaises(UserError) as caught:
                self.read_all()
            self.assertIn("are being read", str(caught.exception))
            self.templates._cron_refresh()  # the error is logged
        self.assertDingTalkNotCalled(LIST)
        self.assertEqual(len(self.read_all()), 3)

    def test_who_makes_a_template_second_begins_anew(self):
        template = self.template()
        with self.assertRaises(OperationalError) as caught:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                self.templates._make(self.corp, template.process_code, "x")
        self.assertEqual(caught.exception.pgcode, errorcodes.SERIALIZATION_FAILURE)

    def test_what_dingtalk_no_longer_lists_is_kept(self):
        template = self.template()
        mapping = self.mapping(template)
        self.simulator.control(
            "DELETE", "/approvals/templates/%s" % template.process_code
        )
        self.read_all()
        self.assertFalse(template.enabled)
        self.assertEqual(mapping.state, "broken")
        self.assertIn("deleted or disabled in DingTalk", mapping.broken_note)
        self.assertTrue(mapping.activity_ids)

    def test_a_template_that_is_switched_off(self):
        template = self.template()
        self.change(template, enabled=False)
        call_as(self.user_manager, template._name, "action_refresh", template.ids)
        self.assertFalse(template.enabled)
        self.change(template, enabled=True)
        template.action_refresh()
        self.assertTrue(template.enabled)

    # -- broken mappings -------------------------------------------------------------

    def test_somebody_is_told_when_a_mapped_component_is_gone(self):
        template = self.template()
        mapping = self.mapping(template)
        parts = self.parts(template)
        kept = [each for each in parts if each["props"].get("label") != "申请事由"]
        self.change(template, components=kept)
        template._refresh()
        self.assertEqual(mapping.state, "broken")
        self.assertIn("申请事由 is no longer on DingTalk's form", mapping.broken_note)
        self.assertTrue(mapping.line_ids.gone)
        self.assertEqual(mapping.activity_ids.user_id, self.user_manager)
        self.assertIn("申请事由", mapping.activity_ids.note)
        self.change(
            template,
            components=[each for each in kept if each["props"].get("label") != "数量"],
        )
        template._refresh()
        self.assertNotIn("数量", template.component_ids.mapped("label"))
        self.assertEqual(len(mapping.activity_ids), 1)

    def test_a_person_says_that_it_was_looked_at(self):
        template = self.template("简单审批")
        mapping = self.mapping(template, "标题")
        self.assertEqual(mapping.state, "ok")
        parts = self.parts(template)
        for each in parts:
            if each["props"].get("label") == "内容":
                each["props"]["required"] = True
        self.change(template, components=parts)
        template._refresh()
        self.assertEqual(mapping.state, "broken")
        self.assertIn("内容 is now required", mapping.broken_note)
        row = template.component_ids.filtered(lambda one: one.label == "内容")
        self.env["dingding.approval.mapping.line"].create(
            {"mapping_id": mapping.id, "component_id": row.id, "field_path": "comment"}
        )
        self.assertEqual(mapping.state, "broken")
        with self.assertRaises(AccessError):
            call_as(self.user_dingtalk, mapping._name, "action_checked", mapping.ids)
        call_as(self.user_manager, mapping._name, "action_checked", mapping.ids)
        self.assertEqual((mapping.state, mapping.broken_note), ("ok", False))
        self.assertFalse(mapping.activity_ids)

    def test_new_optional_components_and_labels_break_nothing(self):
        template = self.template("简单审批")
        mapping = self.mapping(template, "标题")
        parts = self.parts(template)
        parts[0]["props"]["label"] = "题目"
        parts.append({"componentType": "TextField", "props": {"label": "新的"}})
        self.change(template, components=parts)
        template._refresh()
        self.assertEqual((mapping.state, mapping.activity_ids.ids), ("ok", []))
        self.assertEqual(mapping.line_ids.title, "题目")
        self.assertIn("新的", template.component_ids.mapped("label"))

    # -- round trip ----------------------------------------------------------------

    def plain(self, template):
        users = items_of(self.simulator.users())
        departments = items_of(self.simulator.departments())
        day, other = datetime.date(2026, 3, 1), datetime.date(2026, 3, 5)
        columns = {
            row.label: row.component_key
            for row in template.component_ids.mapped("child_ids")
        }
        rows = [
            {
                columns["名称"]: "Chair %d" % number,
                columns["采购数量"]: decimal.Decimal(number),
                columns["单价"]: decimal.Decimal("12.5"),
                columns["到货日期"]: other, columns["单位"]: "台",
            }
            for number in (1, 2)
        ]
        values = {
            "申请事由": "Ten \"chairs\" <b>", "详细说明": "one\ntwo",
            "数量": decimal.Decimal("2.5"), "总金额": decimal.Decimal("1234.56"),
            "期望交付日期": day, '["开始时间","结束时间"]': (day, other),
            "采购类型": "生产原料", "付款方式": ["现金", "支票"],
            "收货人": [users[1]["userid"]],
            "使用部门": [int(departments[-1]["dept_id"])],
            "联系电话": "13800138000", "采购明细": rows,
            "图片": ["https://static.example.com/1.png"],
        }
        keys = {row.label: row.component_key for row in template.component_ids}
        return {keys[label]: value for label, value in values.items()}

    def test_what_is_sent_comes_back_in_both_families(self):
        template = self.template()
        values, form = self.plain(template), template._form()
        entries, problems = build.entries(form, values)
        self.assertEqual(problems, [])
        userid = items_of(self.simulator.users())[1]["userid"]
        self.simulator.settings(approvals_dept_check=False)
        for family in ("api", "oapi"):
            self.corp.approval_family = family
            instance = self.corp._approvals(
                "start", template.process_code, userid, build.finish(entries),
                dept_id=-1,
            )
            answer = self.corp._approvals("instance", instance)
            found = read.values(answer["formComponentValues"], form)
            self.assertEqual(found, values, family)

    # -- without a schema ------------------------------------------------------------

    def test_an_application_with_the_former_api_learns_from_approvals(self):
        template = self.template("简单审批")
        parts = {row.label: row.component_key for row in template.component_ids}
        template.unlink()
        self.simulator.settings(approvals_oapi_only=True)
        template = self.template("简单审批")
        self.assertEqual(self.corp.approval_family, "oapi")
        self.assertEqual((template.source, template.component_ids.ids), ("hand", []))
        with self.assertRaises(UserError):
            template.action_learn()
        userid = items_of(self.simulator.users())[1]["userid"]
        self.simulator.control(
            "POST", "/approvals/instances",
            {
                "process_code": template.process_code, "originator": userid,
                "values": {"标题": "a", "内容": "b"},
            },
        )
        call_as(self.user_manager, template._name, "action_learn", template.ids)
        self.assertEqual(template.source, "learnt")
        found = {row.label: row.component_key for row in template.component_ids}
        self.assertEqual(found["标题"], parts["标题"])
        mapping = self.mapping(template, "标题")
        self.assertEqual(mapping.state, "ok")

    # -- writing ---------------------------------------------------------------------

    def draft(self):
        return self.templates.create(
            {
                "name": "Test 申请", "corp_id": self.corp.id,
                "component_ids": [
                    (0, 0, {"label": "事由", "known_kind": "TextField",
                            "required": True}),
                    (0, 0, {"label": "开始 | 结束", "known_kind": "DDDateRangeField"}),
                    (0, 0, {"label": "类型", "known_kind": "DDSelectField",
                            "options_text": "甲\n乙"}),
                    (0, 0, {"label": "明细", "known_kind": "TableField",
                            "child_ids": [(0, 0, {"label": "名称",
                                                  "known_kind": "TextField"})]}),
                ],
            }
        )

    def test_a_template_is_made_in_dingtalk_and_changed_there(self):
        template = self.draft()
        mapping = self.mapping(template, "事由")
        self.assertEqual(mapping.state, "broken")
        keys = template.component_ids.mapped("component_key")
        call_as(
            self.user_manager, template._name, "action_save_in_dingtalk", template.ids
        )
        self.assertTrue(template.process_code.startswith("PROC-"))
        self.assertEqual((template.source, mapping.state), ("schema", "ok"))
        self.assertEqual(template.component_ids.mapped("component_key"), keys)
        parts = self.parts(template)
        self.assertEqual(
            [each["componentType"] for each in parts],
            ["TextField", "DDDateRangeField", "DDSelectField", "TableField"],
        )
        self.assertEqual(parts[1]["props"]["label"], '["开始","结束"]')
        template.component_ids[0].label = "原因"
        template.action_save_in_dingtalk()
        self.assertEqual(self.parts(template)[0]["props"]["label"], "原因")
        self.assertDingTalkCalled(FORMS, 2)

    def test_the_event_is_faster_than_the_answer(self):
        template = self.draft()
        cls, made = type(self.corp), []
        real = cls._approvals

        def _approvals(corp, name, *args, **kwargs):
            answer = real(corp, name, *args, **kwargs)
            if name == "save_template":
                made.append(self.templates._make(self.corp, answer, "Test"))
            return answer

        self._replace(cls, "_approvals", _approvals)
        call_as(
            self.user_manager, template._name, "action_save_in_dingtalk", template.ids
        )
        self.assertTrue(template.process_code)
        self.assertFalse(made[0].exists())
        self.assertDingTalkCalled(FORMS, 1)

    def test_a_request_that_fails_after_dingtalk_has_made_it(self):
        template = self.draft()
        cls, committed = type(template), []
        real = cls._refresh

        def _refresh(this):
            del cls._refresh
            raise ZeroDivisionError("ours")

        def see_commits(env):
            compat.flush(env)
            compat.forget(env)
            committed.append(template.process_code)

        self._replace(compat, "see_commits", see_commits)
        self._replace(cls, "_refresh", _refresh)
        failed = False
        try:
            # Since 13.0 assertRaises rolls commits back.
            template.action_save_in_dingtalk()
        except ZeroDivisionError:
            failed = True
        self.assertTrue(failed)
        self.assertTrue(committed[0])
        self.assertEqual(committed, [template.process_code])
        self._replace(cls, "_refresh", real)
        template.action_save_in_dingtalk()
        self.assertEqual(committed, [template.process_code])

    def test_what_dingtalk_would_refuse_is_said_before(self):
        template = self.draft()
        template.component_ids[0].label = "x" * 21
        template.component_ids[2].options_text = False
        with self.assertRaises(UserError) as caught:
            template.action_save_in_dingtalk()
        self.assertIn("has 21 characters", str(caught.exception))
        self.assertIn("类型 has no options", str(caught.exception))
        self.assertDingTalkNotCalled(FORMS)

    def test_what_dingtalk_refuses_is_said(self):
        template = self.draft()
        self.read_all()
        template.name = "请假"
        with self.assertRaises(UserError) as caught:
            template.action_save_in_dingtalk()
        self.assertIn("DingTalk:", str(caught.exception))
        self.assertFalse(template.process_code)

    def test_a_template_is_made_of_the_fields_of_a_model(self):
        designs = compat.with_user(
            self.env["dingding.approval.design"], self.user_manager
        )
        lines = designs._lines("res.currency")
        wanted = {
            ("name", False): "TextField", ("active", False): "DDSelectField",
            ("rate_ids", False): "TableField", ("rate", "rate_ids"): "NumberField",
            ("name", "rate_ids"): "DDDateField", ("position", False): "DDSelectField",
        }
        for vals in lines:
            key = vals["field_name"], vals.get("table") or False
            if key in wanted:
                self.assertEqual(vals["kind"], wanted[key], vals)
                vals["take"] = True
            self.assertNotIn(vals["field_name"], ("create_uid", "currency_id"))
        design = designs.create(
            {
                "name": "Currency 申请", "corp_id": self.corp.id,
                "model_id": self.env.ref("base.model_res_currency").id,
                "line_ids": [(0, 0, vals) for vals in lines],
            }
        )
        table = design.line_ids.filtered(lambda row: row.field_name == "rate_ids")
        table.take = False
        with self.assertRaises(UserError):
            design.action_make()
        table.take = True
        action = design.action_make()
        mapping = self.env["dingding.approval.mapping"].browse(action["res_id"])
        self.assertEqual(len(mapping.line_ids), 5)
        self.assertIn("not in DingTalk yet", mapping.broken_note)
        mapping.template_id.action_save_in_dingtalk()
        self.assertEqual((mapping.state, mapping.broken_note), ("ok", False))
        currency = self.env["res.currency"].create({"name": "XQA", "symbol": "q"})
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-03-01", "rate": 2}
        )
        entries, problems = mapping._form_of(currency)
        self.assertEqual(problems, [])
        self.assertEqual(
            sorted(each["componentType"] for each in entries),
            ["DDSelectField", "DDSelectField", "TableField", "TextField"],
        )

    def test_who_may_make_templates(self):
        vals = {
            "name": "x", "model_id": self.env.ref("base.model_res_currency").id,
            "corp_id": self.corp.id,
            "line_ids": [
                (0, 0, {"take": True, "field_name": "name", "label": "a",
                        "kind": "TextField"})
            ],
        }
        designs = self.env["dingding.approval.design"]
        for user in (self.user_portal, self.user_employee, self.user_dingtalk):
            # Up to 13.0 every user may create a wizard, but not use it.
            with self.assertRaises(AccessError):
                compat.with_user(designs, user).create(vals).action_make()
        compat.with_user(designs, self.user_manager).create(vals).action_make()

    # -- jobs and events -------------------------------------------------------------

    def test_the_nightly_job_goes_on_when_an_organisation_refuses(self):
        other = self._make_corp(
            self.env, self.simulator, name="A", corp_id="dingother", app_key="nobody"
        )
        self.assertLess(other.name, self.corp.name)
        self.templates._cron_refresh()
        self.assertEqual(len(self.templates.search([])), 3)

    def test_the_nightly_job_reads_the_forms_in_use(self):
        """Each form costs a call, every night."""
        mapping = self.mapping(self.template())
        self.simulator.forget_calls()
        self.change(mapping.template_id, name="采购申请二")
        self.change(self.template("请假"), name="请假单")
        self.simulator.forget_calls()
        self.templates._cron_refresh()
        self.assertDingTalkCalled(LIST, 1)
        self.assertDingTalkCalled(SCHEMA, 1)
        compat.forget(self.env)
        self.assertEqual(
            sorted(self.templates.search([]).mapped("name")),
            sorted(["简单审批", "请假单", "采购申请二"]))
        new = self.templates.search([("name", "=", "请假单")])
        new.component_ids.unlink()
        self.simulator.forget_calls()
        self.templates._cron_refresh()
        self.assertDingTalkCalled(SCHEMA, 2)
        compat.forget(self.env)
        self.assertTrue(new.component_ids)

    def test_an_event_has_the_template_read_again(self):
        template = self.template("简单审批")
        parts = self.parts(template)
        parts.append({"componentType": "NumberField", "props": {"label": "新的"}})
        self.change(template, components=parts)
        self.event("update", template.process_code)
        self.assertIn("新的", template.component_ids.mapped("label"))
        self.simulator.control(
            "DELETE", "/approvals/templates/%s" % template.process_code
        )
        self.event("delete", template.process_code)
        self.assertFalse(template.enabled)
        other = self.template("请假")
        code = other.process_code
        other.unlink()
        self.event("published", code)
        found = self.templates.search([("process_code", "=", code)])
        self.assertEqual((found.name, found.enabled), ("请假", True))
        self.event("create", "PROC-NOBODY")
        self.assertFalse(self.templates.search([("process_code", "=", "PROC-NOBODY")]))

    def event(self, kind, code):
        from odoo.addons.dingding_callback import payload

        moment = utc.now().timestamp()
        self.number = getattr(self, "number", 0) + 1
        message = {
            "EventType": "workflow_form_change", "CorpId": self.corp.corp_id,
            "TimeStamp": str(int(moment * 1000) + self.number), "type": kind,
            "formCode": code, "eventId": "e%d" % self.number,
        }
        self.env["dingding.event"]._store(self.app, payload.from_push(message), "http")
        self.env["dingding.event"]._process()

    # -- rights ----------------------------------------------------------------------

    def test_who_may_read_and_write_templates(self):
        template = self.template()
        for method in ("action_refresh", "action_learn", "action_save_in_dingtalk"):
            for user in (self.user_public, self.user_portal, self.user_employee,
                         self.user_dingtalk):
                with self.assertRaises(AccessError):
                    call_as(user, template._name, method, template.ids)
        for user in (self.user_portal, self.user_employee, self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.corp", "action_get_approval_templates",
                        self.corp.ids)

    def test_an_application_without_permission_is_told_what_to_do(self):
        self.simulator.settings(scopes=[])
        with self.assertRaises(UserError) as caught:
            call_as(self.user_manager, "dingding.corp", "action_get_approval_templates",
                    self.corp.ids)
        self.assertIn("permission", str(caught.exception))
