# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Finish a sync: create users for new people and offboard leavers."""
import collections
import json
import logging
import time

from psycopg2 import sql

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat, rights
from ..sync import follow, links
from .attempt import attempt
from .dingding_corp_policy import CHINESE
from .dingding_sync_compare import dump
from .dingding_sync_link import SHARED
from .dingding_sync_read import MAKE

_logger = logging.getLogger(__name__)

BATCH = 50  # records per commit
PLAIN = ("", "phone")  # relations of values that are copied, see ``sync/follow.py``


class DingdingSync(models.Model):
    """Create and archive what belongs to people; addons extend it."""

    _inherit = "dingding.sync"

    # -- new ------------------------------------------------------------------------

    @api.model
    def _plan_records(self, corp, found, plan=None):
        """Return (values of lines, problems): what would be created for whom.

        :param found: links that will be created, list of Found
        :param Plan plan: what will be written before
        """
        if corp.create_users == "never":
            return [], []
        linked = {each.userid for each in found if each.field == "user_id"}
        people = [
            row for row in self._linkable_people(
                corp, "user_id", plan=plan, near=lambda: links.is_open, others=False)
            if links.is_open(row) and row["userid"] not in linked
        ]
        # A sign-in takes as long for nobody.
        if not people and self.env.context.get("dingding_only") is None:
            return [], []
        mobiles, mails = self._taken(corp)
        lines, problems = [], []
        for row in people:
            if not row["activated"]:
                # Nobody has verified the mobile yet.
                continue
            own = {links.email(row["org_email"]), links.email(row["email"])} - {None}
            number = row["mobile_number"]
            numbers = {number} - {None}
            if not own - set(row["odoo_contacts"] or ()) and not number:
                code = "user_without_login"
            elif own & mails or numbers & mobiles:
                code = "user_may_exist"
            else:
                mails |= own
                mobiles |= numbers
                lines.append(self._prepare_record_line("user", row))
                continue
            problems.append(
                {
                    "code": code, "subject": row["name"], "dept_id": "",
                    "userid": row["userid"], "error": "", "remedy": "",
                }
            )
        return lines, problems

    @api.model
    def _prepare_record_line(self, kind, row, subject="person"):
        """Return the values of the line for one object to create.

        :param dict row: ``name``, ``userid`` (of a department: ``dept_id``) and
            ``record_id``
        """
        return {
            "kind": kind, "subject": subject, "name": row["name"],
            "key": row["userid" if subject == "person" else "dept_id"],
            "record_id": row["record_id"], "action": "make",
        }

    @api.model
    def _taken(self, corp):
        """Return the mobiles and e-mails of all users, including archived ones."""
        mobile = "mobile" if "mobile" in self.env["res.partner"]._fields else "phone"
        compat.flush(self.env)
        query = sql.SQL(
            "SELECT u.login, p.email, p.{} FROM res_users u"
            " JOIN res_partner p ON p.id = u.partner_id WHERE {}"
        ).format(sql.Identifier(mobile), self._link_settings())
        compat.execute(self.env.cr, query)
        mobiles, mails = set(), set()
        for login, email, number in self.env.cr.fetchall():
            mails |= {links.email(login), links.email(email)} - {None}
            mobiles |= self._numbers(number, None)
        return mobiles, mails

    def _make(self, meter, deadline):
        """Create what the lines say; return False if time ran out."""
        lines = self.env["dingding.sync.line"]
        ids = lines.search(
            [("sync_id", "=", self.id), ("action", "=", "make"),
             ("state", "=", "pending")],
            order="id",
        ).ids
        for start in range(0, len(ids), BATCH):
            if time.monotonic() > deadline and start:
                return False
            # Prefetch only this batch.
            self._create_records_of_lines(lines.browse(ids[start:start + BATCH]))
            compat.flush(self.env)
            share = (start + BATCH) / float(len(ids))
            self._report(
                {"stage": "make", "progress": self._progress_share(MAKE, min(share, 1)),
                 "calls": meter.total}
            )
        return True

    def _create_records_of_lines(self, lines):
        """Create what these lines say, kind by kind, and mark them."""
        kinds = collections.OrderedDict()
        for line in lines:
            kinds.setdefault((line.kind, line.subject), []).append(line)
        for (kind, subject), part in kinds.items():
            ids = self._ids_to_make(subject, self.corp_id, [line.key for line in part])
            this = self.with_context(dingding_no_avatar=True)
            made = set(this._create_accepted(
                kind, subject, self.corp_id, list(ids.values())).ids)
            done = [line.id for line in part if ids.get(line.key) in made]
            self._mark_lines(done, "done")
            self._mark_lines(
                {line.id for line in part} - set(done), "skipped", "changed")

    @api.model
    def _ids_to_make(self, subject, corp, keys):
        """Return DingTalk's id -> row id, in the order of the ids, of active rows.

        Without people who are active with another UserID, too: they were invited again,
        and Odoo does not know yet that they had left. The links of the former UserID
        pass to the new one then, see ``_pass_links``.

        :param str subject: ``person`` or ``department``
        """
        if subject != "person":
            found = self._ids_of(self._models()[subject], corp, keys, True)
        else:
            compat.flush(self.env)
            self.env.cr.execute(
                "SELECT own.userid, own.id FROM dingding_user own"
                " JOIN dingding_corp corp ON corp.id = own.corp_id"
                " WHERE own.corp_id = %s AND own.userid = ANY(%s) AND own.active"
                " AND (corp.leaver_policy = 'nothing' OR NOT EXISTS ("
                "SELECT 1 FROM dingding_user other WHERE other.unionid = own.unionid"
                " AND other.corp_id = own.corp_id AND other.active"
                " AND other.id <> own.id))", [corp.id, list(keys)])
            found = dict(self.env.cr.fetchall())
        return collections.OrderedDict(
            (key, found[key]) for key in keys if key in found)

    def _create_accepted(self, kind, subject, corp, ids):
        """Create the objects of one kind; refused ones are problems of the sync.

        :param ids: of people or departments
        :return: the records of those that have got their object
        """
        records = self.env[self._models()[subject]].browse(ids)
        if not records:
            return records
        made, error = attempt(
            self.env, self._create_records_of_kind, kind, corp, records)
        if error is None:
            return made
        if len(records) == 1:
            self._log_refused("create_refused", [
                (subject, records[records._sync_key], records.name, error)])
            return records.browse()
        _logger.info("%s: new records are created one by one: %s", self, error)
        made = records.browse()
        for number in ids:
            made |= self._create_accepted(kind, subject, corp, [number])
        return made

    @api.model
    def _create_records_of_kind(self, kind, corp, records):
        """Create the objects of lines of one kind, in batches where Odoo can.

        :param records: active people or departments
        :return: those of them that have got their object
        """
        if kind != "user":
            return records.browse()
        prepared = self._prepare_users(corp, records)
        users = compat.create_all(
            self._quiet("res.users"), [values for _person, values in prepared])
        now = fields.Datetime.now()
        records._write_rows({
            person.id: {"user_id": user.id, "link_rule": "created", "linked_on": now}
            for (person, _values), user in zip(prepared, users)
        })
        baselines = {}
        for (person, values), user in zip(prepared, users):
            if values["company_id"] != corp.company_id.id:
                # Of the department, see ``_given_company``.
                baseline = person._load_baseline(person.sudo().follow_baseline)
                baseline[user._name] = {
                    "id": user.id, "values": {"company_id": values["company_id"]}}
                baselines[person.id] = baseline
        self._write_follow_baselines(records, baselines)
        return records.browse([person.id for person, _values in prepared])

    @api.model
    def _quiet(self, model_name):
        """Return a model that creates records without mail and log.

        And without defaults: a manager must not choose a new user's password or
        contact.
        """
        return rights.without_defaults(self.env[model_name]).with_context(
            no_reset_password=True, mail_create_nosubscribe=True,
            mail_create_nolog=True, tracking_disable=True, dingding_no_password=True,
        )

    @api.model
    def _prepare_users(self, corp, people):
        """Return [(person, values)] of the users to create for these people."""
        common = self._prepare_common(corp)
        if common is None:
            return []
        first, found = self._first_values(corp, "res.users", ("name", "email")), []
        for person in people.filtered(
            lambda each: not each.user_id and not each.user_ignored
        ):
            values = self._prepare_user(corp, person, common)
            if values:
                found.append((person, dict(first(person), **values)))
        logins = [values["login"] for _person, values in found]
        users = self.env["res.users"].with_context(active_test=False)
        taken = set(users.search([("login", "in", logins)]).mapped("login"))
        result = []
        for person, values in found:
            if values["login"] not in taken:
                taken.add(values["login"])
                result.append((person, values))
        return result

    @api.model
    def _first_values(self, corp, name, known):
        """Return a function of a person: plain values of the new linked record.

        Else the last step would write them record by record.

        :param str name: model of the record
        :param known: fields that the caller sets
        """
        table = self.env["dingding.follow"]
        leads, lines = table._leads(corp), table._lines_of("person").get(name, ())
        lines = [
            line for line in lines
            if line.relation in PLAIN and line.field not in known
            and leads(line) != follow.ODOO
        ]
        return lambda person: {
            line.field: person[line.source] for line in lines if person[line.source]
        }

    @api.model
    def _prepare_common(self, corp):
        """Return the values of all new users, or None if none may be created."""
        template = corp.template_user_id
        if corp.create_users == "never":
            return None
        if corp.create_users == "portal":
            groups, template = self.env.ref("base.group_portal"), None
        elif (
            not template or self.env["dingding.user"]._is_administrator(template)
            or corp.company_id not in template.company_ids
        ):
            return None
        else:
            groups = template[compat.USER_GROUPS]
        values = {
            "company_id": corp.company_id.id,
            "company_ids": [(6, 0, corp.company_id.ids)],
            compat.USER_GROUPS: [(6, 0, groups.ids)],
        }
        values["tz"] = template and template.tz or corp._time_zone().zone
        if template:
            values["lang"] = template.lang
        elif corp._has_chinese():
            values["lang"] = CHINESE
        return values

    @api.model
    def _prepare_user(self, corp, person, common):
        """Return the values of a person's user, or None if it may not be created.

        They contain no password, and no e-mail that was entered in Odoo: the one who
        entered it could set the password.

        :param dict common: see ``_prepare_common``
        """
        entered = json.loads(person.odoo_contacts or "[]")
        mails = [
            each for each in (person.org_email, person.email)
            if links.email(each) and links.email(each) not in entered
        ]
        login = links.email(mails[0]) if mails else person.mobile_number
        if not login:
            return None
        mobile = "mobile" if "mobile" in self.env["res.partner"]._fields else "phone"
        return dict(
            common, name=person.name, login=login,
            email=mails[0] if mails else False,
            **{mobile: person.mobile or False}
        )

    # -- another UserID -------------------------------------------------------------

    def _pass_links(self, corp, ids):
        """Give the links of archived people to the same humans with another UserID.

        A person who is invited again gets another one; the UnionID is the same.

        :param list ids: of the people who were just created or archived
        """
        ids = [each for each in ids if each]
        if not ids:
            return
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT DISTINCT former.id, present.id FROM dingding_user own"
            " JOIN dingding_user former ON former.unionid = own.unionid"
            " AND former.corp_id = own.corp_id AND former.active IS NOT TRUE"
            " JOIN dingding_user present ON present.unionid = own.unionid"
            " AND present.corp_id = own.corp_id AND present.active"
            " WHERE own.id = ANY(%s) ORDER BY former.id DESC", [ids])
        people, rows = self.env["dingding.user"].with_context(active_test=False), []
        for former_id, present_id in self.env.cr.fetchall():
            former, present = people.browse(former_id), people.browse(present_id)
            for field, kept in sorted(self._link_fields().items()):
                record = former[field]
                if record and not present[field] and self._may_pass(
                    corp, former, record, field
                ):
                    present.write(
                        dict({name: former[name] for name in kept},
                             **{field: record.id}))
                    self._pass_baseline(former, present, record)
                    if field == "user_id":
                        self._share_again(corp, present)
                    rows.append({
                        "kind": "link", "subject": "person", "name": present.name,
                        "key": present.userid, "record_id": present.id,
                        "action": "link", "new_values": dump({field: record.id}),
                    })
        if self:
            self._insert_lines(rows, "done")

    @api.model
    def _may_pass(self, corp, former, record, field):
        """Tell whether the link to a record may be passed to the same human.

        :param former: the archived person who has it
        """
        if self.env["dingding.user"].search_count(
            [("corp_id", "=", corp.id), (field, "=", record.id),
             ("active", "=", True)]
        ):
            return False
        if record._name != "res.users":
            return True
        return (
            former.link_rule == "created" or corp.company_id in record.company_ids
        ) and not self.env["dingding.user"]._is_spared(corp, record)

    @api.model
    def _pass_baseline(self, former, present, record):
        """Let a linked record follow as before, and be unarchived if Odoo archived it.
        """
        old = former._load_baseline(former.sudo().follow_baseline).get(record._name)
        if old:
            baseline = present._load_baseline(present.sudo().follow_baseline)
            baseline[record._name] = old
            self._write_follow_baselines(present, {present.id: baseline})

    # -- leavers --------------------------------------------------------------------

    def _offboard(self, corp, records):
        """Offboard departments or people that were just archived."""
        if records._name != "dingding.user" or corp.leaver_policy != "user":
            return
        problems = []
        for person in records.filtered("user_id"):
            refused = self._keep_user_reason(corp, person)
            if not refused:
                self._leave(person, self._archive_linked, person, person.user_id)
            elif refused == "elsewhere":
                self._leave(person, self._end_sharing, corp, person)
            else:
                problems.append(
                    {
                        "code": "leaver_user_kept", "subject": person.name,
                        "dept_id": "", "userid": person.userid, "remedy": "",
                        "error": person.user_id.login,
                    }
                )
        if self:
            self._log_problems(problems)

    def _leave(self, person, function, *arguments):
        """Call what a person's leave does to linked records.

        A refusal becomes a problem of the sync: one leaver must not stop all others.

        :raise Exception: Odoo's refusal, without a sync, such as for an event: the
            person is left to the next sync, which reports it
        """
        if not self:
            function(*arguments)
            return
        _none, error = attempt(self.env, function, *arguments)
        if error is not None:
            self._log_refused(
                "leave_refused", [("person", person.userid, person.name, error)])

    @api.model
    def _archive_linked(self, person, record):
        """Archive a leaver's linked record; it is back with any of its people."""
        people = self.env["dingding.user"].with_context(active_test=False)
        for each in people.search(
            [(people._linked_paths()[record._name], "=", record.id)]
        ):
            self._note_offboarded(each, record)
        record.write({"active": False})

    @api.model
    def _end_sharing(self, corp, person):
        """Take the company of a leaver from the user of another organisation.

        Only a company that the link has given: by sharing, or with the user.
        """
        user, company = person.user_id, self._given_company(person)
        people = person._others_with("user_id")
        others = people.mapped("company_id")
        for other in people:
            others |= self._given_company(other)
        if (
            not company or company in others or company not in user.company_ids
            or self.env["dingding.user"]._is_spared(corp, user)
        ):
            return
        values = {"company_ids": [(3, company.id)]}
        if user.company_id == company:
            stays = others & user.company_ids
            if not stays:
                return
            values["company_id"] = stays[0].id
        user.write(values)
        self._note_taken(person, user, company_ids=company.ids)

    @api.model
    def _given_company(self, person):
        """Return the company that a person's link has given to the user, or none."""
        user, company = person.user_id, person.corp_id.company_id
        if person.link_rule == "created":
            baseline = person._load_baseline(person.sudo().follow_baseline)
            before = baseline.get(user._name) or {}
            known = before.get("id") == user.id and before["values"].get("company_id")
            return company.browse(known).exists() if known else company
        return company if person.link_rule == SHARED else company.browse()

    @api.model
    def _share_again(self, corp, people):
        """Give back the company that ``_end_sharing`` has taken from a user.

        A user whom Odoo has archived is back soon, see ``_end_former_sharing``.
        """
        for person in people.filtered("user_id"):
            user, company = person.user_id, self._given_company(person)
            given = person.link_rule == SHARED and corp.share_users
            baseline = person._load_baseline(person.sudo().follow_baseline)
            before = baseline.get(user._name) or {}
            values = before["values"] if before.get("id") == user.id else {}
            back = values.get("active") is False
            if "company_ids" in values:
                taken = values.pop("company_ids")
                given = given or person.link_rule == "created" and taken == company.ids
                self._write_follow_baselines(person, {person.id: baseline})
            if (
                given and (user.active or back) and company not in user.company_ids
                and not self.env["dingding.user"]._is_spared(corp, user)
            ):
                user.write({"company_ids": [(4, company.id)]})

    @api.model
    def _end_former_sharing(self, user_id):
        """Take the companies of the organisations that the human has left.

        From a user who is back in Odoo: the company of the last one was kept.
        """
        people = self.env["dingding.user"].with_context(active_test=False)
        for former in people.search(
            [("user_id", "=", user_id), ("active", "=", False),
             ("corp_id.leaver_policy", "=", "user")]
        ):
            self._leave(former, self._end_sharing, former.corp_id, former)

    @api.model
    def _keep_user_reason(self, corp, person):
        """Return why a leaver's system user is not archived, or None.

        'administrator', 'last' (the last user who can administer Odoo) or 'elsewhere'
        (the user is also linked to an active person).
        """
        user = person.user_id
        if person._others_with("user_id"):
            return "elsewhere"
        if not self.env["dingding.user"]._is_administrator(user):
            return None
        if user.id == SUPERUSER_ID or not corp.link_administrators:
            return "administrator"
        system = self.env.ref("base.group_system")
        left = self.env["res.users"].search_count(
            [(compat.ALL_USER_GROUPS, "in", system.ids),
             ("id", "not in", [user.id, SUPERUSER_ID])]
        )
        return None if left else "last"
