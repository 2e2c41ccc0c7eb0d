# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Verify that a callback is from DingTalk and for us, without Odoo.

All checks always run, so that timing reveals nothing.
"""
import collections
import json
import threading
import time

from odoo.addons.dingding.dingtalk import crypto

from . import payload

MAX_BYTES = 256 * 1024  # of a callback; DingTalk's are a few kilobytes
MAX_AGE = 3600  # seconds by which a callback's time may differ from ours

#: An application that callbacks may be for.
#:
#: app_id, corp_id  database ids of the application and its organisation
#: app_key          of the application
#: corp_key         CorpId of the organisation, or ''
#: keys             valid (token, AES key) pairs, the current one first
Target = collections.namedtuple("Target", "app_id corp_id app_key corp_key keys")


class Answering(object):
    """Count the callbacks that this process is answering, so that other threads pause.

    Python runs one thread at a time, so threads that process events delay answers.
    """

    def __init__(self):
        self._none = threading.Condition()
        self._count = 0

    def __enter__(self):
        with self._none:
            self._count += 1

    def __exit__(self, *_error):
        with self._none:
            self._count -= 1
            if not self._count:
                self._none.notify_all()

    def wait(self, seconds):
        """Wait until no callback is being answered, for a limited time."""
        with self._none:
            self._none.wait_for(lambda: not self._count, seconds)


answering = Answering()


class Refused(Exception):
    """A refused callback.

    ``cause`` as in ``dingding.event.refusal``, ``target`` is the application or None.
    """

    def __init__(self, cause, detail="", target=None, status=403):
        super().__init__(cause)
        self.cause, self.detail = cause, detail
        self.target, self.status = target, status


class NotStored(Exception):
    """A callback of DingTalk, verified, that could not be stored; see its cause."""


def valid_entries(stored):
    """Return the valid entries: (token, AES key, until when or None).

    :param str stored: JSON list of them, or ''
    """
    return [
        (token, aes_key, until) for token, aes_key, until in json.loads(stored or "[]")
        if until is None or until > time.time()
    ]


def valid_keys(stored):
    """Return the (token, AES key) pairs of the valid entries."""
    return [(token, aes_key) for token, aes_key, _until in valid_entries(stored)]


def signature_of(query):
    """Return the signature in the parameters of an address, '' if there is none."""
    return (query.get("msg_signature") or query.get("signature") or "").lower()


def open_callback(targets, query, content):
    """Return (target, CallbackCrypto, message) of a callback.

    :param list targets: applications that it may be for
    :param query: parameters of the address
    :param bytes content: the body, None if it was too large to be read
    :raise Refused: it is not from DingTalk, or not for us
    """
    targets = [target for target in targets if target.keys]
    if not targets:
        raise Refused("address")
    known = targets[0] if len(targets) == 1 else None
    if content is None or len(content) > MAX_BYTES:
        raise Refused("size", "", known, 413)
    parameters = [
        signature_of(query),
        query.get("timestamp") or query.get("timeStamp"),
        query.get("nonce"),
    ]
    if not all(parameters):
        raise Refused("parameters", "", known)
    encrypt = _encrypted(content)
    if encrypt is None:
        raise Refused("body", "", known, 400)
    worst = Refused("stranger", "", known)
    for target in targets:
        for token, aes_key in target.keys:
            try:
                return _open_with(target, token, aes_key, parameters, encrypt)
            except Refused as refused:
                if refused.cause != "stranger":
                    worst = refused
    raise worst


def _open_with(target, token, aes_key, parameters, encrypt):
    """Open an envelope with one pair of keys; raise ``Refused`` with the cause."""
    signature, timestamp, nonce = parameters
    # Subscriptions by API end with the CorpId.
    owners = [target.app_key] + [each for each in [target.corp_key] if each]
    try:
        envelopes = [crypto.CallbackCrypto(token, aes_key, each) for each in owners]
        expected = crypto.signature(token, timestamp, nonce, encrypt)
        signed = crypto.same(expected, signature)
        text, envelope, other = _read(envelopes, encrypt)
    except crypto.CallbackError as error:
        raise Refused("library", error.code, target)
    if not signed:
        # Decrypted only to report the cause.
        readable = text is not None or other is not None
        raise Refused("token" if readable else "stranger", "", target)
    if text is None and other is not None:
        raise Refused("owner_key", other, target)
    if text is None:
        raise Refused("aes_key", "", target)
    moment = crypto.seconds(timestamp)
    age = None if moment is None else time.time() - moment
    if age is None or abs(age) > MAX_AGE:
        detail = timestamp if age is None else "%d s" % age
        raise Refused("clock", detail, target)
    message = _loads(text)
    if not isinstance(message, dict):
        raise Refused("body", "", target, 400)
    corp_key = payload.Values(message).text("CorpId")
    if corp_key and target.corp_key and corp_key != target.corp_key:
        raise Refused("corp", corp_key, target)
    return target, envelope, message


def _read(envelopes, encrypt):
    """Return (message, envelope that reads it, another owner key it ends with).

    All are tried.
    """
    text = reader = other = None
    for envelope in envelopes:
        try:
            text, reader = envelope.decrypt(encrypt), envelope
        except crypto.CallbackError as error:
            if error.code == "library":
                raise
            if error.code == "owner_key":
                other = error.detail["owner_key"]
    return text, reader, other


def _loads(text, **options):
    try:
        return json.loads(text, **options)
    except (ValueError, RecursionError):
        return None


def _encrypted(content):
    """Return the envelope in a body, or None."""
    try:
        # Nothing needs numbers, and a stranger's long one takes long to convert.
        body = _loads(content.decode("utf-8"), parse_int=lambda _digits: 0)
    except UnicodeDecodeError:
        return None
    encrypt = body.get("encrypt") if isinstance(body, dict) else None
    return encrypt if isinstance(encrypt, str) and encrypt else None
