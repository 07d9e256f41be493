"""Codes are read by another implementation of ASN.1 and PER (pycrate), compiled from the same tables of ours.

So it is independent of the codec, not of the tables: those are held against UIC's own vectors, to the byte
(test_dosipas_specimens.py), which have every field that is written here, and against UIC's modules where somebody has
them (test_dosipas_published.py).
"""

from __future__ import annotations

import contextlib
import io
from types import ModuleType
from typing import Any

import pytest

from tests.ticketing.tickets.dosipas_world import (
    ISSUED_S,
    KEY,
    TELEPHONE,
    TICKET,
    pycrate_module,
    specimen,
)
from ticketing.tickets.dosipas.code import code_to_show, show, static_code


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    with contextlib.redirect_stdout(io.StringIO()):
        return pycrate_module(tmp_path_factory.mktemp("pycrate"))


def _read(elsewhere: ModuleType, octets: bytes) -> tuple[Any, Any]:
    """The header and the rail ticket, each written again to the byte."""
    header, ticket = elsewhere.Header.UicBarcodeHeader, elsewhere.Rail.UicRailTicketData
    header.from_uper(octets)
    assert header.to_uper() == octets
    value = header.get_val()
    data = value["level2SignedData"]["level1Data"]["dataSequence"][0]["data"]
    ticket.from_uper(data)
    assert ticket.to_uper() == data
    return value, ticket.get_val()


def test_paper_is_read_elsewhere(elsewhere: ModuleType) -> None:
    header, ticket = _read(elsewhere, static_code(TICKET, KEY))
    level1 = header["level2SignedData"]["level1Data"]
    assert (header["format"], level1["securityProviderIA5"], level1["keyId"]) == ("U2", "bfc", 7)
    assert level1["level1SigningAlg"] == (1, 2, 840, 10045, 4, 3, 2)
    issuing = ticket["issuingDetail"]
    assert (issuing["issuerIA5"], issuing["issuingYear"], issuing["issuingDay"], issuing["issuingTime"]) == (
        "bfc",
        2026,
        87,
        21 * 60 + 30,
    )
    kind, document = ticket["transportDocument"][0]["ticket"]
    assert (kind, document["referenceIA5"], document["price"]) == ("openTicket", "K7Q2MX4T-1", 1_240)
    assert document["validFromTime"] == 22 * 60 + 30  # in Paris, before clocks go forward
    assert (document["validUntilDay"], document["validUntilTime"]) == (1, 5 * 60 + 29)
    assert document["tariffs"][0]["numberOfPassengers"] == 2
    regions = [region for _, region in document["validRegion"]]
    assert [region["carrierIA5"] for region in regions] == ["rail", "coach"]
    assert regions[0]["entryStationIA5"] == "rail:87713040"
    assert regions[1]["binaryZoneId"].decode() == "Côte-d'Or"
    ((_, city),) = document["includedAddOns"][0]["validRegion"]
    assert (city["carrierIA5"], city["zoneId"]) == ("city-dijon", [1, 12])


def test_what_a_telephone_shows_is_read_elsewhere(elsewhere: ModuleType) -> None:
    public = TELEPHONE.public
    code = code_to_show(TICKET, KEY, (public.algorithm, public.public_key), ISSUED_S + 86_400)
    header, _ = _read(elsewhere, show(code, public.algorithm, TELEPHONE.secret, ISSUED_S + 60))
    level1 = header["level2SignedData"]["level1Data"]
    assert level1["level2PublicKey"] == public.public_key
    assert level1["validityDuration"] == 30
    assert header["level2SignedData"]["level2Data"]["dataFormat"] == "FDC1"


@pytest.mark.shared
@pytest.mark.parametrize("name", ["bfc_single_static", "bfc_single_dynamic", "bfc_pass_youth_dynamic"])
def test_specimens_are_read_elsewhere(elsewhere: ModuleType, name: str) -> None:
    _, ticket = _read(elsewhere, specimen(name))
    assert ticket["issuingDetail"]["issuerIA5"] == "BFCT"
