"""Names for the invented stops of city networks, of the kind French towns use."""

from __future__ import annotations

import random
from collections.abc import Iterator

_PEOPLE = """
Victor Hugo|Jean Jaurès|Pasteur|Gambetta|Carnot|Voltaire|Rousseau|Lamartine|Colette|Bossuet|Vauban|Buffon|Courbet
Proudhon|Marie Curie|Jules Ferry|Jules Verne|Émile Zola|Montaigne|Molière|Racine|Rameau|Berlioz|Debussy|Ravel|Bizet
Monet|Cézanne|Renoir|Rodin|Camille Claudel|George Sand|Simone Veil|Louise Michel|Olympe de Gouges|Jean Moulin
Pierre Brossolette|Lucie Aubrac|Jean Zay|Léon Blum|Clemenceau|Mendès France|Général Leclerc|Maréchal Lyautey
Saint-Exupéry|Jean Mermoz|Blériot|Guynemer|Ampère|Arago|Lavoisier|Descartes|Pascal|Fourier|Condorcet|Diderot
D'Alembert|Montesquieu|La Fontaine|Perrault|Rabelais|Ronsard|Verlaine|Rimbaud|Baudelaire|Apollinaire|Éluard|Aragon
Prévert|Jacques Brel|Georges Brassens|Édith Piaf|Barbara|Charles Trenet|Bourvil|Jacques Tati|Lumière|Niépce|Nadar|Eiffel
Garibaldi|Kennedy|Churchill|Gandhi|Nelson Mandela|Rosa Parks|Anne Frank|Schweitzer|Schuman|Monnet|Alfred Nobel|Galilée
Copernic|Newton|Einstein|Marconi|Gutenberg|Mozart|Beethoven|Chopin|Liszt|Vivaldi|Paganini|Léonard de Vinci|Picasso
Matisse
"""

_LAND = """
Les Tilleuls|Les Acacias|Les Érables|Les Marronniers|Les Platanes|Les Peupliers|Les Saules|Les Noisetiers|Les Charmilles
Les Cerisiers|Les Pommiers|Les Vignes|Les Vergers|Les Jardins|Les Prés|Les Prairies|La Prairie|Les Champs|Les Coteaux
Les Hauts|La Colline|Le Vallon|La Combe|Le Plateau|Beau Site|Bellevue|Mirande|Montchapet|Belle Croix|La Croix Blanche
La Croix Rouge|Quatre Vents|Trois Fontaines|La Fontaine|Le Lavoir|La Source|Le Moulin|Vieux Moulin|Moulin à Vent
Le Canal|Écluse|Port du Canal|Le Port|Quai Vert|Les Rives|Bords de l'Eau|Île Verte|L'Étang|Les Marais|Le Gué
La Ferme|La Grange|La Bergerie|La Tuilerie|La Verrerie|La Forge|Les Forges|La Carrière|La Poterie|La Charbonnière
Le Bois|Petit Bois|Bois Joli|Orée du Bois|La Forêt|Le Chêne|Chêne Vert|Le Sapin|Clos Fleuri|Clos Saint-Jean|Le Clos
Clos des Rois|Les Roses|Les Lilas|Les Bruyères|Les Genêts|Les Violettes|Les Alouettes|Les Hirondelles|Les Rossignols
Les Merles|Le Coteau|Côte d'Or|Montagne Verte|Val Fleuri|Le Parc|Grand Pré|Longs Prés|Champ Rond|Champ Perdu
"""

_STREET = """
Hôtel de Ville|Préfecture|Palais de Justice|Cathédrale|Saint-Pierre|Saint-Paul|Saint-Jean|Saint-Michel|Saint-Nicolas
Notre-Dame|Sainte-Anne|Saint-Bénigne|Saint-Martin|Saint-Jacques|Abbaye|Cloître|Les Halles|Marché|Champ de Foire
Champ de Mars|Porte Neuve|Porte Rouge|Vieux Pont|Pont Neuf|Pont de Pierre|Faubourg|Remparts|Tour de Guet|Poudrière
Arsenal|Caserne|République|Liberté|Fraternité|8 Mai 1945|11 Novembre|14 Juillet|19 Mars|Europe|Nations|Bourgogne
Franche-Comté|Morvan|Jura|Doubs|Saône|Loire|Yonne|Paris|Lyon|Genève|Strasbourg|Mayence|Cîteaux|Ducs|Cordeliers
Jacobins|Ursulines|Carmes|Capucins|Tanneurs|Tonneliers|Vignerons|Drapiers|Orfèvres|Horlogers|Lunetiers|Imprimeurs
"""

_FACILITIES = """
Hôpital|Université|Zénith|Parc des Expositions|Zone Industrielle|Zone Artisanale|Technopole|Piscine|Patinoire|Stade
Palais des Sports|Gymnase|Lycée Agricole|Lycée Technique|Cité Scolaire|Campus|Clinique|Maison de Retraite|Cimetière
Centre Commercial|Grand Marché|Déchetterie|Parc Relais Nord|Parc Relais Sud|Aérodrome|Base de Loisirs|Le Lac|Golf
Hippodrome|Médiathèque|Théâtre|Cinéma|Musée|Archives|Observatoire|Maison des Associations
"""


def list_end_names() -> list[str]:
    """Where city lines end."""
    return _split(_FACILITIES)


def draw_names(lots: random.Random) -> Iterator[str]:
    """Different names without end: each of the lists in an order drawn by lot, then squares and alleys of them."""
    plain_names = [*_split(_PEOPLE), *_split(_LAND), *_split(_STREET)]
    yield from lots.sample(plain_names, len(plain_names))
    people = _split(_PEOPLE)
    for kind in ("Collège", "Square", "Rond-point", "Résidence", "Allée"):
        yield from (f"{kind} {name}" for name in lots.sample(people, len(people)))
    number = 1
    while True:
        yield f"Lotissement {number}"
        number += 1


def _split(text: str) -> list[str]:
    return [name for line in text.split("\n") for name in line.split("|") if name]
