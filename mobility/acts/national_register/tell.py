"""Keep the national register as our trips are: each journey there once, cancelled ones cancelled, amounts as granted.

What happens is decided from what is remembered, not from the event that woke us, so that events may come twice or
late. A journey is marked as perhaps sent before its request leaves: a process killed at any point, or an answer that
never comes, makes the same journey be sent again, which the register answers with 409 and we take as "it is there".
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carpool.trip import TripStatus
from ground.paris import paris_instant
from mobility.acts.national_register.journey import (
    Journey,
    JourneyUnsendableError,
    describe_journey,
    updatable,
)
from mobility.acts.national_register.ports import (
    Answer,
    RegisterClient,
    RegisterUnreachableError,
    SentJourney,
    State,
    Status,
    StatusSeen,
)
from mobility.acts.ports import UnitOfWork, UnitsOfWork

Json = dict[str, Any]

AT_ONCE_MAX = 200
"""Journeys looked at in one run."""

UNREACHABLE_MAX = 3
"""After so many unanswered requests in a row a run ends: the register is away."""

POLL_S = 3600.0
SETTLED_S = 48 * 3600
"""What the register says sooner after a trip may still change: its checks across operators take so long."""

AWAITED_DAYS = 60
"""So long a journey is looked after whose grant has not come."""

BACK_OFF_S, BACK_OFF_S_MAX = 30.0, 6 * 3600.0
LOOKS_BEFORE_GONE = 3
"""So often a journey that perhaps arrived is not found before its cancelling counts as done."""

OPEN_STATUSES = frozenset((Status.PENDING.value, Status.UNKNOWN.value, ""))


@dataclass(frozen=True)
class NationalPorts:
    """All that telling the national register needs. `read`: the journeys of a trip as they are now. `siret`: of who
    pays the incentives."""

    unit_of_work: UnitsOfWork
    now: Callable[[], dt.datetime]
    read: Callable[[UnitOfWork, str], Sequence[Journey]]
    siret: str
    client: RegisterClient | None = None
    """None: nothing is sent."""
    jitter: Callable[[], float] = lambda: 1.0
    """A factor around 1 for waits."""


def follow_trip(ports: NationalPorts, trip_id: str) -> int:
    """Something became of a trip: have its journeys told, and those that are none any more cancelled. How many it has.

    May be called at any time, by several at once: what is done follows from what the trip is now.
    """
    now = ports.now()
    with ports.unit_of_work() as work:
        work.lock(f"national register {trip_id}")
        table = work.national_journeys
        journeys = {journey.id: journey for journey in ports.read(work, trip_id)}
        newest: dict[str, SentJourney] = {}
        for known in table.list_of_trip(trip_id):
            locked = table.lock(known.id)
            assert locked is not None
            is_wanted = locked.journey_id in journeys
            if is_wanted or locked.is_wanted:
                changed = is_wanted is not locked.is_wanted
                due_at = locked.due_at if locked.state is State.REFUSED and not changed else now
                locked = replace(locked, is_wanted=is_wanted, due_at=due_at)
                table.put(locked)
            newest[locked.journey_id] = locked
        for identifier, journey in journeys.items():
            if identifier not in newest:
                table.put(_new(identifier, identifier, journey, now))
        work.commit()
    return len(journeys)


def follow_proven(ports: NationalPorts, since: dt.date) -> int:
    """Have the journeys of all proven trips told that began on a day (in Europe/Paris) or later: also those from when
    nothing was sent. How many trips those are."""
    begin = paris_instant(since, dt.time())
    with ports.unit_of_work(read_only=True) as work:
        trips = [
            state.id
            for line in work.rides.list_lines()
            for state in work.trips.list_like(line.id, begin, ports.now())
            if state.status is TripStatus.PROVEN
        ]
    for trip_id in trips:
        follow_trip(ports, trip_id)
    return len(trips)


def _new(identifier: str, journey_id: str, journey: Journey, now: dt.datetime) -> SentJourney:
    return SentJourney(
        id=identifier,
        journey_id=journey_id,
        trip_id=journey.trip_id,
        driver_id=journey.driver_id,
        passenger_id=journey.passenger_id,
        ended_at=journey.ended_at,
        due_at=now,
    )


def send_again(ports: NationalPorts, journey_id: str) -> bool:
    """Have a journey that was refused sent again, or one that is there updated; whether there is such a journey."""
    with ports.unit_of_work() as work:
        journey = work.national_journeys.lock(journey_id)
        if journey is None:
            return False
        state = State.WAITING if journey.state is State.REFUSED else journey.state
        work.national_journeys.put(
            replace(journey, state=state, sent={}, due_at=ports.now(), attempts=0, error="")
        )
        work.commit()
    return True


def tell_register(ports: NationalPorts) -> int:
    """Do what is due: send, update, cancel, ask for statuses. How many journeys were looked at."""
    if ports.client is None:
        return 0
    with ports.unit_of_work(read_only=True) as work:
        due = work.national_journeys.list_due(ports.now(), AT_ONCE_MAX)
    unreachable = 0
    for done, journey_id in enumerate(due):
        is_answered = tell_one(ports, journey_id)
        unreachable = 0 if is_answered else unreachable + 1
        if unreachable >= UNREACHABLE_MAX:
            return done + 1
    return len(due)


def tell_one(ports: NationalPorts, journey_id: str) -> bool:
    """One step for one journey; whether the register answered, or need not be asked."""
    step = _prepare(ports, journey_id)
    if step is None:
        return True
    assert ports.client is not None
    try:
        answer = ports.client.send(step.method, step.path, step.body)
    except RegisterUnreachableError as error:
        _record(ports, step, None, str(error))
        return False
    _record(ports, step, answer, answer.text)
    return True


@dataclass(frozen=True, slots=True)
class _Step:
    """A request that is about to leave, and what it is for."""

    journey_id: str
    kind: str
    """send, update, cancel or look."""
    method: str
    path: str
    body: str
    told: Json
    """What the register knows once it has accepted this."""
    exchange_id: int


def _prepare(ports: NationalPorts, journey_id: str) -> _Step | None:
    """Decide what is to do and remember that it is about to be done. None: nothing leaves."""
    now = ports.now()
    with ports.unit_of_work() as work:
        journey = work.national_journeys.lock(journey_id)
        if journey is None or journey.due_at is None or journey.due_at > now:
            return None
        try:
            journey, request = _decide(ports, work, journey, now)
        except JourneyUnsendableError as error:
            journey, request = replace(journey, state=State.REFUSED, due_at=None, error=str(error)), None
        work.national_journeys.put(journey)
        step = None
        if request is not None:
            kind, body, told = request
            method, path = _ADDRESSES[kind]
            path = path.format(journey_id)
            exchange_id = work.national_journeys.open_exchange(journey_id, now, method, path, body)
            step = _Step(journey_id, kind, method, path, body, told, exchange_id)
        work.commit()
    return step


_Request = tuple[str, str, Json]
"""What for, the body, and what the register knows once it has accepted it."""


def _decide(
    ports: NationalPorts, work: UnitOfWork, journey: SentJourney, now: dt.datetime
) -> tuple[SentJourney, _Request | None]:
    """What a journey is from now on, and what is to be asked; None: nothing. Raises JourneyUnsendableError."""
    if not journey.is_wanted:
        if journey.state in (State.UNCERTAIN, State.REGISTERED):
            return journey, ("cancel", json.dumps(CANCELLING), journey.sent)
        return replace(journey, state=State.CANCELLED, due_at=None, error=""), None
    try:
        facts = _find(ports, work, journey)
        described = None if facts is None else describe_journey(facts, journey.id, ports.siret)
    except JourneyUnsendableError:
        if journey.state is not State.REGISTERED:
            raise
        facts = described = None  # whoever it was is erased: what is there stays, and is looked at
    if journey.state is State.CANCELLED:
        exchanges = work.national_journeys.list_exchanges(journey.id)
        if not exchanges:  # it was given up before anything left
            return replace(journey, state=State.WAITING), None
        if facts is not None and any(one.path.endswith("/cancel") for one in exchanges):
            _come_back(work, journey, facts, now)
        return replace(journey, due_at=None), None
    if facts is None or described is None:
        if journey.state is State.REGISTERED:
            return journey, ("look", "", journey.sent)
        raise JourneyUnsendableError("its trip has no such journey any more")
    told = updatable(described)
    journey = replace(journey, is_granted=facts.is_granted)
    if journey.state is not State.REGISTERED:
        # Of several tries with other contents it is not known which one arrived: an update will say.
        is_same = journey.sent in ({}, told)
        sending = replace(journey, state=State.UNCERTAIN, sent=told if is_same else _UNKNOWN)
        return sending, ("send", json.dumps(described), told)
    if told != journey.sent:
        return journey, ("update", json.dumps({name: told[name] for name in told}), told)
    return journey, ("look", "", told)


def _find(ports: NationalPorts, work: UnitOfWork, journey: SentJourney) -> Journey | None:
    return next((one for one in ports.read(work, journey.trip_id) if one.id == journey.journey_id), None)


def _come_back(work: UnitOfWork, journey: SentJourney, facts: Journey, now: dt.datetime) -> None:
    """What was cancelled there stays so: a journey that is proven after all is told under another identifier."""
    tellings = [
        one
        for one in work.national_journeys.list_of_trip(journey.trip_id)
        if one.journey_id == journey.journey_id
    ]
    if all(one.state is State.CANCELLED for one in tellings):
        identifier = f"{journey.journey_id}n{len(tellings) + 1}"
        work.national_journeys.put(_new(identifier, journey.journey_id, facts, now))


CANCELLING = {"code": "trip_withdrawn"}
"""The reason is for the people concerned: the register learns that there is one."""

_UNKNOWN: Json = {"unknown": True}

_ADDRESSES = {
    "send": ("POST", "/journeys"),
    "update": ("PATCH", "/journeys/{}"),
    "cancel": ("POST", "/journeys/{}/cancel"),
    "look": ("GET", "/journeys/{}"),
}


def _record(ports: NationalPorts, step: _Step, answer: Answer | None, text: str) -> None:
    """Remember what came back, and what follows from it."""
    now = ports.now()
    with ports.unit_of_work() as work:
        table = work.national_journeys
        table.close_exchange(step.exchange_id, None if answer is None else answer.status, text)
        journey = table.lock(step.journey_id)
        assert journey is not None
        after, seen = _conclude(journey, step, answer, text, now, ports.jitter())
        if seen is not None and not _is_seen(table.list_statuses(journey.id), seen):
            table.add_status(journey.id, seen)
        table.put(after)
        work.commit()


def _is_seen(before: list[StatusSeen], seen: StatusSeen) -> bool:
    return bool(before) and (before[-1].status, before[-1].details) == (seen.status, seen.details)


def _conclude(
    journey: SentJourney, step: _Step, answer: Answer | None, text: str, now: dt.datetime, jitter: float
) -> tuple[SentJourney, StatusSeen | None]:
    """What a journey is after an answer (None: there was none), and the status that was seen with it."""
    if answer is None or answer.status >= 500 or answer.status in (401, 403, 408, 425, 429):
        words = text if answer is None else f"{answer.status}: {text}"
        wait_s = None if answer is None else answer.retry_after_s
        return _later(journey, now, jitter, words[:500], wait_s), None
    conclude = {"send": _sent, "update": _updated, "cancel": _cancelled, "look": _looked}[step.kind]
    after, seen = conclude(replace(journey, error=""), step, answer, now, jitter)
    return (after if after.attempts > journey.attempts else replace(after, attempts=0)), seen


_Concluded = tuple[SentJourney, StatusSeen | None]


def _sent(journey: SentJourney, step: _Step, answer: Answer, now: dt.datetime, jitter: float) -> _Concluded:
    if answer.status < 300 or answer.status == 409:
        seen = StatusSeen(now, Status.PENDING.value, {})
        there = replace(journey, state=State.REGISTERED)
        if answer.status < 300:
            there = replace(there, sent=step.told)
        return _next_look(replace(there, status=seen.status), now, jitter), seen
    if not journey.is_wanted:  # cancelled while it was sent, and not accepted: there is nothing to cancel
        return replace(journey, state=State.CANCELLED, due_at=None), None
    refused = replace(
        journey, state=State.REFUSED, due_at=None, error=f"{answer.status}: {answer.text[:500]}"
    )
    if answer.status != 422:
        return refused, None
    labels = _labels(answer.text)
    seen = StatusSeen(now, Status.TERMS_VIOLATION_ERROR.value, {"terms_violation_details": labels})
    return replace(refused, status=seen.status), seen


def _updated(
    journey: SentJourney, step: _Step, answer: Answer, now: dt.datetime, jitter: float
) -> _Concluded:
    if answer.status < 300:
        return replace(journey, sent=step.told, due_at=now), None
    # Not accepted: what is there stays; a person sees why, and may have it sent again.
    error = f"update {answer.status}: {answer.text[:500]}"
    return _next_look(replace(journey, sent=step.told, error=error), now, jitter), None


def _cancelled(
    journey: SentJourney, step: _Step, answer: Answer, now: dt.datetime, jitter: float
) -> _Concluded:
    if answer.status < 300 or answer.status == 409:  # 409: it was cancelled already
        seen = StatusSeen(now, Status.CANCELED.value, {})
        due_at = now if journey.is_wanted else None
        return replace(journey, state=State.CANCELLED, status=seen.status, due_at=due_at), seen
    looks = journey.attempts + 1
    if answer.status == 404 and journey.state is State.UNCERTAIN and looks >= LOOKS_BEFORE_GONE:
        return replace(journey, state=State.CANCELLED, due_at=None), None
    return _later(journey, now, jitter, f"cancel {answer.status}: {answer.text[:500]}"), None


def _looked(journey: SentJourney, step: _Step, answer: Answer, now: dt.datetime, jitter: float) -> _Concluded:
    said = _read(answer.text)
    status = said.get("status")
    if answer.status >= 300 or status not in {one.value for one in Status}:
        words = f"status {answer.status}: {answer.text[:500]}"
        return _next_look(replace(journey, error="" if answer.status == 404 else words), now, jitter), None
    if not journey.is_wanted:  # cancelled here while it was looked at: that comes first
        return replace(journey, due_at=now), StatusSeen(now, str(status), _details(said))
    national_id = str(said.get("journey_id") or journey.national_id)
    known = replace(journey, status=str(status), national_id=national_id[:64])
    seen = StatusSeen(now, str(status), _details(said))
    if (
        status == Status.CANCELED.value
    ):  # by a request of ours of which we heard nothing, before it was proven again
        return replace(known, state=State.CANCELLED, due_at=now), seen
    return _next_look(known, now, jitter), seen


def _details(said: Json) -> Json:
    names = ("fraud_error_labels", "anomaly_error_details", "terms_violation_details")
    return {name: said[name] for name in names if said.get(name)}


def _next_look(journey: SentJourney, now: dt.datetime, jitter: float) -> SentJourney:
    """Look again in a while, or after the register's last checks; what is settled then is not looked at any more."""
    settled_at = journey.ended_at + dt.timedelta(seconds=SETTLED_S)
    soon = now + dt.timedelta(seconds=POLL_S * jitter)
    if not journey.is_wanted:
        return replace(journey, due_at=now)
    if journey.status in OPEN_STATUSES:
        return replace(journey, due_at=soon)
    if now < settled_at:
        return replace(journey, due_at=settled_at)
    is_awaited = not journey.is_granted and now < settled_at + dt.timedelta(days=AWAITED_DAYS)
    return replace(journey, due_at=now + dt.timedelta(days=1) if is_awaited else None)


def _later(
    journey: SentJourney, now: dt.datetime, jitter: float, error: str, wait_s: float | None = None
) -> SentJourney:
    back_off_s = min(BACK_OFF_S * 2.0 ** min(journey.attempts, 20), BACK_OFF_S_MAX) * jitter
    wait = dt.timedelta(seconds=max(back_off_s, min(wait_s or 0.0, BACK_OFF_S_MAX)))
    return replace(journey, attempts=journey.attempts + 1, due_at=now + wait, error=error)


def _read(text: str) -> Json:
    """The object of an answer, with or without the envelope of JSON-RPC around it; {} where there is none."""
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    if isinstance(said, dict) and isinstance(said.get("result"), dict):
        said = said["result"].get("data")
    return said if isinstance(said, dict) else {}


def _labels(text: str) -> list[str]:
    """Which terms a refused journey violates."""
    try:
        labels = json.loads(text)["error"]["data"]["terms_violation_labels"]
    except (ValueError, KeyError, TypeError):
        return []
    return [str(label) for label in labels] if isinstance(labels, list) else [str(labels)]
