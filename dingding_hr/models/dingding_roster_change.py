# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import re
import time

from psycopg2 import DataError, IntegrityError

from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.api.hrm import MAX_FIELDS, MAX_LEAVERS, MAX_PEOPLE
from odoo.addons.dingding.dingtalk.beijing import OFFSET
from odoo.addons.dingding.models.queue import ARCHIVED

# First key of the lock of a person's roster.
LOCK_ROSTER = 0x44540032
# One person's refused values must not stop the others.
REFUSALS = compat.REFUSALS + (DataError, IntegrityError, ValueError)
# Of a leaver: has withdrawn, or only asked for it.
STAYS = ("3", "4")
DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
# DingTalk's options -> keys that Odoo's selections may have.
CHOICES = {
    "\u7537": ("male",),
    "\u5973": ("female",),
    "\u672a\u5a5a": ("single",),
    "\u5df2\u5a5a": ("married",),
    "\u79bb\u5f02": ("divorced",),
    "\u4e27\u5076": ("widower",),
}


class DingdingRosterChange(models.Model):
    """Read an organisation's roster, or write a person's; one queue row.

    A row never holds values.
    """

    _name = "dingding.roster.change"
    _description = "DingTalk Roster Change"
    _inherit = "dingding.queue.mixin"
    _order = "id desc"
    _ends_at_user_error = True
    _corp_path = "corp_id"

    name = fields.Char(compute="_compute_name")
    kind = fields.Selection(
        [("read", "Read from DingTalk"), ("write", "Write to DingTalk")],
        string="Type", required=True, readonly=True,
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", readonly=True, ondelete="cascade",
        index=True,
    )
    actor_id = fields.Many2one(
        "res.users", string="Caused by", readonly=True, ondelete="set null")
    # The last person processed in this step; a new worker continues there.
    cursor = fields.Integer(readonly=True, copy=False)
    step = fields.Integer(readonly=True, copy=False)

    @api.depends("kind", "person_id.name", "corp_id.name")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for change in self:
            # sudo: HR officers may not read organisations.
            whom = change.sudo().person_id or change.sudo().corp_id
            change.name = "%s: %s" % (whom.name or "", kinds.get(change.kind, ""))

    @api.model
    def _add(self, kind, corp, actor_id, person=None):
        """Queue work with all rights, once."""
        rows = self.sudo()
        person_id = person.id if person else False
        if kind == "read" and rows.search_count([
            ("kind", "=", kind), ("corp_id", "=", corp.id), ("state", "=", "queued"),
        ]):
            return
        if kind == "write" and not corp.sudo().active and rows.search_count([
            ("kind", "=", kind), ("person_id", "=", person_id), "|",
            ("state", "=", "queued"), "&", ("state", "=", "failed"),
            ("error_code", "=", ARCHIVED),
        ]):
            # It is sent once, when the organisation is back.
            return
        compat.create_all(rows, [{
            "kind": kind, "corp_id": corp.id, "person_id": person_id,
            "actor_id": actor_id,
        }])._enqueue()

    @api.model
    def _cron_read(self):
        """Read the rosters of all organisations with mapped fields."""
        rows = self.env["dingding.roster.field"].search([
            ("direction", "=", "dingtalk"), ("corp_id.active", "=", True)])
        corps = rows.mapped("corp_id") | self.env["dingding.corp"].search(
            [("roster_leavers", "=", True)])
        for corp in corps:
            self._add("read", corp, self.env.uid)

    # -- processing --------------------------------------------------------------------

    def _work(self, deadline):
        if self.kind == "read":
            steps = self._steps()
            while self.step < len(steps):
                if steps[self.step](deadline):
                    self.write({"step": self.step + 1, "cursor": 0})
                    self._commit()
                if self.step < len(steps) and time.monotonic() > deadline:
                    # Of many people each step takes a turn of its own.
                    self._pause()
                    return False
            self._cancel_failed(self._same_work())
            return None
        with self._alone(LOCK_ROSTER, self.person_id.id) as held:
            if not held:
                return False
            self._dingtalk_write()
            self._cancel_failed(self._same_work())
        return None

    def _same_work(self):
        return [
            ("kind", "=", self.kind), ("corp_id", "=", self.corp_id.id),
            ("person_id", "=", self.person_id.id)]

    def _steps(self):
        """Return what is read, in order: deadline -> whether nothing is left."""
        steps = [self._dingtalk_read]
        if self.corp_id.roster_leavers:
            steps.append(self._dingtalk_read_leavers)
        return steps

    def _hrm(self):
        """Return the client's area, and the AgentId that its calls need.

        :raise UserError: the application has no AgentId
        """
        app = self.corp_id._app_for("contact")
        if not (app.agent_id or "").strip().isdigit():
            raise UserError(
                _("Enter the AgentId of the application %s: the roster needs it.")
                % app.name)
        return app._dingtalk_client(feature="contacts").hrm, int(app.agent_id)

    # -- DingTalk to Odoo --------------------------------------------------------------

    def _dingtalk_read(self, deadline):
        """Read everybody's mapped fields; return whether nobody is left."""
        mapped = self.env["dingding.roster.field"]._mapped(self.corp_id, "dingtalk")
        if not mapped:
            return True
        hrm, agent_id = self._hrm()
        people = self.env["dingding.user"].sudo().search([
            ("corp_id", "=", self.corp_id.id), ("employee_id", "!=", False),
            ("id", ">", self.cursor)], order="id")
        codes = sorted({row.code for row in mapped.values()})
        ids = people.ids
        for start in range(0, len(ids), MAX_PEOPLE):
            if start and time.monotonic() > deadline:
                return False
            part = people.browse(ids[start:start + MAX_PEOPLE])
            found = {}
            self._commit()
            for first in range(0, len(codes), MAX_FIELDS):
                answer = hrm.rosters(
                    part.mapped("userid"), agent_id, codes[first:first + MAX_FIELDS])
                for userid, values in answer.items():
                    found.setdefault(userid, {}).update(values)
            for person in part:
                if person.userid in found:
                    self._take_over(person, mapped, found[person.userid])
            self.write({"cursor": part.ids[-1]})
            self._commit()
        return True

    def _take_over(self, person, mapped, found):
        """Write a person's differing values to the employee."""
        # sudo: an HR manager chose the fields.
        employee = person.employee_id.sudo().with_context(dingding_no_push=True)
        values, skipped = {}, []
        for name, row in mapped.items():
            if row.code not in found:
                continue
            cells = found[row.code]
            text = cells[0].label.strip() if cells else ""
            try:
                value = self._converted(employee, name, text)
            except ValueError:
                skipped.append(row.name)
                continue
            if _plain(employee[name]) != _plain(value):
                values[name] = value
        if values and not self._write_values(employee, values):
            # One refused value must not stop the others.
            refused = {
                name for name in sorted(values)
                if len(values) == 1
                or not self._write_values(employee, {name: values[name]})
            }
            skipped += [mapped[name].name for name in refused]
            values = {name: values[name] for name in values if name not in refused}
        self.env["dingding.roster.log"]._note(
            person, "dingtalk", self.actor_id.id,
            [mapped[name].name for name in values], skipped)

    def _write_values(self, employee, values):
        """Write values to an employee; return whether Odoo has accepted them."""
        try:
            # A logged failure would contain its values.
            with tools.mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                employee.write(values)
                compat.flush(employee.env)
        except REFUSALS:
            compat.forget(self.env)
            return False
        return True

    @api.model
    def _converted(self, employee, name, text):
        """Return a DingTalk text as a value of an employee field.

        :raise ValueError: it does not fit
        """
        field = employee._fields[name]
        if not text:
            return False
        if field.type == "date":
            if not DATE.match(text[:10]):
                raise ValueError(name)
            return fields.Date.to_string(fields.Date.from_string(text[:10]))
        if field.type == "many2one":
            return self._job(employee, text).id
        if field.type == "selection":
            description = employee.fields_get([name], ["selection"])[name]
            options = dict(description["selection"])
            for key in CHOICES.get(text, ()) + (text,):
                if key in options:
                    return key
            for key, label in options.items():
                if label == text:
                    return key
            raise ValueError(name)
        return text

    @api.model
    def _job(self, employee, title):
        """Return the job with this title in the employee's company, else a new one."""
        jobs = self.env["hr.job"].sudo()
        company = employee.company_id
        named = jobs.with_context(
            lang=self.env["dingding.sync"]._language_of_names())
        found = named.search(
            [("name", "=", title), ("company_id", "in", (company.id, False))], limit=1)
        return found or jobs.create({"name": title, "company_id": company.id})

    def _dingtalk_read_leavers(self, deadline):
        """Store when and why people leave."""
        hrm = self.corp_id._app_for("contact")._dingtalk_client(feature="contacts").hrm
        self._commit()
        userids = list(hrm.leavers())
        # Not everybody: Odoo would read all of their columns.
        people = self.env["dingding.user"].sudo().with_context(
            active_test=False
        ).search([
            ("corp_id", "=", self.corp_id.id), ("id", ">", self.cursor),
            "|", ("userid", "in", userids),
            "&", ("active", "=", True), ("last_day", "!=", False)], order="id")
        leavers = people.filtered(lambda each, known=set(userids): each.userid in known)
        for person in people - leavers:
            # Stays after all; leavers keep what is known.
            person._note_leaving(False, False)
        self._commit()
        for start in range(0, len(leavers), MAX_LEAVERS):
            if start and time.monotonic() > deadline:
                return False
            part = {each.userid: each for each in leavers[start:start + MAX_LEAVERS]}
            for info in hrm.leaver_infos(sorted(part)):
                person = part.get(str(info.get("userId") or ""))
                if person and str(info.get("status")) in STAYS:
                    person._note_leaving(False, False)
                elif person:
                    person._note_leaving(
                        _day(info.get("lastWorkDay")), info.get("reasonMemo") or False)
            self.write({"cursor": leavers.ids[start + len(part) - 1]})
            self._commit()
        return True

    # -- Odoo to DingTalk --------------------------------------------------------------

    def _dingtalk_write(self):
        """Write differing values into the existing rows."""
        person = self.sudo().person_id
        employee = person.employee_id
        mapped = self.env["dingding.roster.field"]._mapped(self.corp_id, "odoo")
        if not employee or not person.active or not mapped:
            return
        hrm, agent_id = self._hrm()
        codes = sorted({row.code for row in mapped.values()})[:MAX_FIELDS]
        self._commit()
        found = hrm.rosters([person.userid], agent_id, codes).get(person.userid, {})
        groups = {}
        for name, row in mapped.items():
            cells, text = found.get(row.code), _plain(employee[name])
            if not cells and not text:
                continue
            if not cells:
                raise UserError(
                    _("%(person)s has no row with %(field)s in DingTalk's roster yet. "
                      "Fill in the group there once: Odoo would empty its other "
                      "fields.") % {"person": person.name, "field": row.name})
            if cells[0].label != text:
                key = (row.group_code, cells[0].index)
                groups.setdefault(key, {})[row.code] = text
        for (group, index), values in sorted(groups.items()):
            # Before the call: its answer may be lost, or the next group refused.
            self._note_written(
                person, [row.name for row in mapped.values() if row.code in values])
            self._commit()
            hrm.update(person.userid, agent_id, group, index, values)

    def _note_written(self, person, changed):
        """Log fields that are written now, once however often the call is tried."""
        logs = self.env["dingding.roster.log"]
        if self.attempts > 1 and logs.search_count([
            ("employee_id", "=", person.employee_id.id), ("direction", "=", "odoo"),
            ("corp_id", "=", person.corp_id.id),
            ("create_date", ">=", self.create_date),
            ("fields_changed", "=", ", ".join(sorted(changed))),
        ]):
            return
        logs._note(person, "odoo", self.actor_id.id, changed)


def _plain(value):
    """Return a value as text, to compare both sides."""
    if hasattr(value, "ids"):
        value = value.id
    return str(value) if value else ""


def _day(milliseconds):
    """Return the day in Beijing of a number of milliseconds, or False."""
    try:
        moment = utc.moment(int(milliseconds) / 1000.0)
    except (TypeError, ValueError, OverflowError, OSError):
        return False
    return fields.Date.to_string((moment + OFFSET).date()) if moment.year > 1971 else (
        False)
