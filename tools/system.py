"""Programs of the distribution, installed when this is root on Debian or Ubuntu."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .progress import step

LISTS = Path("/var/lib/apt/lists")
NO_INSTALL = "DINGDING_NO_INSTALL"  # set: install nothing, name what is missing


def can_install():
    """Tell whether packages can be installed: root, apt-get, and not forbidden."""
    return (os.geteuid() == 0 and shutil.which("apt-get") is not None
            and not os.environ.get(NO_INSTALL))


def offers(package):
    """Tell whether a package can be installed and the distribution has it."""
    if not can_install() or not shutil.which("apt-cache"):
        return False
    show = ["apt-cache", "show", package]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if not list(LISTS.glob("*Packages*")):
        subprocess.run(["apt-get", "update", "-qq"], stdin=subprocess.DEVNULL, **quiet)
    return not subprocess.run(show, **quiet).returncode


def install(packages):
    """Install Debian packages; return whether apt-get succeeded.

    :param list packages: names, without what is only recommended beside them
    """
    if not can_install():
        return False
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    with step("apt-get install %s" % " ".join(packages)):
        for arguments in (
                ["update", "-qq"],
                ["install", "-y", "-qq", "--no-install-recommends"] + packages):
            done = subprocess.run(
                ["apt-get"] + arguments, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=sys.stderr)
            if done.returncode:
                return False
    return True
