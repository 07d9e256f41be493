"""The older envelope of rail tickets, "#UT" version 02 (UIC 918.9), as other companies still print it: read only.

A head of 14 characters ("#UT02", RICS code of who signed it, key), the signature (P-256: r and s, 32 bytes each), the
length of what follows in four digits, and that: records, deflated (RFC 1950). A record is six characters that name it,
two of its version, its length over all in four digits, and content; U_FLEX holds a rail ticket.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ground.paris import PARIS
from ticketing.tickets.dosipas.code import DosipasContent, check_key, find_key
from ticketing.tickets.dosipas.error import DosipasError, Why
from ticketing.tickets.dosipas.rail_ticket import read_rail_ticket
from ticketing.tickets.dosipas.schema import rail_ticket_codec
from ticketing.tickets.dosipas.signatures import verifies
from ticketing.tickets.keys import Algorithm, TicketKey

_HEAD, _HALF, _LENGTH = 14, 32, 4
_RECORD_HEAD = 12
_INFLATED_MAX = 64_000
_FLEX_VERSIONS = {b"13": 1, b"02": 2, b"03": 3}


def is_tlb(octets: bytes) -> bool:
    """Whether octets begin as these codes do."""
    return octets.startswith(b"#UT")


def read_tlb(
    octets: bytes, keys: Iterable[TicketKey], issuers: Iterable[str] = (), zone: ZoneInfo = PARIS
) -> DosipasContent:
    """What such a code says, once its signature is found right. The key's issuer is the RICS code in its head;
    `issuers`: the names under which that company issues tickets besides.

    Raises DosipasError.
    """
    packed, key = _verified(octets, keys)
    records = _records(packed)
    if "U_FLEX" not in records:
        raise DosipasError(f"holds {', '.join(records) or 'no record'}, no U_FLEX")
    version, content = records["U_FLEX"]
    if version not in _FLEX_VERSIONS:
        raise DosipasError(
            f"is a rail ticket of version {version.decode(errors='replace')!r}: 13, 02 and 03 are read"
        )
    read = read_rail_ticket(rail_ticket_codec(_FLEX_VERSIONS[version]).decode(content), key.issuer, zone)
    if read.ticket.issuer not in issuers:
        check_key(key, read.ticket)
    return DosipasContent(read, key, None, 0)


def _verified(octets: bytes, keys: Iterable[TicketKey]) -> tuple[bytes, TicketKey]:
    start = _HEAD + 2 * _HALF
    if (
        octets[:5] != b"#UT02"
        or not octets[5:_HEAD].isdigit()
        or not octets[start : start + _LENGTH].isdigit()
    ):
        raise DosipasError("does not begin with #UT02, digits, a signature and a length")
    packed = octets[start + _LENGTH :]
    if len(packed) != int(octets[start : start + _LENGTH]):
        raise DosipasError(f"says {int(octets[start : start + _LENGTH])} bytes follow, and {len(packed)} do")
    key = find_key(keys, str(int(octets[5:9])), int(octets[9:_HEAD]))
    r, s = (int.from_bytes(octets[at : at + _HALF], "big") for at in (_HEAD, _HEAD + _HALF))
    signature = encode_dss_signature(r, s)
    if key.algorithm is not Algorithm.P256 or not verifies(key.algorithm, key.public_key, signature, packed):
        raise DosipasError(f"was not signed by key {key.id} of {key.issuer}", Why.SIGNATURE)
    return packed, key


def _records(packed: bytes) -> dict[str, tuple[bytes, bytes]]:
    """(version, content) by name."""
    inflate = zlib.decompressobj()
    try:
        plain = inflate.decompress(packed, _INFLATED_MAX)
    except zlib.error as error:
        raise DosipasError(f"cannot be inflated: {error}") from error
    if inflate.unconsumed_tail or inflate.unused_data or not inflate.eof:
        raise DosipasError("does not end where its records do")
    found: dict[str, tuple[bytes, bytes]] = {}
    while plain:
        length = plain[8:_RECORD_HEAD]
        if not length.isdigit() or not _RECORD_HEAD <= int(length) <= len(plain):
            raise DosipasError("has a record without a length that fits")
        name = plain[:6].decode("ascii", "replace")
        found[name] = plain[6:8], plain[_RECORD_HEAD : int(length)]
        plain = plain[int(length) :]
    return found
