"""Double use is found in whatever order scans come in."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.tickets.double_use import AT_ONCE_S, BACK_S, DoubleUse, find_double_use
from ticketing.tickets.scan import Scan
from ticketing.tickets.ticket import Right


def scan(at_s: int, vehicle: str, device: str = "d", network: str = "coach") -> Scan:
    return Scan(device, f"{at_s}", "MOBI", "R-1", at_s, vehicle, network, 1, "green", "valid")


def rules(*scans: Scan, rights: tuple[Right, ...] = ()) -> list[str]:
    return [use.rule for use in find_double_use(scans, rights)]


def test_two_vehicles_at_once() -> None:
    assert rules(scan(0, "a"), scan(AT_ONCE_S - 1, "b")) == ["two-at-once"]
    assert rules(scan(0, "a"), scan(AT_ONCE_S, "b")) == []
    assert rules(scan(0, "a"), scan(1, "a"), scan(2, "", "e")) == []
    assert rules(scan(0, "a"), replace(scan(1, "b"), colour="red")) == []


def test_back_in_a_vehicle_one_had_left() -> None:
    assert rules(scan(0, "a"), scan(1_000, "b"), scan(2_000, "a")) == ["came-back"]
    assert rules(scan(0, "a"), scan(1_000, "b"), scan(BACK_S, "a")) == []


def test_more_rides_than_rights() -> None:
    right = Right("coach", "x", "y")
    twice = scan(0, "a"), scan(9_000, "b")
    assert rules(*twice, rights=(right,)) == ["too-many-rides"]
    assert rules(*twice, rights=(right, Right("coach", "y", "x"))) == []
    assert rules(*twice, rights=(Right("coach", zones=("1",)),)) == []
    assert rules(scan(0, "a"), scan(9_000, "b", network="ter"), rights=(right,)) == []


scans = st.lists(
    st.builds(
        scan,
        st.integers(0, 2_000),
        st.sampled_from(["", "a", "b", "c"]),
        st.sampled_from(["d", "e"]),
        st.sampled_from(["coach", "ter"]),
    ),
    max_size=8,
    unique_by=lambda one: (one.device, one.id),
)


@given(scans.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_does_not_matter(both: tuple[list[Scan], list[Scan]]) -> None:
    rights = (Right("coach", "x", "y"),)
    assert find_double_use(both[0], rights) == find_double_use(both[1], rights)


@given(scans, st.data())
def test_two_vehicles_at_once_is_found_among_any_others(others: list[Scan], data: st.DataObject) -> None:
    """As the slow rule says it: of any two scans one after the other, in different vehicles, too soon."""
    used = sorted((one for one in others if one.vehicle), key=lambda one: (one.at_s, one.device, one.id))
    pairs = [
        DoubleUse("two-at-once", (before, after))
        for before, after in pairwise(used)
        if before.vehicle != after.vehicle and after.at_s - before.at_s < AT_ONCE_S
    ]
    mixed = data.draw(st.permutations(others))
    assert [use for use in find_double_use(mixed) if use.rule == "two-at-once"] == pairs


@pytest.mark.parametrize("some", [[], [scan(0, "a")]])
def test_one_scan_is_no_double_use(some: list[Scan]) -> None:
    assert find_double_use(some) == []
