# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Describe problems of a form, mapping or template in the user's language."""
from odoo import _, api, models


class DingdingApprovalProblem(models.AbstractModel):
    """Messages for the problems of :mod:`..form` and the mappings."""

    _name = "dingding.approval.problem"
    _description = "DingTalk Approval Form Problem"

    @api.model
    def _texts(self, problems):
        """Return the messages of (key, args) pairs, in order, without duplicates."""
        if not problems:
            return []
        sentences = self._sentences()
        found = []
        for key, args in problems:
            sentence = sentences.get(key)
            text = sentence % args if sentence else "%s: %s" % (key, args)
            if args.get("row"):
                text = _("%(table)s, row %(row)s: %(text)s") % {
                    "table": args.get("table", ""), "row": args["row"], "text": text,
                }
            if text not in found:
                found.append(text)
        return found

    @api.model
    def _sentences(self):
        """Return {key: message with named placeholders}."""
        found = self._sentences_of_values()
        found.update(self._sentences_of_mappings())
        found.update(self._sentences_of_people())
        found.update(self._sentences_of_templates())
        found.update(self._sentences_of_changes())
        return found

    @api.model
    def _sentences_of_values(self):
        return {
            "required": _("%(label)s is required."),
            "too_long": _(
                "%(label)s has %(length)s characters; DingTalk accepts up to "
                "%(limit)s. Shorten it, or map a shorter field."
            ),
            "text_long": _(
                "%(label)s has %(length)s characters; DingTalk recommends no more than "
                "%(limit)s."
            ),
            "no_number": _("%(label)s: '%(value)s' is not a number."),
            "no_stars": _(
                "%(label)s: %(value)s is not a valid number of stars (up to %(limit)s)."
            ),
            "no_date": _("%(label)s: '%(value)s' is not a date."),
            "half_range": _("%(label)s requires a start and an end."),
            "range_backwards": _(
                "%(label)s ends (%(end)s) before it starts (%(start)s)."
            ),
            "no_phone": _("%(label)s: '%(value)s' is not a telephone number."),
            "no_address": _(
                "%(label)s: '%(value)s' is not the public URL of a picture. DingTalk "
                "must be able to reach it; or map pictures to a component for files."
            ),
            "no_file": _("%(label)s: '%(value)s' is not a file."),
            "no_place": _("%(label)s: '%(value)s' is not a location."),
            "option_unknown": _(
                "%(label)s: '%(value)s' is not an option of DingTalk's form "
                "(%(options)s). Add it there, or choose another value."
            ),
            "other_option": _(
                "%(label)s: '%(value)s' is not an option; it is sent as custom text."
            ),
            "too_many": _(
                "%(label)s has %(count)s entries; DingTalk accepts up to %(limit)s."
            ),
            "one_only": _(
                "%(label)s accepts one entry, not %(count)s."
            ),
            "rows_many": _(
                "%(label)s has %(count)s rows; DingTalk recommends no more than "
                "%(limit)s."
            ),
            "not_settable": _(
                "Only DingTalk can fill in %(label)s (%(kind)s). Remove its line from "
                "the mapping."
            ),
            "kind_unknown": _(
                "%(label)s is required, but its type (%(kind)s) cannot be filled in by "
                "Odoo. Make it optional in DingTalk."
            ),
            "values_many": _(
                "The form has %(count)s values; DingTalk accepts up to %(limit)s."
            ),
            "form_empty": _("The form is empty: no line of the mapping has a value."),
            "label_double": _(
                "The form has two components named %(label)s: approvers cannot tell "
                "them apart."
            ),
        }

    @api.model
    def _sentences_of_mappings(self):
        return {
            "access": _(
                "%(label)s: you may not read %(path)s. Request access to it, or ask "
                "for a change of the mapping."
            ),
            "path_broken": _(
                "%(label)s: the model %(model)s has no field %(path)s. Correct the "
                "line of the mapping."
            ),
            "path_secret": _(
                "%(label)s: %(path)s contains a password, token or key, which is never "
                "sent to DingTalk. Choose another field."
            ),
            "path_restricted": _(
                "%(label)s: %(path)s is restricted. Choose another field, or ask an "
                "administrator to enter this line."
            ),
            "path_kind": _(
                "%(label)s: the field %(path)s (%(type)s) does not match a component "
                "of the type %(kind)s. Choose another field."
            ),
            "expression_failed": _(
                "%(label)s: the expression fails. An administrator must correct it: "
                "%(error)s"
            ),
            "expression_unapproved": _(
                "%(label)s: the expression is not evaluated because no administrator "
                "wrote it. Ask an administrator to enter it again."
            ),
            "gone": _(
                "%(label)s is no longer on DingTalk's form. Remove its line from the "
                "mapping."
            ),
            "unmapped": _(
                "%(label)s is required, but the mapping has no line for it."
            ),
            "not_fitting": _(
                "The mapping %(label)s does not apply to this record."
            ),
            "model_gone": _("The model %(model)s is no longer installed."),
            "domain_broken": _(
                "The conditions are invalid, so the mapping applies to no record. "
                "Correct them: %(error)s"
            ),
            "template_gone": _(
                "The template was deleted or disabled in DingTalk."
            ),
            "template_new": _(
                "The template is not in DingTalk yet. Click Save template in DingTalk."
            ),
        }

    @api.model
    def _sentences_of_people(self):
        return {
            "person_unlinked": _(
                "%(label)s: %(name)s is not a DingTalk user of the organisation. Link "
                "the person under DingTalk > People > People."
            ),
            "department_unlinked": _(
                "%(label)s: %(name)s is not a DingTalk department. Link it under "
                "DingTalk > People > Departments."
            ),
            "approval_missing": _(
                "%(label)s: %(name)s has not been submitted to DingTalk."
            ),
            "originator_unlinked": _(
                "%(name)s is not a DingTalk user of the organisation and cannot be the "
                "requester. Link the user under DingTalk > People > People, or choose "
                "a default requester on the mapping."
            ),
            "originator_missing": _(
                "The record has no requester (%(path)s), and the mapping has no "
                "default requester."
            ),
            "approver_unlinked": _(
                "The approver %(name)s is not a DingTalk user of the organisation. "
                "Link the person under DingTalk > People > People, or choose another "
                "approver."
            ),
            "approver_gone": _(
                "The approver %(name)s has left DingTalk. Choose another one."
            ),
            "approvers_missing": _(
                "The record has no approver (%(path)s)."
            ),
            "approvers_none": _(
                "The mapping has no approvers. Add some, or use those of the template."
            ),
            "nodes_many": _(
                "There are %(count)s approval steps; DingTalk accepts up to %(limit)s."
            ),
            "cc_many": _(
                "%(count)s people get a copy; DingTalk accepts up to %(limit)s."
            ),
        }

    @api.model
    def _sentences_of_templates(self):
        return {
            "template_empty": _("The template has no components."),
            "components_many": _(
                "The template has %(count)s components; DingTalk accepts up to "
                "%(limit)s."
            ),
            "label_long": _(
                "%(label)s: the label has %(length)s characters; DingTalk accepts up "
                "to %(limit)s."
            ),
            "label_missing": _("The component %(label)s has no label."),
            "key_double": _("Two components have the id %(value)s."),
            "not_creatable": _(
                "%(label)s: a component of the type %(kind)s can only be created in "
                "DingTalk, or not inside a table."
            ),
            "placeholder_long": _(
                "%(label)s: the placeholder has %(length)s characters; DingTalk "
                "accepts up to %(limit)s."
            ),
            "content_long": _(
                "%(label)s: the note has %(length)s characters; DingTalk accepts up to "
                "%(limit)s."
            ),
            "options_missing": _("%(label)s has no options."),
            "options_many": _(
                "%(label)s: DingTalk accepts up to %(limit)s options of %(length)s "
                "characters."
            ),
            "table_empty": _("The table %(label)s has no columns."),
        }

    @api.model
    def _sentences_of_changes(self):
        return {
            "other_kind": _(
                "The type of %(label)s changed from %(old)s to %(new)s. Check its line."
            ),
            "moved": _(
                "%(label)s was moved into or out of a table. Map it again."
            ),
            "options_gone": _(
                "Options were removed from %(label)s: %(options)s. Records with these "
                "values can no longer be submitted."
            ),
            "now_one_only": _("%(label)s now accepts only one entry."),
            "now_required": _("%(label)s is now required. Add a line for it."),
        }
