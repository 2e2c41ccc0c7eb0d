"""Pictures of the sign-in."""

from dingtalk_simulator.web.testing import SignIn, dingtalk_context
from smoke._odoo import CORP, DINGTALK, Odoo

from tools.browser import PHONE, new_page
from tools.world import watch

ADDRESS = "https://odoo.example.com"
SMALL = {"width": 900, "height": 760}


def screens(world):
    odoo = Odoo(world)
    stack = world.stack
    corp = odoo.connected()
    stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
    # Otherwise Odoo stores the address at which an administrator signs in.
    stack.rpc("ir.config_parameter", "set_param", "web.base.url.freeze", "True")
    stack.rpc("dingding.corp", "write", [corp], {
        "signin_oauth2": True, "signin_widget": True, "signin_qr": True,
        "signin_inside": True, "signin_who": "link", "signin_contact": "IT, 210"})
    people = odoo.colleagues()
    first, stranger = people[0], people[5]
    user = odoo.employee(first)
    stack.rpc("res.users", "write", [user], {"lang": world.lang})
    contexts = []

    def visitor(viewport=SMALL):
        page = watch(new_page(world.browser, world.lang.replace("_", "-"), viewport))
        contexts.append(page.context)
        return page

    def at_login(way=None):
        page = visitor()
        page.goto(stack.odoo_url + "/web/login")
        if way:
            odoo.sign_in_by(page, way)
        return page

    def login():
        page = at_login("oauth2")
        SignIn(page).choose(first["userid"]).agree()
        page.wait_for_selector(world.client.inside)
        page = at_login()
        page.wait_for_selector("#dingding_code img")
        page.click(".o_dingding_others summary")
        return page

    def own_code():
        page = at_login("qr")
        page.wait_for_selector("#dingding_code img")
        page.wait_for_load_state("networkidle")
        page.locator(".o_dingding_cancel").scroll_into_view_if_needed()
        return page

    def widget():
        page = at_login("widget")
        frame = page.wait_for_selector("#dingding_code iframe").content_frame()
        SignIn(frame).qr_text()
        page.locator(".o_dingding_cancel").scroll_into_view_if_needed()
        return page

    def confirmation():
        desktop = at_login("qr")
        image = desktop.wait_for_selector("#dingding_code img")
        link = image.get_attribute("data-link")
        context = dingtalk_context(
            world.browser, stack.simulator.url, first["userid"],
            locale=world.lang.replace("_", "-"))
        contexts.append(context)
        page = context.new_page()
        page.set_viewport_size(PHONE)
        page.goto(link)
        page.wait_for_selector(".o_dingding_question:visible")
        return page

    def refused():
        phone, desktop = contexts[-1].pages[0], contexts[-2].pages[0]
        phone.click("[data-decision=agree]")
        desktop.wait_for_selector(world.client.inside)
        page = at_login()
        odoo.sign_in_by(page, "oauth2")
        SignIn(page).choose(stranger["userid"]).agree()
        page.wait_for_selector("[role=alert]")
        return page

    def preferences():
        page = at_login()
        page.set_viewport_size({"width": 1100, "height": 840})
        odoo.preferences(page)
        page.locator(".modal [name=action_dingding_my]").scroll_into_view_if_needed()
        return page

    def own_account():
        page = contexts[-1].pages[0]
        page.set_viewport_size(SMALL)
        page.click(".modal [name=action_dingding_my]")
        page.click(".o_dingding_people button")
        page.wait_for_selector(".o_dingding_bind")
        return page

    def policy():
        stack.rpc("ir.config_parameter", "set_param", "web.base.url", ADDRESS)
        world.menu(DINGTALK, "dingding.dingding_corp_menu")
        odoo.open_row(CORP)
        odoo.tabs().filter(has_text=odoo.said("Sign-in")).last.click()
        world.settle()
        world.page.locator("[name=signin_inside_url]").scroll_into_view_if_needed()

    def department():
        world.menu(DINGTALK, "dingding.dingding_department_menu")
        row = stack.rpc("dingding.department", "search", [("level", "=", 1)])[0]
        stack.rpc("dingding.department", "write", [row], {
            "new_user_company_id": stack.reference("base.main_company"),
            "new_user_group_ids": [(4, stack.reference("base.group_partner_manager"))],
            "new_user_lang": world.lang})
        odoo.rows().nth(1).click()
        world.settle()
        odoo.tabs().filter(has_text=odoo.said("New users")).click()
        world.settle()

    def log():
        world.menu(DINGTALK, "dingding_signin.dingding_signin_log_menu")
        while contexts:
            contexts.pop().close()

    yield "signin-login", login
    yield "signin-own-code", own_code
    yield "signin-widget", widget
    yield "signin-confirm", confirmation
    yield "signin-refused", refused
    yield "signin-preferences", preferences
    yield "signin-account", own_account
    yield "signin-policy", policy
    yield "signin-department", department
    yield "signin-log", log
