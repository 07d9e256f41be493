"""`mobility audit pay-out | payouts | returned`: drivers are paid by one file for the bank."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from mobility.accounts.caller import SYSTEM
from mobility.acts.pay_out import (
    PayoutError,
    PayoutOutcome,
    list_payouts,
    pay_out,
    return_payment,
    write_payout_files,
)
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.services import open_services
from ticketing.money import euros

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

__all__ = ["PayoutError", "add_to", "print_outcome", "read_euros"]


def add_to(app: typer.Typer) -> None:
    """Add the commands of payouts."""
    app.command("pay-out")(pay)
    app.command("payouts")(payouts)
    app.command("returned")(returned)


def pay(
    period: Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM: it and all months before it.")],
    as_json: AsJson = False,
) -> None:
    """Pay drivers what they are owed of closed months: a SEPA file (pain.001) for the bank, an entry of the register.

    The file is in the folder `payouts` of the data folder, readable by the application alone. Again, nothing is paid
    twice; a file that went missing is written anew, byte for byte. Drivers without bank details are left and listed.
    MOBILITY_PAYER_NAME and MOBILITY_PAYER_IBAN say whose account pays.
    """
    with open_services() as services:
        outcome = pay_out(services.payouts, SYSTEM, period)
    print_outcome(outcome, "drivers", as_json)


def print_outcome(outcome: PayoutOutcome, payees: str, as_json: bool) -> None:
    """What was paid, to how many of `payees`, and who was left."""
    if as_json:
        print_json(
            {
                "payout": None if outcome.payout is None else asdict(outcome.payout),
                "left": [asdict(one) for one in outcome.left],
                "files": outcome.files,
            }
        )
        return
    if outcome.payout is None:
        out.print("nothing to pay")
    else:
        out.print(
            f"payout {outcome.payout.seq}: {outcome.payout.count:,} {payees}, {euros(outcome.payout.total_cents)}"
        )
    for path in outcome.files:
        out.print(f"  {path}", markup=False)
    for one in outcome.left:
        out.print(f"  left: {one.payee} {euros(one.amount_cents)}: {one.why}", markup=False)


def payouts(
    files: Annotated[bool, typer.Option("--files", help="Write again the files that are missing.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the payouts, those to operators included."""
    with open_services() as services:
        written = write_payout_files(services.payouts, SYSTEM) if files else ()
        shown = list_payouts(services.payouts, SYSTEM)
    if as_json:
        print_json({"payouts": [asdict(one) for one in shown], "files": written})
        return
    for path in written:
        out.print(f"written: {path}", markup=False)
    print_table(
        ("PAYOUT", "MONTH", "MADE", "PAYMENTS", "TOTAL", "FILE'S SHA-256"),
        [
            (
                one.seq,
                one.period,
                f"{one.at:%Y-%m-%d %H:%M}",
                one.count,
                euros(one.total_cents),
                one.file_sha256,
            )
            for one in shown
        ],
    )


def returned(
    payout: Annotated[int, typer.Argument(metavar="PAYOUT", help="Its number, as `payouts` lists it.")],
    driver: Annotated[str, typer.Argument(metavar="DRIVER", help="The pseudonym.")],
    reason: Annotated[str, typer.Option("--reason", help="The bank's, such as 'AC04 account closed'.")],
    as_json: AsJson = False,
) -> None:
    """A bank sent a payment back: it is owed again, and paid by the next payout once the bank details are others."""
    with open_services() as services:
        entry = return_payment(services.payouts, SYSTEM, payout, driver, reason)
    if as_json:
        print_json({"seq": entry.seq})
    else:
        out.print(f"entry {entry.seq}: owed again")


def read_euros(text: str) -> int:
    """Cents of an amount in euros. Ends the command when it is none."""
    try:
        cents = Decimal(text.replace(",", ".")) * 100
        if cents != cents.to_integral_value():
            raise InvalidOperation
    except InvalidOperation:
        raise fail(f"{text!r} is no amount in euros and cents: 1250.50") from None
    return int(cents)
