"""One word for one concept in what users read, in English and in Chinese.

``docs/en/glossary.md`` has the words. A term is an entry of an addon's .pot; a label is
a short term that is not a sentence.
"""

import re

from .rules_i18n import LANGUAGES
from .sources import rule

GLOSSARY = "docs/en/glossary.md"
#: Forbidden pattern of English terms: what to say instead.
ENGLISH = (
    (r"\bguards?\b", "archive threshold"),
    (r"\bmirrors?\b", "sync mixin, or binding"),
    (r"\baddressees?\b", "recipient"),
    (r"\bwork(s|ed)? off\b", "process"),
    (r"\bhand(s|ed)? in\b", "submit"),
    (r"\bagree(s|d)?\b", "approved, or sync baseline"),
    (r"\bhidden values?\b", "write-only secret"),
    (r"\b(a|the|this|another|later|last|cancel|dingtalk) runs?\b", "sync"),
    (r"\breadings?\b(?! (?:departments|fields))", "sync"),
    (r"\bwaits for\b", "Waiting for, or Awaiting manager"),
    (r"\b(has|have|who) left\b(?! (dingtalk|the organisation))", "leaver"),
    (r"\b(came|come|comes) back\b", "rejoined"),
    (r"\b(not|nothing) taken\b|\bdoes not take\b|\btakes (this|up to)\b",
     "rejected by DingTalk, or accepts"),
    (r"\b(leave|leaves|left) out\b", "deselect, or skipped"),
    (r"\bdingtalk's version\b", "DingTalk's value"),
    (r"\bdingtalk (says?|said|tells?|told|gave|gives)\b",
     "DingTalk reports, or returned"),
    (r"\bdepartments? (above|below)\b", "parent department, or sub-department"),
    (r"\b(callback|webhook|redirect|network) address(es)?\b", "URL, or IP address"),
    (r"\bways? (of signing )?in\b", "sign-in method"),
    (r"\bswitched off\b", "disabled"),
    (r"\bin (the|whose) name of\b|\bin whose name\b", "requester"),
    (r"\bhealth checks?\b", "connection test"),
    (r"\bby hand\b", "manually"),
    (r"\btell your administrator\b", "contact your administrator"),
    (r"\bany more\b", "no longer"),
    (r"\bis no\b(?! longer\b)", "is not a"),
    (r"\bper cent\b", "%"),
)
#: Labels that have another word: the word.
LABELS = {
    "Kind": "Type",
    "State": "Status",
    "Run": "Synchronisation",
    "Runs": "Synchronisations",
    "Try again": "Retry",
    "Sign-ins": "Sign-in Log",
}
BARE = re.compile(r"(Who|Whom|Whose|What|Where|Which|Whether)\b")
#: Labels with another meaning than in the glossary.
OTHERS = {"Link"}
#: Labels that may begin with such a word.
QUESTIONS = {"What to do"}
#: Forbidden pattern of Chinese terms: what to say instead.
CHINESE = (
    (r"镜像", "同步对象"),
    (r"映射", "审批单据配置"),
    (r"\A运行\Z|取消运行|钉钉运行|次运行", "同步, or 同步记录"),
    (r"(?<!接口)(?<!高管)保护机制|保护模式：", "归档保护阈值"),
    (r"接收人|接收对象", "收件人"),
    (r"保留谁", "以哪一方数据为准"),
    (r"答复", "应答, or 返回"),
    (r"插件", "模块"),
    (r"已返回\Z", "重新加入"),
    (r"写入钉钉的变更", "待同步到钉钉的变更"),
    (r"一致的值\Z|基准值", "同步基线"),
    (r"部门编号", "部门 ID"),
    (r"重定向地址", "重定向 URL"),
    (r"微应用(?<!H5 微应用)", "H5 微应用"),
    (r"钉钉未接受", "钉钉拒绝"),
    (r"告诉", "返回"),
    (r"不认识", "没有"),
    (r"名额", "限流占用"),
    (r"否则以|以谁的名义", "发起人"),
    (r"(?<!击)点[“<]", "点击"),
    (r"请告知管理员", "请联系管理员"),
)
#: A button that a sentence names.
CLICKED = re.compile("点击“([^”%]+)”")
#: Buttons of DingTalk's console.
CONSOLE_BUTTONS = {"验证有效性"}
#: A quick check: most terms match none.
ANY_ENGLISH = re.compile("|".join(pattern for pattern, _word in ENGLISH), re.I)
ANY_CHINESE = re.compile("|".join(pattern for pattern, _word in CHINESE))
SENTENCE = re.compile(r"[.!?:]\Z|%[(sd]")


def _terms(addon, name):
    source = addon.file("i18n/" + name)
    for entry in source.catalog if source else ():
        yield source.path, entry.linenum, entry


def _plain(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def _is_label(text):
    return not SENTENCE.search(text) and len(text.split()) <= 6


@rule("addon")
def check_english_words(addon):
    """Terms use the words of the glossary; labels are noun phrases or imperatives."""
    for path, line, entry in _terms(addon, addon.name + ".pot"):
        text = _plain(entry.msgid)
        for pattern, instead in ENGLISH if ANY_ENGLISH.search(text) else ():
            if re.search(pattern, text, re.I):
                yield path, line, "say %s: %s" % (instead, text[:60])
        if not _is_label(text):
            continue
        if text in LABELS:
            yield path, line, "say %s: %s" % (LABELS[text], text)
        if BARE.match(text) and text not in QUESTIONS:
            yield path, line, "begins with a question word: %s" % text


@rule("addon")
def check_chinese_words(addon):
    """Translations use the words of DingTalk's console and of the glossary."""
    for language in LANGUAGES:
        for path, line, entry in _terms(addon, language + ".po"):
            for pattern, instead in CHINESE if ANY_CHINESE.search(entry.msgstr) else ():
                if re.search(pattern, entry.msgstr):
                    yield path, line, "say %s: %s" % (instead, entry.msgstr[:60])


#: Forbidden pattern of comments, docstrings and manual pages: what to say instead.
PLAIN = (
    (r"\b[Aa]ny ?more\b(?! than)", "no longer"),
    (r"(?<![TtWw]here )\b([Ii]s|are|was|were) no\b(?! (longer|more|one|less)\b)",
     "is not a"),
    (r"\b([Ww]ork(s|ed|ing)? off)\b", "process"),
    (r"\b[Hh]and(s|ed|ing)? in\b", "submit"),
    (r"\btold of\b", "notified, or reported"),
    (r"\bstands? in\b(?! for)|\bstood in\b", "is in"),
    (r"((\A|[.!] )W|; w)(ho|hom|hoever|hatever|hichever) (?=.*(\.\Z|.{60}))",
     "begin with a noun: leavers, recipients, values"),
)
ANY_PLAIN = re.compile("|".join(pattern for pattern, _word in PLAIN))
#: Texts that stay as they were written, or quote the words.
WRITTEN = re.compile(
    r"CHANGELOG|HISTORY|LICENSE|README\.rst|/i18n/|/index\.html|docs/zh_CN/|/data/"
    r"|tests/repo/(bad_samples|rules_glossary)|words\.zh_CN"
    r"|check_rights/tests/expected")
PROSE = {".py", ".js", ".css", ".md", ".rst", ".xml", ".yaml"}
MARKS = re.compile(r"\A\s*(#:? |//+ ?|/\*+ ?|\* |\"\"\"|<!-- )?|(\"\"\"|\*/|-->)?\s*\Z")


@rule("repo")
def check_sentences(repo):
    """Sentences of developers begin with a noun or a verb, and use common words."""
    for source in repo.files:
        if source.suffix not in PROSE or WRITTEN.search(source.path):
            continue
        for number, line in enumerate(source.lines, 1):
            text = MARKS.sub("", line)
            if "?" in text or not ANY_PLAIN.search(text):
                continue
            for pattern, instead in PLAIN:
                if re.search(pattern, text):
                    yield source.path, number, "say %s: %s" % (instead, text[:60])


def glossary(repo):
    """Return {English: set of Chinese} of the glossary."""
    found = {}
    source = repo.file(GLOSSARY)
    for line in source.lines if source else ():
        cells = [cell.strip() for cell in line.strip("| \n").split("|")]
        if len(cells) < 2 or not re.search("[\u4e00-\u9fff]", cells[1]):
            continue
        english, chinese = cells[0].split(", "), cells[1].split("、")
        if len(english) == len(chinese):
            pairs = zip(english, [[each] for each in chinese])
        else:
            pairs = ((each, chinese) for each in english)
        for word, translations in pairs:
            found.setdefault(word.lower(), set()).update(translations)
    return found


@rule("repo")
def check_glossary_is_kept(repo):
    """A label that the glossary names is translated as the glossary says."""
    words = glossary(repo)
    for addon in repo.addons:
        for language in LANGUAGES:
            for path, line, entry in _terms(addon, language + ".po"):
                wanted = words.get(entry.msgid.lower())
                if entry.msgid not in OTHERS and wanted and entry.msgstr not in wanted:
                    yield path, line, "%s is %s, not %s" % (
                        entry.msgid, ", ".join(sorted(wanted)), entry.msgstr)


@rule("repo")
def check_clicked_buttons_exist(repo):
    """A button that a translation names has this name on its screen."""
    for language in LANGUAGES:
        found = [
            each for addon in repo.addons for each in _terms(addon, language + ".po")]
        known = {entry.msgstr.rstrip(".…") for _path, _line, entry in found}
        for path, line, entry in found:
            for name in CLICKED.findall(entry.msgstr):
                if name.rstrip(".…") not in known | CONSOLE_BUTTONS:
                    yield path, line, "no button is called %s" % name
