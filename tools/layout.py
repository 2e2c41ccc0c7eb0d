"""``layout``: draw how addons and packages import each other, for docs/*/layout.md.

grimp reads the imports without running them; the drawing is Mermaid, which code hosts
render. ``--check`` writes nothing and ends with 1 when a page is stale.
"""

import ast
import contextlib
import re
import sys
import tempfile

from . import inside, paths
from .progress import say

BEGIN, END = "<!-- drawing: python3 -m tools layout -->\n", "<!-- end of drawing -->"
PAGES = ("docs/en/layout.md", "docs/zh_CN/layout.md")
PARTS = ("dingtalk", "sync", "form", "models", "wizards", "controllers", "cli")


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--check", action="store_true", help=(
        "write nothing; end with 1 when a page is stale"))


def main(options):
    """Write or check the drawings; return the exit status."""
    inside.test_environment()
    drawn = drawing()
    stale = 0
    for page in PAGES:
        path = paths.ROOT / page
        text = path.read_text(encoding="utf-8")
        new = re.sub(
            re.escape(BEGIN) + ".*?" + re.escape(END),
            lambda _match: BEGIN + "\n" + drawn + END, text, flags=re.S)
        if new != text:
            stale += 1
            if options.check:
                say("%s is stale: run python3 -m tools layout" % page)
            else:
                path.write_text(new, encoding="utf-8")
    return 1 if stale and options.check else 0


def drawing():
    """Return both drawings as blocks of Markdown."""
    return "".join(
        "```mermaid\n%s```\n\n" % text for text in (addons(), packages("dingding")))


def addons():
    """Return the drawing of the addons: an arrow for each import between two.

    A dependency that a manifest declares without an import is a dotted arrow.
    """
    names = paths.addons()
    with graph_of(names) as graph:
        imported = {
            (one, other) for one in names for other in names
            if one != other and graph.direct_import_exists(
                importer=module(one), imported=module(other), as_packages=True)}
    declared = {
        (one, other) for one in names for other in manifest(one)["depends"]
        if other in names}
    lines = ["graph BT\n"]
    for one, other in sorted(imported | declared):
        lines.append("    %s %s %s\n" % (
            one, "-->" if (one, other) in imported else "-.->", other))
    return "".join(lines)


def packages(addon):
    """Return the drawing of an addon's packages."""
    parts = [each for each in PARTS if (paths.ROOT / addon / each).is_dir()]
    with graph_of([addon]) as graph:
        lines = ["graph BT\n"]
        for one in parts:
            for other in parts:
                if one != other and graph.direct_import_exists(
                        importer=module(addon, one), imported=module(addon, other),
                        as_packages=True):
                    lines.append("    %s[%s/%s] --> %s[%s/%s]\n" % (
                        one, addon, one, other, addon, other))
    return "".join(lines)


def module(*parts):
    """Return the name under which Odoo imports a part of an addon."""
    return ".".join(("odoo", "addons") + parts)


def manifest(addon):
    """Return the manifest of an addon as a dict."""
    return ast.literal_eval(
        (paths.ROOT / addon / "__manifest__.py").read_text(encoding="utf-8"))


@contextlib.contextmanager
def graph_of(names):
    """Yield grimp's graph of addons, as packages below an empty ``odoo.addons``."""
    import grimp

    with tempfile.TemporaryDirectory() as folder:
        place = paths.Path(folder) / "odoo" / "addons"
        place.mkdir(parents=True)
        for package in (place.parent, place):
            (package / "__init__.py").write_text("", encoding="utf-8")
        for name in names:
            (place / name).symlink_to(paths.ROOT / name)
        sys.path.insert(0, folder)
        try:
            yield grimp.build_graph("odoo", cache_dir=None)
        finally:
            sys.path.remove(folder)
