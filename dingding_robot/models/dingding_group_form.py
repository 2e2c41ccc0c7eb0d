# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from lxml import etree

from odoo import _, api, models, tools

from odoo.addons.dingding import forms

ACTION = "dingding_robot.dingding_group_action_record"


class DingdingGroup(models.Model):
    """Show a document's groups on its form."""

    _inherit = "dingding.group"

    @api.model
    @tools.ormcache()
    def _grouped_models(self):
        """Return the models with a rule, whose documents may have groups."""
        # sudo: each form asks.
        rules = self.env["dingding.group.rule"].sudo().with_context(active_test=False)
        return frozenset(rules.search([]).mapped("model_id.model"))

    @api.model
    def _add_group_button(self, arch):
        """Insert the smart button into the tree of a form."""
        action = str(self.env.ref(ACTION).id)
        if arch.tag != "form" or arch.xpath("//button[@name='%s']" % action):
            return
        box = forms.button_box(arch)
        if box is None:
            return
        button = etree.SubElement(
            box, "button", type="action", name=action, icon="fa-comments-o",
            string=_("DingTalk group"))
        button.set("class", "oe_stat_button")
