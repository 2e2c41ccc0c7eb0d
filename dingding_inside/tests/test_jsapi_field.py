# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import io

from PIL import Image

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding.tests.common import DingTalkCase, call_as, portable

from ..models.dingding_jsapi_field import MAX_BYTES, ORIENTATION, upright

MODEL = "dingding.jsapi.field"


def photo(orientation=None, size=(40, 20)):
    """Return a JPEG whose left half is red, with an EXIF orientation tag."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    written = io.BytesIO()
    if orientation is None:
        image.save(written, "JPEG")
    else:
        tag = ORIENTATION.to_bytes(2, "big") + b"\0\3\0\0\0\1"
        tag += orientation.to_bytes(2, "big") + b"\0\0"
        exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1" + tag + b"\0\0\0\0"
        image.save(written, "JPEG", exif=exif)
    return written.getvalue()


@portable
class TestJsapiField(DingTalkCase):
    def setUp(self):
        super().setUp()
        people = self.simulator.users()
        self.userids = [people[0]["userid"], people[1]["userid"], people[2]["userid"]]
        persons = self.env["dingding.user"]
        for userid, user in zip(
            self.userids, (self.user_employee, self.user_manager, None)
        ):
            persons |= persons.create(
                {
                    "name": "Person " + userid, "userid": userid,
                    "corp_id": self.corp.id, "user_id": user.id if user else False,
                }
            )
        self.persons = persons
        self.simulator.forget_calls()

    def url(self, path="/avatars/a.png"):
        return self.simulator.url + path

    def picture(self, url, user=None):
        return call_as(user or self.user_employee, MODEL, "picture", url)

    def people(self, model, userids=None, user=None, **more):
        return call_as(
            user or self.user_employee, MODEL, "people", model,
            self.userids if userids is None else userids, **more
        )

    # -- access --------------------------------------------------------------------

    def test_employees_only(self):
        for user in (self.user_portal, self.user_public):
            with self.assertRaises(AccessError):
                self.picture(self.url(), user)
            with self.assertRaises(AccessError):
                call_as(user, MODEL, "attach", self.url(), "res.partner")
            with self.assertRaises(AccessError):
                self.people("res.users", user=user)
        self.assertDingTalkNotCalled()

    def test_an_organisation_that_is_not_connected(self):
        with self.assertRaises(UserError):
            call_as(self.user_employee, MODEL, "picture", self.url(), "dingother")
        self.assertDingTalkNotCalled()

    # -- pictures ------------------------------------------------------------------

    def test_picture(self):
        found = self.picture(self.url())
        content = base64.b64decode(found["datas"])
        self.assertEqual(found["size"], len(content))
        self.assertEqual(found["mimetype"], "image/png")
        self.assertTrue(found["name"].endswith(".png"))
        self.assertEqual(Image.open(io.BytesIO(content)).format, "PNG")

    def test_other_hosts_are_never_asked(self):
        for url in (
            "https://dingtalk.com.example.org/a.png", "http://127.0.0.1:1/a.png",
            "https://169.254.169.254/x", "file:///etc/passwd", None, 7, "", [],
            "http://static.dingtalk.com/a.png", "https://localhost/a.png",
            "https://static.dingtalk.com@localhost/a.png", "//static.dingtalk.com/a",
            "https://static.dingtalk.com:8443/a.png",
        ):
            with self.assertRaises(UserError):
                self.picture(url)
        self.assertDingTalkNotCalled()

    def test_no_usable_picture(self):
        for path in (
            "/avatars/big.png?bytes=%d" % MAX_BYTES, "/avatars/wide.png?side=8000",
            "/avatars/to.png?to=/avatars/a.png", "/_control/state", "/gone.png",
        ):
            with self.assertRaises(UserError):
                self.picture(self.url(path))
        self.assertDingTalkNotCalled("/avatars/a.png")

    def test_a_picture_is_turned_as_it_was_held(self):
        for orientation, size, corner in (
            (None, (40, 20), "red"), (1, (40, 20), "red"), (3, (40, 20), "blue"),
            (6, (20, 40), "red"), (8, (20, 40), "blue"),
        ):
            content, kind = upright(photo(orientation))
            image = Image.open(io.BytesIO(content))
            red, _green, blue = image.convert("RGB").getpixel((2, 2))
            self.assertEqual((image.size, kind), (size, "JPEG"))
            self.assertEqual("red" if red > blue else "blue", corner, orientation)
        self.assertEqual(upright(photo())[0], photo())
        for broken in (b"", b"no picture", photo()[:30], b"<svg/>"):
            with self.assertRaises(ValueError):
                upright(broken)

    def test_attachment(self):
        found = call_as(self.user_employee, MODEL, "attach", self.url(), "res.partner")
        row = self.env["ir.attachment"].browse(found["id"])
        self.assertEqual(row.create_uid, self.user_employee)
        self.assertEqual((row.res_model, row.mimetype), ("res.partner", "image/png"))
        self.assertFalse(row.res_id)
        with self.assertRaises(UserError):
            call_as(self.user_employee, MODEL, "attach", self.url(), "no.model")

    # -- people --------------------------------------------------------------------

    def test_users_and_partners(self):
        found = self.people("res.users")["users"]
        self.assertEqual(
            found,
            {
                self.userids[0]: [self.user_employee.id, self.user_employee.name],
                self.userids[1]: [self.user_manager.id, self.user_manager.name],
            },
        )
        found = self.people("res.partner")["users"]
        self.assertEqual(
            {row[0] for row in found.values()},
            {self.user_employee.partner_id.id, self.user_manager.partner_id.id},
        )
        self.assertEqual(self.people("res.company"), {"users": {}, "departments": {}})

    def test_people_of_dingtalk_are_for_who_may_see_them(self):
        with self.assertRaises(AccessError):
            self.people("dingding.user")
        found = self.people("dingding.user", user=self.user_dingtalk)["users"]
        self.assertEqual(
            {row[0] for row in found.values()}, set(self.persons.ids)
        )

    def test_only_what_the_field_takes(self):
        domain = [("id", "!=", self.user_manager.id)]
        found = self.people("res.users", domain=domain)["users"]
        self.assertEqual(list(found), [self.userids[0]])
        self.user_employee.sudo().write({"active": False})
        found = self.people("res.users", user=self.user_dingtalk)["users"]
        self.assertEqual(list(found), [self.userids[1]])

    def test_departments(self):
        department = self.env["dingding.department"].create(
            {"name": "Sales", "dept_id": "4711", "corp_id": self.corp.id}
        )
        for ids in (["4711", "1"], [4711]):
            found = self.people(
                "dingding.department", [], self.user_dingtalk, dept_ids=ids
            )
            self.assertEqual(
                found["departments"], {"4711": [department.id, department.display_name]}
            )

    def test_models_that_addons_link_people_to(self):
        company = self.env["res.company"].create({"name": "Linked"})
        self.user_manager.write(
            {"company_id": company.id, "company_ids": [(4, company.id)]})
        known = type(self.persons)._linked_paths
        self._replace(
            type(self.persons), "_linked_paths",
            lambda model: dict(
                known(model), **{"res.company": "user_id.company_id"}))
        found = self.people("res.company", self.userids[1:], self.user_system)
        self.assertEqual(
            found["users"], {self.userids[1]: [company.id, "Linked"]})

    def test_another_organisation_is_another(self):
        other = self._make_corp(
            self.env, self.simulator, name="Other", corp_id="dingother",
            app_key="another",
        )
        self.env["dingding.user"].create(
            {
                "name": "There", "userid": "only-there", "corp_id": other.id,
                "user_id": self.user_system.id,
            }
        )
        self.assertEqual(self.people("res.users", ["only-there"])["users"], {})
        with self.assertRaises(UserError):
            self.people("res.users", ["only-there"], corp="dingother")

    def test_odd_lists(self):
        for ids in (7, "u1", {"a": 1}, [None], [["u1"]], ["x"] * 1001):
            with self.assertRaises(UserError):
                self.people("res.users", ids)
