"""The signed list of cancelled tickets: read as it was signed, or refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ticketing.tickets.ticket_world import KEY, NOW, here, knowing, paper
from ticketing.tickets import sign1
from ticketing.tickets.code import CodeError
from ticketing.tickets.inspection import inspect
from ticketing.tickets.keys import Algorithm, TicketKey, new_key
from ticketing.tickets.read_code import read_code
from ticketing.tickets.revocation_list import (
    LINES,
    LIST_TYPE,
    Cancelled,
    RevocationListError,
    read_list,
    sign_list,
)

KEYS = {("MOBI", "1"): KEY.public}
THREE = [Cancelled("MOBI", "A-1", 5), Cancelled("MOBI", "A-2", 0, 3), Cancelled("MOBI", "B-1", NOW, 2)]
SIGNED = sign_list(THREE, NOW, KEY)


def test_it_is_read_as_it_was_signed_in_whatever_order() -> None:
    read = read_list(SIGNED, KEYS)
    assert (read.issuer, read.as_of_s, list(read.lines.values())) == ("MOBI", NOW, THREE)
    assert sign_list(reversed(THREE), NOW, KEY) == SIGNED


def test_no_bit_of_it_is_free() -> None:
    for bit in range(len(SIGNED) * 8):
        flipped = bytearray(SIGNED)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RevocationListError):
            read_list(bytes(flipped), KEYS)


def test_neither_beginning_nor_end_of_it_is_a_list() -> None:
    for cut in range(len(SIGNED)):
        for part in (SIGNED[:cut], SIGNED[cut + 1 :]):
            with pytest.raises(RevocationListError):
                read_list(part, KEYS)
    with pytest.raises(RevocationListError):
        read_list(SIGNED + b"\0", KEYS)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({}, "not known"),
        ({("OTHER", "1"): KEY.public}, "not known"),
        ({("MOBI", "1"): replace(KEY.public, algorithm=Algorithm.P256)}, "not known"),
        ({("MOBI", "1"): new_key("MOBI", "1", Algorithm.ED25519, bytes(32)).public}, "changed on its way"),
        ({("MOBI", "1"): replace(KEY.public, withdrawn_s=NOW + 9)}, "does not sign any more"),
        ({("MOBI", "1"): replace(KEY.public, valid_until_s=NOW)}, "did not then"),
        ({("MOBI", "1"): replace(KEY.public, valid_from_s=NOW + 1)}, "did not then"),
    ],
)
def test_only_a_key_of_its_issuer_that_signed_then_is_believed(
    keys: dict[tuple[str, str], TicketKey], why: str
) -> None:
    with pytest.raises(RevocationListError, match=why):
        read_list(SIGNED, keys)


def test_a_ticket_is_no_list_and_a_list_no_ticket() -> None:
    with pytest.raises(RevocationListError):
        read_list(paper(), KEYS)
    with pytest.raises(CodeError):
        read_code(SIGNED)


PAYLOAD: dict[int, Any] = cbor2.loads(cbor2.loads(SIGNED).value[2])
ROWS: list[Any] = PAYLOAD[LINES]


@pytest.mark.parametrize(
    "payload",
    [
        PAYLOAD | {LINES: ROWS[::-1]},
        PAYLOAD | {LINES: [ROWS[0], *ROWS]},
        PAYLOAD | {LINES: [ROWS[0][:2]]},
        PAYLOAD | {LINES: [["A-1", True, 1]]},
        PAYLOAD | {LINES: [["A-1", -1, 1]]},
        PAYLOAD | {LINES: {}},
        PAYLOAD | {99: 1},
        {label: one for label, one in PAYLOAD.items() if label != LINES},
        [],
    ],
)
def test_even_what_our_key_signed_must_be_written_the_one_way(payload: Any) -> None:
    header = {1: -8, 4: b"1", 16: LIST_TYPE}

    def signed(what: Any) -> bytes:
        return sign1.sign(cbor2.dumps(what), KEY.public.public_key, KEY.secret, header)

    assert signed(PAYLOAD) == SIGNED
    with pytest.raises(RevocationListError):
        read_list(signed(payload), KEYS)


@settings(max_examples=30)
@given(
    st.lists(st.builds(Cancelled, st.just("MOBI"), st.text(max_size=20), st.integers(0, 2**40))),
    st.integers(0, 2**40),
)
def test_any_list_is_read_as_it_was(lines: list[Cancelled], as_of_s: int) -> None:
    read = read_list(sign_list(lines, as_of_s, KEY), KEYS)
    assert (read.as_of_s, dict(read.lines)) == (as_of_s, {one.ref: one for one in lines})


@given(st.binary(max_size=300))
def test_anything_else_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(RevocationListError):
        read_list(raw, KEYS)


def test_inspection_goes_by_it() -> None:
    ticket = read_code(paper()).ticket
    signed = sign_list([Cancelled("MOBI", ticket.ref, NOW - 60)], NOW - 30, KEY)
    know = replace(knowing(), lists={"MOBI": read_list(signed, KEYS)})
    assert inspect(paper(), know, here()).reason == "revoked"
