# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections
import random
import time

from psycopg2 import IntegrityError, OperationalError, errorcodes

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat
from ..dingtalk.errors import NotFoundError, OutOfScopeError
from ..sync.reader import Reader
from ..sync.snapshot import Snapshot

#: Whom DingTalk has proven to be there. userid: '' when the way tells none.
Proven = collections.namedtuple("Proven", "userid unionid")
#: user: id, or None when refused; person: id or None; result and reason as in the log.
Decision = collections.namedtuple("Decision", "user person result reason")

# The same person signs in twice at once, or a sync writes the same rows.
DISTURBED = (
    errorcodes.SERIALIZATION_FAILURE, errorcodes.DEADLOCK_DETECTED,
    errorcodes.UNIQUE_VIOLATION,
)
TRIES = 5


class DingdingSigninPolicy(models.AbstractModel):
    """Who may sign in as whom: one policy for all ways.

    People are recognised by what DingTalk has proven, and linked by the rules of
    ``sync/links.py``, which are those of synchronising.
    """

    _name = "dingding.signin.policy"
    _description = "Who may sign in with DingTalk"

    @api.model
    def _decide(self, corp, proven):
        """Decide, and carry out what follows: a link, a new user.

        Asks DingTalk about people who are not known here yet.

        :param corp: ``dingding.corp``
        :param Proven proven: by DingTalk, in this attempt
        :raise DingTalkError: DingTalk cannot be asked
        """
        corp = corp.sudo()
        known = self._person(corp, proven)
        there = True
        if corp.signin_who != "linked" and not self._has_user(known):
            there = self._read_person(corp, proven, known)
        decision = self._apart(
            lambda policy: policy._decided(
                policy.env["dingding.corp"].browse(corp.id), proven, there
            ),
            read_committed=True,
        )
        # The request goes on with a user who may be younger than its view of the data.
        compat.see_commits(self.env)
        return decision

    @api.model
    def _apart(self, work, read_committed=False):
        """Return what ``work(policy)`` returns, committed in a transaction of its own.

        The ticket of a sign-in holds once, so a request cannot be repeated: this is.

        :param work: function that is given this model of that transaction
        """
        number = 1
        while True:
            try:
                with compat.manage_environments(), compat.open_cursor(
                    self.env.cr.dbname, read_committed=read_committed
                ) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    result = work(env[self._name])
                    compat.flush(env)
                return result
            except (IntegrityError, OperationalError) as error:
                if error.pgcode not in DISTURBED or number == TRIES:
                    raise
            time.sleep(random.uniform(0, 0.05 * 2 ** number))
            number += 1

    @api.model
    def _has_user(self, person):
        return bool(person and person.active and person.user_id.active)

    @api.model
    def _person(self, corp, proven):
        """Return the person of the organisation, False for a contradiction, or None."""
        people = self.env["dingding.user"].sudo().with_context(active_test=False)
        of_corp = [("corp_id", "=", corp.id)]
        if proven.userid:
            found = people.search(of_corp + [("userid", "=", proven.userid)])
        elif proven.unionid:
            found = people.search(of_corp + [("unionid", "=", proven.unionid)])
        else:
            return None
        # Who came back may be there twice, once archived.
        found = (found.filtered("active") or found)[:1]
        if not found:
            return None
        if proven.unionid and found.unionid and found.unionid != proven.unionid:
            return False
        return found

    @api.model
    def _read_person(self, corp, proven, known=None):
        """Ask DingTalk about somebody without a user; read who is not known here yet.

        Everybody without a user is asked about, also who is refused then: by the time
        that it takes nobody can tell who is known here. (The first attempt of somebody
        who is there and was not read yet takes one call more.)

        :param known: as ``_person`` found it
        :return: whether the person is in the organisation
        """
        client = corp._app_for("contact")._dingtalk_client(max_wait=0)
        snapshot = Snapshot()
        try:
            if not proven.userid:
                userid = client.contacts.userid_by_unionid(proven.unionid)
            elif known is not None:
                userid = client.contacts.user(proven.userid)["userid"]
            else:
                userid = proven.userid
            if known is not None:
                return not known or userid == known.userid
            Reader(client.contacts).read_person(snapshot, userid)
        except (NotFoundError, OutOfScopeError):
            return False
        self._apart(
            lambda policy: policy.env["dingding.run"]._apply_part(
                policy.env["dingding.corp"].browse(corp.id), snapshot
            )
        )
        return True

    @api.model
    def _decided(self, corp, proven, there=True):
        """Decide; see ``_decide``.

        The work is the same for everybody without a user, whether he gets one or not.

        :param bool there: False when DingTalk has said that he is not
        """
        person = self._person(corp, proven)
        if person and not self._has_user(person):
            # Of several sign-ins of one person the first makes the user.
            self.env.cr.execute(
                "SELECT id FROM dingding_user WHERE id = %s FOR NO KEY UPDATE",
                [person.id],
            )
            compat.forget(self.env)
        user, result = self.env["res.users"], "signed_in"
        here = bool(person and person.active and there)
        if here:
            user = person.user_id
        free = person if here and not user else self.env["dingding.user"]
        if not user.active and corp.signin_who in ("link", "create"):
            self._link(corp, free)
            if free.user_id:
                user, result = free.user_id, "linked"
        if not user.active and corp.signin_who == "create":
            self._make_user(corp, free - free.filtered("user_id"))
            if free.user_id and not user:
                user, result = free.user_id, "created"
        if person is None:
            return Decision(None, None, "refused", "unknown")
        if person is False:
            return Decision(None, None, "refused", "mismatch")
        if not here:
            return Decision(None, person.id, "refused", "left")
        if not user:
            return Decision(None, person.id, "refused", "not_linked")
        if not user.active:
            return Decision(None, person.id, "refused", "user_archived")
        return Decision(user.id, person.id, result, False)

    @api.model
    def _still(self, corp, person_id, user_id):
        """Tell whether a decision made a moment ago still holds."""
        person = self.env["dingding.user"].sudo().browse(person_id).exists()
        return bool(
            person and person.active and person.corp_id == corp and corp.active
            and person.user_id.id == user_id and person.user_id.active
        )

    @api.model
    def _link(self, corp, person):
        """Link a person, if there is one, as synchronising would without a manager."""
        run = self.env["dingding.run"]._only(person)
        run._make_sure_links(corp, person.mapped("userid"))

    @api.model
    def _make_user(self, corp, person):
        """Make a user for a person, if there is one, as synchronising would."""
        run = self.env["dingding.run"]._only(person)
        lines, _problems = run._plan_making(corp, [])
        for line in lines:
            if person and (line["kind"], line["key"]) == ("user", person.userid):
                run._make_kind("user", corp, person)

    @api.model
    def _bind(self, person, user):
        person.write(
            {
                "user_id": user.id, "link_rule": "manual",
                "linked_on": fields.Datetime.now(),
            }
        )
