"""Codes that UIC's own library wrote or verified are read, and written again to the byte."""

from __future__ import annotations

import zlib

import pytest

from tests.ticketing.tickets.dosipas_world import plain, specimen, specimen_keys, vectors
from ticketing.tickets.dosipas.aztec import aztec_image, read_aztec
from ticketing.tickets.dosipas.code import is_dosipas, read_dosipas
from ticketing.tickets.dosipas.error import DosipasError
from ticketing.tickets.dosipas.schema import Codec, dynamic_codec, header_codec, rail_ticket_codec
from ticketing.tickets.dosipas.tlb import is_tlb, read_tlb

pytestmark = pytest.mark.shared

U2 = (
    "bfc_single_static",
    "bfc_single_ed25519",
    "bfc_single_dynamic",
    "bfc_pass_youth_dynamic",
    "neg_malleable_static",
)
TLB = "bfc_tlb_ut02_uflex13"


def _codec(asn1: str) -> Codec:
    return dynamic_codec() if "Dynamic" in asn1 else rail_ticket_codec(int(asn1.split("_v")[1][0]))


def test_reference_vectors_of_all_versions_decode_to_what_they_say_and_encode_to_the_byte() -> None:
    found = vectors("uic_reference_vectors.json")["vectors"]
    assert len(found) == 15
    for vector in found:
        octets, codec = bytes.fromhex(vector["hex"]), _codec(vector["asn1"])
        value = codec.decode(octets)
        assert plain(value) == vector["decoded"], vector["name"]
        assert codec.encode(value) == octets, vector["name"]


@pytest.mark.parametrize("name", U2)
def test_specimens_encode_to_the_byte_at_each_of_their_layers(name: str) -> None:
    octets = specimen(name)
    header = header_codec().decode(octets)
    assert header_codec().encode(header) == octets
    signed = header["level2SignedData"]
    (ticket,) = signed["level1Data"]["dataSequence"]
    assert rail_ticket_codec().encode(rail_ticket_codec().decode(ticket["data"])) == ticket["data"]
    if "level2Data" in signed:
        data = signed["level2Data"]["data"]
        assert dynamic_codec().encode(dynamic_codec().decode(data)) == data


def test_vectors_say_how_long_each_layer_is() -> None:
    for vector in vectors("bfc_dosipas_vectors.json")["vectors"]:
        octets = specimen(vector["name"])
        level1 = header_codec().decode(octets)["level2SignedData"]["level1Data"]
        assert len(octets) == vector["bytes"]
        assert len(header_codec("Level1DataType").encode(level1)) == vector["level1_bytes"]
        assert len(level1["dataSequence"][0]["data"]) == vector["fcb3_bytes"]


@pytest.mark.parametrize("name", U2)
def test_specimens_are_believed_and_read(name: str) -> None:
    octets = specimen(name)
    assert is_dosipas(octets)
    content = read_dosipas(octets, specimen_keys())
    is_pass = "pass" in name
    assert content.ticket.ref == ("BFC7K2QX-2" if is_pass else "BFC7K2QX-1")
    assert content.ticket.issuer == "BFCT"
    assert (content.ticket.category, content.ticket.cents) == (("U26", 4_500) if is_pass else ("FULL", 150))
    assert content.read.is_specimen
    assert content.read.unread == ()
    assert (content.shown is not None) == ("dynamic" in name)
    # The single: 28 March 2026, 22:30 in Paris, until the end of 03:59 the next morning, when clocks had gone forward.
    until_s = 1_777_586_400 if is_pass else 1_774_749_600
    assert content.ticket.valid_until_s == until_s


def test_shown_thirty_seconds_long_in_the_year_of_who_looks() -> None:
    content = read_dosipas(specimen("bfc_single_dynamic"), specimen_keys())
    assert content.shown is not None
    assert content.shown.for_s == 30
    assert content.shown.app == "bfc-app"
    shown_s = content.shown.instant_s(1_774_733_500)
    assert shown_s == 1_774_733_407  # 2026-03-28 21:30:07 UTC
    assert content.ends_s == 1_777_593_540  # 2026-04-30 23:59 UTC


def test_a_signature_that_was_rewritten_is_the_same_ticket() -> None:
    """(r, n - s) verifies where (r, s) does: bytes must not be what is revoked or seen before."""
    one, other = specimen("bfc_single_static"), specimen("neg_malleable_static")
    assert one != other
    read, again = (read_dosipas(octets, specimen_keys()).ticket for octets in (one, other))
    assert (read.issuer, read.ref) == (again.issuer, again.ref)


def test_the_older_envelope_is_read() -> None:
    octets = specimen(TLB)
    assert is_tlb(octets)
    assert not is_dosipas(octets)
    content = read_tlb(octets, specimen_keys(), issuers=("BFCT",))
    same = read_dosipas(specimen("bfc_single_static"), specimen_keys())
    assert content.ticket == same.ticket
    records = zlib.decompress(octets[82:])
    flex = records[53 + 12 :]
    assert rail_ticket_codec(1).encode(rail_ticket_codec(1).decode(flex)) == flex


def test_no_bit_of_the_older_envelope_is_free() -> None:
    octets, keys = specimen(TLB), specimen_keys()
    for bit in range(len(octets) * 8):
        flipped = bytearray(octets)
        flipped[bit // 8] ^= 0x80 >> bit % 8
        with pytest.raises(DosipasError):
            read_tlb(bytes(flipped), keys, issuers=("BFCT",))


def test_whom_a_company_may_issue_for_is_ours_to_say() -> None:
    with pytest.raises(DosipasError, match="signed by 9999"):
        read_tlb(specimen(TLB), specimen_keys())


@pytest.mark.parametrize("name", [*U2, TLB])
def test_specimens_survive_a_picture(name: str) -> None:
    octets = specimen(name)
    assert read_aztec(aztec_image(octets)) == [octets]
