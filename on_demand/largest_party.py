"""The largest party a service carries: a larger one would wait for a place in vain."""

from __future__ import annotations

from collections.abc import Iterable

from on_demand.booking import Party
from on_demand.fleet import Seats, Vehicle

PARTY_TOO_LARGE = "party-too-large"
"""Why a service never takes a party: no vehicle of its has room for it, not even an empty one."""

Largest = tuple[Seats, ...]
"""What a party may be at most: of all ways to arrange vehicles those that no other one equals in both seats and places
for wheelchairs; most seats first. (): nobody knows of a vehicle."""


def list_largest(vehicles: Iterable[Vehicle]) -> Largest:
    """Of vehicles."""
    ways = sorted({way for vehicle in vehicles for way in vehicle.configurations}, reverse=True)
    # Each has at most the seats of those before it: its wheelchairs alone can make it worth something.
    return tuple(
        way
        for number, way in enumerate(ways)
        if all(way.wheelchairs > other.wheelchairs for other in ways[:number])
    )


def is_too_large(party: Party, largest: Largest) -> bool:
    """Whether a party is larger than all of these; never where nobody knows of a vehicle."""
    return bool(largest) and not any(
        party.seats <= way.seats and party.wheelchairs <= way.wheelchairs for way in largest
    )


def largest_words(largest: Largest) -> tuple[str, str]:
    """In French and in English: "8 people, or 6 people and 1 wheelchair"."""
    french = " ou ".join(
        _way_words(way, ("personne", "personnes"), ("fauteuil roulant", "fauteuils roulants"), " et ")
        for way in largest
    )
    english = " or ".join(
        _way_words(way, ("person", "people"), ("wheelchair", "wheelchairs"), " and ") for way in largest
    )
    if any(way.wheelchairs for way in largest):
        return french, english
    return f"{french}, sans fauteuil roulant", f"{english}, without a wheelchair"


def _way_words(way: Seats, heads: tuple[str, str], chairs: tuple[str, str], and_: str) -> str:
    counted = (way.seats, heads), (way.wheelchairs, chairs)
    return and_.join(f"{count} {words[count > 1]}" for count, words in counted if count)
