"""Codes as pictures: Aztec (ISO/IEC 24778)."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image

from ticketing.tickets.dosipas.error import DosipasError

_ERROR_CORRECTION = "23%"
"""What ISO/IEC 24778 recommends."""


def aztec_svg(code: bytes, scale: int = 4) -> str:
    """A drawing with its quiet zone; a module is `scale` units wide. Raises DosipasError for more than one holds."""
    return str(_barcode(code).to_svg(scale=scale))


def aztec_png(code: bytes, scale: int = 4) -> bytes:
    """A picture with its quiet zone, `scale` pixels a module. Raises DosipasError for more than one holds."""
    kept = io.BytesIO()
    Image.fromarray(np.asarray(aztec_image(code, scale))).save(kept, "PNG")
    return kept.getvalue()


def aztec_image(code: bytes, scale: int = 4) -> Any:
    """Grey levels of a byte, 0 black, rows by columns, for whatever takes a buffer (numpy, Pillow). Raises
    DosipasError for more than one holds."""
    return _barcode(code).to_image(scale=scale)


def read_aztec(image: Any) -> list[bytes]:
    """The Aztec codes in a picture: grey levels or BGR in a buffer, or a Pillow image."""
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Aztec)
    return [bytes(found.bytes) for found in zxingcpp.read_barcodes(image, formats=formats)]


def _barcode(code: bytes) -> Any:
    try:
        return zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.Aztec, ec_level=_ERROR_CORRECTION)
    except ValueError as error:
        raise DosipasError(f"{len(code)} bytes do not fit into an Aztec code") from error
