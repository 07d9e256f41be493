"""What selling needs to remember. `mobility.storage.sales` fills it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from mobility.acts.idempotency import Keys
from ticketing.orders.order import Order, SeatKind
from ticketing.sales.chain import Chain
from ticketing.sales.entry import SalesEntry
from ticketing.tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay (or give back) at a provider, remembered before the provider is asked."""

    id: str
    """Its idempotency key at the provider."""
    order_id: str
    kind: str
    """charge, refund."""
    provider: str
    amount_cents: int
    status: str
    """begun (asked or about to be), pending, captured, refunded, refused, cancelled."""
    provider_ref: str
    made_at: dt.datetime
    changed_at: dt.datetime
    redirect_url: str = ""
    reason: str = ""
    next_look_at: dt.datetime | None = None
    """When the worker asks the provider how it stands; None: it is settled."""
    charge_id: str = ""
    """Of a refund: the payment it gives back a part of."""
    captured_cents: int = 0
    """What the provider said it took; of a charge."""
    method: str = ""
    return_url: str = ""
    """As in `PaymentRequest`, so that the same can be asked for again."""

    @property
    def waits_for_a_person(self) -> bool:
        """A refund no provider makes: it was refused, or is to be handed out of a till."""
        is_cash = self.provider.startswith("cash:") and self.status == "begun"
        return self.kind == "refund" and (is_cash or self.status == "refused")


class Orders(Keys, Protocol):
    """Orders, payments and tickets. Locks are taken in this order: the person, the order's row, then rides of carpool
    lines, then the days of tours on demand, "register" last."""

    def lock_buyer(self, person_id: str) -> None:
        """Nobody else buys or changes anything for this person until the end of this unit of work: what they have
        (carnet units, what was spent today) is used once."""
        ...

    def find_order(self, order_id: str) -> Order | None:
        """One order, by id or reference."""
        ...

    def lock_order(self, order_id: str) -> Order | None:
        """The same, and nobody else changes it until the end of this unit of work."""
        ...

    def lock_order_of_payment(self, payment_id: str) -> Order | None:
        """The same of the order a payment or refund is of; None: there is no such payment."""
        ...

    def put_order(self, order: Order) -> None:
        """Remember an order, instead of the one of its id (whose version is one less). It is locked, or new."""
        ...

    def list_orders_of(self, person_id: str, limit: int = 100) -> list[Order]:
        """The orders of a person, the newest first."""
        ...

    def list_counting(self, person_id: str, from_at: dt.datetime) -> list[Order]:
        """The orders of a person that may still matter to a price: something in them is valid, or was travelled with,
        at that instant or later. The oldest first."""
        ...

    def list_buyers(self, from_s: int, without_key: str) -> list[str]:
        """Those with an order that counts until an instant (epoch seconds) or longer, and without this key; by name."""
        ...

    def find_order_of_seat(self, kind: SeatKind, seat_id: str) -> str | None:
        """The id of the order that a seat was held for."""
        ...

    def list_due(self, now: dt.datetime, limit: int = 100) -> list[str]:
        """Ids of unpaid orders whose time is over."""
        ...

    def find_payment(self, payment_id: str) -> Payment | None:
        """One payment."""
        ...

    def find_payment_by_ref(self, provider: str, provider_ref: str) -> Payment | None:
        """The payment a provider calls so."""
        ...

    def put_payment(self, payment: Payment) -> None: ...

    def list_payments(self, order_id: str) -> list[Payment]:
        """All payments of an order, in the order they were made."""
        ...

    def list_payments_due(self, now: dt.datetime, limit: int = 100) -> list[Payment]:
        """Those to ask their provider about by now."""
        ...

    def list_refunds_by_hand(self) -> list[Payment]:
        """The refunds that wait for a person, the oldest first."""
        ...

    def list_payments_of(self, provider: str, since: dt.datetime) -> list[Payment]:
        """What a provider or till took and gave since then, in the order it was made."""
        ...

    def find_ticket(self, ref: str) -> Ticket | None:
        """One ticket."""
        ...

    def add_ticket(self, ticket: Ticket) -> None:
        """Remember a new ticket. Where there is one of this ref, the unit of work fails."""
        ...

    def put_ticket(self, ticket: Ticket) -> None:
        """Remember a ticket, instead of the one of its ref."""
        ...

    def list_tickets(self, order_id: str) -> list[Ticket]:
        """The tickets of an order, by item and ref."""
        ...

    def list_revoked(self) -> list[Ticket]:
        """Tickets that were revoked, in the order of their revocation."""
        ...

    def list_replaced(self) -> list[Ticket]:
        """Tickets that were issued anew (their codes before are replaced), by ref."""
        ...

    def forget_keys(self, person_id: str) -> None:
        """Forget all keys of a person who is erased."""
        ...


class SalesJournal(Protocol):
    """The book of sales: entries by order, and where its money stands. Only `mobility.acts.sales.post` adds any."""

    def load(self, order_id: str) -> Chain:
        """Where the book of an order stands; the order is locked in this unit of work. Nothing yet: an empty one."""
        ...

    def find(self, order_id: str) -> Chain:
        """The same, to look at: nothing is locked."""
        ...

    def append(self, entries: Sequence[SalesEntry], chain: Chain) -> None:
        """Add the entries that follow, after which the book of their order stands so."""
        ...

    def list_entries(self, order_id: str) -> list[SalesEntry]:
        """All entries of an order."""
        ...

    def list_span(self, first_day: str, last_day: str) -> Iterator[SalesEntry]:
        """All entries accounted in these days, both included, by order (by code points) and number, as a stream."""
        ...

    def open_book(self, order_id: str, day: str) -> tuple[str, Chain]:
        """That day, or the first one after it that is not closed, and where the book of an order stands, as `load`. The
        day is not closed before this unit of work ends.

        Any number of units of work hold a day open at the same time: none waits for another.
        """
        ...

    def close_day(self, day: str, seq: int) -> None:
        """Nothing is accounted in this day from now on; `seq`: the entry of the register that seals it."""
        ...

    def hold_day(self, day: str) -> None:
        """Wait until nobody accounts anything in this day any more, and let nobody begin, until the end of this unit of
        work."""
        ...

    def find_days(self) -> tuple[str, str]:
        """(the first day with an entry, the last day that is closed), "" where there is none."""
        ...

    def list_closed(self) -> list[tuple[str, int]]:
        """The closed days and the entries of the register that seal them, the first one first."""
        ...
