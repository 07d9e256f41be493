"""The life of a booked ride, as data: what follows what, by whom and when; all else is refused.

    HELD ──► CONFIRMED ──► ABOARD ──► DONE
     │ │         │ │ └──► NO_SHOW  │
     │ └► EXPIRED│ └─► LATE_CANCEL │
     └───────────┴──► CANCELLED ◄──┘     a breakdown: ABOARD ──► CONFIRMED

What is over stays so, whoever comes late.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from on_demand.booking import Ending, OnDemandRide, RideStatus
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.ride_rules import RideRules

BOARD_EARLY_S = 3600
"""A driver may take somebody along so long before the promised window opens, if both are there; nobody needs to be."""


class Actor(StrEnum):
    """Who does it."""

    RIDER = "rider"
    """Or the agent on the phone, in their name."""
    OPERATOR = "operator"
    DRIVER = "driver"
    TIME = "time"


class When(StrEnum):
    """When it can be done."""

    ANY_TIME = "any-time"
    UNTIL_EXPIRY = "until-expiry"
    FROM_EXPIRY = "from-expiry"
    WHILE_FREE = "while-free"
    """Until `cancel_free_until`, inclusive."""
    WHEN_LATE = "when-late"
    """After it, until the promised pick-up window closes."""
    AT_PICKUP = "at-pickup"
    """From `BOARD_EARLY_S` before the window, as long as it can be reported."""
    AFTER_WAITING = "after-waiting"
    """The driver has waited `no_show_after_s` since the window opened; as long as it can be reported."""
    WHEN_OVER = "when-over"
    """Nobody reported it in time: silence is a promise kept."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One way on."""

    of: RideStatus
    to: RideStatus
    by: Actor
    when: When = When.ANY_TIME


_HELD, _CONFIRMED, _ABOARD = RideStatus.HELD, RideStatus.CONFIRMED, RideStatus.ABOARD
_CANCELLED, _LATE = RideStatus.CANCELLED, RideStatus.LATE_CANCEL

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_HELD, _CONFIRMED, Actor.RIDER, When.UNTIL_EXPIRY),
    Transition(_HELD, _CONFIRMED, Actor.OPERATOR, When.UNTIL_EXPIRY),
    Transition(_HELD, RideStatus.EXPIRED, Actor.TIME, When.FROM_EXPIRY),
    Transition(_HELD, _CANCELLED, Actor.RIDER),
    Transition(_HELD, _CANCELLED, Actor.OPERATOR),
    Transition(_CONFIRMED, _CANCELLED, Actor.RIDER, When.WHILE_FREE),
    Transition(_CONFIRMED, _LATE, Actor.RIDER, When.WHEN_LATE),
    Transition(_CONFIRMED, _CANCELLED, Actor.OPERATOR),
    Transition(_CONFIRMED, _ABOARD, Actor.DRIVER, When.AT_PICKUP),
    Transition(_CONFIRMED, _ABOARD, Actor.OPERATOR, When.AT_PICKUP),
    Transition(_CONFIRMED, _ABOARD, Actor.TIME, When.WHEN_OVER),
    Transition(_CONFIRMED, RideStatus.NO_SHOW, Actor.DRIVER, When.AFTER_WAITING),
    Transition(_CONFIRMED, RideStatus.NO_SHOW, Actor.OPERATOR, When.AFTER_WAITING),
    Transition(_ABOARD, RideStatus.DONE, Actor.DRIVER),
    Transition(_ABOARD, RideStatus.DONE, Actor.OPERATOR),
    Transition(_ABOARD, RideStatus.DONE, Actor.TIME, When.WHEN_OVER),
    Transition(_ABOARD, _CANCELLED, Actor.OPERATOR),
    Transition(_ABOARD, _CONFIRMED, Actor.OPERATOR),
)
"""All ways there are. Aboard, a ride is cancelled by a breakdown alone, or waits by the road for another vehicle."""

_WORDS: dict[RideStatus, tuple[str, str]] = {
    RideStatus.HELD: ("retenu, pas encore confirmé", "held, not confirmed yet"),
    RideStatus.CONFIRMED: ("confirmé", "confirmed"),
    RideStatus.EXPIRED: ("expiré", "expired"),
    RideStatus.CANCELLED: ("annulé", "cancelled"),
    RideStatus.LATE_CANCEL: ("annulé tardivement", "cancelled late"),
    RideStatus.ABOARD: ("en cours", "under way"),
    RideStatus.DONE: ("effectué", "done"),
    RideStatus.NO_SHOW: ("manqué", "missed"),
}


def step(ride: OnDemandRide, to: RideStatus, by: Actor, at: dt.datetime, rules: RideRules) -> OnDemandRide:
    """The ride in its next status. Raises OnDemandRefusedError: STATE when it never goes that way, EXPIRED, TOO_LATE or
    TOO_EARLY when it does at another time."""
    ways = [one for one in TRANSITIONS if (one.of, one.to, one.by) == (ride.status, to, by)]
    if not ways:
        raise _refused_state(ride, to)
    refusal = _find_refusal(ride, ways[0].when, at, rules)
    if refusal is not None:
        raise refusal
    ending = ride.ending
    if to in (_CANCELLED, _LATE):
        ending = Ending.OPERATOR if by is Actor.OPERATOR else Ending.RIDER
    free_until = ride.cancel_free_until
    if to is _CONFIRMED:
        free_until = free_cancel_until(ride.pickup_open_s, at, rules)
    return replace(
        ride,
        status=to,
        changed_at=max(at, ride.changed_at),
        expires_at=None,
        cancel_free_until=free_until,
        ending=ending,
    )


def cancel(ride: OnDemandRide, by: Actor, at: dt.datetime, rules: RideRules) -> OnDemandRide:
    """The ride cancelled, freely or late. Raises OnDemandRefusedError."""
    counts = by is Actor.RIDER and ride.status is _CONFIRMED and is_late(ride, at)
    return step(ride, _LATE if counts else _CANCELLED, by, at, rules)


def free_cancel_until(pickup_open_s: int, booked_at: dt.datetime, rules: RideRules) -> dt.datetime:
    """Until when a ride confirmed at an instant is cancelled freely."""
    pickup_at = dt.datetime.fromtimestamp(pickup_open_s, dt.UTC)
    return max(
        pickup_at - dt.timedelta(seconds=rules.free_cancel_s),
        booked_at + dt.timedelta(seconds=rules.regret_s),
    )


def is_late(ride: OnDemandRide, at: dt.datetime) -> bool:
    """Whether it is cancelled freely no longer."""
    return ride.cancel_free_until is not None and at > ride.cancel_free_until


def is_expired(ride: OnDemandRide, at: dt.datetime) -> bool:
    """Whether it is held and its time is over, though nobody has noticed yet."""
    return ride.status is _HELD and ride.expires_at is not None and ride.expires_at <= at


def _find_refusal(
    ride: OnDemandRide, when: When, at: dt.datetime, rules: RideRules
) -> OnDemandRefusedError | None:
    at_s = at.timestamp()
    reportable_s = ride.drop_close_s + rules.report_within_s
    if when is When.UNTIL_EXPIRY and is_expired(ride, at):
        return OnDemandRefusedError(
            Reason.EXPIRED,
            "Le délai de confirmation est passé et la place a été rendue : demandez une nouvelle offre.",
            "The time to confirm is over and the seat was given back: ask for a new quote.",
        )
    if when is When.FROM_EXPIRY and not is_expired(ride, at):
        return _too_early()
    if when is When.WHILE_FREE and is_late(ride, at):
        return OnDemandRefusedError(
            Reason.TOO_LATE,
            "Ce trajet ne s'annule plus librement.",
            "This ride cannot be cancelled freely any more.",
        )
    if when is When.WHEN_LATE and not is_late(ride, at):
        return _too_early()
    if when is When.WHEN_LATE and at_s > ride.pickup_close_s:
        return OnDemandRefusedError(
            Reason.TOO_LATE,
            "La prise en charge était prévue avant : ce trajet ne s'annule plus.",
            "The pick-up was promised for before: this ride cannot be cancelled any more.",
        )
    if when is When.AT_PICKUP and at_s < ride.pickup_open_s - BOARD_EARLY_S:
        return _too_early()
    if when is When.AFTER_WAITING and at_s < ride.pickup_open_s + rules.no_show_after_s:
        return OnDemandRefusedError(
            Reason.TOO_EARLY,
            f"Une absence se signale après {rules.no_show_after_s // 60} min d'attente à l'heure promise.",
            f"Somebody is missing after {rules.no_show_after_s // 60} min of waiting at the promised time.",
        )
    if when in (When.AT_PICKUP, When.AFTER_WAITING) and at_s > reportable_s:
        return OnDemandRefusedError(
            Reason.TOO_LATE,
            "Ce trajet ne se modifie plus.",
            "This ride is closed: it cannot be changed any more.",
        )
    if when is When.WHEN_OVER and at_s <= reportable_s:
        return _too_early()
    return None


def _too_early() -> OnDemandRefusedError:
    return OnDemandRefusedError(
        Reason.TOO_EARLY, "Ce n'est pas encore le moment.", "It is too early for that."
    )


def _refused_state(ride: OnDemandRide, to: RideStatus) -> OnDemandRefusedError:
    (is_french, is_english), (to_french, to_english) = _WORDS[ride.status], _WORDS[to]
    return OnDemandRefusedError(
        Reason.EXPIRED if ride.status is RideStatus.EXPIRED and to is _CONFIRMED else Reason.STATE,
        f"Le trajet est {is_french} : il ne peut pas devenir « {to_french} ».",
        f"The ride is {is_english}: it cannot become {to_english}.",
        "status",
    )
