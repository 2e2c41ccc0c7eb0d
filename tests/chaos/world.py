"""The running stack, on which operations and faults act, and a ledger of both.
"""

import collections
import contextlib
import datetime
import itertools
import json
import re
import threading
import time
from pathlib import Path

import requests
from e2e import house

from tools import webclient

from . import machines, registry

PEOPLE, DEPARTMENTS = 160, 10
#: Options of :class:`tools.stack.Stack`; DingTalk takes 100 people per call.
STACK = dict(
    people=PEOPLE, departments=DEPARTMENTS, workers=2, cron_threads=2, cron_seconds=2,
    forks=True,
    # Nobody has a page open.
    environment={"DINGDING_NO_LONG_POLLING": "1"})
# Places among the people, which are in order of their userid.
LINKED = range(0, 8)  # have a user in Odoo
FOLLOWERS = range(0, 5)  # of these, followers of the discussed document
CUSTOMER = 8  # a portal user who follows the document as well
LEAVERS = range(PEOPLE - 12, PEOPLE)  # may be dismissed; the archive threshold is 20
RPC_SECONDS = 180
# A request that ends so soon after a death may have met the start of the successor.
AFTERMATH_SECONDS = 4
#: Odoo's messages to users: no errors of the server.
REFUSALS = ("UserError", "ValidationError", "AccessError", "MissingError", "Warning",
            "except_orm", "AccessDenied", "RedirectWarning", "CacheMiss")
#: Odoo's errors after its own attempts, when others wrote the same rows each time.
BUSY = ("TransactionRollbackError", "SerializationFailure", "LockNotAvailable",
        "DeadlockDetected", "ConcurrencyError")


SEND = "/topapi/message/corpconversation/asyncsend_v2"
#: Marks what a step created, see :meth:`World.token`.
TOKEN = re.compile(r"chaos-[\w.-]*?-client\d+\.\d+\.(?:\d+\.)?")
#: Faults of DingTalk in which the call is carried out.
LOST = ("timeout_after", "reset_after", "truncated")
TOO_OFTEN = ("90018", "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi")

#: After a conflict Odoo 11 repeats calls over /jsonrpc with values that the first
#: attempt left to compute, in a closed cursor. Its pages do not.
LEFT_OVER = "Unable to use a closed cursor"


class Skip(Exception):
    """There is nothing to act on, for example nobody who can leave."""


class Refused(Exception):
    """Odoo refuses with a message to the user."""


class Disturbed(Exception):
    """A process or the database died meanwhile: the outcome is unknown."""


#: A submitted message; its text is searched on phones.
Sent = collections.namedtuple("Sent", "token userids id step")
#: A reason for a notification: a text in the chatter or an activity.
Notice = collections.namedtuple("Notice", "token kind author userids id step")
#: A time without processes or database.
Disturbance = collections.namedtuple("Disturbance", "kind begin end")


def stamp(moment):
    """Return a moment in the format of Odoo's log."""
    return time.strftime("%H:%M:%S", time.gmtime(moment))


def beijing_day(moment):
    """Return DingTalk's day of a moment."""
    return datetime.datetime.utcfromtimestamp(moment + 8 * 3600).date()


def token_in(text):
    found = TOKEN.search(text or "")
    return found.group() if found else ""


class Ledger:
    """Operations and their outcomes; several threads write."""

    def __init__(self):
        self._lock = threading.Lock()
        #: :class:`Sent`
        self.messages = []
        #: :class:`Notice`
        self.notices = []
        #: tokens of notices whose deletion was requested, and of deleted ones
        self.deletions, self.deleted = set(), set()
        #: {(model, id)} of messages and notifications that a manager had sent again
        self.pressed = set()
        #: tokens of activities with to-dos that are changed and done
        self.planned = set()
        #: (userid, field) of requests that DingTalk refuses
        self.refusable = set()
        #: dicts: userid, wanted, got, statuses, disturbed
        self.signins = []
        #: texts: unexpected errors
        self.mishaps = []
        #: ids of purchase requests
        self.purchases = []
        #: (moment, text): why the outcome of a request is unknown
        self.disturbed = []
        #: name -> outcome -> how often
        self.outcomes = collections.defaultdict(collections.Counter)
        self.disturbances = []
        #: when the runner of Stream mode was killed
        self.deaths = []

    def add(self, name, value):
        with self._lock:
            place = getattr(self, name)
            (place.add if isinstance(place, set) else place.append)(value)

    def count(self, action, outcome):
        with self._lock:
            self.outcomes[action][outcome] += 1

    def snapshot(self, name):
        with self._lock:
            return list(getattr(self, name))


def full_queues():
    """Return how often a queue of new connections overflowed on this machine.

    Odoo's holds 8 per worker.
    """
    try:
        names, values = [
            line.split() for line in Path("/proc/net/netstat").read_text().splitlines()
            if line.startswith("TcpExt:")]
    except (OSError, ValueError):
        return 0
    return int(dict(zip(names, values)).get("ListenOverflows", 0))


class World:
    """One run.

    :param Stack stack: running
    :param seed: of the plan
    """

    def __init__(self, stack, seed):
        self.stack = stack
        self.seed = seed
        self.ledger = Ledger()
        self.machines = machines.Machines(stack)
        #: cleared while the whole server is down, for those who can wait
        self.up = threading.Event()
        self.up.set()
        self._local = threading.local()
        self._uids = {}
        self._open = {}
        self._open_ids = itertools.count()
        self._disturbed = threading.Lock()
        #: DingTalk's calls that the books need, by id; DingTalk forgets old ones
        self.calls = {}
        #: [(machine's time, offset)] of the simulator's clock
        self.clock = [(time.time(), 0)]
        #: {(model, id)} that Odoo did not know the end of, and a manager had repeated
        self.decided = set()

    # -- the two sides -----------------------------------------------------------------

    @property
    def dingtalk(self):
        """The simulator's control API, one for each thread."""
        if not hasattr(self._local, "control"):
            self._local.control = house.Control(self.stack.simulator.url)
        return self._local.control

    def _session(self):
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        return self._local.session

    def _json_rpc(self, service, method, arguments):
        answer = self._session().post(
            self.stack.odoo_url + "/jsonrpc", timeout=RPC_SECONDS, json={
                "jsonrpc": "2.0", "method": "call", "id": 1, "params": {
                    "service": service, "method": method, "args": arguments}})
        answer.raise_for_status()
        return answer.json()

    def uid(self, login):
        """Return the id of a user whose password is the login."""
        if login not in self._uids:
            begin = time.time()
            self._uids[login] = self._result(begin, "authenticate", self._json_rpc(
                "common", "authenticate", [self.stack.database, login, login, {}]))
        return self._uids[login]

    def rpc(self, model, method, *arguments, as_="admin", **keywords):
        """Call a model's method over RPC.

        :param str as_: login, which is also the password
        :raise Refused: Odoo refuses with a message
        :raise Disturbed: the server or its database died meanwhile
        :raise AssertionError: Odoo failed without explanation
        """
        begin, full = time.time(), full_queues()
        try:
            found = self._json_rpc("object", "execute_kw", [
                self.stack.database, self.uid(as_), as_, model, method,
                list(arguments), keywords])
        except (requests.RequestException, ValueError) as error:
            text = "%s.%s: %s" % (model, method, error)
            if isinstance(error, requests.ConnectionError) and full_queues() > full:
                # The kernel then delivers a request late, and Odoo waits two seconds
                # for it.
                raise Disturbed("a queue of connections was full: " + text)
            self.excuse(begin, text)
        return self._result(begin, "%s.%s as %s" % (model, method, as_), found)

    def _result(self, begin, what, found):
        """Return the result of a call, or raise as :meth:`rpc`."""
        if "error" not in found:
            return found.get("result")
        data = found["error"].get("data") or {}
        kind = (data.get("name") or "").rpartition(".")[2]
        if kind in REFUSALS:
            raise Refused(data.get("message") or kind)
        if kind in BUSY or LEFT_OVER in (data.get("message") or ""):
            raise Disturbed("busy: " + what)
        return self.excuse(begin, "%s: %s" % (
            what, data.get("debug") or found["error"]))

    def query(self, statement):
        """Return the rows of a SELECT as dicts."""
        begin = time.time()
        text = self.stack.query(
            "SELECT row_to_json(answer) FROM (%s) answer" % statement)
        try:
            return [json.loads(line) for line in text.splitlines()]
        except ValueError as error:
            # psql says that its connection was ended.
            self.excuse(begin, "%s: %s" % (error, text[:200]))

    def setting(self, **values):
        self.dingtalk("PATCH", "/settings", values)

    def set_clock(self, offset):
        """Set DingTalk's clock ahead of this machine's by some seconds."""
        self.setting(clock_offset=offset)
        self.clock.append((time.time(), offset))

    def real_time(self, moment):
        """Convert a moment of DingTalk's clock to this machine's.

        A guess where the clock has jumped, since it showed the same time twice. Records
        with the simulator's ``offset`` need no conversion.
        """
        for number, (since, offset) in enumerate(self.clock):
            until = (self.clock + [(float("inf"), 0)])[number + 1][0]
            # The setting and its record are not quite simultaneous.
            if since - 1 <= moment - offset < until + 1:
                return moment - offset
        return moment

    def note_calls(self):
        """Keep the last calls that sent messages, failed or were too many."""
        for path, limit in ((SEND, 500), ("*", 2000)):
            for call in self.dingtalk("GET", "/calls", path=path, limit=limit)["calls"]:
                if (call["path"] == SEND or call["code"] in TOO_OFTEN
                        or call["fault"] in LOST):
                    self.calls[call["id"]] = call

    def answered_nonsense(self, begin):
        """Tell whether DingTalk has answered with a fault since a time."""
        calls = self.dingtalk("GET", "/calls", path="*", limit=500)["calls"]
        return any(
            each["fault"] and each["at"] - each["offset"] >= begin for each in calls)

    # -- who died when -----------------------------------------------------------------

    @contextlib.contextmanager
    def disturbance(self, kind):
        """Record a disturbance for the duration of the block."""
        key = next(self._open_ids)
        begin = time.time()
        with self._disturbed:
            self._open[key] = begin
        try:
            yield
        finally:
            self.ledger.add("disturbances", Disturbance(kind, begin, time.time()))
            with self._disturbed:
                del self._open[key]

    def disturbed(self, begin, end=None):
        """Tell whether there was a disturbance between two times of this machine."""
        end = end or time.time()
        with self._disturbed:
            if any(each <= end for each in self._open.values()):
                return True
        return any(
            each.begin <= end and each.end + AFTERMATH_SECONDS >= begin
            for each in self.ledger.snapshot("disturbances"))

    def excuse(self, begin, text):
        """Raise Disturbed if there was a disturbance since then, else AssertionError.
        """
        if self.disturbed(begin):
            raise Disturbed(text)
        raise AssertionError("%s after %.1f s: %s" % (
            stamp(time.time()), time.time() - begin, text))

    # -- by places that do not vary ----------------------------------------------------

    def person(self, place):
        return self.people[place % LEAVERS[0]]

    def colleague(self, place):
        """Return the userid, which is the login, of a person with a user in Odoo."""
        return self.people[LINKED[place % len(LINKED)]][0]

    def leaver(self, place):
        return self.people[LEAVERS[place % len(LEAVERS)]]

    def department(self, place):
        """Return (dept_id, id in Odoo) of a department that always exists."""
        return self.departments[place % len(self.departments)]

    @staticmethod
    def pick(place, things):
        """Return one of the current things.

        :raise Skip: there are none
        """
        things = list(things)
        if not things:
            raise Skip("there is nothing yet")
        return things[place % len(things)]

    def token(self, step):
        """Return the text that marks what a step creates on both sides."""
        return "chaos-%s-%s." % (self.seed, step.number)

    # -- setting up --------------------------------------------------------------------

    def set_up(self):
        stack = self.stack
        self.dingtalk("PATCH", "/settings", {
            "event_time_scale": 0.1, "approvals_withdraw_seconds": 0})
        self.corp = house.connect(
            stack, leads_profile="last", leads_contact="last", leads_structure="last")
        house.read_people(stack, self.corp, 120)
        house.subscribe(stack, self.corp)
        self.app = stack.rpc(
            "dingding.corp", "read", [self.corp], ["app_id"])[0]["app_id"][0]
        stack.rpc("dingding.app", "write", [self.app], {"stream_mode": True})
        stack.rpc("dingding.corp", "write", [self.corp], {
            "signin_oauth2": True, "signin_inside": True, "signin_qr": True,
            "approval_poll_minutes": 0})
        self.machines.start_stream()
        house.get_templates(stack, self.corp)
        found = self.query("SELECT userid, id FROM dingding_user ORDER BY userid")
        self.people = [(each["userid"], each["id"]) for each in found]
        assert len(self.people) == PEOPLE, len(self.people)
        self.departments = [(each["dept_id"], each["id"]) for each in self.query(
            "SELECT dept_id, id FROM dingding_department WHERE parent_id IS NOT NULL"
            " ORDER BY dept_id")]
        self.approver = self.people[LEAVERS[0] - 1][0]
        for template in self.dingtalk("GET", "/approvals/templates"):
            self.dingtalk("PATCH", "/approvals/templates/" + template["process_code"], {
                "flow": [{"action": "ONE_BY_ONE", "userids": [self.approver]}]})
        self._make_users()
        self._make_documents()
        for each in registry.SET_UPS:
            each(self)

    def _make_users(self):
        stack, groups = self.stack, webclient.at_work().groups
        self.users = {}
        for login, group in (
                ("manager", "dingding.group_manager"),
                ("sender", "dingding.group_user")):
            stack.rpc("res.users", "create", {
                "name": login, "login": login, "password": login,
                groups: [(4, stack.reference(group))]})
        for place in [*LINKED, CUSTOMER]:
            userid, number = self.people[place]
            if place in LINKED:
                # Odoo requires an address for posting.
                values = {
                    "notification_type": "inbox", "email": userid + "@odoo.example.com",
                    groups: [
                        (4, stack.reference("dingding.group_user")),
                        (4, stack.reference("base.group_partner_manager"))]}
            else:
                values = {groups: [(6, 0, [stack.reference("base.group_portal")])]}
            user = stack.rpc("res.users", "create", dict(
                values, name=userid, login=userid, password=userid))
            stack.rpc("dingding.user", "write", [number], {"user_id": user})
            self.users[userid] = user

    def _make_documents(self):
        """Send notifications at once; create their documents."""
        stack = self.stack
        # There is no mail server; only the customer would get mail.
        stack.rpc(
            "ir.cron", "write", [stack.reference("mail.ir_cron_mail_scheduler_action")],
            {"active": False})
        self.partners = {
            userid: stack.rpc("res.users", "read", [user], ["partner_id"])[0][
                "partner_id"][0] for userid, user in self.users.items()}
        customer = self.people[CUSTOMER][0]
        # The customer may read documents below his own partner.
        self.document, self.task = [
            stack.rpc("res.partner", "create", {
                "name": name, "parent_id": self.partners[customer]},
                context={"mail_create_nosubscribe": True})
            for name in ("Order", "Task")]
        self.subtypes = {kind: stack.reference("mail.mt_" + kind)
                         for kind in ("comment", "note")}
        self.activity_type = stack.reference("mail.mail_activity_data_todo")
        self.document_model = stack.reference("base.model_res_partner")
        self.followers = [self.people[place][0] for place in [*FOLLOWERS, CUSTOMER]]
        stack.rpc(
            "res.partner", "message_subscribe", [self.document],
            partner_ids=[self.partners[userid] for userid in self.followers],
            subtype_ids=sorted(self.subtypes.values()))
        for place in LINKED:
            self.uid(self.people[place][0])
        stack.rpc("dingding.corp", "write", [self.corp], {
            "notify": True, "notify_mode": "at_once", "notify_days": "all",
            "notify_quiet_from": 0, "notify_quiet_to": 0,
            "todo": "always", "todo_deleted": "restore", "todo_people": "restore",
            "todo_reopened": "plan",
            # Notifications announce activities.
            "todo_announce": "none"})
