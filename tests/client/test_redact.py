# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""No token and no secret survives in a text."""

import json
import random
from urllib.parse import urlencode

import pytest
from dingtalk.redact import MASK, SECRET_NAMES, redact

SECRET = "Zx9-_abc+/=q%41"

NAMES = (
    "access_token accessToken x-acs-dingtalk-access-token refreshToken appsecret "
    "appSecret app_secret clientSecret client_secret corpsecret suiteSecret "
    "suiteTicket suite_ticket jsapiTicket jsapi_ticket ticket password code "
    "authCode tmp_auth_code aes_key sign signature token sns_token persistent_code "
    "x-oss-signature x-oss-security-token security-token"
).split()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "form",
    [
        "%s=%s",
        "GET https://oapi.dingtalk.com/gettoken?a=1&%s=%s&b=2",
        "HTTPConnectionPool(host='x', port=1): url: /a?%s=%s (Caused by x)",
        '{"a": 1, "%s": "%s", "b": 2}',
        "{'a': 1, '%s': '%s'}",
        '"{\\"%s\\": \\"%s\\"}"',
        "{'%s': b'%s'}",
        '{"%s":["%s"]}',
    ],
)
def test_masks_the_value(name, form):
    text = redact(form % (name, SECRET))
    assert SECRET not in text and "Zx9" not in text
    assert name in text and MASK in text


def test_masks_headers():
    text = redact(
        "Authorization: Bearer %s\nx-acs-dingtalk-access-token: %s\n" % (SECRET, SECRET)
    )
    assert "Zx9" not in text


def test_a_harmless_name_hides_no_secret_behind_it():
    assert (
        redact("url: https://a/b?access_token=abcdefgh")
        == "url: https://a/b?access_token=***"
    )
    assert redact("redirect_uri=https%3A%2F%2Fa%3Faccess_token%3Dabcdefgh") == (
        "redirect_uri=https%3A%2F%2Fa%3Faccess_token%3D***"
    )


@pytest.mark.parametrize(
    "text",
    [
        "ding talk error[subcode=40014,submsg=不合法的access_token]",
        '{"errcode":40014,"errmsg":"不合法的access_token"}',
        '{"code":"143105","count":500,"userid":"u1"}',
        "Code: InvalidAuthentication",
        "缺少参数：x-acs-dingtalk-access-token",
        "访问ip不在白名单之中,request ip=14.153.172.241 appKey(ding-example)",
        "https://open-dev.dingtalk.com/appscope/apply?content=key%23qyapi_get_member",
        '{"token": null, "ticket": ""}',
    ],
)
def test_leaves_what_helps(text):
    assert redact(text) == text


def test_masks_known_values_wherever_they_stand():
    assert redact("look: abcdefgh!", ["abcdefgh"]) == "look: ***!"
    assert redact("a b c", ["a"]) == "a b c"
    assert redact(b"token=abcdefgh") == "token=***"
    assert redact(ValueError("token=abcdefgh")) == "token=***"


def test_an_unfinished_text_is_masked_to_its_end():
    assert redact('{"access_token": "abcdef') == '{"access_token": "***'


def spellings(name, chance):
    """Return a spelling of a name from the list."""
    at = chance.randrange(1, len(name))
    return chance.choice(
        [name, name.upper(), name[:at] + "_" + name[at:], name[:at].title() + name[at:]]
    )


def test_nothing_survives_whatever_it_is_made_of():
    chance = random.Random(20260101)
    letters = "abcXYZ019-_.+/=%&?#,;:()[]{}<>|\\ \"'中\u00e9"
    names = sorted(SECRET_NAMES)
    for _round in range(3000):
        name = spellings(chance.choice(names), chance)
        core = "SECRET" + "".join(chance.choice("0123456789abcdef") for _i in range(8))
        noise = "".join(chance.choice(letters) for _i in range(chance.randrange(12)))
        secret = chance.choice(["", "%s"]).replace("%s", noise) + core + noise
        for text in (
            json.dumps({"x": "y", name: secret, "z": [1]}),
            json.dumps({"x": "y", name: secret}, ensure_ascii=False),
            json.dumps({"body": json.dumps({name: secret})}),
            str({name: secret}),
            "https://oapi.dingtalk.com/p?"
            + urlencode([("a", "b"), (name, secret), ("c", "d")]),
        ):
            assert core not in redact(text), text
