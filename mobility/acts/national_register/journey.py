"""A journey as the national register wants it (API v3.3). Who it was is only worked out here, when it is sent.

Amounts are cents. Before the grant of its trip a journey's incentive is the estimate that its driver sees too, since
the register takes no journey later than 24 hours; after the grant it is told what was granted, by an update.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ground.paris import paris_day
from mobility.accounts.person import Person

Json = dict[str, Any]

ID = re.compile(r"[a-z0-9]{1,256}", re.ASCII)
PHONE = re.compile(r"\+[0-9]{10,14}", re.ASCII)

UPDATED = ("operator_trip_id", "operator_class", "incentives", "start", "end", "distance")
"""What an update may change."""

_LETTERS = str.maketrans(
    {"Æ": "AE", "Œ": "OE", "Ø": "O", "Đ": "D", "Ð": "D", "Ł": "L", "Þ": "TH", "ẞ": "SS", "Ħ": "H", "Ŧ": "T"}
)
"""Letters that are no letter with an accent; the other ones Unicode takes apart."""


class JourneyUnsendableError(Exception):
    """A journey lacks what the register asks for; the message says what, and nothing about anybody."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One passenger's part of a proven trip. Instants are aware, UTC; people None: nobody we know."""

    id: str
    trip_id: str
    evidence_class: str
    started_at: dt.datetime
    start: tuple[float, float]
    """Latitude and longitude."""
    ended_at: dt.datetime
    end: tuple[float, float]
    distance_m: int
    driver_id: str
    passenger_id: str
    driver: Person | None
    passenger: Person | None
    contribution_cents: int
    incentive_cents: int
    is_granted: bool
    """Whether the incentive is what was granted; else it is an estimate."""
    seats: int = 1


def describe_journey(journey: Journey, identifier: str, siret: str) -> Json:
    """The body of POST /journeys, under an identifier. Raises JourneyUnsendableError."""
    if not ID.fullmatch(identifier):
        raise JourneyUnsendableError(
            "the journey's id is not made of small letters and digits, at most 256 of them"
        )
    incentive = {"index": 0, "amount": journey.incentive_cents, "siret": siret}
    passenger = describe_identity(journey.passenger, "passenger")
    if journey.passenger is not None:
        passenger["over_18"] = journey.passenger.is_adult_on(paris_day(journey.started_at))
    return {
        "operator_journey_id": identifier,
        "operator_trip_id": journey.trip_id,
        "operator_class": journey.evidence_class,
        "incentives": [incentive] if journey.incentive_cents else [],
        "start": _place(journey.started_at, journey.start),
        "end": _place(journey.ended_at, journey.end),
        "distance": journey.distance_m,
        "driver": {
            "identity": describe_identity(journey.driver, "driver"),
            "revenue": journey.incentive_cents,
        },
        "passenger": {
            "identity": passenger,
            "contribution": journey.contribution_cents,
            "seats": journey.seats,
        },
    }


def updatable(body: Json) -> Json:
    """The part of a body that an update may change; nobody's identity is in it."""
    return {name: body[name] for name in UPDATED}


def describe_identity(person: Person | None, role: str) -> Json:
    """Somebody, by a hash of phone and family name, a phone without its end, and a pseudonym. Raises
    JourneyUnsendableError."""
    if person is None or person.is_erased:
        raise JourneyUnsendableError(
            f"{role}: nobody with an account here, so that phone and name are not known"
        )
    if not PHONE.fullmatch(person.phone):
        raise JourneyUnsendableError(f"{role}: no phone number is known")
    return {
        "identity_key": identity_key(person.phone, person.family_name, role),
        "phone_trunc": person.phone[:-2],
        "operator_user_id": person.pseudonym,
    }


def identity_key(phone: str, family_name: str, role: str = "person") -> str:
    """SHA-256 (hex) of `{phone}-{NAME}`. `phone`: E.164. Raises JourneyUnsendableError."""
    name = plain_name(family_name)
    if not name:
        raise JourneyUnsendableError(f"{role}: no family name in Latin letters is known")
    return sha256(f"{phone}-{name}".encode()).hexdigest()


def plain_name(family_name: str) -> str:
    """A family name in capitals A to Z: without accents, and a space for whatever is no letter.

    The register's example: "D'Hérûg-de-l'Hérault" is "D HERUG DE L HERAULT".
    """
    capitals = family_name.upper().translate(_LETTERS)
    letters = (one for one in unicodedata.normalize("NFKD", capitals) if not unicodedata.combining(one))
    return " ".join("".join(one if "A" <= one <= "Z" else " " for one in letters).split())


def without_identity(body: Json, role: str) -> Json:
    """A body with nothing left of who its driver or passenger was."""
    if role not in body:
        return body
    return body | {role: {**body[role], "identity": {}}}


def _place(at: dt.datetime, place: tuple[float, float]) -> Json:
    lat, lon = place
    return {
        "datetime": f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "lat": round(lat, 6),
        "lon": round(lon, 6),
    }
