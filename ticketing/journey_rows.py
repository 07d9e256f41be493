"""The journeys of the register as rows under the national column names, for auditors and as open data.

The first nineteen columns are those of the sheet "Trajets" of the national register's monthly file (APDF; Registre de
preuve de covoiturage, `TripsWorksheetWriter`); ours follow. One row is one driver and passenger couple. Times are on
the clock of Paris with its offset, distances metres, durations seconds, amounts euros.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ground.paris import PARIS
from ticketing.entry import RegisterEntry
from ticketing.table_files import Cell, Column, Kind

JOURNEY_COLUMNS = (
    Column("rpc_journey_id"),
    Column("operator_journey_id"),
    Column("operator_trip_id"),
    Column("start_datetime"),
    Column("end_datetime"),
    Column("start_location"),
    Column("start_epci"),
    Column("start_insee"),
    Column("end_location"),
    Column("end_epci"),
    Column("end_insee"),
    Column("duration", Kind.INTEGER),
    Column("distance", Kind.INTEGER),
    Column("operator"),
    Column("operator_class"),
    Column("driver_operator_user_id"),
    Column("passenger_operator_user_id"),
    Column("rpc_incentive", Kind.CENTS),
    Column("incentive_type"),
    Column("line_id"),
    Column("status"),
    Column("status_reasons"),
    Column("register_seq", Kind.INTEGER),
)

OPEN_COLUMNS = (
    Column("start_datetime"),
    Column("end_datetime"),
    Column("start_location"),
    Column("start_epci"),
    Column("start_insee"),
    Column("start_lat"),
    Column("start_lon"),
    Column("end_location"),
    Column("end_epci"),
    Column("end_insee"),
    Column("end_lat"),
    Column("end_lon"),
    Column("duration", Kind.INTEGER),
    Column("distance", Kind.INTEGER),
    Column("operator_class"),
    Column("has_incentive", Kind.INTEGER),
    Column("line_id"),
)

TRIPS_A_COMMUNE_MIN = 6
"""Open data: a commune where fewer trips of the file begin or end is not shown (Registre de preuve de covoiturage)."""
STEP_S = 600
"""Open data: times and durations are cut to this."""
STEP_M = 100
"""Open data: distances are cut to this."""

_SHOWN = {
    "grant": "ok",
    "withdrawal": "canceled",
    "refusal": "terms_violation_error",
    "decision": "fraud_error",
}
"""The national register's words for what an entry says of a journey; of decisions, of those that refuse."""


@dataclass(frozen=True, slots=True)
class Commune:
    """What INSEE's code stands for."""

    name: str
    epci: str


@dataclass(frozen=True, slots=True)
class JourneyContext:
    """What rows say beyond the register: whose they are, and what places are called."""

    operator: str
    communes: Mapping[str, Commune]


NO_CONTEXT = JourneyContext("", {})


def journey_rows(entries: Iterable[RegisterEntry], context: JourneyContext) -> Iterator[list[Cell]]:
    """A row for each journey that was paid for, refused, or taken back, in the order of the register.

    A trip that was taken back keeps its rows and has one more, `canceled`, with its whole amount negative: so the
    column sums to what drivers earned.
    """
    for entry in entries:
        if entry.kind in _SHOWN:
            yield from rows_of(entry, orjson.loads(entry.body), context)


def rows_of(entry: RegisterEntry, body: dict[str, Any], context: JourneyContext) -> Iterator[list[Cell]]:
    """The rows of one entry; none of those that are about no journey."""
    if entry.kind == "grant" or is_refusal(entry.kind, body):
        if body.get("facts"):
            yield from _trip_rows(entry, body, context)
        else:
            yield _bare_row(
                entry, {"operator_trip_id": body["trip_id"], "status_reasons": reasons_of(body)}, context
            )
    elif entry.kind == "withdrawal":
        yield _withdrawn_row(entry, body, context)


def _trip_rows(entry: RegisterEntry, body: dict[str, Any], context: JourneyContext) -> Iterator[list[Cell]]:
    facts = body["facts"]
    start, end = _instant(facts["started_at"]), _instant(facts["ended_at"])
    shares = {share["journey_id"]: share["amount_cents"] for share in body.get("grant", {}).get("shares", ())}
    reasons = "" if entry.kind == "grant" else reasons_of(body)
    for passenger in facts["passengers"]:
        journey_id = passenger["journey_id"]
        yield [
            "",  # the national register gives it, and only to those who ask it there
            journey_id,
            facts["trip_id"],
            _paris(start),
            _paris(end),
            *_place(facts["start"], context),
            *_place(facts["end"], context),
            int((end - start).total_seconds()),
            passenger["distance_m"],
            context.operator,
            passenger["evidence_class"],
            facts["driver"],
            passenger["person"],
            shares.get(journey_id, 0),
            "normale",
            facts["line_id"],
            _SHOWN[entry.kind],
            reasons,
            entry.seq,
        ]


def is_refusal(kind: str, body: dict[str, Any]) -> bool:
    """Whether an entry says that a trip is not paid for: by a check, or by a person who decided so."""
    return kind == "refusal" or (kind == "decision" and body.get("decision") == "refuse")


def _withdrawn_row(entry: RegisterEntry, body: dict[str, Any], context: JourneyContext) -> list[Cell]:
    """The trip as a whole: its journeys are in the rows of the grant it takes back."""
    values: dict[str, Cell] = {
        "operator_trip_id": body["trip_id"],
        "driver_operator_user_id": body["driver"],
        "rpc_incentive": -body["amount_cents"],
        "line_id": body["line_id"],
        "status_reasons": f"{body['reason']} (r{body['grant_seq']})",
    }
    return _bare_row(entry, values, context)


def _bare_row(entry: RegisterEntry, values: dict[str, Cell], context: JourneyContext) -> list[Cell]:
    """A row of a trip as a whole, with what is known of it."""
    known: dict[str, Cell] = {
        "operator": context.operator,
        "rpc_incentive": 0,
        "duration": None,
        "distance": None,
        "incentive_type": "normale",
        "status": _SHOWN[entry.kind],
        "register_seq": entry.seq,
    }
    known |= values
    return [known.get(column.name, "") for column in JOURNEY_COLUMNS]


def reasons_of(body: dict[str, Any]) -> str:
    """What was found about a trip and why it was decided so, in one cell."""
    found = [f"{one['check']}: {one['words']}" for one in body.get("reasons", ())]
    return "; ".join([one for one in [str(body.get("reason", ""))] if one] + found)


def _place(place: dict[str, Any], context: JourneyContext) -> tuple[str, str, str]:
    commune = context.communes.get(place["commune"])
    return (commune.name, commune.epci, place["commune"]) if commune else ("", "", place["commune"])


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _paris(instant: dt.datetime) -> str:
    return instant.astimezone(PARIS).isoformat()


def open_rows(
    entries: Iterable[RegisterEntry], context: JourneyContext, *, decimals: int = 2
) -> list[list[Cell]]:
    """The journeys that took place, without anybody in them, sorted, so that their order tells nothing either.

    Left out are people, identifiers, amounts (a capped one tells how much somebody drove) and every trip that begins or
    ends in a commune where fewer than `TRIPS_A_COMMUNE_MIN` trips of this very file do; times, durations, distances and
    coordinates (2 or 3 decimals) are coarse. Trips taken back are not there.
    """
    if decimals not in (2, 3):
        raise ValueError(f"coordinates have 2 or 3 decimals in open data, not {decimals}")
    grants: dict[int, dict[str, Any]] = {}
    for entry in entries:
        if entry.kind == "grant":
            grants[entry.seq] = orjson.loads(entry.body)
        elif entry.kind == "withdrawal":
            grants.pop(orjson.loads(entry.body)["grant_seq"], None)
    rows: list[list[Cell]] = []
    for body in _frequent(list(grants.values())):
        rows += _open_trip(body, context, decimals)
    return sorted(rows, key=lambda row: [str(cell) for cell in row])


def _frequent(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The trips whose communes are frequent among them: leaving some out may make others rare, until none is."""
    while True:
        counts: Counter[str] = Counter()
        for body in bodies:
            counts.update({body["facts"]["start"]["commune"], body["facts"]["end"]["commune"]})
        kept = [
            body
            for body in bodies
            if all(counts[body["facts"][end]["commune"]] >= TRIPS_A_COMMUNE_MIN for end in ("start", "end"))
        ]
        if len(kept) == len(bodies):
            return kept
        bodies = kept


def _open_trip(body: dict[str, Any], context: JourneyContext, decimals: int) -> Iterator[list[Cell]]:
    facts = body["facts"]
    start, end = (_coarse(_instant(facts[name])) for name in ("started_at", "ended_at"))
    for passenger in facts["passengers"]:
        yield [
            _paris(start),
            _paris(end),
            *_open_place(facts["start"], context, decimals),
            *_open_place(facts["end"], context, decimals),
            int((end - start).total_seconds()),
            passenger["distance_m"] // STEP_M * STEP_M,
            passenger["evidence_class"],
            int(body["grant"]["amount_cents"] > 0),
            facts["line_id"],
        ]


def _open_place(place: dict[str, Any], context: JourneyContext, decimals: int) -> Iterator[Cell]:
    yield from _place(place, context)
    for thousandths in (place["lat_e3"], place["lon_e3"]):
        step = 10 ** (3 - decimals)
        units = (thousandths + step // 2) // step
        sign, units = ("-", -units) if units < 0 else ("", units)
        yield f"{sign}{units // 10**decimals}.{units % 10**decimals:0{decimals}d}"


def _coarse(instant: dt.datetime) -> dt.datetime:
    seconds = int(instant.timestamp()) // STEP_S * STEP_S
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
