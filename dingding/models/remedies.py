# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Explain DingTalk's errors and what to do, in the user's language."""
import contextlib
import re
from html import escape
from urllib.parse import quote

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

MANUAL = (
    "https://github.com/gilbert-yuan/odoo_dingding/blob/HEAD/docs/%s/troubleshooting.md"
)
# Remedy -> its chapter in the English and the Chinese manual.
CHAPTERS = {
    "credentials": ("wrong-keys", "密钥不匹配"),
    "ip_whitelist": ("the-address-of-the-server-is-not-allowed", "服务器-ip-不在白名单"),
    "permission": ("a-permission-is-missing", "缺少权限"),
    "out_of_scope": ("outside-the-range-of-contacts", "不在通讯录权限范围内"),
    "rate_limit": ("too-many-calls", "调用过于频繁"),
    "quota": ("monthly-quota-used-up", "本月额度用完"),
    "budget_paused": ("calls-paused-by-the-budget", "为节省额度而暂停"),
    "banned": ("the-server-is-blocked", "服务器被封禁"),
    "network": ("dingtalk-cannot-be-reached", "无法连接钉钉"),
    "not_json": ("the-answer-is-not-from-dingtalk", "返回的不是钉钉的内容"),
    "server_busy": ("dingtalk-is-busy", "钉钉繁忙"),
    "not_found": ("it-does-not-exist", "对象不存在"),
    "argument": ("a-value-is-rejected", "参数不正确"),
    "agent": ("the-agentid-is-wrong", "agentid-不正确"),
    "token": ("the-token-is-rejected", "令牌被拒绝"),
    "login_code": ("the-sign-in-has-expired", "登录已失效"),
    "encryption_key": ("a-secret-cannot-be-decrypted", "密钥无法解密"),
    "unknown": ("anything-else", "其他"),
}
# Other addresses may come from somebody else.
LINK = re.compile(r"https://(?:[a-z0-9-]+\.)*dingtalk\.com/[A-Za-z0-9/?&=._~%,:#+-]*")


@contextlib.contextmanager
def user_errors(env):
    """Turn DingTalk's errors into messages that users can act on.

    For ``action_*`` methods only; background work keeps the error on its row.

    :raise UserError: instead of a DingTalkError
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
    def _chapters(self):
        """Return remedy -> anchors of its chapter, see CHAPTERS; addons add theirs."""
        return CHAPTERS

    @api.model
    def _chapter(self, key):
        """Return the address of the manual's chapter about a remedy, or ''."""
        if key not in self._chapters():
            return ""
        chinese = (self.env.lang or "").startswith("zh")
        anchor = self._chapters()[key][1 if chinese else 0]
        return "%s#%s" % (MANUAL % ("zh_CN" if chinese else "en"), quote(anchor))

    @api.model
    def _html(self, error, key, own=""):
        """Return an error and its remedy as HTML, with DingTalk's pages as links.

        :param str error: what DingTalk said, or empty
        :param str key: remedy of the error, or empty
        :param str own: what to do, if not as the remedy says
        """
        parts = [self._linked(error)] if error else []
        if own or key:
            said = LINK.search(error or "") if key == "permission" else None
            # The error's link opens the page of this permission.
            text = own or (self._sentence(key) if said else self._text(key))
            chapter = self._chapter(key)
            parts.append(
                self._linked(text) + (
                    " " + self._anchor(chapter, _("More in the manual"))
                    if chapter else ""
                )
            )
        return "".join("<p>%s</p>" % part for part in parts)

    @api.model
    def _first_link(self, error):
        """Return the first link to DingTalk's pages in an error, or ''."""
        found = LINK.search(error or "")
        address = found.group(0).rstrip(".,:") if found else ""
        return self._anchor(address, address) if found else ""

    @api.model
    def _linked(self, text):
        """Return a text as HTML with links to DingTalk's own pages."""
        html, end = "", 0
        for match in LINK.finditer(text):
            address = match.group(0).rstrip(".,:")
            html += escape(text[end:match.start()]) + self._anchor(address, address)
            end = match.start() + len(address)
        return (html + escape(text[end:])).replace("\n", "<br/>")

    @api.model
    def _anchor(self, address, text):
        return '<a href="%s" target="_blank" rel="noopener noreferrer">%s</a>' % (
            escape(address), escape(text)
        )

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
                "application > Security > Server outgoing IP addresses, 服务器出口IP)."
            ) % detail["ip"]
        return _(
            "Add the public IP address of this server to the outgoing IP addresses of "
            "the application (developer console > application > Security > Server "
            "outgoing IP addresses, 服务器出口IP)."
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
