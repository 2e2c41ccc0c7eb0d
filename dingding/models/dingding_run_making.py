# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The last part of a run: system users for who is new, and their end for who left."""
import time

from psycopg2 import sql

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat
from ..sync import links
from .dingding_run_planning import MODELS
from .dingding_run_reading import MAKE

BATCH = 20  # users a commit


class DingdingRunMaking(models.AbstractModel):
    """Makes and archives what belongs to people; addons make more by inheritance."""

    _name = "dingding.run.making"
    _description = "Users of a DingTalk Run"

    # -- new ------------------------------------------------------------------------

    @api.model
    def _plan_making(self, corp, found, plan=None):
        """Return (list of lines' values, problems): what would be made for whom.

        :param found: links that are going to be made, list of Found
        :param Plan plan: what is going to be written before
        """
        if corp.create_users == "never":
            return [], []
        linked = {each.userid for each in found if each.field == "user_id"}
        only = self.env.context.get("dingding_only")
        people = [
            row for row in self._linkable_people(corp, "user_id", plan=plan)
            if not row["linked"] and row["userid"] not in linked
            and only in (None, row["userid"])
        ]
        if not people and only is None:
            return [], []
        mobiles, mails = self._taken(corp)
        lines, problems = [], []
        for row in people:
            if not row["activated"]:
                # Nobody has proved yet that the mobile is this person's.
                continue
            own = {links.email(row["org_email"]), links.email(row["email"])} - {None}
            number = row["mobile_number"]
            if not own and not number:
                code = "user_without_login"
            elif own & mails or number in mobiles:
                code = "user_may_exist"
            else:
                mails |= own
                mobiles.add(number)
                lines.append(self._prepare_making("user", row))
                continue
            problems.append(
                {
                    "code": code, "subject": row["name"], "dept_id": "",
                    "userid": row["userid"], "error": "", "remedy": "",
                }
            )
        return lines, problems

    @api.model
    def _prepare_making(self, kind, row, subject="person"):
        """Return the values of the line of one thing to be made.

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
        """Return the mobiles and e-mails that users have, archived ones too."""
        mobile = "mobile" if "mobile" in self.env["res.partner"]._fields else "phone"
        compat.flush(self.env)
        query = sql.SQL(
            "SELECT u.login, p.email, p.{} FROM res_users u"
            " JOIN res_partner p ON p.id = u.partner_id WHERE {}"
        ).format(sql.Identifier(mobile), self._like(corp))
        compat.execute(self.env.cr, query)
        mobiles, mails = set(), set()
        for login, email, number in self.env.cr.fetchall():
            mails |= {links.email(login), links.email(email)} - {None}
            mobiles |= self._numbers(number, None)
        return mobiles, mails

    def _make(self, meter, deadline):
        """Make what the lines say; return whether that was all in time."""
        lines = self.env["dingding.run.line"].search(
            [("run_id", "=", self.id), ("action", "=", "make"),
             ("state", "=", "pending")],
            order="id",
        )
        for start in range(0, len(lines), BATCH):
            if time.monotonic() > deadline:
                return False
            for line in lines[start:start + BATCH]:
                self._make_one(line)
            compat.flush(self.env)
            share = (start + BATCH) / float(len(lines))
            self._report(
                {"stage": "make", "progress": self._along(MAKE, min(share, 1)),
                 "calls": meter.total}
            )
        return True

    def _make_one(self, line):
        model = self.env[MODELS[line.subject]]
        record = model.search(
            [("corp_id", "=", self.corp_id.id), (model._mirror_key, "=", line.key)],
            limit=1,
        )
        made = record and self._make_kind(line.kind, self.corp_id, record)
        self._mark_lines(line.ids, "done" if made else "skipped",
                         None if made else "changed")

    @api.model
    def _make_kind(self, kind, corp, record):
        """Make what a line of this kind is about; return whether it was made."""
        if kind != "user" or record.user_id:
            return False
        vals = self._prepare_user(corp, record)
        if not vals:
            return False
        user = self._quiet("res.users").create(vals)
        record.write(
            {
                "user_id": user.id, "link_rule": "created",
                "linked_on": fields.Datetime.now(),
            }
        )
        return True

    @api.model
    def _quiet(self, model_name):
        """Return a model in which records are made without mail and log."""
        return self.env[model_name].with_context(
            no_reset_password=True, mail_create_nosubscribe=True,
            mail_create_nolog=True, tracking_disable=True,
        )

    @api.model
    def _prepare_user(self, corp, person):
        """Return the values of the user of a person; None when it may not be made.

        There is no password among them: without one nobody signs in by one.
        """
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
        login = (
            links.email(person.org_email) or links.email(person.email)
            or person.mobile_number
        )
        users = self.env["res.users"].with_context(active_test=False)
        if not login or users.search_count([("login", "=", login)]):
            return None
        values = {
            "name": person.name,
            "login": login,
            "email": person.org_email or person.email or False,
            "phone": person.mobile or False,
            "company_id": corp.company_id.id,
            "company_ids": [(6, 0, corp.company_id.ids)],
            compat.USER_GROUPS: [(6, 0, groups.ids)],
        }
        if "mobile" in self.env["res.partner"]._fields:
            values["mobile"] = values.pop("phone")
        if template:
            values.update(lang=template.lang, tz=template.tz)
        return values

    # -- gone -----------------------------------------------------------------------

    def _part_with(self, corp, records):
        """Do what else happens to departments or people that were just archived."""
        if records._name != "dingding.user" or corp.leaver_policy != "user":
            return
        problems = []
        for person in records.filtered("user_id"):
            refused = self._why_user_stays(corp, person)
            if not refused:
                person.user_id.write({"active": False})
            elif refused != "elsewhere":
                problems.append(
                    {
                        "code": "leaver_user_kept", "subject": person.name,
                        "dept_id": "", "userid": person.userid, "remedy": "",
                        "error": person.user_id.login,
                    }
                )
        if self:
            self._log_problems(problems)

    @api.model
    def _why_user_stays(self, corp, person):
        """Return why the system user of a leaver is not archived, or None.

        'administrator', 'last' (without him nobody could administer Odoo) or
        'elsewhere' (the user is somebody's who is still there).
        """
        user = person.user_id
        others = self.env["dingding.user"].search_count(
            [("user_id", "=", user.id), ("active", "=", True),
             ("id", "!=", person.id)]
        )
        if others:
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
