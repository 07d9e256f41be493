"""`mobility sales …`: what was sold, day by day; taxes, the division between operators, files for the accountants."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mobility.accounts.caller import SYSTEM
from mobility.acts.sales.best_fare import NotOverError, settle_period
from mobility.acts.sales.clear_month import clear, pay_operators, publish_rule
from mobility.acts.sales.close_day import DayError, close_days
from mobility.acts.sales.pay_out_operators import pay_out_operators, return_operator_payment
from mobility.acts.sales.sales_tables import (
    SalesTable,
    check_sales,
    list_days,
    list_order_entries,
    list_statements,
    report_vat,
    write_accounting_file,
    write_sales_table,
)
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.payouts import print_outcome, read_euros
from mobility.cli.services import open_services
from mobility.cli.till import refund, till
from ticketing.canonical_json import from_stored
from ticketing.money import euros
from ticketing.postings import LedgerError
from ticketing.pricing.fare_periods import PeriodError, read_period
from ticketing.sales.accounting_file import file_name
from ticketing.sales.apportionment import DEFAULT, ApportionmentError
from ticketing.sales.check_book import BookError
from ticketing.sales.postings import postings_of
from ticketing.table_files import Format

app = typer.Typer(
    no_args_is_help=True,
    help="What was sold: days that are closed, taxes, the division between operators, files for the accountants. "
    "All figures are of closed days, and so the same at any time. docs/sales.md explains them.",
)
app.add_typer(till, name="till")
app.add_typer(refund, name="refund")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Period = Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM.")]


@app.command("close")
def close(
    day: Annotated[
        str, typer.Argument(metavar="[DAY]", help="The last day to close, YYYY-MM-DD. [default: yesterday]")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Close the days that are over, one after the other: each is sealed in the register and never changes again.

    What comes late is accounted in the first day that is open. The worker does this every night.
    """
    with open_services() as services:
        closed = [
            from_stored(entry.body) | {"seq": entry.seq} for entry in close_days(services.acts, SYSTEM, day)
        ]
    if as_json:
        print_json(closed)
        return
    for one in closed:
        out.print(
            f"{one['day']}: {one['count']} entries, sealed by entry {one['seq']} of the register",
            markup=False,
        )
    if not closed:
        out.print("there is no day to close")


@app.command("days")
def days(period: Period, as_json: AsJson = False) -> None:
    """List the closed days of a month with their digests."""
    with open_services() as services:
        shown = list_days(services.acts, SYSTEM, period)
    if as_json:
        print_json([one.body | {"seq": one.seq} for one in shown])
        return
    print_table(
        ("DAY", "ENTRIES", "SEALED BY", "DIGEST"),
        [(one.day, one.body["count"], one.seq, one.body["digest"]) for one in shown],
    )


@app.command("statement")
def statement(
    period: Period,
    operator: Annotated[
        str, typer.Option("--operator", metavar="NAME", help="One of them. [default: all]")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """What each operator's part of a month's revenue is, by product, and what it is owed in all."""
    with open_services() as services:
        shown = list_statements(services.acts, SYSTEM, period, operator)
    if as_json:
        print_json([asdict(one) for one in shown])
        return
    for one in shown:
        state = "divided" if one.is_divided else "so far"
        out.print(
            f"{one.operator}: {euros(one.share_cents)} of {period} ({state}), owed in all: {euros(one.owed_cents)}",
            markup=False,
        )
        for _, _, what, product, lines, cents in one.rows:
            out.print(
                f"  {what:<10} {product or '-':<28} {lines:>6}  {euros(int(cents or 0)):>14}", markup=False
            )
    if not shown:
        out.print(f"nothing was sold in {period}, or none of its days is closed")


@app.command("apportion")
def apportion(
    period: Annotated[
        str, typer.Argument(metavar="[MONTH]", help="YYYY-MM: divide it, once and for good.")
    ] = "",
    publish: Annotated[
        Path | None,
        typer.Option("--publish", metavar="FILE", help="Publish a version of a rule (JSON) instead."),
    ] = None,
    show_default: Annotated[
        bool, typer.Option("--show-default", help="Print the rule that is there from the beginning.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Divide a month's revenue between the operators by the published rules; all its days are closed by then.

    The shares sum to the revenue to the cent, and each can be found again from its entry and the version of the rule:
    `mobility sales export MONTH shares`.
    """
    if show_default:
        print_json(DEFAULT.plain())
        return
    if (not period) == (publish is None):
        raise fail("either a month or --publish FILE is needed")
    with open_services() as services:
        try:
            if publish is not None:
                document = json.loads(publish.read_text(encoding="utf-8"))
                entry = publish_rule(services.acts, SYSTEM, document)
            else:
                entry = clear(services.acts, SYSTEM, period)
        except (OSError, ValueError) as error:
            raise fail(str(error)) from None
    body = from_stored(entry.body)
    if as_json:
        print_json(body | {"seq": entry.seq})
        return
    if publish is not None:
        out.print(f"published: {body['hash']}, entry {entry.seq}", markup=False)
        return
    for operator, cents in body["shares"]:
        out.print(f"{operator}: {euros(cents)}", markup=False)
    out.print(f"{period} is divided, entry {entry.seq}", markup=False)


@app.command("pay")
def pay(
    payment: Annotated[
        str, typer.Argument(metavar="NUMBER", help="Of the payment at the bank; counts once.")
    ],
    lines: Annotated[list[str], typer.Argument(metavar="OPERATOR=EUROS…", help="Such as rail=1250.50.")],
    as_json: AsJson = False,
) -> None:
    """Note that operators were paid otherwise than by `pay-out`: no more than each is owed."""
    paid = []
    for line in lines:
        operator, sign, amount = line.partition("=")
        if not sign:
            raise fail(f"{line!r} is not OPERATOR=EUROS")
        paid.append((operator, read_euros(amount)))
    with open_services() as services:
        try:
            entry = pay_operators(services.acts, SYSTEM, paid, payment)
        except LedgerError as error:
            raise fail(str(error)) from None
    if as_json:
        print_json(from_stored(entry.body) | {"seq": entry.seq})
    else:
        out.print(f"entry {entry.seq}: {euros(sum(cents for _, cents in paid))}", markup=False)


@app.command("pay-out")
def pay_out(as_json: AsJson = False) -> None:
    """Pay operators all they are owed of divided months: a SEPA file (pain.001) for the bank, an entry of the register.

    The file is in the folder `payouts` of the data folder, as those for drivers are. Again, nothing is paid twice.
    Operators without bank details (MOBILITY_OPERATORS_FILE) are left and listed.
    """
    with open_services() as services:
        outcome = pay_out_operators(services.payouts, SYSTEM)
    print_outcome(outcome, "operators", as_json)


@app.command("returned")
def returned(
    payout: Annotated[
        int,
        typer.Argument(
            metavar="PAYOUT", help="Its number, as `pay-out`, `pay` or `mobility audit payouts` say it."
        ),
    ],
    operator: Annotated[str, typer.Argument(metavar="OPERATOR", help="Whose payment came back.")],
    reason: Annotated[str, typer.Option("--reason", help="The bank's, such as 'AC01 account number wrong'.")],
    as_json: AsJson = False,
) -> None:
    """A bank sent an operator's payment back: it is owed again, and paid by the next `pay-out` once the bank details
    (MOBILITY_OPERATORS_FILE) are others."""
    with open_services() as services:
        entry = return_operator_payment(services.payouts, SYSTEM, payout, operator, reason)
    body = from_stored(entry.body)
    if as_json:
        print_json(body | {"seq": entry.seq})
    else:
        out.print(f"entry {entry.seq}: {operator} is owed {euros(body['amount_cents'])} again", markup=False)


@app.command("vat")
def vat(period: Period, as_json: AsJson = False) -> None:
    """The value added tax of a month, by rate: sold, taken back, kept as fees, due."""
    with open_services() as services:
        report = report_vat(services.acts, SYSTEM, period)
    if as_json:
        print_json(
            [
                {"vat_permille": rate, "due_base": one.due_base, "due_tax": one.due_tax} | asdict(one)
                for rate, one in sorted(report.items())
            ]
        )
        return
    print_table(
        ("RATE", "SOLD", "TAX", "TAKEN BACK", "TAX", "FEES", "TAX", "DUE", "TAX"),
        [
            (
                f"{rate / 10:g} %",
                *(
                    euros(one.sold_base),
                    euros(one.sold_tax),
                    euros(one.reversed_base),
                    euros(one.reversed_tax),
                ),
                *(euros(one.fees_base), euros(one.fees_tax), euros(one.due_base), euros(one.due_tax)),
            )
            for rate, one in sorted(report.items())
        ],
    )


@app.command("export")
def export(
    period: Period,
    which: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help="`entries`, `statement`, `shares`, `vat`, `days`; or `fec`: the accounting entries file (fichier des "
            "écritures comptables, article A47 A-1 LPF).",
        ),
    ],
    form: Annotated[Format, typer.Option("--format", help="How to write it (not of `fec`).")] = Format.CSV,
    until: Annotated[str, typer.Option("--until", metavar="MONTH", help="Of `fec`: the last month.")] = "",
    siren: Annotated[
        str, typer.Option("--siren", help="Of `fec`: whose books they are, nine digits.")
    ] = "000000000",
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Where to. [default: here]")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a table of a month as CSV, XLSX or Parquet (the three hold the same rows), or the accountants' file."""
    if which != "fec" and which not in list(SalesTable):
        raise fail(f"{which!r} is no table: fec, {', '.join(SalesTable)}")
    with open_services() as services:
        try:
            if which == "fec":
                last = until or period
                path = to or Path(file_name(siren, max(f"{last}-31", f"{last}-01")))
                rows = write_accounting_file(services.acts, SYSTEM, period, last, path)
            else:
                path = to or Path(f"sales-{which}-{period}.{form.value}")
                rows = write_sales_table(services.acts, SYSTEM, period, SalesTable(which), form, path)
        except OSError as error:
            raise fail(f"it cannot be written: {error}") from None
    if as_json:
        print_json({"path": str(path), "rows": rows})
    else:
        out.print(f"{path}: {rows:,} rows", markup=False)


@app.command("best-fare")
def best_fare(
    period: Annotated[
        str,
        typer.Argument(metavar="PERIOD", help="A fare day 2026-11-22, a week 2026-W47 or a month 2026-11."),
    ],
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be given back now; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give back what accounts paid in a period beyond what the best passes would have cost; each account once.

    The worker does it six hours after the end of a day, week or month; older periods are settled by name.
    docs/tariffs.md says how it is reckoned.
    """
    with open_services() as services:
        try:
            settled = settle_period(services.sales, SYSTEM, read_period(period), is_dry=is_dry)
        except (PeriodError, NotOverError) as error:
            raise fail(str(error)) from None
    shown = [
        {
            **{"orders": dict(one.orders), "tariff": one.standing.tariff_version},
            **{"category": one.standing.category, "paid_cents": one.standing.best.paid_cents},
            **{"owed_cents": one.standing.best.owed_cents, "given_cents": one.standing.given_cents},
            "back_cents": one.back_cents,
        }
        for one in settled
        if one.back_cents
    ]
    if as_json:
        print_json({"period": period, "accounts": len({one.person_id for one in settled}), "backs": shown})
        return
    for one in settled:
        if one.back_cents:
            best = one.standing.best
            out.print(
                f"{', '.join(order for order, _ in one.orders)}: {euros(one.back_cents)} back "
                f"(paid {euros(best.paid_cents)}, at most {euros(best.owed_cents)})",
                markup=False,
            )
    back = sum(one.back_cents for one in settled)
    out.print(f"{period}: {euros(back)} {'would go' if is_dry else 'go'} back", markup=False)


@app.command("order")
def order(
    order_id: Annotated[
        str, typer.Argument(metavar="ORDER", help="The id of an order, or `till-…` of a till.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show the book of one order: what happened to its money, entry by entry."""
    with open_services() as services:
        entries = list_order_entries(services.acts, SYSTEM, order_id)
    if as_json:
        print_json(
            [
                {
                    **{"n": one.n, "day": one.day, "kind": one.kind, "at": one.at.isoformat()},
                    **{"hash": one.hash.hex(), "body": from_stored(one.body)},
                }
                for one in entries
            ]
        )
        return
    for one in entries:
        moved = ", ".join(f"{posting.account} {euros(posting.amount_cents)}" for posting in postings_of(one))
        out.print(f"{one.n:>3}  {one.day}  {one.kind:<14} {moved}", markup=False)


@app.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Check the whole book of sales from zero: the chain and the rules of every order, every closed day against what
    the register seals. Code 0: all holds; 1: something is wrong. `mobility audit verify` checks an archive."""
    with open_services() as services:
        try:
            orders, entries, closed = check_sales(services.acts, SYSTEM)
        except BookError as error:
            raise fail(f"WRONG: {error}") from None
    if as_json:
        print_json({"orders": orders, "entries": entries, "days": closed})
    else:
        out.print(f"{entries:,} entries of {orders:,} orders and {closed} closed days hold", markup=False)


REFUSALS = (DayError, ApportionmentError)
