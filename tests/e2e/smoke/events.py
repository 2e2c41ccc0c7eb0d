"""A hire and a dismissal in DingTalk reach Odoo at once."""

import house
from smoke._odoo import DINGTALK, Odoo

SECONDS = 60  # until a change is here; usually one or two


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    odoo.connected()
    state = {"new": {}}

    def count(what):
        return int(stack.query("SELECT count(*) FROM " + what))

    def open_application():
        world.menu(DINGTALK, "dingding.dingding_menu_configuration",
                   "dingding.dingding_app_menu")
        odoo.rows().first.click()
        world.settle()

    def make_keys():
        open_application()
        odoo.shoot("application without events")
        odoo.press("Receive events")
        odoo.shoot("before the keys are made")
        odoo.press("Generate token and key")
        shown = {name: odoo.value(name) for name in ("url", "token", "aes_key")}
        world.check(len(shown["aes_key"]) == 43, "the key is %r" % shown["aes_key"])
        world.check(
            shown["url"].startswith(stack.odoo_url), "the address is " + shown["url"])
        odoo.shoot("address, token and key")
        state.update(shown)

    def paste():
        """Copy the values into the console, which verifies them."""
        house.paste(stack, state)
        odoo.press("Verify callback URL")
        world.check("DingTalk last reached the URL" in odoo.value("result"),
                    odoo.value("result"))
        odoo.shoot("DingTalk has reached the address")
        odoo.press("Close")

    def shown_once():
        odoo.press("Receive events")
        world.check(
            state["token"] not in odoo.page.content(), "the token is shown again")
        odoo.close_dialog()

    yield "token and key are made, and shown to be copied", make_keys
    yield "DingTalk reaches the address", paste
    yield "they are shown once", shown_once

    # -- by push -----------------------------------------------------------------------

    def hire(name, mobile):
        userid = odoo.console().hire(name, mobile)
        house.wait_until(
            lambda: count("dingding_user WHERE userid = '%s' AND active" % userid),
            SECONDS, "the new colleague")
        state["new"] = {"userid": userid, "name": name}

    def in_the_list():
        world.menu(DINGTALK, "dingding.dingding_user_menu")
        return odoo.column("Name").count(state["new"]["name"])

    def dismiss():
        userid = state["new"]["userid"]
        odoo.console().dismiss(userid)
        house.wait_until(
            lambda: count("dingding_user WHERE userid = '%s' AND NOT active" % userid),
            SECONDS, "the leaver")
        world.check(in_the_list() == 0, "the leaver is still listed")

    def hire_by_push():
        hire("新同事", "13911112222")
        world.check(in_the_list() == 1, "the new colleague is not listed")
        odoo.shoot("new colleague")

    def inbox():
        world.menu(DINGTALK, "dingding_callback.dingding_event_menu")
        world.check("user_add_org" in odoo.column("Event"), odoo.column("Event"))
        odoo.shoot("inbox")
        odoo.open_row("user_add_org")
        world.check(odoo.state() == "Done", odoo.state())
        odoo.shoot("an event")
        odoo.press("Process again")
        house.wait_until(
            lambda: not count("dingding_event WHERE state <> 'done'"), SECONDS)

    yield "who is hired is here a moment later", hire_by_push
    yield "who is dismissed is archived", dismiss
    yield "the inbox shows it, and an event can be run again", inbox

    # -- forged ------------------------------------------------------------------------

    def forged():
        before = count("dingding_event")
        control("POST", "/events", {
            "event_type": "user_leave_org", "data": {"userId": ["manager"]},
            "wrong_aes_key": True})
        house.wait_until(lambda: count("dingding_event_refusal"), SECONDS)
        world.check(count("dingding_event") == before, "the forged event was taken")
        world.menu(DINGTALK, "dingding_callback.dingding_event_refusal_menu")
        world.check("Wrong AES key" in odoo.column("Cause"), odoo.column("Cause"))
        odoo.shoot("refused callbacks")

    yield "a forged push is refused, and the log says why", forged

    # -- by Stream ---------------------------------------------------------------------

    def stream():
        control("DELETE", "/callbacks/" + stack.simulator.app_key, level="app")
        open_application()
        odoo.form("edit")
        # Later series draw their own box over it.
        odoo.page.locator(".o_form_view [name='stream_mode'] input").first.evaluate(
            "node => node.click()")
        world.settle()
        odoo.form("save")
        runner = house.Runner(stack).start()
        try:
            # It first loads all of Odoo.
            house.wait_until(
                lambda: count("dingding_stream_state WHERE state = 'connected'"),
                SECONDS * 2, "the connection")
            hire("流同事", "13911113333")
            house.wait_until(
                lambda: count("dingding_stream_state WHERE event_count > 0"), SECONDS)
            open_application()
            odoo.shoot("application with a stream")
            dismiss()
        finally:
            runner.stop()

    yield "the same by Stream mode", stream

    # -- Chinese -----------------------------------------------------------------------

    def in_chinese():
        with world.chinese():
            open_application()
            odoo.press("Verify")
            odoo.shoot("application")
            for menu in ("event", "event_refusal"):
                world.menu(
                    DINGTALK, "dingding_callback.dingding_%s_menu" % menu)
                odoo.shoot("list of %ss" % menu)
                odoo.rows().first.click()
                world.settle()
                odoo.shoot("form of an " + menu)

    yield "the same in Chinese", in_chinese
