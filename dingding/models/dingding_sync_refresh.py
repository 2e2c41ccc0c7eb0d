# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read one person or one department while a user waits."""
from odoo import api, models

from ..dingtalk.errors import NotFoundError
from ..sync import mapping, plan as plans
from ..sync.converters import identifier, identifier_or_none
from ..sync.reader import OF_ONE_DEPARTMENT, Reader
from ..sync.snapshot import Snapshot

# People asked whether DingTalk still delivers a kind of value.
WITNESSES = 2


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    @api.model
    def _refresh_person(self, person):
        """Read one person and write what differs.

        :raise DingTalkError: DingTalk cannot be asked
        """
        corp = person.corp_id.sudo()
        client = corp._app_for("contact")._dingtalk_client(
            feature="contacts", max_wait=0
        )
        snapshot = Snapshot()
        try:
            Reader(client.contacts).read_person(snapshot, person.userid)
        except NotFoundError:
            snapshot.gone["people"].append(person.userid)
        self.sudo()._dingtalk_doubtful(corp, client, snapshot)
        self.sudo()._apply_part(corp, snapshot)
        self.sudo()._follow_part(corp, [person.userid])

    @api.model
    def _refresh_department(self, department):
        """Read one department and its people and write what differs."""
        corp = department.corp_id.sudo()
        client = corp._app_for("contact")._dingtalk_client(
            feature="contacts", max_wait=0
        )
        snapshot = Snapshot()
        reader = Reader(client.contacts, at_once=client.at_once)
        reader.read_department(
            snapshot, department.dept_id, department.sudo().parent_id.dept_id or None
        )
        members = department.sudo().user_ids.mapped("userid")
        missing = [key for key in members if key not in snapshot.people]
        reader.confirm(snapshot, [], missing)
        self.sudo()._dingtalk_doubtful(corp, client, snapshot)
        self.sudo()._apply_part(corp, snapshot)
        self.sudo()._follow_part(
            corp, set(snapshot.people) | set(members), [department.dept_id])

    @api.model
    def _dingtalk_doubtful(self, corp, client, snapshot):
        """Find out whether values that people lack are empty, or no longer delivered.

        DingTalk omits both alike, so somebody else who has such values is read too.
        """
        people = self.env["dingding.user"]
        table = people._dingtalk_mapping()
        rows = self._stored_rows(people, corp, keys=set(snapshot.people))
        doubtful = set()
        for userid, item in snapshot.people.items():
            doubtful |= mapping.doubtful(item, table, rows.get(userid) or {})
        shown = mapping.delivered(snapshot.people.values(), table)
        snapshot.delivered |= doubtful & shown
        for group in sorted(doubtful - shown):
            for userid in self._witnesses(corp, table, group, set(snapshot.people)):
                try:
                    item = client.contacts.user(userid)
                except OF_ONE_DEPARTMENT:
                    continue
                if group in mapping.delivered([item], table):
                    snapshot.delivered.add(group)
                    break

    @api.model
    def _witnesses(self, corp, table, group, others):
        """Return UserIDs of people with a value of a group, the last changed first.

        :param others: UserIDs of people who are not asked about
        """
        names = sorted({line.field for line in table if line.group == group})
        return self.env["dingding.user"].search(
            [("corp_id", "=", corp.id), ("userid", "not in", sorted(others)),
             ("is_new", "=", False)] + ["|"] * (len(names) - 1)
            + [(name, "!=", False) for name in names],
            order="write_date desc, id", limit=WITNESSES,
        ).mapped("userid")

    @api.model
    def _apply_part(self, corp, snapshot):
        """Write what differs in a snapshot of single people and departments.

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
        known = self._ids_of("dingding.user", corp, set(snapshot.people) | {
            identifier_or_none(item.get("manager_userid"))
            for item in snapshot.people.values()})
        plans.compare_part(
            plan, snapshot, departments._dingtalk_mapping(), stored,
            people._dingtalk_mapping(), stored_people, known, corp._leads,
        )
        if corp.leaver_policy == "nothing":
            plan.people = [
                each for each in plan.people if each.action != plans.ARCHIVE
            ]
        ids = {
            "department": {key: row["id"] for key, row in stored.items()},
            "person": known,
        }
        for name, changes in (("dingding.department", plan.departments),
                              ("dingding.user", plan.people)):
            self._write_changes_of(corp, name, changes, ids)
        self._note_changed(corp, snapshot.departments, snapshot.people, read=True)
        self._note_changed(
            corp, userids=snapshot.gone["people"], read=True, gone=True)
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
