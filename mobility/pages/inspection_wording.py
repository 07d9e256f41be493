"""What the page for inspectors says, in French and English. Both have the same keys."""

from __future__ import annotations

from mobility.pages.account_wording import ACCOUNT_WORDS

_COMMON = ("title", "skip", "language", "errors_title", "colon", "form_expired")

INSPECTION_WORDS: dict[str, dict[str, str]] = {
    "fr": {key: ACCOUNT_WORDS["fr"][key] for key in _COMMON}
    | {
        "inspection": "Contrôler un titre",
        "picture": "Photo du code",
        "picture_hint": "Prenez le code en photo, bien net ; ou une capture d’écran, ou un PDF.",
        "code": "Ou texte du code",
        "network": "Réseau",
        "network_hint": "Comme le tarif l’appelle, par exemple : ter",
        "zone": "Zone",
        "stop": "Arrêt",
        "vehicle": "Course ou véhicule",
        "vehicle_hint": "Le même pour tous ceux qui y contrôlent : il fait trouver les doubles utilisations.",
        "check": "Contrôler",
        "nothing_sent": "Prenez une photo du code, ou écrivez son texte.",
        "not_allowed": "Votre compte ne permet pas de contrôler des titres.",
        "green": "Valable",
        "orange": "À vérifier",
        "red": "Non valable",
        "ticket": "Titre",
        "product": "Produit",
        "travellers": "Voyageurs",
        "for_what": "Pour",
        "next": "Titre suivant",
        "everywhere": "tous les réseaux",
        "zones": "zones {zones}",
    },
    "en": {key: ACCOUNT_WORDS["en"][key] for key in _COMMON}
    | {
        "inspection": "Inspect a ticket",
        "picture": "Picture of the code",
        "picture_hint": "Take a sharp picture of the code; or a screenshot, or a PDF.",
        "code": "Or the text of the code",
        "network": "Network",
        "network_hint": "As the tariff calls it, for example: ter",
        "zone": "Zone",
        "stop": "Stop",
        "vehicle": "Trip or vehicle",
        "vehicle_hint": "The same for all who inspect in it: by it double use is found.",
        "check": "Inspect",
        "nothing_sent": "Take a picture of the code, or write its text.",
        "not_allowed": "Your account does not allow inspecting tickets.",
        "green": "Valid",
        "orange": "Have a look",
        "red": "Not valid",
        "ticket": "Ticket",
        "product": "Product",
        "travellers": "Travellers",
        "for_what": "For",
        "next": "Next ticket",
        "everywhere": "all networks",
        "zones": "zones {zones}",
    },
}
