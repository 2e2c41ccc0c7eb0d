# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights

from .. import subjects


@compat.shows_name("_shown_name")
class DingdingNotification(models.Model):
    """An event to notify people of; one queue row.

    A row captures an event in its transaction (``message``, ``assignment``,
    ``activity``, ``mail``, ``rule``, ``recall``), collects a user's lines until they
    are due (``document``, ``day``, ``overdue``), or sends a file that its user has
    asked for (``file``).
    """

    _name = "dingding.notification"
    _description = "DingTalk Notification"
    _inherit = "dingding.queue.mixin"
    _order = "id desc"
    _rec_name = "subject"
    # Of recalls: others only write messages, which end with their organisation.
    _corp_path = "message_id.corp_id"

    name = fields.Char(readonly=True, groups="base.group_system")
    subject = fields.Char(
        compute="_compute_subject", compute_sudo=False, search="_search_subject",
        help="Shown to those who may read the document.",
    )
    mode = fields.Selection(
        [
            ("message", "Message"),
            ("assignment", "Assignment"),
            ("activity", "Activity"),
            ("mail", "E-mail"),
            ("rule", "Rule"),
            ("document", "Collected by document"),
            ("day", "Daily digest"),
            ("overdue", "Overdue activities"),
            ("recall", "Recall"),
            ("file", "Requested file"),
        ], string="Type", required=True, readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", string="Company", readonly=True, ondelete="set null", index=True,
    )
    key = fields.Char(
        readonly=True,
        help="Equal for what is collected together; of e-mails their ID.",
    )
    gathering = fields.Boolean(
        string="Collecting", readonly=True,
        help="Further notifications of this document are added until it is sent.",
    )
    user_id = fields.Many2one(
        "res.users", string="User", readonly=True, ondelete="cascade", index=True,
    )
    actor_id = fields.Many2one(
        "res.users", string="Caused by", readonly=True, ondelete="set null",
        index=True, help="User whose change caused the notification.",
    )
    # Odoo reads display names with all rights.
    mail_message_id = fields.Many2one(
        "mail.message", string="Odoo message", readonly=True, ondelete="cascade",
        index=True, groups="base.group_system",
    )
    activity_id = fields.Many2one(
        "mail.activity", string="Activity", readonly=True, ondelete="set null",
        index=True, groups="base.group_system",
    )
    attachment_id = fields.Many2one(
        "ir.attachment", string="Attachment", readonly=True, ondelete="cascade",
        index=True, groups="base.group_system",
    )
    message_id = fields.Many2one(
        "dingding.message", string="DingTalk message", readonly=True,
        ondelete="cascade", index=True, groups="dingding.group_manager",
    )
    action_id = fields.Many2one(
        "ir.actions.server", string="Rule", readonly=True, ondelete="cascade",
        index=True,
    )
    # Odoo may delete an e-mail once it is sent.
    text = fields.Text(readonly=True, groups="base.group_system")
    recipients = fields.Char(
        readonly=True, groups="base.group_system",
        help="IDs of users, separated by commas.",
    )
    res_model = fields.Char(string="Document model", readonly=True)
    res_id = fields.Integer(string="Document ID", readonly=True)
    day = fields.Date(readonly=True)
    unlisted = fields.Integer(
        string="Not listed", readonly=True,
        help="Overdue activities beyond those with a line; the message counts them.",
    )
    line_ids = fields.One2many(
        "dingding.notification.line", "notification_id", string="Lines", readonly=True
    )
    has_failed = fields.Boolean(
        string="Not delivered", compute="_compute_has_failed",
    )
    has_paused = fields.Boolean(
        string="Paused", compute="_compute_has_failed",
        help="Waits, to save this month's API calls for more important ones.",
    )

    def init(self):
        result = super().init()
        cr, table = self.env.cr, self._table
        unique = compat.unique_index
        unique(cr, table, ["mail_message_id"], sql.SQL("mode = 'message'"))
        cr.execute("DROP INDEX IF EXISTS dingding_notification_activity_id_unique")
        unique(
            cr, table, ["activity_id", "user_id"],
            sql.SQL("mode = 'activity' AND state = 'queued'"))
        unique(
            cr, table, ["action_id", "res_id", "actor_id"],
            sql.SQL("mode = 'rule' AND state = 'queued'"))
        unique(cr, table, ["key"], sql.SQL("gathering"))
        unique(cr, table, ["user_id", "day"], sql.SQL("mode = 'overdue'"))
        unique(
            cr, table, ["user_id", "attachment_id", "day"], sql.SQL("mode = 'file'"))
        return result

    @compat.depends_on_user
    @api.depends("name", "res_model", "res_id")
    def _compute_subject(self):
        subjects.compute(self, self._hidden_name())

    def _shown_name(self):
        return subjects.linked(self, self._hidden_name())

    # Odoo takes the language from ``self``.
    def _hidden_name(self):
        return _("Notification %d")

    @api.model
    def _search_subject(self, operator, value):
        return subjects.search(self, operator, value)

    def _named_documents(self):
        """Return {id of a row: (model, id) of the documents in its name}."""
        found = {row.id: row._named_document() for row in self}
        several = self.filtered(lambda row: not found[row.id])
        lines = self.env["dingding.notification.line"].search(
            ["|", ("notification_id", "in", several.ids),
             ("message_id", "in", several.mapped("message_id").ids)])
        for row in several:
            mine = lines.filtered(
                lambda line: line.notification_id == row
                or row.message_id and line.message_id == row.message_id)
            # A digest without lines shows nothing.
            found[row.id] = {line._named_document() for line in mine} or {(None, 0)}
        return found

    def _named_document(self):
        """Return a set with the row's document, empty if it has several."""
        if self.res_model:
            return {(self.res_model, self.res_id)}
        if self.mail_message_id:
            return {("mail.message", self.mail_message_id.id)}
        return set()

    def _compute_has_failed(self):
        # sudo: the author of a notification may see that it failed.
        rows = self.sudo()
        captured = {row.mail_message_id.id: row.id for row in rows._captured_rows()}
        found = set()
        for line in rows._all_lines([("state", "in", ("failed", "paused"))]):
            found.add((line.notification_id.id, line.state))
            found.add((captured.get(line.mail_message_id.id), line.state))
        for row in self:
            row.has_failed = (row.id, "failed") in found
            row.has_paused = (row.id, "paused") in found

    def _captured_rows(self):
        """Return those of these rows that captured a message of the chatter."""
        return self.filtered(lambda row: row.mode == "message" and row.mail_message_id)

    def _all_lines(self, domain=()):
        """Return the lines of these rows, and those of their messages elsewhere.

        Waiting lines are collected in a row without a message.
        """
        messages = self._captured_rows().mapped("mail_message_id")
        return self.env["dingding.notification.line"].search([
            "|", ("notification_id", "in", self.ids),
            ("mail_message_id", "in", messages.ids)] + list(domain))

    def action_retry(self):
        """Send undelivered notifications again.

        :raise AccessError: for everybody but managers and the author
        :raise UserError: everything was delivered, or the author has tried a minute ago
            or too often today
        """
        compat.check_access(self, "read")
        rows = self.sudo()
        if not rights.is_manager(self.env):
            if rows.filtered(lambda row: row.actor_id.id != self.env.uid):
                raise AccessError(
                    _("Only DingTalk managers may retry notifications of others.")
                )
            rows = self.env["dingding.press"]._allow_again(rows, "retry")
        if not rows._send_again():
            raise UserError(_("Nothing to send again."))
        return True

    def _send_again(self):
        """Send undelivered notifications again; return whether there were any."""
        # Lines that were refused before there was a message.
        lines = self._all_lines()
        refused = lines.filtered(
            lambda line: line.state == "failed" and not line.message_id)
        refused.write({"state": "waiting", "reason": False})
        given_up = refused.mapped("notification_id") | self.filtered(
            lambda row: row.state in ("failed", "retry"))
        given_up.write({"attempts": 0})
        given_up._enqueue()
        messages = lines.mapped("message_id").filtered("can_send_again")
        if messages:
            messages.action_send_again()
        return bool(messages or given_up)

    def retry_from_chatter(self):
        """Send again, from the link below a message; return the text to show.

        :return: text in the user's language
        """
        rows = self.with_context(lang=self.env.user.lang)
        rows.action_retry()
        return rows._retried_text()

    def _retried_text(self):
        return _("Being sent again")

    # -- processing ----------------------------------------------------------------

    def _work(self, deadline):
        # Lines added from now on go to another row.
        self.gathering = False
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting")
        if waiting:
            return self._send(waiting.sorted("id"))
        return getattr(self, "_work_" + self.mode)()

    def _handle_error(self, error):
        """Fail on a UserError, which the user must correct; retry a recall."""
        if not isinstance(error, UserError):
            return super()._handle_error(error)
        if self.mode == "recall":
            return self._again(error.args[0], self._delay())
        return self._give_up(error.args[0])
