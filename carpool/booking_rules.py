"""The rules of booking, cancelling and not turning up. They are data: a version is valid from a day on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """From how many faults on somebody may not book (a passenger) or publish (a driver), and for how many days."""

    faults: int
    suspended_days: int
    """0: a warning."""


@dataclass(frozen=True, slots=True)
class BookingRules:
    """How seats are booked and given back. Durations in seconds."""

    valid_from: str
    """YYYY-MM-DD, in Europe/Paris."""
    seats_per_booking_max: int = 4
    confirm_within_s: int = 7200
    """A driver who confirms bookings has so long, and never longer than booking is open."""
    passenger_free_until_s: int = 3600
    """A passenger may cancel until so long before departure; later it is a fault."""
    regret_s: int = 300
    """Whoever booked takes it back freely for so long, however near the departure is."""
    driver_free_until_s: int = 7200
    """So may a driver who has passengers."""
    report_within_s: int = 86_400
    """So long after a ride somebody who did not turn up can be reported."""
    shift_with_passengers_s_max: int = 600
    """So far a driver may still move a call that somebody has booked; farther is to cancel and publish anew."""
    counted_days: int = 90
    """Faults are forgotten after so many days."""
    late_cancellations_a_fault: int = 2
    """So many late cancellations count as one fault; not turning up is one by itself."""
    ladder: tuple[Step, ...] = (Step(1, 0), Step(2, 7), Step(3, 30))
    """By growing number of faults."""


def rules_on(versions: tuple[BookingRules, ...], day: str) -> BookingRules:
    """The rules of a day (YYYY-MM-DD): of the newest version that is valid; the defaults where there is none."""
    valid = [rules for rules in versions if rules.valid_from <= day]
    return max(valid, key=lambda rules: rules.valid_from, default=BookingRules("0001-01-01"))
