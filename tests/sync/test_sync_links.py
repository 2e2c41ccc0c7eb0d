# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
import random

from dingding_pure.sync.links import (
    Candidate, Link, candidates_of, find, has_value, is_entered, nearby, sharing,
)


def person(id_, mobile=None, email=None, org_email=None, activated=True, linked=False):
    return {
        "id": id_, "userid": "u%d" % id_, "name": "Person %d" % id_,
        "mobile_number": mobile, "email": email, "org_email": org_email,
        "activated": activated, "linked": linked,
    }


def user(id_, numbers=(), emails=()):
    return Candidate(id_, "User %d" % id_, set(numbers), set(emails))


def codes(problems):
    return [(problem["code"], problem["userid"]) for problem in problems]


RULES = ("mobile", "email")


def test_one_of_each_is_linked():
    links, problems = find(
        [person(1, "+8613800138000"), person(2, email="B@x.cn")],
        [user(7, ["+8613800138000"]), user(8, [], ["b@x.cn"])], (), RULES)
    assert links == [Link(1, 7, "mobile"), Link(2, 8, "email")] and not problems


def test_a_mobile_that_was_never_activated_proves_nothing():
    links, problems = find(
        [person(1, "+8613800138000", activated=False)],
        [user(7, ["+8613800138000"])], (), RULES)
    assert links == [] and problems == []


def test_several_users_or_several_people_are_left_to_a_human():
    links, problems = find(
        [person(1, "+1555000111"), person(2, "+1555000222"), person(3, "+1555000222")],
        [user(7, ["+1555000111"]), user(8, ["+1555000111"]), user(9, ["+1555000222"])],
        (), RULES)
    assert links == []
    assert codes(problems) == [
        ("mobile_of_several_users", "u1"), ("mobile_of_several_people", "u2"),
        ("mobile_of_several_people", "u3")]


def test_a_linked_person_still_owns_the_number():
    links, problems = find(
        [person(1, "+1555000111", linked=True), person(2, "+1555000111")],
        [user(7, ["+1555000111"])], (), RULES)
    assert links == [] and codes(problems) == [("mobile_of_several_people", "u2")]


def test_an_ambiguous_mobile_is_not_settled_by_the_email():
    links, problems = find(
        [person(1, "+1555000111", "a@x.cn")],
        [user(7, ["+1555000111"]), user(8, ["+1555000111"], ["a@x.cn"])], (), RULES)
    assert links == [] and len(problems) == 1


def test_who_is_taken_stays_taken():
    links, problems = find(
        [person(1, "+1555000111")], [user(7, ["+1555000111"])], {7}, RULES)
    assert links == [] and codes(problems) == [("link_taken", "u1")]
    links, problems = find(
        [person(1, "+1555000111"), person(2, email="x@x.cn")],
        [user(7, ["+1555000111"], ["x@x.cn"])], (), RULES)
    assert links == [Link(1, 7, "mobile")]
    assert codes(problems) == [("link_taken", "u2")]


def test_a_successor_is_not_the_leaver():
    """Somebody else with the mobile or the e-mail of a leaver."""
    owner = user(7, ["+1555000111"], ["x@x.cn"])
    for value in ({"mobile": "+1555000111"}, {"email": "x@x.cn"}):
        row = person(1, **value)
        for unionid, leavers, linked in (
            ("b", ["a"], False), ("a", ["a", "c"], True), (None, ["a"], True),
            ("b", [], True),
        ):
            links, problems = find(
                [dict(row, unionid=unionid)], [owner._replace(former=leavers)], (),
                RULES)
            assert bool(links) == linked
            assert codes(problems) == ([] if linked else [("link_taken", "u1")])


def test_administrators_need_leave():
    people, users = [person(1, "+1555000111")], [user(7, ["+1555000111"])]
    links, problems = find(people, users, (), RULES, refuse=lambda id_: id_ == 7)
    assert links == [] and codes(problems) == [("link_administrator", "u1")]
    links, _problems = find(people, users, (), RULES, refuse=lambda id_: id_ == 8)
    assert links == [Link(1, 7, "mobile")]


def test_only_the_rules_that_are_chosen():
    people, users = [person(1, "+1555000111")], [user(7, ["+1555000111"])]
    assert find(people, users, (), ("email",)) == ([], [])
    assert find(people, users, (), ()) == ([], [])


def test_the_name_links_nobody():
    someone = dict(person(1), name="User 7")
    assert find([someone], [user(7)], (), RULES) == ([], [])


def own(id_, numbers=(), emails=(), sure=()):
    """Return a user who has entered the values himself, except those in ``sure``."""
    return Candidate(id_, "User %d" % id_, set(numbers), set(emails), set(sure))


def test_what_users_write_themselves_is_not_sure():
    links, problems = find(
        [person(1, "+8613800138000"), person(2, email="b@x.cn")],
        [own(7, ["+8613800138000"]), own(8, [], ["b@x.cn"], ["b@x.cn"])], (), RULES)
    assert links == [Link(2, 8, "email", True), Link(1, 7, "mobile", False)]
    assert not problems


def test_what_odoo_has_written_is_not_sure():
    written = dict(person(1, email="b@x.cn"), odoo_contacts=["b@x.cn"])
    links, _problems = find(
        [written], [own(8, [], ["b@x.cn"], ["b@x.cn"])], (), RULES)
    assert links == [Link(1, 8, "email", False)]


def test_what_is_not_sure_stands_in_nobodys_way():
    """Neither a second user or person with the value, nor another rule."""
    people = [
        person(1, "+1555000111", "a@x.cn"),
        dict(person(2, email="a@x.cn"), odoo_contacts=["a@x.cn"]),
    ]
    users = [own(7, ["+1555000111"], ["a@x.cn"]), own(8, [], ["a@x.cn"], ["a@x.cn"])]
    links, problems = find(people, users, (), RULES)
    assert links == [Link(1, 8, "email", True)]
    assert codes(problems) == [("email_of_several_people", "u2")]


def test_nobody_is_linked_to_an_ignored_person():
    links, problems = find(
        [dict(person(1, "+1555000111"), ignored=True), person(2, "+1555000111"),
         dict(person(3, "+1555000333"), ignored=True)],
        [user(7, ["+1555000111"]), user(8, ["+1555000333"])], (), RULES)
    assert links == [] and codes(problems) == [("mobile_of_several_people", "u2")]


def test_a_problem_names_its_candidates():
    _links, problems = find(
        [person(1, email="a@x.cn")],
        [user(9, [], ["a@x.cn"]), user(7, [], ["a@x.cn"])], (), RULES)
    assert [(each["rule"], each["candidates"]) for each in problems] == [
        ("email", [7, 9])]


def test_what_is_known_of_people_whom_no_rule_links():
    row = dict(person(1, "+1555000111", "a@x.cn"), odoo_contacts=["a@x.cn"])
    assert is_entered(row, "email") and not is_entered(row, "mobile")
    assert not is_entered(row, "user")
    assert has_value(row, ["mobile"])
    assert not has_value(dict(row, activated=False), ["mobile"])
    assert sharing([row, person(2)], [user(7, [], ["a@x.cn"])], RULES) == {1}
    assert sharing([row], [user(7, [], ["b@x.cn"])], RULES) == set()


def test_candidates_of_people_who_own_the_value_alone():
    people = [
        person(1, "+1555000111", linked=3), person(2, "+1555000222", linked=4),
        person(3, "+1555000222"),
        dict(person(4, "+1555000444"), odoo_contacts=["+1555000444"]),
    ]
    candidates = [
        user(8, ["+1555000111"]), user(7, ["+1555000111"]), user(9, ["+1555000222"]),
        user(6, ["+1555000444"]),
    ]
    assert candidates_of(people, candidates, "mobile") == [(1, [7, 8])]


def test_people_far_from_all_candidates_change_nothing():
    dice = random.Random(7)
    for _round in range(200):
        numbers = ["+8613800%06d" % number for number in range(12)]
        mails = ["m%d@example.com" % number for number in range(12)]
        people = [
            person(
                number, dice.choice(numbers + [None] * 9),
                dice.choice(mails + [None] * 9), activated=dice.random() < 0.8,
                linked=dice.choice([None, None, None, 1, 2, 3]))
            for number in range(15)
        ]
        candidates = [
            user(number, [dice.choice(numbers)], [dice.choice(mails)])
            for number in range(1, 5)
        ]
        near = [row for row in people if nearby(candidates, RULES)(row)]
        assert find(near, candidates, linked(near), RULES) == find(
            people, candidates, linked(people), RULES)


def linked(people):
    return {row["linked"] for row in people if row["linked"]}
