"""Accessibility of the addons' own pages: screen readers, keyboards, small screens."""

import base64

import house
from dingtalk_simulator.web.testing import SignIn, dingtalk_context
from smoke import _axe
from smoke._odoo import DINGTALK, EMPLOYEE, Odoo, document as pdf

from tools.browser import PHONE, new_page
from tools.world import watch

NARROW = 390
SECONDS = 60
# Elements in the order of keyboard focus, until the first comes again.
FOCUSED = """() => {
    const each = document.activeElement;
    return !each || each === document.body ? "" : each.tagName + " " + (
        each.innerText || each.getAttribute("aria-label") || each.placeholder
        || each.name || each.title || "").trim().slice(0, 40);
}"""
# A page with violations, to prove that axe finds them.
BAD = "<html><body><img src='data:,'><input><a href='#'></a></body></html>"


def steps(world):
    odoo = Odoo(world)
    stack = world.stack
    corp = odoo.connected()
    first, stranger = odoo.colleagues()[:2]
    user = odoo.employee(first)
    stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
    stack.rpc("dingding.corp", "write", [corp], {
        "signin_oauth2": True, "signin_widget": True, "signin_qr": True,
        "signin_inside": True, "signin_who": "linked", "signin_contact": "IT"})
    contexts = []

    def visitor(size=PHONE):
        page = watch(new_page(world.browser, "en-US", size))
        contexts.append(page.context)
        return page

    def inside(path):
        context = dingtalk_context(
            world.browser, stack.simulator.url, first["userid"], locale="en-US",
            viewport=dict(PHONE, width=NARROW))
        contexts.append(context)
        page = watch(context.new_page())
        page.goto(path if path.startswith("http") else stack.odoo_url + path)
        return page

    def close():
        while contexts:
            contexts.pop().close()

    def check(page, where, **parts):
        page.wait_for_load_state()
        found = _axe.violations(page, ignored=world.client.theme, **parts)
        world.check(not found, "%s:\n%s" % (where, "\n".join(found)))
        page.set_viewport_size(dict(PHONE, width=NARROW))
        wide = page.evaluate("document.documentElement.scrollWidth")
        world.check(wide <= NARROW, "%s is %d wide" % (where, wide))
        world.picture(where, page)

    def reached(page, presses=60):
        """Return the elements that Tab reaches, in order."""
        found = []
        for _press in range(presses):
            page.keyboard.press("Tab")
            each = page.evaluate(FOCUSED)
            if each and each not in found:
                found.append(each)
        return found

    def finds_something():
        page = visitor()
        page.set_content(BAD)
        found = " ".join(_axe.violations(page))
        for rule in ("image-alt", "label", "link-name", "html-has-lang"):
            world.check(rule in found, "axe did not find %s: %s" % (rule, found))
        close()

    def login():
        page = visitor()
        page.goto(stack.odoo_url + "/web/login")
        page.wait_for_selector(".o_dingding_signin")
        odoo.sign_in_by(page, "qr")
        page.wait_for_selector("#dingding_code img")
        # The rest of the page is Odoo's.
        check(page, "login page", include=[".o_dingding_signin"])
        names = " ".join(reached(page))
        for word in ("Cancel", "Other ways to sign in"):
            world.check(word in names, "the keyboard does not reach %s" % word)
        image = page.locator("#dingding_code img")
        world.check(image.get_attribute("alt"), "the code has no text")
        phone = inside(image.get_attribute("data-link"))
        phone.wait_for_selector(".o_dingding_question:visible")
        check(phone, "confirmation")
        names = " ".join(reached(phone, 10))
        for word in ("Sign in", "Refuse"):
            world.check(word in names, "the keyboard does not reach %s" % word)
        close()

    def refused():
        page = visitor()
        page.goto(stack.odoo_url + "/web/login")
        page.locator("form.oe_login_form").wait_for()
        odoo.sign_in_by(page, "oauth2")
        SignIn(page).choose(stranger["userid"]).agree()
        page.wait_for_selector("[role=alert]")
        check(page, "refusal")
        close()

    def outside():
        """Check the sign-in page outside DingTalk."""
        page = visitor()
        page.goto("%s/dingding/signin/inside?corp=%s" % (
            stack.odoo_url, stack.simulator.corp_id))
        page.wait_for_selector(".o_dingding_outside:visible")
        check(page, "page that signs in")
        close()

    def own_account():
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        page.goto(stack.odoo_url + "/dingding/my")
        page.wait_for_selector("h1")
        check(page, "own account")
        page.goto(stack.odoo_url + "/web")

    def inside_page():
        stack.rpc("dingding.corp", "write", [corp], {"microapp_menu_ids": [(6, 0, [
            stack.reference("dingding.dingding_message_recipient_menu_mine")])]})
        page = inside("/dingding/app?corp=" + stack.simulator.corp_id)
        page.wait_for_selector("#messages")
        check(page, "page inside DingTalk")
        names = " ".join(reached(page, 80))
        # Chinese has two terms for "Open Odoo".
        for word in (odoo.said("Scan"), odoo.said("Find"), "Odoo"):
            world.check(word in names, "the keyboard does not reach %s" % word)
        close()

    def to_do():
        stack.rpc("dingding.corp", "write", [corp], {"todo": "always"})
        stack.rpc("res.users", "write", [user], {"email": "employee@example.com"})
        model, = stack.rpc("ir.model", "search", [("model", "=", "res.partner")])
        document = stack.rpc("res.partner", "create", {"name": "Order S00043"})
        stack.rpc("mail.activity", "create", {
            "res_model_id": model, "res_id": document, "user_id": user,
            "activity_type_id": stack.reference("mail.mail_activity_data_todo"),
            "summary": "Check the date", "date_deadline": "2030-01-31"})
        row, = house.wait_until(
            lambda: stack.rpc("dingding.todo", "search", [("status", "=", "open")]),
            SECONDS, "the to-do")
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        page.set_viewport_size(dict(PHONE, width=NARROW))
        page.goto("%s/web#id=%d&model=dingding.todo&view_type=form" % (
            stack.odoo_url, row))
        button = page.locator("button", has_text=odoo.said("Mark Done")).first
        button.wait_for(state="attached")
        world.settle(page)
        in_odoo(page, "to-do page")

    def files():
        stack.rpc("dingding.corp", "write", [corp], {"notify": True})
        document = stack.rpc("res.partner", "create", {"name": "Order S00044"})
        file = stack.rpc("ir.attachment", "create", {
            "name": "plan.pdf", "datas": base64.b64encode(pdf()).decode("ascii"),
            "res_model": "mail.compose.message", "res_id": 0})
        found = stack.rpc("res.partner", "message_post", [document], body="See",
                          message_type="comment", attachment_ids=[file])
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        page.goto("%s/dingding/activity/files/%d" % (
            stack.odoo_url, found[0] if isinstance(found, list) else found))
        page.wait_for_selector("input[type=checkbox]")
        check(page, "files of a message")
        world.check(odoo.said("Send to me in DingTalk") in " ".join(reached(page, 10)),
                    "the keyboard does not reach the button")
        page.goto(stack.odoo_url + "/web")

    def narrow(page, model, number):
        """Open a record on a phone, without the menu of Odoo 11."""
        page.set_viewport_size(dict(PHONE, width=NARROW))
        page.goto("about:blank")
        page.goto("%s/web#id=%d&model=%s&view_type=form" % (
            stack.odoo_url, number, model))
        page.wait_for_selector(".o_form_sheet")
        world.settle(page)

    def fits(page, where):
        """Fail if the form is wider than its space."""
        wide, room = page.evaluate(
            "['.o_form_sheet', '.o_content'].map(each => Math.ceil("
            "document.querySelector(each).getBoundingClientRect().right))")
        if not page.locator(".o_sub_menu:visible").count():
            # 11 keeps its menu of 220 pixels for administrators.
            room = page.viewport_size["width"]
        world.check(wide <= room, "%s is %d wide" % (where, wide))
        world.picture(where, page)

    def in_odoo(page, where):
        """Check our part of Odoo's form, without Odoo's widgets."""
        found = _axe.violations(
            page, include=[".o_form_view"], exclude=[
                ".o_control_panel", ".o_statusbar_status", ".o_chatter",
                ".o_list_view thead", ".o_list_renderer thead", ".o_data_row"],
            # Odoo's own themes and labels.
            ignored=["color-contrast", "label", "nested-interactive"] + [
                # 11's menu leaves 170 pixels of a phone to the form.
                rule for rule in ["scrollable-region-focusable"]
                if page.locator(".o_sub_menu:visible").count()])
        world.check(not found, "%s:\n%s" % (where, "\n".join(found)))
        fits(page, where)

    def overview():
        world.menu(DINGTALK, "dingding.dingding_corp_menu_home")
        in_odoo(world.page, "overview")
        number = max(stack.rpc("dingding.overview", "search", []))
        narrow(world.page, "dingding.overview", number)
        in_odoo(world.page, "overview on a phone")

    yield "axe finds what is wrong", finds_something
    yield "the login page and the confirmation on the phone", login
    yield "a refusal", refused
    yield "the page that signs in, outside DingTalk", outside
    yield "the own account", own_account
    yield "the page inside DingTalk", inside_page
    yield "a to-do's page", to_do
    yield "the page with the files of a message", files
    yield "the overview", overview
