"""What somebody owes for a seat in a car is what was paid for it in advance: nothing twice."""

from __future__ import annotations

from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.order import OrderItem, OrderStatus
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider
from ticketing.sales.bodies import advance_cents, sale_body

CAR, COACH = 0, 1


def _item(*lines: PriceLine) -> OrderItem:
    legs = tuple(
        FareLeg(mode, FareStop("a"), FareStop("b"), 0, 600, 5_000)
        for mode in (FareMode.CARPOOL, FareMode.COACH)
    )
    return OrderItem("1", OrderStatus.PREBOOKED, legs, (Rider(), Rider()), lines)


def _line(kind: str, legs: tuple[int, ...], cents: int, rider: int = 0) -> PriceLine:
    return PriceLine(kind, "", "", kind, legs, (rider,), cents, cents, "", 100, ((0, "x", 1),))


def test_seats_are_paid_in_advance() -> None:
    item = _item(_line("fixed", (CAR,), 150), _line("fixed", (CAR,), 150, 1), _line("single", (COACH,), 150))
    assert (advance_cents(item, CAR), advance_cents(item, COACH)) == (300, 0)


def test_what_a_transfer_or_a_pass_covers_is_owed_by_nobody() -> None:
    assert advance_cents(_item(_line("transfer", (CAR, COACH), 150)), CAR) == 0
    assert advance_cents(_item(_line("held-pass", (CAR,), 0)), CAR) == 0


def test_advances_are_those_of_the_book() -> None:
    item = _item(_line("cap", (CAR,), 40), _line("transfer", (CAR, COACH), 150, 1))
    lines = sale_body("s", "t@1", "line", [item])["lines"]
    assert sum(line["cents"] for line in lines if line["advance"]) == advance_cents(item, CAR) == 40
