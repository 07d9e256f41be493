"""What an inspector is told: a colour, one reason, and words in French and English."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from ticketing.tickets.code import Code


class Colour(StrEnum):
    """Green: let them ride. Red: this is no ticket for this ride. Orange: a person has to look or decide."""

    GREEN = "green"
    ORANGE = "orange"
    RED = "red"


class Reason(StrEnum):
    """Why. The first that applies, in the order of `ticketing.tickets.inspection`."""

    VALID = "valid"
    UNREADABLE = "unreadable"
    UNKNOWN_ISSUER = "unknown-issuer"
    UNKNOWN_KEY = "unknown-key"
    NO_KEY = "no-key"
    """The same, of a code that cannot even be read without it."""
    WRONG_SIGNATURE = "wrong-signature"
    KEY_WITHDRAWN = "key-withdrawn"
    KEY_NOT_VALID = "key-not-valid"
    NOT_LIVE = "not-live"
    STALE = "stale"
    AHEAD = "ahead"
    WRONG_NETWORK = "wrong-network"
    WRONG_ZONE = "wrong-zone"
    NOT_YET = "not-yet-valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"
    USED_ELSEWHERE = "used-elsewhere"
    SEEN_BEFORE = "seen-before"
    OTHER_STOPS = "other-stops"
    CLOCK = "clock"
    NO_LIST = "no-list"
    OLD_LIST = "old-list"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do, and why."""

    colour: Colour
    reason: Reason
    french: str
    english: str
    code: Code | None = None
    """What was read; None: nothing could be. Of what is not surely signed nothing is to be believed."""
    notes: tuple[tuple[str, str], ...] = ()
    """What else is worth knowing, in French and English, worst first."""
    list_as_of_s: int = 0
    """How old the list of cancelled tickets is that it was held against: of the ticket's issuer; 0: there was none."""


COLOURS: dict[Reason, Colour] = {
    Reason.VALID: Colour.GREEN,
    Reason.UNKNOWN_KEY: Colour.ORANGE,
    Reason.NO_KEY: Colour.ORANGE,
    Reason.SEEN_BEFORE: Colour.ORANGE,
    Reason.OTHER_STOPS: Colour.ORANGE,
    Reason.CLOCK: Colour.ORANGE,
    Reason.NO_LIST: Colour.ORANGE,
    Reason.OLD_LIST: Colour.ORANGE,
}
"""All others are red."""

WORDS: dict[Reason, tuple[str, str]] = {
    Reason.VALID: ("Titre valable jusqu’au {until}.", "Valid until {until}."),
    Reason.UNREADABLE: (
        "Ce n’est pas un titre de transport lisible ({why}).",
        "This cannot be read as a ticket: {why}.",
    ),
    Reason.UNKNOWN_ISSUER: (
        "Titre d’un émetteur inconnu, « {issuer} » : pas de clé pour le vérifier.",
        "Of an unknown issuer, '{issuer}': there is no key to verify it.",
    ),
    Reason.UNKNOWN_KEY: (
        "La clé {key} de « {issuer} » n’est pas dans cet appareil (synchronisé le {synced}) : synchronisez, puis "
        "scannez à nouveau.",
        "Key {key} of '{issuer}' is not on this device (synchronised {synced}): synchronise, then scan again.",
    ),
    Reason.NO_KEY: (
        "Pas de clé pour vérifier ce titre ({why}) : synchronisez, puis scannez à nouveau.",
        "There is no key to verify this ticket ({why}): synchronise, then scan again.",
    ),
    Reason.WRONG_SIGNATURE: (
        "Signature fausse : titre falsifié ou abîmé.",
        "Wrong signature: forged or damaged.",
    ),
    Reason.KEY_WITHDRAWN: (
        "La clé {key} a été retirée le {at} : ce code ne prouve plus rien. Le titre {ref} peut être réédité.",
        "Key {key} was withdrawn on {at}: this code proves nothing any more. Ticket {ref} can be issued anew.",
    ),
    Reason.KEY_NOT_VALID: (
        "La clé {key} ne signait pas le {at} : titre falsifié.",
        "Key {key} did not sign on {at}: forged.",
    ),
    Reason.NOT_LIVE: (
        "Copie d’un titre de téléphone : demandez à le voir dans l’application.",
        "A copy of a ticket on a telephone: ask to see it in the app.",
    ),
    Reason.STALE: (
        "Image vieille de {seconds} s : demandez à voir l’application, pas une capture d’écran.",
        "This picture is {seconds} s old: ask to see the app, not a screenshot.",
    ),
    Reason.AHEAD: (
        "Image en avance de {seconds} s : l’heure du téléphone, ou de cet appareil, est fausse.",
        "This picture is {seconds} s ahead: the telephone's clock, or this device's, is wrong.",
    ),
    Reason.WRONG_NETWORK: (
        "Pas valable sur « {here} » : il l’est sur {networks}.",
        "Not valid on '{here}': it is for {networks}.",
    ),
    Reason.WRONG_ZONE: (
        "Pas valable en zone {here} : zones {zones}.",
        "Not valid in zone {here}: zones {zones}.",
    ),
    Reason.NOT_YET: ("Valable seulement à partir du {at}.", "Only valid from {at}."),
    Reason.EXPIRED: ("Expiré depuis le {at}.", "Expired on {at}."),
    Reason.REVOKED: (
        "Annulé le {at} : remboursé, échangé ou révoqué.",
        "Cancelled on {at}: refunded, exchanged or revoked.",
    ),
    Reason.REPLACED: (
        "Remplacé par un code plus récent (autre téléphone ou réédition) : demandez à voir celui-là.",
        "Replaced by a newer code (another telephone, or issued anew): ask to see that one.",
    ),
    Reason.USED_ELSEWHERE: (
        "Déjà utilisé dans un autre véhicule ({vehicle}, {at}) : {rule}.",
        "Used in another vehicle ({vehicle}, {at}): {rule}.",
    ),
    Reason.SEEN_BEFORE: (
        "Valable, mais déjà contrôlé ici le {at} : est-ce la même personne ?",
        "Valid, but checked here already on {at}: is it the same person?",
    ),
    Reason.OTHER_STOPS: (
        "Valable de {origin} à {destination} : vérifiez que {here} est sur le trajet.",
        "Valid from {origin} to {destination}: check that {here} is on the way.",
    ),
    Reason.CLOCK: (
        "Émis le {at}, donc après l’heure de cet appareil : vérifiez l’heure de l’appareil.",
        "Issued on {at}, later than this device's clock: check the clock of this device.",
    ),
    Reason.NO_LIST: (
        "Signature et dates justes, mais sans liste des titres annulés : synchronisez.",
        "Signature and dates are right, but there is no list of cancelled tickets: synchronise.",
    ),
    Reason.OLD_LIST: (
        "Signature et dates justes, mais la liste des titres annulés date du {at} : synchronisez.",
        "Signature and dates are right, but the list of cancelled tickets is of {at}: synchronise.",
    ),
}

NEWER_THAN_LIST = (
    "Émis après la liste des titres annulés ({at}) : non contrôlé contre elle.",
    "Issued after the list of cancelled tickets ({at}): not checked against it.",
)
AT_THE_EDGE = (
    "Admis par la tolérance d’horloge de {seconds} s.",
    "Within the clock tolerance of {seconds} s.",
)
RULES: dict[str, tuple[str, str]] = {
    "two-at-once": ("deux véhicules presque en même temps", "two vehicles at almost the same time"),
    "came-back": ("revenu dans un véhicule après un autre", "back in a vehicle after another one"),
    "too-many-rides": ("plus de trajets que le titre n’en permet", "more rides than it is for"),
}
"""Of `ticketing.tickets.double_use`."""


LAST_S = 253_370_764_800
"""The first of January 9999: what codes say may be later, calendars are not."""


def told(at_s: int, zone: ZoneInfo, french: bool) -> str:
    """An instant for people, in local time; where the clock shows it twice, in the night it is put back, with its
    difference from UTC."""
    local = dt.datetime.fromtimestamp(min(at_s, LAST_S), zone)
    text = f"{local:%d/%m/%Y à %H:%M}" if french else f"{local:%Y-%m-%d %H:%M}"
    other = local.replace(fold=1 - local.fold)
    if other.utcoffset() == local.utcoffset():
        return text
    offset = local.utcoffset()
    assert offset is not None
    return f"{text} (UTC{offset.total_seconds() / 3600:+.0f})"
