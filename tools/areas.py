"""Load files of one kind, one per area, that declare what a command does."""

import importlib.util
import sys

from . import paths
from .errors import ToolError


def load(folder, only=None):
    """Return {area: module} of a folder's files, in the order asked for, or by name.

    Areas can import helpers from the folder's parent.

    :param Path folder: for example ``tests/e2e/smoke``
    :param str only: areas to keep, separated by commas
    :raise ToolError: when there is no such area
    """
    wanted = [name for name in (only or "").split(",") if name]
    sys.path.insert(0, str(folder.parent))
    found = {}
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith("_"):
            continue
        spec = importlib.util.spec_from_file_location(
            "%s_%s" % (folder.name, path.stem), str(path))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        if not wanted or path.stem in wanted:
            found[path.stem] = module
    missing = sorted(set(wanted) - set(found))
    if missing or not found:
        raise ToolError("There is no area %s in %s." % (
            ", ".join(missing) or "yet", folder.relative_to(paths.ROOT)))
    return {name: found[name] for name in wanted or found}
