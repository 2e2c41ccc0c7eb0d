"""A machine that has nothing: both commands of the README set it up.

The machine is a minimal Debian, unpacked into a folder and entered with a view of its
own of processes and mounts. It shares the network, and what this machine says of it:
resolver, certificates, registries, variables. Nothing else of this machine is in it,
but for one thing: where no download of interpreters can be reached, the Python 3.7 of
this machine stands in for it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tools import paths, ports, pythons

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("debootstrap") or not shutil.which("unshare"),
    reason="needs root, debootstrap and unshare")

#: Packages that the README asks for before the first command.
ASKED = "git,make,python3,ca-certificates"
PROJECT = "project"
HOME = Path(pwd.getpwuid(0).pw_dir)
#: Where this machine says how names, certificates and registries are reached.
NETWORK = [
    "/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/xdg/pip",
    HOME / ".config/pip", HOME / ".npmrc", "/etc/npmrc", "/etc/apt/sources.list",
    "/etc/apt/sources.list.d/debian.sources", "/etc/apt/apt.conf.d",
    "/etc/ssl/certs", "/usr/local/share/ca-certificates"]
#: How variables begin that say the same.
SAID = ("PIP_", "NPM_", "NODE_EXTRA", "UV_", "SSL_", "REQUESTS_", "CURL_", "GIT_SSL")
SET_UP = 3600  # seconds for packages, environments, databases and a browser


class Root:
    """A minimal Debian in a folder, with the checkout in it."""

    def __init__(self, folder):
        self.folder = folder
        self.output = folder.with_name("output")

    def build(self):
        """Unpack the system, tell it of the network, and copy the checkout."""
        run(["debootstrap", "--variant=minbase", "--include=" + ASKED,
             release(), self.folder])
        for name in NETWORK:
            self.bring(Path(name))
        target = self.folder / PROJECT
        run(["git", "clone", "--quiet", paths.ROOT, target])
        # Test the files of this checkout, committed or not.
        changed = run(["git", "diff", "HEAD", "--binary"], cwd=str(paths.ROOT))
        if changed:
            subprocess.run(["git", "apply"], cwd=str(target), input=changed, check=True)
        return self

    def bring(self, source):
        """Copy a file or folder of this machine to the same place."""
        target = self.folder / source.relative_to("/")
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            # Certificates are links to places that the new machine does not have.
            run(["cp", "-rL", "--remove-destination", source, target.parent])

    def lend_python(self):
        """Let this machine's Python 3.7 stand in for the download of one."""
        found = pythons.find(["3.7"], "ODOO_PYTHON")
        home = Path(found).resolve().parent.parent
        target = self.folder / HOME.relative_to("/") / ".pyenv" / "versions" / home.name
        shutil.copytree(str(home), str(target), symlinks=True)
        # Shared libraries that its modules were built with and a minimal Debian lacks.
        needed = run(["sh", "-c", "find '%s' -name '*.so' -exec ldd {} + | grep -o "
                      "'=> /[^ ]*' | sort -u" % home]).decode().split()[1::2]
        for library in needed:
            target = self.folder / library.lstrip("/")
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(library, str(target))

    def start(self, *command, **variables):
        """Start a command in the project's folder of the new machine."""
        environment = {
            name: value for name, value in os.environ.items()
            if name.startswith(SAID) or name.lower().endswith("_proxy")}
        environment.update(
            PATH="/usr/sbin:/usr/bin:/sbin:/bin", HOME=str(HOME), LANG="C.UTF-8")
        environment.update(variables)
        inside = ("mount -t proc proc '{0}/proc' && mount --rbind /dev '{0}/dev' && "
                  "mount -t tmpfs shm '{0}/dev/shm' && "
                  "exec chroot '{0}' env -C '/{1}' \"$@\"")
        return subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
             inside.format(self.folder, PROJECT), "sh"] + list(command),
            env=environment, stdout=open(str(self.output), "ab"),
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def text(self):
        """Return the last lines that the commands printed."""
        return self.output.read_text(encoding="utf-8", errors="replace")[-4000:]


def run(command, **options):
    """Run a command of this machine; return its output."""
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **options)
    assert not done.returncode, done.stderr.decode(errors="replace")[-2000:]
    return done.stdout


def release():
    """Return the name of this machine's release, which its mirrors surely have."""
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return found["VERSION_CODENAME"].strip('"')


@pytest.fixture(scope="module")
def root():
    # A whole system is too large for memory.
    paths.tempfile.tempdir = "/var/tmp"
    folder = paths.temporary_folder("bare")
    made = Root(folder / "root")
    try:
        made.build()
        if not downloads():
            made.lend_python()
        yield made
    finally:
        shutil.rmtree(str(folder), ignore_errors=True)


def downloads():
    """Tell whether uv's interpreters can be reached from here."""
    try:
        with urllib.request.urlopen(
                "https://github.com/astral-sh/python-build-standalone", timeout=10):
            return True
    except OSError:
        return False


@pytest.mark.timeout(SET_UP + 600)
def test_the_demo_starts_and_is_connected(root):
    odoo, simulator = ports.free(), ports.free()
    demo = root.start("make", "demo", DEMO_SECONDS=str(SET_UP),
                      ODOO_PORT=str(odoo), SIMULATOR_PORT=str(simulator))
    try:
        wait_for(demo, root, "Ctrl-C")
        page = "http://127.0.0.1:%d/web/login" % odoo
        with urllib.request.urlopen(page, timeout=60) as answer:
            assert b"/dingding/" in answer.read()
        assert "The organisation is connected" in root.text()
    finally:
        demo.send_signal(signal.SIGKILL)  # and with it all that it started
        demo.wait(60)


@pytest.mark.timeout(SET_UP + 600)
@pytest.mark.parametrize("suite", ["approval_form", "test_walk"])
def test_a_suite_passes(root, suite):
    """One suite is pure Python, the other needs Odoo, PostgreSQL and a browser."""
    ran = root.start("make", "test", "ONLY=" + suite)
    try:
        assert ran.wait(SET_UP) == 0, root.text()
    finally:
        if ran.poll() is None:
            ran.kill()
    assert " passed, 0 failed" in root.text()


def wait_for(process, root, text):
    """Wait until a command printed a text."""
    deadline = time.monotonic() + SET_UP
    while text not in root.text():
        assert process.poll() is None, root.text()
        assert time.monotonic() < deadline, root.text()
        time.sleep(1)
