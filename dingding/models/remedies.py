# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What a person can do about an error of DingTalk, in the person's language."""
import contextlib

from odoo import _, api, models
from odoo.exceptions import UserError

from ..dingtalk.errors import DingTalkError
from ..sealing import SecretError

CONSOLE = "https://open-dev.dingtalk.com/"
DOCUMENTS = "https://open.dingtalk.com/document/development/"

# Remedy -> page where it is done or explained; the rest needs none.
_THROTTLING = DOCUMENTS + "how-to-process-api-throttling-on-the-dingtalk-server"
_CODES = DOCUMENTS + "server-api-error-codes-1"
ADDRESSES = {
    "credentials": CONSOLE,
    "ip_whitelist": CONSOLE,
    "permission": DOCUMENTS + "add-api-permission",
    "out_of_scope": CONSOLE,
    "agent": CONSOLE,
    "quota": _THROTTLING,
    "rate_limit": _THROTTLING,
    "banned": DOCUMENTS + "call-frequency-limit",
    "robot_limit": DOCUMENTS + "custom-robots-send-group-messages",
    "argument": _CODES,
    "unknown": _CODES,
}


@contextlib.contextmanager
def user_errors(env):
    """Turn what DingTalk refuses into a message that a person can act on.

    For ``action_*`` methods only; background work keeps the error on its row.

    :raise UserError: in place of a DingTalkError
    """
    try:
        yield
    except DingTalkError as error:
        raise UserError(env["dingding.remedy"]._message(error)) from error


class DingdingRemedy(models.AbstractModel):
    """The sentences that belong to the remedies of the pure client's errors."""

    _name = "dingding.remedy"
    _description = "What to do about an error of DingTalk"

    @api.model
    def _message(self, error):
        """Return the whole message for a person: what was said, and what helps.

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
        return ADDRESSES.get(key, "")

    @api.model
    def _sentence(self, key, detail=None):
        """Return what to do, without the address."""
        method = getattr(self, "_sentence_%s" % key, None) or self._sentence_unknown
        return method(detail or {})

    def _sentence_credentials(self, detail):
        return _(
            "Compare AppKey (Client ID) and AppSecret (Client Secret) with the page "
            "Credentials of the application in the developer console, and enter the "
            "AppSecret once more."
        )

    def _sentence_ip_whitelist(self, detail):
        if detail.get("ip"):
            return _(
                "DingTalk sees this server under the address %s. Add it to the list of "
                "outgoing addresses of the application (developer console > "
                "application > Security > Server outgoing IP addresses, 服务器公网出口IP名单)."
            ) % detail["ip"]
        return _(
            "Add this server's public address to the list of outgoing addresses of the "
            "application (developer console > application > Security > Server outgoing "
            "IP addresses, 服务器公网出口IP名单)."
        )

    def _sentence_permission(self, detail):
        scopes = detail.get("scopes") or []
        if scopes:
            return _(
                "Apply for the permission %s of the application (developer console > "
                "application > Permissions, 权限管理); it usually counts at once."
            ) % ", ".join(scopes)
        return _(
            "Apply for the missing permission of the application (developer console > "
            "application > Permissions, 权限管理); it usually counts at once."
        )

    def _sentence_quota(self, detail):
        return _(
            "The organisation has used up its API calls of this month. Buy more in "
            "DingTalk or wait for the next month."
        )

    def _sentence_rate_limit(self, detail):
        return _(
            "Too many calls in a short time. It is tried again later; lower the calls "
            "per second of the application when this happens often."
        )

    def _sentence_banned(self, detail):
        return _(
            "DingTalk has blocked this server's address for some minutes after far too "
            "many calls. Look for another program that calls DingTalk from this "
            "address, and wait."
        )

    def _sentence_network(self, detail):
        return _(
            "DingTalk could not be reached. Check that this server may open "
            "connections to the addresses of the application (name resolution, "
            "firewall, proxy), and try again."
        )

    def _sentence_not_json(self, detail):
        return _(
            "What answered is not DingTalk's API: a proxy, a firewall's sign-in page "
            "or a wrong address. Check the addresses of the application and the way "
            "from this server to them. DingTalk itself shows a web page for five "
            "minutes to a server that made far too many calls."
        )

    def _sentence_server_busy(self, detail):
        return _("DingTalk is busy or has a failure of its own. Try again later.")

    def _sentence_out_of_scope(self, detail):
        return _(
            "The application may not see this person or department. Widen its range "
            "of contacts (developer console > application > Permissions > range of "
            "contacts, 通讯录权限范围)."
        )

    def _sentence_not_found(self, detail):
        return _(
            "It does not exist in DingTalk, or no longer. Read departments and people "
            "again."
        )

    def _sentence_argument(self, detail):
        return _(
            "DingTalk does not take a value as it is: it is missing, too long or has a "
            "form that is not allowed. Correct it and try again."
        )

    def _sentence_token(self, detail):
        return _(
            "DingTalk does not accept the access token, not even a new one. Check that "
            "the AppKey belongs to this organisation, then renew the token."
        )

    def _sentence_login_code(self, detail):
        return _("The sign-in has expired or was used before. Start it again.")

    def _sentence_agent(self, detail):
        return _(
            "The AgentId does not belong to this application. Copy it from the page "
            "Credentials of the application in the developer console."
        )

    def _sentence_robot_webhook(self, detail):
        return _(
            "DingTalk does not know the robot's webhook address, or the robot was "
            "switched off or removed from its group. Copy the address once more from "
            "the settings of the group (智能群助手) into the robot."
        )

    def _sentence_robot_keyword(self, detail):
        return _(
            "The robot takes only messages with one of its keywords. Enter a keyword "
            "of the robot (settings of the group > robot > Custom keywords, 自定义关键词) "
            "in Odoo: it is then put into each message."
        )

    def _sentence_robot_signature(self, detail):
        return _(
            "DingTalk does not take the signature. Copy the signing secret (SEC...) "
            "once more from the robot's settings (加签), and compare this server's "
            "clock: an hour off is too much."
        )

    def _sentence_robot_ip(self, detail):
        if detail.get("ip"):
            return _(
                "The robot sees this server under the address %s. Add it to the "
                "addresses of the robot (settings of the group > robot > IP address, "
                "IP地址段)."
            ) % detail["ip"]
        return _(
            "Add this server's public address to the addresses of the robot (settings "
            "of the group > robot > IP address, IP地址段)."
        )

    def _sentence_robot_limit(self, detail):
        return _(
            "The robot has said more than 20 messages in a minute, so DingTalk keeps "
            "it silent for ten minutes. Look for another program with the same webhook "
            "address; the message is sent afterwards."
        )

    def _sentence_encryption_key(self, detail):
        return _(
            "Check dingding_encryption_key and dingding_encryption_key_old in Odoo's "
            "configuration file or the environment of the server. If the key is lost, "
            "enter the secret again."
        )

    def _sentence_unknown(self, detail):
        return _(
            "Look the code up in DingTalk's list of error codes; the log of this "
            "server may say more."
        )
