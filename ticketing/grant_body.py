"""Facts and grants as plain data, as the register holds them: what is written is what is read.

The body of a `grant` entry is `{"campaign", "closing", "facts", "grant"}`. Reading is strict: what is missing, unknown
or of another type is named with its place.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from ticketing.facts import CapStep, Grant, PassengerFacts, PlaceFacts, RuleStep, Share, TripFacts

Plain = dict[str, Any]


class FactsError(ValueError):
    """Facts, or a grant, are not what they must be; the message names the field."""


def facts_to_plain(trip: TripFacts) -> Plain:
    """A trip's facts as plain data. Raises FactsError when they do not agree with themselves."""
    check_facts(trip)
    return {
        "trip_id": trip.trip_id,
        "line_id": trip.line_id,
        "driver": trip.driver,
        "started_at": _instant_text(trip.started_at),
        "ended_at": _instant_text(trip.ended_at),
        "start": _place_to_plain(trip.start),
        "end": _place_to_plain(trip.end),
        "distance_m": trip.distance_m,
        "passengers": [
            {
                "journey_id": one.journey_id,
                "person": one.person,
                "evidence_class": one.evidence_class,
                "distance_m": one.distance_m,
                "fare_cents": one.fare_cents,
                "paid_to_driver_cents": one.paid_to_driver_cents,
                "is_adult": one.is_adult,
                "seats": one.seats,
            }
            for one in trip.passengers
        ],
        "evidence": list(trip.evidence),
        "tolls_cents": trip.tolls_cents,
    }


def facts_from_plain(plain: Plain) -> TripFacts:
    """The facts of plain data. Raises FactsError."""
    _check_keys(plain, _TRIP, "facts")
    for key in ("passengers", "evidence"):
        if type(plain[key]) is not list:
            raise FactsError(f"{key}: {type(plain[key]).__name__} is not a list")
    for key in ("start", "end"):
        _check_keys(plain[key], _PLACE, key)
    for index, one in enumerate(plain["passengers"]):
        _check_keys(one, _PASSENGER, f"passengers[{index}]")
    trip = facts_as_written(plain)
    check_facts(trip)
    return trip


def facts_as_written(plain: Plain) -> TripFacts:
    """The facts of what `facts_to_plain` gave, which nobody else had in his hands."""
    return TripFacts(
        trip_id=plain["trip_id"],
        line_id=plain["line_id"],
        driver=plain["driver"],
        started_at=_read_instant(plain["started_at"], "started_at"),
        ended_at=_read_instant(plain["ended_at"], "ended_at"),
        start=PlaceFacts(**plain["start"]),
        end=PlaceFacts(**plain["end"]),
        distance_m=plain["distance_m"],
        passengers=tuple([PassengerFacts(**one) for one in plain["passengers"]]),
        evidence=tuple(plain["evidence"]),
        tolls_cents=plain["tolls_cents"],
    )


def grant_to_plain(grant: Grant) -> Plain:
    """A grant as plain data."""
    return {
        "trip_id": grant.trip_id,
        "policy": grant.policy,
        "scale": grant.scale,
        "steps": [
            {
                "rule": one.rule,
                "before_cents": one.before_cents,
                "after_cents": one.after_cents,
                "words": one.words,
            }
            for one in grant.steps
        ],
        "caps": [
            {"cap": one.cap, "key": one.key, "before": one.before, "after": one.after, "limit": one.limit}
            for one in grant.caps
        ],
        "amount_cents": grant.amount_cents,
        "shares": [{"journey_id": one.journey_id, "amount_cents": one.amount_cents} for one in grant.shares],
    }


def grant_from_plain(plain: Plain) -> Grant:
    """The grant of plain data. Raises FactsError."""
    _check_keys(plain, _GRANT, "grant")
    for key, keys in _PARTS.items():
        for index, one in enumerate(plain[key]):
            _check_keys(one, keys, f"{key}[{index}]")
    return Grant(
        trip_id=plain["trip_id"],
        policy=plain["policy"],
        scale=plain["scale"],
        steps=tuple(RuleStep(**one) for one in plain["steps"]),
        caps=tuple(CapStep(**one) for one in plain["caps"]),
        amount_cents=plain["amount_cents"],
        shares=tuple(Share(**one) for one in plain["shares"]),
    )


def grant_body(facts: Plain, grant: Grant, campaign: str, closing: int) -> Plain:
    """The body of the register's entry of a grant: `facts` as `facts_to_plain` gives them, `closing` by its number."""
    return {"campaign": campaign, "closing": closing, "facts": facts, "grant": grant_to_plain(grant)}


def check_facts(trip: TripFacts) -> None:
    """Raises FactsError unless the facts are whole and agree with themselves."""
    for field in ("trip_id", "line_id", "driver"):
        _check_text(getattr(trip, field), field)
    for place, where in ((trip.start, "start"), (trip.end, "end")):
        _check_text(place.commune, f"{where}.commune")
        if type(place.stop_id) is not str or type(place.lat_e3) is not int or type(place.lon_e3) is not int:
            raise FactsError(f"{where}: {place} is no place")
    _instant_text(trip.started_at)
    _instant_text(trip.ended_at)
    if trip.ended_at < trip.started_at:
        raise FactsError(f"ended_at: {trip.ended_at} is before started_at, {trip.started_at}")
    for field in ("distance_m", "tolls_cents"):
        _check_count(getattr(trip, field), field)
    for index, one in enumerate(trip.passengers):
        where = f"passengers[{index}]"
        _check_text(one.journey_id, f"{where}.journey_id")
        _check_text(one.person, f"{where}.person")
        if one.is_adult is not None and type(one.is_adult) is not bool:
            raise FactsError(f"{where}.is_adult: {one.is_adult!r} is neither true, false nor null")
        if one.person == trip.driver:
            raise FactsError(f"{where}.person: is the driver")
        if one.evidence_class not in ("A", "B", "C"):
            raise FactsError(f"{where}.evidence_class: {one.evidence_class!r} is none of A, B, C")
        for field in ("distance_m", "fare_cents", "paid_to_driver_cents", "seats"):
            _check_count(getattr(one, field), f"{where}.{field}")
        if one.seats < 1:
            raise FactsError(f"{where}.seats: {one.seats} is less than 1")
    journeys = [one.journey_id for one in trip.passengers]
    if len(journeys) > 1 and journeys != sorted(set(journeys)):
        raise FactsError("passengers: are not in the order of journey_id, each once")
    for digest in trip.evidence:
        _check_text(digest, "evidence")
    if list(trip.evidence) != sorted(set(trip.evidence)):
        raise FactsError("evidence: is not sorted, each hash once")


def _check_text(value: Any, where: str) -> None:
    if type(value) is not str or not value:
        raise FactsError(f"{where}: {value!r} is no text, or empty")


def _check_count(value: Any, where: str) -> None:
    if type(value) is not int or not 0 <= value < 2**53:
        raise FactsError(f"{where}: {value!r} is not a whole number from 0 on")


def _place_to_plain(place: PlaceFacts) -> Plain:
    return {
        "stop_id": place.stop_id,
        "commune": place.commune,
        "lat_e3": place.lat_e3,
        "lon_e3": place.lon_e3,
    }


def _instant_text(at: dt.datetime) -> str:
    if at.microsecond or (at.tzinfo is not dt.UTC and at.utcoffset() != dt.timedelta(0)):
        raise FactsError(f"{at!r} is not an instant in UTC and whole seconds")
    return f"{at.year:04}-{at.month:02}-{at.day:02}T{at.hour:02}:{at.minute:02}:{at.second:02}Z"


def _read_instant(text: Any, where: str) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text)
        if _instant_text(at) == text:
            return at
    except (TypeError, ValueError):
        pass
    raise FactsError(f'{where}: {text!r} is no instant: "2026-10-03T06:15:00Z"')


def _check_keys(plain: Any, keys: frozenset[str], where: str) -> None:
    if type(plain) is not dict or plain.keys() != keys:
        found = set(plain) if type(plain) is dict else set()
        wrong = ", ".join(sorted(found ^ keys)) or type(plain).__name__
        raise FactsError(f"{where}: these fields are missing or unknown: {wrong}")


def _keys(kind: Any) -> frozenset[str]:
    return frozenset(kind.__slots__)


_TRIP, _PASSENGER, _PLACE, _GRANT = _keys(TripFacts), _keys(PassengerFacts), _keys(PlaceFacts), _keys(Grant)
_PARTS = {"steps": _keys(RuleStep), "caps": _keys(CapStep), "shares": _keys(Share)}
