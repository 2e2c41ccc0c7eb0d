# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Making departments and people in DingTalk, each of them once."""
import datetime
import logging

from odoo import _, api, fields, models

from ..dingtalk.errors import (
    DingTalkError,
    NotFoundError,
    PermissionDeniedError,
    UnexpectedAnswerError,
    argument_error,
)
from ..sync import outward
from .dingding_department import ROOT

_logger = logging.getLogger(__name__)

INVITATION_SECONDS = 3600
INVITATION_DAYS = 30
INVITED = "40103"
TAKEN_USERID = "60102"
# What became of a new record.
MADE, FOUND = "made", "found"


class DingdingChangeMaking(models.AbstractModel):
    """What ``dingding.change`` does about a record that DingTalk has not got.

    Making is not idempotent. What DingTalk is going to be asked for is stored before it
    is asked, and as long as the outcome is open DingTalk is asked about that first.
    """

    _name = "dingding.change.making"
    _description = "Making departments and people in DingTalk"

    def _make_there(self, client, record):
        """Make a record in DingTalk; whether it was made is asked before.

        :return: MADE; FOUND when DingTalk has it, perhaps with other values; None when
            the row's state is set
        """
        if self.asked or self.invited_on:
            said = self._load("asked")
            key = said.get("key") or self._find_there(client, record)
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
        # Whoever finds this row after a crash must know that it may have been made.
        self.asked = self._dump(asked)
        self._commit()
        try:
            key, values = call()
        except DingTalkError as error:
            return self._not_made(error, record)
        # Then nobody has to ask DingTalk whether it was made.
        self._remember({"asked": self._dump(dict(asked, key=key, values=values))})
        self._made(record, key, values)
        record._set_agreed(sent)
        return MADE

    def _not_made(self, error, record):
        if error.code == INVITED:
            self.write({"invited_on": fields.Datetime.now()})
            return self._wait_for_invitation()
        if error.code == TAKEN_USERID:
            # Nobody else knows the UserID that we chose: it is this person.
            return self._made(record, record.userid)
        if not (error.outcome_unknown or isinstance(error, UnexpectedAnswerError)):
            # DingTalk said no, so there is nothing to ask about.
            self.asked = False
            self._commit()
        raise error

    def _made(self, record, key, values=None):
        """Record that DingTalk has it."""
        record.write(
            dict(values or {}, is_new=False, **{record._mirror_key: key})
        )
        self.write({"asked": False, "invited_on": False})
        return FOUND

    def _wait_for_invitation(self):
        begun = fields.Datetime.from_string(self.invited_on)
        days = (datetime.datetime.utcnow() - begun).days
        if days >= INVITATION_DAYS:
            self._give_up(_("Nobody has accepted the invitation for %d days.") % days)
        else:
            self._wait(
                _("DingTalk has invited the person, who has not accepted yet."),
                INVITATION_SECONDS, INVITED,
            )
        return None

    def _find_there(self, client, record):
        """Ask DingTalk whether it has made what it was asked to; return its id."""
        if record._name == "dingding.user":
            key = self._find_person(client, record)
        else:
            key = self._find_department(client, record)
        if key and key != record[record._mirror_key]:
            other = record.search(
                [("corp_id", "=", record.corp_id.id), (record._mirror_key, "=", key),
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
            # Who was invited may have got another UserID.
            return client.contacts.userid_by_mobile(mobile)
        except (NotFoundError, PermissionDeniedError):
            return None

    def _find_department(self, client, record):
        asked = self._load("asked")
        for item in client.contacts.sub_departments(int(asked["parent_id"])):
            if item.get("name") != asked["name"]:
                continue
            detail = client.contacts.department(item["dept_id"])
            # Without our mark it is ours as well: no second one of this name could
            # have been made below the same parent.
            if detail.get("source_identifier") in (asked["mark"], "", None):
                return str(item["dept_id"])
        return None

    def _new_person(self, client, record):
        values, _missing = record._outside(record._own_values(record._pushed_fields()))
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
