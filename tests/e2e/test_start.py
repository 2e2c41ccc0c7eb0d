"""Installation and start log no warning of our addons; for updates see test_leaving."""

import shutil

import pytest

from tools import images, odoo, paths, postgres

from . import warned


def test_complaints_are_found():
    ours = "2026-01-01 00:00:00,000 1 WARNING odoo py.warnings: /x/dingding/a.py\n  b\n"
    other = "2026-01-01 00:00:00,000 1 %s odoo odoo.models: /srv/dingding-1/x\n"
    python = "/x/dingding_hr/a.py:3: SyntaxWarning: no\n"
    folder = other.replace("/srv/dingding-1", "/var/dingding-image-a_1") % "WARNING"
    text = (other % "WARNING" + folder + ours
            + other.replace("/srv", "") % "INFO" + python)
    assert warned.complaints(text, "/srv/dingding-1") == [
        python.strip(), "py.warnings: /x/dingding/a.py\n  b"]


@pytest.fixture(scope="module")
def installed():
    """The database in which all addons were installed."""
    return images.house(paths.addons(), odoo.project_addons(), bundles=False)


@pytest.fixture(scope="module")
def server(installed):
    """An Odoo on a copy of it, whose addons have no bytecode.

    Python warns when it compiles.
    """
    folder, logs = paths.temporary_folder("start"), paths.log_folder("start")
    cluster = postgres.Cluster(folder / "postgres", log=logs / "postgres.log")
    try:
        images.lay(installed, cluster.folder, folder / "data")
        cluster.start()
        for place in odoo.ours(paths.addons(), odoo.project_addons()).values():
            shutil.copytree(str(place), str(folder / "addons" / place.name),
                            ignore=shutil.ignore_patterns("__pycache__"))
        yield odoo.Odoo(cluster, folder, logs=logs, addons=[folder / "addons"])
    finally:
        cluster.remove()
        shutil.rmtree(str(folder), ignore_errors=True)


def test_no_warning_comes_from_an_installation(installed):
    """Also Python's warnings, which other tests hide."""
    warned.check((installed / images.LOG).read_text(errors="replace"))


def test_no_warning_comes_from_a_start(server):
    """It also compiles all files."""
    log = server.logs / "start.log"
    server.once([], "start", log=log, environment=dict(
        images.WARNINGS, PYTHONDONTWRITEBYTECODE="1"))
    warned.check(log.read_text(errors="replace"), server.folder)
