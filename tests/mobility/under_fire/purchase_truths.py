"""What must be true of everything that was sold, whatever happened on the way: no ticket without money, no money
without ticket or refund; orders, the book of sales and the bank's own book say the same, to the cent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator

from sqlalchemy import select

from ground.document import read_document
from mobility.accounts.caller import SYSTEM
from mobility.acts.sales.follow_payments import follow_payments
from mobility.acts.sales.payment_fold import OPEN, REFUND
from mobility.acts.sales.release import release_due
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.sales_tables import check_sales
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.storage.sales import OrderRow
from mobility.storage.unit_of_work import SqlUnitOfWork
from ticketing.orders.order import Order, OrderStatus
from ticketing.sales.entry import SalesEntry
from ticketing.sales.postings import postings_of

Begin = Callable[..., SqlUnitOfWork]
NOTHING = (OrderStatus.PREBOOKED, OrderStatus.RELEASED)
LATER = dt.timedelta(minutes=10)


def settle(
    ports_at: Callable[[Callable[[], dt.datetime]], SalesPorts],
    tell: Callable[[SalesPorts, Callable[[], dt.datetime]], object],
    steps: int = 12,
) -> None:
    """Hours pass, and what happens by itself happens. `ports_at`: ports with another clock."""
    clock = [dt.datetime.now(dt.UTC)]
    ports = ports_at(lambda: clock[0])
    for _ in range(steps):
        while release_due(ports):
            """A hundred at a time."""
        while follow_payments(ports):
            """The same."""
        tell(ports, lambda: clock[0])
        clock[0] += LATER


def check_purchases(begin: Begin, book: SandboxBook, acts: SalesPorts) -> Counter[str]:
    """How many orders ended in which way. Raises AssertionError."""
    at_bank: Counter[str] = Counter()
    for charge in book.list_all():
        at_bank[charge.order_id] += charge.captured_cents - sum(charge.refunds.values())
    in_books, ways = _balances(begin), Counter[str]()
    for order in _orders(begin):
        with begin(read_only=True) as work:
            payments, tickets = work.orders.list_payments(order.id), work.orders.list_tickets(order.id)
        for one in payments:
            assert one.status not in OPEN, f"{order.id}: {one}"
            assert one.kind != REFUND or one.status == "refunded", f"{order.id}: {one}"
        bank, books = at_bank.pop(order.id, 0), in_books.get(order.id, Counter())
        assert bank == books["provider:sandbox"], f"{order.id}: {bank} at the bank, {books} in the books"
        assert sum(books.values()) == 0, f"{order.id}: {books}"
        valid = [ticket for ticket in tickets if not ticket.revoked_s]
        if order.status is OrderStatus.FULFILLED:
            assert bank == order.due_cents, f"{order.id} costs {order.due_cents}, the bank has {bank}"
            refs = {ref for item in order.items for ref in item.ticket_refs}
            assert {ticket.ref for ticket in valid} == refs, f"{order.id}: {valid}"
            assert refs or not any(item.legs for item in order.items), f"{order.id} has no ticket"
        elif order.status in (OrderStatus.REFUNDED, OrderStatus.CANCELLED):
            kept = order.cents - sum(item.refunded_cents for item in order.items)
            assert bank == kept, f"{order.id} keeps {kept}, the bank has {bank}"
            assert not valid, f"{order.id} is {order.status}: {valid}"
        elif order.status is OrderStatus.EXCHANGED:
            assert not valid, f"{order.id} is exchanged: {valid}"
        elif order.status in NOTHING:
            assert (bank, tickets) == (0, []), f"{order.id} is {order.status}: {bank} cents, {tickets}"
            assert not +books, f"{order.id}: {books}"
        ways[order.status.value] += 1
        ways["refunds"] += sum(one.kind == REFUND for one in payments)
    carried: Counter[str] = Counter()
    for balances in in_books.values():
        carried.update({name: cents for name, cents in balances.items() if name.startswith("carried:")})
    assert not any(carried.values()), f"on the way from one order to none: {carried}"
    assert not +at_bank, f"money of orders nobody knows: {at_bank}"
    in_all = sum(balances["provider:sandbox"] for balances in in_books.values())
    everything = sum(one.captured_cents - sum(one.refunds.values()) for one in book.list_all())
    assert in_all == everything, f"{in_all} cents in the books, {everything} at the bank"
    check_sales(acts.acts, SYSTEM)  # every chain from its beginning, every state from its entries
    return ways


def _orders(begin: Begin) -> Iterator[Order]:
    with begin(read_only=True) as work:
        bodies = work.session.scalars(select(OrderRow.body).order_by(OrderRow.id)).all()
    yield from (read_document(Order, body) for body in bodies)


def _balances(begin: Begin) -> dict[str, Counter[str]]:
    """By order and account."""
    found: dict[str, Counter[str]] = {}

    def add(entry: SalesEntry) -> None:
        sums = found.setdefault(entry.order_id, Counter())
        for posting in postings_of(entry):
            sums[posting.account] += posting.amount_cents

    with begin(read_only=True) as work:
        for entry in work.sales_journal.list_span("", "9999-12-31"):
            add(entry)
    return found
