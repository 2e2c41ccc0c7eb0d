"""The trees of all sources stay in memory until the end: nothing is to be collected."""

import gc

# A quarter of the suite's time was the search for cycles among them.
gc.disable()
