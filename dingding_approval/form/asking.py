# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Asking DingTalk about many approvals at once: which of them have news.

Pure: what asks is handed in.
"""
import time
from concurrent import futures

from . import timeline

THREADS = 8  # that wait for DingTalk; how fast they may ask, the client knows


def with_news(ask, rows, moment_of, deadline, news, stop):
    """Yield (id, whether there is news) of those that could be asked about.

    Ends early when the time is up or DingTalk does not answer: those that are left keep
    their turn.

    :param ask: instance id -> answer; threads call it
    :param rows: list of (id, instance id, digest of what is known)
    :param moment_of: as ``timeline.read`` takes it
    :param float deadline: value of ``time.monotonic``
    :param news: exceptions of ``ask`` by which something is new
    :param stop: exceptions after which nothing more is asked
    """
    def differs(row):
        if time.monotonic() > deadline:
            return None
        try:
            reading = timeline.read(ask(row[1]), moment_of)
        except news:
            return True
        return timeline.digest(reading) != row[2]

    with futures.ThreadPoolExecutor(max_workers=THREADS) as pool:
        flying = {pool.submit(differs, row): row for row in rows}
        for future in futures.as_completed(flying):
            try:
                found = future.result()
            except futures.CancelledError:
                continue
            except stop:
                for other in flying:
                    other.cancel()
                continue
            if found is not None:
                yield flying[future][0], found
