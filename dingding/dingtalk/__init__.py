# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A client of the DingTalk open platform in plain Python, without Odoo.

::

    client = DingTalkClient(Credential(app_key, app_secret, agent_id))
    for department in client.contacts.sub_departments(ROOT):
        print(department["name"])

Relative imports only, Python 3.5 and later, needs ``requests`` and, for callbacks,
``pycryptodome`` or ``cryptography``.
"""

from . import errors, limits, messages_body, redact, signing, tokens
from .api.contacts import ROOT, Page
from .client import Credential, DingTalkClient
from .errors import DingTalkError
from .limits import RateLimiter, shared_limiter
from .tokens import MemoryTokenStore, Token
from .transport import Answer, Hosts, Transport

__all__ = [
    "Answer",
    "Credential",
    "DingTalkClient",
    "DingTalkError",
    "Hosts",
    "MemoryTokenStore",
    "Page",
    "ROOT",
    "RateLimiter",
    "Token",
    "Transport",
    "errors",
    "limits",
    "messages_body",
    "redact",
    "shared_limiter",
    "signing",
    "tokens",
]
