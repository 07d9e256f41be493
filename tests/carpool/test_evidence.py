"""What phones sign: read exactly or refused with words, whatever comes; test vectors for whoever ports it."""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from carpool.device import Device, EvidenceError, decode_base64url, device_id, sign_statement
from carpool.evidence import (
    BYTES_MAX,
    Kind,
    Moment,
    evidence_hash,
    read_statement,
    reread_statement,
    trip_id,
)
from carpool.phone import Phone
from carpool.token import make_token, read_token

NOW = dt.datetime(2026, 3, 10, 6, 0, tzinfo=dt.UTC)
SEED = bytes(range(32))
NONCE = "00112233445566778899aabbccddeeff"


def _phone(seed: bytes = SEED) -> Phone:
    return Phone(seed, lambda: NOW, "hardware")


def _device(phone: Phone) -> Device:
    return Device(phone.id, "dora", phone.public_key)


def _signed(**fields: Any) -> bytes:
    phone = _phone()
    payload = {"v": 1, "kind": "board", "trip": "0" * 32, "seq": 0, "at": int(NOW.timestamp())}
    return sign_statement({k: v for k, v in (payload | fields).items() if v is not ...}, phone.key)


def test_vectors() -> None:
    """docs/logging-trips.md has them: whoever ports the phone gets the same bytes."""
    phone = _phone()
    trip = phone.start("besancon-fuans", NONCE, (47.2379, 6.0241))
    assert phone.public_key.hex() == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    assert phone.id == "56475aa75463474c0285df5dbf2bcab7"
    assert trip == trip_id(phone.id, NONCE) == "3f55e448addcf1a1d131721574653805"
    assert evidence_hash(phone.outbox[0]) == VECTOR_HASH
    assert phone.show(trip) == VECTOR_TOKEN


VECTOR_HASH = "e2eb46b3f22162bbf8fb30251f535f6ff599a1d195d95dac174db72f8b6c760c"
VECTOR_TOKEN = (
    "MT1.P1XkSK3c8aHRMXIVdGU4BVZHWqdUY0dMAoXfXb8ryrdpr7NgSztwu_5O1dpHaFhhS2"
    "8wUpTbJZvWEVZ4CQ9Jm4Xlt7RwHwy9-XSEN1DlyQ-hHtnlbajlDJtO_8xbNpvA0t4HCg"
)


def test_statements_come_back_as_they_were_said() -> None:
    phone, other = _phone(), _phone(b"o" * 32)
    trip = phone.start("line", NONCE, (47.5, 6.25), ride="r", stop="alba")
    phone.positions(trip, [(NOW + dt.timedelta(seconds=s), 47.0 + s / 1000, -6.000001) for s in (9, 0, 4)])
    phone.scan(other.show(trip), Moment.ALIGHT, (1.0, 2.0), "b")
    phone.board(trip, booking="b", stop="alba")
    phone.alight(trip)
    phone.end(trip, (-90.0, 180.0))
    read = [read_statement(data, _device(phone)) for data in phone.outbox]
    kinds = [Kind.START, Kind.POSITIONS, Kind.SCAN, Kind.BOARD, Kind.ALIGHT, Kind.END]
    assert [said.kind for said in read] == kinds
    assert [said.seq for said in read] == list(range(6))
    assert (read[0].line, read[0].ride, read[0].stop, read[0].begins_trip) == ("line", "r", "alba", True)
    assert [fix.lat for fix in read[1].fixes] == [47.0, 47.004, 47.009]
    assert read[1].fixes[0].lon == -6.000001
    assert read[2].token is not None
    assert (read[2].token.device, read[2].token.at, read[2].moment) == (other.id, NOW, Moment.ALIGHT)
    assert read[2].token.is_signed_by(other.public_key)
    assert not read[2].token.is_signed_by(phone.public_key)
    assert {said.hash for said in read} == {evidence_hash(data) for data in phone.outbox}


def test_another_library_reads_our_signatures_and_we_read_its() -> None:
    """The oracle: joserfc (RFC 7515, 8037)."""
    phone = _phone()
    phone.start("line", NONCE)
    key = OKPKey.import_key(
        {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(phone.public_key).decode().rstrip("=")}
    )
    found = jws.deserialize_compact(phone.outbox[0].decode(), key, algorithms=["EdDSA"])
    assert json.loads(found.payload)["nonce"] == NONCE
    private = phone.key.private_bytes_raw()
    both = OKPKey.import_key(
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": base64.urlsafe_b64encode(phone.public_key).decode().rstrip("="),
            "d": base64.urlsafe_b64encode(private).decode().rstrip("="),
        }
    )
    theirs = jws.serialize_compact(
        {"alg": "EdDSA", "kid": phone.id}, found.payload, both, algorithms=["EdDSA"]
    )
    assert read_statement(theirs.encode(), _device(phone)).line == "line"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"v": 2}, "v:"),
        ({"kind": "party"}, "kind:"),
        ({"trip": "0" * 31}, "trip:"),
        ({"trip": "A" * 32}, "trip:"),
        ({"seq": -1}, "seq:"),
        ({"seq": True}, "seq:"),
        ({"seq": 1.0}, "seq:"),
        ({"at": 0}, "at:"),
        ({"at": 10**12}, "at:"),
        ({"at": "2026"}, "at:"),
        ({"fix": [0, 0, 0]}, "fix:"),
        ({"fix": [int(NOW.timestamp()), 90_000_001, 0]}, "fix:"),
        ({"fix": [int(NOW.timestamp()), 0, float("nan")]}, "fix:"),
        ({"fix": "here"}, "fix:"),
        ({"stop": 7}, "stop:"),
        ({"stop": "x" * 65}, "stop:"),
        ({"stop": "a\nb"}, "stop:"),
        ({"speed": 3}, "speed:"),
        ({"kind": "positions", "fixes": []}, "fixes:"),
        ({"kind": "start", "line": "l"}, "nonce:"),
        ({"kind": "start", "line": "l", "nonce": NONCE}, "trip:"),
        ({"kind": "scan", "token": "MT1.", "moment": "board"}, "QR code"),
        ({"kind": "scan", "moment": "board"}, "token:"),
        ({"at": ...}, "at:"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], word: str) -> None:
    with pytest.raises(EvidenceError) as refusal:
        read_statement(_signed(**fields), _device(_phone()))
    assert word in str(refusal.value)


def test_one_statement_has_one_text() -> None:
    """Base64 with other spare bits, padding or a line break would be another hash of the same statement."""
    data = _signed()
    assert read_statement(data, _device(_phone())).kind is Kind.BOARD
    last = data[-1:]
    spare = bytes([last[0] + 1]) if last not in (b"Z", b"z", b"9") else b"A"
    for other in (data[:-1] + spare, data + b"=", data + b"\n", b" " + data, data.replace(b".", b"..", 1)):
        with pytest.raises(EvidenceError):
            read_statement(other, _device(_phone()))


def test_a_name_twice_a_wrong_algorithm_and_too_many_bytes_are_refused() -> None:
    phone = _phone()

    def raw(header: str, payload: str) -> bytes:
        parts = [base64.urlsafe_b64encode(part.encode()).rstrip(b"=") for part in (header, payload)]
        signed = b".".join(parts)
        return signed + b"." + base64.urlsafe_b64encode(phone.key.sign(signed)).rstrip(b"=")

    good = json.dumps({"alg": "EdDSA", "kid": phone.id})
    for header, payload in (
        (good, '{"v":1,"v":1}'),
        (good, "[]"),
        (good, "[" * 100_000),
        ('{"alg":"none","kid":"' + phone.id + '"}', "{}"),
        ('{"alg":"EdDSA"}', "{}"),
        ('{"alg":"EdDSA","crit":["b64"],"kid":"' + phone.id + '"}', "{}"),
        (good, '{"x":"' + "y" * BYTES_MAX + '"}'),
    ):
        with pytest.raises(EvidenceError):
            read_statement(raw(header, payload), _device(phone))


def test_only_the_phone_that_chose_a_trip_begins_it() -> None:
    thief = _phone(b"t" * 32)
    trip = _phone().start("line", NONCE)
    now = int(NOW.timestamp())
    stolen = {"v": 1, "kind": "start", "trip": trip, "seq": 0, "at": now, "line": "line", "nonce": NONCE}
    with pytest.raises(EvidenceError, match="only the phone that chose it"):
        read_statement(sign_statement(stolen, thief.key), _device(thief))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_statement(data, _device(_phone()))


@given(st.integers(0, 400), st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, change: int) -> None:
    data = bytearray(_signed(stop="alba"))
    data[place % len(data)] ^= change
    with pytest.raises(EvidenceError):
        read_statement(bytes(data), _device(_phone()))


@given(st.integers(0, 138), st.characters(codec="ascii"))
def test_any_changed_letter_of_a_code_is_noticed(place: int, letter: str) -> None:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    text = make_token(key, NONCE, NOW)
    assert len(text) == 138
    changed = text[: place % len(text)] + letter + text[place % len(text) + 1 :]
    if changed == text:
        return
    try:
        token = read_token(changed)
    except EvidenceError:
        return
    assert not token.is_signed_by(key.public_key().public_bytes_raw())


def test_a_code_says_whose_of_what_and_when() -> None:
    phone = _phone()
    token = read_token(phone.show(NONCE))
    assert (token.trip, token.device, token.at) == (NONCE, phone.id, NOW)
    assert token.is_signed_by(phone.public_key)
    for other in (replace(token, trip="0" * 32), replace(token, at=NOW + dt.timedelta(seconds=1))):
        assert not other.is_signed_by(phone.public_key)


@given(st.binary(max_size=100))
def test_base64url_is_that_of_the_standard_library(data: bytes) -> None:
    text = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    assert decode_base64url(text) == data


def test_a_device_is_named_by_its_key() -> None:
    assert device_id(_phone().public_key) == _phone().id


def test_reading_again_gives_what_was_read_when_it_was_verified() -> None:
    phone, other = _phone(), _phone(bytes(32))
    trip = phone.start("besancon-fuans", NONCE, (47.2379, 6.0241))
    phone.positions(trip, [(NOW + dt.timedelta(seconds=n), 47.0 + n / 1000, 6.0) for n in range(5)])
    phone.scan(make_token(other.key, trip, NOW), Moment.BOARD, (47.0, 6.0))
    phone.end(trip, (47.1, 6.0))
    device = _device(phone)
    for data in phone.outbox:
        assert reread_statement(data, evidence_hash(data), device) == read_statement(data, device)
        with pytest.raises(EvidenceError, match="another device"):
            reread_statement(data, evidence_hash(data), _device(other))
        with pytest.raises(EvidenceError, match="withdrawn"):
            reread_statement(
                data, evidence_hash(data), replace(device, revoked_at=NOW - dt.timedelta(seconds=1))
            )
