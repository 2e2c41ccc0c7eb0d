# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import uuid

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat, preview
from ..dingtalk.api import robots
from ..dingtalk.errors import InvalidArgumentError
from ..dingtalk.transport import Hosts, encode_json
from .dingding_secret import MASK
from .remedies import user_errors

# Fields that can be written and not read.
SECRETS = ("webhook", "secret")


class DingdingRobot(models.Model):
    """The own robot of a group in DingTalk, reached by its webhook address.

    Who knows the address can write into the group: it is kept like a password.
    """

    _name = "dingding.robot"
    _description = "DingTalk Robot"
    _order = "name, id"

    name = fields.Char(required=True, help="For example the name of its group.")
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade",
        default=lambda self: self.env["dingding.corp"].search([], limit=1),
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", string="Company", readonly=True
    )
    webhook = fields.Char(
        string="Webhook address", compute="_compute_webhook",
        inverse="_inverse_secrets", groups="base.group_system", copy=False,
        help="DingTalk shows it when the robot is added to its group. Can be written "
        "here and read by nobody.",
    )
    secret = fields.Char(
        string="Signing secret", compute="_compute_secret",
        inverse="_inverse_secrets", groups="base.group_system", copy=False,
        help="SEC..., where the robot's safety setting is a signature. Can be written "
        "here and read by nobody.",
    )
    keyword = fields.Char(
        help="One of the robot's keywords, where its safety setting asks for one. It "
        "is put in front of messages that do not have it.",
    )
    message_ids = fields.One2many(
        "dingding.robot.message", "robot_id", string="Messages", readonly=True
    )
    message_count = fields.Integer(
        string="Number of messages", compute="_compute_message_count",
        compute_sudo=False,
    )

    # -- what is written and not read ----------------------------------------------

    def _compute_webhook(self):
        for robot in self:
            robot.webhook = robot._mask("webhook")

    def _compute_secret(self):
        for robot in self:
            robot.secret = robot._mask("secret")

    def _mask(self, name):
        if not isinstance(self.id, int):
            return False
        return MASK if self.env["dingding.secret"]._is_set(self, name) else False

    def _inverse_secrets(self):
        """Do nothing: create() and write() keep the values where no field is."""

    def _compute_message_count(self):
        for robot in self:
            robot.message_count = self.env["dingding.robot.message"].search_count(
                [("robot_id", "=", robot.id)]
            )

    @api.model
    def _cleaned(self, vals):
        """Return (vals with masks, name -> text of what is to be kept)."""
        vals, kept = dict(vals), {}
        for name in SECRETS:
            if name not in vals:
                continue
            value = (vals[name] or "").strip()
            if value != MASK:
                if MASK[0] in value:
                    raise ValidationError(
                        _("Enter the whole value: it is not shown, so it cannot be "
                          "changed in part.")
                    )
                kept[name] = value
            vals[name] = MASK if value else False
        return vals, kept

    def _keep(self, kept):
        # Odoo 11 looks at the groups of stored fields only.
        if kept and not (
            compat.is_superuser(self.env)
            or self.env.user.has_group("base.group_system")
        ):
            raise AccessError(
                _("Only administrators may set webhook addresses and secrets.")
            )
        for robot in self:
            if kept.get("webhook"):
                robot._check_webhook(kept["webhook"])
            for name, value in kept.items():
                self.env["dingding.secret"]._set(robot, name, value)

    def _check_webhook(self, url):
        """Refuse what is no webhook of the organisation's DingTalk.

        Messages would leave for wherever it leads.

        :raise ValidationError: no such address
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
                    "This is no webhook address of a robot. It looks like %s and "
                    "stands in the robot's settings in DingTalk."
                )
                % (app.oapi_url + "/robot/send?access_token=...")
            )

    @compat.create_multi
    def create(self, vals_list):
        cleaned = [self._cleaned(vals) for vals in vals_list]
        found = compat.super_create(
            super(DingdingRobot, self), [vals for vals, _kept in cleaned]
        )
        for robot, (_vals, kept) in zip(found, cleaned):
            robot._keep(dict((name, value) for name, value in kept.items() if value))
        return found

    def write(self, vals):
        vals, kept = self._cleaned(vals)
        result = super(DingdingRobot, self).write(vals)
        if "corp_id" in vals:
            # Odoo asks the rules about the organisation that it was of.
            compat.check_access(self, "write")
            # The address was checked against the hosts of the organisation before.
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
        return super(DingdingRobot, self).unlink()

    # -- sending -------------------------------------------------------------------

    @compat.returns_records("dingding.robot.message")
    def send_text(self, content, at=None, at_mobiles=(), at_all=False):
        """Hand in a plain text for the robot's group; it leaves after commit.

        Needs the right to send messages; code that acts for the system calls it with
        ``sudo()``. A rollback sends nothing.

        :param str content: what to say
        :param at: whom to call by @: records of ``dingding.user``, ``res.users`` or
            another model that inherits from ``dingding.addressee``, or userids
        :param at_mobiles: mobile numbers to call by @
        :param bool at_all: call everybody
        :rtype: dingding.robot.message, one for each robot of ``self``
        :raise UserError: the text breaks a limit of DingTalk's, or the robot is
            archived or has no webhook address
        :raise AccessError: the user may not send
        """
        return self._hand_in(
            robots.webhook_text, "content", content=content,
            at=at, at_mobiles=at_mobiles, at_all=at_all,
        )

    @compat.returns_records("dingding.robot.message")
    def send_markdown(self, title, content, at=None, at_mobiles=(), at_all=False):
        """Hand in a text with markdown; see :meth:`send_text`.

        :param str title: shown in the list of chats
        :param str content: markdown; whoever is called by @ must stand in it too
        """
        return self._hand_in(
            robots.webhook_markdown, "content", title=title, content=content,
            at=at, at_mobiles=at_mobiles, at_all=at_all,
        )

    @compat.returns_records("dingding.robot.message")
    def send_link(self, title, content, url, picture=""):
        """Hand in a link; see :meth:`send_text`.

        :param str url: address that opens
        :param str picture: address of a picture
        """
        return self._hand_in(
            robots.webhook_link, "content", title=title, content=content, url=url,
            picture=picture,
        )

    @compat.returns_records("dingding.robot.message")
    def send_action_card(self, title, content, buttons, side_by_side=False):
        """Hand in a card with buttons; see :meth:`send_text`.

        :param str content: markdown
        :param buttons: list of (label, address)
        :param bool side_by_side: two buttons in one line
        """
        return self._hand_in(
            robots.webhook_action_card, "content", title=title, content=content,
            buttons=buttons, side_by_side=side_by_side,
        )

    def _hand_in(self, build, named, **values):
        """Create a message of each robot, and queue it.

        :param build: function of the client that makes the body
        :param str named: name of the value that the keyword goes into
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
        if not self.env["dingding.secret"]._is_set(self, "webhook"):
            raise UserError(_("The robot %s has no webhook address.") % self.name)
        self.corp_id.sudo()._app_for("message")
        text = values[named]
        everything = " ".join(
            value for value in values.values() if isinstance(value, str)
        )
        if self.keyword and isinstance(text, str) and self.keyword not in everything:
            values[named] = "%s\n\n%s" % (self.keyword, text)
        if "at" in values:
            values["at_userids"] = self._userids(values.pop("at"))
        try:
            body = build(**values)
            length = len(encode_json(body))
        except InvalidArgumentError as error:
            raise UserError(
                _("DingTalk does not take this message: %s") % error.message
            )
        if length > robots.MAX_WEBHOOK_BYTES:
            raise UserError(
                _("The message has %(length)d bytes, and a robot takes %(limit)d.")
                % {"length": length, "limit": robots.MAX_WEBHOOK_BYTES}
            )
        return body

    def _subject(self, text):
        return preview.subject({"msgtype": "text", "text": {"content": text}}) or "-"

    def _userids(self, people):
        """Return the userids in this organisation of records, or of userids."""
        if not isinstance(people, models.BaseModel):
            return list(people or [])
        persons = self.env["dingding.message"]._reach(people, self.corp_id)[0]
        return persons.mapped("userid")

    # -- the client ----------------------------------------------------------------

    def _say(self, body, uuid_text):
        """Have DingTalk say it now.

        :param dict body: as the client makes it
        :param str uuid_text: DingTalk drops a second message with the same
        :raise DingTalkError: DingTalk refuses
        """
        self.ensure_one()
        secrets = self.env["dingding.secret"]
        app = self.corp_id.sudo()._app_for("message")
        # One attempt: the next one has to wait for its place in the minute.
        client = app._dingtalk_client(max_attempts=1)
        client.robots.send_webhook(
            robots.webhook_token(secrets._get(self, "webhook")),
            body,
            secret=secrets._get(self, "secret") or None,
            uuid=uuid_text,
        )

    # -- buttons -------------------------------------------------------------------

    def action_test(self):
        """Say a sentence in the robot's group now.

        :raise UserError: DingTalk refuses, with what helps
        """
        self.ensure_one()
        compat.check_access(self, "write")
        text = _("Odoo reaches this group: %s") % self.env.user.name
        message = self.sudo().send_text(text).sudo()
        message.sender_id = self.env.user
        slot_id, wait = self.env["dingding.robot.slot"]._take(self.id)
        if wait:
            raise UserError(
                _("The robot has said 20 messages in a minute. Wait %d seconds.") % wait
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
        }
