"""`/v1/carpool/lines`, `stops`, `fares` and `rules`: anybody reads, operators change."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from carpool.booking_rules import BookingRules, Step
from carpool.line import FareVersion, Line, LineStop, Stop, find_fare
from ground.paris import paris_day
from mobility.accounts.caller import Caller
from mobility.acts import carpool_lines as act
from mobility.acts.ports import ActPorts
from mobility.http.carpool_schemas import (
    FareAnswered,
    FareAsked,
    LineAnswered,
    LineAsked,
    PathId,
    RulesAnswered,
    RulesAsked,
    StopAnswered,
    StopAsked,
    fare_answer,
    line_answer,
    rules_answer,
    stop_answer,
)
from mobility.http.entity_tags import IfMatch, entity_tag, wanted_tag
from mobility.http.who import Who

PREFIX = "/v1/carpool"


def carpool_lines_router(ports: ActPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["carpool"])
    _add_lines(router, ports, who)
    _add_stops(router, ports, who)
    _add_fares(router, ports, who)
    return router


def _add_lines(router: APIRouter, ports: ActPorts, who: Who) -> None:
    def answer(line: Line, fares: tuple[FareVersion, ...]) -> LineAnswered:
        return line_answer(line, find_fare(fares, line.id, paris_day(ports.now()).isoformat()))

    @router.get("/lines", summary="The lines, with their stops and what a seat costs today")
    def list_lines() -> list[LineAnswered]:
        with ports.unit_of_work(read_only=True) as work:
            lines, fares = work.rides.list_lines(), tuple(work.rides.list_fares())
        return [answer(line, fares) for line in lines]

    @router.get("/lines/{line}", summary="A line")
    def show_line(line: PathId, response: Response) -> LineAnswered:
        with ports.unit_of_work(read_only=True) as work:
            found, fares = act.get_line(work, line), tuple(work.rides.list_fares())
        response.headers.update(entity_tag(found))
        return answer(found, fares)

    @router.put("/lines/{line}", summary="Make or change a line")
    def put_line(
        line: PathId,
        asked: LineAsked,
        response: Response,
        caller: Caller = Depends(who),
        if_match: IfMatch = "",
    ) -> LineAnswered:
        """Rides to come keep the stops they call at: these cannot be taken off it."""
        stops = tuple(
            LineStop(Stop(one.stop, "", 0.0, 0.0, ""), one.distance_m, one.drive_s) for one in asked.stops
        )
        wanted = Line(line, asked.name, stops, asked.colour, asked.is_open)
        made = act.put_line(ports, caller, wanted, wanted_tag(if_match))
        response.headers.update(entity_tag(made))
        with ports.unit_of_work(read_only=True) as work:
            return answer(made, tuple(work.rides.list_fares()))

    @router.delete("/lines/{line}", status_code=204, summary="Forget a line that never had a ride")
    def remove_line(line: PathId, caller: Caller = Depends(who)) -> None:
        act.remove_line(ports, caller, line)


def _add_stops(router: APIRouter, ports: ActPorts, who: Who) -> None:
    @router.get("/stops", summary="The stops of all lines")
    def list_stops() -> list[StopAnswered]:
        with ports.unit_of_work(read_only=True) as work:
            return [stop_answer(stop) for stop in work.rides.list_stops()]

    @router.get("/stops/{stop}", summary="A stop")
    def show_stop(stop: PathId, response: Response) -> StopAnswered:
        with ports.unit_of_work(read_only=True) as work:
            found = work.rides.find_stop(stop)
        if found is None:
            raise act.unknown("arrêt", "stop", stop)
        response.headers.update(entity_tag(found))
        return stop_answer(found)

    @router.put("/stops/{stop}", summary="Make or change a stop")
    def put_stop(
        stop: PathId,
        asked: StopAsked,
        response: Response,
        caller: Caller = Depends(who),
        if_match: IfMatch = "",
    ) -> StopAnswered:
        made = act.put_stop(ports, caller, Stop(id=stop, **asked.model_dump()), wanted_tag(if_match))
        response.headers.update(entity_tag(made))
        return stop_answer(made)

    @router.delete("/stops/{stop}", status_code=204, summary="Forget a stop no line has")
    def remove_stop(stop: PathId, caller: Caller = Depends(who)) -> None:
        act.remove_stop(ports, caller, stop)


def _add_fares(router: APIRouter, ports: ActPorts, who: Who) -> None:
    @router.get("/fares", summary="All fare versions, those to come and those of the past too")
    def list_fares() -> list[FareAnswered]:
        with ports.unit_of_work(read_only=True) as work:
            return [fare_answer(fare) for fare in work.rides.list_fares()]

    @router.put("/fares/{fare}", summary="Make or change a fare version that begins tomorrow or later")
    def put_fare(fare: PathId, asked: FareAsked, caller: Caller = Depends(who)) -> FareAnswered:
        wanted = FareVersion(fare, asked.valid_from.isoformat(), asked.fare_cents, asked.line)
        return fare_answer(act.put_fare(ports, caller, wanted))

    @router.delete("/fares/{fare}", status_code=204, summary="Forget a fare version that has not begun")
    def remove_fare(fare: PathId, caller: Caller = Depends(who)) -> None:
        act.remove_fare(ports, caller, fare)

    @router.get("/rules", summary="The rules of booking and cancelling, by the day they begin")
    def list_rules() -> list[RulesAnswered]:
        with ports.unit_of_work(read_only=True) as work:
            known = work.rides.list_rules()
        return [rules_answer(rules) for rules in (known or [BookingRules("0001-01-01")])]

    @router.put("/rules/{valid_from}", summary="Make or change rules that begin tomorrow or later")
    def put_rules(valid_from: PathId, asked: RulesAsked, caller: Caller = Depends(who)) -> RulesAnswered:
        values = asked.model_dump(exclude={"ladder"})
        ladder = tuple(Step(step.faults, step.suspended_days) for step in asked.ladder)
        return rules_answer(act.put_rules(ports, caller, BookingRules(valid_from, **values, ladder=ladder)))
