"""What is printed can be read, by people and by machines, whatever letters a name is written with."""

from __future__ import annotations

import fontpkg
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from ticketing.sheet import FONT, new_sheet, printable, write_line

NAMES = [
    "Čačak – Łódź → Ústí nad Labem",
    "Αθήνα, Ἀθῆναι",
    "София, Київ, Ђорђевић",
    "Iași, Timișoara, Türkiye, İzmir, Ağrı",
    "Đà Nẵng, Ħal Għaxaq, Reykjavík, Ŵyddgrug",
    "Besançon – Œuilly, l’été : 12,50 €",
]


def written(*lines: str) -> bytes:
    pdf = new_sheet("Titre", "fr", 18)
    for line in lines:
        write_line(pdf, line, 12)
        write_line(pdf, line, 12, bold=True)
    return bytes(pdf.output())


def text_of(content: bytes) -> str:
    """As PDFium, which browsers use, copies it."""
    return str(pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range())


@pytest.mark.parametrize("name", NAMES)
def test_names_are_printed_and_copied_letter_by_letter(name: str) -> None:
    content = written(name)
    lines = [line for line in text_of(content).splitlines() if line]
    assert lines == [name, name]


def test_each_letter_is_drawn_as_itself_of_a_small_part_of_the_font() -> None:
    """Not as the box that stands for what a font lacks, and not without its marks."""
    letters = "CČĆlłŁOΩЖZŽ"
    drawn = set()
    for letter in letters:
        content = written(letter)
        assert len(content) < 20_000  # the font itself has half a megabyte
        drawn.add(pypdfium2.PdfDocument(content)[0].render(scale=2).to_numpy().tobytes())
    assert len(drawn) == len(letters)


def test_a_composed_letter_is_one_however_it_was_typed() -> None:
    assert printable("C\u030cac\u030cak") == "Čačak"
    assert printable("a\u202fb\u2009c") == "a\u00a0b c"
    assert printable("Ⅳ") == "IV"
    assert printable("東京") == "??"
    assert printable("A\u0347\u0323") == "Ạ"  # the mark between is in no letter at hand


@given(st.text())
def test_nothing_is_printed_that_the_letters_lack(text: str) -> None:
    shown = printable(text)
    letters = TTFont(fontpkg.path(FONT, weight=700)).getBestCmap()
    assert {letter for letter in shown if ord(letter) not in letters} <= set()
    assert printable(shown) == shown
