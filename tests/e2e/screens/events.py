"""Pictures of the setup and lists of events."""

from smoke._odoo import DINGTALK, Odoo

import house

ADDRESS = "https://odoo.example.com"


def screens(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    odoo.connected()
    stack.rpc("ir.config_parameter", "set_param", "web.base.url", ADDRESS)
    # Otherwise Odoo stores the address at which an administrator signs in.
    stack.rpc("ir.config_parameter", "set_param", "web.base.url.freeze", "True")
    people = control.plain("leader_in")
    state = {}

    def count(what):
        return int(stack.query("SELECT count(*) FROM dingding_" + what))

    def wait(what, number=1):
        house.wait_until(lambda: count(what) >= number, 40, what)

    def application():
        world.menu(DINGTALK, "dingding.dingding_menu_configuration",
                   "dingding.dingding_app_menu")
        odoo.rows().first.click()
        world.settle()

    def keys():
        application()
        odoo.press("Receive events")
        odoo.press("Generate token and key")
        state.update({name: odoo.value(name) for name in ("url", "token", "aes_key")})

    def reached():
        # Instead of DingTalk's own button, to show another address than this machine's.
        control("POST", "/callbacks", {
            "app_key": stack.simulator.app_key, "check": True, "tags": [],
            "url": state["url"].replace(ADDRESS, stack.odoo_url),
            "token": state["token"], "aes_key": state["aes_key"]})
        odoo.press("Verify callback URL")

    def settings_list(menu):
        world.menu(
            DINGTALK, "dingding_callback.dingding_%s_menu" % menu)

    def inbox():
        odoo.press("Close")
        new = control("POST", "/users", {"name": "新同事", "mobile": "13911112222"})
        control("PATCH", "/users/" + people[0]["userid"], {"title": "高级顾问"})
        control("PATCH", "/users/" + people[1]["userid"], {"job_number": "A-007"})
        wait("event WHERE state = 'done'", 3)
        control("DELETE", "/users/" + new["userid"])
        control("POST", "/events", {
            "event_type": "todo_task_create", "data": {"userId": ["someone"]}})
        wait("event WHERE state = 'done'", 4)
        wait("event WHERE state = 'ignored'")
        settings_list("event")

    def failed():
        control("PATCH", "/settings", {"ip_whitelist": ["203.0.113.9"]})
        control("PATCH", "/users/" + people[2]["userid"], {"title": "厨师"})
        wait("event WHERE state = 'failed'")
        control("PATCH", "/settings", {"ip_whitelist": []})
        settings_list("event")
        odoo.rows().first.click()
        world.settle()

    def refusals():
        for forge in ("wrong_aes_key", "wrong_owner", "stale_timestamp"):
            control("POST", "/events", {
                "event_type": "user_leave_org", "data": {"userId": ["x"]}, forge: True})
        wait("event_refusal", 3)
        settings_list("event_refusal")

    def stream():
        app = stack.rpc("dingding.app", "search", [])[0]
        stack.rpc("dingding.app", "write", [app], {"stream_mode": True})
        runner = house.Runner(stack).start()
        try:
            wait("stream_state WHERE state = 'connected'")
            control("DELETE", "/callbacks/" + stack.simulator.app_key, level="app")
            control("PATCH", "/users/" + people[3]["userid"], {"title": "会计"})
            wait("stream_state WHERE event_count > 0")
            application()
            odoo.page.locator(
                "[name=stream_state_ids]").first.scroll_into_view_if_needed()
        finally:
            runner.stop()
            stack.rpc("dingding.app", "write", [app], {"stream_mode": False})

    yield "events-keys", keys
    yield "events-reached", reached
    yield "events-inbox", inbox
    yield "events-failed", failed
    yield "events-refused", refusals
    yield "events-stream", stream
