"""``docs``: build the manual as a site with search, in both languages.

Pages keep their folders, so links work as on GitHub. Broken links, missing anchors and
pages outside the navigation (``tools/book/mkdocs.yml``) fail.
"""

import contextlib
import os
import shutil

from .. import environments, paths, processes
from ..progress import say, step

CONFIG = paths.TOOLS / "book" / "mkdocs.yml"
TARGET = paths.ROOT / "build" / "docs"
PAGES = ("README.md", "README.zh_CN.md", "CONTRIBUTING.md", "CHANGELOG.md",
         "SECURITY.md", "tests/simulator/README.md")


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--target", default=str(TARGET), help="folder of the site")


def main(options):
    """Build the site; fail with what mkdocs says about a broken link."""
    target = paths.Path(options.target).resolve()
    build(paths.ROOT, target)
    say("The manual is in %s." % (target / "index.html"))
    return 0


def build(root, target):
    """Write the site.

    :param Path root: folder with ``docs`` and PAGES
    :param Path target: folder of the site, replaced
    :raise ToolError: a link is broken, or a page is missing in the navigation
    """
    environments.folder("docs")
    source = paths.temporary_folder("docs")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, str(source), ignore_errors=True)
        copy(root, source / "pages")
        # jieba keeps its dictionary in the folder of temporary files.
        variables = {"BOOK_SOURCE": str(source / "pages"), "BOOK_TARGET": str(target),
                     "TMPDIR": str(source), "NO_MKDOCS_2_WARNING": "1"}
        with step("the manual"):
            processes.run(
                # --quiet would not count warnings, and --strict find none.
                [environments.python("docs"), "-m", "mkdocs", "build", "--strict",
                 "--config-file", CONFIG],
                "Building the manual", env=dict(os.environ, **variables))


def copy(root, pages):
    """Copy what the site shows, in the folders of the repository.

    :param Path root: folder of the repository
    :param Path pages: folder to make
    """
    shutil.copytree(str(root / "docs"), str(pages / "docs"))
    for name in PAGES:
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(root / name), str(pages / name))
