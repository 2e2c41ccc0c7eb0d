# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Turn problems that need a person into that person's activities."""
from odoo.addons.dingding.models import activities


def schedule_activity(record, user, summary, note):
    """Schedule an activity on a record unless one is already open.

    :param str note: HTML
    """
    values = activities.prepare(record, user, summary, note)
    if not user or not values["activity_type_id"] or record.sudo().activity_ids:
        return
    record.env["mail.activity"].sudo().with_context(
        mail_activity_quick_update=True
    ).create(values)
