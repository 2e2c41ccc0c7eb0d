# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import uuid

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat, preview, rights
from odoo.addons.dingding.dingtalk.api import robots
from odoo.addons.dingding.dingtalk.errors import InvalidArgumentError
from odoo.addons.dingding.dingtalk.transport import Hosts, encode_json
from odoo.addons.dingding.models import texts
from odoo.addons.dingding.models.remedies import user_errors

SECRETS = ("webhook", "secret")


class DingdingRobot(models.Model):
    """A group's custom robot in DingTalk, called by its webhook address.

    Everybody who knows the URL can post, so it is stored like a password.
    """

    _name = "dingding.robot"
    _description = "DingTalk Robot"
    _order = "name, id"

    name = fields.Char(required=True, help="For example the name of its group.")
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade",
        default=lambda self: self.env["dingding.corp"]._only(),
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", string="Company", readonly=True
    )
    webhook = fields.Char(
        string="Webhook URL", compute="_compute_webhook",
        inverse="_inverse_secrets", groups="base.group_system", copy=False,
        help="DingTalk shows it when you add the robot to a group. Can be written, but "
             "never read.",
    )
    secret = fields.Char(
        string="Signing secret", compute="_compute_secret",
        inverse="_inverse_secrets", groups="base.group_system", copy=False,
        help="Begins with SEC, if the robot's security setting is a signature. Can be "
             "written, but never read.",
    )
    keyword = fields.Char(
        help="One of the robot's keywords, if its security setting requires one. Odoo "
             "puts it in front of messages that do not contain it.",
    )
    message_ids = fields.One2many(
        "dingding.robot.message", "robot_id", string="Messages", readonly=True
    )
    message_count = fields.Integer(
        string="Number of messages", compute="_compute_message_count",
        compute_sudo=False,
    )

    # -- write-only secrets --------------------------------------------------------

    def _compute_webhook(self):
        for robot in self:
            robot.webhook = self.env["dingding.secret"]._mask(robot, "webhook")

    def _compute_secret(self):
        for robot in self:
            robot.secret = self.env["dingding.secret"]._mask(robot, "secret")

    def _inverse_secrets(self):
        """Do nothing: create() and write() store these values."""

    def _compute_message_count(self):
        for robot in self:
            robot.message_count = self.env["dingding.robot.message"].search_count(
                [("robot_id", "=", robot.id)]
            )

    @api.model
    def _cleaned(self, vals):
        """Return (vals with masks, name -> text to store)."""
        vals, kept = dict(vals), {}
        for name in SECRETS:
            if name in vals:
                vals[name], text = self.env["dingding.secret"]._typed(vals[name])
                if text is not None:
                    kept[name] = text
        return vals, kept

    def _keep(self, kept):
        # Odoo 11.0 checks groups of stored fields only.
        if kept and not rights.is_administrator(self.env):
            raise AccessError(
                _("Only administrators may set webhook URLs and secrets.")
            )
        for robot in self:
            if kept.get("webhook"):
                robot._check_webhook(kept["webhook"])
            for name, value in kept.items():
                self.env["dingding.secret"]._set(robot, name, value)

    def _check_webhook(self, url):
        """Refuse addresses that are not webhooks of the organisation's DingTalk.

        :raise ValidationError: the address is invalid
        """
        app = self.corp_id.sudo()._app_for("message").sudo()
        try:
            robots.webhook_token(url)
            known = Hosts(oapi=app.oapi_url).allows(url) and "/robot/send?" in url
        except (InvalidArgumentError, ValueError):
            known = False
        if not known:
            raise ValidationError(
                _(
                    "This is not the webhook URL of a robot. It looks like %s; copy it "
                    "from the robot's settings in DingTalk."
                )
                % (app.oapi_url + "/robot/send?access_token=...")
            )

    @compat.create_multi
    def create(self, vals_list):
        cleaned = [self._cleaned(vals) for vals in vals_list]
        found = compat.super_create(
            super(), [vals for vals, _kept in cleaned]
        )
        for robot, (_vals, kept) in zip(found, cleaned):
            robot._keep(dict((name, value) for name, value in kept.items() if value))
        return found

    def write(self, vals):
        vals, kept = self._cleaned(vals)
        result = super().write(vals)
        if "corp_id" in vals:
            # Odoo checks only the previous organisation.
            compat.check_access(self, "write")
            # The address was validated against the previous organisation.
            for robot in self if "webhook" not in kept else ():
                with user_errors(self.env):
                    url = self.env["dingding.secret"]._get(robot, "webhook")
                if url:
                    robot._check_webhook(url)
        if kept:
            compat.check_access(self, "write")
            self._keep(kept)
        return result

    def unlink(self):
        self.env["dingding.secret"]._forget(self)
        return super().unlink()

    # -- sending -------------------------------------------------------------------

    @compat.returns_records("dingding.robot.message")
    def send_text(self, content, at=None, at_mobiles=(), at_all=False):
        """Queue a plain text for the robot's group; it is sent after the commit.

        Requires the right to send messages; system code calls it with ``sudo()``. A
        rollback sends nothing.

        :param str content: the text
        :param at: whom to mention with @: records of ``dingding.user``, ``res.users``
            or another model that inherits from ``dingding.recipient.mixin``, or userids
        :param at_mobiles: mobile numbers to mention with @
        :param bool at_all: mention everybody
        :rtype: dingding.robot.message, one for each robot of ``self``
        :raise UserError: the text exceeds a limit of DingTalk, or the robot is archived
            or has no webhook address
        :raise AccessError: the user may not send
        """
        return self._create_queued(
            robots.webhook_text, "content", content=content,
            at=at, at_mobiles=at_mobiles, at_all=at_all,
        )

    @compat.returns_records("dingding.robot.message")
    def send_markdown(self, title, content, at=None, at_mobiles=(), at_all=False):
        """Queue a Markdown text; see :meth:`send_text`.

        :param str title: shown in the list of chats
        :param str content: Markdown; must contain the people mentioned with @ as well
        """
        return self._create_queued(
            robots.webhook_markdown, "content", title=title, content=content,
            at=at, at_mobiles=at_mobiles, at_all=at_all,
        )

    @compat.returns_records("dingding.robot.message")
    def send_link(self, title, content, url, picture=""):
        """Queue a link; see :meth:`send_text`.

        :param str url: address that opens
        :param str picture: address of a picture
        """
        return self._create_queued(
            robots.webhook_link, "content", title=title, content=content, url=url,
            picture=picture,
        )

    @compat.returns_records("dingding.robot.message")
    def send_action_card(self, title, content, buttons, side_by_side=False):
        """Queue a card with buttons; see :meth:`send_text`.

        :param str content: Markdown
        :param buttons: list of (label, address)
        :param bool side_by_side: two buttons in one line
        """
        return self._create_queued(
            robots.webhook_action_card, "content", title=title, content=content,
            buttons=buttons, side_by_side=side_by_side,
        )

    def _create_queued(self, build, named, **values):
        """Create and queue a message for each robot.

        :param build: function of the client that builds the body
        :param str named: name of the value that receives the keyword
        """
        compat.check_access(self.env["dingding.robot.message"], "create")
        compat.check_access(self, "read")
        rows = self.env["dingding.robot.message"].sudo()
        sender = self.env.user
        for robot in self:
            body = robot._body(build, named, dict(values))
            rows |= rows.create(
                {
                    "robot_id": robot.id,
                    "name": robot._subject(values.get("title") or values[named]),
                    "kind": body["msgtype"],
                    "body": json.dumps(
                        body, ensure_ascii=False, separators=(",", ":"), sort_keys=True
                    ),
                    "uuid": str(uuid.uuid4()),
                    "sender_id": sender.id,
                }
            )
        rows._enqueue()
        return self.env["dingding.robot.message"].browse(rows.ids)

    def _body(self, build, named, values):
        """Return the body for this robot.

        :raise UserError: the robot cannot send it
        """
        self.ensure_one()
        if not self.active:
            raise UserError(_("The robot %s is archived.") % self.name)
        if not self.sudo().corp_id.active:
            raise UserError(_("The organisation is archived."))
        if not self.env["dingding.secret"]._is_set(self, "webhook"):
            raise UserError(_("The robot %s has no webhook URL.") % self.name)
        self.corp_id.sudo()._app_for("message")
        text = values[named]
        # Only visible text: DingTalk need not find the keyword in addresses.
        shown = "%s %s" % (values.get("title") or "", text)
        if self.keyword and isinstance(text, str) and self.keyword not in shown:
            values[named] = "%s\n\n%s" % (self.keyword, text)
        if "at" in values:
            values["at_userids"] = self._userids(values.pop("at"))
        try:
            body = build(**values)
            length = len(encode_json(body))
        except InvalidArgumentError as error:
            raise UserError(
                _("DingTalk rejects this message: %s") % error.message
            )
        if length > robots.MAX_WEBHOOK_BYTES:
            raise UserError(
                _("The message has %(length)d bytes. A robot accepts up to %(limit)d.")
                % {"length": length, "limit": robots.MAX_WEBHOOK_BYTES}
            )
        return body

    def _subject(self, text):
        return preview.subject({"msgtype": "text", "text": {"content": text}}) or "-"

    def _userids(self, people):
        """Return the userids of records in this organisation, or of userids."""
        if not isinstance(people, models.BaseModel):
            return list(people or [])
        persons = self.env["dingding.message"]._reach(people, self.corp_id)[0]
        return persons.mapped("userid")

    # -- the client ----------------------------------------------------------------

    def _counted_as(self):
        """Return the id of the first robot with the same webhook.

        DingTalk counts the messages of a webhook, whichever robot sends them.
        """
        self.ensure_one()
        urls = self.env["dingding.secret"]._get_all(self._name, "webhook")
        token = self.id in urls and robots.webhook_token(urls[self.id])
        same = [
            id_ for id_, url in urls.items()
            if token and robots.webhook_token(url) == token
        ]
        # Of a deleted organisation's robots the webhooks are left for some time.
        return min(self.browse(same).exists().ids, default=self.id)

    def _say(self, body, uuid_text):
        """Call the webhook now.

        :param dict body: as built by the client
        :param str uuid_text: DingTalk drops a second message with the same text
        :raise DingTalkError: DingTalk refuses
        """
        self.ensure_one()
        secrets = self.env["dingding.secret"]
        app = self.corp_id.sudo()._app_for("message")
        # The next one must wait for a slot.
        client = app._dingtalk_client(feature="robots", max_attempts=1)
        client.robots.send_webhook(
            robots.webhook_token(secrets._get(self, "webhook")),
            body,
            secret=secrets._get(self, "secret") or None,
            uuid=uuid_text,
        )

    # -- buttons -------------------------------------------------------------------

    def action_test(self):
        """Send a test message to the robot's group now.

        :raise UserError: DingTalk refuses; the message includes a remedy
        """
        self.ensure_one()
        compat.check_access(self, "write")
        text = _("Odoo can post to this group: %s") % self.env.user.name
        message = self.sudo().send_text(text).sudo()
        message.sender_id = self.env.user
        slot_id, wait = self.env["dingding.robot.slot"]._take(self._counted_as())
        if wait:
            raise UserError(
                _("Limit of 20 messages per minute reached. Wait %d seconds.") % wait
            )
        with user_errors(self.env):
            try:
                self._say(message._loaded_body(), message.uuid)
            finally:
                self.env["dingding.robot.slot"]._used(slot_id)
        message.sent_at = fields.Datetime.now()
        message._done()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": message._name,
            "res_id": message.id,
            "views": [[False, "form"]],
        }

    def action_messages(self):
        """Open the list of the robot's messages."""
        self.ensure_one()
        compat.check_access(self, "read")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "dingding.robot.message",
            "views": [[False, "list"], [False, "form"]],
            "domain": [("robot_id", "=", self.id)],
            "help": texts.empty_help(
                _("No robot messages yet"),
                _("Posts of robots to their groups are listed here."),
            ),
        }
