# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models


class DingdingSyncProblem(models.Model):
    """A problem of a sync, and its remedy.

    Readers get the sentence in their own language.
    """

    _name = "dingding.sync.problem"
    _description = "DingTalk Sync Problem"
    _order = "sync_id desc, id"
    _rec_name = "subject"

    sync_id = fields.Many2one(
        "dingding.sync", string="Synchronisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(related="sync_id.company_id", readonly=True)
    code = fields.Char(string="Type", required=True, readonly=True)
    subject = fields.Char(string="Affected record", readonly=True)
    error = fields.Text(
        string="Details", readonly=True, help="DingTalk's message, or the cause found."
    )
    error_remedy = fields.Char(readonly=True)
    department_id = fields.Many2one(
        "dingding.department", string="Department", readonly=True, ondelete="set null"
    )
    person_id = fields.Many2one(
        "dingding.user", string="Person", readonly=True, ondelete="set null"
    )
    text = fields.Text(string="Problem", compute="_compute_text")
    remedy = fields.Text(string="Remedy text", compute="_compute_text")
    remedy_html = fields.Html(
        string="What to do", compute="_compute_remedy_html", sanitize=False
    )

    @api.depends("code", "error_remedy")
    def _compute_text(self):
        for problem in self:
            text, remedy = self._texts().get(problem.code, (problem.code, ""))
            if problem.error_remedy:
                helps = self.env["dingding.remedy"]._text(problem.error_remedy)
                remedy = "%s %s" % (remedy, helps) if remedy else helps
            problem.text, problem.remedy = text, remedy

    @api.depends("code", "error", "error_remedy")
    def _compute_remedy_html(self):
        remedies = self.env["dingding.remedy"]
        for problem in self:
            sentence = self._texts().get(problem.code, ("", ""))[1]
            html = "<p>%s</p>" % remedies._linked(sentence) if sentence else ""
            link = remedies._first_link(problem.error)
            if link:
                html += "<p>%s</p>" % link
            problem.remedy_html = html + remedies._html("", problem.error_remedy)

    @api.model
    def _texts(self):
        """Return code -> (what happened, what to do), in the reader's language."""
        again = _("Get departments and users again.")
        scope = _(
            "Extend the application's range of contacts in the developer console "
            "(Permissions > Contacts). If the application should not see it, do "
            "nothing."
        )
        by_hand = _("Choose the system user on the form of the DingTalk user.")
        return {
            "department_vanished": (
                _(
                    "DingTalk listed the department, then reported that it does not "
                    "exist."),
                again,
            ),
            "department_refused": (
                _("The application may not see this department."), scope,
            ),
            "department_unreadable": (
                _("DingTalk's response about this department could not be read."),
                again,
            ),
            "page_repeated": (
                _("DingTalk sent the same page of people twice, or an empty one."),
                again,
            ),
            "person_without_id": (
                _("DingTalk sent a person without UserID."), again,
            ),
            "department_without_id": (
                _("DingTalk sent a department without ID."), again,
            ),
            "department_twice": (
                _(
                    "DingTalk lists this department under two parents. The first one "
                    "is used."),
                again,
            ),
            "department_cycle": (
                _(
                    "This department is its own ancestor. It was moved to the top "
                    "level."), again,
            ),
            "parent_missing": (
                _(
                    "The parent department is missing. The department was moved to the "
                    "top level."), scope,
            ),
            "person_unreadable": (
                _("This person could not be read."), scope,
            ),
            "person_not_visible": (
                _("This person exists, but the application may no longer see the "
                  "person. It was kept."), scope,
            ),
            "department_not_visible": (
                _("This department exists, but the application may no longer see it. "
                  "It was kept."), scope,
            ),
            "resource_unreadable": (
                _("DingTalk did not show this list. Nothing of it was archived."),
                again,
            ),
            "resource_repeated": (
                _("DingTalk sent the same page of this list twice. Nothing of it was "
                  "archived."), again,
            ),
            "bad_value": (
                _("DingTalk sent an invalid value. The stored value was kept."),
                _("Correct the value in DingTalk."),
            ),
            "leavers_kept": (
                _("Some people are no longer listed. The response was incomplete, so "
                  "nobody was archived."), again,
            ),
            "threshold": (
                _("More records would be archived than the archive threshold allows. "
                  "Nothing was changed."),
                _("Check in DingTalk's admin console, and in the application's range "
                  "of contacts, whether they have really left. If so, click Apply "
                  "anyway: Odoo then queries DingTalk about each of them."),
            ),
            "user_without_login": (
                _("No system user was created: this person has no e-mail and no mobile "
                  "to sign in with."), _("Enter it in DingTalk."),
            ),
            "user_may_exist": (
                _("No system user was created: another user has the mobile or e-mail "
                  "of this person."), by_hand,
            ),
            "create_refused": (
                _("Odoo has refused to create a record for this person or department."),
                _("Correct the value in DingTalk, or create the record in Odoo and "
                  "link it. Other records were created."),
            ),
            "follow_refused": (
                _("Odoo has refused to write DingTalk's values to a linked record."),
                _("Correct the value in DingTalk or the linked record in Odoo, or let "
                  "Odoo lead the field on the organisation's form."),
            ),
            "person_replaced": (
                _("DingTalk has given the UserID of a leaver to somebody "
                  "else. The links of the former person were removed."), by_hand,
            ),
            "leave_refused": (
                _("Odoo has refused to change a record linked to this leaver."),
                _("Archive the leaver's user and employee manually."),
            ),
            "leaver_user_kept": (
                _("This person has left DingTalk. The system user has administration "
                  "rights and was not archived."),
                _("If that is correct, archive the user manually."),
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
                _("An administrator can choose the system user on the form of the "
                  "DingTalk user, or allow linking administrators on the "
                  "organisation."),
            ),
            "link_unconfirmed": (
                _("The system user has the mobile or e-mail of this person, but users "
                  "can change that value themselves, or it was entered in Odoo. No "
                  "link was created."),
                _("A DingTalk manager must click Synchronise, check the link in the "
                  "preview and apply it. If the user has more access rights than the "
                  "manager, an administrator must do so. Users whose login is the "
                  "person's e-mail or mobile need no confirmation."),
            ),
            "link_taken": (
                _("The system user with the same mobile or e-mail is already linked to "
                  "another person."), by_hand,
            ),
        }
