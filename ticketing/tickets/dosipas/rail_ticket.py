"""A `Ticket` as UIC rail ticket data and back. Written: one open ticket of version 3, whose further windows of validity
are included tickets. Read: also passes, and versions 1 and 2 of other companies.

Validity becomes whole minutes, outwards: what was valid stays valid. They are local, as UIC recommends, with their
offset from UTC only in the night when an hour comes twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from ground.paris import PARIS
from ticketing.tickets.dosipas.error import DosipasError
from ticketing.tickets.ticket import Right, Ticket

_MINUTE_S = 60
_QUARTER_S = 900
_LAST_MINUTE = 1439
_EXTENSION = "*sg"
_SAFE = "".join(map(chr, range(32, 127))).replace("%", "")
_PASSENGER_TYPES = ("adult", "senior", "child", "youth")
_Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ReadTicket:
    """What rail ticket data say."""

    ticket: Ticket
    """Without the ids of its order, which codes do not carry."""
    is_specimen: bool
    is_activated: bool
    provider: str
    """Who signs it, where the ticket itself says so; ""."""
    unread: tuple[str, ...]
    """What it is restricted to that nobody here can check (a train, a route, a polygon, …): a person looks."""


def rail_ticket(ticket: Ticket, is_specimen: bool = False, zone: ZoneInfo = PARIS) -> dict[str, Any]:
    """UicRailTicketData. Raises DosipasError for a ticket that says nothing of what it is for."""
    if not ticket.rights:
        raise DosipasError(f"ticket {ticket.ref} gives no right to anything")
    issued = dt.datetime.fromtimestamp(ticket.issued_s, dt.UTC)
    rics = dict(ticket.rics)
    groups: dict[_Window, list[Right]] = {}
    railways_first = sorted(ticket.rights, key=lambda one: one.network_id not in rics)
    for right in railways_first:
        groups.setdefault(_window(ticket, right), []).append(right)
    (window, rights), *others = groups.items()
    adds = [
        {"validRegion": [_region(r, rics) for r in more], **_validity(w, issued.date(), zone)}
        for w, more in others
    ]
    written = [right for of_window in groups.values() for right in of_window]
    names = [right.network_id for right in written]
    if names == [_carrier(right, rics) for right in written]:
        names = []  # they say so themselves
    reference, _, _ = ticket.ref.rpartition("-")
    document = {
        "referenceIA5": ticket.ref,
        "productIdIA5": ticket.product_id,
        "returnIncluded": False,  # both ways of a return are two regions
        "validRegion": [_region(right, rics) for right in rights],
        **_validity(window, issued.date(), zone),
        "tariffs": [_tariff(ticket)],
        **({"price": ticket.cents} if ticket.cents else {}),
        **({"includedAddOns": adds} if adds else {}),
    }
    return {
        "issuingDetail": {
            **company("issuer", ticket.issuer),
            "issuingYear": issued.year,
            "issuingDay": issued.timetuple().tm_yday,
            "issuingTime": issued.hour * 60 + issued.minute,
            "specimen": is_specimen,
            "securePaperTicket": False,
            "activated": True,
            **({"issuerPNR": reference} if reference else {}),
            **_extension(ticket, names),
        },
        "transportDocument": [{"ticket": ("openTicket", document)}],
    }


def company(field: str, code: str) -> dict[str, Any]:
    """A company's code under the field's two names: a RICS code as a number, any other as text."""
    is_number = code.isascii() and code.isdecimal() and code == str(int(code)) and 1 <= int(code) <= 32_000
    return {f"{field}Num": int(code)} if is_number else {f"{field}IA5": code}


def company_of(field: str, values: Mapping[str, Any]) -> str:
    """The company's code, or ""."""
    return str(values.get(f"{field}Num", values.get(f"{field}IA5", "")))


def read_rail_ticket(data: Mapping[str, Any], provider: str, zone: ZoneInfo = PARIS) -> ReadTicket:
    """What UicRailTicketData of any version say. `provider`: who signed it; the issuer where it names none.

    Raises DosipasError where there is not exactly one open ticket or pass, or no reference in it.
    """
    issuing = data["issuingDetail"]
    kinds = [document["ticket"] for document in data.get("transportDocument", ())]
    if len(kinds) != 1 or kinds[0][0] not in ("openTicket", "pass"):
        raise DosipasError(
            f"holds {', '.join(kind or _LATER for kind, _ in kinds) or 'no document'}, not one ticket or pass"
        )
    document = kinds[0][1]
    issued = _date(issuing["issuingYear"], issuing["issuingDay"])
    second, generation, names = _extended(issuing)
    issued_s = _utc_s(issued) + issuing.get("issuingTime", 0) * _MINUTE_S + second
    reference = _reference(document)
    parts = [document, *document.get("includedAddOns", ())]
    windows = [_instants(part, issued, zone) for part in parts]
    hull = (min(w[0] for w in windows), max(w[1] for w in windows))
    rights: list[Right] = []
    unread: list[str] = []
    for part, window in zip(parts, windows, strict=True):
        from_s, until_s = (0, 0) if window == hull else window
        for network, start, end, zones in _regions(part, unread):
            rights.append(Right(network, start, end, zones, from_s, until_s))
    if len(names) == len(rights):
        rights = [replace(right, network_id=name) for right, name in zip(rights, names, strict=True)]
    tariffs = document.get("tariffs", ())
    first = tariffs[0] if tariffs else {}
    unread += [name for name in _RESTRICTIONS if name in document]
    return ReadTicket(
        Ticket(
            ref=reference,
            issuer=company_of("issuer", issuing) or provider,
            order_id="",
            item_id="",
            product_id=str(document.get("productIdIA5", document.get("productIdNum", ""))),
            category=str(first.get("tariffIdIA5", first.get("passengerType")) or ""),
            count=sum(tariff["numberOfPassengers"] for tariff in tariffs) or 1,
            rights=tuple(rights),
            valid_from_s=hull[0],
            valid_until_s=hull[1],
            issued_s=issued_s,
            generation=generation,
            cents=document.get("price", 0)
            if issuing["currency"] == "EUR" and issuing["currencyFract"] == 2
            else 0,
        ),
        is_specimen=issuing["specimen"],
        is_activated=issuing["activated"],
        provider=company_of("securityProvider", issuing),
        unread=tuple(dict.fromkeys(unread)),
    )


_LATER = "what a later version defines"
"""A choice we do not know has no name."""

_RESTRICTIONS = (
    "returnDescription",
    "activatedDay",
    "includedServiceBrands",
    "excludedServiceBrands",
    "excludedTransportType",
    "validityPeriodDetails",
    "trainValidity",
    "numberOfPossibleTrips",
    "numberOfDaysOfTravel",
    "excludedCarrierNum",
    "excludedCarrierIA5",
)


def _extension(ticket: Ticket, names: Sequence[str]) -> dict[str, Any]:
    """What UIC has no field for: the second of issue, which code for the ticket it is, and what we call the networks of
    its regions, where a company's RICS code stands for one."""
    second = ticket.issued_s % _MINUTE_S
    if (second, ticket.generation) == (0, 1) and not names:
        return {}
    octets = bytes([second]) + ticket.generation.to_bytes(2, "big") + "\n".join(names).encode()
    return {"extension": {"extensionId": _EXTENSION, "extensionData": octets}}


def _extended(issuing: Mapping[str, Any]) -> tuple[int, int, list[str]]:
    """(second, generation, names) of a code of ours; (0, 1, []) where it does not say."""
    extension = issuing.get("extension", {})
    octets = extension.get("extensionData", b"")
    if extension.get("extensionId") != _EXTENSION or len(octets) < 3:
        return 0, 1, []
    try:
        names = octets[3:].decode().split("\n") if octets[3:] else []
    except UnicodeDecodeError:  # of another company, which chose the same name for its own
        return 0, 1, []
    return octets[0], int.from_bytes(octets[1:3], "big"), names


def _window(ticket: Ticket, right: Right) -> _Window:
    """When a right holds: never beyond its ticket."""
    from_s = max(ticket.valid_from_s, right.valid_from_s or ticket.valid_from_s)
    return from_s, min(ticket.valid_until_s, right.valid_until_s or ticket.valid_until_s)


def _carrier(right: Right, rics: Mapping[str, int]) -> str:
    return str(rics[right.network_id]) if right.network_id in rics else _ascii(right.network_id)


def _region(right: Right, rics: Mapping[str, int]) -> tuple[str, dict[str, Any]]:
    carrier = _carrier(right, rics)
    zone: dict[str, Any] = company("carrier", carrier) if carrier else {}
    if right.from_stop:
        zone |= {
            "stationCodeTable": "localCarrierStationCodeTable",
            "entryStationIA5": _ascii(right.from_stop),
            "terminatingStationIA5": _ascii(right.to_stop),
        }
    if right.zones:
        if all(name.isascii() and name.isdecimal() and name == str(int(name)) for name in right.zones):
            zone["zoneId"] = [int(name) for name in right.zones]
        else:
            zone["binaryZoneId"] = "\n".join(right.zones).encode()
    return "zones", zone


def _ascii(text: str) -> str:
    """An id in letters that UIC's format has: others, and "%", as in addresses (RFC 3986)."""
    return quote(text, safe=_SAFE)


def _regions(part: Mapping[str, Any], unread: list[str]) -> Iterable[tuple[str, str, str, tuple[str, ...]]]:
    """(network, from, to, zones) of each region; what is no such thing is named in `unread`, and gives no right."""
    regions: Sequence[tuple[str, Mapping[str, Any]]] = part.get("validRegion", ())
    ends = _station("fromStation", part), _station("toStation", part)
    if any(ends) and (regions or not all(ends)):
        unread.append("stations")
    if not regions:
        carriers = [str(c) for key in _CARRIERS for c in part.get(key, ())] or [""]
        return [(carrier, *ends, ()) for carrier in carriers] if all(ends) or not any(ends) else []
    found = []
    for kind, region in regions:
        if kind not in ("zones", "lines") or "lineId" in region or "city" in region:
            unread.append(kind or _LATER)
            continue
        zones = [str(number) for number in region.get("zoneId", ())]
        zones += _zone_names(region.get("binaryZoneId", b""), unread)
        zones += [region["nutsCode"]] if "nutsCode" in region else []
        ends = _station("entryStation", region), _station("terminatingStation", region)
        if region.get("stationCodeTable") == "localCarrierStationCodeTable":
            ends = unquote(ends[0]), unquote(ends[1])
        if any(ends) and not all(ends):
            unread.append("entry or exit at one station")
            continue
        found.append((company_of("carrier", region), *ends, tuple(zones)))
    return found


_CARRIERS = ("carrierNum", "carrierIA5", "includedCarrierNum", "includedCarrierIA5")


def _zone_names(octets: bytes, unread: list[str]) -> list[str]:
    """Ours are lines of UTF-8; what other companies put there is theirs."""
    try:
        return octets.decode().split("\n") if octets else []
    except UnicodeDecodeError:
        unread.append("binaryZoneId")
        return [octets.hex()]


def _station(field: str, values: Mapping[str, Any]) -> str:
    return str(values.get(f"{field}IA5", values.get(f"{field}Num", "")))


def _tariff(ticket: Ticket) -> dict[str, Any]:
    known = {"passengerType": ticket.category} if ticket.category in _PASSENGER_TYPES else {}
    return {
        "numberOfPassengers": ticket.count,
        **known,
        "restrictedToCountryOfResidence": False,
        "tariffIdIA5": ticket.category,
    }


def _reference(document: Mapping[str, Any]) -> str:
    found = str(document.get("referenceIA5", document.get("referenceNum", "")))
    if not found:
        raise DosipasError("has no reference: it could be neither revoked nor seen before")
    return found


def _validity(window: _Window, issued: dt.date, zone: ZoneInfo) -> dict[str, Any]:
    """The six fields. The last minute is still valid."""
    from_s = window[0] // _MINUTE_S * _MINUTE_S
    last_s = (window[1] - 1) // _MINUTE_S * _MINUTE_S
    start, last = (dt.datetime.fromtimestamp(s, zone) for s in (from_s, last_s))
    fields: dict[str, Any] = {
        "validFromDay": (start.date() - issued).days,
        "validUntilDay": (last.date() - start.date()).days,
    }
    for name, at, default in (("validFrom", start, 0), ("validUntil", last, _LAST_MINUTE)):
        minute = at.hour * 60 + at.minute
        if minute != default:
            fields[f"{name}Time"] = minute
        if at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset():
            fields[f"{name}UTCOffset"] = -round(
                (at.utcoffset() or dt.timedelta()).total_seconds() / _QUARTER_S
            )
    return fields


def _instants(part: Mapping[str, Any], issued: dt.date, zone: ZoneInfo) -> _Window:
    """From when until before when, epoch seconds."""
    first = issued + dt.timedelta(days=part["validFromDay"])
    last = first + dt.timedelta(days=part["validUntilDay"])
    from_offset = part.get("validFromUTCOffset")
    # Version 1 may write midnight as minute 1440.
    from_s = _instant_s(first, part.get("validFromTime", 0), from_offset, zone)
    until_offset = part.get("validUntilUTCOffset")
    last_s = _instant_s(last, part.get("validUntilTime", _LAST_MINUTE), until_offset, zone)
    return from_s, last_s + _MINUTE_S


def _instant_s(day: dt.date, minute: int, quarters: int | None, zone: ZoneInfo) -> int:
    local = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
    if quarters is not None:
        return int(local.replace(tzinfo=dt.UTC).timestamp()) + quarters * _QUARTER_S
    return int(local.replace(tzinfo=zone).timestamp())


def _date(year: int, day: int) -> dt.date:
    found = dt.date(year, 1, 1) + dt.timedelta(days=day - 1)
    if found.year != year:
        raise DosipasError(f"{year} has no day {day}")
    return found


def _utc_s(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
