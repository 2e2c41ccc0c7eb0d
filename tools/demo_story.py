"""Fill a fresh demo with the work of some weeks, as its users would.

By Odoo's public methods as the administrator, and the simulator's control API for
phones and console.
"""

import contextlib
import json
import time
import urllib.error
import urllib.request
import xmlrpc.client

from . import simulator
from .demo_features import LOGINS, Features
from .errors import ToolError

CORP = "杭州示例科技有限公司"
# People's e-mails without links: "Match people" proposes them.
UNLINKED = ("chen", "zhao")
SECONDS = 180  # until something queued is done; usually a few
PURCHASE = "dingding.demo.purchase"
# Odoo tries the older API when the newer one refuses.
STARTS = ("/v1.0/workflow/processInstances", "/topapi/processinstance/create")
TEMPLATE = "采购申请"

#: (subject, article, quantity, price, what becomes of it)
REQUESTS = [
    ("新办公室的椅子", "办公椅", 10, 95, "agree"),
    ("会议室投影仪", "投影仪", 1, 4600, "refuse"),
    ("团队建设饮料", "饮料", 48, 4, "withdraw"),
    ("重复的申请", "打印纸", 20, 25, "delete"),
    ("显示器", "27 寸显示器", 6, 1299, "run"),
    ("样品车间手套", "手套", 200, 3, "run"),
]
REFUSED = ("服务器内存", "内存 32 GB", 8, 780)
#: (text, whether all, some or none of its recipients read it)
MESSAGES = [
    ("各位同事：今天下午三点开会。", "all"),
    ("请在周五前提交本月报销单。", "some"),
    ("国庆放假安排已发布，请查看公司公告。", "none"),
]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Report redirects as errors, which have the address."""

    def redirect_request(self, *_arguments):
        return None


class Story(Features):
    """Tell the story, one method per chapter.

    :param server: the running :class:`tools.odoo.Odoo`
    :param ready: :class:`tools.simulator.Ready`
    :param modules: the addons that are installed
    """

    def __init__(self, server, ready, modules, login, password):
        self._server, self._ready, self._modules = server, ready, set(modules)
        self._login, self._password, self._uid = login, password, None
        self.corp = None

    def tell(self):
        """Do everything for the installed addons.

        :raise ToolError: a chapter failed
        """
        try:
            self._connect()
            people = self._read()
            self._match(people)
            if "dingding_signin" in self._modules:
                self._sign_in(people)
            self._write_messages(people)
            if "dingding_callback" in self._modules:
                self._receive_events(people)
            if "dingding_approval_demo" in self._modules:
                self._approve(people)
            self._tell_features(people)
            self.rpc("dingding.alert", "action_check", [])
        except (xmlrpc.client.Error, OSError) as error:
            raise ToolError("The demo could not be filled: %s" % error) from error

    # -- chapters --------------------------------------------------------------------

    def _connect(self):
        self.rpc("ir.config_parameter", "set_param", "web.base.url", self._server.url)
        self.corp = self.rpc("dingding.corp", "create", {
            "name": CORP, "corp_id": self._ready.corp_id,
            "app_key": self._ready.app_key, "app_secret": self._ready.app_secret,
            "agent_id": self._ready.agent_id})
        if "dingding_hr" in self._modules:
            self._set(hr_employees="create", hr_departments="create")
        if "dingding_signin" in self._modules:
            self._set(signin_oauth2=True, signin_widget=True, signin_qr=True)
        self.rpc("dingding.corp", "action_test_connection", [self.corp])

    def _read(self):
        """Read the organisation; return the simulator's people."""
        sync = self.rpc("dingding.corp", "action_get_users", [self.corp])["res_id"]
        self.wait("the first sync", lambda: self.rpc(
            "dingding.sync", "read", [sync], ["state"])[0]["state"] == "done")
        found = self.control("GET", "/users?size=100000")
        found = found["users"] if isinstance(found, dict) else found
        return sorted((each for each in found if each["active"]),
                      key=lambda each: each["userid"])

    def _match(self, people):
        """Link the administrator and some colleagues."""
        # Charts count its days.
        self.rpc("res.users", "write", [self._uid], {"tz": "Asia/Shanghai"})
        self._link(people[0], self._uid)
        for person, login in zip(people[1:], LOGINS):
            self._link(person, self._user(person, login))
        for person, login in zip(people[1 + len(LOGINS):], UNLINKED):
            self._user(person, login)

    def _user(self, person, login):
        # There is no mail server.
        return self.rpc("res.users", "create", {
            "name": person["name"], "login": login, "password": login,
            "notification_type": "inbox",
            "email": person.get("email") or login + "@example.com",
            "tz": "Asia/Shanghai"}, context={"no_reset_password": True})

    def _link(self, person, user):
        rows = self.rpc("dingding.user", "search", [("userid", "=", person["userid"])])
        self.rpc("dingding.user", "write", rows, {"user_id": user})

    def _sign_in(self, people):
        """Colleagues sign in on DingTalk's page, each in a browser."""
        for person in people[1:1 + len(LOGINS)]:
            browser = urllib.request.build_opener(
                urllib.request.ProxyHandler({}),
                urllib.request.HTTPCookieProcessor(), _NoRedirect)
            page = self._led_to(browser, self._server.url + "/dingding/signin/oauth2")
            back = self.control("POST", "/login/authorize", {
                "url": page, "userid": person["userid"],
                "corp_id": self._ready.corp_id})["redirect"]
            self._led_to(browser, back)

    @staticmethod
    def _led_to(browser, address):
        """Return the address that a page redirects to.

        :raise ToolError: it does not redirect
        """
        try:
            browser.open(address, timeout=60).close()
        except urllib.error.HTTPError as error:
            with contextlib.closing(error):
                if error.code in (302, 303):
                    return error.headers["Location"]
        raise ToolError("The demo could not be filled: %s does not redirect." % address)

    def _write_messages(self, people):
        recipients = people[:8]
        rows = self.rpc("dingding.user", "search", [
            ("userid", "in", [each["userid"] for each in recipients])])
        sent = [self.rpc("dingding.message", "send", False, {"dingding.user": rows},
                         text)[0] for text, _read in MESSAGES]
        self.wait("the messages", lambda: all(
            each["state"] == "sent" for each in self.rpc(
                "dingding.message", "read", sent, ["state"])))
        for text, read in MESSAGES:
            readers = {"all": recipients, "some": recipients[::2], "none": []}[read]
            for person in readers:
                self._read_on_the_phone(person, text)
        self.rpc("dingding.message", "action_refresh", sent)

    def _read_on_the_phone(self, person, text):
        found = self.control("GET", "/messages?userid=" + person["userid"])
        for each in found["messages"] if isinstance(found, dict) else found:
            if text in json.dumps(each["msg"], ensure_ascii=False):
                self.control("POST", "/messages/%s/read" % each["id"], {
                    "userid": person["userid"]})

    def _receive_events(self, people):
        """Connect to the Stream; hire and promote people."""
        app = self.rpc("dingding.corp", "read", [self.corp], ["app_id"])[0]["app_id"]
        self.rpc("dingding.app", "write", [app[0]], {"stream_mode": True})
        self.wait("the connection of Stream mode", lambda: self.rpc(
            "dingding.app", "read", [app[0]], ["stream_alive"])[0]["stream_alive"])
        self.control("PATCH", "/users/" + people[-1]["userid"], {"title": "高级顾问"})
        self.control("POST", "/users", {
            "name": "司徒静", "mobile": "13900008888", "title": "会计",
            "depts": people[-1]["depts"]})
        self.wait("the events", lambda: self.rpc(
            "dingding.user", "search_count", [("mobile", "=", "13900008888")]))

    def _approve(self, people):
        self.wait("the templates of approvals", self._get_templates)
        head = people[1]["userid"]
        code = next(
            each["process_code"] for each in self.control("GET", "/approvals/templates")
            if each["name"] == TEMPLATE)
        self.control("PATCH", "/approvals/templates/" + code, {
            "flow": [{"action": "ONE_BY_ONE", "userids": [head]}]})
        # The one failure: a missing permission.
        for path in STARTS:
            self.control("POST", "/faults", {
                "kind": "permission", "path": path, "method": "POST", "times": 10})
        failed = self._submit(*REFUSED)
        self._wait_for({failed: "failed"})
        self.control("DELETE", "/faults")
        made = {self._submit(*each[:-1]): each[-1] for each in REQUESTS}
        self._wait_for(dict.fromkeys(made, "running"))
        for number, end in made.items():
            self._end(number, end, head)
        ends = {"agree": "agreed", "refuse": "refused", "withdraw": "terminated",
                "delete": "deleted", "run": "running"}
        self._wait_for({number: ends[end] for number, end in made.items()})
        self._request("新的白板", "白板", 2, 320)

    def _get_templates(self):
        """Press the button; tell whether the scheduler was not busy with it."""
        try:
            self.rpc("dingding.corp", "action_get_approval_templates", [self.corp])
        except xmlrpc.client.Fault as fault:
            if "are being read." not in fault.faultString:
                raise
            return False
        return True

    def _request(self, subject, article, quantity, price):
        return self.rpc(PURCHASE, "create", {
            "subject": subject, "phone": "13800138000", "line_ids": [(0, 0, {
                "name": article, "quantity": quantity, "price": price})]})

    def _submit(self, *request):
        """Make a purchase request and submit it; return its number."""
        number = self._request(*request)
        self.rpc("dingding.approval", "submit", "%s,%d" % (PURCHASE, number))
        return number

    def _approvals(self, numbers):
        return {each["res_id"]: each for each in self.rpc(
            "dingding.approval", "search_read",
            [("res_model", "=", PURCHASE), ("res_id", "in", list(numbers))],
            ["res_id", "status", "instance_id"])}

    def _wait_for(self, wanted):
        self.wait("the approvals", lambda: {
            number: each["status"] for number, each in self._approvals(wanted).items()
        } == wanted)

    def _end(self, number, end, head):
        approval = self._approvals([number])[number]
        place = "/approvals/instances/" + approval["instance_id"]
        if end in ("agree", "refuse"):
            self.control("POST", place + "/act", {
                "userid": head, "action": end,
                "remark": "同意" if end == "agree" else "本月预算不足"})
        elif end == "withdraw":
            self.rpc("dingding.approval", "action_withdraw", [approval["id"]], "不需要了")
        elif end == "delete":
            self.control("DELETE", place)

    # -- both sides --------------------------------------------------------------------

    def rpc(self, model, method, *arguments, **keywords):
        """Call a method of Odoo as the administrator."""
        def proxy(name):
            return xmlrpc.client.ServerProxy(
                "%s/xmlrpc/2/%s" % (self._server.url, name), allow_none=True)

        database = self._server.database
        if not self._uid:
            self._uid = proxy("common").authenticate(
                database, self._login, self._password, {})
        return proxy("object").execute_kw(
            database, self._uid, self._password, model, method, list(arguments),
            keywords)

    def control(self, method, path, body=None):
        """Call the simulator's control API."""
        return simulator.control(self._ready, method, path, body)

    def wait(self, what, condition):
        """Wait until a condition is true.

        :raise ToolError: it never was
        """
        deadline = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise ToolError(
                    "The demo could not be filled: %s did not come." % what)
            time.sleep(0.3)
