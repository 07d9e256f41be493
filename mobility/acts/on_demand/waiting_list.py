"""Who finds no room waits: when there is some, the first in line it fits is held a ride for minutes, then the next."""

from __future__ import annotations

from mobility.accounts.caller import Caller, Permission
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.expire import expire
from mobility.acts.on_demand.hold import check_person, place_in, put_legs
from mobility.acts.on_demand.locked import MovedMeanwhileError, until_locked
from mobility.acts.on_demand.own_rides import Rider, get_own_waiting, require_booking, whose
from mobility.acts.on_demand.quote import Ask, check_ask, wish_of
from mobility.acts.on_demand.reason_words import reason_words
from mobility.acts.on_demand.ride_events import tell_ride, tell_waiting
from mobility.acts.on_demand.room import DEADLINE_PASSED, Possible, Refused, Room, Wish, rules_of
from mobility.acts.on_demand.services import get_service
from on_demand.insertion import NoRoomReason
from on_demand.largest_party import PARTY_TOO_LARGE
from on_demand.ports import Drives
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.waiting_list import Waiting, WaitingStatus, in_line, step


def join_waiting_list(
    ports: OnDemandPorts, caller: Caller, ask: Ask, rider: Rider | None = None, key: str = ""
) -> Waiting:
    """Wait for a ride with one service, which has none now. The same `key` again gives the same place.

    Raises ForbiddenError and OnDemandRefusedError: STATE when there is room after all, INVALID when there never is,
    as for a party larger than any vehicle.
    """
    require_booking(caller, rider)
    check_key(key)
    now = ports.acts.now()
    check_ask(ask, now)
    digest = digest_of("join waiting list", ask, rider or Rider())
    with ports.acts.unit_of_work() as work:
        person_id = whose(ports, work, caller, rider)
        work.on_demand.lock_person(person_id)
        known = find_answer(work.on_demand, person_id, key, digest)
        if known is not None:
            return get_own_waiting(work, caller, known[0])
        service = get_service(work, ask.service_id)
        wish = wish_of(service, ask)
        room = Room(work, ports, service, now, ports.drives())
        _check_no_room(room, wish)
        taken = [one for one in work.on_demand.list_waiting_of(person_id) if one.is_open]
        if len(taken) >= room.rules.waiting_per_person_max:
            raise OnDemandRefusedError(
                Reason.STATE,
                f"Vous attendez déjà {len(taken)} trajets : quittez une liste d'abord.",
                f"You wait for {len(taken)} rides already: leave one list first.",
            )
        waiting = Waiting(
            id=ports.acts.new_id(),
            service_id=service.id,
            person_id=person_id,
            party=ask.party,
            origin=wish.origin,
            destination=wish.destination,
            leave_s=ask.leave_s,
            arrive_s=ask.arrive_s,
            status=WaitingStatus.WAITING,
            made_at=now,
            changed_at=now,
            connection=ask.connection,
        )
        work.on_demand.put_waiting(waiting)
        tell_waiting(work, "waiting", waiting, now)
        work.on_demand.put_key(UsedKey(person_id, key, digest, (waiting.id,), now))
        work.commit()
    return waiting


def list_line(ports: OnDemandPorts, caller: Caller, service_id: str = "") -> list[Waiting]:
    """Who waits, or is offered a place now, in the order they are served; of one service, or ("") of all. Raises
    ForbiddenError and OnDemandRefusedError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    with ports.acts.unit_of_work(read_only=True) as work:
        if service_id:
            get_service(work, service_id)
        open_ = [one for one in work.on_demand.list_waiting() if service_id in ("", one.service_id)]
    return sorted(open_, key=lambda one: (one.made_at, one.id))


def leave_waiting_list(ports: OnDemandPorts, caller: Caller, waiting_id: str) -> Waiting:
    """Wait no more; what was offered is given back. Left again, it stays so. Raises OnDemandRefusedError."""
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        waiting = get_own_waiting(work, caller, waiting_id)
        work.on_demand.lock_person(waiting.person_id)
        waiting = get_own_waiting(work, caller, waiting_id)
        if waiting.status is WaitingStatus.LEFT:
            return waiting
        if waiting.status is not WaitingStatus.OFFERED:
            left = step(waiting, WaitingStatus.LEFT, now)
            work.on_demand.put_waiting(left)
            tell_waiting(work, "waiting-left", left, now)
            work.commit()
            return left
    cancel(ports, caller, waiting.ride_id)
    with ports.acts.unit_of_work(read_only=True) as work:
        return get_own_waiting(work, caller, waiting_id)


def serve_waiting_list(ports: OnDemandPorts) -> int:
    """Make offers to whom there is room for now, first come first; how many. What was offered and not taken in time is
    given back before. The job calls it; any number of processes may."""
    expire(ports)
    with ports.acts.unit_of_work(read_only=True) as work:
        line = in_line(work.on_demand.list_waiting())
    if not line:
        return 0
    drives = ports.drives()

    def offer(waiting_id: str) -> bool:
        try:
            return until_locked(lambda: _offer_once(ports, waiting_id, drives))
        except OnDemandRefusedError as refusal:
            if refusal.reason is not Reason.CHANGED:
                raise
            return False  # others were faster each time: they keep their place in line, and the next in it are served

    return sum(offer(waiting.id) for waiting in line)


def _offer_once(ports: OnDemandPorts, waiting_id: str, drives: Drives) -> bool:
    with ports.acts.unit_of_work(read_only=True) as work:
        now = ports.acts.now()
        waiting = work.on_demand.find_waiting(waiting_id)
        if waiting is None or waiting.status is not WaitingStatus.WAITING:
            return False
        room = Room(work, ports, get_service(work, waiting.service_id), now, drives)
        answer = room.answer(_wish_of(waiting))
        try:
            legs = place_in(ports, work, [answer.quote], now, drives) if isinstance(answer, Possible) else []
        except OnDemandRefusedError as refusal:
            if refusal.reason is not Reason.FULL:
                raise
            raise MovedMeanwhileError from refusal  # taken between the two looks, where each sees what is committed
    if isinstance(answer, Refused):
        if answer.reason == DEADLINE_PASSED:
            _end(ports, waiting)
        return False
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        work.on_demand.lock_person(waiting.person_id)
        current = work.on_demand.find_waiting(waiting_id)
        if current is None or current.status is not WaitingStatus.WAITING:
            return False
        try:
            check_person(work, waiting.person_id, [leg.quote for leg in legs], now)
        except OnDemandRefusedError:
            return False  # they are busy, or suspended: the next in line
        work.on_demand.lock_days([(leg.placement.day.shift_id, leg.placement.day.day) for leg in legs])
        offer_s = rules_of(work, room.service, now).waiting_offer_s
        (ride,) = put_legs(ports, work, legs, waiting.person_id, now, offer_s)
        work.on_demand.put_ride(ride)
        offered = step(current, WaitingStatus.OFFERED, now, ride.id)
        work.on_demand.put_waiting(offered)
        tell_ride(work, "held", ride, now)
        tell_waiting(work, "waiting-offered", offered, now)
        work.commit()
    return True


def _end(ports: OnDemandPorts, waiting: Waiting) -> None:
    """Nobody waits longer than the ride could be booked."""
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        work.on_demand.lock_person(waiting.person_id)
        current = work.on_demand.find_waiting(waiting.id)
        if current is None or current.status is not WaitingStatus.WAITING:
            return
        over = step(current, WaitingStatus.OVER, now)
        work.on_demand.put_waiting(over)
        tell_waiting(work, "waiting-over", over, now)
        work.commit()


def _check_no_room(room: Room, wish: Wish) -> None:
    answer = room.answer(wish)
    if isinstance(answer, Possible):
        raise OnDemandRefusedError(
            Reason.STATE,
            "Il y a de la place : demandez une offre et réservez.",
            "There is room: ask for a quote and book.",
        )
    if answer.reason not in set(NoRoomReason):
        french, english = reason_words(answer.reason, answer.largest)
        reason = Reason.TOO_LATE if answer.reason == DEADLINE_PASSED else Reason.INVALID
        field = "party" if answer.reason == PARTY_TOO_LARGE else ""
        raise OnDemandRefusedError(reason, french, english, field, {"why": answer.reason})


def _wish_of(waiting: Waiting) -> Wish:
    return Wish(
        waiting.origin,
        waiting.destination,
        waiting.party,
        waiting.leave_s,
        waiting.arrive_s,
        waiting.connection,
    )
