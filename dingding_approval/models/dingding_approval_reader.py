# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Convert fields of a record to plain values of a form.

All reads use the record's environment, and so the submitter's rights.
"""
import re

from lxml import etree

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.tools import html2plaintext

from odoo.addons.dingding import compat, rights

from ..form import amounts, components, times

CHINESE = "zh_CN"
PATH = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*){0,5}\Z")
TO_MANY = ("one2many", "many2many")
RELATIONS = ("many2one",) + TO_MANY
TEXTS = (
    "char", "text", "html", "selection", "integer", "float", "monetary", "date",
    "datetime", "boolean", "reference",
) + RELATIONS
#: Field types that a shape accepts.
TYPES = {
    "text": TEXTS,
    "number": ("integer", "float", "monetary", "char"),
    "date": ("date", "datetime"),
    "range": ("date", "datetime"),
    "choice": ("selection", "many2one", "boolean", "char", "integer"),
    "choices": ("many2many", "one2many", "selection", "many2one", "char"),
    "people": RELATIONS,
    "departments": RELATIONS,
    "approvals": RELATIONS,
    "pictures": ("char", "text"),
    "files": RELATIONS + ("binary",),
    "rows": TO_MANY,
}
#: Parts of names of fields that are never sent; ``secretary`` and ``passed`` are.
SECRET = re.compile(
    r"(?:passwords?|passwd|passphrase|passcode|secrets?|tokens?)(?![a-z])"
    r"|(?:\A|_)(?:pwd|salt|hash|[ht]?otp|2fa|mfa|oauth2?|credentials?|signup"
    r"|(?:db|ftp|http|imap|ldap|login|mail|proxy|sftp|smtp|user)_?pass"
    r"|(?:access|aes|api|app|auth|encoding|encrypt|encryption|gpg|hmac|master|mch"
    r"|merchant|pem|pgp|private|rsa|secret|security|session|shared|sign|signature"
    r"|signing|ssh|ssl|webhook)_?keys?)(?![a-z])"
    r"|\Apin\Z"
)
#: Whether a field of a view is shown as a password.
MASKED = etree.XPath(
    "boolean((@password | attribute[@name = 'password']/text())"
    "[not(contains(' 0 false False ', concat(' ', ., ' ')))])"
)
#: Fields of users that lines of non-administrators may read.
USER_FIELDS = frozenset([
    "name", "display_name", "login", "email", "phone", "mobile", "partner_id",
    "company_id", "employee_id", "employee_ids", "department_id", "dingding_user_ids",
])
#: Models that only lines of administrators may read.
INTERNAL = ("ir.", "res.groups", "res.users.", "auth", "fetchmail.", "dingding.app",
            "dingding.robot")
READABLE = ("ir.attachment",)
#: Besides those in the user's language.
YES, NO = ("是", "Yes", "有", "需要"), ("否", "No", "无", "不需要")


class DingdingApprovalReader(models.AbstractModel):
    """Read fields for forms; addons may extend how people are found."""

    _name = "dingding.approval.reader"
    _description = "DingTalk Approval Field Reader"

    # -- paths -----------------------------------------------------------------------

    @api.model
    def _path_fields(self, model, path):
        """Return the fields along a dotted path, empty if the path is invalid.

        :param str model: name of the model where the path begins
        """
        if model not in self.env or not PATH.match(path or ""):
            return []
        found = []
        for name in path.split("."):
            if model is None or model not in self.env:
                return []
            field = self.env[model]._fields.get(name)
            if field is None:
                return []
            found.append(field)
            model = field.comodel_name if field.type in RELATIONS else None
        return found

    @api.model
    def _is_secret(self, field):
        """Return whether a field holds secrets: passwords, tokens or keys.

        Its name says so, or it is hidden as it is typed.
        """
        if SECRET.search(field.name.lower()):
            return True
        if field.name in self._masked(field.model_name):
            return True
        related = field.related or ()
        related = related.split(".") if isinstance(related, str) else related
        if any(SECRET.search(name.lower()) for name in related):
            return True
        return bool(related) and self._is_secret(field.related_field)

    @api.model
    @tools.ormcache("model")
    def _masked(self, model):
        """Return the names of the fields that a view of a model shows as passwords."""
        views = self.env["ir.ui.view"].sudo().with_context(
            active_test=False, lang=None)
        found = set()
        for view in views.search([("model", "=", model), ("type", "!=", "qweb")]):
            arch = view.arch_db or ""
            if "password" not in arch:
                continue
            for node in etree.fromstring(arch.encode("utf-8")).iter("field"):
                own = all(each.get("position") for each in node.iterancestors("field"))
                if own and MASKED(node):
                    found.add(node.get("name"))
        return frozenset(found)

    @api.model
    def _is_restricted(self, field):
        """Return whether only an administrator may send a field.

        For inherited fields the model delegated to decides.
        """
        if field.inherited and self._is_restricted(field.related_field):
            return True
        model = field.model_name
        if model == "res.users":
            return bool(field.groups) or field.name not in USER_FIELDS
        internal = model.startswith(INTERNAL) and model not in READABLE
        return bool(field.groups) or internal

    @api.model
    def _closed(self, along, by_administrator=False):
        """Return the key of the problem of a path that may not be read, or None.

        :param along: fields of the path
        :param by_administrator: an administrator wrote the path
        """
        if any(self._is_secret(field) for field in along):
            return "path_secret"
        if not by_administrator and any(self._is_restricted(each) for each in along):
            return "path_restricted"
        return None

    @api.model
    def _holders(self, records, path):
        """Return (records, field) at the end of a path, after checking access.

        As in Odoo, a many2one shows the name of its record; other fields require
        access.

        :param records: in the submitter's environment
        :raise AccessError: the user may not read a record along the path
        """
        along = self._path_fields(records._name, path)
        for field in along[:-1]:
            self._check_read(records, field)
            records = records.mapped(field.name)
        self._check_read(records, along[-1])
        return records, along[-1]

    @api.model
    def _apart_from_context(self, record):
        """Return a record without the caller's context, by which some values differ.

        A rate of another day, or lines that are archived, are not what is approved.
        """
        kept = ("lang", "tz", "allowed_company_ids")
        context = record.env.context
        return record.with_env(record.env(
            context={name: context[name] for name in kept if name in context}))

    @api.model
    def _check_read(self, records, field):
        if self._is_secret(field) or not rights.may_use_field(records.env, field):
            raise AccessError(field.name)
        compat.check_access(records, "read")

    # -- values ----------------------------------------------------------------------

    @api.model
    def _plain(self, one, records, field, how):
        """Return (plain value, problems) of a field of records for a component.

        :param dict one: component
        :param records: holders of the field; several are joined
        :param dict how: ``zone``, ``corp``
        """
        shape = components.kind_of(one["kind"]).shape
        method = getattr(self, "_plain_%s" % shape, None)
        if method is None:
            return None, [components.problem("not_settable", one, kind=one["kind"])]
        return method(one, records, field, how)

    def _plain_text(self, one, records, field, how):
        texts = [self._text(record, field, how) for record in records]
        return "、".join(each for each in texts if each), []

    def _plain_number(self, one, records, field, how):
        values = [record[field.name] for record in records]
        if field.type == "char":
            values = [value for value in values if value]
            return (values[0] if len(values) == 1 else "、".join(values)), []
        if not values:
            return None, []
        return sum(amounts.number(value) for value in values), []

    def _plain_date(self, one, records, field, how):
        return self._moment(self._first(records), field, how), []

    def _plain_choice(self, one, records, field, how):
        texts = self._candidates(self._first(records), field)
        option = components.option_of(one, texts)
        return option or (texts and texts[-1]) or None, []

    def _plain_choices(self, one, records, field, how):
        if field.type in RELATIONS:
            targets = records.mapped(field.name)
            lists = [self._names(each) for each in targets]
        else:
            lists = [self._candidates(record, field) for record in records]
        found = []
        for texts in lists:
            value = components.option_of(one, texts) or (texts and texts[-1])
            if value and value not in found:
                found.append(value)
        return found, []

    def _plain_people(self, one, records, field, how):
        people, missing = self._people(records.mapped(field.name), how["corp"])
        problems = [
            components.problem("person_unlinked", one, name=name) for name in missing
        ]
        return people.mapped("userid"), problems

    def _plain_departments(self, one, records, field, how):
        found, missing = self._departments(records.mapped(field.name), how["corp"])
        problems = [
            components.problem("department_unlinked", one, name=name)
            for name in missing
        ]
        return [int(each.dept_id) for each in found], problems

    def _plain_approvals(self, one, records, field, how):
        found, problems = [], []
        for target in records.mapped(field.name):
            # Readers of a form may open the approvals that it names.
            if not rights.may_see(records.env, target):
                problems.append(components.problem("access", one, path=field.name))
                continue
            instance = self._instance(target, how["corp"])
            if instance:
                found.append(instance)
            else:
                problems.append(
                    components.problem(
                        "approval_missing", one, name=target.sudo().display_name
                    )
                )
        return found, problems

    def _plain_pictures(self, one, records, field, how):
        words = " ".join(record[field.name] or "" for record in records).split()
        return words, []

    def _plain_files(self, one, records, field, how):
        if field.type == "binary":
            return self._files(self._attachments_of(records, field.name)), []
        targets = records.mapped(field.name)
        if targets._name != "ir.attachment":
            targets = self._attachments_of(targets)
        return self._files(targets), []

    @api.model
    def _first(self, records):
        """Return the first record, keeping its prefetch set, unlike a slice."""
        return next(iter(records), records)

    # -- conversion ------------------------------------------------------------------

    @api.model
    def _text(self, record, field, how):
        """Return the display text of a field."""
        value = record[field.name]
        if field.type == "boolean":
            return _("Yes") if value else _("No")
        if field.type in ("integer", "float", "monetary"):
            return amounts.written(amounts.number(value))
        if not value:
            return ""
        if field.type == "selection":
            return self._selection(record.env, field).get(value) or str(value)
        if field.type == "html":
            return html2plaintext(value).strip()
        if field.type in ("date", "datetime"):
            moment = self._moment(record, field, how)
            return times.written(moment, field.type == "datetime")
        if field.type in ("many2one", "reference"):
            return value.sudo().display_name or ""
        if field.type in TO_MANY:
            compat.check_access(value, "read")
            return "、".join(each.display_name or "" for each in value)
        return str(value)

    @api.model
    def _in_language(self, record, code):
        """Return a record in a language, unchanged if that is not installed."""
        known = [each[0] for each in self.env["res.lang"].get_installed()]
        return record.with_context(lang=code) if code in known else record

    @api.model
    def _selection(self, env, field):
        """Return {value: label} of a selection, in the language of the environment."""
        return dict(field._description_selection(env))

    @api.model
    def _moment(self, record, field, how):
        """Return a date, a time in the organisation's time zone, or None."""
        value = record[field.name] if record else False
        if not value:
            return None
        if field.type == "date":
            value = fields.Date.from_string(value)
            return value
        return times.local(fields.Datetime.from_string(value), how["zone"])

    @api.model
    def _candidates(self, record, field):
        """Return texts that may match an option, the displayed one last."""
        value = record[field.name] if record else False
        if field.type == "boolean":
            own = _("Yes") if value else _("No")
            return list(YES if value else NO) + [own]
        if field.type == "integer":
            return [str(value)]
        if not value:
            return []
        if field.type == "selection":
            chinese = self._in_language(record, CHINESE)
            return [
                self._selection(chinese.env, field).get(value) or "",
                str(value),
                self._selection(record.env, field).get(value) or str(value),
            ]
        if field.type == "many2one":
            return self._names(value)
        return [str(value).strip()]

    @api.model
    def _names(self, record):
        """Return the names of a record, in Chinese and in the user's language."""
        record = record.sudo()
        return [
            self._in_language(record, CHINESE).display_name or "",
            record.display_name or "",
        ]

    @api.model
    def _people(self, records, corp):
        """Return (people of an organisation, names of those outside it).

        :param records: users, employees, partners with a user, or people themselves
        """
        people, missing = self.env["dingding.user"].sudo(), []
        for record in records.sudo():
            person = self._person(record, corp)
            if person:
                people |= person
            else:
                missing.append(record.display_name or "")
        return people, missing

    @api.model
    def _person(self, record, corp):
        """Return the person of an organisation for a record, or an empty set.

        Addons extend it.

        :param record: with sudo
        """
        people = self.env["dingding.user"].sudo()
        if record._name == "dingding.user":
            return record if record.corp_id == corp and record.active else people
        for name in ("dingding_user_ids", "dingding_user_id"):
            field = record._fields.get(name)
            if field is not None and field.comodel_name == "dingding.user":
                found = record[name].filtered(
                    lambda row: row.corp_id == corp and row.active
                )
                if found:
                    return found[:1]
        users = record
        if record._name != "res.users":
            # A user of any other model does not identify the record, nor does the
            # salesperson of a contact.
            name = {"hr.employee": "user_id", "res.partner": "user_ids"}.get(
                record._name)
            if not name:
                return people
            users = record[name]
        if not users:
            return people
        return people.search(
            [("user_id", "in", users.ids), ("corp_id", "=", corp.id),
             ("active", "=", True)], limit=1
        )

    @api.model
    def _departments(self, records, corp):
        """Return (departments of an organisation, names of those outside it)."""
        found, missing = self.env["dingding.department"].sudo(), []
        for record in records.sudo():
            if record._name == "dingding.department":
                one = record
            elif "dingding_department_ids" in record._fields:
                one = record["dingding_department_ids"]
            else:
                one = found.browse()
            one = one.filtered(lambda row: row.corp_id == corp)[:1]
            if one:
                found |= one
            else:
                missing.append(record.display_name or "")
        return found, missing

    @api.model
    def _instance(self, record, corp):
        """Return the instance id of a record's latest approval, or an empty text."""
        approvals = self.env["dingding.approval"].sudo()
        if record._name == approvals._name:
            found = record.sudo()
        else:
            found = approvals.search(
                [
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("corp_id", "=", corp.id),
                    ("instance_id", "!=", False),
                ],
                order="id desc",
                limit=1,
            )
        return found.instance_id or ""

    @api.model
    def _attachments_of(self, records, name=None):
        """Return the attachments of records, or of one of their binary fields."""
        domain = [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        domain += [("res_field", "=", name or False)]
        return records.env["ir.attachment"].search(domain, order="id")

    @api.model
    def _files(self, attachments):
        """Return attachments as files of a form, not uploaded yet.

        :raise AccessError: the user may not read one
        """
        if not attachments:
            return []
        names = ["name", "file_size"]
        if "datas_fname" in attachments._fields:
            names.append("datas_fname")
        return [
            {
                "attachment_id": row["id"],
                "fileName": row.get("datas_fname") or row["name"],
                "fileSize": row["file_size"],
            }
            for row in attachments.read(names)
        ]
