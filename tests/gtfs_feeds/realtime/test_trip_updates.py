"""What StopTimeUpdates make of a trip: by hand, the cases the documents name."""

from __future__ import annotations

import numpy as np
import pytest

from gtfs_feeds.realtime.live_trip import Standing
from routing.timetable import Mode
from tests.gtfs_feeds.readback import stop_id
from tests.gtfs_feeds.realtime.small_feed import (
    hear,
    instant,
    rules,
    small_network,
    told,
    told_extras,
    updates,
)

NOW_S = instant("2026-06-03 08:05")


def heard(update: str, trip: str = 'trip_id: "day"') -> list[str]:
    live = hear(updates(f"trip {{ {trip} }} {update}"), NOW_S)
    return told(live) + rules(live.findings)


def test_a_delay_holds_until_the_next_update() -> None:
    """The documents' second example, on four stops: nothing before, NO_DATA after."""
    assert heard(
        "stop_time_update { stop_sequence: 7 arrival { delay: 300 } }"
        " stop_time_update { stop_sequence: 20 schedule_relationship: NO_DATA }"
    ) == ["day 08:00? 08:15-08:17 08:25 08:30?"]


def test_a_propagated_delay_gives_way_to_what_is_said() -> None:
    """Ten minutes late, then one: there are eight minutes between, so it cannot be ten all the way."""
    assert heard(
        "stop_time_update { stop_sequence: 3 departure { delay: 600 } }"
        " stop_time_update { stop_sequence: 8 arrival { delay: 60 } }"
    ) == ["day 08:10 08:20-08:21 08:21 08:31"]


def test_what_is_unknown_after_a_delay_is_not_before_it() -> None:
    assert heard(
        "stop_time_update { stop_sequence: 7 departure { delay: 900 } }"
        " stop_time_update { stop_sequence: 8 schedule_relationship: NO_DATA }"
    ) == ["day 08:00? 08:25-08:27 08:27? 08:30?"]


def test_being_early_moves_what_came_before() -> None:
    assert heard("stop_time_update { stop_sequence: 7 arrival { delay: -660 } departure { delay: 0 } }") == [
        "day 07:59? 07:59-08:12 08:20 08:30"
    ]


def test_time_counts_before_delay() -> None:
    time_s = instant("2026-06-03 08:14")
    assert heard(f"stop_time_update {{ stop_sequence: 7 arrival {{ delay: 9999 time: {time_s} }} }}") == [
        "day 08:00? 08:14-08:16 08:24 08:34"
    ]


def test_only_a_departure() -> None:
    assert heard("stop_time_update { stop_sequence: 7 departure { delay: 120 } }") == [
        "day 08:00? 08:12-08:14 08:22 08:32"
    ]


def test_a_delay_of_the_whole_trip() -> None:
    assert heard("delay: 60") == ["day 08:01 08:11-08:13 08:21 08:31"]
    assert heard("delay: 60 stop_time_update { stop_sequence: 8 arrival { delay: 0 } }") == [
        "day 08:01 08:11-08:13 08:20 08:30"
    ]


def test_skipped_is_not_propagated_and_delays_pass_over_it() -> None:
    assert heard(
        "stop_time_update { stop_sequence: 3 departure { delay: 60 } }"
        " stop_time_update { stop_sequence: 7 schedule_relationship: SKIPPED arrival { delay: 999 } }"
    ) == ["day 08:01 (08:11-08:13) 08:21 08:31"]


def test_all_stops_skipped_is_cancelled() -> None:
    every = " ".join(
        f"stop_time_update {{ stop_sequence: {number} schedule_relationship: SKIPPED }}"
        for number in (3, 7, 8, 20)
    )
    assert heard(every) == ["day cancelled"]


def test_times_that_run_backwards_leave_the_plan() -> None:
    assert heard(
        "stop_time_update { stop_sequence: 7 arrival { delay: 3000 } }"
        " stop_time_update { stop_sequence: 8 arrival { delay: 0 } }"
    ) == ["stop_times_run_backwards"]
    assert heard("stop_time_update { stop_sequence: 7 arrival { delay: 300 } departure { delay: 0 } }") == [
        "stop_times_run_backwards"
    ]


@pytest.mark.parametrize("event", ["time: 5", "time: 1780466700000", "delay: 90000", f"time: {-(1 << 62)}"])
def test_times_that_cannot_be_leave_the_plan(event: str) -> None:
    assert heard(f"stop_time_update {{ stop_sequence: 7 arrival {{ {event} }} }}") == ["implausible_time"]


def test_calls_are_named_by_number_or_by_stop() -> None:
    late = "departure { delay: 60 }"
    for name in (
        "stop_sequence: 7",
        'stop_id: "B"',
        'stop_sequence: 7 stop_id: "B"',
        'stop_sequence: 99 stop_id: "B"',
    ):
        assert heard(f"stop_time_update {{ {name} {late} }}") == ["day 08:00? 08:11-08:13 08:21 08:31"]
    for name, rule in (
        ("stop_sequence: 4", "unknown_stop_in_update"),
        ('stop_id: "nowhere"', "unknown_stop_in_update"),
        ("", "unknown_stop_in_update"),
        ('stop_sequence: 7 stop_id: "D"', "stop_sequence_and_stop_id_differ"),
    ):
        assert heard(f"stop_time_update {{ {name} {late} }}") == [rule]


def test_a_loop_is_told_apart_by_numbers_else_in_order() -> None:
    loop = 'trip_id: "loop"'
    assert heard('stop_time_update { stop_sequence: 3 stop_id: "A" departure { delay: 60 } }', loop) == [
        "loop 10:00? 10:10? 10:21 10:31"
    ]
    assert heard(
        'stop_time_update { stop_id: "A" departure { delay: 0 } }'
        ' stop_time_update { stop_id: "A" departure { delay: 60 } }',
        loop,
    ) == ["loop 10:00 10:10 10:21 10:31"]


def test_updates_of_one_call_and_out_of_order() -> None:
    assert heard(
        "stop_time_update { stop_sequence: 8 arrival { delay: 60 } }"
        " stop_time_update { stop_sequence: 7 arrival { delay: 30 } }"
        " stop_time_update { stop_sequence: 7 arrival { delay: 999 } }"
    ) == ["day 08:00? 08:10:30-08:12:30 08:21 08:31", "stop_updated_twice", "stop_time_updates_not_sorted"]


def test_an_update_without_times_is_no_data() -> None:
    assert heard(
        "stop_time_update { stop_sequence: 3 departure { delay: 60 } } stop_time_update { stop_sequence: 8 }"
    ) == ["day 08:01 08:11-08:13 08:20? 08:30?", "stop_time_update_without_times"]
    assert heard("") == ["trip_update_says_nothing"]
    assert heard("stop_time_update { stop_sequence: 3 schedule_relationship: NO_DATA }") == []


def test_platforms() -> None:
    """C2 is served by a train; C3 by none: it is shown, but the router has no such stop. A station's platform may be
    told by stop_id alone."""
    at = "stop_time_update {{ stop_sequence: 8 arrival {{ delay: 60 }} {} }}".format
    live = hear(
        updates('trip { trip_id: "day" } ' + at('stop_time_properties { assigned_stop_id: "C2" }')), NOW_S
    )
    assert told(live) == ["day 08:00? 08:10-08:12? 08:21>C2 08:31"]
    (change,) = live.changes
    assert stop_id(small_network(), change.stop[2]) == "f_C2"
    live = hear(
        updates('trip { trip_id: "day" } ' + at('stop_time_properties { assigned_stop_id: "C3" }')), NOW_S
    )
    assert told(live) + rules(live.findings) == [
        "day 08:00? 08:10-08:12? 08:21>C3 08:31",
        "assigned_stop_not_served",
    ]
    assert live.changes[0].stop is None
    assert heard(at('stop_id: "C2"')) == ["day 08:00? 08:10-08:12? 08:21>C2 08:31"]
    assert heard(at('stop_time_properties { assigned_stop_id: "X" }')) == [
        "day 08:00? 08:10-08:12? 08:21 08:31",
        "unknown_assigned_stop",
    ]
    only = 'stop_sequence: 8 schedule_relationship: NO_DATA stop_time_properties { assigned_stop_id: "C2" }'
    assert heard(f"stop_time_update {{ {only} }}") == ["day 08:00? 08:10-08:12? 08:20?>C2 08:30?"]


def test_cancelled_and_deleted() -> None:
    for kind, word in (("CANCELED", "cancelled"), ("DELETED", "deleted")):
        live = hear(
            updates(
                f'trip {{ trip_id: "day" schedule_relationship: {kind} }}'
                " stop_time_update { stop_sequence: 7 arrival { delay: 999 } }"
            ),
            NOW_S,
        )
        assert told(live) == [f"day {word}"]
        (change,) = live.changes
        assert change.cancelled
        assert change.arrival_s.tolist() == [
            instant(f"2026-06-03 08:{minute}") for minute in ("00", "10", "20", "30")
        ]


# ── trips the timetable does not have ──────────────────────────────────────────────────────────────────────


def call(stop: str, time: str, more: str = "") -> str:
    at_s = instant(f"2026-06-03 {time}")
    return f'stop_time_update {{ stop_id: "{stop}" departure {{ time: {at_s} }} {more} }}'


@pytest.mark.parametrize("kind", ["NEW", "ADDED"])
def test_an_added_trip(kind: str) -> None:
    trip = f'trip {{ trip_id: "n" route_id: "T" start_date: "20260603" schedule_relationship: {kind} }}'
    calls = call("A", "09:00") + call("GARE", "09:10") + call("D", "09:30")
    live = hear(updates(trip + calls), NOW_S)
    assert told_extras(live) == ["f_n|20260603 A 09:00 C1 09:10>GARE D 09:30"]
    (extra,) = live.extra_trips.values()
    assert (extra.model, extra.replaces, extra.route) == (-1, False, 1)
    assert extra.extra.mode == Mode.REGIONAL_RAIL
    assert not live.trips
    assert not live.findings


@pytest.mark.parametrize(
    ("calls", "wanted"),
    [
        (call("A", "09:00") + call("X", "09:10") + call("D", "09:30"), "unusable_call_of_added_trip"),
        (
            call("A", "09:00") + 'stop_time_update { stop_id: "B" }' + call("D", "09:30"),
            "unusable_call_of_added_trip",
        ),
        (call("A", "09:00") + call("B", "09:10", "schedule_relationship: SKIPPED") + call("D", "09:30"), ""),
    ],
)
def test_a_call_that_cannot_be_used_is_left_out(calls: str, wanted: str) -> None:
    live = hear(updates('trip { trip_id: "n" route_id: "R" schedule_relationship: NEW }' + calls), NOW_S)
    assert told_extras(live) == ["f_n|20260603 A 09:00 D 09:30"]
    assert rules(live.findings) == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    ("calls", "rule"),
    [
        (call("A", "09:00"), "added_trip_too_short"),
        ("", "added_trip_too_short"),
        (call("A", "09:00") + call("D", "08:30"), "stop_times_run_backwards"),
        (call("A", "09:00") + call("D", "999:00"), "implausible_time"),
    ],
)
def test_an_added_trip_that_cannot_run(calls: str, rule: str) -> None:
    live = hear(updates('trip { trip_id: "n" route_id: "R" schedule_relationship: NEW }' + calls), NOW_S)
    assert (told_extras(live), rules(live.findings)) == ([], [rule])


def test_a_duplicated_trip_has_its_own_plan_and_its_own_delay() -> None:
    """The reference's example: the copy leaves at 10:30, half a minute late at its second stop."""
    live = hear(
        updates(
            'trip { trip_id: "day" schedule_relationship: DUPLICATED }'
            ' trip_properties { trip_id: "copy" start_date: "20260604" start_time: "10:30:00" }'
            " stop_time_update { stop_sequence: 7 departure { delay: 30 } }"
        ),
        NOW_S,
    )
    assert told_extras(live) == ["f_copy|20260604 A 10:30 B 10:40:30-10:42:30 C1 10:50:30 D 11:00:30"]
    (copy,) = live.extra_trips.values()
    assert (copy.planned_s[1, 1] - instant("2026-06-04 10:42"), copy.known.tolist()) == (
        0,
        [False, True, True, True],
    )
    assert not live.trips, "the original is not touched"


def test_a_duplicated_trip_says_who_and_when_it_is() -> None:
    live = hear(updates('trip { trip_id: "day" schedule_relationship: DUPLICATED }'), NOW_S)
    assert rules(live.findings) == ["duplicated_trip_incomplete"]
    assert "trip_id, start_date, start_time" in live.findings[0].message


def test_a_replaced_trip_is_not_shown_beside_its_replacement() -> None:
    live = hear(
        updates(
            'trip { trip_id: "day" schedule_relationship: REPLACEMENT }'
            + call("A", "08:10")
            + call("D", "08:50")
        ),
        NOW_S,
    )
    assert told(live) == ["day replaced"]
    assert told_extras(live) == ["f_day|20260603 A 08:10 D 08:50"]
    (planned,), (extra,) = live.trips.values(), live.extra_trips.values()
    assert planned.standing is Standing.REPLACED
    assert (planned.replaced_by, extra.replaces, extra.model) == (extra.key, True, planned.run.trip)


def test_where_other_things_may_be_done_another_trip_runs() -> None:
    live = hear(
        updates(
            'trip { trip_id: "day" }'
            " stop_time_update { stop_sequence: 7 arrival { delay: 60 } stop_time_properties { pickup_type: NONE } }"
        ),
        NOW_S,
    )
    assert told(live) == ["day replaced"]
    assert told_extras(live) == ["f_day|20260603 A 08:00 B 08:11-08:13 C1 08:21 D 08:31"]
    (extra,) = live.extras
    assert extra.pickup.tolist() == [0, 1, 0, 0]


def test_kept_trips_keep_no_other_alive() -> None:
    """What is cut out of a message's arrays is a copy: a cancellation of tomorrow must not hold today's messages."""
    live = hear(
        updates('trip { trip_id: "day" } stop_time_update { stop_sequence: 7 arrival { delay: 60 } }'), NOW_S
    )
    (trip,) = live.trips.values()
    for array in (trip.change.arrival_s, trip.change.departure_s, trip.known):
        assert isinstance(array, np.ndarray)
        assert array.base is None
