"""Words that bring back what somebody was offered: signed, so that nobody has to keep it and nobody can change it."""

from __future__ import annotations

import base64
import hmac
import zlib
from typing import Any, TypeVar

from ground.document import DocumentError, read_document, write_document

TAG_BYTES = 16
"""Of HMAC-SHA256, truncated as RFC 2104 allows."""
LENGTH_MAX = 64_000
"""No token is longer."""
KEY_BYTES_MIN = 16
WINDOW_BITS, MEMORY_LEVEL = 13, 6
"""Of compression: enough for words of so few letters."""

T = TypeVar("T")


class TokenError(ValueError):
    """No token of ours: changed, cut off, of another kind, or signed with a key that is no longer known."""


def sign(thing: Any, key: bytes) -> str:
    """A dataclass as a word that is safe in addresses. Raises ValueError for one that is too long to be read again, and
    for a key of fewer than 16 bytes."""
    content = _compress(write_document(thing))
    token = _encode(_tag(type(thing), content, key) + content)
    if len(token) > LENGTH_MAX:
        raise ValueError(f"a token of {len(token)} letters is too long")
    return token


def read(kind: type[T], token: str, key: bytes) -> T:
    """What somebody brings back; whether it is still worth something is for the caller. Raises TokenError."""
    if len(token) > LENGTH_MAX or not token.isascii():
        raise TokenError("this is no offer")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise TokenError("this is no offer") from error
    tag, content = raw[:TAG_BYTES], raw[TAG_BYTES:]
    # The last letter has bits to spare: there is one way to write a token.
    if _encode(raw) != token or not hmac.compare_digest(tag, _tag(kind, content, key)):
        raise TokenError("this is no offer of ours, or it was changed")
    try:
        return read_document(kind, zlib.decompress(content))
    except (DocumentError, zlib.error) as error:
        raise TokenError("this offer is of another version: ask for a new one") from error


def _compress(document: bytes) -> bytes:
    """As `zlib.compress` does, which spends three quarters of its time on making room for far more."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
    return compressor.compress(document) + compressor.flush()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _tag(kind: type[Any], content: bytes, key: bytes) -> bytes:
    if len(key) < KEY_BYTES_MIN:
        raise ValueError(f"a key of fewer than {KEY_BYTES_MIN} bytes signs nothing")
    return hmac.digest(key, f"{kind.__name__} 1 ".encode() + content, "sha256")[:TAG_BYTES]
