# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights

from .. import subjects

CLOSED = ("done", "deleted", "removed")
STATUSES = [
    ("new", "To be created"),
    ("open", "Unsolved"),
    ("done", "Done"),
    ("deleted", "Withdrawn"),
    ("removed", "Deleted in DingTalk"),
]


@compat.shows_name("_shown_name")
class DingdingTodo(models.Model):
    """A to-do in DingTalk for one person's activity.

    ``activity_ref`` is not a foreign key: deletions must not wait for workers.
    """

    _name = "dingding.todo"
    _description = "DingTalk To-do"
    _order = "id desc"
    _rec_name = "subject"

    name = fields.Char(readonly=True, groups="base.group_system")
    subject = fields.Char(
        compute="_compute_subject", compute_sudo=False, search="_search_subject",
        help="Shown to those who may read the document.",
    )
    status = fields.Selection(
        STATUSES, required=True, readonly=True, default="new", index=True,
        help="In DingTalk.",
    )
    activity_ref = fields.Integer(
        string="Activity ID", required=True, readonly=True, index=True,
    )
    # Emptied if they are deleted.
    user_id = fields.Many2one(
        "res.users", string="User", readonly=True, ondelete="set null", index=True,
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", readonly=True, ondelete="set null",
        index=True, groups="dingding.group_manager",
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade", index=True, groups="dingding.group_manager",
    )
    app_id = fields.Many2one(
        "dingding.app", string="Application", readonly=True, ondelete="set null",
        groups="dingding.group_manager",
        help="Only the application that created the to-do may change it.",
    )
    res_model = fields.Char(string="Document model", readonly=True)
    res_id = fields.Integer(string="Document ID", readonly=True)
    due_at = fields.Datetime(string="Due on", readonly=True)
    planner_id = fields.Many2one(
        "res.users", string="Planned by", readonly=True, ondelete="set null",
        index=True,
    )
    # To plan the activity again after Odoo has deleted it.
    activity_type_id = fields.Many2one(
        "mail.activity.type", string="Activity type", readonly=True,
        ondelete="set null", index=True, groups="base.group_system",
    )
    summary = fields.Char(readonly=True, groups="base.group_system")
    done_in_dingtalk = fields.Boolean(string="Done in DingTalk", readonly=True)
    # Odoo's refusals can name documents.
    reason = fields.Char(
        string="Hidden reason", readonly=True, groups="base.group_system")
    refusal = fields.Char(
        string="Reason", compute="_compute_refusal", compute_sudo=False,
        help="Why Odoo or DingTalk has refused a change. Shown to the person, and to "
             "those who may read the document.",
    )
    task_id = fields.Char(string="Task ID", readonly=True, index=True)
    source_id = fields.Char(
        string="Source ID", readonly=True, groups="dingding.group_manager",
        help="Identifies the to-do in DingTalk. It can be used once.",
    )
    revision = fields.Integer(readonly=True, groups="dingding.group_manager")
    actor = fields.Char(
        string="Creator's UnionID", readonly=True, groups="dingding.group_manager",
    )
    is_echo_expected = fields.Boolean(
        string="Echo expected", readonly=True, groups="base.group_system",
        help="The next event results from Odoo's own change.",
    )
    url = fields.Char(
        string="Link", readonly=True, groups="dingding.group_manager",
    )
    change_ids = fields.One2many(
        "dingding.todo.change", "todo_id", string="Changes", readonly=True,
        groups="dingding.group_manager",
    )
    has_failed = fields.Boolean(
        string="Not updated", compute="_compute_has_failed",
        search="_search_has_failed",
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["activity_ref", "person_id"])
        return result

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), rights.complete(self, vals_list))

    @compat.depends_on_user
    @api.depends("name", "res_model", "res_id")
    def _compute_subject(self):
        subjects.compute(self, self._hidden_name())

    @compat.depends_on_user
    @api.depends("reason", "user_id", "res_model", "res_id")
    def _compute_refusal(self):
        seen = subjects.shown(self)
        for row in self:
            own = row in seen or row.user_id.id == self.env.uid
            # sudo: nobody reads the reason itself.
            row.refusal = own and row.sudo().reason

    def _shown_name(self):
        return subjects.linked(self, self._hidden_name())

    # Odoo takes the language from ``self``.
    def _hidden_name(self):
        return _("To-do %d")

    @api.model
    def _search_subject(self, operator, value):
        return subjects.search(self, operator, value)

    def _named_documents(self):
        """Return {id of a row: (model, id) of the documents in its name}."""
        return {row.id: {(row.res_model, row.res_id)} for row in self}

    def _compute_has_failed(self):
        failed = self._failed_changes().mapped("activity_ref")
        for row in self:
            row.has_failed = row.activity_ref in failed

    @api.model
    def _search_has_failed(self, operator, value):
        # Odoo 19 searches "in [True]".
        value = value if isinstance(value, bool) else True in value
        wanted = value == (operator in ("=", "in"))
        # sudo: users may not read the queue.
        failed = self.env["dingding.todo.change"].sudo().search(
            [("state", "=", "failed")]).mapped("activity_ref")
        return [("activity_ref", "in" if wanted else "not in", failed)]

    def _failed_changes(self):
        # sudo: users may not read the queue.
        return self.env["dingding.todo.change"].sudo().search(
            [("activity_ref", "in", self.mapped("activity_ref")),
             ("state", "=", "failed")]
        )

    def action_retry(self):
        """Retry changes that could not be sent to DingTalk.

        :raise AccessError: for everybody but managers and the to-do's person
        :raise UserError: nothing has failed, or the person has tried a minute ago or
            too often today
        """
        compat.check_access(self, "read")
        rows = self
        if not rights.is_manager(self.env):
            if self.filtered(lambda row: row.user_id.id != self.env.uid):
                raise AccessError(
                    _("Only DingTalk managers may retry to-dos of others."))
            rows = self.env["dingding.press"]._allow_again(self, "retry")
        failed = rows._failed_changes()
        if not failed:
            raise UserError(_("Nothing to send again."))
        failed.write({"attempts": 0})
        failed._enqueue()
        return True

    def _activity(self):
        """Return the pending activity, with the rights of this environment."""
        return self.env["mail.activity"]._dingding_pending(self.activity_ref)

    # -- whose to-dos ------------------------------------------------------------------

    @api.model
    def _person_of(self, user, company):
        """Return the user's person in an organisation that creates to-dos.

        Of several people, the document's company decides, else the user's.

        :param company: of the document, may be empty
        """
        # A path in the domain would cost statements of its own.
        people = self.env["dingding.user"].search(
            [("user_id", "=", user.id), ("unionid", "!=", False)], order="id",
        ).filtered(lambda each: each.corp_id.active and each.corp_id.todo != "never")
        for wanted in (company, user.company_id):
            found = people.filtered(
                lambda person: wanted and person.corp_id.company_id == wanted)
            if found:
                return found[0]
        return people[:1]

    @api.model
    def _wanted(self, activity, known=None):
        """Return the values of the to-do that an activity should have, or None.

        :param known: to-dos of the activity, searched by default
        """
        user = activity.user_id
        if not user.active:
            return None
        record = self._document(activity)
        if record is None:
            return None
        company = "company_id" in record._fields and record.company_id
        if company and company._name != "res.company":
            company = None
        person = self._person_of(user, company)
        if known is None:
            known = self.search([("activity_ref", "=", activity.id)])
        planner = self._planner_of(activity, known)
        if not person or not person.corp_id._todo_wants(user, activity, planner):
            return None
        if not self._may_read(record, user):
            return None
        try:
            return self._prepare_values(activity, person, record, planner, known)
        except AccessError:
            # The document's name is made of what the user may not read.
            compat.separate_users(self.env)
            return None

    @api.model
    def _is_announced(self, activity):
        """Tell whether DingTalk itself announces the activity's to-do."""
        wanted = self._wanted(activity)
        # Odoo notifies nobody of one's own to-do.
        if not wanted or wanted["is_personal"] or (
            wanted["planner_id"] == wanted["user_id"]
        ):
            return False
        corp = self.env["dingding.corp"].browse(wanted["corp_id"])
        return corp.todo_announce != "none"

    @api.model
    def _planner_of(self, activity, known):
        """Return the user who planned an activity, empty if that is not known.

        Odoo 11 creates it as the superuser.

        :param known: to-dos of the activity
        """
        planner = known.filtered("planner_id")[:1].planner_id
        if planner:
            return planner
        if activity.create_uid.id != SUPERUSER_ID:
            return activity.create_uid
        first = self.env["dingding.todo.change"].search(
            [("activity_ref", "=", activity.id), ("kind", "=", "change"),
             ("actor_id", "!=", False)], order="id", limit=1,
        )
        return first.actor_id

    @api.model
    def _document(self, activity):
        """Return the document of an activity, None if it no longer exists.

        From 19 on it may be the activity itself.
        """
        model, id_ = activity.res_model, activity.res_id
        if not model and activity._name == "mail.activity":
            return activity
        if not model or not id_ or model not in self.env:
            return None
        return self.env[model].browse(id_).exists() or None

    @api.model
    def _may_read(self, record, user):
        """Tell whether a user may read a document."""
        try:
            compat.check_access(compat.with_user(record, user), "read")
        except AccessError:
            return False
        finally:
            compat.separate_users(self.env)
        return True
