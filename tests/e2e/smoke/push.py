"""From Odoo to DingTalk: create, correct, discard, delete."""

from smoke._odoo import DINGTALK, Odoo

import house

SECONDS = 60
MOBILE = "13900004242"
# Wait until the page is drawn.
DRAWN = """() => new Promise(
    done => requestAnimationFrame(() => requestAnimationFrame(done)))"""


def steps(world):
    odoo = Odoo(world)
    control = odoo.control
    stack = world.stack
    corp = odoo.connected()
    plain = control.plain("leader_in")
    refused, gone = plain[-1], plain[-2]
    stack.rpc("dingding.corp", "write", [corp], {
        "leads_profile": "odoo", "leads_contact": "odoo", "leads_structure": "odoo"})

    def people():
        world.menu(DINGTALK, "dingding.dingding_user_menu")

    def there(**values):
        return [each for each in control.users() if all(
            each[name] == value for name, value in values.items())]

    def find(person):
        """Open the form of a person in DingTalk."""
        people()
        odoo.search(person["userid"])
        odoo.open_row(person["name"])

    def make():
        people()
        odoo.form("create")
        odoo.type(name="新来的", mobile=MOBILE, title="实习生")
        odoo.shoot("new person, before saving")
        odoo.form("save")
        house.wait_until(lambda: there(mobile=MOBILE), SECONDS, "DingTalk has nobody")
        world.check(len(there(mobile=MOBILE)) == 1, "made twice")

    def made():
        person = there(mobile=MOBILE)[0]
        find(person)
        world.check(odoo.value("userid") == person["userid"], "another UserID")
        warnings = odoo.page.locator(".alert-warning:visible").count()
        world.check(not warnings, "there is a warning")
        odoo.shoot("new person, in DingTalk")
        console = odoo.console().person(person["userid"])
        odoo.shoot("new person, in DingTalk's console", console.page)

    yield "a person is made in Odoo", make
    yield "DingTalk has got the person", made

    def change_mobile():
        find(refused)
        odoo.form("edit")
        odoo.type(mobile="13900007777")
        odoo.form("save")
        house.wait_until(
            lambda: stack.query("SELECT state FROM dingding_outgoing_change"
                                " WHERE error_code ="
                                " '40022'") == "failed", SECONDS, "no refusal")
        find(refused)
        text = odoo.page.locator(".alert-warning:visible").inner_text()
        world.check("40022" in text, "the form says %s" % text)
        odoo.shoot("a change that DingTalk refuses")

    def take_theirs():
        # The apostrophe breaks a CSS selector.
        odoo.page.locator("button:visible").filter(
            has_text=odoo.said("Use DingTalk's value")).first.click()
        world.settle()
        odoo.confirm()
        world.check(odoo.value("mobile") == refused["mobile"], "the mobile is another")
        world.check(
            not odoo.page.locator(".alert-warning:visible").count(), "still a warning")

    yield "DingTalk refuses another mobile, and the form says why", change_mobile
    yield "DingTalk's version is taken", take_theirs

    def order():
        """Return the top departments in DingTalk's order."""
        found = control("GET", "/departments")
        found = found["departments"] if isinstance(found, dict) else found
        below = [each for each in found if each["parent_id"] == 1]
        below.sort(key=lambda each: (each["order"], each["dept_id"]))
        return [each["dept_id"] for each in below]

    def drag():
        before = order()
        world.menu(DINGTALK, "dingding.dingding_department_menu")
        odoo.rows().first.click()
        world.settle()
        odoo.form("edit")
        odoo.tabs().filter(has_text=odoo.said("Sub-departments")).click()
        world.settle()
        handles = odoo.page.locator(".o_row_handle:visible")
        first = handles.first.bounding_box()
        handles.last.hover()
        last = handles.last.bounding_box()
        mouse = odoo.page.mouse
        mouse.down()
        # From 16 on the row follows after a redraw.
        for height, count in ((last["y"] - 15, 3), (first["y"] + 20, 24),
                              (first["y"] - 2, 6)):
            odoo.page.evaluate(DRAWN)
            mouse.move(first["x"] + 5, height, steps=count)
        odoo.page.evaluate(DRAWN)
        mouse.up()
        world.settle()
        odoo.shoot("order of departments, dragged")
        odoo.form("save")
        house.wait_until(
            lambda: order() == before[-1:] + before[:-1], SECONDS,
            "another order: %s, before it was %s" % (order(), before))

    yield "the last department is dragged to the top, in DingTalk too", drag

    def archive():
        find(gone)
        odoo.form("edit")
        world.field("active").locator("input").evaluate("node => node.click()")
        odoo.form("save")
        world.menu(DINGTALK, "dingding.dingding_outgoing_change_menu")
        odoo.shoot("changes to DingTalk")
        odoo.open_row(gone["name"])
        world.check(odoo.state() == odoo.said("Awaiting manager"), odoo.state())
        world.check(there(userid=gone["userid"]), "DingTalk has deleted already")

    def delete():
        odoo.press("Confirm deletion...")
        world.check(gone["name"] in odoo.dialog(), "the name is not there")
        label = odoo.said("Delete in DingTalk")
        button = odoo.page.locator(".modal-footer button:visible", has_text=label)
        world.check(not button.count(), "it can be deleted without reading")
        world.field("understood").locator("input").evaluate("node => node.click()")
        world.settle()
        odoo.shoot("last look before a deletion")
        button.click()
        world.settle()
        house.wait_until(
            lambda: not there(userid=gone["userid"]), SECONDS, "it is still there")

    yield "an archived person waits for a manager", archive
    yield "a manager reads the names and deletes", delete
