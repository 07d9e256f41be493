"""One value, one sequence of bytes: held against another implementation of RFC 8785."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ticketing.canonical_json import CanonicalJsonError, from_canonical, to_canonical

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)
BODIES = st.dictionaries(KEYS, VALUES, max_size=6)


@given(BODIES)
def test_it_is_rfc_8785(body: dict[str, Any]) -> None:
    assert to_canonical(body) == rfc8785.dumps(body)


@given(BODIES)
def test_it_reads_back(body: dict[str, Any]) -> None:
    assert from_canonical(to_canonical(body)) == body


@given(BODIES, st.randoms(use_true_random=False))
def test_the_order_in_which_a_body_was_made_does_not_matter(body: dict[str, Any], rng: Any) -> None:
    items = list(body.items())
    rng.shuffle(items)
    assert to_canonical(dict(items)) == to_canonical(body)


class Colour(enum.IntEnum):
    RED = 1


class Word(str):
    pass


REFUSED = [
    1.0,
    float("nan"),
    float("inf"),
    2**53,
    -(2**53),
    10**30,
    "\ud800",
    {"é": 1},
    {1: 1},
    {"\ud800": 1},
    (1, 2),
    {1, 2},
    b"bytes",
    Colour.RED,
    Word("x"),
    uuid.UUID(int=1),
    dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    dt.date(2026, 1, 1),
]


@pytest.mark.parametrize("value", REFUSED, ids=repr)
@pytest.mark.parametrize("where", ["at the top", "in a list", "in an object"])
def test_what_has_no_place_is_refused(value: Any, where: str) -> None:
    body = {"at the top": {"a": value}, "in a list": {"a": [0, value]}, "in an object": {"a": {"b": value}}}[
        where
    ]
    with pytest.raises(CanonicalJsonError):
        to_canonical(body)


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_a_body_is_an_object(body: Any) -> None:
    with pytest.raises(CanonicalJsonError, match="an object is needed"):
        to_canonical(body)


def test_what_is_too_deep_is_refused() -> None:
    body: dict[str, Any] = {}
    for _ in range(5_000):
        body = {"a": body}
    with pytest.raises(CanonicalJsonError):
        to_canonical(body)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":1}\n',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":-0}',
        b"[]",
        b"{",
        b"",
        b'{"a":"\xff"}',
    ],
)
def test_other_ways_to_write_it_are_refused(data: bytes) -> None:
    with pytest.raises(CanonicalJsonError):
        from_canonical(data)


@given(BODIES, st.integers(1, 4))
def test_pretty_printing_is_refused(body: dict[str, Any], indent: int) -> None:
    written = json.dumps(body, indent=indent, ensure_ascii=False).encode()
    if written != to_canonical(body):
        with pytest.raises(CanonicalJsonError):
            from_canonical(written)
