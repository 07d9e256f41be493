"""Regular rides: published once, their days are rides of their own, made four weeks ahead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import structlog

from carpool.line import Line
from carpool.publication import AHEAD_DAYS as PUBLISHED_DAYS
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.regular_days import check_regular, list_days, ride_id_of, ride_of
from carpool.ride import RegularRide, Ride
from ground.paris import paris_day
from mobility.accounts.caller import Caller, Permission
from mobility.acts.carpool_lines import get_line
from mobility.acts.find_rides import get_own_regular
from mobility.acts.free_time import check_free_time
from mobility.acts.idempotency import check_key, key_reused, keyed_id
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.publish_ride import cancel_in, check_driver, check_reason, lock_ride
from mobility.acts.ride_events import tell_ride
from mobility.journeys.public_holidays import is_holiday

log = structlog.get_logger(__name__)

AHEAD_DAYS = 28
"""Today and so many days after it are there as rides."""


@dataclass(frozen=True, slots=True)
class RegularDraft:
    """What a driver offers again and again."""

    line_id: str
    stop_ids: tuple[str, ...]
    leaves_at: dt.time
    """On the clocks of Europe/Paris."""
    weekdays: frozenset[int]
    """0 Monday to 6 Sunday."""
    valid_from: dt.date
    valid_to: dt.date
    seats: int
    on_public_holidays: bool = False
    notice_s: int = 900
    vehicle: str = ""
    note: str = ""
    needs_confirmation: bool = False


def publish_regular(ports: ActPorts, caller: Caller, draft: RegularDraft, key: str = "") -> RegularRide:
    """Publish a regular ride with the rides of its next days. The same `key` again gives the same one.

    Raises ForbiddenError and CarpoolRefusedError; also when one of its next days meets another ride of the driver's.
    """
    caller.require(Permission.PUBLISH_RIDES)
    check_key(key)
    now = ports.now()
    regular_id = keyed_id(caller.person, key) if key else ports.new_id()
    with ports.unit_of_work() as work:
        work.rides.lock_person(caller.person)
        line = get_line(work, draft.line_id)
        regular = RegularRide(
            id=regular_id,
            line_id=line.id,
            driver_id=caller.person,
            stop_ids=draft.stop_ids,
            leaves_at=draft.leaves_at.replace(tzinfo=None),
            weekdays=draft.weekdays,
            valid_from=draft.valid_from,
            valid_to=draft.valid_to,
            seats=draft.seats,
            published_at=now,
            on_public_holidays=draft.on_public_holidays,
            notice_s=draft.notice_s,
            vehicle=draft.vehicle.strip(),
            note=draft.note.strip(),
            needs_confirmation=draft.needs_confirmation,
        )
        known = work.rides.find_regular(regular_id)
        if known is not None:
            if (known.line_id, known.stop_ids, known.leaves_at) != (
                line.id,
                draft.stop_ids,
                regular.leaves_at,
            ):
                raise key_reused()
            return known
        check_regular(regular, line, paris_day(now))
        check_driver(work, caller.person, now)
        missing = _missing(work, regular, line, now)
        for ride in missing:
            check_free_time(work, caller.person, ride.starts_at, ride.ends_at)
        work.rides.put_regular(regular)
        for ride in missing:
            _put(work, ride, now)
        work.commit()
    return regular


def skip_day(ports: ActPorts, caller: Caller, regular_id: str, day: dt.date, reason: str = "") -> RegularRide:
    """The regular ride does not run on one day; whoever has booked it is told. Raises ForbiddenError and
    CarpoolRefusedError."""
    check_reason(reason)
    now = ports.now()
    with ports.unit_of_work() as work:
        get_own_regular(work, caller, regular_id)
        regular = work.rides.lock_regular(regular_id)
        assert regular is not None
        if day not in list_days(regular, day, day, lambda _: False):
            if day in regular.except_days:
                return regular
            raise CarpoolRefusedError(
                Reason.INVALID, f"Il ne circule pas le {day}.", f"It does not run on {day}.", "day"
            )
        skipping = replace(regular, except_days=regular.except_days | {day})
        work.rides.put_regular(skipping)
        ride = work.rides.lock_ride(ride_id_of(regular_id, day))
        if ride is not None:
            cancel_in(work, caller, ride, reason, now)
        work.commit()
    return skipping


def end_regular(
    ports: ActPorts, caller: Caller, regular_id: str, from_day: dt.date, reason: str = ""
) -> RegularRide:
    """The regular ride does not run from a day on (today or later); whoever has booked is told. Raises ForbiddenError
    and CarpoolRefusedError."""
    check_reason(reason)
    now = ports.now()
    today = paris_day(now)
    with ports.unit_of_work() as work:
        get_own_regular(work, caller, regular_id)
        if from_day < today:
            raise CarpoolRefusedError(
                Reason.TOO_LATE, f"Le {from_day} est passé.", f"{from_day} is in the past.", "from_day"
            )
        regular = work.rides.lock_regular(regular_id)
        assert regular is not None
        last = min(regular.valid_to, from_day - dt.timedelta(days=1))
        ended = replace(regular, valid_to=last, is_ended=last < max(today, regular.valid_from))
        work.rides.put_regular(ended)
        coming = work.rides.list_rides(
            now, now + dt.timedelta(days=2 * PUBLISHED_DAYS), regular_id=regular_id
        )
        for ride in coming:
            if paris_day(ride.starts_at) >= from_day and ride.starts_at > now:
                cancel_in(work, caller, lock_ride(work, ride.id), reason, now)
        work.commit()
    return ended


def materialise_rides(ports: ActPorts) -> int:
    """Make the rides of the next days of all regular rides, where they are missing; how many were made.

    A day that meets another ride of the driver's is left out until it does not any more.
    """
    now, made = ports.now(), 0
    with ports.unit_of_work(read_only=True) as work:
        lines = {line.id: line for line in work.rides.list_lines()}
        lacking = [
            regular
            for regular in work.rides.list_regulars()
            if _missing(work, regular, lines[regular.line_id], now)
        ]
    for one in lacking:
        with ports.unit_of_work() as work:
            work.rides.lock_person(one.driver_id)
            regular = work.rides.lock_regular(one.id)
            assert regular is not None
            for ride in _missing(work, regular, get_line(work, regular.line_id), now):
                try:
                    check_free_time(work, regular.driver_id, ride.starts_at, ride.ends_at)
                except CarpoolRefusedError:
                    continue
                _put(work, ride, now)
                made += 1
            work.commit()
    return made


def _missing(work: UnitOfWork, regular: RegularRide, line: Line, now: dt.datetime) -> list[Ride]:
    """The rides of the next days that are not there yet and have not left."""
    if not line.is_open:
        return []
    today = paris_day(now)
    days = list_days(regular, today, today + dt.timedelta(days=AHEAD_DAYS), is_holiday)
    first, last = now - dt.timedelta(days=2), now + dt.timedelta(days=2 * PUBLISHED_DAYS)
    known = {ride.id for ride in work.rides.list_rides(first, last, regular_id=regular.id)}
    try:
        rides = [ride_of(regular, line, day, now) for day in days if ride_id_of(regular.id, day) not in known]
    except CarpoolRefusedError as error:
        log.warning("a regular ride does not fit its line any more", regular=regular.id, why=error.english)
        return []
    return [ride for ride in rides if ride.starts_at > now]


def _put(work: UnitOfWork, ride: Ride, now: dt.datetime) -> None:
    work.rides.put_ride(ride)
    tell_ride(work, "ride.published", ride, now)
