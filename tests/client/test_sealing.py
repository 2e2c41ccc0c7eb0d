# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Encrypted secrets: the format, both libraries, errors."""

import base64
import binascii
import importlib
import os
import sys
import types

import pytest
from conftest import ROOT

KEY = base64.b64encode(bytes(range(32))).decode("ascii")
OTHER = base64.b64encode(bytes(range(1, 33))).decode("ascii")
OWNER = ["dingding.secret", "dingding.app", 7, "app_secret"]


def load():
    """Import the module without the addon and without Odoo."""
    alone = types.ModuleType("alone")
    alone.__path__ = [os.path.join(ROOT, "dingding")]
    sys.modules["alone"] = alone
    return importlib.import_module("alone.sealing")


sealing = load()


def use(monkeypatch, library):
    if library == "pycryptodome":
        found = pytest.importorskip("Crypto.Cipher.AES")
        monkeypatch.setattr(sealing, "AES", found)
        return
    pytest.importorskip("cryptography")
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.backends import default_backend
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    monkeypatch.setattr(sealing, "AES", None)
    for name, value in (
        ("InvalidTag", InvalidTag), ("default_backend", default_backend),
        ("Cipher", Cipher), ("algorithms", algorithms), ("modes", modes),
    ):
        monkeypatch.setattr(sealing, name, value, raising=False)


@pytest.fixture(params=["pycryptodome", "cryptography"])
def library(request, monkeypatch):
    use(monkeypatch, request.param)
    return request.param


def test_published_vector(library):
    """Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation"."""
    key, nonce, owner, plain, sealed = [
        binascii.unhexlify(value) for value in (
            "feffe9928665731c6d6a8f9467308308" * 2,
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b",
        )
    ]
    assert sealing._encrypt(key, nonce, plain, owner) == sealed
    assert sealing._decrypt(key, nonce, sealed, owner) == plain


def test_one_library_opens_what_the_other_sealed(monkeypatch):
    names = ["pycryptodome", "cryptography"]
    for one, other in (names, names[::-1]):
        use(monkeypatch, one)
        stored = sealing.Keyring(KEY).seal("密钥", OWNER)
        use(monkeypatch, other)
        assert sealing.Keyring(KEY).open(stored, OWNER) == "密钥"


def test_format(library):
    stored = sealing.Keyring(KEY).seal("s-e-c-r-e-t", OWNER)
    empty, mark, version, key_id, nonce, sealed = stored.split("$")
    assert (empty, mark, version) == ("", "dingding", "1")
    assert key_id == sealing.key_id(bytes(range(32)))
    assert len(base64.b64decode(nonce)) == 12
    assert len(base64.b64decode(sealed)) == len("s-e-c-r-e-t") + 16
    assert sealing.Keyring(KEY).seal("s-e-c-r-e-t", OWNER) != stored


@pytest.mark.parametrize("owner", [
    OWNER[:-1] + ["webhook"], OWNER[:2] + [8] + OWNER[3:], OWNER[:-1], [],
    ["dingding.secret", "dingding.app", "7", "app_secret"],
    ["dingding.secretdingding.app", 7, "app_secret"],
])
def test_another_owner(library, owner):
    stored = sealing.Keyring(KEY).seal("x", OWNER)
    with pytest.raises(sealing.SecretError):
        sealing.Keyring(KEY).open(stored, owner)


def test_each_changed_letter(library):
    ring = sealing.Keyring(KEY)
    stored = ring.seal("s-e-c-r-e-t", OWNER)
    start = len(sealing.PREFIX)
    for place in range(start, len(stored) - 1):
        for letter in "Aé$":
            changed = stored[:place] + letter + stored[place + 1:]
            if changed != stored:
                with pytest.raises(sealing.SecretError):
                    ring.open(changed, OWNER)
    for length in range(start, len(stored)):
        with pytest.raises(sealing.SecretError):
            ring.open(stored[:length], OWNER)


def test_rotation(library):
    stored = sealing.Keyring(OTHER).seal("x", OWNER)
    with pytest.raises(sealing.SecretError) as caught:
        sealing.Keyring(KEY).open(stored, OWNER)
    assert sealing.key_id(bytes(range(1, 33))) in str(caught.value)
    assert caught.value.remedy == "encryption_key"
    ring = sealing.Keyring(KEY, [OTHER])
    assert ring.open(stored, OWNER) == "x"
    assert ring.state(stored, OWNER) == sealing.FORMER
    assert ring.state(ring.seal("x", OWNER), OWNER) == sealing.CURRENT
    assert ring.state("x", OWNER) == sealing.CLEAR
    assert ring.state(stored, []) == sealing.LOST


def test_without_a_key():
    ring = sealing.Keyring()
    assert ring.seal("x", OWNER) == "x" == ring.open("x", OWNER)
    assert ring.wanted == sealing.CLEAR


@pytest.mark.parametrize("text", [
    KEY, " %s\n" % KEY, KEY.rstrip("="), binascii.hexlify(bytes(range(32))).decode(),
    base64.urlsafe_b64encode(bytes(range(224, 256))).decode(),
])
def test_keys(text):
    assert len(sealing.parse_key(text)) == 32


@pytest.mark.parametrize("text", [
    "xyz", "密" * 32, "0" * 63, "0" * 62, KEY[:-4], KEY + "AAAA", "!" * 44, "%" * 64,
])
def test_what_is_no_key(text):
    with pytest.raises(sealing.SecretError) as caught:
        sealing.parse_key(text)
    assert text not in str(caught.value)
    for ring in (sealing.Keyring(text), sealing.Keyring(KEY, [text])):
        assert ring.open("in the clear", OWNER) == "in the clear"
        with pytest.raises(sealing.SecretError):
            ring.seal("x", OWNER)


def test_no_library(monkeypatch):
    monkeypatch.setattr(sealing, "AES", None)
    monkeypatch.setattr(sealing, "Cipher", None, raising=False)
    ring = sealing.Keyring(KEY)
    assert ring.open("x", OWNER) == "x"
    with pytest.raises(sealing.SecretError):
        ring.seal("x", OWNER)
