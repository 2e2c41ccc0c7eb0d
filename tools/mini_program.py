"""A mini-program of DingTalk, run in Node.js by the container of tests/mini_program.

::

    with Program(folder, address=..., simulator=..., userid=...) as program:
        program.launch()
        program.tap("Purchase Request")
        assert "PR00001" in program.lines
"""

import json
import os
import subprocess
from urllib.parse import urlsplit

from . import node, paths

CONTAINER = paths.ROOT / "tests" / "mini_program"
EXAMPLE = paths.ROOT / "docs" / "examples" / "mini-program"


def variables():
    """Return an environment in which Node.js finds the container's packages.

    The phone's clock is China's, as that of browsers.
    """
    modules = node.packages("mini-program", CONTAINER) / "node_modules"
    return dict(os.environ, NODE_PATH=str(modules), TZ="Asia/Shanghai")


class Program:
    """A person with a mini-program on the phone.

    :param str address: of Odoo's routes for it
    :param simulator: what the simulator said when it was ready
    :param str userid: whose phone it is
    :param str language: of the phone
    :param Path folder: the mini-program
    """

    def __init__(self, address, simulator, userid, language="en", folder=EXAMPLE):
        self._options = {
            "folder": str(folder),
            "config": {"address": address},
            "domains": [urlsplit(address).netloc],
            "userid": userid,
            "corpId": simulator.corp_id,
            "codes": simulator.url + "/_control/login_codes",
            "language": language,
        }
        self._process = None
        #: the page on top: its name, title and the lines that stand on it
        self.page, self.title, self.lines = "", "", []
        #: the page as a browser can draw it
        self.html = ""
        #: what ``dd`` has said since the last command: kind and text
        self.said = []
        #: every answer of Odoo: method, path, status, payload
        self.http = []

    def __enter__(self):
        self._process = subprocess.Popen(
            ["node", str(CONTAINER / "main.js"), "run"], env=variables(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True,
            encoding="utf-8")
        return self

    def __exit__(self, *_error):
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def do(self, what, **values):
        """Do something; return the lines of the page once it has settled.

        :raise AssertionError: it cannot be done, or the mini-program has failed
        """
        self._process.stdin.write(json.dumps(dict(values, do=what)) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        self.page, self.title = answer["page"], answer["title"]
        self.lines, self.html = answer["lines"], answer["html"]
        self.said = answer["said"]
        self.http += answer["http"]
        return self.lines

    def launch(self):
        """Open it."""
        return self.do("launch", **self._options)

    def tap(self, text):
        """Tap what has this text."""
        return self.do("tap", text=text)

    def text(self):
        """Return what stands on the page."""
        return "\n".join(self.lines)
