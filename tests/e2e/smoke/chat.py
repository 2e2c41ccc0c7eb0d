"""A person talks to the robot, alone and in a group; Odoo creates a group."""

import house
from smoke._odoo import DINGTALK, Odoo

SECONDS = 60  # until an answer is on the phone; usually one or two


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    corp = odoo.connected()
    person = odoo.colleagues()[0]
    userid = person["userid"]
    state = {}

    def phone(**query):
        state["phone"] = odoo.phone(userid)
        state["phone"].open(userid, tab="work", tile="chat", **query)
        return state["phone"].page

    def say(text):
        page = state["phone"].page
        page.fill("[data-testid=chat-text]", text)
        page.click("[data-testid=chat-send]")

    def answer(text):
        page = state["phone"].page
        page.locator("[data-testid=chat-answer]", has_text=text).last.wait_for(
            timeout=SECONDS * 1000)

    def listen():
        odoo.organisation("Chat")
        odoo.form("edit")
        odoo.page.locator(".o_form_view [name='chat'] input").first.evaluate(
            "node => node.click()")
        odoo.page.locator(".o_form_view [name='chat_replies'] input").first.evaluate(
            "node => node.click()")
        world.settle()
        odoo.form("save")
        odoo.shoot("the organisation opens the chat")
        app = stack.rpc("dingding.corp", "read", [corp], ["app_id"])[0]["app_id"][0]
        stack.rpc("dingding.app", "write", [app], {"stream_mode": True})
        state["runner"] = house.Runner(stack).start()
        house.wait_until(
            lambda: int(stack.query("SELECT count(*) FROM dingding_stream_state"
                                    " WHERE state = 'connected'")),
            SECONDS * 2, "the connection")

    def stranger():
        phone()
        say("help")
        answer("not linked")

    def helped():
        odoo.employee(person)
        stack.rpc("res.partner", "create", {"name": "Azure Interior"})
        phone()
        say("help")
        answer("mine")
        say("find Azure")
        answer("Azure Interior")
        odoo.shoot("the robot has found a contact", state["phone"].page)
        say("审批")
        answer("no open approvals")
        say("gibberish")
        answer("do not know")

    def in_a_group():
        groups = [each for each in control("GET", "/groups")
                  if userid in each["members"]]
        world.check(groups, "the person is in no group")
        group = groups[0]
        phone(group=group["open_conversation_id"])
        say("find Azure")
        answer("personally")
        said = state["phone"].page.locator("[data-testid=chat-list]").inner_text()
        world.check("Azure Interior" not in said, "the group sees what it may not")
        odoo.shoot("the group is told nothing", state["phone"].page)
        world.menu(DINGTALK, "dingding.dingding_menu_messages",
                   "dingding_robot.dingding_group_menu")
        world.check(group["title"] in odoo.column("Name"), odoo.column("Name"))

    def make_a_group():
        row = stack.rpc("dingding.user", "search", [("userid", "=", userid)])[0]
        made = stack.rpc("dingding.group", "create", {
            "name": "Project Smoke", "corp_id": corp, "owner_id": row,
            "member_ids": [(6, 0, [row])]})
        made = made[0] if isinstance(made, list) else made
        house.wait_until(
            lambda: stack.query(
                "SELECT state FROM dingding_group WHERE id = %d" % made) == "done",
            SECONDS, "the group")
        stack.rpc("dingding.group", "send_text", [made], "Hello group")
        found = [each for each in control("GET", "/groups")
                 if each["title"] == "Project Smoke"]
        phone(group=found[0]["open_conversation_id"])
        answer("Hello group")
        world.menu(DINGTALK, "dingding.dingding_menu_messages",
                   "dingding_robot.dingding_group_menu")
        odoo.open_row("Project Smoke")
        odoo.shoot("a group made by Odoo")
        state["group"] = made

    def write():
        odoo.press("Send message")
        odoo.type(text="Lunch at noon")
        world.check("Calls: 1" in odoo.dialog(), odoo.dialog())
        odoo.shoot("writing to a group")
        odoo.press("Send")
        answer("Lunch at noon")
        world.menu(DINGTALK, "dingding.dingding_menu_messages",
                   "dingding_robot.dingding_group_menu")
        odoo.open_row("Project Smoke")

    def change():
        other = odoo.colleagues()[1]
        key = stack.rpc("dingding.group", "read", [state["group"]],
                        ["conversation_id"])[0]["conversation_id"]
        control("POST", "/groups/%s/change" % key, {"add": [other["userid"]]})
        odoo.press("Refresh")
        house.wait_until(
            lambda: stack.query(
                "SELECT added_count FROM dingding_group"
                " WHERE state = 'done' AND id = %d"
                % state["group"]) == "1", SECONDS, "the reading")
        odoo.page.reload()
        world.settle()
        said = odoo.page.inner_text(".o_form_view")
        world.check("People were added" in said and other["name"] in said, said)
        odoo.shoot("a group to which somebody was added")

    def dissolve():
        state["phone"].page.click("[data-testid=chat-dismiss]")
        query = "SELECT %s FROM dingding_group WHERE id = " + str(state["group"])
        house.wait_until(
            lambda: stack.query(query % "dissolved_at IS NOT NULL AND NOT active")
            == "t", SECONDS, "the event")
        # It is gone from the list of active ones, and still on the screen.
        odoo.page.reload()
        world.settle()
        world.check("dissolved" in odoo.page.inner_text(".o_form_view"),
                    "the form does not say why the group is archived")
        odoo.shoot("a dissolved group")
        odoo.press("Create again")
        world.settle()
        house.wait_until(
            lambda: stack.query(query % "state = 'done' AND dissolved_at IS NULL"
                                " AND conversation_id IS NOT NULL") == "t",
            SECONDS, "the new group")

    def discuss():
        partner = stack.rpc("res.partner", "search", [("name", "=", "Azure Interior")])
        user = stack.rpc("res.users", "search", [("login", "=", "wang")])
        # Answering needs the right to write the contact.
        known = stack.rpc("res.users", "fields_get", ["groups_id", "group_ids"])
        group = int(stack.query(
            "SELECT res_id FROM ir_model_data WHERE module = 'base'"
            " AND name = 'group_partner_manager'"))
        stack.rpc("res.users", "write", user, {sorted(known)[-1]: [(4, group)]})
        named = stack.rpc("res.users", "read", user, ["partner_id"])[0]["partner_id"]
        subtype = int(stack.query(
            "SELECT res_id FROM ir_model_data WHERE module = 'mail'"
            " AND name = 'mt_comment'"))
        stack.rpc("res.partner", "message_post", partner, body="Is this right?",
                  message_type="comment", subtype_id=subtype, partner_ids=[named[0]])
        phone()
        answer("Is this right?")
        number = int(stack.query("SELECT max(id) FROM dingding_chat_topic"))
        say("#%d Yes it is" % number)
        answer("Posted")
        world.check(
            int(stack.query("SELECT count(*) FROM mail_message WHERE model ="
                            " 'res.partner' AND body LIKE '%Yes it is%'")) == 1,
            "the answer is not in the discussion")

    def inbox():
        world.menu(DINGTALK, "dingding.dingding_menu_monitoring",
                   "dingding_robot.dingding_chat_message_menu")
        world.check("Answered" in odoo.column("Outcome"), odoo.column("Outcome"))
        odoo.shoot("chat messages")
        world.menu(DINGTALK, "dingding.dingding_menu_configuration",
                   "dingding_robot.dingding_chat_command_menu")
        world.check("Contacts" in odoo.column("Name"), odoo.column("Name"))

    def in_chinese():
        with world.chinese():
            for menu, name in (("dingding_group_menu", "group"),
                               ("dingding_chat_message_menu", "chat message"),
                               ("dingding_chat_command_menu", "command"),
                               ("dingding_group_rule_menu", "rules")):
                world.menu(DINGTALK, "dingding_robot." + menu)
                if odoo.rows().count():
                    odoo.open_row()
                odoo.shoot(name)
            odoo.organisation("Chat")
            odoo.shoot("page of the organisation")

    yield "the chat is opened, and the runner listens", listen
    try:
        yield from talks(
            stranger, helped, in_a_group, make_a_group, write, change, dissolve,
            discuss)
    finally:
        # Also after a failed step: the runner would outlive the stack.
        if "runner" in state:
            state["runner"].stop()
    yield "the inbox shows what was said", inbox
    yield "the same in Chinese", in_chinese


def talks(stranger, helped, in_a_group, make_a_group, write, change, dissolve,
          discuss):
    """Yield the steps during which the runner listens."""
    yield "a person without a user is told how to link the account", stranger
    yield "a linked person gets help and finds a contact", helped
    yield "in a group the answer goes to the person", in_a_group
    yield "Odoo makes a group and posts there", make_a_group
    yield "a manager writes to the group", write
    yield "somebody is added to it in DingTalk, and a manager reads it", change
    yield "its owner dissolves it, and a manager creates it again", dissolve
    yield "a discussion goes to the chat, and its answer comes back", discuss
