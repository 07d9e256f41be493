"""For all tests: what hypothesis draws is bounded by its number and never by a clock, and no journey is cut off because
kernels are compiled first or the machine is busy.

The same examples each time, so that a change is judged by what it changes; `make search` draws others, and whoever sees
it fail is told how to see it again (docs/decisions/0043-the-same-examples-each-time.md)."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "search", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("same", settings.get_profile("search"), derandomize=True, database=None)
settings.load_profile("same")

os.environ.setdefault("MOBILITY_QUERY_TIME_LIMIT_S", "300")  # of the processes that tests start, too
