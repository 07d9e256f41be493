"""How soon something is seen by whoever asks again and again, on machines that are slow or busy with other things."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

SEEN_S_MAX = 2.0
"""What is promised."""

ANSWERS_MAX = 10
"""Where a single answer takes long, the machine is slow: so many of them are as good as two seconds."""


class Seen(NamedTuple):
    """`took_s`: how long it took. `answer_s`: the middle of the times that an answer took meanwhile."""

    took_s: float
    answer_s: float

    @property
    def is_prompt(self) -> bool:
        return self.took_s < max(SEEN_S_MAX, ANSWERS_MAX * self.answer_s)


def wait_until(condition: Callable[[], bool], every_s: float = 0.01, seconds: float = 120.0) -> Seen:
    """Ask until it holds; fails after `seconds`."""
    began, answers_s = time.monotonic(), []
    while True:
        asked = time.monotonic()
        holds = condition()
        answers_s.append(time.monotonic() - asked)
        if holds:
            return Seen(time.monotonic() - began, statistics.median(answers_s))
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(every_s)


def was_prompt(times: Iterable[Seen]) -> bool:
    """Whether it was once: at the other times the machine may have been busy."""
    return any(one.is_prompt for one in times)
