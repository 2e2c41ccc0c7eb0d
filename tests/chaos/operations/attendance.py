"""Attendance: punches on phones, readings, and attendances made by hand meanwhile."""

import datetime

from ..registry import between, operation, set_up, something

#: Places of those who have an employee and punch; the first half as they like.
WORKERS = range(10, 22)
READ = "dingding.attendance.read"


@set_up
def workers(world):
    """Make employees who punch: free shifts, and one from morning to night."""
    stack, world.workers = world.stack, []
    for place in WORKERS:
        userid, number = world.people[place]
        employee = stack.rpc("hr.employee", "create", {"name": "Worker %d" % place})
        stack.rpc("dingding.user", "write", [number], {"employee_id": employee})
        world.workers.append((userid, employee))
    userids = [userid for userid, _employee in world.workers]
    half = len(userids) // 2
    shift = world.dingtalk("POST", "/attendance/shifts", {
        "name": "Day", "sections": [[0, 1439]]})
    world.dingtalk("POST", "/attendance/groups", {
        "name": "Free", "type": "NONE", "members": userids[:half]})
    world.dingtalk("POST", "/attendance/groups", {
        "name": "Day", "week": [shift["id"]] * 7, "members": userids[half:]})
    stack.rpc("dingding.corp", "write", [world.corp], {
        "attendance_read": "events", "attendance_threshold_percent": 0})


def a_worker(world, place):
    """Return (userid, employee's id) of somebody who punches."""
    return world.workers[place % len(world.workers)]


def beijing_today():
    """Return today's date in Beijing, by this machine's clock."""
    return (datetime.datetime.utcnow() + datetime.timedelta(hours=8)).date()


def read(world, days, as_="admin"):
    """Read the last days up to today; return the sync's id."""
    today = beijing_today()
    form = world.rpc(READ, "create", {
        "corp_id": world.corp, "date_to": str(today), "mode": "apply",
        "date_from": str(today - datetime.timedelta(days=days))}, as_=as_)
    form = form[0] if isinstance(form, list) else form
    return world.rpc(READ, "action_read", [form], as_=as_)["res_id"]


@operation(weight=4, who=something)
def somebody_punches(world, step, who):
    """An employee punches on the phone."""
    world.dingtalk("POST", "/attendance/punches", {"userid": a_worker(world, who)[0]})


@operation(weight=1, days=between(0, 2))
def an_officer_reads_attendance(world, step, days):
    """An officer reads the attendance of some days; managers may only preview."""
    read(world, days)


@operation(weight=1, who=something, minutes=between(2, 60))
def an_officer_enters_an_attendance(world, step, who, minutes):
    """An officer enters a minute of attendance, perhaps over what DingTalk reports."""
    begin = datetime.datetime.utcnow() - datetime.timedelta(minutes=minutes)
    end = begin + datetime.timedelta(minutes=1)
    world.rpc("hr.attendance", "create", {
        "employee_id": a_worker(world, who)[1],
        "check_in": begin.strftime("%Y-%m-%d %H:%M:%S"),
        "check_out": end.strftime("%Y-%m-%d %H:%M:%S")})
