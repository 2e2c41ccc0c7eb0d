"""Run Odoo: configuration, server, single commands."""

import ast
import collections
import configparser
import functools
import html
import json
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.request
import xmlrpc.client
from pathlib import Path

from . import environments, node, paths, ports, processes
from .errors import ToolError

START_SECONDS, KILL_SECONDS = 180, 20
LAUNCHER = paths.TOOLS / "launch" / "odoo_bin.py"
# Empty where memory and time are measured.
SPEED = ("DINGDING_COLLECT_RARELY", "DINGDING_REMEMBER_ATTRIBUTES")
# They are small, and others may use them.
BUILT_KEPT = 20

#: An Odoo to run: its interpreter, the folder to put on PYTHONPATH (or None), the
#: folders of its own addons, its series, and a text that changes when it does.
Installation = collections.namedtuple(
    "Installation", "python source addons series identity")


def installation():
    """Return the Odoo to work with.

    Odoo 11.0 from PyPI, unless ``ODOO`` names the sources of another one; ``PYTHON`` is
    then its interpreter and ``SERIES`` its number.
    """
    source, series = os.environ.get("ODOO"), os.environ.get("SERIES")
    if not source:
        if series and series != "11.0":
            raise ToolError(
                "SERIES=%s needs ODOO (sources of that Odoo) and PYTHON (its "
                "interpreter): only 11.0 is set up by itself." % series)
        environment = environments.folder("odoo")
        return Installation(
            environment / "bin" / "python", None,
            [environments.site_packages("odoo") / "odoo" / "addons"], "11.0",
            environment.name)
    source = Path(source).resolve()
    python = os.environ.get("PYTHON")
    if not python or not series:
        raise ToolError("ODOO needs PYTHON (its interpreter) and SERIES (like 12.0).")
    own = [folder for folder in (source / "addons", source / "odoo" / "addons")
           if folder.is_dir()]
    return Installation(Path(python), source, own, series, "%s-%s" % (source, series))


def foreign():
    """Tell whether the Odoo to work with is one that the caller brought."""
    return bool(os.environ.get("ODOO"))


def project_addons():
    """Return the folders of this project's addons, for the Odoo at work.

    Built ones for other series than 11.0.
    """
    if not foreign():
        return paths.addon_folders()
    return [_built_for(installation().series)]


@functools.lru_cache(maxsize=None)
def _built_for(series):
    """Return the folder of what is built of the sources, demonstrations too.

    Changed sources give another folder.
    """
    sources = [paths.addon(name) for name in paths.addons() + paths.test_addons()]
    target = paths.RUN / "addons" / ("%s-%s" % (series, paths.digest_of_folders(
        sources + [paths.TOOLS / "series"])))

    def make(building):
        processes.run(
            [sys.executable, "-m", "tools", "addons", "--series", series, "--target",
             building, "--demonstrations"], "Building the addons for %s" % series,
            cwd=paths.ROOT)

    paths.build_once(target, make).touch()
    paths.keep_last(target.parent, BUILT_KEPT)
    return target / series


def manifest(module, folders):
    """Return the manifest of a module found in the folders, or None.

    :param str module: its technical name
    :param folders: where addons lie
    """
    for folder in folders:
        path = Path(folder) / module / "__manifest__.py"
        if path.exists():
            return ast.literal_eval(path.read_text(encoding="utf-8"))
    return None


def ours(modules, folders):
    """Return {name: its folder} of modules and what they need, found in the folders."""
    found, waiting = {}, list(modules)
    while waiting:
        name = waiting.pop()
        places = [Path(folder) / name for folder in folders
                  if (Path(folder) / name / "__manifest__.py").exists()]
        if name not in found and places:
            found[name] = places[0]
            waiting += manifest(name, folders).get("depends", [])
    return found


def root(modules, folders):
    """Return the one module of the folders that all of these need, or None."""
    alone = [name for name, place in ours(modules, folders).items()
             if not set(manifest(name, [place.parent]).get("depends", []))
             & set(ours(modules, folders))]
    return alone[0] if len(alone) == 1 else None


def foreign_dependencies(modules, folders):
    """Return what the modules of the folders need beside each other, sorted."""
    found, seen, waiting = set(), set(), list(modules)
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        own = manifest(module, folders)
        if own is None:
            found.add(module)
        else:
            waiting += own.get("depends", [])
    return sorted(found | {"base", "web"})


class Odoo:
    """One Odoo on one database.

    :param Cluster cluster: a running PostgreSQL
    :param Path folder: for its configuration, logs and files
    :param str database: name of the database
    :param int workers: 0 for one process with threads
    :param int cron_threads: how many run scheduled actions
    :param dict environment: variables beside those of this process
    :param addons: folders of addons beside Odoo's own; default: the checkout
    :param list server_wide: server-wide modules
    :param Path logs: for the log files; default: below the folder
    :param bool forks: whether the registry is loaded once for all starts, which find
        the same modules, with the same settings; until :meth:`forget`
    """

    def __init__(self, cluster, folder, database="odoo", workers=0, cron_threads=1,
                 port=None, environment=None, addons=None, server_wide=None,
                 logs=None, forks=False):
        self.cluster = cluster
        self.folder = Path(folder)
        self.database = database
        self.workers = workers
        self.cron_threads = cron_threads
        self.port = port or ports.free()
        # With workers a proxy has the port, and Odoo two others.
        self.http_port = ports.free() if workers else self.port
        self.longpolling_port = ports.free()
        self.environment = dict(environment or {})
        self.addons = [
            Path(each) for each in (project_addons() if addons is None else addons)]
        self.server_wide = server_wide
        self.installation = installation()
        self.logs = Path(logs) if logs else self.folder / "logs"
        self.log = self.logs / "odoo.log"
        self.stream_log = self.logs / "stream.log"
        self._forks = forks
        self._original = self._loaded = None
        self._process = None
        self._proxy = None
        self._stream = None

    @property
    def url(self):
        """Address of the server."""
        return "http://%s:%d" % (ports.HOST, self.port)

    @property
    def config(self):
        """The configuration file."""
        return self.folder / "odoo.conf"

    @property
    def data_folder(self):
        """Where attachments and sessions lie."""
        return self.folder / "data"

    def _argv(self, *arguments):
        return [self.installation.python, LAUNCHER] + list(arguments)

    def variables(self):
        """Return the environment in which Odoo runs."""
        own = dict(
            os.environ, TZ="UTC", LANG="C.UTF-8", PYTHONUNBUFFERED="1",
            PYTHONWARNINGS="ignore",
            # One broken addon would make every page fail.
            ODOO_PRELOAD_ADDONS="no", PATH=node.path(), **paths.BYTECODE)
        for name in SPEED:
            own.setdefault(name, "1")
        for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
            own.pop(name, None)
        if self.installation.source:
            own["PYTHONPATH"] = str(self.installation.source)
        own.update(self.environment)
        return own

    def _port_option(self):
        """Return the name of the port for long polling: renamed in 16, with an alias.

        18 ignores the old name.
        """
        renamed = float(self.installation.series) >= 16
        return "gevent_port" if renamed else "longpolling_port"

    def write_config(self):
        """Write the configuration file, which is private."""
        self.data_folder.mkdir(parents=True, exist_ok=True)
        options = {
            "addons_path": ",".join(
                str(each) for each in self.installation.addons + self.addons),
            "db_host": ports.HOST,
            "db_port": self.cluster.port,
            "db_user": "odoo",
            "db_password": self.cluster.password,
            "db_name": self.database,
            "list_db": False,
            "admin_passwd": secrets.token_urlsafe(24),
            "data_dir": self.data_folder,
            "http_interface": ports.HOST,
            "http_port": self.http_port,
            self._port_option(): self.longpolling_port,
            "workers": self.workers,
            "max_cron_threads": self.cron_threads,
            "without_demo": "all",
        }
        if float(self.installation.series) >= 19:
            # Without a sender it sends no e-mail.
            options["email_from"] = "odoo@example.com"
        if self.server_wide:
            options["server_wide_modules"] = ",".join(self.server_wide)
        parser = configparser.ConfigParser(interpolation=None)
        parser["options"] = {name: str(value) for name, value in options.items()}
        descriptor = os.open(
            str(self.config), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            parser.write(handle)

    def _given(self):
        """Return the configuration without what is random."""
        return [line for line in self.config.read_text().splitlines()
                if not line.startswith("admin_passwd")]

    def once(self, arguments, what, log=None, environment=None):
        """Run the server with arguments that make it stop by itself.

        :param list arguments: for example ``["-i", "mail"]``
        :param str what: for messages
        """
        self.write_config()
        return processes.run(
            self._argv("-c", self.config, "--workers=0", "--max-cron-threads=0",
                       "--stop-after-init", *arguments),
            what, log=log or self.log, cwd=self.folder,
            env=dict(self.variables(), **(environment or {})))

    def install(self, modules):
        """Install modules."""
        self.once(["-i", ",".join(modules)], "Installing %s" % ", ".join(modules))

    def load_languages(self, languages):
        """Make languages available.

        Separately: an installation would make the first one everybody's.
        """
        self.once(["--load-language=" + ",".join(languages)],
                  "Loading %s" % ", ".join(languages))

    def update(self, modules):
        """Bring modules of the database up to the sources."""
        self.once(["-u", ",".join(modules), "--i18n-overwrite"],
                  "Updating %s" % ", ".join(modules))

    def start(self):
        """Start the server and wait until it answers."""
        self.write_config()
        settings = (self._given(), dict(self.environment))
        if self._loaded != settings:
            self.forget()
        self._process = self._original or processes.Process(
            "Odoo", self._argv("-c", self.config), self.log, cwd=self.folder,
            env=dict(self.variables(), DINGDING_FORK="1" if self._forks else ""),
            forks=self._forks)
        if self._forks:
            self._original, self._loaded = self._process, settings
            self._process = self._original.copy()
        if self.workers:
            self._proxy = processes.Process(
                "The proxy before Odoo",
                [sys.executable, "-m", "tools.proxy", self.port, self.http_port,
                 self.longpolling_port], self.logs / "proxy.log", cwd=paths.ROOT,
                env=dict(os.environ, PYTHONPATH=str(paths.ROOT)))
            self._proxy.wait_until(lambda: ports.open_(self.port), START_SECONDS)
        self._process.wait_until(self._answers, START_SECONDS)
        return self

    def start_stream(self):
        """Start the runner of Stream mode; it waits for work."""
        self._stream = processes.Process(
            "The runner of Stream mode", self.stream_command(), self.stream_log,
            cwd=self.folder, env=self.variables())

    def stream_command(self):
        """Return the command that runs Stream mode, as systemd has it."""
        return self._argv(
            "--addons-path=" + ",".join(str(each) for each in self.addons),
            "dingdingstream", "-c", self.config, "-d", self.database)

    def _answers(self):
        if not ports.open_(self.http_port):
            return False
        request = urllib.request.Request(self.url + "/web/login")
        if self.workers:
            # There are none before the registry is loaded, and a page takes longer.
            request = urllib.request.Request(
                self.url + "/xmlrpc/2/common",
                xmlrpc.client.dumps((), "version").encode(),
                {"Content-Type": "text/xml"})
        try:
            with urllib.request.urlopen(request, timeout=120):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def make_bundles(self, login="admin", password="admin"):
        """Open the web client as a user, so that its bundles are made."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        opener.open(urllib.request.Request(
            self.url + "/web/session/authenticate", json.dumps({
                "jsonrpc": "2.0", "method": "call", "params": {
                    "db": self.database, "login": login, "password": password},
            }).encode(), {"Content-Type": "application/json"})).close()
        with opener.open(self.url + "/web", timeout=START_SECONDS) as answer:
            page = answer.read().decode()
        found = re.findall(r'(?:src|href)="(/web/(?:content|assets)/[^"]+)"', page)
        if not found:
            raise ToolError("%s/web refers to no bundle:\n%s" % (self.url, page[:500]))
        # Later series bundle when the page asks for it.
        for each in found:
            opener.open(
                self.url + html.unescape(each), timeout=START_SECONDS).close()

    def running(self):
        return bool(self._process and self._process.running())

    @property
    def pid(self):
        """The number of the server's process, the parent of its workers."""
        return self._process.pid if self._process else None

    def check(self):
        """Raise if it ended by itself."""
        for process in (self._process, self._proxy, self._stream):
            if process:
                process.check()

    def stop(self):
        """Stop the server in order."""
        for process in (self._stream, self._process, self._proxy):
            if process:
                process.stop()
        self._process = self._proxy = self._stream = None

    def forget(self):
        """Stop what has loaded the registry for all starts."""
        if self._original:
            self._original.stop()
            self._original = None

    def kill(self):
        """Kill the server and its workers at once, as a power cut would."""
        for process in (self._stream, self._process, self._proxy):
            if process:
                process.kill()
        self._process = self._proxy = self._stream = None
        # Workers end after their parent, and a copy starts at once.
        until = time.monotonic() + KILL_SECONDS
        while ports.taken(self.http_port) and time.monotonic() < until:
            time.sleep(0.01)

    def restart(self):
        """Stop and start the server, on the same port."""
        self.stop()
        return self.start()

    def shell(self, code):
        """Run Python with ``env`` in a process of its own; return what it prints.

        The code commits itself (``env.cr.commit()``).
        """
        self.write_config()
        return processes.run(
            self._argv("shell", "-c", self.config, "-d", self.database,
                       "--workers=0", "--max-cron-threads=0",
                       "--logfile=%s" % (self.logs / "shell.log")),
            "Code in Odoo's shell", env=self.variables(), cwd=self.folder, data=code)
