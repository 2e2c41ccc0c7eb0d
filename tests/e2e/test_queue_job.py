"""The same work as jobs of OCA's queue_job, with its real runner."""

import pytest

from . import house

PEOPLE = 60
STACK = dict(
    people=PEOPLE, departments=5, workers=2, cron_seconds=2,
    # Those of test_servers: one database for both.
    modules=["dingding", "dingding_callback", "dingding_activity", "queue_job"],
    server_wide=["web", "queue_job"],
    environment={"ODOO_QUEUE_JOB_CHANNELS": "root:2"})
UPDATE = "/topapi/v2/user/update"


@pytest.fixture(scope="module")
def people(stack, corp):
    """Everybody in Odoo, which leads; ids in order."""
    stack.rpc("dingding.corp", "write", [corp], {"leads_profile": "odoo"})
    house.read_people(stack, corp, 90)
    return [int(key) for key in stack.query(
        "SELECT id FROM dingding_user ORDER BY id").split("\n")]


def jobs(stack, model="dingding.outgoing.change", columns="count(*)", more=""):
    return stack.query(
        "SELECT %s FROM queue_job WHERE model_name = '%s' %s" % (columns, model, more))


def wait_for_all(stack, seconds=90):
    def nothing_open():
        house.hurry_cron(stack)
        return stack.query(
            "SELECT count(*) FROM dingding_outgoing_change WHERE state NOT IN"
            " ('done', 'cancelled')") == "0"

    house.wait_until(
        nothing_open, seconds,
        "the outbox (%s)" % stack.query(
            "SELECT state, count(*) FROM dingding_outgoing_change GROUP BY 1"))


def test_a_run_is_a_job(stack, people):
    assert len(people) == PEOPLE
    # A paused sync continues in the same job.
    assert jobs(stack, "dingding.sync") == "1"
    house.wait_until(
        lambda: jobs(stack, "dingding.sync", "state || ' ' || channel")
        == "done root.dingding", 90, "the job")
    assert stack.query(
        "SELECT count(*) FROM queue_job_channel WHERE complete_name = 'root.dingding'"
    ) == "1"


def test_each_change_is_one_job(stack, dingtalk, people):
    stack.rpc("dingding.user", "write", people, {"title": "By a job"})
    stack.rpc("dingding.user", "write", people[:1], {"job_number": "J-1"})
    wait_for_all(stack)
    assert jobs(stack, columns="count(DISTINCT identity_key)") == stack.query(
        "SELECT count(*) FROM dingding_outgoing_change")
    assert {each["title"] for each in dingtalk.users()} == {"By a job"}
    # One row, unless the second change came during the first call. Two workers may be
    # throttled, and send again.
    assert dingtalk.taken(UPDATE) in (PEOPLE, PEOPLE + 1)
    house.wait_until(
        lambda: jobs(stack, more="AND state != 'done'") == "0", 90, "the jobs")


def test_what_passes_is_tried_again_by_the_job(stack, dingtalk, people):
    dingtalk.fault("busy", UPDATE, times=4)
    before = int(jobs(stack))
    stack.rpc("dingding.user", "write", people[:1], {"title": "Again"})
    house.wait_until(
        lambda: jobs(stack, more="AND state = 'pending' AND eta > now()"
                     " AT TIME ZONE 'UTC'") == "1", 60, "the job that waits")
    assert stack.query("SELECT count(*) FROM dingding_outgoing_change"
                       " WHERE state = 'retry'") == "1"
    stack.rpc("dingding.user", "action_push_again", people[:1])
    wait_for_all(stack, 60)
    assert int(jobs(stack)) == before + 1, "the same job"


def test_a_job_that_died(stack, dingtalk, people):
    dingtalk.fault("timeout_after", UPDATE, seconds=60)
    stack.rpc("dingding.user", "write", people[1:2], {"title": "Died"})
    house.wait_until(lambda: dingtalk.calls(UPDATE) == 1, 60, "the call")
    stack.kill_odoo()
    house.lose_work(stack)
    stack.start_odoo()
    wait_for_all(stack, 90)
    assert "Died" in {each["title"] for each in dingtalk.users()}


def test_refused_is_no_failed_job(stack, dingtalk, people):
    dingtalk.fault("error", UPDATE, code="60103", message="no")
    stack.rpc("dingding.user", "write", people[2:3], {"title": "Refused"})
    house.wait_until(
        lambda: stack.query("SELECT count(*) FROM dingding_outgoing_change"
                            " WHERE state = 'failed'") == "1", 60, "the refusal")
    house.wait_until(lambda: jobs(stack, more="AND state = 'done' AND identity_key ="
                                  " 'dingding.outgoing.change,' || (SELECT max(id) FROM"
                                  " dingding_outgoing_change)") == "1", 90, "the job")
    assert jobs(stack, more="AND state = 'failed'") == "0"


def test_without_a_runner_the_cron_does_it(stack, dingtalk, people):
    stack.stop_odoo()
    stack.odoo.environment["ODOO_QUEUE_JOB_CHANNELS"] = "root:0"
    stack.start_odoo()
    stack.rpc("dingding.user", "write", people[3:4], {"title": "By the cron"})
    assert jobs(stack, more="AND state = 'pending'") != "0"
    stack.query("UPDATE dingding_outgoing_change"
                " SET write_date = write_date - interval '1 h'"
                " WHERE state = 'queued'")
    house.hurry_cron(stack)
    house.wait_until(
        lambda: "By the cron" in {each["title"] for each in dingtalk.users()}, 70,
        "the cron")
