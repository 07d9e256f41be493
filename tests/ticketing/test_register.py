"""The hash chain: what may be appended, and that nothing can be changed behind it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.entry import RegisterEntry
from ticketing.period import next_period, period_end, period_of, period_start
from ticketing.register import (
    CLOSE,
    NO_HASH,
    PeriodClosedError,
    RegisterError,
    append,
    chain_hash,
    genesis,
    open_period,
)
from ticketing.root import RootError, SignedRoot, read_root, sign_root
from ticketing.signing import SigningKey
from ticketing.verify_chain import ChainStart, after_root, verify_chain

NOW = dt.datetime(2026, 10, 3, 12, tzinfo=dt.UTC)
KEY = SigningKey(bytes(range(32)))
INSTANTS = st.integers(946_684_800, 4_102_444_800).map(lambda s: dt.datetime.fromtimestamp(s, dt.UTC))
TRUSTED = {KEY.id: KEY.public_key}


def chain(length: int, closes: tuple[int, ...] = ()) -> list[RegisterEntry]:
    """A register of so many entries; those of `closes` (seq) end a month."""
    entries = [genesis(NOW)]
    while len(entries) < length:
        seq = len(entries) + 1
        if seq in closes:
            first = max((one.seq + 1 for one in entries if one.kind == CLOSE), default=1)
            body: dict[str, Any] = {"first_seq": first, "checkpoint": "00" * 32, "totals": {}}
            entries.append(append(entries[-1], CLOSE, body, NOW))
        else:
            body = {"number": seq, "words": f"entry {seq}: één"}
            entries.append(append(entries[-1], "decision", body, NOW + dt.timedelta(seconds=seq)))
    return entries


def roots_of(entries: list[RegisterEntry]) -> dict[str, dict[str, Any]]:
    """The documents of the roots of all closed months."""
    previous, roots = NO_HASH, {}
    for entry in entries:
        if entry.kind == CLOSE:
            roots[entry.period] = read_root(sign_root(previous, entry, KEY, NOW), TRUSTED)
            previous = entry.hash
    return roots


def test_a_whole_chain_has_no_finding() -> None:
    entries = chain(40, closes=(10, 11, 30))
    assert list(verify_chain(entries, roots=roots_of(entries))) == []
    assert [one.seq for one in entries] == list(range(1, 41))
    assert [entries[index].period for index in (0, 9, 10, 11, 30)] == [
        "2026-10",
        "2026-10",
        "2026-11",
        "2026-12",
        "2027-01",
    ]


def test_a_month_can_be_checked_from_the_root_before_it() -> None:
    entries = chain(40, closes=(10, 30))
    roots = roots_of(entries)
    november = {"2026-11": roots["2026-11"]}
    assert list(verify_chain(entries[10:30], after_root(roots["2026-10"]), november)) == []
    found = list(verify_chain(entries[11:30], after_root(roots["2026-10"]), november))
    assert found[0].seq == 12
    assert "entry 11 should stand here" in found[0].words


TAMPERINGS = ("byte", "delete", "swap", "insert", "repeat", "truncate", "forge")


def tamper(entries: list[RegisterEntry], how: str, rng: Any) -> list[RegisterEntry]:
    """The entries after somebody was at them."""
    changed = list(entries)
    index = rng.randrange(len(entries))
    entry = changed[index]
    match how:
        case "byte":
            changed[index] = _with_other_byte(entry, rng)
        case "delete":
            del changed[index]
        case "swap":
            other = rng.randrange(len(entries))
            changed[index], changed[other] = changed[other], changed[index]
        case "insert":
            index = min(
                index, len(entries) - 2
            )  # after the last one, it would be the next entry, and a good one
            changed.insert(
                index + 1, append(changed[index], "decision", {"forged": rng.randrange(10**6)}, NOW)
            )
        case "repeat":
            changed.insert(index, entry)
        case "truncate":
            del changed[index:]
        case "forge":
            changed = _written_anew(changed, index)
    return changed


def _with_other_byte(entry: RegisterEntry, rng: Any) -> RegisterEntry:
    field = rng.choice(("body", "hash", "kind", "period", "seq", "at"))
    value = getattr(entry, field)
    if field == "seq":
        return replace(entry, seq=value + rng.choice((-1, 1, 1000)))
    if field == "at":
        return replace(entry, at=value + dt.timedelta(seconds=rng.choice((-1, 1, 3600))))
    data = bytearray(value if isinstance(value, bytes) else value.encode())
    place = rng.randrange(len(data))
    data[place] ^= 1 << rng.randrange(7 if isinstance(value, str) else 8)
    return replace(entry, **{field: bytes(data) if isinstance(value, bytes) else data.decode()})


def _written_anew(entries: list[RegisterEntry], index: int) -> list[RegisterEntry]:
    """Somebody who knows the format changes one entry and computes every hash after it again."""
    made = entries[:index]
    previous = made[-1].hash if made else NO_HASH
    for one in entries[index:]:
        body = one.body.replace(b"{", b'{"0forged":1,', 1) if one is entries[index] else one.body
        digest = chain_hash(previous, one.seq, one.period, one.kind, one.at, body)
        made.append(replace(one, body=body, hash=digest))
        previous = digest
    return made


@settings(max_examples=200)
@given(st.sampled_from(TAMPERINGS), st.randoms(use_true_random=False))
def test_tampering_shows(how: str, rng: Any) -> None:
    entries = chain(24, closes=(9, 24))
    changed = tamper(entries, how, rng)
    if changed != entries:
        assert list(verify_chain(changed, roots=roots_of(entries)))


def test_only_roots_show_a_register_that_was_written_anew() -> None:
    """The control of the roots: the chain alone cannot tell."""
    entries = chain(24, closes=(9, 24))
    forged = _written_anew(entries, 4)
    assert list(verify_chain(forged)) == []
    found = list(verify_chain(forged, roots=roots_of(entries)))
    assert [one.seq for one in found] == [9, 24, 24]
    assert all("the root of" in one.words for one in found)


def test_a_changed_entry_shows_at_itself_alone() -> None:
    entries = chain(20)
    entries[6] = replace(entries[6], body=entries[6].body.replace(b"7", b"8"))
    assert [one.seq for one in verify_chain(entries)] == [7]


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(1, 2**53),
    st.sampled_from(["2026-10", "2026-11"]),
    st.sampled_from(["grant", "refusal", "close"]),
    INSTANTS,
    st.sampled_from([b"{}", b'{"a":1}', b'{"a":"\\n"}']),
)
def test_the_hash_covers_every_field(
    previous: bytes, seq: int, period: str, kind: str, at: dt.datetime, body: bytes
) -> None:
    given_fields = (previous, seq, period, kind, at, body)
    others: tuple[Any, ...] = (
        bytes(32) if previous != bytes(32) else b"\1" * 32,
        seq + 1,
        "2026-12",
        "decision",
        at + dt.timedelta(seconds=1),
        b'{"b":1}',
    )
    hashes = {chain_hash(*given_fields)}
    for index, other in enumerate(others):
        fields = [*given_fields]
        fields[index] = other
        hashes.add(chain_hash(*fields))
    assert len(hashes) == 7


@pytest.mark.parametrize("kind", ["", "Grant", "gr\nant", "grant ", "gränt", "x" * 33, "-a", "1a"])
def test_kinds_hold_nothing_that_could_be_taken_for_something_else(kind: str) -> None:
    with pytest.raises(RegisterError, match="no kind of entry"):
        append(genesis(NOW), kind, {}, NOW)


@pytest.mark.parametrize("at", [NOW.replace(tzinfo=None), NOW.replace(microsecond=1)])
def test_instants_are_aware_and_whole(at: dt.datetime) -> None:
    with pytest.raises(RegisterError, match="aware and in whole seconds"):
        append(genesis(NOW), "decision", {}, at)


def test_the_register_begins_once() -> None:
    with pytest.raises(RegisterError, match="the first entry"):
        append(None, "decision", {}, NOW)
    with pytest.raises(RegisterError, match="the first entry"):
        append(genesis(NOW), "genesis", {}, NOW)


def test_the_month_is_the_open_one_whenever_it_is() -> None:
    late = NOW + dt.timedelta(days=90)
    head = append(genesis(NOW), "decision", {}, late)
    assert head.period == "2026-10"
    closed = append(head, CLOSE, {}, late)
    assert open_period(closed, late) == "2026-11"
    assert append(closed, "decision", {}, NOW).period == "2026-11"


def test_a_closed_month_takes_nothing_and_a_later_one_waits() -> None:
    closed = append(genesis(NOW), CLOSE, {}, NOW)
    with pytest.raises(PeriodClosedError, match="2026-10 is closed: entries go to 2026-11"):
        append(closed, "grant", {}, NOW, period="2026-10")
    with pytest.raises(PeriodClosedError, match="2026-12 is not open yet"):
        append(closed, "grant", {}, NOW, period="2026-12")
    assert append(closed, "grant", {}, NOW, period="2026-11").period == "2026-11"


@given(INSTANTS)
def test_months_are_those_of_paris(at: dt.datetime) -> None:
    period = period_of(at)
    assert period_start(period) <= at < period_end(period) == period_start(next_period(period))


def test_months_begin_in_paris() -> None:
    assert period_of(dt.datetime(2026, 9, 30, 22, 0, tzinfo=dt.UTC)) == "2026-10"
    assert period_of(dt.datetime(2026, 10, 31, 22, 59, 59, tzinfo=dt.UTC)) == "2026-10"
    assert period_of(dt.datetime(2026, 12, 31, 23, 0, tzinfo=dt.UTC)) == "2027-01"


def test_chains_that_begin_elsewhere_are_not_taken_for_ours() -> None:
    entries = chain(5)
    assert list(verify_chain(entries[1:], ChainStart(2, entries[0].hash))) == []
    assert list(verify_chain(entries[1:], ChainStart(2, NO_HASH)))


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_a_root_says_nothing_when_a_bit_of_it_is_changed(place: int, bit: int) -> None:
    entries = chain(9, closes=(9,))
    root = sign_root(NO_HASH, entries[-1], KEY, NOW)
    for field in ("document", "signature"):
        data = bytearray(getattr(root, field))
        data[place % len(data)] ^= 1 << bit
        with pytest.raises(RootError):
            read_root(replace(root, **{field: bytes(data)}), TRUSTED)
    assert read_root(root, TRUSTED)["last_seq"] == 9


def test_roots_of_others_are_not_trusted() -> None:
    entries = chain(9, closes=(9,))
    other = SigningKey(b"\7" * 32)
    with pytest.raises(RootError, match="which is not known"):
        read_root(sign_root(NO_HASH, entries[-1], other, NOW), TRUSTED)
    root = sign_root(NO_HASH, entries[-1], KEY, NOW)
    with pytest.raises(RootError, match="has not the fields"):
        read_root(SignedRoot("2026-11", root.document, root.signature), TRUSTED)
    with pytest.raises(RootError, match="closes no month"):
        sign_root(NO_HASH, entries[0], KEY, NOW)


def test_a_root_that_the_chain_does_not_reach_shows() -> None:
    entries = chain(12, closes=(9,))
    roots = roots_of(entries)
    found = list(verify_chain(entries[:8], roots=roots))
    assert [one.words for one in found] == ["the chain does not reach the end of 2026-10, which has a root"]
