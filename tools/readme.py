"""``readme``: write each addon's README.rst and its page for Odoo's Apps.

Both are made of the ``readme/`` fragments. The page, ``static/description/index.html``,
has the manifest's pictures, copied from the manual with their captions. ``python3 -m
tools.readme`` writes, ``python3 -m tools.readme --check`` says what is stale.
"""

import argparse
import ast
import html
import re
import subprocess
import sys

from . import environments, paths
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
CONTENTS = "**Contents**\n\n.. contents::\n   :local:"
DESCRIPTION = "static/description/"
PAGE = DESCRIPTION + "index.html"
#: A picture of the manual in English: caption and name.
PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*pictures/([a-z0-9\-]+)-en_US\.png\)")
# Odoo's Apps refuse scripts and style sheets.
FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>%s</title>
</head>
<body>
<!-- Made of the fragments in readme/ by "python3 -m tools.readme". -->
<section class="oe_container">
%s
</section>
</body>
</html>
"""


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--check", action="store_true", help=(
        "write nothing; end with 1 when a README.rst is stale"))


def main(options):
    """Write or check the files of every addon; return the exit status."""
    python = environments.python("test")
    if sys.prefix != str(python.parent.parent):
        return subprocess.call(
            [str(python), "-m", "tools.readme"] + ["--check"] * options.check,
            cwd=str(paths.ROOT))
    known = captions([
        path.read_text(encoding="utf-8")
        for path in sorted((paths.ROOT / "docs" / "en").glob("*.md"))
        + [paths.ROOT / "README.md"]])
    stale = 0
    for name in paths.addons():
        folder = paths.ROOT / name
        if not (folder / "readme").is_dir():
            continue
        manifest = ast.literal_eval(
            (folder / "__manifest__.py").read_text(encoding="utf-8"))
        fragments = read_fragments(folder)
        wanted = {
            "README.rst": render(manifest, fragments).encode(),
            PAGE: render_page(manifest, fragments, known).encode()}
        for inside in manifest.get("images", ()):
            wanted[inside] = (paths.ROOT / source_of(inside)).read_bytes()
        for inside, content in sorted(wanted.items()):
            target = folder / inside
            if target.exists() and target.read_bytes() == content:
                continue
            stale += 1
            if options.check:
                say("%s/%s is stale: python3 -m tools.readme" % (name, inside))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                say("%s/%s written" % (name, inside))
    return 1 if options.check and stale else 0


def source_of(inside):
    """Return the picture of the manual that a picture of an addon is a copy of."""
    return "docs/pictures/%s-en_US.png" % inside[len(DESCRIPTION):-len(".png")]


def captions(pages):
    """Return {name: caption} of the pictures in the manual's English pages.

    :param list pages: their texts
    """
    return {name: caption for text in pages for caption, name in PICTURE.findall(text)}


def render_page(manifest, fragments, known):
    """Return the text of the page for Odoo's Apps and the list of modules.

    :param dict manifest: of the addon
    :param dict fragments: texts by name, without blank lines around
    :param dict known: captions of pictures by name
    :raise KeyError: the manual does not show a picture of the manifest
    """
    from docutils.core import publish_parts

    pictures = []
    for inside in manifest.get("images", ()):
        picture = inside[len(DESCRIPTION):]
        caption = known[picture[:-len(".png")]]
        pictures.append(".. figure:: %s\n   :alt: %s\n\n   %s" % (
            picture, caption, caption))
    text = render(manifest, fragments).replace(CONTENTS, "\n\n".join(pictures))
    body = publish_parts(text, writer="html5", settings_overrides={
        "doctitle_xform": False, "initial_header_level": 1, "report_level": 5,
        "raw_enabled": False, "file_insertion_enabled": False, "smart_quotes": False,
        "syntax_highlight": "none", "strip_comments": True, "image_loading": "link",
    })["body"]
    body = body.replace("<img ", '<img style="max-width: 100%" ')
    return FRAME % (html.escape(manifest["name"]), body.strip())


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
            parts.append(CONTENTS)
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
