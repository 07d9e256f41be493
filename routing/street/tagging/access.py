"""Who may use a way: the most specific tag decides."""

from __future__ import annotations

from collections.abc import Mapping

Tags = Mapping[str, str]

ROADS = frozenset(
    {
        "trunk",
        "trunk_link",
        "primary",
        "primary_link",
        "secondary",
        "secondary_link",
        "tertiary",
        "tertiary_link",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "road",
    }
)
"""`highway` of what whoever is not shut out may walk and ride along."""

CLOSED = frozenset(
    {
        "no",
        "private",
        "agricultural",
        "forestry",
        "agricultural;forestry",
        "delivery",
        "military",
        "emergency",
        "use_sidepath",
        "separate",
    }
)
"""Values that close a way to the public. Others (yes, designated, permissive, destination, customers …) open it."""

NEVER = frozenset(
    {
        "abandoned",
        "bus_guideway",
        "busway",
        "construction",
        "corridor_planned",
        "disused",
        "emergency_bay",
        "escape",
        "no",
        "planned",
        "proposed",
        "raceway",
        "razed",
        "rest_area",
        "services",
        "bus_stop",
    }
)
"""Values of `highway` that nobody may or can use as a street."""


def is_open(tags: Tags, keys: tuple[str, ...], default: bool) -> bool:
    """Whether a way is open by the first of `keys` (most specific first) that is tagged; else `default`."""
    for key in keys:
        value = tags.get(key)
        if value is not None:
            return value not in CLOSED
    return default


def highway_of(tags: Tags) -> str | None:
    """The kind of street, `platform` for platforms under any key; None for what is no street."""
    highway = tags.get("highway")
    if highway is None:
        is_platform = tags.get("railway") == "platform" or tags.get("public_transport") == "platform"
        return "platform" if is_platform else None
    return None if highway in NEVER else highway


def is_oneway(tags: Tags, highway: str) -> tuple[bool, bool]:
    """Which directions are open to vehicles by `oneway`: along the drawing, against it."""
    oneway = tags.get("oneway")
    if oneway in ("yes", "true", "1"):
        return True, False
    if oneway in ("-1", "reverse"):
        return False, True
    if oneway in ("reversible", "alternating"):  # depends on the hour, which a path does not know
        return False, False
    implied = tags.get("junction") in ("roundabout", "circular") or highway in ("motorway",)
    return (True, False) if oneway is None and implied else (True, True)


def number_of(text: str | None) -> float | None:
    """The number a value begins with ('8 %', '1,2 m', '-10%'), None where it begins with none."""
    if text is None:
        return None
    digits = ""
    for character in text.strip().replace(",", "."):
        if (
            character.isdigit()
            or (character == "." and "." not in digits)
            or (character in "+-" and not digits)
        ):
            digits += character
        else:
            break
    try:
        return float(digits)
    except ValueError:
        return None
