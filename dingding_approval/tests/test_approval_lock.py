# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import threading
import unittest

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..models import dingding_approval_mapping
from .approval_case import ApprovalCase


@portable
class TestApprovalLock(ApprovalCase):
    def as_user(self, record=None, user=None):
        record = self.partner if record is None else record
        return compat.with_user(record, user or self.user_employee)

    def field(self, name, model="res.partner"):
        return self.env["ir.model.fields"].search(
            [("model", "=", model), ("name", "=", name)]
        )

    def statements(self, action):
        compat.flush(self.env)
        seen = []
        cr = self.env.cr
        real = cr.execute

        def execute(query, *args, **kwargs):
            seen.append(query)
            return real(query, *args, **kwargs)

        cr.execute = execute
        try:
            action()
            compat.flush(self.env)
        finally:
            del cr.execute
        return seen

    def test_locked_for_users(self):
        self.hand_in()
        with self.assertRaises(UserError) as caught:
            self.as_user().write({"name": "Eleven chairs"})
        self.assertIn("Ten chairs", str(caught.exception))
        with self.assertRaises(UserError):
            self.as_user().unlink()
        with self.assertRaises(UserError):
            call_as(
                self.user_employee, "res.partner", "write", [self.partner.id],
                {"name": "By RPC"},
            )
        with mute_logger("odoo.models"):  # 12.0 and 13.0 log refused imports
            result = self.as_user(self.env["res.partner"]).load(
                [".id", "name"], [[str(self.partner.id), "By import"]]
            )
        self.assertFalse(result["ids"])
        compat.forget(self.env)
        self.assertEqual(self.partner.name, "Ten chairs")

    def test_a_context_key_does_not_help(self):
        self.hand_in()
        for key in ("dingding_no_push", "tracking_disable", "dingding_approval_id",
                    "install_mode", "no_lock"):
            with self.assertRaises(UserError):
                self.as_user().with_context(**{key: True}).write({"name": "X"})

    def test_free_fields(self):
        self.mapping.unlocked_field_ids = self.field("ref")
        self.hand_in()
        self.as_user().write({"ref": "R-1"})
        with self.assertRaises(UserError):
            self.as_user().write({"ref": "R-2", "name": "X"})
        self.as_user().message_post(body="Anybody may talk about it")
        self.as_user().message_subscribe([self.user_manager.partner_id.id])
        self.mapping.unlocked_field_ids = False
        with self.assertRaises(UserError):
            self.as_user().write({"ref": "R-3"})

    def test_the_system_is_exempt(self):
        self.hand_in()
        self.as_user().sudo().write({"name": "By the system"})
        self.assertEqual(self.partner.name, "By the system")

    def asks(self, user):
        """Note who asks, as Odoo's pages and RPC do."""
        thread = threading.current_thread()
        self.addCleanup(setattr, thread, "uid", getattr(thread, "uid", None))
        thread.uid = user.id

    def test_no_person_deletes_with_all_rights(self):
        other = self.partner.copy()
        approval = self.hand_in()
        self.asks(self.user_employee)
        self.refused(self.as_user().sudo().unlink)
        self.as_user(other).sudo().unlink()
        self.asks(self.user_employee.browse())
        self.partner.unlink()
        self.assertTrue(approval.record_gone, "the system may")

    def test_a_locked_lead_is_not_merged(self):
        """Odoo deletes merged leads with all rights."""
        if "crm.lead" not in self.env:
            self.skipTest("CRM is not installed")
        self.user_employee.write({compat.USER_GROUPS: [
            (4, self.env.ref("sales_team.group_sale_manager").id)]})
        leads = self.env["crm.lead"]
        for name in ("First", "Second", "Third"):
            leads |= leads.create({"name": name, "type": "opportunity"})
        mapping = self._mapping(
            self.template, "crm.lead", {"标题": "name"}, lock="running")
        for locked in leads[:2]:
            approval = self.by_hand(locked, mapping)
            self.asks(self.user_employee)
            self.refused(self.as_user(leads[:2]).merge_opportunity)
            approval.write({"locked": False})
        self.as_user(leads[1:]).merge_opportunity()
        self.assertEqual(len(leads.exists()), 2)

    def test_other_records_are_free(self):
        other = self.partner.copy()
        self.hand_in()
        self.as_user(other).write({"name": "Free"})
        with self.assertRaises(UserError):
            self.as_user(other | self.partner).write({"name": "Both"})

    def test_lines_of_a_form_are_locked_with_it(self):
        table = self.env["dingding.approval.mapping"].search([], limit=1)
        self.assertTrue(table)
        line = self.mapping.line_ids[:1]
        line.write({"field_path": "child_ids"})
        compat.clear_caches(self.env)
        models = self.approvals._lockable_models()
        self.assertEqual(
            models["res.partner"][1], (("parent_id", "res.partner", "child_ids"),)
        )
        child = self.env["res.partner"].create(
            {"name": "A line", "parent_id": self.partner.id}
        )
        self.env["dingding.approval"].create(
            {
                "name": "By hand", "mapping_id": self.mapping.id,
                "template_id": self.template.id, "corp_id": self.corp.id,
                "res_model": "res.partner", "res_id": self.partner.id, "locked": True,
            }
        )
        compat.flush(self.env)
        with self.assertRaises(UserError):
            self.as_user(child).write({"name": "Another line"})
        with self.assertRaises(UserError):
            self.as_user(child).unlink()
        with self.assertRaises(UserError):
            self.as_user().create({"name": "One more", "parent_id": self.partner.id})
        with self.assertRaises(UserError):
            self.as_user(self.env["res.partner"].create({"name": "Free"})).write(
                {"parent_id": self.partner.id}
            )
        self.as_user().create({"name": "Elsewhere"})

    def test_rows_behind_a_total_are_locked_with_it(self):
        """The form has no table, and what it shows is computed from rows."""
        currency = self.env["res.currency"].create({"name": "XQB", "symbol": "q"})
        rate = self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-03-01", "rate": 1.5})
        mapping = self._mapping(
            self.template, "res.currency", {"标题": "date"}, lock="running")
        self.assertEqual(mapping._lock_tables(), ["rate_ids"])
        approval = self.by_hand(currency, mapping)
        rates = self.as_user(rate, self.user_system)
        self.refused(rates.write, {"name": "2026-03-02"})
        self.refused(rates.unlink)
        approval.write({"locked": False})
        rates.write({"name": "2026-03-02"})

    def test_rows_that_an_expression_names_are_locked_with_it(self):
        self.mapping.line_ids[:1].write({
            "source": "expression", "field_path": False,
            "expression": "', '.join(record.mapped('child_ids.name'))"})
        child = self.env["res.partner"].create(
            {"name": "A line", "parent_id": self.partner.id})
        self.hand_in()
        self.refused(self.as_user(child).write, {"name": "Another line"})
        self.refused(self.as_user(child).unlink)

    def refused(self, function, *args):
        with self.assertRaises(UserError), self.cr.savepoint():
            function(*args)
        compat.forget(self.env)

    def by_hand(self, record, mapping=None):
        mapping = mapping or self.mapping
        approval = self.approvals.create(
            {
                "name": "By hand", "mapping_id": mapping.id,
                "template_id": self.template.id, "corp_id": self.corp.id,
                "res_model": record._name, "res_id": record.id,
            }
        )
        approval._start_locking()
        return approval

    def test_a_line_comes_by_a_default_of_the_context(self):
        self.mapping.line_ids[:1].write({"field_path": "child_ids"})
        self.by_hand(self.partner)
        partners = self.as_user(self.env["res.partner"])
        self.refused(
            partners.with_context(default_parent_id=self.partner.id).create,
            {"name": "One more"},
        )
        self.env["ir.default"].set(
            "res.partner", "parent_id", self.partner.id, self.user_employee.id
        )
        self.refused(partners.create, {"name": "One more"})

    def attachment(self, **values):
        vals = {"name": "offer.pdf", "datas": "JVBERi0xLjQ=",
                "res_model": "res.partner", "res_id": self.partner.id}
        return self.env["ir.attachment"].create(dict(vals, **values))

    def test_links_from_their_other_side(self):
        tags = self.env["res.partner.category"]
        tag = tags.create({"name": "Tag", "partner_ids": [(6, 0, self.partner.ids)]})
        other = self.partner.copy()
        self.hand_in()
        mine, partner_id = self.as_user(tag), self.partner.id
        for command in ([(3, partner_id)], [(5,)], [(6, 0, other.ids)]):
            self.refused(mine.write, {"partner_ids": command})
        self.refused(self.as_user(tags).create,
                     {"name": "More", "partner_ids": [(4, partner_id)]})
        mine.write({"name": "Free", "partner_ids": [(4, other.id)]})
        self.as_user(tags).create({"name": "Free", "partner_ids": [(4, other.id)]})
        self.assertEqual(tag.partner_ids, self.partner | other)
        self.mapping.unlocked_field_ids = self.field("category_id")
        self.approvals.search([("res_id", "=", partner_id)])._start_locking()
        mine.write({"partner_ids": [(3, partner_id)]})

    def account(self):
        """Return a bank account of the contact, and its bank."""
        bank = self.env["res.bank"].create({"name": "Bank of China"})
        return self.env["res.partner.bank"].create(
            {"acc_number": "6222", "partner_id": self.partner.id, "bank_id": bank.id}
        ), bank

    def test_what_a_locked_record_refers_to_is_not_deleted(self):
        """PostgreSQL empties the field, without a write."""
        tag = self.env["res.partner.category"].create({"name": "Tag"})
        self.partner.category_id = tag
        self.hand_in()
        self.refused(self.as_user(tag).unlink)
        self.assertEqual(self.partner.category_id, tag)
        other = self.env["res.partner.category"].create({"name": "Other"})
        self.partner.copy().category_id = other
        self.as_user(other).unlink()
        self.mapping.unlocked_field_ids = self.field("category_id")
        self.approvals.search([("res_id", "=", self.partner.id)])._start_locking()
        self.as_user(tag).unlink()
        self.assertFalse(tag.exists())

    def test_what_it_refers_to_is_not_deleted_with_something_else(self):
        """PostgreSQL deletes the tags below a tag, without an unlink."""
        tags = self.env["res.partner.category"]
        top, other = tags.create({"name": "Top"}), tags.create({"name": "Other"})
        middle = tags.create({"name": "Middle", "parent_id": top.id})
        tag = tags.create({"name": "Tag", "parent_id": middle.id})
        tags.create({"name": "Free", "parent_id": other.id})
        self.partner.category_id = tag
        approval = self.hand_in()
        self.refused(self.as_user(top).unlink)
        self.assertEqual(self.partner.category_id, tag)
        self.as_user(other).unlink()
        approval.write({"locked": False})
        compat.flush(self.env)
        self.as_user(top).unlink()
        self.assertFalse(tag.exists())

    def test_a_record_is_not_deleted_with_what_it_belongs_to(self):
        """PostgreSQL deletes it too, without an unlink."""
        account, bank = self.account()
        mapping = self._mapping(
            self.template, "res.partner.bank", {"标题": "acc_number"}, lock="agreed")
        approval = self.by_hand(account, mapping)
        self.refused(self.as_user().unlink)
        self.refused(self.as_user(bank).unlink)
        self.assertEqual(account.exists().bank_id, bank)
        approval.write({"locked": False})
        self.as_user(bank).unlink()
        self.as_user().unlink()
        self.assertFalse(account.exists())

    def test_a_row_of_a_table_is_not_changed_by_deleting_what_it_refers_to(self):
        account, bank = self.account()
        self.mapping.line_ids[:1].write({"field_path": "bank_ids"})
        self.by_hand(self.partner)
        self.refused(self.as_user(bank).unlink)
        self.assertEqual(account.bank_id, bank)
        bank.unlink()  # the system

    def test_a_table_of_messages_locks_no_messages(self):
        """Messages and files name their record by a number, and its model beside it."""
        self.mapping.line_ids[:1].write({"field_path": "message_ids"})
        self.by_hand(self.partner)
        self.assertNotIn("mail.message", self.approvals._lockable_models())
        self.as_user().message_post(body="Anybody may talk about it")

    def test_only_fields_of_the_chatter_are_always_free(self):
        free = self.approvals._always_free()
        self.assertTrue({"message_follower_ids", "activity_ids"} <= free)
        self.assertNotIn("message_to_the_customer", free)
        self.assertNotIn("activity_budget", free)

    def test_the_chatter_deletes_no_file_of_a_locked_record(self):
        """19 deletes with all rights."""
        if compat.SERIES < 15:
            self.skipTest("the chatter deletes like everybody else")
        kept, free = self.attachment(), self.attachment(res_id=self.partner.copy().id)
        self.hand_in()
        self.refused(self.as_user(kept).sudo()._delete_and_notify)
        self.as_user(free).sudo()._delete_and_notify()
        self.assertEqual((kept | free).exists(), kept)

    def test_files_of_a_locked_record(self):
        kept, free = self.attachment(), self.attachment(res_id=self.partner.copy().id)
        hidden = self.attachment(res_field="image")
        self.hand_in()
        files = [self.as_user(each) for each in (kept, hidden)]
        for each in files:
            self.refused(each.write, {"datas": "JVBERi0xLjU="})
            self.refused(each.write, {"name": "other.pdf"})
            self.refused(each.write, {"res_id": free.res_id})
            self.refused(each.unlink)
            self.refused(
                lambda each=each: call_as(
                    self.user_employee, "ir.attachment", "unlink", each.ids
                )
            )
        self.as_user(free).write({"name": "other.pdf"})
        self.refused(
            self.as_user(free).write,
            {"res_id": self.partner.id, "res_field": "image"},
        )
        self.as_user(free).unlink()
        files = self.as_user(self.env["ir.attachment"])
        vals = {"name": "late.pdf", "datas": "JVBERi0xLjQ=",
                "res_model": "res.partner", "res_id": self.partner.id}
        files.create(vals)
        self.refused(files.create, dict(vals, res_field="image"))
        self.as_user().message_post(body="Look", attachments=[("a.txt", b"a")])
        kept.unlink()  # the system

    def test_files_that_the_form_has(self):
        line = self.mapping.line_ids[:1]
        other = self.partner.copy()
        moved = self.attachment(res_id=other.id)
        line.write({"source": "attachments"})
        self.by_hand(self.partner)
        vals = {"name": "late.pdf", "datas": "JVBERi0xLjQ=",
                "res_model": "res.partner", "res_id": self.partner.id}
        files = self.as_user(self.env["ir.attachment"])
        self.refused(files.create, vals)
        self.refused(self.as_user(moved).write, {"res_id": self.partner.id})
        self.refused(
            files.with_context(
                default_res_model="res.partner", default_res_id=self.partner.id
            ).create,
            {"name": "late.pdf", "datas": "JVBERi0xLjQ="},
        )
        files.create(dict(vals, res_id=other.id))

    def locked_with_files(self):
        """Lock the partner with all of its files; return the values of a late one."""
        self.mapping.line_ids[:1].write({"source": "attachments"})
        self.by_hand(self.partner)
        return {"name": "late.pdf", "datas": "JVBERi0xLjQ=",
                "res_model": "res.partner", "res_id": self.partner.id}

    def late(self):
        compat.forget(self.env)
        return self.env["ir.attachment"].search([("name", "=", "late.pdf")])

    def test_a_page_that_swallows_the_refusal(self):
        """Odoo's page for uploads catches every error, and commits."""
        vals = self.locked_with_files()
        with unittest.TestCase.assertRaises(self, UserError):
            self.as_user(self.env["ir.attachment"]).create(vals)
        self.assertFalse(self.late())

    def test_the_chatter_adds_no_file_to_a_locked_record(self):
        """From 17 on it creates with all rights what people upload."""
        if compat.SERIES < 15:
            self.skipTest("the chatter uploads like everybody else")
        vals = self.locked_with_files()
        files = self.as_user(self.env["ir.attachment"]).sudo()

        def upload(vals):
            files.create(vals)._post_add_create()

        self.refused(upload, vals)
        self.assertFalse(self.late())
        # An attachment without a message belongs to no record yet.
        upload(dict(vals, res_model="mail.compose.message", res_id=0))
        upload(dict(vals, res_id=self.partner.copy().id))
        self.assertEqual(len(self.late()), 2)
        self.env["ir.attachment"].create(vals)._post_add_create()  # the system
        self.assertEqual(len(self.late()), 3)

    # -- a model with file fields and translations -------------------------------------

    def locked_template(self, **values):
        self._replace(dingding_approval_mapping, "CLOSED_BEGINNINGS", ())
        template = self.env["mail.template"].create(
            dict(values, name="Offer", subject="Offer",
                 model_id=self.env["ir.model"]._get("res.partner").id)
        )
        mapping = self._mapping(
            self.template, "mail.template", {"标题": "name"}, lock="running",
            responsible_id=self.user_manager.id,
        )
        self.by_hand(template, mapping)
        compat.clear_caches(self.env)
        compat.flush(self.env)
        return template, mapping

    def test_files_in_a_field_of_a_locked_record(self):
        loose = self.attachment(res_model=False, res_id=False)
        elsewhere = self.attachment(res_id=self.partner.copy().id)
        free = self.attachment(res_model=False, res_id=False)
        self.user_system.write(
            {compat.USER_GROUPS: [(4, self.env.ref("base.group_partner_manager").id)]})
        template, mapping = self.locked_template(
            attachment_ids=[(6, 0, (loose | elsewhere).ids)])
        for each in (loose, elsewhere):
            this = self.as_user(each, self.user_system)
            self.refused(this.write, {"datas": "JVBERi0xLjU="})
            self.refused(this.write, {"name": "other.pdf"})
            self.refused(this.unlink)
            this.write({"description": "Only opened"})
        self.as_user(free, self.user_system).write({"name": "other.pdf"})
        self.as_user(free, self.user_system).unlink()
        approval = self.approvals.search([("res_model", "=", "mail.template")])
        approval.write({"locked": False})
        compat.clear_caches(self.env)
        self.as_user(loose, self.user_system).write({"name": "other.pdf"})
        mapping.unlocked_field_ids = self.field("attachment_ids", "mail.template")
        approval._start_locking()
        self.assertTrue(approval.locked)
        compat.clear_caches(self.env)
        # In later series a template's files are its own.
        if not loose.res_model:
            self.as_user(loose, self.user_system).write({"name": "free.pdf"})
        self.refused(
            self.as_user(template, self.user_system).write, {"name": "Another"})

    def test_translations_of_a_locked_record(self):
        template, _mapping = self.locked_template()
        other = template.copy()
        this = self.as_user(template, self.user_system)
        if hasattr(this, "update_field_translations"):
            def change(record):
                record.update_field_translations("subject", {"en_US": "Another"})
        else:
            def change(record):
                record.env["ir.translation"].create(
                    {
                        "type": "model", "name": "mail.template,subject",
                        "lang": "en_US", "res_id": record.id, "src": "Offer",
                        "value": "Another", "state": "translated",
                    }
                )
        self.refused(change, this)
        self.assertEqual(template.subject, "Offer")
        change(self.as_user(other, self.user_system))
        change(template)  # the system

    def test_company_dependent_values_of_a_locked_record(self):
        """Up to 17 they are rows of a table of their own."""
        if not compat.PROPERTY_ROWS:
            self.skipTest("they are columns")
        # From 14 on only administrators write them.
        user = self.user_employee if compat.SERIES < 14 else self.user_system
        other = self.partner.copy()
        rows = self.env["ir.property"]

        def values(record, name):
            # From 14 on PostgreSQL refuses a second row of a field.
            field, = self.field(name)
            return {"name": name, "fields_id": field.id, "type": "text",
                    "res_id": "res.partner,%d" % record.id, "value_text": "Agreed"}

        locked = rows.create(values(self.partner, "comment"))
        free = rows.create(values(other, "function"))
        self.hand_in()
        self.refused(
            self.as_user(rows, user).create, values(self.partner, "function"))
        self.refused(self.as_user(locked, user).write, {"value_text": "Another"})
        self.refused(self.as_user(free, user).write, {"res_id": locked.res_id})
        self.refused(self.as_user(locked, user).write, {"res_id": free.res_id})
        self.as_user(free, user).write({"value_text": "Another"})
        locked.write({"value_text": "By the system"})

    def test_a_locked_employee_gets_no_new_version(self):
        """From 19 on most values of employees are those of their current version."""
        if "hr.version" not in self.env:
            self.skipTest("employees have no versions")
        self.user_employee.write(
            {compat.USER_GROUPS: [(4, self.env.ref("hr.group_hr_manager").id)]})
        locked, other = self.env["hr.employee"].create(
            [{"name": "Locked"}, {"name": "Other"}])
        mapping = self._mapping(
            self.template, "hr.employee", {"标题": "name", "内容": "job_title"},
            lock="running")
        self.by_hand(locked, mapping)
        values = {"date_version": "2020-02-02", "job_title": "Director"}
        self.refused(self.as_user(locked).create_version, values)
        versions = self.as_user(self.env["hr.version"])
        self.refused(versions.create, dict(values, employee_id=locked.id))
        self.assertNotEqual(locked.job_title, "Director")
        versions.create(dict(values, employee_id=other.id))

    def merge(self, partners, into):
        # In 19 the wizard reads a field of administrators.
        self.user_system.write({compat.USER_GROUPS: [
            (4, self.env.ref("base.group_partner_manager").id)]})
        wizards = self.as_user(
            self.env["base.partner.merge.automatic.wizard"], self.user_system)
        wizards._merge(partners.ids, into)

    def test_what_a_locked_record_refers_to_is_not_merged(self):
        """Odoo changes each reference by a statement of its own."""
        if not compat.MERGES_CONTACTS:
            self.skipTest("the wizard belongs to CRM")
        vendor, other, third = [
            self.env["res.partner"].create({"name": name, "email": "x@example.com"})
            for name in ("Vendor", "Another", "A third")
        ]
        self.partner.parent_id = vendor
        self.hand_in()
        self.refused(self.merge, vendor | other, other)
        self.assertEqual(self.partner.parent_id, vendor)
        # Remaining records may get further references.
        self.merge(third | other, other)
        self.merge(vendor | other, vendor)
        self.assertEqual((vendor | other | third).exists(), vendor)

    def test_what_it_refers_to_is_not_merged_by_other_wizards(self):
        """From 18 on Odoo merges accounts in the same way."""
        if compat.SERIES < 18:
            self.skipTest("only contacts are merged")
        tags = self.env["res.partner.category"]
        tag, other, third = [
            tags.create({"name": name}) for name in ("Tag", "Other", "Third")]
        self.partner.category_id = tag
        self.hand_in()
        wizards = self.as_user(
            self.env["base.partner.merge.automatic.wizard"], self.user_system)
        merge = wizards._update_foreign_keys_generic
        self.refused(merge, tags._name, tag, other)
        merge(tags._name, third, other)
        self.assertEqual(self.partner.category_id, tag)

    def test_a_locked_record_is_not_merged(self):
        if not compat.MERGES_CONTACTS:
            self.skipTest("the wizard belongs to CRM")
        self.partner.email = "x@example.com"
        other = self.env["res.partner"].create(
            {"name": "Other", "email": "x@example.com", "phone": "123"})
        self.hand_in()
        for into in (self.partner, other):
            self.refused(self.merge, self.partner | other, into)
        self.assertEqual((self.partner | other).exists(), self.partner | other)
        self.assertFalse(self.partner.phone)

    def test_the_fifty_first_record(self):
        self.mapping.unlocked_field_ids = self.field("ref")
        strict = self.mapping.copy({"unlocked_field_ids": [(5,)]})
        strict.lock = "running"
        partners = self.env["res.partner"]
        for number in range(51):
            partners |= partners.create({"name": "P %d" % number})
            self.by_hand(partners[-1:], strict if number == 50 else None)
        self.as_user(partners[:50]).write({"ref": "R"})
        self.refused(self.as_user(partners).write, {"ref": "R"})

    def test_the_mapping_does_not_unlock(self):
        self.mapping.line_ids[:1].write({"field_path": "child_ids"})
        child = self.env["res.partner"].create(
            {"name": "A line", "parent_id": self.partner.id}
        )
        approval = self.by_hand(self.partner)
        change = [
            {"lock": "none"},
            {"unlocked_field_ids": [(6, 0, self.field("name").ids)]},
            {"active": False},
            {"line_ids": [(2, each) for each in self.mapping.line_ids.ids]},
        ]
        for vals in change:
            call_as(self.user_manager, self.mapping._name, "write", self.mapping.ids,
                    vals)
            compat.clear_caches(self.env)
            self.refused(self.as_user().write, {"name": "Eleven chairs"})
            self.refused(self.as_user(child).write, {"name": "Another line"})
        note = "Test manager changed the lock from"
        for record in (self.mapping, approval):
            found = [each for each in record.message_ids.mapped("body") if note in each]
            self.assertEqual(len(found), 2, record)
        self.press(approval, "action_unlock", "A reason", user=self.user_manager)
        self.as_user().write({"name": "Eleven chairs"})

    def test_what_happens_after_agreement_was_settled_before(self):
        self.mapping.lock = "agreed"
        approval = self.sent()
        self.mapping.lock = "running"
        self.decided(approval)
        self.assertTrue(approval.locked)

    def test_unlock_by_a_manager_with_a_reason(self):
        approval = self.hand_in()
        with self.assertRaises(AccessError):
            self.press(approval, "action_unlock", "I want to")
        with self.assertRaises(UserError):
            self.press(approval, "action_unlock", " ", user=self.user_manager)
        self.press(approval, "action_unlock", "A typing error", user=self.user_manager)
        self.as_user().write({"name": "Ten chairs."})
        self.assertEqual(approval.unlocked_by, self.user_manager)
        self.assertIn("A typing error", "".join(approval.message_ids.mapped("body")))
        self.assertIn(
            "A typing error", "".join(self.partner.message_ids.mapped("body"))
        )

    def test_unlocked_for_an_outcome_that_acts_as_somebody_else(self):
        """A manager would change what the outcome then does with those rights."""
        outcome = self.env["dingding.approval.outcome"].create({
            "mapping_id": self.mapping.id, "kind": "field_value", "value": "x",
            "field_id": self.field("function").id, "user_id": self.user_system.id})
        self.user_system.write({compat.USER_GROUPS: [(4, self.partner_rights.id)]})
        self.mapping.lock = "agreed"
        approval = self.sent()
        with self.assertRaises(AccessError):
            self.press(approval, "action_unlock", "Needed", user=self.user_manager)
        self.assertTrue(approval.locked)
        self.press(approval, "action_unlock", "Needed", user=self.user_system)
        self.assertFalse(approval.locked)
        approval.locked = True
        self.decided(approval)
        self.assertEqual((approval.locked, self.partner.function), (True, "x"))
        # The outcome has acted.
        self.press(approval, "action_unlock", "Needed", user=self.user_manager)
        self.assertFalse(approval.locked)
        outcome.user_id = False
        other = self.hand_in(self.partner.copy())
        self.press(other, "action_unlock", "Needed", user=self.user_manager)
        self.assertFalse(other.locked)

    def test_unlocked_stays_so_after_agreement(self):
        self.mapping.lock = "agreed"
        approval = self.sent()
        self.press(approval, "action_unlock", "Needed", user=self.user_manager)
        self.decided(approval)
        self.assertFalse(approval.locked)

    def test_after_agreement(self):
        self.mapping.lock = "agreed"
        approval = self.decided(self.sent())
        with self.assertRaises(UserError) as caught:
            self.as_user().write({"name": "Twenty chairs"})
        self.assertIn("was approved", str(caught.exception))
        with self.assertRaises(UserError):
            self.hand_in()
        self.assertTrue(approval.locked)
        self.mapping.lock = "running"
        other = self.partner.copy()
        self.decided(self.sent(other))
        self.as_user(other).write({"name": "Free again"})

    def test_no_lock(self):
        self.mapping.lock = "none"
        self.hand_in()
        self.as_user().write({"name": "Not locked"})

    def test_unmapped_models_cost_nothing(self):
        titles = self.as_user(self.env["res.partner.category"])
        tag = titles.create({"name": "Tag"})
        tag.write({"name": "Warm"})
        writes = self.statements(lambda: tag.write({"name": "Tag 2"}))
        creates = self.statements(lambda: titles.create({"name": "Tag 3"}))
        self.assertFalse([each for each in writes + creates if "dingding" in each])
        self.hand_in()
        other = self.as_user(self.partner.copy())
        other.write({"ref": "Warm"})
        found = [
            each for each in self.statements(lambda: other.write({"ref": "R"}))
            if "dingding" in each
        ]
        self.assertEqual(len(found), 1, found)
        found = self.statements(
            lambda: other.write({"message_follower_ids": []})
        )
        self.assertFalse([each for each in found if "dingding_approval" in each])

    def test_view_of_an_unmapped_model_is_not_touched(self):
        view = self.form("res.partner.category")
        self.assertNotIn("dingding", view)

    def form(self, model, user=None):
        records = self.as_user(self.env[model], user)
        if hasattr(records, "get_view"):
            return records.get_view(view_type="form")["arch"]
        return records.fields_view_get(view_type="form")["arch"]
