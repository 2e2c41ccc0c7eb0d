"""Syncs on the real stack, with killed servers."""

import concurrent.futures

import pytest

from . import house

PEOPLE, DEPARTMENTS = 900, 30
STACK = dict(
    people=PEOPLE, departments=DEPARTMENTS, workers=2, cron_seconds=2,
    simulator_args=["--latency", "30"])
LINKED, EDITED = 10, 30
LIST = "/topapi/v2/department/listsub"


@pytest.fixture(autouse=True)
def empty(stack, corp):
    """Begin with an organisation without synced records."""
    stack.query("DELETE FROM dingding_user; DELETE FROM dingding_sync;"
                "UPDATE dingding_department SET parent_id = NULL;"
                "DELETE FROM dingding_department")


def press(stack, corp):
    return stack.rpc("dingding.corp", "action_get_users", [corp])["res_id"]


def number(stack, query):
    return int(stack.query("SELECT count(*) FROM " + query))


def column(stack, run, name):
    return stack.query("SELECT %s FROM dingding_sync WHERE id = %d" % (name, run))


def finished(stack, run, seconds=120):
    house.wait_for_cron(
        stack, lambda: column(stack, run, "state") == "done", seconds,
        "run %d (%s)" % (run, column(stack, run, "state || stage")))


def check_everybody_is_there_once(stack):
    assert number(stack, "dingding_user WHERE active") == PEOPLE
    assert number(stack, "(SELECT DISTINCT userid FROM dingding_user) x") == PEOPLE
    assert number(stack, "dingding_department") == DEPARTMENTS + 1
    assert number(
        stack, "dingding_department WHERE parent_id IS NULL OR complete_name IS NULL"
    ) == 1
    # Whole rows: people with their departments.
    assert number(
        stack, "dingding_user u WHERE NOT EXISTS (SELECT 1 FROM"
        " dingding_department_user_rel r WHERE r.user_id = u.id)") == 0


def test_killed_while_reading(stack, dingtalk, corp):
    run = press(stack, corp)
    house.wait_until(lambda: column(stack, run, "users_read > 0") == "t", 90)
    stack.kill_odoo()
    assert column(stack, run, "state || stage") == "workingread"
    house.lose_work(stack)
    stack.start_odoo()
    finished(stack, run)
    check_everybody_is_there_once(stack)


def test_killed_while_comparing(stack, dingtalk, corp):
    with house.slow_rows(stack, "dingding_sync_line", 0.01):
        run = press(stack, corp)
        # Some people may have been written while others were read.
        house.wait_until(
            lambda: column(stack, run, "stage") == "compare"
            and house.in_the_middle(stack), 60, "the plan")
        stack.kill_odoo()
    assert column(stack, run, "state || stage") == "workingcompare"
    assert number(
        stack, "dingding_sync_line WHERE sync_id = %d AND state <> 'done'" % run) == 0
    assert number(stack, "dingding_sync_line WHERE sync_id = %d" % run) == number(
        stack, "dingding_user") + number(stack, "dingding_department")
    house.lose_work(stack)
    stack.start_odoo()
    finished(stack, run)
    check_everybody_is_there_once(stack)


def test_killed_while_linking(stack, dingtalk, corp):
    known = [each for each in dingtalk.users() if each["active"]][:LINKED]
    users = [stack.rpc("res.users", "create", {
        "name": each["name"],
        "login": "+%s%s" % (each["state_code"] or "86", each["mobile"])})
        for each in known]
    with house.slow_rows(stack, "dingding_user", 0.2, "UPDATE",
                         "OLD.user_id IS NULL AND NEW.user_id IS NOT NULL"):
        run = press(stack, corp)
        house.wait_until(lambda: house.in_the_middle(stack), 60, "the first link")
        stack.kill_odoo()
    linked = "dingding_user WHERE user_id IN (%s)" % ",".join(map(str, users))
    assert number(stack, linked) == 0
    house.lose_work(stack)
    stack.start_odoo()
    finished(stack, run)
    assert number(stack, linked) == LINKED == int(column(stack, run, "links_made"))
    assert number(stack, "dingding_sync_line WHERE kind = 'link'") == LINKED
    check_everybody_is_there_once(stack)


def test_somebody_works_on_the_same_people(stack, dingtalk, corp):
    finished(stack, press(stack, corp))
    changed = sorted(each["userid"] for each in dingtalk.users())[:EDITED]
    for userid in changed:
        dingtalk("PATCH", "/users/%s" % userid, {"title": "From DingTalk"})
    # A row that the batch has not reached yet, in the order of the sync.
    remark = (
        "UPDATE dingding_user SET remark = 'From Odoo' WHERE id = ("
        "SELECT id FROM dingding_user WHERE userid IN ('%s')"
        " AND remark IS DISTINCT FROM 'From Odoo' LIMIT 1"
        " FOR UPDATE SKIP LOCKED) RETURNING id" % "','".join(changed))
    with house.slow_rows(stack, "dingding_user", 0.05, "UPDATE",
                         "OLD.title IS DISTINCT FROM NEW.title"):
        run = press(stack, corp)
        # The whole batch is lost and restarted each time.
        for _number in range(4):
            house.wait_until(
                lambda: house.in_the_middle(stack) and stack.query(remark), 60,
                "the batch")
        finished(stack, run)
    assert column(stack, run, "attempts || ' ' || users_updated") == "1 %d" % EDITED
    assert number(
        stack, "dingding_user WHERE title = 'From DingTalk'") == EDITED
    assert number(stack, "dingding_user WHERE remark = 'From Odoo'") == 4
    assert "could not serialize" in stack.log_text()


def test_killed_while_writing(stack, dingtalk, corp):
    with house.slow_rows(stack, "dingding_user", 0.004):
        run = press(stack, corp)
        house.wait_until(lambda: column(stack, run, "users_created > 0") == "t", 60)
        stack.kill_odoo()
    there = number(stack, "dingding_user")
    assert 0 < there < PEOPLE
    house.lose_work(stack)
    with house.without_cron(stack):
        stack.start_odoo()
        assert press(stack, corp) == run, "the next press goes on"
    finished(stack, run)
    check_everybody_is_there_once(stack)
    assert column(stack, run, "users_created") == str(PEOPLE)


def test_postgresql_restarts_while_it_writes(stack, dingtalk, corp):
    with house.slow_rows(stack, "dingding_user", 0.004):
        run = press(stack, corp)
        house.wait_until(lambda: column(stack, run, "users_created > 0") == "t", 60)
        stack.postgres.stop()
        stack.postgres.start()
    finished(stack, run)
    check_everybody_is_there_once(stack)
    assert column(stack, run, "users_created") == str(PEOPLE)


def test_postgresql_restarts_while_it_reads(stack, dingtalk, corp):
    run = press(stack, corp)
    house.wait_until(lambda: column(stack, run, "users_read > 0") == "t", 90)
    stack.postgres.stop()
    stack.postgres.start()
    finished(stack, run)
    check_everybody_is_there_once(stack)


def preview(stack, corp):
    run = stack.rpc("dingding.corp", "action_synchronise", [corp])["res_id"]
    house.wait_until(
        lambda: column(stack, run, "state") == "confirm", 60, "the preview")
    return run


def test_killed_while_a_preview_is_applied(stack, dingtalk, corp):
    run = preview(stack, corp)
    assert number(stack, "dingding_user") == 0
    with house.slow_rows(stack, "dingding_user", 0.004):
        stack.rpc("dingding.sync", "action_apply_all", [run])
        house.wait_until(lambda: column(stack, run, "users_created > 0") == "t", 60)
        stack.kill_odoo()
    assert 0 < number(stack, "dingding_user") < PEOPLE
    house.lose_work(stack)
    stack.start_odoo()
    finished(stack, run)
    check_everybody_is_there_once(stack)
    assert number(
        stack, "dingding_sync_line WHERE action = 'create' AND state <> 'done'") == 0


def test_two_admins_apply_at_once(stack, dingtalk, corp):
    run = preview(stack, corp)

    def apply(_number):
        try:
            return stack.rpc("dingding.sync", "action_apply_all", [run])
        except Exception as error:
            # Odoo asks the slower one to try again.
            return str(error)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert True in set(pool.map(apply, range(4)))
    finished(stack, run)
    check_everybody_is_there_once(stack)
    assert column(stack, run, "users_created") == str(PEOPLE)


def test_two_presses_at_once_are_one_run(stack, dingtalk, corp):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = set(pool.map(lambda _n: press(stack, corp), range(4)))
    assert len(runs) == 1
    finished(stack, runs.pop())
    assert number(stack, "dingding_sync") == 1
    assert dingtalk.calls(LIST) == DEPARTMENTS + 1
    check_everybody_is_there_once(stack)


def test_cancelled_while_it_runs(stack, dingtalk, corp):
    run = press(stack, corp)
    house.wait_until(lambda: column(stack, run, "users_read > 0") == "t", 90)
    stack.rpc("dingding.sync", "action_cancel", [run])
    house.wait_until(lambda: column(stack, run, "state") == "cancelled", 90)
    assert column(stack, run, "finished_at") != ""
    other = press(stack, corp)
    assert other != run
    finished(stack, other)
    check_everybody_is_there_once(stack)
