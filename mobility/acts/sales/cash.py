"""Sales for cash by agents and drivers, and what is in their tills."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ground.paris import PARIS
from mobility.accounts.caller import Caller, Permission
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand.locked import until_locked
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.complete import complete_in
from mobility.acts.sales.own_orders import get_own
from mobility.acts.sales.payment_fold import CAPTURED, CHARGE, OPEN, REFUNDED
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.post import post
from mobility.acts.sales.sales_ports import SalesPorts
from ticketing.canonical_json import from_stored
from ticketing.orders.life import UNPAID, refused_state
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reference import read_reference
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.sales.postings import CASH

EVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Till:
    """What should be in an agent's till, and today's movements."""

    agent: str
    """Their pseudonym."""
    day: str
    """Today, in Paris."""
    expected_cents: int
    """Of all days: what was put in and taken, less what was handed out and brought to the bank."""
    taken_cents: int
    """Today."""
    handed_out_cents: int
    """Today."""
    payments: tuple[Payment, ...]
    """Today's, refunds included."""
    last_count: TillCount | None = None


@dataclass(frozen=True, slots=True)
class TillCount:
    """A till that was counted. `difference_cents` below 0: money is missing."""

    id: str
    agent: str
    expected_cents: int
    counted_cents: int
    deposited_cents: int
    left_cents: int
    added_cents: int = 0

    @property
    def difference_cents(self) -> int:
        return self.counted_cents - self.expected_cents


@dataclass(frozen=True, slots=True)
class _TillBook:
    """The book of a till, as `post` knows books."""

    id: str
    pseudonym: str


def sell_for_cash(ports: SalesPorts, caller: Caller, order_id: str, key: str = "") -> tuple[Payment, Order]:
    """An order, paid in coins and notes to whoever calls: it has its tickets at once. Sold by them before, it stays so.

    Raises ForbiddenError, and OrderRefusedError: UNKNOWN, EXPIRED, STATE, NO_SEAT.
    """
    caller.require(Permission.SELL_TICKETS)
    check_key(key)
    return until_locked(lambda: _sell(ports, caller, order_id, key))


def show_till(ports: SalesPorts, caller: Caller) -> Till:
    """One's own till. Raises ForbiddenError."""
    caller.require(Permission.SELL_TICKETS)
    with ports.acts.unit_of_work(read_only=True) as work:
        return _till(work, agent_of(work, caller), ports.acts.now())


def find_at_counter(ports: SalesPorts, caller: Caller, order_id: str) -> Order:
    """An order somebody names at a counter, by its reference: to be paid, whosever it is; else one's own or one that
    oneself sold, and to the operator everybody's. Raises ForbiddenError and OrderRefusedError (UNKNOWN)."""
    caller.require(Permission.SELL_TICKETS)
    with ports.acts.unit_of_work(read_only=True) as work:
        found = work.orders.find_order(order_id) or work.orders.find_order(read_reference(order_id))
        return found if found is not None and found.status in UNPAID else get_own(work, caller, order_id)


def count_till(
    ports: SalesPorts,
    caller: Caller,
    counted_cents: int,
    deposited_cents: int = 0,
    key: str = "",
    added_cents: int = 0,
) -> TillCount:
    """Somebody counts their till, and may bring some of it to the bank, or put in what they got from it to give change
    with (`added_cents`, after the count): the difference is written down, and what should be there is from now on what
    was there. Counted with the same key again, nothing changes.

    Raises ForbiddenError and OrderRefusedError (INVALID, KEY_REUSED).
    """
    caller.require(Permission.SELL_TICKETS)
    check_key(key)
    if not (0 <= deposited_cents <= counted_cents and added_cents >= 0):
        raise OrderRefusedError(
            Reason.INVALID,
            "On ne peut pas verser plus que ce qui a été compté.",
            "No more can be brought to the bank than was counted.",
            "depositedCents",
        )
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        agent = agent_of(work, caller)
        work.lock(f"till {agent}")
        digest = digest_of("count", str(counted_cents), str(deposited_cents), str(added_cents))
        known = find_answer(work.orders, caller.person, key, digest)
        if known is not None:
            return _find_count(work, agent, known[0])
        count_id = ports.acts.new_id()
        expected = _till(work, agent, now).expected_cents
        counted = {
            "count": count_id,
            "agent": agent,
            "expected_cents": expected,
            "counted_cents": counted_cents,
        }
        entries = [("till-difference", counted)]
        if deposited_cents:
            deposit = {"deposit": count_id, "agent": agent, "amount_cents": deposited_cents}
            entries.append(("deposit", deposit))
        if added_cents:
            entries.append(("float", {"float": count_id, "agent": agent, "amount_cents": added_cents}))
        post(work, _TillBook(f"till-{agent}", agent), entries, now)
        work.orders.put_key(UsedKey(caller.person, key, digest, (count_id,), now))
        work.commit()
    left = counted_cents - deposited_cents + added_cents
    return TillCount(count_id, agent, expected, counted_cents, deposited_cents, left, added_cents)


def _sell(ports: SalesPorts, caller: Caller, order_id: str, key: str) -> tuple[Payment, Order]:
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        agent = agent_of(work, caller)
        seen = work.orders.find_order(order_id)
        if seen is not None and any(item.replaces for item in seen.items):
            work.orders.lock_buyer(seen.person_id)
        order = None if seen is None else work.orders.lock_order(seen.id)
        if order is None:
            raise OrderRefusedError(
                Reason.UNKNOWN, "Cette commande n’existe pas.", "There is no such order.", "order"
            )
        digest = digest_of("cash", order.id)
        known = find_answer(work.orders, caller.person, key, digest)
        before = work.orders.find_payment(known[0]) if known is not None else _sold(work, order, agent)
        if before is not None:
            return before, order
        _check(work, order, now)
        payment = _cash_payment(ports, order, agent, now)
        work.orders.put_payment(payment)
        body = {"hold": payment.id, "provider": payment.provider, "amount_cents": order.due_cents}
        post(work, order, [("cash", body)], now)
        sold = complete_in(work, ports, replace(order, sold_by=caller.person), payment)
        work.orders.put_key(UsedKey(caller.person, key, digest, (payment.id,), now))
        work.commit()
    return payment, sold


def _cash_payment(ports: SalesPorts, order: Order, agent: str, now: dt.datetime) -> Payment:
    return Payment(
        id=ports.acts.new_id(),
        order_id=order.id,
        kind=CHARGE,
        provider=f"{CASH}{agent}",
        amount_cents=order.due_cents,
        status=CAPTURED,
        provider_ref="",
        made_at=now,
        changed_at=now,
        captured_cents=order.due_cents,
    )


def _sold(work: UnitOfWork, order: Order, agent: str) -> Payment | None:
    """The payment with which this agent has sold it already."""
    return next(
        (one for one in work.orders.list_payments(order.id) if one.provider == f"{CASH}{agent}"), None
    )


def _check(work: UnitOfWork, order: Order, now: dt.datetime) -> None:
    if order.status not in UNPAID:
        raise refused_state(order.status, OrderStatus.CONFIRMED)
    if order.expires_at is not None and order.expires_at <= now:
        raise OrderRefusedError(
            Reason.EXPIRED,
            "Le délai de cette commande est dépassé : recommencez-la.",
            "The time of this order is over: order again.",
        )
    if any(one.kind == CHARGE and one.status in OPEN for one in work.orders.list_payments(order.id)):
        raise OrderRefusedError(
            Reason.STATE,
            "Un paiement en ligne de cette commande est en cours : attendez sa réponse, ou arrêtez-le.",
            "An online payment of this order is under way: wait for its outcome, or stop it.",
        )


def _till(work: UnitOfWork, agent: str, now: dt.datetime) -> Till:
    today = now.astimezone(PARIS).date()
    payments = work.orders.list_payments_of(f"{CASH}{agent}", EVER)
    todays = [one for one in payments if one.changed_at.astimezone(PARIS).date() == today]
    expected = _taken(payments) - _handed_out(payments)
    last = ""
    for entry in work.sales_journal.list_entries(f"till-{agent}"):
        body = from_stored(entry.body)
        if entry.kind == "till-difference":
            last = body["count"]
            expected += body["counted_cents"] - body["expected_cents"]
        elif entry.kind == "deposit":
            expected -= body["amount_cents"]
        elif entry.kind == "float":
            expected += body["amount_cents"]
    return Till(
        agent=agent,
        day=today.isoformat(),
        expected_cents=expected,
        taken_cents=_taken(todays),
        handed_out_cents=_handed_out(todays),
        payments=tuple(todays),
        last_count=_find_count(work, agent, last) if last else None,
    )


def _taken(payments: Iterable[Payment]) -> int:
    return sum(one.captured_cents for one in payments if one.kind == CHARGE)


def _handed_out(payments: Iterable[Payment]) -> int:
    return sum(one.amount_cents for one in payments if one.kind != CHARGE and one.status == REFUNDED)


def _find_count(work: UnitOfWork, agent: str, count_id: str) -> TillCount:
    expected = counted = deposited = added = 0
    for entry in work.sales_journal.list_entries(f"till-{agent}"):
        body = from_stored(entry.body)
        if body.get("count") == count_id:
            expected, counted = body["expected_cents"], body["counted_cents"]
        elif body.get("deposit") == count_id:
            deposited = body["amount_cents"]
        elif body.get("float") == count_id:
            added = body["amount_cents"]
    return TillCount(count_id, agent, expected, counted, deposited, counted - deposited + added, added)


def agent_of(work: UnitOfWork, caller: Caller) -> str:
    """Whose till it is, as the books name them."""
    person = work.accounts.find_person(caller.person)
    return caller.person if person is None else person.pseudonym
