"""The communes around Besançon, with those GeoNames leaves out (under 500 inhabitants), in the sectors of a service."""

from __future__ import annotations

import math

from mobility.demo.places import Point, Town, distance_m, get_town, heading, list_region_towns

COMMUNES = 140
"""As many as the service this one is modelled on serves (without Besançon)."""

SECTORS = (
    ("dame-blanche", "Ognon et Dame-Blanche"),
    ("doubs-amont", "Doubs amont"),
    ("plateau", "Plateau et Haute-Loue"),
    ("loue", "Loue et Lison"),
    ("doubs-aval", "Doubs aval"),
    ("marnaysien", "Marnaysien"),
    ("ognon", "Val de l'Ognon"),
)
"""Clockwise from the north: id, name; each has an equal share of the communes."""

# To a hundredth of a degree: about a kilometre.
_SMALL = """
Audeux 47.27 5.88|Braillans 47.31 6.09|Champoux 47.33 6.12|Champvans-les-Moulins 47.25 5.91|Chalèze 47.26 6.08
Chevroz 47.34 6.02|La Chevillotte 47.21 6.16|Courchapon 47.27 5.73|Cussey-sur-l'Ognon 47.34 5.95
Ferrières-les-Bois 47.19 5.80|Mazerolles-le-Salin 47.25 5.86|Mérey-Vieilley 47.32 6.06|Moncley 47.31 5.89
Noironte 47.27 5.86|Osselle-Routelle 47.15 5.86|Placey 47.27 5.85|Rancenay 47.20 5.94|Roset-Fluans 47.16 5.81
Ruffey-le-Château 47.29 5.79|Tallenay 47.30 6.03|La Vèze 47.20 6.07|Vaire 47.28 6.14|Velesmes-Essarts 47.19 5.88
Villars-Saint-Georges 47.12 5.82|Vorges-les-Pins 47.15 5.93|Abbans-Dessous 47.12 5.88|Abbans-Dessus 47.12 5.88
Épeugney 47.13 6.02|Cademène 47.10 6.05|Cléron 47.09 6.06|Rurey 47.10 6.01|Montrond-le-Château 47.14 6.05
Malbrans 47.11 6.09|Scey-Maisières 47.11 6.07|L'Hôpital-du-Grosbois 47.17 6.21|Osse 47.26 6.21|Charnay 47.12 5.95
Cessey 47.11 5.92|Le Moutherot 47.24 5.72|Jallerange 47.26 5.70|Burgille 47.27 5.77|Berthelange 47.21 5.77
Corcelles-Ferrières 47.21 5.79|Corcondray 47.23 5.81|Mercey-le-Grand 47.21 5.74|Villers-Buzon 47.23 5.84
Lantenne-Vertière 47.23 5.78|Étrabonne 47.22 5.73|Lavernay 47.25 5.81|Franey 47.26 5.81|Pouligney-Lusans 47.32 6.21
Séchin 47.34 6.28|Breconchaux 47.33 6.28|Saint-Hilaire 47.33 6.24|Glamondans 47.27 6.27|Gonsans 47.23 6.28
Magny-Châtelard 47.23 6.31|Côtebrune 47.25 6.33|Bretigney-Notre-Dame 47.29 6.30|Champlive 47.28 6.24
Rigney 47.39 6.17|Rignosot 47.37 6.19|Moncey 47.36 6.11|Valleroy 47.38 6.11|Buthiers 47.37 6.05
Voray-sur-l'Ognon 47.34 6.02|Cromary 47.36 6.08|Boulot 47.35 5.95|Chambornay-lès-Pin 47.34 5.93
Oiselay-et-Grachaux 47.42 5.93|Lavans-Quingey 47.09 5.89|Rouhe 47.09 5.95|Durnes 47.11 6.23
Lavans-Vuillafans 47.09 6.24|Guyans-Durnes 47.13 6.24|Voires 47.10 6.26|Fallerans 47.14 6.28
"""

_TYPICAL_SMALL = 200
"""Inhabitants, roughly: they only decide whether a commune has one stop or two."""


def list_communes() -> list[Town]:
    """The 140 communes nearest to Besançon of those known here, by distance."""
    centre = get_town("Besançon")
    known = {town.name: town for town in list_region_towns() if town.name != centre.name}
    for line in _SMALL.split("\n"):
        for entry in filter(None, line.split("|")):
            name, lat, lon = entry.rsplit(" ", 2)
            known.setdefault(name, Town(name, Point(float(lat), float(lon)), _TYPICAL_SMALL))
    return sorted(known.values(), key=lambda town: (distance_m(centre.point, town.point), town.name))[
        :COMMUNES
    ]


def list_sectors() -> list[tuple[str, str, list[Town]]]:
    """Id, name and communes of each sector: slices of equal number around Besançon, clockwise from the north."""
    centre = get_town("Besançon").point
    around = sorted(
        list_communes(), key=lambda town: (heading(centre, town.point) % (2 * math.pi), town.name)
    )
    share = -(-len(around) // len(SECTORS))
    return [
        (sector_id, name, around[index * share : (index + 1) * share])
        for index, (sector_id, name) in enumerate(SECTORS)
    ]
