"""Policy versions: the rules a subsidy is granted by, as data. `docs/policies.md` is the manual of the format.

A version is in force from one day on (Europe/Paris) until the next begins. Its hash is the SHA-256 of its canonical
form, in which every field is written out: two files that mean the same have the same hash.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from ticketing.canonical_json import to_canonical
from ticketing.policy_fields import (
    REQUIRED,
    PolicyError,
    day,
    list_of,
    name,
    one_of,
    optional,
    read_fields,
    text,
    whole,
)
from ticketing.policy_rules import (
    CENTS_MAX,
    Amount,
    Condition,
    Rule,
    StartsAndEndsIn,
    read_rule,
    write_rule,
)

TRIPS, AMOUNT, DEROGATIONS = "trips", "amount", "derogations"


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted of granted trips: trips, cents or derogations; of each driver, passenger or campaign; each day,
    month or year (Europe/Paris) of the trip's start, or in a whole campaign."""

    counts: str
    per: str
    during: str
    name: str = field(init=False, compare=False)
    """Such as "trips/driver/day"."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.counts}/{self.per}/{self.during}")


DEROGATION_COUNTER = Counter(DEROGATIONS, "driver", "day")


@dataclass(frozen=True, slots=True)
class Cap:
    """How far a counter may go: further trips earn what is left, or nothing."""

    counter: Counter
    limit: int
    """Trips or cents."""


@dataclass(frozen=True, slots=True)
class Derogation:
    """Trips shorter than `below_m` may earn more than they cost, this many times a day and driver (code des
    transports, L.1231-15)."""

    below_m: int
    trips_per_day: int


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version; made by `read_policy`."""

    campaign: str
    """Whose envelope it is paid from, and what its campaign caps count in."""
    title: str
    valid_from: str
    """The first day, YYYY-MM-DD."""
    valid_until: str | None
    """The first day on which nothing is earned any more; None: no end is known."""
    passenger_fare_cents: int
    """What a passenger pays as the policy was decided: for calculators. What one owes is said by the tariff, and stands
    in the facts."""
    conditions: tuple[Condition, ...]
    amounts: tuple[Amount, ...]
    passengers_max: int | None
    """Of a trip, how many passengers count at most."""
    caps: tuple[Cap, ...]
    derogation: Derogation | None
    zones: dict[str, frozenset[str]]
    hash: str
    """SHA-256 (hex) of the canonical form."""
    canonical: bytes

    def counters(self) -> frozenset[Counter]:
        """What must be counted to grant by it."""
        of_ceiling = frozenset((DEROGATION_COUNTER,)) if self.derogation else frozenset()
        return of_ceiling | {cap.counter for cap in self.caps}


def read_policy(written: Any) -> PolicyVersion:
    """A version from plain data. Raises PolicyError, whose words name the rule and the field."""
    values = read_fields(written, "", _POLICY, _DEFAULTS)
    rules: tuple[Rule, ...] = values["rules"]
    zones = _read_zones(values["zones"])
    _check_zones(rules, zones)
    if values["valid_until"] is not None and values["valid_until"] <= values["valid_from"]:
        raise PolicyError(
            f"valid_until: {values['valid_until']} is not after valid_from, {values['valid_from']}"
        )
    caps: list[Cap] = []
    passengers_max = None
    for index, (cap, most) in enumerate(values["caps"]):
        if cap is None:
            if passengers_max is not None:
                raise PolicyError(f"caps[{index}]: the passengers of a trip are capped twice")
            passengers_max = most
        elif cap in [one.counter for one in caps]:
            raise PolicyError(f"caps[{index}]: {cap.name} is capped twice")
        else:
            caps.append(Cap(cap, most))
    plain = {key: values[key] for key in _POLICY if key not in ("rules", "caps", "ceiling", "zones")}
    derogation = values["ceiling"]
    plain |= {
        "rules": [write_rule(rule) for rule in rules],
        "caps": [_write_cap(*cap) for cap in values["caps"]],
        "ceiling": {
            "derogation_below_m": derogation.below_m,
            "derogation_trips_per_day": derogation.trips_per_day,
        }
        if derogation
        else {},
        "zones": {key: sorted(communes) for key, communes in zones.items()},
    }
    canonical = to_canonical(plain)
    return PolicyVersion(
        campaign=values["campaign"],
        title=values["title"],
        valid_from=values["valid_from"],
        valid_until=values["valid_until"],
        passenger_fare_cents=values["passenger_fare_cents"],
        conditions=tuple(rule for rule in rules if isinstance(rule, Condition)),
        amounts=tuple(rule for rule in rules if isinstance(rule, Amount)),
        passengers_max=passengers_max,
        caps=tuple(caps),
        derogation=derogation,
        zones=zones,
        hash=sha256(canonical).hexdigest(),
        canonical=canonical,
    )


def read_policy_text(content: str, is_json: bool = False) -> PolicyVersion:
    """A version from TOML or JSON. Raises PolicyError."""
    return read_policy(parse_document(content, is_json))


def parse_document(content: str, is_json: bool) -> Any:
    """The data of a TOML or JSON text. Raises PolicyError, with the line."""
    try:
        return json.loads(content) if is_json else tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"this is no {'JSON' if is_json else 'TOML'}: {error}") from error


@cache
def default_policy() -> PolicyVersion:
    """The Region's: `ticketing/policies/bfc.toml`."""
    return read_policy_text((files("ticketing") / "policies" / "bfc.toml").read_text(encoding="utf-8"))


def in_force(versions: Sequence[PolicyVersion], on_day: str) -> PolicyVersion | None:
    """The version a trip that starts on a day (YYYY-MM-DD) is granted by, of versions in the order of `valid_from`: the
    last that has begun, also when it has ended and nothing is earned any more. None: none has begun."""
    found = None
    for version in versions:
        if version.valid_from > on_day:
            break
        found = version
    return found


def _read_cap(written: Any, where: str) -> tuple[Counter | None, int]:
    """A counter, None for the passengers of a trip, and its limit."""
    values = read_fields(written, where, _CAP, dict.fromkeys(_CAP) | {"per": REQUIRED})
    per, during = values["per"], values["during"]
    limits = {
        key: values[key]
        for key in ("trips_max", "amount_cents_max", "passengers_max")
        if values[key] is not None
    }
    if len(limits) != 1:
        raise PolicyError(
            f"{where}: needs one of trips_max, amount_cents_max and passengers_max, not {len(limits)}"
        )
    ((kind, most),) = limits.items()
    if (kind == "passengers_max") != (per == "trip"):
        raise PolicyError(f"{where}.{kind}: passengers are capped per trip, and of a trip nothing else is")
    if per == "trip":
        if during is not None:
            raise PolicyError(f'{where}.during: {during!r} has no meaning for what is capped per "trip"')
        return None, most
    if during is None:
        raise PolicyError(f"{where}.during: is missing: day, month, year or campaign")
    if per == "passenger" and kind == "amount_cents_max":
        raise PolicyError(
            f'{where}.amount_cents_max: amounts are paid to drivers: per "driver" or "campaign"'
        )
    return Counter(AMOUNT if kind == "amount_cents_max" else TRIPS, per, during), most


def _write_cap(counter: Counter | None, most: int) -> dict[str, Any]:
    if counter is None:
        return {"per": "trip", "passengers_max": most}
    limit = "amount_cents_max" if counter.counts == AMOUNT else "trips_max"
    return {"per": counter.per, "during": counter.during, limit: most}


def _read_ceiling(written: Any, where: str) -> Derogation | None:
    values = read_fields(written, where, _CEILING, dict.fromkeys(_CEILING))
    below_m, trips = values["derogation_below_m"], values["derogation_trips_per_day"]
    if (below_m is None) != (trips is None):
        raise PolicyError(f"{where}: derogation_below_m and derogation_trips_per_day go together")
    return None if below_m is None else Derogation(below_m, trips)


def _zones_as_written(value: Any, where: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise PolicyError(f"{where}: {value!r} is not a table of zones")
    return value


def _read_zones(written: dict[str, Any]) -> dict[str, frozenset[str]]:
    read_communes = list_of(text, 1)
    return {
        name(key, f"zones.{key}"): frozenset(read_communes(communes, f"zones.{key}"))
        for key, communes in written.items()
    }


def _check_zones(rules: tuple[Rule, ...], zones: dict[str, frozenset[str]]) -> None:
    for index, rule in enumerate(rules):
        for one in (rule, *(rule.when if isinstance(rule, Amount) else ())):
            for zone in one.zones if isinstance(one, StartsAndEndsIn) else ():
                if zone not in zones:
                    known = ", ".join(sorted(zones)) or "none"
                    raise PolicyError(
                        f"rules[{index}] ({rule.rule}).zones: there is no zone {zone!r}; there is: {known}"
                    )


_CAP = {
    "per": one_of("driver", "passenger", "campaign", "trip"),
    "during": one_of("day", "month", "year", "campaign"),
    "trips_max": whole(0, 10_000_000, "trips"),
    "amount_cents_max": whole(0, CENTS_MAX * 1000, "cents"),
    "passengers_max": whole(1, 100),
}
_CEILING = {
    "derogation_below_m": whole(1, 15_000, "metres"),
    "derogation_trips_per_day": whole(0, 2, "trips"),
}
"""Narrower than the law is possible, wider is not."""
_POLICY = {
    "campaign": name,
    "title": text,
    "valid_from": day,
    "valid_until": optional(day),
    "passenger_fare_cents": whole(0, 100_000, "cents"),
    "rules": list_of(read_rule),
    "caps": list_of(_read_cap),
    "ceiling": _read_ceiling,
    "zones": _zones_as_written,
}
_DEFAULTS = {
    "campaign": REQUIRED,
    "title": REQUIRED,
    "valid_from": REQUIRED,
    "valid_until": None,
    "passenger_fare_cents": REQUIRED,
    "rules": REQUIRED,
    "caps": (),
    "ceiling": None,
    "zones": {},
}
