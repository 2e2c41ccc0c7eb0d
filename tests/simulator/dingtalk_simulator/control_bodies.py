# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Types in the bodies of the control API: other values would break every later call
that reads them.

Other members are checked by the route itself.
"""

from __future__ import annotations

import typing
from typing import Any, Dict, Tuple

from .checks import (
    ANYTHING,
    FLAG,
    LARGEST,
    Check,
    Wrong,
    either,
    maybe,
    members,
    real,
    rows,
    text,
    whole,
    whole_number,
)
from .faults import Fault
from .parameters import COMPONENT
from .records import Department, Person

MOST_PEOPLE = 500000
MOST_DEPARTMENTS = 10000
MOST_TIMES = 100000

TEXT = text()
TEXTS = rows(TEXT)
WORD = text(scalar=True)
NUMBER = whole(digits=True)
COUNT = whole(0, MOST_TIMES, digits=True)
SWITCH = either(FLAG, whole(among=(0, 1)))
OBJECT = members()
SHIFT_TIME = whole(0, 2 * 1440)
DATE = text(like=r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")
MOMENT = either(
    whole(10**12, 4 * 10**12),
    text(like=r"20\d\d-(0[1-9]|1[0-2])-[0-3]\d [0-2]\d:[0-5]\d(:[0-5]\d)?\Z"),
)


def _by_id(each: Check) -> Check:
    """An object with numbers as keys, also as text."""

    def test(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Wrong(where, "an object")
        for key, one in value.items():
            if whole_number(key) is None:
                raise Wrong("%s.%s" % (where, key), "a number as key")
            each(one, "%s.%s" % (where, key))

    return Check(test)


_OF_TYPE: Dict[Any, Check] = {
    int: whole(),
    str: TEXT,
    bool: FLAG,
    float: real(),
    typing.Optional[int]: maybe(whole()),
    typing.List[int]: rows(whole()),
    typing.List[str]: TEXTS,
    typing.Dict[int, int]: _by_id(NUMBER),
    typing.Dict[int, str]: _by_id(TEXT),
    typing.List[typing.Dict[str, typing.Any]]: rows(
        members(("id", "name"), id=whole(), name=TEXT, group_name=TEXT)
    ),
}


def fields(record: type, **other: Check) -> Dict[str, Check]:
    """Checks of the members of a record."""
    found = {
        name: _OF_TYPE[kind] for name, kind in typing.get_type_hints(record).items()
    }
    return dict(found, **other)


PERSON = members(
    **fields(
        Person,
        mobile=text(40),
        human=text(),
        dept_ids=rows(NUMBER, least=1),
        from_corp_id=TEXT,
        from_userid=TEXT,
        corp_id=maybe(TEXT),
        extension=TEXT,
    )
)
DEPARTMENT = members(
    **fields(Department, dept_id=whole(1, digits=True), parent_id=NUMBER)
)
FAULT = members(
    **fields(
        Fault,
        times=maybe(whole(0, MOST_TIMES)),
        skip=whole(0, MOST_TIMES),
        every=whole(1, MOST_TIMES),
        seconds=real(0, 3600),
        code=WORD,
        status=either(whole(0, 0), whole(400, 599)),
    )
)
STREAM_FAULT = members(
    **fields(
        Fault,
        times=maybe(whole(0, MOST_TIMES)),
        skip=whole(0, MOST_TIMES),
        every=whole(1, MOST_TIMES),
        seconds=real(0, 3600),
        code=either(whole(1000, 4999), text(like=r"([1-4]\d{3})?\Z")),
        status=either(whole(0, 0), whole(400, 599)),
    )
)
APP = members(
    name=TEXT,
    kind=TEXT,
    app_key=text(like=r"[A-Za-z0-9_-]*\Z"),
    app_secret=TEXT,
    agent_id=whole(0, digits=True),
    robot_code=TEXT,
    redirect_hosts=TEXTS,
    home_url=TEXT,
    pc_home_url=TEXT,
    corp_id=TEXT,
    settings=OBJECT,
)
SUBSCRIPTION = members(
    url=TEXT,
    token=TEXT,
    aes_key=TEXT,
    tags=maybe(TEXTS),
    payload_style=TEXT,
    check=SWITCH,
    app_key=TEXT,
)
FORGE = {
    "replay": either(FLAG, COUNT),
    "duplicate": either(FLAG, COUNT),
    "stale_timestamp": either(FLAG, real(-(10**9), 10**9)),
    "payload_style": text(among=("classic", "new")),
    "parameter_names": text(among=("both", "signature", "msg_signature")),
    "wrong_owner": either(FLAG, TEXT),
}
EVENT = members(
    event_type=text(200),
    data=OBJECT,
    payload=OBJECT,
    forge=members(**FORGE),
    times=COUNT,
    per_second=maybe(real(0.001, 10**6)),
    operator=TEXT,
    id=TEXT,
    biz_id=WORD,
    born_at=whole(0, LARGEST // 1000),
    app_key=TEXT,
    corp_id=TEXT,
    **FORGE
)
TEMPLATE = members(
    name=text(200),
    components=rows(COMPONENT),
    description=TEXT,
    cc=TEXTS,
    cc_position=TEXT,
    config=OBJECT,
    creator=TEXT,
    visible_to=maybe(TEXTS),
    enabled=SWITCH,
    component=TEXT,
    label=TEXT,
    options=TEXTS,
    required=SWITCH,
)
FILE = members(userid=TEXT, name=TEXT, fileName=TEXT, content=TEXT)
ROBOT = members(
    name=TEXT,
    secret=TEXT,
    token=TEXT,
    keywords=rows(text(least=1), most=10),
    ip_whitelist=TEXTS,
    enabled=FLAG,
    blocked_until=real(),
    open_conversation_id=TEXT,
)
ROLE = members(name=text(least=1), group_name=TEXT)
PLACES = {"app_key": TEXT, "corp_id": TEXT, "connection_id": TEXT}

BODIES: Dict[Tuple[str, str], Check] = {
    ("POST", "/reset"): members(
        people=whole(0, MOST_PEOPLE, digits=True),
        departments=whole(0, MOST_DEPARTMENTS, digits=True),
        seed=NUMBER,
    ),
    ("POST", "/faults"): FAULT,
    ("POST", "/tokens/expire"): members(app_key=TEXT, kinds=TEXTS),
    ("POST", "/corps"): members(
        name=TEXT,
        people=whole(0, MOST_PEOPLE, digits=True),
        departments=whole(0, MOST_DEPARTMENTS, digits=True),
        seed=NUMBER,
        corp_id=text(like=r"[A-Za-z0-9_-]*\Z"),
        developer=TEXT,
        same_people=whole(0, MOST_PEOPLE, digits=True),
        same_as=TEXT,
    ),
    ("POST", "/apps"): APP,
    ("PATCH", "/apps/{app_key}"): APP,
    ("POST", "/departments"): DEPARTMENT,
    ("PATCH", "/departments/{dept_id}"): DEPARTMENT,
    ("POST", "/users"): PERSON,
    ("PATCH", "/users/{userid}"): PERSON,
    ("POST", "/users/shuffle"): members(
        seed=NUMBER,
        leavers=whole(0),
        joiners=whole(0, MOST_TIMES),
        moves=whole(0),
        renames=whole(0),
        titles=whole(0),
    ),
    ("POST", "/messages/{id}/read"): members(userid=TEXT),
    ("POST", "/groups"): members(title=TEXT, members=TEXTS),
    ("POST", "/groups/messages/{id}/read"): members(("userid",), userid=TEXT),
    ("POST", "/robots"): ROBOT,
    ("PATCH", "/robots/{token}"): ROBOT,
    ("POST", "/login_codes"): members(
        kind=TEXT, userid=TEXT, scope=TEXT, seconds=real(0, 10**9), **PLACES
    ),
    ("POST", "/login/expire"): members(app_key=TEXT, kinds=TEXTS),
    ("POST", "/login/scan"): members(
        text=TEXT,
        id=TEXT,
        userid=TEXT,
        corp_id=TEXT,
        decision=TEXT,
        choice=TEXT,
    ),
    ("POST", "/login/authorize"): members(
        url=TEXT, userid=TEXT, corp_id=TEXT, agree=SWITCH
    ),
    ("POST", "/login/containers"): members(
        userid=TEXT, corp_id=TEXT, app_key=TEXT, pc=SWITCH
    ),
    ("POST", "/callbacks"): SUBSCRIPTION,
    ("PATCH", "/callbacks/{app_key}"): SUBSCRIPTION,
    ("POST", "/callbacks/{app_key}/check"): members(event_type=TEXT),
    ("POST", "/pushes/{id}/replay"): members(times=whole(0, 1000, digits=True)),
    ("POST", "/events"): EVENT,
    ("POST", "/roles"): ROLE,
    ("PATCH", "/roles/{role_id}"): ROLE,
    ("POST", "/roles/{role_id}/members"): members(add=TEXTS, remove=TEXTS),
    ("POST", "/streams/close"): members(
        code=either(whole(1000, 4999), text(like=r"[1-4]\d{3}\Z")), **PLACES
    ),
    ("POST", "/streams/disconnect"): members(reason=TEXT, **PLACES),
    ("POST", "/streams/ping"): members(**PLACES),
    ("POST", "/streams/callback"): members(
        topic=TEXT,
        data=ANYTHING,
        app_key=TEXT,
        message_id=TEXT,
        copies=whole(1, 100),
    ),
    ("POST", "/streams/faults"): STREAM_FAULT,
    ("POST", "/chat"): members(
        userid=TEXT,
        text=TEXT,
        msgtype=TEXT,
        content=ANYTHING,
        rich=rows(ANYTHING, most=1000),
        filename=TEXT,
        file=TEXT,
        recognition=TEXT,
        group=TEXT,
        app_key=TEXT,
        corp_id=TEXT,
        outsider=FLAG,
        expired=FLAG,
        at=FLAG,
        wait=FLAG,
        msg_id=TEXT,
        message_id=TEXT,
        copies=whole(1, 100),
    ),
    ("POST", "/approvals/templates"): TEMPLATE,
    ("PATCH", "/approvals/templates/{code}"): TEMPLATE,
    ("POST", "/approvals/instances"): members(
        process_code=TEXT,
        originator=TEXT,
        dept_id=either(text(like=r"-?\d{0,18}\Z"), whole()),
        values=either(OBJECT, rows(OBJECT)),
        chosen=OBJECT,
        corp_id=TEXT,
    ),
    ("POST", "/cards/templates"): members(
        id=TEXT, file=TEXT, name=TEXT, published=FLAG, app_key=TEXT
    ),
    ("PATCH", "/cards/templates/{id}"): members(
        published=FLAG,
        app_key=TEXT,
        variables=rows(members(("name", "private"), name=TEXT, private=FLAG)),
    ),
    ("POST", "/cards/{id}/view"): members(userid=TEXT, corp_id=TEXT),
    ("POST", "/cards/{id}/press"): members(
        userid=TEXT,
        action=TEXT,
        inputs=ANYTHING,
        copies=whole(1, 100),
        corp=TEXT,
        raw=ANYTHING,
        corp_id=TEXT,
    ),
    ("POST", "/cards/{id}/forward"): members(userid=TEXT, force=FLAG, corp_id=TEXT),
    ("POST", "/to_dos/{id}/act"): members(
        userid=TEXT, action=TEXT, to=TEXT, corp_id=TEXT
    ),
    ("POST", "/attendance/shifts"): members(
        name=TEXT,
        sections=rows(rows(SHIFT_TIME, most=2, least=2), most=3),
        rests=rows(rows(SHIFT_TIME, most=2, least=2), most=3),
        permit_late=SHIFT_TIME,
        serious_late=SHIFT_TIME,
        absent_late=SHIFT_TIME,
        corp_id=TEXT,
    ),
    ("POST", "/attendance/groups"): members(
        name=TEXT,
        type=TEXT,
        week=rows(whole(), most=7),
        shifts=rows(whole()),
        members=TEXTS,
        corp_id=TEXT,
    ),
    ("POST", "/attendance/schedule"): members(
        userid=TEXT, day=DATE, shift_id=NUMBER, corp_id=TEXT
    ),
    ("POST", "/attendance/punches"): members(
        userid=TEXT,
        time=MOMENT,
        place=text(among=("", "Normal", "Outside")),
        source=TEXT,
        address=TEXT,
        device=TEXT,
        invalid=text(among=("", "Security", "Other")),
        remark=TEXT,
        corp_id=TEXT,
    ),
    ("POST", "/attendance/checkins"): members(
        userid=TEXT,
        time=MOMENT,
        place=TEXT,
        detail_place=TEXT,
        latitude=TEXT,
        longitude=TEXT,
        remark=TEXT,
        visit_user=TEXT,
        image_list=TEXTS,
        corp_id=TEXT,
    ),
    ("POST", "/attendance/checkins/delete"): members(
        userid=TEXT, time=MOMENT, corp_id=TEXT
    ),
    ("POST", "/attendance/corrections"): members(
        userid=TEXT,
        day=DATE,
        section=whole(0, 2),
        side=text(among=("OnDuty", "OffDuty")),
        time=MOMENT,
        supplement=FLAG,
        corp_id=TEXT,
    ),
    ("POST", "/attendance/approvals"): members(
        userid=TEXT,
        kind=whole(among=(1, 2, 3)),
        begin=MOMENT,
        end=MOMENT,
        tag=TEXT,
        corp_id=TEXT,
    ),
    ("POST", "/attendance/month"): members(
        first=DATE, last=DATE, people=COUNT, seed=NUMBER, corp_id=TEXT
    ),
    ("POST", "/attendance/clock"): members(("time",), time=MOMENT),
    ("PATCH", "/roster/people/{userid}"): members(values=OBJECT, corp_id=TEXT),
    ("POST", "/roster/joiners"): members(
        id=TEXT, name=TEXT, join_on=TEXT, position=TEXT, department=TEXT, corp_id=TEXT
    ),
    ("POST", "/roster/entries"): members(id=TEXT, corp_id=TEXT),
    ("POST", "/roster/statuses"): members(
        userid=TEXT, status=either(text(), whole()), corp_id=TEXT
    ),
    ("POST", "/roster/leavers"): members(
        ("userid",),
        userid=TEXT,
        last_day=whole(0),
        reason=TEXT,
        status=whole(1, 4),
        corp_id=TEXT,
    ),
    ("POST", "/leave/types"): members(
        name=TEXT, unit=TEXT, source=TEXT, corp_id=TEXT
    ),
    ("POST", "/leave/quotas"): members(
        userid=TEXT,
        type=TEXT,
        cycle=TEXT,
        total=NUMBER,
        used=NUMBER,
        begin=whole(0),
        end=whole(0),
        corp_id=TEXT,
    ),
    ("POST", "/leave/requests"): members(
        userid=TEXT,
        type=TEXT,
        begin=TEXT,
        end=TEXT,
        reason=TEXT,
        action=TEXT,
        main_id=TEXT,
        corp_id=TEXT,
    ),
    ("POST", "/leave/closed"): members(
        periods=rows(members(("begin", "end"), begin=whole(0), end=whole(0))),
        corp_id=TEXT,
    ),
    ("POST", "/approvals/instances/{id}/act"): members(
        userid=TEXT,
        action=TEXT,
        remark=TEXT,
        to_userid=TEXT,
        task_id=either(text(like=r"\d{0,18}\Z"), whole()),
        position=text(among=("", "before", "after")),
        attachments=rows(FILE),
    ),
    ("POST", "/approvals/files"): members(
        ("name", "content"), userid=TEXT, name=TEXT, content=TEXT
    ),
}
PREFIX = "/_control"


def check(method: str, route: str, body: Dict[str, Any]) -> None:
    """:param route: with its variables, as `/_control/users/{userid}`
    :raise Wrong: a member is of another kind
    """
    takes = BODIES.get((method, route[len(PREFIX) :]))
    if takes is None:
        return
    try:
        takes(body, "")
    except Wrong as wrong:
        raise Wrong(wrong.where.lstrip("."), wrong.expected)
