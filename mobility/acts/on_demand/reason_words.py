"""Why a service does not ride, in words for people."""

from __future__ import annotations

from mobility.acts.on_demand.room import DEADLINE_PASSED, NO_WAY, NOT_OPEN_YET
from on_demand.insertion import NoRoomReason
from on_demand.largest_party import PARTY_TOO_LARGE, Largest, largest_words
from on_demand.service_windows import WhyNot

_WORDS: dict[str, tuple[str, str]] = {
    WhyNot.OUTSIDE_ZONE: ("Le service ne va pas d'un lieu à l'autre.", "The service does not go there."),
    WhyNot.NOT_ON_THIS_DAY: (
        "Le service ne circule pas ce jour-là.",
        "The service does not run on that day.",
    ),
    WhyNot.OUTSIDE_HOURS: (
        "Le service ne circule pas à cette heure-là.",
        "The service does not run at that time.",
    ),
    DEADLINE_PASSED: ("Il est trop tard pour réserver ce trajet.", "It is too late to book this ride."),
    NOT_OPEN_YET: ("La réservation n'est pas encore ouverte.", "Booking is not open yet."),
    NO_WAY: ("Aucune route ne relie ces deux lieux.", "No road leads from one place to the other."),
    NoRoomReason.NO_VEHICLE: ("Aucun véhicule ne circule à ce moment-là.", "No vehicle is on the road then."),
    NoRoomReason.NO_SEAT: ("Il n'y a plus de place assise à ce moment-là.", "No seat is left at that time."),
    NoRoomReason.NO_WHEELCHAIR_PLACE: (
        "Il n'y a plus de place pour fauteuil roulant à ce moment-là.",
        "No place for a wheelchair is left at that time.",
    ),
    NoRoomReason.TOO_LONG: (
        "Le détour pour les autres voyageurs serait trop long.",
        "The way round for others would be too long.",
    ),
    NoRoomReason.NO_TIME: (
        "Tous les véhicules sont occupés ailleurs à ce moment-là.",
        "All vehicles are busy elsewhere at that time.",
    ),
    PARTY_TOO_LARGE: (
        "Le groupe est trop grand : un véhicule de ce service prend au plus {largest}.",
        "The party is too large: a vehicle of this service takes at most {largest}.",
    ),
}


def reason_words(reason: str, largest: Largest = ()) -> tuple[str, str]:
    """In French and in English. `largest`: of PARTY_TOO_LARGE."""
    french, english = (
        words.format(largest=named)
        for words, named in zip(_WORDS[reason], largest_words(largest), strict=True)
    )
    return french, english
