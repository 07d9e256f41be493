"""The small rules a policy is made of.

A *condition* says which passengers of a trip count: those it is given, fewer, or none, when it is about the trip and
the trip does not meet it. An *amount* says what a trip earns for the passengers that count. All is whole numbers, also
distances on the map, so that every machine gets the same cents.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from ticketing.facts import PassengerFacts, PlaceFacts, TripFacts
from ticketing.money import euros, per_km
from ticketing.policy_fields import (
    REQUIRED,
    PolicyError,
    Reader,
    clock,
    list_of,
    name,
    one_of,
    optional,
    read_fields,
    text,
    whole,
)

DISTANCE_M_MAX = 2_000_000
CENTS_MAX = 100_000_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Passengers = tuple[PassengerFacts, ...]


class Setting(NamedTuple):
    """What conditions look at besides passengers."""

    trip: TripFacts
    started: dt.datetime
    """Its start, on the clock of Paris."""
    zones: Mapping[str, frozenset[str]]
    """The communes (INSEE) of the policy's zones."""


def _field(reader: Reader, default: Any = REQUIRED) -> Any:
    if default is REQUIRED:
        return field(metadata={"reader": reader})
    return field(default=default, metadata={"reader": reader})


class Condition(ABC):
    """A rule about which passengers count."""

    __slots__ = ()
    rule: ClassVar[str]

    @abstractmethod
    def keep(self, setting: Setting, passengers: Passengers) -> Passengers:
        """Those of them that count, in their order."""

    @abstractmethod
    def words(self) -> str:
        """What it asks for."""


@dataclass(frozen=True, slots=True)
class Distance(Condition):
    """The vehicle's distance is at least `min_m`, and less than `max_m`."""

    rule: ClassVar[str] = "distance"
    min_m: int = _field(whole(0, DISTANCE_M_MAX, "metres"), 0)
    max_m: int | None = _field(optional(whole(1, DISTANCE_M_MAX, "metres")), None)

    def keep(self, setting: Setting, passengers: Passengers) -> Passengers:
        distance_m = setting.trip.distance_m
        meets = distance_m >= self.min_m and (self.max_m is None or distance_m < self.max_m)
        return passengers if meets else ()

    def words(self) -> str:
        to = "" if self.max_m is None else f" and less than {self.max_m} m"
        return f"the vehicle drove at least {self.min_m} m{to}"


@dataclass(frozen=True, slots=True)
class StartsAndEndsIn(Condition):
    """The trip is on one of the lines, and starts and ends in the communes, given one by one or as zones of the policy.

    What is left empty asks for nothing.
    """

    rule: ClassVar[str] = "starts_and_ends_in"
    lines: tuple[str, ...] = _field(list_of(text), ())
    communes: tuple[str, ...] = _field(list_of(text), ())
    zones: tuple[str, ...] = _field(list_of(name), ())

    def keep(self, setting: Setting, passengers: Passengers) -> Passengers:
        trip = setting.trip
        if self.lines and trip.line_id not in self.lines:
            return ()
        if not self.communes and not self.zones:
            return passengers
        for commune in (trip.start.commune, trip.end.commune):
            if commune not in self.communes and not any(
                commune in setting.zones[zone] for zone in self.zones
            ):
                return ()
        return passengers

    def words(self) -> str:
        parts = [f"is on a line of {', '.join(self.lines)}"] if self.lines else []
        if self.communes or self.zones:
            parts.append(f"starts and ends in {', '.join((*self.zones, *self.communes))}")
        return f"the trip {' and '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Within(Condition):
    """An end of the trip is at most `radius_m` from a place (thousandths of a degree WGS84), as the crow flies."""

    rule: ClassVar[str] = "within"
    lat_e3: int = _field(whole(-90_000, 90_000, "thousandths of a degree"))
    lon_e3: int = _field(whole(-180_000, 180_000, "thousandths of a degree"))
    radius_m: int = _field(whole(1, 200_000, "metres"))
    end: str = _field(one_of("start", "end", "either", "both"), "either")

    def keep(self, setting: Setting, passengers: Passengers) -> Passengers:
        trip = setting.trip
        starts, ends = self._is_near(trip.start), self._is_near(trip.end)
        meets = {"start": starts, "end": ends, "either": starts or ends, "both": starts and ends}
        return passengers if meets[self.end] else ()

    def _is_near(self, place: PlaceFacts) -> bool:
        return distance_mm_squared(self.lat_e3, self.lon_e3, place) <= (self.radius_m * 1000) ** 2

    def words(self) -> str:
        which = {
            "start": "the start",
            "end": "the end",
            "either": "the start or the end",
            "both": "both ends",
        }
        return (
            f"{which[self.end]} is within {self.radius_m} m of {self.lat_e3}, {self.lon_e3} (degrees / 1000)"
        )


MM_PER_DEGREE_E3 = 111_195
"""Millimetres of a thousandth of a degree of latitude on a sphere of 6 371 009 m (IUGG mean radius)."""

_ONE = 10**12


@lru_cache(maxsize=1024)
def cosine_e12(degrees_e3: int) -> int:
    """The cosine of an angle in thousandths of a degree, times 10^12, by its power series in whole numbers."""
    angle = degrees_e3 * 3_141_592_653_590 // 180_000
    term = total = _ONE
    for n in range(1, 12):
        term = -term * angle * angle // (_ONE * _ONE * (2 * n - 1) * (2 * n))
        total += term
    return total


def distance_mm_squared(lat_e3: int, lon_e3: int, place: PlaceFacts) -> int:
    """The square of the distance in millimetres, on the plane that touches the Earth at the first place: good to half a
    percent within 100 km at our latitudes, and the same on every machine."""
    north_mm = (place.lat_e3 - lat_e3) * MM_PER_DEGREE_E3
    east_mm = (place.lon_e3 - lon_e3) * MM_PER_DEGREE_E3 * cosine_e12(lat_e3) // _ONE
    return north_mm * north_mm + east_mm * east_mm


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """Hours of some days, on the clock of Paris. One that ends before it begins goes on after midnight, and what is
    after midnight belongs to the day the slot began on."""

    weekdays: tuple[str, ...] = _field(list_of(one_of(*WEEKDAYS), 1), WEEKDAYS)
    begins: str = _field(clock, "00:00")
    """Included."""
    ends: str = _field(clock, "24:00")
    """Not included."""

    def holds(self, local: dt.datetime) -> bool:
        """Whether a moment on the clock of Paris is in it."""
        begins, ends = _minutes(self.begins), _minutes(self.ends)
        minute, today = local.hour * 60 + local.minute, WEEKDAYS[local.weekday()]
        if begins < ends:
            return begins <= minute < ends and today in self.weekdays
        if minute >= begins:
            return today in self.weekdays
        return minute < ends and WEEKDAYS[local.weekday() - 1] in self.weekdays

    def words(self) -> str:
        days = "every day" if self.weekdays == WEEKDAYS else " ".join(self.weekdays)
        return f"{days} {self.begins}-{self.ends}"


def _minutes(words: str) -> int:
    return int(words[:2]) * 60 + int(words[3:])


def _time_slot(written: Any, where: str) -> TimeSlot:
    slot = TimeSlot(**read_fields(written, where, *_specification(TimeSlot)))
    if slot.begins == slot.ends or slot.begins == "24:00":
        raise PolicyError(f"{where}: a slot from {slot.begins} to {slot.ends} holds nothing")
    return slot


@dataclass(frozen=True, slots=True)
class TimeSlots(Condition):
    """The trip starts in one of the slots."""

    rule: ClassVar[str] = "time_slots"
    slots: tuple[TimeSlot, ...] = _field(list_of(_time_slot, 1))

    def keep(self, setting: Setting, passengers: Passengers) -> Passengers:
        return passengers if any(slot.holds(setting.started) for slot in self.slots) else ()

    def words(self) -> str:
        return f"the trip starts {' or '.join(slot.words() for slot in self.slots)} (Europe/Paris)"


@dataclass(frozen=True, slots=True)
class EvidenceAtLeast(Condition):
    """The passenger's part is proven at least this well: C is better than B, B than A."""

    rule: ClassVar[str] = "evidence"
    at_least: str = _field(one_of("A", "B", "C"))

    def keep(self, setting: Setting, passengers: Passengers) -> Passengers:
        return tuple(one for one in passengers if one.evidence_class >= self.at_least)

    def words(self) -> str:
        return f"the passenger's part is proven by evidence of class {self.at_least} at least"


@dataclass(frozen=True, slots=True)
class AdultOnly(Condition):
    """The passenger is known to be an adult: of unknown age is not enough."""

    rule: ClassVar[str] = "adult_only"

    def keep(self, setting: Setting, passengers: Passengers) -> Passengers:
        return tuple(one for one in passengers if one.is_adult is True)

    def words(self) -> str:
        return "the passenger is known to be an adult"


def _condition(written: Any, where: str) -> Condition:
    read: Condition = _read_rule(written, where, {one.rule: one for one in CONDITIONS})
    return read


class Amount(ABC):
    """A rule about what a trip earns."""

    __slots__ = ()
    rule: ClassVar[str]
    when: tuple[Condition, ...]

    @abstractmethod
    def cents(self, trip: TripFacts, passenger_count: int) -> tuple[int, str]:
        """What it adds when this many passengers count (more than none), and how that comes about."""


@dataclass(frozen=True, slots=True)
class PerKm(Amount):
    """So much for each kilometre of the vehicle's trip, once, however many passengers: of the metres after the first
    `offset_m`, at most `limit_m`."""

    rule: ClassVar[str] = "per_km"
    amount_cents: int = _field(whole(0, 10_000, "cents"))
    offset_m: int = _field(whole(0, DISTANCE_M_MAX, "metres"), 0)
    limit_m: int | None = _field(optional(whole(1, DISTANCE_M_MAX, "metres")), None)
    when: tuple[Condition, ...] = _field(list_of(_condition), ())

    def cents(self, trip: TripFacts, passenger_count: int) -> tuple[int, str]:
        paid_m = max(trip.distance_m - self.offset_m, 0)
        if self.limit_m is not None:
            paid_m = min(paid_m, self.limit_m)
        return per_km(paid_m, self.amount_cents), f"{paid_m} m at {euros(self.amount_cents)} a kilometre"


@dataclass(frozen=True, slots=True)
class PerPassenger(Amount):
    """So much for each passenger from the `from_nth` on, for `at_most` of them."""

    rule: ClassVar[str] = "per_passenger"
    amount_cents: int = _field(whole(0, 100_000, "cents"))
    from_nth: int = _field(whole(1, 100), 2)
    at_most: int | None = _field(optional(whole(1, 100)), None)
    when: tuple[Condition, ...] = _field(list_of(_condition), ())

    def cents(self, trip: TripFacts, passenger_count: int) -> tuple[int, str]:
        paid = max(passenger_count - self.from_nth + 1, 0)
        if self.at_most is not None:
            paid = min(paid, self.at_most)
        return (
            paid * self.amount_cents,
            f"{paid} of {passenger_count} passengers at {euros(self.amount_cents)}",
        )


CONDITIONS: tuple[type[Condition], ...] = (
    Distance,
    StartsAndEndsIn,
    Within,
    TimeSlots,
    EvidenceAtLeast,
    AdultOnly,
)
AMOUNTS: tuple[type[Amount], ...] = (PerKm, PerPassenger)

Rule = Condition | Amount


def read_rule(written: Any, where: str) -> Rule:
    """A condition or an amount. Raises PolicyError."""
    kinds: dict[str, type[Rule]] = {one.rule: one for one in CONDITIONS}
    read: Rule = _read_rule(written, where, kinds | {one.rule: one for one in AMOUNTS})
    return read


def _read_rule(written: Any, where: str, kinds: Mapping[str, type[Any]]) -> Any:
    word = written.get("rule") if type(written) is dict else None
    kind = kinds.get(word) if type(word) is str else None
    if kind is None:
        raise PolicyError(f"{where}.rule: {word!r} is no rule here; there is: {', '.join(sorted(kinds))}")
    where = f"{where} ({word})"
    made = kind(**read_fields(written, where, *_specification(kind), extra="rule"))
    if isinstance(made, Distance) and made.max_m is not None and made.max_m <= made.min_m:
        raise PolicyError(
            f"{where}.max_m: {made.max_m} is not more than min_m, {made.min_m}: no trip could meet it"
        )
    if isinstance(made, StartsAndEndsIn) and not (made.lines or made.communes or made.zones):
        raise PolicyError(f"{where}: names neither lines nor communes nor zones: it would ask for nothing")
    return made


def _specification(kind: type[Any]) -> tuple[dict[str, Reader], dict[str, Any]]:
    made = {one.name: one for one in fields(kind)}
    readers = {key: one.metadata["reader"] for key, one in made.items()}
    return readers, {key: REQUIRED if one.default is MISSING else one.default for key, one in made.items()}


def write_rule(rule: Any) -> dict[str, Any]:
    """A rule, or a part of one, as plain data with every field written out: what `read_rule` reads."""
    written = {one.name: _plain(getattr(rule, one.name)) for one in fields(rule)}
    return {"rule": rule.rule} | written if hasattr(rule, "rule") else written


def _plain(value: Any) -> Any:
    if type(value) is tuple:
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, int | str) else write_rule(value)
