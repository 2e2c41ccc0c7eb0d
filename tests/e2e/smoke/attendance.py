"""Attendance: what a manager does with it."""

from smoke._odoo import DINGTALK, Odoo

AREA = "attendance"

MENU = "dingding_attendance.dingding_attendance_menu"


def steps(world):
    odoo = Odoo(world)

    def creates():
        odoo.connected()
        world.menu(DINGTALK, MENU)
        odoo.form("create")
        odoo.type(name="First")
        odoo.form("save")
        world.check_no_problem()

    yield "a manager creates a record", creates

    def checks():
        odoo.press("Check")
        world.check_no_problem()
        people = str(len(odoo.control.users()))
        world.check(odoo.value("people") == people, "not %s people" % people)
        world.picture("checked")

    yield "a manager checks it in DingTalk", checks
