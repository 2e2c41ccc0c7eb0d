# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Read many people and days in the windows that DingTalk allows.

Pure: the caller passes the function that calls DingTalk.
"""
import collections
import datetime
from concurrent import futures

from .attendance import MAX_DAYS


def split(first, last, most=MAX_DAYS):
    """Return the windows of a range of days, as list of (first, last).

    :param datetime.date first: first day
    :param datetime.date last: last day, included
    :param int most: days of a window
    """
    found, one = [], datetime.timedelta(days=1)
    while first <= last:
        end = min(first + (most - 1) * one, last)
        found.append((first, end))
        first = end + one
    return found


def read_ahead(jobs, call, at_once):
    """Yield (job, result) in the order of the jobs, while later ones are being read.

    :param jobs: iterable of jobs
    :param call: job -> result; called by threads
    :param int at_once: concurrent calls; the client limits their rate
    :raise Exception: what ``call`` raises; earlier jobs have been yielded by then
    """
    jobs, flying = iter(jobs), collections.deque()
    with futures.ThreadPoolExecutor(max_workers=max(at_once, 1)) as pool:
        try:
            while True:
                while len(flying) < at_once:
                    job = next(jobs, None)
                    if job is None:
                        break
                    flying.append((job, pool.submit(call, job)))
                if not flying:
                    return
                job, future = flying.popleft()
                yield job, future.result()
        finally:
            for _job, future in flying:
                future.cancel()
