"""The robot's answers when its process ends."""

from . import house

# The modules of test_robot: one database for both.
STACK = dict(people=30, departments=3, modules=("dingding_robot", "base_automation"))
ANSWER = "/robot/sendBySession"


def test_a_runner_that_is_stopped_answers_once(stack, dingtalk, corp):
    """Up to 14.0 its threads answer, and finish their call."""
    stack.rpc("dingding.corp", "write", [corp], {"chat": True})
    app = stack.rpc("dingding.corp", "read", [corp], ["app_id"])[0]["app_id"][0]
    stack.rpc("dingding.app", "write", [app], {"stream_mode": True})
    userid = dingtalk.users()[0]["userid"]
    dingtalk.fault("slow", ANSWER, 1, seconds=3)
    runner = house.Runner(stack).start()
    try:
        house.wait_until(lambda: [
            each for each in dingtalk("GET", "/streams")["connections"]
            if each["state"] == "open"], 60, "the connection")
        dingtalk("POST", "/chat", {"userid": userid, "text": "hello", "wait": False})
        house.wait_until(lambda: dingtalk.calls(ANSWER), 60, "the answer")
    finally:
        status = runner.stop()
    assert status == 0, runner.log.read_text()[-2000:]
    house.wait_until(
        lambda: stack.query("SELECT state FROM dingding_chat_message") == "done", 90)
    # A worker would find the row of a dead thread, and answer again.
    said = [each for each in dingtalk("GET", "/chat") if each["direction"] == "out"]
    assert len(said) == 1
    assert stack.query("SELECT attempts FROM dingding_chat_message") == "1"
