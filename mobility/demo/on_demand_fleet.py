"""The vehicles of the demo's two services, where they stand at night, and when they are driven."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mobility.demo.on_demand import (
    DEFAULT_DAYS,
    HAUT_DOUBS,
    HOUR_S,
    MINUTE_S,
    SATURDAY,
    TADOU,
    WEEKDAYS,
)
from mobility.demo.places import get_town
from on_demand.area import Point
from on_demand.calendar import Calendar
from on_demand.fleet import Break, Seats, Shift, Vehicle

MINIBUS = (Seats(8, 0), Seats(6, 1), Seats(3, 2))
"""Folding seats give way to wheelchairs."""
VAN = (Seats(6, 0), Seats(3, 1))
CAR = (Seats(4, 0),)


@dataclass(frozen=True, slots=True)
class _Parked:
    """A vehicle of a service, and the commune it is kept in."""

    service_id: str
    name: str
    depot: str
    configurations: tuple[Seats, ...]
    on_saturdays: bool = False


_FLEET = (
    _Parked(TADOU, "Saint-Vit 1", "Saint-Vit", MINIBUS, on_saturdays=True),
    _Parked(TADOU, "Marnay 1", "Marnay", VAN),
    _Parked(TADOU, "Devecey 1", "Devecey", MINIBUS, on_saturdays=True),
    _Parked(TADOU, "Rioz 1", "Rioz", CAR),
    _Parked(TADOU, "Roulans 1", "Roulans", MINIBUS, on_saturdays=True),
    _Parked(TADOU, "Saône 1", "Saône", MINIBUS, on_saturdays=True),
    _Parked(TADOU, "Saône 2", "Saône", CAR),
    _Parked(TADOU, "Ornans 1", "Ornans", VAN),
    _Parked(TADOU, "Quingey 1", "Quingey", VAN),
    _Parked(HAUT_DOUBS, "Pontarlier 1", "Pontarlier", MINIBUS, on_saturdays=True),
    _Parked(HAUT_DOUBS, "Pontarlier 2", "Pontarlier", VAN),
    _Parked(HAUT_DOUBS, "Morteau 1", "Morteau", MINIBUS, on_saturdays=True),
    _Parked(HAUT_DOUBS, "Maîche 1", "Maîche", VAN, on_saturdays=True),
)


def list_vehicles() -> list[Vehicle]:
    """Nine of Tadou, four of the Haut-Doubs."""
    return [
        Vehicle(
            id=_vehicle_id(parked),
            name=parked.name,
            service_ids=(parked.service_id,),
            configurations=parked.configurations,
            depot=Point(*get_town(parked.depot).point),
            depot_name=f"Dépôt de {parked.depot}",
            plate=f"DM-{100 + number}-TA",
        )
        for number, parked in enumerate(_FLEET)
    ]


def list_shifts(first_day: dt.date, days: int = DEFAULT_DAYS) -> list[Shift]:
    """A driver in the morning and one in the afternoon, and one on Saturdays, each with breaks."""
    last_day = first_day + dt.timedelta(days=days - 1)
    shifts = []
    for parked in _FLEET:
        # as the services do: tadou rests on public holidays
        works = parked.service_id == HAUT_DOUBS
        vehicle_id = _vehicle_id(parked)
        week = Calendar(f"{vehicle_id}-semaine", WEEKDAYS, first_day, last_day, on_holidays=works)
        saturday = Calendar(f"{vehicle_id}-samedi", SATURDAY, first_day, last_day, on_holidays=works)
        shifts += [
            Shift(
                f"{vehicle_id}-matin",
                vehicle_id,
                week,
                _at(5, 30),
                _at(13),
                (_break(8, 45, 10, 45, 20),),
            ),
            Shift(
                f"{vehicle_id}-soir",
                vehicle_id,
                week,
                _at(13),
                _at(20, 45),
                (_break(15, 0, 17, 0, 20), _break(18, 0, 19, 30, 15)),
            ),
        ]
        if parked.on_saturdays:
            breaks = (_break(11, 30, 13, 30, 45), _break(15, 0, 16, 30, 20))
            shifts.append(
                Shift(
                    f"{vehicle_id}-samedi",
                    vehicle_id,
                    saturday,
                    _at(7, 30),
                    _at(18, 45),
                    breaks,
                )
            )
    return shifts


def _vehicle_id(parked: _Parked) -> str:
    same = [one for one in _FLEET if one.service_id == parked.service_id]
    return f"{parked.service_id}-{same.index(parked) + 1}"


def _at(hour: int, minute: int = 0) -> int:
    return hour * HOUR_S + minute * MINUTE_S


def _break(from_hour: int, from_minute: int, to_hour: int, to_minute: int, minutes: int) -> Break:
    return Break(_at(from_hour, from_minute), _at(to_hour, to_minute), minutes * MINUTE_S)
