"""Find an interpreter of a given version.

Each candidate is run: pyenv's shims fail unless their version is selected.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import paths, system
from .errors import MissingTool
from .progress import step

UV = "uv==0.13.9"
NO_DOWNLOAD = "DINGDING_NO_DOWNLOAD"  # set: name what is missing, download nothing

ASK = "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])"


def _probe(candidate):
    """Return (executable, "major.minor") of a candidate that runs, else None."""
    try:
        done = subprocess.run(
            [str(candidate), "-c", ASK], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.decode(errors="replace").split("\n")
    if done.returncode or len(lines) < 2:
        return None
    return lines[0].strip(), lines[1].strip()


def _candidates(versions, variable):
    given = os.environ.get(variable)
    if given:
        yield given
        return
    yield sys.executable
    for version in versions:
        for name in ("python" + version,):
            found = shutil.which(name)
            if found:
                yield found
        pyenv = Path(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"))
        for folder in sorted(pyenv.glob("versions/%s.*" % version), reverse=True):
            yield folder / "bin" / "python"
    found = shutil.which("python3")
    if found:
        yield found
    uv = _uv()
    if uv:
        for version in versions:
            yield _ask_uv(uv, "find", version)
        with step("Python %s" % versions[0]):
            subprocess.call([uv, "python", "install", versions[0]], stdout=sys.stderr)
        yield _ask_uv(uv, "find", versions[0])


def _uv():
    """Return uv, which downloads interpreters: from PATH, else from PyPI; or None."""
    found = shutil.which("uv")
    if found:
        return found
    folder = paths.cache_folder() / "uv"
    program = folder / "bin" / "uv"
    if not program.exists() and not os.environ.get(NO_DOWNLOAD):
        ensure_venv(sys.executable)
        with step("uv, which downloads interpreters"):
            folder.parent.mkdir(parents=True, exist_ok=True)
            for command in (
                    [sys.executable, "-m", "venv", str(folder)],
                    [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet",
                     "--disable-pip-version-check", UV]):
                if subprocess.call(
                        command, stdout=sys.stderr, stdin=subprocess.DEVNULL):
                    return None
    return str(program) if program.exists() else None


def ensure_venv(python):
    """Install Debian's package for virtualenvs, as root.

    :param python: the interpreter
    :raise MissingTool: it cannot make virtualenvs
    """
    if not _has_venv(python):
        system.install(["python3-venv"])
    if not _has_venv(python):
        raise MissingTool(
            "The venv module of %s" % python,
            debian="apt-get install python3-venv",
            anywhere="use a Python that has 'venv' and 'ensurepip'")


def _has_venv(python):
    return not subprocess.run(
        [str(python), "-m", "ensurepip", "--version"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def _ask_uv(uv, verb, version):
    done = subprocess.run(
        [uv, "python", verb, version], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    return done.stdout.decode().strip() or os.devnull


def find(versions, variable):
    """Return the path of an interpreter that has one of the versions.

    :param list versions: acceptable "major.minor", the preferred one first
    :param str variable: environment variable that names the interpreter
    """
    for candidate in _candidates(versions, variable):
        answer = _probe(candidate)
        if answer and answer[1] in versions:
            return answer[0]
    given = os.environ.get(variable)
    what = "Python %s" % " or ".join(versions)
    if given:
        what += " (%s=%s is none)" % (variable, given)
    raise MissingTool(
        what,
        anywhere="uv python install %s    or    pyenv install %s    or    %s="
                 "/path/to/python%s" % (versions[0], versions[0], variable,
                                        versions[0]))
