"""Keys and tickets for tests of UIC dynamic barcodes."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from ticketing.tickets.dosipas.schema import asn1_text
from ticketing.tickets.keys import Algorithm, TicketKey, new_key
from ticketing.tickets.ticket import Right, Ticket

SPECIMENS = Path(__file__).parents[4] / "shared" / "data" / "ticketing" / "barcodes"

ISSUED_S = 1_774_733_400
"""2026-03-28 21:30 UTC."""
KEY = new_key("bfc", "7", Algorithm.P256, bytes(range(1, 33)), ISSUED_S - 86_400)
TELEPHONE = new_key("", "0", Algorithm.P256, bytes(range(41, 73)))
ED25519_TELEPHONE = new_key("", "0", Algorithm.ED25519, bytes(range(41, 73)))

TICKET = Ticket(
    ref="K7Q2MX4T-1",
    issuer="bfc",
    order_id="",
    item_id="",
    product_id="rail-single",
    category="youth",
    count=2,
    rights=(
        Right("rail", "rail:87713040", "rail:87184002"),
        Right("coach", zones=("Côte-d'Or",)),
        Right(
            "city-dijon", zones=("1", "12"), valid_from_s=ISSUED_S + 7_200, valid_until_s=ISSUED_S + 10_800
        ),
    ),
    valid_from_s=ISSUED_S,
    valid_until_s=ISSUED_S + 21_600,
    issued_s=ISSUED_S,
    cents=1_240,
)


def specimen(name: str) -> bytes:
    """A code that UIC's own library verified."""
    path = SPECIMENS / f"{name}.bin"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return path.read_bytes()


def vectors(name: str) -> dict[str, Any]:
    """A file of specimens."""
    path = SPECIMENS / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@cache
def specimen_keys() -> tuple[TicketKey, ...]:
    """The keys that signed the specimens."""
    der = bytes.fromhex(vectors("bfc_dosipas_vectors.json")["level1_spki_der_hex"])
    point = load_der_public_key(der).public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    ed25519 = bytes.fromhex((SPECIMENS / "ed25519_spki.hex").read_text())
    return (
        TicketKey("BFCT", "1", Algorithm.P256, point),
        TicketKey("BFCT", "2", Algorithm.ED25519, ed25519),
        TicketKey("9999", "1", Algorithm.P256, der),  # as companies publish it
    )


def plain(value: Any) -> Any:
    """Values as the vectors write them."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def pycrate_module(folder: Path) -> ModuleType:
    """The interfaces as another implementation of ASN.1 and PER compiles them (pycrate)."""
    from pycrate_asn1c.asnproc import PycrateGenerator, compile_text, generate_modules

    file = folder / "interfaces.py"
    compile_text(asn1_text("Rail", ("rail_ticket",)) + asn1_text("Header", ("barcode_header",)))
    generate_modules(PycrateGenerator, str(file))
    found = importlib.util.spec_from_file_location("interfaces", file)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
