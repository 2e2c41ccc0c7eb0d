"""PostgreSQL goes away, altogether or for one connection."""

import time

from ..registry import between, fault, something
from ..world import Skip


@fault(weight=1, tenths=between(0, 20))
def postgresql_restarts(world, step, tenths):
    """PostgreSQL is stopped, and started again after up to two seconds."""
    with world.disturbance("PostgreSQL restarted"):
        world.machines.restart_postgresql(tenths / 10)


@fault(weight=2, which=something)
def a_connection_is_ended(world, step, which):
    """PostgreSQL ends one of Odoo's connections."""
    with world.disturbance("a connection was ended"):
        if not world.machines.terminate_backend(which):
            raise Skip("nobody is connected")
        time.sleep(0.2)
