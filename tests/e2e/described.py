"""Compare answers of the mini-programs' routes with their description."""

import re

import yaml
from openapi_schema_validator import OAS30Validator

from tools import paths

PATH = paths.ROOT / "docs" / "api" / "mini-program.yaml"
ROOT = "/dingding/mini/v1"
ERROR = {"$ref": "#/components/schemas/Error"}


class Description:
    """The description; records the compared answers."""

    def __init__(self):
        self.spec = yaml.safe_load(PATH.read_text(encoding="utf-8"))
        #: (method, path, status) of compared answers
        self.seen = set()

    def check(self, method, path, status, payload):
        """Fail if an answer contradicts the description.

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
        """Return the description's path for a path, or the path itself."""
        path = path[len(ROOT):]
        for route in self.spec["paths"]:
            pattern = re.sub(r"\{\w+\}", "[0-9]+", route)
            if re.match(pattern + r"\Z", path):
                return route
        return path

    def operations(self):
        return {
            (method.upper(), path) for path, item in self.spec["paths"].items()
            for method in item}
