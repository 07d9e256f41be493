"""The slow, obvious twin of `ticketing.subsidy`: fractions, policies as they are written, and no counters: everything
is counted again, for every trip, from all trips granted before it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from ticketing.facts import PassengerFacts, PlaceFacts, TripFacts
from ticketing.subsidy_policy import Counter

PARIS = ZoneInfo("Europe/Paris")
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True)
class Past:
    """A trip that was granted something, and not taken back."""

    trip: TripFacts
    campaign: str
    cents: int
    persons: frozenset[str]
    over_costs: bool


@dataclass(frozen=True)
class Result:
    """What a trip earns."""

    cents: int
    shares: dict[str, int]
    past: Past


def grant(
    trip: TripFacts, policies: Sequence[dict[str, Any]], scales: Sequence[dict[str, Any]], past: list[Past]
) -> Result:
    """`policies` and `scales` as they are written, in the order of publication; `past`: all that was granted before."""
    local = trip.started_at.astimezone(PARIS)
    day = local.strftime("%Y-%m-%d")
    policy = _latest(policies, day)
    scale = _latest(scales, day)
    campaign = policy["campaign"]
    meeting = list(trip.passengers)
    for rule in policy["rules"]:
        if rule["rule"] not in ("per_km", "per_passenger"):
            meeting = [one for one in meeting if _meets(rule, trip, one, policy)]
    if policy.get("valid_until") and day >= policy["valid_until"]:
        meeting = []

    def spent(cap: dict[str, Any], who: str) -> int:
        found = [one for one in past if _same_window(one, cap["during"], local, campaign)]
        if cap["per"] == "driver":
            found = [one for one in found if one.trip.driver == who]
        if cap["per"] == "passenger":
            found = [one for one in found if who in one.persons]
        if cap["per"] == "campaign":
            found = [one for one in found if one.campaign == campaign]
        return len(found) if "trips_max" in cap else sum(one.cents for one in found)

    caps = policy.get("caps", [])
    counted = _first_seats(meeting, caps)
    cents = _amount(trip, policy, counted)
    if cents > 0:
        free = [
            one
            for one in meeting
            if all(spent(cap, one.person) < cap["trips_max"] for cap in caps if cap["per"] == "passenger")
        ]
        counted = _first_seats(free, caps)
        cents = _amount(trip, policy, counted)
    costs = Fraction(trip.distance_m, 1000) * Fraction(scale["millieuros_per_km"], 10) + trip.tolls_cents
    ceiling = max(math.floor(costs - sum(one.paid_to_driver_cents for one in trip.passengers)), 0)
    if cents > ceiling and not _derogates(trip, policy, local, past):
        cents = ceiling
    for cap in caps:
        if cap["per"] in ("driver", "campaign"):
            before = spent(cap, trip.driver)
            if "trips_max" in cap:
                cents = cents if before < cap["trips_max"] else 0
            else:
                cents = min(cents, max(cap["amount_cents_max"] - before, 0))
    shares = _shares(cents, counted) if cents else {}
    persons = frozenset(one.person for one in counted)
    return Result(cents, shares, Past(trip, campaign, cents, persons, cents > ceiling))


def count_again(past: list[Past], counters: Iterable[Counter]) -> dict[tuple[str, str], int]:
    """Where counters stand, all that is not 0."""
    counted: dict[tuple[str, str], int] = {}
    for one in past:
        local = one.trip.started_at.astimezone(PARIS)
        windows = {
            "day": local.strftime("%Y-%m-%d"),
            "month": local.strftime("%Y-%m"),
            "year": local.strftime("%Y"),
            "campaign": one.campaign,
        }
        people = {
            "driver": [one.trip.driver],
            "passenger": sorted(one.persons),
            "campaign": [one.campaign],
        }
        for counter in counters:
            step = {"trips": 1, "amount": one.cents, "derogations": int(one.over_costs)}[counter.counts]
            for person in people[counter.per] if step else ():
                key = (counter.name, f"{counter.per}:{person}/{windows[counter.during]}")
                counted[key] = counted.get(key, 0) + step
    return counted


def _latest(versions: Sequence[dict[str, Any]], day: str) -> dict[str, Any]:
    begun = [one for one in versions if one["valid_from"] <= day]
    return max(enumerate(begun), key=lambda pair: (pair[1]["valid_from"], pair[0]))[1]


def _same_window(one: Past, during: str, local: dt.datetime, campaign: str) -> bool:
    if during == "campaign":
        return one.campaign == campaign
    pattern = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[during]
    return one.trip.started_at.astimezone(PARIS).strftime(pattern) == local.strftime(pattern)


def _derogates(trip: TripFacts, policy: dict[str, Any], local: dt.datetime, past: list[Past]) -> bool:
    ceiling = policy.get("ceiling") or {}
    if not ceiling or trip.distance_m >= ceiling["derogation_below_m"]:
        return False
    used = [
        one
        for one in past
        if one.over_costs and one.trip.driver == trip.driver and _same_window(one, "day", local, "")
    ]
    return len(used) < ceiling["derogation_trips_per_day"]


def _meets(rule: dict[str, Any], trip: TripFacts, passenger: PassengerFacts, policy: dict[str, Any]) -> bool:
    local = trip.started_at.astimezone(PARIS)
    kind = rule["rule"]
    if kind == "distance":
        most = rule.get("max_m")
        return trip.distance_m >= rule.get("min_m", 0) and (most is None or trip.distance_m < most)
    if kind == "starts_and_ends_in":
        communes = set(rule.get("communes", []))
        for zone in rule.get("zones", []):
            communes |= set(policy["zones"][zone])
        on_line = not rule.get("lines") or trip.line_id in rule["lines"]
        return on_line and (not communes or {trip.start.commune, trip.end.commune} <= communes)
    if kind == "within":
        near = [
            _metres(rule["lat_e3"], rule["lon_e3"], place) <= rule["radius_m"]
            for place in (trip.start, trip.end)
        ]
        return {"start": near[0], "end": near[1], "both": all(near), "either": any(near)}[
            rule.get("end", "either")
        ]
    if kind == "time_slots":
        return any(_in_slot(slot, local) for slot in rule["slots"])
    if kind == "evidence":
        return "ABC".index(passenger.evidence_class) >= "ABC".index(rule["at_least"])
    assert kind == "adult_only", kind
    return passenger.is_adult is not None and passenger.is_adult


def _metres(lat_e3: int, lon_e3: int, place: PlaceFacts) -> float:
    radius_m = 6_371_008.8
    north = math.radians((place.lat_e3 - lat_e3) / 1000) * radius_m
    east = math.radians((place.lon_e3 - lon_e3) / 1000) * radius_m * math.cos(math.radians(lat_e3 / 1000))
    return math.hypot(north, east)


def _in_slot(slot: dict[str, Any], local: dt.datetime) -> bool:
    """How many minutes of the clock after midnight of each day the slot begins on, and whether that is within it."""
    begins, ends = ((int(slot[key][:2]) * 60 + int(slot[key][3:])) for key in ("begins", "ends"))
    if ends <= begins:
        ends += 24 * 60
    since = [(local.weekday() - DAYS.index(day)) % 7 for day in slot.get("weekdays", DAYS)]
    return any(days * 1440 + local.hour * 60 + local.minute in range(begins, ends) for days in since)


def _first_seats(passengers: list[PassengerFacts], caps: list[dict[str, Any]]) -> list[PassengerFacts]:
    """One seat after the other, as long as the policy pays for it."""
    most = next((cap["passengers_max"] for cap in caps if cap["per"] == "trip"), 10**9)
    seats: dict[str, int] = {}
    counted = []
    for one in passengers:
        mine = 0
        for _ in range(one.seats):
            adds = mine + 1 > seats.get(one.person, 0)
            if adds and sum(seats.values()) >= most:
                break
            mine += 1
            if adds:
                seats[one.person] = mine
        if mine:
            counted.append(replace(one, seats=mine))
    return counted


def _people(passengers: list[PassengerFacts]) -> int:
    return sum(
        max(one.seats for one in passengers if one.person == person)
        for person in {one.person for one in passengers}
    )


def _amount(trip: TripFacts, policy: dict[str, Any], counted: list[PassengerFacts]) -> int:
    total = 0
    for rule in policy["rules"]:
        these = [
            one
            for one in counted
            if all(_meets(condition, trip, one, policy) for condition in rule.get("when", []))
        ]
        if not these:
            continue
        if rule["rule"] == "per_km":
            metres = max(trip.distance_m - rule.get("offset_m", 0), 0)
            if rule.get("limit_m") is not None:
                metres = min(metres, rule["limit_m"])
            total += math.floor(Fraction(metres, 1000) * rule["amount_cents"] + Fraction(1, 2))
        if rule["rule"] == "per_passenger":
            paid = [nth for nth in range(1, _people(these) + 1) if nth >= rule.get("from_nth", 2)]
            if rule.get("at_most") is not None:
                paid = paid[: rule["at_most"]]
            total += len(paid) * rule["amount_cents"]
    return total


def _shares(cents: int, counted: list[PassengerFacts]) -> dict[str, int]:
    weights = [Fraction(one.distance_m * one.seats) for one in counted]
    if not any(weights):
        weights = [Fraction(1)] * len(counted)
    exact = [cents * weight / sum(weights) for weight in weights]
    parts = [math.floor(one) for one in exact]
    while sum(parts) < cents:
        lacking = max(range(len(parts)), key=lambda index: (exact[index] - parts[index], -index))
        parts[lacking] += 1
    return {one.journey_id: part for one, part in zip(counted, parts, strict=True)}
