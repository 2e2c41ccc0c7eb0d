"""Turn the addons of the tree into those of another series."""

import functools
import hashlib
import os
import shutil
import zipfile

from lxml import etree

from .. import paths
from ..errors import ToolError
from . import manifest, refused, rules, translations
from .document import Document
from .expressions import Unreadable

LEFT_OUT = {"__pycache__", ".pytest_cache"}
MOMENT = (2020, 1, 1, 0, 0, 0)  # of each file in an archive


class Refused(ToolError):
    """The tree has something that the series refuses."""


def number_of(series):
    """Return 18 for "18.0".

    :raise ToolError: when there is no such series here
    """
    from . import ALL

    if series not in ALL:
        raise ToolError(
            "There is no series %s; there are %s." % (series, ", ".join(ALL)))
    return int(series.split(".")[0])


def build(series, target, addons=None):
    """Write the addons of a series; return the digest of everything written.

    :param int series: 11 to 19
    :param Path target: folder of the result; what is in it is removed
    :param addons: folders of the addons; default: all of the tree
    :raise Refused: with file and line of each thing that can't be built
    """
    if addons is None:
        addons = [paths.ROOT / name for name in paths.addons()]
    files, problems = {}, []
    for addon in addons:
        built, wrong = _addon(addon, series)
        problems += wrong
        files.update({"%s/%s" % (addon.name, name): content
                      for name, content in built.items()})
    if problems:
        raise Refused("%d.0 does not take:\n%s" % (series, "\n".join(
            "%s:%d: %s" % problem for problem in sorted(problems))))
    if target.exists():
        shutil.rmtree(str(target))
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return digest(files)


def digest(files):
    """Return one hash for names and contents."""
    state = hashlib.sha256()
    for name in sorted(files):
        state.update(name.encode() + b"\0" + files[name] + b"\0")
    return state.hexdigest()


def _addon(folder, series):
    """Return the files of one addon and what is wrong with them."""
    files, problems, gone, assets = {}, [], [], {}
    data = manifest.read((folder / "__manifest__.py").read_text()).get("data", [])
    for path in _sources(folder):
        name = path.relative_to(folder).as_posix()
        if not rules.is_for_client(name, series) or _is_template(path, series):
            continue
        content = path.read_bytes()
        shown = "%s/%s" % (folder.name, name)
        if path.suffix == ".xml" and "static" not in path.parts:
            try:
                document = Document(content, shown)
                added = rules.assets(document, series) if series >= 15 else None
                if added is not None:
                    if name in data:
                        gone.append(name)
                        for bundle, addresses in added.items():
                            assets.setdefault(bundle, []).extend(addresses)
                    continue
                rules.apply(document, series)
                problems += [(shown, line, message)
                             for line, message in refused.of(document, series)]
                content = document.to_bytes()
            except etree.XMLSyntaxError as error:
                problems.append((shown, error.lineno or 0, str(error)))
            except Unreadable as error:
                problems.append((shown, _line_of(content, error), str(error)))
        elif path.suffix == ".py":
            problems += _python(shown, content)
        elif path.suffix == ".po":
            content = translations.for_series(content, series)
        elif name.startswith(rules.OWL):
            assets.setdefault(rules.OWL_BUNDLE, []).append(shown)
        files[name] = content
    try:
        files["__manifest__.py"] = manifest.for_series(
            files["__manifest__.py"].decode(), series, gone, assets).encode()
    except ValueError as error:
        problems.append(("%s/__manifest__.py" % folder.name, 0, str(error)))
    return files, problems


def _is_template(path, series):
    """Tell whether a file is a template of translations that a series is not to read.

    Later series take the places of terms from there, ours names them as 11 does.
    """
    return series > 11 and path.suffix == ".pot"


def _sources(folder):
    for place, folders, names in os.walk(str(folder)):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        for name in sorted(names):
            if not name.endswith((".pyc", ".pyo", ".orig", ".rej")):
                yield paths.Path(place) / name


def _line_of(content, error):
    """Return the line that holds what an error quotes, or 0."""
    quoted = str(error).split(": ", 1)[-1]
    for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
        if quoted and quoted in line:
            return number
    return 0


@functools.lru_cache(maxsize=None)
def _python(shown, content):
    """Return what is wrong with a Python file, which is the same for every series."""
    try:
        compile(content, shown, "exec", dont_inherit=True)
    except SyntaxError as error:
        return [(shown, error.lineno or 0, error.msg)]
    return []


def archive(folder, target):
    """Write one addon as a zip file; equal addons give equal bytes.

    :param Path folder: of the built addon
    :param Path target: the file
    """
    with zipfile.ZipFile(str(target), "w", zipfile.ZIP_DEFLATED) as file:
        for path in _sources(folder):
            name = "%s/%s" % (folder.name, path.relative_to(folder).as_posix())
            info = zipfile.ZipInfo(name, MOMENT)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, path.read_bytes())
