"""What the pages say, in French and English. Both have the same keys."""

from __future__ import annotations

import datetime as dt

LANGUAGES = ("fr", "en")

WORDS: dict[str, dict[str, str]] = {
    "fr": {
        "title": "Itinéraires en transports",
        "title_results": "{origin} → {destination}",
        "skip": "Aller au contenu",
        "language": "Langue",
        "form": "Votre trajet",
        "from": "Départ",
        "to": "Arrivée",
        "place_hint": "Arrêt, gare ou commune",
        "when": "Quand",
        "depart": "Partir à",
        "arrive": "Arriver avant",
        "date": "Date",
        "time": "Heure",
        "party": "Voyageurs",
        "party_hint": "Pour ce qui se réserve, comme le transport à la demande.",
        "adults": "Adultes",
        "children": "Enfants",
        "wheelchairs": "En fauteuil roulant",
        "companions": "Accompagnateurs de personnes en fauteuil",
        "category": "Tarif des adultes",
        "category_wrong": "Ce tarif n’existe pas : choisissez dans la liste.",
        "cards": "Cartes de réduction des adultes",
        "cards_hint": "Une fois connecté, vos abonnements, carnets et cartes comptent d’eux-mêmes dans les prix.",
        "card_wrong": "Le tarif de ce jour ne connaît pas une de ces cartes : décochez-la.",
        "wishes": "Vos souhaits",
        "wish": "Préférer",
        "wish_arrival": "arriver tôt, avec peu de correspondances",
        "wish_price": "payer moins",
        "wish_walking": "marcher moins",
        "wish_emissions": "émettre moins de CO₂",
        "wish_wrong": "Ce souhait n’existe pas : choisissez dans la liste.",
        "heads_wrong": "Indiquez un nombre de 0 à {count}.",
        "nobody_travels": "Indiquez au moins un voyageur.",
        "companions_wrong": "Au plus un accompagnateur par fauteuil roulant.",
        "search": "Rechercher",
        "error_title": "Le formulaire contient une erreur",
        "errors_title": "Le formulaire contient des erreurs",
        "from_missing": "Indiquez un lieu de départ.",
        "to_missing": "Indiquez un lieu d’arrivée.",
        "place_unknown": "Aucun arrêt ni commune ne correspond à « {text} ». Vérifiez "
        "l’orthographe ou essayez une commune voisine.",
        "date_wrong": "Cette date n’existe pas. Écrivez-la comme {example}.",
        "time_wrong": "Cette heure n’existe pas. Écrivez-la comme {example}.",
        "time_missing_hour": "Le {date}, {time} n’existe pas : on passe à l’heure "
        "d’été. Choisissez par exemple {instead}.",
        "time_repeated": "Le {date}, {time} vient deux fois : on passe à "
        "l’heure d’hiver. Vous voyez {chosen}.",
        "time_first": "la première ({offset})",
        "time_second": "la seconde ({offset})",
        "time_show_other": "Voir {other}",
        "page_wrong": "Ce lien « plus tôt » ou « plus tard » n’est pas valable. Relancez la recherche.",
        "understood": "Compris comme : {name}",
        "choose_one": "« {text} » : vouliez-vous dire ceci ?",
        "choose": "Plusieurs lieux correspondent à « {text} ». Lequel ?",
        "choices_from": "Précisez le départ.",
        "choices_to": "Précisez l’arrivée.",
        "kind_stop": "arrêt",
        "kind_station": "gare",
        "kind_commune": "commune",
        "kind_locality": "lieu-dit",
        "kind_poi": "lieu",
        "results": "{count} itinéraires",
        "results_one": "1 itinéraire",
        "nothing": "Aucun itinéraire",
        "nothing_here": "Aucun itinéraire dans cette plage horaire.",
        "search_then": "Chercher à partir de ce départ",
        "wait_for_place": "Attendre une place",
        "earlier": "Plus tôt",
        "later": "Plus tard",
        "pages": "Autres horaires",
        "cut_off": "La recherche a duré trop longtemps et a été interrompue "
        ": il peut exister d’autres itinéraires.",
        "direct": "direct",
        "no_vehicle": "sans transport en commun",
        "changes_one": "1 correspondance",
        "changes": "{count} correspondances",
        "walking": "{duration} à pied",
        "emissions": "{amount} CO₂e",
        "emissions_unknown": "émissions inconnues",
        "emissions_lowest": "Émissions les plus basses",
        "emissions_note": "Gaz à effet de serre par personne, énergie et fabrication "
        "du véhicule. Source : {source} ({version}).",
        "live_none": "Horaires théoriques, sans temps réel.",
        "live_live": "Heures en temps réel là où c’est indiqué ; ailleurs, horaires théoriques.",
        "live_stale": "Le temps réel n’arrive plus : horaires théoriques.",
        "live": "temps réel",
        "on_time": "à l’heure",
        "late": "retard de {duration}",
        "early": "en avance de {duration}",
        "planned_at": "prévu {time}",
        "instead_of": "au lieu de {track}",
        "cancelled": "supprimé",
        "not_served": "non desservi",
        "added": "course supplémentaire",
        "alert": "Info trafic",
        "colon": " :",
        "more": "En savoir plus",
        "platform": "quai {track}",
        "track": "voie {track}",
        "towards": "vers {headsign}",
        "number": "n° {number}",
        "line": "Ligne {name}",
        "stops_one": "1 arrêt intermédiaire",
        "stops": "{count} arrêts intermédiaires",
        "walk_to": "jusqu’à {place}",
        "change_at": "Correspondance",
        "stay_seated": "Restez à bord",
        "call_agency": "Sur réservation auprès de {agency}",
        "ask_driver": "À demander au conducteur",
        "ride_seat": "{price} la place",
        "price_unknown": "prix inconnu",
        "price_lowest": "Le moins cher",
        "instead_of_price": "au lieu de {price}",
        "seats_left": "{count} places libres",
        "seats_left_one": "1 place libre",
        "pickup_between": "Passe entre {from_time} et {until_time}, arrivée avant {arrival}",
        "book_until": "À réserver avant {time}",
        "book_until_day": "À réserver avant le {day} à {time}",
        "book_ride": "Réserver ce trajet",
        "buy_journey": "Acheter ce voyage et réserver ses places",
        "exchange_journey": "Échanger contre ce voyage : voir la différence",
        "exchange_note": "Vous échangez un titre : choisissez le voyage à prendre à la place, puis confirmez.",
        "exchange_back": "Revenir à la commande",
        "exchange_wrong": "Ce lien d’échange est incomplet : revenez à votre commande et recommencez de là.",
        "book_on_demand": "Réserver le transport à la demande",
        "ride_closed": "Trop tard pour réserver : à l’arrêt, le conducteur peut vous prendre s’il lui reste une place",
        "ride_full": "Complet",
        "phone": "Téléphone : {phone}",
        "day_after": "+{count} j",
        "day_after_long": "arrivée {count} jour(s) plus tard",
        "synthetic": "Données synthétiques : ces horaires sont inventés pour "
        "la démonstration. Ne voyagez pas avec.",
        "synthetic_short": "données synthétiques",
        "sources": "Sources des horaires",
        "api": "Interface pour les applications",
        "nothing_served": "Aucun horaire n’est chargé pour le moment. Revenez dans quelques minutes.",
        "WALK": "À pied",
        "BIKE": "Vélo",
        "CAR": "Voiture",
        "AIRPLANE": "Avion",
        "HIGHSPEED_RAIL": "Train à grande vitesse",
        "LONG_DISTANCE": "Train grandes lignes",
        "NIGHT_RAIL": "Train de nuit",
        "REGIONAL_RAIL": "Train régional",
        "SUBURBAN": "Train de banlieue",
        "SUBWAY": "Métro",
        "TRAM": "Tramway",
        "BUS": "Bus",
        "COACH": "Car",
        "FERRY": "Bateau",
        "FUNICULAR": "Funiculaire",
        "AERIAL_LIFT": "Téléphérique",
        "ODM": "Transport à la demande",
        "FLEX": "Transport à la demande",
        "RIDE_SHARING": "Covoiturage",
        "OTHER": "Transport",
    },
    "en": {
        "title": "Journeys by public transport",
        "title_results": "{origin} → {destination}",
        "skip": "Skip to content",
        "language": "Language",
        "form": "Your journey",
        "from": "From",
        "to": "To",
        "place_hint": "Stop, station or town",
        "when": "When",
        "depart": "Leave at",
        "arrive": "Arrive by",
        "date": "Date",
        "time": "Time",
        "party": "Travellers",
        "party_hint": "For what is booked, such as on-demand transport.",
        "adults": "Adults",
        "children": "Children",
        "wheelchairs": "In a wheelchair",
        "companions": "Companions of people in wheelchairs",
        "category": "Fare of the adults",
        "category_wrong": "There is no such fare: choose from the list.",
        "cards": "Reduction cards of the adults",
        "cards_hint": "Once you are signed in, your passes, carnets and cards count in prices by themselves.",
        "card_wrong": "The tariff of that day does not know one of these cards: clear its box.",
        "wishes": "Your wishes",
        "wish": "Prefer",
        "wish_arrival": "to arrive early, with few changes",
        "wish_price": "to pay less",
        "wish_walking": "to walk less",
        "wish_emissions": "to emit less CO₂",
        "wish_wrong": "There is no such wish: choose from the list.",
        "heads_wrong": "Give a number from 0 to {count}.",
        "nobody_travels": "Give at least one traveller.",
        "companions_wrong": "At most one companion a wheelchair.",
        "search": "Search",
        "error_title": "There is a problem with what was entered",
        "errors_title": "There are problems with what was entered",
        "from_missing": "Enter where you leave from.",
        "to_missing": "Enter where you go to.",
        "place_unknown": "No stop or town is called “{text}”. Check the spelling or try a town nearby.",
        "date_wrong": "There is no such date. Write it like {example}.",
        "time_wrong": "There is no such time. Write it like {example}.",
        "time_missing_hour": "On {date} there is no {time}: clocks go forward. "
        "Choose {instead}, for example.",
        "time_repeated": "On {date}, {time} comes twice: clocks go back. You see {chosen}.",
        "time_first": "the first ({offset})",
        "time_second": "the second ({offset})",
        "time_show_other": "Show {other}",
        "page_wrong": "This “earlier” or “later” link is not valid. Search again.",
        "understood": "Understood as: {name}",
        "choose_one": "“{text}”: did you mean this?",
        "choose": "Several places are called “{text}”. Which one?",
        "choices_from": "Choose where you leave from.",
        "choices_to": "Choose where you go to.",
        "kind_stop": "stop",
        "kind_station": "station",
        "kind_commune": "town",
        "kind_locality": "locality",
        "kind_poi": "place",
        "results": "{count} journeys",
        "results_one": "1 journey",
        "nothing": "No journey",
        "nothing_here": "No journey in this stretch of time.",
        "search_then": "Search from this departure",
        "wait_for_place": "Wait for a place",
        "earlier": "Earlier",
        "later": "Later",
        "pages": "Other times",
        "cut_off": "The search took too long and was cut off: there may be other journeys.",
        "direct": "direct",
        "no_vehicle": "without public transport",
        "changes_one": "1 change",
        "changes": "{count} changes",
        "walking": "{duration} on foot",
        "emissions": "{amount} CO₂e",
        "emissions_unknown": "emissions unknown",
        "emissions_lowest": "Lowest emissions",
        "emissions_note": "Greenhouse gases per person, energy and making of the "
        "vehicle. Source: {source} ({version}).",
        "live_none": "Scheduled times, without real time.",
        "live_live": "Real times where it says so; scheduled times elsewhere.",
        "live_stale": "Real time no longer comes in: scheduled times.",
        "live": "real time",
        "on_time": "on time",
        "late": "{duration} late",
        "early": "{duration} early",
        "planned_at": "planned {time}",
        "instead_of": "instead of {track}",
        "cancelled": "cancelled",
        "not_served": "not served",
        "added": "additional trip",
        "alert": "Service alert",
        "colon": ":",
        "more": "Read more",
        "platform": "platform {track}",
        "track": "track {track}",
        "towards": "to {headsign}",
        "number": "no. {number}",
        "line": "Line {name}",
        "stops_one": "1 stop between",
        "stops": "{count} stops between",
        "walk_to": "to {place}",
        "change_at": "Change",
        "stay_seated": "Stay on board",
        "call_agency": "To be booked with {agency}",
        "ask_driver": "Ask the driver",
        "ride_seat": "{price} a seat",
        "price_unknown": "price unknown",
        "price_lowest": "Lowest price",
        "instead_of_price": "instead of {price}",
        "seats_left": "{count} seats left",
        "seats_left_one": "1 seat left",
        "pickup_between": "Comes between {from_time} and {until_time}, arrives before {arrival}",
        "book_until": "To be booked before {time}",
        "book_until_day": "To be booked before {day} at {time}",
        "book_ride": "Book this ride",
        "buy_journey": "Buy this journey, and book its seats",
        "exchange_journey": "Exchange for this journey: see the difference",
        "exchange_note": "You are exchanging a ticket: choose the journey to take instead, then confirm.",
        "exchange_back": "Back to the order",
        "exchange_wrong": "This link of an exchange is incomplete: go back to your order, and begin again there.",
        "book_on_demand": "Book the on-demand ride",
        "ride_closed": "Too late to book: at the stop, the driver may take you along if there is a seat left",
        "ride_full": "Full",
        "phone": "Telephone: {phone}",
        "day_after": "+{count} d",
        "day_after_long": "arrival {count} day(s) later",
        "synthetic": "Synthetic data: these times are made up for demonstration. Do not travel by them.",
        "synthetic_short": "synthetic data",
        "sources": "Sources of the timetables",
        "api": "Interface for applications",
        "nothing_served": "No timetable is loaded at the moment. Please come back in a few minutes.",
        "WALK": "Walk",
        "BIKE": "Bicycle",
        "CAR": "Car",
        "AIRPLANE": "Plane",
        "HIGHSPEED_RAIL": "High-speed train",
        "LONG_DISTANCE": "Long-distance train",
        "NIGHT_RAIL": "Night train",
        "REGIONAL_RAIL": "Regional train",
        "SUBURBAN": "Suburban train",
        "SUBWAY": "Metro",
        "TRAM": "Tram",
        "BUS": "Bus",
        "COACH": "Coach",
        "FERRY": "Ferry",
        "FUNICULAR": "Funicular",
        "AERIAL_LIFT": "Cable car",
        "ODM": "On-demand transport",
        "FLEX": "On-demand transport",
        "RIDE_SHARING": "Carpool",
        "OTHER": "Transport",
    },
}

_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_HARD = "\u00a0"


def _keep_together(text: str) -> str:
    """French punctuation stands apart from its word, and never alone at the beginning of a line."""
    for mark in (" »", " :", " ?", " !", " ;"):
        text = text.replace(mark, _HARD + mark[1:])
    return text.replace("« ", "«" + _HARD)


class Wording:
    """The words of one language, and how it writes dates, durations and amounts."""

    def __init__(self, language: str, words: dict[str, dict[str, str]] = WORDS) -> None:
        self.language = language
        self._words = {key: _keep_together(text) for key, text in words[language].items()}

    def __call__(self, key: str, **values: object) -> str:
        """The words for a key, with values filled in."""
        return self._words[key].format(**values)

    def count(self, key: str, count: int) -> str:
        """The words for a number of things: of one, the key ends with `_one`."""
        return self(f"{key}_one") if count == 1 else self(key, count=count)

    def mode(self, mode: str) -> str:
        """What people call a vehicle of this mode of the API."""
        return self._words.get(mode, self._words["OTHER"])

    def day(self, day: dt.date) -> str:
        """`mardi 11 mars 2025`, `Tuesday 11 March 2025`."""
        number = "1er" if day.day == 1 and self.language == "fr" else str(day.day)
        return f"{_DAYS[self.language][day.weekday()]} {number} {_MONTHS[self.language][day.month - 1]} {day.year}"

    def duration(self, seconds: float) -> str:
        """`1 h 05 min`, `12 min`; whole minutes, never less than they take."""
        hours, minutes = divmod(-(-int(seconds) // 60), 60)
        if not hours:
            return f"{minutes}{_HARD}min"
        return f"{hours}{_HARD}h{_HARD}{minutes:02}{_HARD}min" if minutes else f"{hours}{_HARD}h"

    def distance(self, metres: float) -> str:
        """`350 m`, `1,2 km`."""
        if metres < 1000:
            return f"{max(round(metres, -1), 10):.0f}{_HARD}m"
        return f"{self._decimal(metres / 1000)}{_HARD}km"

    def money(self, cents: int, currency: str) -> str:
        """`1,50 €`, `€1.50`; another currency by its code."""
        amount = f"{cents // 100}.{cents % 100:02}"
        if self.language == "fr":
            return f"{amount.replace('.', ',')}{_HARD}{'€' if currency == 'EUR' else currency}"
        return f"€{amount}" if currency == "EUR" else f"{currency}{_HARD}{amount}"

    def grams(self, grams: float) -> str:
        """`850 g`, `2,4 kg`."""
        return f"{grams:.0f}{_HARD}g" if grams < 1000 else f"{self._decimal(grams / 1000)}{_HARD}kg"

    def _decimal(self, number: float) -> str:
        written = f"{number:.1f}"
        return written.replace(".", ",") if self.language == "fr" else written
