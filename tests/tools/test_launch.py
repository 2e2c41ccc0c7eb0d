"""What the launcher changes in Odoo, on an Odoo that is none."""

import gc
import importlib.util
import sys
import types

import pytest

from tools import odoo


@pytest.fixture
def launcher(monkeypatch):
    """The launcher, and in ``seen`` how objects were collected while Odoo loaded."""
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
    """Tell whether what is in memory is left out when objects are collected."""
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
        # While it loads, the one before can be collected.
        assert launcher.Registry.seen.pop() == ("odoo", True, launcher.RARELY, False)
        assert gc.get_threshold() == after and frozen()
