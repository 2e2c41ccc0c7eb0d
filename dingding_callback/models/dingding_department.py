# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding.dingtalk.errors import NotFoundError, OutOfScopeError
from odoo.addons.dingding.sync import mapping
from odoo.addons.dingding.sync.converters import identifier, identifiers
from odoo.addons.dingding.sync.plan import ARCHIVE, CREATE, Change
from odoo.addons.dingding.sync.snapshot import Snapshot

ROOT = "1"
MOST_LEVELS = 50


class DingdingDepartment(models.Model):
    _inherit = "dingding.department"

    @api.model
    def _dingtalk_read_departments(self, event, dept_ids):
        """Read departments and write what differs; those that are gone are archived.

        What is above a new one and not stored yet is read too.

        :raise DingTalkError: when DingTalk can't be asked
        """
        corp = event.corp_id
        if not dept_ids or event._reads_everything(dept_ids):
            return True
        client = event._dingtalk_client()
        known = set(self._dingtalk_known(corp))
        event._before_asking()
        found, gone = {}, []
        for dept_id in dept_ids:
            item = self._dingtalk_ask(client, dept_id)
            if item is None:
                gone.append(dept_id)
            elif item:
                found[dept_id] = item
        self._dingtalk_climb(client, found, known)
        lists = self._dingtalk_lists(client, found)
        self._dingtalk_apply(corp, found, gone, lists)
        return True

    @api.model
    def _dingtalk_known(self, corp, dept_ids=None):
        """Return DingTalk's id -> id of the departments that are stored.

        :param dept_ids: look for these only
        """
        domain = [("corp_id", "=", corp.id)]
        if dept_ids is not None:
            domain.append(("dept_id", "in", list(dept_ids)))
        rows = self.with_context(active_test=False).search(domain)
        return {row.dept_id: row.id for row in rows if row.dept_id}

    @api.model
    def _dingtalk_add_missing(self, event, client, people):
        """Make the departments that these people are in and that are not stored yet."""
        corp = event.corp_id
        wanted = {
            dept_id for item in people for dept_id in identifiers(
                item.get("dept_id_list"))
        }
        known = self._dingtalk_known(corp, wanted)
        missing = sorted(wanted - set(known))
        if not missing:
            return
        known = set(self._dingtalk_known(corp))
        event._before_asking()
        found = {}
        for dept_id in missing:
            item = self._dingtalk_ask(client, dept_id)
            if item:
                found[dept_id] = item
        self._dingtalk_climb(client, found, known)
        self._dingtalk_apply(corp, found, [], self._dingtalk_lists(client, found))

    @staticmethod
    def _dingtalk_ask(client, dept_id):
        """Return what DingTalk says of a department; None: gone, {}: not to be seen."""
        if not dept_id.isdigit():
            return {}
        try:
            return dict(client.contacts.department(int(dept_id)), dept_id=dept_id)
        except NotFoundError:
            return None
        except OutOfScopeError:
            return {}

    def _dingtalk_climb(self, client, found, known):
        """Add to ``found`` what is above it and not known."""
        for _level in range(MOST_LEVELS):
            above = {identifier(item.get("parent_id")) for item in found.values()}
            missing = above - known - set(found) - {None, "0"}
            if not missing:
                return
            for dept_id in sorted(missing):
                item = self._dingtalk_ask(client, dept_id)
                # One that can't be read is left out, and what is below it on top.
                known.add(dept_id)
                if item:
                    found[dept_id] = item

    @staticmethod
    def _dingtalk_lists(client, found):
        """Return what stands below the parents of departments, in DingTalk's order.

        No department says where it stands among the others.
        """
        lists = {}
        parents = {identifier(item.get("parent_id")) for item in found.values()}
        for parent_id in sorted(parents - {None, "0"}):
            try:
                lists[parent_id] = client.contacts.sub_departments(int(parent_id))
            except (NotFoundError, OutOfScopeError):
                continue
        return lists

    @api.model
    def _dingtalk_apply(self, corp, found, gone, lists):
        """Write departments: the new ones, parents first, then what differs.

        :param dict lists: of :meth:`_dingtalk_lists`
        """
        table = self._dingtalk_mapping()
        known = self._dingtalk_known(corp)
        ids = {"department": dict(known), "person": {}}
        new = [dept_id for dept_id in found if dept_id not in known]
        made = frozenset(new)
        while new:
            ready = [
                dept_id for dept_id in new
                if identifier(found[dept_id].get("parent_id")) not in new
            ] or new
            changes = []
            for dept_id in ready:
                values, _mistakes = mapping.values(found[dept_id], table, set())
                # As reading the organisation does, which tells no name of the root.
                values["name"] = corp.name if dept_id == ROOT else (
                    values.get("name") or dept_id
                )
                changes.append(Change(CREATE, dept_id, None, values, {}))
            self._write_changes(corp, changes, ids)
            new = [dept_id for dept_id in new if dept_id not in ready]
        snapshot = Snapshot(with_people=False)
        for dept_id, item in found.items():
            parent = identifier(item.get("parent_id"))
            snapshot.departments[dept_id] = dict(
                item, parent_id=parent, **{mapping.DETAIL: True}
            )
        runs = self.env["dingding.run"].sudo()
        runs._apply_part(corp, snapshot)
        runs._apply_order(corp, lists, made)
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

    @api.model
    def _dingtalk_event_org_dept_create(self, event):
        """A department is new, has changed or is gone: read what is true now."""
        return self._dingtalk_read_departments(event, event._values().ids("deptId"))

    @api.model
    def _dingtalk_event_org_dept_modify(self, event):
        return self._dingtalk_event_org_dept_create(event)

    @api.model
    def _dingtalk_event_org_dept_remove(self, event):
        return self._dingtalk_event_org_dept_create(event)
