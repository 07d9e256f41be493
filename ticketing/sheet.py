"""Sheets of paper (PDF, A4) that carry any name of Europe: Latin of all kinds, Greek and Cyrillic.

The letters are Fira Sans (SIL Open Font License), from a package; of them only those that are used go into a file, and
their text can be searched and copied.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import fontpkg
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos

FONT = "Fira Sans"
_WEIGHTS = {"": 400, "B": 700}


def new_sheet(title: str, language: str, margin_mm: float) -> FPDF:
    """The first page of a document, to be written on in `FONT`, regular or bold."""
    pdf = FPDF(format="A4")
    pdf.set_lang(language)
    pdf.set_title(title)
    for style, weight in _WEIGHTS.items():
        pdf.add_font(FONT, style, fontpkg.path(FONT, weight=weight))
    pdf.set_margin(margin_mm)
    pdf.add_page()
    return pdf


def write_line(pdf: FPDF, text: str, size_pt: float, bold: bool = False, align: str = "L") -> None:
    """A line across the sheet; longer text goes on below."""
    pdf.set_font(FONT, "B" if bold else "", size_pt)
    pdf.multi_cell(0, size_pt * 0.5, printable(text), align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def printable(text: str) -> str:
    """As the letters at hand can write it. What they lack (Hebrew, Chinese …) becomes what it stands for, or "?"; what
    nobody sees is left out. What was printed prints the same again."""
    shown = unicodedata.normalize("NFC", text)
    while (again := unicodedata.normalize("NFC", "".join(map(_shown, shown)))) != shown:
        shown = again  # without a mark between them, a letter and the next mark may have become one
    return shown


def _shown(letter: str) -> str:
    if ord(letter) in _letters():
        return letter
    if unicodedata.category(letter) in ("Cf", "Mn"):  # directions, joiners; marks that fit no letter
        return ""
    plain = unicodedata.normalize("NFKD", letter)
    if plain.isspace():
        return "\u00a0" if unicodedata.decomposition(letter).startswith("<noBreak>") else " "
    return "".join(one for one in plain if ord(one) in _letters() and not unicodedata.combining(one)) or "?"


@cache
def _letters() -> frozenset[int]:
    """What both weights have."""
    regular, bold = (
        TTFont(fontpkg.path(FONT, weight=weight), lazy=True).getBestCmap() for weight in _WEIGHTS.values()
    )
    return frozenset(regular) & frozenset(bold)
