"""UIC dynamic barcodes (U2): made of tickets, shown by telephones, read by inspectors.

Paper carries level 1: the ticket, signed by its issuer. What a telephone shows names a second key inside what the
issuer signed, and is signed with it again every time it is shown, with the instant (level 2). A photograph of it is
soon too old; without its level 2 it is nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from ground.paris import PARIS
from ticketing.tickets.dosipas.error import DosipasError, Why
from ticketing.tickets.dosipas.rail_ticket import (
    ReadTicket,
    company,
    company_of,
    rail_ticket,
    read_rail_ticket,
)
from ticketing.tickets.dosipas.schema import dynamic_codec, header_codec, rail_ticket_codec
from ticketing.tickets.dosipas.signatures import KEY_OID, SIGNING_OID, algorithm_named, sign, verifies
from ticketing.tickets.keys import Algorithm, SecretTicketKey, TicketKey
from ticketing.tickets.ticket import Ticket

SHOWN_FOR_S = 30
_BYTES_MAX = 4_096
"""More than any Aztec code holds."""
_FORMAT = "U2"
_TICKET_FORMATS = {"FCB1": 1, "FCB2": 2, "FCB3": 3}
_DYNAMIC_FORMAT = "FDC1"


@dataclass(frozen=True, slots=True)
class Shown:
    """When a telephone made what it shows. The code says no year."""

    day: int
    """Of the year, from 1, UTC."""
    second: int
    """Of that day."""
    for_s: int
    """How long it is good for from then on."""
    app: str = ""

    def instant_s(self, near_s: int) -> int:
        """The instant, epoch seconds, of the year that brings it nearest to another: the inspector's clock."""
        year = dt.datetime.fromtimestamp(near_s, dt.UTC).year
        starts = (dt.datetime(y, 1, 1, tzinfo=dt.UTC).timestamp() for y in (year - 1, year, year + 1))
        instants = (int(start) + (self.day - 1) * 86_400 + self.second for start in starts)
        return min(instants, key=lambda instant: abs(instant - near_s))


@dataclass(frozen=True, slots=True)
class DosipasContent:
    """A code whose signatures are right. Whether it is valid now, revoked or seen before is for inspection to say."""

    read: ReadTicket
    key: TicketKey
    """Signed it, and might when it was issued."""
    shown: Shown | None
    """None: paper."""
    ends_s: int
    """Epoch seconds from which on the code (not the ticket) must have been made again; 0: it does not say."""

    @property
    def ticket(self) -> Ticket:
        """The ticket: its issuer and reference are what is revoked, and seen before."""
        return self.read.ticket


def static_code(
    ticket: Ticket, key: SecretTicketKey, is_specimen: bool = False, zone: ZoneInfo = PARIS
) -> bytes:
    """What is printed. The same ticket and key give the same octets. Raises DosipasError."""
    return _signed(_level1(ticket, key, is_specimen, zone), key)


def code_to_show(
    ticket: Ticket,
    key: SecretTicketKey,
    shown_by: tuple[Algorithm, bytes],
    ends_s: int,
    shown_for_s: int = SHOWN_FOR_S,
    is_specimen: bool = False,
    zone: ZoneInfo = PARIS,
) -> bytes:
    """What a telephone gets. It is no ticket until `show` signs it with the secret half of `shown_by`.

    `ends_s`: it must have got another by then (down to the minute). Raises DosipasError.
    """
    algorithm, public_key = shown_by
    ends = dt.datetime.fromtimestamp(ends_s, dt.UTC)
    more = {
        "level2KeyAlg": KEY_OID[algorithm],
        "level2SigningAlg": SIGNING_OID[algorithm],
        "level2PublicKey": public_key,
        "endOfValidityYear": ends.year,
        "endOfValidityDay": ends.timetuple().tm_yday,
        "endOfValidityTime": ends.hour * 60 + ends.minute,
        "validityDuration": shown_for_s,
    }
    return _signed(_level1(ticket, key, is_specimen, zone) | more, key)


def show(code: bytes, algorithm: Algorithm, secret: bytes, at_s: int, app: str = "") -> bytes:
    """What is shown at an instant: `code_to_show`, signed anew. Raises DosipasError."""
    header = header_codec().decode(code)
    at = dt.datetime.fromtimestamp(at_s, dt.UTC)
    stamp = {"day": at.timetuple().tm_yday, "time": at.hour * 3_600 + at.minute * 60 + at.second}
    content = {"dynamicContentTimeStamp": stamp} | ({"dynamicContentMobileAppId": app} if app else {})
    level2 = header["level2SignedData"] | {
        "level2Data": {"dataFormat": _DYNAMIC_FORMAT, "data": dynamic_codec().encode(content)}
    }
    signature = sign(algorithm, secret, header_codec("Level2DataType").encode(level2))
    return header_codec().encode(
        {"format": _FORMAT, "level2SignedData": level2, "level2Signature": signature}
    )


def is_dosipas(octets: bytes) -> bool:
    """Whether octets begin as these codes do: no other form of ticket does."""
    return octets[:1] in (b"\x01", b"\x81") and octets[1:2] == b"\x55" and octets[2:3] in (b"\x64", b"\x65")


def read_dosipas(octets: bytes, keys: Iterable[TicketKey], zone: ZoneInfo = PARIS) -> DosipasContent:
    """What a code says, once every signature in it is found right. Octets that are not the one canonical encoding
    of what they say are refused, so no bit of a code is free. Raises DosipasError, whose `why` says which kind.
    """
    if len(octets) > _BYTES_MAX:
        raise DosipasError(f"{len(octets)} bytes are too many for a code")
    header = header_codec().decode(octets)
    if header["format"] != _FORMAT:
        raise DosipasError(f"is of format {header['format']!r}, not {_FORMAT}")
    if header_codec().encode(header) != octets:
        raise DosipasError("is not written in the one way its content can be")
    signed = header["level2SignedData"]
    level1 = signed["level1Data"]
    key = _key(level1, keys)
    _verify_level1(level1, signed.get("level1Signature"), key)
    shown = _verify_level2(header)
    read = _read(level1, key, zone)
    return DosipasContent(read, key, shown, _ends_s(level1))


def check_key(key: TicketKey, ticket: Ticket) -> None:
    """Whether a key may have signed a ticket: its issuer's, then. Raises DosipasError."""
    if ticket.issuer != key.issuer:
        raise DosipasError(f"of {ticket.issuer}, signed by {key.issuer}", Why.KEY)
    if key.withdrawn_s:
        raise DosipasError(f"key {key.id} of {key.issuer} is withdrawn", Why.KEY)
    if not key.may_sign(ticket.issued_s):
        raise DosipasError(f"key {key.id} of {key.issuer} signed nothing when it says it was issued", Why.KEY)


def find_key(keys: Iterable[TicketKey], issuer: str, number: int) -> TicketKey:
    """The key a code names. Raises DosipasError."""
    for key in keys:
        if key.issuer == issuer and key.id == str(number):
            return key
    raise DosipasError(f"nobody here knows key {number} of {issuer or 'nobody'}", Why.KEY)


def _level1(ticket: Ticket, key: SecretTicketKey, is_specimen: bool, zone: ZoneInfo) -> dict[str, Any]:
    data = rail_ticket_codec().encode(rail_ticket(ticket, is_specimen, zone))
    algorithm = key.public.algorithm
    return {
        **company("securityProvider", key.public.issuer),
        "keyId": int(key.public.id),
        "dataSequence": [{"dataFormat": "FCB3", "data": data}],
        "level1KeyAlg": KEY_OID[algorithm],
        "level1SigningAlg": SIGNING_OID[algorithm],
    }


def _signed(level1: dict[str, Any], key: SecretTicketKey) -> bytes:
    signature = sign(key.public.algorithm, key.secret, header_codec("Level1DataType").encode(level1))
    level2 = {"level1Data": level1, "level1Signature": signature}
    return header_codec().encode({"format": _FORMAT, "level2SignedData": level2})


def _key(level1: dict[str, Any], keys: Iterable[TicketKey]) -> TicketKey:
    if "keyId" not in level1:
        raise DosipasError("names no key", Why.KEY)
    return find_key(keys, company_of("securityProvider", level1), level1["keyId"])


def _verify_level1(level1: dict[str, Any], signature: bytes | None, key: TicketKey) -> None:
    named = algorithm_named(level1.get("level1KeyAlg"), level1.get("level1SigningAlg"), key.algorithm)
    if named is not key.algorithm:
        raise DosipasError(
            f"key {key.id} of {key.issuer} is for {key.algorithm.value}, not {named.value}", Why.KEY
        )
    if signature is None:
        raise DosipasError("is not signed", Why.SIGNATURE)
    if not verifies(key.algorithm, key.public_key, signature, header_codec("Level1DataType").encode(level1)):
        raise DosipasError(f"was not signed by key {key.id} of {key.issuer}", Why.SIGNATURE)


def _verify_level2(header: dict[str, Any]) -> Shown | None:
    """Who has the second key inside what the issuer signed must have shown it; where there is none, nobody may have
    added anything."""
    signed = header["level2SignedData"]
    level1, data, signature = signed["level1Data"], signed.get("level2Data"), header.get("level2Signature")
    public_key = level1.get("level2PublicKey")
    if public_key is None:
        if data is not None or signature is not None:
            raise DosipasError("somebody added to it what its issuer did not foresee", Why.SIGNATURE)
        return None
    if data is None or signature is None:
        raise DosipasError("was made to be shown by a telephone, and is not signed by it", Why.SIGNATURE)
    algorithm = algorithm_named(level1.get("level2KeyAlg"), level1.get("level2SigningAlg"), Algorithm.P256)
    if not verifies(algorithm, public_key, signature, header_codec("Level2DataType").encode(signed)):
        raise DosipasError("was not signed by the telephone it was made for", Why.SIGNATURE)
    if data["dataFormat"] != _DYNAMIC_FORMAT:
        raise DosipasError(f"shows {data['dataFormat']!r}, which nobody here reads")
    content = dynamic_codec().decode(data["data"])
    if "dynamicContentTimeStamp" not in content or "validityDuration" not in level1:
        raise DosipasError("does not say when it was shown, or for how long")
    stamp = content["dynamicContentTimeStamp"]
    app = content.get("dynamicContentMobileAppId", "")
    return Shown(stamp["day"], stamp["time"], level1["validityDuration"], app)


def _read(level1: dict[str, Any], key: TicketKey, zone: ZoneInfo) -> ReadTicket:
    tickets = [item for item in level1["dataSequence"] if item["dataFormat"] in _TICKET_FORMATS]
    if len(tickets) != 1:
        raise DosipasError(f"holds {len(tickets)} rail tickets, not one")
    codec = rail_ticket_codec(_TICKET_FORMATS[tickets[0]["dataFormat"]])
    read = read_rail_ticket(codec.decode(tickets[0]["data"]), key.issuer, zone)
    if read.provider not in ("", key.issuer):
        raise DosipasError(f"says {read.provider} signed it, and {key.issuer} did", Why.KEY)
    check_key(key, read.ticket)
    return read


def _ends_s(level1: dict[str, Any]) -> int:
    parts = [level1.get(f"endOfValidity{name}") for name in ("Year", "Day", "Time")]
    if parts == [None, None, None]:
        return 0
    year, day, minute = parts
    if year is None or day is None or minute is None:
        raise DosipasError("says only in part until when it is good")
    start = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    return int((start + dt.timedelta(days=day - 1, minutes=minute)).timestamp())
