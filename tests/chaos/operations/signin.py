"""People sign in through DingTalk."""

import time

import requests
from e2e.browsers import Browser, agree, code_inside

from ..registry import operation, something


def enter(world, userid, path_of):
    """Sign in and record the user; ``path_of(browser)`` returns the last address."""
    browser, begin = Browser(world.stack), time.time()
    found = {"userid": userid, "wanted": world.users[userid], "got": None,
             "statuses": [], "text": ""}
    try:
        answer = path_of(browser, found["statuses"])
        found["statuses"].append(answer.status_code)
        if answer.status_code >= 500:
            found["text"] = answer.text[-2000:]
        found["got"] = browser.who()
    except (requests.RequestException, ValueError, KeyError) as error:
        found["text"] = repr(error)
    except AttributeError:
        found["statuses"].append(500)
        found["text"] = "the page to sign in has no form"
    found["disturbed"] = world.disturbed(begin) or (
        502 in found["statuses"] and world.answered_nonsense(begin))
    world.ledger.add("signins", found)


@operation(weight=3, who=something)
def somebody_signs_in_with_the_page(world, step, who):
    """A person signs in with DingTalk's page."""
    userid = world.colleague(who)

    def path_of(browser, statuses):
        answer = browser.get("/dingding/signin/oauth2")
        statuses.append(answer.status_code)
        if "Location" not in answer.headers:
            return answer
        return browser.get(agree(world.dingtalk, answer.headers["Location"], userid))

    enter(world, userid, path_of)


@operation(weight=2, who=something)
def somebody_signs_in_with_a_code(world, step, who):
    """A person scans the code on Odoo's own page with the phone."""
    userid = world.colleague(who)

    def path_of(desktop, statuses):
        phone = Browser(world.stack)

        def noted(answer):
            statuses.append(answer.status_code)
            return answer

        answer = noted(desktop.post("/dingding/signin/qr/new"))
        if answer.status_code != 200:
            return answer
        ticket = answer.json()["ticket"]
        noted(phone.get("/dingding/signin/qr/open", ticket=ticket))
        noted(phone.post(
            "/dingding/signin/qr/seen", ticket=ticket,
            code=code_inside(world.dingtalk, {"userid": userid})))
        noted(phone.post(
            "/dingding/signin/qr/decide", ticket=ticket, decision="agree"))
        return desktop.post("/dingding/signin/qr/done", ticket=ticket)

    enter(world, userid, path_of)
