"""A mail server that takes every e-mail and delivers none."""

import collections
import email
import socketserver
import threading
import time

from tools import ports

#: An e-mail that was taken: its recipients' addresses, its text, the time.
Letter = collections.namedtuple("Letter", "addresses text at")


def text_of(content):
    """Return the text of an e-mail, whatever its encoding."""
    found = []
    for part in email.message_from_bytes(content).walk():
        if part.get_content_maintype() == "text":
            charset = part.get_content_charset() or "utf-8"
            found.append(part.get_payload(decode=True).decode(charset, "replace"))
    return "\n".join(found)


class _Talk(socketserver.StreamRequestHandler):
    timeout = 60

    def _say(self, line):
        self.wfile.write(line.encode("ascii") + b"\r\n")

    def handle(self):
        self._say("220 ready")
        addresses = []
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"RCPT":
                addresses.append(
                    line.decode("utf-8", "replace").partition("<")[2].partition(">")[0])
            elif word == b"DATA":
                self._say("354 go on")
                lines = []
                for line in self.rfile:
                    if line == b".\r\n":
                        break
                    lines.append(line)
                else:
                    return  # it ended in the middle
                self.server.letters.append(
                    Letter(tuple(addresses), text_of(b"".join(lines)), time.time()))
                addresses = []
            elif word == b"QUIT":
                self._say("221 bye")
                return
            self._say("250 8BITMIME" if word == b"EHLO" else "250 ok")


class LetterBox(socketserver.ThreadingTCPServer):
    """Listen on a port of this machine until the program ends."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__((ports.HOST, ports.free()), _Talk)
        #: :class:`Letter`, in the order of their arrival
        self.letters = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """Say nothing of a connection whose process was killed."""
