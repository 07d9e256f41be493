"""`mobility sales till …` and `mobility sales refund …`: tickets for cash, tills that are counted, refunds that a
person makes. `cli.sales` has them as its own."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from mobility.acts.sales.basket import Contact, OrderWish, order
from mobility.acts.sales.cash import count_till, find_at_counter, sell_for_cash, show_till
from mobility.acts.sales.guest_access import GUEST
from mobility.acts.sales.offer import OfferWish, RiderWish, offer
from mobility.acts.sales.refund import refund_freely
from mobility.acts.sales.refund_queue import hand_out, list_by_hand, pay_by_hand
from mobility.bootstrap import Services
from mobility.cli.carpool import KEY_HELP, caller_of
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.payouts import read_euros
from mobility.cli.services import open_services
from mobility.cli.tickets import FILE, Product, ValidFrom, Zone, journey_wish, print_order, product_wish
from ticketing.money import euros
from ticketing.orders.life import UNPAID
from ticketing.orders.refund_rules import RefundWish

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
As = Annotated[str, typer.Option("--as", metavar="E-MAIL", help="Whose account does it; the till is theirs.")]
Key = Annotated[str, typer.Option("--key", help=KEY_HELP)]
Reference = Annotated[str, typer.Argument(metavar="ORDER", help="Its reference, as the customer says it.")]
RefundId = Annotated[str, typer.Argument(metavar="REFUND", help="As `mobility sales refund list` prints it.")]

till = typer.Typer(
    no_args_is_help=True, help="The till of an agent or a driver: sell for cash, give change, count."
)
refund = typer.Typer(no_args_is_help=True, help="Refunds that a person makes.")


@till.command("show")
def show(who: As, as_json: AsJson = False) -> None:
    """What should be in the till by the book, and what was taken and handed out today."""
    with open_services() as services:
        shown = show_till(services.sales, caller_of(services, who))
    if as_json:
        print_json(asdict(shown))
        return
    out.print(f"should be there: {euros(shown.expected_cents)}", style="bold", markup=False)
    out.print(
        f"{shown.day}: {euros(shown.taken_cents)} taken, {euros(shown.handed_out_cents)} handed out",
        markup=False,
    )


@till.command("open")
def open_till(
    who: As,
    added: Annotated[str, typer.Argument(metavar="EUROS", help="Got from the bank, to give change with.")],
    counted: Annotated[str, typer.Option("--counted", metavar="EUROS", help="What was in it already.")] = "0",
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Begin a day: count what is in the till, and put a float in."""
    _count(who, counted, "0", added, key, as_json)


@till.command("count")
def count(
    who: As,
    counted: Annotated[str, typer.Argument(metavar="EUROS", help="What was counted.")],
    deposited: Annotated[
        str, typer.Option("--deposit", metavar="EUROS", help="Of that, brought to the bank.")
    ] = "0",
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Close the till: what was counted against the book. The difference is written down for good."""
    _count(who, counted, deposited, "0", key, as_json)


@till.command("sell")
def sell(
    who: As,
    what: Annotated[
        str,
        typer.Argument(
            metavar="[ORDER|NUMBER]",
            help="The reference of an order that is to be paid, or the number of a journey that `mobility tickets "
            "offer` printed.",
        ),
    ] = "",
    product: Product = "",
    valid_from: ValidFrom = "",
    zone: Zone = None,
    category: Annotated[str, typer.Option("--category", help="Of who uses the product.")] = "adult",
    name: Annotated[str, typer.Option("--name", help="The customer's, where a driver must know them.")] = "",
    phone: Annotated[str, typer.Option("--phone", help="Likewise.")] = "",
    given: Annotated[
        str, typer.Option("--given", metavar="EUROS", help="What the customer gave: the change is said.")
    ] = "",
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Sell for cash: hold the seats, take the money into one's till, and the tickets are there.

    Of less money than is due nothing is sold; the order stays held for some minutes.
    """
    if bool(what) == bool(product):
        raise typer.BadParameter("give an order, the number of a journey, or --product")
    with open_services() as services:
        caller = caller_of(services, who)
        found = None
        if product or (what.isdigit() and len(what) <= 2):
            if product:
                wanted = product_wish(product, valid_from, zone)
                wish = OfferWish(products=(wanted,), riders=(RiderWish(category),), person_id=GUEST)
            else:
                wish = journey_wish(services.settings.data_dir / FILE, int(what), GUEST)
            tokens = tuple(one.token for one in offer(services.sales, caller, wish))
            found = order(services.sales, caller, OrderWish(tokens, Contact(name, phone), GUEST), key).order
        change = _sell(services, who, what if found is None else found.id, given, key, as_json)
    if change is not None and not as_json:
        out.print(f"change: {euros(change)}", style="bold", markup=False)


def _sell(services: Services, who: str, order_id: str, given: str, key: str, as_json: bool) -> int | None:
    """Sells an order; the change, None where it is not said what was given."""
    caller = caller_of(services, who)
    found = find_at_counter(services.sales, caller, order_id)
    change = read_euros(given) - found.due_cents if given else None
    if change is not None and change < 0 and found.status in UNPAID:
        raise fail(f"order {found.reference}: {euros(found.due_cents)} are due, {euros(-change)} are missing")
    if found.due_cents:
        _, found = sell_for_cash(services.sales, caller, found.id, key and f"{key} cash")
    if as_json:
        print_json({"order": asdict(found), "due_cents": found.due_cents, "change_cents": change})
    else:
        print_order(found)
        out.print(f"{euros(found.due_cents)} in cash", markup=False)
    return change


@till.command("find")
def find(reference: Reference, who: As, as_json: AsJson = False) -> None:
    """Look up an order by its reference: one that is to be paid, or that oneself sold; the operator sees all."""
    with open_services() as services:
        found = find_at_counter(services.sales, caller_of(services, who), reference)
    if as_json:
        print_json(asdict(found) | {"due_cents": found.due_cents})
    else:
        print_order(found)
        if found.status in UNPAID:
            out.print(f"due: {euros(found.due_cents)}", style="bold", markup=False)


@refund.command("list")
def list_refunds(who: As, as_json: AsJson = False) -> None:
    """The refunds that wait for a person: those of cash sales, and those a payment provider refused."""
    with open_services() as services:
        waiting = list_by_hand(services.sales, caller_of(services, who))
    if as_json:
        print_json([asdict(one) for one in waiting])
        return
    print_table(
        ("REFUND", "SINCE", "AMOUNT", "PAID BY", "WHY BY HAND"),
        [
            (
                one.id,
                f"{one.made_at:%Y-%m-%d %H:%M}",
                euros(one.amount_cents),
                one.provider.partition(":")[0],
                one.reason if one.status == "refused" else "to be handed out",
            )
            for one in waiting
        ],
    )


@refund.command("hand-out")
def handed_out(refund_id: RefundId, who: As, as_json: AsJson = False) -> None:
    """Hand a refund of a cash sale out of one's own till."""
    with open_services() as services:
        paid = hand_out(services.sales, caller_of(services, who), refund_id)
    _print_paid(asdict(paid), paid.amount_cents, as_json)


@refund.command("paid")
def paid_by_hand(
    refund_id: RefundId,
    who: As,
    note: Annotated[str, typer.Option("--note", help="How, such as a transfer's reference.")],
    as_json: AsJson = False,
) -> None:
    """Note that a refund no provider makes was paid, by a transfer say."""
    with open_services() as services:
        paid = pay_by_hand(services.sales, caller_of(services, who), refund_id, note)
    _print_paid(asdict(paid), paid.amount_cents, as_json)


@refund.command("order")
def free_refund(
    reference: Reference,
    who: As,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is in the book of sales for good.")],
    item: Annotated[
        list[str] | None, typer.Option("--item", help="These things of it alone, by their numbers.")
    ] = None,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Give an order back without a fee, whatever the tariff says; what was used is not given back.

    The money goes back the way it came; of a cash sale, `mobility sales refund hand-out` hands it out.
    """
    with open_services() as services:
        caller = caller_of(services, who)
        found = find_at_counter(services.sales, caller, reference)
        wish = RefundWish(items=tuple(item or ()))
        done = refund_freely(services.sales, caller, found.id, wish, reason, key)
    if as_json:
        print_json({"order": asdict(done.order), "refunds": list(done.refund_ids)})
        return
    print_order(done.order)
    for refund_id in done.refund_ids:
        out.print(f"refund {refund_id}", markup=False)


def _count(who: str, counted: str, deposited: str, added: str, key: str, as_json: bool) -> None:
    with open_services() as services:
        made = count_till(
            services.sales,
            caller_of(services, who),
            read_euros(counted),
            read_euros(deposited),
            key,
            read_euros(added),
        )
    if as_json:
        print_json(asdict(made) | {"difference_cents": made.difference_cents})
        return
    out.print(
        f"by the book {euros(made.expected_cents)}, counted {euros(made.counted_cents)}: "
        f"difference {euros(made.difference_cents)}; left in it {euros(made.left_cents)}",
        markup=False,
    )


def _print_paid(paid: dict[str, object], cents: int, as_json: bool) -> None:
    if as_json:
        print_json(paid)
    else:
        out.print(f"{euros(cents)}: {paid['status']}", markup=False)
