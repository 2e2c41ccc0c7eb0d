# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Explain DingTalk's errors and what to do, in the user's language."""
import contextlib

from odoo import _, api, models
from odoo.exceptions import UserError

from ..dingtalk.errors import DingTalkError
from ..sealing import SecretError

CONSOLE = "https://open-dev.dingtalk.com/"
DOCUMENTS = "https://open.dingtalk.com/document/development/"

# Remedy -> page where it is done or explained; the others need none.
_THROTTLING = DOCUMENTS + "how-to-process-api-throttling-on-the-dingtalk-server"
_CODES = DOCUMENTS + "server-api-error-codes-1"
ADDRESSES = {
    "credentials": CONSOLE,
    "ip_whitelist": CONSOLE,
    "permission": DOCUMENTS + "add-api-permission",
    "out_of_scope": CONSOLE,
    "agent": CONSOLE,
    "quota": _THROTTLING,
    "budget_paused": _THROTTLING,
    "rate_limit": _THROTTLING,
    "banned": DOCUMENTS + "call-frequency-limit",
    "argument": _CODES,
    "unknown": _CODES,
}


@contextlib.contextmanager
def user_errors(env):
    """Turn DingTalk's errors into messages that users can act on.

    For ``action_*`` methods only; background work keeps the error on its row.

    :raise UserError: in place of a DingTalkError
    """
    try:
        yield
    except DingTalkError as error:
        raise UserError(env["dingding.remedy"]._message(error)) from error


class DingdingRemedy(models.AbstractModel):
    """Provide the sentences for the remedies of the client's errors."""

    _name = "dingding.remedy"
    _description = "DingTalk Error Remedy"

    @api.model
    def _message(self, error):
        """Return the full message for a user: the error and its remedy.

        :param DingTalkError error: any
        """
        if isinstance(error, SecretError):
            said = error.message
        elif error.code:
            said = _("DingTalk: [%(code)s] %(message)s") % {
                "code": error.code,
                "message": error.message,
            }
        else:
            said = _("DingTalk: %s") % error.message
        return "%s\n\n%s" % (said, self._text(error.remedy, error.detail))

    @api.model
    def _text(self, key, detail=None):
        """Return what to do, in the user's language, with the page where to do it.

        :param str key: remedy of a DingTalkError
        :param dict detail: detail of the same error: ip, scopes, apply_url, wait
        """
        detail = detail or {}
        sentence = self._sentence(key, detail)
        address = self._address(key, detail)
        return "%s %s" % (sentence, address) if address else sentence

    @api.model
    def _address(self, key, detail=None):
        """Return the page where it is done or explained, or an empty string."""
        apply_url = (detail or {}).get("apply_url") or ""
        if key == "permission" and apply_url.startswith("https://"):
            return apply_url
        return self._addresses().get(key, "")

    @api.model
    def _addresses(self):
        """Return remedy -> page where it is done or explained; addons add theirs."""
        return ADDRESSES

    @api.model
    def _sentence(self, key, detail=None):
        """Return what to do, without the address."""
        method = getattr(self, "_sentence_%s" % key, None) or self._sentence_unknown
        return method(detail or {})

    def _sentence_credentials(self, detail):
        return _(
            "Compare AppKey (Client ID) and AppSecret (Client Secret) with the "
            "application's page Credentials in the developer console, and enter the "
            "AppSecret again."
        )

    def _sentence_ip_whitelist(self, detail):
        if detail.get("ip"):
            return _(
                "DingTalk sees this server under the IP address %s. Add it to the "
                "outgoing IP addresses of the application (developer console > "
                "application > Security > Server outgoing IP addresses, 服务器公网出口IP名单)."
            ) % detail["ip"]
        return _(
            "Add the public IP address of this server to the outgoing IP addresses of "
            "the application (developer console > application > Security > Server "
            "outgoing IP addresses, 服务器公网出口IP名单)."
        )

    def _sentence_permission(self, detail):
        scopes = detail.get("scopes") or []
        if scopes:
            return _(
                "Request the permission %s for the application (developer console > "
                "application > Permissions, 权限管理). It usually takes effect at once."
            ) % ", ".join(scopes)
        return _(
            "Request the missing permission for the application (developer console > "
            "application > Permissions, 权限管理). It usually takes effect at once."
        )

    def _sentence_quota(self, detail):
        return _(
            "The organisation has used up its API calls of this month. Odoo continues "
            "by itself next month, or once more are bought in DingTalk and the page "
            "Budget of the organisation says so."
        )

    def _sentence_budget_paused(self, detail):
        return _(
            "Odoo keeps the API calls that are left this month for more important work "
            "and continues by itself next month. To continue now, buy more in DingTalk "
            "and correct the page Budget of the organisation."
        )

    def _sentence_rate_limit(self, detail):
        return _(
            "Too many calls in a short time. Odoo retries later. If this happens "
            "often, lower the application's calls per second."
        )

    def _sentence_banned(self, detail):
        return _(
            "DingTalk has blocked this server's IP address for some minutes because of "
            "too many calls. Check whether another program calls DingTalk from this "
            "address, and wait."
        )

    def _sentence_network(self, detail):
        return _(
            "DingTalk could not be reached. Check that this server can connect to the "
            "URLs of the application (name resolution, firewall, proxy), and try again."
        )

    def _sentence_not_json(self, detail):
        return _(
            "The response did not come from DingTalk's API: it came from a proxy, a "
            "firewall's sign-in page or a wrong URL. Check the API URLs of the "
            "application and the network between this server and them. After too many "
            "calls, DingTalk also answers with a web page for five minutes."
        )

    def _sentence_server_busy(self, detail):
        return _("DingTalk is busy or out of order. Try again later.")

    def _sentence_out_of_scope(self, detail):
        return _(
            "The application may not see this person or department. Extend its range "
            "of contacts (developer console > application > Permissions > range of "
            "contacts, 通讯录权限范围)."
        )

    def _sentence_not_found(self, detail):
        return _(
            "It does not exist in DingTalk, or no longer exists. Get departments and "
            "users again."
        )

    def _sentence_argument(self, detail):
        return _(
            "DingTalk rejects a value: it is missing, too long or has an invalid "
            "format. Correct it and try again."
        )

    def _sentence_token(self, detail):
        return _(
            "DingTalk rejects the access token, even a new one. Check that the AppKey "
            "belongs to this organisation, then renew the token."
        )

    def _sentence_login_code(self, detail):
        return _("The sign-in has expired or was already used. Sign in again.")

    def _sentence_agent(self, detail):
        return _(
            "The AgentId does not belong to this application. Copy it from the "
            "application's page Credentials in the developer console."
        )

    def _sentence_encryption_key(self, detail):
        return _(
            "Check dingding_encryption_key and dingding_encryption_key_old in Odoo's "
            "configuration file or the environment of the server. If the key is lost, "
            "enter the secret again."
        )

    def _sentence_unknown(self, detail):
        return _(
            "Look up the code in DingTalk's list of error codes. The log of this "
            "server may contain more information."
        )
