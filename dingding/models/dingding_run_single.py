# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Reading one person or one department, while somebody waits for it."""
from odoo import api, models

from ..dingtalk.errors import NotFoundError
from ..sync import plan as plans
from ..sync.converters import identifier
from ..sync.reader import Reader
from ..sync.snapshot import Snapshot


class DingdingRunSingle(models.AbstractModel):
    """What the button Refresh of a person and of a department does."""

    _name = "dingding.run.single"
    _description = "Reading of one Person or Department"

    @api.model
    def _refresh_person(self, person):
        """Read one person and write what differs.

        :raise DingTalkError: when DingTalk can't be asked
        """
        corp = person.corp_id.sudo()
        client = corp._app_for("contact")._dingtalk_client(max_wait=0)
        snapshot = Snapshot()
        try:
            Reader(client.contacts).read_person(snapshot, person.userid)
        except NotFoundError:
            snapshot.gone["people"].append(person.userid)
        self.sudo()._apply_part(corp, snapshot)

    @api.model
    def _refresh_department(self, department):
        """Read one department and its people and write what differs."""
        corp = department.corp_id.sudo()
        client = corp._app_for("contact")._dingtalk_client(max_wait=0)
        snapshot = Snapshot()
        reader = Reader(client.contacts)
        reader.read_department(
            snapshot, department.dept_id, department.sudo().parent_id.dept_id or None
        )
        members = department.sudo().user_ids.mapped("userid")
        missing = [key for key in members if key not in snapshot.people]
        reader.confirm(snapshot, [], missing)
        self.sudo()._apply_part(corp, snapshot)

    @api.model
    def _apply_part(self, corp, snapshot):
        """Write what a snapshot of single people and departments says of them.

        Only what it is about is looked at, however large the organisation is.

        :rtype: Plan
        """
        departments = self.env["dingding.department"]
        people = self.env["dingding.user"]
        plan = plans.Plan()
        stored_people = self._stored_rows(
            people, corp, keys=set(snapshot.people) | set(snapshot.gone["people"])
        )
        stored = self._stored_rows(
            departments, corp, ["sequence"],
            plans.departments_of_part(
                snapshot, stored_people, people._dingtalk_mapping()),
        )
        plans.compare_part(
            plan, snapshot, departments._dingtalk_mapping(), stored,
            people._dingtalk_mapping(), stored_people, corp._leads,
        )
        if corp.leaver_policy == "nothing":
            plan.people = [
                each for each in plan.people if each.action != plans.ARCHIVE
            ]
        ids = {
            "department": {key: row["id"] for key, row in stored.items()},
            "person": self._ids_of(
                "dingding.user", corp, [each.key for each in plan.people] + [
                    item.get("manager_userid") for item in snapshot.people.values()]
            ),
        }
        for name, changes in (("dingding.department", plan.departments),
                              ("dingding.user", plan.people)):
            self._write_changes_of(corp, name, changes, ids)
        self.env["dingding.picture"]._start(corp)
        return plan

    @api.model
    def _apply_order(self, corp, lists, made):
        """Write the order of departments; see ``sync.plan.compare_order``."""
        departments = self.env["dingding.department"]
        keys = {identifier(item["dept_id"]) for items in lists.values()
                for item in items} | set(lists)
        stored = self._stored_rows(departments, corp, ["sequence"], keys)
        plan = plans.Plan()
        plans.compare_order(
            plan, lists, departments._dingtalk_mapping(), stored, made, corp._leads
        )
        ids = {"department": {key: row["id"] for key, row in stored.items()},
               "person": {}}
        self._write_changes_of(corp, departments._name, plan.departments, ids)
