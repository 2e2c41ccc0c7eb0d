"""Ready-made databases: install once, then copy.

An image is a folder with a stopped cluster (``postgres``) that holds the database
``odoo``, and Odoo's files (``data``). Two layers: *ground* has the modules that our
addons depend on (in the cache, shared), *house* has our addons too (in the checkout,
made anew when their sources change).
"""

import shutil

from . import odoo, paths, postgres, processes
from .progress import step

LANGUAGES = ["zh_CN"]
# Of several series, too: each set of sources has one a series.
HOUSES_KEPT = 8
# Part of every key: raise it when what an image holds changes.
EDITION = "3"


def _copy(source, target):
    """Copy a folder with its owners."""
    target.mkdir(parents=True, exist_ok=True)
    processes.run(["cp", "-a", "%s/." % source, target], "Copying %s" % source)


def lay(image, cluster_folder, data_folder):
    """Copy an image to where it is going to be used."""
    _copy(image / "postgres", cluster_folder)
    _copy(image / "data", data_folder)


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
                work(odoo.Odoo(
                    cluster, folder, addons=folders, logs=logs, cron_threads=0))
                cluster.stop()
                _copy(cluster.folder, building / "postgres")
                _copy(folder / "data", building / "data")
        finally:
            cluster.stop()
            shutil.rmtree(str(folder), ignore_errors=True)
            shutil.rmtree(str(cluster.folder), ignore_errors=True)
    return make


def ground(modules, folders):
    """Return the image with what the modules need beside the addons of the folders."""
    needed = odoo.foreign_dependencies(modules, folders)
    version = processes.run(
        [postgres.binaries() / "postgres", "--version"], "PostgreSQL").strip()
    key = paths.digest(
        EDITION, odoo.installation().identity, needed, version, LANGUAGES,
        postgres.unprivileged_user())

    def work(server):
        server.cluster.create_database("odoo")
        server.install(needed)
        server.load_languages(LANGUAGES)
        # The login page has its bundles made, which stay: up to 17 each test that opens
        # a page would make them, and roll them back.
        server.start()
        server.stop()

    return paths.build_once(
        paths.cache_folder() / "images" / key,
        _build("database with %s" % ", ".join(needed), None, folders, work))


def house(modules, folders):
    """Return the image with the modules installed."""
    base = ground(modules, folders)
    if not modules:
        return base
    key = paths.digest(
        base.name, sorted(modules),
        paths.digest_of_folders(
            [folder / name for folder in folders for name in _own(folder)]))
    target = paths.RUN / "images" / key

    def work(server):
        server.install(modules)

    made = paths.build_once(
        target, _build(
            "database with %s" % ", ".join(modules), base, folders, work))
    made.touch()
    # Sources change with every edit.
    paths.keep_last(target.parent, HOUSES_KEPT)
    return made


def _own(folder):
    return sorted(path.parent.name for path in folder.glob("*/__manifest__.py"))
