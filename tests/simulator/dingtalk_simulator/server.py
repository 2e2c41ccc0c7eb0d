# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""One port for both API families, the control API and the web face."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, Dict, Optional

from aiohttp import web

from . import (
    avatars,
    chat_control,
    contacts_control,
    control,
    login,
    message_control,
    oapi,
    to_do_control,
    v1,
)
from . import web as face
from .approvals import control as approval_control
from .callbacks import control as callback_control
from .callbacks.hub import Events
from .attendance import control as attendance_control
from .cards import control as card_control
from .gateway import Gateway
from .leave import control as leave_control
from .roster import control as roster_control
from .storage import Storage
from .stream import control as stream_control
from .stream.hub import Stream
from .world import World

API_PACKAGES = (oapi, v1)


def load_endpoints() -> None:
    """Import the API packages' modules, which register their endpoints."""
    for package in API_PACKAGES:
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module("%s.%s" % (package.__name__, module.name))


class Simulator:
    """A running simulator.

    A reset replaces `world`, so always access it through here.
    """

    def __init__(self, world: World, storage: Optional[Storage] = None) -> None:
        load_endpoints()
        self.world = world
        self.storage = storage
        self.gateway = Gateway(world)
        self.gateway.events = self.events = Events(self)
        self.events.stream = Stream(self.events)
        self.url = ""
        if storage is not None:
            storage.watch(world)
            self.gateway.storage = storage

    def reset(self, **values: Any) -> World:
        """Start over with another organisation.

        Open pages stay connected and are informed.
        """
        old = self.world
        world = World(**values)
        world.bus = old.bus
        self.world = world
        self.gateway.reset(world)
        if self.storage is not None:
            self.storage.watch(world)
        world.publish("reset")
        return world

    def ready_line(self) -> Dict[str, Any]:
        """The line that `serve` prints when ready."""
        app = self.world.first_app()
        return {
            "url": self.url,
            "corp_id": app.corp_id,
            "app_key": app.app_key,
            "app_secret": app.app_secret,
            "agent_id": str(app.agent_id),
            "control_url": self.url + "/_control",
            "console_url": self.url + "/console",
            "phone_url": self.url + "/phone",
        }


SIMULATOR: web.AppKey = (
    web.AppKey("simulator", Simulator) if hasattr(web, "AppKey") else "simulator"
)


def make_app(simulator: Simulator) -> web.Application:
    """The web application.

    Everything that is not control, sign-in or web face is an API call.
    """

    @web.middleware
    async def keep(request: web.Request, handler: Any) -> web.StreamResponse:
        """Answers are sent after their changes are saved."""
        response = await handler(request)
        if simulator.storage is not None:
            await simulator.storage.flush()
        return response

    app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[keep])
    app[SIMULATOR] = simulator
    callback_control.add_routes(app, simulator)
    stream_control.add_routes(app, simulator)
    login.add_routes(app, simulator)
    approval_control.add_routes(app, simulator)
    to_do_control.add_routes(app, simulator)
    attendance_control.add_routes(app, simulator)
    card_control.add_routes(app, simulator)
    chat_control.add_routes(app, simulator)
    leave_control.add_routes(app, simulator)
    roster_control.add_routes(app, simulator)
    contacts_control.add_routes(app, simulator)
    message_control.add_routes(app, simulator)
    control.add_routes(app, simulator)
    avatars.add_routes(app, simulator)
    face.add_routes(app, simulator)
    app.router.add_route("*", "/{path:.*}", simulator.gateway.handle)
    app.on_cleanup.append(simulator.events.close)
    if simulator.storage is not None:
        app.on_startup.append(simulator.storage.start)
        app.on_cleanup.append(simulator.storage.stop)
    return app
