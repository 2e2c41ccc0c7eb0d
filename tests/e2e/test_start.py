"""Installation and start log no warning of our addons."""

import re
import shutil

import pytest

from tools import images, logs, odoo, paths, postgres

# Python's own warnings bypass Odoo's log in some series.
PYTHON = re.compile(r"^.*dingding\S*\.py:\d+: \w*Warning: .*$", re.M)


def complaints(text, *folders):
    """Return lines of our addons above INFO, without folder names."""
    for folder in folders:
        text = text.replace(str(folder), "")
    return PYTHON.findall(text) + [
        "%s: %s" % (entry.logger, entry.text.strip()) for entry in logs.entries(text)
        if logs.is_warning(entry) and "dingding" in entry.logger + entry.text
    ]


def test_complaints_are_found():
    ours = "2026-01-01 00:00:00,000 1 WARNING odoo py.warnings: /x/dingding/a.py\n  b\n"
    other = "2026-01-01 00:00:00,000 1 %s odoo odoo.models: /srv/dingding-1/x\n"
    python = "/x/dingding_hr/a.py:3: SyntaxWarning: no\n"
    text = other % "WARNING" + ours + other.replace("/srv", "") % "INFO" + python
    assert complaints(text, "/srv/dingding-1") == [
        python.strip(), "py.warnings: /x/dingding/a.py\n  b"]


@pytest.fixture(scope="module")
def server():
    """An Odoo whose database has the dependencies of our addons only.

    The addons are a copy without bytecode: Python warns when it compiles.
    """
    folder, logs = paths.temporary_folder("start"), paths.log_folder("start")
    cluster = postgres.Cluster(folder / "postgres", log=logs / "postgres.log")
    try:
        images.lay(images.ground(paths.addons(), odoo.project_addons()),
                   cluster.folder, folder / "data")
        cluster.start()
        for place in odoo.ours(paths.addons(), odoo.project_addons()).values():
            shutil.copytree(str(place), str(folder / "addons" / place.name),
                            ignore=shutil.ignore_patterns("__pycache__"))
        yield odoo.Odoo(cluster, folder, logs=logs, addons=[folder / "addons"])
    finally:
        cluster.remove()
        shutil.rmtree(str(folder), ignore_errors=True)


@pytest.mark.parametrize("what", ["install", "update", "start"])
def test_no_warning_comes_from_our_addons(server, what):
    """Also Python's warnings, which other tests hide."""
    log = server.logs / (what + ".log")
    names = ",".join(paths.addons())
    arguments = {"install": ["-i", names], "update": ["-u", names], "start": []}[what]
    server.once(arguments, what, log=log, environment={
        "PYTHONWARNINGS": "default,ignore::ResourceWarning",
        "PYTHONDONTWRITEBYTECODE": "1"})
    text = log.read_text(errors="replace")
    assert "Modules loaded" in text or "Registry loaded" in text, text[-2000:]
    found = complaints(
        text, server.folder, server.logs, paths.cache_folder(), paths.ROOT)
    assert not found, "\n".join(found)
