# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from .. import compat, console
from .dingding_health import LINE_STATES

CHARTS = ("kanban", "graph", "pivot")


@compat.only_for("dingding.group_manager")
class DingdingOverviewLine(models.TransientModel):
    """A figure of the overview, or a step, value or warning of the setup."""

    _name = "dingding.overview.line"
    _description = "Line of a DingTalk Overview"
    _order = "sequence, id"

    overview_id = fields.Many2one(
        "dingding.overview", required=True, readonly=True, ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(readonly=True)
    section = fields.Selection(
        [
            ("overview", "Overview"), ("cost", "Cost"), ("setup", "Setup"),
            ("value", "Value"), ("warning", "Warning"),
        ],
        required=True, readonly=True,
    )
    key = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    value = fields.Char(readonly=True)
    state = fields.Selection(
        LINE_STATES, string="Status", required=True, readonly=True
    )
    needs = fields.Text(string="Required permissions", readonly=True)
    place = fields.Char(string="In DingTalk's console", readonly=True)
    has_action = fields.Boolean(readonly=True)
    page = fields.Char(
        readonly=True, help="Key of the page in DingTalk's console, for its drawing.")
    marked = fields.Char(
        readonly=True, help="Keys of the marked parts of the page, with commas.")
    drawing = fields.Html(
        string="Place in the console", compute="_compute_drawing", sanitize=False)
    console_url = fields.Char(
        string="Console URL", compute="_compute_drawing")
    value_ids = fields.Many2many(
        "dingding.overview.line", string="Copy to the console",
        compute="_compute_value_ids",
    )
    has_values = fields.Boolean(compute="_compute_value_ids")

    @api.depends("page", "marked", "place")
    def _compute_drawing(self):
        labels = self._console_labels()
        for line in self:
            line.console_url = console.URL if line.page else False
            line.drawing = line.page in console.PAGES and console.image(
                line.page, [each for each in (line.marked or "").split(",") if each],
                labels, _("Drawing: %s") % (line.place or labels[line.page]),
            )

    @api.depends("key", "section", "overview_id")
    def _compute_value_ids(self):
        for line in self:
            line.value_ids = line.overview_id.value_ids.filtered(
                lambda value, key=line.key: value.key == key)
            line.has_values = bool(line.value_ids)

    @api.model
    def _console_labels(self):
        """Return the labels of DingTalk's console for ``console.draw``.

        Other languages add their words to the Chinese ones.
        """
        return {
            "console": _("Developer console (开发者后台) > your application"),
            "credentials": _("Credentials (凭证与基础信息)"),
            "client_id": _("Client ID, AppKey"),
            "client_secret": _("Client Secret, AppSecret"),
            "agent_id": _("AgentId (原企业内部应用AgentId)"),
            "capability": _("Add capability (添加应用能力)"),
            "web": _("Web application (网页应用)"),
            "robot": _("Robot (机器人)"),
            "mini": _("Mini-program (小程序)"),
            "development": _("Development (开发配置)"),
            "permissions": _("Permissions (权限管理)"),
            "search": _("Search permissions (搜索权限)"),
            "range": _("Contacts range (通讯录权限范围)"),
            "apply": _("Apply (申请权限)"),
            "events": _("Event subscription (事件订阅)"),
            "push": _("HTTP push (HTTP 推送)"),
            "stream": _("Stream mode (Stream 模式)"),
            "names": _("Subscribed events (订阅的事件)"),
            "security": _("Security (安全设置)"),
            "ip": _("Server IPs (服务器出口IP)"),
            "redirect": _("Redirect URL (重定向URL)"),
            "publish": _("Release (版本管理与发布)"),
            "version": _("New version (创建新版本)"),
            "visible": _("Visible to (可见范围)"),
            "cards": _("Card platform (卡片平台)"),
            "template": _("New template (新建模板)"),
            "template_type": _("Type: message card (消息卡片)"),
            "import": _("Import (导入)"),
            "template_publish": _("Save and publish (保存、发布)"),
            "template_id": _("Template ID (模板 ID)"),
        }

    def action_show_page(self):
        """Show the page of DingTalk's console, with the values to copy there."""
        self.ensure_one()
        self.overview_id._corp()
        form = self.env.ref("dingding.dingding_overview_line_view_form")
        return {
            "type": "ir.actions.act_window", "name": self.name,
            "res_model": self._name, "res_id": self.id, "view_mode": "form",
            "views": [(form.id, "form")], "target": "new",
        }

    def action_open(self):
        """Open the records behind the line."""
        self.ensure_one()
        corp = self.overview_id._corp()
        found = corp._overview_lines() if self.section in ("overview", "cost") else (
            corp._setup_scopes()
        )
        for line in found:
            actions = {
                "%s.%s" % (line["key"], part["key"]): part["action"]
                for part in line.get("parts", ())
            }
            actions[line["key"]] = line["action"]
            if self.key in actions:
                return self._with_views(actions[self.key]) or True
        # Its addon has been uninstalled.
        return True

    @api.model
    def _with_views(self, action):
        """Return the action with the cards and charts that its model has."""
        if not action or action.get("view_mode", "form") == "form":
            return action
        # sudo: users need not read views.
        found = self.env["ir.ui.view"].sudo().search(
            [("model", "=", action["res_model"]), ("type", "in", CHARTS)]
        ).mapped("type")
        more = [kind for kind in CHARTS if kind in found]
        return dict(
            action, view_mode=",".join([action["view_mode"]] + more),
            views=action["views"] + [[False, kind] for kind in more],
        )
