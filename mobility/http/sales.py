"""`/v1/sales/…`: what operators and auditors read of sales, and what is done with days and months. Reads are noted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from mobility.accounts.caller import Caller
from mobility.acts.ports import ActPorts
from mobility.acts.sales import clear_month, sales_tables
from mobility.acts.sales.close_day import DayError, close_days
from mobility.acts.sales.sales_tables import SalesTable
from mobility.http.account_schemas import Answered, Asked
from mobility.http.file_answer import file_answer
from mobility.http.problems import Problem
from mobility.http.who import Who
from ticketing.canonical_json import from_stored
from ticketing.entry import RegisterEntry
from ticketing.postings import LedgerError
from ticketing.register import instant_text
from ticketing.sales.apportionment import ApportionmentError
from ticketing.sales.postings import postings_of
from ticketing.table_files import MEDIA_TYPES, Cell, Format

Month = Annotated[str, Path(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="YYYY-MM.")]
Day = Annotated[
    str, Path(pattern=r"^20\d\d-(0[1-9]|1[0-2])-([01]\d|2\d|3[01])$", description="YYYY-MM-DD, in Paris.")
]
OrderId = Annotated[
    str, Path(pattern=r"^[0-9A-Za-z:._-]{1,64}$", description="An order, or `till-…` of a till.")
]
Operator = Annotated[str, Query(max_length=80, description="Empty: all.")]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=100,
        description="The number of the payment; counts once.",
    ),
]


class DayAnswered(Answered):
    """A closed day, as the register seals it."""

    day: str
    seq: int = Field(description="The entry of the register that seals it.")
    count: int
    digest: str = Field(description="SHA-256 over all its entries (docs/sales.md).")
    entries: dict[str, int] = Field(description="How many of each kind.")
    totals: dict[str, dict[str, int]] = Field(description="Debits and credits by kind of account, in cents.")


class StatementRow(Answered):
    what: str = Field(description="sales, reversals, fees.")
    product: str
    lines: int
    share_cents: int


class OperatorAnswered(Answered):
    """An operator's part of a month."""

    operator: str
    period: str
    share_cents: int
    owed_cents: int = Field(description="By the ledger, all months together, now.")
    is_divided: bool = Field(description="False: so far as the month's days are closed.")
    rows: list[StatementRow]


class VatAnswered(Answered):
    """One rate; without tax (`base`) and tax, in cents."""

    vat_permille: int
    sold_base: int
    sold_tax: int
    reversed_base: int
    reversed_tax: int
    fees_base: int
    fees_tax: int
    due_base: int
    due_tax: int


class PostingAnswered(Answered):
    account: str
    amount_cents: int = Field(description="Debits are positive.")


class SalesEntryAnswered(Answered):
    n: int
    day: str
    kind: str
    at: str
    hash: str
    body: dict[str, Any]
    postings: list[PostingAnswered]


class RegisteredAnswered(Answered):
    """An entry of the register that was made (or found)."""

    seq: int
    kind: str
    hash: str
    body: dict[str, Any]


class PayoutLine(Asked):
    operator: str = Field(min_length=1, max_length=80)
    amount_cents: int = Field(ge=1, le=10**12)


def sales_router(acts: ActPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/sales", tags=["sales"])
    _add_reads(router, acts, who)
    _add_files(router, acts, who)
    _add_writes(router, acts, who)
    return router


def _add_reads(router: APIRouter, acts: ActPorts, who: Who) -> None:
    @router.get("/periods/{period}/days", summary="The closed days of a month")
    def days(period: Month, caller: Caller = Depends(who)) -> list[DayAnswered]:
        found = sales_tables.list_days(acts, caller, period)
        return [_day(one.seq, one.body) for one in found]

    @router.get("/periods/{period}/statements", summary="What each operator's part of a month is")
    def statements(
        period: Month, operator: Operator = "", caller: Caller = Depends(who)
    ) -> list[OperatorAnswered]:
        found = sales_tables.list_statements(acts, caller, period, operator)
        return [
            OperatorAnswered(
                operator=one.operator,
                period=one.period,
                share_cents=one.share_cents,
                owed_cents=one.owed_cents,
                is_divided=one.is_divided,
                rows=[
                    StatementRow(
                        what=str(what),
                        product=str(product),
                        lines=int(lines or 0),
                        share_cents=int(cents or 0),
                    )
                    for _, _, what, product, lines, cents in one.rows
                ],
            )
            for one in found
        ]

    @router.get("/periods/{period}/vat", summary="Value added tax of a month, by rate")
    def vat(period: Month, caller: Caller = Depends(who)) -> list[VatAnswered]:
        report = sales_tables.report_vat(acts, caller, period)
        return [
            VatAnswered(vat_permille=rate, due_base=one.due_base, due_tax=one.due_tax, **asdict(one))
            for rate, one in sorted(report.items())
        ]

    @router.get("/orders/{order}/entries", summary="The book of an order, entry by entry")
    def entries(order: OrderId, caller: Caller = Depends(who)) -> list[SalesEntryAnswered]:
        return [
            SalesEntryAnswered(
                n=one.n,
                day=one.day,
                kind=one.kind,
                at=instant_text(one.at),
                hash=one.hash.hex(),
                body=from_stored(one.body),
                postings=[
                    PostingAnswered(account=posting.account, amount_cents=posting.amount_cents)
                    for posting in postings_of(one)
                ],
            )
            for one in sales_tables.list_order_entries(acts, caller, order)
        ]


def _add_files(router: APIRouter, acts: ActPorts, who: Who) -> None:
    @router.get("/periods/{period}/tables/{table}.{form}", summary="A table as CSV, XLSX or Parquet")
    def table(
        period: Month, table: SalesTable, form: Format, caller: Caller = Depends(who)
    ) -> StreamingResponse:
        """`entries`: what moved; `statement`, `shares`: the division between operators; `vat`; `days`."""
        return file_answer(
            f"sales-{table.value}-{period}.{form.value}",
            MEDIA_TYPES[form],
            lambda path: sales_tables.write_sales_table(acts, caller, period, table, form, path),
        )

    @router.get("/periods/{period}/accounting-entries.txt", summary="The accounting entries file (FEC)")
    def accounting(period: Month, caller: Caller = Depends(who)) -> StreamingResponse:
        """Article A47 A-1 of the Livre des procédures fiscales: 18 columns, tabulators between."""
        return file_answer(
            f"fec-{period}.txt",
            "text/plain; charset=utf-8",
            lambda path: sales_tables.write_accounting_file(acts, caller, period, period, path),
        )


def _add_writes(router: APIRouter, acts: ActPorts, who: Who) -> None:
    @router.post("/days/{day}/close", summary="Close the days up to this one")
    def close(day: Day, caller: Caller = Depends(who)) -> list[DayAnswered]:
        """One after the other; asked again, nothing is left to close."""
        return [_day(entry.seq, from_stored(entry.body)) for entry in close_days(acts, caller, day)]

    @router.post("/periods/{period}/apportion", summary="Divide a month between the operators, once")
    def apportion(period: Month, caller: Caller = Depends(who)) -> RegisteredAnswered:
        try:
            return _registered(clear_month.clear(acts, caller, period))
        except LedgerError as error:
            raise _refused(str(error)) from None

    @router.post("/rules", summary="Publish a version of a rule of apportionment")
    def publish(
        document: Annotated[dict[str, Any], Body()], caller: Caller = Depends(who)
    ) -> RegisteredAnswered:
        """Name, version, valid_from (a month nobody divided yet), lines and keys: docs/sales.md."""
        return _registered(clear_month.publish_rule(acts, caller, document))

    @router.post("/operator-payouts", summary="Note that operators were paid")
    def pay(
        lines: Annotated[list[PayoutLine], Body(min_length=1, max_length=1000)],
        key: Key = "",
        caller: Caller = Depends(who),
    ) -> RegisteredAnswered:
        paid = [(one.operator, one.amount_cents) for one in lines]
        try:
            return _registered(clear_month.pay_operators(acts, caller, paid, key))
        except LedgerError as error:
            raise _refused(str(error)) from None


def _day(seq: int, body: dict[str, Any]) -> DayAnswered:
    return DayAnswered(seq=seq, **{key: value for key, value in body.items() if key != "postings"})


def _row(what: Cell, product: Cell, lines: Cell, cents: Cell) -> StatementRow:
    return StatementRow(
        what=str(what), product=str(product), lines=int(lines or 0), share_cents=int(cents or 0)
    )


def _registered(entry: RegisterEntry) -> RegisteredAnswered:
    return RegisteredAnswered(
        seq=entry.seq, kind=entry.kind, hash=entry.hash.hex(), body=from_stored(entry.body)
    )


def _refused(words: str) -> Problem:
    return Problem(409, "not-possible-now", "Le livre des ventes ne le permet pas.", words)


def sales_problem(error: DayError | ApportionmentError) -> Problem:
    """A refusal as an answer."""
    if isinstance(error, ApportionmentError):
        return Problem(400, "bad-parameter", "Cette règle de répartition n’est pas recevable.", str(error))
    return Problem(409, "not-possible-now", "Cette journée ou ce mois ne peut pas l’être ainsi.", str(error))
