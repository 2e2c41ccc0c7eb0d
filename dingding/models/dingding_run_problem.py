# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models


class DingdingRunProblem(models.Model):
    """Something that a run could not do, and what helps.

    Only the code is stored: every reader gets the sentence in his own language.
    """

    _name = "dingding.run.problem"
    _description = "Problem of a DingTalk Run"
    _order = "run_id desc, id"
    _rec_name = "subject"

    run_id = fields.Many2one(
        "dingding.run", string="Run", required=True, readonly=True, index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="run_id.company_id", readonly=True)
    code = fields.Char(string="Kind", required=True, readonly=True)
    subject = fields.Char(string="Concerns", readonly=True)
    error = fields.Text(
        string="Details", readonly=True, help="What DingTalk said, or what was found."
    )
    error_remedy = fields.Char(readonly=True)
    department_id = fields.Many2one(
        "dingding.department", string="Department", readonly=True, ondelete="set null"
    )
    person_id = fields.Many2one(
        "dingding.user", string="Person", readonly=True, ondelete="set null"
    )
    text = fields.Text(string="Problem", compute="_compute_text")
    remedy = fields.Text(string="What to do", compute="_compute_text")

    @api.depends("code", "error_remedy")
    def _compute_text(self):
        for problem in self:
            text, remedy = self._texts().get(problem.code, (problem.code, ""))
            if problem.error_remedy:
                helps = self.env["dingding.remedy"]._text(problem.error_remedy)
                remedy = "%s %s" % (remedy, helps) if remedy else helps
            problem.text, problem.remedy = text, remedy

    @api.model
    def _texts(self):
        """Return code -> (what happened, what to do), in the reader's language."""
        again = _("Read departments and people once more.")
        scope = _(
            "Widen the contact scope of the application in the developer console "
            "(Permissions > Contacts), or leave it if the application shall not see it."
        )
        by_hand = _("Choose the system user on the form of the DingTalk user.")
        return {
            "department_vanished": (
                _("DingTalk listed the department and then did not know it any more."),
                again,
            ),
            "department_refused": (
                _("The application may not see this department."), scope,
            ),
            "department_unreadable": (
                _("DingTalk's answer about this department could not be used."), again,
            ),
            "page_repeated": (
                _("DingTalk sent the same page of people twice, or an empty one."),
                again,
            ),
            "person_without_id": (
                _("DingTalk sent a person without UserID."), again,
            ),
            "department_without_id": (
                _("DingTalk sent a department without number."), again,
            ),
            "department_twice": (
                _("DingTalk lists this department below two others; the first holds."),
                again,
            ),
            "department_cycle": (
                _("This department is below itself; it was put at the top."), again,
            ),
            "parent_missing": (
                _("The department above is missing; it was put at the top."), scope,
            ),
            "person_unreadable": (
                _("This person could not be read."), scope,
            ),
            "person_not_visible": (
                _("This person exists, but the application may not see it any more. "
                  "It was kept."), scope,
            ),
            "department_not_visible": (
                _("This department exists, but the application may not see it any "
                  "more. It was kept."), scope,
            ),
            "bad_value": (
                _("DingTalk sent a value that makes no sense. The stored one was "
                  "kept."),
                _("Correct the value in DingTalk."),
            ),
            "leavers_kept": (
                _("Some are no longer listed, but as the answer was not complete "
                  "nobody was archived."), again,
            ),
            "guard": (
                _("More would be archived than the organisation allows without "
                  "asking. Nothing was changed."),
                _("Check in DingTalk's admin console and in the contact scope of the "
                  "application whether they have really left. If they have, press "
                  "Apply anyway: DingTalk is then asked about each of them."),
            ),
            "user_without_login": (
                _("No system user was made: this person has neither an e-mail nor a "
                  "mobile to sign in by."), _("Enter one in DingTalk."),
            ),
            "user_may_exist": (
                _("No system user was made: another one has the mobile or e-mail of "
                  "this person."), by_hand,
            ),
            "leaver_user_kept": (
                _("This person has left DingTalk. The system user has administration "
                  "rights and was not archived."),
                _("Archive the user by hand, if that is right."),
            ),
            "mobile_of_several_users": (
                _("Several system users have the mobile of this person."), by_hand,
            ),
            "mobile_of_several_people": (
                _("Several people of the organisation have this mobile."), by_hand,
            ),
            "email_of_several_users": (
                _("Several system users have the e-mail of this person."), by_hand,
            ),
            "email_of_several_people": (
                _("Several people of the organisation have this e-mail."), by_hand,
            ),
            "link_administrator": (
                _("The system user with the same mobile or e-mail has administration "
                  "rights."),
                _("An administrator can choose the user on the form of the DingTalk "
                  "user, or allow it on the organisation."),
            ),
            "link_unconfirmed": (
                _("The system user has the mobile or e-mail of this person, but it is "
                  "a value that users can write themselves, or one that was entered "
                  "in Odoo. No link was made."),
                _("A manager presses Synchronise, checks the link in the preview and "
                  "applies it; for a user who may do more than the manager an "
                  "administrator does. Users whose login is the person's e-mail or "
                  "mobile need no confirmation."),
            ),
            "link_taken": (
                _("The system user with the same mobile or e-mail is already linked to "
                  "another person."), by_hand,
            ),
        }
