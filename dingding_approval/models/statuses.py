# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Statuses of approvals."""

OPEN = ("sending", "running")
# May be submitted again.
AGAIN = ("refused", "terminated", "revoked", "deleted", "failed")
STATUSES = [
    ("sending", "Sending"),
    ("running", "In approval"),
    ("agreed", "Approved"),
    ("refused", "Refused"),
    ("terminated", "Withdrawn"),
    ("revoked", "Revoked"),
    ("deleted", "Deleted in DingTalk"),
    ("failed", "Not submitted"),
]
# CSS classes of Font Awesome; "pending" is decided, but not written back.
ICONS = {
    "sending": "fa-paper-plane-o",
    "running": "fa-hourglass-half",
    "pending": "fa-hourglass-end",
    "agreed": "fa-check-circle",
    "refused": "fa-times-circle",
    "terminated": "fa-undo",
    "revoked": "fa-ban",
    "deleted": "fa-trash-o",
    "failed": "fa-exclamation-triangle",
}
