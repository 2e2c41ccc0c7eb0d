"""Processes that die: Odoo's workers, the whole server, the runner, connections."""

import time

from ..machines import CRON, HTTP
from ..registry import between, fault, something
from ..world import Skip


def kill(world, role, which):
    with world.disturbance("a worker was killed"):
        if not world.machines.kill_worker(role, which):
            raise Skip("there is no such worker now")
        time.sleep(0.5)


@fault(weight=3, which=something)
def an_http_worker_is_killed(world, step, which):
    """A worker that answers people is killed."""
    kill(world, HTTP, which)


@fault(weight=3, which=something)
def a_cron_worker_is_killed(world, step, which):
    """A worker for scheduled actions is killed."""
    kill(world, CRON, which)


@fault(weight=1)
def the_server_is_killed(world, step):
    """Odoo is killed with all its workers, and started again."""
    with world.disturbance("the server was killed"):
        world.stack.kill_odoo()
        # Those whose request it met know; everybody else waits.
        world.up.clear()
        try:
            world.stack.start_odoo()
        finally:
            world.up.set()


@fault(weight=2, seconds=between(1, 3))
def the_stream_runner_is_killed(world, step):
    """The runner of Stream mode is killed, and started again."""
    # No request fails by it, so it is not a disturbance; but up to 14.0 its threads
    # may die between a call and the note of its answer.
    world.ledger.add("deaths", time.time())
    world.machines.kill_stream()
    yield
    world.machines.start_stream()


@fault(weight=1, seconds=between(3, 8))
def the_disk_of_the_log_is_full(world, step):
    """Odoo's log takes no more lines."""
    size = world.stack.log_path.stat().st_size
    world.machines.limit_files(max(size, 1 << 16))
    yield
    world.machines.limit_files()
