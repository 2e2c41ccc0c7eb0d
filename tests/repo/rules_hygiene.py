"""Rules for every file of the repository."""

import re

from .sources import rule

MAX_BYTES = 1000 * 1000
JUNK = re.compile(
    r"(\.pyc|\.pyo|\.orig|\.rej|\.bak|\.swp|~|\.docx?|\.DS_Store|Thumbs\.db)\Z|"
    r"(^|/)(__pycache__|\.idea|\.vscode|node_modules)/"
)
NO_TABS = (
    ".py",
    ".xml",
    ".csv",
    ".md",
    ".rst",
    ".json",
    ".toml",
    ".cfg",
    ".ini",
    ".js",
)


@rule("repo")
def check_no_junk(repo):
    """No compiled file, editor's file or office document."""
    for source in repo.files:
        if JUNK.search(source.path):
            yield source.path, 1, "does not belong into a repository"


@rule("repo")
def check_sizes(repo):
    """No file above a megabyte."""
    for source in repo.files:
        if len(source.content) > MAX_BYTES:
            yield source.path, 1, "%d kB" % (len(source.content) // 1000)


@rule("repo")
def check_text_form(repo):
    """UTF-8 without mark, LF, a newline at the end, no trailing blanks, no tabs."""
    for source in repo.files:
        if not source.is_text or not source.content:
            continue
        try:
            source.content.decode("utf-8")
        except UnicodeDecodeError:
            yield source.path, 1, "not UTF-8"
            continue
        if source.content.startswith(b"\xef\xbb\xbf"):
            yield source.path, 1, "byte order mark"
        if b"\r" in source.content:
            yield source.path, source.content.split(b"\r")[0].count(b"\n") + 1, "CR"
        if not source.content.endswith(b"\n"):
            yield source.path, len(source.lines), "no newline at the end"
        for number, line in enumerate(source.lines, 1):
            if line.endswith((" ", "\t")) and source.suffix not in (".po", ".pot"):
                yield source.path, number, "trailing blanks"
            if source.suffix in NO_TABS and "\t" in line:
                yield source.path, number, "tab"


@rule("repo")
def check_modes(repo):
    """Executable is what begins with #! and nothing else."""
    for source in repo.files:
        if source.mode is None:
            continue
        executable = bool(source.mode & 0o111)
        if executable and not source.content.startswith(b"#!"):
            yield source.path, 1, "executable without #!"
        if not executable and source.content.startswith(b"#!"):
            yield source.path, 1, "#! without being executable"


@rule("addon")
def check_names_are_plain(addon):
    """File names are [a-z0-9_] (README.rst and readme/ apart)."""
    for source in addon.files:
        if source.name in ("README.rst", "LICENSE") or source.inside.startswith(
            ("readme/", "static/", "i18n/")
        ):
            continue
        if not re.match(r"[a-z0-9_./\-]+\Z", source.inside):
            yield source.path, 1, "file name"


@rule("repo")
def check_no_open_ends(repo):
    """Nothing is left open, and no merge left its marks."""
    marks = re.compile(r"(?<!\w)(TO" + r"DO|FIX" + r"ME|X" + r"XX)(?!\w)|^(<{7}|>{7}) ")
    for source in repo.files:
        if not source.is_text or source.name == "package-lock.json":
            continue
        for number, line in enumerate(source.lines, 1):
            if marks.search(line):
                yield source.path, number, "open end: %s" % line.strip()[:60]
