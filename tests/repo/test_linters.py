"""The checks of ``make lint`` as tests: flake8, pylint-odoo, vermin, OCA's."""

import subprocess

import pytest

from tools import environments, lint, paths

from . import good_sample

CHECKS = list(lint.checks())


@pytest.mark.parametrize("check", CHECKS, ids=[name for name, _env, _argv in CHECKS])
def test_linter_has_nothing_to_say(check):
    _name, environment, argv = check
    program = environments.folder(environment) / "bin" / argv[0]
    done = subprocess.run(
        [str(program)] + argv[1:],
        cwd=str(paths.ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, "\n" + done.stdout.decode(errors="replace")


def test_the_linters_are_there():
    """An empty list of checks would pass silently."""
    words = " ".join(name for name, _env, _argv in CHECKS)
    for wanted in ("flake8", "pylint-odoo", "vermin", "oca-checks"):
        assert wanted in words


def test_imports_of_addons_are_in_order():
    # An __init__ imports in order of dependencies.
    done = subprocess.run(
        [str(environments.folder("lint") / "bin" / "isort"), "--check-only", "--diff"]
        + ["--skip", "__init__.py"]
        + paths.addons(),
        cwd=str(paths.ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, "\n" + done.stdout.decode(errors="replace")


# Something for each linter to find, in an otherwise good addon.
BAD_MODEL = """
from odoo import models, tools


class DingdingBad(models.Model):
    _name = "dingding.bad"

    def action_bad(self):
        name = "x"
        print(f"{name}")
"""
BAD_DATA = """<?xml version="1.0" encoding="UTF-8" ?>
<odoo>
    <record id="one" model="res.partner"><field name="name">a</field></record>
    <record id="one" model="res.partner"><field name="name">b</field></record>
</odoo>
"""
FOUND = {
    "flake8": "F401",
    "pylint-odoo": "print-used",
    "vermin": "f-string",
    "oca-checks": "xml-duplicate-record-id",
}


@pytest.fixture(scope="module")
def bad_house(tmp_path_factory):
    """Write the good sample with changes; return its folder."""
    root = tmp_path_factory.mktemp("house")
    files = dict(good_sample.files())
    files["dingding/models/dingding_bad.py"] = good_sample.HEADER + BAD_MODEL
    files["dingding/data/bad.xml"] = BAD_DATA
    manifest = files["dingding/__manifest__.py"]
    files["dingding/__manifest__.py"] = manifest.replace(
        '"data": [', '"data": [\n        "data/bad.xml",'
    )
    index = files["dingding/models/__init__.py"]
    files["dingding/models/__init__.py"] = index + "from . import dingding_bad\n"
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode("utf-8")
        target.write_bytes(content)
    (root / "tools").mkdir()
    return root


@pytest.mark.parametrize("linter", sorted(FOUND))
def test_linter_finds_what_is_bad(linter, bad_house, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", bad_house)
    monkeypatch.setattr(paths, "SIMULATOR", bad_house / "none")
    monkeypatch.setattr(paths, "addons", lambda: ["dingding"])
    _name, environment, argv = next(
        check for check in lint.checks() if check[0].split()[0] == linter
    )
    done = subprocess.run(
        [str(environments.folder(environment) / "bin" / argv[0])] + argv[1:],
        cwd=str(bad_house),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = done.stdout.decode(errors="replace")
    assert done.returncode and FOUND[linter] in output, output
