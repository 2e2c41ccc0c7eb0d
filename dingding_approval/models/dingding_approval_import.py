# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Import approvals that people started in DingTalk as records of Odoo."""
import calendar
import datetime
import json
import logging
import time

from psycopg2 import IntegrityError, errorcodes

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.beijing import beijing_time
from odoo.addons.dingding.dingtalk.errors import DingTalkError
from odoo.addons.dingding.models.action_time import CRON_SECONDS, shares_time
from odoo.addons.dingding.models.queue import failure_text

from ..form import timeline
from .dingding_approval_status import moment_text

_logger = logging.getLogger(__name__)

LOOK_BACK_HOURS = 48
MOST_FAILURES = 3  # to make a record of an instance, which costs a call each
NEVER = "never"
# Instances that revoke or replace one that was approved, and are none of their own.
ABOUT_OTHERS = ("REVOKE", "MODIFY")


class DingdingApproval(models.Model):
    """Import instances that were not started from Odoo.

    If a mapping asks for it, the form becomes a record, with the rights of its starter.
    Instances that may belong to a pending submission are skipped.
    """

    _inherit = "dingding.approval"

    @api.model
    def _adopting_mapping(self, corp, process_code):
        """Return the mapping that imports a template's instances, or none."""
        if not process_code:
            return self.env["dingding.approval.mapping"]
        return self.env["dingding.approval.mapping"].sudo().search(
            [("corp_id", "=", corp.id), ("import_records", "=", True),
             ("template_id.process_code", "=", process_code)],
            limit=1,
        )

    @api.model
    def _adopt_by_event(self, event, instance_id):
        """Import the instance of an event; return whether a record was created.

        :raise DingTalkError: DingTalk cannot be reached
        """
        values = event._values()
        process_code = values.text("processCode")
        mapping = self._adopting_mapping(event.corp_id, process_code)
        if not mapping or not self._may_adopt(mapping, event, values):
            return False
        event._before_asking()
        return bool(self._adopt(mapping, instance_id))

    @api.model
    def _may_adopt(self, mapping, event, values):
        """Return whether an event is worth the call about its instance.

        Those of tasks name the approver, those of instances who started them. If Odoo
        may have started it, the scheduled action looks at it later.
        """
        if event.event_type == "bpms_task_change":
            return not mapping._events_arrive()
        userid = values.text("staffId")
        if not userid:
            return True
        person = self._person_at(mapping, userid)
        instance_id = values.text("processInstanceId")
        return bool(mapping._import_user(person)) and (
            not self._may_be_from_odoo(mapping, person, instance_id))

    @api.model
    def _person_at(self, mapping, userid):
        return self.env["dingding.user"].sudo().search(
            [("corp_id", "=", mapping.corp_id.id), ("userid", "=", userid)], limit=1
        )

    @api.model
    def _adopt(self, mapping, instance_id, refused=None):
        """Create record and approval of an instance unless Odoo may have started it.

        :param dict refused: gets what :meth:`_adopt_again` needs, for an instance of
            which nothing can be made
        :rtype: dingding.approval, empty if nothing was created
        """
        none, refused = self.browse(), {} if refused is None else refused
        corp = mapping.corp_id
        answer = corp._approvals("instance", instance_id)
        if str(answer.get("bizAction") or "").upper() in ABOUT_OTHERS:
            _logger.info("%s: %s", instance_id, answer["bizAction"])
            self._note_revocation(corp, instance_id, answer)
            refused[instance_id] = NEVER
            return none
        reading = timeline.read(answer, beijing_time)
        person = self._person_at(mapping, reading.originator)
        user = mapping._import_user(person)
        if not user:
            _logger.info("%s: %s has no user", instance_id, reading.originator)
            refused[instance_id] = [reading.originator]
            return none
        if self._may_be_from_odoo(mapping, person, instance_id):
            return none
        try:
            with self.env.cr.savepoint():
                approval = self._make_adopted(
                    mapping, instance_id, reading, person, user
                )
                compat.flush(self.env)
        except IntegrityError as error:
            if error.pgcode != errorcodes.UNIQUE_VIOLATION:
                # The record lacks something.
                raise
            # Somebody else may have imported it.
            refused[instance_id] = self._failures(refused.get(instance_id)) + 1
            return none
        return approval

    @api.model
    def _failures(self, refused):
        return refused if isinstance(refused, int) else 0

    @api.model
    def _may_be_from_odoo(self, mapping, person, instance_id):
        """Return whether a row has the instance, or may be about to get it."""
        template = mapping.template_id
        domain = [
            "|",
            "&", ("corp_id", "=", mapping.corp_id.id),
            ("instance_id", "=", instance_id),
            "&", "&", ("template_id", "=", template.id),
            ("originator_id", "=", person.id),
            "&", ("status", "=", "sending"), ("asked_at", "!=", False),
        ]
        return bool(self.sudo().search(domain, limit=1))

    @api.model
    def _make_adopted(self, mapping, instance_id, reading, person, user):
        """Create record and approval, the record as the user."""
        vals, missed = compat.with_user(mapping, user)._record_values(reading.values)
        records = compat.with_user(self.env[mapping.model], user)
        company = mapping.corp_id.company_id
        if company in user.company_ids:
            # The user's own may be another one.
            records = compat.in_company(records, company)
            own = records.default_get(["company_id"]).get("company_id")
            if own and own != company.id:
                vals.setdefault("company_id", company.id)
        record = records.with_context(lang=user.lang or "en_US").create(vals)
        compat.flush(record.env)
        approval = self.sudo().with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        ).create(
            {
                "name": "%s: %s" % (
                    mapping.template_id.name, record.sudo().display_name
                ),
                "mapping_id": mapping.id,
                "template_id": mapping.template_id.id,
                "corp_id": mapping.corp_id.id,
                "res_model": record._name,
                "res_id": record.id,
                "record_name": record.sudo().display_name,
                "originator_id": person.id,
                "user_id": user.id,
                "instance_id": instance_id,
                "status": "running",
                "to_read": True,
                "submitted_at": moment_text(reading.created),
                "read_at": fields.Datetime.now(),
                "adopted": True,
                "form_json": json.dumps(
                    {"values": reading.values}, ensure_ascii=False, sort_keys=True
                ),
            }
        )
        approval._start_locking()
        approval._enqueue()
        for item in timeline.files_of_form(reading.values):
            approval._note_file(item)
        approval._post_on_record(
            "adopted", _("not read: %s") % ", ".join(missed) if missed else None
        )
        return approval

    @api.model
    @shares_time(CRON_SECONDS)
    def _cron_adopt(self, seconds):
        """Import instances for which no event arrived.

        The next run of the cron imports the rest.

        :param float seconds: after which no further instance is begun
        """
        deadline = time.monotonic() + seconds
        mappings = self.env["dingding.approval.mapping"].sudo().search(
            [("import_records", "=", True), ("corp_id.active", "=", True),
             "|", ("import_next", "=", False),
             ("import_next", "<=", fields.Datetime.now())]
        )
        # Begin with the mapping that has waited longest.
        for mapping in mappings.sorted(lambda each: str(each.import_next or "")):
            try:
                # Else an edit of one mapping would read all of them again.
                with compat.manage_environments(), compat.open_cursor(
                    self.env.cr.dbname, read_committed=True
                ) as cr:
                    own = mapping.with_env(api.Environment(cr, SUPERUSER_ID, {}))
                    found, left = own.env[self._name]._adopt_lost(own, deadline)
                    if not left:
                        own._note_import(found)
                    compat.flush(own.env)
            except (DingTalkError, UserError) as error:
                _logger.info("Instances of %s were not read: %s", mapping, error)
            if time.monotonic() > deadline:
                break
        compat.forget(self.env)

    @api.model
    def _adopt_lost(self, mapping, deadline):
        """Import the instances of a mapping that had no event.

        :param float deadline: of ``time.monotonic``
        :return: (how many became records, how many are left)
        """
        begin = utc.now() - datetime.timedelta(hours=LOOK_BACK_HOURS)
        created = fields.Datetime.from_string(mapping.create_date)
        begin = max(begin, created)
        corp = mapping.corp_id
        found = corp._approval_instance_ids(
            mapping.template_id.process_code, calendar.timegm(begin.timetuple()),
            client=corp._approval_client("approval_polling"),
        )
        known = self.sudo().search(
            [("corp_id", "=", mapping.corp_id.id), ("instance_id", "in", found)]
        )
        dbname, adopted = self.env.cr.dbname, 0
        lost = sorted(set(found) - set(known.mapped("instance_id")))
        before = json.loads(mapping.import_refused or "{}")
        refused = {each: before[each] for each in lost if each in before}
        while lost:
            instance_id = lost.pop(0)
            if instance_id in before and not self._adopt_again(
                mapping, before[instance_id]
            ):
                continue
            # Isolate failures.
            with compat.manage_environments(), compat.open_cursor(dbname) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                made = env[self._name]._adopt_alone(mapping.id, instance_id, refused)
            if made:
                refused.pop(instance_id, None)
                adopted += 1
            if time.monotonic() > deadline:
                break
        text = json.dumps(refused, sort_keys=True) if refused else False
        if text != (mapping.import_refused or False):
            mapping.write({"import_refused": text})
        return adopted, len(lost)

    @api.model
    def _adopt_again(self, mapping, refused):
        """Return whether to ask again about an instance that became no record.

        :param refused: ``NEVER``, [who started it and had no user], or the number of
            failures to make the record
        """
        if isinstance(refused, list):
            return bool(mapping._import_user(self._person_at(mapping, refused[0])))
        return refused != NEVER and refused < MOST_FAILURES

    @api.model
    def _adopt_alone(self, mapping_id, instance_id, refused):
        """Import one instance; return whether a record was created.

        :param dict refused: see ``_adopt``
        """
        mapping = self.env["dingding.approval.mapping"].browse(mapping_id)
        try:
            with self.env.cr.savepoint():
                return bool(self._adopt(mapping, instance_id, refused))
        except DingTalkError:
            raise
        except Exception as error:
            # A person has to look at it.
            _logger.warning(
                "%s became no record: %s", instance_id, failure_text(error))
            refused[instance_id] = self._failures(refused.get(instance_id)) + 1
            return False
