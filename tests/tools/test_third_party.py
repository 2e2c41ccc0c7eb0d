"""A foreign repository with our wheel and built addons."""

import ast
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from tools import paths

SAMPLE = paths.ROOT / "tests" / "third_party"
WATCH = """
import json, os, sys

def pytest_sessionfinish():
    found = [getattr(module, "__file__", None) for module in sys.modules.values()]
    with open(os.environ["WATCHED"], "w") as handle:
        json.dump([path for path in found if path], handle)
"""


def clean():
    """Return the environment without references to the checkout."""
    return {name: value for name, value in os.environ.items()
            if name not in ("PYTHONPATH", "PYTEST_ADDOPTS", "DINGTALK_SIMULATOR")
            and str(paths.ROOT) not in value}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The simulator's wheel, built from a copy: building leaves files behind."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(
        paths.SIMULATOR, folder / "source",
        ignore=shutil.ignore_patterns("__pycache__", "tests"))
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps",
         "--disable-pip-version-check", "--wheel-dir", str(folder),
         str(folder / "source")], check=True, env=clean())
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A virtualenv with the wheel and its dependencies; return its folder."""
    folder = tmp_path_factory.mktemp("virtualenv")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, env=clean())
    wanted = (SAMPLE / "requirements.txt").read_text().split()
    subprocess.run(
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet",
         "--disable-pip-version-check",
         "--constraint", str(paths.TOOLS / "requirements" / "test.txt"), str(wheel)]
        + [name for name in wanted if name != "dingtalk-simulator"],
        check=True, env=clean())
    return folder


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """The sample outside the checkout, beside our released addons."""
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(
        SAMPLE, folder / "acme", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [sys.executable, "-m", "tools", "addons", "--series", "11.0",
         "--target", str(folder / "released")], check=True, cwd=str(paths.ROOT))
    return folder / "acme"


def test_the_wheel_has_all_files(wheel):
    package = paths.SIMULATOR / "dingtalk_simulator"
    sources = {path.relative_to(package.parent).as_posix()
               for path in package.rglob("*")
               if path.is_file() and "__pycache__" not in path.parts}
    names = set(zipfile.ZipFile(str(wheel)).namelist())
    assert not sources - names
    assert not [name for name in names - sources if ".dist-info/" not in name]


def test_with_the_fixture_and_without_odoo(environment, repository, tmp_path):
    (tmp_path / "watching.py").write_text(WATCH)
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-m", "pytest", "-q", "-p", "watching",
         "-p", "no:cacheprovider"],
        cwd=str(repository), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(clean(), ADDONS=str(repository.parent / "released" / "11.0"),
                 PYTHONPATH=str(tmp_path), WATCHED=str(tmp_path / "watched")))
    said = done.stdout.decode()
    assert done.returncode == 0 and "4 passed" in said, said
    imported = json.loads((tmp_path / "watched").read_text())
    assert not [path for path in imported if path.startswith(str(paths.ROOT) + os.sep)]
    assert [path for path in imported if "acme_attendance" in path]


def test_on_odoo(environment, repository):
    """DingTalkCase finds the simulator of the wheel's command."""
    done = subprocess.run(
        [str(environment / "bin" / "dingtalk-simulator"), "run", "--import",
         "simulated_attendance", "--",
         sys.executable, "-m", "tools", "odoo-test", "--no-simulator",
         "--modules", "acme_attendance", "--addons", str(repository),
         "--addons", str(repository.parent / "released" / "11.0")],
        cwd=str(repository), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(clean(), PYTHONPATH=str(paths.ROOT)))
    said = done.stdout.decode()
    assert done.returncode == 0 and "4 passed, 0 failed" in said, said


def methods(path, name):
    return {
        each.name for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == name
        for each in node.body
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")}


def test_the_wheel_speaks_as_the_tests_of_addons_do():
    case = methods(
        paths.ROOT / "dingding" / "tests" / "common.py", "Simulator")
    fixture = methods(
        paths.SIMULATOR / "dingtalk_simulator" / "testing.py", "Simulator")
    assert "fault" in case and not case - fixture
