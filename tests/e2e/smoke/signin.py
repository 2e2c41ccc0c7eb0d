"""Sign-in methods: DingTalk's page, its code, Odoo's code, inside DingTalk; binding."""

from urllib.parse import quote

from dingtalk_simulator.web.testing import SignIn, dingtalk_context, sel
from smoke._odoo import EMPLOYEE, Odoo

from tools.browser import PHONE, new_page
from tools.world import CHINESE, ENGLISH, watch

LOGIN = "/web/login"
# A widget that fails; each page load has the real one again.
FAILING = """error => Object.defineProperty(window, "DTFrameLogin", {
    configurable: true, set: () => null,
    get: () => (frame, login, done, failed) => failed(error)})"""


def steps(world):
    odoo = Odoo(world)
    stack = world.stack
    first, stranger = odoo.colleagues()[:2]
    contexts = []

    def corp():
        found = odoo.connected()
        stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
        stack.rpc("dingding.corp", "write", [found], {
            "signin_oauth2": True, "signin_widget": True, "signin_qr": True,
            "signin_inside": True, "signin_who": "linked",
            "signin_contact": "IT"})
        odoo.employee(first)
        return found

    def visitor(size=None, lang=None):
        """Return a page of a new browser."""
        more = {"is_mobile": True, "has_touch": True} if size == PHONE else {}
        page = watch(new_page(
            world.browser, (lang or world.lang).replace("_", "-"),
            *([size] if size else []), **more))
        contexts.append(page.context)
        return page

    def close():
        while contexts:
            contexts.pop().close()

    def who(page):
        """Return the login of the signed-in user, or None."""
        return page.evaluate("""() => fetch("/web/session/get_session_info", {
            method: "POST", headers: {"Content-Type": "application/json"},
            body: JSON.stringify({jsonrpc: "2.0", method: "call", params: {}})
        }).then(answer => answer.json()).then(
            answer => (answer.result || {}).uid ? answer.result.username : null)
        """)

    def is_in(page):
        page.wait_for_selector(world.client.inside)
        world.settle(page)
        world.check(who(page) == EMPLOYEE, "%s is signed in" % who(page))
        world.check_no_problem(page)

    def inside(person, pc, address):
        context = dingtalk_context(
            world.browser, stack.simulator.url, person["userid"], pc=pc,
            locale=world.lang.replace("_", "-"))
        contexts.append(context)
        page = watch(context.new_page())
        page.goto(address)
        return page

    # -- ways in ------------------------------------------------------------------

    def page_of_dingtalk(size=None):
        corp()
        page = visitor(size)
        page.goto(stack.odoo_url + LOGIN + "?redirect=%2Fweb%23home")
        # From 18 on a script shows it, unless the browser remembers a user.
        page.locator("form.oe_login_form").wait_for()
        world.picture("login page", page)
        odoo.sign_in_by(page, "oauth2")
        SignIn(page).choose(first["userid"]).agree()
        is_in(page)
        close()

    def on_a_phone():
        page_of_dingtalk(PHONE)

    def nobody():
        page = visitor()
        page.goto(stack.odoo_url + LOGIN)
        odoo.sign_in_by(page, "oauth2")
        SignIn(page).choose(stranger["userid"]).agree()
        page.wait_for_selector("[role=alert]")
        text = page.inner_text("body")
        world.check("Contact: IT" in text, "it says %r" % text)
        world.check(who(page) is None, "somebody is signed in")
        world.picture("refused", page)
        close()

    def widget(size=None):
        page = visitor(size)
        page.goto(stack.odoo_url + LOGIN)
        odoo.sign_in_by(page, "widget")
        page.wait_for_selector("#dingding_code iframe")
        frame = page.locator("#dingding_code iframe").element_handle().content_frame()
        text = SignIn(frame).qr_text()
        world.picture("code of DingTalk", page)
        odoo.phone(first["userid"]).scan(text).agree()
        is_in(page)
        close()

    def widget_on_a_phone():
        widget(PHONE)

    def widget_refused():
        """Each failure has its sentence, as a text and as an object."""
        for shape in ("text", "object"):
            odoo.control("PATCH", "/settings", {"widget_error": shape})
            page = visitor()
            page.goto(stack.odoo_url + LOGIN)
            odoo.sign_in_by(page, "widget")
            page.wait_for_selector("#dingding_code iframe")
            frame = page.locator(
                "#dingding_code iframe").element_handle().content_frame()
            odoo.phone(first["userid"]).scan(SignIn(frame).qr_text()).refuse()
            page.wait_for_selector("[data-text=cancelled]:visible")
            world.check(who(page) is None, "somebody is signed in")
            for error, text in (
                    ("server_error", "denied"), ("access_denied", "cancelled")):
                page.evaluate(
                    FAILING, error if shape == "text" else {"errorCode": error})
                page.click(".o_dingding_renew")
                page.wait_for_selector("[data-text=%s]:visible" % text)
            page.evaluate(FAILING, "Browser not support")
            page.click(".o_dingding_renew")
            page.wait_for_selector(sel("account-search"))
            close()
        odoo.control("PATCH", "/settings", {"widget_error": "text"})

    def widget_away():
        odoo.control("PATCH", "/settings", {"login_script": "missing"})
        try:
            page = visitor()
            page.goto(stack.odoo_url + LOGIN)
            odoo.sign_in_by(page, "widget")
            page.wait_for_selector(sel("account-search"))
            SignIn(page).choose(first["userid"]).agree()
            is_in(page)
        finally:
            odoo.control("PATCH", "/settings", {"login_script": "ok"})
            close()

    def scanned(desktop, decision, picture=None):
        desktop.goto(stack.odoo_url + LOGIN)
        odoo.sign_in_by(desktop, "qr")
        image = desktop.wait_for_selector("#dingding_code img")
        if picture:
            world.picture("own code", desktop)
        phone = inside(first, False, image.get_attribute("data-link"))
        phone.wait_for_selector(".o_dingding_question:visible")
        text = phone.inner_text("body")
        for word in ("127.0.0.1", "Chrome", "Same network"):
            world.check(word in text, "%s is not in %r" % (word, text))
        phone.set_viewport_size({"width": 360, "height": 740})
        wide = phone.evaluate("document.documentElement.scrollWidth")
        world.check(wide <= 360, "the page is %d wide" % wide)
        if picture:
            world.picture("confirm on the phone", phone)
        phone.click("[data-decision=%s]" % decision)
        phone.wait_for_selector(
            ".o_dingding_%s:visible" % ("agreed" if decision == "agree" else "refused"))
        return phone

    def own_code(size=None):
        desktop = visitor(size)
        scanned(desktop, "agree", picture=True)
        is_in(desktop)
        close()

    def own_code_on_a_phone():
        own_code(PHONE)

    def own_code_refused():
        desktop = visitor()
        scanned(desktop, "refuse")
        desktop.wait_for_selector("[data-text=refused]:visible")
        world.check(who(desktop) is None, "somebody is signed in")
        desktop.click(".o_dingding_renew")
        desktop.wait_for_selector("#dingding_code img")
        desktop.click(".o_dingding_cancel")
        desktop.wait_for_selector(".o_dingding_panel", state="hidden")
        close()

    def in_dingtalk():
        for pc in (False, True):
            page = inside(
                first, pc, stack.odoo_url + "/dingding/signin/inside?corp="
                + stack.simulator.corp_id)
            is_in(page)
            close()

    def over_the_login_page():
        # On a server with several databases, phones name one.
        page = inside(
            first, False, stack.odoo_url + LOGIN + "?redirect="
            + quote("/dingding/signin/inside?corp=" + stack.simulator.corp_id))
        is_in(page)
        close()

    def nobody_in_dingtalk():
        page = inside(stranger, False, stack.odoo_url + "/dingding/signin/inside")
        page.wait_for_selector("[role=alert]:visible")
        world.check(who(page) is None, "somebody is signed in")
        close()

    def at_an_unknown_address():
        odoo.control("PATCH", "/settings", {"jsapi_domains": "strict"})
        try:
            page = inside(first, False, stack.odoo_url + "/dingding/signin/inside")
            page.wait_for_selector(".o_dingding_foreign:visible")
            world.check(who(page) is None, "somebody is signed in")
        finally:
            odoo.control("PATCH", "/settings", {"jsapi_domains": "any"})
            close()

    def in_a_browser():
        page = visitor()
        page.goto(stack.odoo_url + "/dingding/signin/inside")
        page.wait_for_selector(".o_dingding_outside:visible")
        close()

    yield "an employee signs in over DingTalk's page and goes on", page_of_dingtalk
    yield "the same on a phone", on_a_phone
    yield "a stranger is refused and told whom to ask", nobody
    yield "DingTalk's code in the login page is scanned", widget
    yield "the same on the screen of a phone", widget_on_a_phone
    yield "who refuses there is told so, as is who cannot see it", widget_refused
    yield "without its script the page of DingTalk is taken", widget_away
    yield "an own code is scanned, confirmed, and the desktop goes on", own_code
    yield "the same on the screen of a tablet or phone", own_code_on_a_phone
    yield "who refuses on the phone signs nobody in", own_code_refused
    yield "inside DingTalk one is simply in, on phone and computer", in_dingtalk
    yield "the same when the login page had to choose a database", over_the_login_page
    yield "a stranger inside DingTalk is refused", nobody_in_dingtalk
    yield "at an address that DingTalk does not know one is told", at_an_unknown_address
    yield "in a browser the page inside says what to do", in_a_browser

    # -- own account ----------------------------------------------------------------

    def mine(lang=None):
        """Open the page of one's own account from the preferences."""
        page = visitor(lang=lang)
        page.goto(stack.odoo_url + LOGIN)
        odoo.preferences(page)
        world.picture("preferences", page)
        world.check_no_problem(page)
        return page

    def my_page(page):
        page.click(".modal [name=action_dingding_my]")
        page.wait_for_selector(".o_dingding_people")

    def unbind():
        page = mine()
        text = page.inner_text(".modal")
        world.check(first["name"] in text, "the preferences say %r" % text)
        my_page(page)
        world.check(first["name"] in page.inner_text("body"), "not bound")
        world.picture("own account", page)
        page.click(".o_dingding_people button")
        page.wait_for_selector(".o_dingding_bind")
        world.check(first["name"] not in page.inner_text("body"), "still bound")
        close()

    def bind():
        page = mine()
        my_page(page)
        world.check(
            not page.locator("[name=password]").count(),
            "the password is asked for right after signing in")
        world.picture("binding", page)
        page.click(".o_dingding_bind button")
        SignIn(page).choose(first["userid"]).agree()
        page.wait_for_selector(".o_dingding_people")
        world.check(first["name"] in page.inner_text("body"), "not bound")
        close()

    def told():
        odoo.phone(first["userid"]).wait_for(EMPLOYEE.title(), 90)

    def log():
        page = world.menu(
            "dingding.dingding_menu_root",
            "dingding_signin.dingding_signin_log_menu")
        results = odoo.column("Result")
        world.check({"Signed in", "Refused"} <= set(results), "results: %s" % results)
        world.picture("log", page)

    yield "an employee unbinds the own account from the preferences", unbind
    yield "and binds it again, having just signed in", bind
    yield "DingTalk tells so", told
    yield "the log has it all", log

    def chinese(page, where):
        odoo.check_chinese(where, page)
        world.picture(where, page)

    def in_chinese():
        world.language(CHINESE)
        stack.rpc("res.users", "write", [odoo.employee(first)], {"lang": CHINESE})
        try:
            page = visitor(lang=CHINESE)
            page.goto(stack.odoo_url + LOGIN)
            odoo.sign_in_by(page, "qr")
            image = page.wait_for_selector("#dingding_code img")
            chinese(page, "login page")
            phone = inside(first, False, image.get_attribute("data-link"))
            phone.wait_for_selector(".o_dingding_question:visible")
            chinese(phone, "confirmation")
            phone.click("[data-decision=agree]")
            page.wait_for_selector(world.client.inside)
            page = mine(CHINESE)
            chinese(page, "preferences")
            my_page(page)
            chinese(page, "own account")
            close()
        finally:
            world.language(ENGLISH)

    yield "the same in Chinese", in_chinese
