# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The envelope of event callbacks, on DingTalk's side.

Independent of the addons, with another library, so that the two check each other.

https://open.dingtalk.com/document/development/callback-event-message-body-encryption-and-decryption
"""

from __future__ import annotations

import base64
import hashlib
from typing import Optional, Tuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .. import ids

PAD = 32  # padding fills up to this, although the cipher's own block is 16


class BadEnvelope(Exception):
    """This key does not decrypt the base64 text."""


def sign(token: str, timestamp: str, nonce: str, encrypt: str) -> str:
    """Lower-case hexadecimal SHA-1 over the four texts, sorted and joined."""
    together = "".join(sorted((token, timestamp, nonce, encrypt)))
    return hashlib.sha1(together.encode("utf-8", "surrogatepass")).hexdigest()


class Envelope:
    """Encrypts and decrypts the messages of one subscription.

    :raise ValueError: the key is not 43 characters of base64
    """

    def __init__(self, token: str, aes_key: str, owner_key: str) -> None:
        self.token = token
        self.owner_key = owner_key
        # Only 43 characters and the missing sign make 32 bytes.
        key = base64.b64decode(aes_key + "=", validate=True)
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def seal(self, message: str, chance: Optional[str] = None) -> str:
        """The encrypted message in base64. `chance`: the 16 characters in front."""
        content = message.encode("utf-8")
        plain = b"".join(
            (
                (chance or ids.random62(16)).encode("ascii"),
                len(content).to_bytes(4, "big"),
                content,
                self.owner_key.encode("utf-8"),
            )
        )
        fill = PAD - len(plain) % PAD
        step = self._cipher.encryptor()
        sealed = step.update(plain + bytes([fill]) * fill) + step.finalize()
        return base64.b64encode(sealed).decode("ascii")

    def open(self, encrypt: str) -> Tuple[str, str]:
        """(message, owner key after it). :raise BadEnvelope:"""
        try:
            sealed = base64.b64decode(encrypt, validate=True)
            step = self._cipher.decryptor()
            plain = step.update(sealed) + step.finalize()
            fill = plain[-1]
            if not 1 <= fill <= PAD or plain[-fill:] != bytes([fill]) * fill:
                raise ValueError("padding")
            plain = plain[:-fill]
            end = 20 + int.from_bytes(plain[16:20], "big")
            if len(plain) < end:
                raise ValueError("length")
            return plain[20:end].decode("utf-8"), plain[end:].decode("utf-8")
        except (ValueError, IndexError) as error:
            raise BadEnvelope(str(error))

    def sign(self, timestamp: str, nonce: str, encrypt: str) -> str:
        return sign(self.token, timestamp, nonce, encrypt)
