"""Alerts: what is wrong where, when, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gtfs_feeds.realtime.match import TripRun

Texts = Mapping[str, str]
"""By BCP 47 language tag, "" where the message says none."""

Period = tuple[int | None, int | None]
"""From (inclusive) and to (exclusive), instants in epoch seconds; None: open."""


@dataclass(frozen=True, slots=True)
class Informed:
    """What an alert is about: all that is not -1 (None) must apply (GTFS-RT, EntitySelector). Indices of the catalogue."""

    agency: int = -1
    route: int = -1
    route_type: int = -1
    direction: int = -1
    stop: int = -1
    """A station stands for its platforms."""
    trip: int = -1
    run: TripRun | None = None
    """When the selector names a day: only that run of `trip`."""
    feed_wide: bool = False
    """It is about all of the source's feed."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. Names of cause, effect and severity are GTFS-RT's, in capitals."""

    alert_id: str
    """The entity's, unique in one source."""
    informed: tuple[Informed, ...]
    periods: tuple[Period, ...]
    """When what it tells of holds; empty: as long as the alert is sent."""
    shown: tuple[Period, ...]
    """When to show it; empty: as long as it is sent."""
    cause: str
    effect: str
    severity: str
    header: Texts
    description: Texts
    url: Texts


def text_in(texts: Texts, lang: str) -> str:
    """The text in a language: exactly this tag, else one of the same primary language, else the one without a tag, else
    the first; "" when there is none."""
    raise NotImplementedError
