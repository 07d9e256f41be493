"""A shop, its buyers and its bank, to be put under fire: on any database, in any number of threads and processes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from ground.signed import sign
from mobility.accounts.caller import Caller, Role
from mobility.accounts.person import Person
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.ports import ActPorts
from mobility.acts.sales.basket import OrderWish, order
from mobility.acts.sales.follow_payments import follow_payments
from mobility.acts.sales.hear_payment import NobodysPaymentError, hear_payment
from mobility.acts.sales.offer import OfferWish, RiderWish, offer
from mobility.acts.sales.pay import PayWish, pay
from mobility.acts.sales.payment_port import PaymentProvider
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.release import release_due
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.journeys.on_demand.crow_drives import CrowDrives
from mobility.outside.payments.sandbox import SIGNATURE_HEADER, Sandbox
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.outside.payments.webhook_signature import sign_webhook
from mobility.storage.unit_of_work import units_of_work
from tests.contracts.sales_scene import TARIFF
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.journey import OfferedJourney
from ticketing.orders.offer import ProductWish
from ticketing.orders.order import Order

SECRET = b"s" * 32
JOURNEY_KEY, OFFER_KEY = b"j" * 32, b"o" * 32


def now_utc() -> dt.datetime:
    """The clock on the wall."""
    return dt.datetime.now(dt.UTC)


def sales_ports(
    engine: Engine, providers: Sequence[PaymentProvider], now: Callable[[], dt.datetime] = now_utc
) -> SalesPorts:
    """What selling needs, with a tariff for tests. Nothing of it is shared between processes but the database."""
    acts = ActPorts(units_of_work(engine), now, lambda: uuid.uuid4().hex)
    on_demand = OnDemandPorts(acts, CrowDrives, b"q" * 32, lambda day: False)
    return SalesPorts(
        acts,
        on_demand,
        OFFER_KEY,
        JOURNEY_KEY,
        tariffs=lambda work: (TARIFF,),
        providers={one.name: one for one in providers},
        issuer="TEST",
    )


def add_buyers(engine: Engine, names: Sequence[str]) -> None:
    """People with accounts."""
    with units_of_work(engine)() as work:
        for name in names:
            roles = frozenset((Role.TRAVELLER,))
            work.accounts.put_person(Person(name, f"p-{name}", roles, now_utc()))
        work.commit()


def buyer(name: str) -> Caller:
    """Somebody with an account."""
    return Caller(name, frozenset((Role.TRAVELLER,)))


def coach_and_train(now: dt.datetime, ahead_h: float = 5.0, key: bytes = JOURNEY_KEY) -> str:
    """A journey by coach (1.50 €) and train (10 €), as it was shown."""
    leave_s = int(now.timestamp() + 3600 * ahead_h)
    legs = tuple(
        FareLeg(
            mode,
            FareStop(f"{mode}-a", f"{mode} A"),
            FareStop(f"{mode}-b", f"{mode} B"),
            leave_s + number * 3600,
            leave_s + number * 3600 + 1800,
            20_000,
            "feed",
            agency,
        )
        for number, (mode, agency) in enumerate(((FareMode.COACH, "coaches"), (FareMode.RAIL, "railway")))
    )
    return sign(OfferedJourney(legs, expires_s=int(now.timestamp()) + 900), key)


def offered(ports: SalesPorts, name: str, products: tuple[str, ...] = (), riders: int = 1) -> str:
    """The token of one offer: the journey, or else a product."""
    journeys = () if products else (coach_and_train(ports.acts.now()),)
    wishes = tuple(ProductWish(one, 0) for one in products)
    (made,) = offer(ports, buyer(name), OfferWish(journeys, wishes, (RiderWish(),) * riders))
    return made.token


def purchase(ports: SalesPorts, name: str, token: str, card: str, key: str) -> tuple[Order, Payment]:
    """An offer is ordered and paid with a test card, as a client does who sends the same keys until it is answered."""
    made = order(ports, buyer(name), OrderWish((token,)), f"order {key}").order
    return made, pay(ports, buyer(name), made.id, PayWish("sandbox", card), f"pay {key}")


@dataclass
class Shop:
    """A shop with its bank in one process, and a clock that can be set."""

    engine: Engine
    folder: Path
    now: Callable[[], dt.datetime] = now_utc
    book: SandboxBook = field(init=False)
    bank: Sandbox = field(init=False)
    ports: SalesPorts = field(init=False)

    def __post_init__(self) -> None:
        self.book = SandboxBook(self.folder / "bank.sqlite")
        self.bank = Sandbox(self.book, SECRET, self.now, "http://127.0.0.1:1", self.tell)
        self.ports = sales_ports(self.engine, [self.bank], self.now)

    def tell(self) -> int:
        """The bank's webhooks that are due are told; how many."""
        return tell_due(self.ports, self.book, self.now)

    def work(self) -> None:
        """What the worker does now."""
        release_due(self.ports)
        follow_payments(self.ports)


def tell_due(
    ports: SalesPorts,
    book: SandboxBook,
    now: Callable[[], dt.datetime] = now_utc,
) -> int:
    """Have the shop hear what its bank has to tell; what it does not know is told again later."""
    with book.open() as page:
        events = page.take_due(now().timestamp(), now().timestamp() + 5)
    for event in events:
        header = sign_webhook(SECRET, int(now().timestamp()), event.body)
        try:
            hear_payment(ports, "sandbox", {SIGNATURE_HEADER: header}, event.body)
        except NobodysPaymentError:
            continue
        with book.open() as page:
            page.drop(event.n)
    return len(events)
