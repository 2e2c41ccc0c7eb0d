"""One tree for every Odoo series: written for 11.0, rewritten for the others.

``document`` reads and writes XML, ``rules`` change it, ``refused`` finds what no rule
knows, ``manifest`` edits ``__manifest__.py``, ``build`` builds the addons. Python's
differences are in ``dingding/compat.py``.
"""

OLDEST, NEWEST = 11, 19
ALL = ["%d.0" % number for number in range(OLDEST, NEWEST + 1)]
