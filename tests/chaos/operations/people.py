"""People and departments: changed on both sides, read, hired, dismissed."""

from ..registry import a_person, a_text, between, list_of, one_of, operation, something
from ..world import Skip

TEXTS = ("title", "job_number", "telephone", "work_place", "remark")


@operation(weight=6, who=a_person, field=one_of(*TEXTS), text=a_text)
def dingtalk_changes_a_person(world, step, who, field, text):
    """Somebody gets another value in DingTalk."""
    world.dingtalk("PATCH", "/users/" + world.person(who)[0], {field: text})


@operation(weight=6, who=a_person, field=one_of(*TEXTS), text=a_text)
def odoo_changes_a_person(world, step, who, field, text):
    """A manager changes somebody in Odoo."""
    world.rpc("dingding.user", "write", [world.person(who)[1]], {field: text},
              as_="manager")


@operation(weight=2, who=a_person, text=a_text)
def both_change_a_person(world, step, who, text):
    """The same field is changed in DingTalk and in Odoo at the same moment."""
    userid, number = world.person(who)
    world.dingtalk("PATCH", "/users/" + userid, {"title": "ding " + text})
    world.rpc("dingding.user", "write", [number], {"title": "odoo " + text},
              as_="manager")


@operation(weight=2, who=list_of(a_person, 10, 60), text=a_text)
def odoo_changes_many(world, step, who, text):
    """A manager changes many people at once."""
    numbers = sorted({world.person(each)[1] for each in who})
    world.rpc("dingding.user", "write", numbers, {"work_place": text}, as_="manager")


@operation(weight=1, who=a_person, number=between(0, 99999999), text=a_text)
def odoo_changes_a_mobile(world, step, who, number, text):
    """A manager enters another mobile, which only its owner may change, and a title."""
    userid, odoo_id = world.person(who)
    world.ledger.add("refusable", (userid, "mobile"))
    world.rpc("dingding.user", "write", [odoo_id],
              {"mobile": "139%08d" % number, "title": text}, as_="manager")


@operation(weight=1, who=a_person, other=a_person, text=a_text)
def odoo_takes_a_colleagues_mobile(world, step, who, other, text):
    """A manager enters a mobile that is a colleague's, and a job number."""
    mine, theirs = world.person(who), world.person(other)
    if mine == theirs:
        raise Skip("the same person")
    mobile = world.dingtalk("GET", "/users/" + theirs[0])["mobile"]
    world.ledger.add("refusable", (mine[0], "mobile"))
    world.rpc("dingding.user", "write", [mine[1]],
              {"mobile": mobile, "job_number": text}, as_="manager")


@operation(weight=2, who=a_person, where=list_of(something, 1, 2))
def dingtalk_moves_a_person(world, step, who, where):
    """Somebody is put into other departments in DingTalk."""
    ids = sorted({int(world.department(each)[0]) for each in where})
    world.dingtalk("PATCH", "/users/" + world.person(who)[0], {"dept_ids": ids})


@operation(weight=2, who=a_person, where=list_of(something, 1, 2))
def odoo_moves_a_person(world, step, who, where):
    """A manager puts somebody into other departments."""
    ids = sorted({world.department(each)[1] for each in where})
    world.rpc("dingding.user", "write", [world.person(who)[1]],
              {"department_ids": [(6, 0, ids)]}, as_="manager")


@operation(weight=1, number=between(0, 99999999))
def dingtalk_hires(world, step, number):
    """A new person starts in DingTalk."""
    world.dingtalk("POST", "/users", {
        "userid": "new-" + world.token(step), "name": "新人 %s" % step.number,
        "mobile": "137%08d" % number, "dept_ids": [1]})


@operation(weight=1, number=between(0, 99999999), where=something)
def odoo_hires(world, step, number, where):
    """A manager creates a person, who is sent to DingTalk."""
    world.rpc("dingding.user", "create", {
        "corp_id": world.corp, "name": world.token(step), "mobile": "136%08d" % number,
        "department_ids": [(6, 0, [world.department(where)[1]])]}, as_="manager")


@operation(weight=1, who=a_person)
def dingtalk_dismisses(world, step, who):
    """Somebody leaves DingTalk, or comes back who had left."""
    userid = world.leaver(who)[0]
    if userid in {each["userid"] for each in world.dingtalk("GET", "/users")}:
        world.dingtalk("DELETE", "/users/" + userid)
    else:
        raise Skip("has left")


@operation(weight=1, where=something, text=a_text)
def dingtalk_renames_a_department(world, step, where, text):
    """A department gets another name in DingTalk."""
    world.dingtalk("PATCH", "/departments/" + world.department(where)[0],
                   {"name": "部门 " + text})


@operation(weight=1, where=something, text=a_text)
def odoo_renames_a_department(world, step, where, text):
    """A manager renames a department."""
    world.rpc("dingding.department", "write", [world.department(where)[1]],
              {"name": "Dept %s" % text}, as_="manager")


@operation(weight=1, above=something)
def odoo_makes_a_department(world, step, above):
    """A manager creates a department, which is sent to DingTalk."""
    world.rpc("dingding.department", "create", {
        "corp_id": world.corp, "name": world.token(step),
        "parent_id": world.department(above)[1]}, as_="manager")


@operation(weight=1, above=something)
def dingtalk_makes_a_department(world, step, above):
    """A department is created in DingTalk."""
    world.dingtalk("POST", "/departments", {
        "name": "新部门 " + world.token(step),
        "parent_id": int(world.department(above)[0])})


@operation(weight=2)
def somebody_synchronises(world, step):
    """A manager presses the button that reads departments and people."""
    world.rpc("dingding.corp", "action_get_users", [world.corp], as_="manager")


@operation(weight=1)
def somebody_previews(world, step):
    """A manager previews a sync and applies it."""
    waiting = world.query("SELECT id FROM dingding_sync WHERE state = 'confirm'")
    if waiting:
        world.rpc(
            "dingding.sync", "action_apply_all", [waiting[0]["id"]], as_="manager")
    else:
        world.rpc("dingding.corp", "action_synchronise", [world.corp], as_="manager")


@operation(weight=1, which=something)
def somebody_cancels_a_sync(world, step, which):
    """A manager cancels the running sync."""
    runs = world.query("SELECT id FROM dingding_sync WHERE state IN ('queued', 'retry',"
                       " 'working', 'confirm') ORDER BY id")
    world.rpc("dingding.sync", "action_cancel", [world.pick(which, runs)["id"]],
              as_="manager")


@operation(weight=1, who=a_person)
def somebody_reads_one_person(world, step, who):
    """A manager presses the button that reads one person again."""
    world.rpc("dingding.user", "action_refresh", [world.person(who)[1]], as_="manager")


@operation(weight=1, seed=between(1, 10 ** 6), count=between(3, 15))
def dingtalk_has_a_busy_minute(world, step, seed, count):
    """Many people are renamed and promoted in DingTalk at once."""
    world.dingtalk("POST", "/users/shuffle", {
        "seed": seed, "leavers": 0, "joiners": 0, "moves": count, "renames": count,
        "titles": count})
