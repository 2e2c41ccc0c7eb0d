"""``demo``: the house to try out, kept between starts."""

import contextlib
import json
import os
import shutil
import time

from . import (
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
LOGIN = PASSWORD = "admin"
# A visitor should not wait a minute until the scheduler looks for work.
CRON_SECONDS = 10

TEXT = """
Odoo 11              {odoo}
                     login {login}, password {password}
DingTalk simulator   {simulator}
  phones             {simulator}/phone
  admin console      {simulator}/console

Type this in Odoo, Settings > Users & Companies > DingTalk > Organisations and apps:
  CorpId             {ready.corp_id}
  AppKey             {ready.app_key}
  AppSecret          {ready.app_secret}
  AgentId            {ready.agent_id}

Logs are in {logs}. Ctrl-C stops everything; the data stay for the next start."""


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--departments", type=int, default=8)
    parser.add_argument("--modules", help=(
        "addons to install, separated by commas (default: all of the checkout)"))
    parser.add_argument("--seconds", type=float, help=(
        "stop by itself after this time (also DEMO_SECONDS)"))


def main(options):
    """Start everything, say where it is, and stay."""
    seconds = options.seconds or float(os.environ.get("DEMO_SECONDS") or "inf")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with paths.locked(FOLDER / "lock", wait=False) as ours:
        if not ours:
            raise ToolError("The demo of this checkout runs already.")
        # Ctrl-C is how a demo ends, not a failure.
        with contextlib.suppress(processes.Stopped), contextlib.ExitStack() as stack:
            stack.callback(say, "Everything is stopped.")
            _stay(_start(stack, options), time.monotonic() + seconds)
    return 0


def _start(stack, options):
    started = time.monotonic()
    state = json.loads(STATE.read_text()) if STATE.exists() else {}
    for name in ("odoo", "test"):
        environments.folder(name)
    node.folder()
    # What was typed into Odoo names the simulator's port, so it stays the same.
    state["ports"] = {
        name: ports.given_or_free(
            "%s_PORT" % name.upper(), state.get("ports", {}).get(name, preferred))
        for name, preferred in (("odoo", 8069), ("simulator", 8070), ("pg", None))}

    dingtalk = simulator.Simulator(
        FOLDER / "logs", options.people, options.departments,
        port=state["ports"]["simulator"],
        arguments=["--state", FOLDER / "simulator.json"])
    stack.callback(dingtalk.stop)
    with step("DingTalk simulator"):
        ready = dingtalk.start()

    cluster = postgres.Cluster(
        FOLDER / "postgres", state["ports"]["pg"], durable=True,
        log=FOLDER / "logs" / "postgres.log")
    stack.callback(cluster.stop)
    server = odoo.Odoo(
        cluster, FOLDER, workers=2, port=state["ports"]["odoo"],
        environment=dict(
            dingtalk.variables(), DINGDING_DEFAULT_HOST=ready.url,
            DINGDING_CRON_SECONDS=str(CRON_SECONDS)))
    everything = paths.addons() + paths.demonstrations()
    modules = everything if options.modules is None else [
        name for name in options.modules.split(",") if name]
    _lay(cluster, server, state, modules)
    stack.callback(server.stop)
    with step("Odoo"):
        server.start()
    say("Ready after %.1f s." % (time.monotonic() - started))
    print(TEXT.format(
        odoo=server.url, login=LOGIN, password=PASSWORD, simulator=ready.url,
        ready=ready, logs=FOLDER / "logs"), flush=True)
    return [dingtalk, cluster, server]


def _lay(cluster, server, state, modules):
    """Start the cluster with a database that has the addons as they are now."""
    sources = paths.digest_of_folders([paths.addon(name) for name in modules])
    fresh = "modules" not in state or not (cluster.folder / "PG_VERSION").exists()
    if fresh:
        image = images.house(modules, server.addons)
        with step("Odoo's database"):
            # What a first start left that was stopped half way.
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
    _remember(state)


def _remember(state):
    """Write the state in one go."""
    new = STATE.with_suffix(".new")
    new.write_text(json.dumps(state, indent=1) + "\n")
    new.replace(STATE)


def _stay(parts, deadline):
    """Wait until the time is over, or say which part ended by itself."""
    while time.monotonic() < deadline:
        for part in parts:
            part.check()
        time.sleep(0.2)
