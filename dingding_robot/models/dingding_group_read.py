# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import logging

from odoo import api, fields, models

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.errors import DingTalkError

from ..dingtalk.groups import MAX_NAME

_logger = logging.getLogger(__name__)


class DingdingGroup(models.Model):
    """Read what people changed in DingTalk in a group that Odoo created.

    Before its members change, after an event, and on demand: each time costs a call.
    """

    _inherit = "dingding.group"

    removes_added = fields.Boolean(
        string="Remove added people",
        help="People whom somebody adds in DingTalk are removed when Odoo reads the "
             "group. Otherwise they are only shown.",
    )
    read_due = fields.Selection(
        [("event", "After an event"), ("refresh", "Refresh")],
        string="Read next", readonly=True, copy=False,
    )
    read_at = fields.Datetime(string="Read on", readonly=True, copy=False)
    added_count = fields.Integer(
        string="People added in DingTalk", readonly=True, copy=False)
    added_names = fields.Text(
        string="Added in DingTalk", compute="_compute_read_names",
        help="People in the group whom Odoo has not added.",
    )
    missing_names = fields.Text(
        string="Not in the group", compute="_compute_read_names",
        help="Members who are no longer in the group in DingTalk. Refresh adds them "
             "again.",
    )

    @api.depends("sent_json", "owner_id", "member_ids")
    def _compute_read_names(self):
        for group in self:
            sent = json.loads(group.sent_json or "null") or {}
            # sudo: members read the group of a document.
            inside = set(group.sudo()._wanted()["members"])
            group.added_names = group._names_of(
                set(sent.get("added") or []) - inside)
            group.missing_names = group._names_of(
                set(sent.get("missing") or []) & inside)

    def _names_of(self, userids):
        """Return the names of people, of unknown ones the UserIDs."""
        if not userids:
            return False
        people = self.env["dingding.user"].sudo().with_context(active_test=False)
        names = {
            person.userid: person.name for person in people.search([
                ("corp_id", "=", self.corp_id.id), ("userid", "in", sorted(userids))])}
        return ", ".join(sorted(names.get(each) or each for each in userids))

    # -- when ------------------------------------------------------------------------

    def action_refresh(self):
        """Read these groups in DingTalk, and make them equal.

        :raise AccessError: for anybody but managers
        """
        compat.check_access(self, "write")
        rights.check_manager(self)
        self.sudo()._ask_to_read("refresh")
        return True

    def _ask_to_read(self, reason):
        """Have these groups read, those that Odoo created and that are in use.

        :param str reason: 'event', or 'refresh', which also adds members again
        """
        for group in self.filtered(
            lambda row: row.origin == "odoo" and row.chatid and row.active
            and not row.dissolved_at
        ):
            if group.read_due != "refresh":
                group.read_due = reason
            group._enqueue()

    @api.model
    def _of_event(self, event):
        """Return the group of an event, which may be empty."""
        return self._of_conversation(
            event.corp_id, event._values().text("OpenConversationId"))

    @api.model
    def _dingtalk_event_chat_update_title(self, event):
        """Read the group of an event, unless it has the name that Odoo knows.

        https://open.dingtalk.com/document/development/group-session-change-group-name
        """
        group = self._of_event(event)
        if group.name != event._values().text("Title"):
            group._ask_to_read("event")

    @api.model
    def _dingtalk_event_chat_update_owner(self, event):
        """Read the group of an event, unless it has the owner that Odoo knows.

        https://open.dingtalk.com/document/development/group-session-change-group-owner
        """
        group = self._of_event(event)
        if group.owner_id.userid != event._values().text("Owner"):
            group._ask_to_read("event")

    @api.model
    def _dingtalk_event_chat_add_member(self, event):
        """Read the group of an event, unless Odoo wants all these people in it.

        https://open.dingtalk.com/document/development/group-session-add-member
        """
        group = self._of_event(event)
        added = event._values().ids("userId")
        if group and set(added) - set(group._wanted()["members"]):
            group._ask_to_read("event")

    # -- reading ---------------------------------------------------------------------

    def _dingtalk_look(self, client):
        """Read the group, with no transaction open; return (group, error).

        :return: without the group the error that ends the row's attempt, or None: what
            is due is done in any case
        """
        chatid, due = self.chatid, self.read_due
        self._commit()
        try:
            return client.groups.get_group(chatid), None
        except DingTalkError as error:
            if due == "refresh" or due and error.retryable:
                return None, error
            _logger.info("Group %d was not read: %s", self.id, error)
            if due:
                # Nobody has asked for it, and it would fail again.
                self.read_due = False
            return None, None

    def _store_read(self, before, found):
        """Store what was read, in its own transaction; return what is certain now.

        :param dict before: what was sent
        :param found: :class:`..dingtalk.groups.Group`
        :return: None if another worker has sent something meanwhile: the row is
            queued
        """
        stored = []

        def write(cr):
            del stored[:]
            cr.execute("SELECT sent_json FROM dingding_group WHERE id = %s FOR UPDATE",
                       [self.id])
            sent = cr.fetchone()
            group = self.with_env(self.env(cr=cr))
            if sent and json.loads(sent[0] or "null") == before:
                stored.append(group._take_over(before, found))
            elif sent:
                group.write({"state": "queued"})
            compat.flush(group.env)

        self._persist(write)
        self._see_commits()
        return stored[0] if stored else None

    def _take_over(self, sent, found):
        """Write what people changed in DingTalk; return what is certain now.

        A document's group is its rule's: what differs is sent again.
        """
        # Somebody who asked for it meanwhile wants what is there now.
        due = self.state == "queued" and self.read_due
        again = self.read_due == "refresh"
        values = {"read_at": fields.Datetime.now(), "read_due": due}
        name, owner = found.name, found.owner
        if not self.group_rule_id and not self.res_model:
            if self._is_chosen_in_dingtalk(sent, "name", self.name, name):
                if len(name) > MAX_NAME:
                    # The API takes no longer ones.
                    name = self.name
                else:
                    values["name"] = name
            person = self.env["dingding.user"].search(
                [("corp_id", "=", self.corp_id.id), ("userid", "=", owner)], limit=1)
            former = self.owner_id
            if person and self._is_chosen_in_dingtalk(
                    sent, "owner", former.userid, owner):
                values["owner_id"] = person.id
                if former.userid in found.members:
                    values["member_ids"] = [(4, former.id)]
        self.write(values)
        wanted = self._wanted()
        present, inside = set(found.members), set(wanted["members"])
        unsure = set(sent.get("unsure") or [])
        members = set(sent["members"]) - unsure | present & (unsure | inside)
        if wanted["owner"] not in present and not again:
            # DingTalk may have removed him from its contacts, and refuses him.
            owner = sent["owner"]
        sent = dict(
            sent, name=name, owner=owner, members=sorted(members),
            unsure=sorted(inside - present if again else []),
            added=sorted(present - members - inside),
            missing=sorted(inside - present))
        self.write({"sent_json": json.dumps(sent), "added_count": len(sent["added"])})
        return sent

    @api.model
    def _is_chosen_in_dingtalk(self, sent, key, own, found):
        """Tell whether a name or owner was changed in DingTalk, and not in Odoo."""
        tried = sent.get("tried") or []
        return bool(found != own and sent[key] == own and found not in tried)
