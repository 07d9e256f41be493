"""Which run a descriptor names: by day, by frequency, by route and start; on nights that are longer or shorter."""

from __future__ import annotations

import pytest

from tests.gtfs_feeds.realtime.small_feed import hear, instant, rules, told, updates

UPDATE = "stop_time_update { stop_sequence: 1 departure { delay: 60 } }"


def heard(trip: str, now: str, update: str = UPDATE, day: str = "2026-06-03") -> list[str]:
    live = hear(updates(f"trip {{ {trip} }} {update}"), instant(now))
    return told(live, day) + rules(live.findings)


def test_without_a_date_the_run_nearest_to_now_is_meant() -> None:
    """A trip of yesterday, after midnight, is yesterday's."""
    late = 'trip_id: "late"'
    assert heard(late, "2026-06-03 23:00") == ["late 23:31 24:31-24:36 25:31"]
    assert heard(late, "2026-06-04 00:40") == ["late 23:31 24:31-24:36 25:31"], "its 24:40"
    assert heard(late, "2026-06-04 03:00") == ["late 23:31 24:31-24:36 25:31"], "over for 90 minutes"
    assert heard(late, "2026-06-04 15:00") == ["late 2026-06-04 23:31 24:31-24:36 25:31"]


def test_a_date_decides() -> None:
    named = 'trip_id: "late" start_date: "20260604"'
    assert heard(named, "2026-06-04 00:40") == ["late 2026-06-04 23:31 24:31-24:36 25:31"]


@pytest.mark.parametrize(
    ("trip", "rule"),
    [
        ('trip_id: "sunday" start_date: "20260603"', "trip_not_running"),
        ('trip_id: "sunday"', "trip_not_running"),  # a Wednesday: no run is near
        ('trip_id: "day" start_date: "20270603"', "trip_not_running"),
        ('trip_id: "day" start_date: "2026-06-03"', "invalid_start_date"),
        ('trip_id: "day" start_date: "20260631"', "invalid_start_date"),
        ('trip_id: "day" start_date: "99991231"', "invalid_start_date"),
        ('trip_id: "day" start_time: "8 o\'clock"', "invalid_start_time"),
        ('trip_id: "nowhere"', "unknown_trip"),
        ('trip_id: "f_day"', "unknown_trip"),
        ('route_id: "R"', "unknown_trip"),
        ('route_id: "X" start_time: "08:00:00"', "unknown_route"),
        ("", "trip_descriptor_missing"),
        ('trip_id: "shuttle" start_date: "20260603"', "start_time_missing"),
        ('trip_id: "exact" start_time: "12:05:00"', "unknown_start_time"),
        ('trip_id: "shuttle" start_time: "20:00:00"', "unknown_start_time"),
        ('modified_trip { affected_trip_id: "day" }', "modified_trip_not_read"),
    ],
)
def test_what_names_no_run_is_said_and_dropped(trip: str, rule: str) -> None:
    assert heard(trip, "2026-06-03 08:05") == [rule]


@pytest.mark.parametrize("day", ["20260630", "20260531", "20260228", "20260301"])
def test_every_day_of_a_month_is_a_day(day: str) -> None:
    iso = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    update = "stop_time_update { stop_sequence: 3 departure { delay: 60 } }"
    wanted = [] if day == "20260228" else ["day 08:01 08:11-08:13 08:21 08:31"]  # the day before the calendar
    found = heard(f'trip_id: "day" start_date: "{day}"', f"{iso} 08:00", update, iso)
    assert found == (wanted or ["trip_not_running"])


def test_frequencies_are_told_apart_by_their_start() -> None:
    exact = heard('trip_id: "exact" start_date: "20260603" start_time: "12:20:00"', "2026-06-03 12:00")
    assert exact == ["exact +12:20 12:21 12:31"]


def test_a_repetition_without_exact_times_runs_when_it_says() -> None:
    """It stands for the nearest planned one, at its own times: 12:27 for 12:20, its delays on top."""
    trip = (
        'trip_id: "shuttle" start_date: "20260603" start_time: "12:27:00" schedule_relationship: UNSCHEDULED'
    )
    time_s = instant("2026-06-03 12:28")
    update = f"stop_sequence: 1 schedule_relationship: UNSCHEDULED departure {{ time: {time_s} }}"
    update = f"stop_time_update {{ {update} }}"
    assert heard(trip, "2026-06-03 12:00", update) == ["shuttle +12:20 12:28 12:38"]


def test_without_trip_id_route_direction_and_start_name_it() -> None:
    named = 'route_id: "R" direction_id: 0 start_date: "20260603" start_time: "08:00:00"'
    update = "stop_time_update { stop_sequence: 3 departure { delay: 60 } }"
    assert heard(named, "2026-06-03 08:00", update) == ["day 08:01 08:11-08:13 08:21 08:31"]
    assert heard(named.replace("08:00:00", "08:00:01"), "2026-06-03 08:00", update) == ["unknown_start_time"]
    two = 'route_id: "R" direction_id: 0 start_date: "20260603" start_time: "12:20:00"'
    assert heard(two, "2026-06-03 12:00") == ["ambiguous_trip"], "the shuttle's, and the exact one's"


def test_nights_on_which_clocks_change() -> None:
    """28 to 29 March 2026: 02:00 is 03:00. 24 to 25 October: 03:00 is 02:00. Times count from noon minus 12 h."""
    for day, now in (("2026-03-28", "2026-03-28 25:00"), ("2026-10-24", "2026-10-24 25:00")):
        assert heard('trip_id: "late"', now, day=day) == ["late 23:31 24:31-24:36 25:31"]
        number = day.replace("-", "")
        time_s = instant(f"{day} 24:40")
        update = f"stop_time_update {{ stop_sequence: 2 arrival {{ time: {time_s} }} }}"
        named = heard(f'trip_id: "late" start_date: "{number}"', now, update, day)
        assert named == ["late 23:30? 24:40-24:45 25:40"]
    for day in ("2026-03-29", "2026-10-25"):  # the morning after: noon minus 12 h is not midnight
        update = "stop_time_update { stop_sequence: 3 departure { delay: 60 } }"
        assert heard('trip_id: "day"', f"{day} 07:00", update, day) == ["day 08:01 08:11-08:13 08:21 08:31"]
