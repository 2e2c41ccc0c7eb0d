# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of approvals; addresses for files."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Dict, List
from urllib.parse import quote

from aiohttp import web

from ..control import Control, Mistake, wrap
from ..ids import random_hex
from .components import compact
from .details import api_shape
from .records import Instance, Refused, Template

if TYPE_CHECKING:
    from ..server import Simulator

TEMPLATE_MEMBERS = (
    "name components description flow cc cc_position config creator visible_to enabled"
).split()
ACTIONS = ("agree", "refuse", "redirect", "append", "comment", "withdraw", "revoke")


def template_data(template: Template) -> Dict[str, Any]:
    return dict(asdict(template), enabled=template.enabled)


class ApprovalControl(Control):
    @property
    def approvals(self) -> Any:
        return self.world.approvals

    # Templates

    def templates(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        return [
            template_data(each) for each in self.approvals.templates_of(org.corp_id)
        ]

    def template(self, request: web.Request, body: Dict[str, Any]) -> Any:
        return template_data(self._template(request, body))

    def _template(self, request: web.Request, body: Dict[str, Any]) -> Template:
        """By process code, or by name."""
        org, key = self.org(request, body), request.match_info["code"]
        by_name = self.approvals.by_name(org.corp_id, key)
        if by_name is not None:
            found: Template = by_name
            return found
        try:
            found = self.approvals.template(org.corp_id, key)
        except Refused:
            raise Mistake("unknown template %r" % key, 404)
        return found

    def _save(self, org: Any, key: str, body: Dict[str, Any]) -> Any:
        # A form of the console changes a label or the options of one component.
        unknown = set(body) - set(TEMPLATE_MEMBERS)
        if unknown:
            raise Mistake("unknown members: %s" % ", ".join(sorted(unknown)))
        try:
            return template_data(self.approvals.save_template(org, key, **body))
        except Refused as error:
            raise Mistake("%s: %s" % (error.kind, error.text))

    def add_template(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        if not body.get("name"):
            raise Mistake("name is missing")
        return self._save(org, "", body)

    def change_template(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Members of a template; or `component` (its id) with `label`, `options` (a
        list of texts) or `required`, which change that one.
        """
        template = self._template(request, body)
        org = self.world.org(template.corp_id)
        key = body.pop("component", None)
        if key is not None:
            body = {"components": self._changed(template, key, body)}
        return self._save(org, template.process_code, body)

    def _changed(
        self, template: Template, key: str, body: Dict[str, Any]
    ) -> List[Dict[str, Any]]:
        components = asdict(template)["components"]
        for each in components:
            for one in [each] + list(each.get("children") or ()):
                if one["props"]["id"] != key:
                    continue
                props = one["props"]
                for name in ("label", "required"):
                    if name in body:
                        props[name] = body[name]
                if body.get("options"):
                    known = {
                        option["value"]: option for option in props.get("options") or ()
                    }
                    props["options"] = [
                        known.get(
                            text, {"value": text, "key": "option_" + random_hex(8)}
                        )
                        for text in body["options"]
                    ]
                found: List[Dict[str, Any]] = components
                return found
        raise Mistake("unknown component %r" % key, 404)

    def delete_template(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`?clean=1` withdraws running instances."""
        self.approvals.delete_template(
            self._template(request, body), bool(request.query.get("clean"))
        )
        return {}

    # Instances

    def instance_data(self, instance: Instance, detail: bool = True) -> Dict[str, Any]:
        template = self.approvals.templates.get(instance.process_code)
        found = asdict(instance)
        found["template"] = template.name if template is not None else ""
        if detail:
            org = self.world.org(instance.corp_id)
            found["detail"] = api_shape(instance, org)
        return found

    def instances(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Newest first. `?process_code= &status= &originator= &todo= &limit=`"""
        org, query = self.org(request, body), request.query
        found = self.approvals.of_corp(org.corp_id)
        if query.get("todo"):
            found = self.approvals.todo(org.corp_id, query["todo"])
        for name in ("process_code", "status", "originator"):
            if query.get(name):
                found = [each for each in found if getattr(each, name) == query[name]]
        limit = int(query.get("limit", "10000"))
        return [self.instance_data(each, False) for each in found[:limit]]

    def _instance(self, request: web.Request, body: Dict[str, Any]) -> Instance:
        org = self.org(request, body)
        try:
            found: Instance = self.approvals.instance(
                org.corp_id, request.match_info["id"]
            )
        except Refused:
            raise Mistake("unknown instance", 404)
        return found

    def instance(self, request: web.Request, body: Dict[str, Any]) -> Any:
        return self.instance_data(self._instance(request, body))

    def start(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """A person starts one on the phone.

        `values` are {label: value}, or a list as the API takes it; `process_code` may
        be a template's name. `action` REVOKE or MODIFY revokes or replaces the approved
        instance `main_id`.
        """
        org = self.org(request, body)
        key = body.get("process_code") or ""
        template = self.approvals.by_name(org.corp_id, key)
        try:
            template = template or self.approvals.template(org.corp_id, key)
        except Refused:
            raise Mistake("unknown template %r" % key, 404)
        values = body.get("values") or []
        if isinstance(values, dict):
            values = self._values(template, str(body.get("originator")), values)
        dept_id = body.get("dept_id")
        person = org.person(body.get("originator") or "")
        if dept_id in (None, "") and person is not None:
            dept_id = -1 if person.main_dept == 1 else person.main_dept
        try:
            instance = self.approvals.start(
                org,
                template,
                body.get("originator"),
                int(dept_id) if dept_id not in (None, "") else None,
                values,
                chosen=body.get("chosen") or {},
                by_api=False,
                biz_action=self._biz_action(org.corp_id, body),
                main_id=str(body.get("main_id") or ""),
            )
        except Refused as error:
            raise Mistake("%s: %s" % (error.kind, error.text))
        return self.instance_data(instance)

    def _biz_action(self, corp_id: str, body: Dict[str, Any]) -> str:
        action = str(body.get("action") or "NONE")
        if action == "NONE":
            return action
        if action not in ("REVOKE", "MODIFY"):
            raise Mistake("action is REVOKE or MODIFY")
        main = self.approvals.instance(corp_id, str(body.get("main_id") or ""))
        if main.result != "agree":
            raise Refused("over", "only approved instances are revoked or replaced")
        return action

    def _values(
        self, template: Template, userid: str, given: Dict[str, Any]
    ) -> List[Dict[str, Any]]:
        """Values by label or by id of the component, as people or the page give them:
        of a period {begin, end}, of a table rows by number, of files their contents.
        """
        found = []
        for name, value in given.items():
            component = template.component(name)
            kind = component["componentType"] if component is not None else ""
            if kind == "TableField" and isinstance(value, dict):
                value = [
                    [{"id": key, "value": cell} for key, cell in row.items()]
                    for _number, row in sorted(
                        value.items(), key=lambda one: int(one[0])
                    )
                ]
            elif kind == "DDDateRangeField" and isinstance(value, dict):
                value = [value.get("begin"), value.get("end")]
            elif kind in ("InnerContactField", "RelateField") and value:
                value = value if isinstance(value, list) else [value]
            elif isinstance(value, list) and any(
                isinstance(each, dict) and "content" in each for each in value
            ):
                value = self._files(template.corp_id, userid, value)
            if value in (None, "", [], [None, None]):
                continue
            entry = {"name": name} if component is None else {"id": name}
            entry["value"] = value if isinstance(value, str) else compact(value)
            found.append(entry)
        return found

    def act(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """An action on the phone: ACTIONS.

        `attachments`: files of the space, or {"fileName", "content" in base64}.
        """
        instance = self._instance(request, body)
        userid, action = str(body.get("userid") or ""), body.get("action")
        remark, target = body.get("remark") or "", body.get("to_userid") or ""
        if action not in ACTIONS:
            raise Mistake("action is one of %s" % ", ".join(ACTIONS))
        files = self._files(instance.corp_id, userid, body.get("attachments") or ())
        task_id = body.get("task_id")
        approvals = self.approvals
        try:
            if action == "comment":
                approvals.comment(instance, userid, remark, files)
            elif action == "withdraw":
                approvals.withdraw(instance, userid, remark)
            elif action == "revoke":
                approvals.revoke(instance, userid, remark)
            else:
                task = approvals.open_task(
                    instance, userid, int(task_id) if task_id else None
                )
                if action == "redirect":
                    approvals.redirect(instance, task, target, remark)
                elif action == "append":
                    position = body.get("position") or "after"
                    approvals.append(instance, task, target, remark, position)
                else:
                    approvals.execute(instance, task, action, remark, files)
        except Refused as error:
            raise Mistake("%s: %s" % (error.kind, error.text))
        return self.instance_data(instance)

    def _files(self, corp_id: str, userid: str, given: Any) -> List[Dict[str, Any]]:
        found = []
        for each in given:
            if "content" in each:
                name = each.get("fileName") or each.get("name") or "file"
                found.append(self._add_file(corp_id, userid, name, each["content"]))
            else:
                found.append(each)
        return found

    def _add_file(
        self, corp_id: str, userid: str, name: str, content: str
    ) -> Dict[str, Any]:
        file = self.approvals.drive.add(
            corp_id, userid, name, base64.b64decode(content)
        )
        found: Dict[str, Any] = file.value()
        return found

    def delete(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """An administrator deletes it."""
        self.approvals.delete(self._instance(request, body))
        return {}

    # Files

    def add_file(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid, name, content}` with base64: the five members of an attachment."""
        org = self.org(request, body)
        return self._add_file(
            org.corp_id, body.get("userid") or "", body["name"], body["content"]
        )

    def files(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        return [
            asdict(each)
            for each in self.approvals.drive.files.values()
            if each.corp_id == org.corp_id
        ]

    # What the storage host does

    async def put(self, request: web.Request) -> web.Response:
        content = await request.read()
        problem = self.approvals.drive.receive(
            request.match_info["key"], request.headers, content
        )
        headers = {"x-oss-request-id": random_hex(24).upper()}
        if not problem:
            return web.Response(headers=headers)
        status = 404 if problem == "NoSuchKey" else 403
        text = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code></Error>'
        return web.Response(
            status=status,
            text=text % problem,
            headers=headers,
            content_type="application/xml",
        )

    async def get(self, request: web.Request) -> web.Response:
        query = request.query
        file = self.approvals.drive.opened(
            request.match_info["id"],
            query.get("Expires", ""),
            query.get("Signature", ""),
        )
        if file is None:
            return web.Response(status=403, text="<Error/>")
        return web.Response(
            body=self.approvals.drive.content(file),
            content_type="application/octet-stream",
            headers={
                "Content-Disposition": "attachment; filename*=UTF-8''"
                + quote(file.name),
                "x-oss-request-id": random_hex(24).upper(),
            },
        )


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = ApprovalControl(simulator)
    for method, path, function in (
        ("GET", "/templates", control.templates),
        ("POST", "/templates", control.add_template),
        ("GET", "/templates/{code}", control.template),
        ("PATCH", "/templates/{code}", control.change_template),
        ("DELETE", "/templates/{code}", control.delete_template),
        ("GET", "/instances", control.instances),
        ("POST", "/instances", control.start),
        ("GET", "/instances/{id}", control.instance),
        ("DELETE", "/instances/{id}", control.delete),
        ("POST", "/instances/{id}/act", control.act),
        ("GET", "/files", control.files),
        ("POST", "/files", control.add_file),
    ):
        app.router.add_route(method, "/_control/approvals" + path, wrap(function))
    app.router.add_put("/_drive/uploads/{key}", control.put)
    app.router.add_get("/_drive/files/{id}", control.get)
