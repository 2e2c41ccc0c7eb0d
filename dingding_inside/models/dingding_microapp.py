# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import re
from urllib.parse import urlencode

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models import times
from odoo.addons.dingding_signin.models.dingding_signin import JSAPI, Outcome, went_well
from odoo.addons.dingding_signin.models.safe_path import HOME, LONGEST, safe_path

PAGE = "/dingding/app"
OPEN = "/dingding/app/open"
INSIDE = "/dingding/signin/inside"
MODEL = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*\Z")
ICON = re.compile(r"([a-z0-9_]+),(static/[A-Za-z0-9_./-]+)\Z")
CODES = (
    ("product.product", "barcode"),
    ("product.product", "default_code"),
    ("stock.location", "barcode"),
    ("hr.employee", "barcode"),
)
MESSAGES = 5  # displayed
ACTIVITIES = 8  # displayed
COLLEAGUES = 200  # that can be searched
FEW = 5  # displayed of a list that can be searched
ICONS = "/dingding_inside/static/src/img/%s.svg"
MENUS = 24  # displayed
SHOWN = 80  # characters displayed of an unknown code


def letters_of(name):
    """Return the placeholder of a person without a photo, as in DingTalk.

    The given name of a Chinese person, the initials of others.
    """
    words = (name or "").split()
    if len(words) > 1:
        return (words[0][0] + words[-1][0]).upper()
    word = words[0] if words else ""
    return word[:1].upper() if word[:1] < "\u2e80" else word[-2:]


class DingdingMicroapp(models.AbstractModel):
    """Serve the page that opens inside DingTalk, with one method per route.

    Read with the user's rights, except colleagues' names and titles.
    """

    _name = "dingding.microapp"
    _description = "DingTalk Web Application"

    # -- routes --------------------------------------------------------------------

    @api.model
    def _page(self, uid, corp=None, nothing=None, inside=None):
        """Open the page.

        :param int uid: the signed-in user, or None
        :param str corp: id or CorpId of the organisation in the address
        :param str nothing: a code for which nothing was found
        :param int inside: see ``_app`` of ``dingding.jsapi``
        :return: Outcome: a path to redirect to, a text, or data for the template
        """
        if not uid:
            query = urlencode({"corp": corp}) if corp else ""
            return self._signin(PAGE + (query and "?" + query), corp)
        if not self.env.user.has_group("base.group_user"):
            return Outcome(None, _("This page is for employees."), 403, {})
        app = self.env["dingding.jsapi"]._app(corp, inside)
        signin = self.env["dingding.signin"]
        return went_well(
            None,
            user=self.env.user.name,
            company=self.env.user.company_id.name,
            # Later series use "lang" themselves.
            language=(self.env.user.lang or "en_US").replace("_", "-"),
            corp=app.corp_id.corp_id if app else "",
            sections=self._microapp_sections(),
            menus=self._menus(app),
            words=self._words(),
            nothing=(nothing or "")[:SHOWN],
            few=FEW,
            script=signin._scripts(app) + JSAPI if app else "",
            frames=app.login_url if app else "",
        )

    @api.model
    def _open(self, uid, model=None, record=None):
        """Redirect a link in a message to its record, after signing in if needed.

        Odoo's form checks access.

        :param str model: name of a model
        :param str record: id as text
        """
        known = isinstance(model, str) and MODEL.match(model)
        if not known or not re.match(r"[0-9]{1,10}\Z", record or ""):
            return Outcome(None, _("This link is incomplete."), 404, {})
        path = "/web#id=%d&model=%s&view_type=form" % (int(record), model)
        if uid:
            return went_well(path)
        return self._signin(path)

    @api.model
    def _find(self, uid, code=None):
        """Redirect from a scanned or typed code to its record.

        :param str code: a link of this site, or the text of a label
        """
        code = (code or "").strip()[:LONGEST]
        if not uid:
            return self._signin(PAGE)
        if not self.env.user.has_group("base.group_user"):
            return Outcome(None, _("This page is for employees."), 403, {})
        path = self._microapp_find(code) if code else None
        if path:
            return went_well(safe_path(path))
        return went_well(PAGE + "?" + urlencode({"nothing": code}))

    @api.model
    def _microapp_find(self, code):
        """Return the path for a code, or None; addons support further codes.

        Search as the current user, never with sudo.

        :param str code: not empty
        """
        jsapi = self.env["dingding.jsapi"]
        if jsapi._own_address(code):
            base = self.env["dingding.corp"]._base_url()
            path = code[len(base):] if code.startswith(base + "/") else ""
            return path if safe_path(path) == path else None
        for model, name in CODES:
            if model not in self.env or name not in self.env[model]._fields:
                continue
            records = self.env[model]
            # A hit would tell the field's value.
            if not rights.may_use_field(self.env, records._fields[name]):
                continue
            try:
                compat.check_access(records, "read")
            except AccessError:
                continue
            found = records.search([(name, "=", code)], limit=1)
            if found:
                return self._form(found)
        return None

    @api.model
    def _signin(self, path, corp=None):
        """Return the sign-in address that returns to a path."""
        values = [("redirect", safe_path(path))]
        if not self.env["dingding.signin"]._corp("inside", corp):
            return went_well("/web/login?" + urlencode(values))
        if corp:
            values.insert(0, ("corp", corp))
        return went_well(INSIDE + "?" + urlencode(values))

    @api.model
    def _url(self, record):
        """Return the address of a record for messages, '' without a base URL.

        :param record: one record of any model
        """
        base = self.env["dingding.corp"]._base_url()
        if not base:
            return ""
        values = [("model", record._name), ("id", record.id)]
        return "%s%s?%s" % (base, OPEN, urlencode(values))

    # -- page contents ---------------------------------------------------------------

    @api.model
    def _microapp_sections(self):
        """Return the lists on the page; addons add theirs by inheritance.

        Read as the current user, never with sudo.

        :return: list of dicts: ``key`` (a word, identifies the section for tests and
            styles), ``title``, ``empty`` (text without rows), ``rows``: list of dicts
            of ``title`` and optionally ``note`` (second line), ``url`` (path of this
            site), ``mark`` (a word on the right), ``chat`` (userid to chat with on
            tap), ``photo`` (path of a picture) and ``letters`` (in its place); and
            optionally ``icon``, the path of a picture for rows without both,
            ``search``, the label of a field to search a long list with, and ``more``,
            a path to all of them. A section with neither rows nor ``empty`` is left out
        """
        return [
            self._section_activities(), self._section_messages(),
            self._section_colleagues(),
        ]

    @api.model
    def _section_activities(self):
        """Return the user's planned activities, the next one first."""
        found = rights.own_activities(self.env, ACTIVITIES)
        # From 19 on there are activities without a document.
        documents = [
            (row, self.env[row.res_model].browse(row.res_id) if row.res_model else row)
            for row in found if not row.res_model or row.res_model in self.env
        ]
        readable = rights.readable(
            self.env, [(document._name, document.id) for _row, document in documents])
        return {
            "key": "activities",
            "title": _("My activities"),
            "empty": "",
            "icon": ICONS % "activity",
            "more": "",
            "rows": [
                {
                    "title": row.summary or row.activity_type_id.name or row.res_name,
                    "note": row.res_name or "",
                    "mark": fields.Date.to_string(
                        fields.Date.from_string(row.date_deadline)
                    ),
                    "url": self._form(document),
                }
                for row, document in documents
                if (document._name, document.id) in readable
            ],
        }

    @api.model
    def _section_messages(self):
        rows = self.env["dingding.message.recipient"].search(
            [("is_mine", "=", True)], limit=MESSAGES
        )
        states = dict(rows.fields_get(["state"])["state"]["selection"])
        return {
            "key": "messages",
            "title": _("My messages"),
            "empty": _("You have no messages yet."),
            "icon": ICONS % "message",
            "more": "%s#action=%d" % (
                HOME, self.env.ref("dingding.dingding_message_recipient_action_mine").id
            ),
            "rows": [
                {
                    "title": row.title,
                    "note": self._moment(row.sent_at),
                    "mark": states.get(row.state) if row.state == "unread" else "",
                    "url": self._form(row),
                }
                for row in rows
            ],
        }

    @api.model
    def _colleagues(self):
        """Return the people of the user's departments, with sudo."""
        own = self.env["dingding.message.recipient"]._own_persons().filtered("active")
        people = own.browse()
        if own.mapped("department_ids"):
            people = own.search(
                [
                    ("department_ids", "in", own.mapped("department_ids").ids),
                    ("corp_id", "in", own.mapped("corp_id").ids),
                    ("id", "not in", own.ids),
                ],
                limit=COLLEAGUES, order="name, id",
            )
        return people

    @api.model
    def _photo(self, uid, person):
        """Return the picture of a colleague as bytes, or None.

        :param int person: id of a dingding.user
        """
        if not uid or not self.env.user.has_group("base.group_user"):
            return None
        found = self._colleagues().filtered(lambda each: each.id == person)
        picture = found.with_context(bin_size=False).image
        return base64.b64decode(picture) if picture else None

    @api.model
    def _section_colleagues(self):
        people = self._colleagues()
        # Sizes only.
        pictured = people.with_context(bin_size=True).filtered("image")
        return {
            "key": "colleagues",
            "title": _("Colleagues in my department"),
            "empty": _("No other people of your department are in Odoo yet."),
            "search": _("Search colleagues"),
            "more": "",
            "rows": [
                {
                    "title": person.name,
                    "note": person.title or "",
                    "chat": person.userid,
                    "corp": person.corp_id.corp_id or "",
                    "photo": "%s/photo/%d" % (PAGE, person.id)
                    if person in pictured else "",
                    "letters": letters_of(person.name),
                }
                for person in people
            ],
        }

    @api.model
    def _words(self):
        """Return what ``dingding.js`` shows when DingTalk cannot be called."""
        return {
            "outside": _("Open this page inside DingTalk."),
            "script": _("DingTalk's script could not be loaded. Check the network and "
                        "open the page again."),
            "refused": _("DingTalk rejects this page. Contact your administrator."),
            "lost": _("Odoo does not respond. Try again in a moment."),
        }

    @api.model
    def _menus(self, app):
        """Return the menus that the administrator chose and this user may open."""
        chosen = app.corp_id.microapp_menu_ids if app else None
        if not chosen:
            return []
        # Up to 18.0 only search() filters menus by groups.
        menus = self.env["ir.ui.menu"].search([("id", "in", chosen.ids)])
        menus = menus._filter_visible_menus()
        found = []
        for menu in menus[:MENUS]:
            values = [("menu_id", menu.id)]
            if menu.action:
                values.append(("action", menu.action.id))
            found.append(
                {
                    "title": menu.name, "url": HOME + "#" + urlencode(values),
                    "icon": self._menu_icon(menu),
                }
            )
        return found

    @api.model
    def _menu_icon(self, menu):
        """Return the path of the icon of a menu's application, or ''."""
        menu = menu.sudo()
        while menu.parent_id:
            menu = menu.parent_id
        match = ICON.match(menu.web_icon or "")
        return "/%s/%s" % match.groups() if match else ""

    @api.model
    def _form(self, record):
        return "%s#id=%d&model=%s&view_type=form" % (HOME, record.id, record._name)

    @api.model
    def _moment(self, value):
        """Return a time in the user's time zone, '' if empty."""
        if not value:
            return ""
        user = self.env.user
        local = times.local(user.with_context(tz=user.tz), value)
        return local.strftime("%Y-%m-%d %H:%M")

    @api.model
    def _html(self, data):
        """Return the HTML of the page."""
        return compat.render(self.env, "dingding_inside.microapp", data)
