# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Callback envelopes: published vectors, edge cases, errors."""

import base64
import binascii
import json
import os
import random
import struct

import pytest
from conftest import HERE
from dingtalk import crypto
from dingtalk.crypto import CallbackCrypto, CallbackError

TOKEN = "simtoken"
KEY = "1234567890123456789012345678901234567890123"
OWNER = "dingsimappkey0000000"


def vectors():
    found = []
    for name in ("crypto_vectors.json", "crypto_vectors_synthetic.json"):
        with open(os.path.join(HERE, "data", name), "rb") as handle:
            found += json.loads(handle.read().decode("utf-8"))
    return found


@pytest.fixture(params=["pycryptodome", "cryptography"])
def library(request, monkeypatch):
    if request.param == "pycryptodome":
        if crypto.AES is None:
            pytest.skip("pycryptodome is not installed")
        return
    pytest.importorskip("cryptography")
    from cryptography.hazmat.backends import default_backend
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    monkeypatch.setattr(crypto, "AES", None)
    for name, value in (
        ("default_backend", default_backend),
        ("Cipher", Cipher),
        ("algorithms", algorithms),
        ("modes", modes),
    ):
        monkeypatch.setattr(crypto, name, value, raising=False)


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["source"][:40])
def test_vectors_in_both_directions(vector, library):
    one = CallbackCrypto(
        vector["token"],
        vector["aes_key"],
        vector["owner_key"],
        random_bytes=lambda _size: binascii.unhexlify(vector["random_hex"]),
    )
    plain = one.open(
        vector["signature"], vector["timestamp"], vector["nonce"], vector["encrypt"]
    )
    assert plain == vector["plaintext"]
    assert one.encrypt(plain) == vector["encrypt"]
    answer = one.answer(plain, vector["timestamp"], vector["nonce"])
    assert answer == {
        "msg_signature": vector["signature"],
        "timeStamp": vector["timestamp"],
        "nonce": vector["nonce"],
        "encrypt": vector["encrypt"],
    }


def test_what_goes_in_comes_out(library):
    chance = random.Random(7)
    one = CallbackCrypto(TOKEN, KEY, OWNER)
    letters = 'ab{}":,0123 \n\u00e9钉\U0001f600'
    for length in list(range(70)) + [1000, 65000]:
        text = "".join(chance.choice(letters) for _i in range(length))
        answer = one.answer(text)
        assert set(answer) == {"msg_signature", "timeStamp", "nonce", "encrypt"}
        assert "\n" not in answer["encrypt"] and len(answer["timeStamp"]) == 13
        assert text == one.open(
            answer["msg_signature"],
            answer["timeStamp"],
            answer["nonce"],
            answer["encrypt"],
        )


def code_of(call, *arguments, **options):
    with pytest.raises(CallbackError) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_every_changed_part_of_an_envelope_is_refused():
    one = CallbackCrypto(TOKEN, KEY, OWNER)
    good = one.answer("hello", "1700000000000", "nonce")
    arguments = [
        good["msg_signature"],
        good["timeStamp"],
        good["nonce"],
        good["encrypt"],
    ]
    for at in range(4):
        for other in ("", "x", arguments[at] + "x", arguments[at][:-1], "钉", "\ud800"):
            changed = list(arguments)
            changed[at] = other
            assert code_of(one.open, *changed) == "signature"
        for other in (None, 5, b"x", ["x"]):
            changed = list(arguments)
            changed[at] = other
            assert code_of(one.open, *changed) == "signature"


def envelope(plain):
    return base64.b64encode(crypto._aes(crypto._aes_key(KEY), plain, True)).decode()


def padded(plain):
    missing = 32 - len(plain) % 32
    return plain + bytes([missing]) * missing


def test_unreadable_envelopes_are_refused():
    one = CallbackCrypto(TOKEN, KEY, OWNER)
    good = base64.b64decode(one.encrypt("hello"))
    owner = OWNER.encode()
    head = b"r" * 16
    for encrypt in (
        "",
        "not base64!",
        "钉",
        base64.b64encode(good[:-1]).decode(),
        base64.b64encode(good[:-16]).decode(),
        base64.b64encode(bytes(32)).decode(),
        base64.b64encode(good).decode() + "\n!",
        envelope(head + struct.pack(">I", 5) + b"hello" + owner + b"\x00" * 19),
        envelope(
            head + struct.pack(">I", 5) + b"hello" + owner + b"\x00" * 18 + b"\x13"
        ),
        envelope(b"\x21" * 64),
        envelope(b"x" * 30 + b"\x03\x02"),
        envelope(padded(b"short")),
        envelope(padded(head + struct.pack(">I", 500) + b"hello" + owner)),
        envelope(padded(head + struct.pack(">I", 0xFFFFFFFF) + b"hello" + owner)),
        envelope(padded(head + struct.pack(">I", 2) + b"\xff\xfe" + owner)),
        envelope(bytes([32]) * 32),
    ):
        assert code_of(one.decrypt, encrypt) == "envelope", encrypt
    other = CallbackCrypto(TOKEN, KEY[::-1], OWNER)
    assert code_of(other.decrypt, one.encrypt("hello")) == "envelope"


def test_the_owner_it_was_meant_for_is_named():
    other = CallbackCrypto(TOKEN, KEY, "dingcorp")
    one = CallbackCrypto(TOKEN, KEY, OWNER)
    with pytest.raises(CallbackError) as caught:
        one.decrypt(other.encrypt("hello"))
    assert caught.value.code == "owner_key"
    assert caught.value.detail["owner_key"] == "dingcorp"


def test_the_age_is_checked_where_asked():
    one = CallbackCrypto(TOKEN, KEY, OWNER, clock=lambda: 1700000000.0)
    for timestamp, fresh in (
        ("1700000000000", True),
        ("1700000000", True),
        ("1699999950000", True),
        ("1699999000000", False),
        ("1700009000000", False),
        ("not a number", False),
        ("１７０００００００００００", False),
        ("", False),
    ):
        good = one.answer("hello", timestamp, "nonce")
        arguments = (good["msg_signature"], timestamp, "nonce", good["encrypt"])
        assert one.open(*arguments) == "hello"
        if fresh:
            assert one.open(*arguments, max_age=60) == "hello"
        else:
            assert code_of(one.open, *arguments, max_age=60) == "expired"


@pytest.mark.parametrize(
    "key", ["", None, KEY[:-1], KEY + "4", "!" * 43, "钉" * 43, 43]
)
def test_a_bad_aes_key_is_refused_at_once(key):
    assert code_of(CallbackCrypto, TOKEN, key, OWNER) == "aes_key"


def test_nothing_works_without_a_token():
    assert code_of(CallbackCrypto, "", KEY, OWNER) == "signature"
    assert code_of(CallbackCrypto, TOKEN, KEY, "") == "signature"


def test_no_secret_shows():
    one = CallbackCrypto(TOKEN, KEY, OWNER)
    assert TOKEN not in repr(one) and KEY not in repr(one)


def test_missing_library_is_said(monkeypatch):
    one = CallbackCrypto(TOKEN, KEY, OWNER)
    monkeypatch.setattr(crypto, "AES", None)
    monkeypatch.setattr(crypto, "Cipher", None, raising=False)
    assert code_of(one.encrypt, "x") == "library"
