"""Rows of flexible trips: which calls make a trip one can travel on, and what is odd about the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gtfs_feeds.findings import FindingLog, Severity, shorten
from gtfs_feeds.flex.areas import Areas
from gtfs_feeds.raw_table import NO_TIME
from on_demand.booking_rules import BookingRule
from on_demand.service import FlexRow

FILE = "stop_times.txt"
_FIELDS = ("stop_id", "location_group_id", "location_id")
_FORBIDDEN = {"pickup_type": (0, 3), "drop_off_type": (0,)}
"""With windows. An empty type is 0."""
_NONE = 1
"""No pick-up, no drop-off."""

Call = Mapping[Any, Any]


class CallReader:
    """Reads the calls of one trip after the other."""

    def __init__(self, areas: Areas, rules: Mapping[str, BookingRule], log: FindingLog) -> None:
        self._areas, self._rules, self._log = areas, rules, log

    def read_trip(self, calls: Sequence[Call]) -> tuple[FlexRow, ...]:
        """The rows of a trip, of its `calls` in the order of the file; none when nobody can travel on it."""
        rows: list[FlexRow] = []
        taken: set[int] = set()
        for call in sorted(calls, key=lambda call: int(call["stop_sequence"])):
            sequence = int(call["stop_sequence"])
            if sequence in taken and call["flexible"]:
                self._note(call, Severity.ERROR, "duplicate_key", "stop_sequence",
                           "The trip has a call with this stop_sequence already.",
                           "row dropped, the first one kept")  # fmt: skip
                continue
            row = self._read_window(call) if call["flexible"] else self._read_fixed(call)
            if row is not None:
                taken.add(sequence)
                rows.append(row)
        rows = self._within_one(calls[0], rows)
        if can_travel(rows):
            return tuple(rows)
        self._note(calls[0], Severity.ERROR, "unusable_flexible_trip", "trip_id",
                   "The on-demand trip has no row to get on at before one to get off at.",
                   "not offered on demand")  # fmt: skip
        return ()

    def _within_one(self, call: Call, rows: list[FlexRow]) -> list[FlexRow]:
        """Feeds that have a single row mean travel within it, as GTFS-Flex had it before its adoption."""
        if len(rows) != 1 or rows[0].is_fixed or not (rows[0].can_board and rows[0].can_alight):
            return rows
        self._note(call, Severity.INFO, "single_flexible_row", "stop_sequence",
                   "The trip has a single row; travel within a zone takes two.",
                   "read as two rows: one travels within it")  # fmt: skip
        return [rows[0], rows[0]]

    def _read_window(self, call: Call) -> FlexRow | None:
        area_id = self._find_area(call)
        window = self._find_window(call)
        if area_id is None or window is None:
            return None
        if int(call["arrival_time"]) != NO_TIME or int(call["departure_time"]) != NO_TIME:
            self._note(call, Severity.WARNING, "forbidden_arrival_or_departure_time", "arrival_time",
                       "The call has a window and a time.", "read as a window, the time ignored")  # fmt: skip
        self._note_types(call)
        return self._row(call, area_id, *window, is_fixed=False)

    def _read_fixed(self, call: Call) -> FlexRow | None:
        """A call of the fixed timetable among windows; what is wrong with it, the timetable's checks have noted."""
        arrival, departure = int(call["arrival_time"]), int(call["departure_time"])
        arrival, departure = (
            departure if arrival == NO_TIME else arrival,
            arrival if departure == NO_TIME else departure,
        )
        if call["stop_id"] not in self._areas.stops or departure < arrival:
            return None
        if arrival == NO_TIME:
            self._note(call, Severity.INFO, "fixed_call_without_times", "arrival_time",
                       "A call between zones has no times.",
                       "not joined to the zones")  # fmt: skip
            return None
        return self._row(call, call["stop_id"], arrival, departure, is_fixed=True)

    def _row(self, call: Call, area_id: str, open_s: int, close_s: int, *, is_fixed: bool) -> FlexRow | None:
        can_board, can_alight = int(call["pickup_type"]) != _NONE, int(call["drop_off_type"]) != _NONE
        board_rule = self._find_rule(call, "pickup_booking_rule_id") if can_board else ""
        alight_rule = self._find_rule(call, "drop_off_booking_rule_id") if can_alight else ""
        can_board, can_alight = can_board and board_rule is not None, can_alight and alight_rule is not None
        if not (can_board or can_alight):
            return None
        return FlexRow(
            area_id, open_s, close_s, can_board, can_alight, board_rule or "", alight_rule or "", is_fixed
        )

    def _find_area(self, call: Call) -> str | None:
        given = {name: str(call[name]) for name in _FIELDS if call[name] != ""}
        named = set(given.values())
        if len(named) > 1:
            self._note(call, Severity.ERROR, "forbidden_geography_id", next(iter(given)),
                       f"The call names more than one place: {', '.join(map(shorten, sorted(named)))}.")  # fmt: skip
            return None
        if not named:
            self._note(call, Severity.ERROR, "missing_required_field", "stop_id", "The call names no place.")
            return None
        (area_id,), field = named, next(iter(given))
        if area_id not in self._areas:
            message = f"There is no stop, group or zone “{shorten(area_id)}”."
            self._note(call, Severity.ERROR, "foreign_key_violation", field, message)
            return None
        kind = self._kind_of(area_id)
        if kind not in given:
            message = f"“{shorten(area_id)}” belongs into {kind}."
            self._note(call, Severity.INFO, "area_in_another_field", field, message, "read from there")
        return area_id

    def _kind_of(self, area_id: str) -> str:
        areas = self._areas
        if area_id in areas.stops:
            return "stop_id"
        return "location_group_id" if area_id in areas.groups else "location_id"

    def _find_window(self, call: Call) -> tuple[int, int] | None:
        fields = ("start_pickup_drop_off_window", "end_pickup_drop_off_window")
        open_s, close_s = (int(call[field]) for field in fields)
        if NO_TIME in (open_s, close_s):
            message = "A zone, a group or a window needs both ends of the window."
            field = fields[0] if open_s == NO_TIME else fields[1]
            self._note(call, Severity.ERROR, "missing_pickup_or_drop_off_window", field, message)
            return None
        if open_s >= close_s:
            message = "The window ends when it begins, or before. After midnight hours go on: 25:30:00."
            self._note(call, Severity.ERROR, "invalid_pickup_drop_off_window", fields[1], message)
            return None
        return open_s, close_s

    def _note_types(self, call: Call) -> None:
        for field, forbidden in _FORBIDDEN.items():
            if int(call[field]) in forbidden:
                rule = "forbidden_pickup_type" if field == "pickup_type" else "forbidden_drop_off_type"
                message = f"With a window {field} is 1 (none) or 2 (by telephone), not {int(call[field])}."
                self._note(call, Severity.WARNING, rule, field, message, "read as 2: to be booked")

    def _find_rule(self, call: Call, field: str) -> str | None:
        """The id of the rule; None: of one that is not there."""
        rule_id = str(call[field])
        if not rule_id and call["flexible"]:
            message = f"There is no {field}: nobody knows until when it is booked."
            action = "offered until it sets out: its agency knows"
            rule = "missing_pickup_drop_off_booking_rule_id"
            self._note(call, Severity.WARNING, rule, field, message, action)
        if not rule_id or rule_id in self._rules:
            return rule_id
        message = f"There is no usable booking rule “{shorten(rule_id)}”."
        what = "pick-up" if field == "pickup_booking_rule_id" else "drop-off"
        action = f"no {what} there: nobody knows until when it is booked"
        self._note(call, Severity.ERROR, "foreign_key_violation", field, message, action)
        return None

    def _note(
        self,
        call: Call,
        severity: Severity,
        rule: str,
        field: str,
        message: str,
        action: str = "row dropped",
    ) -> None:
        value = call[field]
        shown = "" if value == NO_TIME or (isinstance(value, float) and math.isnan(value)) else str(value)
        told = f"Trip “{shorten(call['trip_id'], 40)}”: {message}"
        self._log.add(severity, rule, FILE, told, action, line=int(call["line"]), field=field, value=shown)


def can_travel(rows: Sequence[FlexRow]) -> bool:
    """Whether one can get on at some row and off at a later one, not both of the fixed timetable."""
    return any(
        on.can_board
        and any(off.can_alight and not (on.is_fixed and off.is_fixed) for off in rows[start + 1 :])
        for start, on in enumerate(rows)
    )


def mean_durations(calls: Sequence[Call]) -> dict[str, float]:
    """What the calls of a trip say about how long rides take, offsets in seconds: the first that says it."""
    found: dict[str, float] = {}
    for call in calls:
        for name in (
            "mean_duration_factor",
            "mean_duration_offset",
            "safe_duration_factor",
            "safe_duration_offset",
        ):
            value = float(call[name])
            if not math.isnan(value) and name not in found:
                found[name] = value * (60 if name.endswith("_offset") else 1)
    return found


def list_by_trip(calls: pd.DataFrame) -> dict[str, list[Call]]:
    """The calls of each trip, in the order of the file."""
    trips: dict[str, list[Call]] = {}
    for call in calls.to_dict("records"):
        trips.setdefault(call["trip_id"], []).append(call)
    return trips
