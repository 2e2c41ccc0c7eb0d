"""DingTalk fields of a form: scan, picture, location and people; inside and outside."""

import base64

from dingtalk_simulator.web.testing import Picker, dingtalk_context
from smoke._odoo import Odoo

from tools.world import CHINESE, ENGLISH, watch

SMALL = {"width": 360, "height": 740}
MODEL = "dingding.demo.purchase"
BUTTONS = "[data-dingding]"
# No animation of the style sheet or jQuery is running.
AT_REST = """node => getComputedStyle(node).opacity === "1"
    && !node.getAnimations().some(each => each.playState === "running")
    && !(window.jQuery && jQuery(node).is(":animated"))
"""
# The browser's location, when the page is told so.
LATE = """() => {
    navigator.geolocation.getCurrentPosition = use => {
        window.answer = () => use({coords: {latitude: 1.5, longitude: 2.5}});
    };
}"""


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    known, contexts = {}, []

    def prepare():
        corp = odoo.connected()
        stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
        stack.rpc("dingding.corp", "write", [corp], {
            "signin_inside": True, "signin_who": "linked"})
        people = [each for each in control.users() if each["active"]]
        known["me"], known["other"], known["stranger"] = people[:3]
        known["user"] = odoo.employee(known["me"])
        found = stack.rpc("res.users", "search", [("login", "=", "li")])
        known["li"] = found[0] if found else stack.rpc("res.users", "create", {
            "name": "Li Na", "login": "li"})
        row = stack.rpc(
            "dingding.user", "search", [("userid", "=", known["other"]["userid"])])
        stack.rpc("dingding.user", "write", row, {"user_id": known["li"]})

    def request():
        return stack.rpc(MODEL, "create", {
            "subject": "Chairs", "requester_id": known["user"]})

    def read(number, *names):
        found = stack.rpc(MODEL, "read", [number], list(names))[0]
        return [found[name] for name in names]

    def inside(number, **options):
        """Open a request for editing inside DingTalk."""
        stack.rpc("res.users", "write", [known["user"]], {"lang": world.lang})
        context = dingtalk_context(
            world.browser, stack.simulator.url, known["me"]["userid"],
            locale=world.lang.replace("_", "-"), **options)
        contexts.append(context)
        page = watch(context.new_page())
        page.goto("%s/dingding/app/open?model=%s&id=%d" % (
            stack.odoo_url, MODEL, number))
        return edit(page)

    def edit(page):
        page.wait_for_selector(".o_form_view [name=subject]")
        world.settle(page)
        world.client.press(page, "edit")
        page.wait_for_selector("input[name=subject], [name=subject] input")
        world.settle(page)
        return page

    def tab(page, number):
        page.locator(world.client.tabs).nth(number).click()
        world.settle(page)

    def save(page):
        world.client.press(page, "save")
        world.settle(page)

    def press(page, field, name):
        page.locator("[name='%s'] [data-dingding=%s]" % (field, name)).click()

    def told(page, name):
        """Return the notification on the page, with a picture; close it."""
        note = page.locator(".o_notification").first
        note.wait_for()
        # It fades in.
        page.wait_for_function(AT_REST, arg=note.element_handle())
        world.picture(name, page)
        text = note.inner_text()
        note.locator(".o_close, .o_notification_close").click()
        note.wait_for(state="detached")
        return text

    def fits(page):
        """Each button has a name, is inside the window and large enough."""
        for button in page.locator(BUTTONS + ":visible").all():
            box = button.bounding_box()
            world.check(button.get_attribute("aria-label"), "a button has no name")
            world.check(box["width"] >= 30 and box["height"] >= 26, str(box))

    def close():
        while contexts:
            contexts.pop().close()

    # -- steps --------------------------------------------------------------------

    def scan():
        prepare()
        number = request()
        page = inside(number, viewport=SMALL)
        press(page, "article", "scan")
        picker = Picker(page, "scan")
        world.picture("the camera", page)
        picker.text(" 6901234567892\n").ok()
        world.settle(page)
        world.check(
            page.locator("[name=article] input").input_value() == "6901234567892",
            page.locator("[name=article] input").input_value())
        world.check(read(number, "article") == [False], "saved without being asked")
        world.picture("scanned", page)
        fits(page)
        save(page)
        world.check(read(number, "article") == ["6901234567892"], "not saved")
        # Cancelling keeps the value, without a message.
        edit(page)
        press(page, "article", "scan")
        Picker(page, "scan").cancel()
        world.settle(page)
        world.check(page.locator(".o_notification").count() == 0, "a complaint")
        control("PATCH", "/settings", {"jsapi_refused": ["biz.util.scan"]})
        press(page, "article", "scan")
        text = told(page, "refused")
        world.check("biz.util.scan" in text, text)
        control("PATCH", "/settings", {"jsapi_refused": []})
        world.check(not page.problems, str(page.problems))
        close()

    def delivery():
        number = request()
        page = inside(number, viewport=SMALL)
        tab(page, 2)
        press(page, "photo", "camera")
        Picker(page, "camera").ok()
        page.wait_for_selector("[name=photo] img[src^='data:']")
        press(page, "place", "place")
        Picker(page, "place").tick("0").ok()
        world.settle(page)
        press(page, "receiver_id", "people")
        picker = Picker(page, "people")
        world.picture("people", page)
        picker.tick("u" + known["other"]["userid"]).ok()
        world.settle(page)
        press(page, "informed_ids", "people")
        Picker(page, "people").tick(
            "u" + known["me"]["userid"], "u" + known["stranger"]["userid"]).ok()
        text = told(page, "not known")
        world.check(known["stranger"]["name"] in text, text)
        page.locator("[name=receiver_id]").scroll_into_view_if_needed()
        world.picture("delivery", page, full=True)
        fits(page)
        world.check(read(number, "place", "photo") == [False, False], "saved early")
        save(page)
        place, latitude, receiver, informed, photo = read(
            number, "place", "latitude", "receiver_id", "informed_ids", "photo")
        world.check("文一西路" in place and abs(latitude - 30.278894) < 1e-6, place)
        world.check(receiver[0] == known["li"], str(receiver))
        world.check(informed == [known["user"]], str(informed))
        world.check(base64.b64decode(photo)[:3] == b"\xff\xd8\xff", "no photograph")
        world.check(not page.problems, str(page.problems))
        close()

    def computer():
        """DingTalk on a computer: attachments, a department, the browser's location."""
        number = request()
        group = stack.reference("dingding.group_user")
        stack.rpc("res.users", "write", [known["user"]],
                  {world.client.groups: [(4, group)]})
        page = inside(number, pc=True, permissions=["geolocation"],
                      geolocation={"latitude": 30.25, "longitude": 120.16})
        world.check(page.locator("[data-dingding=camera]").count() == 0, "a camera")
        press(page, "department_id", "people")
        rows = Picker(page, "departments")
        key = rows.box.locator("[data-testid=picker-row]").nth(1).get_attribute(
            "data-key")
        rows.tick(key).ok()
        world.settle(page)
        world.picture("on the computer", page)
        tab(page, 1)
        for _number in range(2):
            press(page, "attachment_ids", "album")
            Picker(page, "album").ok()
            world.settle(page)
        world.picture("attachments", page)
        tab(page, 2)
        press(page, "place", "place")
        world.settle(page)
        world.picture("delivery on the computer", page)
        fits(page)
        save(page)
        department, files, latitude, place = read(
            number, "department_id", "attachment_ids", "latitude", "place")
        dept = stack.rpc("dingding.department", "read", [department[0]], ["dept_id"])
        world.check("d" + dept[0]["dept_id"] == key, str(dept))
        world.check(len(files) == 2, str(files))
        world.check((latitude, place) == (30.25, "30.250000, 120.160000"), place)
        stack.rpc("res.users", "write", [known["user"]],
                  {world.client.groups: [(3, group)]})
        world.check(not page.problems, str(page.problems))
        close()

    def outside():
        """A browser shows Odoo's own fields and the browser's location."""
        number = request()
        page = world.action("dingding_approval_demo.dingding_demo_purchase_action",
                            number)
        edit(page)
        tab(page, 2)
        names = page.locator(BUTTONS).evaluate_all(
            "all => all.map(each => each.dataset.dingding)")
        world.check(names == ["place"], str(names))
        world.picture("outside", page)
        press(page, "place", "place")
        told(page, "the browser does not allow it")
        page.context.grant_permissions(["geolocation"])
        page.context.set_geolocation({"latitude": 52.5, "longitude": 13.4})
        press(page, "place", "place")
        world.settle(page)
        save(page)
        world.check(read(number, "longitude") == [13.4], "no place")

    def answered_late():
        """The location of one record does not get into the one shown meanwhile."""
        numbers = [request(), request()]
        page = world.menu("dingding_approval_demo.dingding_demo_menu_root",
                          "dingding_approval_demo.dingding_demo_purchase_menu")
        odoo.open_row("Chairs")
        edit(page)
        tab(page, 2)
        page.evaluate(LATE)
        press(page, "place", "place")
        turn = page.locator(".o_pager_next:visible")
        turn.click()
        world.settle(page)
        page.evaluate("window.answer()")
        world.settle(page)
        world.picture("another record", page)
        # 16 and later save the record that is left.
        turn.click()
        world.settle(page)
        for number in numbers:
            world.check(read(number, "place") == [False], "in another record")
        world.check(not page.problems, str(page.problems))
        page.reload()
        world.settle(page)

    def chinese():
        world.language(CHINESE)
        delivery()
        world.language(ENGLISH)

    yield "a code is scanned into a field of a form", scan
    yield "photograph, place and people of a delivery, on the phone", delivery
    yield "department, attachments and place, on the computer", computer
    yield "outside DingTalk the fields are Odoo's own", outside
    yield "a location that comes late stays out of the next record", answered_late
    if world.lang == ENGLISH:
        yield "the delivery in Chinese", chinese
