"""A network read back as text, the way a person would write a timetable down."""

from __future__ import annotations

import datetime as dt

from gtfs_feeds.catalogue import text
from gtfs_feeds.network import Network
from routing.timetable import NO_CHANGE_S, Mode


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")


def stop_id(network: Network, stop: int) -> str:
    return text(network.catalogue, network.catalogue.stop_id_text[stop])


def trip_id(network: Network, trip: int) -> str:
    return text(network.catalogue, network.catalogue.trip_id_text[trip])


def calls(network: Network) -> list[str]:
    """One line a trip: `f_t1: f_A 08:00 · f_B 08:10-08:12`; `!` no boarding, `?` no alighting there."""
    timetable = network.timetable
    lines = []
    for trip, pattern in enumerate(timetable.trip_pattern):
        first, last = timetable.pattern_first[pattern : pattern + 2]
        words = []
        for position in range(first, last):
            event = timetable.trip_first_event[trip] + position - first
            times = dict.fromkeys(
                clock(int(t)) for t in (timetable.event_arrival_s[event], timetable.event_departure_s[event])
            )
            marks = "!" * int(timetable.pattern_pickup[position] == 1) + "?" * int(
                timetable.pattern_dropoff[position] == 1
            )
            words.append(f"{stop_id(network, timetable.pattern_stop[position])} {'-'.join(times)}{marks}")
        lines.append(f"{trip_id(network, trip)}: {' · '.join(words)}")
    return lines


def numbers(network: Network) -> dict[str, list[int]]:
    """The stop_sequence of each trip's calls."""
    catalogue = network.catalogue
    found = {}
    for trip, numbering in enumerate(catalogue.trip_numbering):
        first, last = catalogue.numbering_first[numbering : numbering + 2]
        found[trip_id(network, trip)] = catalogue.numbering_sequence[first:last].tolist()
    return found


def footpaths(network: Network) -> list[str]:
    """One line a footpath: `f_A > f_B 60`; a stop's own line where changing does not take the usual time."""
    timetable = network.timetable
    lines = []
    for stop in range(network.info.boardable_count):
        if timetable.change_time_s[stop] != 120:
            change = timetable.change_time_s[stop]
            lines.append(f"{stop_id(network, stop)} = {'never' if change == NO_CHANGE_S else change}")
        for edge in range(timetable.footpath_first[stop], timetable.footpath_first[stop + 1]):
            end = stop_id(network, timetable.footpath_to[edge])
            lines.append(f"{stop_id(network, stop)} > {end} {timetable.footpath_duration_s[edge]}")
    return lines


def days(network: Network) -> dict[str, list[str]]:
    """The dates each trip runs on."""
    active = network.timetable.service_active
    found = {}
    for trip, service in enumerate(network.timetable.trip_service):
        dates = (network.info.first_day + dt.timedelta(days=int(day)) for day in active[service].nonzero()[0])
        found[trip_id(network, trip)] = [date.isoformat() for date in dates]
    return found


def modes(network: Network) -> list[str]:
    return [
        f"{trip_id(network, trip)} {Mode(mode).name}" for trip, mode in enumerate(network.timetable.trip_mode)
    ]
