# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The outbox: what was changed in Odoo and DingTalk has not got yet."""
import datetime
import json

from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat, rights
from ..dingtalk.errors import NotFoundError
from .dingding_change_making import FOUND, INVITATION_DAYS, INVITED
from .remedies import user_errors

OPEN_STATES = ("queued", "working", "retry", "failed", "unknown", "confirm")
DUE_STATES = ("queued", "working", "retry")
# A row that is being sent is left alone: another one follows it.
MERGE_STATES = ("queued", "retry", "failed", "unknown")
# What is sent of a record itself; its managers, the order of what is below it and its
# end are rows of their own.
MAIN = ("create", "update", "move")
ALONE = ("managers", "order", "delete")

WAIT_SECONDS = 5  # until what this one waits for is looked at again
# DingTalk may be away for a night: twenty attempts with back-off are fourteen hours.
MOST_ATTEMPTS = 20


class DingdingChange(models.Model):
    """A change of one department or person, on its way to DingTalk.

    It leaves after the commit of whoever made it, see ``background.py``. A record has
    one open row: what changes again before it is sent is merged into it. A row that is
    being sent is never touched, the next change makes a second one that follows it.
    """

    _name = "dingding.change"
    _description = "Change on its way to DingTalk"
    _inherit = [
        "dingding.queue.mixin", "dingding.change.making", "dingding.change.sending",
    ]
    _order = "id desc"

    _max_attempts = MOST_ATTEMPTS

    name = fields.Char(compute="_compute_name")
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    department_id = fields.Many2one(
        "dingding.department", string="Department", readonly=True, index=True,
        ondelete="cascade",
    )
    person_id = fields.Many2one(
        "dingding.user", string="Person", readonly=True, index=True,
        ondelete="cascade",
    )
    operation = fields.Selection(
        [
            ("create", "Create"),
            ("update", "Change"),
            ("move", "Move"),
            ("managers", "Set the managers"),
            ("order", "Set the order"),
            ("delete", "Delete"),
        ],
        required=True, readonly=True,
    )
    new_values = fields.Text(readonly=True, help="As JSON: field to value.")
    old_values = fields.Text(readonly=True, help="As JSON: field to value.")
    summary = fields.Text(string="What", compute="_compute_name")
    user_id = fields.Many2one(
        "res.users", string="Changed by", readonly=True, ondelete="set null"
    )
    confirmed_by = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="set null"
    )
    confirmed_on = fields.Datetime(readonly=True, copy=False)
    asked = fields.Text(
        readonly=True, copy=False,
        help="What DingTalk was asked to make, when it is not known whether it has: "
        "DingTalk is asked about that before it is asked again.",
    )
    invited_on = fields.Datetime(
        readonly=True, copy=False,
        help="DingTalk has invited the person, who is no member before accepting.",
    )
    sent_on = fields.Datetime(string="Sent", readonly=True, copy=False)

    def init(self):
        result = super(DingdingChange, self).init()
        compat.date_index(self.env.cr, self._table)
        return result

    # -- what a person sees ----------------------------------------------------------

    @api.depends("operation", "new_values", "old_values")
    def _compute_name(self):
        words = dict(self._fields["operation"]._description_selection(self.env))
        for change in self:
            record = change._record()
            change.name = "%s: %s" % (
                words.get(change.operation, ""), record.sudo().display_name or ""
            )
            change.summary = change._summary(record)

    def _summary(self, record):
        """Return what changes, a line a field."""
        values = self._load("new_values") if record else {}
        before, lines = self._load("old_values"), []
        conflicts = self.env["dingding.conflict"]
        for name in sorted(values):
            shown = [
                conflicts._shown(record, name, each, outside=False)
                for each in (before.get(name), values[name])
            ]
            lines.append(
                "%s: %s" % (
                    conflicts._label(record._name, name),
                    " > ".join(shown) if name in before else shown[1],
                )
            )
        return "\n".join(lines)

    @api.depends("error_remedy", "error_code", "operation")
    def _compute_remedy(self):
        result = super(DingdingChange, self)._compute_remedy()
        texts = self._remedies()
        for change in self:
            if change.error_code in texts:
                change.remedy = texts[change.error_code]
        return result

    @api.model
    def _remedies(self):
        """Return DingTalk's code -> what helps, in the reader's language."""
        return {
            "60104": _(
                "Somebody in DingTalk has this mobile already. Press Get users on the "
                "organisation, use that person, and archive this one."
            ),
            "60103": _(
                "Write the mobile as 13800138000, abroad as +49-15112345678."
            ),
            "40022": _(
                "DingTalk does not let others change the mobile by which somebody "
                "signs in. The person changes it in DingTalk (Me > Settings > Account "
                "and security); then press Take DingTalk's version."
            ),
            "60003": _(
                "A department of this change no longer exists in DingTalk. Press Get "
                "departments, choose another one, and send it again."
            ),
            "60121": _(
                "DingTalk does not know this person any more. Press Get users on the "
                "organisation."
            ),
            "33012": _(
                "DingTalk does not know this person any more. Press Get users on the "
                "organisation."
            ),
            INVITED: _(
                "DingTalk has sent an invitation. The person has to accept it in "
                "DingTalk; Odoo looks for that each hour."
            ),
            "12150": _(
                "DingTalk's own HR (Smart HR) manages these fields. "
                "Change them there, or end that in DingTalk's admin console."
            ),
            "60021": _(
                "The department above has another one of this name. Choose another "
                "name, or press Get departments and use that one."
            ),
            "60018": _("The organisation itself is changed in DingTalk only."),
            "60005": _(
                "The department still has people, perhaps some that the application "
                "does not see. Move them first."
            ),
            "60006": _("The department still has departments below it. Delete these "
                       "first."),
            "40031": _("A manager has to be a member of the department."),
            "confirm": _(
                "A DingTalk manager looks at it and presses Send again, or for a "
                "deletion Confirm deletion."
            ),
        }

    def _load(self, name):
        return json.loads(self[name] or "{}")

    @staticmethod
    def _dump(values):
        return json.dumps(values, sort_keys=True, ensure_ascii=False)

    def _record(self):
        """Return the department or person, ready to be written without an echo."""
        self.ensure_one()
        record = self.sudo().person_id or self.sudo().department_id
        return record.with_context(dingding_no_push=True, active_test=False)

    # -- handing in ------------------------------------------------------------------

    @api.model
    def _of(self, records, states=OPEN_STATES):
        """Return the open changes of records of one model, oldest first."""
        if not records.ids:
            return self.browse()
        return self.sudo().search(
            [(records._mirror_change, "in", records.ids), ("state", "in", states)],
            order="id",
        )

    @api.model
    def _open_of(self, records):
        """Return record's id -> its last open change."""
        field = records._mirror_change
        return {change[field].id: change for change in self._of(records)}

    @api.model
    def _asked_of(self, records):
        """Return id -> what DingTalk was asked to make, where the outcome is open."""
        found = {}
        for change in self._of(records):
            if change.operation == "create" and (change.asked or change.invited_on):
                found[change[records._mirror_change].id] = change._load("asked")
        return found

    @api.model
    def _mark_open(self, model, corp, by_id):
        """Tell who compares what is on its way, by the key ``pending`` of a row.

        Who is archived here, and not yet in DingTalk, does not come back with the
        next reading.

        :param dict by_id: id -> row of ``_stored``
        """
        changes = self.sudo().search(
            [("corp_id", "=", corp.id), (model._mirror_change, "!=", False),
             ("state", "in", OPEN_STATES)]
        )
        for change in changes:
            row = by_id.get(change[model._mirror_change].id)
            if row is None:
                continue
            if change.operation == "delete":
                row["active"] = True
            row.setdefault("pending", set()).update(change._load("new_values"))

    @api.model
    def _note(self, record, values, before, operation=None, confirm=False):
        """Have a change sent after the commit; merge it with what still waits.

        :param dict values: field -> new value, as ``_own_values`` returns it
        :param dict before: field -> value before, the same way
        :param str operation: one of ALONE, or 'create'; else it is found out
        :param bool confirm: a manager has to look at it first; 'delete' always waits
        :return: the row
        """
        this = rights.without_defaults(self.sudo())
        record._note_contacts(values)
        confirm = confirm or operation == "delete"
        before = {name: before[name] for name in values if name in before}
        row = this._mergeable(record, operation, confirm)
        author = self.env.context.get("dingding_changed_by") or self.env.uid
        if row:
            values = dict(row._load("new_values"), **values)
            row.write(
                {
                    "new_values": self._dump(values),
                    # What it was before all of them.
                    "old_values": self._dump(dict(before, **row._load("old_values"))),
                    "operation": self._operation(record, values, row.operation),
                    "user_id": author,
                    "attempts": 0,
                }
            )
            if not confirm:
                row.write({"last_error": False, "error_code": False,
                           "error_remedy": False})
        else:
            row = this.create(
                {
                    "corp_id": record.sudo().corp_id.id,
                    record._mirror_change: record.id,
                    "operation": self._operation(record, values, operation),
                    "new_values": self._dump(values),
                    "old_values": self._dump(before),
                    "user_id": author,
                    "state": "confirm" if confirm else "queued",
                    "error_code": "confirm" if confirm else False,
                    "error_remedy": "confirm" if confirm else False,
                }
            )
        if not confirm:
            row._enqueue()
        return row

    @api.model
    def _operation(self, record, values, operation=None):
        if operation in ("create",) + ALONE:
            return operation
        places = {"parent_id", "department_ids", "main_department_id"}
        return "move" if values and set(values) <= places else "update"

    @api.model
    def _mergeable(self, record, operation, confirm):
        """Return the row into which a change of the record may be merged, or none."""
        compat.flush(self.env)
        kinds = (operation,) if operation in ALONE else MAIN
        states = ("confirm",) if confirm else MERGE_STATES
        column = record._mirror_change
        rows = self.search(
            [(column, "=", record.id), ("state", "in", states),
             ("operation", "in", kinds)],
            order="id desc", limit=1,
        )
        if not rows:
            return rows
        try:
            # Whoever is sending it holds the lock or has changed the row meanwhile;
            # in both cases this change becomes a row of its own.
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    "SELECT id FROM dingding_change WHERE id = %s"
                    " FOR UPDATE SKIP LOCKED",
                    [rows.id],
                    log_exceptions=False,
                )
                taken = self.env.cr.fetchone()
        except OperationalError:
            taken = None
        return rows if taken else rows.browse()

    @api.model
    def _drop_delete(self, record):
        """Take a deletion back that nobody has confirmed."""
        self._of(record, ("confirm",)).filtered(
            lambda change: change.operation == "delete"
        )._cancel()

    @api.model
    def _drop_new(self, record):
        """Take back what was to be made, unless DingTalk may have made it."""
        if record.id not in self._asked_of(record):
            self._of(record, MERGE_STATES + ("confirm",))._cancel()

    @api.model
    def _drop_left(self, records):
        """Take back what was to be told of records that DingTalk does not have."""
        self._of(records, MERGE_STATES + ("confirm",))._cancel(
            _("It is no longer in DingTalk.")
        )

    def _cancel(self, message=None):
        for change in self:
            change._ended("cancelled", message or False)

    # -- buttons ---------------------------------------------------------------------

    def _check_manager(self):
        if not (
            compat.is_superuser(self.env)
            or self.env.user.has_group("dingding.group_manager")
        ):
            raise AccessError(_("Only DingTalk managers may do this."))

    def action_retry(self):
        """Send what DingTalk has not taken once more, or what waited for a manager."""
        self._check_manager()
        compat.check_access(self, "read")
        waiting = self.filtered(
            lambda change: change.state == "confirm" and change.operation != "delete"
        )
        waiting.sudo().write(
            {
                "state": "failed",
                "confirmed_by": self.env.uid,
                "confirmed_on": fields.Datetime.now(),
            }
        )
        old = datetime.datetime.utcnow() - datetime.timedelta(days=INVITATION_DAYS)
        self.sudo().filtered(
            lambda change: change.invited_on
            and fields.Datetime.from_string(change.invited_on) < old
        ).write({"invited_on": False})
        return super(DingdingChange, self).action_retry()

    def action_cancel(self):
        """Give the changes up and take what DingTalk has."""
        self._check_manager()
        compat.check_access(self, "read")
        for change in self:
            record = change._record()
            if record:
                change.sudo()._take_theirs(record)
        return True

    def action_confirm_delete(self):
        """Open the form that deletes in DingTalk, after a look at the names."""
        self._check_manager()
        compat.check_access(self, "read")
        return self.env["dingding.delete"]._open_for_changes(self)

    def _take_theirs(self, record):
        """Cancel these changes of a record and take DingTalk's version of it."""
        changes = self.sudo()
        if record.is_new:
            raise UserError(
                _("%s is not in DingTalk. Archive it, if it shall not be there.")
                % record.display_name
            )
        if "working" in changes.mapped("state"):
            raise UserError(
                _("%s is being sent just now. Try again in a moment.")
                % record.display_name
            )
        names = set()
        for change in changes:
            names.update(change._load("new_values"))
        changes._cancel(_("DingTalk's version was taken."))
        record = record.sudo().with_context(dingding_no_push=True, active_test=False)
        if not record.active and "delete" in changes.mapped("operation"):
            record.write({"active": True})
        # What both never agreed on is DingTalk's, whoever leads.
        record._forget_agreed(names)
        runs = self.env["dingding.run"]
        with user_errors(self.env):
            if record._name == "dingding.user":
                runs._refresh_person(record)
            else:
                runs._refresh_department(record)

    def _confirmed(self, user_id):
        """Have deletions sent that a manager has confirmed."""
        self.write(
            {
                "confirmed_by": user_id,
                "confirmed_on": fields.Datetime.now(),
                "last_error": False,
                "error_code": False,
                "error_remedy": False,
                "attempts": 0,
            }
        )
        self._enqueue()

    # -- sending ---------------------------------------------------------------------

    def _work(self, deadline):
        record = self._record()
        if not record:
            self._cancel()
            return False
        wait = self._wait_for(record)
        if wait:
            self._wait(wait, WAIT_SECONDS)
            return False
        try:
            client = record.corp_id._app_for("contact")._dingtalk_client()
        except UserError as error:
            self._give_up(str(error.args[0]))
            return False
        # No transaction stays open while DingTalk is asked.
        self._commit()
        if self.operation == "delete":
            return self._delete_there(client, record)
        made = self._make_there(client, record) if record.is_new else FOUND
        if not made:
            return False
        if self.operation == "managers":
            self._send_managers(client, record)
        elif self.operation == "order":
            self._send_order(client, record)
        elif made == FOUND:
            self._send_values(client, record)
        self.sent_on = fields.Datetime.now()
        return True

    def _wait(self, message, seconds, code="waits"):
        """Look again later; what is waited for is no failed attempt."""
        self._come_again(message, seconds, code)

    def _wait_for(self, record):
        """Return in words what has to be sent before, or nothing."""
        earlier = self._of(record, DUE_STATES).filtered(lambda each: each.id < self.id)
        if earlier:
            return _("Waits for an earlier change of the same record.")
        if self.operation == "delete" and self._earlier_deletions(record):
            return _("Waits until what is in it has been deleted.")
        _values, missing = record._outside(self._load("new_values"))
        if self.operation == "managers":
            missing += [record] if record.is_new else []
            if self._of(record.manager_ids, DUE_STATES).filtered(
                lambda each: each.id < self.id
            ):
                return _("Waits for changes of the managers themselves.")
        if self.operation == "order":
            missing += [record] if record.is_new else []
            earlier = self._of(record.child_ids, DUE_STATES).filtered(
                lambda each: each.id < self.id and each.operation in MAIN
            )
            if earlier:
                return _("Waits for changes of the departments below.")
        if record.is_new and self.operation == "create" and not missing:
            parent = record._mirror_place == "parent_id" and record.parent_id
            missing = [parent] if parent and parent.is_new else []
        if missing:
            return _("Waits until DingTalk has %s.") % missing[0].display_name
        return ""

    def _earlier_deletions(self, record):
        if record._name == "dingding.user":
            return self.browse()
        inside = self._of(record.child_ids, DUE_STATES)
        inside |= self._of(record.user_ids, DUE_STATES)
        return inside.filtered(lambda change: change.operation == "delete")

    # -- outcomes --------------------------------------------------------------------

    def _failed(self, error):
        record = self._record()
        if isinstance(error, NotFoundError) and record and not record.active:
            # Who has left needs nothing more.
            self._cancel(str(error))
            return None
        return super(DingdingChange, self)._failed(error)

    def _give_up(self, message):
        result = super(DingdingChange, self)._give_up(message)
        self._hand_on()
        return result

    def _hand_on(self):
        """Leave what DingTalk has refused to the change that follows, if there is one.

        Often it is the correction.
        """
        record = self._record()
        kinds = MAIN if self.operation in MAIN else (self.operation,)
        later = self._of(record, DUE_STATES).filtered(
            lambda each: each.id > self.id and each.operation in kinds
        )[:1]
        if not later:
            return
        # Somebody may be merging a change into it just now, or cancel it.
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT 1 FROM dingding_change WHERE id = %s AND state IN %s FOR UPDATE",
            [later.id, DUE_STATES],
        )
        if not self.env.cr.fetchone():
            return
        compat.forget(self.env)
        values = dict(self._load("new_values"), **later._load("new_values"))
        later.write(
            {
                "new_values": self._dump(values),
                "old_values": self._dump(
                    dict(later._load("old_values"), **self._load("old_values"))
                ),
                "operation": self._operation(
                    record, values,
                    "create" if self.operation == "create" else later.operation,
                ),
                "asked": self.asked,
                "invited_on": self.invited_on,
            }
        )
        self._ended("cancelled", _("Went into the change that follows."))
