# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from .. import compat
from .sync_case import SyncCase

USER_UPDATE = "/topapi/v2/user/update"
USER_CREATE, USER_DELETE = "/topapi/v2/user/create", "/topapi/v2/user/delete"
DEPT_UPDATE, DEPT_CREATE = (
    "/topapi/v2/department/update", "/topapi/v2/department/create",
)
GROUPS = ("profile", "contact", "structure")


class OutgoingCase(SyncCase):
    """Tests of what goes from Odoo to DingTalk."""

    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            test.lead("odoo")
            test.run_it()
        return result

    def lead(self, leader, *groups):
        """Set who leads: 'odoo', 'last' or 'dingtalk', in these groups or in all."""
        self.corp.write(
            {"leads_%s" % group: leader for group in groups or GROUPS}
        )

    def somebody(self, number=0):
        """Return a person who leads no department and is not alone in one."""
        plain = self.people().filtered(
            lambda each: not each.leader_department_ids and each.department_ids
            and each.mobile
        )
        return plain.sorted("userid")[number]

    def changes(self, record=None):
        found = self.env["dingding.outgoing.change"].search(
            [("corp_id", "=", self.corp.id)], order="id"
        )
        if record is None:
            return found
        return found.filtered(lambda each: each[record._sync_change] == record)

    def send(self, rounds=3):
        """Process the outbox, whether its rows are due or not."""
        for _round in range(rounds):
            waiting = self.changes().filtered(lambda each: each.state == "retry")
            waiting.write({"next_try": False})
            if not self.process_queue("dingding.outgoing.change"):
                break
        compat.forget(self.env)

    def there(self, person):
        """Return DingTalk's person."""
        return self.simulated().get(person.userid)

    def department_there(self, department):
        found = self.simulator.departments()
        found = found.get("departments", found) if isinstance(found, dict) else found
        return {str(each["dept_id"]): each for each in found}.get(department.dept_id)

    def new_person(self, name="Zhang San", mobile="13900001234", **values):
        return self.as_manager("dingding.user").create(
            dict(values, name=name, mobile=mobile, corp_id=self.corp.id)
        ).with_env(self.env)

    def new_department(self, name="Lab", parent=None, **values):
        return self.as_manager("dingding.department").create(
            dict(values, name=name, corp_id=self.corp.id,
                 parent_id=parent and parent.id)
        ).with_env(self.env)

    def as_manager(self, model):
        return self.env[model].with_env(self.env(user=self.user_manager.id))

    def check_baseline(self, record):
        """Both sides have the same, and both know it."""
        stored = record._stored(self.corp)[record[record._sync_key]]
        base = record._baseline()
        for name in record._pushed_fields() - {"state_code"} - set(
            record._sync_pushed
        ):
            if name in base:
                self.assertEqual(base[name] or None, stored[name] or None, name)
