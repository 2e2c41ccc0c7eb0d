"""The processes of the house, to be killed: by role, since their numbers vary."""

import contextlib
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

from e2e import house

HTTP, CRON = "http", "cron"


class Machines:
    """Odoo's processes and the runner of Stream mode."""

    def __init__(self, stack):
        self.stack = stack
        self._roles = {}
        self.stream = None

    # -- Odoo's workers ----------------------------------------------------------------

    def workers(self, role):
        """Return the pids of Odoo's workers of a role, the oldest first.

        Odoo does not say what a worker is. It starts HTTP workers before those for
        scheduled actions, and replaces what has died in the same order.
        """
        children = self._children()
        self._roles = {
            pid: known for pid, known in self._roles.items() if pid in children}
        wanted = {HTTP: self.stack.odoo.workers, CRON: self.stack.odoo.cron_threads}
        for pid in sorted(children - set(self._roles)):
            for each in (HTTP, CRON):
                if list(self._roles.values()).count(each) < wanted[each]:
                    self._roles[pid] = each
                    break
        return sorted(pid for pid, known in self._roles.items() if known == role)

    def _children(self):
        main = self.stack.odoo.pid
        found = set()
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                pid = int(folder.name)
                values = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(values[1]) == main:
                    found.add(pid)
        return found

    def kill_worker(self, role, place):
        """Kill one worker as the kernel would when memory is short."""
        found = self.workers(role)
        if not found:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(found[place % len(found)], signal.SIGKILL)
        return True

    def limit_files(self, size=None):
        """Let no file of Odoo grow beyond a size, as on a full disk; None: as before.

        Smaller files, such as attachments, can still be written.
        """
        for pid in {self.stack.odoo.pid} | self._children():
            with contextlib.suppress(ProcessLookupError, OSError):
                hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (
                    hard if size is None else size, hard))

    # -- Stream mode -------------------------------------------------------------------

    def start_stream(self):
        """Start the runner, unless it runs."""
        if self.stream is None:
            self.stream = house.Runner(self.stack)
        if self.stream.process is None or self.stream.process.poll() is not None:
            self.stream.start()

    def kill_stream(self):
        """Kill the runner."""
        if self.stream and self.stream.process and self.stream.process.poll() is None:
            self.stream.stop(signal.SIGKILL)

    def stop(self):
        """End what was started here."""
        if self.stream and self.stream.process and self.stream.process.poll() is None:
            self.stream.process.terminate()
            try:
                self.stream.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill_stream()

    # -- PostgreSQL --------------------------------------------------------------------

    def restart_postgresql(self, seconds):
        """Stop the database in a hurry and start it after some seconds."""
        self.stack.postgres.stop()
        try:
            time.sleep(seconds)
        finally:
            self.stack.postgres.start()

    def terminate_backend(self, place):
        """End one connection of Odoo's, rather one that is at work."""
        pids = self.stack.query(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name <> 'psql' ORDER BY state = 'idle', backend_start"
        ).split()
        if not pids:
            return False
        busy = pids[:max(len(pids) // 2, 1)]
        self.stack.query("SELECT pg_terminate_backend(%s)" % busy[place % len(busy)])
        return True
