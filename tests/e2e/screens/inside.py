"""Pictures of the page and a form inside DingTalk, on the phone, and of a robot."""

from dingtalk_simulator.web.testing import Picker, dingtalk_context
from smoke._odoo import Odoo
from smoke.fields import MODEL, SMALL

from tools.world import CHINESE, watch

SUBJECT = {CHINESE: "会议室桌椅"}
SUMMARY = {CHINESE: "核对报价"}
GROUP = {CHINESE: "销售群"}
HIGH = 1040  # pixels, for the whole page


def screens(world):
    odoo = Odoo(world)
    stack = world.stack
    corp = odoo.connected()
    stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
    stack.rpc("dingding.corp", "write", [corp], {
        "signin_inside": True, "signin_who": "linked"})
    person = next(each for each in odoo.control.users() if each["active"])
    user = odoo.employee(person)
    stack.rpc("res.users", "write", [user], {"lang": world.lang})
    request = stack.rpc(MODEL, "create", {
        "subject": SUBJECT.get(world.lang, "Tables and chairs"), "requester_id": user})
    context = dingtalk_context(
        world.browser, stack.simulator.url, person["userid"], viewport=SMALL,
        locale=world.lang.replace("_", "-"))
    page = watch(context.new_page())

    def press(field, name):
        page.locator("[name='%s'] [data-dingding=%s]" % (field, name)).click()

    def home():
        stack.rpc("dingding.corp", "write", [corp], {
            "microapp_menu_ids": [(6, 0, [
                stack.reference("dingding.dingding_message_recipient_menu_mine"),
                stack.reference("dingding_signin.dingding_signin_log_menu_my")])]})
        model, = stack.rpc("ir.model", "search", [("model", "=", "res.partner")])
        document = stack.rpc("res.partner", "create", {"name": "S00043"})
        stack.rpc("mail.activity", "create", {
            "res_model_id": model, "res_id": document, "user_id": user,
            "activity_type_id": stack.reference("mail.mail_activity_data_todo"),
            "summary": SUMMARY.get(world.lang, "Check the quotation")})
        page.set_viewport_size(dict(SMALL, height=HIGH))
        page.goto("%s/dingding/app?corp=%s" % (
            stack.odoo_url, stack.simulator.corp_id))
        page.wait_for_selector("#messages")
        page.wait_for_load_state()
        return page

    def choosing():
        page.set_viewport_size(SMALL)
        page.goto("%s/dingding/app/open?model=%s&id=%d" % (
            stack.odoo_url, MODEL, request))
        page.wait_for_selector(".o_form_button_edit:visible")
        world.settle(page)
        page.click(".o_form_button_edit:visible")
        page.wait_for_selector("[name=article] [data-dingding]")
        page.locator(".o_notebook a[data-toggle=tab]").nth(2).click()
        world.settle(page)
        press("receiver_id", "people")
        Picker(page, "people")
        return page

    def filled():
        Picker(page, "people").tick("u" + person["userid"]).ok()
        world.settle(page)
        press("place", "place")
        Picker(page, "place").tick("0").ok()
        world.settle(page)
        press("photo", "camera")
        Picker(page, "camera").ok()
        page.wait_for_selector("[name=photo] img[src^='data:']")
        page.evaluate("document.activeElement.blur()")
        page.locator(".o_field_image[name=photo]").scroll_into_view_if_needed()
        world.settle(page)
        return page

    def robot():
        hook = odoo.control("POST", "/robots", {"name": "Odoo", "secret": "SECpicture"})
        number = stack.rpc("dingding.robot", "create", {
            "name": GROUP.get(world.lang, "Sales"), "corp_id": corp,
            "webhook": hook["webhook"], "secret": "SECpicture"})
        world.action("dingding_robot.dingding_robot_action", number)

    yield "inside-page", home
    yield "inside-people", choosing
    yield "inside-fields", filled
    yield "inside-robot", robot
    context.close()
