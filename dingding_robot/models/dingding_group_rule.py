# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging
import time

from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models import placeholders
from odoo.addons.dingding.models.action_time import CRON_SECONDS, shares_time
from odoo.addons.dingding.models.attempt import attempt
from odoo.addons.dingding.models.queue import failure_text

from ..dingtalk.groups import MAX_MEMBERS, MAX_NAME
from . import expression

_logger = logging.getLogger(__name__)

MOST_NEW = 50  # groups that one execution creates; each costs a call
SHOWN = 5  # problems that the form shows
ACTION = "dingding_robot.dingding_group_rule_cron_follow"


class DingdingGroupRule(models.Model):
    """A rule that creates groups for records, with their members.

    For administrators only: it has a domain and reads with all rights.
    """

    _name = "dingding.group.rule"
    _description = "DingTalk Group Rule"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, ondelete="cascade",
        default=lambda self: self.env["dingding.corp"]._only(),
    )
    model_id = fields.Many2one(
        "ir.model", string="Model", required=True, ondelete="cascade"
    )
    domain = fields.Char(
        required=True, default="[]",
        help="Records that get a group, for example [('state', '=', 'open')].",
    )
    group_name = fields.Char(
        string="Name of the group", required=True, default="{display_name}",
        help="Field names in braces are replaced by their values. DingTalk shows up "
             "to 20 characters.",
    )
    owner_path = fields.Char(
        string="Owner", required=True, default="user_id",
        help="Field with the owner: a user, employee, contact or DingTalk user.",
    )
    member_paths = fields.Char(
        string="Members", required=True, default="user_id",
        help="Fields with the members, separated by commas, for example "
             "user_id, message_follower_ids.partner_id.",
    )
    posts_discussions = fields.Boolean(string="Post discussions")
    removes_added = fields.Boolean(
        string="Remove added people",
        help="People whom somebody adds in DingTalk are removed when Odoo reads the "
             "group. Otherwise they are only shown.",
    )
    made_group_ids = fields.One2many(
        "dingding.group", "group_rule_id", string="Groups", readonly=True
    )
    last_error = fields.Text(
        string="Last error", readonly=True, copy=False,
        help="Documents whose group could not be created or updated the last time.",
    )
    # Of an update whose time ran out: it continues behind this group.
    position = fields.Integer(readonly=True, copy=False)
    # Of one that has not looked at all documents: it continues behind this one.
    seen = fields.Integer(string="Last document", readonly=True, copy=False)

    @api.constrains("model_id", "domain", "group_name", "owner_path", "member_paths")
    def _check_rule(self):
        for rule in self:
            model = self.env.get(rule.model_id.model)
            if model is None:
                raise ValidationError(_("Choose a model that is installed."))
            for path in placeholders.paths(rule.group_name):
                if placeholders.problem(model, path):
                    raise ValidationError(_("The field %s does not exist.") % path)
            for path in [rule.owner_path] + rule._paths():
                found = placeholders.follow(model, path.strip())
                if found is None or found._name != "res.partner" and not hasattr(
                        type(found), "_dingding_persons"):
                    raise ValidationError(
                        _("%s is not a path of fields that leads to people.") % path)
            try:
                # PostgreSQL may refuse the domain.
                with self.env.cr.savepoint():
                    model.sudo().search(rule._evaluated(), limit=1)
            except Exception as error:
                raise ValidationError(_("The domain cannot be used: %s") % error)

    def _check_writer(self):
        if not rights.is_administrator(self.env):
            raise AccessError(_("Only administrators may change rules."))

    @compat.create_multi
    def create(self, vals_list):
        self._check_writer()
        rules = compat.super_create(super(), vals_list)
        compat.clear_caches(self.env)
        return rules

    def write(self, vals):
        self._check_writer()
        result = super().write(vals)
        if "model_id" in vals:
            compat.clear_caches(self.env)
        if {"active", "corp_id", "model_id", "posts_discussions"} & set(vals):
            self._post_or_not()
        if "removes_added" in vals:
            for rule in self:
                # sudo: administrators need not be managers.
                rule.sudo().with_context(active_test=False).made_group_ids.write(
                    {"removes_added": rule.removes_added})
        return result

    def unlink(self):
        self._post_or_not(False)
        result = super().unlink()
        compat.clear_caches(self.env)
        return result

    def _post_or_not(self, posts=True):
        """Let the groups post discussions while the rule says so and follows them."""
        groups = self.env["dingding.group"].sudo().with_context(active_test=False)
        for rule in self:
            own, followed = groups.search([("group_rule_id", "=", rule.id)]), groups
            if posts and rule.active and rule.posts_discussions:
                followed = own.filtered(rule._leads)
            followed.write({"posts_discussions": True})
            (own - followed).write({"posts_discussions": False})

    def _paths(self):
        return [each.strip() for each in (self.member_paths or "").split(",")
                if each.strip()]

    def _evaluated(self):
        """Return the domain."""
        return expression.domain(self.domain, self.env.user)

    def _people(self, record, path):
        """Return the DingTalk users at the end of a path."""
        found = placeholders.follow(record, path)
        if found is not None and found._name == "res.partner":
            found = found.mapped("user_ids")
        if found is not None and found._name == "res.users":
            found = found.filtered("active")
        if not found:
            return self.env["dingding.user"]
        return found._dingding_persons().filtered(
            lambda person: person.active and person.corp_id == self.corp_id)

    def _values(self, record, group=None):
        """Return the values of a record's group; None without an owner.

        :param group: the group that exists: without an owner by the rule it keeps its
            own who is still entitled, or passes to a member
        """
        # The context of the group's search is not the document's.
        record = record.with_context(active_test=True)
        members = self.env["dingding.user"]
        for path in self._paths():
            members |= self._people(record, path)
        owner = self._people(record, self.owner_path)[:1]
        if not owner and group:
            owner = group.owner_id & members or members[:1]
        if not owner:
            return None
        name = " ".join(placeholders.fill(self.group_name, record).split())
        return {
            "name": name[:MAX_NAME].rstrip() or "-",
            "owner_id": owner.id, "member_ids": [(6, 0, members.ids)],
        }

    def _leads(self, group):
        """Tell whether this rule decides about a group that was made by it."""
        return (
            self.active and group.corp_id == self.corp_id
            and group.res_model == self.model_id.model)

    def _follow(self, group):
        """Update name, owner and members of a group from its record.

        :return: None, or what was left out
        """
        record = group._record()
        values = record and self._values(record, group)
        if not values:
            if record and group.active:
                # Nobody is entitled any longer.
                group.write({"active": False, "archived_by_rule": True})
            return
        if group.archived_by_rule:
            values["active"] = True
        members, problem = set(values["member_ids"][0][2]), None
        if len(members | {values["owner_id"]}) > MAX_MEMBERS:
            # Nobody comes in, but others leave.
            members &= set((group.member_ids | group.owner_id).ids)
            values["member_ids"] = [(6, 0, sorted(members))]
            problem = _("a group has at most %d members, so nobody is added") % (
                MAX_MEMBERS)
        if (
            group.archived_by_rule or group.name != values["name"]
            or group.owner_id.id != values["owner_id"]
            or set(group.member_ids.ids) != members
        ):
            group.write(values)
        return problem

    @api.model
    def _begin_making(self):
        """Make concurrent runs start over."""
        compat.first_wins(self.env.cr, "dingding_robot", "dingding_group_rule_menu")

    def _run(self, deadline=None):
        """Create missing groups and update the others, and store what failed.

        :param float deadline: time.monotonic() value after which to stop, and to
            continue at ``position`` and ``seen``; None: never, from the first on
        :return: (``position``, ``seen``) of the next run
        :raise OperationalError: another one has just run a rule
        """
        self.ensure_one()
        if not self.corp_id.active:
            return 0, 0
        self._begin_making()
        problems = []
        begun = deadline is None or not (self.position or self.seen)
        where = self._update(deadline, problems)
        if begun or problems:
            self._note(problems)
        return where

    def _note(self, problems):
        """Store what could not be done, for the form and the alert.

        :param list problems: texts
        """
        text = "\n".join(problems[:SHOWN]) or False
        if len(problems) > SHOWN:
            text += "\n" + _("and %d more") % (len(problems) - SHOWN)
        if text != (self.last_error or False):
            self.write({"last_error": text})

    def _stopped(self, problem):
        """Store why the rule did not run; the next run begins anew."""
        self._note([problem])
        self._keep_place(0, 0)

    def _keep_place(self, position, seen):
        """Store where the next run of the scheduled action continues."""
        if (self.position, self.seen) != (position, seen):
            self.write({"position": position, "seen": seen})

    def _update(self, deadline, problems):
        """Create missing groups and update the others.

        :param list problems: to which texts about what failed are added
        :return: like :meth:`_run`
        """
        model = self.env[self.model_id.model].sudo()
        records = model.search(self._evaluated())
        groups = self.env["dingding.group"].sudo().with_context(active_test=False)
        known = {
            group.res_id: group for group in groups.search([
                ("corp_id", "=", self.corp_id.id), ("res_model", "=", model._name),
                ("group_rule_id", "=", self.id)])
        }
        # People who lose access to a document leave its group.
        for group in sorted(known.values(), key=lambda each: each.id):
            if (group.active or group.archived_by_rule) and (
                deadline is None or group.id > self.position
            ):
                left_out = self._apart(self._follow, group, problems)
                if left_out:
                    problems.append(self._problem(group, left_out))
                if deadline is not None and time.monotonic() > deadline:
                    return group.id, self.seen
        created, seen = 0, self.seen if deadline is not None else 0
        for record in records.sorted("id"):
            if record.id in known or record.id <= seen:
                continue
            created += bool(self._apart(self._make, record, problems))
            if created >= MOST_NEW or (
                deadline is not None and time.monotonic() > deadline
            ):
                return 0, record.id
        return 0, 0

    def _make(self, record):
        """Create the group of a record; return it, None without an owner."""
        values = self._values(record)
        if not values:
            return None
        return self.env["dingding.group"].sudo().create(dict(
            values, corp_id=self.corp_id.id, group_rule_id=self.id,
            res_model=record._name, res_id=record.id,
            posts_discussions=self.posts_discussions,
            removes_added=self.removes_added,
        ))

    def _apart(self, function, record, problems=None):
        """Return ``function(record)``, apart from failures of others.

        :param list problems: to which a failure is added
        """
        result, error = attempt(self.env, function, record)
        if error is not None:
            _logger.warning("Rule %d: %s: %s", self.id, record, error)
            if problems is not None:
                problems.append(self._problem(record, error))
        return result

    @api.model
    def _problem(self, record, error):
        """Return a text about the document of a group, or one that gets a group."""
        document = record._name == "dingding.group" and record._record() or record
        # Recipients of the alert may not be allowed to read the document's name.
        return _("%(document)s, number %(number)d: %(error)s") % {
            "document": self.env["ir.model"].sudo()._get(document._name).name,
            "number": document.id, "error": error,
        }

    def action_run(self):
        """Create and update the groups of these rules now."""
        self._check_writer()
        for rule in self:
            # sudo: the rule applies to all records.
            rule.sudo()._run()
        return True

    @api.model
    @shares_time(CRON_SECONDS)
    def _cron_follow(self, seconds):
        """Update the groups of all rules, each in its own transaction.

        :param float seconds: after which the rest is left to the next run
        """
        deadline = time.monotonic() + seconds
        rules = self.search([], order="id")
        # Where the time of the last run ended.
        first = rules.filtered("position")[:1]
        for rule in rules.filtered(lambda each: each.id >= first.id):
            position = 0
            try:
                with compat.open_cursor(self.env.cr.dbname) as cr:
                    this = rule.with_env(self.env(cr=cr)).sudo()
                    position, seen = this._run(deadline)
                    # It may have written the row, which this one cannot do then.
                    this._keep_place(position, seen)
            except OperationalError as error:
                _logger.info("Rule %d is left to the next time: %s", rule.id, error)
            except (UserError, ValidationError) as error:
                _logger.warning("Rule %d made no groups: %s", rule.id, error)
                rule._stopped(failure_text(error))
            except Exception:
                _logger.exception("Rule %d stopped", rule.id)
                rule._stopped(_("The rule stopped; the reason is in the log of Odoo."))
            if position:
                if compat.TRIGGERS:
                    # Other scheduled actions run in between.
                    compat.trigger_action(self.sudo().env.ref(ACTION))
                break
