# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Nobody can do more, or less, than the files ``expected*.txt`` say.

``DINGDING_RIGHTS_WRITE=<this folder>`` writes them anew, the oldest series first: read
the difference before you commit it, each line is a right that somebody gains or loses.
"""
import logging
import os

from odoo.addons.dingding.tests.common import portable

from . import expected
from .matrix import Matrix
from .matrix_case import MatrixCase

WRITE = "DINGDING_RIGHTS_WRITE"


@portable
class TestMatrix(MatrixCase):
    def test_matrix(self):
        # Refusals are the point here, and Odoo logs many of them as errors.
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        found = Matrix(self.env, self.roles, self.rows()).table()
        if os.environ.get(WRITE):
            # Of another series these are copies of the sources.
            return expected.save(found, list(self.roles), os.environ[WRITE])
        wanted = expected.load()
        wrong = [
            "%s %s: expected %s, found %s" % (
                key[0], key[1], self._cells(wanted, key), self._cells(found, key))
            for key in list(wanted) + [key for key in found if key not in wanted]
            if wanted.get(key) != found.get(key)
        ]
        return self.assertFalse(wrong, "\n".join(wrong))

    @staticmethod
    def _cells(table, key):
        cells = table.get(key)
        return "no such line" if cells is None else " ".join(
            "%s=%s" % each for each in cells.items()
        )
