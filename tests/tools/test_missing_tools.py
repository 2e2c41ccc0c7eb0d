"""What is missing is named together with the command that installs it."""

import sys

import pytest

from tools import browser, environments, node, postgres, pythons
from tools.errors import MissingTool, ToolError


def test_a_shim_that_fails_is_no_python(nothing_installed, program, monkeypatch):
    shim = program("python3.7", "echo 'not selected' >&2; exit 127")
    monkeypatch.setenv("PATH", str(shim.parent))
    with pytest.raises(MissingTool) as caught:
        pythons.find(["3.7"], "ODOO_PYTHON")
    assert "uv python install 3.7" in str(caught.value)
    assert "ODOO_PYTHON=" in str(caught.value)


def test_python_in_the_folder_of_pyenv(nothing_installed, program):
    real = program("real", "echo /opt/python; echo 3.7")
    place = nothing_installed / ".pyenv" / "versions" / "3.7.16" / "bin"
    place.mkdir(parents=True)
    (place / "python").symlink_to(real)
    assert pythons.find(["3.7"], "ODOO_PYTHON") == "/opt/python"


def test_the_named_python_is_taken_or_refused(nothing_installed, program, monkeypatch):
    monkeypatch.setenv("ODOO_PYTHON", str(program("old", "echo /old; echo 3.6")))
    with pytest.raises(MissingTool, match="ODOO_PYTHON=.* is none"):
        pythons.find(["3.7"], "ODOO_PYTHON")
    monkeypatch.setenv("ODOO_PYTHON", str(program("good", "echo /good; echo 3.7")))
    assert pythons.find(["3.7"], "ODOO_PYTHON") == "/good"


def test_uv_is_asked_last(nothing_installed, program, monkeypatch):
    python = program("downloaded", "echo /uv/python; echo 3.7")
    uv = program("uv", '[ "$2" = find ] && echo %s' % python)
    monkeypatch.setenv("PATH", str(uv.parent))
    assert pythons.find(["3.7"], "ODOO_PYTHON") == "/uv/python"


def test_this_python_serves_the_tests(nothing_installed):
    version = "%d.%d" % sys.version_info[:2]
    assert pythons.find([version], "TEST_PYTHON")


def test_npm(nothing_installed):
    with pytest.raises(MissingTool, match="apt-get install nodejs npm"):
        node.folder()


def test_chromium(nothing_installed, monkeypatch):
    with pytest.raises(MissingTool, match="apt-get install chromium fonts-noto-cjk"):
        browser.chromium()
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(MissingTool, match="CHROMIUM=/nowhere/chromium is none"):
        browser.chromium()


def test_postgresql(nothing_installed, monkeypatch):
    def no_wheel(_name):
        raise ToolError("no network")

    monkeypatch.setattr(postgres, "_installed", lambda: iter(()))
    monkeypatch.setattr(environments, "site_packages", no_wheel)
    postgres.binaries.cache_clear()
    with pytest.raises(MissingTool, match="apt-get install postgresql") as caught:
        postgres.binaries()
    assert "no network" in str(caught.value)
    monkeypatch.setenv("PGBIN", str(nothing_installed))
    with pytest.raises(MissingTool, match="PGBIN="):
        postgres.binaries()


def test_the_newest_installed_postgresql_wins(nothing_installed, monkeypatch):
    folders = []
    for version in ("9.6", "15", "16"):
        folder = nothing_installed / version / "bin"
        folder.mkdir(parents=True)
        # 16 has only the client's programs, as a machine with the client alone has.
        for name in ("psql",) if version == "16" else postgres.NEEDED:
            (folder / name).write_text("")
            (folder / name).chmod(0o755)
        folders.append(str(folder))
    monkeypatch.setattr(postgres.glob, "glob", lambda _pattern: folders)
    postgres.binaries.cache_clear()
    try:
        assert postgres.binaries() == nothing_installed / "15" / "bin"
    finally:
        postgres.binaries.cache_clear()
