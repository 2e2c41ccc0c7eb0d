# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from ..dingtalk.to_dos import ToDoActorError


class DingdingTodo(models.Model):
    """Act on to-dos in DingTalk as people who may.

    Creators change everything, executors complete and delete, leavers nothing.
    """

    _inherit = "dingding.todo"

    executor = fields.Char(
        string="Executor's UnionID", readonly=True, groups="dingding.group_manager",
        help="Kept for withdrawing the to-do after its DingTalk user was deleted.",
    )
    is_withdrawing = fields.Boolean(
        string="Being withdrawn", readonly=True, groups="base.group_system",
        help="Odoo is deleting the to-do in DingTalk. The person did not.",
    )

    def _actors(self):
        """Return the UnionIDs to act as: creator and executor, known leavers last."""
        found = [self.actor]
        executor = self._executor()
        if executor and executor != self.actor:
            found.append(executor)
        found = [each for each in found if each]
        if len(found) < 2:
            return found
        known = set(self._people_with(found).mapped("unionid"))
        return sorted(found, key=lambda unionid: unionid not in known)

    def _executor(self):
        return self.executor or self.person_id.unionid

    def _has_left(self, unionid):
        """Tell whether Odoo knows nobody with this UnionID in the organisation."""
        return not self._people_with([unionid])

    def _people_with(self, unionids):
        return self.env["dingding.user"].search(
            [("unionid", "in", unionids), ("corp_id", "=", self.corp_id.id),
             ("active", "=", True)])

    def _dingtalk_as_actor(self, feature, method, *args, **kwargs):
        """Call a method of ``client.to_dos`` as the first person who may.

        :raise ToDoActorError: nobody may
        """
        call = getattr(self._client(feature), method)
        return self._dingtalk_by_actors(lambda actor: call(actor, *args, **kwargs))

    def _dingtalk_create_as_actor(self, again):
        """Create the to-do; return who is its creator, and DingTalk's answer.

        All attempts have the same ``sourceId``, so at most one creates it.

        :param bool again: an earlier attempt may have created it
        :raise ToDoExistsError: it has
        :raise ToDoActorError: nobody may
        """
        client, values = self._client(), self._prepare_call()
        return self._dingtalk_by_actors(
            lambda actor: (actor, client.create_task(**dict(values, actor=actor))))

    def _dingtalk_by_actors(self, call):
        """Return ``call(actor)`` of the first person who may.

        A refused call has done nothing. After a refusal, known leavers are not tried.

        :raise ToDoActorError: nobody may
        """
        first, *others = self._actors()
        try:
            return call(first)
        except ToDoActorError:
            others = [actor for actor in others if not self._has_left(actor)]
            if not others:
                raise
        return call(others[0])

    def _begin_withdrawing(self):
        """Remember that Odoo deletes the to-do.

        Committed before the call: else the deletion could count as the person's.
        """
        if not self.is_withdrawing:
            self.is_withdrawing = True
            self._commit()

    def _abandon(self):
        """Give up a to-do that nobody may change.

        :return: whether Odoo knows that they have left
        """
        if not all(self._has_left(unionid) for unionid in self._actors()):
            return False
        self.write({
            "status": "deleted", "is_withdrawing": False,
            "reason": self._abandoned_reason(),
        })
        return True

    @api.model
    def _abandoned_reason(self):
        return _("Creator and executor have left the organisation in DingTalk.")
