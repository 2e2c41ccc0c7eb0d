# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import random

from .. import compat
from .common import portable
from .sync_case import SyncCase

SEEDS = (3, 11, 42)
ROUNDS, CHANGES = 3, 8


class Changes(object):
    """Change a simulated organisation at random.

    :param case: SyncCase
    :param random.Random dice: the same one makes the same changes
    """

    KINDS = (
        "add_department", "rename_department", "move_department", "remove_department",
        "hire", "edit", "edit", "move", "move", "lead", "leave", "come_back",
        "edit_mobile", "edit_mail",
    )

    def __init__(self, case, dice):
        self.case, self.dice = case, dice
        self.control = case.simulator.control
        self.left = {}

    def departments(self):
        found = {each["dept_id"]: each for each in self.case.simulator.departments()}
        return [found[key] for key in sorted(found)]

    def people(self):
        return [each for _key, each in sorted(self.case.simulated().items())]

    def make(self, count):
        for number in range(count):
            getattr(self, self.dice.choice(self.KINDS))(
                "%s %d" % (self.dice.choice("ABCDE"), self.dice.randrange(10 ** 6))
            )

    def add_department(self, text):
        parent = self.dice.choice(self.departments())["dept_id"]
        self.control("POST", "/departments", {"name": text, "parent_id": parent})

    def rename_department(self, text):
        chosen = self.dice.choice(self.departments()[1:])
        self.control("PATCH", "/departments/%s" % chosen["dept_id"], {"name": text})

    def move_department(self, _text):
        every = self.departments()
        parents = {each["dept_id"]: each["parent_id"] for each in every}
        chosen, target = self.dice.choice(every[1:])["dept_id"], 1
        for each in self.dice.sample(every, len(every)):
            line, place = [], each["dept_id"]
            while place:
                line.append(place)
                place = parents.get(place)
            if chosen not in line:
                target = each["dept_id"]
                break
        self.control(
            "PATCH", "/departments/%s" % chosen, {"parent_id": target})

    def remove_department(self, _text):
        """Remove a department; its people move up at the same time."""
        every = self.departments()
        parents = {each["parent_id"] for each in every}
        leaves = [each for each in every[1:] if each["dept_id"] not in parents]
        if len(leaves) < 2:
            return
        chosen = self.dice.choice(leaves)
        for person in self.people():
            own = [int(key) for key in person["depts"]]
            if chosen["dept_id"] in own:
                own = [key for key in own if key != chosen["dept_id"]]
                self.case.change_person(
                    person["userid"], dept_ids=own or [chosen["parent_id"]])
        self.control("DELETE", "/departments/%s" % chosen["dept_id"])

    def hire(self, text):
        self.case.add_person(
            name=text, mobile="139%08d" % self.dice.randrange(10 ** 8),
            dept_ids=[self.dice.choice(self.departments())["dept_id"]],
        )

    def edit(self, text):
        name = self.dice.choice(("name", "title", "job_number", "telephone", "remark"))
        self.case.change_person(
            self.dice.choice(self.people())["userid"], **{name: text})

    def edit_mobile(self, _text):
        self.case.change_person(
            self.dice.choice(self.people())["userid"],
            mobile="138%08d" % self.dice.randrange(10 ** 8))

    def edit_mail(self, _text):
        """Change or remove an e-mail, or all delivered with it."""
        mail = "m%d@example.com" % self.dice.randrange(10 ** 8)
        values = self.dice.choice((
            {"email": mail}, {"org_email": mail}, {"email": "", "org_email": mail},
            dict.fromkeys(
                ("email", "org_email", "work_place", "remark", "extension"), ""),
        ))
        self.case.change_person(self.dice.choice(self.people())["userid"], **values)

    def move(self, _text):
        every = [each["dept_id"] for each in self.departments()]
        own = self.dice.sample(every, min(len(every), self.dice.choice((1, 1, 2))))
        self.case.change_person(
            self.dice.choice(self.people())["userid"], dept_ids=own)

    def lead(self, _text):
        person = self.dice.choice(self.people())
        leads = self.dice.choice(([], [int(key) for key in person["depts"]][:1]))
        self.case.change_person(person["userid"], leader_in=leads)

    def leave(self, _text):
        people = self.people()
        if len(people) > 5:
            person = self.dice.choice(people)
            self.case.remove_person(person["userid"])
            self.left[person["userid"]] = person

    def come_back(self, _text):
        if self.left:
            userid = self.dice.choice(sorted(self.left))
            person = self.left.pop(userid)
            self.case.add_person(
                userid=userid, name=person["name"], mobile=person["mobile"],
                human=person["human"], dept_ids=[1],
            )


@portable
class TestSyncTwice(SyncCase):
    def assertSettled(self, about):
        versions = self.versions()
        again = self.run_it()
        found = again.line_ids.mapped(lambda line: (line.name, line.changes))
        self.assertFalse(found, about)
        self.assertEqual((again.users_updated, again.departments_updated), (0, 0))
        self.assertEqual(self.versions(), versions, about)

    def test_any_changes(self):
        for seed in SEEDS:
            dice = random.Random(seed)
            self.simulator.reset()
            self.people().unlink()
            self.departments().sorted("level", reverse=True).unlink()
            changes = Changes(self, dice)
            self.run_it()
            for number in range(ROUNDS):
                about = "seed %d, round %d" % (seed, number)
                changes.make(CHANGES)
                run = self.run_it()
                self.assertFalse(self.codes(run), about)
                self.assertSame()
                self.assertSettled(about)

    def test_membership_in_a_removed_department(self):
        new = self.simulator.control("POST", "/departments", {"name": "Short lived"})
        userid = sorted(self.simulated())[0]
        self.change_person(userid, dept_ids=[new["dept_id"], 1])
        self.run_it()
        gone, person = self.department(new["dept_id"]), self.person(userid)
        self.assertIn(gone, person.department_ids)
        self.change_person(userid, dept_ids=[1])
        self.simulator.control("DELETE", "/departments/%s" % new["dept_id"])
        self.run_it()
        self.assertFalse(gone.active)
        self.assertEqual(
            person.with_context(active_test=False).department_ids.mapped("dept_id"),
            ["1"])
        self.assertSettled("removed department")

    def test_every_write_sees_archived_departments(self):
        """Later series replace only links that the context shows."""
        self.run_it()
        person = self.people()[0]
        seen, people = [], type(self.env["dingding.user"])
        real = people.write

        def write(records, vals):
            if "department_ids" in vals:
                seen.append(records.env.context.get("active_test"))
            return real(records, vals)

        self.patch_method(people, "write", write)
        self.change_person(person.userid, dept_ids=[1])
        self.run_it()
        person._take_values({"department_ids": frozenset(["1"])})
        self.assertEqual(seen, [False, False])

    def patch_method(self, cls, name, method):
        compat.flush(self.env)
        own = cls.__dict__.get(name)
        setattr(cls, name, method)
        self.addCleanup(
            lambda: setattr(cls, name, own) if own else delattr(cls, name))
