"""Invented people of the demo's carpool lines. Phone numbers are of a range kept for fiction (ARCEP, 03 53 01 xx xx),
addresses end in `.example` (RFC 2606)."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import unicodedata
from dataclasses import dataclass

from carpool.line import Line

DRIVERS_A_LINE = 3
PASSENGERS_A_LINE = 9

# ruff: noqa: SIM905 - a list of a hundred strings is harder to read
_GIVEN = (
    "Agathe Alain Amina Antoine Aurélie Bernard Camille Céline Chloé Damien Denis Élodie Émile Fatou Fabien Gaëlle "
    "Hugo Inès Isabelle Jeanne Julien Karim Léa Louis Lucie Malika Manon Marc Mathilde Nadia Nicolas Noémie Olivier "
    "Pauline Quentin Rachida Rémi Sandrine Simon Sylvie Thomas Valérie Vincent Yann Zoé"
).split()
_FAMILY = (
    "Aubry Baudin Belin Bernardin Bouvier Cattin Chagrot Collin Cuenot Dornier Faivre Ferreux Gaillard Girardot "
    "Grosjean Guyot Humbert Jacquet Jeannin Lambert Marchal Mercier Monnier Mougin Nicod Parisot Perrot Petitjean "
    "Pourcelot Prost Renaud Robbe Roussel Simonin Tissot Vernier Vuillemin"
).split()
_CARS = ("Clio", "208", "C3", "Sandero", "Mégane", "Zoé", "Kangoo", "Picasso")
_COLOURS = ("bleue", "grise", "blanche", "rouge", "verte", "noire")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who drives or rides along on a line."""

    key: str
    """Stable: "sens-auxerre/driver/2"."""
    line_id: str
    is_driver: bool
    given_name: str
    family_name: str
    email: str
    phone: str
    birth_date: dt.date
    vehicle: str
    """"" of a passenger."""
    phone_seed: bytes
    """The private key (32 bytes) of their phone."""


def list_people(lines: tuple[Line, ...], seed: int) -> list[DemoPerson]:
    """Everybody, line by line. The same arguments give the same people."""
    people: list[DemoPerson] = []
    for line in lines:
        for index in range(DRIVERS_A_LINE + PASSENGERS_A_LINE):
            is_driver = index < DRIVERS_A_LINE
            role = "driver" if is_driver else "passenger"
            number = index if is_driver else index - DRIVERS_A_LINE
            people.append(_invent(f"{line.id}/{role}/{number}", line.id, is_driver, len(people), seed))
    return people


def _invent(key: str, line_id: str, is_driver: bool, number: int, seed: int) -> DemoPerson:
    lots = random.Random(f"{seed}/{key}")
    given, family = lots.choice(_GIVEN), lots.choice(_FAMILY)
    return DemoPerson(
        key=key,
        line_id=line_id,
        is_driver=is_driver,
        given_name=given,
        family_name=family,
        email=f"{_plain(given)}.{_plain(family)}.{number}@mobigo.example",
        phone=f"+3335301{number:04}",
        birth_date=dt.date(lots.randint(1958, 2004), lots.randint(1, 12), lots.randint(1, 28)),
        vehicle=f"{lots.choice(_CARS)} {lots.choice(_COLOURS)}" if is_driver else "",
        phone_seed=hashlib.sha256(f"demo phone {seed}/{key}".encode()).digest(),
    )


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name.lower())
    return "".join(letter for letter in decomposed if letter.isalpha() and letter.isascii())
