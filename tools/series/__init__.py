"""One tree for every Odoo series: written for 11.0, rewritten for the others.

``document`` reads and writes XML with a small difference, ``rules`` are what changes,
``refused`` is what no rule knows and a series does not take, ``manifest`` edits
``__manifest__.py``, ``build`` walks the addons. What Python sees of the differences
stands in ``dingding/compat.py``, not here.
"""

OLDEST, NEWEST = 11, 19
ALL = ["%d.0" % number for number in range(OLDEST, NEWEST + 1)]
