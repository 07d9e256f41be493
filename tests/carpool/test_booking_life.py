"""Every way from status to status, allowed or refused; what is cancelled or validated stays so."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import pytest

from carpool.booking import Booking, BookingStatus, Ending
from carpool.booking_life import end, step
from carpool.refusal import CarpoolRefusedError, Reason

NOW = dt.datetime(2026, 3, 10, 5, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
W, C, X, P, V = (
    BookingStatus.WAITING_CONFIRMATION,
    BookingStatus.CONFIRMED,
    BookingStatus.CANCELLED,
    BookingStatus.COMPLETED_PENDING_VALIDATION,
    BookingStatus.VALIDATED,
)
BOOKING = Booking("b", "r", "theo", "alba", "dole", 1, 150, W, NOW, NOW, expires_at=LATER)

FORWARD = {(W, C), (C, P), (C, V), (P, V)}
ENDED = {
    (W, Ending.PASSENGER),
    (W, Ending.DRIVER),
    (W, Ending.OPERATOR),
    (W, Ending.EXPIRED),
    (C, Ending.PASSENGER),
    (C, Ending.DRIVER),
    (C, Ending.OPERATOR),
    (C, Ending.NO_SHOW),
    (C, Ending.DRIVER_NO_SHOW),
    (P, Ending.OPERATOR),
    (P, Ending.NO_SHOW),
    (P, Ending.DRIVER_NO_SHOW),
}


@pytest.mark.parametrize(("was", "to"), list(itertools.product(BookingStatus, BookingStatus)))
def test_steps(was: BookingStatus, to: BookingStatus) -> None:
    booking = replace(BOOKING, status=was)
    if (was, to) in FORWARD:
        assert step(booking, to, LATER) == replace(booking, status=to, changed_at=LATER, expires_at=None)
    else:
        with pytest.raises(CarpoolRefusedError) as refusal:
            step(booking, to, LATER)
        assert refusal.value.reason is Reason.STATE


@pytest.mark.parametrize(("was", "ending"), list(itertools.product(BookingStatus, Ending)))
def test_endings(was: BookingStatus, ending: Ending) -> None:
    booking = replace(BOOKING, status=was)
    if (was, ending) in ENDED:
        ended = end(booking, ending, LATER, "panne", True)
        assert (ended.status, ended.ending, ended.reason, ended.is_late) == (X, ending, "panne", True)
        assert not ended.holds_seats
    else:
        with pytest.raises(CarpoolRefusedError) as refusal:
            end(booking, ending, LATER)
        assert refusal.value.reason is Reason.STATE


def test_time_never_goes_back() -> None:
    confirmed = replace(BOOKING, status=C, changed_at=LATER)
    assert step(confirmed, P, NOW).changed_at == LATER
    assert end(confirmed, Ending.DRIVER, NOW).changed_at == LATER
