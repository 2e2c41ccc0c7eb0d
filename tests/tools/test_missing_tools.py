"""Missing tools are named with the command that installs them."""

import sys

import pytest

from tools import browser, environments, node, postgres, pythons, system
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


def test_uv_comes_from_pypi_when_it_is_not_there(nothing_installed, program,
                                                 monkeypatch):
    """uv downloads the missing interpreter, pip downloads uv."""
    monkeypatch.delenv("DINGDING_NO_DOWNLOAD")
    calls = []

    def call(command, **_options):
        calls.append(command)
        if "install" in command and pythons.UV in command:
            uv = nothing_installed / "cache" / "uv" / "bin" / "uv"
            uv.parent.mkdir(parents=True)
            uv.write_text("#!/bin/sh\n[ \"$2\" = find ] && echo %s\n" % downloaded)
            uv.chmod(0o755)
        return 0

    downloaded = program("downloaded", "echo /uv/python; echo 3.7")
    monkeypatch.setattr(pythons.subprocess, "call", call)
    assert pythons.find(["3.7"], "ODOO_PYTHON") == "/uv/python"
    assert [command[1:3] for command in calls][:2] == [["-m", "venv"], ["-m", "pip"]]


def test_a_python_without_venv(nothing_installed, program, monkeypatch):
    """On Debian it is a separate package, installed by root."""
    python = program("python3", "[ -e %s/installed ]" % nothing_installed)
    with pytest.raises(MissingTool, match="apt-get install python3-venv"):
        pythons.ensure_venv(python)
    apt = program("apt-get", '[ "$1" = update ] || echo "$@" > %s/installed'
                  % nothing_installed)
    monkeypatch.setenv("PATH", str(apt.parent))
    monkeypatch.delenv("DINGDING_NO_INSTALL")
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    pythons.ensure_venv(python)
    assert "python3-venv" in (nothing_installed / "installed").read_text()


def test_chromium_and_a_font_are_installed_for_root(nothing_installed, program,
                                                    monkeypatch):
    folder = nothing_installed / "bin"
    folder.mkdir()
    apt = folder / "apt-get"
    apt.write_text(
        "#!/bin/sh\n[ \"$1\" = install ] || exit 0\n"
        "echo \"$@\" > %s/asked\n"
        "printf '#!/bin/sh\\n' > %s/chromium\n/bin/chmod +x %s/chromium\n"
        % (folder, folder, folder))
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("DINGDING_NO_INSTALL")
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    assert browser.ensure() == str(folder / "chromium")
    asked = (folder / "asked").read_text().split()
    assert {"chromium", "fonts-noto-cjk", "fontconfig"} <= set(asked)


@pytest.mark.parametrize("offered, works, wanted", [
    (True, True, ["chromium-headless-shell"]),
    (False, True, ["chromium"]),
    # The download may fail.
    (True, False, ["chromium-headless-shell", "chromium"]),
])
def test_the_browser_without_windows_where_there_is_one(
        nothing_installed, monkeypatch, offered, works, wanted):
    asked = []

    def install(packages):
        asked.extend(packages)
        return works

    monkeypatch.setattr(system, "offers", lambda package: offered)
    monkeypatch.setattr(system, "install", install)
    monkeypatch.setattr(browser, "_has_chinese_font", lambda: True)
    with pytest.raises(MissingTool):
        browser.ensure()
    assert asked == wanted


def test_a_window_needs_the_whole_browser(nothing_installed, program, monkeypatch):
    whole, shell = program("chromium", ""), program("chromium-headless-shell", "")
    monkeypatch.setenv("PATH", str(whole.parent))
    assert browser.chromium() == str(shell)
    assert browser.chromium(headless=False) == str(whole)
    monkeypatch.setattr(system, "offers", lambda package: pytest.fail(package))
    monkeypatch.setattr(browser, "_has_chinese_font", lambda: True)
    assert browser.ensure() == str(shell)
    whole.unlink()
    with pytest.raises(MissingTool):
        browser.chromium(headless=False)


def test_what_the_distribution_offers(nothing_installed, program, monkeypatch):
    assert not system.offers("anything")
    program("apt-get", "exit 0")
    apt = program("apt-cache", '[ "$2" = chromium-headless-shell ]')
    monkeypatch.setenv("PATH", str(apt.parent))
    monkeypatch.delenv("DINGDING_NO_INSTALL")
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    assert system.offers("chromium-headless-shell")
    assert not system.offers("chromium-of-tomorrow")
    monkeypatch.setenv("DINGDING_NO_INSTALL", "1")
    assert not system.offers("chromium-headless-shell")


def test_who_is_not_root_is_told_the_command(nothing_installed, monkeypatch):
    monkeypatch.delenv("DINGDING_NO_INSTALL")
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    with pytest.raises(MissingTool, match="apt-get install chromium fonts-noto-cjk"):
        browser.ensure()


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
        # 16 has only the client's programs, as on a machine with the client alone.
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
