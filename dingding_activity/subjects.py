# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Show stored document names only to readers of the documents.

The rows have the fields ``name``, which nobody may read, and ``subject``, and a method
``_named_documents()`` that returns {id of a row: (model, id) of documents}.
"""
from odoo.addons.dingding import compat, rights


def shown(rows):
    """Return the rows whose names the user of ``rows`` may read."""
    if compat.is_superuser(rows.env):
        return rows
    # sudo: the user may not read all of these fields.
    documents = rows.sudo()._named_documents()
    known = rights.readable(rows.env, set().union(*documents.values()))
    return rows.filtered(lambda row: documents[row.id] <= known)


def compute(rows, hidden):
    """Compute ``subject``.

    :param str hidden: in place of the name, with the id as %d
    """
    seen = shown(rows)
    for row in rows:
        # sudo: nobody reads the name itself.
        row.subject = (row in seen and row.sudo().name) or hidden % row.id


def linked(row, hidden):
    """Return the display name of a row, which links to it show.

    Odoo reads those with all rights.

    :param str hidden: in place of the name, with the id as %d
    """
    if compat.is_superuser(row.env):
        return hidden % row.id
    return row.subject


def search(model, operator, value):
    """Return the domain for a search of ``subject``, among readable names."""
    # sudo: nobody reads the name. Rights are checked below.
    found = model.sudo().search([("name", operator, value)])
    own = model.search([("id", "in", found.ids)])
    return [("id", "in", shown(own).ids)]
