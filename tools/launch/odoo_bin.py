"""Start Odoo's command line, and report tests on request.

Runs inside Odoo's interpreter, so it is Python 3.5 and imports nothing of ``tools``.

Environment:

``DINGDING_TEST_REPORT``
    file for one JSON object a line: tests, test modules that could not be imported,
    logged errors
``DINGDING_TEST_MODULES``
    addons whose tests run, separated by commas (Odoo 11 would run those of all)
``DINGDING_TEST_ONLY``
    run only tests whose dotted name contains one of these texts
``DINGDING_FEW_ROUNDS``
    hash passwords quickly, for tests only
``DINGDING_CRON_SECONDS``
    how often the scheduler looks for work (Odoo: 60)
``DINGDING_NO_LONG_POLLING``
    start no server for long polling beside the workers: another Odoo that loads itself
``DINGDING_COLLECT_RARELY``
    search rarely for unreachable cycles: a fifth of what an installation takes
``DINGDING_REMEMBER_ATTRIBUTES``
    let Python 3.7 cache attributes of Odoo's classes
``DINGDING_FORK``
    load the registry once, then run one server after the other, each a copy of this
    process; see :func:`fork_servers`
"""

import ctypes
import gc
import importlib
import json
import logging
import os
import signal
import sys
import threading
import traceback
import unittest

import odoo
import odoo.cli  # 19 does not do that itself

#: Of a password's hash, see ``DINGDING_FEW_ROUNDS``.
FEW_ROUNDS = 10
#: Thresholds of the garbage collector, see ``DINGDING_COLLECT_RARELY``.
RARELY = (50000, 20, 20)
#: Flags of a class: may cache attributes; does so now.
MAY_REMEMBER, REMEMBERS = 1 << 18, 1 << 19
PR_SET_PDEATHSIG = 1
#: Arguments of commands that soon end.
ONCE = {"--stop-after-init", "shell"}


class Report(object):
    """Append findings to the report file."""

    def __init__(self, path):
        self._path = path
        self._lock = threading.Lock()

    def add(self, kind, name, text=""):
        """Write one finding.

        :param str kind: passed, failed, skipped, import, unlisted or log
        :param str name: the test, module or logger
        :param str text: traceback or message
        """
        line = json.dumps({"kind": kind, "name": name, "text": text})
        with self._lock, open(self._path, "a") as handle:
            handle.write(line + "\n")


class ErrorLog(logging.Handler):
    """Report what is logged as an error outside the tests' own output."""

    def __init__(self, report):
        super().__init__(logging.ERROR)
        self._report = report

    def emit(self, record):
        """Keep one record."""
        # Odoo echoes failures of tests under these names.
        if ".tests.test_" in record.name or record.name == "odoo.modules.module":
            return
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + "".join(traceback.format_exception(*record.exc_info))
        self._report.add("log", record.name, text)


def record_tests(report, modules, only):
    """Make Odoo run the tests of the modules only, and report each of them."""
    loader = odoo.modules.module
    if not hasattr(loader, "get_test_modules"):  # from 14 on
        # odoo.tests keeps the port at its import.
        odoo.tools.config.parse_config(sys.argv[1:])
        if odoo.release.version_info[0] == 17:
            # Parsing removes this option, and needs it when it is repeated.
            odoo.tools.config.options.setdefault("longpolling_port", 0)
        loader = importlib.import_module("odoo.tests.loader")
    find_tests = loader.get_test_modules

    def get_test_modules(module):
        if module not in modules:
            return []
        if os.environ.get("DINGDING_FEW_ROUNDS"):
            # Odoo's users exist now.
            hash_quickly()
        package = "odoo.addons.%s.tests" % module
        folder = os.path.join(odoo.modules.module.get_module_path(module), "tests")
        if not os.path.isdir(folder):
            return []
        try:
            tests = importlib.import_module(package)
        except Exception:  # whatever a broken test module raises
            report.add("import", package, traceback.format_exc())
            return []
        for name in sorted(os.listdir(folder)):
            stem, extension = os.path.splitext(name)
            if name.startswith("test_") and extension == ".py":
                if not hasattr(tests, stem):
                    report.add("unlisted", "%s.%s" % (package, stem),
                               "tests/__init__.py does not import it")
        return find_tests(module)

    loader.get_test_modules = get_test_modules
    if loader is odoo.modules.module:
        run_with_runner(report, only, loader)
    else:
        run_with_result(report, only, loader)
    logging.getLogger().addHandler(ErrorLog(report))


def run_with_runner(report, only, loader):
    """Up to 13 a runner runs the tests: that of unittest, in 13 one of Odoo's."""
    if hasattr(loader, "OdooTestRunner"):
        place, name = loader, "OdooTestRunner"
        loader.OdooTestResult = reporting(loader.OdooTestResult, report)
    else:
        place, name = unittest, "TextTestRunner"
    base = getattr(place, name)

    class Runner(base):
        resultclass = reporting(unittest.TextTestResult, report)

        def run(self, test):
            if only:
                test = unittest.TestSuite(
                    each for each in loader.unwrap_suite(test)
                    if any(text in each.id() for text in only))
            return super().run(test)

    setattr(place, name, Runner)


def run_with_result(report, only, loader):
    """From 14 on Odoo runs them itself, into a result of its own."""
    try:
        from odoo.tests import result as module
    except ImportError:  # 14
        from odoo.tests import runner as module
    known = reporting(module.OdooTestResult, report)
    for place in (module, loader, odoo.tests):
        if hasattr(place, "OdooTestResult"):
            place.OdooTestResult = known
    make_suite = loader.make_suite

    def make_some(*args, **kwargs):
        leave_bundles_out()
        suite = make_suite(*args, **kwargs)
        if only:
            suite = type(suite)(
                each for each in suite if any(text in each.id() for text in only))
        return suite

    loader.make_suite = make_some


def leave_bundles_out():
    """Keep Odoo from making all bundles of assets before it runs tests.

    From 16 on these include its JavaScript tests, which takes a minute. Pages make
    theirs on request.
    """
    module = sys.modules.get("odoo.addons.base.models.ir_qweb")
    # 19 calls it IrQweb.
    model = getattr(module, "IrQweb", None) or getattr(module, "IrQWeb", None)
    if hasattr(model, "_pregenerate_assets_bundles"):
        model._pregenerate_assets_bundles = lambda self: None


def reporting(base, report):
    """Return a class of test results that tells the report what each test did."""
    class Result(base):
        _spoilt = False

        def startTest(self, test):
            self._spoilt = False
            super().startTest(test)

        def stopTest(self, test):
            if not self._spoilt:
                report.add("passed", test.id())
            super().stopTest(test)

        def _failed(self, test, err):
            self._spoilt = True
            report.add("failed", test.id(), "".join(traceback.format_exception(*err)))

        def addError(self, test, err):
            self._failed(test, err)
            return super().addError(test, err)

        def addFailure(self, test, err):
            self._failed(test, err)
            return super().addFailure(test, err)

        def addSkip(self, test, reason):
            self._spoilt = True
            report.add("skipped", test.id(), reason)
            return super().addSkip(test, reason)

        def addUnexpectedSuccess(self, test):
            self._spoilt = True
            report.add("failed", test.id(), "passed, though marked as failing")
            return super().addUnexpectedSuccess(test)

        def addSubTest(self, test, subtest, err):
            # unittest calls none of the above.
            if err is not None and issubclass(base, unittest.TestResult):
                self._failed(subtest, err)
            return super().addSubTest(test, subtest, err)

    return Result


class Steady(float):
    """An interval to which Odoo adds nothing.

    It adds up to ten seconds per worker.
    """

    def __add__(self, other):
        return float(self)


def hash_quickly():
    """Hash passwords with few rounds: tests make hundreds of users.

    Up to 16 passlib has the number, later Odoo.
    """
    importlib.import_module("passlib.hash").pbkdf2_sha512.default_rounds = FEW_ROUNDS
    users = sys.modules.get("odoo.addons.base.models.res_users")
    if hasattr(users, "MIN_ROUNDS"):
        users.MIN_ROUNDS = FEW_ROUNDS


def collect_rarely(arguments):
    """Look for unreachable cycles less often than Python does by itself.

    Odoo's registry is a million objects; it is left out once loaded. Servers then
    collect as usual.

    :param arguments: of the command line
    """
    usual = gc.get_threshold()
    gc.set_threshold(*RARELY)  # for the imports
    registries = importlib.import_module("odoo.modules.registry").Registry
    load = registries.new

    def new(*args, **options):
        gc.set_threshold(*RARELY)
        if hasattr(gc, "unfreeze"):  # from Python 3.7 on
            # The one before, for example of before modules were uninstalled.
            gc.unfreeze()
        loaded = load(*args, **options)
        if hasattr(gc, "freeze"):
            gc.freeze()
        if not set(arguments) & ONCE:
            gc.set_threshold(*usual)
        return loaded

    registries.new = staticmethod(new)


def remember_attributes():
    """Let Python 3.7 cache in which class an attribute was found.

    3.7 never does so for classes with a metaclass, such as models, and searches dozens
    of classes at each access. See docs/decisions/0044.
    """
    place = place_of_flags() if sys.version_info[:2] == (3, 7) else None
    if place is None:
        return
    registries = importlib.import_module("odoo.modules.registry").Registry
    set_up = registries.setup_models

    def setup_models(*args, **options):
        # Including models made or changed since.
        let_remember(place)
        return set_up(*args, **options)

    registries.setup_models = setup_models


def place_of_flags():
    """Return where in a class its flags lie, in bytes, or None if that is not clear."""
    known = (object, type, int, str, dict, Exception, unittest.TestCase)
    size = ctypes.sizeof(ctypes.c_ulong)
    found = [place for place in range(0, 32 * size, size)
             if all(flags_at(place, each).value == each.__flags__ for each in known)]
    return found[0] if len(found) == 1 else None


def flags_at(place, cls):
    """Return the flags of a class as a number that can be changed."""
    return ctypes.c_ulong.from_address(id(cls) + place)


def let_remember(place):
    """Permit it to all classes whose order of bases is Python's own.

    :param int place: see :func:`place_of_flags`
    :return: how many did not have the permission
    """
    found, waiting, count = {object}, [object], 0
    while waiting:
        fresh = set(type.__subclasses__(waiting.pop())) - found
        found |= fresh
        waiting += fresh
        for cls in fresh:
            flags = cls.__flags__
            if not flags & MAY_REMEMBER and type(cls).mro is type.mro:
                # Python begins anew with it.
                flags_at(place, cls).value = (flags | MAY_REMEMBER) & ~REMEMBERS
                count += 1
    return count


def no_long_polling():
    """Have the parent of workers start no server for long polling."""
    server = importlib.import_module("odoo.service.server")
    server.PreforkServer.long_polling_spawn = lambda self: None


def fork_servers():
    """Load the registry once, then run a copy of this process for each line of input.

    The output has the number of each server's process, and its status at its end.
    """
    # Odoo prints to the log.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    servers = importlib.import_module("odoo.service.server")
    start = servers.start

    def start_each(preload=None, stop=False):
        servers.load_server_wide_modules()
        servers.preload_registries(preload)
        servers.preload_registries = lambda names: 0
        importlib.import_module("odoo.sql_db").close_all()
        for _line in sys.stdin:
            child = os.fork()
            if not child:
                answers.close()
                die_with_parent()
                return start(preload, stop)
            os.setpgid(child, child)
            print(child, file=answers, flush=True)
            print(os.waitpid(child, 0)[1], file=answers, flush=True)

    servers.start = start_each


def die_with_parent():
    """Have Linux stop this process when its parent ends."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))


def listed(variable):
    """Return the texts of a comma-separated environment variable."""
    return [text for text in os.environ.get(variable, "").split(",") if text]


def main():
    """Do what ``odoo-bin`` does."""
    if os.environ.get("DINGDING_COLLECT_RARELY"):
        collect_rarely(sys.argv[1:])
    if os.environ.get("DINGDING_REMEMBER_ATTRIBUTES"):
        remember_attributes()
    if os.environ.get("DINGDING_TEST_REPORT"):
        record_tests(
            Report(os.environ["DINGDING_TEST_REPORT"]),
            listed("DINGDING_TEST_MODULES"), listed("DINGDING_TEST_ONLY"))
    if os.environ.get("DINGDING_FEW_ROUNDS"):
        hash_quickly()
    if os.environ.get("DINGDING_NO_LONG_POLLING"):
        no_long_polling()
    # Not for the server for long polling, which has this environment.
    if os.environ.pop("DINGDING_FORK", None):
        fork_servers()
    if os.environ.get("DINGDING_CRON_SECONDS"):
        server = importlib.import_module("odoo.service.server")
        server.SLEEP_INTERVAL = Steady(os.environ["DINGDING_CRON_SECONDS"])
    odoo.cli.main()


if __name__ == "__main__":
    # Workers start the long polling server from it.
    sys.argv[0] = os.path.abspath(__file__)
    main()
