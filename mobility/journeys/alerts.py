"""Which alerts a traveller is shown, where, and in which language."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gtfs_feeds.network import Network
from gtfs_feeds.realtime.alerts import Alert, Informed, Period, Texts, text_in
from gtfs_feeds.realtime.match import TripRun
from mobility.journeys.instants import iso

Json = dict[str, Any]

ALWAYS = (0, 4_102_444_800)
"""What an open end of a period is written as: 1970 to 2100."""


@dataclass(frozen=True, slots=True)
class About:
    """What a leg or a departure is, to the selectors of alerts. Indices of the catalogue; -1: it has none."""

    feed: int
    agency: int
    route: int
    direction: int
    trip: int
    run: TripRun | None


@dataclass(frozen=True, slots=True)
class _Entry:
    alert: Alert
    feed: int
    informed: Informed
    order: int


class Alerts:
    """The alerts of one state of real time, by what they are about. Never changed."""

    def __init__(self, listed: Iterable[tuple[Alert, int]] = (), network: Network | None = None) -> None:
        """`listed`: each with the feed whose identifiers it uses. Without a network there is none."""
        self._network = network
        self._by_stop: dict[int, list[_Entry]] = {}
        self._by_trip: dict[int, list[_Entry]] = {}
        self._by_route: dict[int, list[_Entry]] = {}
        self._rest: list[_Entry] = []
        self.count = 0
        for alert, feed in listed:
            self.count += 1
            for informed in alert.informed:
                self._add(_Entry(alert, feed, informed, self.count))

    def _add(self, entry: _Entry) -> None:
        informed = entry.informed
        trip = informed.run.trip if informed.run is not None else informed.trip
        if informed.stop >= 0:
            self._by_stop.setdefault(informed.stop, []).append(entry)
        elif trip >= 0:
            self._by_trip.setdefault(trip, []).append(entry)
        elif informed.route >= 0:
            self._by_route.setdefault(informed.route, []).append(entry)
        else:
            self._rest.append(entry)

    def of_ride(self, about: About, from_s: int, to_s: int) -> list[Alert]:
        """Those about the trip, its route or its agency, wherever one boards; in force between two instants."""
        if not self.count:
            return []
        found = [
            *self._by_trip.get(about.trip, ()),
            *self._by_route.get(about.route, ()),
            *self._rest,
        ]
        return _in_force((one for one in found if self._is_about(one, about)), from_s, to_s)

    def of_stop(self, stop: int, about: About | None, from_s: int, to_s: int) -> list[Alert]:
        """Those about a stop or its station (`about`: or what one does there with this ride)."""
        if not self._by_stop:
            return []
        found = [entry for at in self._with_stations(stop) for entry in self._by_stop.get(at, ())]
        return _in_force((one for one in found if self._is_about(one, about)), from_s, to_s)

    def _with_stations(self, stop: int) -> Iterator[int]:
        """The stop, its station, and the station of that: a platform has boarding areas."""
        assert self._network is not None
        for _ in range(3):
            if stop < 0:
                return
            yield stop
            stop = int(self._network.timetable.stop_parent[stop])

    def _is_about(self, entry: _Entry, about: About | None) -> bool:
        informed = entry.informed
        if about is None:
            return _is_of_any_ride(informed)
        assert self._network is not None
        trip_type = int(self._network.catalogue.route_type[about.route]) if about.route >= 0 else -1
        of_feed = informed.feed_wide or informed.route_type >= 0
        return (
            informed.agency in (-1, about.agency)
            and informed.route in (-1, about.route)
            and informed.route_type in (-1, trip_type)
            and informed.direction in (-1, about.direction)
            and informed.trip in (-1, about.trip)
            and informed.run in (None, about.run)
            and (not of_feed or entry.feed == about.feed)
        )


NO_ALERTS = Alerts()


def _is_of_any_ride(informed: Informed) -> bool:
    others = (informed.agency, informed.route, informed.route_type, informed.direction, informed.trip)
    return informed.run is None and all(other == -1 for other in others)


def _in_force(entries: Iterable[_Entry], from_s: int, to_s: int) -> list[Alert]:
    """Each alert once, in the order they came in; those to be shown now, about that time."""
    now_s = int(time.time())
    found: dict[int, Alert] = {}
    for entry in sorted(entries, key=lambda one: one.order):
        alert = entry.alert
        # Who gives one period for both (`active_period`) means when it holds: one plans ahead for then.
        is_shown = alert.shown == alert.periods or _overlaps(alert.shown, now_s, now_s)
        if is_shown and _overlaps(alert.periods, from_s, to_s):
            found[entry.order] = alert
    return list(found.values())


def _overlaps(periods: Sequence[Period], from_s: int, to_s: int) -> bool:
    return not periods or any(
        (begin is None or begin <= to_s) and (end is None or end > from_s) for begin, end in periods
    )


def present_alert(alert: Alert, languages: tuple[str, ...]) -> Json:
    """As the API's Alert, in the first of the traveller's languages it is written in, else in its own."""
    shown: Json = {
        "headerText": _read(alert.header, languages),
        "descriptionText": _read(alert.description, languages),
        "cause": alert.cause,
        "effect": alert.effect,
        "severityLevel": alert.severity,
    }
    url = _read(alert.url, languages)
    if url:
        shown["url"] = url
    if alert.periods:
        shown["impactPeriod"] = _present_periods(alert.periods)
    if alert.shown:
        shown["communicationPeriod"] = _present_periods(alert.shown)
    return shown


def _read(texts: Texts, languages: tuple[str, ...]) -> str:
    primary = {tag.lower().partition("-")[0] for tag in texts if tag}
    for language in languages:
        if language.lower().partition("-")[0] in primary:
            return text_in(texts, language)
    return text_in(texts, "")


def _present_periods(periods: Sequence[Period]) -> list[Json]:
    return [
        {
            "start": iso(ALWAYS[0] if begin is None else begin),
            "end": iso(ALWAYS[1] if end is None else end),
        }
        for begin, end in periods
    ]
