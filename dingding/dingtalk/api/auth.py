# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Access tokens, permissions and sign-in."""

from .. import signing
from .base import Area, listed, need, text

DEFAULT_LIFETIME = 7200  # seconds
# DingTalk prolongs the same token when it is fetched again.
LONGEST_LIFETIME = 24 * 3600


class Auth(Area):
    """Tokens, permissions and sign-in."""

    def app_token(self):
        """Fetch the application's access token; return (value, lifetime in seconds).

        https://open.dingtalk.com/document/development/obtain-the-access-token-of-an-internal-app

        While the old token is valid, DingTalk returns and prolongs it. Use the cached
        ``client.app_token()`` except to test the keys.

        :raise BadCredentialsError: AppKey or AppSecret is wrong
        """
        credential = self._client.credential
        payload = self._client.api(
            "POST",
            "/v1.0/oauth2/accessToken",
            {
                "appKey": text(credential.app_key or "", "app_key"),
                "appSecret": text(credential.app_secret or "", "app_secret"),
            },
            token=False,
        )
        return need(payload, "accessToken", str), _lifetime(payload, "expireIn")

    def scopes(self):
        """Return the application's contact scope.

        https://open.dingtalk.com/document/development/obtain-corpsecret-authorization-scope

        :return: ``{"user_fields": [...], "condition_fields": [...], "userids": [...],
            "dept_ids": [...]}``; department 1 means the whole organisation
        """
        payload = self._client.oapi("/auth/scopes", method="GET")
        scopes = payload.get("auth_org_scopes")
        scopes = scopes if isinstance(scopes, dict) else {}
        return {
            "user_fields": listed(payload.get("auth_user_field")),
            "condition_fields": listed(payload.get("condition_field")),
            "userids": listed(scopes.get("authed_user")),
            "dept_ids": listed(scopes.get("authed_dept")),
        }

    def user_token(self, code):
        """Exchange the code of an OAuth2 sign-in for the person's token.

        https://open.dingtalk.com/document/development/obtain-user-token

        A code works once, so unknown outcomes are never repeated.

        :param str code: ``authCode`` (or ``code``) of the redirect
        :return: ``{"accessToken", "refreshToken", "expireIn"}``, and ``corpId`` if the
            sign-in requested it
        :raise LoginCodeError: the code is wrong, expired or used
        """
        return self._user_token(
            {"code": text(code, "code"), "grantType": "authorization_code"}, False
        )

    def renew_user_token(self, refresh_token):
        """Exchange a person's refresh token for new tokens, see :meth:`user_token`.

        https://open.dingtalk.com/document/development/obtain-user-token

        A refresh token works once, within 30 days, so unknown outcomes are never
        repeated.

        :raise LoginCodeError: it is wrong, expired or used
        """
        return self._user_token(
            {"refreshToken": text(refresh_token, "refresh_token"),
             "grantType": "refresh_token"}, False
        )

    def _user_token(self, body, idempotent):
        credential = self._client.credential
        body = dict(
            body, clientId=credential.app_key, clientSecret=credential.app_secret
        )
        payload = self._client.api(
            "POST",
            "/v1.0/oauth2/userAccessToken",
            body,
            token=False,
            idempotent=idempotent,
        )
        need(payload, "accessToken", str)
        return payload

    def me(self, user_token):
        """Return the person that a user token belongs to.

        https://open.dingtalk.com/document/development/dingtalk-retrieve-user-information

        :param str user_token: ``accessToken`` of :meth:`user_token`
        :return: ``unionId``, ``openId``, ``nick`` and, as granted, ``avatarUrl``,
            ``mobile``, ``stateCode``, ``email``; never a userid: that is
            ``contacts.userid_by_unionid``
        :raise PermissionDeniedError: ``Contact.User.Read`` is missing
        """
        payload = self._client.api(
            "GET",
            "/v1.0/contact/users/me",
            token=text(user_token, "user_token"),
        )
        need(payload, "unionId", str)
        return payload

    def user_by_login_code(self, code):
        """Return who opened a page inside DingTalk.

        https://open.dingtalk.com/document/development/obtain-the-userid-of-a-user-by-using-the-log-free

        :param str code: of ``dd.requestAuthCode``; works once, within five minutes
        :return: ``userid``, ``unionid``, ``name``, ``device_id``, ``sys``,
            ``sys_level`` (1 main administrator, 2 sub-administrator, 100 boss, 0 other)
        :raise LoginCodeError: the code is wrong, expired or used
        """
        payload = self._client.oapi(
            "/topapi/v2/user/getuserinfo",
            {"code": text(code, "code")},
            idempotent=False,
        )
        result = need(payload, "result", dict)
        need(result, "userid", str)
        return result

    def user_by_sns_code(self, code):
        """Return who signed in by the classic QR page.

        https://open.dingtalk.com/document/development/obtain-the-user-information-based-on-the-sns-temporary-authorization

        :param str code: ``code`` of the redirect; works once
        :return: ``nick``, ``unionid``, ``openid``
        :raise LoginCodeError: the code is wrong, expired or used
        :raise BadCredentialsError: the signature was refused
        """
        credential = self._client.credential
        timestamp = str(int(self._client.now() * 1000))
        payload = self._client.oapi(
            "/sns/getuserinfo_bycode",
            {"tmp_auth_code": text(code, "code")},
            params={
                "accessKey": credential.app_key,
                "timestamp": timestamp,
                "signature": signing.sns_signature(credential.app_secret, timestamp),
            },
            token=False,
            idempotent=False,
        )
        info = need(payload, "user_info", dict)
        need(info, "unionid", str)
        return info


def _lifetime(payload, name):
    """Return a token's lifetime in seconds, at most a day.

    The documented two hours if it is absent, or no number.
    """
    value = payload.get(name)
    if isinstance(value, str) and value.strip().isdecimal():
        value = float(value)
    # NaN is not greater than anything.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        return DEFAULT_LIFETIME
    return min(value, LONGEST_LIFETIME)
