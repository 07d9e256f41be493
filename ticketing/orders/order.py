"""An order: a basket of trips and products for one buyer, paid at once. Terms are those of OSDM (UIC IRS 90918-10)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from ticketing.fares.leg import FareLeg
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider


class OrderStatus(StrEnum):
    """Where an item of an order stands; the order's own is the one `ticketing.orders.life` derives."""

    PREBOOKED = "PREBOOKED"
    """Its seats are held; nothing is paid."""
    ON_HOLD = "ON_HOLD"
    """A payment is under way and its outcome not known: pending, never "failed"."""
    CONFIRMED = "CONFIRMED"
    """Paid; its tickets are not issued yet."""
    FULFILLED = "FULFILLED"
    """Paid, with tickets."""
    RELEASED = "RELEASED"
    """Nobody paid in time, or it was given back unpaid: seats are free again."""
    CANCELLED = "CANCELLED"
    """Paid, cancelled, nothing to give back."""
    REFUNDED = "REFUNDED"
    EXCHANGED = "EXCHANGED"


class SeatKind(StrEnum):
    """Whose book a seat stands in."""

    ON_DEMAND = "on-demand"
    CARPOOL = "carpool"


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat held elsewhere for a leg of an item: an `OnDemandRide` or a carpool `Booking`, by id."""

    kind: SeatKind
    id: str
    leg: int


@dataclass(frozen=True, slots=True)
class Returned:
    """What was given back of one line of an item."""

    line: int
    cents: int
    """What the line is worth less, the fee included."""
    fee_cents: int
    """Kept of that."""
    riders: tuple[int, ...] = ()
    """Those who do not travel any more; (): all that are left."""
    legs: tuple[int, ...] = ()
    """The legs that are not travelled; (): all of them."""
    units: int = 0
    """Of a carnet."""
    at_s: int = 0
    refund_id: str = ""


@dataclass(frozen=True, slots=True)
class BestFareBack:
    """What the best fare of a period took off a line of an item, once the period was over."""

    line: int
    cents: int
    period: str
    """By name, as `ticketing.pricing.fare_periods` writes it."""
    instead: tuple[str, ...]
    """The passes (products) whose price it is."""
    at_s: int
    kept_cents: int = 0
    """Of what was taken off in the period, what a later refund of this line was reckoned without."""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One journey of a party, or one product (pass, carnet, card) of a rider."""

    id: str
    status: OrderStatus
    legs: tuple[FareLeg, ...]
    riders: tuple[Rider, ...]
    lines: tuple[PriceLine, ...]
    seats: tuple[Seat, ...] = ()
    ticket_refs: tuple[str, ...] = ()
    refunded_cents: int = 0
    fee_cents: int = 0
    """Kept of what was refunded or exchanged."""
    returned: tuple[Returned, ...] = ()
    """What was given back of it, in that order."""
    best_fare: tuple[BestFareBack, ...] = ()
    """What best fares took off it afterwards, in that order."""
    tariff_version: str = ""
    """By which it was priced; "": by none, its feeds and services ask for themselves."""
    names: tuple[str, ...] = ()
    """Of its riders, where they are not the buyer; (): the first is the buyer, the others go with them."""
    replaces: str = ""
    """The item it was exchanged for (`order:item`)."""
    carried_cents: int = 0
    """Of its price: what that item is worth in the exchange, which is not paid again."""

    @property
    def cents(self) -> int:
        """What it cost."""
        return sum(line.cents for line in self.lines)


@dataclass(frozen=True, slots=True)
class Order:
    """One basket. `version` grows with every change: who writes has read the version before."""

    id: str
    reference: str
    """Short, for people: eight characters of Crockford's base 32."""
    person_id: str
    """An account, or `guest:{order id}`."""
    pseudonym: str
    """The buyer's name in the books."""
    status: OrderStatus
    items: tuple[OrderItem, ...]
    tariff_version: str
    """Of its first item that has one."""
    made_at: dt.datetime
    changed_at: dt.datetime
    expires_at: dt.datetime | None
    """Unpaid, it is released then."""
    version: int = 1
    currency: str = "EUR"
    email: str = ""
    """Of a guest: where the receipt goes."""
    sold_by: str = ""
    """The agent or driver who sold it for cash; "": the buyer."""
    access_digest: str = ""
    """SHA-256, hexadecimal, of the word that opens a guest's order; "": an account does."""

    @property
    def cents(self) -> int:
        """What its items cost together."""
        return sum(item.cents for item in self.items)

    @property
    def due_cents(self) -> int:
        """What is to be paid for it: its price without what is carried over from what it takes the place of."""
        return self.cents - sum(item.carried_cents for item in self.items)
