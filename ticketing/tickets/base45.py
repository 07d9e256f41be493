"""Bytes as text that QR codes hold tightly and every scanner hands on unharmed: Base45 (RFC 9285), strictly."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def encode(raw: bytes) -> str:
    """Two bytes are three characters, a last one two."""
    text = []
    for start in range(0, len(raw), 2):
        pair = raw[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            text.append(ALPHABET[digit])
    return "".join(text)


def decode(text: str) -> bytes:
    """The bytes. Raises ValueError for whatever `encode` does not write."""
    raw = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        try:
            number = sum(_VALUES[character] * 45**place for place, character in enumerate(group))
        except KeyError as error:
            raise ValueError(f"{error.args[0]!r} is no character of Base45") from None
        if len(group) == 1:
            raise ValueError("a character is left over at the end")
        size = len(group) - 1
        if number >= 256**size:
            raise ValueError(f"{group!r} is more than {size} bytes hold")
        raw += number.to_bytes(size, "big")
    return bytes(raw)
