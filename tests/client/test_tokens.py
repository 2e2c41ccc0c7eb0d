# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A token is fetched once, even if many need it at the same time."""

import threading
import time

import pytest
from dingtalk import MemoryTokenStore, Token, errors
from dingtalk.tokens import SingleFlight


def test_a_token_is_given_up_before_it_ends(clock):
    store = MemoryTokenStore(clock)
    assert store.get("app") is None
    store.renew("app", lambda: Token("one", clock() + 7200))
    assert store.get("app").value == "one"
    clock.now += 6599
    assert store.get("app").value == "one"
    clock.now += 1
    assert store.get("app") is None
    assert store.renew("app", lambda: Token("two", clock() + 7200)).value == "two"


def test_a_short_lived_token_is_used_too(clock):
    store = MemoryTokenStore(clock)
    store.renew("app", lambda: Token("one", clock() + 30))
    clock.now += 19
    assert store.get("app").value == "one"
    clock.now += 2
    assert store.get("app") is None


def test_kinds_do_not_mix(clock):
    store = MemoryTokenStore(clock)
    store.renew("app", lambda: Token("one", clock() + 7200))
    assert store.get("jsapi") is None


def test_who_comes_late_with_a_refused_token_gets_the_new_one(clock):
    store = MemoryTokenStore(clock)
    store.renew("app", lambda: Token("one", clock() + 7200))
    store.renew("app", lambda: Token("two", clock() + 7200), refused="one")
    assert store.renew("app", pytest.fail, refused="one").value == "two"
    assert store.renew("app", pytest.fail).value == "two"


def test_a_refused_token_is_handed_out_to_nobody(clock):
    store, seen = MemoryTokenStore(clock), []

    def fetch():
        seen.append(store.get("app"))
        return Token("two", clock() + 7200)

    store.renew("app", lambda: Token("one", clock() + 7200))
    store.refuse("app", "one")
    assert store.renew("app", fetch, refused="one").value == "two"
    assert seen == [None]
    store.refuse("app", "one")
    assert store.get("app").value == "two"


def until_waiting(single, key, count):
    """Wait until this many threads wait for the call in progress."""
    deadline = time.monotonic() + 60
    while len(single._flights[key].done._cond._waiters) < count:
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)


def run(count, call):
    results, threads = [], []

    def work():
        try:
            results.append(call())
        except errors.DingTalkError as error:
            results.append(error)

    for _i in range(count):
        threads.append(threading.Thread(target=work))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_many_threads_one_fetches():
    store, fetched = MemoryTokenStore(), []

    def fetch():
        fetched.append(1)
        time.sleep(0.1)
        return Token("one", time.time() + 7200)

    results = run(20, lambda: store.renew("app", fetch).value)
    assert results == ["one"] * 20 and len(fetched) == 1


def test_a_failure_is_shared_and_the_next_one_tries_again():
    store, fetched = MemoryTokenStore(), []

    def fetch():
        fetched.append(1)
        until_waiting(store._single, "app", 19)
        raise errors.BadCredentialsError("invalidClientIdOrSecret", "no")

    results = run(20, lambda: store.renew("app", fetch))
    assert [type(one) for one in results] == [errors.BadCredentialsError] * 20
    assert len(fetched) == 1 and len(set(map(id, results))) == 20
    assert store.renew("app", lambda: Token("one", time.time() + 7200)).value == "one"


def test_no_secret_shows():
    assert "abcdef" not in repr(Token("abcdef", 5))


def test_after_another_kind_of_error_who_waits_calls_itself():
    single, calls = SingleFlight(), []

    def function():
        calls.append(1)
        until_waiting(single, "key", 5 - len(calls))
        if len(calls) == 1:
            raise OSError("died")
        return "value"

    def call():
        try:
            return single.call("key", function, lambda value: True)
        except OSError:
            return "died"

    assert sorted(run(5, call)) == ["died"] + ["value"] * 4 and len(calls) == 2


def test_another_result_that_is_not_accepted_is_asked_for_again():
    single, started = SingleFlight(), threading.Event()

    def first():
        started.set()
        until_waiting(single, "key", 1)
        return "one"

    def late():
        assert started.wait(60)
        return single.call("key", lambda: "two", lambda value: value != "one")

    calls = [lambda: single.call("key", first, bool), late]
    assert sorted(run(2, lambda: calls.pop(0)())) == ["one", "two"]
