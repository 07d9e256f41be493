"""The trains of the synthetic region, invented but plausible: which line runs where, how often, how fast."""

from __future__ import annotations

from typing import NamedTuple

from mobility.demo.draft import RouteType

ALL, MAJOR = "all", "major"


class RailService(NamedTuple):
    """Trains of a line over `corridors` (joined at their common stations), from `first` to `last` and back.

    `stops` is ALL, MAJOR (the stations with a `*`) or the names themselves. The way back leaves `back_min` later.
    `through` is where the train changes its trip_id and keeps its block_id, so that riders stay seated.
    """

    line: str
    corridors: tuple[str, ...]
    first: str
    last: str
    stops: str | tuple[str, ...]
    departures: str
    back_min: int = 20
    through: str = ""


class RailLine(NamedTuple):
    """A line people know. `speed_kmh` is what it keeps up between stops, along the track."""

    long_name: str
    agency_id: str
    kind: RouteType
    color: str
    speed_kmh: int


_TER, _TGV, _IC = RouteType.REGIONAL_RAIL, RouteType.HIGH_SPEED_RAIL, RouteType.LONG_DISTANCE_RAIL

LINES: dict[str, RailLine] = {
    "TER 1": RailLine("Paris - Sens - Dijon", "TER", _TER, "0749A5", 135),
    "TER 2": RailLine("Dijon - Chalon-sur-Saône - Mâcon - Lyon", "TER", _TER, "C8102E", 135),
    "TER 3": RailLine("Dijon - Dole - Besançon - Belfort", "TER", _TER, "00843D", 130),
    "TER 4": RailLine("Besançon - Lons-le-Saunier - Bourg-en-Bresse", "TER", _TER, "E87722", 115),
    "TER 5": RailLine("Dole - Mouchard - Saint-Claude (Ligne des Hirondelles)", "TER", _TER, "6D2077", 75),
    "TER 6": RailLine(
        "Besançon - Morteau - La Chaux-de-Fonds (Ligne des Horlogers)", "TER", _TER, "A05EB5", 70
    ),
    "TER 7": RailLine("Dole - Frasne - Pontarlier", "TER", _TER, "007C89", 100),
    "TER 8": RailLine("Belfort - Delle - Delémont", "TER", _TER, "B58500", 85),
    "TER 9": RailLine("Besançon Viotte - Besançon Franche-Comté TGV", "TER", _TER, "5C6F7C", 70),
    "TER 10": RailLine("Belfort - Vesoul - Paris", "TER", _TER, "4B306A", 125),
    "TER 11": RailLine("Belfort - Lure - Épinal", "TER", _TER, "7A9A01", 90),
    "TER 12": RailLine("Dijon - Is-sur-Tille - Nancy", "TER", _TER, "9C5708", 115),
    "TER 13": RailLine("Laroche-Migennes - Auxerre - Clamecy - Corbigny", "TER", _TER, "00629B", 85),
    "TER 14": RailLine("Laroche-Migennes - Auxerre - Avallon", "TER", _TER, "2C7A51", 85),
    "TER 15": RailLine("Cosne-sur-Loire - Nevers", "TER", _TER, "AF1685", 110),
    "TER 16": RailLine("Nevers - Le Creusot - Dijon", "TER", _TER, "76232F", 100),
    "TER 17": RailLine("Étang - Autun", "TER", _TER, "8C4799", 60),
    "TER 18": RailLine("Dijon - Montceau-les-Mines - Paray-le-Monial - Moulins", "TER", _TER, "00558C", 100),
    "TER 19": RailLine("Paray-le-Monial - Lyon", "TER", _TER, "5E7E29", 70),
    "TER 20": RailLine("Dijon - Louhans - Bourg-en-Bresse", "TER", _TER, "BB29BB", 105),
    "TER 21": RailLine("Belfort - Mulhouse", "TER", _TER, "D50032", 115),
    "TER 22": RailLine("Frasne - Pontarlier - Neuchâtel - Bern", "TER", _TER, "34657F", 95),
    "TGV A": RailLine("Paris - Dijon - Besançon Viotte", "TGV", _TGV, "9B2743", 190),
    "TGV B": RailLine("Paris - Dijon - Belfort-Montbéliard - Zürich", "TGV", _TGV, "9B2743", 205),
    "TGV C": RailLine("Paris - Le Creusot - Mâcon - Lyon", "TGV", _TGV, "9B2743", 245),
    "TGV D": RailLine("Paris - Mâcon - Genève", "TGV", _TGV, "9B2743", 210),
    "TGV E": RailLine("Lyon - Dijon - Besançon - Strasbourg", "TGV", _TGV, "9B2743", 165),
    "TGV F": RailLine("Paris - Dijon - Frasne - Lausanne", "TGV", _TGV, "9B2743", 175),
    "TGV G": RailLine("Paris - Dijon - Chalon-sur-Saône", "TGV", _TGV, "9B2743", 185),
    "IC 1": RailLine("Paris - Nevers - Clermont-Ferrand", "INTERCITES", _IC, "00A3AD", 150),
}

_P, _L = ("paris-dijon",), ("dijon-lyon",)

SERVICES: tuple[RailService, ...] = (
    RailService("TER 1", _P, "Paris Bercy", "Dijon Ville", MAJOR,
                "weekday 05:38 06:38-20:38/120 17:38 19:38; saturday 06:38-20:38/120; "
                "sunday 08:38-20:38/120 17:38 19:38"),
    RailService("TER 1", _P, "Paris Bercy", "Laroche-Migennes", ALL,
                "weekday 05:14-22:14/60; saturday 06:14-21:14/60; sunday 07:14-22:14/120", 12),
    RailService("TER 1", ("paris-dijon", "laroche-clamecy"), "Paris Bercy", "Auxerre-Saint-Gervais", MAJOR,
                "weekday 07:26-19:26/120; saturday 08:26-18:26/120; sunday 09:26-19:26/120", 35, "Laroche-Migennes"),
    RailService("TER 1", _P, "Laroche-Migennes", "Dijon Ville", ALL,
                "weekday 05:32-20:32/60; saturday 06:32-19:32/120; sunday 08:32-20:32/120", 8),
    RailService("TER 1", _P, "Les Laumes-Alésia", "Dijon Ville", ALL,
                "weekday 06:05 06:35 07:05 07:35 12:05-18:35/60; saturday 07:05 12:05 17:05", 40),
    RailService("TER 2", _L, "Dijon Ville", "Lyon Part-Dieu", MAJOR,
                "weekday 05:40-20:40/60; saturday 06:40-20:40/60; sunday 07:40-20:40/60; friday 17:10 18:10", 4),
    RailService("TER 2", _L, "Dijon Ville", "Chalon-sur-Saône", ALL,
                "weekday 05:50-20:50/30 21:50 22:50; saturday 06:20-20:20/60; sunday 08:20-20:20/120", 14),
    RailService("TER 2", _L, "Chalon-sur-Saône", "Mâcon Ville", ALL,
                "weekday 05:35-19:35/60; saturday 06:35-18:35/120; sunday 08:35-20:35/120", 22),
    RailService("TER 2", _L, "Mâcon Ville", "Lyon Part-Dieu", ALL,
                "weekday 05:18-20:18/30; saturday 06:18-20:18/60; sunday 07:18-20:18/60", 6),
    RailService("TER 3", ("dijon-besancon", "besancon-belfort"), "Dijon Ville", "Belfort", MAJOR,
                "weekday 05:58-19:58/60; saturday 06:58-19:58/60; sunday 07:58-20:58/60", 10, "Besançon Viotte"),
    RailService("TER 3", ("dijon-besancon",), "Dijon Ville", "Besançon Viotte", MAJOR,
                "weekday 06:28-08:28/60 16:28-20:58/60 21:28 22:40; saturday 21:28; "
                "sunday 21:58 22:40; friday 23:55", 16),
    RailService("TER 3", ("dijon-besancon",), "Dijon Ville", "Dole Ville", ALL,
                "weekday 05:33-20:33/60 06:03 07:03 17:03 18:03; saturday 06:33-19:33/120; sunday 08:33-20:33/120", 25),
    RailService("TER 3", ("dijon-besancon",), "Dole Ville", "Besançon Viotte", ALL,
                "weekday 05:47-20:47/60; saturday 06:47-18:47/120; sunday 09:47-19:47/120", 18),
    RailService("TER 3", ("besancon-belfort",), "Besançon Viotte", "Belfort", ALL,
                "weekday 05:29-20:29/60; saturday 06:29-18:29/120; sunday 08:29-20:29/120", 9),
    RailService("TER 4", ("besancon-bourg",), "Besançon Viotte", "Lyon Part-Dieu", MAJOR,
                "weekday 06:12-18:12/120; saturday 08:12-18:12/120; sunday 08:12-20:12/120", 15),
    RailService("TER 4", ("besancon-bourg",), "Besançon Viotte", "Lons-le-Saunier", ALL,
                "weekday 05:42-19:42/60; saturday 06:42-18:42/120; sunday 09:42-19:42/120", 21),
    RailService("TER 4", ("besancon-bourg",), "Lons-le-Saunier", "Bourg-en-Bresse", ALL,
                "weekday 06:25 07:25 12:25 16:25 17:25 18:25; saturday 08:25 17:25; sunday 10:25 18:25", 34),
    RailService("TER 5", ("dole-mouchard", "mouchard-saint-claude"), "Dole Ville", "Saint-Claude", ALL,
                "weekday 06:10 09:10 12:10 16:10 18:40; saturday 08:10 12:10 17:10; sunday 09:10 17:10 19:10", 45),
    RailService("TER 6", ("besancon-la-chaux",), "Besançon Viotte", "La Chaux-de-Fonds", ALL,
                "weekday 05:55 07:05 09:05 12:15 14:05 16:35 17:35 18:35; saturday 07:05 12:15 16:35 18:35; "
                "sunday 09:05 16:35 19:05", 30, "Morteau"),
    RailService("TER 7", ("dole-mouchard", "mouchard-vallorbe", "frasne-neuchatel"), "Dole Ville", "Pontarlier", MAJOR,
                "weekday 06:40-18:40/120; saturday 08:40-18:40/120; sunday 10:40-20:40/120", 26, "Frasne"),
    RailService("TER 8", ("belfort-delle",), "Belfort", "Delémont", ALL,
                "weekday 05:45-21:45/60; saturday 06:45-20:45/60; sunday 07:45-20:45/60", 11, "Delle"),
    RailService("TER 9", ("besancon-tgv",), "Besançon Viotte", "Besançon Franche-Comté TGV", ALL,
                "weekday 05:50-21:20/30; saturday 06:20-20:20/60; sunday 07:20-21:20/60", 16),
    RailService("TER 10", ("paris-belfort", "belfort-mulhouse"), "Paris Est", "Mulhouse Ville", MAJOR,
                "weekday 06:42-18:42/120; saturday 08:42-18:42/120; sunday 08:42-20:42/120", 18),
    RailService("TER 10", ("paris-belfort",), "Culmont-Chalindrey", "Belfort", ALL,
                "weekday 05:20-19:20/60; saturday 07:20-17:20/120; sunday 09:20-19:20/120", 33),
    RailService("TER 11", ("lure-epinal",), "Belfort", "Épinal", ALL,
                "weekday 06:15-18:15/120; saturday 08:15 12:15 17:15; sunday 10:15 18:15", 40),
    RailService("TER 12", ("dijon-nancy",), "Dijon Ville", "Nancy Ville", MAJOR,
                "weekday 06:20 10:20 14:20 18:20; saturday 08:20 14:20 18:20; sunday 10:20 16:20 19:20", 28),
    RailService("TER 12", ("dijon-nancy",), "Dijon Ville", "Culmont-Chalindrey", ALL,
                "weekday 06:50-19:50/60; saturday 07:50-17:50/120; sunday 09:50 19:50", 24),
    RailService("TER 13", ("laroche-clamecy",), "Laroche-Migennes", "Auxerre-Saint-Gervais", ALL,
                "weekday 06:04-20:34/30; saturday 07:04-20:04/60; sunday 08:04-20:04/60", 17),
    RailService("TER 13", ("laroche-clamecy",), "Laroche-Migennes", "Corbigny", ALL,
                "weekday 06:49 09:49 12:49 16:49 18:49; saturday 08:49 12:49 17:49; sunday 10:49 18:49", 50),
    RailService("TER 14", ("laroche-avallon",), "Laroche-Migennes", "Avallon", ALL,
                "weekday 06:19-18:19/120 17:19; saturday 08:19 12:19 18:19; sunday 10:19 18:19", 37),
    RailService("TER 15", ("paris-nevers",), "Cosne-sur-Loire", "Moulins-sur-Allier", ALL,
                "weekday 05:40-19:40/60; saturday 07:40-17:40/120; sunday 09:40 18:40", 19),
    RailService("TER 16", ("nevers-dijon",), "Nevers", "Dijon Ville", MAJOR,
                "weekday 05:52-19:52/120; saturday 07:52-19:52/120; sunday 07:52-19:52/120", 9),
    RailService("TER 16", ("nevers-dijon",), "Nevers", "Chagny", ALL,
                "weekday 06:22 08:22 12:22 16:22 17:22 18:22; saturday 08:22 16:22", 42),
    RailService("TER 17", ("etang-autun",), "Étang", "Autun", ALL,
                "weekday 06:40-20:40/120 17:40; saturday 08:40-18:40/120; sunday 10:40 18:40 20:40", 25),
    RailService("TER 18", ("montchanin-paray",), "Dijon Ville", "Paray-le-Monial", ALL,
                "weekday 06:32-18:32/120 17:32; saturday 08:32-18:32/120; sunday 10:32-20:32/120", 13),
    RailService("TER 18", ("montchanin-paray",), "Montchanin", "Moulins-sur-Allier", ALL,
                "weekday 06:55 12:55 17:55; saturday 12:55; sunday 17:55", 55),
    RailService("TER 19", ("paray-lyon",), "Paray-le-Monial", "Lyon Part-Dieu", ALL,
                "weekday 05:45 07:45 12:45 16:45 18:45; saturday 07:45 17:45; sunday 17:45", 31),
    RailService("TER 20", ("dijon-bourg",), "Dijon Ville", "Bourg-en-Bresse", ALL,
                "weekday 06:16 08:16 12:16 16:46 17:46 18:46; saturday 08:16 17:46; sunday 09:16 18:46", 47),
    RailService("TER 21", ("belfort-mulhouse",), "Belfort", "Mulhouse Ville", ALL,
                "weekday 05:26-20:56/30; saturday 06:26-20:26/60; sunday 07:26-20:26/60", 7),
    RailService("TER 7", ("mouchard-vallorbe",), "Frasne", "Vallorbe", ALL,
                "weekday 06:35 12:35 17:35 19:35; saturday 08:35 17:35; sunday 10:35 18:35", 40),
    RailService("TER 22", ("frasne-neuchatel",), "Frasne", "Bern", ALL,
                "daily 07:30 12:30 16:30 20:10", 140),
    RailService("TER 3", ("dijon-besancon",), "Besançon Viotte", "Dole Ville", MAJOR,
                "christmas-market 10:05 13:05 16:05 19:35 24:10", 35),
    RailService("TGV A", ("tgv-besancon",), "Paris Gare de Lyon", "Besançon Viotte", MAJOR,
                "daily 07:20 10:20 12:20 16:20 18:20 20:20; friday 17:50", 38),
    RailService("TGV B", ("lgv-rhine-rhone",), "Paris Gare de Lyon", "Zürich HB", MAJOR,
                "daily 07:22 10:22 14:22 16:22 18:22", 5, "Mulhouse Ville"),
    RailService("TGV B", ("lgv-rhine-rhone",), "Paris Gare de Lyon", "Mulhouse Ville", MAJOR,
                "daily 06:22 08:22 12:22 17:22 19:22 20:52", 52),
    RailService("TGV C", ("lgv-south-east",), "Paris Gare de Lyon", "Lyon Part-Dieu", MAJOR,
                "daily 06:28-20:28/120 07:28 17:28 19:28", 4),
    RailService("TGV C", ("lgv-south-east",), "Paris Gare de Lyon", "Lyon Part-Dieu",
                ("Paris Gare de Lyon", "Lyon Part-Dieu"), "daily 06:00-21:00/60", 4),
    RailService("TGV D", ("lgv-geneva",), "Paris Gare de Lyon", "Genève", MAJOR,
                "daily 06:18 08:18 10:18 14:18 16:18 18:18 20:18", 11),
    RailService("TGV E", ("lgv-lyon-strasbourg",), "Lyon Part-Dieu", "Strasbourg", MAJOR,
                "daily 06:04 08:04 10:04 14:04 16:04 18:04", 19),
    RailService("TGV F", ("lyria-lausanne",), "Paris Gare de Lyon", "Lausanne", MAJOR,
                "daily 07:56 11:56 15:56 17:56", 29),
    RailService("TGV G", ("tgv-chalon",), "Paris Gare de Lyon", "Chalon-sur-Saône", MAJOR,
                "daily 08:48 13:48 17:18 19:48", 44),
    RailService("IC 1", ("paris-nevers",), "Paris Bercy", "Clermont-Ferrand", MAJOR,
                "daily 07:00 09:00 13:00 15:00 17:00 19:00; friday 18:00", 27),
)  # fmt: skip
