# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The readable files: what is expected, and for which series.

``expected.txt`` holds for all series. ``expected_from_14.txt`` holds the lines that are
others from 14.0 on, and so on; ``gone`` in place of cells takes a line away.
"""
import collections
import os
import re

from odoo.addons.dingding import compat

FOLDER = os.path.dirname(__file__)
NAME = re.compile(r"expected(?:_from_(\d+))?\.txt\Z")
GONE = "gone"
HEAD = """\
# Who can do what. test_matrix.py fails for each line that is missing or differs.
#
#   -    refused            AB  done on (or found) rows of companies A and B
#   0    no row is found    ab  let through, refused for another reason than rights
#   X    done, about no row  ?  let through, failed since what was sent made no sense
#
# read_group counts rows, for each field that can be grouped by. create_by_default hands
# the values over in the context (default_*). .field can be given another value. All
# roles but manager_b work in company A.
"""


def files():
    """Return (first series, path) of the files that hold, the most general first."""
    found = []
    for name in os.listdir(FOLDER):
        match = NAME.match(name)
        if match and int(match.group(1) or 11) <= compat.SERIES:
            found.append((int(match.group(1) or 11), os.path.join(FOLDER, name)))
    return sorted(found)


def load():
    """Return {(model, operation): {role: cell}} of this series."""
    table = collections.OrderedDict()
    for _series, path in files():
        table.update(read(path))
    return collections.OrderedDict(
        (key, cells) for key, cells in table.items() if cells is not None
    )


def read(path):
    """Return the table of one file; the cells are None where a line is taken away."""
    table = collections.OrderedDict()
    model = roles = None
    with open(path) as handle:
        for line in handle.read().splitlines():
            words = line.split()
            if not words or line.startswith("#"):
                continue
            if line.startswith("["):
                model, roles = line.strip("[]"), None
            elif roles is None:
                roles = words
            elif words[1:] == [GONE]:
                table[model, words[0]] = None
            else:
                table[model, words[0]] = collections.OrderedDict(
                    zip(roles, words[1:])
                )
    return table


def write(path, table, roles):
    """Write a table to a file."""
    sections = collections.OrderedDict()
    for (model, name), cells in table.items():
        sections.setdefault(model, []).append((name, cells))
    lines = [HEAD.rstrip()]
    for model, rows in sections.items():
        width = max(len(name) for name, _cells in rows)
        lines += ["", "[%s]" % model, _line(width, "", roles, roles)]
        for name, cells in rows:
            shown = [GONE] if cells is None else [cells[role] for role in roles]
            lines.append(_line(width, name, shown, roles))
    with open(path, "w") as handle:
        handle.write("\n".join(lines) + "\n")


def save(found, roles, folder):
    """Write what was found: all of it for the first series, what differs for others."""
    if compat.SERIES == 11:
        write(os.path.join(folder, "expected.txt"), found, roles)
        return
    before = collections.OrderedDict()
    for series, path in files():
        if series < compat.SERIES:
            before.update(read(path))
    differing = collections.OrderedDict(
        (key, cells) for key, cells in found.items() if before.get(key) != cells
    )
    differing.update(
        (key, None) for key, cells in before.items() if cells and key not in found
    )
    write(
        os.path.join(folder, "expected_from_%d.txt" % compat.SERIES), differing, roles
    )


def _line(width, name, cells, roles):
    columns = [cell.ljust(len(role)) for cell, role in zip(cells, roles)]
    return ("%s  %s" % (name.ljust(width), "  ".join(columns))).rstrip()
