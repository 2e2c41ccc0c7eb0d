"""The first sign-in that creates a user, in real transactions.

Tests of the addon share one transaction, which hides nothing.
"""

import pytest
import requests

from . import house
from .browsers import Browser, agree, at_once, code_inside, switch_on
from .described import ROOT

STACK = dict(
    people=30, departments=3, workers=2,
    # Those of test_mini: one database for both.
    modules=("dingding_inside", "dingding_approval_inside", "dingding_approval_demo"))
WAYS = ("oauth2", "classic", "inside", "qr", "mini")


@pytest.fixture(scope="module")
def people(stack, corp):
    """People in DingTalk, half of them synced; a template user is set."""
    switch_on(stack, corp)
    group = stack.reference("base.group_user")
    template = stack.rpc("res.users", "create", {
        "name": "Template", "login": "template", "groups_id": [(6, 0, [group])]})
    stack.rpc("dingding.corp", "write", [corp], {
        "signin_classic": True, "signin_mini": True, "create_users": "template",
        "template_user_id": template, "signin_who": "create"})
    found = [each for each in house.Control(stack.simulator.url).users()
             if each["active"] and each["mobile"]]
    stack.rpc("dingding.corp", "write", [corp], {"create_users": "template"})
    return found


def oauth2(stack, dingtalk, person, way="oauth2"):
    browser = Browser(stack)
    address = browser.get("/dingding/signin/" + way).headers["Location"]
    answer = browser.get(agree(dingtalk, address, person["userid"]))
    return answer, browser.who()


def classic(stack, dingtalk, person):
    return oauth2(stack, dingtalk, person, "classic")


def inside(stack, dingtalk, person):
    browser = Browser(stack)
    text = browser.get("/dingding/signin/inside").text
    ticket = text.partition('data-ticket="')[2].partition('"')[0]
    answer = browser.post(
        "/dingding/signin/inside/code", ticket=ticket,
        code=code_inside(dingtalk, person))
    return answer, browser.who()


def qr(stack, dingtalk, person):
    desktop, phone = Browser(stack), Browser(stack)
    ticket = desktop.post("/dingding/signin/qr/new").json()["ticket"]
    phone.get("/dingding/signin/qr/open", ticket=ticket)
    seen = phone.post("/dingding/signin/qr/seen", ticket=ticket,
                      code=code_inside(dingtalk, person))
    if seen.status_code != 200:
        return seen, None
    assert seen.json()["user"] == person["name"]
    phone.post("/dingding/signin/qr/decide", ticket=ticket, decision="agree")
    return desktop.post("/dingding/signin/qr/done", ticket=ticket), desktop.who()


def mini(stack, dingtalk, person):
    answer = requests.post(stack.odoo_url + ROOT + "/session", timeout=60, json={
        "code": code_inside(dingtalk, person), "corp": stack.simulator.corp_id})
    if answer.status_code != 200:
        return answer, None
    token = answer.json()["token"]
    me = requests.get(stack.odoo_url + ROOT + "/me", timeout=60, headers={
        "Authorization": "Bearer " + token})
    assert me.status_code == 200, me.text
    assert me.json()["person"]["userid"] == person["userid"]
    return answer, user_of(stack, person)


def user_of(stack, person):
    found = stack.query(
        "SELECT user_id FROM dingding_user WHERE userid = '%s'" % person["userid"])
    return int(found) if found else None


@pytest.mark.parametrize("read", [False, True])
def test_first_sign_in_makes_a_user(stack, dingtalk, corp, people, read):
    if read:
        stack.rpc("dingding.corp", "write", [corp], {"create_users": "never",
                                                     "signin_who": "link"})
        house.read_people(stack, corp, 90)
        stack.rpc("dingding.corp", "write", [corp], {"create_users": "template",
                                                     "signin_who": "create"})
    wrong = []
    for number, way in enumerate(WAYS):
        person = people[number + read * len(WAYS)]
        for _time in range(2):
            answer, uid = globals()[way](stack, dingtalk, person)
            if answer.status_code not in (200, 303) or not uid or (
                    uid != user_of(stack, person)):
                wrong.append((way, answer.status_code, answer.text[:200]))
                break
    assert not wrong, wrong


@pytest.mark.parametrize("read", [True, False])
def test_one_person_in_several_browsers_at_once(stack, dingtalk, corp, people, read):
    """One user is created, and everybody is signed in as him."""
    person = people[2 * len(WAYS) + read]
    if not read:
        stack.query("DELETE FROM dingding_user WHERE userid = '%s'" % person["userid"])
    paths = []
    for _number in range(6):
        browser = Browser(stack)
        address = browser.get("/dingding/signin/oauth2").headers["Location"]
        paths.append((browser, agree(dingtalk, address, person["userid"])))
    answers = at_once(lambda each: each[0].get(each[1]), paths)
    assert [each.status_code for each in answers] == [303] * 6, [
        each.text[:300] for each in answers]
    assert {browser.who() for browser, _path in paths} == {user_of(stack, person)}
