# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Create departments and people in DingTalk, each exactly once."""
import logging

from odoo import _, api, fields, models

from ..dingtalk import utc
from ..dingtalk.errors import (
    DingTalkError,
    NotFoundError,
    PermissionDeniedError,
    UnexpectedAnswerError,
    argument_error,
)
from ..sync import outward
from ..sync.reader import ROOT
from .dingding_outgoing_change import FOUND, INVITATION_DAYS, INVITED, MADE

_logger = logging.getLogger(__name__)

INVITATION_SECONDS = 3600
TAKEN_USERID = "60102"


class DingdingOutgoingChange(models.Model):
    """Create records that do not exist in DingTalk yet.

    The request is stored before the call; while its outcome is open, DingTalk is asked
    first.
    """

    _inherit = "dingding.outgoing.change"

    def _export_create(self, client, record):
        """Create a record in DingTalk, unless an earlier request has.

        :return: MADE; FOUND if DingTalk has it, perhaps with other values; None if
            the row's state is set
        """
        if self.asked or self.invited_on:
            said = self._load("asked")
            key = said.get("key") or self._find_in_dingtalk(client, record)
            if key:
                return self._made(record, key, said.get("values"))
            if self.invited_on:
                return self._wait_for_invitation()
        elif not record.active:
            self._cancel()
            return None
        person = record._name == "dingding.user"
        make = self._new_person if person else self._new_department
        asked, call, sent = make(client, record)
        # After a crash, the record may exist in DingTalk.
        self.asked = self._dump(asked)
        self._commit()
        try:
            key, values = call()
        except DingTalkError as error:
            return self._not_made(error, record)
        # Saves asking DingTalk whether it exists.
        self._remember({"asked": self._dump(dict(asked, key=key, values=values))})
        self._made(record, key, values)
        record._set_baseline(sent)
        return MADE

    def _not_made(self, error, record):
        if error.code == INVITED:
            self.write({"invited_on": fields.Datetime.now()})
            return self._wait_for_invitation()
        if error.code == TAKEN_USERID:
            # Only this request used the UserID: it is this person.
            return self._made(record, record.userid)
        if not (error.outcome_unknown or isinstance(error, UnexpectedAnswerError)):
            self.asked = False
            self._commit()
        raise error

    def _made(self, record, key, values=None):
        """Store that the record exists in DingTalk."""
        record.write(
            dict(values or {}, is_new=False, **{record._sync_key: key})
        )
        self.write({"asked": False, "invited_on": False})
        return FOUND

    def _wait_for_invitation(self):
        begun = fields.Datetime.from_string(self.invited_on)
        days = (utc.now() - begun).days
        if days >= INVITATION_DAYS:
            self._give_up(_("The invitation has not been accepted for %d days.") % days)
        else:
            self._wait(
                _(
                    "DingTalk has invited the person. The invitation has not been "
                    "accepted yet."),
                INVITATION_SECONDS, INVITED,
            )
        return None

    def _find_in_dingtalk(self, client, record):
        """Ask DingTalk whether it carried out an earlier request; return the id."""
        if record._name == "dingding.user":
            key = self._find_person(client, record)
        else:
            key = self._find_department(client, record)
        if key and key != record[record._sync_key]:
            other = record.search(
                [("corp_id", "=", record.corp_id.id), (record._sync_key, "=", key),
                 ("id", "!=", record.id)]
            )
            if other:
                raise argument_error(
                    "%s is already here as %s" % (key, other.display_name)
                )
        return key

    def _find_person(self, client, record):
        try:
            return client.contacts.user(record.userid)["userid"]
        except NotFoundError:
            _logger.info("DingTalk has not made %s", record)
        mobile = self._load("asked").get("mobile")
        if not mobile:
            return None
        try:
            # An invited person may have got another UserID.
            return client.contacts.userid_by_mobile(mobile)
        except (NotFoundError, PermissionDeniedError):
            return None

    def _find_department(self, client, record):
        asked = self._load("asked")
        for item in client.contacts.sub_departments(int(asked["parent_id"])):
            if item.get("name") != asked["name"]:
                continue
            detail = client.contacts.department(item["dept_id"])
            # Without the mark it is Odoo's too: names are unique below a parent.
            if detail.get("source_identifier") in (asked["mark"], "", None):
                return str(item["dept_id"])
        return None

    def _new_person(self, client, record):
        values, _reduced = self._without_leavers(
            record, record._own_values(record._pushed_fields())
        )
        values, _missing = record._export_values(values)
        parameters = self._person_parameters(
            record, {name: value for name, value in values.items() if value}
        )
        first = values["main_department_id"]
        places = outward.in_order(
            values["department_ids"] or [first or ROOT], first, [], ()
        )
        mobile = self._mobile(record.mobile, record.state_code)
        parameters.update(userid=record.userid)
        parameters.pop("mobile", None)

        def call():
            made = client.contacts.create_user(
                record.name, mobile, [int(key) for key in places], **parameters
            )
            return made["userid"], {"unionid": made["unionid"] or False}

        values.pop("leader_department_ids", None)
        # Values chosen by DingTalk get no baseline.
        if not values["department_ids"]:
            del values["department_ids"]
        if first not in places:
            del values["main_department_id"]
        return {"mobile": mobile}, call, values

    def _new_department(self, client, record):
        parent = record.parent_id.dept_id or ROOT
        mark = "odoo-%s-%d" % (self._database_mark(), record.id)

        def call():
            made = client.contacts.create_department(
                record.name, int(parent), source_identifier=mark
            )
            return str(made), {"source_identifier": mark}

        asked = {"name": record.name, "parent_id": parent, "mark": mark}
        return asked, call, {"name": record.name, "parent_id": parent}

    @api.model
    def _database_mark(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return (parameters.get_param("database.uuid") or "")[:8]
