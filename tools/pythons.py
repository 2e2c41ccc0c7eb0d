"""Find an interpreter of a given version.

A ``python3.7`` on PATH proves nothing: pyenv puts a shim there for every version that
it knows, and the shim fails unless that version is selected. So each candidate is run.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .errors import MissingTool

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
    uv = shutil.which("uv")
    if uv:
        for version in versions:
            yield _ask_uv(uv, "find", version)
        subprocess.call([uv, "python", "install", versions[0]], stdout=sys.stderr)
        yield _ask_uv(uv, "find", versions[0])


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
