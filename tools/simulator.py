"""Start the DingTalk simulator and read its ready line."""

import collections
import contextlib
import json
import os
import urllib.request

from . import environments, paths, ports, processes
from .errors import ToolError

START_SECONDS = 60
PACKAGE = "dingtalk_simulator"

#: Values for a person or test that uses it; ``line`` is the whole ready line as JSON.
Ready = collections.namedtuple(
    "Ready", "url corp_id app_key app_secret agent_id line")


def source_folder():
    """Return the folder that holds the package, or None when there is none."""
    for folder in (paths.SIMULATOR, paths.SIMULATOR / "src"):
        if (folder / PACKAGE / "__main__.py").exists():
            return folder
    return None


def python_path(*more):
    """Return a PYTHONPATH with the checkout and the simulator."""
    folders = [paths.ROOT, source_folder()] + list(more)
    return os.pathsep.join(str(folder) for folder in folders if folder)


def control(ready, method, path, body=None):
    """Call the control API of a simulator, and return its answer.

    :param Ready ready: of the simulator
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        ready.url + "/_control" + path, method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"})
    with contextlib.closing(opener.open(request, timeout=START_SECONDS)) as answer:
        content = answer.read()
    return json.loads(content.decode()) if content else None


class Simulator:
    """One simulator process.

    :param Path logs: folder for its log
    :param int people: size of the organisation
    :param arguments: more arguments of ``dingtalk-simulator serve``
    """

    def __init__(self, logs, people=60, departments=8, seed=1, port=None,
                 arguments=()):
        self.log = logs / "simulator.log"
        self.port = port or ports.free()
        self._size = {"people": people, "departments": departments, "seed": seed}
        self._arguments = list(arguments)
        for name, number in self._size.items():
            self._arguments += ["--" + name, number]
        self._process = None
        self.ready = None

    def start(self):
        """Start it and return its :class:`Ready`."""
        if not source_folder():
            raise ToolError("There is no simulator in %s." % paths.SIMULATOR)
        with contextlib.suppress(FileNotFoundError):
            self.log.unlink()
        self._process = processes.Process(
            "The simulator",
            [environments.python("test"), "-m", PACKAGE, "serve", "--port", self.port]
            + self._arguments,
            self.log, cwd=paths.ROOT,
            env=dict(os.environ, PYTHONPATH=python_path(), PYTHONUNBUFFERED="1",
                     **paths.BYTECODE))
        self.ready = self._process.wait_until(self._ready_line, START_SECONDS)
        return self.ready

    def reset(self):
        """Begin anew with the same organisation and keys."""
        control(self.ready, "POST", "/reset", self._size)

    def _ready_line(self):
        with open(str(self.log), errors="replace") as handle:
            for line in handle:
                if line.startswith("{") and line.endswith("}\n"):
                    with contextlib.suppress(ValueError, KeyError):
                        values = json.loads(line)
                        return Ready(
                            values["url"], values["corp_id"], values["app_key"],
                            values["app_secret"], str(values["agent_id"]),
                            line.strip())
        return None

    def variables(self):
        """Return the variables by which Odoo's tests find it."""
        if not self.ready:
            return {}
        return {"DINGTALK_SIMULATOR_URL": self.ready.url,
                "DINGTALK_SIMULATOR": self.ready.line}

    def check(self):
        """Raise if it ended by itself."""
        if self._process:
            self._process.check()

    def stop(self):
        """Stop it in order, so that it keeps its state."""
        if self._process:
            self._process.stop()
            self._process = None
