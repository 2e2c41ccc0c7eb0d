"""A real Odoo, a real PostgreSQL and the simulator for end-to-end tests."""

import pytest

from tools import processes
from tools.stack import Stack

from . import house

processes.adopt()


def pytest_sessionfinish():
    """Count the time of Odoo's workers whose parent was killed, see tools/beside.py."""
    processes.count()


@pytest.fixture(scope="module")
def stack(request):
    """A running stack; a module may set options: ``STACK = dict(people=100)``."""
    # No test opens the web client; many start the server again.
    options = dict(
        {"bundles": False, "forks": True}, **getattr(request.module, "STACK", {}))
    options["environment"] = dict(
        {"DINGDING_NO_LONG_POLLING": "1"}, **options.get("environment", {}))
    with Stack(**options) as running:
        yield running


@pytest.fixture
def dingtalk(stack):
    """The simulator's control API, reset."""
    control = house.Control(stack.simulator.url)
    control.forget()
    yield control
    control.forget()


@pytest.fixture(scope="module")
def corp(stack):
    """Id of an organisation connected to the simulator."""
    return house.connect(stack)
