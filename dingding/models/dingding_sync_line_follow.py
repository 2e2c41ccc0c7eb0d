# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingSyncLine(models.Model):
    """Describe changes of linked records."""

    _inherit = "dingding.sync.line"

    def _described(self, labels, relations, names):
        if self.action != "follow":
            return super()._described(labels, relations, names)
        new, old = self._values("new_values"), self._values("old_values")
        more = self._values("more")
        if more.get("model") not in self.env:
            return []
        model = self.env[more["model"]].sudo().with_context(active_test=False)
        described = model.fields_get(attributes=["string"])

        def label(name):
            return described.get(name, {}).get("string", name)

        def shown(name, value):
            if value is None or value == "":
                return _("nothing")
            if isinstance(value, bool):
                return _("yes") if value else _("no")
            field = model._fields.get(name)
            if field is not None and field.type == "many2one":
                other = self.env[field.comodel_name].sudo()
                return other.browse(value).exists().display_name or _("nothing")
            return "%s" % value

        texts = [
            "%s: %s \u2192 %s" % (
                label(name), shown(name, old.get(name)), shown(name, new[name]))
            for name in sorted(new)
        ]
        for name, odoo_value, dingtalk_value, kept in more.get("conflicts", ()):
            if kept == "odoo":
                texts.append(
                    _("%(field)s: %(here)s is kept; DingTalk has %(there)s")
                    % {"field": label(name), "here": shown(name, odoo_value),
                       "there": shown(name, dingtalk_value)}
                )
            else:
                texts.append(_("%s was changed in Odoo as well") % label(name))
        return texts
