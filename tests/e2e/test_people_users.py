"""System users for DingTalk people, with killed servers."""

from . import house

# Three transactions create.
STACK = dict(people=130, departments=5, workers=2, cron_seconds=2)


def number(stack, query):
    return int(stack.query("SELECT count(*) FROM " + query))


def test_killed_while_users_are_made(stack, dingtalk, corp):
    before = number(stack, "res_users")
    stack.rpc("dingding.corp", "write", [corp], {"create_users": "portal"})
    run = stack.rpc("dingding.corp", "action_get_users", [corp])["res_id"]
    house.wait_until(
        lambda: number(stack, "dingding_user WHERE user_id IS NOT NULL") > 0, 60)
    stack.kill_odoo()
    assert number(stack, "dingding_sync_line WHERE state = 'pending'")
    house.lose_work(stack)
    stack.start_odoo()
    house.wait_for_cron(
        stack, lambda: stack.query(
            "SELECT state FROM dingding_sync WHERE id = %d" % run) == "done",
        120, "the run")
    made = number(stack, "dingding_user WHERE user_id IS NOT NULL")
    assert made and number(stack, "res_users") - before == made, "none is doubled"
    assert number(
        stack, "(SELECT user_id FROM dingding_user WHERE user_id IS NOT NULL"
        " GROUP BY user_id HAVING count(*) > 1) x") == 0
    assert number(stack, "dingding_sync_line WHERE state = 'pending'") == 0
