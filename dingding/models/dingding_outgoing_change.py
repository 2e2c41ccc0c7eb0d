# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The outbox: changes made in Odoo that DingTalk does not have yet."""
import datetime
import json

from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat, rights
from ..dingtalk import utc
from ..dingtalk.errors import NotFoundError
from .dingding_sync_mixin import PLACES, SENT_WITH
from .queue import ARCHIVED
from .remedies import user_errors

OPEN_STATES = ("queued", "working", "retry", "failed", "unknown", "confirm")
DUE_STATES = ("queued", "working", "retry")
# A row that is being sent is not merged.
MERGE_STATES = ("queued", "retry", "failed", "unknown")
# The rest is separate rows.
MAIN = ("create", "update", "move")
ALONE = ("managers", "order", "delete")
REFUSED_STATES = ("failed", "unknown")
REPEATABLE = ("update", "move", "managers", "order")

WAIT_SECONDS = 5  # until the changes that this one waits for are checked again
# Until they are checked again if they do not go on by themselves: thousands of changes
# may wait for a department that DingTalk has refused.
BLOCKED_SECONDS = 600
WAITS = "waits"
ARCHIVED_SECONDS = 3600  # until an archived organisation is checked again
# With back-off fourteen hours: DingTalk may be down for a night.
MOST_ATTEMPTS = 20
INVITATION_DAYS = 30
# Code of DingTalk: the person was invited and has not accepted yet.
INVITED = "40103"
# Of the records of changes: writing to them queues no change.
RECORD_CONTEXT = {"dingding_no_push": True, "active_test": False}
MADE, FOUND = "made", "found"


class DingdingOutgoingChange(models.Model):
    """A change of one department or person to send to DingTalk.

    A record has one open row, into which later changes are merged, unless it is being
    sent.
    """

    _name = "dingding.outgoing.change"
    _description = "Outgoing DingTalk Change"
    _inherit = "dingding.queue.mixin"
    _order = "id desc"

    _max_attempts = MOST_ATTEMPTS
    _corp_path = "corp_id"

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
            ("managers", "Set managers"),
            ("order", "Set order"),
            ("delete", "Delete"),
        ],
        string="Change type", required=True, readonly=True,
    )
    new_values = fields.Text(readonly=True, help="JSON object of fields and values.")
    old_values = fields.Text(readonly=True, help="JSON object of fields and values.")
    summary = fields.Text(compute="_compute_name")
    user_id = fields.Many2one(
        "res.users", string="Changed by", readonly=True, ondelete="set null"
    )
    confirmed_by = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, copy=False,
        ondelete="set null",
    )
    confirmed_on = fields.Datetime(string="Confirmed on", readonly=True, copy=False)
    asked = fields.Text(
        string="Requested values",
        readonly=True, copy=False,
        help="Values of a creation whose outcome is unknown. Odoo queries DingTalk "
             "before it sends them again.",
    )
    invited_on = fields.Datetime(
        readonly=True, copy=False,
        help="DingTalk has invited the person, who becomes a member by accepting.",
    )
    sent_on = fields.Datetime(string="Sent", readonly=True, copy=False)

    # -- what a person sees ----------------------------------------------------------

    @api.depends("operation", "new_values", "old_values")
    def _compute_name(self):
        words = dict(self._fields["operation"]._description_selection(self.env))
        names = self._names_in_values()
        for change in self:
            record = change._record()
            change.name = "%s: %s" % (
                words.get(change.operation, ""), record.display_name or ""
            )
            change.summary = change._summary(record, names)

    def _names_in_values(self):
        """Return (model, id) -> name of what these changes refer to, read at once."""
        wanted = {}
        for name in ("person_id", "department_id"):
            # The records themselves too, as ``_record`` has them.
            records = self.sudo().mapped(name).with_context(**RECORD_CONTEXT)
            records.mapped("display_name")
        for change in self:
            fields_of = change._record()._fields
            for column in ("new_values", "old_values"):
                for name, value in change._load(column).items():
                    field = fields_of.get(name)
                    if value and field is not None and field.relational:
                        wanted.setdefault(field.comodel_name, set()).update(
                            value if isinstance(value, list) else [value])
        found = {}
        for name, ids in wanted.items():
            model = self.env[name].sudo().with_context(active_test=False)
            for record in model.browse(sorted(ids)).exists():
                found[(name, record.id)] = record.display_name
        return found

    def _summary(self, record, names):
        """Return the changes as text, one line per field.

        :param dict names: of :meth:`_names_in_values`
        """
        values = self._load("new_values") if record else {}
        before, lines = self._load("old_values"), []
        conflicts = self.env["dingding.conflict"]
        for name in sorted(values):
            shown = [
                self._shown(record, name, each, names)
                for each in (before.get(name), values[name])
            ]
            lines.append(
                "%s: %s" % (
                    conflicts._label(record._name, name),
                    " > ".join(shown) if name in before else shown[1],
                )
            )
        return "\n".join(lines)

    @staticmethod
    def _shown(record, name, value, names):
        """Return a value as text; relations are row ids."""
        field = record._fields.get(name)
        if not value or field is None or not field.relational:
            return str(value) if value else ""
        ids = sorted(value) if isinstance(value, list) else [value]
        found = [names.get((field.comodel_name, each)) for each in ids]
        return ", ".join(each for each in found if each)

    @api.depends("error_remedy", "error_code", "operation")
    def _compute_remedy(self):
        result = super()._compute_remedy()
        texts = self._remedies()
        for change in self:
            if change.error_code in texts:
                change.remedy = texts[change.error_code]
        return result

    @api.model
    def _remedies(self):
        """Return DingTalk's code -> remedy, in the user's language."""
        return {
            "60104": _(
                "This mobile already belongs to somebody in DingTalk. Click Get users "
                "on the organisation, use that person, and archive this one."
            ),
            "60103": _(
                "Enter the mobile as 13800138000, or +49-15112345678 for other "
                "countries."
            ),
            "40022": _(
                "DingTalk does not allow others to change the mobile that a person "
                "signs in with. The person must change it in DingTalk (Me > Settings > "
                "Account and security); then click Use DingTalk's value."
            ),
            "60003": _(
                "A department of this change no longer exists in DingTalk. Click Get "
                "departments, choose another one, and send the change again."
            ),
            "60121": _(
                "DingTalk no longer knows this person. Click Get users on the "
                "organisation."
            ),
            "33012": _(
                "DingTalk no longer knows this person. Click Get users on the "
                "organisation."
            ),
            INVITED: _(
                "DingTalk has sent an invitation. The person must accept it in "
                "DingTalk; Odoo checks every hour."
            ),
            "12150": _(
                "DingTalk Smart HR manages these fields. Change them there, or turn "
                "that off in DingTalk's admin console."
            ),
            "60021": _(
                "The parent department already has a department with this name. Choose "
                "another name, or click Get departments and use the existing one."
            ),
            "60018": _("The organisation itself can only be changed in DingTalk."),
            "60005": _(
                "The department still has people, possibly some that the application "
                "cannot see. Move them first."
            ),
            "60006": _("The department still has sub-departments. Delete them first."),
            "40031": _("A manager must be a member of the department."),
            "confirm": _(
                "A DingTalk manager must check it and click Send again, or Confirm "
                "deletion for a deletion."
            ),
        }

    def _load(self, name):
        return json.loads(self[name] or "{}")

    @staticmethod
    def _dump(values):
        return json.dumps(values, sort_keys=True, ensure_ascii=False)

    def _record(self):
        """Return the department or person; writing to it queues no change."""
        self.ensure_one()
        record = self.sudo().person_id or self.sudo().department_id
        return record.with_context(**RECORD_CONTEXT)

    # -- queueing --------------------------------------------------------------------

    @api.model
    def _of(self, records, states=OPEN_STATES):
        """Return the open changes of records of one model, oldest first."""
        if not records.ids or not records._sync_change:
            return self.browse()
        return self.sudo().search(
            [(records._sync_change, "in", records.ids), ("state", "in", states)],
            order="id",
        )

    @api.model
    def _open_of(self, records):
        """Return id of a record -> its last open change."""
        field = records._sync_change
        return {change[field].id: change for change in self._of(records)}

    @api.model
    def _asked_of(self, records):
        """Return id -> values of a creation whose outcome is open."""
        found = {}
        for change in self._of(records):
            if change.operation == "create" and (change.asked or change.invited_on):
                found[change[records._sync_change].id] = change._load("asked")
        return found

    @api.model
    def _mark_open(self, model, corp, by_id, some=False):
        """Mark pending changes for comparisons, by the key ``pending`` of a row.

        :param dict by_id: id -> row of ``_stored``
        :param bool some: whether these are not all rows of the organisation
        """
        self._mark(by_id, self._open_marks(model, corp, list(by_id) if some else None))

    @api.model
    def _open_marks(self, model, corp, ids=None):
        """Return what ``_mark`` needs of the open changes of a model's rows.

        :param ids: of the rows; None: all
        """
        if not model._sync_change or ids is not None and not ids:
            return []
        which = ("!=", False) if ids is None else ("in", ids)
        changes = self.sudo().search(
            [("corp_id", "=", corp.id), (model._sync_change,) + which,
             ("state", "in", OPEN_STATES)]
        )
        marks = []
        for change in changes:
            names = set(change._load("new_values"))
            names |= {name for name in SENT_WITH if SENT_WITH[name] in names}
            marks.append((
                change[model._sync_change].id, names, change.operation,
                change._is_refused(),
            ))
        return marks

    @staticmethod
    def _mark(by_id, marks):
        """Mark rows as ``_mark_open`` does.

        The next sync must not unarchive a record archived in Odoo only.
        """
        for row_id, names, operation, refused in marks:
            row = by_id.get(row_id)
            if row is None:
                continue
            if operation == "delete":
                row["active"] = True
            row.setdefault("pending", set()).update(names)
            if refused:
                row.setdefault("refused", set()).update(names)

    @api.model
    def _note(self, record, values, before, operation=None, confirm=False):
        """Queue a change to send after the commit; merge it with waiting ones.

        :param dict values: field -> new value, as ``_own_values`` returns it
        :param dict before: field -> value before, the same way
        :param str operation: one of ALONE, or 'create'; default: from the values
        :param bool confirm: a manager has to confirm it; 'delete' always needs that
        :return: the row
        """
        this = rights.without_defaults(self.sudo())
        record._note_contacts(values)
        confirm = confirm or operation == "delete"
        before = {name: before[name] for name in values if name in before}
        row = this._mergeable(record, operation, confirm)
        author = self.env.context.get("dingding_changed_by") or self.env.uid
        blocks = bool(row) and row.operation == "create" and (
            row.state in REFUSED_STATES)
        if row:
            values = dict(row._load("new_values"), **values)
            row.write(
                {
                    "new_values": self._dump(values),
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
                    record._sync_change: record.id,
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
        if blocks:
            row._wake_waiting()
        return row

    @api.model
    def _operation(self, record, values, operation=None):
        if operation in ("create",) + ALONE:
            return operation
        return "move" if values and set(values) <= set(PLACES) else "update"

    @api.model
    def _mergeable(self, record, operation, confirm):
        """Return the row into which a change of the record can be merged, or none."""
        compat.flush(self.env)
        kinds = (operation,) if operation in ALONE else MAIN
        states = ("confirm",) if confirm else MERGE_STATES
        column = record._sync_change
        rows = self.search(
            [(column, "=", record.id), ("state", "in", states),
             ("operation", "in", kinds)],
            order="id desc", limit=1,
        )
        if not rows:
            return rows
        try:
            # A worker that is sending it holds the lock or has changed the row.
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    "SELECT id FROM dingding_outgoing_change WHERE id = %s"
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
        """Cancel unconfirmed deletions."""
        self._of(record, ("confirm",)).filtered(
            lambda change: change.operation == "delete"
        )._cancel()

    @api.model
    def _drop_new(self, record):
        """Cancel creations, unless DingTalk may have carried them out."""
        if record.id not in self._asked_of(record):
            self._of(record, MERGE_STATES + ("confirm",))._cancel()

    @api.model
    def _drop_left(self, records):
        """Cancel changes of records that DingTalk does not have."""
        self._of(records, MERGE_STATES + ("confirm",))._cancel(
            _("It is no longer in DingTalk.")
        )

    # -- what DingTalk has refused ---------------------------------------------------

    def _is_refused(self):
        """Tell whether this change waits for a person."""
        return (
            self.state in REFUSED_STATES and not self.confirmed_by
            and self.operation in REPEATABLE
        )

    @api.model
    def _refused_of(self, record):
        return self._of(record, REFUSED_STATES).filtered(
            lambda change: change._is_refused()
        )

    @api.model
    def _not_refused(self, record, values):
        """Return the values that DingTalk has not refused yet.

        :param dict values: field -> value, as ``_own_values`` returns it
        """
        refused = {}
        for change in self._refused_of(record):
            # Exhausted attempts mean an outage, not a refused value.
            if change.state == "failed" and change.attempts < MOST_ATTEMPTS:
                refused.update(change._load("new_values"))
        return {
            name: value for name, value in values.items()
            if name not in refused or (refused[name] or None) != (value or None)
        }

    @api.model
    def _close_refused(self, record, names, values=None, reason=None):
        """Cancel refused changes of fields that are now equal on both sides.

        Other fields of the same row stay open.

        :param names: the fields
        :param dict values: field -> value that this change has sent; a younger refused
            change of another value stays open
        :param str reason: text for the cancelled row
        """
        for change in self._refused_of(record):
            own = change._load("new_values")
            left = {
                name: value for name, value in own.items()
                if name not in names or values is not None and change.id > self.id
                and not (name in values and (values[name] or None) == (value or None))
            }
            if not left:
                change._cancel(
                    reason or _("Odoo and DingTalk now have the same value.")
                )
            elif left != own:
                change.write(
                    {"new_values": self._dump(left),
                     "operation": self._operation(record, left, change.operation)}
                )

    def _cancel(self, message=None):
        for change in self:
            change._ended("cancelled", message or False)

    # -- buttons ---------------------------------------------------------------------

    def action_retry(self):
        """Send rejected changes again, or those that waited for a manager."""
        rights.check_manager(self)
        compat.check_access(self, "read")
        waiting = self.filtered(
            lambda change: change.state == "confirm" and change.operation != "delete"
        )
        waiting._check_places()
        waiting.sudo().write(
            {
                "state": "failed",
                "confirmed_by": self.env.uid,
                "confirmed_on": fields.Datetime.now(),
            }
        )
        old = utc.now() - datetime.timedelta(days=INVITATION_DAYS)
        self.sudo().filtered(
            lambda change: change.invited_on
            and fields.Datetime.from_string(change.invited_on) < old
        ).write({"invited_on": False})
        result = super().action_retry()
        self._wake_waiting()
        return result

    def _wake_waiting(self):
        """Check at once again what waits for other changes, after the commit."""
        waiting = self.sudo().search([
            ("corp_id", "in", self.sudo().mapped("corp_id").ids),
            ("state", "=", "retry"), ("error_code", "=", WAITS)])
        if waiting:
            waiting.write({"next_try": False})
            self.env["dingding.queue"]._wake(self._name, waiting)

    def _check_places(self):
        """Refuse to confirm moves that give new users more than the current user has.

        :raise AccessError: new users would get rights that the current user lacks
        """
        for change in self.sudo():
            record, values = change._record(), change._load("new_values")
            name = next((each for each in PLACES if each in values), None)
            if not name or "user_id" in record._fields and record.user_id:
                continue
            value = values[name]
            ids = value if isinstance(value, list) else [value or ()]
            person = change.person_id
            now = record._new_user_department() if person else record.parent_id
            for place in change.department_id.browse(ids):
                if place._new_users_gain(self.env.user) - now._new_users_gain(
                    self.env.user
                ):
                    raise AccessError(
                        _("New users in %(department)s have more access rights in Odoo "
                          "than you. Ask an administrator to move %(person)s there.")
                        % {"person": record.display_name, "department": place.name}
                    )

    def action_cancel(self):
        """Discard the changes and use DingTalk's values."""
        rights.check_manager(self)
        compat.check_access(self, "read")
        for change in self:
            record = change._record()
            if record:
                change.sudo()._use_dingtalk_value(record)
        return True

    def action_confirm_delete(self):
        """Open the wizard that deletes in DingTalk, after the names are confirmed."""
        rights.check_manager(self)
        compat.check_access(self, "read")
        return self.env["dingding.delete"]._open_for_changes(self)

    def _use_dingtalk_value(self, record):
        """Cancel these changes of a record and use DingTalk's values."""
        changes = self.sudo()
        if record.is_new:
            raise UserError(
                _("%s is not in DingTalk. If it should not be there, archive it.")
                % record.display_name
            )
        if "working" in changes.mapped("state"):
            raise UserError(
                _("%s is being sent. Try again in a moment.")
                % record.display_name
            )
        names = set()
        for change in changes:
            names.update(change._load("new_values"))
        changes._cancel(_("DingTalk's value was used."))
        record = record.sudo().with_context(dingding_no_push=True, active_test=False)
        if not record.active and "delete" in changes.mapped("operation"):
            record.write({"active": True})
        # Without a baseline DingTalk's value counts, whichever side leads.
        record._forget_baseline(names)
        syncs = self.env["dingding.sync"]
        with user_errors(self.env):
            if record._name == "dingding.user":
                syncs._refresh_person(record)
            else:
                syncs._refresh_department(record)

    def _confirmed(self, user_id):
        """Queue deletions that a manager has confirmed."""
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

    def _leave_archived(self, message):
        # Both sides are made equal once the organisation is back.
        self._wait(message, ARCHIVED_SECONDS, ARCHIVED)

    @api.model
    def _wake_archived(self, corps):
        """Process the changes that waited for their organisations to come back."""
        rows = self.search([
            ("corp_id", "in", corps.ids), ("state", "=", "retry"),
            ("error_code", "=", ARCHIVED)])
        if rows:
            rows.write({"next_try": False})
            self.env["dingding.queue"]._wake(self._name, rows)

    def _work(self, deadline):
        record = self._record()
        if not record:
            self._cancel()
            return False
        wait, awaited = self._wait_for(record)
        if wait:
            self._wait(wait, self._wait_seconds(awaited))
            return False
        try:
            client = record.corp_id._app_for("contact")._dingtalk_client(
                feature="contacts"
            )
        except UserError as error:
            self._give_up(str(error.args[0]))
            return False
        # No transaction stays open during the call.
        self._commit()
        if self.operation == "delete":
            return self._export_delete(client, record)
        made = self._export_create(client, record) if record.is_new else FOUND
        if not made:
            return False
        if self.operation == "managers":
            self._send_managers(client, record)
        elif self.operation == "order":
            self._send_order(client, record)
        elif made == FOUND:
            self._export_write(client, record)
        if self.operation in ("managers", "order"):
            self._close_refused(record, set(self._load("new_values")))
        self._note_changed(record)
        self.sent_on = fields.Datetime.now()
        return True

    def _note_changed(self, record, people=(), gone=False):
        """Tell a sync that is reading that DingTalk has other values now.

        :param people: whose values have changed with those of a department
        :param bool gone: whether DingTalk has deleted the record
        """
        is_person = record._name == "dingding.user"
        self.env["dingding.sync"]._note_changed(
            self.corp_id, () if is_person else [record.dept_id],
            [each.userid for each in (record if is_person else people)],
            read=gone, gone=gone,
        )

    def _wait(self, message, seconds, code=WAITS):
        """Check again later, without counting an attempt."""
        self._requeue(message, seconds, code)

    def _wait_seconds(self, awaited):
        """Return the seconds until one of the awaited changes may have gone on.

        :param awaited: open changes
        """
        due = awaited.filtered(lambda each: each.state in DUE_STATES)
        if not due:
            return BLOCKED_SECONDS
        if not all(due.mapped("next_try")):
            return WAIT_SECONDS
        first = min(fields.Datetime.from_string(each.next_try) for each in due)
        seconds = (first - self._now()).total_seconds()
        return min(max(seconds, 0) + WAIT_SECONDS, BLOCKED_SECONDS)

    def _wait_for(self, record):
        """Return (which changes have to be sent first, as text, these), or ('', none).
        """
        earlier = self._of(record, DUE_STATES).filtered(lambda each: each.id < self.id)
        if earlier:
            return _("Waiting for an earlier change of the same record."), earlier
        earlier = self.browse()
        if self.operation == "delete":
            earlier = self._earlier_deletions(record)
        if earlier:
            return _("Waiting until its contents have been deleted."), earlier
        values, _reduced = self._without_leavers(record, self._load("new_values"))
        _values, missing = record._export_values(values)
        if self.operation == "managers":
            managers = record._possible_managers()
            missing = list(managers.filtered("is_new"))
            missing += [record] if record.is_new else []
            earlier = self._of(managers, DUE_STATES).filtered(
                lambda each: each.id < self.id)
            if earlier:
                return _("Waiting for changes of the managers."), earlier
        if self.operation == "order":
            missing += [record] if record.is_new else []
            earlier = self._of(record.child_ids, DUE_STATES).filtered(
                lambda each: each.id < self.id and each.operation in MAIN
            )
            if earlier:
                return _("Waiting for changes of the sub-departments."), earlier
        if record.is_new and self.operation == "create" and not missing:
            parent = record._sync_place == "parent_id" and record.parent_id
            missing = [parent] if parent and parent.is_new else []
        if missing:
            text = _("Waiting until %s exists in DingTalk.") % missing[0].display_name
            return text, self._of(missing[0])
        return "", self.browse()

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
            # Leavers need no further change.
            self._cancel(str(error))
            return None
        return super()._failed(error)

    def _give_up(self, message):
        result = super()._give_up(message)
        self._merge_into_later()
        return result

    def _merge_into_later(self):
        """Merge a refused change into the next one, if there is one.

        The next one is often the correction.
        """
        record = self._record()
        kinds = MAIN if self.operation in MAIN else (self.operation,)
        later = self._of(record, DUE_STATES).filtered(
            lambda each: each.id > self.id and each.operation in kinds
        )[:1]
        if not later:
            return
        # Another transaction may be merging a change into it, or cancelling it.
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT 1 FROM dingding_outgoing_change"
            " WHERE id = %s AND state IN %s FOR UPDATE",
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
        self._ended("cancelled", _("Merged into the following change."))
