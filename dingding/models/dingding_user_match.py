# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Say why people are not linked, and link them, several at a time."""
import collections
import time

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat, rights

#: A kind of records that people are linked to.
#:
#: link     field of ``dingding.user`` with the link
#: ignored  field: nobody has to be linked
#: reason   field with a key of ``UNLINKED``
#: likely   field with the likely records
#: rule     field with the value that they share
#: prefix   of the codes of this kind's problems, see ``_find_links``
Side = collections.namedtuple("Side", "link ignored reason likely rule prefix")

LIKELY_RULES = [
    ("mobile", "Verified mobile"), ("email", "E-mail"), ("user", "System user"),
    ("shared", "Other organisation"),
]
UNLINKED = [
    ("next_sync", "Linked by the next sync"),
    ("own_value", "Awaiting manager: users can change this value"),
    ("entered", "Awaiting manager: value entered in Odoo"),
    ("several", "Several candidates"),
    ("several_people", "Several people have this value"),
    ("administrator", "Candidate is an administrator"),
    ("taken", "Candidate is linked to another person"),
    ("company", "Candidate belongs to another company"),
    ("archived", "Candidate is archived"),
    ("portal", "Candidate is a portal user"),
    ("no_candidate", "No candidate"),
    ("not_activated", "Mobile not verified"),
    ("no_value", "No mobile or e-mail"),
    ("no_rule", "No rule is enabled"),
]
# Odoo ends a request that takes longer than a minute of processor time, and with it
# what the request has done.
MATCH_SECONDS = 20
# Reasons that a click answers: one candidate, shared with nobody.
ONE_CANDIDATE = ("next_sync", "own_value", "entered", "administrator")


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    user_ignored = fields.Boolean(
        string="Ignored", copy=False,
        help="The person needs no system user: rules neither link nor create one, and "
             "the person does not count as unmatched.",
    )
    unlinked_reason = fields.Selection(
        UNLINKED, string="Not linked because", readonly=True, copy=False,
        groups="dingding.group_manager",
    )
    likely_user_ids = fields.Many2many(
        "res.users", "dingding_user_likely_rel", "person_id", "user_id",
        string="Likely users", readonly=True, copy=False,
        groups="dingding.group_manager",
        help="System users with the same mobile or e-mail.",
    )
    likely_rule = fields.Selection(
        LIKELY_RULES, string="Likely by", readonly=True, copy=False,
        groups="dingding.group_manager",
    )

    @api.model
    def _match_sides(self):
        """Return the field with a link -> Side; addons add theirs."""
        return collections.OrderedDict(
            user_id=Side(
                "user_id", "user_ignored", "unlinked_reason", "likely_user_ids",
                "likely_rule", "",
            )
        )

    @api.model
    def _own_match_fields(self):
        """Return the fields that only ``_match`` writes."""
        return {
            name for side in self._match_sides().values()
            for name in (side.reason, side.likely, side.rule)
        }

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self, self._own_match_fields())
        for vals in vals_list:
            self._check_match_fields(vals)
        return compat.super_create(super(), vals_list)

    def write(self, vals):
        self._check_match_fields(vals)
        for side in self._match_sides().values():
            if vals.get(side.link):
                # If the link is removed later, the person has to be matched again.
                vals = dict(vals, **{side.ignored: False})
        return super().write(vals)

    def _check_match_fields(self, vals):
        """Refuse invented reasons.

        :raise AccessError: for everybody but the system
        """
        if not compat.is_superuser(self.env) and self._own_match_fields() & set(vals):
            raise AccessError(
                _("Odoo finds the reasons and candidates of a match itself.")
            )

    # -- screens -----------------------------------------------------------------------

    @api.model
    def action_match(self):
        """Open the people who are not linked, with likely users."""
        action = self._open_match("dingding.dingding_user_action_match")
        cards = self.env.ref("dingding.dingding_user_view_kanban_match")
        # Phones show the cards, which have photos.
        action["views"] = action["views"][:1] + [(cards.id, "kanban"), (False, "form")]
        return action

    @api.model
    def action_links(self):
        """Open the report of links: who is linked, who is not, and why."""
        return self._open_match("dingding.dingding_user_action_links")

    def action_match_choose(self):
        """Open the dialog that matches these people at once."""
        return self.env["dingding.match"]._open(self)

    @api.model
    def _open_match(self, action):
        rights.check_manager(self)
        self._match(self.env["dingding.corp"].search([]))
        return compat.window_action(self.env, action)

    @api.model
    def _match(self, corps):
        """Store why people of these organisations are not linked."""
        syncs = self.env["dingding.sync"].sudo()
        for corp in corps.sudo():
            syncs._match(corp)

    # -- what can be done about it -----------------------------------------------------

    @api.model
    def _match_choices(self):
        """Return the choices of the dialog: (key, label, method) of each.

        The method acts with the user's rights, and returns {person: error} of failures.
        """
        return [
            ("link", _("Link to the likely user"), "_match_link"),
            ("create", _("Create system users"), "_match_create"),
            ("ignore", _("Ignore"), "_match_ignore"),
            ("unignore", _("No longer ignore"), "_match_unignore"),
        ]

    def _match_do(self, choice):
        """Do this for all of these people; return {person: error} of failures.

        :param str choice: key of ``_match_choices``
        :raise AccessError: the user is not a DingTalk manager
        """
        rights.check_manager(self)
        compat.check_access(self, "write")
        # Values may have changed since the screen was opened.
        self._match(self.mapped("corp_id"))
        methods = {key: method for key, _label, method in self._match_choices()}
        if choice not in methods:
            raise AccessError(_("You may not do this."))
        failed = getattr(self, methods[choice])()
        self._match(self.mapped("corp_id"))
        return failed

    @api.model
    def _match_text(self, failed):
        """Return the errors of ``_match_do`` as text."""
        lines = [
            "%s: %s" % (person.name, error) for person, error in failed.items() if error
        ]
        left = len(failed) - len(lines)
        if left:
            lines.append(_("%d people remain. Click Apply to continue.") % left)
        return "\n".join(lines)

    def _for_each(self, method):
        """Call ``method(person)`` for each person; return {person: error}.

        The error is None if the time was up before.
        """
        failed, deadline = collections.OrderedDict(), time.monotonic() + MATCH_SECONDS
        # Each would read all of them again, after what the one before has written.
        for person in map(self.browse, self.ids):
            if time.monotonic() > deadline:
                failed[person] = None
                continue
            try:
                with self.env.cr.savepoint():
                    method(person)
                    compat.flush(self.env)
            except (AccessError, UserError, ValidationError) as error:
                compat.forget(self.env)
                failed[person] = error.args[0]
        return failed

    def _match_link(self):
        return self._for_each(lambda person: person._link_likely("user_id"))

    def _link_likely(self, link):
        """Link a person to the only candidate, as if chosen manually."""
        side = self._match_sides()[link]
        likely = self[side.likely]
        if self[side.link]:
            raise UserError(_("Already linked."))
        if self[side.reason] not in ONE_CANDIDATE or len(likely) != 1:
            raise UserError(
                _("Several candidates, or none. Choose the record on the person's "
                  "form.")
            )
        self.write({link: likely.id})

    def _match_create(self):
        """Create system users, under the same conditions as a sync."""
        syncs, wanted, texts = self.env["dingding.sync"].sudo(), {}, {}
        for corp in self.mapped("corp_id").sudo():
            lines, problems = syncs._plan_records(corp, syncs._find_links(corp)[0])
            keys = [line["key"] for line in lines if line["kind"] == "user"]
            wanted[corp.id] = syncs._ids_to_make("person", corp, keys)
            texts[corp.id] = {each["userid"]: each["code"] for each in problems}

        def create(person):
            corp, row = person.corp_id.sudo(), person.sudo()
            if corp.create_users == "never":
                raise UserError(
                    _("%s creates no system users. An administrator can change that on "
                      "the page Synchronisation.") % corp.name
                )
            code = texts[corp.id].get(person.userid)
            if code:
                raise UserError(self.env["dingding.sync.problem"]._texts()[code][0])
            if person.userid not in wanted[corp.id] or not (
                syncs._create_records_of_kind("user", corp, row)
            ):
                raise UserError(
                    _("No system user can be created: the person is linked, ignored or "
                      "not activated, or has a likely user.")
                )

        return self._for_each(create)

    def _match_ignore(self):
        return self._ignore("user_id", True)

    def _match_unignore(self):
        return self._ignore("user_id", False)

    def _ignore(self, link, ignored):
        side = self._match_sides()[link]
        linked = self.filtered(link) if ignored else self.browse()
        (self - linked).write({side.ignored: ignored})
        return collections.OrderedDict(
            (person, _("Already linked.")) for person in linked
        )

    # -- buttons of a row --------------------------------------------------------------

    def _match_row(self, choice):
        failed = self._match_do(choice)
        if failed:
            raise UserError(self._match_text(failed))
        return True

    def action_match_link(self):
        """Link these people to their likely users."""
        return self._match_row("link")

    def action_match_create(self):
        """Create system users for these people."""
        return self._match_row("create")

    def action_match_ignore(self):
        """Stop counting these people as unmatched."""
        return self._match_row("ignore")

    def action_match_unignore(self):
        """Count these people as unmatched again."""
        return self._match_row("unignore")
