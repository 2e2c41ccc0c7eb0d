# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Find out which of many approvals have news.

Pure: the caller passes the function that asks DingTalk.
"""
import time
from concurrent import futures

from . import timeline


def with_news(ask, rows, moment_of, deadline, news, stop, at_once):
    """Yield (id, whether there is news) for each approval that could be checked.

    Stop at the deadline or when DingTalk does not answer. One that it refuses to tell
    about has no news.

    :param ask: instance id -> answer; called by threads
    :param rows: list of (id, instance id, digest of what is known)
    :param moment_of: as for ``timeline.read``
    :param float deadline: value of ``time.monotonic``
    :param news: exceptions of ``ask`` that count as news
    :param stop: exceptions that end the check, with ``retryable``
    :param int at_once: concurrent requests; the client limits their rate
    """
    def differs(row):
        if time.monotonic() > deadline:
            return None
        try:
            reading = timeline.read(ask(row[1]), moment_of)
        except news:
            return True
        return timeline.digest(reading) != row[2]

    with futures.ThreadPoolExecutor(max_workers=at_once) as pool:
        flying = {pool.submit(differs, row): row for row in rows}
        for future in futures.as_completed(flying):
            try:
                found = future.result()
            except futures.CancelledError:
                continue
            except stop as error:
                for other in flying:
                    other.cancel()
                if error.retryable:
                    continue
                # DingTalk would refuse it each time.
                found = False
            if found is not None:
                yield flying[future][0], found
