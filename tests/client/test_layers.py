# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The client imports no Odoo, and is valid Python 3.5."""

import ast
import os
import re
import subprocess
import sys

import pytest
from conftest import PACKAGE, ROOT

FILES = sorted(
    os.path.join(folder, name)
    for folder, _folders, names in os.walk(PACKAGE)
    for name in names
    if name.endswith(".py")
)

STDLIB = set(
    "base64 binascii calendar collections contextlib copy datetime email functools "
    "hashlib hmac http json "
    "logging mimetypes os random re struct threading time urllib uuid".split()
)
EXTRA = {
    "transport.py": {"requests", "weakref"},
    "deadline.py": {"socket"},
    "crypto.py": {"Crypto", "cryptography"},
    "stream.py": {"queue", "socket"},
    "websocket.py": {"selectors", "socket", "ssl"},
}

# A comma after *args or **kwargs in a signature is an error before Python 3.6 that no
# current parser reports.
COMMA_AFTER_STAR = re.compile(r"def \w+\([^)]*\*\w+\s*,\s*\)")


def read(path):
    with open(path, "rb") as handle:
        return handle.read().decode("utf-8")


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def short(path):
    return os.path.relpath(path, PACKAGE)


@pytest.mark.parametrize("path", FILES, ids=short)
def test_imports_nothing_but_the_standard_library(path):
    allowed = STDLIB | EXTRA.get(os.path.basename(path), set())
    assert set(imported(ast.parse(read(path)))) <= allowed


@pytest.mark.parametrize("path", FILES, ids=short)
def test_is_python_3_5(path):
    source = read(path)
    if sys.version_info >= (3, 8):
        tree = ast.parse(source, feature_version=(3, 5))
    else:
        tree = ast.parse(source)
    # Python 3.13 parses these regardless of the requested version.
    newer = [
        name for name in ("JoinedStr", "AnnAssign", "NamedExpr") if hasattr(ast, name)
    ]
    assert not [
        node for node in ast.walk(tree) if type(node).__name__ in newer
    ], "f-string, annotation of a variable or :="
    assert not COMMA_AFTER_STAR.search(source)


@pytest.mark.parametrize("path", FILES, ids=short)
def test_has_its_header_and_says_what_it_is(path):
    source = read(path)
    assert source.startswith(
        "# Copyright 2026 DingTalk for Odoo contributors\n# License"
    )
    assert ast.get_docstring(ast.parse(source))


def public_methods():
    for path in FILES:
        if os.path.basename(os.path.dirname(path)) != "api" or "base" in path:
            continue
        for node in ast.walk(ast.parse(read(path))):
            if isinstance(node, ast.ClassDef):
                for item in node.body:
                    if isinstance(item, ast.FunctionDef) and item.name[0] != "_":
                        yield node.name + "." + item.name, ast.get_docstring(item)


@pytest.mark.parametrize("name,doc", list(public_methods()))
def test_every_endpoint_names_its_document(name, doc):
    assert doc and "https://open.dingtalk.com/document/" in doc, name
    assert len(doc.splitlines()[0]) < 81


def test_the_client_loads_without_odoo_beside_it():
    code = (
        "import sys; sys.path.insert(0, %r); import conftest; import dingtalk.crypto;"
        "bad = [m for m in sys.modules if m.split('.')[0] in"
        " ('odoo', 'openerp', 'werkzeug', 'psycopg2', 'dingding')]; assert not bad, bad"
        % os.path.join(ROOT, "tests", "client")
    )
    subprocess.check_call([sys.executable, "-c", code])
