# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import re
from urllib.parse import urlencode

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from .. import compat
from .dingding_signin import JSAPI, Outcome, went_well
from .safe_path import HOME, LONGEST, safe_path

PAGE = "/dingding/app"
OPEN = "/dingding/app/open"
INSIDE = "/dingding/signin/inside"
MODEL = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*\Z")
# Where a code of a label is looked for, where the model is installed.
CODES = (
    ("product.product", "barcode"),
    ("product.product", "default_code"),
    ("stock.location", "barcode"),
    ("hr.employee", "barcode"),
)
MESSAGES = 8  # shown
COLLEAGUES = 50  # shown
MENUS = 24  # shown
SHOWN = 80  # characters of a code for which nothing was found


class DingdingMicroapp(models.AbstractModel):
    """The page that opens inside DingTalk. One method a route.

    What it shows is read as the user, by the user's rights; only names and titles of
    colleagues are not, which everybody sees in DingTalk anyway.
    """

    _name = "dingding.microapp"
    _description = "Odoo inside DingTalk"

    # -- routes --------------------------------------------------------------------

    @api.model
    def _page(self, uid, corp=None, nothing=None):
        """Open the page.

        :param int uid: who is signed in, or None
        :param str corp: id or CorpId of the organisation, as the address names it
        :param str nothing: a code for which nothing was found
        :return: Outcome: a path to go to, or a text, or data for the template
        """
        if not uid:
            query = urlencode({"corp": corp}) if corp else ""
            return self._signin(PAGE + (query and "?" + query), corp)
        if not self.env.user.has_group("base.group_user"):
            return Outcome(None, _("This page is for employees."), 403, {})
        app = self.env["dingding.jsapi"]._app(corp)
        signin = self.env["dingding.signin"]
        return went_well(
            None,
            user=self.env.user.name,
            company=self.env.user.company_id.name,
            # "lang" is taken by Odoo in later series.
            language=(self.env.user.lang or "en_US").replace("_", "-"),
            corp=app.corp_id.corp_id if app else "",
            sections=self._microapp_sections(),
            menus=self._menus(app),
            words=self._words(),
            nothing=(nothing or "")[:SHOWN],
            script=signin._scripts(app) + JSAPI if app else "",
            frames=app.login_url if app else "",
        )

    @api.model
    def _open(self, uid, model=None, record=None):
        """Lead a link in a message to its record, over signing in when needed.

        Whether the person may see the record is for Odoo's own form to say.

        :param str model: name of a model
        :param str record: id as text
        """
        known = isinstance(model, str) and MODEL.match(model)
        if not known or not re.match(r"[0-9]{1,10}\Z", record or ""):
            return Outcome(None, _("This link is not complete."), 404, {})
        path = "/web#id=%d&model=%s&view_type=form" % (int(record), model)
        if uid:
            return went_well(path)
        return self._signin(path)

    @api.model
    def _find(self, uid, code=None):
        """Lead from a code that was scanned or typed to its record.

        :param str code: a link of this site, or what stands on a label
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
        """Return the path of what a code means, or None; addons know more codes.

        Searches as the current user, never with sudo.

        :param str code: not empty
        """
        jsapi = self.env["dingding.jsapi"]
        if jsapi._own_address(code):
            base = self.env["dingding.corp"]._signin_base_url()
            path = code[len(base):] if code.startswith(base + "/") else ""
            return path if safe_path(path) == path else None
        for model, name in CODES:
            if model not in self.env or name not in self.env[model]._fields:
                continue
            records = self.env[model]
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
        """Return the way in that leads to a path afterwards."""
        values = [("redirect", safe_path(path))]
        if not self.env["dingding.signin"]._corp("inside", corp):
            return went_well("/web/login?" + urlencode(values))
        if corp:
            values.insert(0, ("corp", corp))
        return went_well(INSIDE + "?" + urlencode(values))

    @api.model
    def _url(self, record):
        """Return the address by which a record opens from a message, '' without a base.

        :param record: one record of any model
        """
        base = self.env["dingding.corp"]._signin_base_url()
        if not base:
            return ""
        values = [("model", record._name), ("id", record.id)]
        return "%s%s?%s" % (base, OPEN, urlencode(values))

    # -- what stands on the page -----------------------------------------------------

    @api.model
    def _microapp_sections(self):
        """Return the lists on the page; addons add theirs by inheritance.

        Read as the current user, never with sudo.

        :return: list of dicts: ``key`` (a word, names the section for tests and
            styles), ``title``, ``empty`` (what to say when there is nothing), ``rows``:
            list of dicts of ``title`` and, where it makes sense, ``note`` (second
            line), ``url`` (path of this site), ``mark`` (a word on the right), ``chat``
            (userid with whom a tap begins a chat); and ``more``, a path to all of them
        """
        return [self._section_messages(), self._section_colleagues()]

    @api.model
    def _section_messages(self):
        rows = self.env["dingding.message.recipient"].search(
            [("is_mine", "=", True)], limit=MESSAGES
        )
        states = dict(rows.fields_get(["state"])["state"]["selection"])
        return {
            "key": "messages",
            "title": _("My messages"),
            "empty": _("No message was sent to you yet."),
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
    def _section_colleagues(self):
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
        return {
            "key": "colleagues",
            "title": _("Colleagues of my department"),
            "empty": _("Nobody else of your department is known here."),
            "more": "",
            "rows": [
                {
                    "title": person.name,
                    "note": person.title or "",
                    "chat": person.userid,
                    "corp": person.corp_id.corp_id or "",
                }
                for person in people
            ],
        }

    @api.model
    def _words(self):
        """Return what ``dingding.js`` says when DingTalk cannot be called."""
        return {
            "outside": _("Open this page inside DingTalk."),
            "script": _("DingTalk's script could not be loaded. Check the network and "
                        "open the page again."),
            "refused": _("DingTalk refuses this page. Tell your administrator."),
            "lost": _("Odoo does not answer. Try again in a moment."),
        }

    @api.model
    def _menus(self, app):
        """Return the screens that the administrator chose and this user may open."""
        chosen = app.corp_id.microapp_menu_ids if app else None
        if not chosen:
            return []
        # As the user; up to 18 the search alone leaves out what they do not see.
        menus = self.env["ir.ui.menu"].search([("id", "in", chosen.ids)])
        menus = menus._filter_visible_menus()
        found = []
        for menu in menus[:MENUS]:
            values = [("menu_id", menu.id)]
            if menu.action:
                values.append(("action", menu.action.id))
            found.append(
                {"title": menu.name, "url": HOME + "#" + urlencode(values)}
            )
        return found

    @api.model
    def _form(self, record):
        return "%s#id=%d&model=%s&view_type=form" % (HOME, record.id, record._name)

    @api.model
    def _moment(self, value):
        """Return a time in the user's time zone, '' without one."""
        if not value:
            return ""
        # Who has none set works where DingTalk does.
        record = self.env.user.with_context(tz=self.env.user.tz or "Asia/Shanghai")
        local = fields.Datetime.context_timestamp(
            record, fields.Datetime.from_string(value)
        )
        return local.strftime("%Y-%m-%d %H:%M")

    @api.model
    def _html(self, data):
        """Return the page itself."""
        return compat.render(self.env, "dingding.microapp", data)
