# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import json
import logging
import random
import string
import time

from psycopg2 import DataError, IntegrityError

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.errors import NotFoundError
from odoo.addons.dingding.models import times
from odoo.addons.dingding.models.remedies import user_errors

from .. import payload, receiver

_logger = logging.getLogger(__name__)

CALLBACK_PATH = "/dingding/call_back_url/%s"
FAILED_PAGES = 100  # of 200 events, read at once
FAILED_SECONDS = 30  # after which the next page is left to the next time
OVERLAP_HOURS = 24  # during which former keys stay valid
SECRET = "callback_keys"
LETTERS = string.ascii_letters + string.digits
# The last character has only four significant bits.
LAST_LETTERS = "AEIMQUYcgkosw048"
CHECKS = ("check_url", "check_create_suite_url", "check_update_suite_url")


def new_keys():
    """Return a new (token, AES key) in the format of DingTalk's console."""
    chance = random.SystemRandom()
    letters = [chance.choice(LETTERS) for _number in range(74)]
    return (
        "".join(letters[:32]), "".join(letters[32:]) + chance.choice(LAST_LETTERS)
    )


class DingdingApp(models.Model):
    _inherit = "dingding.app"

    callback_url = fields.Char(
        string="Callback URL", compute="_compute_callback_url",
        help="URL to which DingTalk sends the events of this application. It begins "
             "with the system parameter web.base.url; DingTalk must be able to reach "
             "it.",
    )
    callback_is_set = fields.Boolean(
        string="Receives events", compute="_compute_callback_is_set",
        help="Token and AES key have been generated.",
    )
    callback_checked_at = fields.Datetime(
        string="Last test push", readonly=True, copy=False,
        help="When DingTalk last tested the URL and received the correct response.",
    )

    stream_mode = fields.Boolean(
        string="Stream mode",
        help="A runner beside Odoo (command dingdingstream) receives the events of "
             "this application, so DingTalk does not need to reach this server.",
    )
    stream_state_ids = fields.One2many(
        "dingding.stream.state", "app_id", string="Stream connections", readonly=True,
        groups="dingding.group_manager",
    )
    stream_alive = fields.Boolean(
        string="Stream connected", compute="_compute_stream_alive",
        groups="dingding.group_manager", help="A runner receives events now.",
    )
    callback_texts = fields.Text(
        string="Result in each language", readonly=True, copy=False,
    )
    callback_result = fields.Text(
        string="Result", compute="_compute_callback_result",
        help="Result of the last button clicked on this page.",
    )
    callback_failed_at = fields.Datetime(
        string="Failed list read on", readonly=True, copy=False,
        help="When DingTalk was last asked for undelivered events.",
    )

    @api.depends("app_key")
    def _compute_callback_url(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        for app in self:
            app.callback_url = base.rstrip("/") + CALLBACK_PATH % (app.app_key or "")

    @compat.depends_on_reader
    @api.depends("callback_texts")
    def _compute_callback_result(self):
        for app in self:
            texts = json.loads(app.callback_texts or "{}")
            app.callback_result = texts.get(
                self.env.lang, texts.get("en_US", "".join(list(texts.values())[:1]))
            )

    @api.depends("stream_state_ids.seen_at", "stream_state_ids.state")
    def _compute_stream_alive(self):
        for app in self:
            app.stream_alive = any(app.stream_state_ids.mapped("is_alive"))

    def _compute_callback_is_set(self):
        for app in self:
            app.callback_is_set = self.env["dingding.secret"]._is_set(app, SECRET)

    # -- keys --------------------------------------------------------------------------

    def _callback_stored(self):
        """Return the text with the keys.

        For buttons; the receiver uses ``_callback_targets``.

        :raise UserError: it cannot be decrypted
        """
        self.ensure_one()
        with user_errors(self.env):
            return self.env["dingding.secret"]._get(self, SECRET)

    def _callback_keys(self):
        """Return the valid (token, AES key) pairs, the current one first.

        :raise UserError: they cannot be decrypted
        """
        return receiver.valid_keys(self._callback_stored())

    def _callback_set_keys(self, token, aes_key):
        """Store new keys; keep the former ones valid for a while.

        Events with the former are in transit, and DingTalk has them until somebody
        enters the new ones: it may be others that were generated again meanwhile.
        """
        until = time.time() + 3600 * OVERLAP_HOURS
        try:
            former = receiver.valid_entries(self._callback_stored())
        except UserError:
            former = []  # the key is lost: replace them at once
        keys = [(token, aes_key, None)] + [
            (former_token, former_key, end or until)
            for former_token, former_key, end in former
        ]
        self.env["dingding.secret"]._set(self, SECRET, json.dumps(keys))

    def _callback_check_administrator(self):
        compat.check_access(self, "write")
        if not rights.is_administrator(self.env):
            raise AccessError(_("Only administrators may do this."))

    # -- receiving ---------------------------------------------------------------------

    @api.model
    def _callback_receive(self, ref, query, content, remote=""):
        """Verify a callback, store its event and return the answer.

        The caller provides a separate READ COMMITTED transaction, and sends the answer
        after committing it.

        :param str ref: AppKey or CorpId in the address, '' if missing
        :param query: parameters of the address
        :param bytes content: the body, None if it was too large to be read
        :param str remote: address of the caller, for the log of refusals
        :return: (HTTP status, object for the body)
        :raise receiver.NotStored: it is from DingTalk, but could not be stored
        """
        try:
            target, envelope, message = receiver.open_callback(
                self._callback_targets(ref), query, content
            )
        except receiver.Refused as refused:
            app = self.browse(refused.target.app_id if refused.target else None)
            _logger.info("A callback was refused: %s", refused.cause)
            self.env["dingding.event.refusal"]._note(
                app, refused.cause, refused.detail, remote
            )
            return refused.status, {}
        try:
            self.browse(target.app_id)._callback_keep(target, query, message)
        except Exception as error:
            raise receiver.NotStored(str(error)) from error
        return 200, envelope.answer()

    def _callback_keep(self, target, query, message):
        """Store a verified message; see :meth:`_callback_receive`."""
        if payload.Values(message).text("EventType") in CHECKS:
            self._callback_note_check()
            return
        event = payload.from_push(message, receiver.signature_of(query))
        if not self.env["dingding.budget"]._note_push(self, event.event_type, message):
            self.env["dingding.event"]._store(self, event, "http", target.corp_id)

    def _callback_note_check(self):
        self.env.cr.execute(
            "UPDATE dingding_app SET callback_checked_at = now() AT TIME ZONE 'UTC'"
            " WHERE id = %s",
            [self.id],
        )

    @api.model
    def _callback_targets(self, ref):
        """Return the applications that a callback may be for; all without ``ref``.

        An archived organisation receives nothing. A single statement: DingTalk waits.
        """
        secrets = self.env["dingding.secret"]
        rows = compat.execute_unseen(
            self.env.cr,
            "SELECT app.id, corp.id, app.app_key, corp.corp_id, secret.sealed_value"
            " FROM dingding_app app JOIN dingding_corp corp ON corp.id = app.corp_id"
            " JOIN dingding_secret secret ON secret.res_model = 'dingding.app'"
            " AND secret.res_id = app.id AND secret.name = %(name)s"
            " WHERE app.active AND corp.active"
            " AND (%(ref)s = '' OR app.app_key = %(ref)s"
            " OR corp.corp_id = %(ref)s) ORDER BY app.corp_id, app.sequence, app.id",
            {"name": SECRET, "ref": ref.replace("\x00", "")},
        )

        def keys(app_id, stored):
            opened = secrets._opened(self._name, app_id, SECRET, stored)
            return receiver.valid_keys(opened)

        return [
            receiver.Target(
                app_id, corp_id, app_key, corp_key or "", keys(app_id, stored)
            )
            for app_id, corp_id, app_key, corp_key, stored in rows
        ]

    def _stream_callbacks(self):
        """Return topic -> name of a method of ``dingding.app``, for Stream mode.

        The runner subscribes to these topics beside the events. For each message it
        calls ``app.<method>(headers, data)`` with all rights, in a READ COMMITTED
        transaction of its own; after the commit DingTalk gets the result, an object for
        JSON or None, as ``{"response": result}``. DingTalk waits about two seconds.
        Repeated messages get the same answer without a call. An exception rolls back
        and is answered with code 500.
        """
        return {}

    # -- subscription in the console ---------------------------------------------------

    def action_callback_setup(self):
        """Show the settings to subscribe to events in DingTalk's console."""
        self.ensure_one()
        self._callback_check_administrator()
        return self.env["dingding.callback.setup"]._open(self)

    # -- registration by API -----------------------------------------------------------

    def action_callback_register(self):
        """Register the address by API; DingTalk tests it before accepting."""
        self._callback_register(False)
        return True

    def action_callback_update(self):
        """Update the registration to the current address and keys."""
        self._callback_register(True)
        return True

    def _callback_register(self, again):
        self.ensure_one()
        self._callback_check_administrator()
        self._callback_need_keys()
        token, aes_key = self._callback_keys()[0]
        callbacks = self._dingtalk_client(feature="events", max_wait=0).callbacks
        send = callbacks.update if again else callbacks.register
        events = self.env["dingding.corp"]._dingtalk_events()
        with self._callback_errors():
            send(events, token, aes_key, self.callback_url)
        self._callback_notify(
            lambda self:
            _("DingTalk has tested the URL and sends %d types of events to it.")
            % len(events)
        )

    def _callback_need_keys(self):
        """Create missing keys and commit them for the receiver.

        DingTalk tests the address during the call.
        """
        if self._callback_keys():
            return
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            own = api.Environment(cr, SUPERUSER_ID, {})
            own["dingding.app"].browse(self.id)._callback_set_keys(*new_keys())
        compat.forget(self.env)
        if not self._callback_keys():
            # This transaction's snapshot predates the keys.
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def action_callback_query(self):
        """Ask DingTalk for the registration by API."""
        self.ensure_one()
        self._callback_check_administrator()
        with self._callback_errors():
            found = self._dingtalk_client(feature="events", max_wait=0).callbacks.get()
        values = {
            "url": found["url"], "count": len(found["tags"]),
            "events": ", ".join(sorted(found["tags"])),
        }
        keys = (found["token"], found["aes_key"])
        elsewhere = found["url"] != self.callback_url
        known = keys in self._callback_keys()

        def text(self):
            if elsewhere:
                said = _(
                    "Another URL is registered: %(url)s. Click Update registration.")
            elif not known:
                said = _(
                    "%(url)s is registered with other keys. Click Update registration.")
            else:
                said = _(
                    "%(url)s is registered for %(count)d types of events: %(events)s")
            return said % values

        self._callback_notify(text)
        return True

    def action_callback_delete(self):
        """Delete the registration by API."""
        self.ensure_one()
        self._callback_check_administrator()
        with self._callback_errors():
            self._dingtalk_client(feature="events", max_wait=0).callbacks.delete()
        self._callback_notify(
            lambda self: _("DingTalk no longer sends events to this registration."))
        return True

    def action_callback_verify(self):
        """Make DingTalk push a test event, and report the result.

        Updating a registration by API triggers a push; otherwise report the push of the
        console's button.
        """
        self.ensure_one()
        self._callback_check_administrator()
        keys = self._callback_keys()
        if not keys:
            raise UserError(_("No keys yet. Click Receive events first."))
        before = self._callback_checked()
        callbacks = self._dingtalk_client(feature="events", max_wait=0).callbacks
        with self._callback_errors():
            try:
                found = callbacks.get()
            except NotFoundError:
                found = None
            if found and found["url"] == self.callback_url:
                callbacks.update(found["tags"], keys[0][0], keys[0][1], found["url"])
        after = self._callback_checked()
        reached = bool(found and after != before)
        self._callback_notify(
            lambda self: "\n".join(
                [self._callback_reached(reached, after)] + self._callback_refusals()
            )
        )
        return True

    def _callback_reached(self, reached, after):
        """Return the result of a test.

        :param bool reached: by this test
        :param str after: when DingTalk last reached the URL, or None
        """
        if reached:
            return _(
                "DingTalk has just reached the URL and received the correct response.")
        if after:
            moment = times.local(self, after[:19], self.corp_id._time_zone().zone)
            return _(
                "DingTalk last reached the URL on %s. To test again, click the "
                "console's button to verify it (验证有效性)."
            ) % moment.strftime("%Y-%m-%d %H:%M:%S")
        return _(
            "DingTalk has not reached the URL yet. Click the console's button to "
            "verify it (验证有效性), then this button again."
        )

    def _callback_checked(self):
        """Return when DingTalk last tested the address, as the receiver stored."""
        with compat.open_cursor(self.env.cr.dbname) as cr:
            cr.execute(
                "SELECT to_char(callback_checked_at, 'YYYY-MM-DD HH24:MI:SS.US')"
                " FROM dingding_app WHERE id = %s", [self.id],
            )
            return cr.fetchone()[0]

    def _callback_refusals(self):
        """Return today's refusals, one sentence each.

        Later than the last answered test.
        """
        domain = [("app_number", "in", [0, self.id]), ("day", "=", fields.Date.today())]
        checked = self._callback_checked()
        if checked:
            domain.append(("last_at", ">", checked[:19]))
        rows = self.env["dingding.event.refusal"].sudo().search(domain, limit=3)
        names = dict(rows._fields["cause"]._description_selection(self.env))
        return [
            _("Refused today, %(count)d times: %(cause)s. %(remedy)s")
            % {"count": row.count, "cause": names[row.cause], "remedy": row.remedy}
            for row in rows
        ]

    def _callback_notify(self, text):
        """Show a result on the form, in the language of each reader.

        :param text: returns the text, called with this application in a language

        Uses a separate transaction: the receiver may have written the application.
        """
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        texts = {code: text(self.with_context(lang=code)) for code in codes}
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            cr.execute(
                "UPDATE dingding_app SET callback_texts = %s WHERE id = %s",
                [json.dumps(texts, ensure_ascii=False), self.id],
            )
        compat.forget(self.env)

    @contextlib.contextmanager
    def _callback_errors(self):
        """Convert DingTalk's refusals to a sentence with a remedy."""
        try:
            with user_errors(self.env):
                yield
        except UserError as error:
            text = self._callback_remedies().get(
                getattr(error.__cause__, "code", None)
            )
            if not text:
                raise
            text = "\n".join([text] + self._callback_refusals())
            lines = [text, ""] + [str(error.__cause__)]
            raise UserError("\n".join(lines)) from error

    @api.model
    def _callback_remedies(self):
        """Return DingTalk's code -> remedy, in the reader's language."""
        unreachable = _(
            "DingTalk cannot reach the URL, which must be public. Check the system "
            "parameter web.base.url, the firewall, the proxy and, if the server has "
            "several databases, the option dbfilter."
        )
        answer = _(
            "The URL responds, but not as DingTalk expects: something in between "
            "changes the response, or another server responds."
        )
        domain = _("DingTalk rejects this domain or IP address. Use a public one.")
        texts = {
            "71006": _("A URL is already registered. Click Update registration."),
            "71007": _("No URL is registered by API. Click Register first."),
            "71008": _("This application may not receive one of the events."),
            "71011": _("DingTalk rejects the format of the URL."),
        }
        for codes, text in (
            ("71009 71010 400052", answer), ("71012 400051 400054", unreachable),
            ("71013 400053", domain),
        ):
            texts.update((code, text) for code in codes.split())
        texts["400040"], texts["400041"] = texts["71007"], texts["71006"]
        texts["400050"] = texts["71011"]
        return texts

    # -- undelivered events ------------------------------------------------------------

    def action_callback_failed(self):
        """Fetch events that DingTalk could not deliver."""
        self.ensure_one()
        self._callback_check_administrator()
        with user_errors(self.env):
            found, new, _more = self._callback_fetch_failed()
        self._callback_notify(
            lambda self:
            _("DingTalk listed %(found)d events; %(new)d of them were new.")
            % {"found": found, "new": new}
        )
        return True

    def _callback_fetch_failed(self):
        """Store undelivered events, for a limited time.

        Each call deletes the previous answer's events, so commit each page, and never
        leave one half stored.

        :return: (their number, the number of new ones, whether there are more)
        :raise DingTalkError: DingTalk cannot be reached
        """
        client = self._dingtalk_client(feature="failed_events", max_wait=0)
        pages, more = {}, True
        deadline = time.monotonic() + FAILED_SECONDS
        for number in range(FAILED_PAGES):
            items, more = client.callbacks.failed()
            more = bool(more and items)

            def store(cr, number=number, items=items):
                pages[number] = self._callback_store_page(items, cr)

            # Even if PostgreSQL restarts: the next call would delete them.
            self.env["dingding.event"]._persist(store)
            if not more or time.monotonic() > deadline:
                break
        found, new = (
            sum(page[place] for page in pages.values()) for place in (0, 1))
        return found, new, more

    def _callback_store_page(self, items, cr):
        """Store a page of undelivered events; return (their number, of new ones).

        :param list items: of DingTalk
        :param cr: READ COMMITTED transaction that the caller commits
        """
        env = api.Environment(cr, SUPERUSER_ID, {})
        app = env["dingding.app"].browse(self.id)
        page = [
            event for event in map(payload.from_failed, items)
            if event.corp_id in ("", app.corp_id.corp_id or event.corp_id)]
        new = self._callback_store_failed(env["dingding.event"], app, page)
        cr.execute(
            "UPDATE dingding_app SET callback_failed_at = now() AT TIME ZONE"
            " 'UTC' WHERE id = %s", [app.id],
        )
        return len(page), new

    @api.model
    def _callback_store_failed(self, events, app, page):
        """Store a page of undelivered events; return the number of new ones.

        DingTalk forgets the page: one that cannot be stored must not take the others
        with it.

        :param list page: of payload.Event
        """
        try:
            with events.env.cr.savepoint():
                return sum(
                    bool(events._store(app, event, "failed_list")) for event in page)
        except (DataError, IntegrityError):
            if len(page) > 1:
                return sum(
                    self._callback_store_failed(events, app, [event]) for event in page)
            _logger.warning(
                "%s: an undelivered %s was not stored", app, page[0].event_type,
                exc_info=True)
            return 0
