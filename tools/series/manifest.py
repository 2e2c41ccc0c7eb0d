"""Edit the manifest of an addon as text: comments and order stay."""

import ast
import re

VERSION = re.compile(
    r"""(?P<head>["']version["']\s*:\s*["'])\d+\.\d+(?=\.\d+\.\d+\.\d+)""")


def read(text):
    """Return the manifest as a dict."""
    return ast.literal_eval(text)


def for_series(text, series, gone=(), assets=None):
    """Return the manifest's text for a series.

    :param str text: of the 11.0 manifest
    :param int series: 11 to 19
    :param gone: data files that are not loaded
    :param dict assets: bundle -> addresses to add
    :raise ValueError: when the version does not begin with a series
    """
    text, count = VERSION.subn(
        lambda found: "%s%d.0" % (found.group("head"), series), text)
    if count != 1:
        raise ValueError("the version must be 11.0.x.y.z")
    for name in gone:
        line = re.compile(r"^[ \t]*[\"']%s[\"'],?[ \t]*\n" % re.escape(name), re.M)
        text, count = line.subn("", text)
        if count != 1:
            raise ValueError("%s should have a line of its own in the data" % name)
    if assets:
        text = _with_assets(text, assets)
    return text


def _with_assets(text, assets):
    if "assets" in read(text):
        raise ValueError("the assets are written by the build")
    lines = ['    "assets": {']
    for bundle in sorted(assets):
        lines.append('        "%s": [' % bundle)
        lines += ['            "%s",' % address for address in assets[bundle]]
        lines.append("        ],")
    lines.append("    },")
    end = text.rstrip().rfind("}")
    return text[:end] + "\n".join(lines) + "\n" + text[end:]
