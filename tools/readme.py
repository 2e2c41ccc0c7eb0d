"""``readme``: write each addon's README.rst out of its ``readme/`` fragments.

The order is the one that the Odoo community uses. ``python3 -m tools.readme`` writes,
``python3 -m tools.readme --check`` says what is stale.
"""

import argparse
import ast
import sys

from . import paths
from .progress import say

#: (fragment, heading or None for the text under the title, is it required)
FRAGMENTS = [
    ("DESCRIPTION", None, True),
    ("INSTALL", "Installation", False),
    ("CONFIGURE", "Configuration", False),
    ("USAGE", "Usage", True),
    ("DEVELOP", "Development", False),
    ("ROADMAP", "Known issues / Roadmap", False),
    ("HISTORY", "Changelog", True),
]
CONTRIBUTORS = "CONTRIBUTORS"
NOTICE = """..
   Made of the fragments in readme/ by "python3 -m tools.readme".
   Change those, not this file.
   source digest: %s
"""


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--check", action="store_true", help=(
        "write nothing; end with 1 when a README.rst is stale"))


def main(options):
    """Write or check the README.rst of every addon; return the exit status."""
    stale = 0
    for name in paths.addons():
        folder = paths.ROOT / name
        if not (folder / "readme").is_dir():
            continue
        text = render(ast.literal_eval((folder / "__manifest__.py").read_text(
            encoding="utf-8")), read_fragments(folder))
        target = folder / "README.rst"
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if options.check:
            say("%s/README.rst is stale: python3 -m tools.readme" % name)
        else:
            target.write_text(text, encoding="utf-8")
            say("%s/README.rst written" % name)
    return 1 if options.check and stale else 0


def read_fragments(folder):
    """Return {name: text} of the fragments of an addon.

    :param Path folder: the addon
    """
    return {path.stem: path.read_text(encoding="utf-8").strip()
            for path in sorted((folder / "readme").glob("*.rst"))}


def render(manifest, fragments):
    """Return the text of README.rst.

    :param dict manifest: of the addon
    :param dict fragments: texts by name, without blank lines around
    :raise KeyError: when a required fragment is missing
    """
    title = manifest["name"]
    digest = paths.digest(*[
        part for name in sorted(fragments) for part in (name, fragments[name])])
    parts = [_heading(title, "=", over=True), NOTICE.rstrip() % digest]
    for name, heading, required in FRAGMENTS:
        if name not in fragments and not required:
            continue
        if heading:
            parts.append(_heading(heading, "="))
        parts.append(fragments[name])
        if name == "DESCRIPTION":
            parts.append("**Contents**\n\n.. contents::\n   :local:")
    parts.append(_heading("Bug Tracker", "="))
    parts.append(
        "Bugs are tracked at `%(website)s/issues <%(website)s/issues>`_. Please look "
        "whether yours is there already, and say which Odoo series and which version "
        "of this addon you use." % {"website": manifest["website"]})
    parts.append(_heading("Credits", "="))
    parts.append(_heading("Authors", "~"))
    parts.append("\n".join(
        "* %s" % author.strip() for author in manifest["author"].split(",")))
    if fragments.get(CONTRIBUTORS):
        parts.append(_heading("Contributors", "~"))
        parts.append(fragments[CONTRIBUTORS])
    return "\n\n".join(parts) + "\n"


def _heading(text, line, over=False):
    rule = line * len(text)
    return "\n".join([rule, text, rule] if over else [text, rule])


if __name__ == "__main__":
    own = argparse.ArgumentParser(
        prog="python3 -m tools.readme", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments(own)
    sys.exit(main(own.parse_args()))
