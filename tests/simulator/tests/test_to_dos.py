# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""To-dos: valid and refused calls, visibility, events."""

import time

import pytest
from receiver import AES_KEY, TOKEN, Receiver, until

PAGE = "https://odoo.example.com/to-do/7"


class Desk:
    """A manager and an employee, with an app's calls."""

    def __init__(self, box):
        self.box = box
        people = box.control("GET", "users")
        self.boss, self.worker = people[3], people[4]
        self.creator, self.executor = self.boss["unionid"], self.worker["unionid"]

    def path(self, *parts):
        return "/".join(("/v1.0/todo/users", self.creator) + parts)

    def make(self, **values):
        values = dict(
            {
                "subject": "打电话 Order 7",
                "creatorId": self.creator,
                "executorIds": [self.executor],
                "detailUrl": {"appUrl": PAGE, "pcUrl": PAGE},
                "sourceId": "odoo:1",
                "isOnlyShowExecutor": True,
            },
            **values
        )
        return self.box.api(
            "POST", self.path("tasks"), values, operatorId=self.creator
        )

    def made(self, **values):
        status, found = self.make(**values)
        assert status == 200, found
        return found

    def put(self, key, *more, **values):
        return self.box.api("PUT", self.path("tasks", key, *more), values)

    def read(self, key):
        return self.box.api("GET", self.path("tasks", key))

    def phone(self, person):
        return [
            each["id"]
            for each in self.box.control("GET", "to_dos?userid=" + person["userid"])
        ]

    def act(self, key, person, action, **more):
        body = dict(more, userid=person["userid"], action=action)
        return self.box.control("POST", "to_dos/%s/act" % key, body, ok=False)


@pytest.fixture
def desk(box):
    return Desk(box)


def refused(answer, action, message):
    status, body = answer
    assert status == 400
    assert (body["code"], body["message"]) == (
        "todo.%s.paramError" % action,
        message,
    )


def test_create_and_read(desk):
    found = desk.made(dueTime=1767225600000, priority=30)
    assert found["bizTag"] == found["source"] == "todo_open_" + desk.box.app_key
    assert found["done"] is False and found["finishTime"] == 0
    assert found["participantIds"] == [desk.creator, desk.executor]
    assert "corp_id" not in found and "finished" not in found
    assert desk.read(found["id"]) == (200, found)
    by_source = desk.box.api("GET", desk.path("tasks", "sources", "odoo:1"))
    assert by_source == (200, found)
    # Only executors see it.
    assert desk.phone(desk.worker) == [found["id"]]
    assert desk.phone(desk.boss) == []
    other = desk.made(sourceId="odoo:2", isOnlyShowExecutor=False)
    assert desk.phone(desk.boss) == [other["id"]]


def test_a_source_id_is_used_once(desk):
    found = desk.made()
    refused(desk.make(), "taskCreate", "task exist")
    assert desk.box.api("DELETE", desk.path("tasks", found["id"]))[0] == 200
    refused(desk.make(), "taskCreate", "task exist")
    # Another app has its own.
    app = desk.box.control("POST", "apps", {})
    desk.box._token = desk.box.gettoken(
        appkey=app["app_key"], appsecret=app["app_secret"]
    )["access_token"]
    other = desk.made()
    desk.box._token = None
    refused(
        desk.put(other["id"], subject="x"), "taskUpdate", "task not belong to bizTag"
    )


def test_lists_heed_their_filters(desk):
    first = desk.made(sourceId="odoo:1", dueTime=1767225600000)
    second = desk.made(sourceId="odoo:2", dueTime=1767325600000, todoType="READ")
    third = desk.made(sourceId="odoo:3")
    path = "/v1.0/todo/users/%s/organizations/tasks/query" % desk.executor

    def listed(**body):
        status, found = desk.box.api("POST", path, body)
        assert status == 200, found
        return [each["taskId"] for each in found["todoCards"]], found["nextToken"]

    everything = {first["id"], second["id"], third["id"]}
    assert set(listed()[0]) == everything
    assert listed(todoType="READ")[0] == [second["id"]]
    assert listed(fromDueTime=1767225600001)[0] == [second["id"]]
    assert set(listed(toDueTime=1767225600000)[0]) == {first["id"], third["id"]}
    page, token = listed(maxResults=2)
    rest, end = listed(maxResults=2, nextToken=token)
    assert (len(page), len(rest), end) == (2, 1, None)
    assert set(page + rest) == everything


@pytest.mark.parametrize(
    "values, message",
    [
        ({"subject": "字" * 342}, "subject is oversize"),
        ({"subject": " "}, "subject is blank"),
        ({"description": "x" * 4097}, "description is oversize"),
        ({"executorIds": ["u%d" % n for n in range(101)]}, "executors is oversize"),
        ({"participantIds": ["u"] * 101}, "participants is oversize"),
        ({"dueTime": int(time.time())}, "dueTime is invalid"),
        ({"detailUrl": None}, "detailUrl is null"),
        ({"detailUrl": {"appUrl": "https://x/" + "y" * 1024}}, "detailUrl is oversize"),
        ({"priority": 5}, "priority is invalid"),
        ({"todoType": "todo"}, "todoType is invalid"),
        ({"reminderTimeStamp": 1767225600000}, "reminderTimeStamp is invalid"),
        (
            {"contentFieldList": [{"fieldKey": "a", "fieldValue": "字" * 342}]},
            "contentFieldList is oversize",
        ),
        ({"detailUrl": []}, "detailUrl is invalid"),
        ({"notifyConfigs": {"dingNotify": 1}}, "notifyConfigs.dingNotify is invalid"),
    ],
)
def test_refused(desk, values, message):
    refused(desk.make(**values), "taskCreate", message)
    assert desk.phone(desk.worker) == []


def test_update_done_and_reopened(desk):
    key = desk.made()["id"]
    before = desk.read(key)[1]["modifiedTime"]
    assert desk.put(key, subject="Other", dueTime=1767225600000)[1] == {"result": True}
    found = desk.read(key)[1]
    assert (found["subject"], found["dueTime"]) == ("Other", 1767225600000)
    assert found["modifiedTime"] > before
    # Members that an update cannot change are ignored.
    desk.put(key, priority=40, detailUrl={"appUrl": "https://other.example.com"})
    assert desk.read(key)[1]["priority"] == 20
    assert desk.read(key)[1]["detailUrl"]["appUrl"] == PAGE
    desk.put(key, done=True)
    found = desk.read(key)[1]
    assert found["done"] and found["finishTime"]
    desk.put(key, done=False)
    assert not desk.read(key)[1]["done"]
    refused(desk.put("none", subject="x"), "taskUpdate", "task not exist")
    many = ["u%d" % number for number in range(1001)]
    refused(desk.put(key, executorIds=many), "taskUpdate", "executors is oversize")


def test_executors_are_done_one_by_one(desk):
    third = desk.box.control("GET", "users")[5]
    key = desk.made(executorIds=[desk.executor, third["unionid"]])["id"]
    desk.act(key, desk.worker, "done")
    assert not desk.read(key)[1]["done"]
    rows = [{"id": third["unionid"], "isDone": True}]
    assert desk.put(key, "executorStatus", executorStatusList=rows)[0] == 200
    assert desk.read(key)[1]["done"]
    desk.act(key, desk.worker, "reopen")
    assert not desk.read(key)[1]["done"]
    refused(
        desk.put("none", "executorStatus", executorStatusList=rows),
        "taskExecutorStatusUpdate", "task not exist",
    )


def test_delete(desk):
    key = desk.made()["id"]
    assert desk.box.api("DELETE", desk.path("tasks", key)) == (200, {"result": True})
    refused(desk.read(key), "taskGet", "task not exist")
    refused(
        desk.box.api("DELETE", desk.path("tasks", key)), "taskDelete", "task not exist"
    )
    assert desk.phone(desk.worker) == []


def test_list_by_pages(desk):
    desk.box.settings(rate_limit=None)
    keys = [desk.made(sourceId="odoo:%d" % number)["id"] for number in range(25)]
    desk.put(keys[0], done=True)
    path = "/v1.0/todo/users/%s/org/tasks/query" % desk.executor
    status, first = desk.box.api("POST", path, {"isDone": False, "nextToken": "0"})
    assert status == 200 and len(first["todoCards"]) == 20
    assert "executorIds" not in first["todoCards"][0]
    body = {"isDone": False, "nextToken": first["nextToken"]}
    second = desk.box.api("POST", path, body)[1]
    assert second["nextToken"] is None
    cards = first["todoCards"] + second["todoCards"]
    assert {card["taskId"] for card in cards} == set(keys[1:])
    done = desk.box.api("POST", path, {"isDone": True})[1]["todoCards"]
    assert [card["taskId"] for card in done] == keys[:1]
    roles = {"isDone": False, "roleTypes": [["creator"]]}
    assert desk.box.api("POST", path, roles)[1]["todoCards"] == []
    refused(
        desk.box.api("POST", path, {"nextToken": "x"}), "orgTaskQuery",
        "nextToken is invalid",
    )


def test_kinds_of_tokens(desk):
    box = desk.box
    body = {"subject": "Own", "executorIds": [desk.executor]}
    path = "/v1.0/todo/users/me/personalTasks"
    status, answer = box.api("POST", path, body)
    assert status == 400 and answer["code"] == "todo.taskCreate.tokenTypeError"
    code = box.control(
        "POST", "login_codes", {"userid": desk.worker["userid"], "kind": "oauth"}
    )["code"]
    token = box.api("POST", "/v1.0/oauth2/userAccessToken", {
        "clientId": box.app_key, "clientSecret": box.app_secret, "code": code,
        "grantType": "authorization_code",
    })[1]["accessToken"]
    status, answer = box.api("POST", path, body, token=token)
    assert status == 200 and set(answer) == {"taskId", "createdTime"}
    assert desk.phone(desk.worker) == [answer["taskId"]]
    query = "/v1.0/todo/users/%s/org/tasks/query" % desk.executor
    assert box.api("POST", query, {})[1]["todoCards"] == []


def test_permission(desk):
    desk.box.settings(scopes=["Todo.Todo.Read"])
    status, answer = desk.make()
    assert status == 403
    assert answer["accessdenieddetail"]["requiredScopes"] == ["Todo.Todo.Write"]


def test_the_old_family_takes_no_new_applications(desk):
    answer = desk.box.oapi("/topapi/workrecord/add", {"userid": "x"})
    assert answer["errcode"] == 60011


def test_people_act_on_their_phones(desk):
    key = desk.made()["id"]
    stranger = desk.box.control("GET", "users")[7]
    assert "error" in desk.act(key, stranger, "done")
    desk.act(key, desk.worker, "done")
    assert desk.read(key)[1]["done"]
    desk.act(key, desk.boss, "reopen")
    assert not desk.read(key)[1]["done"]
    desk.act(key, desk.worker, "delete")
    refused(desk.read(key), "taskGet", "task not exist")
    assert "error" in desk.act(key, desk.worker, "done")


def test_creators_give_to_dos_to_others(desk):
    key = desk.made()["id"]
    heir = desk.box.control("GET", "users")[7]
    assert "error" in desk.act(key, desk.worker, "give", to=heir["userid"])
    assert "error" in desk.act(key, desk.boss, "give", to="nobody")
    assert desk.phone(desk.worker) == [key]
    desk.act(key, desk.boss, "give", to=heir["userid"])
    assert desk.phone(desk.worker) == []
    assert desk.phone(heir) == [key]


def test_events(desk):
    box = desk.box
    box.patient()
    receiver = Receiver(box.app_key, box.corp_id)
    try:
        body = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY}
        box.control("POST", "callbacks", body)
        key = desk.made()["id"]
        desk.act(key, desk.worker, "done")
        box.api("DELETE", desk.path("tasks", key))
        until(lambda: len(receiver.seen) == 3)
        kinds = [each["EventType"] for each in receiver.seen]
        assert sorted(kinds) == [
            "todo_task_create", "todo_task_delete", "todo_task_update"]
        for each in receiver.seen:
            assert each["taskId"] == key and "bizTag" not in each
            assert each["UnionIdList"] == [desk.creator, desk.executor]
    finally:
        receiver.close()


def test_kept_over_a_restart(desk, tmp_path):
    from dingtalk_simulator import storage, to_dos

    key = desk.made()["id"]
    kept = storage.dump(desk.box.world)
    assert to_dos.AREA in kept["extra"] and key in kept["extra"]["to_dos"]["tasks"]


def test_phone_page(desk):
    key = desk.made(dueTime=1000000000000)["id"]
    page = desk.box.raw(
        "GET", "/phone/%s" % desk.worker["userid"],
        params={"tab": "work", "tile": "to_dos", "lang": "en_US"},
    ).text
    assert 'data-id="%s"' % key in page and "打电话 Order 7" in page
    assert "Overdue" in page and "odoo.example.com%2Fto-do%2F7" in page
    # Announced by the assistant; only personal ones have a tick box.
    assert "Announced" in page and "to-do-tick" not in page
    desk.put(key, done=True)
    page = desk.box.raw(
        "GET", "/phone/%s" % desk.worker["userid"],
        params={"tab": "work", "tile": "to_dos", "done": "1", "lang": "zh_CN"},
    ).text
    assert 'data-id="%s"' % key in page


def test_whoever_left_may_do_nothing(desk):
    """Executors complete and delete what its creator, who left, cannot."""
    key, other = desk.made()["id"], desk.made(sourceId="odoo:2")["id"]
    desk.box.control("DELETE", "users/" + desk.boss["userid"])
    gone = "unionId is invalid"
    refused(desk.make(sourceId="odoo:3"), "taskCreate", gone)
    refused(desk.put(key, subject="Other"), "taskUpdate", gone)
    refused(desk.put(key, done=True), "taskUpdate", gone)
    refused(desk.box.api("DELETE", desk.path("tasks", key)), "taskDelete", gone)
    refused(desk.read(key), "taskGet", gone)
    refused(
        desk.box.api("GET", desk.path("tasks", "sources", "odoo:1")), "taskGet", gone)
    desk.creator = desk.executor
    denied = "operator has no permission"
    refused(desk.put(key, subject="Other"), "taskUpdate", denied)
    assert desk.read(key)[1]["subject"] == "打电话 Order 7"
    assert desk.put(key, done=True)[0] == 200
    assert desk.read(key)[1]["done"]
    assert desk.box.api("DELETE", desk.path("tasks", other))[0] == 200
    assert desk.phone(desk.worker) == [key]
    # Its sourceId remains used.
    refused(desk.make(sourceId="odoo:2"), "taskCreate", "task exist")


def test_strangers_may_do_nothing(desk):
    key = desk.made()["id"]
    desk.creator = desk.box.control("GET", "users")[7]["unionid"]
    denied = "operator has no permission"
    refused(desk.put(key, done=True), "taskUpdate", denied)
    rows = [{"id": desk.executor, "isDone": True}]
    refused(
        desk.put(key, "executorStatus", executorStatusList=rows),
        "taskExecutorStatusUpdate", denied,
    )
    refused(desk.box.api("DELETE", desk.path("tasks", key)), "taskDelete", denied)
    assert not desk.read(key)[1]["done"]


def test_personal_ones_belong_to_the_person(desk):
    box = desk.box

    def token_of(person):
        code = box.control(
            "POST", "login_codes", {"userid": person["userid"], "kind": "oauth"}
        )["code"]
        return box.api("POST", "/v1.0/oauth2/userAccessToken", {
            "clientId": box.app_key, "clientSecret": box.app_secret, "code": code,
            "grantType": "authorization_code",
        })[1]["accessToken"]

    worker, boss = token_of(desk.worker), token_of(desk.boss)
    own = "/v1.0/todo/users/me/"
    body = {
        "subject": "Own", "description": "Ours", "executorIds": [desk.executor]}
    key = box.api("POST", own + "personalTasks", body, token=worker)[1]["taskId"]
    task = own + "tasks/" + key
    # Neither the app nor another person may touch it.
    refused(desk.put(key, subject="x"), "taskUpdate", "task not belong to bizTag")
    refused(
        box.api("DELETE", desk.path("tasks", key)), "taskDelete",
        "task not belong to bizTag",
    )
    assert desk.read(key)[1]["code"] == "todo.taskGet.tokenTypeError"
    denied = "operator has no permission"
    refused(
        box.api("PUT", task + "/update", {"subject": "x"}, token=boss), "taskUpdate",
        denied,
    )
    refused(box.api("DELETE", task + "/remove", token=boss), "taskDelete", denied)
    assert box.api(
        "PUT", task + "/update", {"subject": "New"}, token=worker)[0] == 200
    read = "/v1.0/todo/users/%s/tasks/%s" % (desk.executor, key)
    found = box.api("GET", read, token=worker)[1]
    assert (found["subject"], found["description"]) == ("New", "Ours")
    query = "/v1.0/todo/users/%s/organizations/tasks/query" % desk.executor
    wanted = {"needPersonalTodo": True, "isDone": False, "subject": "New"}
    cards = box.api("POST", query, wanted, token=worker)[1]["todoCards"]
    assert [card["taskId"] for card in cards] == [key]
    assert box.api("POST", query, dict(wanted, subject="Old"), token=worker)[1][
        "todoCards"] == []
    assert box.api("POST", query, wanted)[1]["code"].endswith("tokenTypeError")
    refused(
        box.api("POST", query, wanted, token=boss), "orgTaskQuery",
        "unionId is invalid",
    )
    page = box.raw(
        "GET", "/phone/%s" % desk.worker["userid"],
        params={"tab": "work", "tile": "to_dos", "lang": "en_US"},
    ).text
    assert 'data-testid="to-do-tick"' in page and "Announced" not in page
    assert box.api("PUT", task + "/updateExecutorStatus", token=worker,
                   done="true")[0] == 200
    assert box.api("GET", read, token=worker)[1]["done"]
    assert box.api("DELETE", task + "/remove", token=worker)[0] == 200
    assert desk.phone(desk.worker) == []
