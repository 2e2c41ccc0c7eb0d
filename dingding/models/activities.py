# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""To-do activities for those who have to do something about a record."""
from odoo import fields
from odoo.tools import html_escape

from ..dingtalk import utc
from . import times


def prepare(record, user, summary, note=False):
    """Return the values of a to-do activity, due on the day of its reader.

    Odoo's default is the day of the scheduled action, which has no time zone: what is
    made at night in China would be overdue at once.

    :param record: has ``corp_id``
    :param str note: HTML
    """
    kind = record.env.ref("mail.mail_activity_data_todo", False)
    zone = user.tz or record.corp_id._time_zone().zone
    now = times.local(record.with_context(tz=zone), utc.now())
    return {
        "res_model_id": record.env["ir.model"].sudo()._get(record._name).id,
        "res_id": record.id, "user_id": user.id, "summary": summary, "note": note,
        "activity_type_id": kind.id if kind else False,
        "date_deadline": fields.Date.to_string(now.date()),
    }


def tell_managers(record, text, others=None):
    """Give each manager of the organisation an activity, and post to all of them.

    :param record: has ``corp_id`` and a chatter
    :param text: ``text(record)`` returns (subject, body), plain texts in the language
        of the context
    :param others: further users to tell
    """
    users = record.corp_id._managers()
    users |= others or users.browse()
    for user in users:
        subject, _body = text(record.with_context(lang=user.lang))
        record.env["mail.activity"].create(prepare(record, user, subject))
    subject, body = text(record)
    record.message_post(
        subject=subject, body=html_escape(body),
        partner_ids=users.mapped("partner_id").ids,
    )
