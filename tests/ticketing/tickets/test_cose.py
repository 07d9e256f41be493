"""The format: the specimen, one way to write each ticket, no bit that is free, nothing that crashes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ticketing.tickets.ticket_world import (
    DEVICE,
    KEY,
    NOW,
    SINGLE,
    TICKETS,
    as_read,
    here,
    knowing,
    live,
    paper,
)
from ticketing.tickets import base45, cose, qr, rotating
from ticketing.tickets.answer import Colour, Reason
from ticketing.tickets.code import CodeError
from ticketing.tickets.inspection import inspect
from ticketing.tickets.keys import Algorithm, new_key
from ticketing.tickets.read_code import read_code
from ticketing.tickets.ticket import Right, Ticket

SPECIMENS = Path(__file__).parents[4] / "shared" / "data" / "ticketing" / "barcodes"
L = 2**252 + 27742317777372353535851937790883648493
"""The order of Ed25519's group (RFC 8032, 5.1)."""


@pytest.mark.shared
def test_the_specimen_is_read_verified_and_written_again() -> None:
    if not SPECIMENS.exists():
        pytest.skip(f"{SPECIMENS} is not here")
    raw = (SPECIMENS / "bfc_cose_sign1.cbor").read_bytes()
    public_key = bytes.fromhex((SPECIMENS / "ed25519_spki.hex").read_text().strip())[-32:]
    code = read_code(raw)
    assert code.is_signed_by(public_key)
    assert not code.is_signed_by(KEY.public.public_key)
    assert code.key_id == "2"
    assert code.ticket == Ticket(
        ref="BFC7K2QX-1",
        issuer="BFCT",
        order_id="",
        item_id="",
        product_id="COACH-SINGLE",
        category="adult",
        count=1,
        rights=(Right("FRC"),),
        valid_from_s=1_774_733_400,
        valid_until_s=1_774_749_540,
        issued_s=1_774_733_400,
        cents=150,
    )
    key = new_key("BFCT", "2", Algorithm.ED25519, bytes(32))
    ours = cose.encode(code.ticket, key)
    assert len(ours) == len(raw) == 149
    assert ours[:-64] == raw[:-64]


@pytest.mark.parametrize("name", TICKETS)
def test_what_is_written_is_read(name: str) -> None:
    ticket = TICKETS[name]
    code = read_code(paper(ticket))
    assert code.ticket == as_read(ticket)
    assert (code.key_id, code.algorithm, code.shown_until_s) == ("1", Algorithm.ED25519, 0)
    assert code.is_signed_by(KEY.public.public_key)
    shown = read_code(live(ticket))
    assert shown.ticket == replace(as_read(ticket), device_key=rotating.public_key(DEVICE).hex())
    assert shown.shown_from_s <= NOW < shown.shown_until_s == shown.shown_from_s + 30
    assert shown.is_signed_by(KEY.public.public_key)


def test_the_same_ticket_is_the_same_code() -> None:
    assert paper() == paper()
    assert len(paper()) <= 180
    assert live(at_s=NOW) == live(at_s=NOW // 30 * 30 + 29) != live(at_s=NOW + 30)


text = st.text(max_size=12)
instants = st.integers(0, 2**40)
rights = st.builds(Right, text, text, text, st.lists(text, max_size=3).map(tuple), instants, instants)
tickets = st.builds(
    Ticket,
    ref=st.from_regex(r"[0-9A-Z]{8}-[1-9]", fullmatch=True),
    issuer=st.from_regex(r"[A-Z0-9]{2,8}", fullmatch=True),
    order_id=st.just(""),
    item_id=st.just(""),
    product_id=text,
    category=text,
    count=st.integers(0, 200),
    rights=st.lists(rights, max_size=5).map(tuple),
    valid_from_s=instants,
    valid_until_s=instants,
    issued_s=instants,
    generation=st.integers(0, 100),
    cents=st.integers(0, 10**6),
    device_key=st.sampled_from(["", "ab" * 32]),
)


@given(tickets)
def test_every_ticket_is_read_as_it_was_written(ticket: Ticket) -> None:
    code = cose.decode(cose.encode(ticket, KEY))
    assert code.ticket == ticket
    assert code.is_signed_by(KEY.public.public_key)
    assert qr.to_bytes(qr.to_text(cose.encode(ticket, KEY))) == cose.encode(ticket, KEY)


def believed(raw: bytes) -> bool:
    """Whether anybody would let somebody ride on it."""
    return inspect(raw, knowing(), here()).colour is not Colour.RED


CODES = {
    f"{name} {kind.__name__}": kind(ticket) for name, ticket in TICKETS.items() for kind in (paper, live)
}


@pytest.mark.parametrize("name", CODES)
def test_no_single_bit_of_a_code_is_free(name: str) -> None:
    """All of them: another bit anywhere, and it is no ticket any more."""
    raw = CODES[name]
    assert believed(raw)
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        answer = inspect(bytes(changed), knowing(), here())
        # Of a key's id another key may be named, which is not known: a person is asked to synchronise.
        if answer.colour is not Colour.RED:
            assert answer.reason is Reason.UNKNOWN_KEY, bit
            code = read_code(bytes(changed))
            assert code.key_id != "1"
            assert not code.is_signed_by(KEY.public.public_key)


@pytest.mark.parametrize("name", ["single paper", "single live"])
def test_no_single_bit_of_the_text_is_free(name: str) -> None:
    written = qr.to_text(CODES[name]).encode()
    for bit in range(len(written) * 8):
        changed = bytearray(written)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            raw = qr.to_bytes(changed.decode("latin-1"))
        except CodeError:
            continue
        assert raw != CODES[name]
        answer = inspect(raw, knowing(), here())
        assert answer.colour is Colour.RED or answer.reason is Reason.UNKNOWN_KEY


@pytest.mark.parametrize("name", CODES)
def test_a_piece_or_more_than_all_is_no_code(name: str) -> None:
    raw = CODES[name]
    for size in range(len(raw)):
        assert not believed(raw[:size])
    for more in (b"\0", b"\xf6", raw):
        assert not believed(raw + more)
        assert not believed(more + raw)


def sign1(protected: bytes, unprotected: Any, payload: bytes, signature: bytes, tag: int = 18) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(tag, [protected, unprotected, payload, signature]))


def test_another_way_to_write_the_same_is_refused() -> None:
    raw = paper()
    protected, unprotected, payload, signature = cbor2.loads(raw).value
    assert sign1(protected, unprotected, payload, signature) == raw
    number = int.from_bytes(signature[32:], "little")
    again = signature[:32] + (number + L).to_bytes(32, "little")
    others = {
        "the tag of a CWT": b"\xd8\x3d" + raw,
        "no tag": raw[1:],
        "another tag": sign1(protected, unprotected, payload, signature, tag=98),
        "a longer tag": b"\xd8\x12" + raw[1:],
        "an unprotected header": sign1(protected, {99: 1}, payload, signature),
        "the key's id unprotected": sign1(cbor2.dumps({1: -8}), {4: b"1"}, payload, signature),
        "the headers in another order": sign1(cbor2.dumps({4: b"1", 1: -8}), {}, payload, signature),
        "a list of unknown length": raw[:1] + b"\x9f" + raw[2:] + b"\xff",
        "a signature with the group's order added": sign1(protected, unprotected, payload, again),
    }
    for name, other in others.items():
        assert not believed(other), name


def resigned(claims: dict[Any, Any]) -> bytes:
    """As our own key would sign it, had it been asked to."""
    return cose.sign(cbor2.dumps(claims), KEY.public.public_key, KEY.secret, {1: -8, 4: b"1"})


CLAIMS: dict[int, Any] = cbor2.loads(cbor2.loads(paper()).value[2])


@pytest.mark.parametrize(
    ("label", "value"),
    [
        (cose.COUNT, 1),
        (cose.GENERATION, 1),
        (cose.CATEGORY, "adult"),
        (cose.CENTS, 0),
        (cose.COUNT, True),
        (cose.CENTS, 1.5),
        (cose.CENTS, -1),
        (cose.CENTS, 2**60),
        (cose.ISS, b"MOBI"),
        (cose.CTI, "text"),
        (cose.CTI, "é".encode()),
        (cose.RIGHTS, [["coach", "bfc:20401", "bfc:20517", []]]),
        (cose.RIGHTS, [["coach"]]),
        (cose.RIGHTS, [["coach", "a", "b", [], 1, 2, 3]]),
        (cose.RIGHTS, [["coach", "a", "b", ["1", 2]]]),
        (cose.RIGHTS, {}),
        (cose.CNF, {1: {1: 1, -1: 6, -2: b"short"}}),
        (cose.CNF, {1: {1: 1, -1: 6, -2: bytes(32), 2: b"x"}}),
        (cose.CNF, []),
        (99, 1),
        ("iss", "MOBI"),
    ],
)
def test_even_what_our_key_signed_must_be_written_the_one_way(label: Any, value: Any) -> None:
    assert read_code(resigned(CLAIMS)).ticket == as_read(SINGLE)
    with pytest.raises(CodeError):
        read_code(resigned(CLAIMS | {label: value}))


@pytest.mark.parametrize(
    "label", [cose.ISS, cose.CTI, cose.IAT, cose.EXP, cose.NBF, cose.PRODUCT, cose.RIGHTS]
)
def test_what_lacks_a_claim_is_refused(label: int) -> None:
    with pytest.raises(CodeError, match="lacks"):
        read_code(resigned({name: value for name, value in CLAIMS.items() if name != label}))


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_random_bytes_are_no_ticket_and_never_crash(raw: bytes) -> None:
    answer = inspect(raw, knowing(), here())
    assert (answer.colour, answer.code) == (Colour.RED, None)
    assert answer.french
    assert answer.english


cbor_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=8) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=4)
        | st.builds(cbor2.CBORTag, st.integers(0, 70), inner)
    ),
    max_leaves=8,
)


@given(cbor_values, cbor_values, cbor_values)
@settings(max_examples=150)
def test_random_cbor_never_crashes(protected: Any, payload: Any, signature: Any) -> None:
    """Dates, patterns, fractions and references are among the tags."""
    bodies = [protected, payload, {1: -8, 4: b"1"}]
    for header in bodies:
        raw = sign1(cbor2.dumps(header), {}, cbor2.dumps(payload), bytes(64))
        assert inspect(raw, knowing(), here()).colour is not Colour.GREEN
    assert inspect(cbor2.dumps(cbor2.CBORTag(18, signature)), knowing(), here()).colour is Colour.RED


@given(st.text(max_size=80) | st.text(base45.ALPHABET, max_size=80).map(lambda text: qr.PREFIX + text))
def test_random_text_never_crashes(text: str) -> None:
    try:
        raw = qr.to_bytes(text)
    except CodeError:
        return
    assert inspect(raw, knowing(), here()).colour is Colour.RED


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")],
)
def test_the_examples_of_rfc_9285(raw: bytes, text: str) -> None:
    assert base45.encode(raw) == text
    assert base45.decode(text) == raw


@pytest.mark.parametrize("text", ["GGW", ":::", "A", "AAAA", "aaa", "::", "ZZ", "é", "A_A"])
def test_what_no_bytes_are_written_as_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"character|more than"):
        base45.decode(text)


@given(st.binary(max_size=50))
def test_base45_has_one_text_for_all_bytes(raw: bytes) -> None:
    text = base45.encode(raw)
    assert base45.decode(text) == raw
    assert set(text) <= set(base45.ALPHABET)
