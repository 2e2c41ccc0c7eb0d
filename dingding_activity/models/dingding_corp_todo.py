# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import _, api, fields, models

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk import quota

from .dingding_corp_notify import POLICIES

PRICE_DAYS = 30  # whose activities the price is computed from
CALLS = 3  # for an activity: create, change, complete

WHICH = {"active", "todo", "todo_personal", "todo_type_ids", "todo_planned_by"}


class DingdingCorp(models.Model):
    """Decide which activities become to-dos in DingTalk."""

    _inherit = "dingding.corp"

    todo = fields.Selection(
        POLICIES, string="Create to-dos", required=True, default="never",
        help="Creates a to-do in DingTalk for each activity of linked people. Never "
             "and Always apply to everybody; otherwise each user decides in the "
             "preferences.",
    )
    todo_type_ids = fields.Many2many(
        "mail.activity.type", "dingding_corp_todo_type_rel", "corp_id", "type_id",
        string="Activity types", help="Empty: activities of all types.",
    )
    todo_planned_by = fields.Selection(
        [("all", "Anyone"), ("others", "Others")],
        string="Planned by", required=True, default="all",
        help="Others: activities that users plan for themselves get no to-do.",
    )
    todo_personal = fields.Boolean(
        string="Offer personal to-dos",
        help="People who consent in their preferences get personal to-dos, which they "
             "can tick in DingTalk's list. Odoo changes them in their name.",
    )
    todo_consent_url = fields.Char(
        string="Redirect URL for consent", compute="_compute_todo_consent_url",
        help="Enter it in DingTalk's developer console as redirect URL, on the "
             "application's page Security.",
    )
    todo_announce = fields.Selection(
        [
            ("assistant", "Assistant's message"),
            ("ding", "DING"),
            ("none", "No message"),
        ],
        string="Announced by", required=True, default="assistant",
        help="How DingTalk announces a new to-do to the person. To-dos of one's own "
             "activities and personal to-dos are not announced.",
    )
    todo_deleted = fields.Selection(
        [
            ("keep", "Keep the activity"),
            ("restore", "Create the to-do again"),
            ("done", "Mark the activity as done"),
            ("cancel", "Delete the activity"),
        ],
        string="When deleted", required=True, default="keep",
        help="What happens when the person deletes the to-do in DingTalk. It is done "
             "with the rights of this person.",
    )

    todo_done = fields.Selection(
        [
            ("done", "Mark the activity as done"),
            ("keep", "Keep the activity"),
        ],
        string="When completed", required=True, default="done",
        help="What happens when the person completes the to-do in DingTalk. It is done "
             "with the rights of this person.",
    )
    todo_people = fields.Selection(
        [
            ("keep", "Keep the activity"),
            ("restore", "Create the to-do again"),
            ("assign", "Reassign the activity"),
        ],
        string="When reassigned", required=True, default="keep",
        help="What happens when the to-do is given to others in DingTalk, where Odoo "
             "withdraws it. The activity is reassigned to the first of them who is "
             "linked to a user, with the rights of the to-do's creator.",
    )
    todo_reopened = fields.Selection(
        [
            ("keep", "Keep the activity done"),
            ("complete", "Complete the to-do again"),
            ("plan", "Plan the activity again"),
        ],
        string="When reopened", required=True, default="plan",
        help="What happens when the person reopens a completed to-do in DingTalk. It "
             "is done with the rights of this person.",
    )
    todo_price = fields.Text(
        string="Cost of to-dos", compute="_compute_todo_price",
        groups="dingding.group_manager", compute_sudo=False,
        help="Computed from the activities that linked people were assigned or have "
             "done in the last 30 days. Each event costs one call more.",
    )

    def _compute_todo_consent_url(self):
        for corp in self:
            corp.todo_consent_url = (
                self.env["dingding.todo.consent"]._return_address())

    def write(self, vals):
        result = super().write(vals)
        if WHICH.intersection(vals):
            self.env["dingding.todo.change"]._add("compare", [0])
        return result

    def _catch_up(self):
        result = super()._catch_up()
        # sudo: who unarchives an organisation may not write the queue.
        self.env["dingding.todo.change"].sudo()._resume_archived(
            self, [("kind", "!=", "check")])
        return result

    @api.depends("todo")
    def _compute_todo_price(self):
        counts = self._todo_counts()
        labels = dict(self._fields["todo"]._description_selection(self.env))
        for corp in self:
            activities, people = counts.get(corp.id, (0, 0))
            # Each day the to-dos of each person are checked.
            calls = CALLS * activities + PRICE_DAYS * people
            corp.todo_price = corp._budget_prices(
                [(labels["never"], 0), (labels["always"], calls)])

    @api.model
    def _todo_counts(self):
        """Return organisation's id -> (activities, people who have them)."""
        compat.flush(self.env)
        # In later series what is done is kept, too.
        kept = "active" in self.env["mail.activity"]._fields
        pending = sql.SQL("active") if kept else sql.SQL("TRUE")
        compat.execute(self.env.cr, sql.SQL(
            "WITH activity AS (SELECT user_id FROM mail_activity WHERE {}"
            " AND create_date > now() AT TIME ZONE 'UTC' - %(days)s * interval"
            " '1 day' UNION ALL"
            # A done activity is a message.
            " SELECT u.id FROM mail_message AS m JOIN res_users AS u"
            " ON u.partner_id = m.author_id WHERE m.mail_activity_type_id IS NOT NULL"
            " AND m.date > now() AT TIME ZONE 'UTC' - %(days)s * interval '1 day')"
            " SELECT p.corp_id, count(*), count(DISTINCT p.id) FROM activity"
            " JOIN dingding_user AS p ON p.user_id = activity.user_id AND p.active"
            " GROUP BY p.corp_id").format(pending),
            {"days": PRICE_DAYS},
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def _todo_wants(self, user, activity, planner):
        """Tell whether an activity of a user becomes a to-do."""
        self.ensure_one()
        if self.todo == "never" or not self.active:
            return False
        if self.todo_type_ids and activity.activity_type_id not in self.todo_type_ids:
            return False
        if self.todo_planned_by == "others" and planner == user:
            return False
        if self.todo == "always":
            return True
        return (user.dingding_todo or self.todo) == "on"

    def action_open_todos(self):
        """Show the to-dos of this organisation."""
        self.ensure_one()
        compat.check_access(self, "read")
        values = compat.window_action(
            self.env, "dingding_activity.dingding_todo_action")
        values["domain"] = [("corp_id", "=", self.id)]
        return values

    def action_withdraw_todos(self):
        """Stop creating to-dos, and delete all open ones in DingTalk.

        :raise AccessError: for everybody but managers
        """
        compat.check_access(self, "write")
        rights.check_manager(self)
        self.write({"todo": "never"})
        todos = self.env["dingding.todo"].sudo().search(
            [("corp_id", "in", self.ids), ("status", "in", ("new", "open"))])
        self.env["dingding.todo.change"]._add("change", todos.mapped("activity_ref"))
        return True

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": "todos", "label": _("To-dos"), "worth": quota.OWED},
            {"key": "todo_events", "label": _("Changed to-dos"), "worth": quota.FRESH},
            {"key": "todo_check", "label": _("Check of to-dos"), "worth": quota.NICE},
        ]

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("To-dos"),
                "purpose": "message",
                "permission": "Todo.Todo.Write",
                "title": "待办应用中待办写权限",
                "when": _("if activities become to-dos"),
                "line": "",
                "events": ("todo_task_update", "todo_task_delete"),
                "calls": _("2 or 3 for each activity, and 1 for each event"),
            },
            {
                "feature": _("To-dos"),
                "purpose": "message",
                "permission": "Todo.Todo.Read",
                "title": "待办应用中待办读权限",
                "when": _("if activities become to-dos"),
                "line": "",
                "events": (),
                "calls": _(
                    "1 a day for each person with unsolved or recently closed to-dos"
                ),
            },
            {
                "feature": _("To-dos"),
                "purpose": "message",
                "permission": "Todo.PersonalTodo.Write",
                "title": "",
                "when": _("if the organisation offers personal to-dos"),
                "line": "",
                "events": (),
                "calls": "",
            },
        ]
