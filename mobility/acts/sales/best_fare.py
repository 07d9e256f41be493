"""The best fare afterwards: once a period is over, an account has paid no more for its rides than the best passes would
have cost; what it paid too much goes back the way it came.

A period is a fare day, a week or a month that the tariff sells a pass for. It is settled when it is over and a few
hours have passed, so that late cancellations are in: over all orders of the account, by each version of the tariff,
once. All of it happens in one transaction, with the buyer and the orders locked; what was settled is remembered in it.
What days and weeks gave back counts towards their month. Guests have no account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from mobility.accounts.caller import Caller, Permission
from mobility.acts.idempotency import UsedKey, digest_of
from mobility.acts.on_demand.locked import until_locked
from mobility.acts.ports import UnitOfWork
from mobility.acts.ride_data import ERASED
from mobility.acts.sales.best_fare_left import settled_key
from mobility.acts.sales.order_events import tell_order
from mobility.acts.sales.own_products import list_counting
from mobility.acts.sales.pay_back import pay_back
from mobility.acts.sales.payment_fold import CHARGE
from mobility.acts.sales.post import post
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.tariff_versions import prices_in
from ticketing.orders.best_fare_rides import PeriodStanding, TakenOff, standings, take_off
from ticketing.orders.life import changed
from ticketing.orders.order import BestFareBack, Order, OrderItem
from ticketing.orders.relevance import CAPS_S
from ticketing.postings import LedgerError
from ticketing.pricing.fare_periods import FarePeriod, kinds_sold, period_before, period_of
from ticketing.sales.bodies import sale_of
from ticketing.tariff.tariff import Tariff

GRACE_S = 6 * 3600
"""How long after its end a period is settled: what was cancelled late is given back by then."""
LOOKS_BACK = 2
"""So many periods of each kind that are over does the worker look at; older ones are settled by name."""


class NotOverError(ValueError):
    """A period is not over, or its late cancellations may not be in."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a period gave an account back, by one version of the tariff and as one category of rider."""

    person_id: str
    standing: PeriodStanding
    back_cents: int
    """All that is due."""
    orders: tuple[tuple[str, int], ...]
    """(order id, cents)."""


def settle_due(ports: SalesPorts) -> int:
    """Settle the periods that are over; how many accounts got something back. The worker does it again and again.

    An account whose book refuses keeps nobody else from theirs: LedgerError is raised when all others are done.
    """
    now_s = int(ports.acts.now().timestamp())
    with ports.acts.unit_of_work(read_only=True) as work:
        tariffs = ports.tariffs(work)
        periods = _periods_over(tariffs, now_s)
        wanted = [(period, person) for period in periods for person in _people(work, tariffs, period)]
    count, refused = 0, list[LedgerError]()
    for period, person in wanted:
        try:
            count += any(one.back_cents for one in until_locked(partial(settle, ports, person, period)))
        except LedgerError as error:
            refused.append(error)
    if refused:
        raise refused[0]
    return count


def settle_period(
    ports: SalesPorts, caller: Caller, period: FarePeriod, *, is_dry: bool = False
) -> list[Settled]:
    """Settle a period for everybody it is not settled for; `is_dry`: say only what would be given back.

    Raises ForbiddenError, and NotOverError unless it is dry.
    """
    caller.require(Permission.MANAGE_SALES)
    now_s = int(ports.acts.now().timestamp())
    with ports.acts.unit_of_work(read_only=True) as work:
        tariffs = ports.tariffs(work)
        if not is_dry and not _is_over(tariffs, period, now_s):
            raise NotOverError(f"{period.name} is settled {GRACE_S // 3600} hours after its end, not before")
        people = _people(work, tariffs, period)
        if is_dry:
            return [one for person in people for one in _settled_in(work, ports, person, period)]
    return [one for person in people for one in until_locked(partial(settle, ports, person, period))]


def settle(ports: SalesPorts, person_id: str, period: FarePeriod) -> list[Settled]:
    """Settle a period for an account: what it is given back. Settled before, nothing happens. Raises
    MovedMeanwhileError: begin again; and NotOverError."""
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        tariffs = ports.tariffs(work)
        if not _is_over(tariffs, period, int(now.timestamp())):
            raise NotOverError(f"{period.name} is settled {GRACE_S // 3600} hours after its end, not before")
        if not _has_account(person_id):
            return []
        work.orders.lock_buyer(person_id)
        done = [
            _give_back(work, ports, one, now)
            for one in _settled_in(work, ports, person_id, period, is_locking=True)
        ]
        if work.orders.find_key(person_id, settled_key(period)) is None:
            versions = dict.fromkeys(one.standing.tariff_version for one in done)
            for version in (*versions, ""):
                key = settled_key(period, version)
                back = sum(one.back_cents for one in done if version in ("", one.standing.tariff_version))
                work.orders.put_key(UsedKey(person_id, key, digest_of(key), (f"{back} cents back",), now))
            work.commit()
    return done


def show_best_fare(ports: SalesPorts, caller: Caller) -> list[PeriodStanding]:
    """How the current periods of the caller stand, the shortest first: what their rides cost so far, and what would be
    given back if nothing were added."""
    now_s = int(ports.acts.now().timestamp())
    with ports.acts.unit_of_work(read_only=True) as work:
        tariff = prices_in(work, ports).tariff_of(now_s)
        if tariff is None or not _has_account(caller.person):
            return []
        found = []
        for kind in kinds_sold(tariff):
            period = period_of(now_s, kind, tariff)
            orders = _orders(work, caller.person, (tariff,), period)
            found += standings(orders, tariff, period)
    return found


def _settled_in(
    work: UnitOfWork, ports: SalesPorts, person_id: str, period: FarePeriod, *, is_locking: bool = False
) -> Iterator[Settled]:
    """What an account would be given back of a period now; nothing where it is settled. `is_locking`: its orders stay
    as they are until then."""
    if work.orders.find_key(person_id, settled_key(period)) is not None:
        return
    tariffs = ports.tariffs(work)
    orders = _orders(work, person_id, tariffs, period)
    if is_locking:
        locked = [work.orders.lock_order(order_id) for order_id in sorted(order.id for order in orders)]
        orders = [order for order in locked if order is not None]
    for tariff in tariffs:
        for standing in standings(orders, tariff, period):
            taken = _taken(work, standing)
            by_order: dict[str, int] = {}
            for one in taken:
                by_order[one.order_id] = by_order.get(one.order_id, 0) + one.cents
            assert sum(by_order.values()) == standing.due_cents, standing
            yield Settled(person_id, standing, standing.due_cents, tuple(by_order.items()))


def _taken(work: UnitOfWork, standing: PeriodStanding) -> list[TakenOff]:
    """All that is due, off the lines of the orders that were paid last."""
    ids = list(dict.fromkeys(one.order_id for one in standing.lines))
    return take_off(standing, _latest_first(work, ids)) if standing.due_cents else []


def _give_back(work: UnitOfWork, ports: SalesPorts, settled: Settled, now: dt.datetime) -> Settled:
    """Take it off the lines, in the book and in the orders, and promise it back. Buyer and orders are locked."""
    standing = settled.standing
    if not settled.back_cents:
        return settled
    taken = _taken(work, standing)
    instead = tuple(dict.fromkeys(one.product_id for one in standing.best.passes))
    reason = f"best fare {standing.period.name}"
    for order_id, cents in settled.orders:
        mine = [one for one in taken if one.order_id == order_id]
        found = work.orders.lock_order(order_id)
        assert found is not None
        order = _take(work, ports, found, mine, standing.period, instead, reason, now)
        pay_back(work, ports, order, cents, reason, now)
        tell_order(work, "best-fare", order, now, period=standing.period.name, back_cents=cents)
    return settled


def _take(
    work: UnitOfWork,
    ports: SalesPorts,
    order: Order,
    taken: Sequence[TakenOff],
    period: FarePeriod,
    instead: tuple[str, ...],
    reason: str,
    now: dt.datetime,
) -> Order:
    """Reverse it in the book, and write it on the order."""
    states = work.sales_journal.load(order.id).states
    lines: dict[str, list[dict[str, str | int]]] = {}
    whole = set()
    for one in taken:
        name, sale = f"{one.item_id}/{one.line + 1}", sale_of(dict(states), one.item_id)
        part: dict[str, str | int] = {"line": name, "cents": one.cents}
        if states[f"sale:{sale}"]["lines"][name]["advance"]:
            part["borne_cents"] = one.cents
        elif one.is_all:
            whole.add(name)
        lines.setdefault(sale, []).append(part)
    reversal = ports.acts.new_id()
    bodies = []
    for number, (sale, parts) in enumerate(lines.items(), 1):
        worthless = [
            name.removeprefix("entitlement:")
            for name, right in states.items()
            if name.startswith("entitlement:") and right["sale"] == sale and not right["revoked"]
            if whole & set(right["lines"])
        ]
        _revoke(work, worthless, now)
        body = {"reversal": f"{reversal}-{number}", "sale": sale, "reason": reason, "lines": parts}
        bodies.append(("reversal", body | {"entitlements": sorted(worthless)}))
    post(work, order, bodies, now)
    after = changed(order, [_after(item, taken, period, instead, now) for item in order.items], now)
    work.orders.put_order(after)
    return after


def _after(
    item: OrderItem,
    taken: Iterable[TakenOff],
    period: FarePeriod,
    instead: tuple[str, ...],
    now: dt.datetime,
) -> OrderItem:
    at_s = int(now.timestamp())
    backs = tuple(
        BestFareBack(one.line, one.cents, period.name, instead, at_s)
        for one in taken
        if one.item_id == item.id
    )
    return replace(
        item,
        best_fare=item.best_fare + backs,
        refunded_cents=item.refunded_cents + sum(one.cents for one in backs),
    )


def _revoke(work: UnitOfWork, refs: Iterable[str], now: dt.datetime) -> None:
    """Tickets of which not a cent is left; the journeys were made."""
    for ref in refs:
        ticket = work.orders.find_ticket(ref)
        if ticket is not None and not ticket.revoked_s:
            work.orders.put_ticket(replace(ticket, revoked_s=int(now.timestamp())))


def _latest_first(work: UnitOfWork, order_ids: Iterable[str]) -> list[str]:
    """Orders, those whose last payment came last first."""
    paid = {
        order_id: [one.made_at for one in work.orders.list_payments(order_id) if one.kind == CHARGE]
        for order_id in order_ids
    }
    return sorted((one for one in paid if paid[one]), key=lambda one: (max(paid[one]), one), reverse=True) + [
        one for one in paid if not paid[one]
    ]


def _orders(work: UnitOfWork, person_id: str, tariffs: Iterable[Tariff], period: FarePeriod) -> list[Order]:
    """All that may have rides in it."""
    return list_counting(work, person_id, dt.datetime.fromtimestamp(_begins_s(tariffs, period), dt.UTC))


def _people(work: UnitOfWork, tariffs: Sequence[Tariff], period: FarePeriod) -> list[str]:
    """The accounts with an order that may have rides in a period, which is not settled for them."""
    if not tariffs:
        return []
    counting = work.orders.list_buyers(_begins_s(tariffs, period) + CAPS_S, settled_key(period))
    return [person for person in counting if _has_account(person)]


def _has_account(person_id: str) -> bool:
    return not person_id.startswith("guest:") and person_id != ERASED


def _begins_s(tariffs: Iterable[Tariff], period: FarePeriod) -> int:
    return min((period.span_s(tariff)[0] for tariff in tariffs), default=0)


def _is_over(tariffs: Iterable[Tariff], period: FarePeriod, now_s: int) -> bool:
    return all(period.span_s(tariff)[1] + GRACE_S <= now_s for tariff in tariffs)


def _periods_over(tariffs: Iterable[Tariff], now_s: int) -> list[FarePeriod]:
    """The last ones of each kind some tariff sells a pass for, days before weeks before months, older ones first."""
    versions = list(tariffs)
    found: dict[FarePeriod, None] = {}
    for tariff in versions:
        for kind in kinds_sold(tariff):
            period = period_of(now_s - GRACE_S, kind, tariff)
            last = [period := period_before(period) for _ in range(LOOKS_BACK)]
            found |= dict.fromkeys(one for one in reversed(last) if _is_over(versions, one, now_s))
    return sorted(found, key=lambda one: ((one.until - one.first).days, one.first))
