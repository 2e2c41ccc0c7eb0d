"""Ready-made databases: their bases, and errors while they are built."""

import types

import pytest

from tools import images, odoo_test, paths

LOG = """2026-11-27 01:36:02,350 3099 INFO odoo odoo.modules.loading: loading 1 modules
2026-11-27 01:36:02,351 3099 ERROR odoo odoo.addons.core.models: no such field
Traceback (most recent call last):
2026-11-27 01:36:02,352 3099 CRITICAL ? odoo.service.server: it is over
2026-11-27 01:36:02,353 3099 WARNING odoo odoo.addons.core: ERROR is a word
"""


class Server:
    """An Odoo that only records requests."""

    def __init__(self, folder):
        self.done, self.environment, self.log = [], {}, folder / "server.log"
        self.cluster = types.SimpleNamespace(
            create_database=lambda _name: None, query=lambda _statement: None)

    def install(self, modules):
        self.done.append(("install", tuple(modules)))

    def __getattr__(self, name):
        return lambda *_arguments: self.done.append((name,))


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Build databases without an Odoo; return {base of an image: actions}."""
    found = {}

    def build(_name, base, _folders, work):
        def make(building):
            server = Server(tmp_path)
            work(server)
            (building / images.LOG).write_text("the log of %s" % building.name)
            found.setdefault(base and base.name, []).append((building, server.done))
        return make

    monkeypatch.setattr(images, "_build", build)
    monkeypatch.setattr(paths, "IMAGES", tmp_path / "images")
    # A base for each set of foreign modules.
    monkeypatch.setattr(images, "ground", lambda modules, folders: (
        tmp_path / ("ground-" + "-".join(
            images.odoo.foreign_dependencies(modules, folders)))))
    return found


@pytest.fixture
def addons(tmp_path):
    """A folder of addons: two on a core, and one that needs another app."""
    for name, depends in (("core", ["mail"]), ("chat", ["core"]), ("talk", ["core"]),
                          ("staff", ["core", "hr"])):
        folder = tmp_path / "addons" / name
        folder.mkdir(parents=True)
        (folder / "__manifest__.py").write_text("{'depends': %r}" % depends)
    return tmp_path / "addons"


PLAIN, WITH_HR = "ground-base-mail-web", "ground-base-hr-mail-web"


def test_grounds_start_from_the_common_one(built, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "cache_folder", lambda: tmp_path / "cache")
    for module, name, value in (
            (images.processes, "run", "PostgreSQL 15\n"),
            (images.postgres, "binaries", tmp_path),
            (images.odoo, "installation", types.SimpleNamespace(identity="odoo"))):
        monkeypatch.setattr(module, name, lambda *_arguments, value=value: value)
    with_hr = images._ground(["base", "hr", "mail", "web"])
    common = images._ground(images.COMMON)
    [(_, first)], [(_, second)] = built.pop(None), built.pop(common.name)
    assert first == [("install", ("base", "mail", "web")), ("load_languages",),
                     ("shell",), ("start",), ("stop",)]
    assert second == [("install", ("hr",)), ("start",), ("stop",)], "settled already"
    # An existing one requires nothing.
    assert images._ground(["base", "hr", "mail", "web"]) == with_hr and not built
    # Smaller sets have their own.
    images._ground(["base", "web"])
    assert list(built) == [None]


def test_houses_start_from_the_one_of_the_core(addons, built):
    chat = images.house(["core", "chat"], [addons], bundles=False)
    talk = images.house(["talk"], [addons], bundles=False)
    assert chat != talk
    [(_place, core)] = built.pop(PLAIN)
    assert core == [("install", ("core",)), ("start",), ("stop",)]
    [(cellar, both)] = built.items()
    assert images.house(["core"], [addons], bundles=False).name == cellar
    assert [done[0] for _place, done in both] == [
        ("install", ("chat",)), ("install", ("talk",))], "the core is there already"


def test_a_house_that_needs_other_apps_has_a_cellar_of_its_own(addons, built):
    images.house(["core", "staff"], [addons], bundles=False)
    assert list(built) == [WITH_HR]
    [(_place, done)] = built[WITH_HR]
    assert done[0] == ("install", ("core", "staff"))


def test_bundles_are_for_browsers(addons, built):
    plain = images.house(["core"], [addons], bundles=False)
    assert plain != images.house(["core"], [addons])
    assert [("make_bundles",) in done for _place, done in built[PLAIN]] == [False, True]
    images.house(["core"], [addons])
    assert len(built[PLAIN]) == 2, "it is there"


def test_sources_that_change_make_a_house_anew(addons, built):
    before = images.house(["core"], [addons])
    (addons / "core" / "models.py").write_text("1")
    changed = images.house(["core"], [addons])
    assert changed != before
    (addons / "core" / "tests").mkdir()
    (addons / "core" / "tests" / "test_models.py").write_text("1")
    assert images.house(["core"], [addons]) == changed, "tests change no database"


def test_what_was_logged_as_an_error(tmp_path):
    assert images.problems(tmp_path) == []
    (tmp_path / images.LOG).write_text(LOG)
    assert images.problems(tmp_path) == [
        ("odoo.addons.core.models", "no such field"),
        ("odoo.service.server", "it is over")]


def test_all_addons_are_installed_once_for_all_their_tests(addons, built, tmp_path):
    shared = ["core", "chat", "talk"]

    def image(modules, number):
        folder = tmp_path / ("run%d" % number)
        folder.mkdir()
        return odoo_test._image(modules, [addons], shared, folder)

    one, installed = image(["chat", "core", "talk"], 1)
    other, also = image(["talk", "chat"], 2)
    assert (one, installed) == (other, also) and installed == shared
    # Addons with some of them use the core.
    core, installed = image(["chat"], 3)
    assert core != one and installed == ["core"]
    assert image(["talk"], 4) == (core, ["core"])
    # Addons with other apps, or in other folders, use neither.
    assert image(["staff"], 5) == (tmp_path / WITH_HR, [])
    (tmp_path / "run6").mkdir()
    assert odoo_test._image(["chat"], [addons], [], tmp_path / "run6")[1] == []


def test_the_users_of_the_tests_are_made_once_and_nothing_is_forgotten(addons, built):
    furnished = images.furnished(["core"], [addons])
    base = images.house(["core"], [addons], bundles=False)
    assert images.furnished(["core"], [addons]) == furnished != base
    [(_place, done)] = built[base.name]
    assert done == [("shell",)]
    # The code that makes them is in a file of the tests.
    (addons / "core" / "tests").mkdir()
    (addons / "core" / "tests" / "common.py").write_text("1")
    assert images.furnished(["core"], [addons]) not in (furnished, base)
