"""``permissions``: write the page of the manual about permissions and events.

From the literals in each addon's ``_dingtalk_needs`` of ``dingding.corp``, without
Odoo.
"""

import ast
import re

from . import paths
from .progress import say

METHOD = "_dingtalk_needs"
LANGUAGES = ("en", "zh_CN")
NONE = "\u2013"
#: Around the tables: title, link to the other language, text, headings.
WORDS = {
    "en": {
        "title": "Permissions and events in DingTalk",
        "twin": "[中文](../zh_CN/permissions.md)",
        "text": """
What each addon needs in DingTalk's developer console. Apply for permissions on the page
权限管理 of your application; the connection test lists them and shows which are granted,
as far as DingTalk reports it. Subscribe to events on the page 事件订阅 (事件与回调), or by
API with the button *Register* of the application in Odoo.

Billable calls are estimates. DingTalk's standard edition has 5000 a month for all
applications of an organisation. A dash means that DingTalk does not bill the calls.

`python3 -m tools permissions` generates this page from the addons. Do not edit it.
""",
        "columns": ("Feature", "Permission", "Needed", "Events", "Billable calls"),
        "always": "always",
    },
    "zh_CN": {
        "title": "钉钉权限与事件",
        "twin": "[English](../en/permissions.md)",
        "text": """
各模块在钉钉开发者后台需要的权限和事件。权限在应用的“权限管理”页申请；连接测试会列出这些权限，钉钉能返回的还会显示是否已开通。事件在“事件订阅”
（事件与回调）页订阅，也可以在 Odoo 的应用上点击*注册*，通过接口订阅。

计费调用次数为估算。钉钉标准版每个组织的所有应用每月共 5000 次。“–”表示钉钉不计费。

本页由 `python3 -m tools permissions` 根据各模块生成，请勿手工修改。
""",
        "columns": ("功能", "权限", "何时需要", "事件", "计费调用"),
        "always": "始终",
    },
}


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--check", action="store_true", help=(
        "write nothing; end with 1 when a page is stale"))


def main(options):
    """Write or check the page in both languages; return the exit status."""
    addons = []
    for name in paths.addons():
        folder = paths.ROOT / name
        po = folder / "i18n" / "zh_CN.po"
        addons.append((
            name,
            [path.read_text(encoding="utf-8")
             for path in sorted((folder / "models").glob("*.py"))],
            po.read_text(encoding="utf-8") if po.exists() else ""))
    return write_pages("permissions", render, addons, options.check)


def write_pages(name, render_page, addons, check):
    """Write a generated page of the manual in both languages; return the exit status.

    :param str name: of the page and of the command that writes it
    :param render_page: function of language and addons that returns the text
    :param bool check: write nothing; 1 when a page is stale
    """
    stale = 0
    for language in LANGUAGES:
        page = "docs/%s/%s.md" % (language, name)
        target = paths.ROOT / page
        text = render_page(language, addons)
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            say("%s is stale: python3 -m tools %s" % (page, name))
        else:
            target.write_text(text, encoding="utf-8")
            say("%s written" % page)
    return 1 if check and stale else 0


def render(language, addons):
    """Return the text of the page.

    :param str language: one of LANGUAGES
    :param addons: list of (name, texts of the Python files of models, text of zh_CN.po)
    :raise ValueError: a declaration is not made of literals
    """
    words = WORDS[language]
    parts = ["# " + words["title"], words["twin"], words["text"].strip()]
    for name, sources, po in addons:
        needs = [need for source in sources for need in declared(source)]
        if not needs:
            continue
        known = translations(po) if language == "zh_CN" else {}
        lines = [_row(words["columns"]), "|" + "---|" * len(words["columns"])]
        lines += [_row(_cells(need, words, known)) for need in needs]
        parts += ["## `%s`" % name, "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def _cells(need, words, known):
    def said(text):
        return known.get(text) or text

    code = "`%s`" % need["permission"] if need["permission"] else ""
    permission = " ".join(word for word in (code, need["title"]) if word)
    when = said(need["when"]) or (words["always"] if permission else NONE)
    return (
        said(need["feature"]), permission or NONE, when,
        ", ".join("`%s`" % event for event in need["events"]) or NONE,
        said(need["calls"]) or NONE)


def _row(cells):
    return "| %s |" % " | ".join(cells)


def declared(source):
    """Return the needs that the text of a Python file declares, in their order.

    :raise ValueError: a declaration is not made of literals
    """
    if METHOD not in source:
        return []
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == METHOD:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Dict):
                    found.append(ast.literal_eval(_Untranslated().visit(inner)))
    return found


class _Untranslated(ast.NodeTransformer):
    """Puts the text in the place of ``_("text")``."""

    def visit_Call(self, node):
        """Replace a call of ``_``; others are not literals."""
        if getattr(node.func, "id", "") == "_" and len(node.args) == 1:
            return node.args[0]
        return node


def translations(po):
    """Return {term: translation} of the text of a .po file."""
    found = {}
    for block in re.split(r"\n\s*\n", po):
        texts = {"msgid": "", "msgstr": ""}
        current = None
        for line in block.splitlines():
            match = re.match(r'(msgid|msgstr)? *("(?:[^"\\]|\\.)*")\s*\Z', line)
            if not match:
                continue
            current = match.group(1) or current
            if current:
                texts[current] += ast.literal_eval(match.group(2))
        if texts["msgid"]:
            found[texts["msgid"]] = texts["msgstr"]
    return found
