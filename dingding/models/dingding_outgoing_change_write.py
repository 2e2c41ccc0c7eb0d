# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Send changes of departments and people to DingTalk."""
import logging

from odoo import _, api, fields, models

from .. import compat
from ..dingtalk.errors import InvalidArgumentError, NotFoundError, argument_error
from ..sync import baseline, mapping, outward, plan
from ..sync.converters import identifiers
from ..sync.reader import ROOT
from .dingding_outgoing_change import OPEN_STATES
from .queue import DUE_STATES

_logger = logging.getLogger(__name__)

REFUSED = (InvalidArgumentError, NotFoundError)
# Fields that only make sense together.
TOGETHER = (
    ("mobile", "state_code"),
    ("department_ids", "main_department_id", "leader_department_ids"),
)


class DingdingOutgoingChange(models.Model):
    """Send changes of records that exist in DingTalk.

    DingTalk is read first: equal values are not sent, changes on both sides become
    conflicts.
    """

    _inherit = "dingding.outgoing.change"

    def _export_write(self, client, record):
        """Send what differs; decide about fields that changed on both sides."""
        own, reduced = self._without_leavers(record, self._present_values(record))
        wanted, _missing = record._export_values(own)
        if not wanted:
            return
        person = record._name == "dingding.user"
        if person:
            item = client.contacts.user(record.userid)
        else:
            item = client.contacts.department(int(record.dept_id))
        known = self._known_departments(record.corp_id)
        dingtalk_values = self._item_values(record, item, known)
        if not person and "parent_id" in wanted and not wanted["parent_id"]:
            wanted["parent_id"] = ROOT if record.dept_id != ROOT else None
        settled = self._settle_places(record, wanted, reduced, item, known)
        base, send, take, both, refused = record._baseline(), {}, {}, {}, {}
        for name, value in wanted.items():
            if name in reduced - settled and not own[name] and name in dingtalk_values:
                # No value is left that DingTalk could accept.
                take[name] = dingtalk_values[name]
                continue
            decision = baseline.decide(
                value, (name in base, base.get(name)), dingtalk_values.get(name),
                record._leader(record.corp_id, record._group_field(name)),
                name in dingtalk_values,
            )
            if decision.action == baseline.SEND:
                send[name] = value
            if decision.action == baseline.TAKE:
                take[name] = dingtalk_values[name]
            elif decision.action != baseline.KEEP:
                both[name] = value
            if decision.conflict:
                self.env["dingding.conflict"]._record(
                    record, name, value, dingtalk_values[name],
                    "odoo" if decision.action == baseline.SEND else "dingtalk",
                    change=self,
                )
        if send:
            # Store the conflicts before overwriting anything.
            self._commit()

            def update(values):
                if person:
                    self._update_person(client, record, values, wanted, item, known)
                else:
                    self._update_department(client, record, values)

            refused = self._export_update(send, update)
            both = {key: both[key] for key in both if key not in refused}
            self._split_refused(record, refused)
        self._apply_in_odoo(record, both)
        if "mobile" in both:
            both["state_code"] = record.state_code
        record._set_baseline(both)
        record._take_values(take)
        # A later change with Odoo's value of these is pending.
        settled -= self._later_names(record)
        record._take_values(
            {name: both[name] for name in reduced | settled if name in both}
        )
        self._close_refused(record, set(wanted) - set(refused), own)

    def _present_values(self, record):
        """Return the values to send, without those that DingTalk's have replaced.

        While the change waited, a sync or an event has decided about these conflicts.
        """
        values = self._load("new_values")
        if self.confirmed_by:
            return values  # not in Odoo yet
        now, base = record._own_values(values), record._baseline()
        differing = [
            name for name in sorted(values)
            if (values[name] or None) != (now[name] or None)
        ]
        lost, kept = [
            record._export_values({name: each[name] for name in differing})[0]
            for each in (values, now)
        ]
        replaced = {
            name for name in differing if name in base
            and baseline.plain(base[name]) == baseline.plain(kept[name])
        }
        if replaced:
            replaced -= self._later_names(record, OPEN_STATES)
        for name in sorted(replaced):
            self.env["dingding.conflict"]._record(
                record, name, lost[name], kept[name], "dingtalk", change=self)
        return {name: values[name] for name in values if name not in replaced}

    @api.model
    def _without_leavers(self, record, values):
        """Return values without people and departments that no longer exist.

        DingTalk refuses them.

        :param dict values: field -> value, as ``_own_values`` returns it
        :return: (values, names of the fields that had such a reference)
        """
        values, reduced = dict(values), set()
        for name, value in values.items():
            field = record._fields[name]
            if not value or field.type not in ("many2one", "many2many"):
                continue
            model = self.env[field.comodel_name].sudo().with_context(active_test=False)
            others = model.browse(value).exists()
            left = others.filtered(lambda other: not other.active)
            if left:
                reduced.add(name)
                kept = sorted((others - left).ids)
                values[name] = kept if field.type == "many2many" else None
        return values, reduced

    @api.model
    def _exportable(self, record, names):
        """Return the record's own values in DingTalk's ids, without leavers."""
        own, _reduced = self._without_leavers(record, record._own_values(names))
        exported, _missing = record._export_values(own)
        return exported

    def _settle_places(self, record, wanted, reduced, item, known):
        """Replace in ``wanted`` what DingTalk cannot store; return the changed fields.

        In DingTalk everybody has a department, and the first one is the main one.

        :param dict wanted: field -> value in DingTalk's ids; modified in place
        :param set reduced: as ``_without_leavers`` returns it
        :param dict item: DingTalk's person
        :param set known: ids of the departments that Odoo has
        :rtype: set
        """
        names, settled = ["department_ids", "main_department_id"], set()
        if record._name != "dingding.user" or not set(names) & set(wanted):
            return settled
        own = self._exportable(record, names)
        current = identifiers(item.get("dept_id_list"))
        places = wanted.get("department_ids", own["department_ids"])
        if not places and "department_ids" in reduced:
            places = frozenset(current) & frozenset(known)
        elif not places and ROOT in known:
            places = frozenset([ROOT])
            if "department_ids" in wanted:
                wanted["department_ids"] = places
                settled.add("department_ids")
        main = wanted.get("main_department_id", own["main_department_id"])
        if main not in places:
            order = outward.in_order(places, None, current, known)
            wanted["main_department_id"] = next(
                (key for key in order if key in known), None
            )
            settled.add("main_department_id")
        return settled

    def _later_names(self, record, states=DUE_STATES):
        """Return the fields that a later pending change of the record contains."""
        names = set()
        for change in self._of(record, states).filtered(
            lambda each: each.id > self.id
        ):
            names.update(change._load("new_values"))
        return names

    @api.model
    def _export_update(self, send, update):
        """Send new values; a refused one does not hold back the others.

        :param update: sends the values it is called with, some of ``send``
        :return: name -> error of each value that DingTalk has refused
        :raise DingTalkError: no value was accepted, or DingTalk was not reached
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

    def _split_refused(self, record, refused):
        """Move refused values to separate rows, one per error.

        They can be corrected or sent again while later changes are sent.

        :param dict refused: name -> error
        """
        later = self._later_names(record)
        values, before = self._load("new_values"), self._load("old_values")
        # One row per refused field is enough.
        self._close_refused(
            record, set(refused), {}, _("Merged into the following change.")
        )
        for error in {id(error): error for error in refused.values()}.values():
            names = [name for name in refused if refused[name] is error]
            # A later change is often the correction.
            own = {
                name: values[name] for name in names
                if name in values and name not in later
            }
            if not own:
                continue
            self.create(
                {
                    "corp_id": self.corp_id.id,
                    record._sync_change: record.id,
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

    def _apply_in_odoo(self, record, values):
        """Write a change in Odoo that waited for a manager's confirmation."""
        if not self.confirmed_by:
            return
        odoo_values, _missing = record._export_values(record._own_values(values))
        differing = {
            name: value for name, value in values.items()
            if baseline.plain(odoo_values[name]) != baseline.plain(value)
        }
        record._take_values(differing)

    @api.model
    def _known_departments(self, corp):
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT dept_id FROM dingding_department"
            " WHERE corp_id = %s AND is_new IS NOT TRUE", [corp.id])
        return {row[0] for row in self.env.cr.fetchall()}

    @api.model
    def _item_values(self, record, item, known):
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
            current = self._exportable(record, ["department_ids"])
            places = outward.in_order(
                wanted.get("department_ids", current["department_ids"]) or [ROOT],
                send.get("main_department_id"),
                identifiers(item.get("dept_id_list")), known,
            )
            parameters["dept_id_list"] = [int(key) for key in places]
        client.contacts.update_user(record.userid, **parameters)

    @api.model
    def _person_parameters(self, record, values):
        """Return values as arguments of DingTalk's calls about a person.

        :raise InvalidArgumentError: DingTalk cannot store a value
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
        """Send the managers of a department as they are in Odoo now."""
        if record._leader(record.corp_id, "leader_department_ids") == "dingtalk":
            return
        number = int(record.dept_id)
        item = client.contacts.department(number)
        dingtalk_managers = set(identifiers(item.get("dept_manager_userid_list")))
        people = self.env["dingding.user"].with_context(active_test=False)
        managers = record._possible_managers()
        wanted = self._members(client, number, managers, dingtalk_managers)
        both = people.search(
            [("corp_id", "=", record.corp_id.id),
             ("userid", "in", list(wanted | dingtalk_managers))]
        )
        dingtalk_changed = both.filtered(
            lambda person: "leader_department_ids" in person._baseline()
            and (record.dept_id in person._baseline()["leader_department_ids"])
            != (person.userid in dingtalk_managers)
        )
        if wanted != dingtalk_managers:
            if dingtalk_changed:
                self.env["dingding.conflict"]._record(
                    record, "manager_ids", wanted, dingtalk_managers, "odoo",
                    change=self,
                )
            # The sync does not send these refused values again.
            self.write({"new_values": self._dump({"manager_ids": managers.ids})})
            self._commit()
            try:
                self._set_managers(client, number, wanted)
            except InvalidArgumentError:
                members = wanted & set(client.contacts.user_ids(number))
                if members == wanted:
                    raise
                # A manager is no longer in the department.
                wanted = members
                self._set_managers(client, number, wanted)
        self._note_changed(record, both)
        for person in both:
            leads = set(person._baseline().get("leader_department_ids") or ())
            leads.discard(record.dept_id)
            if person.userid in wanted:
                leads.add(record.dept_id)
            person._set_baseline({"leader_department_ids": leads})

    @api.model
    def _set_managers(self, client, number, userids):
        values = {"dept_manager_userid_list": sorted(userids)}
        if not userids:
            values = {"force_update_fields": "dept_manager_userid_list"}
        client.contacts.update_department(number, **values)

    @api.model
    def _members(self, client, number, managers, current):
        """Return the userids of the managers who are in the department in DingTalk.

        A sync sends the others later.

        :param int number: the department's number
        :param current: userids of the present managers, who are members
        """
        wanted = set(managers.mapped("userid"))
        if wanted <= current:
            return wanted
        return wanted & (current | set(client.contacts.user_ids(number)))

    def _send_order(self, client, record):
        """Send the order of the departments below one.

        As few numbers as possible are changed.
        """
        if record._leader(record.corp_id, "sequence") == "dingtalk":
            return
        dingtalk_order = [
            str(item["dept_id"])
            for item in client.contacts.sub_departments(int(record.dept_id))
        ]
        wanted = [
            key for key in record._in_order().mapped("dept_id") if key in dingtalk_order
        ]
        if [key for key in dingtalk_order if key in wanted] == wanted:
            return
        before = [
            client.contacts.department(int(key)).get("order") for key in wanted
        ]
        for key, old, new in zip(wanted, before, plan.arrange(before)):
            if old != new:
                client.contacts.update_department(int(key), order=new)
        # One of them has the list of all read again.
        self.env["dingding.sync"]._note_changed(self.corp_id, wanted[:1])

    # -- deleting --------------------------------------------------------------------

    def _export_delete(self, client, record):
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
        self._note_changed(record, gone=True)
        self._of(record).filtered(lambda each: each != self)._cancel()
        self.sent_on = fields.Datetime.now()
        return True
