"""The life of an order as a state machine: held, paid or not, given back in parts, exchanged, in any order. Beside it
runs a slow twin that knows nothing but a balance and who travels."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.life import OVER, PAID, STEPS, UNPAID, changed, fulfil, status_of, step, step_all
from ticketing.orders.order import Order, OrderItem, OrderStatus, Returned
from ticketing.orders.refund_rules import ItemRefund, Uses, keep, refund_of_line
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.orders.shares import by_rider, lines_of_party, parties, party_of
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider
from ticketing.tariff.no_tariff import NO_TARIFF
from ticketing.tariff.tariff import RefundRule

NOW = dt.datetime(2026, 3, 10, 5, tzinfo=dt.UTC)
NOW_S = int(NOW.timestamp())
TARIFF = replace(
    NO_TARIFF,
    refunds=(
        RefundRule(("single", "group"), (), 120, 1000, 0),
        RefundRule(("single", "group"), (), 0, 500, 50),
    ),
)


def leg(leaves_s: int) -> FareLeg:
    return FareLeg(FareMode.COACH, FareStop("a"), FareStop("b"), leaves_s, leaves_s + 1800, 10_000)


def line(legs: tuple[int, ...], riders: tuple[int, ...], cents: int, kind: str = "single") -> PriceLine:
    weights = tuple((one, "coaches", 100 + one) for one in legs)
    return PriceLine("p", "p", "p", kind, legs, riders, cents, cents, "rule", 100, weights)


@st.composite
def items(draw: st.DrawFn, number: int) -> OrderItem:
    count = draw(st.integers(1, 3))
    legs = tuple(leg(NOW_S + 1800 * draw(st.integers(1, 12))) for _ in range(draw(st.integers(1, 2))))
    riders = tuple(range(count))
    kind = draw(st.sampled_from(("single", "group")))
    cents = draw(st.integers(0, 2000))
    lines = by_rider([line(tuple(range(len(legs))), riders, cents, kind)])
    return OrderItem(str(number), OrderStatus.PREBOOKED, legs, (Rider(),) * count, lines)


class OrderLife(RuleBasedStateMachine):
    """One order. The twin: `paid` and `back`, and the riders who may travel, by item."""

    @initialize(first=items(1), second=items(2))
    def begin(self, first: OrderItem, second: OrderItem) -> None:
        self.order = Order(
            "o", "REF00000", "theo", "x", OrderStatus.PREBOOKED, (first, second), "", NOW, NOW,
            NOW + dt.timedelta(minutes=10),
        )  # fmt: skip
        self.at = NOW
        self.paid = self.back = self.kept = 0
        self.travel: dict[str, set[int]] = {}
        self.refs: dict[str, tuple[str, ...]] = {}

    def _try(self, order: Order | None) -> None:
        if order is not None:
            assert order.version == self.order.version + 1
            self.order = order

    @rule(to=st.sampled_from((OrderStatus.ON_HOLD, OrderStatus.PREBOOKED, OrderStatus.RELEASED)))
    def step(self, to: OrderStatus) -> None:
        allowed = all(to in STEPS[item.status] for item in self.order.items)
        if allowed:
            self._try(step_all(self.order, to, self.at))
            return
        with pytest.raises(OrderRefusedError) as refusal:
            step_all(self.order, to, self.at)
        assert refusal.value.reason is Reason.STATE

    @rule()
    def pay(self) -> None:
        n = 0
        for item in self.order.items:
            found = parties(item.lines, len(item.riders))
            self.refs[item.id] = tuple(f"REF00000-{n + k + 1}" for k in range(len(found)))
            n += len(found)
        was_unpaid = self.order.status in UNPAID
        try:
            done = fulfil(self.order, lambda item: self.refs[item.id], self.at)
        except OrderRefusedError:
            assert not was_unpaid
            return
        assert was_unpaid
        self._try(done)
        self.paid = self.order.cents
        self.travel = {item.id: set(range(len(item.riders))) for item in self.order.items}

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        self.at += dt.timedelta(minutes=minutes)

    @precondition(lambda self: self.order.status in PAID)
    @rule(data=st.data(), more=st.integers(0, 300))
    def give_back(self, data: st.DataObject, more: int) -> None:
        """One party of one item, and `more` kept beside the rules."""
        open_ = [item for item in self.order.items if item.status in PAID]
        item = data.draw(st.sampled_from(open_))
        ref = data.draw(st.sampled_from(item.ticket_refs))
        found, party = party_of(self.order, ref)
        assert found is item
        gone = {one.line for one in item.returned}
        mine = [n for n in lines_of_party(item, party) if n not in gone]
        parts = [refund_of_line(item, n, TARIFF, Uses(), int(self.at.timestamp())) for n in mine]
        made = tuple(part for part in parts if part is not None)
        if not made:
            return
        whole = {n for n in range(len(item.lines)) if n not in gone} <= set(mine)
        (one,) = keep((ItemRefund(item.id, made, party, whole),), more)
        for part in one.parts:
            assert 0 <= part.fee_cents <= part.cents <= item.lines[part.line].cents
        after = replace(
            item,
            returned=item.returned
            + tuple(Returned(part.line, part.cents, part.fee_cents) for part in one.parts),
            refunded_cents=item.refunded_cents + sum(part.refund_cents for part in one.parts),
            fee_cents=item.fee_cents + sum(part.fee_cents for part in one.parts),
        )
        if whole:
            after = step(after, OrderStatus.REFUNDED if after.refunded_cents else OrderStatus.CANCELLED)
        self.back += sum(part.refund_cents for part in one.parts)
        self.kept += sum(part.fee_cents for part in one.parts)
        self.travel[item.id] -= set(party)
        self._try(
            changed(self.order, (after if one_.id == item.id else one_ for one_ in self.order.items), self.at)
        )

    @precondition(lambda self: self.order.status is OrderStatus.FULFILLED)
    @rule(new=items(3))
    def exchange(self, new: OrderItem) -> None:
        untouched = [i for i in self.order.items if i.status is OrderStatus.FULFILLED and not i.returned]
        if not untouched or len(self.order.items) > 4:
            return
        old = untouched[0]
        n = sum(len(parties(item.lines, len(item.riders))) for item in self.order.items)
        refs = tuple(f"REF00000-{n + k + 1}" for k in range(len(parties(new.lines, len(new.riders)))))
        made = replace(
            step(step(new, OrderStatus.CONFIRMED), OrderStatus.FULFILLED),
            id=str(len(self.order.items) + 1),
            ticket_refs=refs,
            replaces=f"o:{old.id}",
        )
        out = replace(step(old, OrderStatus.EXCHANGED), refunded_cents=old.cents)
        kept = (out if one.id == old.id else one for one in self.order.items)
        self._try(changed(self.order, (*kept, made), self.at))
        self.back += old.cents
        self.paid += made.cents
        self.travel[old.id] = set()
        self.travel[made.id] = set(range(len(made.riders)))

    @invariant()
    def money_is_never_made(self) -> None:
        assert self.back + self.kept <= self.paid
        refunded = sum(item.refunded_cents + item.fee_cents for item in self.order.items)
        assert refunded == self.back + self.kept
        for item in self.order.items:
            assert item.refunded_cents + item.fee_cents <= item.cents

    @invariant()
    def the_order_is_what_its_items_are(self) -> None:
        assert self.order.status is status_of(self.order.items)
        statuses = {item.status for item in self.order.items}
        if statuses & UNPAID:
            assert len(statuses) == 1, "until it is paid all step together"
            assert self.order.expires_at is not None
        else:
            assert self.order.expires_at is None
        assert (self.order.status in OVER) == (statuses <= OVER)

    @invariant()
    def who_travels_has_paid(self) -> None:
        for item in self.order.items:
            if item.status in OVER:
                assert not self.travel.get(item.id)
            if self.travel.get(item.id):
                assert item.status in PAID


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(
    max_examples=60, stateful_step_count=25, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("status", sorted(OVER), ids=str)
def test_what_is_over_stays_so(status: OrderStatus) -> None:
    item = OrderItem("1", status, (), (Rider(),), ())
    for to in OrderStatus:
        with pytest.raises(OrderRefusedError):
            step(item, to)


def test_every_status_is_reached_from_the_first() -> None:
    reached, edge = {OrderStatus.PREBOOKED}, {OrderStatus.PREBOOKED}
    while edge:
        edge = {to for of in edge for to in STEPS[of]} - reached
        reached |= edge
    assert reached == set(OrderStatus)
