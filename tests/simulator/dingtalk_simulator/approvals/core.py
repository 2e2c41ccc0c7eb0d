# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The approvals of a world: templates, instances, and people's actions.

An instance passes its nodes in order. In a node everybody (AND), the first one (OR) or
one after the other (ONE_BY_ONE) agrees; one refusal ends the instance. Each step writes
a line of the timeline and emits the documented event.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Sequence

from .. import ids
from ..callbacks import emit
from ..messages import BEIJING
from . import templates
from .components import Form, compact
from .drive import Drive
from .records import (
    AGREE,
    AND,
    CANCELED,
    COMPLETED,
    INVALID,
    ONE_BY_ONE,
    OR,
    PAUSED,
    PUBLISHED,
    REDIRECTED,
    REFUSE,
    RUNNING,
    TERMINATED,
    DriveFile,
    Instance,
    Record,
    Refused,
    Task,
    Template,
    Upload,
    read_instance,
)

if TYPE_CHECKING:
    from ..organisation import Organisation
    from ..world import World

CC_POSITIONS = ("START", "FINISH", "START_FINISH")
MOST_NODES = 20


class Approvals:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.templates: Dict[str, Template] = {}
        self.instances: Dict[str, Instance] = {}
        self.drive = Drive(self)
        self._tasks: Dict[int, str] = {}  # task -> instance
        self._of_template: Dict[str, List[str]] = {}  # instances, oldest first

    # Numbers

    def number(self, digits: int) -> int:
        """A free number of so many digits; like DingTalk's, not ascending."""
        while True:
            found = secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1)
            if found not in self._tasks and str(found) not in self.drive.files:
                return found

    def _instance_id(self, now: float) -> str:
        text = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode("ascii")
        return "%s%04d%d" % (text[:22], secrets.randbelow(10000), int(now))

    def _business_id(self, now: float) -> str:
        moment = datetime.fromtimestamp(now, BEIJING)
        return "%s000%s%04d" % (
            moment.strftime("%Y%m%d%H%M"),
            moment.strftime("%S"),
            secrets.randbelow(10000),
        )

    # Keeping

    def dump(self) -> Dict[str, Any]:
        return {
            "templates": [asdict(each) for each in self.templates.values()],
            "instances": [asdict(each) for each in self.instances.values()],
            "files": [asdict(each) for each in self.drive.files.values()],
            "uploads": [asdict(each) for each in self.drive.uploads.values()],
            "allowed": list(self.drive.allowed),
        }

    def load(self, data: Dict[str, Any]) -> None:
        for values in data.get("templates", ()):
            template = Template(**values)
            self.templates[template.process_code] = template
        for values in data.get("instances", ()):
            self._index(read_instance(values))
        for values in data.get("files", ()):
            file = DriveFile(**values)
            self.drive.files[file.id] = file
        for values in data.get("uploads", ()):
            upload = Upload(**values)
            self.drive.uploads[upload.key] = upload
        self.drive.allowed = dict.fromkeys(data.get("allowed", ()))

    def _index(self, instance: Instance) -> None:
        self.instances[instance.id] = instance
        self._of_template.setdefault(instance.process_code, []).append(instance.id)
        for task in instance.tasks:
            self._tasks[task.id] = instance.id

    def _saved(self, instance: Instance) -> None:
        self.world.publish(
            "approval.instance", corp_id=instance.corp_id, id=instance.id
        )

    # Templates

    def first_templates(self, org: "Organisation", seed: int) -> None:
        """Those of a new organisation, without events."""
        for template in templates.first_templates(org, seed, self.world.now()):
            self.templates[template.process_code] = template

    def templates_of(self, corp_id: str) -> List[Template]:
        return [each for each in self.templates.values() if each.corp_id == corp_id]

    def visible(self, corp_id: str, userid: str = "") -> List[Template]:
        """Enabled templates that a person may use; all enabled ones for None."""
        return [
            each
            for each in self.templates_of(corp_id)
            if each.enabled
            and not each.config.get("hidden")
            and (not userid or each.visible_to is None or userid in each.visible_to)
        ]

    def by_name(self, corp_id: str, name: str) -> Optional[Template]:
        for each in self.templates_of(corp_id):
            if each.name == name:
                return each
        return None

    def template(self, corp_id: str, process_code: Any) -> Template:
        """:raise Refused: unknown"""
        found = self.templates.get(process_code or "")
        if found is None or found.corp_id != corp_id:
            raise Refused("template", str(process_code))
        return found

    def save_template(
        self, org: "Organisation", process_code: str = "", **values: Any
    ) -> Template:
        """A new template, or changes of one: name, components, description, flow, cc,
        cc_position, config, creator, visible_to, by_app, enabled.

        :raise Refused: it is invalid
        """
        now = self.world.now()
        if "components" in values:
            values["components"] = templates.checked(values["components"])
        if "flow" in values:
            values["flow"] = templates.checked_flow(values["flow"], org)
        if values.get("cc_position", "FINISH") not in CC_POSITIONS:
            raise Refused("form", "cc_position")
        enabled = values.pop("enabled", None)
        same = self.by_name(org.corp_id, values.get("name", ""))
        if same is not None and same.process_code != process_code:
            raise Refused("name", values["name"])
        if process_code:
            template = self.template(org.corp_id, process_code)
            changed = False
            for name, value in values.items():
                changed = changed or getattr(template, name) != value
                setattr(template, name, value)
            if changed:
                template.modified_at = now
                self._tell_form(template, "update")
        else:
            if len(self.templates_of(org.corp_id)) >= templates.MOST_TEMPLATES:
                raise Refused("form", "too many templates")
            administrators = org.administrators()
            head = administrators[0].userid if administrators else ""
            values.setdefault("creator", head)
            if not values.get("flow") and head:
                values["flow"] = [{"action": ONE_BY_ONE, "userids": [head]}]
            template = Template(
                templates.process_code(),
                org.corp_id,
                values.pop("name"),
                values.pop("components"),
                form_uuid="FORM-" + ids.request_guid(),
                created_at=now,
                modified_at=now,
                **values,
            )
            self.templates[template.process_code] = template
            self._tell_form(template, "create")
            self._tell_form(template, "published")
        if enabled is not None and enabled != template.enabled:
            template.status = PUBLISHED if enabled else INVALID
            template.modified_at = now
            self._tell_form(template, "published" if enabled else "invalid")
        self.world.publish("approval.template", corp_id=org.corp_id)
        return template

    def delete_template(self, template: Template, clean: bool = False) -> None:
        """Delete a template; with `clean` its running instances are withdrawn."""
        if clean:
            for instance in self.of_template(template.process_code):
                if instance.running:
                    self._terminate(instance, template.creator, "")
        del self.templates[template.process_code]
        self._tell_form(template, "delete")
        self.world.publish("approval.template", corp_id=template.corp_id)

    def _tell_form(self, template: Template, kind: str) -> None:
        emit(
            self.world,
            "workflow_form_change",
            {
                "creatorUserId": template.creator,
                "corpId": template.corp_id,
                "formCode": template.process_code,
                "resource": "/".join(
                    ("", "workflow_form_change", "bizCategoryId", "", "processCode")
                    + (template.process_code, "type", kind)
                ),
                "type": kind,
                "modifierUserId": template.creator,
                "appUuid": template.corp_id,
                "appIds": [],
                "modifyTime": str(int(template.modified_at * 1000)),
                "createTime": str(int(template.created_at * 1000)),
                "appType": "0",
                "bizCategoryId": "",
                "name": template.name,
            },
            template.corp_id,
        )

    # Looking

    def of_template(self, process_code: str) -> List[Instance]:
        """Oldest first."""
        return [
            self.instances[key]
            for key in self._of_template.get(process_code, ())
            if key in self.instances
        ]

    def of_corp(self, corp_id: str) -> List[Instance]:
        """Newest first."""
        found = [each for each in self.instances.values() if each.corp_id == corp_id]
        return found[::-1]

    def instance(self, corp_id: str, instance_id: Any) -> Instance:
        """:raise Refused: unknown"""
        found = self.instances.get(str(instance_id or ""))
        if found is None or found.corp_id != corp_id:
            raise Refused("instance", str(instance_id))
        return found

    def instance_of_task(self, corp_id: str, task_id: Any) -> Instance:
        """:raise Refused: unknown"""
        try:
            found = self.instances.get(self._tasks.get(int(task_id), ""))
        except (TypeError, ValueError):
            found = None
        if found is None or found.corp_id != corp_id:
            raise Refused("task", str(task_id))
        return found

    def todo(self, corp_id: str, userid: str) -> List[Instance]:
        """Tasks that wait for a person, newest first."""
        return [
            each
            for each in self.of_corp(corp_id)
            if each.running and each.open_tasks(userid)
        ]

    # Starting

    def nodes_for(
        self,
        org: "Organisation",
        template: Template,
        originator: str,
        dept_id: int,
        chosen: Optional[Dict[str, List[str]]] = None,
    ) -> List[Dict[str, Any]]:
        """The template's flow with people, without leavers.

        :raise Refused: nobody was chosen
        """
        nodes = []
        for node in template.flow:
            userids: List[str] = []
            for userid in node["userids"]:
                if userid == templates.MANAGER:
                    userid = self._manager(org, template, originator, dept_id)
                if userid in org.people and userid not in userids:
                    userids.append(userid)
            if node.get("select"):
                if chosen is not None and node["key"] not in chosen:
                    raise Refused("targets", node["key"])
                wanted = (chosen or {}).get(node["key"], [])
                if userids and not set(wanted) <= set(userids):
                    raise Refused("scope", node["key"])
                userids = list(wanted)
            nodes.append(self._node(node["action"], userids, node))
        return nodes

    def _node(
        self, action: str, userids: Sequence[str], more: Optional[Dict[str, Any]] = None
    ) -> Dict[str, Any]:
        found = dict(more or {})
        found.update(
            action=action,
            userids=list(userids),
            activity_id="%s_%s" % (ids.random_hex(4), ids.random_hex(4)),
            next=0,
        )
        return found

    def _manager(
        self, org: "Organisation", template: Template, originator: str, dept_id: int
    ) -> str:
        """The manager of the department or the next one above it, but not the
        originator.
        """
        for key in org.parents(1 if dept_id == -1 else dept_id):
            for userid in org.departments[key].managers:
                if userid != originator and userid in org.people:
                    return userid
        return template.creator if template.creator in org.people else ""

    def start(
        self,
        org: "Organisation",
        template: Template,
        originator: Any,
        dept_id: Optional[int],
        values: Any,
        approvers: Iterable[Dict[str, Any]] = (),
        cc: Sequence[str] = (),
        cc_position: str = "",
        chosen: Optional[Dict[str, List[str]]] = None,
        app_key: str = "",
        by_api: bool = True,
        biz_action: str = "NONE",
        main_id: str = "",
    ) -> Instance:
        """Start an instance.

        :param dept_id: of the originator, -1 for the root
        :param values: as the API takes them
        :param approvers: nodes instead of the template's: action (also NONE), userids
        :param chosen: key of a node where the originator chooses -> userids
        :raise Refused: invalid; nothing has changed
        """
        if not template.enabled or template.category and by_api:
            raise Refused("disabled", template.name)
        person = org.person(str(originator))
        if person is None:
            raise Refused("person", str(originator))
        nodes = [self._given_node(org, node) for node in approvers]
        if len(nodes) > MOST_NODES:
            raise Refused("approvers", "approvers")
        dept_id = self._department(org, person, dept_id, bool(nodes))
        for userid in cc:
            if org.person(userid) is None:
                raise Refused("person", userid)
        rows = Form(self, org, template).read(values)
        if nodes:
            cc, cc_position = list(cc), cc_position or "FINISH"
        else:
            nodes = self.nodes_for(org, template, person.userid, dept_id, chosen or {})
            cc, cc_position = list(template.cc), template.cc_position
        now = self.world.now()
        instance = Instance(
            self._instance_id(now),
            org.corp_id,
            template.process_code,
            "%s提交的%s" % (person.name, template.name),
            person.userid,
            dept_id,
            self._business_id(now),
            now,
            rows,
            nodes,
            cc=cc,
            cc_position=cc_position,
            by_api=by_api,
            app_key=app_key,
            category=template.category,
            biz_action=biz_action,
            main_id=main_id,
            offset=self.world.setting("clock_offset"),
        )
        self._index(instance)
        self._write(instance, "START_PROCESS_INSTANCE", person.userid)
        self._tell_instance(instance, "start")
        if "START" in cc_position:
            self._copy(instance)
        self._enter(instance)
        self._saved(instance)
        return instance

    def _given_node(self, org: "Organisation", node: Dict[str, Any]) -> Dict[str, Any]:
        action, userids = node.get("action") or "NONE", list(node.get("userids") or ())
        fits = len(userids) == 1 if action == "NONE" else len(userids) >= 2
        if action not in ("NONE", AND, OR, ONE_BY_ONE) or not fits:
            raise Refused("approvers", "actionType %s" % action)
        if len(userids) > MOST_NODES:
            raise Refused("approvers", "userIds")
        for userid in userids:
            if org.person(userid) is None:
                raise Refused("person", str(userid))
        return self._node(ONE_BY_ONE if action == "NONE" else action, userids)

    def _department(
        self, org: "Organisation", person: Any, dept_id: Optional[int], optional: bool
    ) -> int:
        if dept_id is None:
            if not optional:
                raise Refused("missing", "deptId")
            main = person.main_dept
            return -1 if main == 1 else int(main)
        key = 1 if dept_id == -1 else dept_id
        if org.department(key) is None or (
            self.world.setting("approvals_dept_check") and key not in person.depts
        ):
            raise Refused("department", str(dept_id))
        return dept_id

    # Going on

    def _enter(self, instance: Instance) -> None:
        """Give tasks to the people of this node; after the last one it is done."""
        while instance.place < len(instance.nodes):
            node = instance.nodes[instance.place]
            if node["action"] == ONE_BY_ONE:
                if node["next"] < len(node["userids"]):
                    self._give(instance, node["userids"][node["next"]])
                    node["next"] += 1
                    return
            elif node["userids"]:
                for userid in node["userids"]:
                    self._give(instance, userid)
                node["next"] = len(node["userids"])
                return
            instance.place += 1
        self._finish(instance, "agree")

    def _give(
        self, instance: Instance, userid: str, activity_id: str = "", waits: int = 0
    ) -> Task:
        node = instance.nodes[instance.place]
        task = Task(
            self.number(11),
            userid,
            instance.place,
            activity_id or node["activity_id"],
            self.world.now(),
            waits_for=waits,
        )
        instance.tasks.append(task)
        self._tasks[task.id] = instance.id
        self._tell_task(instance, task, "start")
        return task

    def _advance(self, instance: Instance) -> None:
        """After an agreement: is the node decided?"""
        node = instance.nodes[instance.place]
        left = [
            task
            for task in instance.tasks
            if task.node == instance.place and task.status in (RUNNING, PAUSED)
        ]
        if node["action"] == OR:
            for task in left:
                self._cancel(instance, task)
        elif left:
            return
        if node["action"] != ONE_BY_ONE or node["next"] >= len(node["userids"]):
            instance.place += 1
        self._enter(instance)

    def _cancel(self, instance: Instance, task: Task) -> None:
        task.status, task.finished_at = CANCELED, self.world.now()
        self._tell_task(instance, task, "cancel")

    def _finish(self, instance: Instance, result: str) -> None:
        instance.finished_at = self.world.now()
        for task in instance.tasks:
            if task.status in (RUNNING, PAUSED):
                self._cancel(instance, task)
        instance.status, instance.result = COMPLETED, result
        if "FINISH" in instance.cc_position and result == "agree":
            self._copy(instance)
        self._tell_instance(instance, "finish")

    def _copy(self, instance: Instance) -> None:
        if not instance.cc:
            return
        for userid in instance.cc:
            if userid not in instance.copied:
                instance.copied.append(userid)
        self._write(instance, "PROCESS_CC", instance.originator, cc=list(instance.cc))

    def _write(self, instance: Instance, kind: str, userid: str, **more: Any) -> Record:
        record = Record(kind, userid, self.world.now(), **more)
        instance.records.append(record)
        return record

    # What people do

    def open_task(
        self, instance: Instance, userid: str, task_id: Optional[int] = None
    ) -> Task:
        """The task that a person may handle now. :raise Refused: none"""
        if not instance.running:
            raise Refused("over", instance.id)
        if task_id is None:
            found = instance.open_tasks(userid)
            if not found:
                raise Refused("actor", userid)
            return found[0]
        task = instance.task(task_id)
        if task is None:
            raise Refused("task", str(task_id))
        if task.userid != userid:
            raise Refused("actor", userid)
        if task.status != RUNNING:
            raise Refused("task_over", str(task_id))
        return task

    def execute(
        self,
        instance: Instance,
        task: Task,
        result: str,
        remark: str = "",
        attachments: Sequence[Dict[str, Any]] = (),
        images: Sequence[str] = (),
    ) -> None:
        """Agree to a task of `open_task`, or refuse it."""
        agreed = result == "agree"
        task.status, task.finished_at = COMPLETED, self.world.now()
        task.result, task.remark = AGREE if agreed else REFUSE, remark
        self._write(
            instance,
            "EXECUTE_TASK_NORMAL",
            task.userid,
            result=task.result,
            remark=remark,
            attachments=list(attachments),
            images=list(images),
            activity_id=task.activity_id,
        )
        self._tell_task(instance, task, "finish", result)
        if not agreed:
            self._finish(instance, "refuse")
        else:
            waiting = [
                each
                for each in instance.tasks
                if each.status == PAUSED and each.waits_for == task.id
            ]
            for each in waiting:
                each.status, each.waits_for = RUNNING, 0
                self._tell_task(instance, each, "start")
            if not waiting:
                self._advance(instance)
        self._saved(instance)

    def redirect(
        self, instance: Instance, task: Task, to_userid: str, remark: str = ""
    ) -> Task:
        """Hand a task to somebody else. :raise Refused: unknown id"""
        self._known(instance, to_userid)
        task.status, task.finished_at = COMPLETED, self.world.now()
        task.result, task.remark = REDIRECTED, remark
        self._write(
            instance,
            "REDIRECT_TASK",
            task.userid,
            remark=remark,
            activity_id=task.activity_id,
        )
        self._tell_task(instance, task, "finish", "redirect")
        fresh = self._give(instance, to_userid, task.activity_id)
        for each in instance.tasks:
            if each.waits_for == task.id and each.status == PAUSED:
                each.waits_for = fresh.id
        self._saved(instance)
        return fresh

    def append(
        self,
        instance: Instance,
        task: Task,
        to_userid: str,
        remark: str = "",
        position: str = "after",
    ) -> None:
        """Add a signer. No page says how the tasks move; this is a guess.

        after: a node behind this one. before: the new signer decides first, while the
        task waits.
        """
        self._known(instance, to_userid)
        self._write(
            instance,
            "APPEND_TASK_BEFORE" if position == "before" else "APPEND_TASK_AFTER",
            task.userid,
            remark=remark,
            activity_id=task.activity_id,
        )
        if position == "before":
            fresh = self._give(instance, to_userid)
            task.status, task.waits_for = PAUSED, fresh.id
        else:
            instance.nodes.insert(
                instance.place + 1, self._node(ONE_BY_ONE, [to_userid])
            )
        self._saved(instance)

    def comment(
        self,
        instance: Instance,
        userid: str,
        text: str,
        attachments: Sequence[Dict[str, Any]] = (),
        images: Sequence[str] = (),
    ) -> None:
        """Anybody may, at any time. :raise Refused: unknown id"""
        self._known(instance, userid)
        self._write(
            instance,
            "ADD_REMARK",
            userid,
            remark=text,
            attachments=list(attachments),
            images=list(images),
        )
        now = int(self.world.now() * 1000)
        data = self._about(instance, "comment", userid)
        data.update(remark=text, content=text, createTime=now, finishTime=now)
        self._emit("bpms_task_change", instance, data)
        self._saved(instance)

    def withdraw(
        self, instance: Instance, userid: str, remark: str = "", system: bool = False
    ) -> None:
        """:raise Refused: over, too young, not the originator, not allowed"""
        if not instance.running:
            raise Refused("over", instance.id)
        age = self.world.now() - instance.created_at
        if age < self.world.setting("approvals_withdraw_seconds"):
            raise Refused("young", "发起审批15秒内不能撤销审批流程")
        template = self.templates.get(instance.process_code)
        if template is not None and template.config.get("disableStopProcessButton"):
            raise Refused("withdraw", "您没有任务处理的权限")
        if not system and userid != instance.originator:
            raise Refused("originator", userid)
        self._terminate(instance, userid or instance.originator, remark)

    def revoke(self, instance: Instance, userid: str, remark: str = "") -> None:
        """Take back what was approved. No page says what the instance shows then; it
        becomes a withdrawn one here. With an instance of `biz_action` REVOKE it stays.

        :raise Refused: not approved, not the originator, not allowed
        """
        if instance.status != COMPLETED or instance.result != "agree":
            raise Refused("over", "only approved instances are revoked")
        template = self.templates.get(instance.process_code)
        if template is not None and template.config.get("disableRevokeButton"):
            raise Refused("withdraw", "您没有任务处理的权限")
        if userid != instance.originator:
            raise Refused("originator", userid)
        instance.result = ""
        self._terminate(instance, userid, remark)

    def _terminate(self, instance: Instance, userid: str, remark: str) -> None:
        instance.finished_at = self.world.now()
        for task in instance.tasks:
            if task.status in (RUNNING, PAUSED):
                self._cancel(instance, task)
        instance.status = TERMINATED
        self._write(instance, "TERMINATE_PROCESS_INSTANCE", userid, remark=remark)
        self._tell_instance(instance, "terminate")
        self._saved(instance)

    def delete(self, instance: Instance) -> None:
        """An administrator deletes the instance; APIs no longer find it."""
        self.instances.pop(instance.id)
        self._of_template[instance.process_code].remove(instance.id)
        self._tell_instance(instance, "delete")
        self._saved(instance)

    def _known(self, instance: Instance, userid: str) -> None:
        if self.world.org(instance.corp_id).person(userid) is None:
            raise Refused("person", userid)

    # Events

    def _about(self, instance: Instance, kind: str, userid: str) -> Dict[str, Any]:
        return {
            "processInstanceId": instance.id,
            "businessId": instance.business_id,
            "title": instance.title,
            "type": kind,
            "createTime": _ms(instance.created_at),
            "processCode": instance.process_code,
            "bizCategoryId": instance.category,
            "staffId": userid,
        }

    def _tell_instance(self, instance: Instance, kind: str) -> None:
        data = self._about(instance, kind, instance.originator)
        data["url"] = (
            "https://aflow.dingtalk.com/dingtalk/mobile/homepage.htm?corpid=%s"
            "&dd_share=false&showmenu=false&dd_progress=false&back=native"
            "&procInstId=%s&swfrom=isv&dinghash=approval&dd_from=corp#approval"
            % (instance.corp_id, instance.id)
        )
        if kind in ("finish", "terminate"):
            data["finishTime"] = _ms(instance.finished_at)
        if kind == "finish":
            data["result"] = instance.result
        size = len(compact(instance.values).encode("utf-8"))
        if size > self.world.setting("approvals_form_values_limit"):
            data["formValuesOmitted"] = True
        elif self.world.setting("approvals_event_values"):
            data["formValueVOS"] = instance.values
        self._emit("bpms_instance_change", instance, data)
        if instance.category.startswith("attendance."):
            self._tell_attendance(instance, kind)

    def _tell_attendance(self, instance: Instance, kind: str) -> None:
        """The event of attendance, without type and outcome."""
        data = {
            "approveType": instance.category.partition(".")[2].upper(),
            "processInstanceId": instance.id,
            "mainProcessInstanceId": instance.main_id or instance.id,
            "corpId": instance.corp_id,
            "processCode": instance.process_code,
            "status": kind,
        }
        emit(
            self.world, "attendance_approve_status_change", data, instance.corp_id
        )

    def _tell_task(
        self, instance: Instance, task: Task, kind: str, result: str = ""
    ) -> None:
        data = self._about(instance, kind, task.userid)
        data["taskId"], data["createTime"] = task.id, _ms(task.created_at)
        if kind != "start":
            data["finishTime"] = _ms(task.finished_at)
        if result:
            data["result"] = result
        if task.remark:
            data["remark"] = task.remark
        self._emit("bpms_task_change", instance, data)

    def _emit(self, event: str, instance: Instance, data: Dict[str, Any]) -> None:
        emit(self.world, event, data, instance.corp_id, operator=data["staffId"])


def _ms(at: float) -> int:
    """Milliseconds of a whole second, as every captured event has them."""
    return int(at) * 1000


__all__ = ["Approvals"]
