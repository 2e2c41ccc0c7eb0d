# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The simulator as a process for tests, with methods for its control API.

    with Simulator(people=30) as simulator:
        simulator.fault("http_500", "/topapi/v2/user/get")
        ...
        simulator.assert_called("/topapi/v2/user/get", times=2)

``DingTalkCase`` of the addon ``dingding`` has the same methods. Standard library only.
`pytest_plugin.py` has the fixture.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

#: The variable in which `DingTalkCase` finds the simulator.
VARIABLE = "DINGTALK_SIMULATOR"
SECONDS = 60  # for a call of the control API, and for the end of the process


class Simulator:
    """A simulator in its own process, on a free port.

    The attributes are those of its ready line: ``url``, ``control_url``,
    ``console_url``, ``phone_url``, ``corp_id``, ``app_key``, ``app_secret``,
    ``agent_id``.

    :param people: in the organisation
    :param departments: below the root
    :param seed: the same seed makes the same organisation
    :param modules: names of modules that add endpoints, see `serve --import`
    :param arguments: more arguments of `dingtalk-simulator serve`
    """

    url = control_url = console_url = phone_url = ""
    corp_id = app_key = app_secret = agent_id = ""

    def __init__(
        self,
        people: int = 12,
        departments: int = 4,
        seed: int = 7,
        modules: Sequence[str] = (),
        arguments: Sequence[str] = (),
    ) -> None:
        self._size = {"people": people, "departments": departments, "seed": seed}
        self._arguments = list(arguments)
        for module in modules:
            self._arguments += ["--import", module]
        self._process: Optional[subprocess.Popen] = None
        self._ready: Dict[str, Any] = {}

    # The process

    def start(self) -> "Simulator":
        """Start it and wait until it is ready. :raise RuntimeError: it ended"""
        arguments = [sys.executable, "-m", "dingtalk_simulator", "serve"]
        for name, number in self._size.items():
            arguments += ["--" + name, str(number)]
        self._process = subprocess.Popen(
            arguments + self._arguments,
            stdout=subprocess.PIPE,
            # It inherits this process's module path.
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait(SECONDS)
            self.stop()
            raise RuntimeError("The simulator ended with status %d." % status)
        self._ready = json.loads(line.decode("utf-8"))
        self._take(self._ready)
        return self

    def stop(self) -> None:
        """Stop it properly."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)
            self._process.wait(SECONDS)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def __enter__(self) -> "Simulator":
        return self.start()

    def __exit__(self, *_error: Any) -> None:
        self.stop()

    def _take(self, values: Dict[str, Any]) -> None:
        for name, value in values.items():
            if isinstance(value, str) and hasattr(type(self), name):
                setattr(self, name, value)

    def variables(self) -> Dict[str, str]:
        """The environment variable by which Odoo's tests find it."""
        line = {name: getattr(self, name) for name in self._ready}
        return {VARIABLE: json.dumps(line)}

    # The control API

    def control(
        self, method: str, path: str, body: Any = None, **params: Any
    ) -> Any:
        """Call the control API: `control("GET", "/users")`; the JSON of its answer.

        :raise AssertionError: it refuses
        """
        url = self.control_url + path + ("?" + urlencode(params) if params else "")
        data = None if body is None else json.dumps(body).encode("utf-8")
        request = Request(
            url, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            # No proxy between two processes of a machine.
            with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as found:
                content = found.read()
        except HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            raise AssertionError(
                "%s %s: %d %s" % (method, path, error.code, text[:500])
            ) from None
        return json.loads(content.decode("utf-8")) if content else {}

    def reset(
        self,
        people: Optional[int] = None,
        departments: Optional[int] = None,
        seed: Optional[int] = None,
    ) -> Dict[str, Any]:
        """Start over: no faults, no calls, settings as at start."""
        given = {"people": people, "departments": departments, "seed": seed}
        values = {name: number for name, number in given.items() if number is not None}
        answer = self.control("POST", "/reset", dict(self._size, **values))
        self._take(answer)
        return answer

    def state(self) -> Dict[str, Any]:
        return self.control("GET", "/state")

    # What is in the organisation

    def users(self) -> List[Dict[str, Any]]:
        return self.control("GET", "/users")

    def add_user(self, **values: Any) -> Dict[str, Any]:
        """Hire a person: `add_user(name="王芳", dept_ids=[1])`."""
        return self.control("POST", "/users", values)

    def departments(self) -> List[Dict[str, Any]]:
        return self.control("GET", "/departments")

    def add_department(self, **values: Any) -> Dict[str, Any]:
        """Make a department: `add_department(name="研发部", parent_id=1)`."""
        return self.control("POST", "/departments", values)

    def add_app(self, **values: Any) -> Dict[str, Any]:
        return self.control("POST", "/apps", values)

    def messages(self, userid: Optional[str] = None) -> List[Dict[str, Any]]:
        """Messages on a phone, or on all, newest first."""
        query = {"userid": userid} if userid else {}
        return self.control("GET", "/messages", **query)

    def settings(self, **values: Any) -> Dict[str, Any]:
        """Change settings: `settings(ip_whitelist=["10.0.0.1"])`."""
        return self.control("PATCH", "/settings", values)

    def expire_tokens(self) -> Dict[str, Any]:
        return self.control("POST", "/tokens/expire")

    # What goes wrong

    def fault(
        self, kind: str, path: str = "*", times: Optional[int] = 1, **more: Any
    ) -> Dict[str, Any]:
        """Let the next calls of a path fail; `GET /_control/faults` lists the kinds."""
        return self.control(
            "POST", "/faults", dict(more, kind=kind, path=path, times=times)
        )

    def clear_faults(self) -> Dict[str, Any]:
        return self.control("DELETE", "/faults")

    # What was called

    def calls(self, path: Optional[str] = None) -> Dict[str, Any]:
        """The calls since the last reset: `total`, `by_path`, `calls`."""
        return self.control("GET", "/calls", **({"path": path} if path else {}))

    def forget_calls(self) -> Dict[str, Any]:
        return self.control("DELETE", "/calls")

    def assert_called(self, path: str, times: Optional[int] = None) -> None:
        """Fail unless `path` was called at least once, or exactly `times`."""
        by_path = self.calls()["by_path"]
        count = by_path.get(path, 0)
        assert count if times is None else count == times, "%d calls of %s among %s" % (
            count,
            path,
            by_path,
        )

    def assert_not_called(self, path: Optional[str] = None) -> None:
        """Fail if `path`, or anything at all, was called."""
        by_path = self.calls()["by_path"]
        assert not (by_path.get(path) if path else by_path), by_path


def importable_without_odoo(*folders: Any) -> None:
    """Make the pure parts of addons importable without Odoo.

    `odoo.addons.dingding.dingtalk` and an addon's own areas of the API need no Odoo,
    but their package imports its models. Here `odoo`, `odoo.addons` and each addon of
    the folders become empty packages.

    :param folders: of addons
    :raise RuntimeError: Odoo has been imported
    """
    if getattr(sys.modules.get("odoo"), "__file__", None):
        raise RuntimeError("Odoo itself has been imported.")
    _empty_package("odoo", [])
    _empty_package("odoo.addons", [])
    for folder in folders:
        for manifest in sorted(Path(folder).glob("*/__manifest__.py")):
            _empty_package("odoo.addons." + manifest.parent.name, [manifest.parent])


def _empty_package(name: str, folders: Sequence[Path]) -> None:
    if name in sys.modules:
        return
    module = types.ModuleType(name)
    module.__path__ = [str(folder) for folder in folders]  # type: ignore
    module.__spec__ = ModuleSpec(name, None, is_package=True)
    sys.modules[name] = module
    parent, _dot, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, module)
