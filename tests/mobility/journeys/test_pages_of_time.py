"""Windows and pages on answers made by hand, cut-off ones among them, which a real planner gives only now and then."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mobility.journeys.pages_of_time import find_page, undominated
from mobility.journeys.question import Cursor, Question
from routing.journey import Answer, Journey, Ride, Walk
from routing.query import Query

START = 1_781_503_200
QUERY = Query(origins=(), destinations=(), time_s=0)


def journey(departure_s: int, arrival_s: int, transfers: int = 0) -> Journey:
    ride = Ride(0, dt.date(2026, 6, 15), 0, 0, 1, 0, 1, departure_s, arrival_s)
    return Journey((ride,), departure_s, arrival_s, transfers)


@dataclass
class Timetabled:
    """Plans by looking journeys up. `cut_at`: how many seconds of each window it manages, from the far end."""

    journeys: list[Journey]
    cut_at: int | None = None
    asked: list[Query] = field(default_factory=list)

    def plan(self, query: Query) -> Answer:
        self.asked.append(query)
        first, last = query.time_s, query.time_s + query.window_s
        cut = self.cut_at is not None and query.window_s > self.cut_at
        if cut and self.cut_at is not None:
            first, last = (first, first + self.cut_at) if query.arrive_by else (last - self.cut_at, last)
        found = [
            j for j in self.journeys if first <= (j.arrival_s if query.arrive_by else j.departure_s) <= last
        ]
        return Answer(tuple(undominated(found)), first, last, cut)


def ask(**more: object) -> Question:
    return Question("a", "b", START, **more)  # type: ignore[arg-type]


def test_a_walk_is_not_a_journey_by_public_transport() -> None:
    walked = Journey((Walk(-1, -1, START, START + 60),), START, START + 60, -1)
    page = find_page(Timetabled([walked]), QUERY, ask())
    assert page.journeys == ()


def test_cut_off_at_once_the_page_begins_where_the_search_got_to() -> None:
    late = journey(START + 6000, START + 9000)
    planner = Timetabled([journey(START + 10, START + 100), late], cut_at=3600)
    page = find_page(planner, QUERY, ask(window_s=7200, itineraries=5))
    assert page.cut_off
    assert page.journeys == (late,)
    assert page.from_s == START + 7199 - 3600
    assert page.to_s == START + 7199
    before = find_page(Timetabled(planner.journeys), QUERY, ask(cursor=page.previous_cursor(), itineraries=1))
    assert before.journeys == (planner.journeys[0],), "nothing is lost: it is on the page before"


def test_cut_off_later_the_page_ends_before() -> None:
    first, second = journey(START + 10, START + 100), journey(START + 5000, START + 6000)
    page = find_page(Timetabled([first, second], cut_at=1000), QUERY, ask(window_s=900))
    assert page.cut_off
    assert page.journeys == (first,)
    after = find_page(Timetabled([first, second]), QUERY, ask(cursor=page.next_cursor(), itineraries=1))
    assert after.journeys == (second,)


def test_a_stretch_is_never_an_instant() -> None:
    """The planner takes an empty window for a single instant, which would also find what leaves later."""
    planner = Timetabled([])
    find_page(planner, QUERY, ask(window_s=0))
    assert all(query.window_s >= 59 for query in planner.asked)


def test_widening_ends() -> None:
    planner = Timetabled([])
    page = find_page(planner, QUERY, ask())
    assert (page.from_s, page.to_s) == (START, START + 86399)
    assert len(planner.asked) <= 8
    stretches = [(query.time_s, query.time_s + query.window_s) for query in planner.asked]
    assert all(end + 1 == begin for (_, end), (begin, _) in pairwise(stretches))


TIMES = st.lists(st.tuples(st.integers(0, 200_000), st.integers(60, 9000), st.integers(0, 3)), max_size=40)


@given(
    TIMES,
    st.booleans(),
    st.booleans(),
    st.integers(0, 4),
    st.integers(0, 20_000),
    st.none() | st.integers(1, 3),
)
def test_pages_join_whatever_runs(
    times: list[tuple[int, int, int]],
    arrive_by: bool,
    backwards: bool,
    itineraries: int,
    window_s: int,
    itineraries_max: int | None,
) -> None:
    journeys = [journey(START + leaves, START + leaves + takes, changes) for leaves, takes, changes in times]
    planner = Timetabled(journeys)
    query = Query((), (), 0, arrive_by=arrive_by)
    begin = START + (200_000 if backwards else 0)
    question = ask(
        arrive_by=arrive_by,
        window_s=window_s,
        itineraries=itineraries,
        itineraries_max=itineraries_max,
        cursor=Cursor(not backwards, begin),
    )
    shown: list[Journey] = []
    edge = begin
    for _ in range(400):
        page = find_page(planner, query, question)
        near, far = (page.to_s, page.from_s) if backwards else (page.from_s, page.to_s)
        assert near == edge, "no gap and no overlap"
        shown += page.journeys
        cursor = page.previous_cursor() if backwards else page.next_cursor()
        edge = cursor.instant_s
        assert edge == far + (-1 if backwards else 1)
        if edge > START + 215_000 or edge < START:
            break
        question = ask(
            arrive_by=arrive_by,
            window_s=window_s,
            itineraries=itineraries,
            itineraries_max=itineraries_max,
            cursor=cursor,
        )
    keys = [(j.departure_s, j.arrival_s, j.transfers) for j in shown]
    assert len(keys) == len(set(keys))
    reached = [
        j
        for j in undominated(journeys)
        if (edge < (j.arrival_s if arrive_by else j.departure_s) <= begin)
        or (begin <= (j.arrival_s if arrive_by else j.departure_s) < edge)
    ]
    assert {(j.departure_s, j.arrival_s, j.transfers) for j in reached} <= set(keys), (
        "nothing that is best is lost"
    )


@given(TIMES)
def test_undominated_is_the_definition(times: list[tuple[int, int, int]]) -> None:
    journeys = [journey(START + leaves, START + leaves + takes, changes) for leaves, takes, changes in times]

    def beats(one: Journey, other: Journey) -> bool:
        as_good = (
            one.departure_s >= other.departure_s
            and one.arrival_s <= other.arrival_s
            and one.transfers <= other.transfers
        )
        better = (one.departure_s, one.arrival_s, one.transfers) != (
            other.departure_s,
            other.arrival_s,
            other.transfers,
        )
        return as_good and better

    expected = {
        (j.departure_s, j.arrival_s, j.transfers) for j in journeys if not any(beats(k, j) for k in journeys)
    }
    kept = [(j.departure_s, j.arrival_s, j.transfers) for j in undominated(journeys)]
    assert set(kept) == expected
    assert len(kept) == len(set(kept))
