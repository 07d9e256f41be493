"""No bit of a code is free: each flip is refused. Which of them are padding is listed."""

from __future__ import annotations

import pytest

from tests.ticketing.tickets.dosipas_world import ISSUED_S, KEY, TELEPHONE, TICKET
from ticketing.tickets.dosipas.code import code_to_show, read_dosipas, show, static_code
from ticketing.tickets.dosipas.error import DosipasError
from ticketing.tickets.dosipas.schema import header_codec


def _codes() -> dict[str, bytes]:
    public = TELEPHONE.public
    code = code_to_show(TICKET, KEY, (public.algorithm, public.public_key), ISSUED_S + 86_400)
    return {
        "static": static_code(TICKET, KEY),
        "dynamic": show(code, public.algorithm, TELEPHONE.secret, ISSUED_S + 60),
    }


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_every_single_bit_flip_is_refused(kind: str) -> None:
    octets = _codes()[kind]
    said = header_codec().decode(octets)
    bits, padding = len(octets) * 8, []
    for bit in range(bits):
        flipped = bytearray(octets)
        flipped[bit // 8] ^= 0x80 >> bit % 8
        with pytest.raises(DosipasError):
            read_dosipas(bytes(flipped), [KEY.public])
        if bit >= bits - 64 and _decodes_to(bytes(flipped), said):
            padding.append(bit)
    # PER fills the last octet with zeros: these bits say nothing, and are refused all the same when they are not 0.
    assert padding == list(range(bits - len(padding), bits))
    assert len(padding) < 8


def _decodes_to(octets: bytes, said: dict[str, object]) -> bool:
    try:
        return header_codec().decode(octets) == said
    except DosipasError:
        return False
