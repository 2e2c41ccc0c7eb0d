"""Define the places of the checkout, the toolchain cache and the data of runs."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"
RUN = Path(os.environ.get("DINGDING_RUN") or ROOT / ".run").resolve()
# Shared by folders of runs: an image's name tells its content.
IMAGES = Path(os.environ.get("DINGDING_IMAGES") or RUN / "images").resolve()
PICTURES = RUN / "pictures"
SIMULATOR = ROOT / "tests" / "simulator"

# Compiling our sources at each start would be a good part of the suite. Many containers
# forbid it to keep bytecode.
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}

# Name of an addon that only tests the others begins with it.
CHECK = "dingding_check_"

NOT_SOURCES = {"__pycache__", ".git", ".run", "node_modules", "build"}


def cache_folder():
    """Return the folder of toolchains, shared by every checkout of this user."""
    given = os.environ.get("DINGDING_CACHE")
    if given:
        return Path(given).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "odoo-dingding"


def addons():
    """Return the names of the addons in the checkout, ``dingding`` first."""
    found = sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))
    return sorted(found, key=lambda name: (name != "dingding", name))


def demonstrations_folder():
    """Return the folder of addons that only demo, smoke and tests install."""
    return ROOT / "tests" / "addons"


def foreign_folder():
    """Return the folder of a sample repository, which has tests of its own."""
    return ROOT / "tests" / "third_party"


def test_addons():
    """Return the names of the addons in tests/addons, which no release has."""
    return sorted(
        path.parent.name for path in demonstrations_folder().glob("*/__manifest__.py"))


def demonstrations():
    """Return the names of the addons that only demo, smoke and tests install."""
    return [name for name in test_addons() if not name.startswith(CHECK)]


def checks():
    """Return the names of the addons that only test the others."""
    return [name for name in test_addons() if name.startswith(CHECK)]


def addon_folders():
    """Return the folders in which Odoo looks for addons of the checkout."""
    return [ROOT, demonstrations_folder()] if test_addons() else [ROOT]


def addon(name):
    """Return the folder of one addon of the checkout."""
    return (demonstrations_folder() if name in test_addons() else ROOT) / name


# On a disk the thousands of files of a cluster cost more than a short run on it.
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 8 * 1024 ** 3
PREFIX = "dingding-"
IN_USE = ".in-use"
LOGS_KEPT = 30
LOGS_WANTED = 3600  # seconds since the last line, for more than those
_held = []


def work_in_memory():
    """Keep temporary files in memory where there is room, also those of children.

    Unless ``TMPDIR`` names another place.
    """
    with contextlib.suppress(OSError):
        there = os.statvfs(str(MEMORY))
        room = min(there.f_bavail * there.f_frsize, free_memory())
        if room >= MEMORY_BYTES and not there.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("TMPDIR", str(MEMORY))


def free_memory():
    """Return the bytes that programs can have without swapping."""
    with open("/proc/meminfo") as handle:
        return 1024 * int(re.search(r"^MemAvailable: +(\d+)", handle.read(), re.M)[1])


def temporary_folder(purpose):
    """Make a folder that other users may pass through but not list.

    For root another user runs PostgreSQL, whose data are below.
    """
    folder = Path(tempfile.mkdtemp(prefix="%s%s-" % (PREFIX, purpose)))
    folder.chmod(0o711)
    # Tells `clean` what is in use.
    handle = open(str(folder / IN_USE), "w")
    fcntl.flock(handle, fcntl.LOCK_EX)
    _held.append(handle)
    return folder


def log_folder(purpose):
    """Make a folder in the checkout for the logs of one run.

    Logs outlive the run; old ones go.
    """
    place = RUN / "logs"
    place.mkdir(parents=True, exist_ok=True)
    kept = sorted(place.iterdir(), key=last_written)
    for old in kept[:-LOGS_KEPT]:
        # A long run has begun before many short ones.
        if last_written(old) < time.time() - LOGS_WANTED:
            shutil.rmtree(str(old), ignore_errors=True)
    return Path(tempfile.mkdtemp(
        prefix="%s-%s-" % (time.strftime("%m%d-%H%M%S"), purpose), dir=str(place)))


def last_written(folder):
    """Return when a folder or a file in it was last written, as ``time.time()``.

    0 if it is gone.
    """
    moments = [0]
    with contextlib.suppress(OSError):
        moments += [path.stat().st_mtime for path in [folder, *folder.glob("*")]]
    return max(moments)


def forgotten_folders():
    """Return temporary folders of ours whose process was killed."""
    found = []
    for place in {Path(tempfile.gettempdir()), MEMORY}:
        for marker in place.glob("%s*/%s" % (PREFIX, IN_USE)):
            if marker.stat().st_uid == os.geteuid():
                with locked(marker, wait=False) as free:
                    if free:
                        found.append(marker.parent)
    return found


def digest(*values):
    """Return a short hash of texts, bytes and files, in their order."""
    state = hashlib.sha256()
    for value in values:
        if isinstance(value, Path):
            value = value.read_bytes()
        elif not isinstance(value, bytes):
            value = str(value).encode()
        state.update(b"%d:" % len(value))
        state.update(value)
    return state.hexdigest()[:16]


def digest_of_folders(folders, without=()):
    """Return a short hash of every source file below the folders.

    :param without: names of files and folders to leave out
    """
    parts, ignored = [], NOT_SOURCES.union(without)
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            own = path.relative_to(folder)
            if ignored.intersection(own.parts) or path.suffix == ".pyc":
                continue
            if path.is_file():
                parts += [str(own), path]
    return digest(*parts)


@contextlib.contextmanager
def locked(path, wait=True):
    """Hold a lock between processes; yield False when it is taken and not waited for.

    The lock dies with its holder.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(str(path), "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def build_once(target, make):
    """Make a folder unless it exists; return it.

    It is renamed when complete, so none is left half made.

    :param Path target: the folder
    :param make: called with the folder to fill
    """
    target = Path(target)
    if target.exists():
        return target
    with locked(target.with_name(target.name + ".lock")):
        if target.exists():
            return target
        building = target.with_name(
            "%s.building-%d-%d" % (target.name, os.getpid(), time.time()))
        try:
            building.mkdir(parents=True)
            make(building)
            building.rename(target)
        finally:
            shutil.rmtree(str(building), ignore_errors=True)
    return target


def keep_last(folder, number):
    """Remove all but the latest results of :func:`build_once` in a folder.

    :param int number: how many to keep
    """
    made = [path for path in folder.iterdir()
            if path.is_dir() and ".building-" not in path.name]
    made.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for old in made[number:]:
        shutil.rmtree(str(old), ignore_errors=True)
        old.with_name(old.name + ".lock").unlink(missing_ok=True)
