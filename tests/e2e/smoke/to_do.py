"""To-dos: on the phone, done on their page, reopened on both sides."""

import house
from smoke._odoo import DINGTALK, EMPLOYEE, Odoo

SECONDS = 60  # until something has arrived; usually one or two


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    odoo.connected()
    first = odoo.colleagues()[0]
    employee = odoo.employee(first)
    # Completion posts a message, which needs an address in Odoo.
    stack.rpc("res.users", "write", [employee], {"email": "employee@example.com"})
    document = stack.rpc("res.partner", "create", {"name": "订单 S00043"})

    def on_phone():
        return control("GET", "/to_dos", userid=first["userid"])

    def planned():
        model, = stack.rpc("ir.model", "search", [("model", "=", "res.partner")])
        kind, = stack.rpc("ir.model.data", "search_read", [
            ("module", "=", "mail"), ("name", "=", "mail_activity_data_todo")],
            ["res_id"])
        return stack.rpc("mail.activity", "create", {
            "res_model_id": model, "res_id": document, "user_id": employee,
            "activity_type_id": kind["res_id"], "summary": "核对交货日期",
            "date_deadline": "2030-01-31"})

    def enabled():
        odoo.organisation("To-dos")
        odoo.form("edit")
        world.client.choose(odoo.page, world.field("todo"), "On by default")
        odoo.form("save")
        world.check_no_problem()
        odoo.shoot("the page of the organisation")

    def arrives():
        planned()
        house.wait_until(on_phone, SECONDS, "a to-do on the phone")
        world.check("订单 S00043" in on_phone()[0]["subject"], "%s" % on_phone())

    def opened():
        """Open the page of the newest to-do; return it as the employee's."""
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        row = stack.rpc("dingding.todo", "search", [], 0, 1, "id desc")[0]
        world.open("dingding.todo", row, page)
        page.locator("text=订单 S00043").first.wait_for()
        return page

    def press(page, label):
        button = page.locator("button:visible", has_text=label).first
        button.wait_for()
        button.click()
        world.settle(page)
        world.check_no_problem(page)

    def is_done(done):
        house.wait_until(
            lambda: on_phone()[0]["done"] == done, SECONDS, "the to-do's status")
        house.wait_until(
            lambda: stack.rpc("dingding.todo", "search_read", [], ["status"], 0, 1,
                              "id desc")[0]["status"] == ("done" if done else "open"),
            SECONDS, "the status in Odoo")

    def pending():
        return stack.rpc("mail.activity", "search", [("res_id", "=", document)])

    def done():
        page = opened()
        for label in ("Mark Done", "Done with Feedback", "Done & Schedule Next",
                      "Reschedule", "Open document"):
            page.locator("button:visible", has_text=label).first.wait_for()
        odoo.shoot("the page behind it", page)
        press(page, "Mark Done")
        # At once, before DingTalk has it.
        current = page.locator(
            ".o_statusbar_status .btn-primary, .o_statusbar_status"
            " .o_arrow_button_current, .o_statusbar_status [aria-checked=true]").first
        # 16.0 draws it in capitals.
        said = current.text_content().strip()
        world.check(said == "Done", "it says %r" % said)
        is_done(True)

    def reopened():
        press(opened(), "Reopen")
        is_done(False)
        world.check(len(pending()) == 1, "activities: %s" % pending())

    def feedback():
        page = opened()
        press(page, "Done with Feedback")
        page.locator(".modal [name=feedback] textarea, .modal textarea[name=feedback]"
                     ).first.fill("已核对，周五交货")
        odoo.shoot("feedback", page)
        page.locator(".modal button:visible", has_text="Mark Done").first.click()
        world.settle(page)
        world.check_no_problem(page)
        is_done(True)
        said = stack.rpc("mail.message", "search_count", [
            ("res_id", "=", document), ("body", "ilike", "周五交货")])
        world.check(said == 1, "the feedback is in %d messages" % said)

    def reopened_on_phone():
        control("POST", "/to_dos/%s/act" % on_phone()[0]["id"], {
            "userid": first["userid"], "action": "reopen"})
        # Events do not reach this Odoo, so the daily check finds it.
        house.hurry_cron(stack, "dingding_todo_change_cron_reconcile")
        house.wait_until(pending, SECONDS, "an activity")

    def scheduled_next():
        page = opened()
        press(page, "Done & Schedule Next")
        page.locator(".modal [name=activity_type_id]").first.wait_for()
        odoo.shoot("the next activity", page)
        page.keyboard.press("Escape")
        is_done(True)

    def changed():
        activity = planned()
        house.wait_until(lambda: len(on_phone()) == 2, SECONDS, "a second to-do")
        world.menu(DINGTALK, "dingding_activity.dingding_todo_menu")
        odoo.shoot("list")
        stack.rpc("mail.activity", "write", [activity], {"summary": "再次核对"})
        house.wait_until(
            lambda: "再次核对" in on_phone()[0]["subject"], SECONDS, "the new subject")

    def consented():
        """Consent on DingTalk's page; the open to-do becomes a personal one."""
        corps = stack.rpc("dingding.corp", "search", [])
        stack.rpc("dingding.corp", "write", corps, {"todo_personal": True})
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        odoo.client.open_preferences(page)
        button = page.locator(
            ".modal button:visible", has_text="Allow personal to-dos").first
        button.wait_for()
        odoo.shoot("consent in the preferences", page)
        page.goto(stack.odoo_url + "/dingding/todo/consent")
        found = control("POST", "/login/authorize", {
            "url": page.url, "userid": first["userid"]})
        page.goto(found["redirect"])
        page.locator("text=You can tick them in DingTalk").first.wait_for()
        odoo.shoot("after consenting", page)
        house.wait_until(
            lambda: [task["kind"] for task in on_phone() if not task["done"]]
            == ["personal"], SECONDS, "a personal to-do")

    def ticked():
        task, = [each for each in on_phone() if not each["done"]]
        control("POST", "/to_dos/%s/act" % task["id"], {
            "userid": first["userid"], "action": "done"})
        house.hurry_cron(stack, "dingding_todo_change_cron_reconcile")
        house.wait_until(lambda: not pending(), SECONDS, "the activity's end")

    def in_chinese():
        with world.chinese():
            world.menu(DINGTALK, "dingding_activity.dingding_todo_menu")
            odoo.rows().first.click()
            world.settle()
            odoo.shoot("to-do")
            odoo.organisation("To-dos")
            odoo.shoot("page of the organisation")

    yield "a manager enables to-dos", enabled
    yield "an activity is a to-do on the phone", arrives
    yield "the employee does it on its page", done
    yield "what was done by mistake is reopened", reopened
    yield "it is done with feedback", feedback
    yield "it is reopened on the phone", reopened_on_phone
    yield "the next activity is scheduled", scheduled_next
    yield "what is changed is changed on the phone", changed
    yield "the employee consents to personal to-dos", consented
    yield "a tick on the phone marks the activity as done", ticked
    yield "the same in Chinese", in_chinese
