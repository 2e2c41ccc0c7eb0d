# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What needs a person becomes an activity of that person."""


def call_person(record, user, summary, note):
    """Give a user something to do about a record, when nobody has anything to yet.

    :param str note: HTML
    """
    kind = record.env.ref("mail.mail_activity_data_todo", False)
    if not user or not kind or record.sudo().activity_ids:
        return
    record.env["mail.activity"].sudo().with_context(
        mail_activity_quick_update=True
    ).create(
        {
            "res_model_id": record.env["ir.model"].sudo()._get(record._name).id,
            "res_id": record.id,
            "user_id": user.id,
            "activity_type_id": kind.id,
            "summary": summary,
            "note": note,
        }
    )
