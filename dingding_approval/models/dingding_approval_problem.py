# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What is wrong with a form, a mapping or a template, in the person's language."""
from odoo import _, api, models


class DingdingApprovalProblem(models.AbstractModel):
    """The sentences that belong to the problems of :mod:`..form` and the mappings.

    Each says what is wrong and, where that is not plain, what to do.
    """

    _name = "dingding.approval.problem"
    _description = "What is wrong with an approval form"

    @api.model
    def _texts(self, problems):
        """Return the sentences of (key, args) pairs, in order, each once."""
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
        """Return {key: sentence with named values}."""
        found = self._sentences_of_values()
        found.update(self._sentences_of_mappings())
        found.update(self._sentences_of_people())
        found.update(self._sentences_of_templates())
        found.update(self._sentences_of_changes())
        return found

    @api.model
    def _sentences_of_values(self):
        return {
            "required": _("%(label)s must be filled in."),
            "too_long": _(
                "%(label)s has %(length)s characters; DingTalk takes %(limit)s. "
                "Shorten it, or map a shorter field."
            ),
            "text_long": _(
                "%(label)s has %(length)s characters; DingTalk recommends no more than "
                "%(limit)s."
            ),
            "no_number": _("%(label)s: '%(value)s' is no number."),
            "no_stars": _(
                "%(label)s: %(value)s is no number of stars up to %(limit)s."
            ),
            "no_date": _("%(label)s: '%(value)s' is no date."),
            "half_range": _("%(label)s needs both a beginning and an end."),
            "range_backwards": _(
                "%(label)s ends (%(end)s) before it begins (%(start)s)."
            ),
            "no_phone": _("%(label)s: '%(value)s' is no telephone number."),
            "no_address": _(
                "%(label)s: '%(value)s' is no public address of a picture. Pictures "
                "must lie on a server that DingTalk can reach; map them to a component "
                "for files instead."
            ),
            "no_file": _("%(label)s: '%(value)s' is no file."),
            "no_place": _("%(label)s: '%(value)s' is no place."),
            "option_unknown": _(
                "%(label)s: '%(value)s' is none of the options of DingTalk's form "
                "(%(options)s). Add it there, or choose another value."
            ),
            "other_option": _(
                "%(label)s: '%(value)s' is none of the options; it is sent as a text "
                "of one's own."
            ),
            "too_many": _(
                "%(label)s has %(count)s entries; DingTalk takes %(limit)s."
            ),
            "one_only": _(
                "%(label)s takes one entry; there are %(count)s."
            ),
            "rows_many": _(
                "%(label)s has %(count)s rows; DingTalk recommends no more than "
                "%(limit)s."
            ),
            "not_settable": _(
                "%(label)s (%(kind)s) is filled in by DingTalk only. Take its line out "
                "of the mapping."
            ),
            "kind_unknown": _(
                "%(label)s must be filled in, and is of a kind (%(kind)s) that cannot "
                "be filled in from outside. Make it optional in DingTalk."
            ),
            "values_many": _(
                "The form has %(count)s values; DingTalk takes %(limit)s."
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
                "%(label)s: you may not read %(path)s. Ask for the right to read it, "
                "or have the mapping changed."
            ),
            "path_broken": _(
                "%(label)s: the model %(model)s has no field %(path)s (any more). "
                "Correct the line of the mapping."
            ),
            "path_secret": _(
                "%(label)s: %(path)s holds a password, token or key, which is never "
                "sent to DingTalk. Choose another field."
            ),
            "path_restricted": _(
                "%(label)s: %(path)s is restricted. Choose another field, or ask an "
                "administrator to write this line."
            ),
            "path_kind": _(
                "%(label)s: the field %(path)s (%(type)s) does not fit a component of "
                "the kind %(kind)s. Choose another field."
            ),
            "expression_failed": _(
                "%(label)s: the expression does not work. An administrator can correct "
                "it: %(error)s"
            ),
            "expression_unapproved": _(
                "%(label)s: the expression was not written by an administrator and is "
                "not evaluated. Ask an administrator to write it again."
            ),
            "gone": _(
                "%(label)s is no longer on DingTalk's form. Take its line out of the "
                "mapping."
            ),
            "unmapped": _(
                "%(label)s must be filled in, but no line of the mapping does it."
            ),
            "not_fitting": _(
                "The record is none of those that the mapping %(label)s is for."
            ),
            "model_gone": _("The model %(model)s is not installed any more."),
            "template_gone": _(
                "DingTalk no longer has the template, or it is switched off there."
            ),
            "template_new": _(
                "The template is not in DingTalk yet. Open it and press Save in "
                "DingTalk."
            ),
        }

    @api.model
    def _sentences_of_people(self):
        return {
            "person_unlinked": _(
                "%(label)s: %(name)s is nobody in DingTalk's organisation. Link the "
                "person under DingTalk > People."
            ),
            "department_unlinked": _(
                "%(label)s: %(name)s is no department of DingTalk. Link it under "
                "DingTalk > Departments."
            ),
            "approval_missing": _(
                "%(label)s: %(name)s has not been submitted to DingTalk."
            ),
            "originator_unlinked": _(
                "%(name)s is nobody in DingTalk's organisation, so that nothing can be "
                "submitted in that name. Link the user under DingTalk > People, or "
                "name a person on the mapping in whose name such records are submitted."
            ),
            "originator_missing": _(
                "The record does not say in whose name it is submitted (%(path)s), and "
                "the mapping names nobody instead."
            ),
            "approver_unlinked": _(
                "The approver %(name)s is nobody in DingTalk's organisation. Link the "
                "person under DingTalk > People, or choose another approver."
            ),
            "approver_gone": _(
                "The approver %(name)s has left DingTalk. Choose another one."
            ),
            "approvers_missing": _(
                "The record names no approver (%(path)s)."
            ),
            "approvers_none": _(
                "The mapping names no approvers. Add some, or use those of the "
                "template."
            ),
            "nodes_many": _(
                "There are %(count)s steps of approval; DingTalk takes %(limit)s."
            ),
            "cc_many": _(
                "%(count)s people get a copy; DingTalk takes %(limit)s."
            ),
        }

    @api.model
    def _sentences_of_templates(self):
        return {
            "template_empty": _("The template has no components."),
            "components_many": _(
                "The template has %(count)s components; DingTalk takes %(limit)s."
            ),
            "label_long": _(
                "%(label)s: the label has %(length)s characters; DingTalk takes "
                "%(limit)s."
            ),
            "label_missing": _("The component %(label)s has no label."),
            "key_double": _("Two components have the id %(value)s."),
            "not_creatable": _(
                "%(label)s: a component of the kind %(kind)s can be made in DingTalk "
                "only, or not inside a table."
            ),
            "placeholder_long": _(
                "%(label)s: the placeholder has %(length)s characters; DingTalk takes "
                "%(limit)s."
            ),
            "content_long": _(
                "%(label)s: the note has %(length)s characters; DingTalk takes "
                "%(limit)s."
            ),
            "options_missing": _("%(label)s has no options."),
            "options_many": _(
                "%(label)s: DingTalk takes %(limit)s options of %(length)s characters."
            ),
            "table_empty": _("The table %(label)s has no columns."),
        }

    @api.model
    def _sentences_of_changes(self):
        return {
            "other_kind": _(
                "%(label)s is of another kind now: %(new)s, it was %(old)s. Look at "
                "its line."
            ),
            "moved": _(
                "%(label)s has moved into a table, or out of one. Map it again."
            ),
            "options_gone": _(
                "%(label)s has lost options: %(options)s. Records with these values "
                "cannot be submitted any more."
            ),
            "now_one_only": _("%(label)s takes only one entry now."),
            "now_required": _("%(label)s must be filled in now. Add a line for it."),
        }
