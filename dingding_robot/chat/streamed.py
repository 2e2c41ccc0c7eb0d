# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Parse an assistant's answer that arrives in parts. Pure.

Each line is a JSON object with the next piece of the text, also after ``data:``, as
server-sent events have it.
"""

import json

TYPES = ("application/x-ndjson", "application/jsonl", "text/event-stream")


def is_streamed(headers):
    """Tell whether an answer is a sequence of pieces, by its headers."""
    kind = headers.get("Content-Type") or ""
    return kind.partition(";")[0].strip().lower() in TYPES


class Streamed(object):
    """The text of an answer, as far as it has arrived.

    :param int longest: characters that are kept
    """

    def __init__(self, longest):
        self.text = ""
        self._longest, self._rest = longest, b""

    def add(self, content):
        """Add bytes of the body."""
        lines = (self._rest + content).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._add_line(line)

    def end(self):
        """Add the last line, which may lack its end."""
        self._add_line(self._rest)
        self._rest = b""

    def _add_line(self, line):
        line = line.strip()
        if line.startswith(b"data:"):
            line = line[5:]
        try:
            found = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError):
            # A comment, the name of an event, or the mark of the end.
            return
        piece = found.get("text") if isinstance(found, dict) else None
        if isinstance(piece, str):
            self.text = (self.text + piece)[:self._longest]
