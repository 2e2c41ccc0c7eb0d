"""People sign in through DingTalk."""

import time

import requests
from e2e.browsers import Browser, agree

from ..registry import operation, something
from ..world import LINKED


def enter(world, userid, path_of):
    """Sign in and note who is in; ``path_of(browser)`` is the last address."""
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
    found["disturbed"] = world.disturbed(begin)
    world.ledger.add("signins", found)


@operation(weight=3, who=something)
def somebody_signs_in_with_the_page(world, step, who):
    """A person signs in with DingTalk's page."""
    userid = world.people[LINKED[who % len(LINKED)]][0]

    def path_of(browser, statuses):
        answer = browser.get("/dingding/signin/oauth2")
        statuses.append(answer.status_code)
        if "Location" not in answer.headers:
            return answer
        return browser.get(agree(world.dingtalk, answer.headers["Location"], userid))

    enter(world, userid, path_of)
