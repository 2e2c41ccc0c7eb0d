"""Let the tests import ``tools`` from any folder."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


@pytest.fixture
def program(tmp_path):
    folder = tmp_path / "programs"
    folder.mkdir()

    def make(name, text):
        path = folder / name
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    """An empty PATH, home and cache."""
    for name in ("CHROMIUM", "ODOO_PYTHON", "TEST_PYTHON", "PYENV_ROOT", "PGBIN"):
        monkeypatch.delenv(name, raising=False)
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setenv("HOME", str(empty))
    monkeypatch.setenv("DINGDING_CACHE", str(empty / "cache"))
    monkeypatch.setenv("DINGDING_NO_INSTALL", "1")
    monkeypatch.setenv("DINGDING_NO_DOWNLOAD", "1")
    return empty
