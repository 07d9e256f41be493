"""Keys, their succession, and commitments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.commitment import commit_identity, opens
from ticketing.signing import SigningKey, is_signed, key_body, key_id, why_not_announced

OLD, NEW, OTHER = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3))
CURRENT = {"key_id": OLD.id, "public_key": OLD.public_key.hex()}

ALICE = {"given_name": "Alice", "family_name": "Été", "phone": "+33701020304", "birth_date": ""}
IDENTITIES = st.dictionaries(
    st.sampled_from(list(ALICE)), st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
KEYS = st.binary(min_size=32, max_size=32)


def test_ed25519_is_that_of_rfc_8032() -> None:
    """Its second test vector (section 7.1)."""
    key = SigningKey(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert key.public_key.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert key.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_a_key_does_not_show_its_secret() -> None:
    assert "seed" not in repr(OLD)
    assert OLD.id == key_id(OLD.public_key)


def test_succession() -> None:
    assert why_not_announced(key_body(OLD, None), None) == ""
    assert why_not_announced(key_body(NEW, OLD), CURRENT) == ""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (key_body(NEW, None), "replaces it, not none"),
        (key_body(NEW, OTHER), "replaces it, not"),
        (key_body(NEW, OLD) | {"signature": "00" * 64}, "is not signed by"),
        (key_body(NEW, OLD) | {"signature": ""}, "is not signed by"),
        (key_body(NEW, OLD) | {"public_key": OTHER.public_key.hex()}, "is not called as"),
        (key_body(OTHER, OLD) | {"signature": key_body(NEW, OLD)["signature"]}, "is not signed by"),
        (key_body(NEW, OTHER) | {"replaces": OLD.id}, "is not signed by"),
    ],
)
def test_nobody_else_names_a_successor(body: dict[str, str], words: str) -> None:
    assert words in why_not_announced(body, CURRENT)


def test_the_first_key_replaces_none() -> None:
    assert "the first key replaces none" in why_not_announced(key_body(NEW, OLD), None)


def test_what_is_no_key_verifies_nothing() -> None:
    assert is_signed(OLD.public_key, b"x", OLD.sign(b"x"))
    assert not is_signed(OLD.public_key, b"y", OLD.sign(b"x"))
    assert not is_signed(b"short", b"x", OLD.sign(b"x"))
    assert not is_signed(OLD.public_key, b"x", b"")


@given(KEYS, KEYS, IDENTITIES, IDENTITIES)
def test_a_commitment_opens_for_its_key_and_its_identity_alone(
    key: bytes, other_key: bytes, identity: dict[str, str], other: dict[str, str]
) -> None:
    made = commit_identity(key, identity)
    assert opens(made, key, dict(reversed(identity.items())))
    assert opens(made, key, other) == (identity == other)
    assert opens(made, other_key, identity) == (key == other_key)


def test_a_key_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commit_identity(b"", ALICE)


def test_the_commitment_is_the_documented_one() -> None:
    """docs/register.md; computed with `openssl dgst -sha256 -mac hmac`."""
    assert (
        commit_identity(bytes(range(32)), ALICE)
        == "fd582d84e69742fd1ec2edfd6640979c20ef7cdd1a372e97dd9ebfdb846e1e8f"
    )
