"""Attendance: a preview that is applied, a timeline, an exception resolved."""

import datetime
import time

import house
from smoke._odoo import DINGTALK, Odoo

SECONDS = 60
PEOPLE = 6
BEIJING = datetime.timezone(datetime.timedelta(hours=8))


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    corp = odoo.connected()
    today = datetime.datetime.now(BEIJING).date()
    first, last = today - datetime.timedelta(days=7), today - datetime.timedelta(days=1)
    control("POST", "/attendance/month", {
        "first": str(first), "last": str(last), "people": PEOPLE, "seed": 3})
    # Somebody who never punches, to have exceptions on any day.
    absent = sorted(each["userid"] for each in control.users())[PEOPLE]
    shift = next(iter(control("GET", "/attendance")["shifts"].values()))
    control("POST", "/attendance/groups", {
        "name": "总部", "week": [shift["id"]] * 7, "members": [absent]})
    kept = control("GET", "/attendance")
    userids = [
        userid for group in kept["groups"].values() for userid in group["members"]]
    for person in stack.rpc(
        "dingding.user", "search_read", [("userid", "in", userids)],
        ["name", "employee_id"],
    ):
        if not person["employee_id"]:
            employee = stack.rpc("hr.employee", "create", {"name": person["name"]})
            stack.rpc("dingding.user", "write", [person["id"]],
                      {"employee_id": employee})

    def rows(model, domain=()):
        return stack.rpc(model, "search_count", list(domain))

    def shows_the_cost():
        odoo.organisation("Attendance")
        world.check("calls a month" in odoo.value("attendance_price"), "no price")
        odoo.shoot("the page of the organisation")

    def previews():
        odoo.press("Read attendance")
        odoo.shoot("dialog")
        odoo.press("Read Attendance")
        house.wait_until(
            lambda: rows("dingding.attendance.sync", [("state", "=", "confirm")]),
            SECONDS, "a preview")
        world.check(not rows("hr.attendance"), "written before it was applied")
        odoo.press("Refresh")
        odoo.press("Changes")
        world.check(odoo.total() > 0, "no changes in the list")
        odoo.shoot("changes")

    def applies():
        world.menu(DINGTALK, "dingding_attendance.dingding_attendance_sync_menu")
        odoo.rows().first.click()
        world.settle()
        odoo.press("Apply")
        odoo.confirm()
        house.wait_until(
            lambda: rows("dingding.attendance.sync", [("state", "=", "done")]),
            SECONDS, "a sync that is done")
        world.check(rows("hr.attendance") > 0, "no attendance")
        odoo.press("Refresh")
        odoo.shoot("sync")

    def days():
        world.menu(DINGTALK, "dingding_attendance.dingding_attendance_day_menu")
        world.check(odoo.total() > 0, "no days")
        odoo.shoot("days")
        odoo.rows().first.click()
        world.settle()
        world.check(
            odoo.page.locator("[name=timeline_html] table").count() > 0, "no timeline")
        odoo.shoot("day")

    def resolves():
        world.menu(DINGTALK, "dingding_attendance.dingding_attendance_problem_menu")
        odoo.shoot("exceptions")
        accepted = [("state", "=", "accepted")]
        before = rows("dingding.attendance.problem", accepted)
        odoo.rows().first.click()
        world.settle()
        odoo.press("Accept")
        deadline = time.monotonic() + SECONDS
        while rows("dingding.attendance.problem", accepted) == before:
            world.check(time.monotonic() < deadline, "it was not accepted")
            time.sleep(0.2)
        world.check_no_problem()

    def reads_field_check_ins():
        person = stack.rpc(
            "dingding.user", "search_read",
            [("userid", "in", userids), ("employee_id", "!=", False)],
            ["userid", "employee_id"])[0]
        control("POST", "/attendance/checkins", {
            "userid": person["userid"], "place": "未来park", "remark": "看样品",
            "visit_user": "绿城",
            "image_list": [stack.simulator.url + "/avatars/visit.png"]})
        stack.rpc("dingding.corp", "write", [corp], {
            "checkin_read": "nightly", "checkin_partners": True,
            "checkin_photos": True})
        odoo.organisation("Field Check-ins")
        world.check("calls a month" in odoo.value("checkin_price"), "no price")
        odoo.shoot("field check-ins of the organisation")
        odoo.press("Read last 7 days")
        house.wait_until(
            lambda: rows("dingding.checkin", [("photos_pending", "=", False)]),
            SECONDS, "a field check-in")
        partner = stack.rpc("res.partner", "create", {"name": "绿城集团"})
        stack.rpc(
            "dingding.checkin", "write", stack.rpc("dingding.checkin", "search", []),
            {"partner_id": partner})
        world.menu(DINGTALK, "dingding_attendance.dingding_checkin_menu")
        odoo.rows().first.click()
        world.settle()
        world.check(
            odoo.page.locator("[name=photos_html] img").count() == 1, "no photo")
        world.check_no_problem()
        odoo.shoot("field check-in")

    def hides_a_deleted_one():
        first = control("GET", "/attendance/checkins")[0]
        control("POST", "/attendance/checkins", {
            "userid": first["userid"], "place": "仓库"})
        control("POST", "/attendance/checkins/delete", {
            "userid": first["userid"], "time": first["checkin_time"]})
        odoo.organisation("Field Check-ins")
        odoo.press("Read last 7 days")
        house.wait_until(
            lambda: rows("dingding.checkin.sync", [
                ("state", "=", "done"), ("checkins_deleted", "=", 1)]),
            SECONDS, "the deletion")
        odoo.press("Refresh")
        world.check(odoo.value("checkins_deleted") == "1", "not counted")
        odoo.shoot("sync of field check-ins")
        world.menu(DINGTALK, "dingding_attendance.dingding_checkin_menu")
        world.check(odoo.rows().count() == 1, "not hidden")
        world.check_no_problem()

    def in_chinese():
        with world.chinese():
            for menu in ("attendance_day", "attendance_problem", "attendance_group",
                         "checkin"):
                world.menu(
                    DINGTALK, "dingding_attendance.dingding_%s_menu" % menu)
                odoo.rows().first.click()
                world.settle()
                odoo.shoot(menu)
            odoo.organisation("Attendance")
            odoo.shoot("page of the organisation")

    world.check(corp, "no organisation")
    yield "a manager sees what attendance costs", shows_the_cost
    yield "a manager previews a week", previews
    yield "an officer applies it", applies
    yield "a day has a timeline", days
    yield "an officer accepts an exception", resolves
    yield "a manager reads field check-ins", reads_field_check_ins
    yield "a check-in deleted in DingTalk is hidden", hides_a_deleted_one
    yield "the same in Chinese", in_chinese
