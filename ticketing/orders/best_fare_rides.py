"""The best fare of a period over the orders of an account: what its rides and passes cost, what they cost at most, and
off which lines the difference is taken. Pure; `mobility.acts.sales.best_fare` gives it back.

Each version of the tariff is looked at by itself, with its own passes; so is each rider category the account travelled
in. Rides of others in a party are theirs. A line keeps a cent as long as others have something left: its ticket stays
a ticket that was paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ticketing.money import apportion
from ticketing.orders.life import PAID
from ticketing.orders.order import Order, OrderItem
from ticketing.pricing.best_fare import BestFare, PaidFor, Span, best_fare
from ticketing.pricing.fare_periods import FarePeriod
from ticketing.pricing.held_pass import held_pass, holds_for
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import HeldPass, Rider
from ticketing.tariff.days import DAY, FareDay, fare_day
from ticketing.tariff.tariff import Kind, Tariff

NOT_WEIGHED = frozenset(("unit", "held-pass", Kind.CARNET, Kind.CARD))
"""Kinds of lines that are the price of neither a ride nor a pass."""


@dataclass(frozen=True, slots=True)
class PaidLine:
    """What the buyer paid by one line for rides on one network, or for a pass, less what was refunded of it."""

    order_id: str
    item_id: str
    line: int
    paid: PaidFor
    rider: Rider
    left_cents: int
    """What stands of the whole line, without what best fares took off."""


@dataclass(frozen=True, slots=True)
class TakenOff:
    """So much off a line. `is_all`: nothing stands of it then."""

    order_id: str
    item_id: str
    line: int
    cents: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class PeriodStanding:
    """How an account stands in a period, by one version of the tariff and as one category of rider."""

    period: FarePeriod
    tariff_version: str
    category: str
    best: BestFare
    given_cents: int
    """What best fares gave back of these before, of this period or of one within it."""
    lines: tuple[PaidLine, ...]

    @property
    def due_cents(self) -> int:
        """What is to be given back yet."""
        return max(self.best.back_cents - self.given_cents, 0)


def standings(orders: Iterable[Order], tariff: Tariff, period: FarePeriod) -> list[PeriodStanding]:
    """An account's standings in a period by one version of the tariff; by category, without those there is nothing to
    say of.

    `orders`: all that may have rides or passes in it; others do no harm.
    """
    own = [(order, item) for order in orders for item in order.items if not item.names]
    held = [one for _, item in own if item.status in PAID for one in _held(item)]
    lines: dict[str, list[PaidLine]] = {}
    given: dict[str, int] = {}
    for order, item in own:
        if item.tariff_version != tariff.version or not item.riders:
            continue
        category = item.riders[0].category
        for number, line in enumerate(item.lines):
            days = _days(item, line, tariff)
            if days is None or not (period.first <= days[0] and days[1] <= period.until):
                continue
            off = sum(one.cents - one.kept_cents for one in item.best_fare if one.line == number)
            given[category] = given.get(category, 0) + off
            if item.status in PAID:
                lines.setdefault(category, []).extend(_paid(order, item, number, days, tariff, held))
    found = []
    for category in sorted({*lines, *(one for one, cents in given.items() if cents)}):
        of = lines.get(category, [])
        best = best_fare(tariff, _rider(category, of), (one.paid for one in of), period.first, period.until)
        found.append(
            PeriodStanding(period, tariff.version, category, best, given.get(category, 0), tuple(of))
        )
    return found


def take_off(standing: PeriodStanding, latest_first: Sequence[str]) -> list[TakenOff]:
    """Off which lines all that is due is taken: of what its passes would have covered, or passes do that were bought,
    from the orders that were paid last on (`latest_first`: order ids)."""
    room: dict[tuple[str, str, int], int] = {}
    left: dict[tuple[str, str, int], int] = {}
    rank = {order_id: number for number, order_id in enumerate(latest_first)}
    for one in standing.lines:
        if not (
            one.paid.is_held or any(instead.span.holds(one.paid.span) for instead in standing.best.passes)
        ):
            continue
        key = one.order_id, one.item_id, one.line
        left[key] = one.left_cents
        room[key] = min(room.get(key, 0) + one.paid.cents, one.left_cents)
    keys = sorted(room, key=lambda key: (rank[key[0]], key[1], -key[2]))
    due, taken = standing.due_cents, dict.fromkeys(keys, 0)
    for keeps in (1, 0):
        for key in keys:
            more = min(due, min(room[key], left[key] - keeps) - taken[key])
            if more > 0:
                taken[key] += more
                due -= more
    return [TakenOff(*key, cents, cents == left[key]) for key, cents in taken.items() if cents]


def off_line(item: OrderItem, number: int) -> int:
    """What best fares took off a line."""
    return sum(one.cents for one in item.best_fare if one.line == number)


def _held(item: OrderItem) -> Iterator[HeldPass]:
    """The passes one has by an item; none that was given back, be it in part."""
    for number, line in enumerate(item.lines):
        found = held_pass(line)
        if found is not None and not any(one.line == number for one in item.returned):
            yield found


def _days(item: OrderItem, line: PriceLine, tariff: Tariff) -> tuple[FareDay, FareDay] | None:
    """The fare days of a line, until exclusive: a pass's are those it holds on; None: it is not weighed."""

    def day_of(instant_s: int) -> FareDay:
        return fare_day(instant_s, tariff.time_zone, tariff.fare_day_begins_min)

    if line.kind in NOT_WEIGHED:
        return None
    if line.kind == Kind.PASS:
        return day_of(line.valid_from_s), FareDay(day_of(line.valid_until_s - 1) + DAY)
    if not line.legs:
        return None
    day = day_of(item.legs[min(line.legs)].departure_s)
    return day, FareDay(day + DAY)


def _paid(
    order: Order,
    item: OrderItem,
    number: int,
    days: tuple[FareDay, FareDay],
    tariff: Tariff,
    held: Sequence[HeldPass],
) -> Iterator[PaidLine]:
    """A pass; or the rides of a line by network, in the ratio of what its legs cost by themselves. None where all of it
    was given back."""
    line = item.lines[number]
    returned = sum(one.cents for one in item.returned if one.line == number)
    standing = line.cents - returned
    left = standing - off_line(item, number)
    if 0 not in line.riders or standing <= 0 or (returned and left <= 0):
        return
    mine = standing // len(line.riders)
    sums: dict[tuple[frozenset[str], bool], int] = {}
    if line.kind == Kind.PASS:
        sums[frozenset(line.networks), False] = mine
    else:
        alone = {leg: weight for leg, _, weight in line.weights}
        shares = apportion(mine, [alone.get(leg, 0) for leg in line.legs])
        for leg, share in zip(line.legs, shares, strict=True):
            network = tariff.find_network(item.legs[leg])
            is_held = any(holds_for(tariff, one, item.legs[leg]) for one in held)
            key = frozenset(("" if network is None else network.id,)), is_held
            sums[key] = sums.get(key, 0) + share
    for (networks, is_held), cents in sums.items():
        paid = PaidFor(cents, Span(*days, networks), is_held)
        yield PaidLine(order.id, item.id, number, paid, item.riders[0], left)


def _rider(category: str, lines: Iterable[PaidLine]) -> Rider:
    """Whom passes are priced for: with the cards they had on any of these rides."""
    return Rider(category, tuple(sorted({card for one in lines for card in one.rider.cards})))
