"""What real time says of the coaches and trains that rides are timed to, in the network that is served."""

from __future__ import annotations

from dataclasses import dataclass

from gtfs_feeds.catalogue import find_stop, text
from mobility.journeys.runs import Run, RunCall, get_run
from mobility.journeys.serving import Serving
from mobility.journeys.trip_tokens import TripNotFoundError, TripTokenError, get_named_run
from mobility.journeys.view import View
from on_demand.booking import Connection, ConnectionKind
from on_demand.connection import Heard

NEXT_WITHIN_S = 24 * 3600
"""How far the next one is looked for."""

LOOKED_AT_MAX = 200


@dataclass(frozen=True, slots=True)
class NextTrain:
    """The next one the same way. `at_s`: when it arrives (FROM) or leaves (ONTO)."""

    trip_id: str
    stop_id: str
    at_s: int


class ConnectedTrains:
    """Of one state of the network: taken once, and asked about many rides."""

    def __init__(self, serving: Serving) -> None:
        self._view: View = serving.view

    def hear(self, connection: Connection) -> Heard | None:
        """What real time says; None: nothing, so that nothing follows from it. A source that has fallen silent says
        nothing either: no ride is moved back because of that."""
        found = self._find(connection)
        if found is None:
            return None
        run, position = found
        (call,) = run.list_calls(position, position)
        if run.is_cancelled or call.is_cancelled:
            return Heard(connection.expected_s, is_cancelled=True)
        return Heard(_at(call, connection.kind)) if call.is_known else None

    def find_next(self, connection: Connection) -> NextTrain | None:
        """The next one that runs: at the same station, and on to where the other would have ended (FROM: from where
        it would have begun)."""
        found = self._find(connection)
        if found is None:
            return None
        run, position = found
        calls = run.list_calls(0, run.last)
        is_arrival = connection.kind is ConnectionKind.FROM
        far = set(self._view.list_platforms(calls[0 if is_arrival else run.last].planned_stop))
        here = self._view.list_platforms(calls[position].planned_stop)
        after_s = connection.scheduled_s + 1
        for call in self._view.planner.list_calls(
            here, after_s, LOOKED_AT_MAX, arrivals=is_arrival, until_s=after_s + NEXT_WITHIN_S
        ):
            other = get_run(self._view, call.trip, call.service_day, call.shift_s)
            if call.cancelled or other.is_hidden or other.key == run.key:
                continue
            others = other.list_calls(0, other.last)
            way = others[: call.position] if is_arrival else others[call.position + 1 :]
            if any(one.stop in far and not one.is_cancelled for one in way):
                stop_id = text(self._view.catalogue, int(self._view.catalogue.stop_id_text[call.stop]))
                return NextTrain(
                    other.write_token(), stop_id, call.arrival_s if is_arrival else call.departure_s
                )
        return None

    def _find(self, connection: Connection) -> tuple[Run, int] | None:
        """The run, and where it calls at the station (of several times, the nearest to what was planned); None: this
        network does not know it."""
        try:
            run = get_named_run(self._view, connection.trip_id)
        except (TripTokenError, TripNotFoundError):
            return None
        stop = find_stop(self._view.catalogue, connection.stop_id)
        if stop is None:
            return None
        beside = {stop, *self._view.list_platforms(stop)}
        found = [
            (abs(_planned_at(call, connection.kind) - connection.scheduled_s), position)
            for position, call in enumerate(run.list_calls(0, run.last))
            if call.planned_stop in beside or call.stop in beside
        ]
        return (run, min(found)[1]) if found else None


def _at(call: RunCall, kind: ConnectionKind) -> int:
    return call.arrival_s if kind is ConnectionKind.FROM else call.departure_s


def _planned_at(call: RunCall, kind: ConnectionKind) -> int:
    return call.planned_arrival_s if kind is ConnectionKind.FROM else call.planned_departure_s
