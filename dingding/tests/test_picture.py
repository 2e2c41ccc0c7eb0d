# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import io
import itertools
import types

from PIL import Image

from .. import compat
from ..models import dingding_picture
from ..models.dingding_picture import PATIENCE, SIDE, shrink
from .common import call_as, portable
from .sync_case import SyncCase


@portable
class TestPicture(SyncCase):
    def setUp(self):
        super().setUp()
        self.corp.avatars = "changed"
        self.userids = sorted(self.simulated())
        self.address("a", "/avatars/a.png")

    def test_cards_know_who_has_a_picture(self):
        first = self.read_all()
        self.assertTrue(first.has_image)
        other = self.person(self.userids[1])
        self.assertFalse(other.has_image)
        department = self.env["dingding.department"].search([], limit=1)
        department.with_context(dingding_no_push=True).manager_ids = first
        self.assertTrue(department.first_manager_has_image)
        department.with_context(dingding_no_push=True).manager_ids = other
        self.assertFalse(department.first_manager_has_image)

    def url(self, path):
        return self.simulator.url + path

    def address(self, name, path, place=0):
        self.change_person(self.userids[place], avatar=path and self.url(path))

    def read_all(self):
        self.run_it()
        self.fetch()
        return self.person(self.userids[0])

    def fetch(self):
        rows = self.pictures().filtered(lambda row: row.state == "retry")
        rows.write({"next_try": False})
        self.process_queue("dingding.picture")
        compat.forget(self.env)

    def pictures(self):
        return self.env["dingding.picture"].search([("corp_id", "=", self.corp.id)])

    def test_changed_ones_only(self):
        person = self.read_all()
        first = person.image
        self.assertTrue(first)
        self.assertDingTalkCalled("/avatars/a.png", 1)
        self.assertEqual(
            call_as(self.user_dingtalk, "dingding.user", "read", person.ids,
                    ["image"])[0]["image"], first)
        self.assertEqual(self.corp.avatars_result, "1 downloaded, 0 rejected")
        self.read_all()
        self.assertDingTalkCalled("/avatars/a.png", 1)
        self.address("b", "/avatars/b.png")
        self.assertNotEqual(self.read_all().image, first)
        self.assertDingTalkCalled("/avatars/b.png", 1)
        self.address("none", "")
        self.assertFalse(self.read_all().image)

    def test_pictures_of_users(self):
        user = self._make_user(self.env, "linked", "base.group_user")
        chief = self._make_user(self.env, "chief", "base.group_system")
        self.address("b", "/avatars/b.png", 1)
        self.read_all()
        self.person(self.userids[0]).user_id = user
        self.person(self.userids[1]).user_id = chief
        field = compat.picture_field(user)
        before = chief[field]
        self.read_all()
        self.assertFalse(compat.has_picture(user), "never is the default")
        self.corp.user_pictures = "missing"
        person = self.read_all()
        self.assertTrue(compat.has_picture(user))
        self.assertEqual(chief[field], before, "not of administrators")
        first = user[field]
        self.address("c", "/avatars/c.png")
        self.read_all()
        self.assertEqual(user[field], first)
        self.corp.user_pictures = "always"
        self.address("d", "/avatars/d.png")
        self.read_all()
        self.assertNotEqual(user[field], first)
        self.assertTrue(person.image)
        rows = self.pictures()
        self.assertEqual(self.read_all(), person)
        self.assertEqual(self.pictures(), rows)

    def test_pictures_of_users_of_an_archived_organisation_too(self):
        user = self._make_user(self.env, "linked", "base.group_user")
        former = self.env["dingding.corp"].create({"name": "Former"})
        self.address("b", "/avatars/b.png", 1)
        person = self.read_all()
        people = self.env["dingding.user"]
        people.create({"name": "Same", "userid": "x", "corp_id": former.id})
        # Of several people, the first one counts.
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_user SET id = -1 WHERE corp_id = %s", [former.id])
        compat.forget(self.env)
        (people.browse(-1) | person).write({"user_id": user.id})
        self.corp.user_pictures = "always"
        self.read_all()
        self.assertFalse(compat.has_picture(user))
        former.active = False
        self.read_all()
        self.assertTrue(compat.has_picture(user))

    def test_with_the_button_refresh(self):
        person = self.read_all()
        self.address("b", "/avatars/b.png")
        before = person.image
        person.with_env(self.env(user=self.user_manager.id)).action_refresh()
        self.fetch()
        self.assertNotEqual(person.image, before)

    def test_not_unless_wanted(self):
        self.corp.avatars = "none"
        self.assertFalse(self.read_all().image)
        self.assertFalse(self.pictures())
        self.assertIs(self.corp.avatars_result, False)
        self.assertDingTalkNotCalled("/avatars/a.png")

    def test_what_is_refused_is_not_asked_again(self):
        cases = (
            "/avatars/big.png?bytes=3000000", "/avatars/wide.png?side=5000",
            "/avatars/to.png?to=/avatars/a.png", "/_control/state",
        )
        for place, path in enumerate(cases):
            self.address("", path, place)
        self.simulator.fault("error", "/avatars/gone.png", status=404)
        self.address("", "/avatars/gone.png", len(cases))
        person = self.read_all()
        self.assertEqual(self.corp.avatars_result, "0 downloaded, 5 rejected")
        self.assertFalse(any(each.image for each in self.people()))
        self.simulator.forget_calls()
        self.read_all()
        self.assertFalse([
            path for path in self.simulator.calls()["by_path"] if "avatars" in path])
        self.assertEqual(self.pictures().state, "done")
        self.assertTrue(person.image_address)

    def test_other_hosts_are_never_asked(self):
        for place, url in enumerate((
                "https://dingtalk.com.example.org/a.png", "http://127.0.0.1:1/a.png",
                "https://169.254.169.254/x", "file:///etc/passwd",
                "http://static-legacy.dingtalk.com/a.png",
                "https://static-legacy.dingtalk.com@localhost/a.png")):
            self.change_person(self.userids[place], avatar=url)
        self.read_all()
        self.assertEqual(self.corp.avatars_result, "0 downloaded, 6 rejected")

    def test_a_host_that_is_down_is_asked_later(self):
        self.simulator.fault("http_500", "/avatars/a.png", times=1)
        self.address("", "/avatars/b.png", 1)
        self.run_it()
        self.env["dingding.picture"]._process()
        compat.forget(self.env)
        row = self.pictures()
        self.assertEqual((row.state, row.fetched), ("retry", 1))
        self.assertIn("500", self.corp.avatars_result)
        self.fetch()
        self.assertEqual(self.pictures().state, "done")
        self.assertTrue(self.person(self.userids[0]).image)

    def test_patience_has_an_end(self):
        for place in range(PATIENCE + 3):
            self.address("", "/avatars/down%d.png" % place, place)
        self.simulator.fault("http_500", "/avatars/*", times=100)
        self.run_it()
        self.env["dingding.picture"]._process()
        paths = self.simulator.calls()["by_path"]
        self.assertEqual(
            sum(paths[path] for path in paths if "avatars" in path), PATIENCE)

    def test_a_silent_host_does_not_hold_up_the_others(self):
        """Each step would begin with it, and have no time for others, for ever."""
        self.address("", "/avatars/b.png", 1)
        self.run_it()
        # A sync creates people in any order.
        first, _second = self.people().filtered("avatar_url").sorted("id")
        self.simulator.fault(
            "http_500", first.avatar_url[len(self.simulator.url):], times=100)
        moments = itertools.cycle([0, 100])
        self._replace(dingding_picture, "time", types.SimpleNamespace(
            monotonic=lambda: next(moments)))
        row = self.pictures()
        row._process_row(row.id, 50)
        compat.forget(self.env)
        self.assertEqual((row.state, row.attempts, row.fetched), ("queued", 0, 0))
        row._process_row(row.id, 50)
        compat.forget(self.env)
        self.assertEqual((row.state, row.attempts, row.fetched), ("retry", 1, 1))
        self.assertIn("not downloaded", row.last_error)
        for _number in range(30):
            row.write({"next_try": False})
            row._process_row(row.id, 50)
            compat.forget(self.env)
        self.assertEqual(row.state, "failed")

    def test_pictures_are_made_small(self):
        large = io.BytesIO()
        Image.new("RGB", (1000, 500), "red").save(large, "JPEG")
        small = Image.open(io.BytesIO(base64.b64decode(shrink(large.getvalue()))))
        self.assertEqual((small.format, small.size), ("PNG", (SIDE, SIDE // 2)))
        for content in (b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", large.getvalue()[:200]):
            with self.assertRaises(ValueError):
                shrink(content)
