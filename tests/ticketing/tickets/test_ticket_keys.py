"""Keys that sign tickets: one at a time of each kind, announced, rotated, withdrawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.tickets.keys import (
    Algorithm,
    NoTicketKeyError,
    SecretTicketKey,
    key_for,
    new_key,
    public_half,
    rotate,
    withdraw,
)

FIRST = [new_key("MOBI", str(n), one, bytes([n]) * 32) for n, one in enumerate(Algorithm, start=1)]


def draws() -> Callable[[int], bytes]:
    numbers = iter(range(50, 250))
    return lambda size: bytes([next(numbers)]) * size


def signs(keys: list[SecretTicketKey], at_s: int, algorithm: Algorithm = Algorithm.ED25519) -> str:
    return key_for(keys, algorithm, at_s).public.id


def test_the_new_key_signs_from_its_instant_on_and_codes_before_stay_as_they_are() -> None:
    keys = rotate(FIRST, Algorithm.ED25519, 100, draws())
    assert [signs(keys, at_s) for at_s in (0, 99, 100, 10**10)] == ["1", "1", "3", "3"]
    assert signs(keys, 100, Algorithm.P256) == "2"
    again = rotate(keys, Algorithm.ED25519, 200, draws())
    assert [signs(again, at_s) for at_s in (99, 100, 199, 200)] == ["1", "3", "3", "4"]


def test_a_key_that_was_announced_gives_way_to_one_before_it() -> None:
    keys = rotate(rotate(FIRST, Algorithm.ED25519, 100, draws()), Algorithm.ED25519, 50, draws())
    assert [signs(keys, at_s) for at_s in (49, 50, 100, 101)] == ["1", "4", "4", "4"]


def test_nothing_a_withdrawn_key_signed_is_made_again() -> None:
    keys = withdraw(FIRST, "1", 100, draws())
    with pytest.raises(NoTicketKeyError, match="withdrawn"):
        signs(keys, 99)
    assert signs(keys, 100) == "3"
    twice = withdraw(keys, "1", 200, draws())
    assert [key.public for key in twice] == [key.public for key in keys]
    with pytest.raises(ValueError, match="no ticket key is called '9'"):
        withdraw(keys, "9", 0, draws())


def test_secrets_are_not_shown() -> None:
    assert "secret" not in repr(FIRST[0])
    assert len(public_half(Algorithm.P256, b"1" * 32)) == 33


steps = st.lists(
    st.tuples(st.sampled_from(["rotate", "withdraw"]), st.integers(1, 6), st.integers(0, 3)), max_size=8
)


@given(steps)
def test_at_every_instant_from_now_on_one_key_signs(drawn: list[tuple[str, int, int]]) -> None:
    keys, now, draw = list(FIRST), 1_000, draws()
    for what, number, wait in drawn:
        now += wait
        if what == "rotate":
            keys = rotate(keys, Algorithm.ED25519, now + number, draw)
        elif any(key.public.id == str(number) for key in keys):
            keys = withdraw(keys, str(number), now, draw)
        ids = [key.public.id for key in keys]
        assert len(set(ids)) == len(ids)
        for algorithm in Algorithm:
            for at_s in range(now, now + 12):
                who = [key for key in keys if key.public.algorithm is algorithm and key.public.may_sign(at_s)]
                assert len(who) == 1
                assert not who[0].public.withdrawn_s
