# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from .. import compat

# Before the numbers of a line, which are lines too.
INDENT = "\u2003"


@compat.only_for("dingding.group_manager")
class DingdingOverview(models.TransientModel):
    """The overview of one organisation, as it was when it was opened."""

    _name = "dingding.overview"
    _description = "DingTalk Overview"
    _rec_name = "corp_id"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", readonly=True, required=True,
        ondelete="cascade",
    )
    line_ids = fields.One2many(
        "dingding.overview.line", "overview_id", string="Overview", readonly=True,
        domain=[("section", "=", "overview")],
    )
    cost_ids = fields.One2many(
        "dingding.overview.line", "overview_id", readonly=True,
        string="Costs of the month", domain=[("section", "=", "cost")],
    )
    scope_ids = fields.One2many(
        "dingding.overview.line", "overview_id", string="Setup", readonly=True,
        domain=[("section", "=", "setup")],
    )
    value_ids = fields.One2many(
        "dingding.overview.line", "overview_id", readonly=True,
        string="Values for DingTalk's console", domain=[("section", "=", "value")],
    )
    warning_ids = fields.One2many(
        "dingding.overview.line", "overview_id", string="Warnings", readonly=True,
        domain=[("section", "=", "warning")],
    )
    value_count = fields.Integer(readonly=True)
    cost_count = fields.Integer(readonly=True)
    warning_count = fields.Integer(readonly=True)
    next_title = fields.Char(string="Next step", readonly=True)
    next_text = fields.Char(string="What to do", readonly=True)
    next_page = fields.Char(readonly=True)
    progress = fields.Char(readonly=True)
    setup_hidden = fields.Boolean(readonly=True)

    @api.model
    def _open(self, corp):
        """Return the action that shows an organisation."""
        overview = self.create({"corp_id": corp.id})
        overview._fill()
        form = self.env.ref("dingding.dingding_overview_view_form")
        return {
            "type": "ir.actions.act_window", "name": _("Overview"),
            "res_model": self._name, "res_id": overview.id, "view_mode": "form",
            "views": [(form.id, "form")],
        }

    def _fill(self):
        """Create the lines, with the rights of the user."""
        self.ensure_one()
        corp = self._corp()
        scopes, warnings = corp._setup_scopes(), corp._setup_warnings()
        rows = self._line_rows(corp)
        costs = sum(row["section"] == "cost" for row in rows)
        rows += self._scope_rows(scopes)
        rows += [
            {
                "section": "warning", "key": warning["key"], "state": "warning",
                "name": warning["title"], "value": warning["remedy"],
            }
            for warning in warnings
        ]
        compat.create_all(
            self.env["dingding.overview.line"],
            [
                dict(row, overview_id=self.id, sequence=number)
                for number, row in enumerate(rows)
            ],
        )
        left = [scope for scope in scopes if not scope["done"]]
        self.write(
            {
                "next_title": left[0]["title"] if left else False,
                "next_text": left[0]["next"] if left else False,
                "next_page": left and left[0]["page"] or False,
                "progress": _("%(done)d of %(all)d steps done") % {
                    "done": len(scopes) - len(left), "all": len(scopes),
                },
                "warning_count": len(warnings), "cost_count": costs,
                "value_count": sum(len(scope["values"]) for scope in scopes),
                "setup_hidden": corp.setup_hidden,
            }
        )

    @api.model
    def _line_rows(self, corp):
        rows = []
        for line in corp._overview_lines():
            rows.append({
                "section": line["section"], "key": line["key"], "name": line["label"],
                "value": line["value"], "state": line["state"],
                "has_action": bool(line["action"]),
            })
            rows += [
                {
                    "section": line["section"],
                    "key": "%s.%s" % (line["key"], part["key"]),
                    "name": INDENT + part["label"], "value": "%d" % part["number"],
                    "state": part["state"], "has_action": True,
                }
                for part in line["parts"]
            ]
        return rows

    @api.model
    def _scope_rows(self, scopes):
        """Return the rows of the steps, and the values for DingTalk's console."""
        rows, waiting = [], True
        for scope in scopes:
            state = "ok" if scope["done"] else "warning" if waiting else "unchecked"
            waiting = waiting and scope["done"]
            rows.append(
                {
                    "section": "setup", "key": scope["key"], "name": scope["title"],
                    "value": scope["next"], "state": state,
                    # Odoo's client tells empty texts from missing ones.
                    "needs": scope["needs"] or False, "page": scope["page"] or False,
                    "place": scope["place"] or False,
                    "has_action": bool(scope["action"]),
                    "marked": ",".join(scope["marked"]),
                }
            )
            rows += [
                {
                    "section": "value", "key": scope["key"], "name": label,
                    "value": value, "state": state, "place": scope["place"],
                }
                for label, value in scope["values"]
            ]
        return rows

    def _corp(self):
        """Return the organisation, if the user may still see it."""
        compat.check_access(self.corp_id, "read")
        return self.corp_id

    def action_refresh(self):
        """Count again."""
        self.ensure_one()
        self._corp()
        self.env["dingding.overview.line"].search(
            [("overview_id", "=", self.id)]
        ).unlink()
        self._fill()
        return True

    def action_next(self):
        """Open the form of the next step."""
        self.ensure_one()
        for scope in self._corp()._setup_scopes():
            if not scope["done"]:
                return scope["action"] or True
        return self.action_refresh()

    def action_next_page(self):
        """Show the page of DingTalk's console that the next step needs."""
        self.ensure_one()
        for line in self.scope_ids:
            if line.state != "ok":
                return line.action_show_page()
        return self.action_refresh()

    def action_test_connection(self):
        """Test the connection of the organisation."""
        self.ensure_one()
        return self._corp().action_test_connection()

    def action_synchronise(self):
        """Preview a sync of the organisation."""
        self.ensure_one()
        return self._corp().action_synchronise()

    def action_hide_setup(self):
        """Hide the setup guide of the organisation, or show it again."""
        self.ensure_one()
        corp = self._corp()
        corp.write({"setup_hidden": not corp.setup_hidden})
        self.write({"setup_hidden": corp.setup_hidden})
        return True
