# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The envelopes of the addons, the simulator and `dingtalk-sdk` agree, also with
published vectors.
"""

import importlib
import json
import sys
import types
from pathlib import Path

import pytest

pytest.importorskip("dingtalk")
from dingtalk.crypto import DingTalkCrypto  # noqa: E402
from dingtalk_simulator.callbacks.crypto import Envelope  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
VECTORS = ROOT / "tests" / "client" / "data" / "crypto_vectors.json"
TOKEN, OWNER = "tokenOfTests", "dingk"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
MOMENT, NONCE = "1700000000000", "Abcd1234"
# Lengths around a block, more than fits a byte, non-ASCII.
MESSAGES = ["success", '{"EventType":"check_url"}', "", "钉钉" * 300] + [
    "x" * length for length in range(1, 66)]


def _addons():
    """The addons' module, whose package name `dingtalk-sdk` uses too."""
    if "dingding_pure" not in sys.modules:
        package = types.ModuleType("dingding_pure")
        package.__path__ = [str(ROOT / "dingding")]
        sys.modules["dingding_pure"] = package
    return importlib.import_module("dingding_pure.dingtalk.crypto")


class Addons:
    def __init__(self, token, key, owner):
        self.crypto = _addons().CallbackCrypto(token, key, owner)

    def seal(self, message):
        found = self.crypto.answer(message, MOMENT, NONCE)
        return found["encrypt"], found["msg_signature"]

    def open(self, encrypt, signature, moment=MOMENT, nonce=NONCE):
        return self.crypto.open(signature, moment, nonce, encrypt)


class Simulators:
    def __init__(self, token, key, owner):
        self.envelope, self.owner = Envelope(token, key, owner), owner

    def seal(self, message):
        encrypt = self.envelope.seal(message)
        return encrypt, self.envelope.sign(MOMENT, NONCE, encrypt)

    def open(self, encrypt, signature, moment=MOMENT, nonce=NONCE):
        assert self.envelope.sign(moment, nonce, encrypt) == signature
        text, owner = self.envelope.open(encrypt)
        assert owner == self.owner
        return text


class Sdks:
    def __init__(self, token, key, owner):
        self.crypto = DingTalkCrypto(token, key, owner)

    def seal(self, message):
        found = self.crypto.encrypt_message(message, NONCE, MOMENT)
        return found["encrypt"], found["msg_signature"]

    def open(self, encrypt, signature, moment=MOMENT, nonce=NONCE):
        return self.crypto.decrypt_message(
            {"encrypt": encrypt}, signature, moment, nonce)


ALL = [Addons, Simulators, Sdks]


@pytest.mark.parametrize("reads", ALL)
@pytest.mark.parametrize("writes", ALL)
def test_what_one_writes_the_others_read(writes, reads):
    writer, reader = writes(TOKEN, KEY, OWNER), reads(TOKEN, KEY, OWNER)
    for message in MESSAGES:
        assert reader.open(*writer.seal(message)) == message


@pytest.mark.parametrize("reads", ALL)
def test_another_key_reads_nothing(reads):
    sealed = Addons(TOKEN, KEY, OWNER).seal("success")
    for keys in ((TOKEN + "x", KEY, OWNER), (TOKEN, KEY[::-1], OWNER),
                 (TOKEN, KEY, "other")):
        with pytest.raises(Exception):
            reads(*keys).open(*sealed)


@pytest.mark.parametrize("reads", ALL)
def test_published_vectors(reads):
    for vector in json.loads(VECTORS.read_text(encoding="utf-8")):
        reader = reads(vector["token"], vector["aes_key"], vector["owner_key"])
        assert reader.open(
            vector["encrypt"], vector["signature"], vector["timestamp"],
            vector["nonce"]) == vector["plaintext"], vector["source"]
