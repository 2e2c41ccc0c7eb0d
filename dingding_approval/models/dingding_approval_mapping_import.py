# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Convert the form of an approval started in DingTalk to values of a new record."""
import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import html_escape

from odoo.addons.dingding import rights
from odoo.addons.dingding.dingtalk import utc

from ..form import amounts, components, read, times
from .dingding_approval_reader import CHINESE, RELATIONS, YES

# Minutes between two lists: the pauses grow while no event is missing.
IMPORT_SHORTEST, IMPORT_LONGEST, IMPORT_UNHEARD = 29, 24 * 60, 3 * 60
HEARD_DAYS = 7
# People and departments are matched by id only.
NEVER_BY_NAME = ("res.users", "res.partner", "hr.employee", "hr.department")


class DingdingApprovalMapping(models.Model):
    """Read values of a form back into fields."""

    _inherit = "dingding.approval.mapping"

    import_next = fields.Datetime(readonly=True, copy=False)
    import_pause = fields.Integer(readonly=True, copy=False)
    # Instance -> why it became no record, as JSON: asking again costs a call.
    import_refused = fields.Text(
        readonly=True, copy=False, groups="base.group_system")

    def _note_import(self, found):
        """Decide when the next list of instances is read: each one is billed.

        :param int found: number of instances that no event had reported
        """
        self.ensure_one()
        pause = IMPORT_SHORTEST
        if self.corp_id.approval_poll_policy != "always" and not found:
            longest = IMPORT_LONGEST if self._events_arrive() else IMPORT_UNHEARD
            pause = min(max(self.import_pause * 2, IMPORT_SHORTEST), longest)
        moment = utc.now() + datetime.timedelta(minutes=pause)
        self.write({
            "import_pause": pause, "import_next": fields.Datetime.to_string(moment),
        })

    def _events_arrive(self):
        """Tell whether DingTalk has reported an approval in the last days."""
        since = utc.now() - datetime.timedelta(days=HEARD_DAYS)
        return bool(self.env["dingding.event"].sudo().search(
            [("corp_id", "=", self.corp_id.id),
             ("event_type", "=", "bpms_instance_change"),
             ("received_at", ">", fields.Datetime.to_string(since))],
            limit=1,
        ))

    def _record_values(self, answer):
        """Return (values for ``create()``, labels of unreadable components).

        Fill only fields of the model and its lines that the user may write and see.

        :param list answer: ``formComponentValues`` of an instance, of either API
        """
        this = self.sudo()
        form = this.template_id._form()
        return self._values_of_lines(
            this.line_ids, form, read.values(answer, form), this.model_id.model
        )

    def _import_user(self, person):
        """Return the user with whose rights a record is created, or an empty set.

        :param person: ``dingding.user`` who started the approval
        """
        return person.sudo().user_id.filtered("active")

    def _values_of_lines(self, lines, form, values, model):
        known = {one["key"]: one for one in form}
        reading = self.env["dingding.approval.reader"]
        vals, missed = {}, []
        for line in lines.filtered(lambda row: row.source == "field"):
            one = known.get(line.component_id.component_key)
            value = one and values.get(one["key"])
            if one is None or components.is_empty(value):
                continue
            for path, part in self._parts(line, one, value):
                field = self._writable(model, path)
                if field is None:
                    continue
                if reading._closed([field], bool(line.author_id)) or (
                    not rights.may_use_field(self.env, field)
                ):
                    # 11.0's create() ignores groups of fields.
                    missed.append(components.title(one))
                    continue
                found = self._record_value(line, field, one, part)
                if found is None:
                    missed.append(components.title(one))
                else:
                    vals[field.name] = found
        return vals, missed

    @api.model
    def _parts(self, line, one, value):
        """Return (path, value) of a line: two for a range."""
        if one["kind"] == "DDDateRangeField":
            return list(zip((line.field_path, line.field_path_end), value))
        return [(line.field_path, value)]

    @api.model
    def _writable(self, model, path):
        """Return the model's field for a path of one name, or None."""
        field = self.env[model]._fields.get(path or "") if model in self.env else None
        if field is None or field.readonly:
            return None
        return field

    def _record_value(self, line, field, one, value):
        """Return the value for ``create()``, None if unknown."""
        if field.type in RELATIONS:
            return self._relation_value(line, field, one, value)
        if field.type in ("date", "datetime"):
            return self._moment_value(field, value)
        if field.type in ("integer", "float", "monetary"):
            number = amounts.number(value)
            if number is None:
                return None
            return int(number) if field.type == "integer" else float(number)
        if field.type == "boolean":
            return value in YES
        text = "\n".join(value) if isinstance(value, list) else str(value)
        if field.type == "selection":
            return self._selection_value(field, text)
        if field.type == "html":
            return html_escape(text)
        return text if field.type in ("char", "text") else None

    def _moment_value(self, field, value):
        if not hasattr(value, "year"):
            return None
        if field.type == "date":
            day = value.date() if hasattr(value, "hour") else value
            return fields.Date.to_string(day)
        moment = times.parse(times.written(value, True))
        zone = self.sudo().corp_id._time_zone()
        return fields.Datetime.to_string(times.utc(moment, zone))

    def _selection_value(self, field, text):
        """Return the key of the option with this label in any language, or None."""
        reading = self.env["dingding.approval.reader"]
        for lang in (CHINESE, self.env.user.lang, "en_US"):
            labels = reading._selection(reading._in_language(self, lang).env, field)
            for key, label in labels.items():
                if text in (label, key):
                    return key
        return None

    def _relation_value(self, line, field, one, value):
        shape = components.kind_of(one["kind"]).shape
        if shape == "rows":
            rows = [
                self._values_of_lines(
                    line.child_ids, one["children"], row, field.comodel_name
                )[0]
                for row in value
            ]
            if field.type != "one2many":
                return None
            return [(0, 0, row) for row in rows if row]
        if shape in ("people", "departments"):
            found = self._found(shape, field.comodel_name, value)
        elif shape in ("text", "choice", "choices"):
            names = value if isinstance(value, list) else [value]
            found = self._named(field.comodel_name, names)
        else:
            return None
        if not found:
            return None
        return found[0].id if field.type == "many2one" else [(6, 0, found.ids)]

    def _found(self, shape, model, keys):
        """Return the records of a model for people or departments."""
        self = self.sudo()
        if shape == "people":
            rows = self.env["dingding.user"].search(
                [("corp_id", "=", self.corp_id.id), ("userid", "in", keys)]
            )
            links = {
                "dingding.user": "id", "res.users": "user_id",
                "hr.employee": "employee_id", "res.partner": "user_id.partner_id",
            }
        else:
            rows = self.env["dingding.department"].search(
                [
                    ("corp_id", "=", self.corp_id.id),
                    ("dept_id", "in", [str(key) for key in keys]),
                ]
            )
            links = {
                "dingding.department": "id", "hr.department": "hr_department_id",
            }
        link = links.get(model)
        if link == "id":
            return rows
        if not link or link.split(".")[0] not in rows._fields:
            return self.env[model].browse()
        return rows.mapped(link)

    def _named(self, model, names):
        """Return the records with these names, if each name is unique."""
        records = self.env[model].browse()
        name = records._rec_name
        if model in NEVER_BY_NAME or not name or name not in records._fields:
            return records
        for text in names:
            try:
                found = self.env[model].search([(name, "=", text)], limit=2)
            except AccessError:
                return records
            if len(found) != 1:
                return records.browse()
            records |= found
        return records
