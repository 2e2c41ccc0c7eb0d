# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Match people of DingTalk with system users by rule, before or after writing."""
import collections
import json

from psycopg2 import sql

from odoo import api, fields, models

from .. import compat
from ..sync import converters, links, spool
from ..sync.plan import CREATE
from .dingding_sync_compare import dump

#: A link found by a rule.
#:
#: userid     the person, who need not be stored yet
#: name       of the person
#: field      field of ``dingding.user`` with the link
#: candidate  id of the linked record
#: rule       the rule that matched
#: sure       False if a manager has to confirm it, see ``sync/links.py``
Found = collections.namedtuple("Found", "userid name field candidate rule sure")

#: People to whom matching is restricted: UserIDs, mobiles, normalised e-mails; and
#: organisation's id -> the users whom they may get, which are looked for once.
Only = collections.namedtuple("Only", "userids numbers mails users")

SHARED = "shared"
# Last digits of a telephone number, equal in every notation.
TAIL = 6


class DingdingSync(models.Model):
    """Find links and create them; addons extend both."""

    _inherit = "dingding.sync"

    @api.model
    def _link_fields(self):
        """Return field with a link -> (field of the rule, field of the time)."""
        return {"user_id": ("link_rule", "linked_on")}

    @staticmethod
    def _rules(corp):
        """Return the values that link people, in order of precedence."""
        return [
            rule for rule, chosen in
            (("mobile", corp.link_by_mobile), ("email", corp.link_by_email)) if chosen
        ]

    @api.model
    def _find_links(self, corp, plan=None):
        """Return (list of Found, list of problems as in a snapshot); write nothing.

        :param Plan plan: what will be written before the links are created
        """
        rules, people = self._rules(corp), []
        if rules or corp.share_users:
            people = self._linkable_people(
                corp, "user_id", plan=plan,
                # Other organisations' users are not among the candidates.
                near=None if corp.share_users else lambda: links.nearby(
                    self._user_candidates(corp), rules),
            )
        if self._is_settled(people):
            return [], []
        users = self.env["res.users"]

        def refuse(id_):
            return self.env["dingding.user"]._is_spared(corp, users.browse(id_))

        shared = self._shared_links(corp, people, refuse)
        own = {link.person: link.candidate for link in shared}
        for row in people:
            row["linked"] = row["linked"] or own.get(row["id"])
        found, problems = links.find(
            people,
            self._user_candidates(corp) if rules else [],
            {row["linked"] for row in people if row["linked"]},
            rules, refuse,
        )
        return self._named(people, shared + found, "user_id"), problems

    @api.model
    def _is_settled(self, people):
        """Tell whether nobody can be linked; a sign-in takes as long for nobody."""
        return self.env.context.get("dingding_only") is None and not any(
            links.is_open(row) for row in people)

    @api.model
    def _shared_links(self, corp, people, refuse):
        """Return links to the users that the same people have elsewhere.

        The same mobile in two organisations that share users, verified by DingTalk and
        not entered in Odoo.

        :param people: as for ``links.find``
        :param refuse: as for ``links.find``
        """
        if not corp.share_users:
            return []
        holders = {}
        for row in people:
            if _proven(row["mobile_number"], row["activated"], row["odoo_contacts"]):
                holders.setdefault(row["mobile_number"], []).append(row)
        if not holders:
            return []
        self.env.cr.execute(
            "SELECT p.mobile_number, p.activated, p.odoo_contacts, p.user_id"
            " FROM dingding_user p JOIN dingding_corp c ON c.id = p.corp_id"
            " JOIN res_users u ON u.id = p.user_id"
            " WHERE c.id <> %s AND c.active AND c.share_users AND p.active AND u.active"
            " AND p.mobile_number IN %s",
            [corp.id, tuple(holders)],
        )
        users = {}
        for number, activated, contacts, user_id in self.env.cr.fetchall():
            if _proven(number, activated, json.loads(contacts or "[]")):
                users.setdefault(number, set()).add(user_id)
        taken = {row["linked"] for row in people if row["linked"]}
        found = []
        for number, ids in sorted(users.items()):
            row, user_id = holders[number][0], min(ids)
            if len(ids) == 1 and len(holders[number]) == 1 and links.is_open(row) and (
                user_id not in taken and not refuse(user_id)
            ):
                taken.add(user_id)
                found.append(links.Link(row["id"], user_id, SHARED))
        return found

    @staticmethod
    def _former(corp, field, record_id):
        """Return a column: UnionIDs of the leavers who are linked to a record.

        :param str field: field of ``dingding.user`` with the link
        :param str record_id: column with the id, such as ``u.id``
        """
        return sql.SQL(
            "ARRAY(SELECT former.unionid FROM dingding_user former"
            " WHERE former.{} = {} AND former.corp_id = {}"
            " AND former.active IS NOT TRUE AND former.unionid IS NOT NULL)"
        ).format(sql.Identifier(field), _column(record_id), sql.Literal(corp.id))

    @api.model
    def _named(self, people, found, field):
        """Return Found of these links, without those of people who only matter."""
        names = {row["id"]: row["name"] for row in people}
        only = self.env.context.get("dingding_only")
        return [
            Found(link.person, names[link.person], field, link.candidate, link.rule,
                  link.sure)
            for link in found if only is None or link.person in only.userids
        ]

    def _link_people(self, only=None):
        """Create the links that the rules find now.

        :param only: set of (userid, field, candidate) that a manager has confirmed;
            None: nobody was asked, so only sure links are created
        :return: (links created, links that need a manager's confirmation, list of
            problems)
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
            target = made if self._may_link_now(each, only is not None) else waiting
            target.append(each)
        self._write_links(corp, made)
        self._notify_confirmed_links(corp, [each for each in made if not each.sure])
        return made, waiting, problems + [
            {
                "code": "link_unconfirmed", "subject": each.name, "dept_id": "",
                "userid": each.userid, "remedy": "",
                "error": self.env["res.users"].browse(each.candidate).name,
            }
            for each in waiting if each.field == "user_id"
        ]

    @api.model
    def _confirm_links(self, corp, userids=None):
        """Create the links that need no confirmation.

        :param userids: only these people; None: everybody
        """
        found, _problems = self._find_links(corp)
        self._write_links(
            corp,
            [
                each for each in found
                if each.sure and (userids is None or each.userid in userids)
            ],
        )

    def _may_link_now(self, found, confirmed):
        """Tell whether a link may be created, as if confirmed manually."""
        if found.sure:
            return True
        if not confirmed or found.field != "user_id":
            return confirmed
        user, author = self.env["res.users"].browse(found.candidate), self.decided_by
        return bool(author) and not self.env["dingding.user"]._exceeds(user, author)

    @api.model
    def _notify_confirmed_links(self, corp, found):
        """Notify users of links that a manager has confirmed."""
        people = self.env["dingding.user"].search(
            [
                ("corp_id", "=", corp.id),
                ("userid", "in", [
                    each.userid for each in found if each.field == "user_id"]),
            ]
        ).filtered("user_id")
        for person in people:
            person._notify_link(person.user_id, True, self.decided_by)

    @api.model
    def _write_links(self, corp, found):
        if not found:
            return
        ids = self._ids_of("dingding.user", corp, [each.userid for each in found])
        kept = self._link_fields()
        for each in found:
            if each.rule == SHARED:
                user = self.env["res.users"].browse(each.candidate)
                user.sudo().write({"company_ids": [(4, corp.company_id.id)]})
            rule, moment = kept[each.field]
            self.env["dingding.user"].browse(ids[each.userid]).write(
                {
                    each.field: each.candidate, rule: each.rule,
                    moment: fields.Datetime.now(),
                }
            )

    def _prepare_link_line(self, found, person_id=None):
        return {
            "kind": "link", "subject": "person", "name": found.name,
            "key": found.userid, "record_id": person_id, "action": "link",
            "rule": found.rule, "new_values": dump(
                {found.field: found.candidate}),
        }

    _COLUMNS = (
        "userid", "name", "active", "activated", "mobile_number", "email", "org_email",
        "odoo_contacts", "unionid", "id",
    )

    @api.model
    def _may_link(self, changes):
        """Tell whether these changes of people could produce new links.

        Finding links is expensive.

        :param changes: list of Change
        """
        told = set(self._COLUMNS) - {"id", "name"}
        return any(
            change.action == CREATE or told & set(change.values) for change in changes
        )

    @api.model
    def _linkable_people(
        self, corp, link_field, columns=(), plan=None, near=None, others=True
    ):
        """Return active people in the format of ``sync.links``; ``id`` is the UserID.

        :param str link_field: field with the link, returned as ``linked``; with
            ``ignored``
        :param columns: further plain fields
        :param Plan plan: what is going to be written
        :param near: function that returns a function of a row, as ``links.nearby``;
            rows for which that is false are left out if people are many
        :param bool others: whether others matter for those of :meth:`_only`
        """
        compat.flush(self.env)
        names = list(self._COLUMNS) + list(columns)
        ignored = self.env["dingding.user"]._match_sides()[link_field].ignored
        only, condition = self.env.context.get("dingding_only"), sql.SQL("true")
        if only is not None and others:
            condition = self._only_near(corp, link_field)
        elif only is not None:
            condition = sql.SQL("userid IN {}").format(_texts(only.userids))
        query = sql.SQL(
            "SELECT {} FROM dingding_user WHERE corp_id = %s AND is_new IS NOT TRUE"
            " AND {} ORDER BY id"
        ).format(
            sql.SQL(", ").join(
                sql.Identifier(name) for name in names + [link_field, ignored]),
            condition,
        )
        compat.execute(self.env.cr, query, [corp.id])
        is_near = None
        if near is not None and plan is None and self.env.cr.rowcount > spool.LARGE:
            is_near = near()
            compat.execute(self.env.cr, query, [corp.id])
        rows = collections.OrderedDict()
        for values in iter(self.env.cr.fetchone, None):
            row = dict(zip(names + ["linked", "ignored"], values))
            row["record_id"], row["id"] = row["id"], row["userid"]
            row["odoo_contacts"] = json.loads(row["odoo_contacts"] or "[]")
            if is_near is None or is_near(row):
                rows[row["userid"]] = row
        empty = dict.fromkeys(names + ["linked", "ignored", "record_id"])
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
    def _user_candidates(self, corp, condition=None):
        """Return active internal users of the company in the format of ``sync.links``.

        Users edit their own mobile and e-mail; only administrators set their login.

        :param psycopg2.sql.Composable condition: selects other users, whom no rule
            links; see ``_match_elsewhere``
        """
        partners = self.env["res.partner"]
        # 19 keeps the mobile in the same field as the phone.
        mobile = "mobile" if "mobile" in partners._fields else "phone"
        query = sql.SQL(
            "SELECT u.id, u.login, p.name, p.email, p.{}, c.phone_code, {}, {}"
            " FROM res_users u JOIN res_partner p ON p.id = u.partner_id"
            " LEFT JOIN res_company_users_rel r ON r.user_id = u.id AND r.cid = %s"
            " LEFT JOIN res_country c ON c.id = p.country_id"
            " WHERE {} AND {} ORDER BY u.id"
        ).format(
            sql.Identifier(mobile), self._company_code,
            self._former(corp, "user_id", "u.id"), condition or self._CANDIDATES,
            self._link_settings(),
        )
        compat.execute(self.env.cr, query, [corp.company_id.id] * 2)
        return [
            links.Candidate(
                id_, name,
                self._numbers(number, code or default) | self._numbers(login, default),
                {links.email(login), links.email(email)} - {None},
                {links.email(login)} - {None} | self._numbers(login, default), former,
            )
            for id_, login, name, email, number, code, default, former
            in self.env.cr.fetchall()
        ]

    _CANDIDATES = sql.SQL(
        "u.active AND u.share IS NOT TRUE AND r.user_id IS NOT NULL"
    )

    def _only(self, people):
        """Return this model restricted to links of single people, as for an event.

        The database then compares others with them.

        :param people: ``dingding.user``, empty for nobody
        """
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT userid, mobile_number, email, org_email FROM dingding_user"
            " WHERE id = ANY(%s)", [people.ids])
        userids, numbers, mails = set(), set(), set()
        for userid, number, email, org_email in self.env.cr.fetchall():
            userids.add(userid)
            numbers.add(number or "")
            mails |= {links.email(email) or "", links.email(org_email) or ""}
        return self.with_context(dingding_only=Only(
            tuple(userids), tuple(numbers - {""}), tuple(mails - {""}), {}))

    @api.model
    def _only_users(self, corp):
        """Return ids of the users whom the people of :meth:`_only` have or may get."""
        only = self.env.context["dingding_only"]
        self.env.cr.execute(
            "SELECT user_id FROM dingding_user WHERE user_id IS NOT NULL"
            " AND (corp_id = %s AND userid = ANY(%s) OR mobile_number = ANY(%s))",
            [corp.id, list(only.userids), list(only.numbers)],
        )
        found = {row[0] for row in self.env.cr.fetchall()}
        return found | {each.id for each in self._only_candidates(corp, "user_id")}

    @api.model
    def _only_candidates(self, corp, link_field):
        """Return candidates that a field may link to the people of :meth:`_only`."""
        users = self.env.context["dingding_only"].users
        if corp.id not in users:
            users[corp.id] = self._user_candidates(corp)
        return users[corp.id]

    @api.model
    def _only_near(self, corp, link_field):
        """Return the condition on people who matter for a link of those of `_only`.

        They share a value with them or with a candidate, or have one.
        """
        only = self.env.context["dingding_only"]
        candidates = self._only_candidates(corp, link_field)
        numbers, mails = set(only.numbers), set(only.mails)
        for each in candidates:
            numbers |= each.numbers
            mails |= each.emails
        return sql.SQL(
            "(userid IN {only} OR user_id IN {users} OR {link} IN {ids}"
            " OR mobile_number IN {numbers} OR lower(trim(email)) IN {mails}"
            " OR lower(trim(org_email)) IN {mails})"
        ).format(
            only=_texts(only.userids), users=_ids(self._only_users(corp)),
            link=sql.Identifier(link_field), ids=_ids(each.id for each in candidates),
            numbers=_texts(numbers), mails=_texts(mails),
        )

    @api.model
    def _link_settings(self, mails=("u.login", "p.email"), numbers=None):
        """Return the condition on records that may share a value with people.

        It is a superset; the caller compares exactly.

        :param mails: columns of e-mails
        :param numbers: columns of mobiles
        """
        only = self.env.context.get("dingding_only")
        if only is None:
            return sql.SQL("true")
        if numbers is None:
            partners = self.env["res.partner"]._fields
            # 19 keeps the mobile in the same field as the phone.
            numbers = ("u.login", "p.mobile" if "mobile" in partners else "p.phone")
        terms = [
            sql.SQL("lower(trim({})) IN {}").format(_column(name), _texts(only.mails))
            for name in mails
        ] + [
            sql.SQL("right(regexp_replace({}, '[^0-9]', '', 'g'), {}) IN {}").format(
                _column(name), sql.Literal(TAIL),
                _texts({number[-TAIL:] for number in only.numbers}))
            for name in numbers
        ]
        return sql.SQL("({})").format(sql.SQL(" OR ").join(terms))

    # The default country code; takes the id of the company.
    _company_code = sql.SQL(
        "(SELECT d.phone_code FROM res_company m JOIN res_partner q"
        " ON q.id = m.partner_id JOIN res_country d ON d.id = q.country_id"
        " WHERE m.id = %s)"
    )

    @staticmethod
    def _numbers(number, code):
        """Return a telephone number as a set for comparison; empty if it is not one."""
        return {
            converters.number(number, default=str(code or converters.CHINA))
        } - {None}


def _texts(values):
    # A % would be taken for a placeholder.
    values = [value.replace("%", "\x01") for value in sorted(values)]
    return sql.SQL(
        "(SELECT replace(value, chr(1), chr(37)) FROM unnest({}::varchar[]) value)"
    ).format(sql.Literal(values))


def _ids(values):
    return sql.SQL("(SELECT unnest({}::integer[]))").format(
        sql.Literal(sorted(values)))


def _column(name):
    table, _dot, column = name.partition(".")
    return sql.SQL("{}.{}").format(sql.Identifier(table), sql.Identifier(column))


def _proven(number, activated, contacts):
    """Tell whether DingTalk has verified a mobile that nobody entered in Odoo."""
    return bool(number and activated) and number not in (contacts or ())
