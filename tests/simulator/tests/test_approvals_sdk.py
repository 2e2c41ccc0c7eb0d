# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Approvals through the official SDK (`alibabacloud-dingtalk`): workflow and files."""

import json
import time

import pytest

pytest.importorskip("alibabacloud_dingtalk")
from alibabacloud_dingtalk.storage_1_0 import models as storage  # noqa: E402
from alibabacloud_dingtalk.workflow_1_0 import models as workflow  # noqa: E402
from alibabacloud_tea_util.models import RuntimeOptions  # noqa: E402
from Tea.exceptions import TeaException  # noqa: E402
from test_approvals import Desk  # noqa: E402
from test_official_sdk import client, headers, no_proxy  # noqa: E402, F401


@pytest.fixture
def desk(box):
    return Desk(box)


class Caller:
    """`ask("StartProcessInstance", ...)` calls start_process_instance_with_options."""

    def __init__(self, box):
        self.box = box
        self.flow = client(box, "workflow_1_0")
        self.storage = client(box, "storage_1_0")

    def ask(self, action, method, **values):
        request = getattr(workflow, action + "Request")(**values)
        options = headers(self.box, workflow, action), RuntimeOptions()
        return getattr(self.flow, method + "_with_options")(request, *options).body


@pytest.fixture
def caller(box):
    return Caller(box)


def value(name, text):
    row = workflow.StartProcessInstanceRequestFormComponentValues
    return row(name=name, value=text)


def start(caller, desk, *more, **values):
    values.setdefault("dept_id", desk.dept())
    return caller.ask(
        "StartProcessInstance",
        "start_process_instance",
        process_code=desk.codes["简单审批"],
        originator_user_id=desk.asker,
        microapp_agent_id=int(desk.box.agent_id),
        form_component_values=[value("标题", "by the SDK")] + list(more),
        **values
    ).instance_id


def read(caller, key):
    answer = caller.ask(
        "GetProcessInstance", "get_process_instance", process_instance_id=key
    )
    assert answer.success is True
    return answer.result


def test_start_execute_redirect(caller, desk):
    nodes = [
        workflow.StartProcessInstanceRequestApprovers(
            action_type="AND", user_ids=[desk.a, desk.b]
        )
    ]
    key = start(caller, desk, approvers=nodes, cc_list=[desk.c], cc_position="START")
    found = read(caller, key)
    assert (found.status, found.result) == ("RUNNING", "")
    assert found.originator_user_id == desk.asker
    assert found.originator_dept_id == str(desk.dept())
    assert found.cc_user_ids == [desk.c]
    assert found.approver_user_ids == [desk.a, desk.b]
    assert [record.type for record in found.operation_records] == [
        "START_PROCESS_INSTANCE",
        "PROCESS_CC",
    ]
    assert found.form_component_values[0].value == "by the SDK"
    assert found.form_component_values[0].component_type == "TextField"
    assert found.form_component_values[1].value is None
    tasks = {task.user_id: task for task in found.tasks}
    assert isinstance(tasks[desk.a].task_id, int)
    caller.ask(
        "ExecuteProcessInstance",
        "execute_process_instance",
        process_instance_id=key,
        task_id=tasks[desk.a].task_id,
        actioner_user_id=desk.a,
        result="agree",
        remark="fine",
    )
    moved = caller.ask(
        "RedirectWorkflowTask",
        "redirect_workflow_task",
        task_id=tasks[desk.b].task_id,
        operate_user_id=desk.b,
        to_user_id=desk.c,
    )
    assert moved.result is True
    task = next(each for each in read(caller, key).tasks if each.status == "RUNNING")
    assert task.user_id == desk.c
    caller.ask(
        "ExecuteProcessInstance",
        "execute_process_instance",
        process_instance_id=key,
        task_id=task.task_id,
        actioner_user_id=desk.c,
        result="refuse",
    )
    found = read(caller, key)
    assert (found.status, found.result) == ("COMPLETED", "refuse")
    assert found.finish_time.endswith("Z")
    assert {task.result for task in found.tasks} == {"AGREE", "REDIRECTED", "REFUSE"}


def test_lists_comments_withdrawal(caller, desk):
    key = start(caller, desk)
    answer = caller.ask(
        "ListProcessInstanceIds",
        "list_process_instance_ids",
        process_code=desk.codes["简单审批"],
        start_time=int((time.time() - 60) * 1000),
        next_token=0,
        max_results=20,
        statuses=["RUNNING"],
    )
    assert answer.success is True and answer.result.list == [key]
    assert answer.result.next_token is None
    answer = caller.ask(
        "AddProcessInstanceComment",
        "add_process_instance_comment",
        process_instance_id=key,
        text="hello",
        comment_user_id=desk.c,
    )
    assert answer.result is True
    assert read(caller, key).operation_records[-1].remark == "hello"
    answer = caller.ask(
        "TerminateProcessInstance",
        "terminate_process_instance",
        process_instance_id=key,
        operating_user_id=desk.asker,
        is_system=False,
    )
    assert answer.result is True
    assert read(caller, key).status == "TERMINATED"
    answer = caller.ask("GetUserTodoTaskSum", "get_user_todo_task_sum", user_id=desk.a)
    assert answer.result == 0


def test_templates(caller, desk):
    props = workflow.FormComponentProps
    answer = caller.ask(
        "FormCreate",
        "form_create",
        name="by the SDK",
        form_components=[
            workflow.FormComponent(
                component_type="TextField", props=props(label="a", required=True)
            ),
            workflow.FormComponent(
                component_type="TableField",
                props=props(label="lines"),
                children=[
                    workflow.FormComponent(
                        component_type="NumberField", props=props(label="n")
                    )
                ],
            ),
        ],
    )
    code = answer.result.process_code
    schema = caller.ask(
        "QuerySchemaByProcessCode", "query_schema_by_process_code", process_code=code
    ).result
    assert (schema.name, schema.status) == ("by the SDK", "PUBLISHED")
    first, table = schema.schema_content.items
    assert (first.component_name, first.props.label) == ("TextField", "a")
    assert first.props.required is True
    assert table.children[0].component_name == "NumberField"
    answer = caller.ask(
        "ListUserVisibleBpmsProcesses",
        "list_user_visible_bpms_processes",
        user_id=desk.asker,
        max_results=100,
        next_token=0,
    )
    assert code in [each.process_code for each in answer.result.process_list]
    head = desk.box.org.administrators()[0].userid
    answer = caller.ask(
        "GetManageProcessByStaffId", "get_manage_process_by_staff_id", user_id=head
    )
    assert code in [each.process_code for each in answer.result]
    schema = caller.ask(
        "QuerySchemaByProcessCode",
        "query_schema_by_process_code",
        process_code=desk.codes["采购申请"],
    ).result
    options = [
        json.loads(text)["value"]
        for item in schema.schema_content.items
        if item.props.label == "采购类型"
        for text in item.props.options
    ]
    assert options == ["办公用品", "生产原料", "固定资产"]
    answer = caller.ask(
        "ProcessForecast",
        "process_forecast",
        process_code=desk.codes["简单审批"],
        dept_id=desk.dept(),
        user_id=desk.asker,
        form_component_values=[
            workflow.ProcessForecastRequestFormComponentValues(name="标题", value="x")
        ],
    )
    (rule,) = answer.result.workflow_activity_rules
    assert rule.activity_actioners[0].user_id == head
    assert rule.workflow_actor.approval_method == "ONE_BY_ONE"


def test_a_file(caller, desk, box):
    answer = caller.ask(
        "GetAttachmentSpace", "get_attachment_space", user_id=desk.asker
    )
    space = answer.result.space_id
    unionid = box.org.people[desk.asker].unionid
    check = storage.GetFileUploadInfoRequestOptionPreCheckParam(
        name="a.txt", size=5, parent_id="0"
    )
    info = caller.storage.get_file_upload_info_with_options(
        str(space),
        storage.GetFileUploadInfoRequest(
            union_id=unionid,
            protocol="HEADER_SIGNATURE",
            multipart=False,
            option=storage.GetFileUploadInfoRequestOption(pre_check_param=check),
        ),
        headers(box, storage, "GetFileUploadInfo"),
        RuntimeOptions(),
    ).body
    signed = info.header_signature_info
    answer = box.http.put(
        signed.resource_urls[0], data=b"hello", headers=signed.headers
    )
    assert answer.status_code == 200
    entry = caller.storage.commit_file_with_options(
        str(space),
        storage.CommitFileRequest(
            union_id=unionid, upload_key=info.upload_key, name="a.txt", parent_id="0"
        ),
        headers(box, storage, "CommitFile"),
        RuntimeOptions(),
    ).body.dentry
    file = {
        "spaceId": str(space),
        "fileId": entry.id,
        "fileName": entry.name,
        "fileSize": str(entry.size),
        "fileType": entry.extension,
    }
    key = start(caller, desk, value("附件", json.dumps([file])))
    answer = caller.ask(
        "GrantProcessInstanceForDownloadFile",
        "grant_process_instance_for_download_file",
        process_instance_id=key,
        file_id=entry.id,
    )
    assert box.http.get(answer.result.download_uri).content == b"hello"


def test_errors(caller, desk):
    for values, code in (
        ({"process_instance_id": "nothing"}, "aflowProcessInstNotExist"),
        ({}, "invalidInstanceId"),
    ):
        with pytest.raises(TeaException) as caught:
            caller.ask("GetProcessInstance", "get_process_instance", **values)
        assert caught.value.code == code
    with pytest.raises(TeaException) as caught:
        start(caller, desk, value("附件", "no list"))
    assert caught.value.code == "formConverterError"
    assert "附件" in caught.value.message
