"""Codes in pictures: photographs, screenshots and PDFs of tickets."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image, UnidentifiedImageError

from ticketing.tickets import qr
from ticketing.tickets.code import CodeError

PAGES_MAX = 20
DOTS_AN_INCH = 200
PIXELS_MAX = 50_000_000

_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,Aztec")
_PDF = b"%PDF-"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")


def read_content(content: bytes) -> list[bytes]:
    """The codes in what somebody hands in: a PDF, a picture, the text of a code, or its bytes. At least one.

    Raises CodeError.
    """
    if content.startswith(_PDF):
        found = [code for page in _pages(content) for code in _codes(page)]
    elif content.startswith(_PICTURES):
        found = _codes(_picture(content))
    else:
        return [_plain(content)]
    if not found:
        raise CodeError("no QR or Aztec code is to be seen in it")
    return list(dict.fromkeys(found))


def _plain(content: bytes) -> bytes:
    """Text where it is some; the bytes of a code never are."""
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        return content
    return qr.to_bytes(text)


def _picture(content: bytes) -> Any:
    try:
        picture = Image.open(io.BytesIO(content))
        if picture.width * picture.height > PIXELS_MAX:
            raise CodeError(f"the picture has more than {PIXELS_MAX:,} pixels")
        return picture.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CodeError("the picture cannot be read") from error


def _pages(content: bytes) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(content)
        for number in range(min(len(document), PAGES_MAX)):
            page = document[number]
            scale = DOTS_AN_INCH / 72
            if page.get_width() * page.get_height() * scale**2 > PIXELS_MAX:
                raise CodeError("a page of the PDF is too large")
            yield page.render(scale=scale, grayscale=True).to_pil()
    except pypdfium2.PdfiumError as error:
        raise CodeError("the PDF cannot be read") from error


def _codes(picture: Any) -> list[bytes]:
    """All codes in a picture; text of a QR code as the bytes it stands for, where it does."""
    codes = []
    for found in zxingcpp.read_barcodes(picture, formats=_FORMATS):
        if found.format == zxingcpp.BarcodeFormat.QRCode and found.text.startswith(qr.PREFIX):
            codes.append(qr.to_bytes(found.text))
        else:
            codes.append(bytes(found.bytes))
    return codes
