"""`mobility tickets offer … buy … show … refund … exchange`: what a traveller buys, as somebody with an account."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ground.paris import PARIS
from mobility.acts.sales import refund as refunds
from mobility.acts.sales.basket import OrderWish
from mobility.acts.sales.basket import order as place_order
from mobility.acts.sales.exchange import ExchangeOffer, exchange, offer_exchange_for
from mobility.acts.sales.offer import Offered, OfferWish, RiderWish
from mobility.acts.sales.offer import offer as make_offers
from mobility.acts.sales.own_orders import find_order, list_my_orders
from mobility.acts.sales.pay import PayWish, pay
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.refund_offer import offer_refund
from mobility.acts.sales.refund_queue import execute_refund
from mobility.acts.sales.ticket_codes import find_uic_code, paper_code
from mobility.cli.ask_journeys import TIME_HELP, ask_journeys, print_found
from mobility.cli.carpool import KEY_HELP, caller_of
from mobility.cli.console import fail, out, print_json
from mobility.cli.instants import read_instant
from mobility.cli.last_printed import keep_last, read_last
from mobility.cli.plan import Riders, party_of, read_riders
from mobility.cli.services import open_services
from ticketing.money import euros
from ticketing.orders.life import UNPAID
from ticketing.orders.offer import ProductWish
from ticketing.orders.order import Order, OrderItem, OrderStatus
from ticketing.orders.refund_rules import RefundOffer, RefundWish
from ticketing.orders.refund_words import refund_rule_words
from ticketing.tickets import qr
from ticketing.tickets.dosipas.aztec import aztec_png
from ticketing.tickets.ticket import Ticket

FILE = "offered-journeys.json"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
As = Annotated[str, typer.Option("--as", metavar="E-MAIL", help="Whose account does it.")]
TheOrder = Annotated[str, typer.Argument(metavar="ORDER", help="Its reference; see `mobility tickets list`.")]
Product = Annotated[str, typer.Option("--product", help="Or a pass, carnet or card: its id in the tariff.")]
ValidFrom = Annotated[str, typer.Option("--from", help=f"When it begins: {TIME_HELP} [default: now]")]
Zone = Annotated[
    list[str] | None,
    typer.Option("--zone", help="Of a pass by zones: one it is for; once for each."),
]

app = typer.Typer(
    no_args_is_help=True,
    help="Tickets: one price for a whole journey by coach, train, city network, carpool and on demand, "
    "one order, one code to show; passes and carnets.",
)


@app.command("offer")
def offer(
    origin: Annotated[
        str, typer.Argument(metavar="FROM", help="A name, a stop's or place's id, or lat,lon.")
    ],
    destination: Annotated[str, typer.Argument(metavar="TO", help="Likewise.")],
    leave: Annotated[str, typer.Option("--leave", help=f"Leave then: {TIME_HELP} [default: now]")] = "",
    arrive: Annotated[str, typer.Option("--arrive", help="Be there by then, likewise.")] = "",
    riders: Riders = "adult",
    as_json: AsJson = False,
) -> None:
    """Find journeys with what they cost in all, and what each price is made of.

    Number 1 is there soonest, or with --arrive leaves last. An offer holds no seat: `mobility tickets buy NUMBER` does.
    Ends with code 1 when nothing can be bought; the reasons are said.
    """
    travellers = read_riders(riders)
    with open_services() as services:
        found = ask_journeys(
            services,
            (origin, destination),
            leave,
            arrive,
            lambda one: bool(_token(one)),
            party=party_of(travellers),
            riders=travellers,
        )
        kept = [{"journey": _token(one), "riders": riders} for one in found.journeys]
        keep_last(services.settings.data_dir / FILE, kept)
    if as_json:
        print_json({"journeys": found.journeys, "reasons": found.answer.get("reasons", [])})
    else:
        print_found(
            found,
            "nothing can be bought for this journey; `mobility plan` shows what runs",
            "Buy one: mobility tickets buy 1 --as E-MAIL",
            unpriced="Not sold here:",
        )
    if not found.journeys:
        raise typer.Exit(1)


@app.command("buy")
def buy(
    who: As,
    number: Annotated[int, typer.Argument(metavar="[NUMBER]", help="The journey `offer` printed.")] = 0,
    product: Product = "",
    valid_from: ValidFrom = "",
    zone: Zone = None,
    category: Annotated[str, typer.Option("--category", help="Of who uses the product.")] = "adult",
    method: Annotated[
        str, typer.Option("--method", help="Means of payment; of the sandbox, a test card.")
    ] = "ok",
    key: Annotated[str, typer.Option("--key", help=KEY_HELP)] = "",
    as_json: AsJson = False,
) -> None:
    """Buy a journey or a product: hold its seats, pay, and get the tickets; all of it or nothing.

    The price is found anew for who buys, with the passes and carnets they have: it is never more than what was shown.
    """
    if bool(number) == bool(product):
        raise typer.BadParameter("give the number of a journey, or --product")
    with open_services() as services:
        caller = caller_of(services, who)
        if number:
            wish = journey_wish(services.settings.data_dir / FILE, number)
        else:
            products = (product_wish(product, valid_from, zone),)
            wish = OfferWish(products=products, riders=(RiderWish(category),))
        offered = make_offers(services.sales, caller, wish)
        made = place_order(services.sales, caller, OrderWish(tuple(one.token for one in offered)), key).order
        payment = None
        if made.status in UNPAID:
            payment = pay(services.sales, caller, made.id, PayWish(method=method), key and f"{key} payment")
        bought, tickets = find_order(services.sales, caller, made.id)
    if as_json:
        print_json(_json(bought, tickets) | {"payment": None if payment is None else asdict(payment)})
    else:
        _print_bought(bought, tickets, offered, payment, who)
    if bought.status is not OrderStatus.FULFILLED:
        raise typer.Exit(1)


@app.command("list")
def list_orders(who: As, as_json: AsJson = False) -> None:
    """List somebody's orders, the newest first."""
    with open_services() as services:
        orders = list_my_orders(services.sales, caller_of(services, who))
    if as_json:
        print_json([asdict(one) for one in orders])
    elif not orders:
        out.print("nothing was bought yet: mobility tickets offer FROM TO")
    else:
        for one in orders:
            print_order(one)


@app.command("show")
def show(
    order: TheOrder,
    who: As,
    png: Annotated[
        Path | None, typer.Option("--png", help="Write the picture of the (first) code to this file.")
    ] = None,
    uic: Annotated[
        Path | None,
        typer.Option(
            "--uic", help="Write the UIC code (Aztec) of the (first) ticket for trains to this file."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the tickets of an order, with the code that inspectors read.

    For networks whose inspectors read UIC codes, as the tariff says, there is one of these, too (--uic).
    """
    with open_services() as services:
        caller = caller_of(services, who)
        found, tickets = find_order(services.sales, caller, order)
        valid = [ticket for ticket in tickets if not ticket.revoked_s]
        codes = [paper_code(services.tickets, caller, ticket.ref) for ticket in valid]
        made = {one.ref: find_uic_code(services.tickets, caller, one) for one in valid}
        of_uic = {ref: octets for ref, octets in made.items() if octets}
    if png is not None and codes:
        png.write_bytes(qr.png(codes[0].text))
    if uic is not None:
        if not of_uic:
            raise fail(
                "no valid ticket of this order has a UIC code: none is for a network whose inspectors read one"
            )
        uic.write_bytes(aztec_png(next(iter(of_uic.values()))))
    if as_json:
        texts = {one.ticket.ref: one.text for one in codes}
        print_json(
            _json(found, tickets) | {"codes": texts, "uicCodes": {n: o.hex() for n, o in of_uic.items()}}
        )
        return
    print_order(found)
    for one in codes:
        _print_ticket(one.ticket)
        out.print(qr.terminal(one.text), markup=False)
    if not codes:
        raise fail("no valid ticket belongs to this order")
    for path in (png, uic):
        if path is not None:
            words = f"The code is in {path}; check it as an inspector does: mobility inspect {path}"
            out.print(words, markup=False)
    if of_uic and uic is None:
        out.print(
            f"{', '.join(of_uic)}: for inspectors of trains there is a UIC code, too: --uic FILE",
            markup=False,
        )


@app.command("refund")
def refund(
    order: TheOrder,
    who: As,
    item: Annotated[
        list[str] | None, typer.Option("--item", help="These things of it alone, by their numbers.")
    ] = None,
    offer_only: Annotated[bool, typer.Option("--offer", help="Only say what would be given back.")] = False,
    key: Annotated[str, typer.Option("--key", help=KEY_HELP)] = "",
    as_json: AsJson = False,
) -> None:
    """Give back what was bought and not used: say what is kept, revoke the tickets, free the seats, return the money.

    The rules of the tariff it was bought by say how much; an order that is not paid is given up.
    """
    with open_services() as services:
        caller = caller_of(services, who)
        found, _ = find_order(services.sales, caller, order)
        wish = RefundWish(items=tuple(item or ()))
        if found.status in UNPAID:
            after = refunds.cancel(services.sales, caller, found.id, wish, key).order
            print_json(asdict(after)) if as_json else print_order(after)
            return
        offer, token = offer_refund(services.sales, caller, found.id, wish)
        if not as_json:
            _print_refund(offer)
        if offer_only:
            if as_json:
                print_json(asdict(offer))
            return
        done = refunds.refund(services.sales, caller, found.id, token, key)
        paid = [execute_refund(services.sales, one) for one in done.refund_ids]
    if as_json:
        print_json({"order": asdict(done.order), "refunds": [asdict(one) for one in paid if one is not None]})
        return
    print_order(done.order)
    _print_paid_back(paid)


@app.command("exchange")
def exchange_ticket(
    order: TheOrder,
    who: As,
    number: Annotated[int, typer.Argument(metavar="[NUMBER]", help="The journey `offer` printed.")] = 0,
    product: Product = "",
    valid_from: ValidFrom = "",
    zone: Zone = None,
    item: Annotated[str, typer.Option("--item", help="What of the order is exchanged, by its number.")] = "1",
    offer_only: Annotated[bool, typer.Option("--offer", help="Only say what the difference is.")] = False,
    method: Annotated[
        str, typer.Option("--method", help="Means of payment; of the sandbox, a test card.")
    ] = "ok",
    as_json: AsJson = False,
) -> None:
    """Exchange a journey that was bought, or what is left of a pass or carnet, for another journey or product; who it
    is for stays the same.

    The difference is paid, or given back the way the money came. Until it is paid the old ticket stays valid.
    """
    if bool(number) == bool(product):
        raise typer.BadParameter("give the number of a journey, or --product")
    with open_services() as services:
        caller = caller_of(services, who)
        found, _ = find_order(services.sales, caller, order)
        wanted: str | ProductWish
        if number:
            (wanted,) = journey_wish(services.settings.data_dir / FILE, number).journeys
        else:
            wanted = product_wish(product, valid_from, zone)
        _, offered, token = offer_exchange_for(services.sales, caller, found.id, item, wanted)
        if not as_json:
            _print_exchange(offered)
        if offer_only:
            if as_json:
                print_json(asdict(offered) | {"due_cents": offered.due_cents})
            return
        done = exchange(services.sales, caller, found.id, token)
        payment = None
        if done.order.status in UNPAID:
            payment = pay(services.sales, caller, done.order.id, PayWish(method=method))
        paid = [execute_refund(services.sales, one) for one in done.refund_ids]
        after, tickets = find_order(services.sales, caller, done.order.id)
    valid = [one for one in tickets if not one.revoked_s]
    if as_json:
        print_json(
            _json(after, valid)
            | {"payment": None if payment is None else asdict(payment)}
            | {"refunds": [asdict(one) for one in paid if one is not None]}
        )
    else:
        _print_bought(after, valid, [], payment, who)
        _print_paid_back(paid)
    if after.status is not OrderStatus.FULFILLED:
        raise typer.Exit(1)


def _token(itinerary: dict[str, Any]) -> str:
    """What a journey can be ordered by; "": it cannot."""
    price = itinerary.get("price")
    return str(price.get("offer", "")) if isinstance(price, dict) else ""


def journey_wish(path: Path, number: int, person_id: str = "") -> OfferWish:
    """A journey `offer` printed, for who buys (`OfferWish.person_id`). Ends the command when there is none."""
    kept = read_last(path, number)
    if kept is None:
        raise fail(f"there is no journey {number}: ask for offers first (mobility tickets offer FROM TO)")
    riders = tuple(RiderWish(rider.category, rider.cards) for rider in read_riders(kept["riders"]))
    return OfferWish(journeys=(kept["journey"],), riders=riders, person_id=person_id)


def product_wish(product: str, valid_from: str, zones: list[str] | None) -> ProductWish:
    """A product by what was typed: its id in the tariff, when it begins ("": now), its zones."""
    from_s = int(read_instant(valid_from, PARIS).timestamp()) if valid_from else 0
    return ProductWish(product, from_s, tuple(zones or ()))


def _print_bought(
    order: Order, tickets: list[Ticket], offered: list[Offered], payment: Payment | None, who: str
) -> None:
    print_order(order)
    for one in offered:
        for line in one.offer.lines:
            out.print(f"    {euros(line.cents):>9}  {line.name_en}: {line.rule}", markup=False)
    if order.status is not OrderStatus.FULFILLED:
        said = "nothing was paid" if payment is None else f"the payment is {payment.status}"
        why = f" ({payment.reason})" if payment is not None and payment.reason else ""
        fail(f"{said}{why}: no ticket yet; mobility tickets list --as {who}")
        return
    for ticket in tickets:
        _print_ticket(ticket)
    out.print(f"\nShow the code: mobility tickets show {order.reference} --as {who}", markup=False)


def _print_exchange(offered: ExchangeOffer) -> None:
    _print_parts(offered.refund)
    until = dt.datetime.fromtimestamp(offered.expires_s, PARIS)
    due = offered.due_cents
    difference = f"to pay: {euros(due)}" if due > 0 else f"given back: {euros(-due)}"
    old, new = euros(offered.refund.refund_cents), euros(offered.new.cents)
    words = f"the old ticket counts for {old}, the new one costs {new}; {difference} (until {until:%H:%M})"
    out.print(words, style="bold", markup=False)


def _print_refund(offer: RefundOffer) -> None:
    until = dt.datetime.fromtimestamp(offer.expires_s, PARIS)
    _print_parts(offer)
    out.print(f"given back: {euros(offer.refund_cents)} (until {until:%H:%M})", style="bold", markup=False)


def _print_parts(offer: RefundOffer) -> None:
    for one in offer.items:
        for part in one.parts:
            kept = f", {euros(part.fee_cents)} kept" if part.fee_cents else ""
            words = refund_rule_words(part.why, "en", euros)
            out.print(f"    {euros(part.cents - part.fee_cents):>9}  {words}{kept}", markup=False)


def _print_paid_back(paid: list[Payment | None]) -> None:
    for one in paid:
        if one is not None:
            out.print(f"{euros(one.amount_cents)} by {one.provider}: {one.status}", markup=False)


def print_order(order: Order) -> None:
    """An order and what is in it."""
    until = (
        f", pay before {order.expires_at.astimezone(PARIS):%H:%M}"
        if order.status in UNPAID and order.expires_at
        else ""
    )
    head = f"order {order.reference}  {order.status.value.lower()}{until}  {euros(order.cents)}"
    out.print(head, style="bold", markup=False)
    for item in order.items:
        out.print(
            f"  {item.id}  {_name(item)}  {euros(item.cents)}  {item.status.value.lower()}", markup=False
        )


def _name(item: OrderItem) -> str:
    if not item.legs:
        return ", ".join(line.name_en for line in item.lines)
    first, last = item.legs[0], item.legs[-1]
    leaves = dt.datetime.fromtimestamp(first.departure_s, ZoneInfo(first.origin.time_zone))
    return f"{leaves:%a %d %b %H:%M} {first.origin.name} → {last.destination.name}"


def _print_ticket(ticket: Ticket) -> None:
    begins, ends = (
        dt.datetime.fromtimestamp(at_s, PARIS).strftime("%a %d %b %Y %H:%M")
        for at_s in (ticket.valid_from_s, ticket.valid_until_s)
    )
    networks = ", ".join(dict.fromkeys(right.network_id for right in ticket.rights if right.network_id))
    on = f" on {networks}" if networks else ""
    out.print(f"ticket {ticket.ref}: valid {begins} to {ends}{on}", markup=False)


def _json(order: Order, tickets: list[Ticket]) -> dict[str, Any]:
    return {"order": asdict(order), "tickets": [asdict(one) for one in tickets]}
