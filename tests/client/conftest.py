# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Loads the client without the addon, and connects it to the simulator.

The client is imported as ``dingtalk``, without Odoo on the path. One process of the
simulator serves all tests.
"""

import datetime
import importlib.util
import json
import os
import subprocess
import sys

import pytest
import requests

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PACKAGE = os.path.join(ROOT, "dingding", "dingtalk")
SIMULATOR = os.path.join(ROOT, "tests", "simulator")


def load_client():
    """Import the package as ``dingtalk``, without the addon's __init__."""
    spec = importlib.util.spec_from_file_location(
        "dingtalk",
        os.path.join(PACKAGE, "__init__.py"),
        submodule_search_locations=[PACKAGE],
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["dingtalk"] = module
    spec.loader.exec_module(module)
    return module


if "dingtalk" not in sys.modules:
    load_client()


class Simulator(object):
    def __init__(self, ready):
        self.ready = ready
        self.url = ready["url"]
        self._session = requests.Session()
        self._session.trust_env = False

    def control(self, method, route, body=None, **params):
        url = self.url + "/_control" + route
        answer = self._session.request(
            method, url, json=body, params=params, timeout=120
        )
        assert answer.status_code < 400, "%s %s: %s" % (method, route, answer.text)
        return answer.json() if answer.content else None

    def clean(self):
        self.control("DELETE", "/faults")
        self.control("DELETE", "/calls")

    def fault(self, kind, path, times=1, **more):
        self.control("POST", "/faults", dict(more, kind=kind, path=path, times=times))

    def calls(self, path=""):
        return self.control("GET", "/calls", path=path)["total"]

    def settings(self, **values):
        return self.control("PATCH", "/settings", values)


def _interpreter():
    """Return the Python of the simulator: this one by default.

    The client is also tested with Pythons that are too old for the simulator.
    """
    return os.environ.get("DINGTALK_SIMULATOR_PYTHON") or sys.executable


@pytest.fixture(scope="session")
def simulator_process():
    environment = dict(os.environ, PYTHONPATH=SIMULATOR)
    process = subprocess.Popen(
        [_interpreter(), "-m", "dingtalk_simulator", "serve", "--port", "0"]
        + ["--people", "120", "--departments", "6", "--seed", "7"],
        stdout=subprocess.PIPE,
        env=environment,
    )
    try:
        line = process.stdout.readline().decode("utf-8")
        assert line, "the simulator did not start"
        yield Simulator(json.loads(line))
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.fixture
def simulator(simulator_process):
    simulator_process.clean()
    before = simulator_process.control("GET", "/settings")
    yield simulator_process
    simulator_process.clean()
    simulator_process.control("PATCH", "/settings", before)


class Clock(object):
    """A clock that moves only when somebody sleeps, and records it."""

    def __init__(self, now=1700000000.0):
        self.now = now
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate for 127.0.0.1 that this process trusts: (file, key file)."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    address = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    now = datetime.datetime.utcnow()
    built = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - datetime.timedelta(1),
        now + datetime.timedelta(1)).add_extension(address, False).add_extension(
        x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    paths[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(paths[0]))
    return [str(path) for path in paths]


@pytest.fixture
def peer():
    from peers import Peer  # after load_client()

    made = []

    def make(*args):
        made.append(Peer(*args))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def no_proxy(monkeypatch):
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(name + "_proxy", raising=False)
        monkeypatch.delenv(name.upper() + "_PROXY", raising=False)
    return monkeypatch
