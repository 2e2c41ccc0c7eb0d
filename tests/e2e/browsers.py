"""Many browsers at once as far as HTTP goes, for tests and benchmarks of sign-in."""

import concurrent.futures
import re
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry


def new_session():
    """Return a session that asks again as browsers do.

    A worker of Odoo closes a connection whose request does not come within two
    seconds, which fifty threads on a busy machine may need.
    """
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(
        max_retries=Retry(total=1, allowed_methods=["GET"])))
    return session


class Browser:
    def __init__(self, stack):
        self.url = stack.odoo_url
        self.session = new_session()

    def get(self, path, **params):
        return self.session.get(
            self.url + path, params=params, allow_redirects=False, timeout=120)

    def token(self):
        """Return a form token of this browser's session."""
        return re.search(r'name="csrf_token" value="([^"]+)"',
                         self.get("/web/login").text).group(1)

    def post(self, path, **data):
        return self.session.post(
            self.url + path, data=dict(data, csrf_token=self.token()),
            allow_redirects=False, timeout=120)

    def who(self):
        answer = self.session.post(
            self.url + "/web/session/get_session_info", timeout=120,
            json={"jsonrpc": "2.0", "method": "call", "params": {}}).json()
        return answer.get("result", {}).get("uid") or None

    def copy(self):
        other = Browser.__new__(Browser)
        other.url, other.session = self.url, new_session()
        other.session.cookies.update(self.session.cookies)
        return other


def agree(control, address, userid):
    """Agree on DingTalk's page; return the path of Odoo that follows."""
    parts = urlsplit(
        control("POST", "/login/authorize", {"url": address, "userid": userid})
        ["redirect"])
    return parts.path + "?" + parts.query


def at_once(function, items):
    with concurrent.futures.ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(function, items))


def switch_on(stack, corp):
    stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
    stack.rpc("dingding.corp", "write", [corp], {
        "signin_oauth2": True, "signin_qr": True, "signin_inside": True})


def code_inside(control, person):
    return control("POST", "/login_codes", {
        "kind": "inside", "userid": person["userid"]})["code"]
