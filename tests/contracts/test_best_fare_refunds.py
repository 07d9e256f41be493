"""Once a period is over an account has paid no more than the best product would have cost: what it paid too much goes
back, exactly once, on both databases."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from functools import partial

import pytest

import mobility.acts.sales.best_fare as act
from mobility.accounts.caller import SYSTEM, ForbiddenError
from mobility.acts.sales.best_fare import NotOverError, settle, settle_due, settle_period, show_best_fare
from mobility.acts.sales.cash import sell_for_cash
from mobility.acts.sales.close_day import close_days
from mobility.acts.sales.offer import RiderWish
from mobility.acts.sales.receipt import receipt
from mobility.acts.sales.receipt_paper import write_receipt
from mobility.acts.sales.refund import cancel, refund_freely
from mobility.acts.sales.refund_queue import list_by_hand
from mobility.acts.sales.sales_tables import check_sales
from mobility.storage.sales import SqlOrders
from tests.contracts.at_once import at_once
from tests.contracts.conftest import POSTGIS
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import OPERATOR, TARIFF, TARIFF_TEXT, Sales, buyer
from tests.naive.best_fare import days_from, least
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund_rules import RefundWish
from ticketing.orders.refusal import Reason
from ticketing.pricing.fare_periods import FarePeriod, PeriodError, read_period
from ticketing.tariff.read_tariff import read_tariff_text

MARCH = read_period("2026-03")
"""The clock stands at Tuesday the 10th, 06:00."""

RICH = read_tariff_text(
    TARIFF_TEXT.replace("[[refunds]]\nkinds = [\"single\"", """[[products]]
id = "all-day"
kind = "pass"
name_fr = "Jour"
name_en = "Day pass"
networks = ["rail", "coach"]
period = "day"
fare = { kind = "flat", cents = 1500 }
[[products]]
id = "all-week"
kind = "pass"
name_fr = "Semaine"
name_en = "Week pass"
networks = ["rail", "coach"]
period = "week"
fare = { kind = "flat", cents = 3300 }

[[refunds]]
kinds = ["single\"""", 1).replace('id = "test"', 'id = "rich"')
)  # fmt: skip


@pytest.fixture
def sales(begin: Begin) -> Sales:
    return Sales(begin)


def trains(sales: Sales, count: int, name: str = "theo", first: float = 8) -> list[Order]:
    """So many trains, an hour apart, each an order of its own."""
    made = []
    for n in range(count):
        made.append(sales.buy(sales.journey(sales.train(first + n)), name=name))
        sales.clock.wait(minutes=1)
    return made


def end_of_month(sales: Sales) -> None:
    """Noon of the first of April in Paris."""
    sales.clock.now = dt.datetime(2026, 4, 1, 10, tzinfo=dt.UTC)


def refunds(sales: Sales, orders: list[Order]) -> list[int]:
    with sales.begin(read_only=True) as work:
        return [
            sum(one.amount_cents for one in work.orders.list_payments(order.id) if one.kind == "refund")
            for order in orders
        ]


def kept(sales: Sales, orders: list[Order]) -> int:
    """What somebody paid in all, less what was given back."""
    return sum(order.cents for order in orders) - sum(refunds(sales, orders))


def books_agree(sales: Sales, orders: list[Order]) -> None:
    """Chains and rules from zero; what is promised back is what is reversed, and nothing is left over."""
    close_days(sales.acts, SYSTEM)
    assert check_sales(sales.acts, SYSTEM)[0] >= len(orders)
    for order, back in zip(orders, refunds(sales, orders), strict=True):
        balances = sales.balances(order.id)
        assert sum(balances.values()) == 0
        assert -balances.get("refund-due:till", 0) == back
        assert not any(account.startswith("passenger:") for account in balances), balances
        gross = order.cents - back
        assert balances.get("vat:100", 0) in range(-(gross // 11 + 4), -(gross // 11) + 4)


def test_eight_trains_cost_no_more_than_the_monthly_pass(sales: Sales) -> None:
    orders = trains(sales, 8)
    assert kept(sales, orders) == 8000
    end_of_month(sales)
    assert settle_due(sales.ports) == 1
    assert kept(sales, orders) == 6000
    assert refunds(sales, orders) == [0, 0, 0, 0, 0, 2, 999, 999], (
        "the latest payments first, a cent is left of each"
    )
    after = sales.find(orders[-1].id)
    assert (after.status, after.items[0].refunded_cents) == (OrderStatus.FULFILLED, 999)
    (back,) = after.items[0].best_fare
    assert (back.cents, back.period, back.instead) == (999, "2026-03", ("rail-month",))
    assert not any(ticket.revoked_s for ticket in sales.tickets(after.id)), "the ticket is a paid one still"
    assert settle_due(sales.ports) == 0
    assert kept(sales, orders) == 6000
    books_agree(sales, orders)


def test_the_refund_and_its_event_are_on_their_way(sales: Sales) -> None:
    orders = trains(sales, 7)
    end_of_month(sales)
    settle_due(sales.ports)
    with sales.begin(read_only=True) as work:
        due = work.orders.list_payments_due(sales.clock.now)
        assert sum(one.amount_cents for one in due) == 1000
        assert {one.reason for one in due} == {"best fare 2026-03"}
    words = write_receipt(receipt(sales.ports, buyer(), orders[-1].id), "en")
    assert ("Best fare of March 2026: €9.99 back", "", "") in words.lines
    words = write_receipt(receipt(sales.ports, buyer(), orders[-1].id), "fr")
    assert any("Meilleur tarif de mars 2026" in line[0] for line in words.lines)


def test_six_trains_are_cheaper_than_the_pass(sales: Sales) -> None:
    orders = trains(sales, 6)
    end_of_month(sales)
    assert settle_due(sales.ports) == 0
    assert kept(sales, orders) == 6000


def test_nothing_goes_back_before_the_period_and_its_grace_are_over(sales: Sales) -> None:
    orders = trains(sales, 7)
    (standing,) = show_best_fare(sales.ports, buyer())
    assert (standing.best.paid_cents, standing.due_cents) == (7000, 1000)
    ready_s = MARCH.span_s(TARIFF)[1] + act.GRACE_S
    sales.clock.now = dt.datetime.fromtimestamp(ready_s - 1, dt.UTC)
    assert settle_due(sales.ports) == 0
    with pytest.raises(NotOverError):
        settle(sales.ports, "theo", MARCH)
    with pytest.raises(NotOverError):
        settle_period(sales.ports, OPERATOR, MARCH)
    (dry,) = settle_period(sales.ports, OPERATOR, MARCH, is_dry=True)
    assert (dry.back_cents, refunds(sales, orders)) == (1000, [0] * 7)
    sales.clock.wait(seconds=1)
    assert settle_due(sales.ports) == 1
    with pytest.raises(ForbiddenError):
        settle_period(sales.ports, buyer(), MARCH)


def test_what_was_refunded_before_is_none_of_it(sales: Sales) -> None:
    orders = trains(sales, 8)
    cancel(sales.ports, buyer(), orders[-1].id, RefundWish())
    end_of_month(sales)
    assert settle_due(sales.ports) == 1
    assert refunds(sales, orders)[-1] == 1000
    assert kept(sales, orders) == 6000
    books_agree(sales, orders)


def test_others_of_a_party_pay_for_themselves(sales: Sales) -> None:
    """Six trains alone and one for three: the buyer's seven cost a thousand too much, the others' two nothing."""
    orders = trains(sales, 6)
    orders.append(sales.buy(sales.journey(sales.train(20)), riders=(RiderWish(), RiderWish(), RiderWish())))
    end_of_month(sales)
    settle_due(sales.ports)
    assert kept(sales, orders) == 6000 + 2000
    books_agree(sales, orders)


def test_accounts_are_apart_and_guests_have_none(sales: Sales) -> None:
    mine, theirs = trains(sales, 4), trains(sales, 4, name="thea", first=15)
    end_of_month(sales)
    assert settle_due(sales.ports) == 0
    assert settle(sales.ports, "guest:1", MARCH) == []
    assert kept(sales, [*mine, *theirs]) == 8000


def test_each_version_of_the_tariff_has_its_own_passes(sales: Sales) -> None:
    """Seven trains by one, six by the next, whose pass is cheaper."""
    text = TARIFF_TEXT.replace('"2026-01-01"', '"2026-03-16"').replace("cents = 6000", "cents = 5000")
    later = read_tariff_text(text)
    sales.ports = replace(sales.ports, tariffs=lambda work: (TARIFF, later))
    orders = trains(sales, 7) + trains(sales, 6, first=6 * 24 + 8)
    end_of_month(sales)
    settle_due(sales.ports)
    assert kept(sales, orders) == 6000 + 5000
    assert {order.items[0].tariff_version for order in orders} == {TARIFF.version, later.version}
    books_agree(sales, orders)


def test_what_was_paid_in_cash_goes_back_by_hand(sales: Sales) -> None:
    orders = [sales.order(sales.journey(sales.train(8 + n))) for n in range(7)]
    for order in orders:
        sell_for_cash(sales.ports, OPERATOR, order.id)
    end_of_month(sales)
    settle_due(sales.ports)
    by_hand = list_by_hand(sales.ports, OPERATOR)
    assert sum(one.amount_cents for one in by_hand) == 1000
    assert {one.provider.partition(":")[0] for one in by_hand} == {"cash"}


def test_two_items_of_one_order_and_its_event(sales: Sales) -> None:
    order = sales.buy(*(sales.journey(sales.train(8 + n)) for n in range(8)))
    assert order.cents == 8000
    end_of_month(sales)
    settle_due(sales.ports)
    assert refunds(sales, [order]) == [2000]
    with sales.begin(read_only=True) as work:
        told = [one for one in work.deliveries.list_events(limit=500) if one.kind == "order.best-fare"]
    assert [(one.payload["period"], one.payload["back_cents"]) for one in told] == [("2026-03", 2000)]
    assert "theo" not in str(told)
    books_agree(sales, [order])


def test_who_bought_the_pass_after_trains_pays_no_more_than_the_pass(sales: Sales) -> None:
    """A month pass holds for the whole month: the four trains before it, and the two after."""
    orders = [*trains(sales, 4), sales.buy(products=("rail-month",)), *trains(sales, 2, first=30)]
    assert [one.cents for one in orders] == [1000] * 4 + [6000, 0, 0]
    end_of_month(sales)
    assert settle_due(sales.ports) == 1
    assert kept(sales, orders) == 6000
    books_agree(sales, orders)


def test_a_pass_that_was_hardly_used_is_kept(sales: Sales) -> None:
    """With a pass one also rides unseen: nobody knows what the single rides would have cost."""
    orders = [sales.buy(products=("rail-month",)), *trains(sales, 1)]
    end_of_month(sales)
    assert settle_due(sales.ports) == 0
    assert kept(sales, orders) == 6000


def test_short_passes_cost_no_more_than_the_longer_one(sales: Sales) -> None:
    """Three day passes for 45 € where the week's is 33 €; two weeks' for 66 € where the month's is 60 €, for trains."""
    sales.ports = replace(sales.ports, tariffs=lambda work: (RICH,))
    orders = []
    for _ in range(3):
        orders.append(sales.buy(products=("all-day",)))
        sales.clock.wait(days=1)
    end_of_month(sales)
    settle_period(sales.ports, OPERATOR, read_period("2026-W11"))
    assert kept(sales, orders) == 3300
    settle_due(sales.ports)
    assert kept(sales, orders) == 3300, "the month's pass is for trains alone: it takes no other pass's place"
    books_agree(sales, orders)


def test_a_pass_bought_twice_is_paid_once(sales: Sales) -> None:
    orders = [sales.buy(products=("rail-month",)), *trains(sales, 3)]
    orders.append(sales.buy(products=("rail-month",)))
    end_of_month(sales)
    settle_due(sales.ports)
    assert kept(sales, orders) == 6000
    assert not any(ticket.revoked_s for ticket in sales.tickets(orders[-1].id))
    books_agree(sales, orders)


def test_a_pass_that_rides_went_back_for_is_not_given_back_in_full(sales: Sales) -> None:
    """Four trains before the pass: without it they are owed."""
    orders = [*trains(sales, 4), sales.buy(products=("rail-month",))]
    end_of_month(sales)
    settle_due(sales.ports)
    assert kept(sales, orders) == 6000
    refund_freely(sales.ports, OPERATOR, orders[-1].id, RefundWish(), "by mistake")
    assert kept(sales, orders) == 4000
    books_agree(sales, orders)


def test_a_pass_that_was_given_back_covers_nothing(sales: Sales) -> None:
    april = int(dt.datetime(2026, 4, 2, tzinfo=dt.UTC).timestamp())
    orders = [*trains(sales, 3), sales.buy(products=("rail-month",))]
    refund_freely(sales.ports, OPERATOR, orders[-1].id, RefundWish(), "by mistake")
    end_of_month(sales)
    assert sales.clock.now.timestamp() < april
    assert settle_due(sales.ports) == 0
    assert kept(sales, orders) == 3000 + 6000 - refunds(sales, orders)[-1]


def test_settled_at_once_it_goes_back_once(sales: Sales) -> None:
    orders = trains(sales, 8)
    end_of_month(sales)
    answers = at_once(*(partial(settle_due, sales.ports) for _ in range(4)))
    assert sum(one for one in answers if not isinstance(one, Exception)) == 1, answers
    assert not [one for one in answers if isinstance(one, Exception)], answers
    assert kept(sales, orders) == 6000
    books_agree(sales, orders)


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_control_without_the_buyers_lock_only_what_is_written_stops_the_second(
    sales: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = trains(sales, 8)
    end_of_month(sales)
    monkeypatch.setattr(SqlOrders, "lock_buyer", lambda self, person_id: None)
    monkeypatch.setattr(SqlOrders, "lock_order", SqlOrders.find_order)
    answers = at_once(*(partial(settle, sales.ports, "theo", MARCH) for _ in range(4)))
    assert [one for one in answers if isinstance(one, Exception)], "they were kept apart by something else"
    assert kept(sales, orders) == 6000


def test_a_crash_between_two_orders_changes_nothing(sales: Sales, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = trains(sales, 8)
    end_of_month(sales)
    calls: list[str] = []

    def breaks(work: object, ports: object, order: Order, *rest: object) -> list[str]:
        calls.append(order.id)
        if len(calls) == 2:
            raise ConnectionError("the database went away")
        return pay_back(work, ports, order, *rest)  # type: ignore[arg-type]

    pay_back = act.pay_back
    with monkeypatch.context() as patch:
        patch.setattr(act, "pay_back", breaks)
        with pytest.raises(ConnectionError):
            settle_due(sales.ports)
    assert refunds(sales, orders) == [0] * 8
    books_agree(sales, orders)
    assert settle_due(sales.ports) == 1
    assert kept(sales, orders) == 6000
    books_agree(sales, orders)


def test_what_was_travelled_with_is_not_refunded_later(sales: Sales) -> None:
    orders = trains(sales, 8)
    end_of_month(sales)
    settle_due(sales.ports)
    for order in orders:
        with sales.refused(Reason.NOT_REFUNDABLE):
            cancel(sales.ports, buyer(), order.id, RefundWish())
    assert kept(sales, orders) == 6000


def test_a_settled_train_that_did_not_run(sales: Sales, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best fare of what is left is what is kept, whatever is given back in whichever order."""
    orders = trains(sales, 9)
    end_of_month(sales)
    settle_due(sales.ports)
    assert kept(sales, orders) == 6000
    monkeypatch.setattr(
        "ticketing.orders.refund_rules._unused_legs", lambda item, line, uses, now_s: line.legs
    )
    for number, expected in ((8, 6000), (0, 6000), (7, 6000), (3, 5000), (4, 4000)):
        refund_freely(sales.ports, OPERATOR, orders[number].id, RefundWish(), "did not run")
        assert kept(sales, orders) == expected, number
    close_days(sales.acts, SYSTEM)
    assert check_sales(sales.acts, SYSTEM)


def test_periods_have_names() -> None:
    for name in ("2026-11-22", "2026-W47", "2026-11", "2026-W01"):
        assert read_period(name).name == name
    for wrong in ("", "2026", "2026-13", "2026-W54", "2026-02-30", "november"):
        with pytest.raises(PeriodError):
            read_period(wrong)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_bought_in_whichever_order(sales: Sales, seed: int) -> None:
    """Days, weeks and the month are settled as time goes by: the account has paid at most the best product of each, and
    never more than it did; the same purchases in another order come to the same."""
    sales.ports = replace(sales.ports, tariffs=lambda work: (RICH,))
    dice = random.Random(seed)
    wishes = [("train", 80), ("train", 81)]  # two on one day cost more than the day pass
    hours = [24 * dice.randrange(1, 14) + dice.choice((8, 9, 12, 17)) for _ in range(9)]
    wishes += [(dice.choice(("coach", "train")), hour) for hour in hours]
    hours += [80]
    ends = []
    for name, order in (("theo", wishes), ("thea", dice.sample(wishes, len(wishes)))):
        bought = [sales.buy(sales.journey(getattr(sales, kind)(hour)), name=name) for kind, hour in order]
        ends.append(bought)
    begin = sales.clock.now
    for day in range(0, 24):
        sales.clock.now = begin + dt.timedelta(days=day, hours=6)
        settle_due(sales.ports)
    totals = [kept(sales, bought) for bought in ends]
    assert totals[0] == totals[1]
    for bought, total in zip(ends, totals, strict=True):
        uncapped = sum(1000 if item.legs[0].mode == "rail" else 150 for one in bought for item in one.items)
        assert total < sum(one.cents for one in bought) <= uncapped
        with sales.begin(read_only=True) as work:
            fresh = [work.orders.find_order(one.id) for one in bought]
        for period in _periods(hours):
            for standing in act.standings([one for one in fresh if one], RICH, period):
                assert standing.due_cents == 0, period
                assert standing.best.paid_cents - standing.given_cents <= standing.best.owed_cents
        books_agree(sales, bought)


@pytest.mark.parametrize("seed", range(5))
def test_passes_among_rides_in_whichever_order(sales: Sales, seed: int) -> None:
    """Whether a pass was bought before its rides or after, twice, or beside a longer one: what is kept in the end is
    the same, and what the naive twin finds."""
    sales.ports = replace(sales.ports, tariffs=lambda work: (RICH,))
    dice = random.Random(seed)
    hours = [24 * dice.randrange(0, 12) + dice.choice((8, 12, 17)) for _ in range(dice.randrange(3, 9))]
    wishes = [(dice.choice(("coach", "train", "train")), hour) for hour in hours]
    products = [
        dice.choice(("all-day", "all-day", "all-week", "rail-month")) for _ in range(dice.randrange(1, 4))
    ]
    whole = [*wishes, *((product, 0) for product in products)]
    ends = []
    for name, order in (("theo", whole), ("thea", dice.sample(whole, len(whole)))):
        for kind, hour in order:
            if hour:
                ends.append((name, sales.buy(sales.journey(getattr(sales, kind)(hour)), name=name)))
            else:
                ends.append((name, sales.buy(products=(kind,), name=name)))
    begin = sales.clock.now
    for day in range(24):
        sales.clock.now = begin + dt.timedelta(days=day, hours=6)
        settle_due(sales.ports)
    totals = [kept(sales, [one for name, one in ends if name == who]) for who in ("theo", "thea")]
    assert totals == [_naively(wishes, products)] * 2
    books_agree(sales, [one for _, one in ends])


def _naively(wishes: list[tuple[str, int]], products: list[str]) -> int:
    """What rides and passes bought on 10 March cost by the twin."""
    tenth, march = dt.date(2026, 3, 10), days_from(dt.date(2026, 3, 1), 31)
    both = frozenset(("rail", "coach"))
    passes = {
        "all-day": (days_from(tenth, 1), both, 1500),
        "all-week": (days_from(tenth - dt.timedelta(1), 7), both, 3300),
        "rail-month": (march, frozenset(("rail",)), 6000),
    }
    bought = [passes[one] for one in products]
    by_day: dict[tuple[dt.date, str], int] = {}
    for kind, hour in wishes:
        key = tenth + dt.timedelta(hour // 24), "rail" if kind == "train" else "coach"
        by_day[key] = by_day.get(key, 0) + (1000 if kind == "train" else 150)
    rides = [
        (days_from(day, 1), frozenset((network,)), min(cents, 400) if network == "coach" else cents)
        for (day, network), cents in by_day.items()
    ]
    owed = [ride for ride in rides if not any(ride[0] <= one[0] and ride[1] <= one[1] for one in bought)]
    offers = [passes["rail-month"]]
    for day in {day for day, _ in by_day} | {tenth}:
        offers += [
            (days_from(day, 1), both, 1500),
            (days_from(day - dt.timedelta(day.weekday()), 7), both, 3300),
        ]
    return least([*owed, *bought], offers)


def _periods(hours: list[float]) -> list[FarePeriod]:
    days = {dt.date(2026, 3, 10) + dt.timedelta(hours // 24) for hours in map(int, hours)}
    names = {day.isoformat() for day in days} | {f"2026-W{day.isocalendar().week:02}" for day in days}
    return [read_period(name) for name in sorted(names)]
