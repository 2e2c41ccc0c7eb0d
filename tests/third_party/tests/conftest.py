# Copyright 2026 Acme
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The addons without Odoo; ``ADDONS`` is the folder with ours."""

import os
from pathlib import Path

import pytest
from dingtalk_simulator.testing import importable_without_odoo

importable_without_odoo(os.environ["ADDONS"], Path(__file__).resolve().parents[1])


@pytest.fixture
def client(dingtalk_simulator):
    """The client of the simulated organisation's application, with the new area."""
    from odoo.addons.acme_attendance import dingtalk  # noqa: F401
    from odoo.addons.dingding.dingtalk.client import Credential, DingTalkClient
    from odoo.addons.dingding.dingtalk.transport import Hosts

    url = dingtalk_simulator.url
    return DingTalkClient(
        Credential(dingtalk_simulator.app_key, dingtalk_simulator.app_secret),
        Hosts(oapi=url, api=url, login=url), sleep=lambda seconds: None)
