# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What may become of an approval."""

OPEN = ("sending", "running")
# What may be submitted once more, as a new approval that names the old one.
AGAIN = ("refused", "terminated", "deleted", "failed")
STATUSES = [
    ("sending", "On its way"),
    ("running", "In approval"),
    ("agreed", "Agreed"),
    ("refused", "Refused"),
    ("terminated", "Withdrawn"),
    ("deleted", "Deleted in DingTalk"),
    ("failed", "Not submitted"),
]
