# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Compute the signatures DingTalk requires. Pure functions of their arguments.

Results are not percent-encoded.
"""

import base64
import hashlib
import hmac
from urllib.parse import unquote_plus

from .errors import argument_error

#: The documented algorithm; DingTalk accepts sha1 too.
JSAPI_ALGORITHM = "sha256"


def _hmac_base64(key, message):
    digest = hmac.new(key.encode("utf-8"), message.encode("utf-8"), hashlib.sha256)
    return base64.b64encode(digest.digest()).decode("ascii")


def sns_signature(app_secret, timestamp):
    """Return the signature for the classic sign-in by QR code.

    https://open.dingtalk.com/document/development/signature-personal-registration

    :param str app_secret: secret of the application
    :param timestamp: milliseconds since the epoch
    """
    return _hmac_base64(app_secret, str(timestamp))


def robot_sign(secret, timestamp):
    """Return the signature for a custom group robot; valid for one hour.

    https://open.dingtalk.com/document/dingstart/customize-robot-security-settings

    :param str secret: ``SEC...`` of the robot
    :param timestamp: milliseconds since the epoch
    """
    return _hmac_base64(secret, "%s\n%s" % (timestamp, secret))


def jsapi_url(url):
    """Return a page's address in the form to sign.

    Without the fragment, and with the query decoded once, since phones encode it
    differently.

    https://open.dingtalk.com/document/development/jsapi-authentication
    """
    base, mark, query = url.partition("#")[0].partition("?")
    return base + mark + unquote_plus(query)


def jsapi_signature(ticket, nonce, timestamp, url, algorithm=JSAPI_ALGORITHM):
    """Return the signature for ``dd.config``, lower-case hexadecimal.

    https://open.dingtalk.com/document/development/jsapi-authentication

    :param str ticket: of ``client.jsapi.ticket()``
    :param str nonce: the same as in ``dd.config``
    :param timestamp: the same as in ``dd.config``
    :param str url: address of the page
    :param str algorithm: ``sha256`` or ``sha1``
    """
    if algorithm not in ("sha1", "sha256"):
        raise argument_error("algorithm: %r is neither sha256 nor sha1" % (algorithm,))
    plain = "jsapi_ticket=%s&noncestr=%s&timestamp=%s&url=%s" % (
        ticket,
        nonce,
        timestamp,
        jsapi_url(url),
    )
    return hashlib.new(algorithm, plain.encode("utf-8")).hexdigest()
