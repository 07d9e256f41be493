"""How much of a campaign's budget is used, and when it may run out: the pace so far, carried on.

What is granted is put on working days (a weekend's or a holiday's trips on the working day before, so that no cent is
lost). The pace is the mean of the working days so far. Days differ, and the mean itself is known from few of them, so
the forecast is a range: 95 % of it under the simple view that days are independent and alike (the prediction interval
of a sum of n days after m observed ones, variance s²·n·(1 + n/m), Student's t approximated by 2 from ten days on).
No season, no trend: a range to watch, not a promise.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ALERTS_PERCENT = (50, 75, 90, 100)
"""Shares of the budget that are worth a word when they are passed."""

DAYS_MIN = 10
"""Working days without which no pace is told."""
_T95 = 2.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Cents used at the end of the horizon, likely and within 95 %; and the days on which the budget runs out.

    A day is None when the budget lasts beyond the horizon, at that pace.
    """

    days_seen: int
    days_left: int
    cents_per_day: int
    end_cents: int
    end_low_cents: int
    end_high_cents: int
    runs_out_on: dt.date | None
    runs_out_earliest: dt.date | None
    runs_out_latest: dt.date | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """A campaign's budget, cents. `forecast` is None while too few days are known to tell a pace."""

    campaign: str
    budget_cents: int
    used_cents: int
    alerts_percent: tuple[int, ...]
    """The thresholds that are passed."""
    forecast: Forecast | None

    @property
    def left_cents(self) -> int:
        """What is not granted yet; negative: more is granted than there is."""
        return self.budget_cents - self.used_cents


def describe_envelope(
    campaign: str,
    budget_cents: int,
    by_day: Mapping[dt.date, int],
    today: dt.date,
    horizon: dt.date,
    is_working_day: Callable[[dt.date], bool],
) -> Envelope:
    """An envelope on a day, of what was granted by day of the trip until then; `horizon`: the last day looked at."""
    used = sum(by_day.values())
    percent = [limit for limit in ALERTS_PERCENT if budget_cents and used * 100 >= limit * budget_cents]
    forecast = _forecast(budget_cents, used, by_day, today, horizon, is_working_day)
    return Envelope(campaign, budget_cents, used, tuple(percent), forecast)


def _forecast(
    budget_cents: int,
    used_cents: int,
    by_day: Mapping[dt.date, int],
    today: dt.date,
    horizon: dt.date,
    is_working_day: Callable[[dt.date], bool],
) -> Forecast | None:
    seen = _by_working_day(by_day, today, is_working_day)
    if len(seen) < DAYS_MIN:
        return None
    left = [
        day
        for ahead in range(1, max((horizon - today).days, 0) + 1)
        if is_working_day(day := today + dt.timedelta(days=ahead))
    ]
    mean = sum(seen) / len(seen)
    spread = math.sqrt(sum((cents - mean) ** 2 for cents in seen) / (len(seen) - 1))

    def after(days: int, sign: int) -> float:
        margin = _T95 * spread * math.sqrt(days * (1 + days / len(seen)))
        return max(used_cents + mean * days + sign * margin, used_cents)

    def runs_out(sign: int) -> dt.date | None:
        if used_cents >= budget_cents:
            return today
        return next((day for number, day in enumerate(left, 1) if after(number, sign) >= budget_cents), None)

    end, low, high = (round(after(len(left), sign)) for sign in (0, -1, 1))
    return Forecast(
        days_seen=len(seen),
        days_left=len(left),
        cents_per_day=round(mean),
        end_cents=end,
        end_low_cents=low,
        end_high_cents=high,
        runs_out_on=runs_out(0),
        runs_out_earliest=runs_out(1),
        runs_out_latest=runs_out(-1),
    )


def _by_working_day(
    by_day: Mapping[dt.date, int], today: dt.date, is_working_day: Callable[[dt.date], bool]
) -> list[int]:
    """What was granted on each working day from the first with a trip to today; days without any are 0."""
    if not by_day:
        return []
    first = min(by_day)
    while not is_working_day(first):
        first -= dt.timedelta(days=1)
    days: list[int] = []
    for ahead in range((today - first).days + 1):
        day = first + dt.timedelta(days=ahead)
        if is_working_day(day):
            days.append(0)
        days[-1] += by_day.get(day, 0)
    return days
