# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingSyncLine(models.Model):
    """Describe changes of linked records."""

    _inherit = "dingding.sync.line"

    def _linked_ids(self):
        found = super()._linked_ids()
        model = self._values("more").get("model")
        if self.action != "follow" or model not in self.env:
            return found
        fields_of = self.env[model]._fields
        values = [
            pair for column in ("old_values", "new_values")
            for pair in self._values(column).items()
        ] + [
            (conflict[0], value)
            for conflict in self._values("more").get("conflicts", ())
            for value in conflict[1:3]
        ]
        return found + [
            (fields_of[name].comodel_name, value) for name, value in values
            if value and name in fields_of and fields_of[name].type == "many2one"
        ]

    def _described(self, labels, relations, names):
        if self.action != "follow":
            return super()._described(labels, relations, names)
        new, old = self._values("new_values"), self._values("old_values")
        more = self._values("more")
        if more.get("model") not in self.env:
            return []
        model = self.env[more["model"]].sudo()

        def label(name):
            field = model._fields.get(name)
            # fields_get() of users reads groups, for each line.
            return name if field is None else field._description_string(model.env)

        def shown(name, value):
            if value is None or value == "":
                return _("nothing")
            if isinstance(value, bool):
                return _("yes") if value else _("no")
            field = model._fields.get(name)
            if field is not None and field.type == "many2one":
                return names.get(field.comodel_name, {}).get(value) or _("nothing")
            return "%s" % value

        texts = [
            "%s: %s \u2192 %s" % (
                label(name), shown(name, old.get(name)), shown(name, new[name]))
            for name in sorted(new)
        ]
        for name, odoo_value, dingtalk_value, kept in more.get("conflicts", ()):
            if kept == "odoo":
                texts.append(
                    _("%(field)s: %(odoo)s is kept; DingTalk has %(dingtalk)s")
                    % {"field": label(name), "odoo": shown(name, odoo_value),
                       "dingtalk": shown(name, dingtalk_value)}
                )
            else:
                texts.append(_("%s was changed in Odoo as well") % label(name))
        return texts
