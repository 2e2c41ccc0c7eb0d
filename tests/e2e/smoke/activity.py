"""Notifications: the manager enables them, they arrive, users choose, failures show."""

import base64

import house
from letter_box import LetterBox
from smoke._odoo import DINGTALK, EMPLOYEE, Odoo, document as pdf

from tools.world import CHINESE, ENGLISH

WORKERS = 2  # an installation beside threads may wait for itself

SEND = "/topapi/message/corpconversation/asyncsend_v2"
SECONDS = 60  # until a notification has failed; usually one or two
HELLO = "请确认交货日期。"
LOST = "这一条钉钉会拒绝。"
AGAIN = "这一条也会被拒绝。"
INSTEAD, AFTER_ALL = "这一条只在钉钉。", "这一条还是发邮件。"
ADDRESS = "wang@example.com"
TASK = "安装服务器"
PLAN, SEE = "安装计划.pdf", "请看附件。"


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    odoo.connected()
    first = odoo.colleagues()[0]
    employee = odoo.employee(first)
    document = stack.rpc("res.partner", "create", {"name": "订单 S00042"})
    partner = stack.rpc("res.users", "read", [employee], ["partner_id"])[0]
    stack.rpc(
        "res.partner", "message_subscribe", [document], [partner["partner_id"][0]])

    seen = {}

    def post(text, **values):
        stack.rpc("res.partner", "message_post", [document], body=text,
                  message_type="comment", subtype_id=comment(), **values)

    def comment():
        row, = stack.rpc("ir.model.data", "search_read", [
            ("module", "=", "mail"), ("name", "=", "mt_comment")], ["res_id"])
        return row["res_id"]

    def enabled():
        odoo.organisation("Notifications")
        odoo.form("edit")
        odoo.page.locator("[name=notify] input[type=checkbox]").first.evaluate(
            "node => node.click()")
        odoo.form("save")
        world.check_no_problem()
        odoo.shoot("the page of the organisation")
        corp = stack.rpc("dingding.corp", "search_read", [], ["notify"])
        world.check(corp[0]["notify"], "it is not ticked")
        # Independent of the time of day.
        stack.rpc("dingding.corp", "write", [corp[0]["id"]], {
            "notify_quiet_from": 0, "notify_quiet_to": 0})

    def arrives():
        post(HELLO)
        phone = odoo.phone(first["userid"]).wait_for(HELLO)
        newest = phone.messages()[0]
        world.check(newest["msgtype"] == "action_card", "it is %s" % newest)
        world.check("订单 S00042" in newest["text"], "it says %r" % newest["text"])
        odoo.shoot("on the phone", phone.page)

    def files():
        file = stack.rpc("ir.attachment", "create", {
            "name": PLAN, "datas": base64.b64encode(pdf()).decode("ascii"),
            "res_model": "mail.compose.message", "res_id": 0})
        post(SEE, attachment_ids=[file])
        phone = odoo.phone(first["userid"]).wait_for(SEE)
        odoo.shoot("message with a file", phone.page)
        link = phone.message(SEE).locator("a", has_text="Get the files").first
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        seen["files"] = link.get_attribute("href")
        page.goto(seen["files"])
        page.locator("text=%s" % PLAN).first.wait_for()
        odoo.shoot("the page of its files", page)
        world.check(not control.calls("/media/upload"), "it is uploaded already")
        page.locator("button[type=submit]").click()
        page.locator("[role=status]").first.wait_for()
        phone.message(PLAN).locator("[data-testid=file-download]").wait_for()
        odoo.shoot("the file on the phone", phone.page)
        house.wait_until(lambda: stack.rpc(
            "dingding.notification.line", "search_count",
            [("kind", "=", "file"), ("state", "=", "sent")]), SECONDS, "the outcome")
        page.reload()
        page.locator("text=Sent on").first.wait_for()
        odoo.shoot("the page once it was sent", page)
        page.goto(stack.odoo_url + "/web")
        world.settle(page)

    def chosen():
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        odoo.client.open_preferences(page)
        page.wait_for_selector(".modal [name=dingding_notify_mention]")
        odoo.shoot("preferences", page)
        world.check_no_problem(page)

    def lose(text):
        """Post a message that DingTalk refuses, and wait for the failure."""
        control.fault("permission", SEND)
        post(text)
        house.wait_until(lambda: stack.rpc(
            "dingding.notification.line", "search_count", [("state", "=", "failed")]
        ), SECONDS, "a notification's failure")

    def retried_in_chatter():
        lose(AGAIN)
        world.action("base.action_partner_form", document)
        link = odoo.page.locator("a[href*='dingding_retry=']").first
        link.wait_for()
        odoo.shoot("failure in the chatter")
        # The second press must not ask again, and say that there is nothing to send.
        link.dblclick()
        world.settle()
        odoo.page.locator("text=Being sent again").first.wait_for()
        world.check_no_problem()
        odoo.phone(first["userid"]).wait_for(AGAIN)

    def in_place_of_email():
        box = LetterBox()
        host, port = box.server_address
        server = stack.rpc("ir.mail_server", "create", {
            # Before the one that 11.0 comes with.
            "name": "Letter box", "smtp_host": host, "smtp_port": port, "sequence": 1})
        stack.rpc("res.users", "write", [employee], {"email": ADDRESS})

        def held():
            return stack.rpc("mail.mail", "search_count", [
                ("dingding_check", "!=", False)])

        def mailed(text):
            return [each for each in box.letters
                    if ADDRESS in each.addresses and text in each.text]

        odoo.organisation("Notifications")
        odoo.form("edit")
        odoo.choose("dingding.corp", "notify_instead_mention", "always")
        odoo.form("save")
        world.check_no_problem()
        world.field("notify_instead_mail").scroll_into_view_if_needed()
        odoo.shoot("the organisation replaces e-mails")
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        # The preferences may still be open.
        page.goto("about:blank")
        page.goto(stack.odoo_url + "/web")
        world.settle(page)
        odoo.client.open_preferences(page)
        page.wait_for_selector(".modal [name=dingding_instead_message]")
        Odoo(world, page).choose("res.users", "dingding_instead_message", "on")
        world.field("dingding_instead_mail", page).scroll_into_view_if_needed()
        odoo.shoot("DingTalk instead of e-mails in the preferences", page)
        world.button("preference_save", page)
        world.check_no_problem(page)
        row, = stack.rpc(
            "res.users", "read", [employee], ["dingding_instead_message"])
        world.check(row["dingding_instead_message"] == "on", "%s" % row)
        post(INSTEAD)
        odoo.phone(first["userid"]).wait_for(INSTEAD)
        settled(held)
        world.check(not mailed(INSTEAD), "it has come by e-mail, too")
        lose(AFTER_ALL)
        settled(held)
        house.wait_until(lambda: mailed(AFTER_ALL), SECONDS, "the e-mail")
        world.check(len(mailed(AFTER_ALL)) == 1, "it has come %d times" % len(
            mailed(AFTER_ALL)))
        stack.rpc("ir.mail_server", "write", [server], {"active": False})
        stack.rpc("res.users", "write", [employee], {"email": False})

    def settled(held):
        """Have Odoo ask who was reached, and look at e-mails that are held back."""
        def asked():
            house.hurry_cron(stack, "dingding_message_task_cron_read_results")
            return stack.query(awaited % "count(*)") == "0"

        def none_left():
            house.hurry_cron(stack, "mail_mail_cron_held")
            return not held()

        house.wait_until(lambda: stack.query(
            "SELECT count(*) FROM dingding_notification_line"
            " WHERE state IN ('waiting', 'sending')") == "0", SECONDS, "sending")
        awaited = "SELECT %s FROM dingding_message_task WHERE result_at IS NULL" \
            " AND next_result IS NOT NULL"
        # It would be a minute later.
        stack.query("UPDATE dingding_message_task SET next_result = '2001-01-01'"
                    " WHERE id IN (%s)" % awaited % "id")
        house.wait_until(asked, SECONDS, "DingTalk's results")
        stack.query("UPDATE mail_mail SET dingding_check = '2001-01-01'"
                    " WHERE dingding_check IS NOT NULL")
        house.wait_until(none_left, SECONDS, "the end of e-mails held back")

    def rule():
        modules = stack.rpc("ir.module.module", "search", [
            ("name", "in", ["base_automation", "project"])])
        world.provokes(r"^Job 'Project .* failed",
                       "19 runs jobs of an addon before it has loaded it")
        stack.rpc("ir.module.module", "button_immediate_install", modules)
        odoo.page.reload()
        world.menu(DINGTALK, "dingding_activity.dingding_rule_menu")
        odoo.shoot("ready-made rules")
        odoo.rows().filter(has_text="Task done").locator("button:visible").first.click()
        world.settle()
        world.check_no_problem()
        odoo.shoot("a rule")
        made = stack.rpc("base.automation", "search_count", [])
        world.check(made == 1, "%d rules" % made)
        # In 14.0 employees may not read a task without a project.
        project = stack.rpc("project.project", "create", {
            "name": "机房", "privacy_visibility": "employees"})
        task = stack.rpc("project.task", "create", {
            "name": TASK, "project_id": project})
        stack.rpc(
            "project.task", "message_subscribe", [task], [partner["partner_id"][0]])
        old = "kanban_state" in stack.rpc("project.task", "fields_get", [], ["type"])
        stack.rpc("project.task", "write", [task], (
            {"kanban_state": "done"} if old else {"state": "1_done"}))
        phone = odoo.phone(first["userid"]).wait_for(TASK)
        odoo.shoot("rule on the phone", phone.page)

    def refused():
        lose(LOST)
        reports = stack.rpc("mail.message", "search_count", [
            ("model", "=", "res.partner"), ("res_id", "=", document),
            ("body", "ilike", "dingding.notification")])
        world.check(reports == 1, "%d notes in the chatter" % reports)
        world.menu(DINGTALK, "dingding_activity.dingding_notification_menu")
        odoo.rows().first.click()
        world.settle()
        odoo.shoot("not delivered")
        odoo.press("Retry")
        world.check_no_problem()
        odoo.phone(first["userid"]).wait_for(LOST)

    def in_chinese():
        world.language(CHINESE)
        stack.rpc("res.users", "write", [employee], {"lang": CHINESE})
        try:
            world.menu(DINGTALK, "dingding_activity.dingding_notification_menu")
            odoo.shoot("notifications")
            odoo.rows().first.click()
            world.settle()
            odoo.shoot("notification")
            world.menu(DINGTALK, "dingding_activity.dingding_rule_menu")
            odoo.shoot("ready-made rules")
            odoo.organisation("Notifications")
            odoo.shoot("page of the organisation")
            world.field("notify_instead_mail").scroll_into_view_if_needed()
            odoo.shoot("e-mails on the page of the organisation")
            page = world.as_user(EMPLOYEE, EMPLOYEE)
            # Reload the language.
            page.reload()
            world.settle(page)
            odoo.client.open_preferences(page)
            page.wait_for_selector(".modal [name=dingding_instead_message]")
            chosen = Odoo(world, page).value("dingding_instead_message")
            world.check(chosen == odoo.said("DingTalk only"), "it says %r" % chosen)
            world.field("dingding_instead_mail", page).scroll_into_view_if_needed()
            odoo.shoot("preferences", page)
            page.goto(seen["files"])
            world.check("附件" in page.inner_text("h1"), "the page is not Chinese")
            odoo.shoot("the page of files", page)
            page.goto(stack.odoo_url + "/web")
        finally:
            world.language(ENGLISH)

    yield "a manager enables notifications", enabled
    yield "a message reaches a follower's phone", arrives
    yield "an employee gets the file of a message", files
    yield "an employee chooses in the preferences", chosen
    yield "what was not delivered is shown and sent again", refused
    yield "what was not delivered is sent again from the chatter", retried_in_chatter
    yield "DingTalk replaces e-mails, unless it does not deliver", in_place_of_email
    yield "the same in Chinese", in_chinese
    # The tips of the addon installed by this step are in English.
    yield "a ready-made rule notifies followers of a task", rule
