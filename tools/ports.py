"""Ports on this machine."""

import os
import secrets
import socket

from .errors import ToolError

HOST = "127.0.0.1"
#: Below those that systems give to connections.
FREE = range(15000, 32000)
#: Those that this process was given: a server listens on its second port later.
_given = set()


def free():
    """Return a port that nothing listens on, never the same one twice.

    Not of those for connections: a restarted server keeps its port.
    """
    while True:
        # A test may have set the seed of random.
        port = FREE[secrets.randbelow(len(FREE))]
        if port not in _given and not taken(port):
            _given.add(port)
            return port


def given_or_free(variable, preferred=None):
    """Return the port that an environment variable names, else a free one.

    :param str variable: for example ``ODOO_PORT``
    :param int preferred: taken when nothing listens on it, so an address stays the same
    :raise ToolError: when the named port is not a port or is taken
    """
    given = os.environ.get(variable)
    if not given:
        return preferred if preferred and not taken(preferred) else free()
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise ToolError("%s=%s is not a port." % (variable, given))
    if taken(int(given)):
        raise ToolError("%s=%s is taken by another program." % (variable, given))
    return int(given)


def taken(port):
    """Tell whether something listens on the port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return True
    return False


def open_(port):
    """Tell whether a connection to the port succeeds."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) == 0
