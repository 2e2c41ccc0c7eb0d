# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Never more calls than DingTalk allows, no starvation, no spinning."""

import heapq
import itertools
import random
import threading
import time

import pytest
from dingtalk.limits import (
    AT_ONCE,
    MOST_AT_ONCE,
    LeasedLimiter,
    RateLimiter,
    backoff,
    shared_limiter,
)


def test_twenty_a_second_and_no_more(clock):
    limiter = RateLimiter(20, clock=clock, sleep=clock.sleep, slack=0)
    start, moments = clock.now, []
    for _i in range(65):
        limiter.acquire("a")
        moments.append(clock.now - start)
    assert moments[:20] == [0.0] * 20
    assert moments[20] == 1.0 and moments[40] == 2.0 and moments[60] == 3.0
    for moment in moments:
        assert sum(moment <= other < moment + 1 for other in moments) <= 20


def test_the_window_slides(clock):
    limiter = RateLimiter(2, clock=clock, sleep=clock.sleep, slack=0)
    limiter.acquire("a")
    clock.now += 0.6
    limiter.acquire("a")
    assert limiter.acquire("a") == pytest.approx(0.4)
    assert limiter.acquire("a") == pytest.approx(0.6)


def test_each_api_for_itself(clock):
    limiter = RateLimiter(1, clock=clock, sleep=clock.sleep)
    assert limiter.acquire("a") == limiter.acquire("b") == 0
    assert limiter.acquire("a") > 0


def test_hold_stops_everybody_and_costs_no_place(clock):
    limiter = RateLimiter(2, clock=clock, sleep=clock.sleep, slack=0)
    limiter.hold("a", 5)
    limiter.hold("a", 3)
    assert limiter.acquire("a") == 5
    assert limiter.acquire("a") == 0
    assert limiter.acquire("a") == 1
    assert limiter.acquire("b") == 0


def test_threads_share_it_first_come_first_served():
    slept, lock = [], threading.Lock()

    def sleep(seconds):
        with lock:
            slept.append(round(seconds, 3))

    limiter = RateLimiter(10, clock=lambda: 0.0, sleep=sleep, slack=0)
    threads = [
        threading.Thread(target=lambda: [limiter.acquire("a") for _i in range(10)])
        for _i in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One sleep per waiting call (no spinning), ten calls in each second.
    assert sorted(slept) == sorted(float(n) for n in range(1, 10) for _i in range(10))


def test_in_real_time():
    limiter = RateLimiter(5, per=0.1, slack=0)
    started = time.monotonic()
    threads = [
        threading.Thread(target=limiter.acquire, args=("a",)) for _i in range(11)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.19 <= time.monotonic() - started < 30


def rate(clock, at_once, answer=0.3, between=0.03):
    """Return the calls per second of some threads, in virtual time.

    :param answer: seconds until DingTalk answers
    :param between: seconds that a thread needs from an answer to its next call
    """
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    free, moments = [clock.now] * at_once, []
    for _i in range(300):
        clock.now = heapq.heappop(free)
        limiter.acquire("a")
        moments.append(clock.now)
        heapq.heappush(free, clock.now + answer + between)
    return 200 / (moments[-1] - moments[-201])


def test_the_default_is_the_smallest_number_that_keeps_up_with_the_limit(clock):
    most = rate(clock, MOST_AT_ONCE)
    assert most == pytest.approx(20 / 1.05)
    assert rate(clock, AT_ONCE) == pytest.approx(most)
    assert rate(clock, AT_ONCE - 1) < most - 0.5


class Counter(object):
    """Hands out moments as PostgreSQL does, see ``dingding_call_rate.py``."""

    def __init__(self, clock, calls, slack=0.0):
        self.clock, self.pace = clock, (1.0 + slack) / calls
        self.moments = [float("-inf")] * calls
        self.asked, self.held = [], []

    def lease(self, key, count, free):
        now, latest, new = self.clock(), float("-inf"), []
        count = min(count, len(self.moments))
        for i in range(1, count + 1):
            base = max(now + max(i - free, 0) * self.pace,
                       self.moments[i - 1] + len(self.moments) * self.pace)
            if base > now:
                latest = max(latest, base - i * self.pace)
            moment = latest + i * self.pace if base > now else now
            if self.moments[-1] > now:
                moment = max(moment, self.moments[-1] + i * self.pace)
            new.append(moment)
        self.moments = self.moments[count:] + new
        self.asked.append((count, free))
        return [moment - now for moment in new]

    def hold(self, key, seconds):
        self.held.append((key, seconds))


class Crowd(object):
    """Threads of which one runs at a time, with a virtual clock."""

    def __init__(self):
        self.now = 0.0
        self._sleeping, self._number = [], itertools.count()
        self._turn = threading.Semaphore(0)

    def clock(self):
        return self.now

    def sleep(self, seconds):
        mine = threading.Semaphore(0)
        heapq.heappush(self._sleeping, (self.now + seconds, next(self._number), mine))
        self._turn.release()
        mine.acquire()

    def run(self, works):
        """Run the functions in threads until all have returned."""
        def begin(work):
            self.sleep(0)
            work()
            self._turn.release()

        for work in works:
            threading.Thread(target=begin, args=(work,), daemon=True).start()
            self._turn.acquire()
        while self._sleeping:
            self.now, _number, woken = heapq.heappop(self._sleeping)
            woken.release()
            self._turn.acquire()


@pytest.mark.parametrize("processes,threads", [(8, 3), (2, 7), (1, 7)])
def test_processes_use_nearly_all_and_are_never_refused(processes, threads):
    """They wake and arrive a few milliseconds late, as on an idle machine."""
    crowd, chance, until = Crowd(), random.Random(7), 40.0
    counter, arrived = Counter(crowd.clock, 20, slack=0.04), []

    def late(mean):
        return chance.expovariate(1 / mean)

    def process():
        limiter = LeasedLimiter(
            counter.lease, counter.hold, clock=crowd.clock,
            sleep=lambda seconds: crowd.sleep(seconds + late(0.001)))

        def call():
            while crowd.now < until:
                limiter.acquire("a")
                crowd.sleep(0.003 + late(0.002))
                arrived.append(crowd.now)
                crowd.sleep(0.01)

        return [call] * threads

    crowd.run([call for _number in range(processes) for call in process()])
    for first, last in zip(arrived, arrived[20:]):
        assert last - first > 1.0
    assert sum(moment < until for moment in arrived) / until > 0.95 * 20
    assert len(counter.asked) < 0.2 * len(arrived)


def test_leased_moments_keep_the_limit(clock):
    counter = Counter(clock, 20)
    limiter = LeasedLimiter(
        counter.lease, counter.hold, clock=clock, sleep=clock.sleep)
    moments = []
    for _i in range(100):
        limiter.acquire("a")
        moments.append(clock.now)
    for moment in moments:
        assert sum(moment <= other < moment + 0.999 for other in moments) <= 20
    assert moments[-1] - moments[0] < 5.1
    # Fewer queries than calls, and only one for the first.
    assert counter.asked[0] == (1, 1) and len(counter.asked) <= 16


def test_who_is_idle_keeps_nothing(clock):
    counter = Counter(clock, 20)
    limiter = LeasedLimiter(
        counter.lease, counter.hold, clock=clock, sleep=clock.sleep)
    for _i in range(10):
        limiter.acquire("a")
        clock.now += 5
    assert counter.asked == [(1, 1)] * 10


def test_moments_that_were_not_used_expire(clock):
    counter = Counter(clock, 20)
    limiter = LeasedLimiter(
        counter.lease, counter.hold, clock=clock, sleep=clock.sleep)
    for _i in range(20):
        limiter.acquire("a")
    clock.now += 5
    before = len(counter.asked)
    assert limiter.acquire("a") == 0
    assert len(counter.asked) == before + 1


def test_who_wakes_too_late_takes_another_moment(clock):
    counter = Counter(clock, 1)
    late = [0.5]

    def sleep(seconds):
        clock.sleep(seconds + (late.pop() if late else 0))

    limiter = LeasedLimiter(counter.lease, counter.hold, 1, clock=clock, sleep=sleep)
    limiter.acquire("a")
    start = clock.now
    limiter.acquire("a")
    assert clock.now - start == pytest.approx(2.0)
    assert len(counter.asked) == 3


def test_one_question_for_all_threads_that_wait():
    counter, first, inside = Counter(lambda: 0.0, 100), threading.Event(), []

    def lease(key, count, free):
        inside.append(1)
        if len(inside) == 1:
            first.wait(60)
        return counter.lease(key, count, free)

    limiter = LeasedLimiter(lease, counter.hold, 100, clock=lambda: 0.0)
    threads = [
        threading.Thread(target=limiter.acquire, args=("a",)) for _i in range(9)
    ]
    for thread in threads:
        thread.start()
    while limiter._apis["a"].waiting < 9:
        time.sleep(0.01)
    first.set()
    for thread in threads:
        thread.join()
    # The first counted the others or not; nobody queried alone.
    assert len(counter.asked) <= 2


def test_hold_reaches_the_others(clock):
    counter = Counter(clock, 20)
    limiter = LeasedLimiter(
        counter.lease, counter.hold, clock=clock, sleep=clock.sleep)
    for _i in range(5):
        limiter.acquire("a")
    assert limiter._apis["a"].moments
    limiter.hold("a", 5)
    assert counter.held == [("a", 5)] and not limiter._apis["a"].moments


def test_alone_without_anybody_to_ask(clock):
    limiter = LeasedLimiter(
        lambda *_all: None, lambda *_all: None, 2, clock=clock, sleep=clock.sleep)
    assert [round(limiter.acquire("a"), 2) for _i in range(4)] == [0, 0, 1.05, 0]


def test_forgets_what_nobody_calls_any_more(clock):
    limiter = RateLimiter(1, clock=clock, sleep=clock.sleep)
    for number in range(5000):
        limiter.acquire(number)
        clock.now += 0.01
    assert len(limiter._apis) <= 2001


def test_zero_calls_are_refused():
    with pytest.raises(ValueError):
        RateLimiter(0)


def test_backoff_grows_and_is_bounded():
    assert [backoff(n, rand=lambda: 0) for n in (1, 2, 3, 4, 5, 5000)] == [
        1,
        2,
        4,
        8,
        8,
        8,
    ]
    for n in range(1, 10):
        assert backoff(n, rand=lambda: 0) <= backoff(n) <= 10
    assert len(set(backoff(3) for _i in range(20))) > 1


def test_backoff_obeys_the_hint():
    assert backoff(1, 7, rand=lambda: 0) == 7
    assert 7 <= backoff(9, 7) <= 9
    assert backoff(1, 300, rand=lambda: 1) == 302


def test_one_limiter_for_an_app_in_a_process():
    one = shared_limiter(("key", "host"), 20)
    assert shared_limiter(("key", "host"), 20) is one
    assert shared_limiter(("other", "host"), 20) is not one
    assert shared_limiter(("key", "host"), 40).calls == 40
