# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Generated organisations."""

import time

import pytest
from dingtalk_simulator.generator import shuffle
from dingtalk_simulator.world import World


@pytest.mark.parametrize(
    "people, departments",
    [(0, 0), (1, 0), (7, 1), (30, 6), (200, 13), (1200, 60), (300, 900)],
)
def test_exact_numbers(people, departments):
    org = World(people, departments).org()
    assert len(org.people) == people
    assert len(org.departments) == departments + 1
    assert len(org.all_member_ids(1)) == people


def test_same_seed_same_world():
    one, two, other = (World(60, 10, seed) for seed in (5, 5, 6))
    assert [vars(p) for p in one.org().people.values()] == [
        vars(p) for p in two.org().people.values()
    ]
    assert one.first_app() == two.first_app()
    assert list(one.org().people) != list(other.org().people)
    assert one.first_app().app_key != other.first_app().app_key


def test_what_people_are_like():
    org = World(2000, 80, 3).org()
    people = list(org.people.values())
    assert len({person.shown_mobile() for person in people}) == 2000
    assert len({person.unionid for person in people}) == 2000
    several = sum(1 for person in people if len(person.depts) > 1)
    assert 150 < several < 350
    assert all(person.main_dept in person.depts for person in people)
    foreign = [person for person in people if person.state_code != "86"]
    assert 10 < len(foreign) < 80
    assert all(
        person.shown_mobile().startswith("+%s-" % person.state_code)
        for person in foreign
    )
    assert 0.5 < sum(1 for person in people if person.email) / 2000 < 0.7
    assert 0.9 < sum(1 for person in people if person.active) / 2000 < 1
    assert any(person.roles for person in people) and any(
        person.hired_date for person in people
    )
    levels = [person.admin_level for person in org.administrators()]
    assert levels[0] == 1 and levels.count(1) == 1 and 2 in levels


def test_managers_and_leaders_agree():
    org = World(300, 30, 3).org()
    assert any(department.managers for department in org.departments.values())
    for dept_id, department in org.departments.items():
        for userid in department.managers:
            assert dept_id in org.people[userid].leader_in
            assert dept_id in org.people[userid].depts
    managed = [person for person in org.people.values() if person.manager_userid]
    assert len(managed) > 200
    assert all(person.manager_userid in org.people for person in managed)


def test_what_the_tree_is_like():
    org = World(1200, 60, 3).org()
    depths = [len(org.parents(dept_id)) for dept_id in org.departments]
    assert max(depths) >= 3
    sizes = sorted(org.direct_count(dept_id) for dept_id in org.departments)
    assert sizes[-1] > 4 * (sizes[len(sizes) // 2] or 1)
    for dept_id in org.departments:
        names = [child.name for child in org.children(dept_id)]
        assert len(names) == len(set(names))


def test_ten_thousand_people_are_quick():
    started = time.process_time()
    World(10000, 400)
    # The goal is 2 s on an idle machine; a quadratic algorithm takes much longer.
    assert time.process_time() - started < 6


def test_shuffle():
    org, same = World(100, 10).org(), World(100, 10).org()
    done = shuffle(org, 9, leavers=3, joiners=2, moves=4, renames=5, titles=6)
    assert done == shuffle(same, 9, leavers=3, joiners=2, moves=4, renames=5, titles=6)
    assert [
        len(done[name]) for name in ("left", "joined", "moved", "renamed", "titled")
    ] == [3, 2, 4, 5, 6]
    assert len(org.people) == 99
    assert sorted(org.left) == sorted(done["left"])
    for userid in done["left"]:
        assert all(userid not in org.member_ids(dept_id) for dept_id in org.departments)
        assert all(
            userid not in department.managers for department in org.departments.values()
        )
    for userid in done["moved"]:
        (dept_id,) = org.people[userid].depts
        assert userid in org.member_ids(dept_id)
