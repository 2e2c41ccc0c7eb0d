"""A purchase request is approved in DingTalk: agreed, refused, with a file."""

import base64

import house
from smoke._odoo import Odoo, document

SECONDS = 60
WORKERS = 2  # of the server
MENU = ("dingding_approval_demo.dingding_demo_menu_root",
        "dingding_approval_demo.dingding_demo_purchase_menu")
MODEL = "dingding.demo.purchase"
BAR = ".o_dingding_approval.o_dingding_shown:visible"
PURCHASE = "采购申请"
# As Odoo's forms do after an action, up to 15.
ENABLE = """() => document.querySelectorAll(".o_control_panel .o_form_button_edit")
    .forEach(button => button.disabled = false)"""
# Milliseconds until 15.0 edits a form of which a value or label was clicked: 350.
AFTER_CLICK = 700
# And until the banner of a fresh form has asked again: 5000.
AFTER_LOOK = 5500
LOOK = 200  # milliseconds between two looks for its question
ASKED = "**/dingding.approval/banner"
# What a lost answer is called in 15.0, which handles none itself.
UNHANDLED = "Object"

# As the web client does: over XML-RPC, Odoo 14 cannot say that something is empty.
FORM = """async ([model, method]) => (await (await fetch("/web/dataset/call_kw", {
    method: "POST", headers: {"Content-Type": "application/json"},
    body: JSON.stringify({jsonrpc: "2.0", params: {
        model, method, args: [false, "form"], kwargs: {}}})})).json()).result.arch"""


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    corp = odoo.connected()
    house.subscribe(stack, corp)
    house.get_templates(stack, corp)
    control("PATCH", "/settings", {"approvals_withdraw_seconds": 0})
    state = {}

    def page():
        return world.page

    def bar():
        return page().locator(BAR).first

    def wait_for(status):
        """Wait for a status in the banner, which reloads the form."""
        page().wait_for_selector(
            "%s[data-status=%s]" % (BAR.replace(":visible", ""), status),
            timeout=SECONDS * 1000)
        world.settle()

    def press(button):
        page().locator(BAR + " button[data-button=%s]" % button).first.click()
        world.settle()

    def new_request(subject, price="95"):
        world.menu(*MENU)
        world.button("Create")
        odoo.type(subject=subject, phone="13800138000")
        table = world.field("line_ids")
        table.locator(world.client.add_line).first.click()
        world.settle()
        for name, value in (("name", "Chair"), ("quantity", "10"), ("price", price)):
            cell = table.locator(world.client.cell % name)
            cell.click()
            world.settle()
            cell.fill(value)
        odoo.form("save")

    def submit():
        press("submit")
        world.check("Chair" in odoo.dialog(), "the lines are not in the preview")
        odoo.shoot("preview")
        odoo.press("Submit to DingTalk")
        wait_for("running")

    def everybody(action, subject, **fields):
        """Have all approvers decide on their phones."""
        decided = []
        while True:
            instances = [
                each for each in control("GET", "/approvals/instances")
                if each["status"] == "RUNNING" and subject in str(each)]
            if not instances:
                return decided
            one = control("GET", "/approvals/instances/" + instances[0]["id"])
            waiting = [task for task in one["tasks"] if task["status"] == "RUNNING"]
            userid = waiting[0]["userid"]
            phone = odoo.phone(userid)
            phone.open_approval(subject).act(action, **fields)
            decided.append(userid)
            world.picture("phone %s" % action, phone.page)

    def shown_state():
        return odoo.state()

    def opened_before():
        """Load the form in all workers, which cache it."""
        mappings = stack.rpc("dingding.approval.mapping", "search", [])
        stack.rpc("dingding.approval.mapping", "write", mappings, {"active": False})
        new_request("Lamps")
        for active in (False, True):
            stack.rpc(
                "dingding.approval.mapping", "write", mappings, {"active": active})
            # Often enough to reach each worker.
            forms = [page().evaluate(FORM, [MODEL, world.client.get_form])
                     for _time in range(WORKERS * 4)]
            world.check(
                all(("o_dingding_approvals" in each) == active for each in forms),
                "a worker has the form of before")
            for _time in range(world.client.loads):
                page().reload()
                world.settle()
            if active:
                page().wait_for_selector(BAR)
            else:
                world.check(not bar().is_visible(), "a bar without a mapping")

    def locked_form():
        """Only the fields that stay writable can be edited."""
        mappings = stack.rpc(
            "dingding.approval.mapping", "search", [("model", "=", MODEL)])
        free = stack.rpc(
            "dingding.approval.mapping", "read", mappings, ["unlocked_field_ids"])
        world.check(free[0]["unlocked_field_ids"], "no field stays writable")
        # From 16 on there is no edit button.
        edit = page().locator(".o_control_panel .o_form_button_edit")
        if edit.count():
            edit.click()
        page().wait_for_selector(".o_dingding_fixed")
        world.check(world.input("subject").is_disabled(), "the subject can be changed")
        world.check(world.input("internal_note").is_enabled(), "the note is fixed")
        odoo.shoot("locked form")
        if edit.count():
            odoo.form("cancel")

    def editable(name="subject"):
        edit = page().locator(".o_control_panel .o_form_button_edit")
        if edit.count():
            return edit.is_enabled()
        # From 16 on an editable form has open fields.
        return bool(world.field(name).locator("input").count())

    def run_an_action():
        """Run an action of the menu, after which Odoo reads the record again."""
        opener, entry = world.client.actions
        page().locator(opener).last.click()
        world.settle()
        page().locator(entry, has_text="Check").click()
        world.settle()

    def others_stay_open(other):
        """A locked form that was left does not close the one that is shown."""
        odoo.back()
        odoo.open_row(other)
        for _time in range(2):
            world.check(editable(), "the locked form closes another record")
            page().wait_for_timeout(AFTER_LOOK)
        odoo.back()
        odoo.open_row("Shelves")
        page().wait_for_selector(".o_dingding_locked")
        world.check(not editable(), "the locked form can be edited after another one")
        page().locator("a[name=requester_id]:visible, "
                       "[name=requester_id] a:visible").last.click()
        world.settle()
        for _time in range(2):
            world.check(editable("login"), "the locked form closes another form")
            page().wait_for_timeout(AFTER_LOOK)
        odoo.back()
        page().wait_for_selector(".o_dingding_locked")
        world.check(not editable(), "the locked form can be edited after another form")

    def closed():
        """Neither values nor labels nor lines open a form that is locked."""
        edit = page().locator(".o_control_panel .o_form_button_edit")
        shown = edit.is_visible()
        for place in (world.field("subject"),
                      page().locator("label:visible", has_text="Subject")):
            place.first.click()
            page().wait_for_timeout(AFTER_CLICK)
            world.check(not editable() and edit.is_visible() == shown,
                        "a click opens the locked form")
        offered = page().locator(
            ".o_field_x2many_list_row_add a, .o_list_record_remove button")
        world.check(not any(each.is_visible() for each in offered.all()),
                    "the locked form offers to change its lines")

    def left_while_it_asks():
        """A banner does not ask again when its form is gone and the answer is lost."""
        held = []
        page().route(ASKED, lambda route: held.append(route))
        house.wait_until(lambda: page().wait_for_timeout(LOOK) or held, SECONDS,
                         "the question of the banner")
        page().locator(world.client.back).last.click()
        page().wait_for_selector(".o_form_view", state="detached")
        held[0].abort()
        page().unroute(ASKED)
        page().wait_for_timeout(LOOK)
        page().problems[:] = [each for each in page().problems if each != UNHANDLED]
        page().wait_for_timeout(AFTER_LOOK)
        world.settle()
        world.check_no_problem()
        odoo.open_row("Shelves")
        page().wait_for_selector(".o_dingding_locked")

    def read_only_until_unlocked():
        """Without writable fields, nobody can type before the unlocking."""
        mappings = stack.rpc(
            "dingding.approval.mapping", "search", [("model", "=", MODEL)])
        free = stack.rpc("dingding.approval.mapping", "read", mappings,
                         ["unlocked_field_ids"])[0]["unlocked_field_ids"]
        stack.rpc("dingding.approval.mapping", "write", mappings, {
            "unlocked_field_ids": [(5, 0, 0)]})
        model, = stack.rpc("ir.model", "search", [("model", "=", MODEL)])
        action = stack.rpc("ir.actions.server", "create", {
            "name": "Check", "model_id": model, "binding_model_id": model,
            "state": "code", "code": "pass"})
        try:
            new_request("Shelves")
            world.check(editable(), "a new request is read-only")
            number = int(stack.query("SELECT max(id) FROM dingding_demo_purchase"))
            submit()
            page().wait_for_selector(".o_dingding_locked")
            world.settle()
            world.check(not editable(), "the locked form can be edited")
            odoo.shoot("read-only form")
            page().evaluate(ENABLE)
            world.check(not editable(), "Odoo's own code opens the locked form")
            closed()
            others_stay_open("Lamps")
            left_while_it_asks()
            for _time in range(world.client.loads):
                page().reload()
                page().wait_for_selector(".o_dingding_locked")
                world.settle()
            world.check(not editable(), "the form can be edited after a reload")
            run_an_action()
            page().wait_for_timeout(AFTER_CLICK)
            world.check(not editable(), "the form can be edited after an action")
            press("unlock")
            odoo.type(text="Wrong width")
            odoo.press("Confirm")
            house.wait_until(editable, SECONDS, "the unlocked form")
            world.settle()
            world.check(not page().locator(".o_dingding_locked").count(), "a reason")
            odoo.form("edit")
            odoo.type(subject="Wider shelves")
            odoo.form("save")
            odoo.shoot("unlocked form")
            found = stack.rpc(MODEL, "read", [number], ["subject"])[0]["subject"]
            world.check(found == "Wider shelves", found)
        finally:
            stack.rpc("ir.actions.server", "unlink", [action])
            stack.rpc("dingding.approval.mapping", "write", mappings, {
                "unlocked_field_ids": [(6, 0, free)]})

    def submit_it():
        new_request("Chairs for the new office")
        world.check(bar().is_visible(), "there is no bar")
        odoo.shoot("request before it is submitted")
        submit()
        house.wait_until(lambda: stack.query(
            "SELECT count(*) FROM dingding_approval_task WHERE status = 'running'"
        ) != "0", SECONDS, "the task")
        # The banner updates itself.
        page().wait_for_selector(
            BAR + " button[data-button=remind]", timeout=SECONDS * 1000)
        world.check("waiting for" in bar().inner_text(), bar().inner_text())
        reason = bar().locator(".o_dingding_locked")
        world.check("Withdraw it first" in reason.inner_text(), "no reason")
        odoo.shoot("request in approval")
        locked_form()

    def locked_for_employees():
        user = odoo.employee(control.users()[2])
        number = int(stack.query("SELECT max(id) FROM dingding_demo_purchase"))
        state["user"], state["number"] = user, number
        try:
            stack.rpc_as("wang", "wang", MODEL, "write", [number],
                         {"subject": "Something dearer"})
        except Exception as error:
            world.check("in approval" in str(error), str(error))
        else:
            raise AssertionError("the record was changed")

    def agree():
        everybody("agree", "Chairs for the new office", remark="Fine")
        wait_for("agreed")
        world.check(shown_state() == "Approved", shown_state())
        odoo.shoot("agreed")
        stack.rpc_as("wang", "wang", MODEL, "write",
                     [state["number"]], {"phone": "13800138001"})

    def timeline():
        press("timeline")
        world.check("Fine" in world.text(), "the remark is not in the timeline")
        odoo.shoot("timeline")

    def refuse_and_resubmit():
        new_request("Golden chairs", "9500")
        submit()
        everybody("refuse", "Golden chairs", remark="Too dear")
        wait_for("refused")
        world.check(shown_state() == "Refused", shown_state())
        world.check("Too dear" in world.text(), "the reason is not in the chatter")
        odoo.shoot("refused")
        submit()
        odoo.shoot("submitted again")
        everybody("agree", "Golden chairs")
        wait_for("agreed")
        world.check(page().locator(".o_dingding_approval_count").inner_text() == "2",
                    "the smart button does not count two")

    def with_a_file():
        new_request("Desks as offered")
        number = int(stack.query("SELECT max(id) FROM dingding_demo_purchase"))
        stack.rpc("ir.attachment", "create", {
            "name": "offer.pdf", "res_model": MODEL,
            "res_id": number,
            "datas": base64.b64encode(document()).decode()})
        submit()
        found = [each for each in control("GET", "/approvals/instances")
                 if "Desks as offered" in str(each)]
        world.check("offer.pdf" in str(found[0]), "the file is not in the form")
        everybody("agree", "Desks as offered")
        wait_for("agreed")

    def typed_only():
        """The values on the form are submitted, even before they were saved."""
        new_request("A table")
        odoo.form("edit")
        odoo.type(subject="A larger table")
        press("submit")
        world.check("A larger table" in odoo.dialog(), "the preview shows another one")
        odoo.shoot("preview of what was typed")
        odoo.press("Close")
        house.wait_until(
            lambda: world.input("subject").input_value() == "A larger table", SECONDS,
            "what was typed")
        odoo.form("save")
        found = stack.rpc(MODEL, "search_count", [("subject", "=", "A larger table")])
        world.check(found == 1, "what was typed is not saved")

    def withdraw():
        new_request("Never mind")
        submit()
        press("withdraw")
        odoo.type(text="No longer needed")
        odoo.shoot("withdrawal")
        odoo.press("Confirm")
        # DingTalk withdraws nothing younger than fifteen seconds.
        wait_for("terminated")
        odoo.shoot("withdrawn")

    def dialog():
        return page().locator(world.client.dialog).last

    def listed():
        """Return the fields of the dialog, each with whether it is ticked."""
        rows = dialog().locator("tbody tr.o_data_row")
        return {row.locator("td").nth(1).inner_text().strip():
                row.locator("input[type=checkbox]").first.is_checked()
                for row in rows.all()}

    def ready_setup():
        """Choose a setup, add a field by its label, create and save it."""
        # A dialog does not change the address.
        asked = "dingding_approval.dingding_approval_design_menu"
        world.menu("dingding.dingding_menu_root")
        path, _action = world._menu_path(asked)
        world.client.click_menu(world, page(), path, (asked,))
        world.settle()
        label = stack.rpc("ir.model", "search_read", [("model", "=", MODEL)],
                          ["name"])[0]["name"]
        world.client.choose(page(), world.field("setup"), label)
        world.settle()
        ticked = [name for name, take in listed().items() if take]
        world.check(len(ticked) == 9, "ticked: %s" % ticked)
        odoo.shoot("ready setup")
        odoo.type(query="department")
        found = listed()
        world.check(len(found) < 12 and "Department" in found, "found: %s" % found)
        odoo.shoot("search among the fields")
        page().locator(
            world.client.dialog + " tr.o_data_row", has_text="Department"
        ).first.locator("td").first.click()
        world.settle()
        box = page().locator(
            world.client.dialog + " tr.o_data_row", has_text="Department"
        ).first.locator("input[type=checkbox]").first
        # In some series the click on the row has ticked it.
        if not box.is_checked():
            box.press("Space")
        page().locator(world.client.title).last.click()
        world.settle()
        odoo.press("Create template and mapping")
        odoo.shoot("mapping of a setup")
        made = stack.rpc("dingding.approval.mapping", "search",
                         [("template_id.process_code", "=", False)])
        world.check(len(made) == 1, "mappings: %s" % made)
        state["made"] = made[0]
        odoo.press("Save template in DingTalk")
        found = stack.rpc("dingding.approval.mapping", "read", made,
                          ["state", "broken_note", "line_ids"])[0]
        world.check(found["state"] == "ok", found["broken_note"])
        world.check(len(found["line_ids"]) == 8, found)

    def field_selector():
        """Fill a line by choosing labels."""
        world.action("dingding_approval.dingding_approval_mapping_action",
                     state["made"])
        odoo.form("edit")
        world.field("line_ids").locator("td", has_text="Department").first.click()
        world.settle()
        field = dialog().locator("[name=field_path]")
        world.check("Department" in field.inner_text(), field.inner_text())
        odoo.shoot("line with labels")
        popover = ".o_field_selector_popover:visible, .o_popover_field_selector:visible"
        field.locator(".o_field_selector_value, .o_model_field_selector_value"
                      ).first.click()
        page().locator(popover).first.wait_for()
        back = page().locator(".o_field_selector_popover:visible "
                              ".o_field_selector_prev_page")
        if back.count():
            back.first.click()
        odoo.shoot("field selector")
        page().locator(
            ".o_field_selector_popover:visible li, "
            ".o_popover_field_selector:visible "
            ".o_model_field_selector_popover_item_name"
        ).filter(has_text="Subject").first.click()
        world.settle()
        world.check("Subject" in field.inner_text(), field.inner_text())
        page().locator(world.client.title).last.click()
        world.settle()
        text = dialog().locator("[name=field_text]").inner_text()
        world.check("Subject (subject)" in text, text)
        odoo.close_dialog()

    def proposed_by_label():
        """Accept a proposal, which names its field as the form does."""
        line = "dingding.approval.mapping.line"
        domain = [("mapping_id", "=", state["made"]), ("field_path", "=", "subject")]
        stack.rpc(line, "unlink", stack.rpc(line, "search", domain))
        world.action("dingding_approval.dingding_approval_mapping_action",
                     state["made"])
        odoo.press("Propose fields")
        # The component's title is Chinese.
        text = odoo.dialog()
        world.check("Subject" in text and "subject" not in text, text)
        odoo.shoot("proposed fields")
        odoo.press("Add selected")
        world.check(
            len(stack.rpc(line, "search", domain)) == 1, "the proposal was not taken")

    def outcome_choices():
        """Choose the value of an outcome among those of the field."""
        world.action("dingding_approval.dingding_approval_mapping_action",
                     state["made"])
        odoo.form("edit")
        odoo.tabs().nth(2).click()
        world.field("outcome_ids").locator(world.client.add_line).first.click()
        world.settle()
        odoo.choose_record("field_id", "State")
        value = world.field("value").locator("select")
        value.select_option(label="Approved")
        world.settle()
        odoo.shoot("choices of an outcome")
        page().locator(world.client.confirm).first.click()
        world.settle()
        odoo.form("save")
        rows = stack.rpc("dingding.approval.outcome", "search_read",
                         [("mapping_id", "=", state["made"])], ["name", "value"])
        world.check([row["value"] for row in rows] == ["approved"], rows)
        world.check("Approved" in rows[0]["name"], rows)

    def preview_by_name():
        """Preview another record by its name, without submitting."""
        before = len(control("GET", "/approvals/instances"))
        made = [stack.rpc(MODEL, "create", {"subject": each, "phone": "13800138000"})
                for each in ("Lamps for the lobby", "Coffee machine")]
        lamps, coffee = [
            stack.rpc(MODEL, "read", [each], ["name"])[0]["name"] for each in made]
        world.action("dingding_approval.dingding_approval_mapping_action",
                     state["made"])
        odoo.press("Preview")
        world.check("Coffee machine" in odoo.dialog(), odoo.dialog())
        world.field("choice").locator("select").select_option(label=lamps)
        world.settle()
        preview = dialog().locator(".o_dingding_preview")
        world.check("Lamps for the lobby" in preview.inner_text(), odoo.dialog())
        odoo.shoot("preview of a chosen record")
        odoo.type(query=coffee)
        world.check("Coffee machine" in preview.inner_text(), odoo.dialog())
        odoo.shoot("preview of a record by name")
        odoo.close_dialog()
        world.check(len(control("GET", "/approvals/instances")) == before,
                    "the preview has submitted something")
        # Restore: the latest request is a submitted one.
        stack.rpc(MODEL, "unlink", made)
        stack.rpc("dingding.approval.mapping", "unlink", [state["made"]])

    def without_outcome():
        """End an approval whose outcome Odoo refuses each time."""
        new_request("Lamps beyond the budget")
        submit()
        number = int(stack.query("SELECT max(id) FROM dingding_approval"))
        # As all attempts leave it.
        stack.query(
            "UPDATE dingding_approval SET dingtalk_status = 'COMPLETED',"
            " dingtalk_result = 'agree', state = 'failed', last_error = '预算已经用完'"
            " WHERE id = %d" % number)
        world.action("dingding_approval.dingding_approval_action", number)
        world.check("预算已经用完" in page().locator(".o_form_view").inner_text(),
                    "the form does not say why")
        waiting = odoo.said("Waiting for")
        form = page().locator(".o_form_view").inner_text()
        world.check(waiting not in form, "it waits for nobody:\n" + form)
        odoo.shoot("outcome that failed")
        with world.chinese():
            world.action("dingding_approval.dingding_approval_action", number)
            odoo.shoot("outcome that failed")
        world.action("dingding_approval.dingding_approval_action", number)
        odoo.press("End without outcome")
        odoo.shoot("asked whether to end without outcome")
        odoo.confirm()
        world.settle()
        row, = stack.rpc("dingding.approval", "read", [number], ["status", "state"])
        world.check((row["status"], row["state"]) == ("agreed", "done"), "%s" % row)
        world.check(not page().locator(
            "button[name=action_skip_outcome]:visible").count(), "it is still there")
        odoo.shoot("ended without outcome")

    def in_chinese():
        with world.chinese():
            world.menu(*MENU)
            odoo.rows().first.click()
            world.settle()
            world.check(bar().is_visible(), "there is no bar")
            odoo.world.picture("request")
            press("timeline")
            odoo.shoot("timeline")
            world.menu("dingding.dingding_menu_root",
                       "dingding_approval.dingding_approval_menu_list")
            odoo.shoot("list")

    yield "a form that was open before its mapping shows the bar", opened_before
    yield "a purchase request is submitted, and who has it is shown", submit_it
    yield "nobody changes it meanwhile", locked_for_employees
    yield "it is agreed to on the phone; state and record follow", agree
    yield "the timeline says who did what", timeline
    yield "a locked form is read-only until it is unlocked", read_only_until_unlocked
    yield "another one is refused, and submitted again", refuse_and_resubmit
    yield "a third one takes its file along", with_a_file
    yield "what is typed is submitted, saved or not", typed_only
    yield "a fourth one is withdrawn", withdraw
    yield "a ready setup makes template and mapping, with a field found by its label", \
        ready_setup
    yield "a field is chosen by its label", field_selector
    yield "a field is proposed by its label", proposed_by_label
    yield "an outcome offers the field's own choices", outcome_choices
    yield "a record chosen by its name is previewed, not submitted", preview_by_name
    yield "the same in Chinese", in_chinese
    # Its message on the record stays in English.
    yield "an approval whose outcome fails is ended without it", without_outcome
