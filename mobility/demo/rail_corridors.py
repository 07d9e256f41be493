"""The real railways of the region: stations in their true order along each corridor. The trains are invented.

A `*` marks the stations where express trains call too.
"""

from __future__ import annotations

from mobility.demo.places import Point

CORRIDORS: dict[str, str] = {
    "paris-dijon": (
        "Paris Bercy*, Montereau, Villeneuve-la-Guyard, Champigny-sur-Yonne, Pont-sur-Yonne, Sens*, "
        "Étigny-Véron, Villeneuve-sur-Yonne, Saint-Julien-du-Sault, Joigny*, Laroche-Migennes*, "
        "Saint-Florentin-Vergigny*, Tonnerre*, Nuits-sous-Ravières*, Montbard*, Les Laumes-Alésia*, "
        "Verrey, Blaisy-Bas, Mâlain, Velars, Plombières-Canal, Dijon Ville*"
    ),
    "dijon-lyon": (
        "Dijon Ville*, Gevrey-Chambertin, Vougeot, Nuits-Saint-Georges*, Corgoloin, Serrigny, Beaune*, "
        "Meursault, Chagny*, Rully, Fontaines-Mercurey, Chalon-sur-Saône*, Varennes-le-Grand, "
        "Sennecey-le-Grand, Tournus*, Uchizy, Fleurville - Pont-de-Vaux, Senozan, Mâcon Ville*, "
        "Crêches-sur-Saône, Pontanevaux, Romanèche-Thorins, Belleville-sur-Saône*, "
        "Villefranche-sur-Saône*, Lyon Part-Dieu*"
    ),
    "dijon-besancon": (
        "Dijon Ville*, Neuilly-lès-Dijon, Magny, Genlis*, Collonges, Villers-les-Pots, Auxonne*, "
        "Champvans, Dole Ville*, Orchamps, Ranchot, Saint-Vit, Dannemarie-Velesmes, Franois, Besançon "
        "Viotte*"
    ),
    "besancon-belfort": (
        "Besançon Viotte*, Roche-lez-Beaupré, Novillars, Deluz, Laissey, Baume-les-Dames*, Clerval, "
        "L'Isle-sur-le-Doubs*, Colombier-Fontaine, Voujeaucourt, Montbéliard*, Héricourt, Belfort*"
    ),
    "belfort-mulhouse": (
        "Belfort*, Chèvremont, Petit-Croix, Montreux-Vieux, Dannemarie, Altkirch*, Mulhouse Ville*"
    ),
    "belfort-delle": (
        "Belfort*, Danjoutin, Belfort-Montbéliard TGV*, Bourogne, Morvillars, Grandvillars, Joncherey, "
        "Delle*, Boncourt, Porrentruy*, Delémont*"
    ),
    "besancon-bourg": (
        "Besançon Viotte*, Montferrand - Thoraise, Torpes - Boussières, Byans, Liesle, Arc-et-Senans, "
        "Mouchard*, Arbois*, Poligny*, Domblans - Voiteur, Lons-le-Saunier*, Cousance, Saint-Amour*, "
        "Bourg-en-Bresse*, Lyon Part-Dieu*"
    ),
    "dole-mouchard": "Dole Ville*, Montbarrey, Arc-et-Senans, Mouchard*",
    "mouchard-saint-claude": (
        "Mouchard*, Andelot*, Champagnole*, La Chaux-des-Crotenay, Saint-Laurent-en-Grandvaux, Morbier, "
        "Morez*, Saint-Claude*"
    ),
    "mouchard-vallorbe": "Mouchard*, Andelot*, Frasne*, Labergement-Sainte-Marie, Vallorbe*, Lausanne*",
    "frasne-neuchatel": "Frasne*, La Rivière-Drugeon, Pontarlier*, Neuchâtel*, Bern*",
    "besancon-la-chaux": (
        "Besançon Viotte*, Besançon Mouillère, Morre, Saône, Mamirolle, L'Hôpital-du-Grosbois, Étalans, "
        "Valdahon*, Avoudrey, Longemaison, Gilley*, Grand'Combe-Châteleu, Morteau*, Le Locle*, La "
        "Chaux-de-Fonds*"
    ),
    "besancon-tgv": "Besançon Viotte*, École-Valentin, Besançon Franche-Comté TGV*",
    "paris-belfort": (
        "Paris Est*, Troyes*, Chaumont*, "
        "Langres*, Culmont-Chalindrey*, Vesoul*, Lure*, Ronchamp, Champagney, Bas-Évette, Belfort*"
    ),
    "lure-epinal": "Belfort*, Lure*, Luxeuil-les-Bains*, Aillevillers*, Épinal*",
    "dijon-nancy": (
        "Dijon Ville*, Ruffey, Saint-Julien - Clénay, Gemeaux, Is-sur-Tille*, Culmont-Chalindrey*, "
        "Neufchâteau*, Toul*, Nancy Ville*"
    ),
    "laroche-clamecy": (
        "Laroche-Migennes*, Chemilly - Appoigny, Monéteau - Gurgy, Auxerre-Saint-Gervais*, Champs - "
        "Saint-Bris, Vincelles, Cravant - Bazarnes*, Mailly-la-Ville, Châtel-Censoir, "
        "Coulanges-sur-Yonne, Clamecy*, Corbigny"
    ),
    "laroche-avallon": (
        "Laroche-Migennes*, Auxerre-Saint-Gervais*, Champs - Saint-Bris, Vincelles, Cravant - Bazarnes*, "
        "Vermenton, Arcy-sur-Cure, Sermizelles - Vézelay, Avallon*"
    ),
    "paris-nevers": (
        "Paris Bercy*, Montargis*, Gien*, Cosne-sur-Loire*, Tracy - Sancerre, "
        "Pouilly-sur-Loire, La Charité*, Pougues-les-Eaux, Fourchambault, Vauzelles, Le Banlay, Nevers*, "
        "Saincaize, Saint-Pierre-le-Moûtier, Moulins-sur-Allier*, Vichy*, Clermont-Ferrand*"
    ),
    "nevers-dijon": (
        "Nevers*, Imphy, Béard, Decize*, Cercy-la-Tour*, Luzy, Étang*, Mesvres, Marmagne, Le Creusot*, "
        "Montchanin*, Saint-Léger-sur-Dheune, Santenay, Chagny*, Beaune*, Nuits-Saint-Georges*, Dijon "
        "Ville*"
    ),
    "etang-autun": "Étang*, Autun*",
    "montchanin-paray": (
        "Dijon Ville*, Beaune*, Chagny*, Montchanin*, Blanzy, Montceau-les-Mines*, Ciry-le-Noble, "
        "Génelard, Palinges, Paray-le-Monial*, Digoin, Gilly-sur-Loire, Moulins-sur-Allier*"
    ),
    "paray-lyon": (
        "Paray-le-Monial*, La Clayette - Baudemont, Chauffailles*, Lamure-sur-Azergues, Lyon Part-Dieu*"
    ),
    "dijon-bourg": (
        "Dijon Ville*, Brazey-en-Plaine, Saint-Jean-de-Losne, Seurre*, Mervans, Louhans*, Saint-Amour*, "
        "Bourg-en-Bresse*"
    ),
    "lgv-south-east": "Paris Gare de Lyon*, Le Creusot TGV*, Mâcon-Loché TGV*, Lyon Part-Dieu*",
    "lgv-geneva": "Paris Gare de Lyon*, Mâcon-Loché TGV*, Bourg-en-Bresse*, Genève*",
    "tgv-besancon": "Paris Gare de Lyon*, Montbard*, Dijon Ville*, Dole Ville*, Besançon Viotte*",
    "tgv-chalon": "Paris Gare de Lyon*, Montbard*, Dijon Ville*, Beaune*, Chalon-sur-Saône*",
    "lgv-rhine-rhone": (
        "Paris Gare de Lyon*, Dijon Ville*, Besançon Franche-Comté TGV*, Belfort-Montbéliard TGV*, "
        "Mulhouse Ville*, Zürich HB*"
    ),
    "lgv-lyon-strasbourg": (
        "Lyon Part-Dieu*, Mâcon Ville*, Chalon-sur-Saône*, Dijon Ville*, Besançon Franche-Comté TGV*, "
        "Belfort-Montbéliard TGV*, Mulhouse Ville*, Colmar*, Strasbourg*"
    ),
    "lyria-lausanne": (
        "Paris Gare de Lyon*, Dijon Ville*, Dole Ville*, Mouchard*, Frasne*, Vallorbe*, Lausanne*"
    ),
}

STATION_POINTS: dict[str, Point] = {
    # Large stations where they stand, not in the middle of their towns.
    "Paris Gare de Lyon": Point(48.8443, 2.3737),
    "Paris Bercy": Point(48.8390, 2.3827),
    "Paris Est": Point(48.8768, 2.3593),
    "Lyon Part-Dieu": Point(45.7606, 4.8597),
    "Dijon Ville": Point(47.3233, 5.0272),
    "Besançon Viotte": Point(47.2470, 6.0219),
    "Besançon Mouillère": Point(47.2412, 6.0347),
    "Besançon Franche-Comté TGV": Point(47.3075, 5.9545),
    "Belfort-Montbéliard TGV": Point(47.5866, 6.8990),
    "Belfort": Point(47.6324, 6.8538),
    "Montbéliard": Point(47.5101, 6.8010),
    "Le Creusot TGV": Point(46.7655, 4.4998),
    "Mâcon-Loché TGV": Point(46.2828, 4.7781),
    "Mâcon Ville": Point(46.3025, 4.8253),
    "Chalon-sur-Saône": Point(46.7816, 4.8432),
    "Beaune": Point(47.0232, 4.8492),
    "Dole Ville": Point(47.0961, 5.4879),
    "Nevers": Point(46.9872, 3.1504),
    "Auxerre-Saint-Gervais": Point(47.7971, 3.5868),
    "Laroche-Migennes": Point(47.9604, 3.5122),
    "Sens": Point(48.1956, 3.2697),
    "Les Laumes-Alésia": Point(47.5428, 4.4604),
    "Montbard": Point(47.6190, 4.3357),
    "Lons-le-Saunier": Point(46.6683, 5.5507),
    "Vesoul": Point(47.6168, 6.1563),
    "Pontarlier": Point(46.9004, 6.3543),
    "Le Creusot": Point(46.8023, 4.4230),
    "Montchanin": Point(46.7607, 4.4689),
    "Montceau-les-Mines": Point(46.6702, 4.3646),
    "Mouchard": Point(46.9757, 5.8007),
    "Frasne": Point(46.8561, 6.1571),
    # Villages too small for the list of towns.
    "Petit-Croix": Point(47.616, 6.978),
    "Montbarrey": Point(47.016, 5.639),
    "La Chaux-des-Crotenay": Point(46.662, 5.968),
    "L'Hôpital-du-Grosbois": Point(47.177, 6.216),
    "Saincaize": Point(46.932, 3.071),
    "Grand'Combe-Châteleu": Point(47.045, 6.575),
    "Béard": Point(46.865, 3.318),
    "Vauzelles": Point(47.006, 3.146),
    "Le Banlay": Point(47.003, 3.158),
    "Culmont-Chalindrey": Point(47.809, 5.430),
    "Zürich HB": Point(47.3782, 8.5402),
    "Genève": Point(46.2102, 6.1424),
    "Neuchâtel": Point(46.9967, 6.9358),
    "Bern": Point(46.9489, 7.4391),
    "Lausanne": Point(46.5168, 6.6291),
    "Vallorbe": Point(46.7124, 6.3707),
    "Le Locle": Point(47.0577, 6.7465),
    "La Chaux-de-Fonds": Point(47.0982, 6.8256),
    "Delémont": Point(47.3619, 7.3501),
    "Porrentruy": Point(47.4217, 7.0788),
    "Boncourt": Point(47.4957, 7.0145),
    "Mulhouse Ville": Point(47.7418, 7.3428),
    "Strasbourg": Point(48.5850, 7.7345),
    "Colmar": Point(48.0730, 7.3468),
    "Nancy Ville": Point(48.6898, 6.1744),
    "Toul": Point(48.6799, 5.8806),
    "Neufchâteau": Point(48.3573, 5.6951),
    "Troyes": Point(48.2956, 4.0650),
    "Chaumont": Point(48.1098, 5.1349),
    "Langres": Point(47.8766, 5.3428),
    "Épinal": Point(48.1781, 6.4418),
    "Montreux-Vieux": Point(47.612, 7.027),
    "Dannemarie": Point(47.630, 7.117),
    "Altkirch": Point(47.622, 7.239),
    "Bourg-en-Bresse": Point(46.2002, 5.2147),
    "Belleville-sur-Saône": Point(46.1072, 4.7383),
    "Villefranche-sur-Saône": Point(45.9846, 4.7208),
    "Pontanevaux": Point(46.213, 4.772),
    "Lamure-sur-Azergues": Point(46.061, 4.492),
    "Moulins-sur-Allier": Point(46.5608, 3.3385),
    "Vichy": Point(46.1259, 3.4149),
    "Clermont-Ferrand": Point(45.7787, 3.1004),
    "Montargis": Point(48.0073, 2.7434),
    "Gien": Point(47.705, 2.634),
    "Montereau": Point(48.382, 2.942),
}

STATION_TOWNS: dict[str, str] = {
    # Stations named otherwise than the town they stand in.
    "Champigny-sur-Yonne": "Champigny",
    "Étigny-Véron": "Étigny",
    "Saint-Florentin-Vergigny": "Vergigny",
    "Les Laumes-Alésia": "Venarey-les-Laumes",
    "Laroche-Migennes": "Migennes",
    "Auxerre-Saint-Gervais": "Auxerre",
    "Verrey": "Verrey-sous-Salmaise",
    "Velars": "Velars-sur-Ouche",
    "Plombières-Canal": "Plombières-lès-Dijon",
    "Serrigny": "Ladoix-Serrigny",
    "Fontaines-Mercurey": "Fontaines",
    "Fleurville - Pont-de-Vaux": "Fleurville",
    "Mâcon Ville": "Mâcon",
    "Dijon Ville": "Dijon",
    "Dole Ville": "Dole",
    "Besançon Viotte": "Besançon",
    "Magny": "Magny-sur-Tille",
    "Collonges": "Collonges-lès-Premières",
    "Dannemarie-Velesmes": "Dannemarie-sur-Crête",
    "Montferrand - Thoraise": "Montferrand-le-Château",
    "Torpes - Boussières": "Torpes",
    "Byans": "Byans-sur-Doubs",
    "Domblans - Voiteur": "Domblans",
    "Andelot": "Andelot-en-Montagne",
    "Bas-Évette": "Évette-Salbert",
    "Aillevillers": "Aillevillers-et-Lyaumont",
    "Ruffey": "Ruffey-lès-Echirey",
    "Saint-Julien - Clénay": "Saint-Julien",
    "Chemilly - Appoigny": "Chemilly-sur-Yonne",
    "Monéteau - Gurgy": "Monéteau",
    "Champs - Saint-Bris": "Champs-sur-Yonne",
    "Cravant - Bazarnes": "Cravant",
    "Sermizelles - Vézelay": "Sermizelles",
    "Cosne-sur-Loire": "Cosne-Cours-sur-Loire",
    "Tracy - Sancerre": "Tracy-sur-Loire",
    "La Charité": "La Charité-sur-Loire",
    "Étang": "Étang-sur-Arroux",
    "La Clayette - Baudemont": "Baudemont",
    "Saint-Jean-de-Losne": "Saint-Usage",
}

BIG_STATIONS: dict[str, int] = {
    "Dijon Ville": 10, "Besançon Viotte": 8, "Belfort": 6, "Lyon Part-Dieu": 11, "Paris Gare de Lyon": 12,
    "Paris Bercy": 8, "Paris Est": 8, "Mâcon Ville": 6, "Chalon-sur-Saône": 5, "Nevers": 6,
    "Laroche-Migennes": 6, "Dole Ville": 5, "Mulhouse Ville": 8, "Montbéliard": 4, "Lons-le-Saunier": 5,
    "Chagny": 5, "Montchanin": 5, "Mouchard": 4, "Auxerre-Saint-Gervais": 4, "Sens": 4, "Vesoul": 3,
    "Beaune": 4, "Frasne": 4, "Culmont-Chalindrey": 6, "Besançon Franche-Comté TGV": 4,
    "Belfort-Montbéliard TGV": 4, "Le Creusot TGV": 4, "Mâcon-Loché TGV": 4, "Paray-le-Monial": 4,
    "Étang": 4, "Bourg-en-Bresse": 6,
}  # fmt: skip
"""Platforms of the larger stations; the others have two."""
