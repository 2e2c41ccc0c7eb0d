"""Every form of the addons, with the data of the demo, on a phone inside DingTalk."""

from dingtalk_simulator.web.testing import dingtalk_context
from smoke._odoo import NO_SUCH_STEP, Odoo

from tools import demo_story
from tools.browser import PHONE
from tools.world import watch

FORMS = (
    "SELECT DISTINCT v.model FROM ir_ui_view v JOIN ir_model m ON m.model = v.model"
    " WHERE v.type = 'form' AND v.model LIKE 'dingding.%' AND NOT m.transient"
    " AND v.model NOT LIKE 'dingding.demo.%' AND v.inherit_id IS NULL AND v.active"
    " ORDER BY v.model")
# The demo has no record of these.
WITHOUT = {
    "dingding.budget", "dingding.conflict", "dingding.event.refusal",
    "dingding.group.rule", "dingding.outgoing.change",
}
# How far the form reaches, and what its sheet hides on the right.
TOO_WIDE = """() => {
    const view = document.querySelector(".o_form_view");
    const sheet = document.querySelector(".o_form_sheet") || view;
    return [Math.ceil(Math.max(view.getBoundingClientRect().right,
                               sheet.getBoundingClientRect().right)) - innerWidth,
            sheet.scrollWidth - sheet.clientWidth];
}"""


def steps(world):
    stack = world.stack
    pages = []

    def fill():
        stack.odoo.start_stream()
        installed = stack.rpc("ir.module.module", "search_read", [
            ("state", "=", "installed"), ("name", "like", "dingding")], ["name"])
        world.provokes(*NO_SUCH_STEP)
        demo_story.Story(
            stack.odoo, stack.simulator, [each["name"] for each in installed],
            stack.login, stack.password).tell()

    def phone():
        """Return the admin's page inside DingTalk, where Odoo 11 hides its menu."""
        if not pages:
            context = dingtalk_context(
                world.browser, stack.simulator.url,
                Odoo(world).control.users()[0]["userid"],
                locale=world.lang.replace("_", "-"), viewport=PHONE)
            page = watch(context.new_page())
            pages.append(page)
            page.goto(stack.odoo_url + "/web/login")
            page.fill("input[name=login]", stack.login)
            page.fill("input[name=password]", stack.password)
            page.click("form.oe_login_form button[type=submit]")
            page.locator(world.client.inside).first.wait_for(state="attached")
            world.settle(page)
        return pages[0]

    def forms():
        page, wrong, empty = phone(), [], set()
        for model in stack.query(FORMS).split("\n"):
            found = stack.rpc(model, "search", [], 0, 1)
            if not found:
                empty.add(model)
                continue
            world.open(model, found[0], page)
            page.locator(".o_form_view").first.wait_for()
            world.check_no_problem(page)
            world.picture(model, page)
            beyond, hidden = page.evaluate(TOO_WIDE)
            if beyond > 0 or hidden > 1:
                wrong.append("%s reaches %d pixels too far and hides %d" % (
                    model, beyond, hidden))
        world.check(not wrong, "\n".join(wrong))
        world.check(empty <= WITHOUT, "no records of %s" % sorted(empty - WITHOUT))

    def recipients():
        """Odoo 11 shows cards with nothing but a name where it is free to choose."""
        page = phone()
        world.open(
            "dingding.message", stack.rpc("dingding.message", "search", [], 0, 1)[0],
            page)
        said = Odoo(world).said
        page.locator(world.client.tabs, has_text=said("Recipients")).click()
        page.locator("th:visible", has_text=said("Status")).first.wait_for()
        world.picture("recipients", page)

    yield "the demo's organisation is at work", fill
    yield "every form fits a phone", forms
    yield "a message's recipients are shown with their states", recipients
