# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Limit the buttons by which employees make Odoo call DingTalk."""
from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import compat, rights
from .queue import database_now, take_lock

# First key of the advisory locks of a user's presses; the second key is the user.
LOCK_PRESS = 0x4454000C
# Presses about a record within this time are one.
PRESS_SECONDS = 60
MOST_A_DAY = 30  # presses of a button by a user


class DingdingPress(models.Model):
    """A press of a button that costs calls, by an employee.

    A script can press without end, and use up the month's calls of the organisation.
    DingTalk managers answer for those: the buttons do not limit them.
    """

    _name = "dingding.press"
    _description = "DingTalk Button Press"
    _order = "id desc"

    user_id = fields.Many2one(
        "res.users", string="User", required=True, readonly=True, ondelete="cascade",
        index=True,
    )
    button = fields.Char(required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Integer(string="Record ID", required=True, readonly=True)
    pressed_at = fields.Datetime(string="Pressed on", required=True, readonly=True)

    def init(self):
        result = super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_press_record"
            " ON dingding_press (res_model, res_id)")
        return result

    @api.model
    def _allow(
        self, records, button, seconds=PRESS_SECONDS, most=MOST_A_DAY, *, text=None
    ):
        """Note that the user presses a button; return the records to act on.

        The presses belong to the caller's transaction: one that Odoo repeats counts
        once.

        :param str button: name of the button
        :param seconds: records about which anybody has pressed it within this time are
            left out; 0: none are
        :param int most: presses of a user within a day
        :param str text: of the error
        :raise UserError: the user has pressed it too often
        """
        if not records:
            return records
        cr, uid = self.env.cr, self.env.uid
        take_lock(cr, LOCK_PRESS, uid, seconds=None)
        # One call may press about many records, one after the other.
        pressed = self._pressed(button, uid, cr)
        # This transaction may not see what was committed while it waited.
        with compat.open_cursor(cr.dbname) as other:
            pressed = len(pressed | self._pressed(button, uid, other))
            other.execute(
                "SELECT res_id FROM dingding_press WHERE res_model = %s AND res_id IN"
                " %s AND button = %s AND pressed_at > clock_timestamp()"
                " AT TIME ZONE 'UTC' - %s * interval '1 second'",
                [records._name, tuple(records.ids), button, seconds])
            recent = {row[0] for row in other.fetchall()}
        found = records.filtered(lambda record: record.id not in recent)
        if found and pressed + len(found) > most:
            raise UserError(
                text
                or _("You have used this button %d times within a day, and each time "
                     "costs API calls of your organisation. Ask a DingTalk manager.")
                % pressed
            )
        now = fields.Datetime.to_string(database_now(cr))
        # As the superuser: users may not write presses.
        model = rights.without_defaults(compat.as_superuser(self))
        compat.create_all(model, [
            {"user_id": uid, "button": button, "res_model": record._name,
             "res_id": record.id, "pressed_at": now}
            for record in found
        ])
        return found

    # 11.0 mistakes methods whose first parameter is a cursor.
    @api.model
    def _pressed(self, button, uid, cr):
        """Return the IDs of a user's presses of a button within a day."""
        cr.execute(
            "SELECT id FROM dingding_press WHERE user_id = %s AND button = %s"
            " AND pressed_at > clock_timestamp() AT TIME ZONE 'UTC'"
            " - interval '1 day'", [uid, button])
        return {row[0] for row in cr.fetchall()}

    @api.model
    def _allow_again(self, records, button):
        """As :meth:`_allow`, for work that has failed.

        :raise UserError: all of it was tried within a minute
        """
        found = self._allow(records, button)
        if records and not found:
            raise UserError(_("This was tried a moment ago. Try again in a minute."))
        return found
