"""``access``: write the page of the manual about access rights and routes.

Without Odoo. The part of a rule's name after the colon says which rows it allows.
"""

import ast
import collections
import re
from xml.etree import ElementTree

from . import paths, permissions

ACL = "security/ir.model.access.csv"
RIGHTS = ("read", "edit", "create", "delete")
#: XML id of a group -> what the page calls its members.
GROUPS = {
    "base.group_user": "employee", "dingding.group_user": "user",
    "dingding.group_manager": "manager", "base.group_system": "administrator",
    "hr.group_hr_user": "HR officer", "hr.group_hr_manager": "HR manager",
    "dingding_attendance.group_officer": "attendance officer",
    "hr_holidays.group_hr_holidays_user": "leave officer",
    "hr_holidays.group_hr_holidays_manager": "leave manager",
}
WORDS = {
    "en": {
        "title": "Access rights and routes",
        "twin": "[中文](../zh_CN/access.md)",
        "text": """
What Odoo itself checks of each model and each address of the addons. The page
[Security](security.md) says what protects what. *User*, *manager*, *administrator* are
the groups *DingTalk / User*, *DingTalk / Manager* and *Settings*; a manager is a user,
an administrator is a manager. Portal users and strangers have no rights to any of these
models. Beyond the rights, methods check the stored values that decide about rights.

Rows without a group apply to everybody; rows of several groups add up. A dialog's rows
belong to whoever opened it. A route that anybody may open answers by the rights of
whoever is signed in.

`python3 -m tools access` generates this page from the addons. Do not edit it.
""",
        "models": ("Model", "", "Rights", "Rows"),
        "routes": ("Address", "Methods", "Who", "Checks"),
    },
    "zh_CN": {
        "title": "访问权限与路由",
        "twin": "[English](../en/access.md)",
        "text": """
Odoo 对各模块的每个模型和每个地址所做的检查；各项内容由什么保护，见[安全](security.md)。“用户”“管理员”“系统管理员”指*钉钉 / 用户*、
*钉钉 / 管理员*和*设置*组；管理员同时是用户，系统管理员同时是管理员。门户用户和未登录者对这些模型没有任何权限。除这些权限外，方法还会检查已保存的、
决定权限的值。

不限组的记录规则对所有人有效；多个组的记录规则取并集。对话框的数据只属于打开它的人。任何人都能打开的地址，按登录者的权限响应。

本页由 `python3 -m tools access` 根据各模块生成，请勿手工修改。
""",
        "models": ("模型", "", "权限", "记录范围"),
        "routes": ("地址", "方法", "谁可以打开", "检查"),
    },
}
CHINESE = {
    "employee": "员工", "user": "用户", "manager": "管理员",
    "administrator": "系统管理员", "HR officer": "人事专员", "HR manager": "人事主管",
    "attendance officer": "考勤专员",
    "leave officer": "休假专员", "leave manager": "休假管理员",
    "read": "读取", "edit": "修改", "create": "创建", "delete": "删除",
    "all": "全部", "nobody": "任何人都没有",
    "own companies": "所属公司", "own companies, or nobody's": "所属公司，或不属于任何公司",
    "own rows": "自己的", "own": "自己的", "oneself": "自己的",
    "sent by oneself": "自己发送的", "sent to oneself": "发给自己的",
    "own companies, without discussions": "所属公司，不含讨论",
    "of documents only as a member": "单据群仅限成员",
    "of one's own messages": "自己消息的", "caused by oneself": "由自己引起的",
    "of records one may read": "可读记录的",
    "of documents for members only": "单据的群仅限成员",
    "all of the own companies": "所属公司的全部",
    "own companies, without discussions of documents": "所属公司，不含单据的讨论",
    "anybody": "任何人", "signed-in users": "已登录的用户", "machines": "机器",
    "any": "任意", "parameters": "参数", "CSRF token": "CSRF 令牌",
    "session": "会话", "no cookie": "不使用 Cookie",
}

Model = collections.namedtuple("Model", "name description transient")
Route = collections.namedtuple("Route", "path methods who checks")


class Unknown(ValueError):
    """Something that the page has no word for."""


arguments = permissions.arguments


def main(options):
    """Write or check the page in both languages; return the exit status."""
    addons = []
    for name in paths.addons():
        folder = paths.ROOT / name
        found = {}
        for pattern in ("**/*.py", "security/*.xml", ACL, "i18n/zh_CN.po"):
            for path in sorted(folder.glob(pattern)):
                inside = path.relative_to(folder).as_posix()
                found[inside] = path.read_text(encoding="utf-8")
        addons.append((name, found))
    return permissions.write_pages("access", render, addons, options.check)


def render(language, addons):
    """Return the text of the page.

    :param str language: one of LANGUAGES
    :param addons: list of (name, {path inside the addon: text})
    :raise Unknown: a group, rule, model or route that the page has no word for
    """
    words = WORDS[language]
    parts = ["# " + words["title"], words["twin"], words["text"].strip()]
    for name, files in addons:
        known = permissions.translations(files.get("i18n/zh_CN.po", "")) if (
            language == "zh_CN") else {}

        def said(text, known=known):
            if language == "en":
                return text
            return known.get(text) or CHINESE.get(text) or text

        tables = [
            _table(words["models"], [_model_cells(*each, said=said)
                                     for each in models_of(name, files)]),
            _table(words["routes"], [_route_cells(each, said)
                                     for each in routes_of(name, files)]),
        ]
        if any(tables):
            parts.append("## `%s`" % name)
            parts += [table for table in tables if table]
    return "\n\n".join(parts) + "\n"


def _table(columns, rows):
    lines = ["| %s |" % " | ".join(columns), "|" + "---|" * len(columns)]
    return "\n".join(lines + rows) if rows else ""


def _model_cells(model, description, rights, rows, said):
    english = said("all") == "all"
    comma, colon, semicolon = (", ", ": ", "; ") if english else ("、", "：", "；")
    texts = []
    for group, allowed in rights:
        all_of_them = len(allowed) == len(RIGHTS)
        texts.append(said(group) + colon + (
            said("all") if all_of_them else comma.join(map(said, allowed))))
    shown = [
        (said(group) + colon if group else "") + said(text) for group, text in rows]
    return "| `%s` | %s | %s | %s |" % (
        model, said(description), semicolon.join(texts) or said("nobody"),
        semicolon.join(shown) or permissions.NONE)


def _route_cells(route, said):
    comma = ", " if said("all") == "all" else "、"
    return "| `%s` | %s | %s | %s |" % (
        route.path, ", ".join(route.methods) or said("any"), said(route.who),
        comma.join(said(each) for each in route.checks) or permissions.NONE)


# -- models ----------------------------------------------------------------------------


def models_of(addon, files):
    """Return [(model, description, rights, rows)] that an addon's files name.

    ``rights`` are pairs of a group and what it may do, ``rows`` of a group, or '' for
    everybody, and which rows a record rule allows.

    :raise Unknown: a group or rule that the page has no word for
    """
    defined = {}
    for path, text in sorted(files.items()):
        if path.endswith(".py") and path.split("/")[0] in ("models", "wizards"):
            defined.update({each.name: each for each in _models_in(text)})
    rights = _rights(addon, files.get(ACL, ""))
    rules = {}
    for path, text in sorted(files.items()):
        if path.startswith("security/") and path.endswith(".xml"):
            for model, group, rows in _rules(addon, text):
                rules.setdefault(model, []).append((group, rows))
    by_id = {"model_" + name.replace(".", "_"): name for name in defined}
    found = []
    for xmlid in sorted(rights):
        name = by_id.get(xmlid)
        if name:
            rows = rules.get(xmlid) or (
                [("", "own rows")] if defined[name].transient else [])
            found.append((name, defined[name].description, rights[xmlid], rows))
        else:
            # Another addon's model.
            short = xmlid.split(".")[-1][len("model_"):].replace("_", ".")
            found.append((short, short, rights[xmlid], rules.get(xmlid, [])))
    return found


def _models_in(text):
    for node in ast.parse(text).body:
        if not isinstance(node, ast.ClassDef):
            continue
        values = {}
        for line in node.body:
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
                values[getattr(line.targets[0], "id", "")] = line.value.value
        bases = [getattr(base, "attr", "") for base in node.bases]
        if values.get("_name") and "AbstractModel" not in bases and (
            values.get("_description")
        ):
            yield Model(
                values["_name"], values["_description"], "TransientModel" in bases)


def _rights(addon, text):
    """Return XML id of a model -> [(group, what it may do)]."""
    found = {}
    for line in text.splitlines()[1:]:
        cells = line.strip().split(",")
        if len(cells) != 8:
            continue
        allowed = [
            right for right, cell in zip(RIGHTS, cells[4:]) if cell == "1"]
        rows = found.setdefault(cells[2], [])
        if allowed:
            rows.append((_group(addon, cells[3]), allowed))
    return found


def _group(addon, xmlid):
    full = xmlid if "." in xmlid else "%s.%s" % (addon, xmlid)
    if full not in GROUPS:
        raise Unknown("no word for the group %s in tools/access.py" % full)
    return GROUPS[full]


def _rules(addon, text):
    """Yield (XML id of a model, group or '', rows) of each record rule."""
    root = ElementTree.fromstring(text)
    for record in root.iter("record"):
        if record.get("model") != "ir.rule":
            continue
        fields = {field.get("name"): field for field in record.findall("field")}
        name = fields["name"].text
        rows = name.partition(": ")[2]
        if rows not in CHINESE:
            raise Unknown("no word for the rows of the rule '%s' in tools/access.py"
                          % name)
        groups = re.findall(
            r"ref\('([\w.]+)'\)", fields["groups"].get("eval", "")
        ) if "groups" in fields else []
        for group in groups or [None]:
            yield fields["model_id"].get("ref"), (
                _group(addon, group) if group else ""), rows


# -- routes ----------------------------------------------------------------------------


def routes_of(addon, files):
    """Return the Routes of an addon, in the order of its files.

    :raise Unknown: a path that is not made of literals
    """
    constants = {}
    trees = {path: ast.parse(text) for path, text in sorted(files.items())
             if path.endswith(".py") and not path.startswith("tests/")}
    for tree in trees.values():
        for node in tree.body:
            if isinstance(node, ast.Assign):
                value = _text(node.value, constants)
                if value is not None:
                    constants[getattr(node.targets[0], "id", "")] = value
    found = []
    for path, tree in trees.items():
        own = dict(constants)
        for node in tree.body:
            if isinstance(node, ast.Assign):
                value = _text(node.value, own)
                if value is not None:
                    own[getattr(node.targets[0], "id", "")] = value
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for each in node.decorator_list:
                    if _called(each) == "route":
                        found += _routes(addon, path, node, each, own)
    return found


def _called(node):
    node = node.func if isinstance(node, ast.Call) else node
    return getattr(node, "attr", getattr(node, "id", ""))


def _text(node, constants):
    """Return the value of a text made of literals and constants, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, constants), _text(node.right, constants)
        return None if left is None or right is None else left + right
    return None


def _routes(addon, path, function, call, constants):
    options = {each.arg: each.value for each in call.keywords}
    given = call.args[0] if call.args else options.get("route")
    each_of = given.elts if isinstance(given, ast.List) else [given]
    auth = _text(options.get("auth"), constants) or "user"
    methods = [_text(each, constants) for each in options["methods"].elts] if (
        "methods" in options) else []
    decorators = {_called(each) for each in function.decorator_list}
    csrf = getattr(options.get("csrf"), "value", True)
    checks = []
    if auth == "user" or "signed_in" in decorators:
        checks.append("session")
    if "checked" in decorators:
        checks.append("parameters")
    if (csrf or "token_checked" in decorators) and methods == ["POST"]:
        checks.append("CSRF token")
    if auth == "none":
        checks.append("no cookie")
    who = "machines" if auth == "none" else (
        "signed-in users" if "session" in checks else "anybody")
    for node in each_of:
        text = _text(node, constants)
        if text is None:
            raise Unknown("%s/%s: the path of %s is not made of literals" % (
                addon, path, function.name))
        yield Route(text, methods, who, checks)
