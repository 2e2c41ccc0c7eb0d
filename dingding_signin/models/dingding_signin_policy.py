# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections
import logging
import random
import time

from psycopg2 import IntegrityError, OperationalError, errorcodes

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.errors import (
    DingTalkError,
    NotFoundError,
    OutOfScopeError,
)
from odoo.addons.dingding.models.queue import CONFLICTS
from odoo.addons.dingding.sync.reader import Reader
from odoo.addons.dingding.sync.snapshot import Snapshot

_logger = logging.getLogger(__name__)

#: An identity proven by DingTalk. userid: '' if the method does not provide one.
Proven = collections.namedtuple("Proven", "userid unionid")
#: user: id, or None if refused; person: id or None; result and reason as in the log.
Decision = collections.namedtuple("Decision", "user person result reason")

# Caused by concurrent sign-ins or syncs.
DISTURBED = CONFLICTS + (errorcodes.UNIQUE_VIOLATION,)
TRIES = 5


class DingdingSigninPolicy(models.AbstractModel):
    """Decide who may sign in as which user, for all sign-in methods.

    People are linked by the rules of ``sync/links.py``, like in a sync.
    """

    _name = "dingding.signin.policy"
    _description = "DingTalk Sign-in Policy"

    @api.model
    def _decide(self, corp, proven):
        """Decide, and create the link or user that follows from it.

        Asks DingTalk whether the person is still there.

        :param corp: ``dingding.corp``
        :param Proven proven: by DingTalk, in this attempt
        :raise DingTalkError: DingTalk cannot be reached
        """
        corp = corp.sudo()
        known = self._person(corp, proven)
        is_member = True
        if self._has_user(known):
            is_member = self._is_member(corp, proven)
        elif corp.signin_who != "linked":
            is_member = self._read_person(
                corp, proven, known, corp._chosen_dept_ids())
        decision = self._apart(
            lambda policy: policy._decided(
                policy.env["dingding.corp"].browse(corp.id), proven, is_member
            ),
            read_committed=True,
        )
        # The user may have been created after this transaction's snapshot.
        compat.see_commits(self.env)
        return decision

    @api.model
    def _apart(self, work, read_committed=False):
        """Return the result of ``work(policy)``, committed in a separate transaction.

        A sign-in ticket works once, so this is retried instead of the request.

        :param work: function that receives this model in that transaction
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
        """Return the organisation's person, False for contradictory ids, or None."""
        people = self.env["dingding.user"].sudo().with_context(active_test=False)
        of_corp = [("corp_id", "=", corp.id)]
        if proven.userid:
            found = people.search(of_corp + [("userid", "=", proven.userid)])
        elif proven.unionid:
            found = people.search(of_corp + [("unionid", "=", proven.unionid)])
        else:
            return None
        # Someone who rejoined may exist twice.
        found = (found.filtered("active") or found)[:1]
        if not found:
            return None
        if proven.unionid and found.unionid and found.unionid != proven.unionid:
            return False
        return found

    @api.model
    def _is_member(self, corp, proven):
        """Ask DingTalk whether a linked person is still there, before a sync notices.

        A UserID is proven by the organisation, a UnionID by DingTalk's page, which
        leavers can use. Where DingTalk does not say, the link holds.
        """
        if proven.userid:
            return True
        client = corp._app_for("contact")._dingtalk_client(feature="signin", max_wait=0)
        try:
            client.contacts.userid_by_unionid(proven.unionid)
        except NotFoundError:
            return False
        except DingTalkError as error:
            _logger.info("Not known whether a person is in %s: %s", corp.name, error)
        return True

    @api.model
    def _read_person(self, corp, proven, known=None, chosen=()):
        """Ask DingTalk about a person without a user; store unknown ones.

        Everybody without a user is looked up, so that the response time reveals
        nothing. (The first attempt of an unknown member takes one more call.)

        :param known: as ``_person`` found it
        :param chosen: ids of the departments to which the sync is limited, none for all
        :return: whether the person is in the organisation; if unknown, in one of these
        """
        client = corp._app_for("contact")._dingtalk_client(feature="signin", max_wait=0)
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
            if chosen and set(chosen).isdisjoint(
                str(each) for each in client.contacts.departments_of(userid)
            ):
                # People whom syncs and events skip get no user here either.
                return False
            Reader(client.contacts).read_person(snapshot, userid)
        except (NotFoundError, OutOfScopeError):
            return False
        self._apart(
            lambda policy: policy.env["dingding.sync"]._apply_part(
                policy.env["dingding.corp"].browse(corp.id), snapshot
            )
        )
        return True

    @api.model
    def _decided(self, corp, proven, is_member=True):
        """Decide; see ``_decide``.

        The work is the same for everybody without a user.

        :param bool is_member: False if DingTalk says that the person is not a member
        """
        person = self._person(corp, proven)
        if person and not self._has_user(person):
            # The first of concurrent sign-ins creates the user.
            self._lock(person)
        user, result = self.env["res.users"], "signed_in"
        active = bool(person and person.active and is_member)
        if active:
            user = person.user_id
        free = person if active and not user else self.env["dingding.user"]
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
        if not active:
            return Decision(None, person.id, "refused", "left")
        if not user:
            return Decision(None, person.id, "refused", "not_linked")
        if not user.active:
            return Decision(None, person.id, "refused", "user_archived")
        return Decision(user.id, person.id, result, False)

    @api.model
    def _lock(self, person):
        """Wait for others who link a person, and read what they have written."""
        self.env.cr.execute(
            "SELECT id FROM dingding_user WHERE id = %s FOR NO KEY UPDATE", [person.id])
        compat.forget(self.env)

    @api.model
    def _still(self, corp, person_id, user_id):
        """Return whether an earlier decision still holds."""
        person = self.env["dingding.user"].sudo().browse(person_id).exists()
        return bool(
            person and person.active and person.corp_id == corp and corp.active
            and person.user_id.id == user_id and person.user_id.active
        )

    @api.model
    def _link(self, corp, person):
        """Link a person, if any, as a sync would without a manager."""
        syncs = self.env["dingding.sync"]._only(person)
        syncs._confirm_links(corp, person.mapped("userid"))

    @api.model
    def _make_user(self, corp, person):
        """Create a user for a person, if any, as a sync would."""
        syncs = self.env["dingding.sync"]._only(person)
        lines, _problems = syncs._plan_records(corp, [])
        wanted = syncs._ids_to_make("person", corp, person.mapped("userid"))
        for line in lines:
            if line["kind"] == "user" and line["key"] in wanted:
                syncs._create_records_of_kind("user", corp, person)

    @api.model
    def _bind(self, person, user):
        person.write(
            {
                "user_id": user.id, "link_rule": "bound",
                "linked_on": fields.Datetime.now(),
            }
        )
