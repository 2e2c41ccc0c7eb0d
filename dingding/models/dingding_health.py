# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections
import contextlib
import logging
import time

from odoo import _, api, fields, models

from .. import compat
from ..dingtalk.api.contacts import ROOT
from ..dingtalk.errors import (
    BusyError,
    DingTalkError,
    IpNotAllowedError,
    NotFoundError,
    OutOfScopeError,
    PermissionDeniedError,
    RateLimitedError,
    TransportError,
)
from ..dingtalk.tokens import MemoryTokenStore
from ..dingtalk.transport import Transport
from .remedies import CONSOLE

_logger = logging.getLogger(__name__)

# DingTalk accepts some signatures for one minute only.
CLOCK_LIMIT = 60  # seconds
CONNECT_TIMEOUT = 3  # seconds
READ_TIMEOUT = 6  # seconds
# A task id that was never sent, and DingTalk's codes for it.
UNKNOWN_TASK = 1
UNKNOWN_TASK_CODES = ("40035",)
# A user is waiting.
TOTAL_SECONDS = 25

LINE_STATES = [
    ("ok", "OK"),
    ("note", "Note"),
    ("warning", "Warning"),
    ("error", "Problem"),
    ("unchecked", "Not tested"),
]


@compat.only_for("dingding.group_manager")
class DingdingHealth(models.TransientModel):
    """The results of *Test connection*."""

    _name = "dingding.health"
    _description = "DingTalk Connection Test"
    _rec_name = "summary"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", readonly=True, required=True,
        ondelete="cascade",
    )
    checked_at = fields.Datetime(string="Tested on", readonly=True)
    state = fields.Selection(LINE_STATES, string="Status", readonly=True)
    summary = fields.Char(readonly=True)
    app_count = fields.Integer(string="Applications", readonly=True)
    line_ids = fields.One2many("dingding.health.line", "health_id", readonly=True)

    @api.model
    def _open(self, corp):
        """Check an organisation and return the action that shows the lines."""
        compat.check_access(corp, "write")
        lines = self._check(corp)
        states = [line["state"] for line in lines]
        health = self.create(
            {
                "corp_id": corp.id,
                "checked_at": fields.Datetime.now(),
                "state": self._worst(states),
                "summary": self._summary(states),
                "app_count": len(corp.app_ids) or 1,
                "line_ids": [(0, 0, line) for line in lines],
            }
        )
        corp._note_test(health.state)
        return {
            "type": "ir.actions.act_window",
            "name": _("Connection of %s") % corp.name,
            "res_model": self._name,
            "res_id": health.id,
            "view_mode": "form",
            "views": [(self.env.ref("dingding.dingding_health_view_form").id, "form")],
            "target": "new",
        }

    def action_check_again(self):
        """Check again, after a correction in the console."""
        self.ensure_one()
        return self._open(self.corp_id)

    @api.model
    def _worst(self, states):
        for state in ("error", "warning", "unchecked"):
            if state in states:
                return state
        return "ok"

    @api.model
    def _summary(self, states):
        problems, warnings = states.count("error"), states.count("warning")
        if problems:
            return _("Problems: %(problems)d, warnings: %(warnings)d.") % {
                "problems": problems,
                "warnings": warnings,
            }
        if warnings and "unchecked" in states:
            return _("Not everything was tested. Warnings: %d.") % warnings
        if warnings:
            return _("The connection works. Warnings: %d.") % warnings
        if "unchecked" in states:
            return _("The tested items work; the test took too long for the rest.")
        if "note" in states:
            # Some cannot be tested, such as permissions that DingTalk does not report.
            return _("The connection works. Notes: %d.") % states.count("note")
        return _("Everything works.")

    @api.model
    def _check(self, corp):
        """Return the values of the lines; ask DingTalk and write nothing.

        :param corp: record of dingding.corp
        :rtype: list of dict
        """
        if not corp.app_ids:
            return [
                {
                    "name": _("Application"),
                    "state": "error",
                    "message": _("No application yet."),
                    "remedy": _(
                        "Create an application in DingTalk's developer console, then "
                        "enter AppKey, AppSecret and AgentId on the form."
                    ),
                    "address": CONSOLE,
                }
            ]
        deadline = time.monotonic() + TOTAL_SECONDS
        lines = []
        for app in corp.app_ids:
            lines += self._checked(app, self._named_lines, app, deadline)
        lines += self._checked(None, self._check_corp, corp, deadline)
        for number, line in enumerate(lines):
            line.pop("key", None)
            line["sequence"] = number
        return lines

    @api.model
    def _checked(self, app, check, *args):
        """Return the lines of a check, or one line if the check itself fails."""
        try:
            return check(*args)
        except Exception as error:
            _logger.exception("A health check stopped")
            return [self._line(_("Checks"), "error", type(error).__name__, app=app)]

    # -- lines, for addons ---------------------------------------------------------

    @api.model
    def _check_app(self, app, deadline):
        """Return the lines of one application; addons add theirs.

        :param float deadline: time.monotonic() value after which to stop asking
        """
        return _AppCheck(app, deadline).run() + self._needs_lines(app)

    @api.model
    def _check_corp(self, corp, deadline):
        """Return the lines about an organisation as a whole; addons add theirs.

        :param float deadline: time.monotonic() value after which to stop asking
        """
        return [
            self._address_line(corp),
            self.env["dingding.queue"]._health_line(),
            self.env["dingding.secret"]._health_line(corp),
        ]

    @api.model
    def _address_line(self, corp):
        """Return the line about the address under which DingTalk reaches this Odoo."""
        name, warning = _("Address of this Odoo"), corp._address_warning()
        if not warning:
            return self._line(name, "ok", corp._base_url())
        # Calls to DingTalk work without it, so the connection does.
        return self._line(name, "note", warning["title"], warning["remedy"])

    @api.model
    def _line(self, name, state, message="", remedy="", address="", app=None, key=""):
        """Return a line in the format of the checks.

        :param str name: what was checked, translated
        :param str state: one of ``LINE_STATES``; "note" is not a problem
        :param str key: ``line`` of the permission that this line shows, see
            ``_dingtalk_needs``
        """
        return {
            "key": key,
            "app_id": app.id if app else False,
            "name": name,
            "state": state,
            "message": message or False,
            "remedy": remedy or False,
            "address": address or False,
        }

    @api.model
    def _ask_line(self, name, app, deadline, function, *args, **options):
        """Call the client and return the line that says whether it works.

        :param function: one that raises DingTalkError
        :param str key: as for ``_line``
        """
        key = options.get("key", "")
        if time.monotonic() > deadline:
            return self._line(name, "unchecked", app=app, key=key)
        try:
            function(*args)
        except DingTalkError as error:
            remedies = self.env["dingding.remedy"]
            return self._line(
                name, "error", str(error),
                remedies._sentence(error.remedy, error.detail),
                remedies._address(error.remedy, error.detail), app, key,
            )
        return self._line(name, "ok", app=app, key=key)

    @api.model
    def _named_lines(self, app, deadline):
        """Return the lines of an application, each with the permission it shows."""
        lines = self._check_app(app, deadline)
        by_key = {line["key"]: line for line in lines if line.get("key")}
        for need in app.corp_id._dingtalk_needs():
            line, text = by_key.get(need["line"]), self._need_text(need)
            if line and text and not line["message"]:
                line["message"] = text
        return lines

    @api.model
    def _needs_lines(self, app):
        """Return the permissions DingTalk does not report, one line per feature.

        The lines before show whether the others are granted.
        """
        features = collections.OrderedDict()
        served = app.corp_id._purposes_of(app)
        for need in app.corp_id._dingtalk_needs():
            if need["line"] or need["purpose"] not in served:
                continue
            if need["permission"] or need["title"]:
                features.setdefault(need["feature"], []).append(need)
        return [
            self._line(
                _("Permissions: %s") % feature, "note",
                "; ".join(self._need_text(need) for need in needs),
                _("DingTalk does not report whether they are granted. Compare them "
                  "with the application's page Permissions."),
                CONSOLE, app,
            )
            for feature, needs in features.items()
        ]

    @api.model
    def _need_text(self, need):
        """Return a permission's name in the console, and when it is needed.

        Empty without a permission.
        """
        text = " ".join(word for word in (need["permission"], need["title"]) if word)
        return "%s (%s)" % (text, need["when"]) if text and need["when"] else text


class _AppCheck(object):
    """Check one application; each line reports a result.

    Lines start as "not checked". The first answer that makes further questions useless
    ends the check.
    """

    def __init__(self, app, deadline):
        self.env = app.env
        self.app = app
        self.deadline = deadline
        self.lines = []
        self.by_key = {}
        self.client = None
        for key, name in self._names():
            line = self.env["dingding.health"]._line(
                name, "unchecked", app=app, key=key
            )
            self.lines.append(line)
            self.by_key[key] = line

    def _names(self):
        names = [
            ("address", _("Connection to DingTalk")),
            ("credentials", _("AppKey and AppSecret")),
            ("clock", _("Clock of this server")),
            ("ip", _("IP address of this server")),
        ]
        if self.app.corp_id.corp_id:
            names.append(("corp", _("CorpId")))
        if self.app.kind != "login":
            names += [
                ("scope", _("Range of contacts")),
                ("departments", _("Permission: read departments")),
                ("members", _("Permission: read the people of a department")),
                ("member", _("Permission: read a person")),
                ("mobile", _("Mobile numbers")),
                ("email", _("E-mail addresses")),
                ("message", _("Work notifications")),
                ("agent", _("AgentId")),
            ]
        return names

    # -- reporting results ------------------------------------------------------

    def say(self, key, state, message="", remedy="", address=""):
        if key in self.by_key:
            self.by_key[key].update(
                state=state, message=message, remedy=remedy, address=address
            )

    def say_error(self, key, error, state="error"):
        remedies = self.env["dingding.remedy"]
        self.say(
            key,
            state,
            str(error),
            remedies._sentence(error.remedy, error.detail),
            remedies._address(error.remedy, error.detail),
        )

    def ask(self, key, function, *args):
        """Call the client for the line ``key``; return (its answer, its error).

        :raise _Stop: nothing else can be found out
        """
        if time.monotonic() > self.deadline:
            raise _Stop()
        try:
            return function(*args), None
        except IpNotAllowedError as error:
            self.say_error("ip", error)
            raise _Stop()
        except TransportError as error:
            self.say_error("address", error)
            raise _Stop()
        except PermissionDeniedError as error:
            self.say("ip", "ok")
            self.say_error(key, error)
            return None, error
        except DingTalkError as error:
            if error.remedy in ("banned", "not_json"):
                self.say_error("address", error)
                raise _Stop()
            return None, error

    # -- the checks ------------------------------------------------------------

    def run(self):
        try:
            with contextlib.suppress(_Stop):
                self._run()
        except Exception as error:
            # Show a line instead of a traceback.
            _logger.exception("The health check of app %s stopped", self.app.id)
            open_lines = [line for line in self.lines if line["state"] == "unchecked"]
            for line in open_lines[:1]:
                line.update(state="error", message=type(error).__name__)
        return self.lines

    def _run(self):
        try:
            secret = self.app.sudo()._secret()
        except DingTalkError as error:
            self.say_error("credentials", error)
            return
        if not secret:
            self.say(
                "credentials",
                "error",
                _("The AppSecret is missing."),
                _("An administrator must enter it on the form of the application."),
                CONSOLE,
            )
            return
        self.client = self._make_client()
        self._credentials()
        self._corp()
        if self.app.kind == "login":
            return
        dept_id, userid = self._scope()
        self._departments(dept_id)
        userid = self._members(dept_id) or userid
        self._member(userid)
        self._messages()

    def _make_client(self):
        try:
            # A separate token store tests the keys on the form.
            return self.app._dingtalk_client(
                feature="check",
                tokens=MemoryTokenStore(),
                max_attempts=1,
                max_wait=0,
                transport=Transport(CONNECT_TIMEOUT, READ_TIMEOUT),
            )
        except ValueError as error:
            self.say("address", "error", str(error))
            raise _Stop()

    def _credentials(self):
        _token, error = self.ask("credentials", self.client.app_token)
        self._clock()
        if error is None:
            self.say("address", "ok")
            self.say("credentials", "ok")
            return
        if isinstance(error, (BusyError, RateLimitedError)):
            self.say("address", "ok")
            self.say_error("credentials", error, "warning")
        elif error.retryable:
            self.say_error("address", error)
        else:
            self.say("address", "ok")
            self.say_error("credentials", error)
        raise _Stop()

    def _clock(self):
        difference = self.client.clock_difference
        if difference is None:
            return
        seconds = int(round(abs(difference)))
        if seconds <= CLOCK_LIMIT:
            self.say("clock", "ok", _(
                "Difference to DingTalk's clock: %d s.") % seconds)
            return
        text = (
            _("%d s behind DingTalk's clock.")
            if difference > 0
            else _("%d s ahead of DingTalk's clock.")
        )
        self.say(
            "clock",
            "warning",
            text % seconds,
            _(
                "Synchronise this server's clock over the network (NTP): DingTalk "
                "rejects signatures that are off by more than a minute."
            ),
        )

    def _corp(self):
        """Check the CorpId: DingTalk issues tokens to apps of that corp only."""
        if "corp" not in self.by_key:
            return
        corp_id = self.app.corp_id.corp_id
        _token, error = self.ask("corp", self._corp_token, corp_id)
        if error is None:
            self.say("corp", "ok", corp_id)
            return
        self.say(
            "corp",
            "warning",
            str(error),
            _(
                "Compare the CorpId with the one on the home page of the developer "
                "console. Pages inside DingTalk need it."
            ),
            CONSOLE,
        )

    def _corp_token(self, corp_id):
        credential = self.client.credential
        return self.client.api(
            "POST",
            "/v1.0/oauth2/%s/token" % corp_id,
            {
                "client_id": credential.app_key,
                "client_secret": credential.app_secret,
                "grant_type": "client_credentials",
            },
            token=False,
            api="/v1.0/oauth2/{corpId}/token",
        )

    def _scope(self):
        """Check the contact scope; return (a department, a person) inside it."""
        scope, error = self.ask("scope", self.client.auth.scopes)
        if error is not None:
            if self.by_key["scope"]["state"] == "unchecked":
                self.say_error("scope", error)
            return ROOT, None
        self.say("ip", "ok")
        departments, people = scope["dept_ids"], scope["userids"]
        if ROOT in departments:
            self.say("scope", "ok", _("The whole organisation."))
        elif departments or people:
            self.say(
                "scope",
                "warning",
                _("%(departments)d departments and %(people)d people.")
                % {"departments": len(departments), "people": len(people)},
                _(
                    "Departments and people outside it are neither read nor sent "
                    "messages."),
                CONSOLE,
            )
        else:
            self.say(
                "scope",
                "error",
                _("The range of contacts is empty."),
                self.env["dingding.remedy"]._sentence("out_of_scope"),
                CONSOLE,
            )
        self._fields(scope["user_fields"])
        dept_id = ROOT if ROOT in departments else (departments or [None])[0]
        return dept_id, (people or [None])[0]

    def _fields(self, granted):
        if not granted:
            return
        why = {
            "mobile": _(
                "Without this permission, people are not linked to users by mobile."),
            "email": _(
                "Without this permission, people are not linked to users by e-mail."),
        }
        for name, text in why.items():
            if name in granted:
                self.say(name, "ok")
            else:
                self.say(
                    name,
                    "warning",
                    text,
                    self.env["dingding.remedy"]._sentence("permission"),
                    CONSOLE,
                )

    def _permission(self, key, expected, function, *args):
        """Check a permission and report its line.

        :param expected: harmless error classes that only an application with the
            permission gets
        """
        answer, error = self.ask(key, function, *args)
        if error is None or isinstance(error, expected):
            self.say(key, "ok")
        elif not isinstance(error, PermissionDeniedError):
            self.say_error(key, error)
        return answer

    @staticmethod
    def _hidden(dept_id):
        # If the scope contains single people and no department, the root is out of
        # scope.
        return OutOfScopeError if dept_id is None else ()

    def _departments(self, dept_id):
        self._permission(
            "departments", self._hidden(dept_id),
            self.client.contacts.sub_departments, dept_id or ROOT,
        )

    def _members(self, dept_id):
        page = self._permission(
            "members", self._hidden(dept_id),
            self.client.contacts.users_page, dept_id or ROOT, 0, 1,
        )
        return page.items[0]["userid"] if page and page.items else None

    def _member(self, userid):
        if userid is None:
            userids = self._permission("member", (), self.client.contacts.admins)
            userid = userids[0]["userid"] if userids else None
        if userid is not None:
            # The person may have left since.
            self._permission(
                "member", (NotFoundError, OutOfScopeError),
                self.client.contacts.user, userid,
            )

    def _messages(self):
        """Query a notification that was never sent: nobody is notified."""
        agent_id = self.app.agent_id
        if not agent_id:
            self.say(
                "agent",
                "warning",
                _("The AgentId is missing."),
                _(
                    "Required for work notifications. Copy it from the page "
                    "Credentials."),
                CONSOLE,
            )
            return
        error = self._progress("message", agent_id)
        if error is not None and error.remedy == "agent":
            self.say_error("agent", error)
            return
        if isinstance(error, PermissionDeniedError):
            return
        if error is None or error.remedy in ("not_found", "argument"):
            self.say("message", "ok")
            self._agent(agent_id, error)
        else:
            self.say_error("message", error)

    def _progress(self, key, agent_id, task_id=UNKNOWN_TASK):
        return self.ask(key, self.client.messages.progress, agent_id, task_id)[1]

    def _agent(self, agent_id, error):
        """Compare with an AgentId that is certainly wrong.

        DingTalk has one code for a wrong AgentId and an unknown message.
        """
        sent = self.env["dingding.message.task"].sudo().search(
            [("app_id", "=", self.app.id), ("dingtalk_task", "!=", False)],
            order="sent_at desc", limit=1,
        )
        if sent and self._progress("agent", agent_id, sent.dingtalk_task) is None:
            self.say("agent", "ok", agent_id)
            return
        other = self._progress("agent", "1" if agent_id != "1" else "2")
        if getattr(error, "code", None) != getattr(other, "code", None):
            self.say("agent", "ok", agent_id)
        elif error is not None and error.code not in UNKNOWN_TASK_CODES:
            self.say(
                "agent", "error", str(error),
                self.env["dingding.remedy"]._sentence("agent"), CONSOLE,
            )
        else:
            self.say(
                "agent", "warning",
                _("DingTalk does not report whether this AgentId is correct: %s.")
                % agent_id,
                _("Send yourself a message, then test the connection again."),
            )


class _Stop(Exception):
    """Nothing more can be found out."""
