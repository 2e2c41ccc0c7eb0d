# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Who of DingTalk is which system user: found by rule, before or after the writing."""
import collections
import json

from psycopg2 import sql

from odoo import _, api, fields, models

from .. import compat, rights
from ..sync import converters, links
from ..sync.plan import CREATE
from .dingding_run_planning import dump

#: A link that a rule has found.
#:
#: userid     the person, who need not be stored yet
#: name       of the person
#: field      field of ``dingding.user`` with the link
#: candidate  id of who is linked
#: rule       how he was found
#: sure       whether no manager has to confirm it, see ``sync/links.py``
Found = collections.namedtuple("Found", "userid name field candidate rule sure")

# Digits at the end of a telephone number that are the same however it is written.
TAIL = 6


class DingdingRunLinking(models.AbstractModel):
    """Finds links and makes them; addons find more by inheritance."""

    _name = "dingding.run.linking"
    _description = "Linking of a DingTalk Run"

    @api.model
    def _link_fields(self):
        """Return field with a link -> (field of the rule, field of the moment)."""
        return {"user_id": ("link_rule", "linked_on")}

    @staticmethod
    def _rules(corp):
        """Return by what people are linked, in order."""
        return [
            rule for rule, chosen in
            (("mobile", corp.link_by_mobile), ("email", corp.link_by_email)) if chosen
        ]

    @api.model
    def _find_links(self, corp, plan=None):
        """Return (list of Found, list of problems as in a snapshot); writes nothing.

        :param Plan plan: what is going to be written before the links are made
        """
        rules = self._rules(corp)
        people = self._linkable_people(corp, "user_id", plan=plan) if rules else []
        if all(row["linked"] for row in people):
            return [], []
        people_model = self.env["dingding.user"]
        users, owners = self.env["res.users"], rights.owner_ids(self.env)
        found, problems = links.find(
            people,
            self._user_candidates(corp),
            {row["linked"] for row in people if row["linked"]},
            rules,
            lambda id_: id_ in owners or not corp.link_administrators
            and people_model._is_administrator(users.browse(id_)),
        )
        return self._named(people, found, "user_id"), problems

    @staticmethod
    def _named(people, found, field):
        names = {row["id"]: row["name"] for row in people}
        return [
            Found(link.person, names[link.person], field, link.candidate, link.rule,
                  link.sure)
            for link in found
        ]

    def _link_people(self, only=None):
        """Link people to what Odoo knows of them, as the rules find it now.

        :param only: set of (userid, field, candidate) that a manager has confirmed;
            None: nobody was asked, so only what is sure is linked
        :return: (links made, links that a manager has to confirm, list of problems)
        """
        corp = self.corp_id
        found, problems = self._find_links(corp)
        if only is not None:
            found = [
                each for each in found
                if (each.userid, each.field, each.candidate) in only
            ]
        made, waiting = [], []
        for each in found:
            target = made if self._may_make(each, only is not None) else waiting
            target.append(each)
        self._write_links(corp, made)
        self._tell_confirmed(corp, [each for each in made if not each.sure])
        return made, waiting, problems + [
            {
                "code": "link_unconfirmed", "subject": each.name, "dept_id": "",
                "userid": each.userid, "remedy": "",
                "error": self.env["res.users"].browse(each.candidate).name,
            }
            for each in waiting if each.field == "user_id"
        ]

    @api.model
    def _make_sure_links(self, corp, userids=None):
        """Make the links that no manager has to confirm.

        :param userids: of certain people; None: everybody
        """
        found, _problems = self._find_links(corp)
        self._write_links(
            corp,
            [
                each for each in found
                if each.sure and (userids is None or each.userid in userids)
            ],
        )

    def _may_make(self, found, confirmed):
        """Tell whether a link may be made: a manager can confirm it as by hand."""
        if found.sure:
            return True
        if not confirmed or found.field != "user_id":
            return confirmed
        user, author = self.env["res.users"].browse(found.candidate), self.decided_by
        return bool(author) and not self.env["dingding.user"]._exceeds(user, author)

    @api.model
    def _tell_confirmed(self, corp, found):
        """Tell the users, and the log, of links that a manager has confirmed."""
        people = self.env["dingding.user"].search(
            [
                ("corp_id", "=", corp.id),
                ("userid", "in", [
                    each.userid for each in found if each.field == "user_id"]),
            ]
        ).filtered("user_id")
        if not people:
            return
        self.env["dingding.signin.my"]._mail(
            people.mapped("user_id"),
            _("Your user in Odoo is now linked to your account in DingTalk (%(corp)s), "
              "which can sign in as you. Confirmed by %(who)s.")
            % {"corp": corp.name, "who": self.decided_by.name},
        )
        log = self.env["dingding.signin.log"]
        for person in people:
            log._by_hand("bound", person.user_id, person, self.decided_by)

    @api.model
    def _write_links(self, corp, found):
        if not found:
            return
        ids = self._ids_of("dingding.user", corp, [each.userid for each in found])
        kept = self._link_fields()
        for each in found:
            rule, moment = kept[each.field]
            self.env["dingding.user"].browse(ids[each.userid]).write(
                {
                    each.field: each.candidate, rule: each.rule,
                    moment: fields.Datetime.now(),
                }
            )

    def _prepare_link_line(self, found, person_id=None):
        """Return the values of the line of one link."""
        return {
            "kind": "link", "subject": "person", "name": found.name,
            "key": found.userid, "record_id": person_id, "action": "link",
            "rule": found.rule, "new_values": dump(
                {found.field: found.candidate}),
        }

    _COLUMNS = (
        "userid", "name", "active", "activated", "mobile_number", "email", "org_email",
        "odoo_contacts", "id",
    )

    @api.model
    def _may_link(self, changes):
        """Tell whether changes of people are such that a rule may find new links.

        To find them everybody's mobile and e-mail are compared.

        :param changes: list of Change
        """
        told = set(self._COLUMNS) - {"id", "name"}
        return any(
            change.action == CREATE or told & set(change.values) for change in changes
        )

    @api.model
    def _linkable_people(self, corp, link_field, columns=(), plan=None):
        """Return active people as ``sync.links`` wants them; ``id`` is the UserID.

        :param str link_field: field with the link, given as ``linked``
        :param columns: further plain fields
        :param Plan plan: what is going to be written
        """
        compat.flush(self.env)
        names = list(self._COLUMNS) + list(columns)
        query = sql.SQL(
            "SELECT {} FROM dingding_user WHERE corp_id = %s AND is_new IS NOT TRUE"
            " ORDER BY id"
        ).format(
            sql.SQL(", ").join(sql.Identifier(name) for name in names + [link_field])
        )
        compat.execute(self.env.cr, query, [corp.id])
        rows = collections.OrderedDict()
        for values in self.env.cr.fetchall():
            row = dict(zip(names + ["linked"], values))
            row["record_id"], row["id"] = row["id"], row["userid"]
            row["odoo_contacts"] = json.loads(row["odoo_contacts"] or "[]")
            rows[row["userid"]] = row
        empty = dict.fromkeys(names + ["linked", "record_id"])
        for change in plan.people if plan else ():
            row = rows.setdefault(
                change.key, dict(empty, id=change.key, userid=change.key, active=True)
            )
            row.update(
                (name, change.values[name]) for name in self._COLUMNS
                if name in change.values
            )
        return [row for row in rows.values() if row["active"]]

    @api.model
    def _user_candidates(self, corp):
        """Return active internal users of the company as ``sync.links`` wants them.

        Users write their own mobile and e-mail; their login is the administrator's.
        """
        partners = self.env["res.partner"]
        # 19 keeps the mobile in the same field as the phone.
        mobile = "mobile" if "mobile" in partners._fields else "phone"
        query = sql.SQL(
            "SELECT u.id, u.login, p.name, p.email, p.{}, c.phone_code, {}"
            " FROM res_users u JOIN res_partner p ON p.id = u.partner_id"
            " JOIN res_company_users_rel r ON r.user_id = u.id AND r.cid = %s"
            " LEFT JOIN res_country c ON c.id = p.country_id"
            " WHERE u.active AND u.share IS NOT TRUE AND {} ORDER BY u.id"
        ).format(sql.Identifier(mobile), self._company_code, self._like(corp))
        compat.execute(self.env.cr, query, [corp.company_id.id] * 2)
        return [
            links.Candidate(
                id_, name,
                self._numbers(number, code or default) | self._numbers(login, default),
                {links.email(login), links.email(email)} - {None},
                {links.email(login)} - {None} | self._numbers(login, default),
            )
            for id_, login, name, email, number, code, default
            in self.env.cr.fetchall()
        ]

    def _only(self, person):
        """Return this model as it works for one person who signs in.

        Users are then compared by the database, in place of reading all of them.

        :param person: ``dingding.user``, empty for nobody
        """
        return self.with_context(dingding_only=person.userid or "")

    @api.model
    def _like(self, corp):
        """Return the condition on users who may have a mobile or e-mail of people.

        It lets more through than those; whoever compares does so exactly.
        """
        only = self.env.context.get("dingding_only")
        if only is None:
            return sql.SQL("true")
        self.env.cr.execute(
            "SELECT mobile_number, email, org_email FROM dingding_user"
            " WHERE corp_id = %s AND userid = %s",
            [corp.id, only],
        )
        numbers, mails = {""}, {""}
        for number, email, org_email in self.env.cr.fetchall():
            numbers.add((number or "")[-TAIL:])
            mails |= {links.email(email) or "", links.email(org_email) or ""}
        mobile = "mobile" if "mobile" in self.env["res.partner"]._fields else "phone"
        return sql.SQL(
            "(lower(trim(u.login)) = ANY({mails})"
            " OR lower(trim(p.email)) = ANY({mails})"
            " OR right(regexp_replace(u.login, '[^0-9]', '', 'g'), {tail})"
            " = ANY({numbers})"
            " OR right(regexp_replace(p.{mobile}, '[^0-9]', '', 'g'), {tail})"
            " = ANY({numbers}))"
        ).format(
            mails=sql.Literal(sorted(mails - {""}) or ["none"]),
            numbers=sql.Literal(sorted(numbers - {""}) or ["none"]),
            mobile=sql.Identifier(mobile), tail=sql.Literal(TAIL),
        )

    # The country code of numbers that name none; takes the id of the company.
    _company_code = sql.SQL(
        "(SELECT d.phone_code FROM res_company m JOIN res_partner q"
        " ON q.id = m.partner_id JOIN res_country d ON d.id = q.country_id"
        " WHERE m.id = %s)"
    )

    @staticmethod
    def _numbers(number, code):
        """Return a telephone number as a set, for comparing; empty when it is none."""
        return {
            converters.number(number, default=str(code or converters.CHINA))
        } - {None}
