"""Answers of Odoo's routes for a mini-program, compared with their description."""

import re

import yaml
from openapi_schema_validator import OAS30Validator

from tools import paths

PATH = paths.ROOT / "docs" / "api" / "mini-program.yaml"
ROOT = "/dingding/mini/v1"
ERROR = {"$ref": "#/components/schemas/Error"}


class Description:
    """The description; counts which answers it was asked about."""

    def __init__(self):
        self.spec = yaml.safe_load(PATH.read_text(encoding="utf-8"))
        #: (method, path, status) of what was compared
        self.seen = set()

    def check(self, method, path, status, payload):
        """Fail when an answer is not as it is described.

        :param str path: of the request, without its query
        """
        route = self.route(path)
        operation = self.spec["paths"].get(route, {}).get(method.lower())
        if operation is None or status == 200 and "error" in payload:
            schema = ERROR
        else:
            responses = operation["responses"]
            found = responses.get(str(status)) or responses["default"]
            if "$ref" in found:
                found = self.spec["components"]["responses"][
                    found["$ref"].rpartition("/")[2]]
            schema = found["content"]["application/json"]["schema"]
        self.seen.add((method, route, status if schema is not ERROR else "error"))
        whole = {"allOf": [schema], "components": self.spec["components"]}
        wrong = [
            "%s: %s" % ("/".join(map(str, each.path)), each.message)
            for each in OAS30Validator(whole).iter_errors(payload)]
        assert not wrong, "%s %s %s: %s" % (method, path, status, wrong)

    def route(self, path):
        """Return the path of the description that a path is one of, or itself."""
        path = path[len(ROOT):]
        for route in self.spec["paths"]:
            pattern = re.sub(r"\{\w+\}", "[0-9]+", route)
            if re.match(pattern + r"\Z", path):
                return route
        return path

    def operations(self):
        """Return (method, path) of everything that is described."""
        return {
            (method.upper(), path) for path, item in self.spec["paths"].items()
            for method in item}
