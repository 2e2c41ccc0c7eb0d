"""Run PostgreSQL, Odoo and the simulator together.

For end-to-end tests, benchmarks and smoke runs::

    from tools.stack import Stack

    with Stack(people=60, modules=["dingding"]) as stack:
        stack.rpc("dingding.corp", "search", [])

Every stack has its own cluster, ports and folder, so several run at once.
"""

import contextlib
import os
import shutil
import xmlrpc.client
from pathlib import Path

from . import images, odoo, paths, postgres, simulator


class Stack:
    """A context manager that starts everything, and removes it.

    :param int people: size of the simulated organisation
    :param int departments: its departments
    :param int seed: the same seed gives the same organisation
    :param list modules: what is installed in Odoo
    :param int workers: Odoo's HTTP workers; 0 is one process with threads
    :param int cron_threads: how many run scheduled actions; 0 for none
    :param int cron_seconds: how often they look for work (Odoo: 60)
    :param list simulator_args: more arguments of ``dingtalk-simulator serve``
    :param dict environment: more variables for Odoo
    :param list server_wide: server-wide modules, like ``["web", "queue_job"]``
    :param addons: folders of addons instead of the checkout
    :param bool simulated: whether there is a simulator
    :param bool start_odoo: whether entering starts Odoo's server
    :param bool bundles: whether the web client's bundles are made before, see images
    :param bool forks: whether Odoo loads its registry once, for :meth:`renew`
    """

    login = "admin"
    password = "admin"
    database = "odoo"

    def __init__(self, people=60, departments=8, seed=1, modules=("dingding",),
                 workers=0, cron_threads=1, cron_seconds=None, simulator_args=(),
                 environment=None, server_wide=None, addons=None, start_odoo=True,
                 simulated=True, bundles=True, forks=False):
        self._modules = list(modules)
        self._addons = [Path(each).resolve() for each in (
            addons or odoo.project_addons())]
        self._simulator_options = dict(
            people=people, departments=departments, seed=seed,
            arguments=list(simulator_args))
        self._odoo_options = dict(
            workers=workers, cron_threads=cron_threads, addons=self._addons,
            server_wide=server_wide, forks=forks)
        self._environment = dict(environment or {})
        if cron_seconds:
            self._environment["DINGDING_CRON_SECONDS"] = str(cron_seconds)
        self._start_odoo = start_odoo
        self._simulated = simulated
        self._bundles = bundles
        self._uids = {}
        self._exit = contextlib.ExitStack()
        #: folder of this run
        self.folder = None
        #: the cluster: ``stack.postgres.dsn``, ``.query(sql)``
        self.postgres = None
        #: what the simulator said: url, corp_id, app_key, app_secret, agent_id
        self.simulator = None
        #: the simulator's process: ``stop()``, ``start()``
        self.simulator_process = None
        #: the server: ``stack.odoo.config``, ``.python`` and so on
        self.odoo = None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_error):
        self.stop()

    def _start(self):
        self._image = images.house(self._modules, self._addons, self._bundles)
        self.folder = paths.temporary_folder("stack")
        self._exit.callback(shutil.rmtree, str(self.folder), ignore_errors=True)
        #: the log files; they stay after the run
        self.logs = paths.log_folder("stack")
        self.postgres = postgres.Cluster(
            self.folder / "postgres", log=self.logs / "postgres.log")
        self._exit.callback(self.postgres.remove)
        images.lay(self._image, self.postgres.folder, self.folder / "data")
        self.postgres.start()
        if self._simulated and simulator.source_folder():
            self.simulator_process = simulator.Simulator(
                self.logs, **self._simulator_options)
            self._exit.callback(self.simulator_process.stop)
            self.simulator = self.simulator_process.start()
            self._environment.update(self.simulator_process.variables())
            self._environment.setdefault("DINGDING_DEFAULT_HOST", self.simulator.url)
        self.odoo = odoo.Odoo(
            self.postgres, self.folder, database=self.database,
            environment=self._environment, logs=self.logs, **self._odoo_options)
        self._exit.callback(self.odoo.forget)
        self._exit.callback(self.odoo.stop)
        if self._start_odoo:
            self.odoo.start()

    def renew(self):
        """Begin anew at the same addresses, with empty logs of Odoo."""
        self.odoo.stop()
        self.postgres.stop()
        for log in (self.odoo.log, self.odoo.stream_log):
            if log.exists():
                os.truncate(str(log), 0)
        for folder in (self.postgres.folder, self.odoo.data_folder):
            shutil.rmtree(str(folder))
        images.lay(self._image, self.postgres.folder, self.odoo.data_folder)
        self.postgres.start()
        if self.simulator_process:
            self.simulator_process.reset()
        self._uids.clear()
        self.odoo.start()

    def stop(self):
        """Stop everything and remove its data."""
        self._exit.close()

    @property
    def odoo_url(self):
        """Address of Odoo."""
        return self.odoo.url

    @property
    def log_path(self):
        """Odoo's log file."""
        return self.odoo.log

    def log_text(self):
        """Return what Odoo has logged so far."""
        return self.log_path.read_text(errors="replace")

    def start_odoo(self):
        """Start Odoo's server again after :meth:`kill_odoo`."""
        self.odoo.start()

    def stop_odoo(self):
        """Stop Odoo's server in order."""
        self.odoo.stop()

    def restart_odoo(self):
        """Restart Odoo's server on the same port."""
        self.odoo.restart()

    def kill_odoo(self):
        """Kill Odoo with all its workers, as a power cut would."""
        self.odoo.kill()

    def odoo_shell(self, code):
        """Run Python with ``env`` in a new process; return what it prints.

        The code commits itself: ``env.cr.commit()``.
        """
        return self.odoo.shell(code)

    def query(self, statement):
        """Run SQL on Odoo's database; one row a line, ``|`` between the columns."""
        return self.postgres.query(statement, self.database)

    def rpc(self, model, method, *arguments, **keywords):
        """Call a model's method as the admin."""
        return self.rpc_as(self.login, self.password, model, method, *arguments,
                           **keywords)

    def rpc_as(self, login, password, model, method, *arguments, **keywords):
        """Call a model's method as a certain user.

        :raise xmlrpc.client.Fault: when Odoo refuses
        """
        def proxy(name):
            return xmlrpc.client.ServerProxy(
                "%s/xmlrpc/2/%s" % (self.odoo_url, name), allow_none=True)

        uid = self._uids.get((login, password))
        if not uid:
            uid = proxy("common").authenticate(self.database, login, password, {})
        if not uid:
            raise PermissionError("Odoo refuses the login of %s" % login)
        self._uids[login, password] = uid
        return proxy("object").execute_kw(
            self.database, uid, password, model, method, list(arguments), keywords)

    def reference(self, xmlid):
        """Return the database id of an external id."""
        module, name = xmlid.split(".")
        found = self.query(
            "SELECT res_id FROM ir_model_data WHERE module = '%s' AND name = '%s'"
            % (module, name))
        if not found:
            raise KeyError(xmlid)
        return int(found)
