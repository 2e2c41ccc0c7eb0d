"""The state of leave and attendance on both sides."""

import calendar
import datetime
import time

from .operations import attendance as punching
from .settling import READING

#: Punches of the last seconds may not have been reported yet.
LATE_SECONDS = 5


def leave(world):
    """Return the part of the books about leave."""
    return {
        "leave_requests": [
            {"id": each["id"], "result": each["result"], "action": each["biz_action"],
             "main": each["main_id"], "future": each["created_at"] > time.time()}
            for each in world.dingtalk("GET", "/approvals/instances")
            if each["category"]],
        "leave_records": [
            each["approveId"] for each in world.dingtalk("GET", "/leave/records")],
        "leave_rows": world.query(
            "SELECT instance_id AS instance, leave_ref AS leave, lead, problem"
            " FROM dingding_leave"),
        "leaves": world.query(
            "SELECT l.id, l.state, t.lead FROM %s l JOIN dingding_leave_type t"
            " ON t.odoo_type_id = l.holiday_status_id AND t.lead <> 'none'"
            % world.leave_model.replace(".", "_")),
    }


def attendance(world):
    """Return the part of the books about attendance.

    Punches and check-ins that DingTalk's clock had in the future when they were read
    last were not listed yet.
    """
    today = punching.beijing_today()
    since = datetime.datetime(today.year, today.month, today.day)
    since = calendar.timegm(since.timetuple()) - 8 * 3600 - 86400
    kept = world.dingtalk("GET", "/attendance")
    free = [userid for group in kept["groups"].values() if group["type"] == "NONE"
            for userid in group["members"]]
    now = getattr(world, "attendance_read_at", None) or time.time()
    until = now - LATE_SECONDS
    read = {row["userid"] for row in world.query(
        "SELECT userid FROM dingding_user WHERE active AND employee_id IS NOT NULL")}
    return {
        "attendances": world.query(
            "SELECT employee_id AS employee, id, check_in::text AS begin,"
            " check_out::text AS end FROM hr_attendance ORDER BY id"),
        "odoo_punches": [row["key"] for row in world.query(
            "SELECT dingtalk_key AS key FROM dingding_attendance_result"
            " WHERE kind = 'punch'")],
        "dingtalk_punches": [
            str(punch["id"]) for userid in free
            for punch in kept["punches"].get(userid, ())
            if since <= punch["time"] / 1000 <= until],
        "odoo_check_ins": [row["key"] for row in world.query(
            "SELECT dingtalk_key AS key FROM dingding_checkin AS row"
            " JOIN dingding_user AS person ON person.id = row.person_id"
            " WHERE row.active AND person.active AND person.employee_id IS NOT NULL")
            if int(row["key"].rpartition(":")[2]) / 1000 <= now],
        "dingtalk_check_ins": [
            "%s:%s" % (each["userid"], each["checkin_time"])
            for each in world.dingtalk("GET", punching.CHECK_INS)
            if each["userid"] in read and each["checkin_time"] / 1000 <= now],
        "pending_days": world.query(
            "SELECT userid, work_date::text FROM dingding_attendance_day AS day"
            " JOIN dingding_user AS person ON person.id = day.person_id"
            " WHERE day.pending AND person.employee_id IS NOT NULL"),
        "second_reading": world.query(
            "SELECT %s FROM dingding_attendance_sync WHERE id = %d"
            % (", ".join(READING), world.second_reading))[0]
        if getattr(world, "second_reading", None) else {},
    }
