"""Odoo inside DingTalk: page for phones, scanning, links, and a robot."""

import re
from urllib.parse import quote

import house
from dingtalk_simulator.web.testing import Picker, dingtalk_context
from smoke._odoo import Odoo

from tools.world import CHINESE, ENGLISH, watch

# Whether the head of a form shows a text, read-only or editable.
SAYS = """text => Array.from(document.querySelectorAll(
    ".o_form_view h1, .o_form_view h1 input, .o_form_view h1 textarea"
)).some(node => (node.value || node.innerText || "").includes(text))"""

SMALL = {"width": 360, "height": 740}
# Elements that the keyboard reaches, with names.
REACHED = """() => Array.from(document.querySelectorAll("a, button, input"))
    .filter(each => each.getClientRects().length && !each.disabled)
    .map(each => ({
        name: (each.innerText || each.labels && each.labels[0] &&
               each.labels[0].textContent || "").trim(),
        height: each.getBoundingClientRect().height}))"""


def shows(page, text):
    """Wait for the form of a record."""
    page.wait_for_function(SAYS, arg=text)


def steps(world):
    odoo = Odoo(world)
    stack = world.stack
    contexts = []
    known = {}

    def prepare():
        if known:
            return
        corp = odoo.connected()
        stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
        stack.rpc("dingding.corp", "write", [corp], {
            "signin_inside": True, "signin_who": "linked",
            "microapp_menu_ids": [(6, 0, [
                stack.reference("dingding.dingding_message_recipient_menu_mine"),
                stack.reference("dingding_signin.dingding_signin_log_menu_my")])]})
        people = [each for each in odoo.control.users()
                  if each["active"] and each["admin_level"] == 0 and not each["senior"]]
        person, colleague = next(
            (one, two) for one in people for two in people
            if one is not two and set(one["depts"]) & set(two["depts"]))
        user = odoo.employee(person)
        known.update(corp=corp, person=person, colleague=colleague, user=user)

    def language(code):
        stack.rpc("res.users", "write", [known["user"]], {"lang": code})

    def inside(path, **options):
        context = dingtalk_context(
            world.browser, stack.simulator.url, known["person"]["userid"],
            viewport=SMALL, locale=world.lang.replace("_", "-"), **options)
        contexts.append(context)
        page = watch(context.new_page())
        page.goto(path if path.startswith("http") else stack.odoo_url + path)
        return page

    def close():
        while contexts:
            contexts.pop().close()

    def app(**options):
        page = inside("/dingding/app?corp=" + stack.simulator.corp_id, **options)
        page.wait_for_selector("#messages")
        # The scripts load last; an earlier press would be lost.
        page.wait_for_load_state()
        return page

    def message(text, link=False):
        """Have a server action send the employee a contact; return it."""
        model = stack.rpc("ir.model", "search", [("model", "=", "res.partner")])[0]
        partner = stack.rpc("res.partner", "create", {
            "name": text, "user_id": known["user"]})
        action = stack.rpc("ir.actions.server", "create", {
            "name": "Tell", "model_id": model, "state": "dingding_message",
            "dingding_to": "people", "dingding_people": "user_id",
            "dingding_text": "{name}", "dingding_link": link})
        stack.rpc("ir.actions.server", "run", [action], context={
            "active_model": "res.partner", "active_id": partner,
            "active_ids": [partner]})
        odoo.phone(known["person"]["userid"]).wait_for(text, 60)
        return partner

    # -- steps --------------------------------------------------------------------

    def opens():
        prepare()
        language(world.lang)
        message("采购单 PO00012 等你确认")
        page = app()
        # Only the first of many colleagues are shown.
        text = page.locator("body").text_content()
        for word in ("Ding Wang", "PO00012", known["colleague"]["name"]):
            world.check(word in text, "%s is not in %r" % (word, text))
        world.check(page.locator("html").get_attribute("lang")
                    == world.lang.replace("_", "-"), "another language")
        wide = page.evaluate("document.documentElement.scrollWidth")
        world.check(wide <= SMALL["width"], "the page is %d wide" % wide)
        world.check(not page.problems, "script error: %s" % page.problems)
        world.picture("page", page, full=True)
        close()

    def find(page, name):
        """Search the colleagues; a short list has no field for it."""
        field = page.locator("[data-filter=colleagues]")
        if field.count():
            field.fill(name)

    def colleagues():
        page = app()
        # Waiting approvals come first, colleagues last.
        order = page.evaluate(
            "Array.from(document.querySelectorAll('section')).map(each => each.id)")
        world.check(order[-1] == "colleagues" and order[0] == "waiting", order)
        find(page, known["colleague"]["name"])
        rows = page.locator("#colleagues li:visible")
        world.check(
            rows.filter(has_text=known["colleague"]["name"]).count() == 1, "not found")
        world.picture("colleague found", page, full=True)
        world.check(page.locator("#colleagues .face").count(), "no faces")
        close()

    def dark():
        page = app(color_scheme="dark")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        world.check(sum(map(int, re.findall(r"\d+", ground)[:3])) < 150, ground)
        world.picture("page in the dark", page, full=True)
        close()

    def keyboard():
        page = app()
        found = page.evaluate(REACHED)
        for each in found:
            world.check(each["name"], "something has no name: %s" % found)
        reached = set()
        for _number in found:
            page.keyboard.press("Tab")
            reached.add(page.evaluate(
                "Array.from(document.querySelectorAll('a, button, input'))"
                ".indexOf(document.activeElement)"))
        world.check(len(reached) == len(found), "%d of %d reached" % (
            len(reached), len(found)))
        close()

    def scan():
        partner = stack.rpc("res.partner", "create", {"name": "Scanned Ltd"})
        link = "%s/web#id=%d&model=res.partner&view_type=form" % (
            stack.odoo_url, partner)
        page = app()
        page.click("#scan")
        Picker(page, "scan").cancel()
        page.wait_for_selector("#notice:visible")
        odoo.control("PATCH", "/settings", {"jsapi_scan": link})
        page.click("#scan")
        house.wait_until(lambda: page.input_value("#code"), what="the code")
        world.check(page.input_value("#code") == link, page.input_value("#code"))
        world.picture("scanned", page)
        page.keyboard.press("Enter")
        shows(page, "Scanned Ltd")
        odoo.control("PATCH", "/settings", {"jsapi_scan": ""})
        close()

    def chat():
        page = app()
        find(page, known["colleague"]["name"])
        page.click("[data-chat='%s']" % known["colleague"]["userid"])
        house.wait_until(
            lambda: odoo.control("GET", "/login/chats")
            or page.locator("#notice").is_visible(), what="the chat")
        world.check(page.locator("#notice").is_hidden(), page.inner_text("#notice"))
        chats = odoo.control("GET", "/login/chats")
        world.check(chats[-1]["with"] == known["colleague"]["userid"], str(chats))
        close()

    def deep_link():
        message("Deep link Ltd", link=True)
        notes = odoo.control("GET", "/messages", userid=known["person"]["userid"])
        text = next(note["msg"]["text"]["content"] for note in notes
                    if "Deep link Ltd" in str(note["msg"]))
        # A phone without a sign-in.
        page = inside(re.search(r"https?://\S+", text).group(0))
        shows(page, "Deep link Ltd")
        world.check("res.partner" in page.url, page.url)
        world.picture("the record of a message", page)
        close()

    def in_a_frame():
        """The simulator's phone shows the page in a frame, which Odoo's own refuse."""
        prepare()
        userid = known["person"]["userid"]
        page = world.phone(userid, load=False)
        page.goto("%s/phone/%s/open?url=%s" % (
            stack.simulator.url, userid, quote(
                "%s/dingding/app?corp=%s" % (stack.odoo_url, stack.simulator.corp_id),
                safe="")))
        link = page.frame_locator("iframe").locator("a[href='/web']")
        link.wait_for()
        world.picture("page on the simulator's phone", page)
        with page.expect_popup() as opened:
            link.click()
        opened.value.wait_for_selector(world.client.inside)
        opened.value.close()
        partner = stack.rpc("res.partner", "create", {"name": "Framed Ltd"})
        frame = page.frame_locator("iframe")
        frame.locator("#code").fill(
            "%s/web#id=%d&model=res.partner&view_type=form" % (
                stack.odoo_url, partner))
        with page.expect_popup() as opened:
            frame.locator(".find button[type=submit]").click()
        shows(opened.value, "Framed Ltd")
        opened.value.close()

    def robot():
        hook = odoo.control("POST", "/robots", {"name": "Odoo", "secret": "SECsmoke"})
        world.page.goto(stack.odoo_url + "/web")
        world.action("dingding_robot.dingding_robot_action")
        odoo.form("create")
        world.fill("name", "销售群" if world.lang == CHINESE else "Sales")
        world.fill("webhook", hook["webhook"])
        world.fill("secret", "SECsmoke")
        odoo.form("save")
        body = world.text()
        world.check(hook["token"] not in body and "SECsmoke" not in body, "shown")
        world.picture("robot")
        odoo.press("Send test message")
        world.settle()
        world.check_no_problem()
        world.picture("what the robot has said")
        groups = odoo.control("GET", "/groups")
        said = [each for group in groups for each in group["messages"]]
        world.check(any(each["source"] == "webhook" for each in said), str(said))

    def chinese():
        prepare()
        world.language(CHINESE)
        language(CHINESE)
        opens()
        robot()
        world.language(ENGLISH)
        language(ENGLISH)

    yield "an employee opens the page inside DingTalk and is in", opens
    yield "what waits comes first, colleagues are searched", colleagues
    yield "in the dark", dark
    yield "with the keyboard alone", keyboard
    yield "a code is scanned into the field and found", scan
    yield "a tap on a colleague begins a chat", chat
    yield "a link in a message opens its record, signed in on the way", deep_link
    yield "on the simulator's phone Odoo opens in a window", in_a_frame
    yield "the admin adds a robot, and it speaks in its group", robot
    if world.lang == ENGLISH:
        yield "the same in Chinese", chinese
