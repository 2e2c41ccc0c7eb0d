"""A real Odoo, a real PostgreSQL and the simulated DingTalk, for end-to-end tests."""

import pytest

from tools.stack import Stack

from . import house


@pytest.fixture(scope="module")
def stack(request):
    """A running house; a module may say how big: ``STACK = dict(people=100)``."""
    # No test opens the web client.
    options = dict({"bundles": False}, **getattr(request.module, "STACK", {}))
    with Stack(**options) as running:
        yield running


@pytest.fixture
def dingtalk(stack):
    """The simulator's control API, with nothing left of the test before."""
    control = house.Control(stack.simulator.url)
    control.forget()
    yield control
    control.forget()


@pytest.fixture(scope="module")
def corp(stack):
    """Id of an organisation connected to the simulated one."""
    return house.connect(stack)
