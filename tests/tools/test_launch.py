"""The launcher's changes to Odoo, on a fake Odoo."""

import gc
import importlib.util
import subprocess
import sys
import types

import pytest

from tools import environments, odoo


@pytest.fixture
def launcher(monkeypatch):
    """The launcher; ``seen`` records the garbage collection while Odoo loads."""
    class Registry:
        seen = []

        @classmethod
        def new(cls, name, update_module=False):
            cls.seen.append((name, update_module, gc.get_threshold(), frozen()))
            return "registry of %s" % name

    for name, values in (
            ("odoo", {}), ("odoo.cli", {}), ("odoo.modules", {}),
            ("odoo.modules.registry", {"Registry": Registry})):
        module = types.ModuleType(name)
        vars(module).update(values)
        monkeypatch.setitem(sys.modules, name, module)
    spec = importlib.util.spec_from_file_location("odoo_bin", str(odoo.LAUNCHER))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.Registry = Registry
    usual = gc.get_threshold()
    yield module
    gc.unfreeze()
    gc.set_threshold(*usual)


def frozen():
    """Tell whether objects in memory are excluded from garbage collection."""
    return gc.get_freeze_count() > 1000


@pytest.mark.parametrize("arguments, rarely", [
    (["-c", "odoo.conf"], False), (["gevent", "-c", "odoo.conf"], False),
    (["-c", "odoo.conf", "--stop-after-init", "-i", "mail"], True),
    (["shell", "-c", "odoo.conf"], True)])
def test_registries_are_loaded_in_one_go(launcher, arguments, rarely):
    usual = gc.get_threshold()
    assert usual != launcher.RARELY and not frozen()
    launcher.collect_rarely(arguments)
    load, after = launcher.Registry.new, launcher.RARELY if rarely else usual
    for _time in range(2):
        assert load("odoo", update_module=True) == "registry of odoo"
        # While it loads, the former one can be collected.
        assert launcher.Registry.seen.pop() == ("odoo", True, launcher.RARELY, False)
        assert gc.get_threshold() == after and frozen()


REMEMBERED = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("odoo_bin", sys.argv[1])
launcher = importlib.util.module_from_spec(spec)
spec.loader.exec_module(launcher)

class Meta(type):
    pass

class Ordered(type):
    def mro(cls):
        return type.mro(cls)

class Base(metaclass=Meta):
    pass

class Other(metaclass=Meta):
    name = "other"

class Model(Base):
    pass

class Mine(metaclass=Ordered):
    name = "mine"

def flags(cls):
    return bool(cls.__flags__ & launcher.MAY_REMEMBER), bool(
        cls.__flags__ & launcher.REMEMBERS)

place, model = launcher.place_of_flags(), Model()
assert not hasattr(model, "name")
assert flags(Base) == flags(Model) == (False, False), "Python does it itself"
assert launcher.let_remember(place) > 2 and launcher.let_remember(place) == 0
assert not hasattr(model, "name")
assert flags(Base) == flags(Model) == (True, True)
assert flags(Mine) == (False, False) and Mine.name == "mine"

def seen(value):
    # Twice: the second time from memory.
    assert [getattr(model, "name", None), getattr(model, "name", None)] == [value] * 2

for change, value in (
        (lambda: setattr(Base, "name", "base"), "base"),
        (lambda: setattr(Model, "name", "model"), "model"),
        (lambda: delattr(Model, "name"), "base"),
        (lambda: setattr(Base, "name", "again"), "again"),
        (lambda: setattr(Model, "__bases__", (Other,)), "other"),
        (lambda: launcher.let_remember(place), "other"),
        (lambda: setattr(Other, "name", "last"), "last"),
        (lambda: delattr(Other, "name"), None)):
    change()
    seen(value)
assert flags(Model) == flags(Other) == (True, True)
print("remembered")
"""


def test_python_remembers_attributes_of_models_and_sees_their_changes():
    """In Odoo's own Python; that of these tests needs no patch."""
    said = subprocess.check_output(
        [str(environments.python("odoo")), "-c", REMEMBERED, str(odoo.LAUNCHER)],
        stderr=subprocess.STDOUT)
    assert said.decode().splitlines()[-1:] == ["remembered"]


def test_models_are_set_up_with_their_attributes_remembered(launcher, monkeypatch):
    seen = []
    launcher.Registry.setup_models = lambda *args: seen.append(args)
    monkeypatch.setattr(launcher, "let_remember", seen.append)
    monkeypatch.setattr(sys, "version_info", (3, 8, 0))
    launcher.remember_attributes()
    launcher.Registry.setup_models("registry", "cursor")
    monkeypatch.setattr(sys, "version_info", (3, 7, 16))
    launcher.remember_attributes()
    launcher.Registry.setup_models("registry", "cursor")
    assert seen == [
        ("registry", "cursor"), launcher.place_of_flags(), ("registry", "cursor")]


def test_workers_without_a_server_for_long_polling(launcher, monkeypatch):
    class PreforkServer:
        started = []

        def long_polling_spawn(self):
            self.started.append("long polling")

    server = types.ModuleType("odoo.service.server")
    server.PreforkServer = PreforkServer
    monkeypatch.setitem(sys.modules, "odoo.service", types.ModuleType("odoo.service"))
    monkeypatch.setitem(sys.modules, "odoo.service.server", server)
    launcher.odoo.cli = types.SimpleNamespace(
        main=lambda: PreforkServer().long_polling_spawn())
    for name in ("COLLECT_RARELY", "REMEMBER_ATTRIBUTES", "TEST_REPORT", "FEW_ROUNDS",
                 "CRON_SECONDS", "NO_LONG_POLLING"):
        monkeypatch.delenv("DINGDING_" + name, raising=False)
    launcher.main()
    assert PreforkServer.started == ["long polling"]
    monkeypatch.setenv("DINGDING_NO_LONG_POLLING", "1")
    launcher.main()
    assert PreforkServer.started == ["long polling"], "one more"
