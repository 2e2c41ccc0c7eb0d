"""Attendance: punches on phones, readings, and attendances made by hand meanwhile."""

import datetime

import requests

from ..registry import between, operation, set_up, something
from ..world import Skip

#: Places of those who have an employee and punch; the first half as they like.
WORKERS = range(10, 22)
READ = "dingding.attendance.read"
CHECK_INS = "/attendance/checkins"


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
        "attendance_read": "events", "attendance_threshold_percent": 0,
        "checkin_read": "events"})


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


def read_check_ins(world):
    """Read the field check-ins of the last days; return the sync's id."""
    return world.rpc("dingding.corp", "action_read_checkins", [world.corp])["res_id"]


@operation(weight=2, who=something)
def somebody_checks_in(world, step, who):
    """An employee checks in on the road."""
    world.dingtalk("POST", CHECK_INS, {"userid": a_worker(world, who)[0]})


@operation(weight=1, which=something)
def somebody_deletes_a_check_in(world, step, which):
    """An employee deletes a check-in, of which no event tells."""
    made = world.dingtalk("GET", CHECK_INS)
    if not made:
        raise Skip("nobody has checked in")
    gone = made[which % len(made)]
    try:
        world.dingtalk("POST", CHECK_INS + "/delete", {
            "userid": gone["userid"], "time": gone["checkin_time"]})
    except requests.HTTPError as error:
        # Somebody else was faster.
        raise Skip(error.response.text)


@operation(weight=1)
def a_manager_reads_check_ins(world, step):
    """A manager reads field check-ins, perhaps while another one does."""
    read_check_ins(world)


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
