# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The history of one approval in DingTalk."""
import json

import pytest
from approval_pure.form import build, timeline

BEIJING = {"2023-04-07T16:51Z": 1680857460, "2023-04-08T20:40Z": 1680957600}


def read(**answer):
    return timeline.read(dict({"status": "RUNNING", "result": ""}, **answer),
                         BEIJING.get)


@pytest.mark.parametrize("status, result, outcome", [
    ("RUNNING", "", "running"),
    ("NEW", None, "running"),
    ("COMPLETED", "agree", "agreed"),
    ("COMPLETED", "AGREE", "agreed"),
    ("COMPLETED", "refuse", "refused"),
    ("COMPLETED", "", "running"),
    ("TERMINATED", "", "terminated"),
    ("CANCELED", "", "terminated"),
])
def test_outcome(status, result, outcome):
    assert read(status=status, result=result).outcome == outcome


def test_records_keep_their_keys_when_more_come():
    one = {"userId": "u1", "date": "2023-04-07T16:51Z", "type": "ADD_REMARK",
           "result": "NONE", "remark": "ok"}
    first = read(operationRecords=[one, dict(one)]).records
    later = read(operationRecords=[one, dict(one), dict(one, remark="no")]).records
    assert [each["key"] for each in later[:2]] == [each["key"] for each in first]
    assert len({each["key"] for each in later}) == 3
    assert first[0]["moment"] == 1680857460
    assert first[0]["result"] == ""


def test_tasks_are_sorted_and_their_words_plain():
    tasks = read(tasks=[
        {"taskId": 72, "userId": "u2", "status": "RUNNING", "result": "NONE",
         "createTime": "2023-04-08T20:40Z", "pcUrl": "aflow.dingtalk.com?procInsId=1"},
        {"taskId": 71, "userId": "u1", "status": "COMPLETED", "result": "AGREE",
         "createTime": "2023-04-07T16:51Z", "finishTime": "2023-04-08T20:40Z"},
        {"userId": "u3"},
    ]).tasks
    assert [each["task_id"] for each in tasks] == ["71", "72"]
    assert tasks[0]["result"] == "agree" and tasks[0]["finished"] == 1680957600
    assert tasks[1]["status"] == "running" and tasks[1]["result"] == ""
    assert tasks[1]["url"] == "https://aflow.dingtalk.com?procInsId=1"


@pytest.mark.parametrize("text, opened", [
    ("aflow.dingtalk.com?x=1", "https://aflow.dingtalk.com?x=1"),
    ("https://aflow.dingtalk.com/a#b", "https://aflow.dingtalk.com/a#b"),
    ("https://dingtalk.com.example.org/", ""),
    ("https://example.org/?dingtalk.com", ""),
    ("https://aflow.dingtalk.com@example.org/", ""),
    ("https://example.org\\.dingtalk.com/", ""),
    ("https://example.org#.dingtalk.com", ""),
    ("http://aflow.dingtalk.com/", ""),
    ("javascript://aflow.dingtalk.com/%0aalert(1)", ""),
    ("", ""),
])
def test_only_dingtalk_is_opened(text, opened):
    assert timeline.address(text) == opened


def value(name, text, kind="TextField"):
    return {"name": name, "value": text, "componentType": kind}


def test_same_form():
    sent = [value("Subject", "Chairs"), value("Total", "100", "MoneyField"),
            value("Who", '["u1"]', "InnerContactField")]
    there = [value("Subject", "Chairs"), value("Total", "100.00", "MoneyField"),
             value("Who", "Zhang San", "InnerContactField")]
    assert timeline.same_form(sent, there)
    assert not timeline.same_form(sent, [value("Subject", "Tables")] + there[1:])
    assert not timeline.same_form(sent, there[1:])
    # Without kinds, as a developer hands them in.
    plain = [{"name": "Subject", "value": "Chairs"}, {"name": "Total", "value": "100"}]
    assert timeline.same_form(plain, there)


def test_same_form_with_components_of_the_same_label():
    sent = [value("Date", "Monday"), value("Date", "Friday")]
    assert timeline.same_form(sent, list(sent))
    assert timeline.same_form(sent, sent[::-1])
    assert not timeline.same_form(sent, [sent[0], sent[0]])
    assert not timeline.same_form(sent, sent[:1])


def test_files_of_a_form():
    files = [{"spaceId": "7", "fileName": "a.jpg", "fileSize": 242658,
              "fileType": "jpg", "fileId": "104"}]
    found = timeline.files_of_form(
        [value("Files", json.dumps(files), "DDAttachment"), value("Subject", "[]"),
         value("Bad", "[", "DDAttachment")])
    assert found == [
        {"space_id": "7", "file_id": "104", "name": "a.jpg", "size": 242658}]


def test_sizes_fit_a_column():
    assert timeline.file_of({"fileSize": 3 * 1024 ** 3})["size"] == 2 ** 31 - 1
    assert timeline.file_of({"fileSize": "9" * 40})["size"] == 2 ** 31 - 1


class Unsent(dict):
    """Empty, and has an answer for each key."""

    def __missing__(self, key):
        return {"fileName": "file %s" % key}


def test_finish_takes_an_empty_mapping_at_its_word():
    entry = value("Files", [{"attachment_id": 7}], "DDAttachment")
    (done,) = build.finish([entry], Unsent())
    assert json.loads(done["value"])[0]["fileName"] == "file 7"
