"""A robot's limit per minute with several processes, and automated rules."""

from . import house

STACK = dict(people=30, departments=3, cron_seconds=2,
             modules=("dingding_robot", "base_automation"))
PROCESSES, MESSAGES, PER_MINUTE = 4, 40, 20
SPARED = 50  # seconds of the minute in which nothing happens
SEND = "/robot/send"

HAND_IN = """
type(env["dingding.queue"])._wake = lambda *args, **options: None
for number in range(%d):
    env["dingding.robot"].browse(%d).send_text("Number %%d" %% number)
env.cr.commit()
"""
WORK = """
print("WORKED", env["dingding.robot.message"]._process())
"""


def robot(stack, dingtalk, corp):
    hook = dingtalk("POST", "/robots", {"name": "Odoo", "secret": "SECend2end"})
    return stack.rpc("dingding.robot", "create", {
        "name": "Group", "corp_id": corp, "webhook": hook["webhook"],
        "secret": "SECend2end"})


def said(dingtalk):
    return [message["msg"]["text"]["content"] for group in dingtalk("GET", "/groups")
            for message in group["messages"] if message["source"] == "webhook"]


def test_automated_rule(stack, dingtalk, corp):
    found = robot(stack, dingtalk, corp)
    model = stack.rpc("ir.model", "search", [("model", "=", "res.partner")])[0]
    stack.rpc("base.automation", "create", {
        "name": "Tell", "model_id": model, "trigger": "on_create",
        "state": "dingding_message", "dingding_to": "robot",
        "dingding_robot_id": found, "dingding_text": "New: {name}",
        "dingding_link": False})
    stack.rpc("res.partner", "create", {"name": "Automatic Ltd"})
    house.wait_until(lambda: "New: Automatic Ltd" in said(dingtalk), 60)


def test_processes_share_the_minute(stack, dingtalk, corp):
    found = robot(stack, dingtalk, corp)
    # The server would be a fifth process.
    with house.without_cron(stack):
        share_the_minute(stack, dingtalk, found)
        # Both clocks skip most of it.
        dingtalk("PATCH", "/settings", {"clock_offset": SPARED})
        stack.query(
            "UPDATE dingding_robot_slot SET until = until - interval '{0} s';"
            "UPDATE dingding_robot_message SET next_try = next_try - interval '{0} s'"
            " WHERE state = 'queued'".format(SPARED))
    # The rest follows after the minute.
    house.wait_until(
        lambda: dingtalk.calls(SEND) == MESSAGES, 150, "the rest of the messages")
    house.wait_until(lambda: stack.query(
        "SELECT count(*) FROM dingding_robot_message WHERE state != 'done'") == "0",
        10, "the outcome of the last message")


def share_the_minute(stack, dingtalk, found):
    """Have processes send the messages of a robot at once, as many as it may."""
    stack.odoo_shell(HAND_IN % (MESSAGES, found))
    work = house.together(stack, PROCESSES) + WORK
    outputs = house.at_once(stack, [work] * PROCESSES)
    assert all("WORKED" in output for output in outputs), outputs
    texts = [text for text in said(dingtalk) if text.startswith("Number")]
    assert len(texts) == len(set(texts)) == PER_MINUTE
    # DingTalk got no more calls, so it did not block the robot.
    assert dingtalk.calls(SEND) == PER_MINUTE
    states = stack.query(
        "SELECT state, count(*), max(attempts), count(last_error)"
        " FROM dingding_robot_message WHERE robot_id = %d GROUP BY state"
        " ORDER BY state" % found).split("\n")
    assert states == ["done|20|1|0", "queued|20|0|0"]
