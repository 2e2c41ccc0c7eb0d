"""The example mini-program compiles, and calls DingTalk as declared."""

import json
import re
import shutil
import subprocess

import pytest

from tools import mini_program, node


def check(folder):
    """Return the findings of the container's check."""
    done = subprocess.run(
        ["node", str(mini_program.CONTAINER / "main.js"), "check", str(folder)],
        env=mini_program.variables(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True)
    return done.stdout if done.returncode else ""


def types(folder, tmp_path):
    """Return TypeScript's findings for the scripts of a folder."""
    packages = node.packages("mini-program", mini_program.CONTAINER) / "node_modules"
    (tmp_path / "tsconfig.json").write_text(json.dumps({
        "compilerOptions": {
            "allowJs": True, "checkJs": True, "noEmit": True, "target": "es2019",
            "lib": ["es2019"], "module": "commonjs", "moduleResolution": "node",
            "types": [], "noImplicitThis": True, "strictFunctionTypes": True,
            "baseUrl": ".",
            "paths": {"dingtalk-jsapi/*": [str(packages / "dingtalk-jsapi" / "*")]},
        },
        "include": [
            str(folder / "**" / "*.js"), str(mini_program.CONTAINER / "dd.d.ts")],
    }))
    done = subprocess.run(
        ["node", str(packages / "typescript" / "bin" / "tsc"), "-p", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    return done.stdout


@pytest.fixture
def copy(tmp_path):
    """A copy of the example, and a function that changes its files."""
    folder = tmp_path / "example"
    shutil.copytree(str(mini_program.EXAMPLE), str(folder))

    def change(name, old, new):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return change


def test_compiles():
    assert check(mini_program.EXAMPLE) == ""


def test_calls_as_declared(tmp_path):
    assert types(mini_program.EXAMPLE, tmp_path) == ""


@pytest.mark.parametrize("name, old, new, said", [
    ("pages/home/home.axml", 'onTap="scan"', 'onTap="skan"', "no such method"),
    ("pages/home/home.axml", "{{me.company}}", "{{me company}}", "Unexpected"),
    ("pages/home/home.axml", "</block>", "", "closes nothing"),
    ("pages/home/home.axml", '<view class="subtitle">{{me.company}}</view>', "<knob />",
     "<knob>"),
    ("pages/home/home.axml", "a:elif", "a:elseif", "not a directive"),
    ("pages/record/record.axml", 'class="mark"', 'class="marc"', "no style"),
    ("app.json", "pages/record/record", "pages/record/recard", "no such file"),
    ("pages/home/home.js", "leave() {", "leave( {", "SyntaxError"),
])
def test_mistakes_are_found(copy, name, old, new, said):
    assert said in check(copy(name, old, new))


@pytest.mark.parametrize("name, old, new", [
    ("util/api.js", "method,\n", "method: 'DELETE',\n"),
    ("pages/home/home.js", "dd.scan(", "dd.skan("),
    ("pages/home/home.js", "this.find(", "this.fint("),
    ("pages/home/home.js", "found.code", "found.text"),
])
def test_wrong_calls_are_found(copy, tmp_path, name, old, new):
    assert "error TS" in types(copy(name, old, new), tmp_path)


def test_texts_are_said_in_both_languages():
    text = (mini_program.EXAMPLE / "util" / "texts.js").read_text(encoding="utf-8")
    tables = [
        dict(re.findall(r"^  (\w+): '(.+)',$", part, re.M))
        for part in re.findall(r"^const \w+ = \{\n(.*?)^\};", text, re.M | re.S)]
    english, chinese = tables
    assert len(english) > 20
    assert set(english) == set(chinese)
    used = set()
    for path in mini_program.EXAMPLE.rglob("*.*"):
        if path.suffix in (".js", ".axml"):
            used |= set(re.findall(r"\bt\.(\w+)", path.read_text(encoding="utf-8")))
    assert used <= set(english)
