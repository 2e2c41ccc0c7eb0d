# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The fixture `dingtalk_simulator`; pytest finds it where this package is installed.

    def test_people(dingtalk_simulator):
        dingtalk_simulator.add_user(name="王芳", dept_ids=[1])
        sync(dingtalk_simulator.url, dingtalk_simulator.app_key)
        dingtalk_simulator.assert_called("/topapi/v2/user/list")

In `pytest.ini`:

    dingtalk_simulator_people = 30
    dingtalk_simulator_import = my_endpoints
"""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from .testing import Simulator

SIZES = {"people": 12, "departments": 4, "seed": 7}


def pytest_addoption(parser: Any) -> None:
    for name, number in SIZES.items():
        parser.addini(
            "dingtalk_simulator_" + name,
            "%s of the simulated organisation (default: %d)" % (name, number),
            default=str(number),
        )
    parser.addini(
        "dingtalk_simulator_import",
        "modules that add endpoints to the simulator",
        type="args",
        default=[],
    )


@pytest.fixture(scope="session")
def dingtalk_simulator_process(pytestconfig: Any) -> Iterator[Simulator]:
    """One simulator for all tests; use `dingtalk_simulator`, which resets it."""
    sizes = {
        name: int(pytestconfig.getini("dingtalk_simulator_" + name)) for name in SIZES
    }
    modules = pytestconfig.getini("dingtalk_simulator_import")
    with Simulator(modules=modules, **sizes) as simulator:
        yield simulator


@pytest.fixture
def dingtalk_simulator(dingtalk_simulator_process: Simulator) -> Simulator:
    """A running :class:`.testing.Simulator` with a fresh organisation."""
    dingtalk_simulator_process.reset()
    return dingtalk_simulator_process
