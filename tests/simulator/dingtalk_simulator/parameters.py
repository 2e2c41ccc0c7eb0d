# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The contents of parameters that are objects or lists, for every endpoint.

The gateway checks it before the endpoint is called. Endpoints check their plain members
(texts, numbers, comma-separated lists).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Dict, Tuple

from .checks import (
    ANYTHING,
    FLAG,
    Check,
    Wrong,
    either,
    maybe,
    members,
    read_json,
    rows,
    text,
    whole,
)
from .errors import ApiError, CallError, OapiError

if TYPE_CHECKING:
    from .endpoints import Call

WORD = text(scalar=True)
NUMBER = whole(digits=True)
YES = either(FLAG, text(among=("true", "false")))
Problem = Callable[[str], CallError]


@dataclass
class Takes:
    """Checks by member, and the error for a bad one."""

    problem: Problem
    checks: Dict[str, Check]


def _old(code: int, message: str) -> Problem:
    return lambda where: OapiError(code, message % where)


def _new(code: str, message: str = "参数错误：%s") -> Problem:
    return lambda where: ApiError(code, message % where)


def _start(where: str) -> CallError:
    if where.startswith("formComponentValues["):
        return ApiError(
            "formConverterError", "表单数据校验失败，失败控件：%s" % where
        )
    return ApiError("invalidParameter", "参数错误：%s" % where)


BAD = _old(40035, "不合法的参数：%s")
INVALID = _old(400002, "无效的参数：%s")
WORKFLOW = _new("invalidParameter")
LEAVE = _new("invalidRequestParams")

# People

OF_DEPARTMENTS = rows(members(("dept_id",), dept_id=NUMBER, order=NUMBER))
TITLES = rows(
    members(("dept_id",), dept_id=NUMBER, title=WORD, work_place=WORD, is_main=YES)
)
PERSON = {
    "dept_order_list": OF_DEPARTMENTS,
    "dept_title_list": TITLES,
    "dept_position_list": TITLES,
    "extension_i18n": members(),
    "org_email_type": text(among=("profession", "base")),
    "login_email": text(64),
    "language": text(6),
}
DEPARTMENT = {"brief": WORD, "telephone": WORD, "language": text(6)}
LANGUAGE = {"language": text(6)}

# Forms: templates

OPTION = either(text(), members(value=WORD, key=WORD))
SUM = members(componentId=WORD, id=WORD, label=WORD, upper=ANYTHING)
PROPS = members(
    id=WORD,
    componentId=WORD,
    bizAlias=WORD,
    label=text(),
    placeholder=text(),
    content=text(),
    format=text(),
    unit=text(),
    mode=text(),
    actionName=text(),
    options=rows(OPTION),
    statField=rows(SUM),
    availableTemplates=rows(members(name=text(), processCode=text())),
    limit=NUMBER,
)


def _component(value: object, where: str) -> None:
    members(componentType=text(), props=PROPS, children=rows(COMPONENT))(value, where)


COMPONENT = Check(_component, True)
OLD_PROPS = members(
    id=WORD,
    label=text(),
    placeholder=text(),
    format=text(),
    unit=text(),
    action_name=text(),
    biz_alias=WORD,
    options=rows(either(text(50), members(value=text(50), key=WORD)), most=200),
    stat_field=rows(SUM),
    not_upper=WORD,
    content=text(),
    formula=rows(),
)


def _old_component(value: object, where: str) -> None:
    members(component_name=text(), props=OLD_PROPS, children=rows(OLD_COMPONENT))(
        value, where
    )


OLD_COMPONENT = Check(_old_component, True)
CONFIG = members(
    disableStopProcessButton=FLAG,
    hidden=FLAG,
    disableDeleteProcess=FLAG,
    disableFormEdit=FLAG,
    disableResubmit=FLAG,
    disableHomepage=FLAG,
    dirId=text(),
    originDirId=text(),
)

# Forms: values. Those of the new family are texts, whatever they are about.

CELL = members(id=text(), name=text(), value=text(), extValue=text(), bizAlias=text())
VALUE = members(
    id=text(),
    name=text(),
    value=text(65535),
    extValue=text(),
    bizAlias=text(),
    componentType=text(),
    details=rows(members(("details",), details=rows(CELL)), most=150),
)
OLD_VALUE = members(
    ("name",), id=text(), name=text(), value=either(text(), rows()), ext_value=ANYTHING
)
NODE = members(actionType=text(), userIds=rows(WORD, most=20))
OLD_NODE = members(task_action_type=text(), user_ids=rows(WORD, most=20))
CHOSEN = members(("actionerKey",), actionerKey=text(), actionerUserIds=rows(WORD))

# Files

FILE = members(
    fileId=WORD, spaceId=WORD, fileName=text(), fileSize=WORD, fileType=text()
)
OLD_FILE = members(
    file_id=WORD, space_id=WORD, file_name=text(), file_size=WORD, file_type=text()
)
FILES = members(photos=rows(text()), attachments=rows(FILE, most=20))
OLD_FILES = members(photos=rows(text()), attachments=rows(OLD_FILE))
AT = members(
    atMobiles=rows(WORD, most=50), atUserIds=rows(WORD, most=50), isAtAll=YES
)
STRATEGIES = (
    "AUTO_RENAME",
    "OVERWRITE",
    "RETURN_DENTRY_IF_EXISTS",
    "RETURN_ERROR_IF_EXISTS",
)

# To-dos

DETAIL = members(appUrl=text(), pcUrl=text())
NOTIFY = members(
    dingNotify=text(among=("0", "1")), sendTodoApn=YES, sendAssistantChat=YES
)
TASK_FIELDS = rows(members(fieldKey=text(1024), fieldValue=text(1024)))

SPACE_MODEL = members(
    supportForward=FLAG,
    lastMessageI18n=members(),
    searchSupport=members(),
    notification=members(),
)

# Leave

LEAVE_PERIOD = dict(
    bizType=whole(),
    fromTime=text(),
    toTime=text(),
    durationUnit=text(),
    calculateModel=whole(),
    leaveCode=text(),
    timeZoneId=text(),
)

FLOW = "/v1.0/workflow/"
TO_DO = "/v1.0/todo/users/{unionId}/"
INSTANCES = FLOW + "processInstances"
DRIVE = "/v1.0/storage/spaces/{spaceId}/files/"


def _table() -> Dict[str, Takes]:
    found: Dict[str, Takes] = {}

    def add(problem: Problem, paths: Tuple[str, ...], **checks: Check) -> None:
        for path in paths:
            found[path] = Takes(problem, checks)

    add(BAD, ("/topapi/v2/user/create", "/topapi/v2/user/update"), **PERSON)
    add(BAD, ("/user/create", "/user/update"), extattr=ANYTHING, orderInDepts=ANYTHING)
    add(
        BAD,
        ("/topapi/v2/department/create", "/topapi/v2/department/update"),
        **DEPARTMENT,
    )
    add(
        BAD,
        (
            "/topapi/v2/user/get",
            "/topapi/v2/user/list",
            "/topapi/user/listsimple",
            "/topapi/v2/department/get",
            "/topapi/v2/department/listsub",
        ),
        **LANGUAGE,
    )
    add(BAD, ("/robot/send",), at=AT, msgtype=text(), msgUuid=text())
    # Approvals of the old family
    add(
        _old(810003, "表单数据格式错误：%s"),
        ("/topapi/process/save",),
        saveProcessRequest=members(
            name=text(), description=text(), form_component_list=rows(OLD_COMPONENT)
        ),
    )
    add(
        INVALID,
        ("/topapi/processinstance/create",),
        approvers_v2=rows(OLD_NODE, most=20),
        form_component_values=rows(OLD_VALUE, most=200),
    )
    add(INVALID, ("/topapi/processinstance/execute",), file=OLD_FILES)
    add(
        INVALID,
        (
            "/topapi/process/delete",
            "/topapi/process/instance/terminate",
            "/topapi/process/instance/comment/add",
            "/topapi/process/instance/execute",
            "/topapi/processinstance/file/url/get",
        ),
        request=members(file=OLD_FILES),
    )
    add(
        INVALID,
        ("/topapi/processinstance/cspace/preview",),
        request=members(fileid_list=either(text(), rows(WORD, most=20))),
    )
    add(
        INVALID,
        ("/topapi/process/dentry/auth",),
        request=members(file_infos=rows(OLD_FILE)),
    )
    # Approvals of the new family
    add(
        _new("formschema.error", "表单schema错误：%s"),
        (FLOW + "forms",),
        formComponents=rows(COMPONENT, most=200),
        templateConfig=CONFIG,
    )
    add(
        WORKFLOW,
        (FLOW + "processes/forecast",),
        formComponentValues=rows(VALUE, most=150),
    )
    add(
        _start,
        (INSTANCES,),
        formComponentValues=rows(VALUE, most=150),
        approvers=rows(NODE, most=20),
        targetSelectActioners=rows(CHOSEN, most=20),
        bizDetailPageUrl=text(1024),
    )
    add(WORKFLOW, (INSTANCES + "/comments", INSTANCES + "/execute"), file=FILES)
    add(
        _new("param.illegal"),
        (FLOW + "tasks/redirect",),
        file=FILES,
        actionName=text(128),
    )
    add(WORKFLOW, (INSTANCES + "/spaces/files/authDownload",), fileInfos=rows(FILE))
    # Files
    add(
        _new("paramError", "%s"),
        (DRIVE + "uploadInfos/query",),
        multipart=FLAG,
        option=members(
            preCheckParam=members(
                md5=text(), size=NUMBER, parentId=WORD, name=text(255)
            ),
            storageDriver=text(),
        ),
    )
    add(
        _new("paramError", "%s"),
        (DRIVE + "commit",),
        option=members(size=NUMBER, conflictStrategy=text(among=STRATEGIES)),
    )
    # To-dos
    add(
        _new("todo.taskCreate.paramError", "%s is invalid"),
        (TO_DO + "tasks", "/v1.0/todo/users/me/personalTasks"),
        detailUrl=DETAIL,
        notifyConfigs=NOTIFY,
        contentFieldList=TASK_FIELDS,
    )
    add(
        _new("todo.taskUpdate.paramError", "%s is invalid"),
        (TO_DO + "tasks/{taskId}",),
        contentFieldList=TASK_FIELDS,
    )
    add(
        _new("todo.taskExecutorStatusUpdate.paramError", "%s is invalid"),
        (TO_DO + "tasks/{taskId}/executorStatus",),
        executorStatusList=rows(members(("id",), id=WORD, isDone=FLAG)),
    )
    add(
        _new("todo.orgTaskQuery.paramError", "%s is invalid"),
        (TO_DO + "org/tasks/query", TO_DO + "organizations/tasks/query"),
        roleTypes=rows(rows(WORD)),
    )
    # Cards
    add(
        _new("param.invalid", "参数错误：%s"),
        (
            "/v1.0/card/instances",
            "/v1.0/card/instances/createAndDeliver",
            "/v1.0/card/instances/deliver",
        ),
        cardData=members(cardParamMap=members()),
        privateData=members(),
        openDynamicDataConfig=members(
            dynamicDataSourceConfigs=rows(
                members(
                    dynamicDataSourceId=text(),
                    constParams=members(),
                    pullConfig=members(
                        pullStrategy=text(), interval=NUMBER, timeUnit=text()
                    ),
                )
            )
        ),
        imRobotOpenSpaceModel=SPACE_MODEL,
        imGroupOpenSpaceModel=SPACE_MODEL,
        imRobotOpenDeliverModel=members(
            spaceType=text(), robotCode=text(), extension=members()
        ),
        imGroupOpenDeliverModel=members(
            robotCode=text(),
            atUserIds=members(),
            recipients=rows(WORD),
            extension=members(),
        ),
        cardUpdateOptions=members(
            updateCardDataByKey=FLAG, updatePrivateDataByKey=FLAG
        ),
    )
    # Smart HR
    add(
        BAD,
        ("/topapi/smartwork/hrm/employee/v2/update",),
        param=members(
            ("userid",),
            userid=text(),
            groups=rows(
                members(
                    group_id=text(),
                    sections=rows(
                        members(
                            old_index=whole(0),
                            section=rows(members(field_code=text(), value=text())),
                        )
                    ),
                )
            ),
        ),
    )
    # Leave
    add(
        LEAVE,
        ("/v1.0/attendance/approvals/durations/calculate",),
        **LEAVE_PERIOD,
    )
    add(
        LEAVE,
        ("/v1.0/attendance/approvals/finish",),
        topCalculateApproveDurationParam=members(**LEAVE_PERIOD),
        approveId=text(),
        tagName=text(),
        subType=text(),
        jumpUrl=text(),
        overtimeDuration=text(),
        overTimeToMore=NUMBER,
    )
    add(
        LEAVE,
        ("/v1.0/attendance/approvals/query",),
        bizTypes=rows(whole(1, 3)),
    )
    add(
        LEAVE,
        ("/v1.0/attendance/closingAccounts/status/query",),
        userTimeRange=rows(
            members(("startTime", "endTime"), startTime=whole(0), endTime=whole(0))
        ),
    )
    # Streams
    add(
        lambda where: ApiError("invalidParameter.%s" % where, "参数 %s 不合法" % where),
        ("/v1.0/gateway/connections/open",),
        subscriptions=rows(members(("type", "topic"), type=text(), topic=text())),
    )
    return found


TAKES = _table()


def check(call: "Call") -> None:
    """:raise CallError: bad parameters"""
    takes = TAKES.get(call.endpoint.path)
    if takes is None:
        return
    for name, shape in takes.checks.items():
        value = call.params.raw(name)
        if value is None or value == "":
            continue
        if shape.nested and isinstance(value, str) and not call.params.strict:
            try:
                value = read_json(value)
            except ValueError:
                raise takes.problem(name)
        try:
            maybe(shape)(value, name)
        except Wrong as wrong:
            raise takes.problem(wrong.where)
