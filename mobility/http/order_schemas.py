"""What is asked and answered about offers, orders and tickets, in OSDM's words. Names are in camelCase, units last."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import AwareDatetime, Field

from ground import signed
from mobility.acts.sales.basket import Contact, OrderWish
from mobility.acts.sales.offer import NAME_LENGTH_MAX, OFFERS_MAX, RIDERS_MAX, Offered, OfferWish, RiderWish
from mobility.http.account_schemas import Answered, Asked
from mobility.http.carpool_schemas import At
from ticketing.fares.leg import FareLeg, FareMode
from ticketing.money import euros
from ticketing.orders.best_fare_rides import PeriodStanding
from ticketing.orders.best_fare_words import words_of_back
from ticketing.orders.offer import ProductWish
from ticketing.orders.order import BestFareBack, Order, OrderItem, OrderStatus, SeatKind
from ticketing.pricing.price import PriceLine, Rejected
from ticketing.tickets.ticket import Ticket

OfferToken = Annotated[str, Field(min_length=1, max_length=signed.LENGTH_MAX, pattern=r"^[A-Za-z0-9_-]+$")]
ProductId = Annotated[str, Field(min_length=1, max_length=120, examples=["coach-carnet"])]
Person = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_.:-]{0,64}$", description="For who sells to others: an account, or `guest`."),
]


class RiderAsked(Asked):
    """Somebody who travels."""

    category: str = Field(default="adult", max_length=60, examples=["youth"])
    cards: list[ProductId] = Field(
        default=[], max_length=10, description="Cards that are shown at inspections."
    )
    name: str = Field(
        default="", max_length=NAME_LENGTH_MAX, description='"": the buyer, if it is the first.'
    )

    def read(self) -> RiderWish:
        return RiderWish(self.category, tuple(self.cards), self.name)


class ProductAsked(Asked):
    """A pass, carnet or card."""

    product: ProductId
    valid_from: At | None = Field(None, description="From now on, where it is left out.")
    zones: list[ProductId] = Field(default=[], max_length=50)

    def read(self) -> ProductWish:
        from_s = 0 if self.valid_from is None else int(self.valid_from.timestamp())
        return ProductWish(self.product, from_s, tuple(self.zones))


class OffersAsked(Asked):
    """Journeys as the planner showed them, products, and who travels."""

    journeys: list[OfferToken] = Field([], max_length=OFFERS_MAX, description="`price.offer` of itineraries.")
    products: list[ProductAsked] = Field(default=[], max_length=OFFERS_MAX)
    riders: list[RiderAsked] = Field([RiderAsked()], min_length=1, max_length=RIDERS_MAX)
    person: Person = ""

    def read(self) -> OfferWish:
        return OfferWish(
            tuple(self.journeys),
            tuple(one.read() for one in self.products),
            tuple(one.read() for one in self.riders),
            self.person,
        )


class LegAnswered(Answered):
    mode: FareMode
    from_name: str
    to_name: str
    departure: dt.datetime
    arrival: dt.datetime
    route: str


class LineAnswered(Answered):
    """One product that covers some legs for some riders."""

    product: str
    name_fr: str
    name_en: str
    kind: str
    legs: list[int]
    riders: list[int]
    cents: int
    full_cents: int = Field(description="Before reductions and caps.")
    rule: str = Field(description="The rule that gave it, and the figures.")
    vat_permille: int
    valid_from: dt.datetime | None
    valid_until: dt.datetime | None


class RejectedAnswered(Answered):
    """A way to pay for the journey that was not taken, and why."""

    products: list[str]
    cents: int | None
    rule: str
    reason_fr: str
    reason_en: str


class OfferAnswered(Answered):
    id: str
    offer: str = Field(description="Bring it to `POST /v1/orders` before `expiresAt`.")
    cents: int
    currency: str = "EUR"
    tariff: str
    expires_at: dt.datetime
    lines: list[LineAnswered]
    rejected: list[RejectedAnswered]


class ContactAsked(Asked):
    """Where a guest is reached."""

    name: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=40)
    email: str = Field(default="", max_length=200)

    def read(self) -> Contact:
        return Contact(self.name, self.phone, self.email)


class OrderAsked(Asked):
    """A basket."""

    offers: list[OfferToken] = Field(min_length=1, max_length=OFFERS_MAX)
    contact: ContactAsked = ContactAsked()
    person: Person = ""

    def read(self) -> OrderWish:
        return OrderWish(tuple(self.offers), self.contact.read(), self.person)


class SeatAnswered(Answered):
    kind: SeatKind
    id: str = Field(description="A ride on demand, or a carpool booking.")
    leg: int


class RiderAnswered(Answered):
    category: str
    name: str


class BestFareAnswered(Answered):
    """What the best fare of a period took off an item once the period was over."""

    period: str = Field(description="A fare day 2026-11-22, a week 2026-W47 or a month 2026-11.")
    cents: int
    instead: list[str] = Field(description="The passes that would have cost less.")
    words_fr: str
    words_en: str


class ItemAnswered(Answered):
    id: str
    status: OrderStatus
    cents: int
    refunded_cents: int
    fee_cents: int = Field(description="Kept of what was refunded or exchanged.")
    legs: list[LegAnswered]
    riders: list[RiderAnswered]
    lines: list[LineAnswered]
    seats: list[SeatAnswered]
    tickets: list[str]
    replaces: str
    carried_cents: int = Field(
        description="Of its price: what the item it replaces is worth, not paid again."
    )
    best_fare: list[BestFareAnswered]


class OrderAnswered(Answered):
    id: str
    reference: str
    status: OrderStatus
    cents: int
    due_cents: int = Field(
        description="What is, or was, to be paid: without what an exchanged item is worth."
    )
    refunded_cents: int
    currency: str
    made_at: dt.datetime
    changed_at: dt.datetime
    expires_at: dt.datetime | None = Field(description="Unpaid, it is released then.")
    items: list[ItemAnswered]
    access: str = Field(
        default="", description="Of a guest's order, answered once: keep it, it opens the order."
    )


class StandingAnswered(Answered):
    """How a period stands until now; cents."""

    period: str = Field(description="A fare day 2026-11-22, a week 2026-W47 or a month 2026-11.")
    tariff: str
    category: str
    paid_cents: int = Field(description="For rides, before anything a best fare gave back.")
    owed_cents: int = Field(description="What they cost at most: with the best passes.")
    given_cents: int = Field(description="Given back already, for a shorter period within this one.")
    due_cents: int = Field(description="What would be given back if nothing were added until the end.")
    instead: list[str] = Field(description="The passes that would have cost less.")


class RightAnswered(Answered):
    network: str
    from_stop: str
    to_stop: str
    zones: list[str]
    valid_from: dt.datetime | None
    valid_until: dt.datetime | None


class TicketAnswered(Answered):
    ref: str
    order: str
    item: str
    product: str
    category: str
    count: int
    cents: int
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    issued_at: AwareDatetime
    revoked_at: dt.datetime | None
    has_uic_code: bool = Field(
        description="Whether it also has a code for inspectors of railways: `…/uic-code`."
    )
    rights: list[RightAnswered]


def offer_answer(offered: Offered) -> OfferAnswered:
    one = offered.offer
    return OfferAnswered(
        id=one.id,
        offer=offered.token,
        cents=one.cents,
        tariff=one.tariff_version,
        expires_at=instant(one.expires_s),
        lines=[line_answer(line) for line in one.lines],
        rejected=[_rejected(way) for way in offered.rejected],
    )


def order_answer(order: Order, access: str = "") -> OrderAnswered:
    return OrderAnswered(
        id=order.id,
        reference=order.reference,
        status=order.status,
        cents=order.cents,
        due_cents=order.due_cents,
        refunded_cents=sum(item.refunded_cents for item in order.items),
        currency=order.currency,
        made_at=order.made_at,
        changed_at=order.changed_at,
        expires_at=order.expires_at,
        items=[_item(item) for item in order.items],
        access=access,
    )


def standing_answer(one: PeriodStanding) -> StandingAnswered:
    return StandingAnswered(
        period=one.period.name,
        tariff=one.tariff_version,
        category=one.category,
        paid_cents=one.best.paid_cents,
        owed_cents=one.best.owed_cents,
        given_cents=one.given_cents,
        due_cents=one.due_cents,
        instead=list(dict.fromkeys(each.product_id for each in one.best.passes)),
    )


def ticket_answer(ticket: Ticket) -> TicketAnswered:
    return TicketAnswered(
        ref=ticket.ref,
        order=ticket.order_id,
        item=ticket.item_id,
        product=ticket.product_id,
        category=ticket.category,
        count=ticket.count,
        cents=ticket.cents,
        valid_from=instant(ticket.valid_from_s),
        valid_until=instant(ticket.valid_until_s),
        issued_at=instant(ticket.issued_s),
        revoked_at=_perhaps(ticket.revoked_s),
        has_uic_code=bool(ticket.rics),
        rights=[
            RightAnswered(
                network=right.network_id,
                from_stop=right.from_stop,
                to_stop=right.to_stop,
                zones=list(right.zones),
                valid_from=_perhaps(right.valid_from_s),
                valid_until=_perhaps(right.valid_until_s),
            )
            for right in ticket.rights
        ],
    )


def line_answer(line: PriceLine) -> LineAnswered:
    return LineAnswered(
        product=line.product_id,
        name_fr=line.name_fr,
        name_en=line.name_en,
        kind=line.kind,
        legs=list(line.legs),
        riders=list(line.riders),
        cents=line.cents,
        full_cents=line.full_cents,
        rule=line.rule,
        vat_permille=line.vat_permille,
        valid_from=_perhaps(line.valid_from_s),
        valid_until=_perhaps(line.valid_until_s),
    )


def instant(at_s: int) -> dt.datetime:
    """Of epoch seconds."""
    return dt.datetime.fromtimestamp(at_s, dt.UTC)


def _perhaps(at_s: int) -> dt.datetime | None:
    return instant(at_s) if at_s else None


def _rejected(way: Rejected) -> RejectedAnswered:
    return RejectedAnswered(
        products=list(way.product_ids),
        cents=way.cents,
        rule=way.rule,
        reason_fr=way.reason_fr,
        reason_en=way.reason_en,
    )


def _item(item: OrderItem) -> ItemAnswered:
    names = item.names or ("",) * len(item.riders)
    return ItemAnswered(
        id=item.id,
        status=item.status,
        cents=item.cents,
        refunded_cents=item.refunded_cents,
        fee_cents=item.fee_cents,
        legs=[_leg(leg) for leg in item.legs],
        riders=[
            RiderAnswered(category=rider.category, name=name)
            for rider, name in zip(item.riders, names, strict=True)
        ],
        lines=[line_answer(line) for line in item.lines],
        seats=[SeatAnswered(kind=seat.kind, id=seat.id, leg=seat.leg) for seat in item.seats],
        tickets=list(item.ticket_refs),
        replaces=item.replaces,
        carried_cents=item.carried_cents,
        best_fare=[_best_fare(one) for one in item.best_fare if one.cents],
    )


def _best_fare(one: BestFareBack) -> BestFareAnswered:
    return BestFareAnswered(
        period=one.period,
        cents=one.cents,
        instead=list(one.instead),
        words_fr=words_of_back(one, "fr", euros),
        words_en=words_of_back(one, "en", euros),
    )


def _leg(leg: FareLeg) -> LegAnswered:
    return LegAnswered(
        mode=leg.mode,
        from_name=leg.origin.name or leg.origin.id,
        to_name=leg.destination.name or leg.destination.id,
        departure=instant(leg.departure_s),
        arrival=instant(leg.arrival_s),
        route=leg.route_id,
    )
