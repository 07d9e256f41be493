"""How far the tables of the interfaces (`*.schema`), which are ours, are held against what UIC published.

UIC's modules are not part of the project. Of the rail ticket its test vectors are at hand (../shared): codes and their
values, made by UIC's own library and modules. Whoever has the modules names their folder, `asn-specs` of UIC's
repository, in MOBILITY_UIC_ASN1: then both are compiled, and must say the same of the same octets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import asn1tools
import pytest

from tests.ticketing.tickets.dosipas_world import ISSUED_S, KEY, TELEPHONE, TICKET, vectors
from ticketing.tickets.dosipas.code import code_to_show, show, static_code
from ticketing.tickets.dosipas.schema import header_codec, rail_ticket_codec

FOLDER = Path(os.environ.get("MOBILITY_UIC_ASN1", "-"))
NIGHT_S = 1_792_888_200
"""25 October 2026, 02:30 in Paris for the first time: validity has to say its difference from UTC."""


def ours() -> list[bytes]:
    """Codes with all that is ever written."""
    night = replace(
        TICKET,
        issued_s=NIGHT_S + 7,
        valid_from_s=NIGHT_S,
        valid_until_s=NIGHT_S + 3_600,
        rights=tuple(replace(one, valid_from_s=0, valid_until_s=0) for one in TICKET.rights),
    )
    windows = (replace(night.rights[0], valid_until_s=NIGHT_S + 1_800), *night.rights[1:])
    numbers = replace(night, rics=(("rail", 1187),), rights=windows, issuer="1187", category="group")
    key = replace(KEY, public=replace(KEY.public, issuer="1187"))
    public = TELEPHONE.public
    code = code_to_show(TICKET, KEY, (public.algorithm, public.public_key), ISSUED_S + 86_400)
    return [
        static_code(TICKET, KEY),
        static_code(numbers, key),
        show(code, public.algorithm, TELEPHONE.secret, ISSUED_S + 60),
    ]


def rail_data(octets: bytes) -> bytes:
    (item,) = header_codec().decode(octets)["level2SignedData"]["level1Data"]["dataSequence"]
    return bytes(item["data"])


def fields_of(value: Any, of: str = "") -> Iterator[str]:
    """Every field that is in a value, with the one it is in: the two tell its type."""
    if isinstance(value, list):
        for one in value:
            yield from fields_of(one, of)
    elif isinstance(value, tuple):
        yield from fields_of({value[0]: value[1]}, of)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield f"{of}.{name}"
            yield from fields_of(one, name)


@pytest.mark.shared
def test_every_field_we_write_is_in_codes_that_uic_wrote() -> None:
    """So its type, range, order and default are UIC's. But three, which are there in the same table elsewhere: the
    hours the clock shows twice of an included ticket, and the category in a tariff that is one of several."""
    written, seen = set[str](), set[str]()
    for octets in ours():
        written.update(fields_of(rail_ticket_codec().decode(rail_data(octets))))
    for vector in vectors("uic_reference_vectors.json")["vectors"]:
        if vector["asn1"].startswith("uicRailTicketData_v3"):
            seen.update(fields_of(rail_ticket_codec().decode(bytes.fromhex(vector["hex"]))))
    elsewhere = {
        "includedAddOns.validFromUTCOffset": "openTicket.validFromUTCOffset",
        "includedAddOns.validUntilUTCOffset": "openTicket.validUntilUTCOffset",
        "tariffs.tariffIdIA5": "tariff.tariffIdIA5",
    }
    assert written - seen == elsewhere.keys()
    assert set(elsewhere.values()) <= seen


def published(name: str) -> Any:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"UIC's {name} is not here: MOBILITY_UIC_ASN1 names the folder of UIC's modules")
    return asn1tools.compile_files(str(path), "uper")


def test_uics_own_module_reads_our_headers() -> None:
    theirs = published("uicBarcodeHeader_v2.0.1.asn")
    for octets in ours():
        value = theirs.decode("UicBarcodeHeader", octets, check_constraints=True)
        assert value == header_codec().decode(octets)
        assert theirs.encode("UicBarcodeHeader", value, check_constraints=True) == octets


def test_uics_own_module_reads_our_rail_tickets() -> None:
    theirs = published("uicRailTicketData_v3.0.5.asn")
    for octets in map(rail_data, ours()):
        value = theirs.decode("UicRailTicketData", octets, check_constraints=True)
        assert value == rail_ticket_codec().decode(octets)
        assert theirs.encode("UicRailTicketData", value, check_constraints=True) == octets
