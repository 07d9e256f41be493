"""A region with a coach line, a train, a town with rides on demand, a carpool line and a tariff: what the contracts of
orders play with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from carpool.booking import Booking
from ground.refusal import RefusedError
from ground.signed import sign
from mobility.accounts.caller import Caller, Role
from mobility.accounts.person import Person
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import publish_ride
from mobility.acts.sales.basket import Contact, Ordered, OrderWish, order
from mobility.acts.sales.complete import complete_in
from mobility.acts.sales.offer import Offered, OfferWish, RiderWish, offer
from mobility.acts.sales.payment_fold import CAPTURED, CHARGE
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.post import post
from mobility.acts.sales.sales_ports import SalesPorts
from on_demand.booking import OnDemandRide, Party
from on_demand.fleet import Seats
from tests.contracts.carpool_line import FARES, LINE, STOPS, draft, driver
from tests.contracts.on_demand_town import EAST, WEST, Begin, Town, at
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.journey import CarpoolWish, OfferedJourney, OnDemandWish
from ticketing.orders.offer import ProductWish
from ticketing.orders.order import Order, OrderItem, SeatKind
from ticketing.orders.refusal import Reason
from ticketing.tariff.read_tariff import read_tariff_text
from ticketing.tickets.ticket import Ticket

TARIFF_TEXT = """
id = "test"
title_fr = "Tarif d'essai"
title_en = "Tariff for tests"
valid_from = "2026-01-01"
exchange_fee_cents = 100
vat = { mode = "line", permille = 100 }
rounding = { to_cents = 1, direction = "nearest" }

[[categories]]
id = "adult"
name_fr = "Plein tarif"
name_en = "Adult"
[[categories]]
id = "youth"
name_fr = "Jeune"
name_en = "Youth"

[[networks]]
id = "coach"
name_fr = "Cars"
name_en = "Coaches"
operator = "coaches"
select = [{ mode = "coach" }]
[[networks]]
id = "rail"
name_fr = "Trains"
name_en = "Trains"
operator = "railway"
select = [{ mode = "rail" }]
rics = 9999

[[reductions]]
id = "youth"
name_fr = "Jeunes"
name_en = "Young people"
categories = ["youth"]
off_permille = 500

[[products]]
id = "coach-single"
kind = "single"
name_fr = "Ticket car"
name_en = "Coach single"
networks = ["coach"]
fare = { kind = "flat", cents = 150 }
[[products]]
id = "coach-carnet"
kind = "carnet"
name_fr = "Carnet de 10"
name_en = "Carnet of 10"
base = "coach-single"
units = 10
valid_days = 365
fare = { kind = "flat", cents = 1200 }
[[products]]
id = "rail-single"
kind = "single"
name_fr = "Billet de train"
name_en = "Train single"
networks = ["rail"]
fare = { kind = "flat", cents = 1000 }
[[products]]
id = "rail-month"
kind = "pass"
name_fr = "Mensuel"
name_en = "Monthly pass"
networks = ["rail"]
period = "month"
fare = { kind = "flat", cents = 6000 }
[[products]]
id = "coach-day-cap"
kind = "cap"
name_fr = "Plafond du jour"
name_en = "Daily cap"
networks = ["coach"]
period = "day"
fare = { kind = "flat", cents = 400 }

[[refunds]]
kinds = ["single", "return", "cap"]
before_min = 60
refund_permille = 1000
[[refunds]]
kinds = ["single", "return", "cap"]
before_min = 0
refund_permille = 500
fee_cents = 50
[[refunds]]
kinds = ["carnet"]
refund_permille = 1000
fee_cents = 200
[[refunds]]
kinds = ["pass"]
before_min = 0
refund_permille = 1000
"""
TARIFF = read_tariff_text(TARIFF_TEXT)

OPERATOR = Caller("olga", frozenset((Role.OPERATOR,)))
AGENT = Caller("agnes", frozenset((Role.AGENT,)))


def buyer(name: str = "theo") -> Caller:
    return Caller(name, frozenset((Role.TRAVELLER,)))


@dataclass
class Sales:
    """Everything that is sold, in a database, with a clock one can set."""

    begin: Begin
    seats: tuple[Seats, ...] = (Seats(4, 0),)
    people: Sequence[str] = ("theo", "thea", "anna", "olga", "agnes", "dora")
    town: Town = field(init=False)

    def __post_init__(self) -> None:
        self.town = Town(self.begin, seats=self.seats)
        self.clock = self.town.clock
        self.acts: ActPorts = self.town.ports.acts
        self.ports = SalesPorts(
            self.acts, self.town.ports, b"o" * 32, b"j" * 32, tariffs=lambda work: (TARIFF,)
        )
        with self.begin() as work:
            for stop in STOPS:
                work.rides.put_stop(stop)
            work.rides.put_line(LINE)
            for fare in FARES:
                work.rides.put_fare(fare)
            for name in self.people:
                work.accounts.put_person(
                    Person(name, f"{name:0>32}", frozenset((Role.TRAVELLER,)), self.clock.now)
                )
            work.commit()

    # ── legs ───────────────────────────────────────────────────────────────────────────────────────

    def coach(self, leave: float = 9) -> FareLeg:
        return self._leg(FareMode.COACH, leave, "coaches")

    def train(self, leave: float = 10) -> FareLeg:
        return self._leg(FareMode.RAIL, leave, "railway")

    def _leg(self, mode: FareMode, leave: float, agency: str) -> FareLeg:
        return FareLeg(
            mode,
            FareStop(f"{mode}-a"),
            FareStop(f"{mode}-b"),
            at(leave),
            at(leave + 0.5),
            20_000,
            "feed",
            agency,
        )

    def journey(self, *legs: FareLeg) -> str:
        """A journey by coach and train alone, as it was shown."""
        return self.shown(OfferedJourney(legs))

    def shown(self, journey: OfferedJourney) -> str:
        lasting = replace(journey, expires_s=int(self.clock.now.timestamp()) + 900)
        return sign(lasting, self.ports.journey_key)

    def on_demand(self, leave: float = 9, party: Party | None = None) -> tuple[FareLeg, str]:
        """A leg on demand, and its quote."""
        found = self.town.offer(WEST, EAST, leave, party)
        quote = found.quote
        leg = FareLeg(
            FareMode.ON_DEMAND,
            FareStop("", "Ouest", lat=47.2, lon=5.96),
            FareStop("", "Est", lat=47.2, lon=6.08),
            quote.pickup_open_s,
            quote.drop_close_s,
            9_000,
            route_id=quote.service_id,
            fixed_cents=quote.fare_cents,
        )
        return leg, found.token

    def by_taxi(self, leave: float = 9, party: Party | None = None) -> str:
        """A journey on demand alone."""
        leg, token = self.on_demand(leave, party)
        return self.shown(OfferedJourney((leg,), on_demand=(OnDemandWish(0, token),)))

    def in_car(self, minutes: float = 120, seats: int = 3, **more: object) -> tuple[FareLeg, CarpoolWish]:
        """A seat in a car that leaves so many minutes after the clock's first instant."""
        ride = publish_ride(self.acts, driver(), draft(minutes, seats, **more))
        leg = FareLeg(
            FareMode.CARPOOL,
            FareStop("alba"),
            FareStop("dole"),
            int(ride.starts_at.timestamp()),
            int(ride.ends_at.timestamp()),
            30_000,
            route_id="alba-dole",
            fixed_cents=150,
        )
        return leg, CarpoolWish(0, ride.id, "alba", "dole")

    def by_car(self, minutes: float = 120, seats: int = 3, **more: object) -> str:
        """A journey in a car alone."""
        leg, wish = self.in_car(minutes, seats, **more)
        return self.shown(OfferedJourney((leg,), (wish,)))

    # ── acts ───────────────────────────────────────────────────────────────────────────────────────

    def offers(
        self,
        *journeys: str,
        name: str = "theo",
        products: tuple[str, ...] = (),
        riders: tuple[RiderWish, ...] = (RiderWish(),),
    ) -> list[Offered]:
        wishes = tuple(ProductWish(one, 0) for one in products)
        return offer(self.ports, buyer(name), OfferWish(journeys, wishes, riders))

    def order(
        self,
        *journeys: str,
        name: str = "theo",
        products: tuple[str, ...] = (),
        riders: tuple[RiderWish, ...] = (RiderWish(),),
        key: str = "",
        contact: Contact | None = None,
    ) -> Order:
        """Offered and ordered."""
        offers = self.offers(*journeys, name=name, products=products, riders=riders)
        return self.take(*(one.token for one in offers), name=name, key=key, contact=contact).order

    def take(
        self, *tokens: str, name: str = "theo", key: str = "", contact: Contact | None = None
    ) -> Ordered:
        return order(self.ports, buyer(name), OrderWish(tokens, contact or Contact()), key)

    def pay(self, order_id: str) -> Order:
        """The money is there: what `take_answer` does, without a provider."""
        with self.begin() as work:
            found = work.orders.lock_order(order_id)
            assert found is not None
            now = self.clock.now
            payment = Payment(
                self.acts.new_id(), found.id, CHARGE, "till", found.due_cents, CAPTURED, "ref", now, now,
                captured_cents=found.due_cents,
            )  # fmt: skip
            work.orders.put_payment(payment)
            hold = {"hold": payment.id, "provider": "till", "amount_cents": found.due_cents}
            post(work, found, [("hold", hold), ("capture", hold)], now)
            done = complete_in(work, self.ports, found, payment)
            work.commit()
        return done

    def buy(self, *journeys: str, **more: object) -> Order:
        """Ordered and, where it costs anything, paid."""
        made = self.order(*journeys, **more)  # type: ignore[arg-type]
        return self.pay(made.id) if made.cents else made

    # ── what there is ──────────────────────────────────────────────────────────────────────────────

    def find(self, order_id: str) -> Order:
        with self.begin(read_only=True) as work:
            found = work.orders.find_order(order_id)
        assert found is not None
        return found

    def tickets(self, order_id: str) -> list[Ticket]:
        with self.begin(read_only=True) as work:
            return work.orders.list_tickets(order_id)

    def ride(self, item: OrderItem) -> OnDemandRide:
        (seat,) = [one for one in item.seats if one.kind is SeatKind.ON_DEMAND]
        return self.town.find(seat.id)

    def booking(self, item: OrderItem) -> Booking:
        (seat,) = [one for one in item.seats if one.kind is SeatKind.CARPOOL]
        with self.begin(read_only=True) as work:
            found = work.rides.find_booking(seat.id)
        assert found is not None
        return found

    @contextmanager
    def refused(self, reason: Reason) -> Iterator[pytest.ExceptionInfo[RefusedError]]:
        """The refusal has words in both languages."""
        with pytest.raises(RefusedError) as refusal:
            yield refusal
        assert refusal.value.reason is reason, refusal.value.english
        assert len(refusal.value.french) > 10
        assert len(refusal.value.english) > 10

    def balances(self, order_id: str) -> dict[str, int]:
        """By account, of one order's book."""
        from ticketing.sales.postings import postings_of

        sums: dict[str, int] = {}
        with self.begin(read_only=True) as work:
            for entry in work.sales_journal.list_entries(order_id):
                for posting in postings_of(entry):
                    sums[posting.account] = sums.get(posting.account, 0) + posting.amount_cents
        return {account: cents for account, cents in sorted(sums.items()) if cents}


HOUR = dt.timedelta(hours=1)
