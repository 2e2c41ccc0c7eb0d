# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read an organisation and compare it with the stored rows.

Pure Python, without Odoo and database. ``reader`` asks DingTalk and fills a
``snapshot``; ``mapping`` and ``converters`` interpret its values; ``plan`` compares it
with the stored rows; ``links`` matches people with users. ``resources`` lists the kinds
of objects.
"""
