"""City networks of the synthetic region: sizes after the real ones', courses and times invented."""

from __future__ import annotations

from typing import NamedTuple

from mobility.demo.places import Point


class City(NamedTuple):
    """`lines` cross the town from end to end; a bus leaves each `peak_min` at the busiest hours."""

    town: str
    brand: str
    lines: int
    radius_m: int
    """How far the town itself is built up."""
    suburbs_m: int
    """How far the lines reach out to other communes."""
    peak_min: int
    shuttle: bool = False
    night: bool = False


CITIES: tuple[City, ...] = (
    City("Dijon", "Dijon Bus", 16, 3600, 9000, 10, shuttle=True, night=True),
    City("Besançon", "Besançon Bus", 14, 3600, 10500, 12, shuttle=True, night=True),
    City("Belfort", "Belfort Bus", 9, 2600, 9500, 14),
    City("Montbéliard", "Montbéliard Bus", 10, 2200, 10500, 17),
    City("Chalon-sur-Saône", "Chalon Bus", 8, 2800, 8500, 17, shuttle=True),
    City("Nevers", "Nevers Bus", 7, 2600, 8000, 18, shuttle=True),
    City("Auxerre", "Auxerre Bus", 7, 2600, 8500, 20, shuttle=True),
    City("Mâcon", "Mâcon Bus", 7, 2600, 8500, 20),
    City("Sens", "Sens Bus", 6, 2200, 6500, 22),
    City("Dole", "Dole Bus", 6, 2200, 8500, 23),
    City("Le Creusot", "Creusot Bus", 5, 2200, 6500, 25),
    City("Montceau-les-Mines", "Montceau Bus", 5, 2200, 8000, 25),
    City("Vesoul", "Vesoul Bus", 5, 1900, 6500, 25),
    City("Lons-le-Saunier", "Lons Bus", 5, 1900, 6500, 26),
    City("Beaune", "Beaune Bus", 4, 1900, 5500, 29),
    City("Pontarlier", "Pontarlier Bus", 4, 1800, 5500, 31),
    City("Autun", "Autun Bus", 3, 1700, 4500, 36),
    City("Joigny", "Joigny Bus", 3, 1500, 9500, 39),
    City("Cosne-Cours-sur-Loire", "Cosne Bus", 2, 1500, 4500, 47),
    City("Saint-Claude", "Saint-Claude Bus", 2, 1400, 6000, 47),
    City("Paray-le-Monial", "Paray Bus", 2, 1500, 4500, 52),
    City("Avallon", "Avallon Bus", 2, 1400, 4500, 52),
    City("Lure", "Lure Bus", 2, 1400, 4500, 52),
    City("Louhans", "Louhans Bus", 2, 1400, 5000, 52),
    City("Champagnole", "Champagnole Bus", 2, 1400, 4500, 52),
    City("Gray", "Gray Bus", 2, 1400, 4500, 52),
)


class Tram(NamedTuple):
    """A tram line: stops spaced evenly along `course`; their names are the real line's, or near it."""

    town: str
    name: str
    color: str
    peak_min: int
    stops: str
    course: tuple[Point, ...]


TRAMS: tuple[Tram, ...] = (
    Tram(
        "Dijon", "T1", "BE1622", 6,
        "Dijon Gare|Foch|Darcy|Godrans|République|Auditorium|Poincaré|Parc des Sports|Grésilles|Trimolet|CHU Hôpitaux"
        "|Mazen Sully|Érasme|Université|Piscine Olympique|Cap Vert|Quetigny Centre",
        (Point(47.3230, 5.0283), Point(47.3237, 5.0352), Point(47.3271, 5.0446), Point(47.3305, 5.0560),
         Point(47.3222, 5.0672), Point(47.3135, 5.0690), Point(47.3120, 5.0820), Point(47.3155, 5.1060)),
    ),
    Tram(
        "Dijon", "T2", "0067B1", 6,
        "Valmy|CREPS|Toison d'Or|Zénith|Nation|Drapeau|Junot|République|Godrans|Darcy|Foch|1er Mai|Monge"
        "|Jaurès|Bourroches|Carraz|Le Mail|Chenôve Centre",
        (Point(47.3672, 5.0440), Point(47.3560, 5.0480), Point(47.3440, 5.0520), Point(47.3271, 5.0446),
         Point(47.3237, 5.0352), Point(47.3170, 5.0330), Point(47.3070, 5.0230), Point(47.2920, 5.0085)),
    ),
    Tram(
        "Besançon", "T1", "C2002F", 7,
        "Hauts du Chazal|UFR Santé|Hôpital Minjoz|Micropolis|Époisses|Malcombe|Allende|Brulard|Canot|Chamars"
        "|Battant|Révolution|République|Parc Micaud|Fontaine Argent|Tristan Bernard|Schuman|Palente|Chalezeule",
        (Point(47.2235, 5.9530), Point(47.2260, 5.9680), Point(47.2230, 5.9830), Point(47.2300, 6.0080),
         Point(47.2400, 6.0190), Point(47.2405, 6.0290), Point(47.2510, 6.0420), Point(47.2630, 6.0680)),
    ),
    Tram(
        "Besançon", "T2", "5B2C86", 7,
        "Hauts du Chazal|UFR Santé|Hôpital Minjoz|Micropolis|Époisses|Malcombe|Allende|Brulard|Canot|Chamars"
        "|Battant|Besançon Gare",
        (Point(47.2235, 5.9530), Point(47.2260, 5.9680), Point(47.2230, 5.9830), Point(47.2300, 6.0080),
         Point(47.2400, 6.0190), Point(47.2466, 6.0226)),
    ),
)  # fmt: skip

COLORS = (
    "D0006F", "00629B", "007A33", "B35900", "5F259F", "A4343A", "00707A", "7A5C00", "3A5DAE", "8B1A5B", "4A6B1F",
    "C13B00", "2B5C8A", "6E3219", "006B54", "84329B",
)  # fmt: skip
