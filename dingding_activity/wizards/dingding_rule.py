# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models import placeholders, texts
from odoo.addons.dingding.models.ir_actions_server import STATE

AUTOMATION = "base.automation"
TRIGGER = "on_create_or_write"


@compat.only_for("base.group_system")
class DingdingRule(models.TransientModel):
    """A ready-made rule that an administrator may create; a row of a list."""

    _name = "dingding.rule"
    _description = "DingTalk Ready-made Rule"
    _order = "id"

    name = fields.Char(string="Rule", readonly=True)
    key = fields.Char(readonly=True)
    document = fields.Char(readonly=True)
    recipients = fields.Char(readonly=True)
    text = fields.Text(string="Message", readonly=True)
    is_created = fields.Boolean(string="Created", readonly=True)

    # -- what there is to choose from ------------------------------------------------

    @api.model
    def _ready_rules(self):
        """Return rules for other addons, installed or not; addons add theirs.

        :return: list of dict, texts in the language of ``self``: ``key``, unique;
            ``name``; ``models``, names of a model in different series; ``values``,
            pairs (field, value) of the state that a record enters, the first existing
            one counts; ``text``, with placeholders; ``to``, one of ``dingding_to`` of
            server actions; with ``people`` also ``people``, paths, the first existing
            one counts; with ``group`` also ``group``, an XML id; ``document``, what the
            list calls a record where the model's name does not do
        """
        # In some series Odoo's Chinese for the model is that of "to leave".
        leave = _("Leave request")
        return [
            {
                "key": "purchase_to_approve", "name": _("Purchase order to approve"),
                "models": ["purchase.order"], "values": [("state", "to approve")],
                "to": "group", "group": "purchase.group_purchase_manager",
                "text": _("{partner_id.name}: {amount_total} to approve"),
            },
            {
                "key": "purchase_confirmed", "name": _("Purchase order confirmed"),
                "models": ["purchase.order"], "values": [("state", "purchase")],
                "to": "people", "people": ["user_id", "create_uid"],
                "text": _("{partner_id.name}: {amount_total} ordered"),
            },
            {
                "key": "sale_confirmed", "name": _("Sales order confirmed"),
                "models": ["sale.order"], "values": [("state", "sale")],
                "to": "people", "people": ["user_id"],
                "text": _("{partner_id.name}: {amount_total} confirmed"),
            },
            {
                "key": "stock_ready", "name": _("Transfer ready"),
                "models": ["stock.picking"], "values": [("state", "assigned")],
                "to": "group", "group": "stock.group_stock_user",
                "text": _("{name} is ready: {origin}"),
            },
            {
                "key": "stock_done", "name": _("Transfer done"),
                "models": ["stock.picking"], "values": [("state", "done")],
                "to": "followers", "text": _("{name} is done: {origin}"),
            },
            {
                "key": "task_blocked", "name": _("Task needs changes"),
                "models": ["project.task"],
                "values": [
                    ("state", "02_changes_requested"), ("kanban_state", "blocked"),
                ],
                "to": "followers", "text": _("This task is blocked"),
            },
            {
                "key": "task_done", "name": _("Task done"),
                "models": ["project.task"],
                "values": [("state", "1_done"), ("kanban_state", "done")],
                "to": "followers", "text": _("This task is done"),
            },
            {
                "key": "leave_to_approve", "name": _("Leave to approve"),
                "document": leave, "models": ["hr.leave", "hr.holidays"],
                "values": [("state", "confirm")],
                "to": "people", "people": [
                    "employee_id.leave_manager_id", "employee_id.parent_id.user_id",
                ],
                "text": _("To approve: {display_name}"),
            },
            {
                "key": "leave_approved", "name": _("Leave approved"),
                "document": leave, "models": ["hr.leave", "hr.holidays"],
                "values": [("state", "validate")],
                "to": "people", "people": ["employee_id.user_id"],
                "text": _("Approved: {display_name}"),
            },
            {
                "key": "leave_refused", "name": _("Leave refused"),
                "document": leave, "models": ["hr.leave", "hr.holidays"],
                "values": [("state", "refuse")],
                "to": "people", "people": ["employee_id.user_id"],
                "text": _("Refused: {display_name}"),
            },
        ]

    @api.model
    def _available(self):
        """Return {key: resolved rule} for installed addons.

        Each has ``model``, ``field``, ``value``, and ``path`` or ``group_id``.
        """
        found = {}
        for rule in self._ready_rules():
            rule = self._resolved(dict(rule))
            if rule:
                found[rule["key"]] = rule
        return found

    @api.model
    def _resolved(self, rule):
        names = [name for name in rule["models"] if name in self.env]
        if not names:
            return None
        model = self.env[names[0]]
        states = [pair for pair in rule["values"] if self._is_value(model, *pair)]
        if not states:
            return None
        rule.update(model=model._name, field=states[0][0], value=states[0][1])
        if rule["to"] == "group":
            group = self.env.ref(rule["group"], raise_if_not_found=False)
            if not group:
                return None
            rule["group_id"] = group.id
        elif rule["to"] == "people":
            paths = [path for path in rule["people"] if self._is_path(model, path)]
            if not paths:
                return None
            rule["path"] = paths[0]
        return rule

    @api.model
    def _is_value(self, model, name, value):
        field = model._fields.get(name)
        return field is not None and field.type == "selection" and (
            value in dict(field._description_selection(self.env)))

    @api.model
    def _is_path(self, model, path):
        return not placeholders.problem(model, path)

    # -- the list --------------------------------------------------------------------

    @api.model
    def action_open(self):
        """Show the ready-made rules of the installed addons.

        :raise AccessError: for everybody but administrators
        """
        self._check_administrator()
        available = self._available()
        made = self._made(list(available))
        rows = self.browse()
        for key, rule in available.items():
            rows |= self.create({
                "key": key, "name": rule["name"], "text": rule["text"],
                "document": rule.get("document") or texts.model_name(
                    self.env[rule["model"]]),
                "recipients": self._recipients(rule),
                "is_created": key in made,
            })
        return {
            "type": "ir.actions.act_window", "name": _("Ready-made Rules"),
            "res_model": self._name, "view_mode": "tree",
            "views": [
                (self.env.ref("dingding_activity.dingding_rule_view_tree").id, "list"),
            ],
            "domain": [("id", "in", rows.ids)], "target": "current",
            "help": texts.empty_help(
                _("No ready-made rules"),
                _("They are for purchase, sales, inventory, project and leave. Install "
                  "one of these apps first."),
            ),
        }

    @api.model
    def _recipients(self, rule):
        """Return a rule's recipients as text."""
        if rule["to"] == "group":
            return self.env["res.groups"].browse(rule["group_id"]).display_name
        if rule["to"] == "people":
            model, labels = self.env[rule["model"]], []
            for name in rule["path"].split("."):
                labels.append(model.fields_get([name])[name]["string"])
                model = model[name]
            return " > ".join(labels)
        return _("Followers")

    def _check_administrator(self):
        if not rights.is_administrator(self.env):
            raise AccessError(_("Only administrators may do this."))

    # -- creating --------------------------------------------------------------------

    def action_create(self):
        """Create the rule as an automated action, and show it.

        :raise UserError: Odoo's automated actions are not installed
        """
        self.ensure_one()
        self._check_administrator()
        rule = self._available().get(self.key)
        if not rule:
            raise UserError(_("The addon of this rule is no longer installed."))
        if AUTOMATION not in self.env:
            raise UserError(_(
                "Install Odoo's addon base_automation (Automated Action Rules) first. "
                "It runs the rules."))
        self._begin_creating()
        record = self._made([self.key]).get(self.key) or self._create_rule(rule)
        return {
            "type": "ir.actions.act_window", "res_model": record._name,
            "res_id": record.id, "view_mode": "form", "views": [(False, "form")],
            "target": "current",
        }

    @api.model
    def _begin_creating(self):
        """Make concurrent creations of a rule start over."""
        compat.first_wins(self.env.cr, "dingding_activity", "dingding_rule_menu")

    @api.model
    def _made(self, keys):
        """Return {key: automated action} of the rules that were created.

        Some series keep deleted ones' server actions.
        """
        if AUTOMATION not in self.env:
            return {}
        automations = self.env[AUTOMATION].with_context(active_test=False).search(
            [(self._link() + ".dingding_rule", "in", keys)])
        return {self._action_of(each).dingding_rule: each for each in automations}

    @api.model
    def _link(self):
        """Return the field of automated actions that holds their server actions."""
        plural = "action_server_ids"
        return plural if plural in self.env[AUTOMATION]._fields else "action_server_id"

    @api.model
    def _action_of(self, automation):
        """Return the server action that notifies."""
        return automation[self._link()].filtered("dingding_rule")[:1]

    @api.model
    def _create_rule(self, rule):
        """Return a new automated action."""
        model_id = self.env["ir.model"]._get(rule["model"]).id
        values = {
            "name": rule["name"], "model_id": model_id, "state": STATE,
            "dingding_to": rule["to"], "dingding_notify": True,
            "dingding_people": rule.get("path", "create_uid"),
            "dingding_group_id": rule.get("group_id", False),
            "dingding_title": rule["name"], "dingding_text": rule["text"],
            "dingding_rule": rule["key"],
        }
        trigger = {
            "trigger": TRIGGER,
            "filter_pre_domain": str([(rule["field"], "!=", rule["value"])]),
            "filter_domain": str([(rule["field"], "=", rule["value"])]),
        }
        if self._link() == "action_server_ids":
            values = {
                "name": rule["name"], "model_id": model_id,
                "action_server_ids": [(0, 0, values)],
            }
        automation = self.env[AUTOMATION].create(dict(values, **trigger))
        self._translate(self._action_of(automation))
        return automation

    @api.model
    def _translate(self, action):
        for lang in self.env["res.lang"].search([]).mapped("code"):
            rules = {
                rule["key"]: rule
                for rule in self.with_context(lang=lang)._ready_rules()
            }
            rule = rules[action.dingding_rule]
            action.with_context(lang=lang).write(
                {"dingding_title": rule["name"], "dingding_text": rule["text"]})
