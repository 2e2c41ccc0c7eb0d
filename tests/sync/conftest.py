# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Loads ``dingding/sync`` and the client without the addon.

They are imported as ``dingding_pure.sync`` and ``dingding_pure.dingtalk``, without Odoo
on the path.
"""
import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

if "dingding_pure" not in sys.modules:
    package = types.ModuleType("dingding_pure")
    package.__path__ = [os.path.join(ROOT, "dingding")]
    sys.modules["dingding_pure"] = package
