"""The largest party a service carries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from on_demand.area import Point
from on_demand.booking import Party
from on_demand.fleet import Seats, Vehicle
from on_demand.largest_party import is_too_large, largest_words, list_largest

WAYS = st.lists(st.builds(Seats, st.integers(0, 8), st.integers(0, 3)), max_size=8)


def vehicle(*ways: Seats) -> Vehicle:
    return Vehicle("v", "v", ("s",), ways, Point(47.0, 6.0))


@given(st.lists(WAYS, max_size=3), st.integers(0, 9), st.integers(0, 4))
def test_it_says_what_all_ways_together_say(fleet: list[list[Seats]], heads: int, wheelchairs: int) -> None:
    ways = [way for one in fleet for way in one]
    largest = list_largest(vehicle(*one) for one in fleet)
    fits = any(heads <= way.seats and wheelchairs <= way.wheelchairs for way in ways)
    assert is_too_large(Party(heads, wheelchairs=wheelchairs), largest) == (bool(ways) and not fits)
    assert len(largest) <= 4, "none that another one outdoes"


def test_every_head_but_one_in_a_wheelchair_takes_a_seat() -> None:
    largest = list_largest([vehicle(Seats(4, 0), Seats(2, 1)), vehicle(Seats(3, 0))])
    assert largest == (Seats(4, 0), Seats(2, 1))
    assert not is_too_large(Party(1, 0, 1, 1), largest)
    assert is_too_large(Party(2, 0, 1, 1), largest)
    assert is_too_large(Party(2, 3), largest)


@pytest.mark.parametrize(
    ("ways", "french", "english"),
    [
        ((Seats(4, 0),), "4 personnes, sans fauteuil roulant", "4 people, without a wheelchair"),
        (
            (Seats(8, 0), Seats(1, 1)),
            "8 personnes ou 1 personne et 1 fauteuil roulant",
            "8 people or 1 person and 1 wheelchair",
        ),
        ((Seats(0, 2),), "2 fauteuils roulants", "2 wheelchairs"),
    ],
)
def test_it_is_named(ways: tuple[Seats, ...], french: str, english: str) -> None:
    assert largest_words(ways) == (french, english)
