# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib

from odoo import _, api, fields, models

from odoo.addons.dingding.dingtalk import beijing
from odoo.addons.dingding.dingtalk.errors import InvalidTokenError

from ..dingtalk.to_dos import ToDoActorError, ToDoExistsError, ToDoGoneError


class DingdingTodo(models.Model):
    """Personal to-dos of people who have consented; they have a tick box.

    Only the person's token may touch them; the description identifies them.
    """

    _inherit = "dingding.todo"

    is_personal = fields.Boolean(
        string="Personal", readonly=True,
        help="It can be ticked in DingTalk's list.",
    )
    given_consent_id = fields.Many2one(
        "dingding.todo.consent", string="Consent", readonly=True, ondelete="set null",
        index=True, groups="dingding.group_manager",
    )

    @api.model
    def _prepare_values(self, activity, person, record, planner, known):
        consent = self.env["dingding.todo.consent"]._of(person)
        return dict(
            super()._prepare_values(activity, person, record, planner, known),
            is_personal=bool(consent), given_consent_id=consent.id,
        )

    def _remember(self, wanted):
        result = super()._remember(wanted)
        consent = wanted["given_consent_id"]
        if self.is_personal and consent and self.given_consent_id.id != consent:
            self.given_consent_id = consent
        return result

    def _dingtalk_as_actor(self, feature, method, *args, **kwargs):
        if not self.is_personal:
            return super()._dingtalk_as_actor(feature, method, *args, **kwargs)
        if method == "by_source":
            return self._dingtalk_as_person(feature, self._dingtalk_find)
        if method == "get":
            args = (self._executor(),) + args
        return self._dingtalk_as_person(
            feature,
            lambda todos, token: getattr(todos, method)(token, *args, **kwargs),
        )

    def _dingtalk_create_as_actor(self, again):
        if not self.is_personal:
            return super()._dingtalk_create_as_actor(again)
        return self._executor(), self._dingtalk_as_person(
            "todos", lambda todos, token: self._dingtalk_make(todos, token, again))

    def _dingtalk_as_person(self, feature, call):
        """Call DingTalk with the person's token; a refused one is renewed once.

        :param call: function of ``client.personal_to_dos`` and the token
        :raise ToDoActorError: the person has to consent again
        """
        consent = self.given_consent_id
        if not consent:
            raise ToDoActorError("consent", "the user has to consent again")
        client = consent.app_id._dingtalk_client(feature=feature)
        token = consent._dingtalk_token(client)
        try:
            return call(client.personal_to_dos, token)
        except InvalidTokenError:
            token = consent._dingtalk_token(client, refused=token)
            return call(client.personal_to_dos, token)

    def _dingtalk_make(self, todos, token, again):
        if again:
            with contextlib.suppress(ToDoGoneError):
                self._dingtalk_find(todos, token)
                raise ToDoExistsError("exists", "an earlier attempt has created it")
        task_id = todos.create_task(
            token, self._executor(), self.name, self._text_below(),
            due=beijing.milliseconds(fields.Datetime.from_string(self.due_at)),
        )
        return {"id": task_id}

    def _text_below(self):
        """Return the text below the subject: who planned it, its page, what
        identifies it.
        """
        lines = [self.url, self.source_id]
        if self.planner_id.active and self.planner_id != self.user_id:
            mine = self.with_context(**self.user_id._dingding_context())
            lines.insert(0, mine._planned_by())
        return "\n".join(lines)

    def _planned_by(self):
        return _("Planned by %s") % self.planner_id.name

    def _dingtalk_find(self, todos, token):
        """Return the to-do that an attempt without an answer has created.

        :raise ToDoGoneError: there is none
        """
        unionid = self._executor()
        for task in todos.listed(token, unionid, subject=self.name):
            if task.get("subject") != self.name:
                continue
            found = todos.get(token, unionid, task.get("taskId"))
            if (found.get("description") or "").endswith(self.source_id):
                return found
        raise ToDoGoneError("none", "no attempt has created it")

    def _abandon(self):
        if not self.is_personal:
            return super()._abandon()
        if self.given_consent_id and self.given_consent_id._tokens():
            return False
        self.write({
            "status": "deleted", "is_withdrawing": False,
            "reason": self._consent_reason(),
        })
        return True

    @api.model
    def _consent_reason(self):
        return _("The consent has expired. The personal to-do stays in DingTalk.")
