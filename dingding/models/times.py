# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Times as their reader has them."""
from odoo import fields

from ..dingtalk import beijing


def local(records, moment, zone=None):
    """Return a moment as an aware datetime in the reader's time zone.

    That is the context's, else the user's, else ``zone``, else Beijing's: scheduled
    actions and most users made for people have none, and Odoo would take UTC.

    :param moment: naive, in UTC; as a datetime or as Odoo 11 reads it
    :param str zone: of the organisation
    """
    if isinstance(moment, str):
        moment = fields.Datetime.from_string(moment)
    name = records.env.context.get("tz") or records.env.user.tz or zone or beijing.ZONE
    return fields.Datetime.context_timestamp(records.with_context(tz=name), moment)
