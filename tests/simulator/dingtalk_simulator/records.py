# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Plain records of the simulated DingTalk.

Times are seconds since 1970 (float) unless the name says otherwise. Changes go through
`World`, `Organisation` or `Messages`, which update the indexes, inform the web face and
save.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

ROOT = 1


@dataclass
class Department:
    dept_id: int
    name: str
    parent_id: int = ROOT  # 0 for the root department
    order: int = 0  # smaller comes first
    create_dept_group: bool = False
    auto_add_user: bool = False
    auto_approve_apply: bool = False
    hide_dept: bool = False
    dept_permits: List[int] = field(default_factory=list)
    user_permits: List[str] = field(default_factory=list)
    outer_dept: bool = False
    outer_dept_only_self: bool = False
    outer_permit_depts: List[int] = field(default_factory=list)
    outer_permit_users: List[str] = field(default_factory=list)
    managers: List[str] = field(default_factory=list)
    org_dept_owner: str = ""
    dept_group_chat_id: str = ""
    group_contain_sub_dept: bool = False
    source_identifier: str = ""
    code: str = ""
    brief: str = ""
    telephone: str = ""
    modified_at: float = 0.0


@dataclass
class Person:
    userid: str
    name: str
    human: str  # the human, the same in every organisation
    unionid: str = ""
    state_code: str = "86"
    mobile: str = ""  # national number
    depts: Dict[int, int] = field(
        default_factory=dict
    )  # department id -> order in it, larger comes first
    main_dept: int = ROOT
    leader_in: List[int] = field(default_factory=list)
    dept_titles: Dict[int, str] = field(default_factory=dict)
    title: str = ""
    job_number: str = ""
    email: str = ""
    org_email: str = ""
    telephone: str = ""
    work_place: str = ""
    remark: str = ""
    extension: str = ""  # JSON text
    avatar: str = ""
    manager_userid: str = ""
    hired_date: int = 0  # milliseconds, 0 when unknown
    roles: List[Dict[str, Any]] = field(default_factory=list)
    hide_mobile: bool = False
    active: bool = True
    real_authed: bool = True
    senior: bool = False
    admin_level: int = 0  # 0 none, 1 main administrator, 2 sub-administrator
    boss: bool = False
    exclusive_account: bool = False
    created_at: float = 0.0
    modified_at: float = 0.0
    left_at: float = 0.0

    def shown_mobile(self) -> str:
        """The number as DingTalk writes it: with `+xx-` outside the mainland."""
        if self.mobile and self.state_code != "86":
            return "+%s-%s" % (self.state_code, self.mobile)
        return self.mobile


@dataclass
class App:
    app_key: str
    app_secret: str
    agent_id: int
    corp_id: str
    name: str = "Odoo"
    kind: str = "h5"
    settings: Dict[str, Any] = field(default_factory=dict)
    robot_code: str = ""
    # hosts or addresses that sign-in may lead to; empty: those of this machine
    redirect_hosts: List[str] = field(default_factory=list)
    home_url: str = ""  # of the tile on the workbench; may contain $CORPID$
    pc_home_url: str = ""  # the same for computers, if different


@dataclass
class Token:
    value: str
    app_key: str
    kind: str  # app, jsapi, sns
    created_at: float
    expires_at: float


@dataclass
class UserToken:
    value: str
    refresh: str
    app_key: str
    corp_id: str
    userid: str
    scope: str
    expires_at: float
    refresh_expires_at: float


@dataclass
class LoginCode:
    """A code that proves who is signed in. kind: inside (JSAPI), oauth (OAuth2 page),
    sns (classic QR page).
    """

    code: str
    kind: str
    app_key: str
    corp_id: str
    userid: str
    scope: str
    expires_at: float


@dataclass
class Media:
    media_id: str
    kind: str  # image, voice, video, file
    filename: str
    mimetype: str
    size: int
    corp_id: str
    app_key: str
    created_at: float


@dataclass
class Task:
    """A work notification as sent: one message, many people."""

    task_id: int
    corp_id: str
    app_key: str
    agent_id: int
    msg: Dict[str, Any]
    sent_at: float
    deliver_at: float
    recipients: List[str] = field(default_factory=list)  # really delivered
    invalid_users: List[str] = field(default_factory=list)
    invalid_depts: List[int] = field(default_factory=list)
    forbidden: List[Dict[str, Any]] = field(default_factory=list)
    reach: int = 0  # people addressed, delivered or not
    status_bar_allowed: bool = False
    recalled_at: float = 0.0


@dataclass
class Notification:
    """One message on one person's phone. source: work (work notification) or robot
    (one-to-one message of a robot).
    """

    id: int
    corp_id: str
    userid: str
    app_key: str
    source: str
    msg: Dict[str, Any]
    sent_at: float
    visible_at: float
    task_id: int = 0
    process_query_key: str = ""
    read_at: float = 0.0
    recalled_at: float = 0.0


@dataclass
class Group:
    """A group chat."""

    open_conversation_id: str
    chatid: str
    corp_id: str
    title: str
    owner: str = ""
    members: List[str] = field(default_factory=list)
    dismissed: bool = False


@dataclass
class GroupMessage:
    id: int
    open_conversation_id: str
    sender: str
    source: str  # webhook, robot
    msg: Dict[str, Any]
    sent_at: float
    process_query_key: str = ""
    msg_uuid: str = ""
    recalled_at: float = 0.0
    read_by: List[str] = field(default_factory=list)  # oldest first


@dataclass
class WebhookRobot:
    """A custom robot of a group, with its own token."""

    token: str
    corp_id: str
    open_conversation_id: str
    name: str = "Robot"
    secret: str = ""
    keywords: List[str] = field(default_factory=list)
    ip_whitelist: List[str] = field(default_factory=list)
    enabled: bool = True
    blocked_until: float = 0.0


@dataclass
class Corp:
    """The organisation's own data; `Organisation` holds people and departments."""

    corp_id: str
    name: str
    developer: str = ""  # corp id whose unionids are used; its own for internal apps
    quota_used: int = 0
    quota_month: str = ""
    pushes_used: int = 0
    pushes_month: str = ""


@dataclass
class Call:
    """One API call that was received."""

    id: int
    at: float
    method: str
    path: str
    app_key: Optional[str] = None
    corp_id: Optional[str] = None
    userids: List[str] = field(default_factory=list)
    dept_ids: List[str] = field(default_factory=list)
    status: Optional[int] = (
        None  # HTTP status, none if the connection was cut or is open
    )
    code: str = ""  # "0" or DingTalk's error code
    task_id: str = ""  # of its work notification, answered or not
    fault: str = ""
    ms: float = 0.0
    offset: float = 0.0  # how far the clock was ahead of this machine's
