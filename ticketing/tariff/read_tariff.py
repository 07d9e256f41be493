"""A tariff from TOML, JSON or plain data: everything that is wrong with it is said at once."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ticketing.canonical_json import to_canonical
from ticketing.fares.leg import FareMode
from ticketing.policy_fields import (
    REQUIRED,
    PolicyError,
    Reader,
    clock,
    day,
    list_of,
    name,
    one_of,
    optional,
    text,
    whole,
)
from ticketing.tariff.days import Period
from ticketing.tariff.fare import MICRO, Band, Fare, FareKind
from ticketing.tariff.tariff import (
    WEEKDAYS,
    Category,
    Direction,
    FareNetwork,
    Hours,
    Kind,
    Product,
    Reduction,
    RefundRule,
    Selector,
    Tariff,
    VatMode,
)
from ticketing.tariff.tariff_checks import check_references

CENTS = whole(0, 10_000_000, "cents")
PERMILLE = whole(0, 1000, "thousandths")
MINUTES_MAX = 60 * 24 * 400
_DECIMAL = re.compile(r"-?\d{1,4}(\.\d{1,6})?", re.ASCII)

Spec = Mapping[str, tuple[Reader, Any]]
"""Fields with their readers and defaults."""


class TariffError(ValueError):
    """A tariff cannot be read; `errors` are all its faults, each with where it is and what would do."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(self.errors))


class _Faults:
    """What was found wrong so far. A table that is wrong is read on, for its other faults."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def fields(self, written: Any, where: str, spec: Spec) -> dict[str, Any]:
        """The fields of a table, those that are wrong or missing as their default (None where there is none)."""
        if type(written) is not dict:
            self.found.append(f"{where or 'the tariff'}: {str(written)[:80]!r} is not a table of fields")
            written = {}
        prefix = f"{where}." if where else ""
        for key in written:
            if key not in spec:
                self.found.append(
                    f"{prefix}{key}: there is no such field here; there is: {', '.join(sorted(spec))}"
                )
        values = {}
        for key, (reader, default) in spec.items():
            values[key] = None if default is REQUIRED else default
            if key in written:
                try:
                    values[key] = reader(written[key], f"{prefix}{key}")
                except PolicyError as error:
                    self.found.append(str(error))
            elif default is REQUIRED:
                self.found.append(f"{prefix}{key}: is missing")
        return values

    def tables(self, written: Any, where: str, spec: Spec) -> list[dict[str, Any]]:
        """A list of tables."""
        if type(written) is not list:
            self.found.append(f"{where}: {str(written)[:80]!r} is not a list of tables")
            return []
        return [self.fields(one, f"{where}[{index}]", spec) for index, one in enumerate(written)]


def read_tariff(written: Any) -> Tariff:
    """A version from plain data. Raises TariffError."""
    faults = _Faults()
    plain = faults.fields(written, "", _TARIFF)
    for part, spec in _SINGLE_TABLES.items():
        plain[part] = faults.fields(plain[part], part, spec)
    for part, spec in _TABLES.items():
        plain[part] = faults.tables(plain[part], part, spec)
    for index, network in enumerate(plain["networks"]):
        network["select"] = faults.tables(network["select"] or [], f"networks[{index}].select", _SELECTOR)
    plain["products"] = [_product(one, index, faults) for index, one in enumerate(plain["products"])]
    if not faults.found:
        faults.found += check_references(plain)
    if faults.found:
        raise TariffError(faults.found)
    canonical = to_canonical(_listed(plain))
    return _build(plain, canonical)


def read_tariff_text(content: str, is_json: bool = False) -> Tariff:
    """A version from TOML or JSON. Raises TariffError."""
    return read_tariff(parse_tariff(content, is_json))


def parse_tariff(content: str, is_json: bool = False) -> Any:
    """The data of a TOML or JSON text. Raises TariffError, with the line."""
    try:
        return json.loads(content) if is_json else tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        raise TariffError([f"this is no {'JSON' if is_json else 'TOML'}: {error}"]) from error


def _product(written: dict[str, Any], index: int, faults: _Faults) -> dict[str, Any]:
    """The fields a kind of product has; the others must not be given."""
    where = f"products[{index}]" + (f" ({written['id']})" if written["id"] else "")
    kind = written["kind"]
    if kind is None:
        return written
    allowed = _COMMON | _OF_KIND[kind]
    for key, value in written.items():
        if value is not None and key not in allowed:
            known = ", ".join(sorted(allowed))
            faults.found.append(f"{where}.{key}: means nothing for a {kind}; it has: {known}")
    for key in _NEEDED_OF_KIND[kind]:
        if written[key] is None:
            faults.found.append(f"{where}.{key}: is missing for a {kind}")
    if kind == Kind.PASS and (written["period"] is None) == (written["hours"] is None):
        faults.found.append(f"{where}: a pass needs either period or hours")
    if kind == Kind.GROUP and (written["period"] is None) == (written["within_min"] is None):
        faults.found.append(f"{where}: a group needs either period or within_min")
    if written["fare"] is not None:
        written["fare"] = _fare(written["fare"], kind, f"{where}.fare", faults)
    return written


def _fare(written: Any, kind: str, where: str, faults: _Faults) -> dict[str, Any]:
    """A fare; what is not sold by the ride costs a flat price, a pass by zones if need be."""
    fare = faults.fields(written, where, _FARE)
    possible = {Kind.SINGLE: tuple(FareKind), Kind.PASS: (FareKind.FLAT, FareKind.ZONES)}
    if fare["kind"] not in (None, *possible.get(Kind(kind), (FareKind.FLAT,))):
        faults.found.append(f"{where}.kind: a {kind} cannot cost {fare['kind']!r}")
    needed = {"flat": "cents", "bands": "bands", "zones": "zone_cents"}.get(fare["kind"] or "")
    if needed and not fare[needed] and fare[needed] != 0:
        faults.found.append(f"{where}.{needed}: is missing for {fare['kind']!r}")
    fare["bands"] = faults.tables(list(fare["bands"]), f"{where}.bands", _BAND)
    starts = [band["from_km"] for band in fare["bands"] if band["from_km"] is not None]
    if starts and (starts[0] != 0 or starts != sorted(set(starts))):
        faults.found.append(f"{where}.bands: begin at 0 km and follow each other, not {starts}")
    return fare


def _listed(value: Any) -> Any:
    """As it would be written, all that has a default written out."""
    if isinstance(value, dict):
        return {key: _listed(one) for key, one in value.items() if one not in (None, "")}
    if isinstance(value, list | tuple):
        return [_listed(one) for one in value]
    return value


def _build(plain: dict[str, Any], canonical: bytes) -> Tariff:
    rounding, vat = plain["rounding"], plain["vat"]
    return Tariff(
        id=plain["id"],
        title_fr=plain["title_fr"],
        title_en=plain["title_en"],
        valid_from=plain["valid_from"],
        valid_until=plain["valid_until"],
        time_zone=plain["time_zone"],
        fare_day_begins_min=_minutes(plain["fare_day_begins"]),
        round_to_cents=rounding["to_cents"],
        round_direction=Direction(rounding["direction"]),
        vat_mode=VatMode(vat["mode"]),
        vat_permille=vat["permille"],
        apportionment=plain["apportionment"],
        exchange_fee_cents=plain["exchange_fee_cents"],
        categories=tuple(Category(**one) for one in plain["categories"]),
        networks=tuple(
            FareNetwork(**one | {"select": tuple(Selector(**each) for each in one["select"])})
            for one in plain["networks"]
        ),
        zones=tuple((key, frozenset(stops)) for key, stops in sorted(plain["zones"].items())),
        times=tuple(_build_hours(one) for one in plain["times"]),
        reductions=tuple(Reduction(**one) for one in plain["reductions"]),
        products=tuple(_build_product(one) for one in plain["products"]),
        refunds=tuple(RefundRule(**one) for one in plain["refunds"]),
        hash=sha256(canonical).hexdigest(),
        canonical=canonical,
    )


def _build_hours(plain: dict[str, Any]) -> Hours:
    return Hours(
        plain["id"],
        plain["name_fr"],
        plain["name_en"],
        frozenset(plain["days"]),
        _minutes(plain["from"]),
        _minutes(plain["until"]),
        tuple((dt.date.fromisoformat(a), dt.date.fromisoformat(b)) for a, b in plain["spans"]),
    )


def _build_product(plain: dict[str, Any]) -> Product:
    given = {key: value for key, value in plain.items() if value is not None}
    given["kind"] = Kind(plain["kind"])
    if given["kind"] == Kind.CARNET:
        given["is_reduced"] = False
    if "fare" in given:
        fare = dict(given["fare"])
        bands = tuple(Band(one["from_km"], _micro(one["a"]), _micro(one["b"])) for one in fare.pop("bands"))
        given["fare"] = Fare(**fare | {"kind": FareKind(fare["kind"]), "bands": bands})
    if "period" in given:
        given["period"] = Period(given["period"])
    if "cents_of" in given:
        given["cents_of"] = tuple(sorted(given["cents_of"].items()))
    return Product(**given)


def _micro(written: str) -> int:
    """Millionths, exactly, of a decimal number."""
    whole_part, _, part = written.lstrip("-").partition(".")
    micro = int(whole_part) * MICRO + int(part.ljust(6, "0") or 0)
    return -micro if written.startswith("-") else micro


def _minutes(written: str) -> int:
    return int(written[:2]) * 60 + int(written[3:])


def _decimal(value: Any, where: str) -> str:
    if type(value) is not str or not _DECIMAL.fullmatch(value):
        raise PolicyError(f'{where}: {value!r} is no decimal number in quotes: "0.6971"')
    return value


def _yes_or_no(value: Any, where: str) -> bool:
    if type(value) is not bool:
        raise PolicyError(f"{where}: {value!r} is neither true nor false")
    return value


def _time_zone(value: Any, where: str) -> str:
    try:
        return ZoneInfo(text(value, where)).key
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise PolicyError(f"{where}: {value!r} is no time zone (Europe/Paris)") from error


def _as_written(value: Any, where: str) -> Any:
    """Read elsewhere."""
    return value


def _cents_by_category(value: Any, where: str) -> dict[str, int]:
    if type(value) is not dict:
        raise PolicyError(f"{where}: {value!r} is not a table of cents by category")
    return {name(key, where): CENTS(cents, f"{where}.{key}") for key, cents in value.items()}


def _zone_table(value: Any, where: str) -> dict[str, tuple[str, ...]]:
    if type(value) is not dict:
        raise PolicyError(f"{where}: {value!r} is not a table of stops by zone")
    stops = list_of(text, 1)
    return {name(key, where): stops(ids, f"{where}.{key}") for key, ids in value.items()}


def _span(value: Any, where: str) -> tuple[str, ...]:
    days: tuple[str, ...] = list_of(day)(value, where)
    if len(days) != 2 or days[0] > days[1]:
        raise PolicyError(f"{where}: {value!r} is no first and last day")
    return days


def _early(value: Any, where: str) -> str:
    written = clock(value, where)
    if written >= "12:00":
        raise PolicyError(f"{where}: {value!r} is not in the morning")
    return written


_NAMES: dict[str, tuple[Reader, Any]] = {
    "id": (name, REQUIRED),
    "name_fr": (text, REQUIRED),
    "name_en": (text, REQUIRED),
}
_ids = list_of(name)
_TARIFF: Spec = {
    "id": (name, REQUIRED),
    "title_fr": (text, REQUIRED),
    "title_en": (text, REQUIRED),
    "valid_from": (day, REQUIRED),
    "valid_until": (optional(day), None),
    "time_zone": (_time_zone, "Europe/Paris"),
    "fare_day_begins": (_early, "04:30"),
    "apportionment": (name, "own-fares"),
    "exchange_fee_cents": (CENTS, 0),
    "rounding": (_as_written, {}),
    "vat": (_as_written, REQUIRED),
    "zones": (_zone_table, {}),
    "categories": (_as_written, REQUIRED),
    "networks": (_as_written, REQUIRED),
    "times": (_as_written, []),
    "reductions": (_as_written, []),
    "products": (_as_written, REQUIRED),
    "refunds": (_as_written, []),
}
_SINGLE_TABLES: dict[str, Spec] = {
    "rounding": {
        "to_cents": (whole(1, 100, "cents"), 1),
        "direction": (one_of(*Direction), Direction.NEAREST.value),
    },
    "vat": {"mode": (one_of(*VatMode), REQUIRED), "permille": (whole(0, 500, "thousandths"), REQUIRED)},
}
_SELECTOR: Spec = {
    "feed": (text, ""),
    "agency": (text, ""),
    "mode": (one_of(*FareMode), ""),
    "route": (text, ""),
}
_BAND: Spec = {
    "from_km": (whole(0, 10_000, "kilometres"), REQUIRED),
    "a": (_decimal, REQUIRED),
    "b": (_decimal, REQUIRED),
}
_FARE: Spec = {
    "kind": (one_of(*FareKind), REQUIRED),
    "cents": (CENTS, 0),
    "bands": (list_of(_as_written), ()),
    "step_cents": (whole(1, 1000, "cents"), 1),
    "minimum_cents": (CENTS, 0),
    "zone_cents": (list_of(CENTS), ()),
}
_TABLES: dict[str, Spec] = {
    "categories": _NAMES | {"who_fr": (text, ""), "who_en": (text, "")},
    "networks": _NAMES
    | {
        "operator": (name, REQUIRED),
        "select": (_as_written, REQUIRED),
        "rics": (whole(1, 32_000), None),
    },
    "times": _NAMES
    | {
        "days": (list_of(one_of(*WEEKDAYS, "holiday"), 1), REQUIRED),
        "from": (clock, "00:00"),
        "until": (clock, "24:00"),
        "spans": (list_of(_span), ()),
    },
    "reductions": _NAMES
    | {
        "slot": (name, ""),
        "categories": (_ids, ()),
        "cards": (_ids, ()),
        "party_min": (whole(1, 1000, "travellers"), 1),
        "times": (_ids, ()),
        "networks": (_ids, ()),
        "products": (_ids, ()),
        "off_permille": (PERMILLE, 0),
        "cents": (optional(CENTS), None),
    },
    "products": _NAMES
    | {
        "kind": (one_of(*Kind), REQUIRED),
        "networks": (_ids, None),
        "fare": (_as_written, None),
        "categories": (_ids, None),
        "times": (_ids, None),
        "cents_of": (_cents_by_category, None),
        "is_reduced": (_yes_or_no, None),
        "within_min": (whole(1, 24 * 60, "minutes"), None),
        "is_joined": (_yes_or_no, None),
        "base": (name, None),
        "permille": (PERMILLE, None),
        "free_networks": (_ids, None),
        "surcharge_cents": (CENTS, None),
        "units": (whole(1, 1000), None),
        "is_shared": (_yes_or_no, None),
        "valid_days": (whole(1, 4000, "days"), None),
        "period": (one_of(*Period), None),
        "hours": (whole(1, 24 * 14, "hours"), None),
        "riders_min": (whole(1, 1000, "travellers"), None),
        "riders_max": (whole(1, 1000, "travellers"), None),
        "vat_permille": (whole(0, 500, "thousandths"), None),
    },
    "refunds": {
        "kinds": (list_of(one_of(*Kind, "fixed", "feed-fare")), ()),
        "products": (_ids, ()),
        "before_min": (optional(whole(-MINUTES_MAX, MINUTES_MAX, "minutes")), None),
        "refund_permille": (PERMILLE, 1000),
        "fee_cents": (CENTS, 0),
    },
}
_COMMON = {"id", "name_fr", "name_en", "kind", "categories", "times", "vat_permille"}
_PRICED = {"fare", "cents_of", "is_reduced"}
_OF_KIND: dict[str, set[str]] = {
    Kind.SINGLE: {"networks", "within_min", "is_joined"} | _PRICED,
    Kind.RETURN: {"base", "permille"},
    Kind.TRANSFER: {"base", "free_networks", "within_min", "surcharge_cents"},
    Kind.CARNET: {"base", "units", "is_shared", "valid_days", "fare"},
    Kind.PASS: {"networks", "period", "hours"} | _PRICED,
    Kind.CARD: {"valid_days", "networks"} | _PRICED,
    Kind.GROUP: {"networks", "period", "within_min", "riders_min", "riders_max", "fare"},
    Kind.CAP: {"networks", "period", "cents_of", "fare"},
}
_NEEDED_OF_KIND: dict[str, tuple[str, ...]] = {
    Kind.SINGLE: ("networks", "fare"),
    Kind.RETURN: ("base", "permille"),
    Kind.TRANSFER: ("base", "free_networks", "within_min"),
    Kind.CARNET: ("base", "units", "valid_days", "fare"),
    Kind.PASS: ("networks", "fare"),
    Kind.CARD: ("valid_days", "fare"),
    Kind.GROUP: ("networks", "riders_max", "fare"),
    Kind.CAP: ("networks", "period", "fare"),
}
