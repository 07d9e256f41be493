"""Sums of a what-if: exact, whatever was sold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ticketing.pricing.price import PriceLine
from ticketing.sales.what_if import Replayed, compare, share


def line(cents: int, riders: tuple[int, ...]) -> PriceLine:
    return PriceLine("p", "", "", "single", (0,), riders, cents, cents, "", 100)


@st.composite
def sold(draw: st.DrawFn) -> Replayed:
    riders = draw(st.integers(1, 4))
    some = st.sets(st.integers(0, riders - 1)).map(lambda chosen: tuple(sorted(chosen)))
    lines = st.lists(st.builds(line, st.integers(0, 2000), some), max_size=4).map(tuple)
    categories = draw(st.tuples(*riders * [st.sampled_from(("adult", "youth"))]))
    commune = draw(st.sampled_from(("", "Besançon", "Dole")))
    return Replayed("o", "1", categories, commune, draw(lines), draw(st.none() | lines), "not sold")


@given(st.lists(sold(), max_size=8))
def test_every_cent_is_somewhere_once(things: list[Replayed]) -> None:
    made = compare(things)
    priced = [one for one in things if one.after is not None]
    before = sum(line.cents for one in things for line in one.before)
    assert made.total.before_cents + made.unpriced_cents == before
    assert made.total.after_cents == sum(line.cents for one in priced for line in one.after or ())
    assert made.total.travellers == sum(len(one.categories) for one in priced)
    assert made.total.after_cents - made.total.before_cents == made.total.lost_cents - made.total.won_cents
    for parts in (made.by_category, made.by_commune):
        for name in (
            "travellers",
            "before_cents",
            "after_cents",
            "winners",
            "won_cents",
            "losers",
            "lost_cents",
        ):
            assert sum(getattr(part, name) for part in parts) == getattr(made.total, name)
        assert [part.name for part in parts] == sorted(part.name for part in parts)


def test_a_group_shares_its_line_and_the_first_pays_the_odd_cent() -> None:
    assert share((line(1001, (0, 1, 2)), line(50, (1,)), line(7, ())), 3) == [337, 386, 335]
