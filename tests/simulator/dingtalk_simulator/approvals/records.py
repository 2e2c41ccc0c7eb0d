# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Records of approvals: templates, instances, tasks, actions, files.

Without behaviour; changes go through `Approvals`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

# Of an instance
RUNNING, TERMINATED, COMPLETED = "RUNNING", "TERMINATED", "COMPLETED"
# Of a task beside those
PAUSED, CANCELED = "PAUSED", "CANCELED"
NONE, AGREE, REFUSE, REDIRECTED = "NONE", "AGREE", "REFUSE", "REDIRECTED"
# Of a node: everybody, the first one, one after the other
AND, OR, ONE_BY_ONE = "AND", "OR", "ONE_BY_ONE"
ACTIONS = (AND, OR, ONE_BY_ONE)
# Of a template
PUBLISHED, INVALID = "PUBLISHED", "INVALID"


class Refused(Exception):
    """A rule of approvals forbids it. The APIs have a code for each kind.

    kind: template, disabled, name, form; component, value, person, department, missing,
    approvers, targets, scope; instance, over, young, originator, withdraw; task,
    task_over, actor; file
    """

    def __init__(self, kind: str, text: str = "") -> None:
        super().__init__(text or kind)
        self.kind = kind
        self.text = text


@dataclass
class Template:
    process_code: str
    corp_id: str
    name: str
    # {"componentType", "props": {"id", "label", ...}, "children": [...]}
    components: List[Dict[str, Any]]
    description: str = ""
    # [{"action": AND | OR | ONE_BY_ONE, "userids": [...]}], in "userids" also
    # "$manager" (of the originator's department); with "select" and "key" the
    # originator chooses among them
    flow: List[Dict[str, Any]] = field(default_factory=list)
    cc: List[str] = field(default_factory=list)
    cc_position: str = "FINISH"
    status: str = PUBLISHED
    creator: str = ""
    form_uuid: str = ""
    created_at: float = 0.0
    modified_at: float = 0.0
    config: Dict[str, Any] = field(default_factory=dict)
    visible_to: Optional[List[str]] = None  # userids; None: everybody
    by_app: str = ""  # key of the app that created it by API
    icon: str = "common"
    category: str = ""  # of a suite, which only people can start

    @property
    def enabled(self) -> bool:
        return self.status == PUBLISHED

    def component(self, key: str) -> Optional[Dict[str, Any]]:
        """The component with this id or bizAlias, also in a table."""
        for each in self.all_components():
            if key in (each["props"]["id"], each["props"].get("bizAlias") or None):
                return each
        return None

    def all_components(self) -> List[Dict[str, Any]]:
        found = []
        for each in self.components:
            found.append(each)
            found.extend(each.get("children") or ())
        return found


@dataclass
class Task:
    id: int
    userid: str
    node: int
    activity_id: str
    created_at: float
    status: str = RUNNING
    result: str = NONE
    remark: str = ""
    finished_at: float = 0.0
    waits_for: int = 0  # task of an added signer that has to end first


@dataclass
class Record:
    """One line of the timeline; kind as `operationRecords[].type` of the API."""

    kind: str
    userid: str
    at: float
    result: str = NONE
    remark: str = ""
    attachments: List[Dict[str, Any]] = field(default_factory=list)
    images: List[str] = field(default_factory=list)
    cc: List[str] = field(default_factory=list)
    activity_id: str = ""


@dataclass
class Instance:
    id: str
    corp_id: str
    process_code: str
    title: str
    originator: str
    dept_id: int  # -1 for the root
    business_id: str
    created_at: float
    # {"id", "name", "componentType", "bizAlias", "value", "extValue"} as read
    values: List[Dict[str, Any]]
    # {"action", "userids", "activity_id", "name", "next"}
    nodes: List[Dict[str, Any]]
    place: int = 0  # node that is being decided
    status: str = RUNNING
    result: str = ""  # agree, refuse
    finished_at: float = 0.0
    cc: List[str] = field(default_factory=list)
    cc_position: str = "FINISH"
    copied: List[str] = field(default_factory=list)
    by_api: bool = False
    app_key: str = ""
    category: str = ""  # bizCategoryId of a suite
    biz_action: str = "NONE"  # REVOKE, MODIFY: of the instance main_id
    main_id: str = ""
    offset: float = 0.0  # how far the clock was ahead of this machine's
    tasks: List[Task] = field(default_factory=list)
    records: List[Record] = field(default_factory=list)

    @property
    def running(self) -> bool:
        return self.status == RUNNING

    def open_tasks(self, userid: str = "") -> List[Task]:
        return [
            task
            for task in self.tasks
            if task.status == RUNNING and userid in ("", task.userid)
        ]

    def task(self, task_id: int) -> Optional[Task]:
        for task in self.tasks:
            if task.id == task_id:
                return task
        return None


@dataclass
class DriveFile:
    """A file in the approvals' drive space. Its bytes are with the uploaded media."""

    id: str
    space_id: int
    corp_id: str
    name: str
    size: int
    creator: str
    created_at: float
    uuid: str = ""
    key: str = ""  # of the upload

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2] if "." in self.name else ""

    def value(self) -> Dict[str, Any]:
        """The five members of an attachment in a form."""
        return {
            "spaceId": str(self.space_id),
            "fileId": self.id,
            "fileName": self.name,
            "fileSize": self.size,
            "fileType": self.extension,
        }


@dataclass
class Upload:
    """Expected or uploaded bytes that are not a file yet."""

    key: str
    space_id: int
    corp_id: str
    userid: str
    name: str
    size: int
    expires_at: float
    headers: Dict[str, str] = field(default_factory=dict)
    media_id: str = ""


def read_instance(values: Dict[str, Any]) -> Instance:
    """Restore an instance from `asdict`."""
    values = dict(values)
    values["tasks"] = [Task(**each) for each in values.get("tasks", ())]
    values["records"] = [Record(**each) for each in values.get("records", ())]
    return Instance(**values)
