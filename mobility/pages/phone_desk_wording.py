"""What the pages of the telephone of a service say, in French and English, beside what those of rides do. Both have the
same keys."""

from __future__ import annotations

from mobility.pages.on_demand_wording import ON_DEMAND_WORDS
from mobility.pages.wording import WORDS

_OF_SEARCH = ("from", "to", "adults", "children", "wheelchairs", "companions")
"""Words of the journeys page's own form."""

PHONE_DESK_WORDS: dict[str, dict[str, str]] = {
    "fr": {
        **ON_DEMAND_WORDS["fr"],
        **{f"field_{key}": WORDS["fr"][key] for key in _OF_SEARCH},
        "desk": "Réserver par téléphone",
        "search": "Chercher un trajet",
        "search_hint": "La page des trajets dit ce qui est possible, ou pourquoi rien ne l’est et quand ce le sera. De "
        "là, « Réserver le transport à la demande » puis « Réserver pour quelqu’un au téléphone » ramènent ici.",
        "party": "Qui voyage",
        "who_calls": "Qui appelle ?",
        "phone_number": "Numéro de téléphone",
        "phone_hint": "National ou international. Il tient lieu de compte, et n’apparaît dans aucune adresse.",
        "look_up": "Chercher ses trajets",
        "found": "Trajets de ce numéro",
        "nobody": "Personne n’a encore réservé avec ce numéro.",
        "with_account": "{name} (compte)",
        "no_name": "Sans nom",
        "no_rides_of": "Aucun trajet à venir ni des deux dernières semaines.",
        "row": "{title} – {status}",
        "for_caller": "Réserver pour quelqu’un au téléphone",
        "name": "Nom",
        "hold_for": "Garder la place",
        "hold_for_hint": "La place est gardée quelques minutes ; vous confirmez à l’étape suivante.",
        "ride_title": "Trajet réservé par téléphone",
        "of_caller": "Pour {name}, {phone}",
        "back_to_desk": "Revenir aux appels",
    },
    "en": {
        **ON_DEMAND_WORDS["en"],
        **{f"field_{key}": WORDS["en"][key] for key in _OF_SEARCH},
        "desk": "Book by telephone",
        "search": "Look for a ride",
        "search_hint": "The journeys page says what is possible, or why nothing is and when it next would be. From "
        "there “Book the on-demand ride”, then “Book for somebody on the phone” lead back here.",
        "party": "Who travels",
        "who_calls": "Who is calling?",
        "phone_number": "Telephone number",
        "phone_hint": "National or international. It stands for an account, and is in no address.",
        "look_up": "Find their rides",
        "found": "Rides of this number",
        "nobody": "Nobody has booked by this number yet.",
        "with_account": "{name} (account)",
        "no_name": "No name",
        "no_rides_of": "No ride to come, nor of the last two weeks.",
        "row": "{title} – {status}",
        "for_caller": "Book for somebody on the phone",
        "name": "Name",
        "hold_for": "Keep the place",
        "hold_for_hint": "The place is kept for some minutes; you confirm in the next step.",
        "ride_title": "A ride booked by telephone",
        "of_caller": "For {name}, {phone}",
        "back_to_desk": "Back to the calls",
    },
}
