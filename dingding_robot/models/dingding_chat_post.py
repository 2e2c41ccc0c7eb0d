# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import json

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat, preview, rights
from odoo.addons.dingding.dingtalk.errors import InvalidArgumentError

from ..dingtalk.chat import robot_message
from ..dingtalk.groups import GroupDissolvedError

PATIENCE = 5  # seconds that sending waits when DingTalk throttles


class DingdingChatPost(models.Model):
    """A message of the application's robot to a group or a person.

    Unknown results are not repeated.
    """

    _name = "dingding.chat.post"
    _inherit = ["dingding.sent.mixin", "dingding.queue.mixin"]
    _description = "DingTalk Chat Post"
    _order = "id desc"
    _corp_path = "corp_id"
    _begin_anew = {"began_at": False}

    name = fields.Char(string="Subject", required=True, readonly=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", readonly=True, store=True, index=True
    )
    group_id = fields.Many2one(
        "dingding.group", string="DingTalk group", readonly=True, ondelete="cascade",
        index=True,
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", readonly=True, ondelete="cascade",
        index=True,
    )
    sender_id = fields.Many2one(
        "res.users", string="Sender", required=True, readonly=True,
        ondelete="restrict", index=True,
    )
    body = fields.Text(
        required=True, readonly=True, help="Content sent to DingTalk, as JSON."
    )
    content = fields.Text(compute="_compute_content")
    attachment_id = fields.Many2one(
        "ir.attachment", string="File", readonly=True, ondelete="set null",
    )
    # The person must still be able to read it when the message leaves.
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Integer(string="Record", readonly=True)
    query_key = fields.Char(
        string="ProcessQueryKey", readonly=True, copy=False,
        help="DingTalk's key of the message.",
    )
    began_at = fields.Datetime(string="May have arrived since", readonly=True)
    sent_at = fields.Datetime(string="Sent on", readonly=True)

    @api.depends("body")
    def _compute_content(self):
        for post in self:
            post.content = preview.plain(json.loads(post.body or "{}"))

    # -- queueing --------------------------------------------------------------------

    @api.model
    def _queue(
        self, corp, reply, group=None, person=None, attachment=None, record=None,
    ):
        """Queue a message; it is sent after the commit.

        :param reply: :class:`Reply` or the body in the format of sessions
        :param attachment: is sent as it is now, whatever becomes of it
        :param record: the document that it tells of; a person who may not read it when
            the message leaves does not get it, and managers do not see the text
        :raise UserError: DingTalk would refuse it
        """
        body = reply.body() if hasattr(reply, "body") else reply
        if body["msgtype"] != "file":
            try:
                robot_message(body)
            except InvalidArgumentError as error:
                raise UserError(self.env["dingding.message"]._argument_text(error))
        content = body.get(body["msgtype"]) or {}
        name = content.get("title") or content.get("fileName") or (
            content.get("content") or "")
        # sudo: the caller checked the right to send.
        post = self.sudo().create({
            "name": " ".join(name.split())[:80] or "-", "corp_id": corp.id,
            "group_id": group.id if group else False,
            "person_id": person.id if person else False,
            "sender_id": self.env.user.id,
            "res_model": record._name if record else False,
            "res_id": record.id if record else 0,
            "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        })
        if attachment:
            post._keep_file(attachment, name)
        post._enqueue()
        return post

    def _keep_file(self, attachment, name):
        """Copy a file, which others may change until it is sent.

        The copy is deleted with the message.

        :param str name: under which it is sent
        """
        # Created with all rights, so Odoo would serve HTML as a page of this site.
        files = rights.without_defaults(self.env["ir.attachment"]).with_context(
            attachments_mime_plainxml=True)
        self.attachment_id = files.create(dict(
            compat.file_values(
                self.env, name, attachment.with_context(bin_size=False).datas),
            res_model=self._name, res_id=self.id,
        ))

    # -- sending ---------------------------------------------------------------------

    def _was_carried_out(self):
        return bool(self.query_key)

    def _work(self, deadline):
        if self.query_key:
            return None
        group, person = self.group_id, self.person_id
        if group.dissolved_at:
            self._give_up_dissolved()
            return False
        group._follow_document()
        if not group.active if group else not person.active:
            self._give_up(_("The recipient is archived."))
            return False
        if group and group._holds(self):
            return False
        if person and not self._may_arrive():
            self._give_up(_("The recipient may no longer read the document."))
            return False
        app = self.corp_id._chat_app()
        client = app._dingtalk_client(feature="chat", max_wait=PATIENCE)
        body = json.loads(self.body)
        if body["msgtype"] == "file":
            body = self._dingtalk_file_body(app, client, body)
        code, now = app._robot_code(), self._moment(0)
        conversation, userid = group.conversation_id, person.userid
        self.write({"began_at": now})
        self._commit()
        if group:
            try:
                key = client.chat.send_group(code, conversation, body)
            except GroupDissolvedError:
                group._note_dissolved()
                self._give_up_dissolved()
                return False
        else:
            key = client.chat.send_people(code, [userid], body)
        self._remember({"query_key": key, "sent_at": now})
        return None

    def _give_up_dissolved(self):
        self.write({"began_at": False})
        self._give_up(_("The group was dissolved in DingTalk."))
        self.write({"error_remedy": "group_dissolved"})

    def _may_arrive(self):
        """Tell whether the person may read the document now."""
        if not self.res_model:
            return True
        user = self.person_id.user_id
        if not user or not user.active or self.res_model not in self.env:
            return False
        record = self.env[self.res_model].browse(self.res_id).exists()
        return bool(record) and self.env["dingding.chat.topic"]._may_read(user, record)

    def _dingtalk_file_body(self, app, client, body):
        """Upload the file; return the message with it."""
        values = body["file"]
        content = base64.b64decode(self.attachment_id.datas or b"")
        media_id = self.env["dingding.media"]._media_id(
            app, client, "file", values["fileName"], content)
        return {"msgtype": "file", "file": dict(values, mediaId=media_id)}

    def _settle(self):
        return not self.began_at or bool(self.query_key)

    def _failed(self, error):
        if not error.outcome_unknown:
            self.write({"began_at": False})
        return super()._failed(error)
