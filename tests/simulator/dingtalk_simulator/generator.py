# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Generates organisations of any size, reproducibly by seed."""

from __future__ import annotations

import json
import random
from bisect import bisect
from itertools import accumulate
from typing import Any, Dict, Iterable, List, Tuple

from .organisation import Organisation
from .records import ROOT, Department, Person

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
)
DOUBLE_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "皇甫")
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文华玉兰红梅建国志鹏飞宇浩然子轩梓涵欣怡佳琪思雨晨曦俊熙雪琳海燕春光永康"
    "立新家豪嘉诚晓东慧君凯旋梦洁婷婷博远天佑若彤锦程书瑶"
)
FOREIGN_NAMES = (
    "Anna Schmidt",
    "Jürgen Müller",
    "Marie Dubois",
    "John Smith",
    "Olga Petrova",
    "Kenji Tanaka",
    "Łukasz Wójcik",
    "Nguyễn Văn An",
    "José García",
    "Emma O'Brien",
)
FOREIGN_CODES = (("49", "170"), ("1", "415"), ("852", "9"), ("81", "90"), ("33", "6"))

# The tree: departments below the root, then their possible parts
TOP = (
    (
        "研发中心",
        (
            "平台研发部",
            "应用研发部",
            "测试部",
            "架构部",
            "数据部",
            "运维部",
            "前端部",
            "算法部",
        ),
    ),
    (
        "销售中心",
        (
            "华东大区",
            "华南大区",
            "华北大区",
            "西南大区",
            "海外销售部",
            "大客户部",
            "渠道部",
        ),
    ),
    (
        "生产中心",
        ("一车间", "二车间", "三车间", "设备部", "工艺部", "质量部", "仓储部"),
    ),
    ("市场部", ("品牌组", "内容组", "活动组", "市场研究组")),
    ("供应链中心", ("采购部", "物流部", "计划部", "供应商管理部")),
    ("财务部", ("会计组", "出纳组", "税务组", "预算组")),
    ("人力资源部", ("招聘组", "薪酬组", "培训组", "员工关系组")),
    ("客户服务部", ("售前支持组", "售后支持组", "呼叫中心", "投诉处理组")),
    ("行政部", ("前台", "车队", "采购与资产组", "安保组")),
    ("法务部", ("合同组", "知识产权组", "合规组")),
    ("信息技术部", ("网络组", "系统组", "安全组", "ERP组")),
    ("总经办", ("秘书组", "战略组", "审计组")),
)
LEAF = ("一组", "二组", "三组", "四组", "五组", "六组", "七组", "八组", "九组", "十组")
TITLES = (
    "工程师",
    "高级工程师",
    "技术专家",
    "销售经理",
    "客户经理",
    "会计",
    "专员",
    "主管",
    "操作员",
    "技术员",
    "助理",
    "项目经理",
    "产品经理",
    "设计师",
    "采购员",
    "质检员",
)
PLACES = ("杭州未来科技城", "上海张江", "深圳南山", "北京望京", "成都高新区", "")
ROLES = (
    {"id": 2021001, "name": "财务", "group_name": "职务"},
    {"id": 2021002, "name": "人事", "group_name": "职务"},
    {"id": 2021003, "name": "出纳", "group_name": "岗位"},
)
DAY = 24 * 3600 * 1000
NOT_BEFORE = 1262275200000  # 2010-01-01 in Beijing, ms


def populate(
    org: Organisation,
    people: int,
    departments: int,
    seed: int,
    like: Iterable[Person] = (),
) -> None:
    """Fill an empty organisation with exactly this number of people and departments
    (the root not counted).

    `like`: people of another organisation who also work here, with the same mobile but
    another userid.
    """
    source = random.Random("%s/%s/%s" % (seed, people, departments))
    dept_ids = _departments(org, departments, source)
    _people(org, people, dept_ids, source, list(like))
    _managers(org, source)


def _departments(org: Organisation, wanted: int, source: random.Random) -> List[int]:
    taken = {ROOT}
    plan: List[Tuple[int, int, str]] = []

    def add(parent: int, name: str) -> int:
        dept_id = ROOT
        while dept_id in taken:
            dept_id = source.randrange(30000000, 1000000000)
        taken.add(dept_id)
        org.add_department(
            Department(
                dept_id,
                name,
                parent,
                order=len(plan) + 1,
                create_dept_group=source.random() < 0.6,
                auto_add_user=source.random() < 0.6,
                hide_dept=source.random() < 0.03,
            ),
            quiet=True,
        )
        plan.append((dept_id, parent, name))
        return dept_id

    # Level by level: few departments give a flat tree, many a deep one.
    top = []
    for name, _parts in TOP:
        if len(plan) < wanted:
            top.append(add(ROOT, name))
    second = []
    columns = [
        [(dept_id, part) for part in TOP[index][1]] for index, dept_id in enumerate(top)
    ]
    while any(columns) and len(plan) < wanted:
        for column in columns:
            if column and len(plan) < wanted:
                dept_id, part = column.pop(0)
                second.append(add(dept_id, part))
    level, used = second, 0
    while len(plan) < wanted:
        # Skewed: the first parents get more parts.
        following = []
        for place, parent in enumerate(level):
            for number in range(
                max(2, min(len(LEAF), 2 + len(LEAF) // (1 + place % 7)))
            ):
                if len(plan) < wanted:
                    following.append(add(parent, LEAF[number]))
        used += 1
        if used > 3 or not following:
            # Deep enough: more top departments keep the depth realistic.
            following = [
                add(ROOT, "第%d事业部" % (len(plan) + 1))
                for _i in range(min(40, wanted - len(plan)))
            ]
            used = 0
        level = following
    return [dept_id for dept_id, _parent, _name in plan]


def _name(source: random.Random) -> str:
    roll = source.random()
    surname = source.choice(DOUBLE_SURNAMES) if roll < 0.01 else source.choice(SURNAMES)
    given = source.choice(GIVEN)
    if source.random() < 0.75:
        given += source.choice(GIVEN)
    return surname + given


def _people(
    org: Organisation,
    wanted: int,
    dept_ids: List[int],
    source: random.Random,
    like: List[Person],
) -> None:
    places = dept_ids or [ROOT]
    shuffled = places[:]
    source.shuffle(shuffled)
    weights = list(accumulate(1.0 / (1 + rank) ** 0.6 for rank in range(len(shuffled))))
    mobiles, userids = set(), set()
    random_, randrange, choice = source.random, source.randrange, source.choice
    for number in range(wanted):
        twin = like[number] if number < len(like) else None
        foreign = random_() < 0.02
        if twin is not None:
            name, state_code, mobile = twin.name, twin.state_code, twin.mobile
        else:
            name = choice(FOREIGN_NAMES) if foreign else _name(source)
            mobile = ""
            while not mobile or mobile in mobiles:
                if foreign:
                    state_code, prefix = choice(FOREIGN_CODES)
                    mobile = prefix + "%08d" % randrange(10**8)
                else:
                    state_code = "86"
                    mobile = "1%s%09d" % (choice("356789"), randrange(10**9))
        mobiles.add(mobile)
        userid = "manager%04d" % randrange(10**4) if number == 0 else ""
        while not userid or userid in userids:
            userid = "%d" % randrange(10**15, 10**19)
        userids.add(userid)
        if random_() < 0.01 or not dept_ids:
            main = ROOT
        else:
            main = shuffled[
                min(bisect(weights, random_() * weights[-1]), len(shuffled) - 1)
            ]
        depts = {main: randrange(10**17, 2 * 10**17)}
        if dept_ids and random_() < 0.12:
            for _more in range(1 if random_() < 0.8 else 2):
                depts.setdefault(choice(places), randrange(10**17, 2 * 10**17))
        title = choice(TITLES) if random_() < 0.9 else ""
        person = Person(
            userid=userid,
            name=name,
            human=twin.human if twin is not None else "+%s-%s" % (state_code, mobile),
            state_code=state_code,
            mobile=mobile,
            depts=depts,
            main_dept=main,
            title=title,
            job_number="%06d" % (number + 1) if random_() < 0.95 else "",
            email="u%06d@example.com" % (number + 1) if random_() < 0.6 else "",
            org_email=(
                "u%06d@corp.example.com" % (number + 1) if random_() < 0.2 else ""
            ),
            telephone="0571-8%07d" % (number + 1) if random_() < 0.1 else "",
            work_place=choice(PLACES),
            remark="远程办公" if random_() < 0.03 else "",
            extension=(
                json.dumps({"爱好": "旅游"}, ensure_ascii=False)
                if random_() < 0.05
                else ""
            ),
            hired_date=NOT_BEFORE + randrange(5500) * DAY if random_() < 0.9 else 0,
            hide_mobile=random_() < 0.03,
            active=number == 0 or random_() < 0.95,
            senior=random_() < 0.01,
            dept_titles={main: title} if title else {},
            created_at=1.6e9 + number,
            modified_at=1.6e9 + randrange(10**8),
        )
        person.real_authed = person.active
        if number == 0:
            person.admin_level, person.boss, person.main_dept = 1, True, main
            person.roles = [{"id": 1, "name": "主管理员", "group_name": "默认"}]
        elif number % 400 == 7:
            person.admin_level = 2
            person.roles = [{"id": 2, "name": "子管理员", "group_name": "默认"}]
        elif random_() < 0.04:
            person.roles = [dict(choice(ROLES))]
        org.add_person(person, quiet=True)


def _managers(org: Organisation, source: random.Random) -> None:
    """Each department with people has a manager, who manages the others in it."""
    heads: Dict[int, str] = {}
    for dept_id in list(org.departments):
        members = org.member_ids(dept_id, "entry_asc")
        if not members:
            continue
        userid = members[source.randrange(min(3, len(members)))]
        person, department = org.people[userid], org.departments[dept_id]
        person.leader_in.append(dept_id)
        department.managers.append(userid)
        heads[dept_id] = userid
        if department.create_dept_group:
            department.org_dept_owner = userid
            department.dept_group_chat_id = "chat%032x" % source.getrandbits(128)
    for person in org.people.values():
        line = org.parents(person.main_dept)
        for dept_id in line:
            head = heads.get(dept_id, "")
            if head and head != person.userid:
                person.manager_userid = head
                break


def shuffle(
    org: Organisation,
    seed: int,
    leavers: int = 0,
    joiners: int = 0,
    moves: int = 0,
    renames: int = 0,
    titles: int = 0,
) -> Dict[str, List[str]]:
    """Many changes in the organisation, reproducible by seed.

    Returns the userids touched, by change.
    """
    source = random.Random("shuffle %s" % seed)
    done: Dict[str, List[str]] = {}

    def some(count: int) -> List[str]:
        ordinary = sorted(
            userid for userid, person in org.people.items() if not person.admin_level
        )
        return source.sample(ordinary, min(count, len(ordinary)))

    places = sorted(org.departments)
    done["left"] = some(leavers)
    for userid in done["left"]:
        org.remove_person(userid)
    done["moved"] = some(moves)
    for userid in done["moved"]:
        dept_id = source.choice(
            [key for key in places if key not in org.people[userid].depts] or places
        )
        org.change_person(
            userid,
            depts={dept_id: source.randrange(10**17, 2 * 10**17)},
            main_dept=dept_id,
        )
    done["renamed"] = some(renames)
    for userid in done["renamed"]:
        org.change_person(userid, name=_name(source))
    done["titled"] = some(titles)
    for userid in done["titled"]:
        org.change_person(userid, title=source.choice(TITLES) + "（新）")
    done["joined"] = []
    for _number in range(joiners):
        values: Dict[str, Any] = {"mobile": ""}
        while not values["mobile"] or org.by_mobile(values["mobile"]):
            values["mobile"] = "1%s%09d" % (
                source.choice("356789"),
                source.randrange(10**9),
            )
        dept_id = source.choice(places)
        userid = "%d" % source.randrange(10**15, 10**19)
        org.add_person(
            Person(
                userid,
                _name(source),
                "+86-" + values["mobile"],
                mobile=values["mobile"],
                depts={dept_id: source.randrange(10**17, 2 * 10**17)},
                main_dept=dept_id,
                title=source.choice(TITLES),
            )
        )
        done["joined"].append(userid)
    return done
