# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import unittest

from lxml import html

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .test_checkins import MODEL, CheckinCase

ATTACHMENT = "ir.attachment"
MARKUP = "x' onload='alert(1)' y=\" onerror=\"alert(2)<script>"


@portable
class TestCheckinAttacks(CheckinCase):
    def setUp(self):
        super().setUp()
        self.check_in(self.office, "10:00", place="Here")
        self.at("20:00")
        self.read_days()
        self.checkin = self.found()
        self.employees[0].user_id = self.user_employee
        compat.flush(self.env)

    def file(self, **values):
        return dict({
            "name": "1.jpg", "datas": b"eA==", "res_model": MODEL,
            "res_id": self.checkin.id}, **values)

    def test_people_store_no_photos(self):
        photo = self.env[ATTACHMENT].create(self.file())
        mine = call_as(
            self.user_employee, ATTACHMENT, "create",
            self.file(res_model=False, res_id=False))
        compat.flush(self.env)
        for user in (self.user_employee, self.user_manager):
            for method, *args in (
                ("create", self.file()),
                ("write", photo.ids, {"datas": b"eQ=="}),
                ("write", photo.ids, {"res_model": False, "res_id": False}),
                ("write", [mine], {"res_model": MODEL, "res_id": self.checkin.id}),
                ("unlink", photo.ids),
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    call_as(user, ATTACHMENT, method, *args)
        compat.forget(self.env)
        self.assertEqual(photo.datas, b"eA==")
        call_as(self.user_employee, ATTACHMENT, "unlink", [mine])

    def test_a_page_that_swallows_the_refusal(self):
        """Odoo's page for uploads catches every error, and commits."""
        files = compat.with_user(self.env[ATTACHMENT], self.user_employee)
        with unittest.TestCase.assertRaises(self, AccessError):
            files.create(self.file(name="late.jpg"))
        self.assertFalse(self.env[ATTACHMENT].search([("name", "=", "late.jpg")]))

    def test_the_chatter_neither_adds_nor_deletes_photos(self):
        """Later series do with all rights what people upload and delete there."""
        if compat.SERIES < 15:
            self.skipTest("the chatter acts like everybody else")
        photo = self.env[ATTACHMENT].create(self.file())
        files = compat.with_user(self.env[ATTACHMENT], self.user_employee).sudo()
        for act in (
            lambda: files.create(self.file(name="late.jpg"))._post_add_create(),
            lambda: files.browse(photo.id)._delete_and_notify(),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                act()
        compat.forget(self.env)
        self.assertTrue(photo.exists())
        self.assertFalse(self.env[ATTACHMENT].search([("name", "=", "late.jpg")]))

    def test_names_of_files_are_no_markup(self):
        self.env[ATTACHMENT].create(self.file(name=MARKUP))
        self.check_markup(["href", "target", "alt", "src", "style"])

    def test_addresses_are_no_markup(self):
        self.checkin._set({"photo_urls": "https://example.com/" + MARKUP})
        self.check_markup(["href", "target", "rel", "style"])

    def check_markup(self, names):
        compat.forget(self.env)
        found = html.fragments_fromstring(self.checkin.photos_html)
        elements = [each for one in found for each in one.iter()]
        attributes = {name for each in elements for name in each.attrib}
        self.assertEqual(attributes, set(names))
        self.assertFalse([each for each in elements if each.tag not in ("a", "img")])

    def test_texts_that_postgresql_refuses(self):
        self.check_in(self.free, "11:00", place="A\x00B", remark="\x00", visit_user="C")
        self.read_days()
        self.assertEqual(self.found(self.free).place, "AB")
