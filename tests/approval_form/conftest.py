# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Loads ``dingding_approval/form`` without the addon around it, as ``approval_pure``.

Odoo is not on the path and must not be needed.
"""
import os
import sys
import types

import hypothesis

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

if "approval_pure" not in sys.modules:
    package = types.ModuleType("approval_pure")
    package.__path__ = [os.path.join(ROOT, "dingding_approval")]
    sys.modules["approval_pure"] = package

# The same examples each time, and nothing kept on disk: a suite tells of the code.
hypothesis.settings.register_profile(
    "suite", derandomize=True, database=None, deadline=None, max_examples=60
)
hypothesis.settings.load_profile("suite")
