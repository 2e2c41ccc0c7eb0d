# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import json
import logging
import random
import string
import time

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.errors import DingTalkError, NotFoundError
from odoo.addons.dingding.models.remedies import user_errors

from .. import payload, receiver

_logger = logging.getLogger(__name__)

CALLBACK_PATH = "/dingding/call_back_url/%s"
FAILED_PAGES = 100  # of 200 events, read at once
OVERLAP_HOURS = 24  # for which former keys stay valid
SECRET = "callback_keys"
LETTERS = string.ascii_letters + string.digits
# The last of 43 characters carries four bits only: with these the rest is zero.
LAST_LETTERS = "AEIMQUYcgkosw048"
CHECKS = ("check_url", "check_create_suite_url", "check_update_suite_url")
EVENTS = (
    "user_add_org", "user_modify_org", "user_leave_org", "user_active_org",
    "org_admin_add", "org_admin_remove", "org_dept_create", "org_dept_modify",
    "org_dept_remove", "org_change", "org_remove", "label_user_change",
    "label_conf_add", "label_conf_del", "label_conf_modify",
)


def new_keys():
    """Return a new (token, AES key) as DingTalk's console takes them."""
    chance = random.SystemRandom()
    letters = [chance.choice(LETTERS) for _number in range(74)]
    return (
        "".join(letters[:32]), "".join(letters[32:]) + chance.choice(LAST_LETTERS)
    )


class DingdingApp(models.Model):
    _inherit = "dingding.app"

    callback_url = fields.Char(
        string="Callback address", compute="_compute_callback_url",
        help="Where DingTalk sends events of this application. The beginning is the "
        "system parameter web.base.url; DingTalk must be able to reach it.",
    )
    callback_is_set = fields.Boolean(
        string="Receives events", compute="_compute_callback_is_set",
        help="Token and AES key have been made.",
    )
    callback_checked_at = fields.Datetime(
        string="Last test push", readonly=True, copy=False,
        help="When DingTalk last tried the address and got the right answer.",
    )

    stream_mode = fields.Boolean(
        string="Stream mode",
        help="Events of this application are fetched by the runner beside Odoo "
        "(command dingdingstream), so that DingTalk need not reach this server.",
    )
    stream_state_ids = fields.One2many(
        "dingding.stream.state", "app_id", string="Stream connections", readonly=True,
        groups="dingding.group_manager",
    )
    callback_result = fields.Text(
        string="Result", readonly=True, copy=False,
        help="What came of the last button on this page.",
    )
    callback_failed_at = fields.Datetime(
        string="Failed list read on", readonly=True, copy=False,
        help="When DingTalk was last asked for events that it could not deliver.",
    )

    @api.depends("app_key")
    def _compute_callback_url(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        for app in self:
            app.callback_url = base.rstrip("/") + CALLBACK_PATH % (app.app_key or "")

    def _compute_callback_is_set(self):
        for app in self:
            app.callback_is_set = self.env["dingding.secret"]._is_set(app, SECRET)

    # -- keys --------------------------------------------------------------------------

    def _callback_keys(self):
        """Return the (token, AES key) pairs that are valid now, the present one first.

        For buttons; the receiver has ``_callback_targets``.

        :raise UserError: they cannot be decrypted
        """
        self.ensure_one()
        with user_errors(self.env):
            stored = self.env["dingding.secret"]._get(self, SECRET)
        return receiver.valid_keys(stored)

    def _callback_set_keys(self, token, aes_key):
        """Store keys; those of before stay valid for a while.

        Events are on their way, and DingTalk learns of the new keys later than we.
        """
        until = time.time() + 3600 * OVERLAP_HOURS
        try:
            former = self._callback_keys()[:1]
        except UserError:
            former = []  # whose key is lost: the new ones take their place at once
        keys = [(token, aes_key, None)] + [
            (former_token, former_key, until) for former_token, former_key in former
        ]
        self.env["dingding.secret"]._set(self, SECRET, json.dumps(keys))

    def _callback_check_administrator(self):
        compat.check_access(self, "write")
        if not self._is_administrator():
            raise AccessError(_("Only administrators may do this."))

    # -- receiving ---------------------------------------------------------------------

    @api.model
    def _callback_receive(self, ref, query, content, remote=""):
        """Verify a callback, store its event, return the answer.

        In the caller's transaction, which is one of its own and READ COMMITTED; he
        sends the answer after its commit.

        :param str ref: AppKey or CorpId in the address, '' when there is none
        :param query: parameters behind the address
        :param bytes content: the body, None when it was too large to be read
        :param str remote: address of who asks, for the log of refusals
        :return: (HTTP status, object for the body)
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
        app = self.browse(target.app_id)
        if payload.Values(message).text("EventType") in CHECKS:
            app._callback_note_check()
        else:
            self.env["dingding.event"]._store(
                app, payload.from_push(message), "http", target.corp_id
            )
        return 200, envelope.answer()

    def _callback_note_check(self):
        self.env.cr.execute(
            "UPDATE dingding_app SET callback_checked_at = now() AT TIME ZONE 'UTC'"
            " WHERE id = %s",
            [self.id],
        )

    @api.model
    def _callback_targets(self, ref):
        """Return the applications that a callback may be for; all without ``ref``.

        One statement, past the ORM: DingTalk waits.
        """
        secrets = self.env["dingding.secret"]
        rows = compat.execute_unseen(
            self.env.cr,
            "SELECT app.id, corp.id, app.app_key, corp.corp_id, secret.hidden_value"
            " FROM dingding_app app JOIN dingding_corp corp ON corp.id = app.corp_id"
            " JOIN dingding_secret secret ON secret.res_model = 'dingding.app'"
            " AND secret.res_id = app.id AND secret.name = %(name)s"
            " WHERE app.active AND (%(ref)s = '' OR app.app_key = %(ref)s"
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

    # -- the console's way -------------------------------------------------------------

    def action_callback_setup(self):
        """Show how DingTalk is told to send events here."""
        self.ensure_one()
        self._callback_check_administrator()
        return self.env["dingding.callback.setup"]._open(self)

    # -- the way by API ----------------------------------------------------------------

    def action_callback_register(self):
        """Register the address by API; DingTalk tries it before it says yes."""
        self._callback_register(False)
        return True

    def action_callback_update(self):
        """Change the registration to the present address and keys."""
        self._callback_register(True)
        return True

    def _callback_register(self, again):
        self.ensure_one()
        self._callback_check_administrator()
        self._callback_need_keys()
        token, aes_key = self._callback_keys()[0]
        callbacks = self._dingtalk_client(max_wait=0).callbacks
        send = callbacks.update if again else callbacks.register
        events = self._callback_events()
        with self._callback_errors():
            send(events, token, aes_key, self.callback_url)
        self._callback_tell(
            _("DingTalk has tried the address and sends %d kinds of events there.")
            % len(events)
        )

    @api.model
    def _callback_events(self):
        """Return the kinds of events that are asked for; addons add theirs."""
        return EVENTS

    def _callback_need_keys(self):
        """Make keys if there are none, so that the receiver knows them at once.

        DingTalk tries the address while this transaction is still waiting for it.
        """
        if self._callback_keys():
            return
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            own = api.Environment(cr, SUPERUSER_ID, {})
            own["dingding.app"].browse(self.id)._callback_set_keys(*new_keys())
        compat.forget(self.env)
        if not self._callback_keys():
            # This transaction is too old to see them.
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def action_callback_query(self):
        """Ask DingTalk what is registered by API."""
        self.ensure_one()
        self._callback_check_administrator()
        with self._callback_errors():
            found = self._dingtalk_client(max_wait=0).callbacks.get()
        values = {
            "url": found["url"], "count": len(found["tags"]),
            "events": ", ".join(sorted(found["tags"])),
        }
        keys = (found["token"], found["aes_key"])
        if found["url"] != self.callback_url:
            text = _("Registered is another address: %(url)s. Update the registration.")
        elif keys not in self._callback_keys():
            text = _("Registered at %(url)s with other keys. Update the registration.")
        else:
            text = _("Registered at %(url)s for %(count)d kinds of events: %(events)s")
        self._callback_tell(text % values)
        return True

    def action_callback_delete(self):
        """Have DingTalk delete the registration by API."""
        self.ensure_one()
        self._callback_check_administrator()
        with self._callback_errors():
            self._dingtalk_client(max_wait=0).callbacks.delete()
        self._callback_tell(_("DingTalk sends no events to this registration now."))
        return True

    def action_callback_verify(self):
        """Have DingTalk push a test, from outside in, and tell what came of it.

        By API an update makes it push; without a registration the console has a button
        for it, and this tells whether its push has come.
        """
        self.ensure_one()
        self._callback_check_administrator()
        keys = self._callback_keys()
        if not keys:
            raise UserError(_("There are no keys yet: press Receive events first."))
        before = self._callback_checked()
        callbacks = self._dingtalk_client(max_wait=0).callbacks
        with self._callback_errors():
            try:
                found = callbacks.get()
            except NotFoundError:
                found = None
            if found and found["url"] == self.callback_url:
                callbacks.update(found["tags"], keys[0][0], keys[0][1], found["url"])
        after = self._callback_checked()
        if found and after != before:
            text = _("DingTalk has just reached the address and got the right answer.")
        elif after:
            text = _(
                "DingTalk last reached the address on %s (UTC). For a new test press "
                "the console's button to verify the address (验证有效性)."
            ) % after[:19]
        else:
            text = _(
                "DingTalk has not reached the address yet. Press the console's button "
                "to verify the address (验证有效性), then this one again."
            )
        self._callback_tell("\n".join([text] + self._callback_refusals()))
        return True

    def _callback_checked(self):
        """Return when DingTalk last tried the address, as others see it now."""
        with compat.open_cursor(self.env.cr.dbname) as cr:
            cr.execute(
                "SELECT to_char(callback_checked_at, 'YYYY-MM-DD HH24:MI:SS.US')"
                " FROM dingding_app WHERE id = %s", [self.id],
            )
            return cr.fetchone()[0]

    def _callback_refusals(self):
        """Return what was refused today, a sentence each."""
        rows = self.env["dingding.event.refusal"].sudo().search(
            [("app_number", "in", [0, self.id]), ("day", "=", fields.Date.today())],
            limit=3,
        )
        names = dict(rows._fields["cause"]._description_selection(self.env))
        return [
            _("Refused today, %(count)d times: %(cause)s. %(remedy)s")
            % {"count": row.count, "cause": names[row.cause], "remedy": row.remedy}
            for row in rows
        ]

    def _callback_tell(self, text):
        """Show a result on the form.

        In a transaction of its own: the receiver may have written the application
        since this one began.
        """
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            cr.execute(
                "UPDATE dingding_app SET callback_result = %s WHERE id = %s",
                [text, self.id],
            )
        compat.forget(self.env)

    @contextlib.contextmanager
    def _callback_errors(self):
        """Turn what DingTalk refuses into a sentence that helps."""
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
        """Return DingTalk's code -> what helps, in the reader's language."""
        unreachable = _(
            "DingTalk cannot reach the address. It must be public: look at the system "
            "parameter web.base.url, the firewall, the proxy and, where a server has "
            "several databases, at the option dbfilter."
        )
        answer = _(
            "The address answers, but not as DingTalk wants: something on the way "
            "changes the answer, or it is another server."
        )
        domain = _("DingTalk does not take this domain or address: use a public one.")
        texts = {
            "71006": _("An address is registered already: update the registration."),
            "71007": _("Nothing is registered by API: register the address first."),
            "71008": _("This application may not receive one of the events."),
            "71011": _("DingTalk does not take the form of the address."),
        }
        for codes, text in (
            ("71009 71010 400052", answer), ("71012 400051 400054", unreachable),
            ("71013 400053", domain),
        ):
            texts.update((code, text) for code in codes.split())
        texts["400040"], texts["400041"] = texts["71007"], texts["71006"]
        texts["400050"] = texts["71011"]
        return texts

    # -- what could not be delivered ---------------------------------------------------

    def action_callback_failed(self):
        """Fetch the events that DingTalk could not deliver."""
        self.ensure_one()
        self._callback_check_administrator()
        with user_errors(self.env):
            found, new = self._callback_fetch_failed()
        self._callback_tell(
            _("DingTalk listed %(found)d events; %(new)d of them were new.")
            % {"found": found, "new": new}
        )
        return True

    @api.model
    def _cron_callback_failed(self):
        """Fetch for all applications what could not be delivered."""
        for app in self.search([]):
            if not (app.callback_is_set or app.stream_mode):
                continue
            try:
                app._callback_fetch_failed()
            except DingTalkError as error:
                # The next time will tell; the nightly reading finds what is lost.
                _logger.info("%s: the failed list was not read: %s", app, error.code)

    def _callback_fetch_failed(self):
        """Store what DingTalk could not deliver; return (how many, how many new).

        Each call deletes what the one before has returned, so a page is committed
        before the next is asked for.

        :raise DingTalkError: when DingTalk can't be asked
        """
        client = self._dingtalk_client(max_wait=0)
        found = new = 0
        for _page in range(FAILED_PAGES):
            items, more = client.callbacks.failed()
            with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
                own = api.Environment(cr, SUPERUSER_ID, {})
                events, app = own["dingding.event"], own["dingding.app"].browse(self.id)
                for item in items:
                    event = payload.from_failed(item)
                    if event.corp_id in ("", app.corp_id.corp_id or event.corp_id):
                        found += 1
                        new += events._store(app, event, "failed_list")
                cr.execute(
                    "UPDATE dingding_app SET callback_failed_at = now() AT TIME ZONE"
                    " 'UTC' WHERE id = %s", [app.id],
                )
            if not more or not items:
                break
        return found, new
