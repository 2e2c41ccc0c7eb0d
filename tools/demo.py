"""``demo``: start the demo, full or empty, kept between starts."""

import contextlib
import json
import os
import shutil
import time

from . import (
    demo_story,
    environments,
    images,
    node,
    odoo,
    paths,
    ports,
    postgres,
    processes,
    simulator,
)
from .errors import ToolError
from .progress import say, step

FOLDER = paths.RUN / "demo"
STATE = FOLDER / "state.json"
SIMULATED = "simulator.json"
# Does not cost the full one's data.
EMPTY = paths.RUN / "demo-fresh"
LOGIN = PASSWORD = "admin"
CRON_SECONDS = 5

TEXT = """
Odoo 11              {odoo}
                     login {login}, password {password}
DingTalk simulator   {simulator}
  phones             {simulator}/phone
  admin console      {simulator}/console

{text}
  CorpId             {ready.corp_id}
  AppKey             {ready.app_key}
  AppSecret          {ready.app_secret}
  AgentId            {ready.agent_id}

Logs are in {logs}. Ctrl-C stops everything; {end}"""
TYPE = """Type this in Odoo, DingTalk > Configuration > Organisations and Apps:"""
KEPT = "the data stay for the next start."
FORGOTTEN = "the next FRESH=1 starts empty again."
FULL = """The organisation is connected: open DingTalk. Colleagues sign in as wang, li
or zhang, with the login as the password. "make demo FRESH=1" starts empty."""


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--departments", type=int, default=8)
    parser.add_argument("--modules", help=(
        "addons to install, separated by commas (default: all of the checkout)"))
    parser.add_argument("--fresh", default="", metavar="1", help=(
        "start without an organisation, in a database of its own"))
    parser.add_argument("--seconds", type=float, help=(
        "stop by itself after this time (also DEMO_SECONDS)"))


def main(options):
    seconds = options.seconds or float(os.environ.get("DEMO_SECONDS") or "inf")
    fresh = options.fresh not in ("", "0")
    folder = EMPTY if fresh else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # Both want the same ports.
    FOLDER.mkdir(parents=True, exist_ok=True)
    with paths.locked(FOLDER / "lock", wait=False) as ours:
        if not ours:
            raise ToolError("The demo of this checkout runs already.")
        # Ctrl-C ends a demo.
        with contextlib.suppress(processes.Stopped), contextlib.ExitStack() as stack:
            stack.callback(say, "Everything is stopped.")
            parts = _start(stack, options, folder, fresh)
            _stay(parts, time.monotonic() + seconds)
    return 0


def _start(stack, options, folder, fresh):
    started = time.monotonic()
    place = folder / STATE.name
    state = json.loads(place.read_text()) if place.exists() else {}
    if fresh or state.pop("filling", False):
        # After an interrupted start.
        state = {"ports": state.get("ports", {})}
        (folder / SIMULATED).unlink(missing_ok=True)
    for name in ("odoo", "test"):
        environments.folder(name)
    node.folder()
    # Odoo's settings name the simulator's port.
    state["ports"] = {
        name: ports.given_or_free(
            "%s_PORT" % name.upper(), state.get("ports", {}).get(name, preferred))
        for name, preferred in (("odoo", 8069), ("simulator", 8070), ("pg", None))}

    dingtalk = simulator.Simulator(
        folder / "logs", options.people, options.departments,
        port=state["ports"]["simulator"],
        arguments=["--state", folder / SIMULATED])
    stack.callback(dingtalk.stop)
    with step("DingTalk simulator"):
        ready = dingtalk.start()

    cluster = postgres.Cluster(
        folder / "postgres", state["ports"]["pg"], durable=True,
        log=folder / "logs" / "postgres.log")
    stack.callback(cluster.stop)
    server = odoo.Odoo(
        cluster, folder, workers=2, port=state["ports"]["odoo"],
        environment=dict(
            dingtalk.variables(), DINGDING_DEFAULT_HOST=ready.url,
            DINGDING_CRON_SECONDS=str(CRON_SECONDS)))
    everything = paths.addons() + paths.demonstrations()
    modules = everything if options.modules is None else [
        name for name in options.modules.split(",") if name]
    empty = _lay(cluster, server, state, modules)
    state["filling"] = empty and not fresh and "dingding" in modules
    state.setdefault("full", False)
    _remember(place, state)
    stack.callback(server.stop)
    with step("Odoo"):
        server.start()
        # With those that the named ones need.
        installed = odoo.ours(modules, server.addons)
        if not fresh and "dingding_callback" in installed:
            server.start_stream()
    if state["filling"]:
        _fill(demo_story.Story(server, ready, installed, LOGIN, PASSWORD), state)
        _remember(place, state)
    say("Ready after %.1f s." % (time.monotonic() - started))
    print(TEXT.format(
        odoo=server.url, login=LOGIN, password=PASSWORD, simulator=ready.url,
        ready=ready, logs=folder / "logs", text=FULL if state["full"] else TYPE,
        end=FORGOTTEN if fresh else KEPT), flush=True)
    return [dingtalk, cluster, server]


def _fill(story, state):
    """Fill the demo, or say how far it came."""
    try:
        with step("an organisation at work (make demo FRESH=1 leaves it out)"):
            story.tell()
        state["full"] = True
    except ToolError as error:
        say(str(error))
    state["filling"] = False


def _lay(cluster, server, state, modules):
    """Start the cluster with a database of the current addons."""
    sources = paths.digest_of_folders([paths.addon(name) for name in modules])
    fresh = "modules" not in state or not (cluster.folder / "PG_VERSION").exists()
    if fresh:
        image = images.house(modules, server.addons)
        with step("Odoo's database"):
            # Left by an interrupted start.
            for folder in (cluster.folder, server.data_folder):
                shutil.rmtree(str(folder), ignore_errors=True)
            images.lay(image, cluster.folder, server.data_folder)
    with step("PostgreSQL"):
        cluster.start()
    if not fresh and state.get("sources") != sources:
        added = sorted(set(modules) - set(state["modules"]))
        with step("update of the addons, whose sources changed"):
            if added:
                server.install(added)
            if state["modules"]:
                server.update(state["modules"])
    state.update(modules=modules, sources=sources)
    return fresh


def _remember(place, state):
    """Write the state atomically."""
    new = place.with_suffix(".new")
    new.write_text(json.dumps(state, indent=1) + "\n")
    new.replace(place)


def _stay(parts, deadline):
    """Wait until the time is over, or report a part that has ended."""
    while time.monotonic() < deadline:
        for part in parts:
            part.check()
        time.sleep(0.2)
