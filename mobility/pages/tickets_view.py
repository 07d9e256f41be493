"""Offers, orders and tickets as a person reads them: on the clock of where it happens, in words."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ground.paris import PARIS
from mobility.acts.sales.exchange import ExchangeOffer
from mobility.acts.sales.offer import Offered
from mobility.acts.sales.payment_fold import OPEN
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.ticket_codes import ShownCode
from mobility.pages.wording import Wording
from ticketing.fares.leg import FareLeg
from ticketing.orders.best_fare_words import best_fare_words
from ticketing.orders.life import PAID, UNPAID
from ticketing.orders.order import Order, OrderItem, OrderStatus
from ticketing.orders.refund_rules import LineRefund, RefundOffer
from ticketing.orders.refund_words import refund_rule_words
from ticketing.pricing.price import PriceLine, Rejected
from ticketing.tickets import qr
from ticketing.tickets.dosipas.aztec import aztec_png
from ticketing.tickets.ticket import Ticket

REJECTED_MAX = 12


@dataclass(frozen=True, slots=True)
class OfferView:
    """What is offered. `lines`: what the price is made of; `others`: what it is not made of, and why."""

    title: str
    legs: tuple[str, ...]
    party: str
    lines: tuple[tuple[str, str], ...]
    total: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """One thing of an order. `fare`: names of the products with their prices."""

    id: str
    title: str
    status: str
    price: str
    fare: tuple[str, ...]
    refunded: str
    best_fare: tuple[str, ...]
    exchange: str
    """What exchanging it is called; "": it is not exchanged."""
    replaces: str
    """The order of what it was exchanged for, where that is another one; "": none."""
    carried: str
    """What that pays of it, in words."""


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket. `picture`: of its code, as an address that holds it; "": it has none any more; `uic`: likewise, for
    trains."""

    ref: str
    title: str
    valid: str
    picture: str
    uic: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order, and what can be done with it."""

    id: str
    reference: str
    title: str
    status: str
    items: tuple[ItemView, ...]
    total: str
    until: str
    is_unpaid: bool
    is_pending: bool
    is_paid: bool
    is_free: bool
    bank: str
    """Where the buyer pays, of a payment that is begun."""
    refused: bool


@dataclass(frozen=True, slots=True)
class RefundView:
    """What would be given back. `token`: of the offer; "": there is none."""

    words: str
    take: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """What an exchange means. `new`: what comes instead; `worth`: why so much of the old price
    counts, line by line; `facts`: the difference, and until when that holds; `take`: the words to agree with."""

    new: OfferView
    worth: tuple[str, ...]
    facts: tuple[str, ...]
    take: str
    token: str


class TicketPresenter:
    """In the words of one language."""

    def __init__(self, words: Wording) -> None:
        self._words = words

    def offer(self, offered: Offered) -> OfferView:
        """One offer."""
        one, words = offered.offer, self._words
        legs = one.journey.legs if one.journey is not None else ()
        return OfferView(
            title=self._title(legs, one.lines),
            legs=tuple(self._leg(leg) for leg in legs),
            party=words.count("travellers", len(one.riders)) if legs else "",
            lines=tuple((self._line(line), line.rule) for line in one.lines),
            total=words("total", price=self._money(one.cents)),
            others=tuple(self._rejected(other) for other in offered.rejected[:REJECTED_MAX]),
        )

    def order(self, order: Order, payments: Sequence[Payment] = ()) -> OrderView:
        """One order, with its payments in the order they were made."""
        words = self._words
        charges = [one for one in payments if one.kind == "charge"]
        last = next((one for one in charges if one.status in OPEN), charges[-1] if charges else None)
        is_pending = order.status is OrderStatus.ON_HOLD
        until = ""
        if order.status in UNPAID and order.expires_at is not None and not is_pending:
            until = words("until", time=f"{order.expires_at.astimezone(PARIS):%H:%M}")
        return OrderView(
            id=order.id,
            reference=order.reference,
            title=words("order_title", reference=order.reference),
            status=words(order.status.value),
            items=tuple(self._item(order, item) for item in order.items),
            total=words("total", price=self._money(order.cents)),
            until=until,
            is_unpaid=order.status in UNPAID,
            is_pending=is_pending,
            is_paid=order.status in PAID,
            is_free=not order.cents,
            bank=last.redirect_url if last is not None and is_pending else "",
            refused=last is not None and last.status == "refused" and order.status in UNPAID,
        )

    def ticket(self, ticket: Ticket, code: ShownCode | None, uic: bytes) -> TicketView:
        """One ticket, and its codes as pictures."""
        begins, ends = (
            dt.datetime.fromtimestamp(at_s, PARIS) for at_s in (ticket.valid_from_s, ticket.valid_until_s)
        )
        words = self._words
        valid = words(
            "valid",
            from_day=words.day(begins.date()),
            from_time=f"{begins:%H:%M}",
            until_day=words.day(ends.date()),
            until_time=f"{ends:%H:%M}",
        )
        return TicketView(
            ticket.ref,
            words("ticket", ref=ticket.ref),
            words("revoked") if ticket.revoked_s else valid,
            _picture(qr.png(code.text)) if code is not None else "",
            _picture(aztec_png(uic)) if uic else "",
        )

    def refund(self, offered: RefundOffer, token: str) -> RefundView:
        """What would be given back now."""
        words, price = self._words, self._money(offered.refund_cents)
        until = dt.datetime.fromtimestamp(offered.expires_s, PARIS)
        kept = sum(part.fee_cents for one in offered.items for part in one.parts)
        told = words("refund_of", price=price, fee=self._money(kept), time=f"{until:%H:%M}")
        return RefundView(told, words("refund_take", price=price), token)

    def exchange(self, old: OrderItem, offered: ExchangeOffer, new: Offered, token: str) -> ExchangeView:
        """An item against another journey or product, as it stands now."""
        words, due = self._words, offered.due_cents
        price = self._money(abs(due))
        until = dt.datetime.fromtimestamp(offered.expires_s, PARIS)
        kind = "due" if due > 0 else "back" if due < 0 else "even"
        given = offered.refund
        facts = [
            words("exchange_worth", price=self._money(given.refund_cents), fee=self._money(given.fee_cents))
        ]
        if given.unwound_cents:
            facts.append(words("exchange_unwound", price=self._money(given.unwound_cents)))
        facts += [words(f"exchange_{kind}", price=price), words("exchange_until", time=f"{until:%H:%M}")]
        return ExchangeView(
            new=self.offer(Offered(offered.new, new.token, new.rejected)),
            worth=tuple(self._worth(old, part) for one in given.items for part in one.parts),
            facts=tuple(facts),
            take=words(f"exchange_take_{kind}", price=price),
            token=token,
        )

    def named(self, item: OrderItem) -> str:
        """What was bought, and at what price."""
        return self._words("line", name=self._title(item.legs, item.lines), price=self._money(item.cents))

    def money(self, cents: int) -> str:
        """An amount in euros."""
        return self._money(cents)

    def _worth(self, item: OrderItem, part: LineRefund) -> str:
        """One line of what is given, and the rule it counts by."""
        rule = refund_rule_words(part.why, self._words.language, self._money)
        line = item.lines[part.line]
        return self._words("rule", name=self._name(line), price=self._money(part.refund_cents), rule=rule)

    def _item(self, order: Order, item: OrderItem) -> ItemView:
        words = self._words
        replaces = item.replaces.partition(":")[0]
        carried = ""
        if item.carried_cents and order.status in (*UNPAID, *PAID):
            key = "carried_unpaid" if order.status in UNPAID else "carried"
            carried = words(key, price=self._money(item.carried_cents))
        return ItemView(
            id=item.id,
            title=self._title(item.legs, item.lines),
            status=words(item.status.value),
            price=self._money(item.cents),
            fare=tuple(self._line(line) for line in item.lines),
            refunded=words("refunded", price=self._money(item.refunded_cents)) if item.refunded_cents else "",
            best_fare=tuple(best_fare_words([item], words.language, self._money)),
            exchange=words("exchange" if item.legs else "exchange_product") if item.status in PAID else "",
            replaces="" if replaces == order.id else replaces,
            carried=carried,
        )

    def _title(self, legs: Sequence[FareLeg], lines: Sequence[PriceLine]) -> str:
        if not legs:
            return ", ".join(self._name(line) for line in lines)
        leaves = _local(legs[0].departure_s, legs[0].origin.time_zone)
        return self._words(
            "journey",
            day=self._words.day(leaves.date()),
            time=f"{leaves:%H:%M}",
            origin=legs[0].origin.name,
            destination=legs[-1].destination.name,
        )

    def _leg(self, leg: FareLeg) -> str:
        return self._words(
            "leg",
            time=f"{_local(leg.departure_s, leg.origin.time_zone):%H:%M}",
            origin=leg.origin.name,
            destination=leg.destination.name,
            mode=self._words(leg.mode.value),
        )

    def _line(self, line: PriceLine) -> str:
        return self._words("line", name=self._name(line), price=self._money(line.cents))

    def _name(self, line: PriceLine) -> str:
        name = line.name_fr if self._words.language == "fr" else line.name_en
        return f"{name} ({', '.join(line.zones)})" if line.zones else name

    def _rejected(self, other: Rejected) -> str:
        reason = other.reason_fr if self._words.language == "fr" else other.reason_en
        if other.cents is None:
            return self._words("not_applicable", reason=reason)
        return self._words("rejected", price=self._money(other.cents), reason=reason)

    def _money(self, cents: int) -> str:
        return self._words.money(cents, "EUR")


def _picture(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _local(at_s: int, zone: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_s, ZoneInfo(zone))
