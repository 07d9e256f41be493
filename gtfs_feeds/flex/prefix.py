"""Identifiers of services once feeds stand side by side: `{feed}_{id}`, as stops and trips have them."""

from __future__ import annotations

from dataclasses import replace

from on_demand.service import FlexRow, Service


def with_prefix(service: Service, prefix: str) -> Service:
    """The service with `{prefix}_` before each id it has and refers to, connection stops excepted: they have theirs."""

    def named(id_: str) -> str:
        return f"{prefix}_{id_}" if id_ else ""

    def named_row(row: FlexRow) -> FlexRow:
        return replace(
            row,
            area_id=named(row.area_id),
            pickup_rule_id=named(row.pickup_rule_id),
            drop_off_rule_id=named(row.drop_off_rule_id),
        )

    return replace(
        service,
        id=named(service.id),
        stops=tuple(replace(stop, id=named(stop.id)) for stop in service.stops),
        groups=tuple(
            replace(group, id=named(group.id), stop_ids=tuple(map(named, group.stop_ids)))
            for group in service.groups
        ),
        zones=tuple(replace(zone, id=named(zone.id)) for zone in service.zones),
        calendars=tuple(replace(calendar, id=named(calendar.id)) for calendar in service.calendars),
        rules=tuple(
            replace(rule, id=named(rule.id), calendar_id=named(rule.calendar_id)) for rule in service.rules
        ),
        trips=tuple(
            replace(
                trip,
                id=named(trip.id),
                calendar_id=named(trip.calendar_id),
                rows=tuple(map(named_row, trip.rows)),
            )
            for trip in service.trips
        ),
    )
