# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Encrypt texts for the database, independently of Odoo.

A sealed text is ``$dingding$1$<key id>$<nonce>$<ciphertext and tag>``, the last two in
base64: AES-256 in GCM, with the owner as associated data, so that a text moved to
another row cannot be opened. ``1`` is the version; the key id reveals nothing about the
key.

Needs ``pycryptodome`` or, if that is absent, ``cryptography``.
"""
import base64
import binascii
import hashlib
import json
import os
import re

from .dingtalk.errors import DingTalkError

try:
    from Crypto.Cipher import AES
except ImportError:
    AES = None
if not hasattr(AES, "MODE_GCM"):
    # Absent, or pycrypto, which has the same name.
    AES = None
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.backends import default_backend
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError:
        Cipher = None

PREFIX = "$dingding$"
VERSION = "1"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16

# State of a stored text: not encrypted, encrypted with the current key, with a former
# key that is still configured, with an unknown key.
CLEAR, CURRENT, FORMER, LOST = "clear", "current", "former", "lost"


class SecretError(DingTalkError):
    """A secret cannot be encrypted or decrypted with the configured keys."""

    remedy = "encryption_key"


def parse_key(text):
    """Return the 32 bytes of a key.

    :param str text: 64 hexadecimal digits, or base64 in either alphabet
    :raise SecretError: it is neither; the error does not quote the text
    """
    text = text.strip()
    try:
        if re.match(r"[0-9A-Fa-f]{64}\Z", text):
            key = binascii.unhexlify(text)
        else:
            standard = text.replace("-", "+").replace("_", "/")
            key = base64.b64decode(
                standard + "=" * (-len(standard) % 4), validate=True
            )
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretError(
            "", "an encryption key is not 32 bytes in base64 or hexadecimal"
        )
    return key


def key_id(key):
    """Return eight characters that identify a key."""
    return hashlib.sha256(b"dingding key id " + key).hexdigest()[:8]


class Keyring(object):
    """The configured keys: one encrypts, all decrypt.

    :param str current: the key that encrypts, '' stores texts unencrypted
    :param list former: keys that decrypt only
    """

    def __init__(self, current="", former=()):
        self.problem = None  # SecretError of an invalid key
        self._keys = {}
        for text in former:
            self._add(text)
        self.current = self._add(current) if current else None
        self.encrypts = bool(current)

    def _add(self, text):
        try:
            key = parse_key(text)
        except SecretError as error:
            self.problem = error
            return None
        self._keys[key_id(key)] = key
        return key_id(key)

    @property
    def wanted(self):
        """Return CURRENT or CLEAR, the state of a newly stored text."""
        return CURRENT if self.encrypts else CLEAR

    def seal(self, text, owner):
        """Return the text to store; unencrypted without a key.

        :param str text: the secret
        :param list owner: plain values that identify the row it belongs to
        :raise SecretError: a configured key is invalid, or no library is installed
        """
        if self.problem:
            raise self.problem
        if not self.encrypts:
            return text
        nonce = os.urandom(NONCE_BYTES)
        sealed = _encrypt(
            self._keys[self.current], nonce, text.encode("utf-8"), _bytes(owner)
        )
        return PREFIX + "$".join(
            [VERSION, self.current, _encode(nonce), _encode(sealed)]
        )

    def open(self, stored, owner):
        """Return the plain text of a stored text, encrypted or not.

        :raise SecretError: its key is not configured, or it belongs to another row
        """
        if not stored.startswith(PREFIX):
            return stored
        parts = stored[len(PREFIX):].split("$")
        if len(parts) != 4 or parts[0] != VERSION:
            raise SecretError("", "it is stored in a format of a later version")
        key = self._keys.get(parts[1])
        if key is None:
            text = "it is encrypted with the key %s, which is not configured"
            raise SecretError("", text % parts[1])
        try:
            nonce = base64.b64decode(parts[2], validate=True)
            sealed = base64.b64decode(parts[3], validate=True)
            return _decrypt(key, nonce, sealed, _bytes(owner)).decode("utf-8")
        except ValueError:
            failure = SecretError("", "it was changed, or belongs to another record")
        raise failure

    def state(self, stored, owner):
        """Return the state of a stored text: CLEAR, CURRENT, FORMER or LOST."""
        if not stored.startswith(PREFIX):
            return CLEAR
        try:
            self.open(stored, owner)
        except SecretError:
            return LOST
        used = stored[len(PREFIX):].split("$")[1]
        return CURRENT if used == self.current else FORMER


def _bytes(owner):
    return json.dumps(list(owner), sort_keys=True).encode("utf-8")


def _encode(content):
    return base64.b64encode(content).decode("ascii")


def _encrypt(key, nonce, content, owner):
    if AES is not None:
        cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=TAG_BYTES)
        cipher.update(owner)
        return b"".join(cipher.encrypt_and_digest(content))
    step = _other_cipher(key, nonce).encryptor()
    step.authenticate_additional_data(owner)
    return step.update(content) + step.finalize() + step.tag


def _decrypt(key, nonce, sealed, owner):
    """Return the content.

    :raise ValueError: key, owner or content do not match
    """
    content, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    if AES is not None:
        cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=TAG_BYTES)
        cipher.update(owner)
        return cipher.decrypt_and_verify(content, tag)
    step = _other_cipher(key, nonce, tag).decryptor()
    step.authenticate_additional_data(owner)
    try:
        return step.update(content) + step.finalize()
    except InvalidTag:
        raise ValueError("the tag does not fit")


def _other_cipher(key, nonce, tag=None):
    if Cipher is None:
        raise SecretError("", "the Python library pycryptodome is not installed")
    return Cipher(algorithms.AES(key), modes.GCM(nonce, tag), backend=default_backend())
