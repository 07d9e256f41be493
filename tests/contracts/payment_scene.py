"""Orders to be paid at the sandbox's bank, with a ride on demand in them that can be lost; the bank's webhooks wait
until they are told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from mobility.accounts.caller import Caller, Role
from mobility.acts.sales.follow_payments import follow_payments
from mobility.acts.sales.hear_payment import NobodysPaymentError, hear_payment
from mobility.acts.sales.pay import PayWish, pay
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.release import release_due
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.outside.payments.sandbox import SIGNATURE_HEADER, Sandbox
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.outside.payments.webhook_signature import sign_webhook
from tests.contracts.on_demand_town import EAST, NORTH, SOUTH, WEST, Begin, Town, at, traveller
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.order import Order, OrderItem, OrderStatus, Seat, SeatKind
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider
from ticketing.sales.postings import postings_of
from ticketing.tickets.ticket import Ticket

SECRET = b"s" * 32
BUYER = "theo"
COACH_CENTS, RIDE_CENTS = 151, 300
CENTS = COACH_CENTS + RIDE_CENTS
GONE = frozenset((OrderStatus.PREBOOKED, OrderStatus.RELEASED))


@dataclass
class Shop:
    """A town, its shop and its bank."""

    begin: Begin
    folder: Path
    orders: int = 0
    told: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.town = Town(self.begin, vehicles=4)
        self.clock = self.town.clock
        self.book = SandboxBook(self.folder / "bank.sqlite")
        self.bank = Sandbox(self.book, SECRET, self.clock, "http://127.0.0.1:1", self.tell)
        on_demand = self.town.ports
        self.ports = SalesPorts(
            on_demand.acts, on_demand, b"o" * 32, b"j" * 32, providers={"sandbox": self.bank}, issuer="TEST"
        )

    # ── people ─────────────────────────────────────────────────────────────────────────────────────────

    def order(self, name: str = BUYER, with_ride: bool = True) -> Order:
        """A coach and a ride on demand to it, held for ten minutes."""
        self.orders += 1
        seats: tuple[Seat, ...] = ()
        if with_ride:
            origin, destination = ((WEST, EAST), (NORTH, SOUTH))[self.orders % 2]
            (ride,) = self.town.hold(name, self.town.offer(origin, destination, leave=9))
            seats = (Seat(SeatKind.ON_DEMAND, ride.id, 1),)
        now = self.clock()
        legs = (
            _leg(FareMode.COACH, "a", "b", at(8), agency_id="coaches"),
            _leg(FareMode.ON_DEMAND, "b", "c", at(9), route_id="town", fixed_cents=RIDE_CENTS),
        )
        lines = (
            _line("coach", "single", 0, COACH_CENTS, "coaches"),
            _line("fixed", "fixed", 1, RIDE_CENTS, "town"),
        )
        item = OrderItem("1", OrderStatus.PREBOOKED, legs, (Rider(),), lines, seats)
        made = Order(
            id=self.ports.acts.new_id(),
            reference=f"ABCD{self.orders:04}",
            person_id=name,
            pseudonym=f"p-{name}",
            status=OrderStatus.PREBOOKED,
            items=(item,),
            tariff_version="t1",
            made_at=now,
            changed_at=now,
            expires_at=now + _seconds(600),
        )
        with self.begin() as work:
            work.orders.put_order(made)
            work.commit()
        return made

    def pay(self, order: Order, card: str = "", key: str = "") -> Payment:
        wish = PayWish(method=card, return_url="https://m.example.org/back")
        return pay(self.ports, traveller(order.person_id), order.id, wish, key)

    # ── time, the worker, webhooks ─────────────────────────────────────────────────────────────────────

    def tick(self, seconds: float) -> None:
        self.clock.now += _seconds(seconds)

    def work(self) -> None:
        """What the worker does now."""
        release_due(self.ports)
        follow_payments(self.ports)

    def tell(self) -> int:
        """The webhooks that are due are told; how many we did not refuse."""
        with self.book.open() as page:
            now_s = self.clock().timestamp()
            events = page.take_due(now_s, now_s + 5)
        heard = 0
        for event in events:
            try:
                self.hear(event.body)
            except NobodysPaymentError:
                continue
            heard += 1
            with self.book.open() as page:
                page.drop(event.n)
        return heard

    def hear(self, body: bytes) -> bool:
        self.told.append(body)
        header = sign_webhook(SECRET, int(self.clock().timestamp()), body)
        return hear_payment(self.ports, "sandbox", {SIGNATURE_HEADER: header}, body)

    def settle(self) -> None:
        """A day passes, with everything that happens by itself."""
        for seconds in (1, 3, 6, 11, 21, 40, 60, 300, 600, 300, 10, 10, 3600, 7200, 14400, 28800):
            self.work()
            self.tell()
            self.tick(seconds)
        self.work()

    # ── what is ────────────────────────────────────────────────────────────────────────────────────────

    def find(self, order: Order) -> tuple[Order, list[Payment], list[Ticket]]:
        with self.begin(read_only=True) as work:
            found = work.orders.find_order(order.id)
            assert found is not None
            return found, work.orders.list_payments(order.id), work.orders.list_tickets(order.id)

    def bank_cents(self, order: Order) -> int:
        """What the bank has of the buyer's money, less what it gave back."""
        for one in self.book.list_all():
            self.bank.find(one.key, one.ref)  # by now a slow bank has decided
        charges = [one for one in self.book.list_all() if one.order_id == order.id]
        return sum(one.captured_cents - sum(one.refunds.values()) for one in charges)

    def balances(self, order: Order) -> dict[str, int]:
        """Of the order's book; cents, debits above 0, without what is 0."""
        with self.begin(read_only=True) as work:
            entries = work.sales_journal.list_entries(order.id)
        sums: dict[str, int] = {}
        for entry in entries:
            for posting in postings_of(entry):
                sums[posting.account] = sums.get(posting.account, 0) + posting.amount_cents
        return {account: cents for account, cents in sums.items() if cents}

    def check_ending(self, order: Order) -> str:
        """Money and tickets, or neither: which it is. Bank, books, seats and tickets say the same."""
        found, payments, tickets = self.find(order)
        balances, cents = self.balances(order), self.bank_cents(order)
        assert all(one.status not in ("begun", "pending") for one in payments), payments
        held = set(self.town.riding())
        seats = {seat.id for item in found.items for seat in item.seats}
        if found.status is OrderStatus.FULFILLED:
            assert cents == found.cents == balances["provider:sandbox"]
            assert [ticket.revoked_s for ticket in tickets] == [0]
            assert seats <= held
            return "tickets"
        assert found.status in GONE
        assert (cents, balances, tickets) == (0, {}, [])
        if found.status is OrderStatus.RELEASED:
            assert not seats & held
        return "nothing"


AGENT = Caller("agnes", frozenset((Role.AGENT,)))
OPERATOR = Caller("olga", frozenset((Role.OPERATOR,)))


def _leg(mode: FareMode, origin: str, destination: str, departure_s: int, **more: object) -> FareLeg:
    ends = FareStop(origin, origin.upper()), FareStop(destination, destination.upper())
    return FareLeg(mode, *ends, departure_s, departure_s + 1800, 10_000, **more)  # type: ignore[arg-type]


def _line(product: str, kind: str, leg: int, cents: int, operator: str) -> PriceLine:
    weights = ((leg, operator, cents),)
    return PriceLine(product, product, product, kind, (leg,), (0,), cents, cents, "a rule", 100, weights)


def _seconds(seconds: float) -> dt.timedelta:
    return dt.timedelta(seconds=seconds)
