"""`/v1/audit/…`: what auditors read; every read is noted. Keys and signed roots are for everybody."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import StreamingResponse

from mobility.accounts.caller import Caller
from mobility.acts.audit import entries, envelopes, months, ports
from mobility.acts.audit.archive import export_archive
from mobility.acts.audit.ports import AuditError, AuditPorts, UnknownAuditError
from mobility.acts.audit.tables import Table, write_audit_table
from mobility.http.audit_schemas import (
    EntriesAnswered,
    EnvelopeAnswered,
    KeyAnswered,
    KeysAnswered,
    MonthAnswered,
    ReadAnswered,
    RootAnswered,
    StatementAnswered,
    entries_answer,
    envelope_answer,
    statement_answer,
)
from mobility.http.file_answer import file_answer
from mobility.http.problems import Problem
from mobility.http.who import Who
from ticketing.table_files import MEDIA_TYPES, Format

PREFIX = "/v1/audit"
Month = Annotated[str, Path(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="YYYY-MM.")]
After = Annotated[int, Query(ge=0, le=2**53, description="The last entry (seq) one has.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many entries at most.")]
Driver = Annotated[str, Query(pattern=r"^([0-9a-f]{32})?$", description="Pseudonym; empty: all.")]
LineId = Annotated[str, Query(alias="line", max_length=64, description="Empty: all.")]
TripId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="A trip.")]


def audit_router(ports: AuditPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["audit"])
    _add_months(router, ports, who)
    _add_entries(router, ports, who)
    _add_files(router, ports, who)
    _add_public(router, ports)
    return router


def _add_months(router: APIRouter, audit: AuditPorts, who: Who) -> None:
    @router.get("/periods", summary="The months of the register")
    def periods(caller: Caller = Depends(who)) -> list[MonthAnswered]:
        return [MonthAnswered(**asdict(one)) for one in months.list_months(audit, caller)]

    @router.get("/periods/{period}/statement", summary="What a month came to, for each driver and line")
    def statement(period: Month, caller: Caller = Depends(who)) -> StatementAnswered:
        return statement_answer(months.read_statement(audit, caller, period))

    @router.get("/envelopes", summary="Budgets of campaigns: what is used, and how long they last")
    def list_envelopes(
        until: Annotated[
            dt.date | None, Query(description="How far to look; none: the end of the year.")
        ] = None,
        caller: Caller = Depends(who),
    ) -> list[EnvelopeAnswered]:
        return [envelope_answer(one) for one in envelopes.list_envelopes(audit, caller, "", until)]

    @router.get("/reads", summary="Who read what of the audit")
    def reads(
        first: Annotated[int, Query(ge=0, le=2**53, description="Number of the first read.")] = 0,
        caller: Caller = Depends(who),
    ) -> list[ReadAnswered]:
        return [
            ReadAnswered(id=number, **asdict(read)) for number, read in ports.list_reads(audit, caller, first)
        ]


def _add_entries(router: APIRouter, audit: AuditPorts, who: Who) -> None:
    @router.get("/periods/{period}/grants", summary="Grants with all that led to them")
    def grants(
        period: Month,
        driver: Driver = "",
        line_id: LineId = "",
        after: After = 0,
        limit: Limit = 100,
        caller: Caller = Depends(who),
    ) -> EntriesAnswered:
        found = entries.list_grants(audit, caller, period, driver, line_id, after, limit)
        return entries_answer(found, limit)

    @router.get("/grants/{trip}", summary="The grant of a trip, with all that led to it")
    def of_trip(trip: TripId, caller: Caller = Depends(who)) -> EntriesAnswered:
        return entries_answer(entries.find_trip_entries(audit, caller, trip), 2)

    @router.get("/periods/{period}/decisions", summary="What was refused, decided and taken back, and why")
    def decisions(
        period: Month, after: After = 0, limit: Limit = 100, caller: Caller = Depends(who)
    ) -> EntriesAnswered:
        return entries_answer(entries.list_decided(audit, caller, period, after, limit), limit)

    @router.get("/periods/{period}/entries", summary="The register, page by page")
    def register(
        period: Month, after: After = 0, limit: Limit = 100, caller: Caller = Depends(who)
    ) -> EntriesAnswered:
        return entries_answer(entries.list_entries(audit, caller, period, after, limit), limit)


def _add_files(router: APIRouter, audit: AuditPorts, who: Who) -> None:
    @router.get("/periods/{period}/register.jsonl", summary="The register as a stream of lines")
    def stream(period: Month, caller: Caller = Depends(who)) -> StreamingResponse:
        lines = entries.stream_register(audit, caller, period)
        return StreamingResponse(lines, media_type="application/x-ndjson")

    @router.get("/periods/{period}/archive.zip", summary="The archive that is checked without the database")
    def archive(period: Month, caller: Caller = Depends(who)) -> StreamingResponse:
        """`mobility audit verify` checks it anywhere; docs/audit-archive.md is its format."""
        return file_answer(
            f"audit-{period}.zip",
            "application/zip",
            lambda path: export_archive(audit, caller, period, path),
        )

    @router.get("/periods/{period}/tables/{table}.{form}", summary="A table as CSV, XLSX or Parquet")
    def table(period: Month, table: Table, form: Format, caller: Caller = Depends(who)) -> StreamingResponse:
        """`journeys` under the national column names; `open-data` for everybody; `drivers`, `lines`: the statement."""
        return file_answer(
            f"{table.value}-{period}.{form.value}",
            MEDIA_TYPES[form],
            lambda path: write_audit_table(audit, caller, period, table, form, path),
        )


def _add_public(router: APIRouter, audit: AuditPorts) -> None:
    @router.get("/keys", summary="The keys that sign, and the signed roots of all months")
    def keys() -> KeysAnswered:
        """They name nobody: the more people keep them, the less the past can be rewritten."""
        return KeysAnswered(
            keys=[KeyAnswered(**asdict(one)) for one in entries.list_keys(audit)],
            roots=[
                RootAnswered(period=one.period, document=one.document.decode(), signature=one.signature.hex())
                for one in entries.list_roots(audit)
            ],
        )


def audit_problem(error: AuditError) -> Problem:
    """A refusal as an answer."""
    if isinstance(error, UnknownAuditError):
        return Problem(404, "not-found", "Le registre ne contient rien de tel.", str(error))
    return Problem(409, "not-possible-now", "Ce mois n’est pas encore clos.", str(error))
