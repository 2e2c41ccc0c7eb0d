# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Parse a message to the robot, which is untrusted. Pure.

https://open.dingtalk.com/document/development/receive-message-1
"""

import collections
import re
import unicodedata

LONGEST_TEXT = 2000  # characters that are read
LONGEST_ID = 200
MOST_FILES = 9
GROUP = "2"  # of conversationType

#: A message, cleaned. Texts are '' if DingTalk did not send them.
#:
#: key           msgId
#: kind          msgtype
#: text          written or recognised text, without the @
#: files         list of (download code, file name)
#: group         openConversationId of the group, '' one-to-one
#: group_name    its name
#: userid        senderStaffId
#: sender        an id of the sender, also of strangers
#: nick          the sender's name
#: sender_corp   CorpId of the sender
#: own_corp      CorpId of the robot
#: robot_code    RobotCode
#: webhook       sessionWebhook
#: until         its end, seconds since the epoch, 0 if unknown
Incoming = collections.namedtuple(
    "Incoming",
    "key kind text files group group_name userid sender nick sender_corp own_corp"
    " robot_code webhook until",
)

_AT = re.compile(r"\A(?:@\S+\s+)+")
_DIGITS = re.compile(r"[0-9]{1,20}\Z")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def clean(value, longest=LONGEST_ID):
    """Return a text or number as a text that can be stored, '' for other types."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return _CONTROL.sub(" ", str(value)[:longest]).strip()


def file_name(value):
    """Return the name of a file without folders and signs that hide its ending."""
    name = re.split(r"[/\\]", clean(value, LONGEST_TEXT))[-1]
    name = "".join(char for char in name if unicodedata.category(char) != "Cf")
    return " ".join(name.split())[-120:]


def read(data):
    """Return the message in a callback's data, or None.

    :param dict data: as DingTalk sent it
    """
    if not isinstance(data, dict) or not clean(data.get("msgId")):
        return None
    kind = clean(data.get("msgtype"), 40)
    content = data.get("content")
    content = content if isinstance(content, dict) else {}
    words, files = [], []

    def add_file(part):
        code = clean(part.get("downloadCode"), LONGEST_TEXT)
        if code and len(files) < MOST_FILES:
            files.append((code, file_name(part.get("fileName"))))

    if kind == "text":
        text = data.get("text")
        words.append(clean(
            text.get("content") if isinstance(text, dict) else "", LONGEST_TEXT))
    elif kind == "richText":
        parts = content.get("richText")
        for part in parts[:200] if isinstance(parts, list) else ():
            if isinstance(part, dict):
                words.append(clean(part.get("text"), LONGEST_TEXT))
                add_file(part)
    elif kind == "audio":
        words.append(clean(content.get("recognition"), LONGEST_TEXT))
    else:
        add_file(content)
    is_group = clean(data.get("conversationType")) == GROUP
    until = data.get("sessionWebhookExpiredTime")
    text = _AT.sub("", " ".join(word for word in words if word))[:LONGEST_TEXT].strip()
    return Incoming(
        clean(data.get("msgId")), kind, text, files,
        clean(data.get("conversationId")) if is_group else "",
        clean(data.get("conversationTitle"), 100) if is_group else "",
        clean(data.get("senderStaffId")),
        clean(data.get("senderStaffId")) or clean(data.get("senderId")),
        clean(data.get("senderNick"), 60), clean(data.get("senderCorpId")),
        clean(data.get("chatbotCorpId")), clean(data.get("robotCode")),
        data.get("sessionWebhook") if isinstance(data.get("sessionWebhook"), str)
        else "",
        _seconds(until),
    )


def _seconds(value):
    if isinstance(value, str) and _DIGITS.match(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return value / 1000.0 if 0 < value < 4102444800000 else 0.0


def split(text):
    """Return (command word in lower case, the rest) of a text.

    ``库存:螺丝`` and ``库存 螺丝`` mean the same.
    """
    parts = re.split(r"[\s:\uff1a,\uff0c]+", text.strip().lstrip("/\uff0f"), 1)
    return parts[0].lower(), parts[1].strip() if len(parts) > 1 else ""
