"""Tickets of ours as UIC dynamic barcodes: what is written is read, what was changed or stripped is not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from ground.paris import PARIS
from tests.ticketing.tickets.dosipas_world import ED25519_TELEPHONE, ISSUED_S, KEY, TELEPHONE, TICKET
from ticketing.tickets.dosipas.aztec import aztec_image, aztec_svg, read_aztec
from ticketing.tickets.dosipas.code import code_to_show, is_dosipas, read_dosipas, show, static_code
from ticketing.tickets.dosipas.error import DosipasError, Why
from ticketing.tickets.dosipas.rail_ticket import ReadTicket, rail_ticket, read_rail_ticket
from ticketing.tickets.dosipas.schema import header_codec, rail_ticket_codec
from ticketing.tickets.dosipas.signatures import SIGNING_OID, sign, verifies
from ticketing.tickets.keys import Algorithm, SecretTicketKey, TicketKey, new_key
from ticketing.tickets.ticket import Right, Ticket

KEYS = (KEY.public,)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _shown(at_s: int, telephone: SecretTicketKey = TELEPHONE) -> bytes:
    public = telephone.public
    code = code_to_show(TICKET, KEY, (public.algorithm, public.public_key), ISSUED_S + 86_400)
    return show(code, public.algorithm, telephone.secret, at_s, "mobility")


def _through_octets(data: dict[str, Any]) -> ReadTicket:
    return read_rail_ticket(rail_ticket_codec().decode(rail_ticket_codec().encode(data)), "bfc")


def test_paper_is_read_as_the_ticket_it_was_made_of() -> None:
    octets = static_code(TICKET, KEY)
    content = read_dosipas(octets, KEYS)
    assert content.ticket == TICKET
    assert (content.shown, content.ends_s, content.read.unread) == (None, 0, ())
    assert is_dosipas(octets)


def test_the_same_ticket_and_key_give_the_same_octets() -> None:
    assert static_code(TICKET, KEY) == static_code(TICKET, KEY)


def test_a_code_is_written_again_to_the_byte_from_what_was_read() -> None:
    octets = static_code(TICKET, KEY)
    assert static_code(read_dosipas(octets, KEYS).ticket, KEY) == octets


@pytest.mark.parametrize("telephone", [TELEPHONE, ED25519_TELEPHONE], ids=["P-256", "Ed25519"])
def test_a_telephone_shows_it_anew_each_time(telephone: SecretTicketKey) -> None:
    one, other = _shown(ISSUED_S + 60, telephone), _shown(ISSUED_S + 90, telephone)
    assert one != other
    content = read_dosipas(one, KEYS)
    assert content.ticket == TICKET
    assert content.shown is not None
    assert content.shown.instant_s(ISSUED_S) == ISSUED_S + 60
    assert (content.shown.for_s, content.shown.app, content.ends_s) == (30, "mobility", ISSUED_S + 86_400)


def test_what_was_made_for_a_telephone_is_nothing_without_it() -> None:
    public = TELEPHONE.public
    code = code_to_show(TICKET, KEY, (public.algorithm, public.public_key), ISSUED_S + 86_400)
    with pytest.raises(DosipasError, match="not signed by it") as caught:
        read_dosipas(code, KEYS)
    assert caught.value.why is Why.SIGNATURE
    header = header_codec().decode(_shown(ISSUED_S))
    del header["level2Signature"]
    with pytest.raises(DosipasError, match="not signed by it"):
        read_dosipas(header_codec().encode(header), KEYS)


def test_another_telephone_cannot_show_it() -> None:
    public = TELEPHONE.public
    code = code_to_show(TICKET, KEY, (public.algorithm, public.public_key), ISSUED_S + 86_400)
    other = show(code, Algorithm.P256, bytes(range(2, 34)), ISSUED_S)
    with pytest.raises(DosipasError, match="the telephone it was made for"):
        read_dosipas(other, KEYS)


def test_nobody_adds_a_second_level_to_paper() -> None:
    added = show(static_code(TICKET, KEY), Algorithm.P256, TELEPHONE.secret, ISSUED_S)
    with pytest.raises(DosipasError, match="did not foresee"):
        read_dosipas(added, KEYS)


def test_an_older_instant_does_not_go_under_a_newer_signature() -> None:
    old, new = (header_codec().decode(_shown(ISSUED_S + s)) for s in (0, 600))
    old["level2Signature"] = new["level2Signature"]
    with pytest.raises(DosipasError, match="the telephone it was made for"):
        read_dosipas(header_codec().encode(old), KEYS)


def test_a_rewritten_signature_is_the_same_ticket() -> None:
    header = header_codec().decode(static_code(TICKET, KEY))
    r, s = decode_dss_signature(header["level2SignedData"]["level1Signature"])
    assert s <= ORDER // 2  # ours are always the smaller
    header["level2SignedData"]["level1Signature"] = encode_dss_signature(r, ORDER - s)
    rewritten = header_codec().encode(header)
    assert rewritten != static_code(TICKET, KEY)
    read = read_dosipas(rewritten, KEYS).ticket
    assert (read.issuer, read.ref) == (TICKET.issuer, TICKET.ref)


def test_octets_after_the_end_and_other_paddings_are_refused() -> None:
    octets = static_code(TICKET, KEY)
    with pytest.raises(DosipasError):
        read_dosipas(octets + b"\0", KEYS)
    with pytest.raises(DosipasError):
        read_dosipas(octets[:-1], KEYS)
    with pytest.raises(DosipasError, match="too many"):
        read_dosipas(octets + bytes(5_000), KEYS)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (replace(KEY.public, id="8"), "nobody here knows key 7 of bfc"),
        (replace(KEY.public, issuer="sncf"), "nobody here knows key 7 of bfc"),
        (replace(KEY.public, withdrawn_s=ISSUED_S + 5), "withdrawn"),
        (replace(KEY.public, valid_until_s=ISSUED_S), "signed nothing when"),
        (replace(KEY.public, valid_from_s=ISSUED_S + 1), "signed nothing when"),
        (replace(KEY.public, algorithm=Algorithm.ED25519), "is for Ed25519, not P-256"),
    ],
)
def test_keys_have_an_issuer_an_id_a_time_and_an_algorithm(key: TicketKey, words: str) -> None:
    with pytest.raises(DosipasError, match=words) as caught:
        read_dosipas(static_code(TICKET, KEY), [key])
    assert caught.value.why is Why.KEY


def test_a_key_that_signs_from_this_second_on_is_believed() -> None:
    ticket = replace(TICKET, issued_s=ISSUED_S + 45)
    octets = static_code(ticket, KEY)
    assert read_dosipas(octets, [replace(KEY.public, valid_from_s=ISSUED_S + 45)]).ticket == ticket
    with pytest.raises(DosipasError, match="signed nothing when"):
        read_dosipas(octets, [replace(KEY.public, valid_from_s=ISSUED_S + 46)])


def test_a_company_signs_for_itself_only() -> None:
    other = new_key("sncf", "7", Algorithm.P256, bytes(range(1, 33)))
    with pytest.raises(DosipasError, match="of bfc, signed by sncf"):
        read_dosipas(static_code(TICKET, other), [other.public])


def test_an_issuer_with_a_rics_code_is_written_as_a_number() -> None:
    key = new_key("1187", "3", Algorithm.P256, bytes(range(1, 33)))
    octets = static_code(replace(TICKET, issuer="1187"), key)
    assert header_codec().decode(octets)["level2SignedData"]["level1Data"]["securityProviderNum"] == 1187
    assert read_dosipas(octets, [key.public]).ticket.issuer == "1187"


def test_signatures_are_checked_by_another_library_too() -> None:
    """PyCryptodome's P-256, not the one that signed."""
    ecc = pytest.importorskip("Cryptodome.PublicKey.ECC")
    dss = pytest.importorskip("Cryptodome.Signature.DSS")
    sha256 = pytest.importorskip("Cryptodome.Hash.SHA256")
    signed = header_codec().decode(static_code(TICKET, KEY))["level2SignedData"]
    message = header_codec("Level1DataType").encode(signed["level1Data"])
    key = ecc.import_key(KEY.public.public_key, curve_name="P-256")
    verifier = dss.new(key, "fips-186-3", encoding="der")
    verifier.verify(sha256.new(message), signed["level1Signature"])
    with pytest.raises(ValueError, match="not authentic"):
        verifier.verify(sha256.new(message + b"\0"), signed["level1Signature"])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_signatures_verify_and_are_low(secret: bytes, message: bytes) -> None:
    if not 0 < int.from_bytes(secret, "big") < ORDER:
        return
    key = new_key("x", "1", Algorithm.P256, secret)
    signature = sign(Algorithm.P256, secret, message)
    assert verifies(Algorithm.P256, key.public.public_key, signature, message)
    assert not verifies(Algorithm.P256, key.public.public_key, signature, message + b"!")
    assert decode_dss_signature(signature)[1] <= ORDER // 2


def test_other_algorithms_are_named_in_the_refusal() -> None:
    header = header_codec().decode(static_code(TICKET, KEY))
    header["level2SignedData"]["level1Data"]["level1SigningAlg"] = "2.16.840.1.101.3.4.3.2"
    with pytest.raises(DosipasError, match="only P-256 with SHA-256 and Ed25519"):
        read_dosipas(header_codec().encode(header), KEYS)
    header["level2SignedData"]["level1Data"]["level1SigningAlg"] = SIGNING_OID[Algorithm.ED25519]
    with pytest.raises(DosipasError, match="only P-256"):
        read_dosipas(header_codec().encode(header), KEYS)


RAIL_TOO = replace(TICKET, rics=(("rail", 1187), ("city-dijon", 1187)))


def test_a_railway_is_named_by_its_code_and_read_by_its_name_here() -> None:
    octets = static_code(RAIL_TOO, KEY)
    data = rail_ticket(RAIL_TOO)
    _, document = data["transportDocument"][0]["ticket"]
    regions = [*document["validRegion"], *document["includedAddOns"][0]["validRegion"]]
    carriers = [region.get("carrierNum", region.get("carrierIA5")) for _, region in regions]
    assert carriers == [1187, "coach", 1187]
    assert read_dosipas(octets, KEYS).ticket == TICKET
    assert read_dosipas(static_code(replace(RAIL_TOO, generation=7), KEY), KEYS).ticket.generation == 7


def test_what_a_railway_reads_comes_first() -> None:
    last = replace(TICKET, rics=(("city-dijon", 1187),))
    _, document = rail_ticket(last)["transportDocument"][0]["ticket"]
    assert [region["carrierNum"] for _, region in document["validRegion"]] == [1187]
    read = read_dosipas(static_code(last, KEY), KEYS).ticket
    assert set(read.rights) == set(TICKET.rights)
    assert (read.valid_from_s, read.valid_until_s) == (TICKET.valid_from_s, TICKET.valid_until_s)


def test_another_companys_extension_of_the_same_name_is_not_ours() -> None:
    data = rail_ticket(TICKET)
    for octets in (b"\0\0\1\xff\xfe", b"\0\0\1only one name"):
        data["issuingDetail"]["extension"] = {"extensionId": "*sg", "extensionData": octets}
        assert {right.network_id for right in _through_octets(data).ticket.rights} == {
            "rail",
            "coach",
            "city-dijon",
        }


def test_a_ticket_for_nothing_and_values_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DosipasError, match="gives no right"):
        static_code(replace(TICKET, rights=()), KEY)
    with pytest.raises(DosipasError, match="validUntilDay"):
        static_code(replace(TICKET, valid_until_s=ISSUED_S + 600 * 86_400), KEY)
    with pytest.raises(DosipasError, match="productIdIA5"):
        static_code(replace(TICKET, product_id="élève"), KEY)


def test_a_picture_of_it_is_read() -> None:
    for octets in (static_code(TICKET, KEY), _shown(ISSUED_S)):
        assert read_aztec(aztec_image(octets)) == [octets]
        assert aztec_svg(octets).lstrip().startswith("<?xml")
    with pytest.raises(DosipasError, match="do not fit"):
        aztec_svg(bytes(3_000))


def test_a_restriction_nobody_reads_is_named_and_gives_no_right() -> None:
    data = rail_ticket(TICKET)
    _, document = data["transportDocument"][0]["ticket"]
    document["validRegion"] = [("viaStations", {"stationNum": 8_700_011, "border": False})]
    document["excludedServiceBrands"] = [100]
    del document["includedAddOns"]
    read = _through_octets(data)
    assert read.unread == ("viaStations", "excludedServiceBrands")
    assert read.ticket.rights == ()


def test_stations_without_regions_are_a_right_between_them() -> None:
    data = rail_ticket(replace(TICKET, rights=(Right("rail", zones=("1",)),)))
    _, document = data["transportDocument"][0]["ticket"]
    del document["validRegion"]
    document |= {"fromStationNum": 8_771_304, "toStationIA5": "VESOUL", "carrierNum": [1187]}
    assert _through_octets(data).ticket.rights == (Right("1187", "8771304", "VESOUL"),)
    del document["toStationIA5"]
    half = _through_octets(data)
    assert (half.ticket.rights, half.unread) == ((), ("stations",))


def _minute(s: int) -> int:
    return s // 60 * 60


NIGHTS = st.sampled_from(
    [
        int(dt.datetime(2026, 10, 25, tzinfo=dt.UTC).timestamp()),
        int(dt.datetime(2026, 3, 29, tzinfo=dt.UTC).timestamp()),
        int(dt.datetime(2026, 12, 31, 22, tzinfo=dt.UTC).timestamp()),
        ISSUED_S,
    ]
)


@given(NIGHTS, st.integers(-9_000, 9_000), st.integers(60, 20_000), st.integers(-80_000, 400))
def test_validity_survives_the_nights_when_clocks_change(
    night_s: int, from_after_s: int, for_s: int, issued_after_s: int
) -> None:
    """Outwards to whole minutes, and never by an hour."""
    from_s = night_s + from_after_s
    ticket = replace(
        TICKET,
        rights=(Right("coach"),),
        valid_from_s=from_s,
        valid_until_s=from_s + for_s,
        issued_s=night_s + issued_after_s,
    )
    read = read_rail_ticket(
        rail_ticket_codec().decode(rail_ticket_codec().encode(rail_ticket(ticket))), "bfc"
    )
    assert read.ticket.valid_from_s == _minute(from_s)
    assert read.ticket.valid_until_s == _minute(from_s + for_s - 1) + 60
    assert read.ticket.issued_s == ticket.issued_s


NETWORKS = ["", "rail", "1187", "city-dijon", "Cars %20 Łódź"]
STOPS = st.text("ABCrail:-87%çŁΩ", min_size=1, max_size=12)
ZONES = st.lists(
    st.one_of(st.integers(0, 10**9).map(str), st.text("aé7-", min_size=1)), max_size=3, unique=True
)


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    """Any ticket that `issue` could make, to the minute."""
    rights = []
    for _ in range(draw(st.integers(1, 4))):
        ends = (draw(STOPS), draw(STOPS)) if draw(st.booleans()) else ("", "")
        from_m, for_m = draw(st.integers(0, 500)), draw(st.integers(1, 900))
        window = (ISSUED_S + 60 * from_m, ISSUED_S + 60 * (from_m + for_m))
        rights.append(
            (
                draw(st.sampled_from(NETWORKS)),
                ends,
                tuple(draw(ZONES)),
                window,
            )
        )
    hull = min(w[0] for *_, w in rights), max(w[1] for *_, w in rights)
    return replace(
        TICKET,
        ref=draw(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=8, max_size=8)) + "-3",
        category=draw(st.sampled_from(["adult", "senior", "child", "youth", "solidarity"])),
        count=draw(st.integers(1, 200)),
        issued_s=ISSUED_S + draw(st.integers(-80_000, 90_000)),
        generation=draw(st.integers(1, 9)),
        cents=draw(st.integers(0, 1_000_000)),
        rights=tuple(
            Right(network, *ends, zones, *((0, 0) if window == hull else window))
            for network, ends, zones, window in rights
        ),
        valid_from_s=hull[0],
        valid_until_s=hull[1],
    )


@given(tickets(), st.dictionaries(st.sampled_from(["rail", "1187", "city-dijon"]), st.integers(1, 32_000)))
def test_any_ticket_is_read_as_it_was(ticket: Ticket, rics: dict[str, int]) -> None:
    octets = static_code(replace(ticket, rics=tuple(rics.items())), KEY)
    read = read_dosipas(octets, KEYS)
    assert read.read.unread == ()
    assert set(read.ticket.rights) == set(ticket.rights)
    assert replace(read.ticket, rights=ticket.rights) == ticket
    assert static_code(replace(read.ticket, rics=tuple(rics.items())), KEY) == octets


@given(st.binary(max_size=400))
def test_anything_else_is_refused_in_words(octets: bytes) -> None:
    with pytest.raises(DosipasError):
        read_dosipas(octets, KEYS)


@given(st.data())
def test_anything_signed_is_refused_in_words_or_read(data: st.DataObject) -> None:
    """Whoever has a key may sign nonsense: also that is refused, not stumbled over."""
    good = rail_ticket_codec().encode(rail_ticket(TICKET))
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        bit = data.draw(st.integers(0, len(good) * 8 - 1))
        bad[bit // 8] ^= 0x80 >> bit % 8
    header = header_codec().decode(static_code(TICKET, KEY))
    level1 = header["level2SignedData"]["level1Data"]
    level1["dataSequence"] = [{"dataFormat": "FCB3", "data": bytes(bad)}]
    message = header_codec("Level1DataType").encode(level1)
    header["level2SignedData"]["level1Signature"] = sign(Algorithm.P256, KEY.secret, message)
    octets = header_codec().encode(header)
    try:
        content = read_dosipas(octets, KEYS)
    except DosipasError:
        return
    assert content.ticket.issuer == "bfc"
    assert content.ticket.category != "None"
    assert all(isinstance(name, str) for name in content.read.unread)


def test_what_a_later_version_defines_is_named_as_that() -> None:
    data = rail_ticket_codec().decode(rail_ticket_codec().encode(rail_ticket(TICKET)))
    with pytest.raises(DosipasError, match="holds what a later version defines, not one"):
        read_rail_ticket(data | {"transportDocument": [{"ticket": (None, None)}]}, "bfc")
    kind, document = data["transportDocument"][0]["ticket"]
    later = document | {
        "validRegion": [(None, None)],
        "tariffs": [{"numberOfPassengers": 1, "passengerType": None}],
    }
    read = read_rail_ticket(data | {"transportDocument": [{"ticket": (kind, later)}]}, "bfc")
    assert "what a later version defines" in read.unread
    assert read.ticket.category == ""


def test_the_zone_is_where_the_ticket_is_used() -> None:
    ticket = replace(TICKET, rights=(Right("coach"),))
    for zone in (PARIS, ZoneInfo("Europe/London")):
        assert read_dosipas(static_code(ticket, KEY, zone=zone), KEYS, zone).ticket == ticket
