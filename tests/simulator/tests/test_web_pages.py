# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The web face without a browser: pages, texts, headers, escaping, long lists."""

import json
import pathlib
import re
from html.parser import HTMLParser

import dingtalk_simulator.web
import pytest
from dingtalk_simulator import faults, settings
from dingtalk_simulator.web import approvals, live, search, sections, view, words

FOLDER = pathlib.Path(dingtalk_simulator.web.__file__).parent
HOSTILE = "<img src=x onerror=alert(1)>'\"&{{7*7}}</script>😀"
SECTIONS = [section.key for section in sections.console_section.ordered()]
TABS = [tab.key for tab in sections.phone_tab.ordered()]


class Reader(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.found, self.ids = [], [], [], []
        self._silent = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.addresses += [
            attributes[name]
            for name in ("src", "href", "action", "poster")
            if name in attributes
        ]
        self._silent += tag in ("script", "style")

    def handle_endtag(self, tag):
        self._silent -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._silent and data.strip():
            self.found.append(data.strip())

    def testids(self, name):
        return [
            attributes
            for _tag, attributes in self.tags
            if attributes.get("data-testid") == name
        ]


def page(box, path, status=200, **query):
    answer = box.raw("GET", path, params=query)
    assert answer.status_code == status, (path, answer.status_code)
    return Reader(answer.text)


def addresses(box):
    userid = box.people(1)[0]
    box.notify([userid])
    note = box.control("GET", "messages?userid=" + userid)[0]
    yield from ("/", "/?q=1", "/phone", "/phone?q=1", "/console")
    yield from ("/phone/%s?tab=%s" % (userid, tab) for tab in TABS)
    yield from ("/console/" + section for section in SECTIONS)
    yield "/phone/%s?message=%s" % (userid, note["id"])
    yield "/phone/%s?tab=contacts&person=%s" % (userid, userid)
    yield "/console/people?person=" + userid
    yield "/console/people?q=1"
    yield "/console/people?left=1"
    yield "/console/messages?task=" + note["task_id"]
    template = box.control("GET", "approvals/templates")[0]
    values = {"申请事由": HOSTILE, "总金额": 3}
    body = {"process_code": "采购申请", "originator": userid, "values": values}
    made = box.control("POST", "approvals/instances", body)
    tile = "/phone/%s?tab=work&tile=approvals" % userid
    yield from (tile + "&view=" + name for name in approvals.VIEWS)
    yield tile + "&new=" + template["process_code"]
    yield tile + "&instance=" + made["id"]
    yield "/console/approvals?state=RUNNING"
    yield "/console/approvals?template=" + template["process_code"]


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_every_page_answers_in_both_languages(box, lang):
    for address in addresses(box):
        answer = box.raw("GET", address, params={"lang": lang})
        assert answer.status_code == 200, address
        assert answer.headers["Content-Type"].startswith("text/html")
        assert '<html lang="%s"' % ("zh-CN" if lang == "zh_CN" else "en") in answer.text
        read = Reader(answer.text)
        assert len(read.ids) == len(set(read.ids)), "an id twice in " + address
    box.http.cookies.clear()


def test_pages_need_nothing_from_elsewhere(box):
    for address in addresses(box):
        for found in page(box, address).addresses:
            assert found.startswith(("/", "#")), (address, found)


def test_pages_carry_safe_headers(box):
    answer = box.raw("GET", "/console")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_script_or_handler_stands_in_a_page(box):
    # The policy would block it.
    for path in (FOLDER / "templates").glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\son\w+=|javascript:", text), path.name
        for script in re.findall(r"<script([^>]*)>", text):
            assert "src=" in script or "application/json" in script, path.name


def test_the_language_is_remembered(box):
    assert "Admin console" in box.raw("GET", "/?lang=en").text
    assert "Admin console" in box.raw("GET", "/").text
    assert "管理后台" in box.raw("GET", "/?lang=zh_CN").text
    assert "管理后台" in box.raw("GET", "/").text
    box.http.cookies.clear()
    assert "管理后台" in box.raw("GET", "/").text
    assert "管理后台" in box.raw("GET", "/?lang=klingon").text


def texts():
    """(where, text) of all translated texts."""
    for path in sorted((FOLDER / "templates").glob("*.html")):
        for double, single in re.findall(
            r"""\b_\(\s*(?:"([^"]+)"|'([^']+)')""", path.read_text("utf-8")
        ):
            yield path.name, double or single
    for found in re.findall(
        r'\bt\("([^"]+)"\)', (FOLDER / "static" / "page.js").read_text("utf-8")
    ):
        assert found in words.SCRIPTS
        yield "page.js", found
    for registry in (sections.phone_tab, sections.work_tile, sections.console_section):
        for section in registry.ordered():
            yield section.key, section.label


def test_all_texts_are_translated():
    missing = [pair for pair in texts() if not words.known(pair[1])]
    assert not missing


def test_explanations_of_settings_and_faults_are_translated():
    names = ["setting." + name for name in settings.OF_WORLD]
    names += ["fault." + name for name in faults.KINDS]
    missing = [name for name in names if not words.known(name)]
    assert not missing, "add to web/templates/words.zh_CN.json"


def test_translations_keep_the_placeholders():
    chinese = json.loads((FOLDER / "templates" / "words.zh_CN.json").read_text("utf-8"))
    for english, text in chinese.items():
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(
            re.findall(r"%\(\w+\)s", text)
        ), english


def test_start_page_shows_what_odoo_wants(box):
    read = page(box, "/")
    text = " ".join(read.found)
    for value in (box.app_key, box.app_secret, box.agent_id, box.corp_id, box.url):
        assert str(value) in text
        assert any(
            attributes.get("data-copy") == str(value) for _tag, attributes in read.tags
        )


def test_hostile_names_are_text_on_every_page(box):
    dept_id = box.control("POST", "departments", {"name": HOSTILE})["dept_id"]
    values = {
        name: HOSTILE
        for name in (
            "name",
            "title",
            "email",
            "job_number",
            "remark",
            "work_place",
            "telephone",
            "extension",
            "avatar",
        )
    }
    userid = box.control(
        "POST", "users", dict(values, userid="x\"'<b>é", dept_ids=[dept_id, 1])
    )["userid"]
    box.control(
        "PATCH", "users/" + userid.replace("<", "%3C"), {"leader_in": [dept_id]}
    )
    box.control("PATCH", "apps/" + box.app_key, {"name": HOSTILE})
    box.control("POST", "groups", {"title": HOSTILE, "members": [userid]})
    box.control("PATCH", "departments/1", {"name": HOSTILE})
    for msg in hostile_messages():
        assert box.notify([userid], msg)["errcode"] == 0
    task = box.control("GET", "tasks")[0]["task_id"]
    note = box.control("GET", "messages")[-1]["id"]
    quoted = "x%22%27%3Cb%3E%C3%A9"
    for address in (
        [
            "/",
            "/phone",
            "/phone?q=x",
            "/console/people?q=" + HOSTILE.replace("&", "%26").replace("#", ""),
            "/console/people?person=" + quoted,
            "/console/people?dept=%s" % dept_id,
            "/console/messages",
            "/console/messages?task=%s" % task,
            "/console/calls?path=" + quoted,
            "/phone/%s?message=%s" % (quoted, note),
            "/phone/%s?tab=contacts&dept=%s" % (quoted, dept_id),
            "/phone/%s?tab=contacts&person=%s" % (quoted, quoted),
        ]
        + ["/console/" + section for section in SECTIONS]
        + ["/phone/%s?tab=%s" % (quoted, tab) for tab in TABS]
    ):
        answer = box.raw("GET", address)
        assert answer.status_code == 200, address
        assert "<img src=x" not in answer.text and "<b>é" not in answer.text, address
        for tag, attributes in Reader(answer.text).tags:
            assert not [name for name in attributes if name.startswith("on")], (
                address,
                tag,
                attributes,
            )
            assert (
                not (attributes.get("href") or "")
                .lower()
                .startswith(("javascript", "data"))
            ), address
        # None of our tags was broken either.
        assert (
            answer.text.count("<script") == 2 and answer.text.count("</script>") == 2
        ), address


def hostile_messages():
    bad = "javascript:alert(1)"
    return [
        {"msgtype": "text", "text": {"content": HOSTILE}},
        {
            "msgtype": "markdown",
            "markdown": {
                "title": HOSTILE,
                "text": "[x](%s) ![y](%s) %s" % (bad, bad, HOSTILE),
            },
        },
        {
            "msgtype": "link",
            "link": {
                "title": HOSTILE,
                "text": HOSTILE,
                "messageUrl": bad,
                "picUrl": bad,
            },
        },
        {
            "msgtype": "oa",
            "oa": {
                "message_url": bad,
                "head": {"bgcolor": "FFBBBBBB", "text": HOSTILE},
                "body": {
                    "title": HOSTILE,
                    "form": [{"key": HOSTILE, "value": HOSTILE}],
                    "rich": {"num": HOSTILE, "unit": HOSTILE},
                    "content": HOSTILE,
                    "author": HOSTILE,
                    "file_count": "3",
                    "image": 'https://example.com/"onload=1',
                },
            },
        },
        {
            "msgtype": "action_card",
            "action_card": {
                "title": HOSTILE,
                "markdown": HOSTILE,
                "single_title": "a<b>c",
                "single_url": bad,
            },
        },
    ]


def test_unknown_people_sections_and_leavers(box):
    assert page(box, "/phone/nobody", status=404).testids("missing")
    assert page(box, "/console/nothing", status=404).testids("missing")
    userid = box.people()[-1]
    box.control("DELETE", "users/" + userid)
    assert "此人已离职。" in " ".join(page(box, "/phone/" + userid, status=404).found)


def test_only_static_files_of_the_face_are_served(box):
    assert box.raw("GET", "/_web/static/page.js").status_code == 200
    for name in ("..%2Fview.py", "..%2Fstatic%2Fpage.js", "nothing.css", "view.py"):
        assert box.raw("GET", "/_web/static/" + name).status_code == 404


def upload(box, kind, name, content, mimetype):
    answer = box.raw(
        "POST",
        "/media/upload",
        params={"access_token": box.token(), "type": kind},
        files={"media": (name, content, mimetype)},
        data={"type": kind},
    ).json()
    return answer["media_id"]


def test_media_are_shown_or_downloaded_but_never_run(box):
    picture = upload(
        box, "image", "图.png", b"\x89PNG\r\n\x1a\n" + b"0" * 90, "image/png"
    )
    answer = box.raw("GET", view.media_url(picture))
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")
    page_ = upload(box, "file", "页.pdf", b"%PDF<script>alert(1)</script>", "text/html")
    answer = box.raw("GET", view.media_url(page_))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert (
        answer.headers["Content-Disposition"]
        == "attachment; filename*=UTF-8''%E9%A1%B5.pdf"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert box.raw("GET", view.media_url("@lADnothing")).status_code == 404


@pytest.mark.parametrize(
    "asked, got",
    [
        ("bytes=0-3", b"0123"),
        ("bytes=4-", b"456789"),
        ("bytes=-2", b"89"),
        ("bytes=8-99", b"89"),
        ("bytes=99-", None),
        ("bytes=3-1", None),
        ("bytes=a-b", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
    ],
)
def test_players_may_ask_for_a_part(asked, got):
    part = view._partial(asked, 10)
    assert (b"0123456789"[part] if part else None) == got


def test_ten_thousand_people_come_in_pages(box):
    box.reset(people=10000, departments=300, seed=3)
    for address in (
        "/",
        "/phone",
        "/phone?q=1",
        "/console/people",
        "/console/people?q=1",
        "/console/people?q=王",
    ):
        answer = box.raw("GET", address)
        rows = Reader(answer.text)
        assert len(answer.content) < 120000, address
        assert (
            0
            < len(rows.testids("person-link")) + len(rows.testids("person-row"))
            <= search.PER_PAGE
        ), address
    last = page(box, "/phone", page="200")
    assert len(last.testids("person-link")) == 50
    person = list(box.org.people.values())[-1]
    found = page(box, "/phone", q=person.userid)
    assert [each["data-userid"] for each in found.testids("person-link")] == [
        person.userid
    ]
    assert found.testids("person-link")[0]["href"] == "/phone/" + person.userid
    found = box.raw(
        "GET", "/_web/suggest", params={"kind": "person", "q": person.mobile}
    ).json()
    assert found == ["%s %s" % (person.userid, person.name)]


def test_pages_of_a_list():
    assert search.page_of(list(range(101)), "3").items == [100]
    first = search.page_of(list(range(101)), "x")
    assert (first.number, first.count, first.first, first.last) == (1, 3, 1, 50)
    assert search.page_of([], "9").items == [] and search.page_of([], "9").first == 0
    assert search.page_of(list(range(60)), "-5").number == 1
    assert search.page_of(list(range(60)), "99").number == 2


def test_phone_counts_unread_and_shows_the_newest_first(box):
    box.settings(rate_limit=None)
    userid = box.people(1)[0]
    for number in range(25):
        box.notify(
            [userid], {"msgtype": "text", "text": {"content": "number %d" % number}}
        )
    read = page(box, "/phone/" + userid)
    shown = read.testids("message")
    assert len(shown) == 20
    ids = [int(each["data-id"]) for each in shown]
    assert ids == sorted(ids, reverse=True)
    assert read.testids("unread-count")[0]["data-count"] == "25"
    assert len(page(box, "/phone/" + userid, n="40").testids("message")) == 25
    box.control("POST", "messages/%d/read" % ids[0], {"userid": userid})
    read = page(box, "/phone/" + userid)
    assert read.testids("unread-count")[0]["data-count"] == "24"
    assert [each["data-read"] for each in read.testids("message")][:2] == [
        "true",
        "false",
    ]


def test_recalled_messages_say_so_and_hide_what_was_said(box):
    userid = box.people(1)[0]
    task_id = box.notify(
        [userid], {"msgtype": "text", "text": {"content": "secret word"}}
    )["task_id"]
    box.oapi(
        "/topapi/message/corpconversation/recall",
        {"agent_id": box.agent_id, "msg_task_id": task_id},
    )
    for query in ({}, {"message": box.control("GET", "messages")[0]["id"]}):
        answer = box.raw("GET", "/phone/" + userid, params=query)
        body = answer.text.split('class="facts"')[0]
        assert "secret word" not in body and 'data-recalled="true"' in body
    assert page(box, "/phone/" + userid).testids("unread-count")[0]["data-count"] == "0"


def test_two_organisations_keep_apart(box):
    second = box.control(
        "POST", "corps", {"name": "第二家公司", "people": 5, "departments": 1}
    )
    userid = box.control("GET", "users?corp_id=" + second["corp_id"])[0]["userid"]
    read = page(box, "/phone", corp=second["corp_id"])
    assert len(read.testids("person-link")) == 5
    read = page(box, "/phone/" + userid, corp=second["corp_id"])
    assert "第二家公司" in read.found
    for link in read.testids("tab-me") + read.testids("tab-contacts"):
        assert "corp=" + second["corp_id"] in link["href"]
    page(box, "/phone/" + userid, status=404, corp=box.corp_id)
    for section in SECTIONS:
        read = page(box, "/console/" + section, corp=second["corp_id"])
        assert box.corp_id not in " ".join(read.found)


def test_sent_messages_list_their_results(box):
    people = box.people(4)
    body = {"msgtype": "text", "text": {"content": "twice"}}
    box.notify(people[:1], body)
    task_id = box.notify(people[:3] + ["ghost"], body)["task_id"]
    box.control("POST", "messages/%s/read" % task_id, {"userid": people[1]})
    read = page(box, "/console/messages", task=str(task_id))
    states = {
        attributes["data-userid"]: attributes["data-state"]
        for _tag, attributes in read.tags
        if "data-state" in attributes
    }
    assert states == {
        people[0]: "failed",
        people[1]: "read",
        people[2]: "unread",
        "ghost": "invalid",
    }
    assert "143106 同一天内容重复" in " ".join(read.found)
    only = page(box, "/console/messages", task=str(task_id), state="unread")
    assert [
        attributes["data-userid"]
        for _tag, attributes in only.tags
        if "data-state" in attributes
    ] == [people[2]]


@pytest.mark.parametrize(
    "event, wanted",
    [
        ({"kind": "message.new", "corp_id": "a", "userid": "u"}, True),
        ({"kind": "message.new", "corp_id": "b", "userid": "u"}, False),
        ({"kind": "message.new", "corp_id": "a", "userid": "other"}, False),
        ({"kind": "contact.user_add_org", "corp_id": "a", "userids": ["x"]}, False),
        ({"kind": "group.message", "group": "g"}, True),
        ({"kind": "reset"}, True),
    ],
)
def test_a_page_hears_what_concerns_it(event, wanted):
    assert live.concerns(event, ("message.", "group.", "reset"), "a", "u") is wanted


def test_many_changes_become_few_notes(box):
    box.settings(rate_limit=None)
    people = box.people(30)
    address, kinds = "/_web/events", {"kinds": "message.,contact."}
    with box.raw("GET", address, params=kinds, stream=True, timeout=10) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        while next(lines) != "event: ready":
            pass
        for number in range(20):
            box.notify(people, {"msgtype": "text", "text": {"content": str(number)}})
        box.control("PATCH", "users/" + people[0], {"title": "the last change"})
        notes = []
        while not notes or "contact.user_modify_org" not in notes[-1]["kinds"]:
            line = next(lines)
            if line.startswith("data:") and "kinds" in line:
                notes.append(json.loads(line[5:]))
    assert "message.new" in notes[0]["kinds"]
    # 600 messages in 20 calls
    assert len(notes) < 8


def test_words_of_approvals_are_translated():
    tables = (approvals.KINDS.values(), ["has to decide", "waits for it"])
    known = [text for table in tables for text in table]
    known += [text for text, _colour in approvals.LINES.values()]
    known += [text for text, _colour in approvals.STATES.values()]
    assert not [text for text in known if not words.known(text)]
