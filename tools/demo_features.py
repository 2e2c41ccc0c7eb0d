"""Chapters of the demo about attendance, leave, the roster, chats, cards and to-dos.

Each needs its addon.
"""

import datetime
import xmlrpc.client

from . import paths, webclient

# Colleagues with a user; each password is the login.
LOGINS = ("wang", "li", "zhang")
#: Addon of a chapter -> its method, in order.
CHAPTERS = (
    ("dingding_attendance", "_keep_attendance"),
    ("dingding_attendance", "_check_in"),
    ("dingding_holidays", "_take_leave"),
    ("dingding_hr", "_keep_roster"),
    ("dingding_robot", "_post_to_groups"),
    ("dingding_robot", "_chat"),
    ("dingding_robot", "_send_cards"),
    ("dingding_activity", "_plan_activities"),
)
BEIJING = datetime.timezone(datetime.timedelta(hours=8))
DAYS = 21  # of attendance
ATTENDING = 20  # people

CUSTOMERS = ("绿城集团", "浙大网新", "西湖电子")
#: (days ago, hour, which colleague, place, customer, note)
VISITS = (
    (6, 10, 1, "未来科技城", "绿城集团", "看样品"),
    (5, 14, 2, "滨江区网商路", "浙大网新", "合同续签"),
    (5, 16, 2, "滨江区江南大道", "西湖电子", "送货"),
    (3, 9, 1, "未来科技城", "绿城集团", "验收"),
    (2, 15, 3, "高新区文一西路", "", "市场调研"),
    (1, 11, 2, "滨江区网商路", "浙大网新", "安装调试"),
)
GROUP = "春季展会项目组"
ANNUAL, SICK, PERSONAL, WELFARE = "年假", "病假", "事假", "福利假"
#: (which colleague, type, first day from the next Monday, last day, reason, end)
LEAVES = (
    (1, ANNUAL, -14, -13, "回家探亲", "agree"),
    (2, ANNUAL, 7, 8, "旅游", "agree"),
    (4, ANNUAL, 14, 14, "搬家", "agree"),
    (5, ANNUAL, 9, 10, "参加婚礼", ""),
    (6, ANNUAL, 15, 18, "旅游", "refuse"),
)
#: (which colleague, what is written to the robot)
CHATS = (
    (0, "help"), (1, "帮助"), (1, "find 绿城"), (2, "审批"), (2, "find 网新"),
    (3, "今天天气怎么样"), (9, "help"),
)
CARD_TEMPLATE = "odoo-record.schema"
CARD_FILE = paths.ROOT / "dingding_robot" / "card_templates" / "record.json"
CARD_KEY = "demo.customer"
#: (days until it is due, what is to be done)
TASKS = ((2, "核对交货日期"), (5, "准备报价单"), (-1, "回复客户邮件"))


class Features:
    """Show the addons beside contacts, events and approvals."""

    def _tell_features(self, people):
        for module, chapter in CHAPTERS:
            if module in self._modules:
                getattr(self, chapter)(people)

    # -- attendance ----------------------------------------------------------------

    def _keep_attendance(self, _people):
        """Three weeks of punches, read into Odoo."""
        first, last = self._day(-DAYS), self._day(-1)
        self.control("POST", "/attendance/month", {
            "first": first, "last": last, "people": ATTENDING, "seed": 3})
        self._set(attendance_read="nightly")
        dialog = self.rpc(
            "dingding.corp", "action_read_attendance", [self.corp])["res_id"]
        self.rpc("dingding.attendance.read", "write", [dialog], {
            "date_from": first, "date_to": last, "mode": "apply"})
        sync = self.rpc("dingding.attendance.read", "action_read", [dialog])["res_id"]
        self.wait("the attendance", lambda: self.rpc(
            "dingding.attendance.sync", "read", [sync], ["state"])[0]["state"]
            in ("done", "confirm"))
        open_ones = self.rpc("dingding.attendance.problem", "search", [
            ("state", "=", "open"), ("code", "in", ("missing_in", "missing_out"))])
        if len(open_ones) > 2:
            self.quietly("dingding.attendance.problem", "action_accept", open_ones[:1])
            self.quietly("dingding.attendance.problem", "action_ask", open_ones[1:2])

    def _check_in(self, people):
        """Colleagues on the road, whose visits are shown on the customers."""
        known = {each: self._customer(each) for each in CUSTOMERS}
        for ago, hour, who, place, customer, note in VISITS:
            self.control("POST", "/attendance/checkins", {
                "userid": people[who]["userid"], "place": place, "remark": note,
                "time": "%s %02d:20:00" % (self._day(-ago), hour),
                "visit_user": customer,
                "image_list": [self._ready.url + "/avatars/visit.png"]})
        self._set(checkin_read="nightly", checkin_partners=True, checkin_photos=True)
        self.quietly("dingding.corp", "action_read_checkins", [self.corp])
        self.wait("the field check-ins", lambda: self.rpc(
            "dingding.checkin", "search_count", []) == len(VISITS))
        for row in self.rpc("dingding.checkin", "search_read", [], ["visited"]):
            # The newest visit awaits a choice.
            if row["visited"] in known and row["visited"] != CUSTOMERS[1]:
                self.rpc("dingding.checkin", "write", [row["id"]], {
                    "partner_id": known[row["visited"]]})

    def _customer(self, name):
        found = self.rpc("res.partner", "search", [("name", "=", name)])
        return found[0] if found else self.rpc("res.partner", "create", {
            "name": name, "city": "杭州", "phone": "+86 571 8800 1234",
            "function": "待核对"})

    # -- leave -----------------------------------------------------------------------

    def _take_leave(self, people):
        """Leave applied for on phones, one entered in Odoo, and a balance."""
        boss = next(each for each in people if each["admin_level"])
        self._set(leave_operator_id=self._row(boss))
        self.control("POST", "/leave/types", {
            "name": WELFARE, "unit": "day", "source": "external"})
        self.rpc("dingding.corp", "action_read_leave_types", [self.corp])
        kinds = {
            name: self._lead_leave(name, lead) for name, lead in (
                (ANNUAL, "dingtalk"), (PERSONAL, "dingtalk"), (SICK, "odoo"))}
        monday = -self._today().weekday() + 7
        for who, kind, first, last, reason, end in LEAVES:
            key = self.control("POST", "/leave/requests", {
                "userid": people[who]["userid"], "type": kind, "reason": reason,
                "begin": self._day(monday + first) + " AM",
                "end": self._day(monday + last) + " PM"})["id"]
            if end:
                path = "/approvals/instances/" + key
                task = next(each for each in self.control("GET", path)["tasks"]
                            if each["status"] == "RUNNING")
                self.control("POST", path + "/act", {
                    "userid": task["userid"], "action": end})
        approved = sum(each[-1] == "agree" for each in LEAVES)
        self.wait("the leave", lambda: self.rpc(
            self._leave_models()[0], "search_count", [
                ("state", "=", "validate"), ("holiday_status_id", "=", kinds[ANNUAL])
            ]) == approved)
        self._be_ill(people[3], kinds[SICK], self._day(monday + 1))
        self._grant(people[1])

    def _leave_models(self):
        if self.rpc("ir.model", "search_count", [("model", "=", "hr.leave")]):
            return "hr.leave", "hr.leave.type", "hr.leave.allocation"
        return "hr.holidays", "hr.holidays.status", "hr.holidays"

    def _lead_leave(self, name, lead, **more):
        """Make a type of leave in Odoo and connect DingTalk's with it; its id."""
        model = self._leave_models()[1]
        needed = self._kind_of(model, "requires_allocation") != "boolean" and "no"
        kind = self._make(model, **dict(
            {"name": name, "limit": True, "requires_allocation": needed,
             "allocation_type": "no", "validity_start": False}, **more))
        rows = self.rpc("dingding.leave.type", "search", [("name", "=", name)])
        self.rpc("dingding.leave.type", "write", rows, {
            "odoo_type_id": kind, "lead": lead})
        return kind

    def _be_ill(self, person, kind, day):
        """Enter leave in Odoo, which goes to DingTalk once it is approved."""
        model = self._leave_models()[0]
        number = self._make(
            model, name="感冒", employee_id=self._employee(person),
            holiday_status_id=kind, number_of_days_temp=1,
            date_from=day + " 01:00:00", date_to=day + " 10:00:00",
            request_date_from=day, request_date_to=day)
        self.quietly(model, "action_approve", [number])
        self.wait("the leave in DingTalk", lambda: self.control(
            "GET", "/leave/records?userid=" + person["userid"]))

    def _grant(self, person):
        """Grant days in Odoo, whose balance DingTalk shows."""
        _leave, types, allocations = self._leave_models()
        needed = self._kind_of(types, "requires_allocation") == "boolean" or "yes"
        kind = self._lead_leave(
            WELFARE, "odoo", limit=False, requires_allocation=needed,
            allocation_type="fixed")
        amount = "number_of_days_temp"
        if types == "hr.leave.type":
            amount = "number_of_days"
        number = self._make(
            allocations, name=WELFARE, employee_id=self._employee(person), type="add",
            holiday_status_id=kind, date_from=self._day(0)[:4] + "-01-01",
            **{amount: 5})
        for method in ("action_confirm", "action_approve", "action_validate"):
            state = self.rpc(allocations, "read", [number], ["state"])[0]["state"]
            if state == "validate":
                break
            if method == "action_confirm" and state != "draft":
                continue
            try:
                self.rpc(allocations, method, [number])
            except xmlrpc.client.Fault:
                # A step that this series lacks.
                continue
        rows = self.rpc("dingding.leave.type", "search", [("name", "=", WELFARE)])
        self.rpc("dingding.leave.type", "write", rows, {"balance": "equal"})
        self.wait("the balance", lambda: self.control("GET", "/leave/quotas"))

    def _kind_of(self, model, field):
        return self.rpc(model, "fields_get", [field], ["type"]).get(field, {}).get(
            "type")

    def _make(self, model, **values):
        known = self.rpc(model, "fields_get", list(values), ["type"])
        return self.rpc(model, "create", {
            name: value for name, value in values.items() if name in known})

    def _employee(self, person):
        return self.rpc("dingding.user", "search_read", [
            ("userid", "=", person["userid"])], ["employee_id"])[0]["employee_id"][0]

    # -- roster ----------------------------------------------------------------------

    def _keep_roster(self, _people):
        """Dates of birth from DingTalk's roster, and two people who will join."""
        fields = "dingding.roster.field"
        self.rpc("dingding.corp", "action_read_roster_fields", [self.corp])
        birth = self.rpc(fields, "search", [("code", "=", "sys02-birthTime")])
        self.rpc(fields, "write", birth, {
            "employee_field": "birthday", "direction": "dingtalk"})
        for key, name, days, position in (
                ("joiner1", "上官婉", 12, "销售"), ("joiner2", "诸葛明", 26, "工程师")):
            self.control("POST", "/roster/joiners", {
                "id": key, "name": name, "join_on": self._day(days),
                "position": position})
        self._set(roster_employment=True)
        self.quietly(fields, "action_read_roster", birth)
        self.wait("the roster", lambda: self.rpc(
            "dingding.joiner", "search_count", []) == 2 and self.rpc(
            "dingding.roster.log", "search_count", []))

    # -- groups, chats and cards ---------------------------------------------------

    def _post_to_groups(self, people):
        """A robot with a webhook, and a group that Odoo makes."""
        hook = self.control("POST", "/robots", {"name": "Odoo", "secret": "SECdemo"})
        robot = self.rpc("dingding.robot", "create", {
            "name": "生产日报", "corp_id": self.corp, "webhook": hook["webhook"],
            "secret": "SECdemo"})
        self.quietly(
            "dingding.robot", "send_text", [robot], "今日产量 1280 件，合格率 99%。")
        members = [self._row(each) for each in people[:6]]
        group = self.rpc("dingding.group", "create", {
            "name": GROUP, "corp_id": self.corp, "owner_id": members[0],
            "member_ids": [(6, 0, members)]})
        self.wait("the group", lambda: self.rpc(
            "dingding.group", "read", [group], ["state"])[0]["state"] == "done")
        self.quietly("dingding.group", "send_text", [group], "展位图已确认，请查收。")
        self.wait("the posts", lambda: self._settled("dingding.robot.message"))

    def _chat(self, people):
        """People write to the robot, alone and in a group."""
        self._customer(CUSTOMERS[0])
        self._set(chat=True, chat_replies=True)
        for who, text in CHATS:
            self.control("POST", "/chat", {
                "userid": people[who]["userid"], "text": text})
        groups = self.control("GET", "/groups")
        for who in range(1, 4):
            found = [each for each in groups
                     if people[who]["userid"] in each["members"]]
            if found:
                self.control("POST", "/chat", {
                    "userid": people[who]["userid"], "text": "find 绿城",
                    "group": found[0]["open_conversation_id"]})
                break
        self.wait("the answers", lambda: self.rpc(
            "dingding.chat.message", "search_count", []) >= len(CHATS)
            and self._settled("dingding.chat.message"))

    def _send_cards(self, people):
        """Cards about customers, one of them decided on the phone."""
        self.control("POST", "/cards/templates", {
            "id": CARD_TEMPLATE, "file": CARD_FILE.read_text("utf-8")})
        self._set(card_template=CARD_TEMPLATE)
        model, = self.rpc("ir.model", "search", [("model", "=", "res.partner")])
        function, = self.rpc("ir.model.fields", "search", [
            ("model", "=", "res.partner"), ("name", "=", "function")])
        self.rpc("dingding.card.setup", "create", {
            "name": "核对客户资料", "key": CARD_KEY, "corp_id": self.corp,
            "model_id": model, "title": "核对 {name}", "state_path": "function",
            "presser": "reader",
            "line_ids": [(0, 0, {"field_path": "city", "shown": "card"}),
                         (0, 0, {"field_path": "phone", "shown": "viewer"})],
            "action_ids": [(0, 0, {
                "name": "已核对", "kind": "value", "value": "已核对",
                "field_id": function})]})
        users = self.rpc("res.users", "search", [("login", "in", LOGINS)])
        # A press needs the right to change contacts.
        group, = self.rpc("ir.model.data", "search_read", [
            ("module", "=", "base"), ("name", "=", "group_partner_manager")],
            ["res_id"])
        self.rpc("res.users", "write", users, {
            webclient.at_work().groups: [(4, group["res_id"])]})
        for name in CUSTOMERS:
            self.quietly("res.partner", "dingding_send_card",
                         [self._customer(name)], CARD_KEY, {"res.users": users})
        self.wait("the cards", lambda: len(self.control("GET", "/cards")) >= len(
            CUSTOMERS))
        seen = self.control("GET", "/cards?userid=" + people[1]["userid"])
        self.control("POST", "/cards/%s/press" % seen[0]["id"], {
            "userid": people[1]["userid"], "action": "action_1"})
        self.wait("the press", lambda: self.rpc(
            "dingding.card.press", "search_count", [("state", "=", "done")]))

    # -- notifications and to-dos ---------------------------------------------------

    def _plan_activities(self, people):
        """Activities for colleagues, which are to-dos in DingTalk, and a mention."""
        # Not put off by quiet hours.
        self._set(notify=True, todo="on", notify_quiet_from=0, notify_quiet_to=0)
        model, = self.rpc("ir.model", "search", [("model", "=", "res.partner")])
        kind, = self.rpc("ir.model.data", "search_read", [
            ("module", "=", "mail"), ("name", "=", "mail_activity_data_todo")],
            ["res_id"])
        customer = self._customer(CUSTOMERS[0])
        wang = self.rpc("res.users", "search_read", [("login", "=", LOGINS[0])],
                        ["partner_id"])[0]
        for days, summary in TASKS:
            self.rpc("mail.activity", "create", {
                "res_model_id": model, "res_id": customer, "user_id": wang["id"],
                "activity_type_id": kind["res_id"], "summary": summary,
                "date_deadline": self._day(days)})
        # The name of a subtype is another parameter in later series.
        comment, = self.rpc("ir.model.data", "search_read", [
            ("module", "=", "mail"), ("name", "=", "mt_comment")], ["res_id"])
        self.quietly("res.partner", "message_post", [customer],
                     body="请确认客户的收货地址。", message_type="comment",
                     subtype_id=comment["res_id"],
                     partner_ids=[wang["partner_id"][0]])
        userid = people[1]["userid"]
        self.wait("the to-dos", lambda: len(
            self.control("GET", "/to_dos?userid=" + userid)) == len(TASKS))
        first = self.control("GET", "/to_dos?userid=" + userid)[0]
        self.control("POST", "/to_dos/%s/act" % first["id"], {
            "userid": userid, "action": "done"})
        self.wait("the notification", lambda: self.rpc(
            "dingding.notification", "search_count", []))

    # -- small things ----------------------------------------------------------------

    @staticmethod
    def _today():
        return datetime.datetime.now(BEIJING).date()

    def _day(self, days):
        """Return a day from today on, as text."""
        return str(self._today() + datetime.timedelta(days=days))

    def _set(self, **values):
        """Change settings of the organisation."""
        self.rpc("dingding.corp", "write", [self.corp], values)

    def _row(self, person):
        return self.rpc(
            "dingding.user", "search", [("userid", "=", person["userid"])])[0]

    def _settled(self, model):
        """Tell whether a queue has nothing left to do."""
        return not self.rpc(model, "search_count", [
            ("state", "in", ("queued", "working", "retry"))])

    def quietly(self, model, method, *arguments, **keywords):
        """Call a method whose result XML-RPC cannot carry."""
        try:
            return self.rpc(model, method, *arguments, **keywords)
        except xmlrpc.client.Fault as fault:
            if "cannot marshal" not in str(fault):
                raise
        return None
