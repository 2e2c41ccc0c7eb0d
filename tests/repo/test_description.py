"""The OpenAPI description of the mini-programs' routes is valid and complete."""

import ast
import re

import yaml
from openapi_spec_validator import validate

from tools import paths

PATH = paths.ROOT / "docs" / "api" / "mini-program.yaml"


def routes():
    found = set()
    for addon in paths.addons():
        source = paths.ROOT / addon / "models" / "dingding_mini.py"
        if not source.exists():
            continue
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "_mini_routes":
                for each in ast.walk(node):
                    if isinstance(each, ast.Tuple):
                        found.add((each.elts[0].value, "/" + each.elts[1].value))
    return found


def test_valid():
    validate(yaml.safe_load(PATH.read_text(encoding="utf-8")))


def test_describes_each_route_and_no_other():
    spec = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    described = {
        (method.upper(), re.sub(r"\{\w+\}", "<number>", path))
        for path, item in spec["paths"].items() for method in item}
    assert len(described) > 10
    assert described == routes()
