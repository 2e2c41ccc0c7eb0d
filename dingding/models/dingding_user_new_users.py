# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models
from odoo.exceptions import AccessError

from .. import compat, rights


class DingdingUser(models.Model):
    """Limit what the user created for a person may do.

    See ``dingding_department_new_users.py``.
    """

    _inherit = "dingding.user"

    def write(self, vals):
        if not {"department_ids", "main_department_id"} & set(vals):
            return super().write(vals)
        before = self._granted()
        result = super().write(vals)
        self._check_placed(before)
        return result

    def _new_user_department(self):
        """Return the department whose settings apply to this person's new user."""
        return self.main_department_id or self.department_ids.sorted(
            lambda each: (each.sort_path or "", each.id))[:1]

    def _granted(self):
        """Return person's id -> rights of a new user that the current user lacks.

        :rtype: dict of int -> set of (model, id) of groups and companies
        """
        found = {}
        if rights.is_administrator(self.env):
            return found
        for person in self.sudo():
            if not person.user_id and person.corp_id.create_users != "never":
                place = person._new_user_department()
                found[person.id] = place._new_users_gain(self.env.user)
        return found

    def _check_placed(self, before):
        """Refuse to move people where new users get more rights than the user has.

        :param dict before: see ``_granted``
        :raise AccessError: a user created for one of them would gain rights
        """
        for person_id, granted in self._granted().items():
            if granted - before.get(person_id, set()):
                person = self.sudo().browse(person_id)
                raise AccessError(
                    _("New users in %(department)s have more access rights in Odoo "
                      "than you. Ask an administrator to move %(person)s there.")
                    % {"person": person.name,
                       "department": person._new_user_department().name}
                )

    @compat.create_multi
    def create(self, vals_list):
        people = compat.super_create(super(), vals_list)
        people._check_placed({})
        return people
