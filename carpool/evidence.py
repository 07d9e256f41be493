"""Evidence: what a phone says of a trip, signed and dated by its own clock, understood without any other statement.

A trip's identifier is chosen by the driver's phone and bound to its key (`trip_id`), so that it works without a
network and only that phone can begin it. The payload of a statement is a JSON object; docs/logging-trips.md has
every field with examples.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from carpool.device import Device, EvidenceError, Signed, is_hex, read_signed
from carpool.token import Token, read_token
from carpool.trip import Fix

BYTES_MAX = 64 * 1024
"""Of one statement: some 2,000 positions."""

FIXES_MAX = 2_000

_FIRST_S, _LAST_S = (int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in (2020, 2101))
"""What a phone's clock says that is anything but broken."""


class Kind(StrEnum):
    """What a statement is about."""

    START = "start"
    """The driver sets out on a line."""
    POSITIONS = "positions"
    SCAN = "scan"
    """This phone scanned another one's token."""
    BOARD = "board"
    ALIGHT = "alight"
    END = "end"
    """The driver has arrived."""
    DECLARATION = "declaration"
    """The driver declares afterwards what was driven; nothing else shows it."""


class Moment(StrEnum):
    """When a token was scanned."""

    BOARD = "board"
    ALIGHT = "alight"


@dataclass(frozen=True, slots=True)
class DeclaredPassage:
    """What a declaration says of one passenger."""

    booking: str
    from_stop: str
    to_stop: str
    board_at: dt.datetime
    alight_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, read. Instants are aware, UTC, by the device's clock."""

    hash: str
    """SHA-256 (hex) of its bytes as received."""
    kind: Kind
    device: str
    trip: str
    seq: int
    """Of the device within the trip, from 0: a gap is a statement that is still to come."""
    at: dt.datetime
    fixes: tuple[Fix, ...] = ()
    """Where the device was, by time."""
    stop: str = ""
    """The stop it is at, as its owner says; "": not said."""
    line: str = ""
    ride: str = ""
    booking: str = ""
    token: Token | None = None
    moment: Moment | None = None
    to_stop: str = ""
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    """These three are a declaration's, with `stop`, where it began."""
    passages: tuple[DeclaredPassage, ...] = ()
    begins_trip: bool = False
    """Its device is the one the trip's identifier is bound to."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A statement with what the server knows of it."""

    statement: Statement
    person: str
    """Whose device it was."""
    received_at: dt.datetime
    reason: str = ""
    """Why it comes late, in the words of whoever sent it; "": none given."""


def trip_id(device: str, nonce: str) -> str:
    """The identifier of the trip that a device begins with a nonce (32 random hex digits): 32 hex digits."""
    return hashlib.sha256(f"{device}:{nonce}".encode()).hexdigest()[:32]


def evidence_hash(data: bytes) -> str:
    """What evidence is addressed by for ever: SHA-256 (hex) of its bytes as received."""
    return hashlib.sha256(data).hexdigest()


def take_apart(data: bytes) -> Signed:
    """A statement whose signature is not looked at yet. Raises EvidenceError."""
    if len(data) > BYTES_MAX:
        raise EvidenceError("too-large", f"{len(data):,} bytes; a statement has at most {BYTES_MAX:,}")
    return read_signed(data)


def read_statement(data: bytes, device: Device) -> Statement:
    """Verify and read a statement of a device. Raises EvidenceError."""
    return understand(take_apart(data), evidence_hash(data), device)


def understand(signed: Signed, hash_: str, device: Device) -> Statement:
    """Verify and read what was taken apart, with the hash of its bytes. Raises EvidenceError."""
    signed.verify(device.public_key)
    return _read(signed, hash_, device)


def reread_statement(data: bytes, hash_: str, device: Device) -> Statement:
    """Read a statement that was verified when it came in, and whose bytes nobody could change since. Raises
    EvidenceError when its device was withdrawn before the time it gives."""
    signed = read_signed(data)
    if signed.device != device.id:
        raise EvidenceError("bad-signature", "it is another device's")
    return _read(signed, hash_, device)


def _read(signed: Signed, hash_: str, device: Device) -> Statement:
    statement = _Reader(signed.payload).statement(hash_, device.id)
    if device.revoked_at is not None and statement.at > device.revoked_at:
        raise EvidenceError("device-revoked", "the device was withdrawn before this was signed")
    return statement


_FIELDS: dict[Kind, frozenset[str]] = {
    Kind.START: frozenset(("line", "ride", "nonce", "fix", "stop")),
    Kind.POSITIONS: frozenset(("fixes",)),
    Kind.SCAN: frozenset(("token", "moment", "fix", "booking")),
    Kind.BOARD: frozenset(("fix", "stop", "booking")),
    Kind.ALIGHT: frozenset(("fix", "stop", "booking")),
    Kind.END: frozenset(("fix", "stop")),
    Kind.DECLARATION: frozenset(("line", "ride", "nonce", "from", "to", "starts", "ends", "passengers")),
}
_OF_ALL = frozenset(("v", "kind", "trip", "seq", "at"))


class _Reader:
    """Reads one payload field by field; whatever is wrong is named."""

    def __init__(self, payload: dict[str, Any]) -> None:
        self._payload = payload

    def statement(self, hash_: str, device: str) -> Statement:
        if self._payload.get("v") != 1:
            raise self._error("v", "1 is the version that is read")
        try:
            kind = Kind(self._text("kind", 16))
        except ValueError:
            raise self._error("kind", f"one of {', '.join(Kind)}") from None
        unknown = set(self._payload) - _OF_ALL - _FIELDS[kind]
        if unknown:
            raise self._error(min(unknown), f"{kind} has no such field")
        trip = self._text("trip", 32)
        if not is_hex(trip, 32):
            raise self._error("trip", "32 hexadecimal digits, small letters")
        begins = kind in (Kind.START, Kind.DECLARATION)
        if begins and trip_id(device, self._text("nonce", 64)) != trip:
            raise self._error(
                "trip", "is not that of this device and nonce: only the phone that chose it begins it"
            )
        read = Statement(
            hash=hash_,
            kind=kind,
            device=device,
            trip=trip,
            seq=self._whole("seq", self._payload.get("seq"), 0, 2**31 - 1),
            at=self._instant("at", self._payload.get("at")),
            fixes=self._fixes(kind),
            stop=self._text("from" if kind is Kind.DECLARATION else "stop", 64, kind is Kind.DECLARATION),
            line=self._text("line", 64, begins),
            ride=self._text("ride", 64, False),
            booking=self._text("booking", 64, False),
            token=self._token(kind, trip),
            moment=self._moment(kind),
            begins_trip=begins,
        )
        return self._declared(read) if kind is Kind.DECLARATION else read

    def _declared(self, read: Statement) -> Statement:
        starts, ends = (self._instant(name, self._payload.get(name)) for name in ("starts", "ends"))
        if ends <= starts:
            raise self._error("ends", "later than starts")
        listed = self._payload.get("passengers")
        if not isinstance(listed, list) or len(listed) > 8:
            raise self._error("passengers", "a list of at most 8")
        return replace(
            read,
            starts_at=starts,
            ends_at=ends,
            to_stop=self._text("to", 64, True),
            passages=tuple(_Reader(self._one(item))._passage() for item in listed),
        )

    def _one(self, item: Any) -> dict[str, Any]:
        if not isinstance(item, dict) or set(item) != {"booking", "from", "to", "board", "alight"}:
            raise self._error("passengers", "of each: booking, from, to, board, alight")
        return item

    def _passage(self) -> DeclaredPassage:
        board, alight = (self._instant(name, self._payload.get(name)) for name in ("board", "alight"))
        booking, begin, end = (self._text(name, 64, True) for name in ("booking", "from", "to"))
        return DeclaredPassage(booking, begin, end, board, alight)

    def _token(self, kind: Kind, trip: str) -> Token | None:
        if kind is not Kind.SCAN:
            return None
        token = read_token(self._text("token", 256))
        if token.trip != trip:
            raise EvidenceError("bad-token", "the QR code is that of another trip")
        return token

    def _moment(self, kind: Kind) -> Moment | None:
        if kind is not Kind.SCAN:
            return None
        try:
            return Moment(self._text("moment", 16))
        except ValueError:
            raise self._error("moment", "board or alight") from None

    def _fixes(self, kind: Kind) -> tuple[Fix, ...]:
        if kind is Kind.POSITIONS:
            listed = self._payload.get("fixes")
            if not isinstance(listed, list) or not 1 <= len(listed) <= FIXES_MAX:
                raise self._error("fixes", f"a list of 1 to {FIXES_MAX:,} positions")
        else:
            listed = [self._payload["fix"]] if "fix" in self._payload else []
        return tuple(sorted((self._fix(one) for one in listed), key=lambda fix: (fix.at, fix.lat, fix.lon)))

    def _fix(self, value: Any) -> Fix:
        if not isinstance(value, list) or len(value) not in (3, 4):
            raise self._error(
                "fix", "[time, latitude and longitude in millionths of a degree, accuracy in metres]"
            )
        at = self._instant("fix", value[0])
        lat = self._whole("fix", value[1], -90_000_000, 90_000_000)
        lon = self._whole("fix", value[2], -180_000_000, 180_000_000)
        if len(value) == 4:
            self._whole("fix", value[3], 0, 10**7)
        return Fix(at, lat / 1e6, lon / 1e6)

    def _text(self, name: str, length_max: int, is_needed: bool = True) -> str:
        value = self._payload.get(name, None if is_needed else "")
        if not isinstance(value, str) or len(value) > length_max or (is_needed and not value):
            raise self._error(name, f"a text of at most {length_max} characters")
        if not value.isprintable():
            raise self._error(name, "printable characters only")
        return value

    def _whole(self, name: str, value: Any, least: int, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._error(name, f"a whole number from {least:,} to {most:,}")
        return value

    def _instant(self, name: str, value: Any) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._whole(name, value, _FIRST_S, _LAST_S), dt.UTC)

    def _error(self, name: str, words: str) -> EvidenceError:
        return EvidenceError("bad-field", f"{name}: {words}")
