"""Regional coaches: the towns they gather in, and the trunk lines between those. Invented, on real places."""

from __future__ import annotations

HUBS: dict[str, tuple[str, ...]] = {
    "21": (
        "Dijon", "Beaune", "Montbard", "Semur-en-Auxois", "Châtillon-sur-Seine", "Saulieu", "Auxonne",
        "Is-sur-Tille", "Seurre", "Pouilly-en-Auxois",
    ),
    "25": (
        "Besançon", "Montbéliard", "Pontarlier", "Baume-les-Dames", "Morteau", "Valdahon", "Maîche", "Ornans",
    ),
    "39": ("Lons-le-Saunier", "Dole", "Saint-Claude", "Champagnole", "Poligny", "Morez"),
    "58": ("Nevers", "Cosne-Cours-sur-Loire", "Clamecy", "Château-Chinon", "Decize", "Corbigny"),
    "70": ("Vesoul", "Lure", "Luxeuil-les-Bains", "Gray", "Héricourt"),
    "71": (
        "Mâcon", "Chalon-sur-Saône", "Le Creusot", "Montceau-les-Mines", "Autun", "Charolles",
        "Paray-le-Monial", "Louhans", "Tournus", "Cluny", "Digoin",
    ),
    "89": ("Auxerre", "Sens", "Joigny", "Avallon", "Tonnerre", "Saint-Florentin", "Toucy"),
    "90": ("Belfort", "Delle"),
}  # fmt: skip
"""Towns with a coach station, by département: sub-prefectures and market towns."""

LINE_DIGIT = {"21": 1, "25": 2, "39": 3, "70": 4, "58": 5, "71": 7, "89": 8, "90": 9}
"""The hundreds of the line numbers of each département: LR 101 is in Côte-d'Or."""

COLORS = {
    "21": "A6192E", "25": "00594F", "39": "7A3E9D", "70": "B35A00", "58": "1D4F91", "71": "8A1538", "89": "2D6A2F",
    "90": "5B3A29",
}  # fmt: skip

TRUNKS: tuple[tuple[str, ...], ...] = (
    ("Dijon", "Gray", "Vesoul"),
    ("Dijon", "Sombernon", "Pouilly-en-Auxois", "Saulieu"),
    ("Dijon", "Saint-Seine-l'Abbaye", "Baigneux-les-Juifs", "Châtillon-sur-Seine"),
    ("Dijon", "Is-sur-Tille"),
    ("Dijon", "Seurre", "Chalon-sur-Saône"),
    ("Dijon", "Auxonne", "Dole"),
    ("Dijon", "Nuits-Saint-Georges", "Beaune"),
    ("Montbard", "Semur-en-Auxois", "Saulieu"),
    ("Montbard", "Châtillon-sur-Seine"),
    ("Beaune", "Autun"),
    ("Beaune", "Seurre"),
    ("Besançon", "Vesoul"),
    ("Besançon", "Gray"),
    ("Besançon", "Ornans", "Pontarlier"),
    ("Besançon", "Quingey", "Poligny"),
    ("Besançon", "Valdahon", "Morteau"),
    ("Besançon", "Baume-les-Dames", "Montbéliard"),
    ("Montbéliard", "Pont-de-Roide", "Maîche", "Morteau"),
    ("Pontarlier", "Levier", "Champagnole"),
    ("Pontarlier", "Mouthe"),
    ("Pontarlier", "Morteau"),
    ("Lons-le-Saunier", "Champagnole"),
    ("Lons-le-Saunier", "Orgelet", "Saint-Claude"),
    ("Lons-le-Saunier", "Louhans", "Chalon-sur-Saône"),
    ("Lons-le-Saunier", "Poligny", "Dole"),
    ("Saint-Claude", "Morez"),
    ("Champagnole", "Saint-Laurent-en-Grandvaux", "Morez", "Les Rousses"),
    ("Dole", "Pesmes", "Gray"),
    ("Vesoul", "Lure", "Héricourt", "Belfort"),
    ("Vesoul", "Luxeuil-les-Bains"),
    ("Lure", "Luxeuil-les-Bains", "Saint-Loup-sur-Semouse"),
    ("Nevers", "Decize"),
    ("Nevers", "Châtillon-en-Bazois", "Château-Chinon", "Autun"),
    ("Nevers", "Prémery", "Corbigny", "Avallon"),
    ("Nevers", "La Charité-sur-Loire", "Cosne-Cours-sur-Loire"),
    ("Cosne-Cours-sur-Loire", "Clamecy"),
    ("Chalon-sur-Saône", "Montceau-les-Mines", "Digoin"),
    ("Chalon-sur-Saône", "Cluny", "Mâcon"),
    ("Chalon-sur-Saône", "Couches", "Autun"),
    ("Chalon-sur-Saône", "Tournus", "Mâcon"),
    ("Mâcon", "Cluny", "Charolles", "Paray-le-Monial"),
    ("Autun", "Le Creusot", "Montceau-les-Mines"),
    ("Louhans", "Tournus"),
    ("Auxerre", "Toucy", "Saint-Fargeau", "Cosne-Cours-sur-Loire"),
    ("Auxerre", "Chablis", "Tonnerre"),
    ("Auxerre", "Saint-Florentin"),
    ("Auxerre", "Avallon", "Saulieu"),
    ("Auxerre", "Joigny"),
    ("Sens", "Joigny"),
    ("Sens", "Cerisiers", "Saint-Florentin"),
    ("Avallon", "Montbard"),
    ("Belfort", "Montbéliard"),
    ("Belfort", "Delle"),
)
"""Lines between coach stations, by way of the towns named and of every town the road passes."""
