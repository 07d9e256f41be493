"""Codes as text and as pictures."""

from __future__ import annotations

import base64
import binascii
import io

import segno

from ticketing.tickets import base45
from ticketing.tickets.code import CodeError

PREFIX = "MT1:"
"""What the text of every COSE ticket begins with."""

TEXT_MAX = 4_300
"""More than the largest QR code holds."""


def to_text(raw: bytes) -> str:
    """A code as the text of its QR code."""
    return PREFIX + base45.encode(raw)


def to_bytes(text: str) -> bytes:
    """The bytes of a text: as `to_text` writes it, or hexadecimal, or Base64 (also for URLs) as people paste it.

    Raises CodeError.
    """
    text = text.strip("\r\n\t")
    if len(text) > TEXT_MAX:
        raise CodeError("it is longer than any QR code")
    if text.startswith(PREFIX):
        try:
            return base45.decode(text.removeprefix(PREFIX))
        except ValueError as error:
            raise CodeError(f"it is no Base45 (RFC 9285): {error}") from error
    text = text.strip()
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    try:
        plain = text.translate(str.maketrans("-_", "+/"))
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CodeError(f"it is no text of a ticket: those begin with {PREFIX}") from error


def png(text: str, scale: int = 6) -> bytes:
    """A picture, `scale` pixels a module, with the quiet zone scanners need."""
    kept = io.BytesIO()
    _qr(text).save(kept, kind="png", scale=scale, border=4)
    return kept.getvalue()


def svg(text: str) -> str:
    """A drawing of any size."""
    return str(_qr(text).svg_inline(scale=1, border=4, omitsize=True, light="white"))


def terminal(text: str) -> str:
    """For a terminal: two modules a character, dark on light whatever the colours of the terminal."""
    kept = io.StringIO()
    _qr(text).terminal(kept, border=2, compact=True)
    return kept.getvalue()


def _qr(text: str) -> segno.QRCode:
    # Level M mends 15 % of a creased sheet; higher levels make modules too small for cheap cameras.
    return segno.make_qr(text, error="M", boost_error=False)
