"""Signed words: what is read is what was signed, and nothing else is read."""

from __future__ import annotations

import base64
import random
from dataclasses import make_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground.signed import LENGTH_MAX, TokenError, read, sign
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.journey import CarpoolWish, OfferedJourney, OnDemandWish

KEY, OTHER = b"k" * 32, b"l" * 32
NOW_S = 1_800_000_000

texts = st.text(max_size=12)
instants = st.integers(0, 2**40)
stops = st.builds(
    FareStop,
    texts,
    texts,
    texts,
    texts,
    st.sampled_from(("Europe/Paris", "Indian/Reunion")),
    st.none() | st.floats(-90, 90),
    st.none() | st.floats(-180, 180),
)
legs = st.builds(
    FareLeg,
    st.sampled_from(FareMode),
    stops,
    stops,
    instants,
    instants,
    st.integers(0, 2_000_000),
    texts,
    texts,
    texts,
    texts,
    st.lists(texts, max_size=4).map(tuple),
    st.none() | st.integers(0, 10**6),
    texts,
)
journeys = st.builds(
    OfferedJourney,
    st.lists(legs, max_size=5).map(tuple),
    st.lists(st.builds(CarpoolWish, st.integers(0, 4), texts, texts, texts), max_size=2).map(tuple),
    st.lists(st.builds(OnDemandWish, st.integers(0, 4), texts), max_size=2).map(tuple),
    st.integers(NOW_S + 1, 2**40),
)


def _journey(count: int = 3) -> OfferedJourney:
    ends = [
        FareStop(f"demo_stop{n}", f"Arrêt {n}", f"demo_station{n}", "Z1", lat=47.1 + n, lon=5.0)
        for n in range(count + 1)
    ]
    ridden = tuple(
        FareLeg(
            FareMode.COACH,
            ends[n],
            ends[n + 1],
            NOW_S + 900 * n,
            NOW_S + 900 * n + 600,
            12_345,
            "demo",
            "demo_coaches",
            "demo_R-08",
            f"demo_T{n}",
            ("Z1", "Z1"),
            service_day="2027-01-15",
        )
        for n in range(count)
    )
    return OfferedJourney(ridden, (CarpoolWish(0, "r1", "a", "b"),), (OnDemandWish(1, "q" * 80),), NOW_S)


@given(journeys)
def test_what_is_read_is_what_was_signed(journey: OfferedJourney) -> None:
    token = sign(journey, KEY)
    assert read(OfferedJourney, token, KEY) == journey
    assert token.replace("-", "a").replace("_", "a").isalnum(), "it stands in addresses and in JSON"
    assert sign(journey, KEY) == token


def test_no_bit_of_a_token_can_be_flipped() -> None:
    raw = sign(_journey(), KEY).encode()
    for place in range(len(raw)):
        for bit in range(8):
            flipped = bytearray(raw)
            flipped[place] ^= 1 << bit
            with pytest.raises(TokenError):
                read(OfferedJourney, flipped.decode("latin-1"), KEY)


@given(journeys, st.randoms(use_true_random=False))
def test_no_bit_of_its_content_can_be_flipped(journey: OfferedJourney, chance: random.Random) -> None:
    token = sign(journey, KEY)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    with pytest.raises(TokenError):
        read(OfferedJourney, base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), KEY)


@given(st.text(max_size=200))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        read(OfferedJourney, text, KEY)


def test_tokens_that_are_cut_or_grown_are_refused() -> None:
    token = sign(_journey(), KEY)
    for other in [*(token[:length] for length in range(len(token))), token + "A", token + "=", " " + token]:
        with pytest.raises(TokenError):
            read(OfferedJourney, other, KEY)
    with pytest.raises(TokenError):
        read(OfferedJourney, "A" * (LENGTH_MAX + 1), KEY)


def test_a_token_of_somebody_else_or_of_another_kind_is_refused() -> None:
    token = sign(_journey(), OTHER)
    assert read(OfferedJourney, token, OTHER)
    with pytest.raises(TokenError, match="of ours"):
        read(OfferedJourney, token, KEY)
    with pytest.raises(TokenError, match="of ours"):
        read(OnDemandWish, token, OTHER)


def test_a_token_from_before_a_field_changed_is_of_another_version() -> None:
    def of_now(first: type, name: str) -> type:
        return make_dataclass("Kept", [(name, first)])

    token = sign(of_now(int, "legs")(3), KEY)
    for other in (of_now(int, "ways"), of_now(str, "legs")):
        with pytest.raises(TokenError, match="another version"):
            read(other, token, KEY)


def test_a_journey_of_forty_legs_has_a_token() -> None:
    assert len(sign(_journey(40), KEY)) < LENGTH_MAX


def test_a_usual_token_is_short() -> None:
    assert len(sign(_journey(3), KEY)) < 700


def test_what_would_be_too_long_to_read_is_not_signed() -> None:
    noise = "".join(map(str, random.Random(1).choices(range(10), k=2 * LENGTH_MAX)))
    with pytest.raises(ValueError, match="too long"):
        sign(OnDemandWish(0, noise), KEY)


def test_a_short_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        sign(_journey(), b"short")
