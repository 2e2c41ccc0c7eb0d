# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""An approval in DingTalk, of a record of any model."""
import datetime
import json
import logging

from psycopg2 import IntegrityError, sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models.queue import DUE_STATES, take_lock

from ..form import timeline
from .statuses import AGAIN, OPEN, STATUSES

_logger = logging.getLogger(__name__)

# First key of the advisory locks that serialise submissions of one record.
LOCK_DOCUMENT = 0x44540011
MOST_COMMENTS = 100  # of a user within a day
# Each costs at least two of the 5 000 calls that the free edition has a month.
MOST_SUBMISSIONS = 200
OVERDUE = datetime.timedelta(days=3)  # without a decision


class DingdingApproval(models.Model):
    """An instance of an approval template, started for a record or by a person.

    The row is committed before DingTalk is called. The status is always read from
    DingTalk, never taken from an event.
    """

    _name = "dingding.approval"
    _description = "DingTalk Approval"
    _inherit = [
        "dingding.queue.mixin", "mail.thread", "mail.activity.mixin",
    ]
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    mapping_id = fields.Many2one(
        "dingding.approval.mapping", string="Mapping", required=True, readonly=True,
        ondelete="restrict", index=True,
    )
    template_id = fields.Many2one(
        "dingding.approval.template", string="Template", required=True, readonly=True,
        ondelete="restrict", index=True,
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="restrict", index=True,
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Integer(string="Record ID", required=True, readonly=True)
    record_name = fields.Char(string="Record", readonly=True)
    record_gone = fields.Boolean(
        string="Record deleted", readonly=True, copy=False,
        help="The record was deleted during the approval. Only managers can still see "
             "the approval.",
    )
    previous_id = fields.Many2one(
        "dingding.approval", string="Previous approval", readonly=True,
        ondelete="set null", copy=False,
    )
    originator_id = fields.Many2one(
        "dingding.user", string="Requester", readonly=True, ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users", string="Submitted by", readonly=True, ondelete="restrict",
        index=True,
    )
    status = fields.Selection(
        STATUSES, string="Approval status", default="sending", required=True,
        readonly=True, index=True, copy=False,
    )
    dingtalk_status = fields.Char(
        string="DingTalk's status", readonly=True, copy=False,
        help="DingTalk's last response, unchanged.",
    )
    dingtalk_result = fields.Char(
        string="DingTalk's result", readonly=True, copy=False
    )
    instance_id = fields.Char(
        string="Approval instance", readonly=True, copy=False,
    )
    business_id = fields.Char(
        string="Approval number", readonly=True, copy=False, index=True
    )
    title = fields.Char(string="Title in DingTalk", readonly=True, copy=False)
    adopted = fields.Boolean(
        string="Started in DingTalk", readonly=True, copy=False,
        help="Somebody started it in DingTalk, and Odoo created the record from it.",
    )
    url = fields.Char(string="URL", readonly=True, copy=False)
    # It may contain what managers may not read.
    form_json = fields.Text(
        string="Submitted content", readonly=True, groups="base.group_system",
        help="Form and approvers submitted to DingTalk, as JSON.",
    )
    asked_at = fields.Datetime(
        string="First sent on", readonly=True, copy=False,
        help="When the start was first sent, while its outcome is unknown.",
    )
    submitted_at = fields.Datetime(string="Submitted on", readonly=True, copy=False)
    finished_at = fields.Datetime(string="Ended on", readonly=True, copy=False)
    duration = fields.Float(
        string="Duration (hours)", compute="_compute_duration", store=True,
        digits=(16, 1), help="Time from submission to the end.", **compat.AVERAGE
    )
    read_at = fields.Datetime(string="Read on", readonly=True, copy=False, index=True)
    reading_digest = fields.Char(
        string="Content digest",
        readonly=True, copy=False, groups="dingding.group_manager",
        help="Digest of DingTalk's last response, used to detect changes.",
    )
    to_read = fields.Boolean(string="To read", readonly=True, copy=False)
    news = fields.Integer(
        string="Change notices", readonly=True, copy=False,
        help="How often DingTalk or a person has reported a change.",
    )
    changed = fields.Boolean(
        string="Write-back pending", readonly=True, copy=False
    )
    written_back = fields.Boolean(
        string="Written back",
        readonly=True, copy=False,
        help="The outcome and the mapping's actions have been applied to the record.",
    )
    locked = fields.Boolean(
        readonly=True, copy=False,
        help="The record cannot be changed or deleted.",
    )
    lock_json = fields.Text(
        string="Lock as submitted", readonly=True, copy=False,
        groups="base.group_system",
        help="The mapping's lock at submission, as JSON. Later changes of the mapping "
             "do not affect it.",
    )
    unlocked_by = fields.Many2one(
        "res.users", string="Unlocked by", readonly=True, copy=False,
        ondelete="set null",
    )
    unlock_reason = fields.Char(string="Unlock reason", readonly=True, copy=False)
    task_ids = fields.One2many(
        "dingding.approval.task", "approval_id", string="Tasks", readonly=True
    )
    record_ids = fields.One2many(
        "dingding.approval.operation", "approval_id", string="Timeline", readonly=True
    )
    file_ids = fields.One2many(
        "dingding.approval.file", "approval_id", string="Files", readonly=True
    )
    request_ids = fields.One2many(
        "dingding.approval.request", "approval_id", string="Requests", readonly=True
    )
    current_approver_names = fields.Char(
        string="Waiting for", compute="_compute_current_approvers"
    )
    waiting_since = fields.Datetime(
        string="Waiting since", compute="_compute_current_approvers"
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue",
        help="An approver has not decided for three days.",
    )
    visible_to = fields.Integer(
        compute="_compute_visible_to", compute_sudo=False, search="_search_visible_to",
        help="Used by the record rule: users who may see the record may see the "
             "approval.",
    )

    def init(self):
        cr, table = self.env.cr, self._table
        compat.unique_index(cr, table, ["corp_id", "instance_id"])
        # Prevents a second approval.
        compat.unique_index(
            cr, table, ["mapping_id", "res_model", "res_id"],
            sql.SQL("status IN ('sending', 'running') AND res_id > 0"),
        )
        cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_approval_locked"
            " ON dingding_approval (res_model, res_id) WHERE locked"
        )
        cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_approval_document"
            " ON dingding_approval (res_model, res_id)"
        )

    @api.depends("submitted_at", "finished_at")
    def _compute_duration(self):
        for approval in self:
            moments = [
                fields.Datetime.from_string(moment)
                for moment in (approval.submitted_at, approval.finished_at) if moment
            ]
            hours = 0.0
            if len(moments) == 2:
                hours = (moments[1] - moments[0]).total_seconds() / 3600.0
            approval.duration = max(hours, 0.0)

    @api.depends(
        "task_ids.status", "task_ids.started", "status", "dingtalk_status",
        "dingtalk_result", "revoked_by",
    )
    def _compute_current_approvers(self):
        for approval in self:
            tasks = approval.sudo()._waiting_tasks()
            approval.current_approver_names = ", ".join(tasks.mapped("person_name"))
            moments = [task.started for task in tasks if task.started]
            approval.waiting_since = min(moments) if moments else False

    @api.model
    def _overdue_before(self):
        return fields.Datetime.from_string(fields.Datetime.now()) - OVERDUE

    @api.depends("waiting_since")
    def _compute_is_overdue(self):
        before = self._overdue_before()
        for approval in self:
            since = fields.Datetime.from_string(approval.waiting_since or False)
            approval.is_overdue = bool(since) and since < before

    @api.model
    def _search_is_overdue(self, operator, value):
        # Odoo 19 searches "in [True]".
        value = value if isinstance(value, bool) else True in value
        wanted = value == (operator in ("=", "in"))
        # sudo: the rules of approvals apply to the result.
        tasks = self.env["dingding.approval.task"].sudo().search(
            [("approval_id.status", "=", "running"),
             ("status", "in", timeline.WAITING),
             ("started", "<", fields.Datetime.to_string(self._overdue_before()))]
        )
        return [("id", "in" if wanted else "not in", tasks.mapped("approval_id").ids)]

    def _waiting_tasks(self):
        """Return the open tasks; none once DingTalk has decided."""
        if self.status != "running" or self._outcome() != "running":
            return self.env["dingding.approval.task"]
        return self.task_ids.filtered("is_waiting")

    @api.model
    def _unsolved(self):
        """Return (id of the mapping's responsible or None, ids of failed approvals).

        An approval that was submitted again is not a failure. Counts with all rights.
        """
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT mapping.responsible_id, array_agg(approval.id)"
            " FROM dingding_approval approval"
            " JOIN dingding_approval_mapping mapping"
            " ON mapping.id = approval.mapping_id"
            " WHERE (approval.state IN ('failed', 'unknown')"
            " OR approval.revocation_open"
            " OR approval.record_gone AND approval.status IN ('sending', 'running'))"
            " AND NOT EXISTS (SELECT 1 FROM dingding_approval later"
            " WHERE later.previous_id = approval.id)"
            " GROUP BY mapping.responsible_id"
        )
        return self.env.cr.fetchall()

    # -- access --------------------------------------------------------------------

    def _record(self):
        """Return the record in this environment, empty if deleted."""
        self.ensure_one()
        if self.res_model not in self.env or not self.res_id:
            return self.env["base"].browse()
        return self.env[self.res_model].browse(self.res_id).exists()

    @api.model
    def _of_record(self, record):
        """Return the approvals of a record, with sudo, newest first."""
        return self.sudo().search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)],
            order="id desc",
        )

    @compat.depends_on_user
    @api.depends("res_model", "res_id", "record_gone")
    def _compute_visible_to(self):
        """Match the search below for records in memory.

        Since 13.0 access rules are evaluated on records and read this field.
        """
        seen = self.sudo().search(
            [("id", "in", self.ids), ("visible_to", "=", self.env.uid)]
        )
        for approval in self:
            approval.visible_to = self.env.uid if approval.id in seen.ids else 0

    @api.model
    def _search_visible_to(self, operator, value):
        """Return the domain of approvals whose record the user may read.

        The value is the user, because rules are evaluated as superuser.
        """
        if operator == "in" and len(value) == 1:
            # 19.0 merges both operators into one.
            operator, value = "=", list(value)[0]
        if operator != "=" or not isinstance(value, int):
            return [("id", "=", False)]
        user = self.env["res.users"].sudo().browse(value)
        table = sql.Identifier(self._table)
        conditions, params = [], []
        for model in sorted(self._mapped_models()):
            try:
                readable, more = compat.exists_readable(
                    compat.with_user(self.env[model], user),
                    sql.SQL("{}.res_id").format(table),
                )
            except AccessError:
                continue
            conditions.append(
                sql.SQL("({}.res_model = %s AND {})").format(table, readable)
            )
            params += [model] + more
        if not conditions:
            return [("id", "=", False)]
        return [
            ("id",) + compat.among(
                self, [("record_gone", "!=", True), ("res_id", ">", 0),
                       ("res_model", "!=", False)],
                sql.SQL("({})").format(sql.SQL(" OR ").join(conditions)), params,
            )
        ]

    def write(self, vals):
        result = super().write(vals)
        if "locked" in vals or "record_gone" in vals:
            # The SQL queries below must see pending writes.
            compat.flush(self.env)
        return result

    # -- submission ----------------------------------------------------------------

    @api.model
    @compat.returns_records("dingding.approval")
    def submit(self, record, mapping=None):
        """Submit a record to DingTalk; it is sent after the caller's commit.

        If the record is already in approval, return that approval. A rollback sends
        nothing. The caller needs the right to change the record.

        :param record: a record of any model; callers by RPC give ``"model,id"``
        :param mapping: ``dingding.approval.mapping``; required if several fit
        :rtype: dingding.approval
        :raise UserError: no mapping fits, the user has no DingTalk account, the form
            has problems, all of which are listed, or a user who is not a manager has
            submitted too many today
        :raise AccessError: the user may not change the record
        """
        return self._submit(record, mapping)

    @api.model
    def _submit(self, record, mapping=None, values=None, approvers=None, user=None):
        """Submit a record, overriding what its mapping says.

        Not available over RPC: a caller who chooses values or approvers could approve
        anything.

        :param values: form values that replace those of the mapping, as
            ``client.approvals.start`` takes them
        :param approvers: list of ``dingtalk.api.approvals.approver_node`` that replace
            those of the mapping
        :param user: ``res.users`` who submits, by default the caller
        :rtype: dingding.approval
        """
        # In 18 and 19, _() below takes the language of a variable of this name.
        user = user or self.env.user
        record = self._given_record(record)
        compat.check_access(self.browse(), "read")
        compat.check_access(record, "read")
        compat.check_access(record, "write")
        mapping_sudo = self._given_mapping(record, mapping)
        found = self._of_record(record).filtered(
            lambda row: row.mapping_id == mapping_sudo and row.status in OPEN
        )
        if found:
            return self.browse(found[:1].id)
        if not rights.is_manager(self.env):
            self.env["dingding.press"]._allow(
                record, "submit", seconds=0, most=MOST_SUBMISSIONS,
                text=_("Up to %d approvals of a person are submitted within a day, as "
                       "each costs API calls of your organisation. Ask a DingTalk "
                       "manager to submit the others.") % MOST_SUBMISSIONS)
        if mapping_sudo.lock != "none":
            # A concurrent writer is retried and finds the record locked.
            self._hold(record._name, record.ids)
        vals = self._submission(record, mapping_sudo, values, approvers, user)
        approval = self.sudo()._create_queued(vals)
        approval._start_locking()
        approval._enqueue()
        return self.browse(approval.id)

    @api.model
    def _given_record(self, record):
        if isinstance(record, str):
            model, _comma, number = record.partition(",")
            if model not in self.env or not number.isdigit():
                raise UserError(_("%s is not a record.") % record)
            record = self.env[model].browse(int(number))
        record.ensure_one()
        return record.with_env(self.env)

    @api.model
    def _given_mapping(self, record, mapping):
        """Return the mapping for a submission, with sudo.

        :raise UserError: none fits, or more than one does
        """
        fitting = self.env["dingding.approval.mapping"]._for_record(record).sudo()
        if mapping:
            mapping = self.env["dingding.approval.mapping"].sudo().browse(
                mapping if isinstance(mapping, int) else mapping.id
            )
            if mapping not in fitting:
                raise UserError(
                    _("%(record)s cannot be submitted by the mapping %(mapping)s.")
                    % {"record": record.display_name, "mapping": mapping.name}
                )
            return mapping
        if not fitting:
            raise UserError(
                _("No mapping defines how to submit %s to DingTalk.")
                % record.display_name
            )
        if len(fitting) > 1:
            raise UserError(
                _("%(record)s can be submitted in several ways: %(mappings)s. "
                  "Choose one.")
                % {
                    "record": record.display_name,
                    "mappings": ", ".join(fitting.mapped("name")),
                }
            )
        return fitting

    @api.model
    def _submission(self, record, mapping, values, approvers, user):
        """Return the field values of a new approval.

        :raise UserError: something is missing or does not fit
        """
        rows = self._of_record(record).filtered(
            lambda row: row.mapping_id == mapping
        )
        previous = rows[:1]
        if previous.status == "agreed" and previous.locked:
            raise UserError(_("%s is already approved.") % record.display_name)
        template = mapping.template_id
        originator = mapping._originator_of(record, user)
        if values is None:
            values, problems = mapping._form_of(record)
            if problems:
                raise UserError("\n".join(mapping._problem_texts(problems)))
        self._check_files(values)
        flow = mapping._approvers_of(record)
        if approvers is not None:
            flow = dict(flow, approvers=list(approvers))
        return {
            "name": "%s: %s" % (template.name, record.display_name),
            "mapping_id": mapping.id,
            "template_id": template.id,
            "corp_id": template.corp_id.id,
            "res_model": record._name,
            "res_id": record.id,
            "record_name": record.display_name,
            "previous_id": previous.id if previous.status in AGAIN else False,
            "originator_id": originator.id,
            "user_id": user.id,
            "status": "sending",
            "state": "queued",
            "form_json": json.dumps(
                dict(flow, values=values), ensure_ascii=False, sort_keys=True
            ),
        }

    @api.model
    def _create_queued(self, vals):
        """Create the row.

        If a concurrent transaction, not visible yet, has created it, let Odoo retry.
        """
        document = (vals["res_model"], vals["res_id"])
        if self._submitted_beside(vals["mapping_id"], *document):
            _logger.info("%s,%s is submitted already", *document)
            # The retried request returns the approval of the other transaction.
            compat.begin_anew(self.env.cr)
        # Ignore the client's default values.
        quiet = self.with_env(
            self.env(
                context={
                    "lang": self.env.context.get("lang"),
                    "tracking_disable": True,
                    "mail_create_nolog": True,
                    "mail_create_nosubscribe": True,
                }
            )
        )
        try:
            with self.env.cr.savepoint():
                approval = quiet.create(vals)
                compat.flush(self.env)
        except IntegrityError:
            compat.begin_anew(self.env.cr)
        return self.browse(approval.id)

    @api.model
    def _submitted_beside(self, mapping_id, res_model, res_id):
        """Wait for concurrent submissions of a record; tell whether there was one.

        Odoo logs an error of the unique index.
        """
        take_lock(
            self.env.cr, LOCK_DOCUMENT, "%s,%d" % (res_model, res_id), seconds=None)
        # This transaction may not see what was committed meanwhile.
        with compat.open_cursor(self.env.cr.dbname) as cr:
            cr.execute(
                "SELECT 1 FROM dingding_approval WHERE mapping_id = %s"
                " AND res_model = %s AND res_id = %s AND status IN %s LIMIT 1",
                [mapping_id, res_model, res_id, OPEN],
            )
            return bool(cr.fetchone())

    # -- user actions --------------------------------------------------------------

    def _check_may_act(self):
        """Allow only managers and users who may change the record.

        :raise AccessError: for everybody else
        """
        compat.check_access(self, "read")
        for approval in self:
            if approval._is_manager():
                continue
            record = approval._record()
            if not record:
                raise AccessError(_("Only DingTalk managers may do this."))
            compat.check_access(record, "write")

    def _check_manager(self):
        """Refuse everybody but managers of the organisations of all these approvals.

        :raise AccessError: for everybody else
        """
        compat.check_access(self, "read")
        if not self._is_manager():
            raise AccessError(_("Only DingTalk managers may do this."))

    def _is_manager(self):
        """Return whether the user manages the organisations of all these approvals."""
        if compat.is_superuser(self.env):
            return True
        if not rights.is_manager(self.env):
            return False
        corps = self.env["dingding.corp"].browse(self.sudo().mapped("corp_id").ids)
        try:
            compat.check_access(corps, "read")
        except AccessError:
            return False
        return True

    def action_refresh(self):
        """Queue a status refresh of these approvals.

        For users who are not managers, one of a minute ago is fresh enough.

        :raise UserError: such a user has asked too often today
        """
        compat.check_access(self, "read")
        rows = self.sudo().filtered("instance_id")
        if not self._is_manager():
            rows = self.env["dingding.press"]._allow(rows, "refresh")
        rows._note_update()
        return True

    def action_withdraw(self, reason=""):
        """Withdraw running approvals.

        :param str reason: shown to the approvers
        :raise UserError: the approval is not running, or a user who is not a manager
            has withdrawn too often today
        """
        self._check_may_act()
        for approval in self.sudo():
            if approval._withdraw_unsent():
                continue
            if approval.status == "sending" and approval.state == "unknown":
                raise UserError(
                    _("DingTalk may have %s already. Click Retry to find out.")
                    % approval.name)
            if approval.status == "sending":
                raise UserError(
                    _("%s is being sent, and DingTalk may have it already. Try again "
                      "in a minute.") % approval.name)
            if approval.status != "running":
                raise UserError(_("%s is not in approval.") % approval.name)
            if not self._is_manager():
                # DingTalk may refuse it each time.
                self.env["dingding.press"]._allow(approval, "withdraw", seconds=0)
            self.env["dingding.approval.request"]._create_queued(
                approval, "withdraw", reason, self.env.user
            )
        return True

    def action_comment(self, text):
        """Add a comment in the user's own name.

        :raise UserError: the user has no DingTalk account, or the text is empty, or
            these are too many comments for a day
        """
        self.ensure_one()
        compat.check_access(self, "read")
        if not (text or "").strip():
            raise UserError(_("Enter a comment."))
        if not self.sudo().instance_id:
            raise UserError(_("%s is not in DingTalk yet.") % self.sudo().name)
        if not self._is_manager():
            self.env["dingding.press"]._allow(
                self, "comment", seconds=0, most=MOST_COMMENTS)
        self.env["dingding.approval.request"]._create_queued(
            self.sudo(), "comment", text.strip(), self.env.user
        )
        return True

    def action_remind(self):
        """Remind the current approvers by message.

        :raise UserError: there is no current approver, or the user has reminded too
            often today
        """
        self.ensure_one()
        self._check_may_act()
        people = self.sudo()._waiting_tasks().mapped("person_id")
        if not people:
            raise UserError(_("%s is not waiting for anybody.") % self.sudo().name)
        if not self._is_manager():
            self.env["dingding.press"]._allow(self, "remind", seconds=0)
        self.env["dingding.approval.request"]._remind(
            self.sudo(), people, self.env.user
        )
        return True

    def action_resubmit(self):
        """Submit the records again; each new approval refers to the previous one.

        :rtype: dingding.approval
        """
        made = self.browse()
        for approval in self:
            compat.check_access(approval, "read")
            if approval.status not in AGAIN:
                raise UserError(_("%s has not ended yet.") % approval.name)
            record = approval._record()
            if not record:
                raise UserError(_("The record was deleted."))
            made |= self.submit(record, approval.sudo().mapping_id)
        return made._form_action()

    def _form_action(self):
        """Return the action that shows this approval."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": self[:1].id,
        }

    def action_open_record(self):
        """Show the record."""
        self.ensure_one()
        record = self._record()
        if not record:
            raise UserError(_("The record was deleted."))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": record.id,
        }

    def action_open_in_dingtalk(self):
        """Show the approval in DingTalk."""
        self.ensure_one()
        compat.check_access(self, "read")
        if not self.url:
            raise UserError(_("DingTalk has not returned its URL yet."))
        return {"type": "ir.actions.act_url", "url": self.url, "target": "new"}

    def action_retry(self):
        """Retry what failed: submission, status polling or write-back.

        :raise UserError: DingTalk rejected it, or a user who is not a manager has tried
            a minute ago or too often today
        """
        self._check_may_act()
        rows = self.sudo().filtered(
            lambda row: row.state in ("failed", "retry", "unknown")
        )
        sendable = rows.filtered(lambda row: row.status != "failed")
        if rows - sendable:
            raise UserError(
                _("DingTalk rejected it. Correct what it reports and submit the record "
                  "again.")
            )
        if not self._is_manager():
            sendable = self.env["dingding.press"]._allow_again(sendable, "retry")
        sendable.write({"attempts": 0})
        sendable._enqueue()
        return True

    def unlink(self):
        """Refuse to delete approvals that DingTalk may have.

        :raise UserError: the approval is running
        """
        compat.check_access(self, "unlink")
        for approval in self.sudo():
            if approval.status in OPEN or approval.state in DUE_STATES:
                raise UserError(
                    _("%s is in approval and cannot be deleted.") % approval.name
                )
        return super().unlink()
