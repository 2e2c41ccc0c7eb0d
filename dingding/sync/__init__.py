# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Reading an organisation and comparing it with what is stored.

Pure Python: no odoo, no database, only values in and out, and relative imports, so
that everything here runs and is tested without Odoo. ``reader`` asks DingTalk and
makes a ``snapshot``; ``mapping`` and ``converters`` say what its values mean;
``plan`` compares it with the stored rows; ``links`` finds who is whom.
"""
