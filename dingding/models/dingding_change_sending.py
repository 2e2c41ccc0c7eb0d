# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Sending changes of departments and people to DingTalk."""
import logging

from odoo import api, fields, models

from ..dingtalk.errors import InvalidArgumentError, NotFoundError, argument_error
from ..sync import mapping, outward, plan
from ..sync.converters import identifiers
from .background import DUE_STATES
from .dingding_department import ROOT

_logger = logging.getLogger(__name__)

# DingTalk says no to the values themselves.
REFUSED = (InvalidArgumentError, NotFoundError)
# Fields that only mean something together.
TOGETHER = (
    ("mobile", "state_code"),
    ("department_ids", "main_department_id", "leader_department_ids"),
)


class DingdingChangeSending(models.AbstractModel):
    """What ``dingding.change`` does about a record that DingTalk has.

    DingTalk is read before it is written: what it has already is not sent, and what was
    changed on both sides is listed as a conflict.
    """

    _name = "dingding.change.sending"
    _description = "Sending changes to DingTalk"

    def _send_values(self, client, record):
        """Send what differs; decide what was changed on both sides."""
        wanted, _missing = record._outside(self._load("new_values"))
        if not wanted:
            return
        person = record._name == "dingding.user"
        if person:
            item = client.contacts.user(record.userid)
        else:
            item = client.contacts.department(int(record.dept_id))
        known = self._known_departments(record.corp_id)
        there = self._there(record, item, known)
        if not person and "parent_id" in wanted and not wanted["parent_id"]:
            wanted["parent_id"] = ROOT if record.dept_id != ROOT else None
        agreed, send, take, both = record._agreed(), {}, {}, {}
        for name, value in wanted.items():
            decision = outward.decide(
                value, (name in agreed, agreed.get(name)), there.get(name),
                record._leader(record.corp_id, record._group_field(name)),
                name in there,
            )
            if decision.action == outward.SEND:
                send[name] = value
            if decision.action == outward.TAKE:
                take[name] = there[name]
            elif decision.action != outward.KEEP:
                both[name] = value
            if decision.conflict:
                self.env["dingding.conflict"]._record(
                    record, name, value, there[name],
                    "odoo" if decision.action == outward.SEND else "dingtalk",
                    change=self,
                )
        if send:
            # The conflicts are on record before anything of them is overwritten.
            self._commit()

            def update(values):
                if person:
                    self._update_person(client, record, values, wanted, item, known)
                else:
                    self._update_department(client, record, values)

            refused = self._update_there(send, update)
            both = {key: both[key] for key in both if key not in refused}
            self._split_off(record, refused)
        self._take_here(record, both)
        if "mobile" in both:
            both["state_code"] = record.state_code
        record._set_agreed(both)
        record._take_values(take)

    @api.model
    def _update_there(self, send, update):
        """Tell DingTalk new values; one that it refuses does not keep the others back.

        :param update: is called with some of the values of ``send``, and tells them
        :return: name -> error of what DingTalk has refused
        :raise DingTalkError: nothing was taken, or DingTalk could not be asked
        """
        groups = {}
        for name in sorted(send):
            groups.setdefault(
                next((each for each in TOGETHER if name in each), name), []
            ).append(name)
        try:
            update(send)
            return {}
        except REFUSED as error:
            if len(groups) == 1:
                raise
            refusal = error
        refused = {}
        for names in groups.values():
            try:
                update({name: send[name] for name in names})
            except REFUSED as error:
                refused.update(dict.fromkeys(names, error))
        if len(refused) == len(send):
            raise refusal
        return refused

    def _split_off(self, record, refused):
        """Give what DingTalk has refused rows of their own, one an error.

        They are seen on the record, and can be corrected or sent again, while all that
        changes later goes on its way.

        :param dict refused: name -> error
        """
        later = set()
        for change in self._of(record, DUE_STATES).filtered(
            lambda each: each.id > self.id
        ):
            later.update(change._load("new_values"))
        values, before = self._load("new_values"), self._load("old_values")
        for error in {id(error): error for error in refused.values()}.values():
            names = [name for name in refused if refused[name] is error]
            # A later change is often the correction.
            own = {name: values[name] for name in names if name not in later}
            if not own:
                continue
            self.create(
                {
                    "corp_id": self.corp_id.id,
                    record._mirror_change: record.id,
                    "operation": self._operation(record, own),
                    "new_values": self._dump(own),
                    "old_values": self._dump(
                        {name: before[name] for name in own if name in before}
                    ),
                    "user_id": self.user_id.id,
                    "confirmed_by": self.confirmed_by.id,
                    "confirmed_on": self.confirmed_on,
                    "state": "failed",
                    "attempts": 1,
                    "last_error": str(error),
                    "error_code": error.code,
                    "error_remedy": error.remedy,
                }
            )
        if refused:
            self.write(
                {
                    "new_values": self._dump(
                        {name: values[name] for name in values if name not in refused}
                    )
                }
            )

    def _take_here(self, record, values):
        """Write here what a manager has let pass: until then it was only a wish."""
        if not self.confirmed_by:
            return
        here, _missing = record._outside(record._own_values(values))
        differing = {
            name: value for name, value in values.items()
            if outward.plain(here[name]) != outward.plain(value)
        }
        record._take_values(differing)

    @api.model
    def _known_departments(self, corp):
        departments = self.env["dingding.department"].with_context(active_test=False)
        found = departments.search([("corp_id", "=", corp.id), ("is_new", "=", False)])
        return set(found.mapped("dept_id"))

    @api.model
    def _there(self, record, item, known):
        """Return field -> DingTalk's value, comparable to ``_stored``."""
        table = record._dingtalk_mapping()
        values, _mistakes = mapping.values(
            dict(item, **{mapping.DETAIL: True}), table,
            mapping.delivered([item], table),
        )
        own = [key for key in identifiers(item.get("dept_id_list")) if key in known]
        for line in table:
            if line.field not in values:
                continue
            value = mapping.settle(values[line.field], frozenset())
            if line.relation == "departments":
                value &= frozenset(known)
            elif line.relation == "department" and line.key == "dept_id_list":
                value = value if value in known else (own or [None])[0]
            values[line.field] = value
        return values

    def _update_person(self, client, record, send, wanted, item, known):
        parameters = self._person_parameters(record, send)
        if {"department_ids", "main_department_id"} & set(send):
            current, _missing = record._outside(record._own_values(["department_ids"]))
            places = outward.in_order(
                wanted.get("department_ids", current["department_ids"]) or [ROOT],
                send.get("main_department_id"),
                identifiers(item.get("dept_id_list")), known,
            )
            parameters["dept_id_list"] = [int(key) for key in places]
        client.contacts.update_user(record.userid, **parameters)

    @api.model
    def _person_parameters(self, record, values):
        """Return values as DingTalk's calls about a person take them.

        :raise InvalidArgumentError: DingTalk can't hold a value
        """
        lines = {line.field: line for line in record._dingtalk_mapping()}
        special = ("department_ids", "main_department_id", "leader_department_ids",
                   "state_code", "name" if record.is_new else "")
        parameters = {}
        for name, value in values.items():
            line = lines[name]
            if name in special:
                continue
            if name == "mobile":
                parameters["mobile"] = self._mobile(value, record.state_code)
            elif line.relation == "person":
                if value:
                    parameters[line.key] = value
                else:
                    parameters["force_update_fields"] = line.key
            else:
                try:
                    parameters[line.key] = outward.parameter(line, value)
                except ValueError as error:
                    raise argument_error("%s: %s" % (line.key, error)) from error
        return parameters

    @api.model
    def _mobile(self, value, state_code):
        try:
            return outward.mobile(value, state_code)
        except ValueError as error:
            raise argument_error("mobile: %s" % error) from error

    def _update_department(self, client, record, send):
        parameters = {}
        lines = {line.field: line for line in record._dingtalk_mapping()}
        for name, value in send.items():
            line = lines[name]
            if line.relation == "department":
                parameters[line.key] = int(value)
            else:
                parameters[line.key] = outward.parameter(line, value)
        client.contacts.update_department(int(record.dept_id), **parameters)

    def _send_managers(self, client, record):
        """Tell DingTalk who manages a department, as Odoo has it now."""
        item = client.contacts.department(int(record.dept_id))
        there = set(identifiers(item.get("dept_manager_userid_list")))
        people = self.env["dingding.user"].with_context(active_test=False)
        wanted = set(record.manager_ids.mapped("userid"))
        both = people.search(
            [("corp_id", "=", record.corp_id.id),
             ("userid", "in", list(wanted | there))]
        )
        if record._leader(record.corp_id, "leader_department_ids") == "dingtalk":
            return
        changed_there = both.filtered(
            lambda person: "leader_department_ids" in person._agreed()
            and (record.dept_id in person._agreed()["leader_department_ids"])
            != (person.userid in there)
        )
        if wanted != there:
            if changed_there:
                self.env["dingding.conflict"]._record(
                    record, "manager_ids", wanted, there, "odoo", change=self
                )
                self._commit()
            parameters = {"dept_manager_userid_list": sorted(wanted)}
            if not wanted:
                parameters = {"force_update_fields": "dept_manager_userid_list"}
            client.contacts.update_department(int(record.dept_id), **parameters)
        for person in both:
            leads = set(person._agreed().get("leader_department_ids") or ())
            leads.discard(record.dept_id)
            if person.userid in wanted:
                leads.add(record.dept_id)
            person._set_agreed({"leader_department_ids": leads})

    def _send_order(self, client, record):
        """Tell DingTalk in which order the departments below one stand in Odoo.

        It keeps a number with each: as few as possible are changed.
        """
        if record._leader(record.corp_id, "sequence") == "dingtalk":
            return
        there = [
            str(item["dept_id"])
            for item in client.contacts.sub_departments(int(record.dept_id))
        ]
        wanted = [
            key for key in record._in_order().mapped("dept_id") if key in there
        ]
        if [key for key in there if key in wanted] == wanted:
            return
        before = [
            client.contacts.department(int(key)).get("order") for key in wanted
        ]
        for key, old, new in zip(wanted, before, plan.arrange(before)):
            if old != new:
                client.contacts.update_department(int(key), order=new)

    # -- deleting --------------------------------------------------------------------

    def _delete_there(self, client, record):
        if not self.confirmed_by:
            self._ended("confirm", False)
            self.write({"error_code": "confirm", "error_remedy": "confirm"})
            return False
        try:
            if record._name == "dingding.user":
                client.contacts.delete_user(record.userid)
            else:
                client.contacts.delete_department(int(record.dept_id))
        except NotFoundError:
            _logger.info("%s was gone from DingTalk already", record)
        record.write({"active": False})
        self._of(record).filtered(lambda each: each != self)._cancel()
        self.sent_on = fields.Datetime.now()
        return True
