"""What the audit answers. Names are in camelCase, units last."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import Field

from mobility.acts.audit.entries import EntryShown
from mobility.http.account_schemas import Answered
from ticketing.envelope import Envelope
from ticketing.statement import DriverMonth, LineMonth, Statement


class MonthAnswered(Answered):
    period: str = Field(description="YYYY-MM.")
    first_seq: int
    last_seq: int
    is_closed: bool
    root: str = Field(description="The hash its signed root vouches for; empty: open.")
    key_id: str


class DriverMonthAnswered(Answered):
    driver: str = Field(description="Pseudonym.")
    trips: int
    distance_m: int
    passengers: int
    opening_cents: int = Field(description="Owed to the driver where the month begins.")
    granted_cents: int
    withdrawn_cents: int
    paid_cents: int
    returned_cents: int
    other_cents: int
    closing_cents: int


class LineMonthAnswered(Answered):
    line_id: str
    campaign: str
    trips: int
    distance_m: int
    passengers: int
    granted_cents: int
    withdrawn_cents: int
    fares_cents: int


class StatementAnswered(Answered):
    period: str
    drivers: list[DriverMonthAnswered]
    lines: list[LineMonthAnswered]
    totals: dict[str, int] = Field(description="Sums over all drivers; amounts in cents.")


class EntryAnswered(Answered):
    seq: int
    period: str
    kind: str
    at: dt.datetime
    hash: str = Field(description="SHA-256, hex.")
    body: dict[str, Any]


class EntriesAnswered(Answered):
    entries: list[EntryAnswered]
    next_after: int | None = Field(description="Give it as `after` for what follows; null: that was all.")


class KeyAnswered(Answered):
    key_id: str
    public_key: str = Field(description="Ed25519, hex.")
    fingerprint: str = Field(description="SHA-256 of the public key, hex: what `verify --key` takes.")
    announced_by: int = Field(description="The entry of the register.")
    replaces: str


class RootAnswered(Answered):
    period: str
    document: str = Field(description="What is signed: canonical JSON.")
    signature: str = Field(description="Ed25519, hex.")


class KeysAnswered(Answered):
    keys: list[KeyAnswered]
    roots: list[RootAnswered]


class ForecastAnswered(Answered):
    days_seen: int = Field(description="Working days so far.")
    days_left: int
    cents_per_day: int
    end_cents: int = Field(description="Used at the end of the horizon, at this pace.")
    end_low_cents: int
    end_high_cents: int
    runs_out_on: dt.date | None
    runs_out_earliest: dt.date | None
    runs_out_latest: dt.date | None


class EnvelopeAnswered(Answered):
    campaign: str
    budget_cents: int
    used_cents: int
    left_cents: int
    alerts_percent: list[int] = Field(description="The thresholds that are passed.")
    forecast: ForecastAnswered | None = Field(description="null: fewer than ten working days are known.")


class ReadAnswered(Answered):
    id: int
    person: str
    what: str
    at: dt.datetime


def statement_answer(statement: Statement) -> StatementAnswered:
    """A statement as it is answered."""
    return StatementAnswered(
        period=statement.period,
        drivers=[_driver(statement.drivers[name]) for name in sorted(statement.drivers)],
        lines=[_line(statement.lines[name]) for name in sorted(statement.lines)],
        totals=statement.totals(),
    )


def _driver(one: DriverMonth) -> DriverMonthAnswered:
    return DriverMonthAnswered(**{name: getattr(one, name) for name in DriverMonthAnswered.model_fields})


def _line(one: LineMonth) -> LineMonthAnswered:
    return LineMonthAnswered(**{name: getattr(one, name) for name in LineMonthAnswered.model_fields})


def entries_answer(found: list[EntryShown], limit: int) -> EntriesAnswered:
    """A page of entries as it is answered."""
    return EntriesAnswered(
        entries=[
            EntryAnswered(
                seq=one.entry.seq,
                period=one.entry.period,
                kind=one.entry.kind,
                at=one.entry.at,
                hash=one.entry.hash.hex(),
                body=one.body,
            )
            for one in found
        ],
        next_after=found[-1].entry.seq if len(found) == limit else None,
    )


def envelope_answer(one: Envelope) -> EnvelopeAnswered:
    """An envelope as it is answered."""
    forecast = None
    if one.forecast is not None:
        names = ForecastAnswered.model_fields
        forecast = ForecastAnswered(**{name: getattr(one.forecast, name) for name in names})
    return EnvelopeAnswered(
        campaign=one.campaign,
        budget_cents=one.budget_cents,
        used_cents=one.used_cents,
        left_cents=one.left_cents,
        alerts_percent=list(one.alerts_percent),
        forecast=forecast,
    )
