"""``new-addon``: write a working addon to begin with.

The texts are in ``templates/``: ``addon/`` is the addon, ``purpose/`` what an
application of its own adds to it, ``chat/`` a command of the robot, ``repository/``
what lies beside the addons.
"""

import argparse
import ast
import keyword
import re
import shutil
import string

from .. import access, paths, permissions, readme
from ..errors import ToolError
from ..progress import say

TEMPLATES = paths.TOOLS / "new_addon" / "templates"
SUFFIX = ".in"
PREFIX = "dingding_"
NAME = re.compile(r"dingding(_[a-z][a-z0-9]*)+\Z")
LONGEST = 32  # PostgreSQL cuts names of indexes and constraints at 63
TITLE = re.compile(r"[A-Z][A-Za-z0-9 \-]{,28}[A-Za-z0-9]\Z")
CHINESE = re.compile(r"[^\"\\\n]+\Z")


def arguments(parser):
    """Declare the options."""
    parser.add_argument("name", help="such as dingding_calendar")
    parser.add_argument("--feature", default="", metavar="TITLE", help=(
        "the feature in menus, such as 'Attendance' (default: made of the name)"))
    parser.add_argument("--chinese", default="", metavar="TITLE", help=(
        "the same in Chinese, such as 考勤"))
    parser.add_argument("--purpose", action="store_true", help=(
        "let an organisation choose the application that serves the feature"))
    parser.add_argument("--chat", action="store_true", help=(
        "add a command of the robot's chat; depends on dingding_robot"))


def main(options):
    """Write the addon; return 0."""
    values = values_of(
        options.name, options.feature, options.chinese, options.purpose, options.chat)
    check(values)
    for target, text in sorted(files(values, options.purpose, options.chat).items()):
        path = paths.ROOT / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        say("%s written" % target)
    icon = "static/description/icon.png"
    target = paths.ROOT / options.name / icon
    target.parent.mkdir(parents=True)
    shutil.copyfile(str(paths.ROOT / "dingding" / icon), str(target))
    note(values)
    readme.main(argparse.Namespace(check=False))
    permissions.main(argparse.Namespace(check=False))
    access.main(argparse.Namespace(check=False))
    say(string.Template("""
Next steps:
  python3 -m tools odoo-test --modules $addon
  make smoke ONLY=$feature; make bench ONLY=$feature
  python3 -m tools i18n --only $addon      after each change of a text
  python3 -m tools layout                  draws the addon into the manual
  the rights matrix, and a line in the tables of CONTRIBUTING.md and the README:
  see CONTRIBUTING.md, "An addon"
""").substitute(values).rstrip())
    return 0


def values_of(name, title="", chinese="", purpose=False, chat=False):
    """Return what the templates are filled with.

    :param str name: of the addon
    :param str title: of the feature; default: made of the name
    :param str chinese: the title in Chinese; default: the title
    :param bool purpose: whether an application of its own may serve the feature
    :param bool chat: whether the robot has a command for it
    :raise ToolError: a name or title that cannot be used
    """
    if not NAME.match(name):
        raise ToolError(
            "'%s' is not a name for an addon. Write dingding_<feature> with small "
            "letters a to z, digits and single underscores, such as dingding_calendar."
            % name)
    if name.startswith(paths.CHECK):
        raise ToolError(
            "Names that begin with %s are of addons in tests/addons that only test "
            "others." % paths.CHECK)
    if len(name) > LONGEST:
        raise ToolError("'%s' is longer than %d letters." % (name, LONGEST))
    feature = name[len(PREFIX):]
    if keyword.iskeyword(feature):
        raise ToolError("'%s' is a word of Python." % feature)
    title = title or feature.replace("_", " ").capitalize()
    if not TITLE.match(title):
        raise ToolError(
            "'%s' is not a title: write one to four English words of 30 letters at "
            "most, the first with a capital letter." % title)
    chinese = chinese or title
    if not CHINESE.match(chinese):
        raise ToolError("'%s' has a quotation mark or backslash in it." % chinese)
    camel = "".join(word.capitalize() for word in feature.split("_"))
    base = ast.literal_eval(
        (paths.ROOT / "dingding" / "__manifest__.py").read_text(encoding="utf-8"))
    return {
        "addon": name,
        "feature": feature,
        "model": "dingding." + feature.replace("_", "."),
        "class_name": "Dingding" + camel,
        "area": camel,
        "title": title,
        "lower_title": title[0].lower() + title[1:],
        "chinese": chinese,
        "purpose": feature if purpose else "contact",
        "version": base["version"].split(".")[0] + ".0.1.0.0",
        "depends": "dingding_robot" if chat else "dingding",
        "chat_import": "from . import %s_chat\n" % name if chat else "",
        "corp_import": "from . import dingding_corp\n" if purpose else "",
        "corp_views": (
            '        "views/dingding_corp_views.xml",\n' if purpose else ""),
    }


def check(values):
    """Refuse what exists already.

    :raise ToolError: with what is in the way
    """
    name, feature = values["addon"], values["feature"]
    if (paths.ROOT / name).exists() or name in paths.test_addons():
        raise ToolError("There is an addon %s already." % name)
    texts = files(values, True, True)
    terms = re.findall(r'^msgid "(.+)"$', texts[name + "/i18n/zh_CN.po"], re.M)
    if terms.count(values["title"]) > 1:
        raise ToolError(
            "'%s' is a label of the new addon already: choose another title."
            % values["title"])
    for target in texts:
        if (paths.ROOT / target).exists():
            raise ToolError(
                "%s exists already: choose another name than %s." % (target, name))
    if feature in client_names():
        raise ToolError(
            "The client of DingTalk has an attribute '%s' already: choose another name "
            "than %s." % (feature, name))
    text = '"%s"' % values["model"]
    for addon in paths.addons() + paths.test_addons():
        for path in paths.addon(addon).rglob("*.py"):
            if re.search(r"_name = %s" % re.escape(text),
                         path.read_text(encoding="utf-8")):
                raise ToolError("The addon %s has a model %s already: choose another "
                                "name than %s." % (addon, values["model"], name))


def client_names():
    """Return the attributes of the client, those that addons register included."""
    found = set()
    for addon in paths.addons():
        for path in (paths.ROOT / addon / "dingtalk").rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            found.update(re.findall(r"^register\(\s*\"(\w+)\"", text, re.M))
            if path.name != "client.py":
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    found.add(node.name)
                elif (isinstance(node, ast.Assign)
                        and getattr(node.targets[0], "id", "") == "AREAS"):
                    found.update(key.value for key in node.value.keys)
                elif isinstance(node, ast.Attribute) and isinstance(
                        node.ctx, ast.Store):
                    found.add(node.attr)
    return found


def files(values, purpose, chat=False):
    """Return {path in the checkout: text}.

    :param dict values: of :func:`values_of`
    :param bool purpose: see there
    :param bool chat: see there
    """
    found = {}
    addon = values["addon"] + "/"
    for folder, target in [("addon", addon), ("repository", "")] + (
            [("purpose", addon)] if purpose else []) + (
            [("chat", addon)] if chat else []):
        top = TEMPLATES / folder
        for path in sorted(top.rglob("*" + SUFFIX)):
            inside = path.relative_to(top).as_posix()[:-len(SUFFIX)]
            inside = inside.replace("ADDON", values["addon"])
            inside = inside.replace("FEATURE", values["feature"])
            text = string.Template(path.read_text(encoding="utf-8")).substitute(values)
            # The addition of a purpose or a chat comes at the end.
            found[target + inside] = found.get(target + inside, "") + text
    catalog = found[addon + "i18n/zh_CN.po"]
    found["%si18n/%s.pot" % (addon, values["addon"])] = template_of(catalog)
    return found


def template_of(catalog):
    """Return the text of a .pot.

    :param str catalog: text of the .po
    """
    text = re.sub(r'^"(Language|Plural-Forms): .*\n', "", catalog, flags=re.M)
    return re.sub(r'^msgstr ".+"$', 'msgstr ""', text, flags=re.M)


def note(values):
    """Name the addon at the end of the changelog's newest chapter."""
    path = paths.ROOT / "CHANGELOG.md"
    chapters = path.read_text(encoding="utf-8").split("\n## ")
    chapters[1] = "%s\n* `%s` %s: first release.\n" % (
        chapters[1].rstrip("\n"), values["addon"], values["version"])
    path.write_text("\n## ".join(chapters), encoding="utf-8")
    say("CHANGELOG.md: one line")
