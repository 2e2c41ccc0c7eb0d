# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding.dingtalk.errors import NotFoundError, OutOfScopeError
from odoo.addons.dingding.sync import mapping
from odoo.addons.dingding.sync.converters import department_id, identifiers
from odoo.addons.dingding.sync.plan import ARCHIVE, CREATE, Change
from odoo.addons.dingding.sync.reader import ROOT
from odoo.addons.dingding.sync.snapshot import Snapshot

MOST_LEVELS = 50


class DingdingDepartment(models.Model):
    _inherit = "dingding.department"

    @api.model
    def _dingtalk_read_departments(self, event, dept_ids):
        """Read and update departments; archive deleted ones.

        Unknown parents are read too.

        :raise DingTalkError: DingTalk cannot be reached
        """
        corp = event.corp_id
        if not dept_ids or event._reads_everything(dept_ids=dept_ids):
            return True
        client = event._dingtalk_client()
        covered = self.env["dingding.sync"].sudo()._covered(corp)
        event._before_asking()
        found, gone = {}, []
        for dept_id in dept_ids:
            item = self._dingtalk_ask(client, dept_id)
            if item is None:
                gone.append(dept_id)
            elif item:
                found[dept_id] = item
        self._dingtalk_climb(corp, client, found)
        found = self._dingtalk_inside(found, covered)
        self.env["dingding.sync"].sudo()._note_changed(
            corp, gone, read=True, gone=True)
        gone = [
            each for each in gone if (covered is None or each in covered)
            and corp.leaver_policy != "nothing"
        ]
        lists = self._dingtalk_lists(client, found)
        self._dingtalk_apply(corp, found, gone, lists)
        self._dingtalk_read_managers(event, found)
        return True

    @api.model
    def _dingtalk_read_managers(self, event, found):
        """Read the people whom DingTalk has made managers, or who are none any longer.

        Odoo stores it with them; DingTalk need not send events about them.

        :param dict found: DingTalk's id -> item
        """
        people, changed = self.env["dingding.user"], set()
        for dept_id, item in found.items():
            if "dept_manager_userid_list" not in item:
                continue
            managers = set(identifiers(item["dept_manager_userid_list"]))
            for person in people.search([
                ("corp_id", "=", event.corp_id.id), "|",
                ("userid", "in", sorted(managers)),
                ("leader_department_ids.dept_id", "=", dept_id),
            ]):
                reported = person._baseline().get("leader_department_ids") or ()
                if (dept_id in reported) != (person.userid in managers):
                    changed.add(person.userid)
        if changed:
            people._dingtalk_read_now(event, sorted(changed))

    @api.model
    def _dingtalk_inside(self, found, covered):
        """Return those of departments that an organisation synchronises.

        :param dict found: DingTalk's id -> item
        :param covered: of ``_covered``
        """
        if covered is None:
            return found
        inside, count = set(found) & covered, -1
        while len(inside) != count:
            count = len(inside)
            inside |= {
                dept_id for dept_id, item in found.items()
                if department_id(item.get("parent_id")) in covered | inside
            }
        return {dept_id: found[dept_id] for dept_id in found if dept_id in inside}

    @api.model
    def _dingtalk_known(self, corp, dept_ids):
        """Return DingTalk's id -> record id of those that are stored.

        :param dept_ids: DingTalk's ids
        """
        rows = self.with_context(active_test=False).search(
            [("corp_id", "=", corp.id), ("dept_id", "in", sorted(dept_ids))])
        return {row.dept_id: row.id for row in rows}

    @staticmethod
    def _dingtalk_parents(found):
        """Return the ids of the parents of departments.

        :param dict found: DingTalk's id -> item
        """
        parents = {department_id(item.get("parent_id")) for item in found.values()}
        return parents - {None}

    @api.model
    def _dingtalk_add_missing(self, corp, client, people):
        """Create the missing departments of these people."""
        wanted = {
            department_id(key) for item in people
            for key in identifiers(item.get("dept_id_list"))
        } - {None}
        missing = sorted(wanted - set(self._dingtalk_known(corp, wanted)))
        if not missing:
            return
        covered = self.env["dingding.sync"].sudo()._covered(corp)
        found = {}
        for dept_id in missing:
            item = self._dingtalk_ask(client, dept_id)
            if item:
                found[dept_id] = item
        self._dingtalk_climb(corp, client, found)
        found = self._dingtalk_inside(found, covered)
        self._dingtalk_apply(corp, found, [], self._dingtalk_lists(client, found))

    @staticmethod
    def _dingtalk_ask(client, dept_id):
        """Return a department's data in DingTalk; None if deleted, {} if invisible."""
        if not dept_id.isdigit():
            return {}
        try:
            return dict(client.contacts.department(int(dept_id)), dept_id=dept_id)
        except NotFoundError:
            return None
        except OutOfScopeError:
            return {}

    def _dingtalk_climb(self, corp, client, found):
        """Add to ``found`` unknown parents, and parents that were below before."""
        known, asked = set(), set()
        for _level in range(MOST_LEVELS):
            above = self._dingtalk_parents(found) - known - set(found)
            known.update(self._dingtalk_known(corp, above) if above else ())
            missing = above - known or self._dingtalk_below(corp, found) - asked
            if not missing:
                return
            asked |= missing
            for dept_id in sorted(missing):
                item = self._dingtalk_ask(client, dept_id)
                # Its children become top-level departments.
                known.add(dept_id)
                if item:
                    found[dept_id] = item

    def _dingtalk_below(self, corp, found):
        """Return stored ids above departments that Odoo still has below these.

        They have moved away before; Odoo refuses circles, even for a moment.

        :param dict found: DingTalk's id -> item
        """
        rows = self.with_context(active_test=False).search(
            [("corp_id", "=", corp.id), ("dept_id", "in", sorted(
                set(found) | self._dingtalk_parents(found)))])
        rows, below = {row.dept_id: row for row in rows}, set()
        for dept_id, item in found.items():
            parent_id = department_id(item.get("parent_id"))
            row, line = rows.get(dept_id), []
            if not row or row.parent_id.dept_id == parent_id:
                continue
            while parent_id and parent_id != dept_id and parent_id not in line:
                line.append(parent_id)
                parent = rows.get(parent_id)
                if parent:
                    rows.setdefault(parent.parent_id.dept_id, parent.parent_id)
                    parent_id = parent.parent_id.dept_id
                else:
                    parent_id = department_id(found.get(parent_id, {}).get("parent_id"))
            if parent_id == dept_id:
                below.update(line)
        return below - set(found)

    def _dingtalk_lists(self, client, found):
        """Return the children of the departments' parents, in DingTalk's order."""
        lists = {}
        for parent_id in sorted(self._dingtalk_parents(found)):
            try:
                lists[parent_id] = client.contacts.sub_departments(int(parent_id))
            except (NotFoundError, OutOfScopeError):
                continue
        return lists

    @api.model
    def _dingtalk_apply(self, corp, found, gone, lists):
        """Create new departments, parents first, then update existing ones.

        :param dict lists: of :meth:`_dingtalk_lists`
        """
        table = self._dingtalk_mapping()
        known = self._dingtalk_known(corp, set(found) | self._dingtalk_parents(found))
        ids = {"department": dict(known), "person": {}}
        new = [dept_id for dept_id in found if dept_id not in known]
        made = frozenset(new)
        while new:
            ready = [
                dept_id for dept_id in new
                if department_id(found[dept_id].get("parent_id")) not in new
            ] or new
            changes = []
            for dept_id in ready:
                values, _mistakes = mapping.values(found[dept_id], table, set())
                # As in a sync, which returns no name for the root.
                values["name"] = corp.name if dept_id == ROOT else (
                    values.get("name") or dept_id
                )
                changes.append(Change(CREATE, dept_id, None, values, {}))
            self._write_changes(corp, changes, ids)
            new = [dept_id for dept_id in new if dept_id not in ready]
        snapshot = Snapshot(with_people=False)
        for dept_id, item in found.items():
            parent = department_id(item.get("parent_id"))
            snapshot.departments[dept_id] = dict(
                item, parent_id=parent, **{mapping.DETAIL: True}
            )
        syncs = self.env["dingding.sync"].sudo()
        plan = syncs._apply_part(corp, snapshot)
        syncs._apply_order(corp, lists, made)
        rows = self.search([("corp_id", "=", corp.id), ("dept_id", "in", gone)])
        self._write_changes(
            corp,
            [
                Change(
                    ARCHIVE, row.dept_id, row.id, {"active": False}, {"active": True}
                )
                for row in rows
            ],
            ids,
        )
        syncs._settle_part(corp, plan, set(found) | set(gone), made)

    @api.model
    def _dingtalk_event_org_dept_create(self, event):
        """Update a department that was created, changed or deleted."""
        return self._dingtalk_read_departments(event, event._values().ids("deptId"))

    @api.model
    def _dingtalk_event_org_dept_modify(self, event):
        return self._dingtalk_event_org_dept_create(event)

    @api.model
    def _dingtalk_event_org_dept_remove(self, event):
        return self._dingtalk_event_org_dept_create(event)
