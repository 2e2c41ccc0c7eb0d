"""Rules for texts: links, names, both languages."""

import importlib
import posixpath
import re
from urllib.parse import unquote

import docutils.frontend
import docutils.parsers.rst
import docutils.utils

from .sources import rule

LANGUAGES = ("en", "zh_CN")
LINK = re.compile(
    r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)"
)
HTML_LINK = re.compile(r"(?:src|href)=\"([^\"]+)\"")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
CODE = re.compile(r"`([^`\n]+)`")
REPO_PATH = re.compile(
    r"(?:[a-z0-9_.\-]+/)*[A-Za-z0-9_.\-]+"
    r"(?:/|\.(?:py|xml|md|csv|rst|toml|ini|txt|po|pot))\Z"
)


def _markdown(repo):
    return [source for source in repo.files if source.suffix == ".md"]


def _without_code(text):
    return FENCE.sub("", text)


def _anchor(heading):
    """Return GitHub's anchor of a heading."""
    heading = re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")


def _headings(source):
    return re.findall(r"^(#{1,6}) +(.*?)\s*$", _without_code(source.text), re.M)


@rule("repo")
def check_links(repo):
    """Links and pictures inside the repository lead to something."""
    for source in _markdown(repo):
        folder = posixpath.dirname(source.path)
        text = re.sub(r"`[^`\n]*`", "", _without_code(source.text))
        for target in LINK.findall(text) + HTML_LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _sharp, anchor = target.partition("#")
            place = posixpath.normpath(posixpath.join(folder, unquote(path)))
            line = _line(source, target)
            if path and (place.startswith("..") or not repo.exists(place)):
                yield source.path, line, "link to %s, which does not exist" % target
                continue
            other = repo.file(place) if path else source
            if anchor and other is not None and other.suffix == ".md":
                if unquote(anchor) not in [
                    _anchor(each[1]) for each in _headings(other)
                ]:
                    yield source.path, line, "no heading for the link %s" % target


@rule("repo")
def check_pictures_are_shown(repo):
    """Each picture of the manual is on a page."""
    texts = "".join(source.text for source in _markdown(repo))
    for source in repo.files:
        if source.path.startswith("docs/pictures/") and source.path[5:] not in texts:
            yield source.path, 1, "no page shows it"


def _line(source, text):
    return source.text[: max(source.text.find(text), 0)].count("\n") + 1


@rule("repo")
def check_both_languages(repo):
    """Each page of the manual has its twin, with the same headings in number."""
    pairs = [("README.md", "README.zh_CN.md")]
    for source in repo.files:
        match = re.match(r"docs/(en|zh_CN)/(.+\.md)\Z", source.path)
        if match:
            pairs.append(
                tuple(
                    "docs/%s/%s" % (language, match.group(2)) for language in LANGUAGES
                )
            )
    for pair in sorted(set(pairs)):
        sources = [repo.file(path) for path in pair]
        if None in sources:
            if any(sources) or pair[0] == "README.md":
                yield pair[sources.index(None)], 1, "missing, its twin exists"
            continue
        levels = [[len(each[0]) for each in _headings(source)] for source in sources]
        if levels[0] != levels[1]:
            yield pair[1], 1, "headings differ from %s: %d and %d" % (
                pair[0],
                len(levels[1]),
                len(levels[0]),
            )


@rule("repo")
def check_named_paths(repo):
    """A path in code type exists; a glob or a placeholder is not a path."""
    for source in _markdown(repo):
        if source.name == "CHANGELOG.md" or source.path.startswith("tests/"):
            continue
        for match in CODE.finditer(_without_code(source.text)):
            text = match.group(1)
            if "/" not in text.rstrip("/") and not text.endswith("/"):
                continue
            if not REPO_PATH.match(text) or text.startswith(("/", "~", ".", "build/")):
                continue
            folder = posixpath.dirname(source.path)
            places = [text, posixpath.normpath(posixpath.join(folder, text))]
            places += ["%s/%s" % (addon.name, text) for addon in repo.addons]
            if not any(repo.exists(place) for place in places):
                line = _line(source, "`%s`" % text)
                yield source.path, line, "no such path: %s" % text


@rule("repo")
def check_named_commands(repo):
    """``make x`` and ``python3 -m tools x`` in the texts exist."""
    makefile = repo.file("Makefile")
    targets = set(re.findall(r"^([a-z]+):", makefile.text, re.M)) if makefile else set()
    cli = repo.file("tools/cli.py")
    commands = (
        set(re.findall(r"^    \"([a-z0-9\-]+)\": \(", cli.text, re.M)) if cli else set()
    )
    for source in _markdown(repo):
        text = source.text
        found = re.findall(r"(?:^|`|\$ )make ([a-z]+)", text, re.M)
        for name in sorted(set(found) - targets):
            yield source.path, _line(source, "make " + name), "no target %s" % name
        found = re.findall(r"python3 -m tools ([a-z0-9\-]+)", text)
        for name in sorted(set(found) - commands):
            yield source.path, _line(source, "tools " + name), "no command %s" % name
        for name in sorted(set(re.findall(r"python3 -m tools\.([a-z_]+)", text))):
            if not repo.file("tools/%s.py" % name):
                yield source.path, _line(source, "tools." + name), "no module %s" % name


@rule("repo")
def check_decisions(repo):
    """Decisions are numbered without gap or double and listed on their first page."""
    pages = {}
    for source in repo.files:
        match = re.match(r"docs/decisions/(.+)\.md\Z", source.path)
        if not match or match.group(1) == "README":
            continue
        number = re.match(r"(\d{4})-[a-z0-9\-]+\Z", match.group(1))
        if not number:
            yield source.path, 1, "not called NNNN-words.md"
            continue
        if number.group(1) in pages:
            yield source.path, 1, "number %s is taken" % number.group(1)
        pages[number.group(1)] = source
        headings = [each[1] for each in _headings(source)]
        for wanted in ("Decision", "Why", "Rejected"):
            if wanted not in headings:
                yield source.path, 1, "no heading '%s'" % wanted
    index = repo.file("docs/decisions/README.md")
    for position, number in enumerate(sorted(pages), 1):
        if int(number) != position:
            yield pages[number].path, 1, "number %04d is missing" % position
            break
    for number in sorted(pages):
        if index is None or pages[number].name not in index.text:
            yield pages[number].path, 1, "not listed in docs/decisions/README.md"


@rule("repo")
def check_remedies_are_explained(repo):
    """Each remedy of the client has its sentence, and its chapter in the manual."""
    keys, sentences = [], ""
    for addon in repo.addons:
        for source in addon.python:
            # Areas of the API name their own.
            block = re.search(r"^REMEDIES = \((.*?)^\)", source.text, re.M | re.S)
            keys += re.findall(r'"([a-z_]+)"', block.group(1)) if block else []
        source = addon.file("models/remedies.py")
        sentences += source.text if source else ""
    for key in keys if sentences else ():
        if "def _sentence_%s(" % key not in sentences:
            yield "dingding/models/remedies.py", 1, (
                "no sentence for the remedy %s" % key)
    for language in LANGUAGES:
        path = "docs/%s/troubleshooting.md" % language
        page = repo.file(path)
        if page is None:
            yield path, 1, "missing"
            continue
        for key in keys:
            if "`%s`" % key not in page.text:
                yield path, 1, "does not explain the remedy %s" % key


@rule("repo")
def check_access_page(repo):
    """The page about access rights names each model, group, rule and route."""
    access = importlib.import_module("tools.access")
    paths = ["docs/%s/access.md" % language for language in LANGUAGES]
    if not any(repo.file(path) for path in paths):
        # A link of the page about security leads to it.
        return
    addons = [
        (addon.name, {each.inside: each.text for each in addon.files if each.is_text})
        for addon in repo.addons
    ]
    for language, path in zip(LANGUAGES, paths):
        page = repo.file(path)
        try:
            wanted = access.render(language, addons)
        except access.Unknown as error:
            yield path, 1, str(error)
            continue
        if page is None or page.text != wanted:
            yield path, 1, "stale: python3 -m tools access"


@rule("repo")
def check_permissions_page(repo):
    """The page about permissions is what the addons declare, in both languages."""
    permissions = importlib.import_module("tools.permissions")
    addons = []
    for addon in repo.addons:
        po = addon.file("i18n/zh_CN.po")
        sources = [source.text for source in addon.python if source.layer == "models"]
        addons.append((addon.name, sources, po.text if po else ""))
    for language in LANGUAGES:
        path = "docs/%s/permissions.md" % language
        page = repo.file(path)
        if not any(permissions.METHOD in text for each in addons for text in each[1]):
            continue
        try:
            wanted = permissions.render(language, addons)
        except (KeyError, ValueError) as error:
            yield path, 1, "%s is not made of literals: %s" % (
                permissions.METHOD, error)
            continue
        if page is None or page.text != wanted:
            yield path, 1, "stale: python3 -m tools permissions"


@rule("repo")
def check_book(repo):
    """The navigation of the site has each page, alike in both languages."""
    path = "tools/book/mkdocs.yml"
    source = repo.file(path)
    if source is None:
        return
    navigation = source.text.partition("\nnav:\n")[2]
    listed = re.findall(r"^ *- (\S+\.md)$", navigation, re.M)
    pages = {}
    for language in LANGUAGES:
        folder = "docs/%s/" % language
        pages[language] = [
            each[len(folder):] for each in listed if each.startswith(folder)]
        for page in repo.files:
            if page.path.startswith(folder) and page.suffix == ".md":
                if page.path not in listed:
                    yield path, 1, "%s is not in the navigation" % page.path
    if pages["en"] != pages["zh_CN"]:
        yield path, 1, "the order differs between the languages"


@rule("repo")
def check_description_pages(repo):
    """The pages for Odoo's Apps are made of fragments and the manual's pictures."""
    readme = importlib.import_module("tools.readme")
    known = readme.captions([
        source.text for source in _markdown(repo)
        if source.path.startswith("docs/en/") or source.path == "README.md"])
    for addon in repo.addons:
        pictures = addon.manifest.get("images", [])
        for inside in pictures:
            source = repo.file(readme.source_of(inside))
            copy = addon.file(inside)
            path = "%s/%s" % (addon.name, inside)
            if source is None:
                yield path, 1, "the manual has no such picture"
            elif copy is None or copy.content != source.content:
                yield path, 1, "stale: python3 -m tools.readme"
        fragments = {
            source.name[:-len(".rst")]: source.text.strip() for source in addon.files
            if re.match(r"readme/[A-Z]+\.rst\Z", source.inside)}
        path = "%s/%s" % (addon.name, readme.PAGE)
        try:
            wanted = readme.render_page(addon.manifest, fragments, known)
        except KeyError as error:
            yield path, 1, "no fragment or caption %s" % error
            continue
        page = addon.file(readme.PAGE)
        if page is None or page.text != wanted:
            yield path, 1, "stale: python3 -m tools.readme"
        for found in re.findall(
                r"<(?:script|link|style|iframe)\b|src=\"(?:[a-z]+:|/)[^\"]*", wanted):
            yield path, 1, "Odoo's Apps refuse %s" % found


@rule("repo")
def check_changelog(repo):
    """The changelog has today's version of every addon."""
    source = repo.file("CHANGELOG.md")
    if source is None:
        yield "CHANGELOG.md", 1, "missing"
        return
    for addon in repo.addons:
        version = addon.manifest.get("version", "")
        if not re.search(
            r"`%s`[^\n]*%s" % (addon.name, re.escape(version)), source.text
        ):
            yield source.path, 1, "%s %s is not there" % (addon.name, version)


@rule("addon")
def check_readme_fragments(addon):
    """The fragments are there, are valid reStructuredText, and README.rst is theirs."""
    readme = importlib.import_module("tools.readme")
    fragments = {}
    for source in addon.files:
        match = re.match(r"readme/([A-Z]+)\.rst\Z", source.inside)
        if match:
            fragments[match.group(1)] = source.text.strip()
    for name in ("DESCRIPTION", "USAGE", "HISTORY", "CONTRIBUTORS"):
        if not fragments.get(name):
            yield "%s/readme/%s.rst" % (addon.name, name), 1, "missing"
            return
    path = addon.name + "/README.rst"
    wanted = readme.render(addon.manifest, fragments)
    current = addon.file("README.rst")
    if current is None or current.text != wanted:
        yield path, 1, "stale: python3 -m tools.readme"
    for line, message in rst_errors(wanted):
        yield path, line, message
    if addon.manifest.get("version", "") not in fragments["HISTORY"]:
        yield "%s/readme/HISTORY.rst" % addon.name, 1, "does not name this version"


def rst_errors(text):
    """Return (line, message) of docutils' findings in a text."""
    errors = []
    document = docutils.utils.new_document(
        "README.rst",
        docutils.frontend.get_default_settings(docutils.parsers.rst.Parser),
    )
    document.settings.report_level = 5
    document.reporter.attach_observer(
        lambda message: (
            errors.append((message.get("line") or 1, message.astext()))
            if message["level"] >= 2
            else None
        )
    )
    docutils.parsers.rst.Parser().parse(text, document)
    return errors
