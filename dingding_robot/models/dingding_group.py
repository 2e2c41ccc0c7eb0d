# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import logging

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.errors import (
    DingTalkError,
    InvalidArgumentError,
    PermissionDeniedError,
)

from ..chat import Reply
from ..chat.incoming import LONGEST_ID
from ..dingtalk.groups import MAX_CHANGE, MAX_MEMBERS, MAX_NAME

_logger = logging.getLogger(__name__)

FILE_TYPES = ("doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar")
MOST_FILE_BYTES = 10 * 1024 * 1024
# Sent to DingTalk.
TOLD = {"name", "owner_id", "member_ids"}
OWN = {
    "chatid": False, "conversation_id": False, "has_robot": False, "sent_json": False,
    "met_at": False, "res_model": False, "res_id": 0, "group_rule_id": False,
    "posts_discussions": False, "created_since": False, "dissolved_at": False,
    "archived_by_rule": False, "read_due": False, "read_at": False, "added_count": 0,
}
MOST_TRIED = 6
POSTPONE_SECONDS = 15  # until a row that waits for a group looks at it again
MET_SECONDS = 60  # between notes of a group's last message

# The group of a message, created if it is new. A known one is not written again, and
# a locked row is skipped: a rule's update locks groups for many seconds, in which a
# waiting thread answers no presses, and would conflict with the update.
_MET = """
    WITH known AS (
        SELECT id, has_robot IS NOT TRUE OR dissolved_at IS NOT NULL
            OR met_at IS NULL OR met_at < now() AT TIME ZONE 'UTC'
                - %(seconds)s * interval '1 second'
            OR origin = 'met' AND %(name)s NOT IN ('', name) AS differs
        FROM dingding_group
        WHERE corp_id = %(corp)s AND conversation_id = %(conversation)s
    ), noted AS (
        UPDATE dingding_group SET has_robot = true, met_at = now() AT TIME ZONE 'UTC',
            name = CASE WHEN origin = 'met' AND %(name)s <> '' THEN %(name)s
                ELSE name END,
            -- A message shows that it exists.
            active = active OR dissolved_at IS NOT NULL, dissolved_at = NULL,
            last_error = CASE WHEN dissolved_at IS NULL THEN last_error END
        WHERE id IN (
            SELECT id FROM dingding_group
            WHERE id IN (SELECT id FROM known WHERE differs)
            FOR NO KEY UPDATE SKIP LOCKED)
    ), made AS (
        INSERT INTO dingding_group (corp_id, conversation_id, name, origin, active,
            has_robot, met_at, state, attempts, create_uid, create_date, write_uid,
            write_date)
        SELECT %(corp)s, %(conversation)s, %(name)s, 'met', true, true,
            now() AT TIME ZONE 'UTC', 'done', 0, %(uid)s, now() AT TIME ZONE 'UTC',
            %(uid)s, now() AT TIME ZONE 'UTC'
        WHERE NOT EXISTS (SELECT 1 FROM known)
        -- Another message of the group is stored at the same time.
        ON CONFLICT (corp_id, conversation_id) WHERE conversation_id IS NOT NULL
            DO UPDATE SET has_robot = true
        RETURNING id
    )
    SELECT id FROM known UNION ALL SELECT id FROM made
"""


class DingdingGroup(models.Model):
    """A group chat created by Odoo, or in which the robot was mentioned.

    The row is also the queue entry for its unsent changes. DingTalk's API can neither
    list nor dissolve groups: archived ones stay there. Dissolved groups are archived,
    after an event or a refusal.
    """

    _name = "dingding.group"
    _inherit = "dingding.queue.mixin"
    _description = "DingTalk Group"
    _order = "name, id"
    _corp_path = "corp_id"
    _begin_anew = {"created_since": False}

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(default="done")
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade", default=lambda self: self.env["dingding.corp"]._only(),
    )
    company_id = fields.Many2one(related="corp_id.company_id", readonly=True)
    origin = fields.Selection(
        [("odoo", "Created by Odoo"), ("met", "Created in DingTalk")],
        required=True, readonly=True, default="odoo", copy=False,
        help="Odoo can change the name and the members of its own groups only.",
    )
    owner_id = fields.Many2one(
        "dingding.user", string="Owner", ondelete="restrict",
        help="Owner of the group in DingTalk, within the application's range.",
    )
    member_ids = fields.Many2many(
        "dingding.user", "dingding_group_member_rel", "group_id", "person_id",
        string="Members",
    )
    chatid = fields.Char(string="ChatId", readonly=True, copy=False)
    conversation_id = fields.Char(
        string="OpenConversationId", readonly=True, copy=False, index=True
    )
    has_robot = fields.Boolean(
        string="Robot inside", readonly=True, copy=False,
        help="The robot was added to this group, or named with @ in it.",
    )
    met_at = fields.Datetime(string="Last message", readonly=True, copy=False)
    res_model = fields.Char(string="Model", readonly=True, index=True, copy=False)
    res_id = fields.Integer(string="Record", readonly=True, copy=False)
    record_name = fields.Char(
        string="Document", compute="_compute_record_name", compute_sudo=False)
    group_rule_id = fields.Many2one(
        "dingding.group.rule", string="Rule", readonly=True, ondelete="set null",
        copy=False,
    )
    posts_discussions = fields.Boolean(
        string="Post discussions", readonly=True, copy=False,
        help="Messages in the discussion of the document are posted in the group.",
    )
    archived_by_rule = fields.Boolean(
        string="Archived by the rule", readonly=True, copy=False,
        help="Nobody of the document was entitled any longer. The group is unarchived "
             "when somebody is.",
    )
    sent_json = fields.Text(string="Sent values", readonly=True, copy=False)
    created_since = fields.Datetime(
        string="Creation since", readonly=True, copy=False
    )
    dissolved_at = fields.Datetime(
        string="Dissolved on", readonly=True, copy=False,
        help="When Odoo learned that the group was dissolved in DingTalk.",
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "conversation_id"],
            where=sql.SQL("conversation_id IS NOT NULL"),
        )
        return result

    @compat.depends_on_user
    def _compute_record_name(self):
        for group in self:
            record = group._record()
            name = False
            if record:
                try:
                    compat.check_access(record, "read")
                    name = record.display_name
                except AccessError:
                    # The record may be unreadable.
                    name = False
            group.record_name = name

    def _record(self):
        """Return the group's record, or None."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    @api.constrains("name", "owner_id", "member_ids", "corp_id", "origin")
    def _check_group(self):
        for group in self:
            if group.origin != "odoo":
                continue
            if len(group.name) > MAX_NAME:
                raise ValidationError(
                    _("The name of a group has up to %d characters.") % MAX_NAME)
            if not group.owner_id:
                raise ValidationError(_("Enter the owner of the group."))
            people = group.owner_id | group.member_ids
            if len(people) > MAX_MEMBERS:
                raise ValidationError(
                    _("A group has up to %d members.") % MAX_MEMBERS)
            if people.mapped("corp_id") - group.corp_id:
                raise ValidationError(
                    _("Owner and members belong to the group's organisation."))

    @compat.create_multi
    def create(self, vals_list):
        groups = compat.super_create(super(), vals_list)
        # Form values must not link a document that the user may not read.
        if not compat.is_superuser(self.env):
            groups.sudo().write(dict(OWN, origin="odoo"))
        groups.filtered(lambda group: group.origin == "odoo")._enqueue()
        return groups

    def write(self, vals):
        if not compat.is_superuser(self.env):
            hidden = set(vals) & (set(OWN) | {"origin"})
            if self.filtered(lambda group: group.group_rule_id or group.res_model):
                # The rule decides who reads a document's discussion.
                hidden |= set(vals) & {
                    "owner_id", "member_ids", "corp_id", "removes_added"}
            if hidden:
                raise AccessError(_("Only Odoo itself sets: %s.")
                                  % ", ".join(sorted(hidden)))
            if vals.get("active") and self.filtered("dissolved_at"):
                raise UserError(
                    _("The group was dissolved in DingTalk. Create it again."))
            if "corp_id" in vals and self.sudo().filtered(
                lambda group: group.corp_id.id != vals["corp_id"]
                and (group.conversation_id or group.created_since)
            ):
                raise UserError(
                    _("The group exists in DingTalk, so its organisation cannot be "
                      "changed."))
        if vals.get("active"):
            vals = dict(vals, archived_by_rule=False)
        result = super().write(vals)
        if "corp_id" in vals:
            compat.check_access(self, "write")
        # Changes of archived groups wait until they are back.
        if (TOLD | {"active", "removes_added"}) & set(vals):
            self.filtered(
                lambda group: group.origin == "odoo" and group.active)._enqueue()
        return result

    def unlink(self):
        """Delete groups, and close the messages in them that nobody has answered.

        :raise UserError: their rule would create them again
        """
        compat.check_access(self, "unlink")
        own = self.sudo()
        if own.filtered(
            # One without an answer from DingTalk may exist there.
            lambda group: (group.chatid or group.created_since)
            and group.group_rule_id.active and group._record()
        ):
            raise UserError(
                _("Archive the group instead: its rule would create another one for "
                  "the document."))
        # Without the group its session would look like a chat with one person.
        self.env["dingding.chat.message"].sudo().search(
            [("group_id", "in", self.ids), ("handled_at", "=", False)]
        )._close("ignored")
        return super().unlink()

    # -- groups that the robot meets -------------------------------------------------

    @api.model
    def _met(self, corp, conversation_id, name):
        """Return the group of a message to the robot, created if it is new.

        The caller provides a READ COMMITTED transaction.
        """
        self.env.cr.execute(_MET, {
            "corp": corp.id, "conversation": conversation_id, "name": name or "",
            "uid": self.env.uid, "seconds": MET_SECONDS})
        group = self.browse(self.env.cr.fetchone()[0])
        compat.forget(self.env)
        return group

    @api.model
    def _dingtalk_event_im_cool_app_install(self, event):
        """Note that the application, and so its robot, was added to a group.

        https://open.dingtalk.com/document/development/im-cool-app-install

        DingTalk tells it of applications with a cool app (酷应用) only.
        """
        values = event._values()
        conversation = values.text("OpenConversationId")
        if not conversation or len(conversation) > LONGEST_ID:
            return
        group = self._of_conversation(event.corp_id, conversation)
        if group:
            group.write(dict(
                {"has_robot": True},
                **({"active": True, "dissolved_at": False, "last_error": False}
                   if group.dissolved_at else {})))
        else:
            self.sudo().create({
                "name": values.text("ConversationTitle") or _("DingTalk group"),
                "corp_id": event.corp_id.id, "conversation_id": conversation,
                "origin": "met", "has_robot": True,
            })

    @api.model
    def _dingtalk_event_im_cool_app_uninstall(self, event):
        """Note that the application was removed from a group.

        https://open.dingtalk.com/document/development/im-cool-app-uninstall
        """
        group = self._of_conversation(
            event.corp_id, event._values().text("OpenConversationId"))
        group.write({"has_robot": False})

    @api.model
    def _of_conversation(self, corp, conversation_id):
        """Return the group of a conversation, with all rights, archived ones too."""
        groups = self.sudo().with_context(active_test=False)
        return groups.search([
            ("corp_id", "=", corp.id), ("conversation_id", "!=", False),
            ("conversation_id", "=", conversation_id)], limit=1)

    # -- telling DingTalk ------------------------------------------------------------

    def _work(self, deadline):
        if self.origin != "odoo":
            return None
        if self.dissolved_at:
            self.state = "done"
            return False
        if self.created_since and not self.chatid:
            # The user who changed it need not know that the group may exist.
            self.state = "unknown"
            return False
        if not self.chatid and not self._is_still_wanted():
            self._ended("cancelled", False)
            return False
        client = self.corp_id._chat_app()._dingtalk_client(
            feature="chat", max_wait=5)
        wanted = self._wanted()
        if not self.chatid:
            self.write({"created_since": self._moment(0)})
            self._commit()
            chatid, conversation_id = client.groups.create_group(
                wanted["name"], wanted["owner"], wanted["members"])
            self._remember({
                "chatid": chatid, "conversation_id": conversation_id,
                "sent_json": json.dumps(wanted),
            })
            return None
        sent, found, failure = json.loads(self.sent_json or "{}"), None, None
        if sent and (self.read_due or any(self._moves(wanted, sent))):
            found, failure = self._dingtalk_look(client)
        if found and found.dissolved:
            self._note_dissolved()
            return False
        if found:
            sent = self._store_read(sent, found)
            if not sent:
                return None
            wanted = self._wanted()
        self._commit()
        try:
            self._dingtalk_send_changes(client, wanted, sent)
        except (InvalidArgumentError, PermissionDeniedError):
            # DingTalk has no code for changes of a group that is gone.
            if found or not self._dingtalk_is_dissolved(client):
                raise
            self._note_dissolved()
            return False
        if failure:
            raise failure
        return None

    def _is_still_wanted(self):
        """Tell whether to create the group, with the people whom its document has now.

        DingTalk's API deletes none. An archived one is created once it is back.
        """
        self._follow_document()
        return self.active and (not self.res_model or bool(self._record()))

    def _moves(self, wanted, sent):
        """Return the userids to add, and those to remove; sorted lists."""
        unsure = sent.get("unsure") or []
        inside, wanted = set(sent["members"]), set(wanted["members"])
        others = (sent.get("added") or []) if self.removes_added else []
        return (sorted(wanted - inside | wanted & set(unsure)),
                sorted((inside | set(unsure) | set(others)) - wanted))

    def _dingtalk_send_changes(self, client, wanted, sent):
        """Send the differences to what was sent before; no transaction is open.

        :raise DingTalkError: the group does not exist any longer, or DingTalk refuses
        """
        if not sent:
            return
        add, remove = self._moves(wanted, sent)
        left = self._left(remove)
        remove = [each for each in remove if each not in left]
        name = wanted["name"] if wanted["name"] != sent["name"] else None
        owner = wanted["owner"] if wanted["owner"] != sent["owner"] else None
        while sent and (add or remove or name or owner):
            # One of them may be the new owner.
            now, add = add[:MAX_CHANGE], add[MAX_CHANGE:]
            gone = [] if add else remove[:MAX_CHANGE]
            remove = remove[len(gone):]
            last = owner if not add else None
            sent = self._dingtalk_change(client, sent, name, last, now, gone)
            name, owner = None, None if last else owner
        for userid in left if sent else ():
            # DingTalk refuses a call with an unknown person.
            try:
                sent = self._dingtalk_change(client, sent, remove=[userid])
            except InvalidArgumentError:
                if userid in (sent.get("added") or []):
                    # It has just said that the person is there.
                    raise
                _logger.info("Group %d: %s is no longer in it", self.id, userid)
                sent = self._store_sent(sent, self._answered(sent, remove=[userid]))
            if not sent:
                break

    def _dingtalk_change(self, client, sent, name=None, owner=None, add=(), remove=()):
        """Make one change; return what was sent by then.

        Until the answer is there, the change is noted as unsure: without an answer it
        is made again or undone, whatever is wanted meanwhile.

        :return: None if another worker has sent something meanwhile, after this one
            has lost its lock: the row is queued
        """
        change = {"name": name, "owner": owner, "add": add, "remove": remove}
        asked = self._store_sent(sent, self._asked(sent, **change))
        if not asked:
            return None
        chatid = self.chatid
        self._commit()
        try:
            client.groups.update(chatid, **change)
        except DingTalkError as error:
            if error.outcome_unknown:
                # It may come after what another worker has sent meanwhile.
                self._store_sent(
                    asked, self._doubted(asked, change),
                    lambda stored: self._doubted(self._asked(stored, **change), change))
            else:
                self._store_sent(asked, sent)
            raise
        return self._store_sent(
            asked, self._answered(asked, **change),
            lambda stored: self._asked(stored, **change))

    @api.model
    def _asked(self, sent, name=None, owner=None, add=(), remove=()):
        """Return what is certain while DingTalk is asked to change a group."""
        return dict(
            sent, name=None if name else sent["name"],
            owner=None if owner else sent["owner"],
            unsure=sorted(set(sent.get("unsure") or []) | set(add) | set(remove)))

    @api.model
    def _doubted(self, sent, change):
        """Note a name and owner that DingTalk may set later than newer ones.

        If it has them when it is read, nobody has chosen them there.
        """
        tried = [change[key] for key in ("name", "owner") if change[key]]
        known = [each for each in sent.get("tried") or [] if each not in tried]
        return dict(sent, tried=(known + tried)[-MOST_TRIED:])

    @api.model
    def _answered(self, sent, name=None, owner=None, add=(), remove=()):
        """Return what is certain after DingTalk has changed a group."""
        certain = set(add) | set(remove)
        return dict(
            sent, name=name or sent["name"], owner=owner or sent["owner"],
            members=sorted(set(sent["members"]) - set(remove) | set(add)),
            unsure=sorted(set(sent.get("unsure") or []) - certain),
            added=sorted(set(sent.get("added") or []) - certain),
            missing=sorted(set(sent.get("missing") or []) - certain))

    def _follow_document(self):
        """Follow the document before something is sent to the group.

        Else somebody would read on until the rule runs again.
        """
        rule = self.group_rule_id
        if self.active and rule._leads(self):
            rule._apart(rule._follow, self)

    def _awaits_removals(self):
        """Tell whether somebody in DingTalk has to leave the group of a document."""
        sent = json.loads(self.sent_json or "null")
        if not self.res_model or not sent:
            return False
        return bool(self._moves(self._wanted(), sent)[1])

    def _holds(self, row):
        """Leave a queued row, or give it up, if this group cannot get it yet.

        :return: whether the row is left or given up
        """
        if not self.conversation_id:
            problem = _("The group was not created in DingTalk.")
        elif self._awaits_removals():
            problem = _("Somebody who has to leave the group is still in it.")
        else:
            return False
        if self.state in ("failed", "unknown", "cancelled"):
            row._give_up(problem)
            return True
        if self.state == "done":
            # Somebody was archived.
            self._enqueue()
        row._postpone(POSTPONE_SECONDS)
        return True

    def _store_sent(self, before, after, doubted=None):
        """Replace what was sent, as ``_remember`` does.

        :param before: what must be stored; otherwise the row is queued
        :param doubted: called with what is stored otherwise; returns what to store
        :return: ``after``; None if something else was stored
        """
        stored = []

        def write(cr):
            cr.execute("SELECT sent_json FROM dingding_group WHERE id = %s FOR UPDATE",
                       [self.id])
            found = cr.fetchone()
            sent = found and json.loads(found[0] or "null")
            same = sent == before
            stored[:] = [same]
            if same:
                sent = after
            elif sent and doubted:
                sent = doubted(sent)
            cr.execute(
                "UPDATE dingding_group SET sent_json = %s, added_count = %s,"
                " state = CASE WHEN %s THEN state ELSE 'queued' END WHERE id = %s",
                [json.dumps(sent) if sent else None,
                 len(sent and sent.get("added") or []), same, self.id])

        self._persist(write)
        self._see_commits()
        return after if stored[0] else None

    # -- dissolved in DingTalk -------------------------------------------------------

    def _dingtalk_is_dissolved(self, client):
        """Tell whether DingTalk says so; False if unknown."""
        if not self.chatid:
            return False
        try:
            return client.groups.get_group(self.chatid).dissolved
        except DingTalkError as error:
            _logger.info("Group %d: %s", self.id, error)
            return False

    def _dissolved_values(self):
        """Return the values of a group that was dissolved."""
        return {
            "dissolved_at": self._moment(0), "active": False, "state": "done",
            "posts_discussions": False, "has_robot": False, "error_code": "dissolved",
            "archived_by_rule": False,
            "error_remedy": "group_dissolved",
            "last_error": _("The group was dissolved in DingTalk."),
        }

    def _note_dissolved(self):
        """Archive the group, called by a worker; nothing may be uncommitted.

        In its own transaction: messages that fail at the same time would conflict.
        """
        _logger.info("Group %d was dissolved in DingTalk", self.id)
        self._remember(dict(self._dissolved_values(), next_try=None))

    @api.model
    def _dingtalk_event_chat_disband(self, event):
        """Archive the group of an event.

        https://open.dingtalk.com/document/development/group-session-disband-group
        """
        values = event._values()
        conversation, chatid = values.text("OpenConversationId"), values.text("ChatId")
        groups = self.sudo().with_context(active_test=False).search([
            ("corp_id", "=", event.corp_id.id), ("dissolved_at", "=", False),
            "|", "&", ("conversation_id", "!=", False),
            ("conversation_id", "=", conversation),
            "&", ("chatid", "!=", False), ("chatid", "=", chatid)])
        for group in groups:
            group.write(dict(group._dissolved_values(), next_try=False))

    def action_create_again(self):
        """Create groups that were dissolved once more, with their people.

        :raise AccessError: for anybody but managers
        """
        compat.check_access(self, "write")
        rights.check_manager(self)
        for group in self.sudo().filtered(
                lambda row: row.dissolved_at and row.origin == "odoo"):
            rule = group.group_rule_id
            group.write({
                "dissolved_at": False, "active": True, "chatid": False,
                "conversation_id": False, "sent_json": False, "created_since": False,
                "last_error": False, "error_code": False, "error_remedy": False,
                "attempts": 0, "read_due": False, "read_at": False, "added_count": 0,
                "posts_discussions": rule.active and rule.posts_discussions,
            })
            if rule:
                # Its people may have changed since.
                rule._follow(group)
            if group.active:
                group._enqueue()
        return True

    @api.model
    def _dingtalk_event_user_add_org(self, event):
        """Add people who joined to the groups that Odoo has them in.

        They may have left before: if both events come late, Odoo has not archived them.
        """
        self._bring_back(self.env["dingding.user"].search([
            ("corp_id", "=", event.corp_id.id),
            ("userid", "in", event._values().ids("userId", "userIdList"))]))
        return True

    @api.model
    def _bring_back(self, people):
        """Add people who were away to the groups that Odoo has them in.

        DingTalk removes leavers from groups, which Odoo need not have noticed.
        """
        groups = self.with_context(active_test=False).search([
            ("origin", "=", "odoo"), ("chatid", "!=", False),
            "|", ("owner_id", "in", people.ids), ("member_ids", "in", people.ids)])
        for group in groups:
            sent = json.loads(group.sent_json or "null")
            if sent:
                back = (people & (group.owner_id | group.member_ids)).mapped("userid")
                group.sent_json = json.dumps(self._asked(sent, add=back))
        groups.filtered("active")._enqueue()

    def _left(self, userids):
        """Return those that are in the contacts no longer.

        DingTalk removes leavers from groups, but not people outside the range.
        """
        found = self.env["dingding.user"].search(
            [("corp_id", "=", self.corp_id.id), ("userid", "in", userids)])
        known = set(found.mapped("userid"))
        return [each for each in userids if each not in known]

    def _wanted(self):
        """Return the group's values for DingTalk."""
        people = self.owner_id | self.member_ids.filtered("active")
        return {
            "name": self.name, "owner": self.owner_id.userid,
            "members": sorted(people.mapped("userid")),
        }

    def _settle(self):
        # A second call would create another group.
        return bool(self.chatid) or not self.created_since

    def _failed(self, error):
        if not error.outcome_unknown:
            self.write({"created_since": False})
        return super()._failed(error)

    # -- sending ---------------------------------------------------------------------

    def _check_may_send(self):
        compat.check_access(self.env["dingding.chat.post"], "create")
        compat.check_access(self, "read")

    @compat.returns_records("dingding.chat.post")
    def send_text(self, text):
        """Queue a plain text for each group; sent after the commit by the robot.

        :raise UserError: too long for DingTalk
        :raise AccessError: the user may not send
        """
        return self._send({"msgtype": "text", "text": {"content": text}})

    @compat.returns_records("dingding.chat.post")
    def send_markdown(self, title, content):
        """Queue a Markdown text; see :meth:`send_text`."""
        return self._send(
            {"msgtype": "markdown", "markdown": {"title": title, "text": content}})

    @compat.returns_records("dingding.chat.post")
    def send_record(self, record, text=""):
        """Queue a link to a record with a text, inside DingTalk."""
        compat.check_access(record, "read")
        reply = Reply(title=record.display_name)
        reply.link(record.display_name, self.env["dingding.corp"]._record_url(record))
        return self._send(reply.say(text), record=record)

    @compat.returns_records("dingding.chat.post")
    def send_file(self, attachment):
        """Queue a file of an attachment as it is now; see :meth:`send_text`.

        :raise UserError: a type or size that DingTalk refuses
        """
        compat.check_access(attachment, "read")
        name = attachment.name or ""
        ending = name.rpartition(".")[2].lower()
        if ending not in FILE_TYPES:
            raise UserError(_("DingTalk takes files of these types: %s.")
                            % ", ".join(FILE_TYPES))
        if (attachment.file_size or 0) > MOST_FILE_BYTES:
            raise UserError(_("DingTalk takes files of up to 10 MB."))
        body = {"msgtype": "file", "file": {"fileName": name, "fileType": ending}}
        document = None
        if attachment.res_id and attachment.res_model in self.env:
            document = self.env[attachment.res_model].browse(attachment.res_id)
        return self._send(body, attachment, document)

    def _send(self, body, attachment=None, record=None):
        self._check_may_send()
        posts = self.env["dingding.chat.post"]
        for group in self:
            if group.dissolved_at:
                raise UserError(
                    _("The group %s was dissolved in DingTalk.") % group.name)
            if not group.active:
                raise UserError(_("The group %s is archived.") % group.name)
            if not group.sudo().corp_id.active:
                raise UserError(_("The organisation is archived."))
            posts |= self.env["dingding.chat.post"]._queue(
                group.corp_id, body, group=group, attachment=attachment,
                record=record)
        return self.env["dingding.chat.post"].browse(posts.ids)

    # -- buttons ---------------------------------------------------------------------

    def action_follow(self):
        """Update the members from the record, by the rule."""
        compat.check_access(self, "write")
        rights.check_manager(self)
        for group in self.filtered("group_rule_id"):
            # sudo: an administrator wrote the rule.
            group.group_rule_id.sudo()._follow(group.sudo())
        return True

    def action_write(self):
        """Open the dialog that sends a message to these groups."""
        compat.check_access(self, "read")
        return {
            "type": "ir.actions.act_window", "name": _("Send to Groups"),
            "res_model": "dingding.group.send", "view_mode": "form",
            "views": [[False, "form"]], "target": "new",
            "context": {"default_chat_ids": [[6, 0, self.ids]]},
        }

    def action_open_record(self):
        """Show the group's record."""
        self.ensure_one()
        record = self._record()
        if not record:
            raise UserError(_("The document no longer exists."))
        return {
            "type": "ir.actions.act_window", "res_model": record._name,
            "res_id": record.id, "view_mode": "form", "views": [[False, "form"]],
        }

    def action_posts(self):
        """Show the messages to this group."""
        self.ensure_one()
        compat.check_access(self, "read")
        values = compat.window_action(
            self.env, "dingding_robot.dingding_chat_post_action")
        values["domain"] = [("group_id", "=", self.id)]
        return values
