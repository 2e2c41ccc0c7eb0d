# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Used by other packages: the fixture, its methods, and `run`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from dingtalk_simulator.testing import Simulator, importable_without_odoo

ENDPOINT = """
from dingtalk_simulator.endpoints import oapi

@oapi("POST", "/acme/hello", token="none")
def hello(call):
    return {"said": call.params.text("word", required=True)}
"""
FIXTURE = """
import urllib.request

def hello(simulator):
    body = urllib.request.urlopen(
        simulator.url + "/acme/hello", b'{"word": "hi"}').read()
    assert b'"said":"hi"' in body

def test_first(dingtalk_simulator):
    assert len(dingtalk_simulator.users()) == 9
    dingtalk_simulator.add_user(name="A", dept_ids=[1])
    hello(dingtalk_simulator)
    dingtalk_simulator.assert_called("/acme/hello", times=1)

def test_second(dingtalk_simulator):
    assert len(dingtalk_simulator.users()) == 9
    dingtalk_simulator.assert_not_called()
"""
INI = """
[pytest]
dingtalk_simulator_people = 9
dingtalk_simulator_import = acme_endpoint
pythonpath = .
"""
PACKAGES = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def simulator():
    with Simulator(people=15, departments=3) as running:
        yield running


def test_words(simulator):
    simulator.reset()
    assert len(simulator.users()) == 15
    department = simulator.add_department(name="研发部", parent_id=1)
    hired = simulator.add_user(name="王芳", dept_ids=[department["dept_id"]])
    assert hired["userid"] in [each["userid"] for each in simulator.users()]
    simulator.assert_not_called()
    simulator.control("GET", "/faults")
    with pytest.raises(AssertionError):
        simulator.assert_called("/gettoken")
    with pytest.raises(AssertionError, match="POST /faults: 400"):
        simulator.fault("no such kind")
    simulator.reset(people=4)
    assert len(simulator.users()) == 4


def test_keys_follow_a_reset(simulator):
    simulator.reset(seed=1)
    first = simulator.app_secret
    simulator.reset(seed=2)
    assert simulator.app_secret != first
    line = json.loads(simulator.variables()["DINGTALK_SIMULATOR"])
    assert line["app_secret"] == simulator.app_secret
    assert line["url"] == simulator.url


def test_a_simulator_that_does_not_start():
    with pytest.raises(RuntimeError, match="status 1"):
        Simulator(modules=["no_such_module"]).start()


def test_fixture(tmp_path):
    for name, text in (("acme_endpoint.py", ENDPOINT), ("test_it.py", FIXTURE),
                       ("pytest.ini", INI)):
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        # An installed package's plugin is found automatically.
        + ["-p", "dingtalk_simulator.pytest_plugin"],
        cwd=str(tmp_path), env={"PYTHONPATH": str(PACKAGES)}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert b"2 passed" in done.stdout, done.stdout.decode()


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "dingtalk_simulator", "run", "--people", "3"]
        + list(arguments),
        env={"PYTHONPATH": str(PACKAGES)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_command_beside_the_server():
    code = (
        "import json, os, sys, urllib.request as u;"
        "line = json.loads(os.environ['DINGTALK_SIMULATOR']);"
        "print(len(json.load(u.urlopen(line['control_url'] + '/users'))));"
        "sys.exit(7)"
    )
    done = run("--", sys.executable, "-c", code)
    assert (done.returncode, done.stdout.strip()) == (7, b"3")


@pytest.mark.parametrize(
    "arguments, said",
    [
        ((), b"name the command"),
        (("--", "/no/such/program"), b"cannot run /no/such/program"),
        (("--import", "no_such_module", "--", "true"), b"cannot import no_such_module"),
    ],
)
def test_commands_that_cannot_run(arguments, said):
    done = run(*arguments)
    assert done.returncode == 1 and said in done.stderr


def test_addons_without_odoo(tmp_path):
    for name in ("acme_one", "acme_two"):
        (tmp_path / name / "plain").mkdir(parents=True)
        (tmp_path / name / "__manifest__.py").write_text("{}")
        (tmp_path / name / "__init__.py").write_text("1 / 0\n")
        (tmp_path / name / "plain" / "__init__.py").write_text("NAME = %r\n" % name)
    before = dict(sys.modules)
    try:
        importable_without_odoo(tmp_path)
        from odoo.addons.acme_one import plain as one
        from odoo.addons.acme_two import plain as two

        assert (one.NAME, two.NAME) == ("acme_one", "acme_two")
        sys.modules["odoo"].__file__ = "odoo/__init__.py"
        with pytest.raises(RuntimeError):
            importable_without_odoo(tmp_path)
    finally:
        for name in set(sys.modules) - set(before):
            del sys.modules[name]
