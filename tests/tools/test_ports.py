"""Ports: free ones, or the requested one."""

import socket

import pytest

from tools import ports
from tools.errors import ToolError


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen(1)
        yield listener.getsockname()[1]


def test_no_port_is_given_twice(monkeypatch):
    """A proxy got the port of the server behind it, and spoke to itself."""
    one, other = ports.free(), ports.free()
    places = iter([ports.FREE.index(one), ports.FREE.index(other)])
    fresh = ports.FREE[0] if ports.FREE[0] not in (one, other) else ports.FREE[1]
    monkeypatch.setattr(ports, "taken", lambda port: False)
    monkeypatch.setattr(
        ports.secrets, "randbelow",
        lambda most: next(places, ports.FREE.index(fresh)))
    monkeypatch.setattr(ports, "_given", {one, other})
    assert ports.free() == fresh


def test_a_free_port_is_free():
    port = ports.free()
    assert not ports.taken(port)
    assert not ports.open_(port)


def test_a_free_port_is_none_of_a_connection(taken, monkeypatch):
    assert taken not in ports.FREE, "the system gives it to others"
    monkeypatch.setattr(ports, "FREE", [taken, taken, ports.free()])
    for _time in range(20):
        monkeypatch.setattr(ports, "_given", set())
        assert ports.free() == ports.FREE[2]


def test_the_preferred_port_unless_it_is_taken(taken, monkeypatch):
    monkeypatch.delenv("SOME_PORT", raising=False)
    free = ports.free()
    assert ports.given_or_free("SOME_PORT", free) == free
    assert ports.given_or_free("SOME_PORT", taken) != taken


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1"])
def test_a_given_port_must_be_one(text, monkeypatch):
    monkeypatch.setenv("SOME_PORT", text)
    with pytest.raises(ToolError, match="SOME_PORT=.* is not a port"):
        ports.given_or_free("SOME_PORT")


def test_a_given_port_is_never_replaced(taken, monkeypatch):
    monkeypatch.setenv("SOME_PORT", str(taken))
    with pytest.raises(ToolError, match="is taken"):
        ports.given_or_free("SOME_PORT")
