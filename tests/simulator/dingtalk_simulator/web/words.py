# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The texts of the web face in Chinese. English is the source: a text is its own key.

Texts are in templates/words.zh_CN.json; other areas add theirs there, or with
`words.add({"Approvals": "审批"})`.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict

FILE = os.path.join(os.path.dirname(__file__), "templates", "words.zh_CN.json")

# Texts of scripts in the browser
SCRIPTS = (
    "Done",
    "Copied",
    "Refused:",
    "This is not a number:",
    "Picture not reachable",
    "This voice message cannot be played here.",
    "The file cannot be read",
)

with open(FILE, encoding="utf-8") as _opened:
    _CHINESE: Dict[str, str] = json.load(_opened)


def add(texts: Dict[str, str]) -> None:
    """English to Chinese, of another area."""
    _CHINESE.update(texts)


def known(text: str) -> bool:
    return text in _CHINESE


def translate(text: str, lang: str, /, **named: Any) -> str:
    """The text in the language, with its %(name)s filled.

    Texts without a translation stay English.
    """
    if lang == "zh_CN":
        text = _CHINESE.get(text, text)
    return text % named if named else text


def explain(kind: str, name: str, english: str, lang: str) -> str:
    """The explanation of a setting or fault.

    Other modules word it in English; its translation goes by name, `setting.latency`.
    """
    if lang == "zh_CN":
        return _CHINESE.get("%s.%s" % (kind, name), english)
    return english


def for_scripts(lang: str) -> Dict[str, str]:
    return {text: translate(text, lang) for text in SCRIPTS}
