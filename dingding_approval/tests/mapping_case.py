# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import DingTalkCase

from ..form.components import component

OPTIONS = [{"value": "北京", "key": "option_0"}, {"value": "上海", "key": "option_1"}]
RANGE = '["开始时间","结束时间"]'


def form():
    """Return a form with a component of every kind."""
    return [
        component("TextField_1", "TextField", "标题", required=True),
        component("TextareaField_1", "TextareaField", "说明"),
        component("NumberField_1", "NumberField", "数量", unit="件"),
        component("MoneyField_1", "MoneyField", "金额"),
        component("DDDateField_1", "DDDateField", "日期"),
        component("DDDateField_2", "DDDateField", "时间", format="yyyy-MM-dd HH:mm"),
        component("DDDateRangeField_1", "DDDateRangeField", RANGE),
        component("DDSelectField_1", "DDSelectField", "城市", options=OPTIONS),
        component(
            "DDSelectField_2", "DDSelectField", "是否",
            options=[{"value": "是", "key": ""}, {"value": "否", "key": ""}],
        ),
        component(
            "DDMultiSelectField_1", "DDMultiSelectField", "标签", options=OPTIONS
        ),
        component("InnerContactField_1", "InnerContactField", "负责人"),
        component("DepartmentField_1", "DepartmentField", "部门"),
        component("PhoneField_1", "PhoneField", "电话"),
        component("DDPhotoField_1", "DDPhotoField", "图片"),
        component("DDAttachment_1", "DDAttachment", "附件"),
        component("RelateField_1", "RelateField", "关联"),
        component("TextNote_1", "TextNote", "", content="请附上报价单。"),
        component(
            "TableField_1", "TableField", "明细",
            children=[
                component("TextField_2", "TextField", "名称", required=True),
                component("NumberField_2", "NumberField", "汇率"),
                component("DDDateField_3", "DDDateField", "生效日"),
            ],
        ),
    ]


def form_without(*keys):
    return [one for one in form() if one["key"] not in keys]


class MappingCase(DingTalkCase):
    """Map templates that are entered in Odoo, without calling DingTalk.

    Contacts have texts, people and choices; currencies numbers, dates and lines.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        env["dingding.approval.mapping"].with_context(active_test=False).search(
            []
        ).unlink()
        env["dingding.approval.template"].with_context(active_test=False).search(
            []
        ).unlink()
        cls.person = cls.make_person("u-employee", user_id=cls.user_employee.id)
        cls.other_person = cls.make_person("u-other")
        cls.template = env["dingding.approval.template"].create(
            {
                "name": "采购申请", "corp_id": cls.corp.id, "process_code": "PROC-1",
                "enabled": True,
            }
        )
        cls.template._take_form(form(), "schema")
        cls.user_employee.write(
            {
                compat.USER_GROUPS: [
                    (4, env.ref("base.group_partner_manager").id)
                ],
                "tz": "Asia/Shanghai",
            }
        )
        cls.partner = env["res.partner"].create(
            {
                "name": "Ten <chairs>", "comment": "first\nsecond",
                "phone": "+86 138 0013 8000", "user_id": cls.user_employee.id,
            }
        )
        cls.currency = env["res.currency"].create(
            {"name": "XQA", "symbol": "q", "rounding": 0.01}
        )
        for day, rate in (("2026-03-01", 1.25), ("2026-03-05", 2.5)):
            env["res.currency.rate"].create(
                {"currency_id": cls.currency.id, "name": day, "rate": rate}
            )

    @classmethod
    def make_person(cls, userid, **values):
        vals = {"name": "Person %s" % userid, "userid": userid, "corp_id": cls.corp.id}
        return cls.env["dingding.user"].with_context(dingding_no_push=True).create(
            dict(vals, **values)
        )

    @classmethod
    def component(cls, key):
        return cls.env["dingding.approval.component"].search(
            [("template_id", "=", cls.template.id), ("component_key", "=", key)]
        )

    @classmethod
    def make_mapping(cls, model="res.partner", paths=None, **values):
        """Return a mapping: component key -> field path, or values of a line."""
        if paths is None:
            paths = {"TextField_1": "name"}
        vals = {
            "name": "By test",
            "model_id": cls.env["ir.model"].search([("model", "=", model)]).id,
            "template_id": cls.template.id,
            "responsible_id": cls.user_manager.id,
        }
        vals.update(values)
        mapping = cls.env["dingding.approval.mapping"].create(vals)
        for key, path in sorted(paths.items()):
            cls.make_line(mapping, key, path)
        return mapping

    @classmethod
    def make_line(cls, mapping, key, path, parent=None):
        line = path if isinstance(path, dict) else {"field_path": path}
        line = dict(line)
        columns = line.pop("columns", {})
        made = cls.env["dingding.approval.mapping.line"].create(
            dict(
                line, mapping_id=mapping.id, component_id=cls.component(key).id,
                parent_id=parent.id if parent else False,
            )
        )
        for child, its_path in sorted(columns.items()):
            cls.make_line(mapping, child, its_path, made)
        return made

    def as_user(self, record, user=None):
        return compat.with_user(record, user or self.user_employee)

    def values(self, mapping, record, user=None):
        """Return ({component key: value}, [keys of problems]) of a submission."""
        entries, problems = mapping._form_of(self.as_user(record, user))
        return {each["id"]: each["value"] for each in entries}, [
            key for key, _args in problems
        ]
