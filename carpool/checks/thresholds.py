"""The thresholds of the checks: data, with the hash that names a version of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from carpool.riders import Limits


class Outcome(StrEnum):
    """What a finding does to a trip."""

    REFUSE = "refuse"
    HOLD = "hold"
    WAIT = "wait"
    """The check cannot run: what it needs is not there."""
    INCOMPLETE = "incomplete"
    """Evidence is still on its way: nothing is settled before."""


class ThresholdsError(Exception):
    """Thresholds that do not fit; the message names what."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """One version."""

    hash: str
    """SHA-256 (hex) of its text."""
    text: str
    limits: Limits
    passenger_wait_s: int
    quiet_s: int
    outcomes: Mapping[str, Outcome]
    """By check."""
    values: Mapping[str, Mapping[str, int]]
    """By check, then name."""

    def quiet_at(self, ended_at: dt.datetime, received_at: dt.datetime) -> dt.datetime:
        """From when on nothing more is expected of a trip that ended at an instant, and of which something came last at
        another."""
        return max(
            ended_at + dt.timedelta(seconds=self.passenger_wait_s),
            received_at + dt.timedelta(seconds=self.quiet_s),
        )

    def of(self, check: str, name: str) -> int:
        """One threshold. Raises KeyError."""
        return self.values[check][name]


def default_thresholds() -> Thresholds:
    """The version that comes with the code."""
    return read_thresholds(files("carpool.checks").joinpath("thresholds.toml").read_text(encoding="utf-8"))


def read_thresholds(text: str) -> Thresholds:
    """Read a version (TOML). It has exactly the names of the default's. Raises ThresholdsError."""
    try:
        tree = tomllib.loads(text)
        stops, checks = tree["stops"], tree["checks"]
        outcomes = {name: Outcome(check["outcome"]) for name, check in checks.items()}
        values = {
            name: {key: _whole(f"{name}.{key}", value) for key, value in check.items() if key != "outcome"}
            for name, check in checks.items()
        }
        limits = Limits(*(_whole(name, stops[name]) for name in ("radius_m", "gap_s_max", "token_window_s")))
        wait_s, quiet_s = (
            _whole(f"waiting.{name}", tree["waiting"][name]) for name in ("passenger_s", "quiet_s")
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ThresholdsError(f"these thresholds cannot be read: {error}") from error
    return Thresholds(
        hashlib.sha256(text.encode()).hexdigest(), text, limits, wait_s, quiet_s, outcomes, values
    )


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name}: {value!r} is not a whole number from 0")
    return value
