"""Ready-made databases: install once, then copy.

An image is a folder with archives of a stopped cluster (``postgres.tar``) that holds
the database ``odoo``, and of Odoo's files (``data.tar``): thousands of small files cost
more than their content. Layers: *ground* has the modules that our addons
depend on (in the shared cache), *house* our addons too (in the checkout), *furnished*
also the tests' users.
"""

import re
import shutil

from . import odoo, paths, postgres, processes
from .progress import step

LANGUAGES = ["zh_CN"]
# The base of all other grounds, sorted.
COMMON = ["base", "mail", "web"]
# Each set of sources has one per series.
HOUSES_KEPT = 16
# Part of every key: raise it when an image's content changes.
EDITION = "6"
HOUSE_EDITION = "6"
# Databases do not depend on them.
TESTS = "tests"
# See dingding/tests/common.py.
FURNISH = """
from odoo.addons.dingding.tests.common import DingTalkMixin
DingTalkMixin.furnish(env)
env.cr.commit()
"""
# From 18.0 on tours would cover buttons.
NO_TOURS = """
if "tour_enabled" in env["res.users"]._fields:
    env["res.users"].search([]).write({"tour_enabled": False})
    env.cr.commit()
"""
# From 12 on OdooBot opens its window after two minutes, over what a step looks at.
NO_ODOOBOT = (
    "DO $$ BEGIN IF EXISTS (SELECT 1 FROM information_schema.columns"
    " WHERE table_name = 'res_users' AND column_name = 'odoobot_state') THEN"
    " UPDATE res_users SET odoobot_state = 'disabled'"
    " WHERE odoobot_state = 'not_initialized' OR odoobot_state IS NULL;"
    " END IF; END $$")
LOG = "odoo.log"
#: Python's, which tests look for in logs.
WARNINGS = {"PYTHONWARNINGS": "default,ignore::ResourceWarning"}


def _pack(folder, archive):
    processes.run(["tar", "-cf", archive, "-C", folder, "."], "Packing %s" % folder)


def _unpack(archive, folder):
    folder.mkdir(parents=True, exist_ok=True)
    processes.run(["tar", "-xpf", archive, "-C", folder], "Unpacking %s" % archive)


def lay(image, cluster_folder, data_folder):
    """Copy an image to its place of use, with the owners of its files."""
    _unpack(image / "postgres.tar", cluster_folder)
    _unpack(image / "data.tar", data_folder)


def _build(name, base, folders, work):
    """Return a function for :func:`paths.build_once` that makes an image.

    :param str name: for progress
    :param Path base: image to start from, or None
    :param folders: of addons beside Odoo's own
    :param work: called with an Odoo on the running cluster
    """
    def make(building):
        folder, logs = paths.temporary_folder("image"), paths.log_folder("image")
        cluster = postgres.Cluster(folder / "postgres", log=logs / "postgres.log")
        try:
            with step(name):
                if base:
                    lay(base, cluster.folder, folder / "data")
                cluster.start()
                server = odoo.Odoo(
                    cluster, folder, addons=folders, logs=logs, cron_threads=0,
                    environment=WARNINGS)
                work(server)
                cluster.stop()
                shutil.copy(str(server.log), str(building / LOG))
                _pack(cluster.folder, building / "postgres.tar")
                _pack(folder / "data", building / "data.tar")
        finally:
            cluster.stop()
            shutil.rmtree(str(folder), ignore_errors=True)
            shutil.rmtree(str(cluster.folder), ignore_errors=True)
    return make


def ground(modules, folders):
    """Return the image with the modules' dependencies outside the folders."""
    return _ground(odoo.foreign_dependencies(modules, folders))


def _ground(needed):
    """Return the image with some of Odoo's own modules, their names sorted."""
    version = processes.run(
        [postgres.binaries() / "postgres", "--version"], "PostgreSQL").strip()
    target = paths.cache_folder() / "images" / paths.digest(
        EDITION, odoo.installation().identity, needed, version, LANGUAGES,
        postgres.unprivileged_user())
    if target.exists():
        return target
    base, missing = None, needed
    if set(COMMON) < set(needed):
        base = _ground(COMMON)
        missing = [name for name in needed if name not in COMMON]

    def work(server):
        if not base:
            server.cluster.create_database("odoo")
        server.install(missing)
        if not base:
            server.load_languages(LANGUAGES)
            server.shell(NO_TOURS)
        # Makes the login page's bundles, which up to 17 each test would make and roll
        # back.
        server.start()
        server.stop()

    return paths.build_once(
        target,
        # Odoo would install a known addon by itself beside its dependencies.
        _build("database with %s" % ", ".join(needed), base, [], work))


def house(modules, folders, bundles=True):
    """Return the image with the modules installed.

    :param bool bundles: whether the web client's bundles are in it, for browsers
    """
    base = ground(modules, folders)
    if not modules:
        return base
    missing = list(modules)
    for cellar in (paths.addons(), [odoo.root(modules, folders)]):
        # Do not install again what is there.
        if set(cellar) < set(odoo.ours(modules, folders)) and (
                ground(cellar, folders) == base):
            base = house(cellar, folders, False)
            missing = [name for name in modules if name not in cellar]
            break
    key = paths.digest(
        HOUSE_EDITION, base.name, sorted(modules), bundles,
        paths.digest_of_folders(
            [folder / name for folder in folders for name in _own(folder)],
            without=[TESTS]))
    target = paths.IMAGES / key

    def work(server):
        server.install(missing)
        server.cluster.query(NO_ODOOBOT)
        # Bundles made here are not made by each browser.
        server.start()
        if bundles:
            server.make_bundles()
        server.stop()

    made = paths.build_once(
        target, _build(
            "database with %s" % ", ".join(modules), base, folders, work))
    made.touch()
    # Sources change with every edit.
    paths.keep_last(target.parent, HOUSES_KEPT)
    return made


def furnished(modules, folders):
    """Return the image with the modules, the core among them, and the tests' users."""
    base = house(modules, folders, False)
    vocabulary = [place / TESTS / "common.py"
                  for _name, place in sorted(odoo.ours(modules, folders).items())]

    def work(server):
        # The log is part of the image.
        shutil.copy(str(base / LOG), str(server.log))
        server.environment["DINGDING_FEW_ROUNDS"] = "1"
        server.shell(FURNISH)

    made = paths.build_once(
        paths.IMAGES / paths.digest(
            HOUSE_EDITION, base.name, FURNISH,
            *[path for path in vocabulary if path.exists()]),
        _build("users of the tests", base, folders, work))
    made.touch()
    return made


def problems(image):
    """Return (logger, text) of what was logged as an error while an image was made."""
    text = (image / LOG).read_text(errors="replace") if (image / LOG).exists() else ""
    return re.findall(r"^\S+ \S+ \d+ (?:ERROR|CRITICAL) \S+ (\S+): (.*)$", text, re.M)


def _own(folder):
    return sorted(path.parent.name for path in folder.glob("*/__manifest__.py"))
