# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Verify, decrypt and answer event callbacks.

https://open.dingtalk.com/document/development/callback-event-message-body-encryption-and-decryption

Needs ``pycryptodome`` or, if that is absent, ``cryptography``.
"""
import base64
import binascii
import hashlib
import hmac
import os
import re
import struct
import time

from .errors import DingTalkError

try:
    from Crypto.Cipher import AES
except ImportError:
    AES = None
    try:
        from cryptography.hazmat.backends import default_backend
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError:
        Cipher = None

BLOCK = 32  # bytes of the padding, although AES itself has blocks of 16
RANDOM = 16  # bytes in front of the message
KEY_LENGTH = 43  # characters of an AES key in the console
NONCE_CHARS = 16  # per answer

ANSWER = "success"

_TIMESTAMP = re.compile(r"[0-9]{9,14}\Z")


class CallbackError(DingTalkError):
    """A callback is not from DingTalk, or meant for another application.

    ``code`` is ``aes_key``, ``signature``, ``envelope`` (not readable with this AES
    key), ``owner_key`` (for another application or organisation;
    ``detail["owner_key"]`` names it), ``expired`` or ``library``.
    """

    remedy = "credentials"


def signature(token, timestamp, nonce, encrypt):
    """Return the signature of an envelope, lower-case hexadecimal.

    :param str token: of the subscription
    :param str timestamp: exactly as in the query or the answer
    :param str nonce: likewise
    :param str encrypt: the encrypted message in base64
    """
    parts = sorted([token, str(timestamp), nonce, encrypt])
    return hashlib.sha1("".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def same(one, other):
    """Compare two texts in constant time."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return hmac.compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )


class CallbackCrypto(object):
    """Decrypt what DingTalk sends to one callback address, and encrypt the answer.

    :param str token: of the subscription; an empty one is refused, never skipped
    :param str aes_key: 43 characters of the subscription
    :param str owner_key: AppKey if subscribed in the console, CorpId if registered by
        API, SuiteKey for a third-party application
    :param random_bytes: source of random bytes, for tests
    :param clock: seconds since the epoch
    :raise CallbackError: the AES key is invalid
    """

    def __init__(
        self, token, aes_key, owner_key, random_bytes=os.urandom, clock=time.time
    ):
        if not token or not owner_key:
            raise CallbackError("signature", "the callback has no token or owner key")
        self._token = token
        self._key = _aes_key(aes_key)
        self.owner_key = owner_key
        self._random_bytes = random_bytes
        self._clock = clock

    def __repr__(self):
        return "CallbackCrypto(owner_key=%r)" % (self.owner_key,)

    def open(self, msg_signature, timestamp, nonce, encrypt, max_age=None):
        """Return the message in an envelope after verifying its signature.

        The arguments are untrusted.

        :param str msg_signature: ``msg_signature`` or ``signature`` of the query
        :param str timestamp: of the query, in seconds or milliseconds
        :param str nonce: of the query
        :param str encrypt: of the body
        :param float max_age: maximum clock difference in seconds, in either direction
        :rtype: str
        :raise CallbackError: see there
        """
        for value in (msg_signature, timestamp, nonce, encrypt):
            if not isinstance(value, str):
                raise CallbackError("signature", "the signature does not match")
        expected = signature(self._token, timestamp, nonce, encrypt)
        if not same(expected, msg_signature.lower()):
            raise CallbackError("signature", "the signature does not match")
        if max_age is not None:
            moment = seconds(timestamp)
            if moment is None or abs(self._clock() - moment) > max_age:
                raise CallbackError("expired", "the callback is too old")
        return self.decrypt(encrypt)

    def decrypt(self, encrypt):
        """Return the message in an envelope without verifying the signature.

        :rtype: str
        :raise CallbackError: ``envelope`` or ``owner_key``
        """
        content = _unpadded(self._decrypted(encrypt))
        if len(content) < RANDOM + 4:
            raise _unreadable()
        start = RANDOM + 4
        length = struct.unpack(">I", content[RANDOM:start])[0]
        message, owner = content[start:start + length], content[start + length:]
        if len(message) != length:
            raise _unreadable()
        if not hmac.compare_digest(owner, self.owner_key.encode("utf-8")):
            found = owner[:64].decode("utf-8", "replace")
            raise CallbackError(
                "owner_key",
                "the callback is for %r, not for %r" % (found, self.owner_key),
                detail={"owner_key": found},
            )
        return _text(message)

    def encrypt(self, message):
        """Return a message encrypted in an envelope, base64.

        :param str message: text; DingTalk expects ``success`` in an answer
        """
        content = message.encode("utf-8")
        plain = (
            self._random_bytes(RANDOM)
            + struct.pack(">I", len(content))
            + content
            + self.owner_key.encode("utf-8")
        )
        # If nothing is missing, a full block is added.
        missing = BLOCK - len(plain) % BLOCK
        plain += bytes(bytearray([missing])) * missing
        return base64.b64encode(_aes(self._key, plain, True)).decode("ascii")

    def answer(self, message=ANSWER, timestamp=None, nonce=None):
        """Return the JSON answer to a callback, as a dict.

        :param str message: the text to encrypt
        :param str timestamp: milliseconds; default: now
        :param str nonce: default: random
        """
        encrypt = self.encrypt(message)
        if timestamp is None:
            timestamp = int(self._clock() * 1000)
        if nonce is None:
            raw = self._random_bytes(NONCE_CHARS // 2)
            nonce = binascii.hexlify(raw).decode("ascii")
        return {
            "msg_signature": signature(self._token, str(timestamp), nonce, encrypt),
            "timeStamp": str(timestamp),
            "nonce": nonce,
            "encrypt": encrypt,
        }

    def _decrypted(self, encrypt):
        try:
            content = base64.b64decode(encrypt.encode("ascii"), validate=True)
        except (ValueError, AttributeError):
            # Covers UnicodeEncodeError and binascii.Error too.
            content = None
        if not content or len(content) % BLOCK:
            raise _unreadable()
        return _aes(self._key, content, False)


def seconds(timestamp):
    """Return a timestamp in seconds since the epoch, or None if it is invalid.

    DingTalk writes milliseconds (13 digits), its documentation also 10.
    """
    if not isinstance(timestamp, str) or not _TIMESTAMP.match(timestamp):
        return None
    value = float(timestamp)
    return value / 1000.0 if len(timestamp) >= 12 else value


def _aes_key(aes_key):
    key = None
    if isinstance(aes_key, str) and len(aes_key) == KEY_LENGTH:
        try:
            key = base64.b64decode((aes_key + "=").encode("ascii"), validate=True)
        except ValueError:
            key = None
    if key is None or len(key) != 32:
        raise CallbackError("aes_key", "the AES key must be 43 letters and digits")
    return key


def _unpadded(content):
    count = bytearray(content)[-1]
    if not 1 <= count <= BLOCK or len(content) < count:
        raise _unreadable()
    if content[-count:] != bytes(bytearray([count])) * count:
        raise _unreadable()
    return content[:-count]


def _unreadable():
    return CallbackError("envelope", "the callback cannot be read with this AES key")


def _text(content):
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # Raise outside: the first error's text quotes what was decrypted.
        failure = _unreadable()
    raise failure


def _aes(key, content, encrypt):
    """Apply AES-256-CBC with the beginning of the key as vector, without padding."""
    vector = key[:16]
    if AES is not None:
        cipher = AES.new(key, AES.MODE_CBC, vector)
        return cipher.encrypt(content) if encrypt else cipher.decrypt(content)
    if Cipher is None:
        raise CallbackError("library", "neither pycryptodome nor cryptography is there")
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector), backend=default_backend())
    step = cipher.encryptor() if encrypt else cipher.decryptor()
    return step.update(content) + step.finalize()
