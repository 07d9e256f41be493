"""Alerts: what is wrong where, when, and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from gtfs_feeds.findings import Finding, Severity, shorten
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.match import Problem, TripRun, descriptor_of, match_trip

INSTANT_S_MAX = 1 << 33
"""The year 2242: instants beyond it are none."""

Texts = Mapping[str, str]
"""By BCP 47 language tag, "" where the message says none."""

Period = tuple[int | None, int | None]
"""From (inclusive) and to (exclusive), instants in epoch seconds; None: open."""


@dataclass(frozen=True, slots=True)
class Informed:
    """What an alert is about: all that is not -1 (None) must apply (EntitySelector). Indices are the catalogue's."""

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
    by_tag = {tag.lower(): text for tag, text in reversed(list(texts.items()))}
    wanted = lang.lower()
    if wanted in by_tag:
        return by_tag[wanted]
    primary = wanted.partition("-")[0]
    related = [text for tag, text in texts.items() if tag.lower().partition("-")[0] == primary and primary]
    untagged = [texts[""]] if "" in texts else []
    return next(iter([*related, *untagged, *texts.values()]), "")


class AlertFacts(NamedTuple):
    """What one entity's alert says."""

    alert: Alert | None
    findings: tuple[Finding, ...]
    lasting: bool
    """It says the same at any time: no trip is named without its day."""


def read_alert(index: FeedIndex, entity_id: str, alert: gtfs_rt.Alert, now_s: int) -> AlertFacts:
    """One alert; None where nobody could be told whom it concerns, or what it says."""
    findings: list[Finding] = []
    header, description = _texts(alert.header_text), _texts(alert.description_text)
    if not header and not description:
        told = f"Alert {entity_id!r} has neither a header_text nor a description_text."
        return AlertFacts(
            None, (_finding(Severity.ERROR, "alert_without_text", told, "ignored", entity_id),), True
        )
    informed: list[Informed] = []
    for selector in alert.informed_entity:
        resolved = _resolve(index, selector, now_s)
        if isinstance(resolved, Problem):
            told = f"Alert {entity_id!r}: {resolved.message}"
            findings.append(
                _finding(
                    Severity.ERROR,
                    resolved.rule,
                    told,
                    "this selector ignored",
                    resolved.value,
                    resolved.field,
                )
            )
        else:
            informed.append(resolved)
    if not alert.informed_entity:
        told = f"Alert {entity_id!r} names nothing it is about."
        findings.append(
            _finding(
                Severity.WARNING, "alert_without_informed_entity", told, "shown for the whole feed", entity_id
            )
        )
        informed.append(Informed(feed_wide=True))
    lasting = all(selector.trip.start_date for selector in alert.informed_entity if selector.HasField("trip"))
    if not informed:
        return AlertFacts(None, tuple(findings), lasting)
    periods, shown = _list_periods(alert, entity_id, findings)
    found = Alert(
        entity_id,
        tuple(informed),
        periods,
        shown,
        gtfs_rt.Alert.Cause.Name(alert.cause),
        gtfs_rt.Alert.Effect.Name(alert.effect),
        gtfs_rt.Alert.SeverityLevel.Name(alert.severity_level),
        header,
        description,
        _texts(alert.url),
    )
    return AlertFacts(found, tuple(findings), lasting)


def _texts(translated: gtfs_rt.TranslatedString) -> Texts:
    found: dict[str, str] = {}
    for translation in translated.translation:
        if translation.text:
            found.setdefault(translation.language, translation.text)
    return found


def _resolve(index: FeedIndex, selector: gtfs_rt.EntitySelector, now_s: int) -> Informed | Problem:
    """The indices a selector's identifiers stand for; all must be known, for all must apply."""
    found: dict[str, int] = {"agency": -1, "route": -1, "stop": -1}
    finders: tuple[tuple[str, Callable[[str], int | None]], ...] = (
        ("agency", index.agency_of.get),
        ("route", index.route_of.get),
        ("stop", index.find_stop),
    )
    for name, find in finders:
        value = getattr(selector, f"{name}_id")
        if value:
            resolved = find(value)
            if resolved is None:
                told = f"there is no {name} {value!r} in the feed: is it of another version?"
                return Problem("unknown_informed_entity", told, f"{name}_id", value)
            found[name] = resolved
    trip, run = -1, None
    if selector.HasField("trip"):
        descriptor = descriptor_of(selector.trip)
        if descriptor.trip_id and not descriptor.start_date and not descriptor.start_time:
            trip = -1 if (known := index.find_trip(descriptor.trip_id)) is None else known
            if trip < 0:
                told = f"there is no trip {descriptor.trip_id!r} in the feed: is it of another version?"
                return Problem("unknown_informed_entity", told, "trip_id", descriptor.trip_id)
        elif descriptor.trip_id or descriptor.start_time:
            matched = match_trip(index, descriptor, now_s)
            if isinstance(matched, Problem):
                return matched
            trip, run = matched.trip, matched
        elif descriptor.route_id in index.route_of:  # the documents forbid it; what is meant is clear
            found["route"] = index.route_of[descriptor.route_id]
    informed = Informed(
        agency=found["agency"],
        route=found["route"],
        stop=found["stop"],
        route_type=selector.route_type if selector.HasField("route_type") else -1,
        direction=selector.direction_id if selector.HasField("direction_id") else -1,
        trip=trip,
        run=run,
    )
    if informed == Informed():
        return Problem("unknown_informed_entity", "a selector selects nothing.", "informed_entity", "")
    return informed


def _list_periods(
    alert: gtfs_rt.Alert, entity_id: str, findings: list[Finding]
) -> tuple[tuple[Period, ...], tuple[Period, ...]]:
    """When it holds and when it is shown. `active_period` is both, where neither is said (its migration guide)."""
    if alert.impact_period or alert.communication_period:
        impact = _read_periods(alert.impact_period, entity_id, findings)
        return impact, _read_periods(alert.communication_period, entity_id, findings)
    both = _read_periods(alert.active_period, entity_id, findings)
    return both, both


def _read_periods(
    ranges: Iterable[gtfs_rt.TimeRange], entity_id: str, findings: list[Finding]
) -> tuple[Period, ...]:
    found: list[Period] = []
    for period in ranges:
        start, end = int(period.start) or None, int(period.end) or None
        if max(start or 0, end or 0) > INSTANT_S_MAX or (start and end and end <= start):
            told = f"Alert {entity_id!r} has a period that is none: {period.start} to {period.end}."
            findings.append(
                _finding(
                    Severity.WARNING, "invalid_alert_period", told, "this period ignored", entity_id, "start"
                )
            )
        else:
            found.append((start, end))
    return tuple(found)


def _finding(
    severity: Severity, rule: str, message: str, action: str, value: str, field: str = "informed_entity"
) -> Finding:
    return Finding(severity, rule, "Alert", message, action, field=field, value=shorten(value))
