# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The form banner of mapped models, and the actions of its buttons."""
from lxml import etree

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, forms
from odoo.addons.dingding.models.queue import DUE_STATES

from .statuses import AGAIN, ICONS, OPEN

WIDGET = "dingding_approval"
COUNT_WIDGET = "dingding_approval_count"
ACTION = "dingding_approval.dingding_approval_action_record"
ASKING = ("withdraw", "comment", "unlock")


class DingdingApproval(models.Model):
    """Show approvals on the form of any mapped model.

    The nodes are inserted when a view is sent to the client. See docs/decisions/0013.
    """

    _inherit = "dingding.approval"

    # -- form view -----------------------------------------------------------------

    @api.model
    def _add_banner(self, arch):
        """Insert banner and smart button into the tree of a form."""
        button = str(self.env.ref(ACTION).id)
        if arch.tag != "form" or arch.xpath(
            "//widget[@name='%s'] | //button[@name='%s']" % (WIDGET, button)
        ):
            return
        banner = etree.Element("widget", name=WIDGET)
        header = arch.find("header")
        if header is None:
            arch.insert(0, banner)
        else:
            header.addnext(banner)
        box = forms.button_box(arch)
        if box is not None:
            box.append(self._smart_button())

    @api.model
    def _smart_button(self):
        button = etree.Element(
            "button", type="action", name=str(self.env.ref(ACTION).id),
            icon="fa-check-square-o",
        )
        button.set("class", "oe_stat_button o_dingding_approvals")
        inner = etree.SubElement(button, "div")
        inner.set("class", "o_field_widget o_stat_info")
        value = etree.SubElement(inner, "span")
        value.set("class", "o_stat_value")
        etree.SubElement(value, "widget", name=COUNT_WIDGET)
        text = etree.SubElement(inner, "span")
        text.set("class", "o_stat_text")
        text.text = _("Approvals")
        return button

    # -- contents ------------------------------------------------------------------

    @api.model
    def banner(self, res_model, res_id):
        """Return the contents of a record's banner, or False.

        :rtype: dict of count, approval (the latest one, or False), submit (mappings by
            which the record can be submitted) and lock (see ``_banner_lock``, or False)
        :raise AccessError: the user may not read the record
        """
        record = self._banner_record(res_model, res_id)
        if not record:
            return False
        rows = self._of_record(record)
        may_write = self._may_write(record)
        submit = []
        if may_write:
            mappings = self.env["dingding.approval.mapping"]._for_record(record)
            busy = {
                row.mapping_id.id for row in rows
                if row.status in OPEN
                or row.status == "agreed" and row.locked
            }
            again = rows[:1].mapping_id.id if rows[:1].status in AGAIN else None
            agreed = {row.mapping_id.id for row in rows if row.status == "agreed"}
            submit = [
                {
                    "id": mapping.id,
                    "label": self._submit_label(
                        mapping, len(mappings), agreed | {again}
                    ),
                    "primary": mapping.id not in agreed,
                }
                for mapping in mappings if mapping.id not in busy
            ]
        if not rows and not submit:
            return False
        return {
            "count": len(rows),
            "approval": rows[:1]._banner_values(self, may_write) if rows else False,
            "submit": submit,
            "lock": rows._banner_lock(),
        }

    def _banner_lock(self):
        """Return why the record of these approvals is locked, or False, with sudo.

        :rtype: dict of text and free (names of the fields that stay writable)
        """
        locked = self.filtered("locked")
        if not locked:
            return False
        free = sorted(frozenset.intersection(*[row._free_names() for row in locked]))
        text = locked[0]._locked_text(None).replace("\n", " ")
        if free and locked[0].res_model in self.env:
            known = self.env[locked[0].res_model].fields_get(free, ["string"])
            text += " " + _("These fields stay writable: %s.") % ", ".join(
                known[name]["string"] for name in free if name in known
            )
        return {"text": text, "free": free}

    @api.model
    def _submit_label(self, mapping, count, again):
        """Return the label of the button that submits by a mapping."""
        text = _("Submit again") if mapping.id in again else _("Submit to DingTalk")
        return "%s: %s" % (text, mapping.name) if count > 1 else text

    @api.model
    def _banner_record(self, res_model, res_id):
        if res_model not in self._mapped_models() or not res_id:
            return None
        compat.check_access(self.browse(), "read")
        record = self.env[res_model].browse(int(res_id)).exists()
        if record:
            compat.check_access(record, "read")
        return record

    @api.model
    def _may_write(self, record):
        try:
            compat.check_access(record, "write")
        except AccessError:
            return False
        return True

    def _banner_values(self, viewer, may_write):
        """Return the banner's values of one approval, with sudo.

        :param viewer: this model in the viewer's environment
        """
        manager = viewer.browse(self.id)._is_manager()
        running = self.status == "running"
        waiting = self._waiting_tasks()
        leaving = self.request_ids.filtered(
            lambda row: row.kind == "withdraw" and row.state in DUE_STATES
        )
        decided = running and self._outcome() != "running"
        # The record is not updated yet, or DingTalk is about to be told.
        shown = "pending" if decided or running and leaving else self.status
        is_person = running and bool(
            self.env["dingding.user"].sudo().search(
                [("user_id", "=", viewer.env.uid), ("corp_id", "=", self.corp_id.id)],
                limit=1,
            )
        )
        acts = may_write or manager
        # A failed request is settled once the same was requested again.
        failed = self.request_ids.filtered(
            lambda row: row.state in ("failed", "unknown") and not any(
                other.kind == row.kind and other.id > row.id
                for other in self.request_ids)
        )[:1] if self.status in OPEN else self.request_ids.browse()
        trouble = self if self.last_error else failed
        can = {
            "withdraw": acts and not leaving and self.status in OPEN,
            "comment": is_person,
            "remind": acts and bool(waiting),
            "unlock": manager and self.locked,
            "retry": acts and self.state in ("failed", "unknown")
            and self.status != "failed",
            "open": bool(self.url),
            "timeline": True,
        }
        text, moment = self._banner_text(waiting)
        return {
            "id": self.id,
            "status": shown,
            "icon": ICONS[shown],
            "label": self._banner_label(shown, decided),
            "text": text,
            "time": moment,
            "locked": self.locked,
            "trouble": trouble.last_error or "",
            "remedy": trouble.remedy or "",
            "buttons": [
                {"name": name, "label": label}
                for name, label in self._banner_buttons() if can[name]
            ],
        }

    def _banner_label(self, shown, decided):
        if shown == "pending":
            return _("Decided, write-back pending") if decided else _("Being withdrawn")
        words = dict(self._fields["status"]._description_selection(self.env))
        return words.get(shown)

    def _banner_text(self, waiting):
        """Return who has it and since when, or when it ended.

        The client replaces ``{time}`` in the text with the UTC time in the reader's
        time zone.

        :rtype: tuple of text and time
        """
        if self.status == "running" and waiting:
            text = _("waiting for %(people)s since %(time)s") % {
                "people": ", ".join(waiting.mapped("person_name")), "time": "{time}",
            }
            moment = self.waiting_since or self.submitted_at
        else:
            text, moment = "{time}", self.finished_at or self.submitted_at
        if not moment:
            text = ""
        else:
            moment = fields.Datetime.to_string(fields.Datetime.from_string(moment))
        text = ", ".join(each for each in (text, self.business_id) if each)
        return text, moment or ""

    @api.model
    def _banner_buttons(self):
        return [
            ("withdraw", _("Withdraw")),
            ("comment", _("Comment")),
            ("remind", _("Remind")),
            ("retry", _("Retry")),
            ("unlock", _("Unlock")),
            ("open", _("Open in DingTalk")),
            ("timeline", _("Timeline")),
        ]

    # -- button actions ------------------------------------------------------------

    @api.model
    def banner_press(self, res_model, res_id, button, mapping_id=False):
        """Execute a button of the banner.

        :return: an action to show, or False
        :raise UserError: the operation is not possible
        """
        record = self._banner_record(res_model, res_id)
        if not record:
            raise UserError(_("The record no longer exists."))
        if button == "submit":
            return self._preview_action(record, mapping_id)
        approval = self.browse(self._of_record(record)[:1].id)
        if not approval:
            raise UserError(_("%s was never submitted.") % record.display_name)
        if button in ASKING:
            return self._ask_action(approval, button)
        if button == "remind":
            approval.action_remind()
            return self._ask_action(approval, "reminded")
        if button == "retry":
            approval.action_retry()
            return False
        if button == "open":
            return approval.action_open_in_dingtalk()
        if button == "timeline":
            return approval._form_action()
        raise UserError(_("%s is not a button.") % button)

    @api.model
    def _preview_action(self, record, mapping_id):
        """Return the preview of the form to submit."""
        return {
            "type": "ir.actions.act_window",
            "name": _("Submit to DingTalk"),
            "res_model": "dingding.approval.preview",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_res_model": record._name,
                "default_res_id": record.id,
                "default_mapping_id": mapping_id or False,
            },
        }

    def action_ask_withdraw(self):
        """Ask for the reason of a withdrawal."""
        return self._ask_action(self, "withdraw")

    def action_ask_comment(self):
        """Ask for the text of a comment."""
        return self._ask_action(self, "comment")

    def action_ask_unlock(self):
        """Ask for the reason for unlocking."""
        return self._ask_action(self, "unlock")

    @api.model
    def _ask_action(self, approval, kind):
        compat.check_access(approval, "read")
        titles = {
            "withdraw": _("Withdraw"),
            "comment": _("Comment"),
            "unlock": _("Unlock"),
            "reminded": _("Reminded"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": titles[kind],
            "res_model": "dingding.approval.ask",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_approval_id": approval.id, "default_kind": kind,
            },
        }
