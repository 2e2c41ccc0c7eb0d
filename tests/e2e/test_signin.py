"""Sign-in under load, with several databases and other providers."""

import re

import pytest

from tools.stack import Stack

from . import house
from .browsers import Browser, agree, at_once, code_inside, switch_on

PEOPLE = 60
STACK = dict(
    people=PEOPLE, departments=4, workers=4, cron_seconds=2,
    modules=("dingding", "dingding_callback"))
AT_ONCE = 50


@pytest.fixture(scope="module")
def people(stack, corp):
    """Linked people: (the simulator's person, id of the user)."""
    switch_on(stack, corp)
    house.read_people(stack, corp, 90)
    found = [each for each in house.Control(stack.simulator.url).users()
             if each["active"]][:AT_ONCE]
    userids = [each["userid"] for each in found]
    stack.odoo_shell(
        "for userid in %r:\n"
        "    user = env['res.users'].create({'name': userid, 'login': userid})\n"
        "    env['dingding.user'].search([('userid', '=', userid)]).user_id = user\n"
        "env.cr.commit()\n" % userids)
    rows = stack.query("SELECT login, id FROM res_users").split("\n")
    ids = dict(row.split("|") for row in rows)
    return [(each, int(ids[each["userid"]])) for each in found]


# -- many at once ---------------------------------------------------------------------


def test_fifty_uses_of_one_state(stack, dingtalk, people):
    person, user = people[0]
    browser = Browser(stack)
    path = agree(dingtalk, browser.get(
        "/dingding/signin/oauth2").headers["Location"], person["userid"])
    dingtalk.forget()
    copies = [browser.copy() for _number in range(AT_ONCE)]
    answers = at_once(lambda each: each.get(path), copies)
    codes = [answer.status_code for answer in answers]
    assert codes.count(303) == 1, codes
    assert set(codes) <= {303, 400, 429}, codes
    assert dingtalk.calls("/v1.0/oauth2/userAccessToken") == 1
    assert [each.who() for each in copies].count(user) == 1
    assert "Traceback" not in "".join(answer.text for answer in answers)
    stack.query("DELETE FROM dingding_signin_log")


def test_fifty_uses_of_one_confirmed_code(stack, dingtalk, people):
    person, user = people[1]
    desktop, phone = Browser(stack), Browser(stack)
    ticket = desktop.post("/dingding/signin/qr/new").json()["ticket"]
    phone.get("/dingding/signin/qr/open", ticket=ticket)
    phone.post("/dingding/signin/qr/seen", ticket=ticket,
               code=code_inside(dingtalk, person)).json()
    phone.post("/dingding/signin/qr/decide", ticket=ticket, decision="agree")
    token = desktop.token()
    copies = [desktop.copy() for _number in range(AT_ONCE)]
    answers = at_once(lambda each: each.session.post(
        each.url + "/dingding/signin/qr/done", timeout=120,
        data={"ticket": ticket, "csrf_token": token}), copies)
    codes = [answer.status_code for answer in answers]
    assert codes.count(200) == 1, codes
    assert [each.who() for each in copies].count(user) == 1
    stack.query("DELETE FROM dingding_signin_log")


def test_fifty_people_at_once(stack, dingtalk, people):
    def enter(each):
        person, user = each
        browser = Browser(stack)
        address = browser.get("/dingding/signin/oauth2").headers["Location"]
        answer = browser.get(agree(dingtalk, address, person["userid"]))
        return answer.status_code, browser.who() == user

    assert set(at_once(enter, people)) == {(303, True)}
    # None needs the app's token.
    assert dingtalk.taken("/v1.0/contact/users/me") == len(people)


# -- leavers ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["event", "reading"])
def test_leaver_is_signed_out(stack, dingtalk, corp, people, how):
    """A leaver is signed out in every browser, by event or sync."""
    person, user = people.pop()
    browsers = [Browser(stack), Browser(stack)]
    for browser in browsers:
        browser.get(agree(dingtalk, browser.get(
            "/dingding/signin/oauth2").headers["Location"], person["userid"]))
        assert browser.who() == user
    app = stack.rpc("dingding.corp", "read", [corp], ["app_id"])[0]["app_id"][0]
    if how == "event":
        stack.rpc("dingding.app", "action_callback_register", [app])
    dingtalk("DELETE", "/users/" + person["userid"])
    if how == "event":
        house.wait_until(
            lambda: not any(each.who() for each in browsers), 90, "the end of sessions")
        stack.rpc("dingding.app", "action_callback_delete", [app])
    else:
        assert [each.who() for each in browsers] == [user, user]
        house.read_people(stack, corp)
        assert [each.who() for each in browsers] == [None, None]
    answer = browsers[0].get("/web")
    assert answer.status_code in (302, 303) and "/web/login" in (
        answer.headers["Location"]), answer.headers


# -- several databases ----------------------------------------------------------------


@pytest.fixture
def two_databases(stack, people):
    """Have the server serve a copy of the database too."""
    def start_with(names):
        def write_config():
            real()
            path = stack.odoo.config
            text = path.read_text()
            for name, value in (("db_name", ",".join(names)), ("list_db", True)):
                text = re.sub("(?m)^%s = .*$" % name, "%s = %s" % (name, value), text)
            path.write_text(text)
        real = type(stack.odoo).write_config.__get__(stack.odoo)
        stack.odoo.write_config = write_config
        stack.start_odoo()

    stack.stop_odoo()
    stack.postgres.query(
        'CREATE DATABASE second TEMPLATE "%s"' % stack.database, "postgres")
    start_with([stack.database, "second"])
    yield "second"
    stack.stop_odoo()
    del stack.odoo.write_config
    stack.postgres.query("DROP DATABASE second", "postgres")
    stack.start_odoo()


def test_the_right_database(stack, dingtalk, people, two_databases):
    person, user = people[2]
    first, second = Browser(stack), Browser(stack)
    for each, name in ((first, stack.database), (second, two_databases)):
        each.session.get(each.url + "/web/login?db=" + name, timeout=120)
    path = agree(dingtalk, first.get(
        "/dingding/signin/oauth2").headers["Location"], person["userid"])
    assert second.get(path).status_code == 400
    assert second.who() is None
    assert first.get(path).status_code == 303
    assert first.who() == user
    link = second.post("/dingding/signin/qr/new").json()["link"]
    assert "/web/login?db=second&redirect=%2Fdingding" in link, link


# -- beside other providers -----------------------------------------------------------


def test_beside_other_providers():
    with Stack(people=10, departments=2, bundles=False, modules=[
            "dingding", "auth_oauth", "auth_signup", "website"]) as stack:
        corp = house.connect(stack)
        switch_on(stack, corp)
        control = house.Control(stack.simulator.url)
        person = next(each for each in control.users() if each["active"])
        stack.odoo_shell(
            "user = env['res.users'].create({'name': 'Wang', 'login': 'wang',"
            " 'password': 'wang'})\n"
            "env['dingding.user'].create({'name': 'Wang', 'userid': %r, 'unionid': %r,"
            " 'corp_id': %d, 'user_id': user.id})\n"
            "env['auth.oauth.provider'].search([]).write({'enabled': True})\n"
            "for name in ('allow_uninvited', 'reset_password'):\n"
            "    env['ir.config_parameter'].set_param('auth_signup.' + name, 'True')\n"
            "env.cr.commit()\n" % (person["userid"], person["unionid"], corp))
        browser = Browser(stack)
        text = browser.get("/web/login").text
        assert "o_dingding_signin" in text and "/dingding/signin/oauth2?corp=" in text
        # The buttons of others are there, ours come after their form.
        assert "auth_oauth%2Fsignin" in text, text
        for page in ("/web/signup", "/web/reset_password", "/web/login?redirect=/my"):
            assert browser.get(page).status_code == 200, page
        browser.post("/web/login", login="wang", password="wang")
        wang = browser.who()
        assert wang
        other = Browser(stack)
        path = agree(control, other.get(
            "/dingding/signin/oauth2").headers["Location"], person["userid"])
        assert other.get(path).status_code == 303
        assert other.who() == wang
        stranger = Browser(stack)
        assert stranger.get("/dingding/signin/oauth2/return").status_code == 400
