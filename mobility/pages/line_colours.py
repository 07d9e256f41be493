"""Colours of lines that can be read: the publisher's where their contrast suffices (WCAG 2.2, 1.4.3), else mended."""

from __future__ import annotations

CONTRAST_MIN = 4.5
"""WCAG 2.2, success criterion 1.4.3, of text below 18 points."""

_GREY = "4A4A4A"


def choose_colours(colour: str | None, text_colour: str | None) -> tuple[str, str]:
    """Background and text of a line's badge as six hexadecimal digits, readable together.

    `colour` and `text_colour` are the feed's, or None. A text colour without enough contrast becomes black or
    white, whichever is easier to read: one of the two always reaches 4.5 to 1.
    """
    background = _digits(colour) or _GREY
    text = _digits(text_colour)
    if text and contrast(background, text) >= CONTRAST_MIN:
        return background, text
    return background, max("FFFFFF", "000000", key=lambda candidate: contrast(background, candidate))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(digits: str) -> float:
    parts = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _digits(colour: str | None) -> str | None:
    if not colour or len(colour) != 6:
        return None
    try:
        return f"{int(colour, 16):06X}"
    except ValueError:
        return None
