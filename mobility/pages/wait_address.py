"""The address of a wish one waits for a place with, so that whoever must sign in first comes back to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from mobility.acts.on_demand.quote import Ask
from on_demand.area import Point
from on_demand.booking import Party, Place

WAIT = "/on-demand/waiting/new"
_HEADS = ("adults", "children", "wheelchairs", "companions")


def wait_address(service_id: str, wish: Mapping[str, Any], party: Party, language: str) -> str:
    """Of what a journey's reason says (`waitFor`), for a party."""
    asked = {"lang": language, "service": service_id}
    for end in ("from", "to"):
        place = wish[end]
        asked |= {
            end: f"{place['lat']},{place['lon']}",
            f"{end}_name": place["name"],
            f"{end}_stop": place["stop"],
        }
    asked |= {name: wish[name] for name in ("leaveAt", "arriveBy") if name in wish}
    asked |= {name: str(getattr(party, name)) for name in _HEADS}
    return f"{WAIT}?{urlencode(asked)}"


def read_wait(query: Mapping[str, str]) -> Ask:
    """The wish of an address. Raises ValueError; whether it makes sense, `join_waiting_list` says."""
    leave, arrive = query.get("leaveAt"), query.get("arriveBy")
    service_id = query.get("service", "")
    if not service_id:
        raise ValueError("no service")
    return Ask(
        _place(query, "from"),
        _place(query, "to"),
        Party(*(int(query.get(name, "0")[:4]) for name in _HEADS)),
        None if leave is None else _instant_s(leave),
        None if arrive is None else _instant_s(arrive),
        service_id,
    )


def _place(query: Mapping[str, str], end: str) -> Place:
    lat, lon = map(float, query.get(end, "").split(","))
    return Place(query.get(f"{end}_name", ""), Point(lat, lon), query.get(f"{end}_stop", ""))


def _instant_s(text: str) -> int:
    instant = dt.datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("of which clock?")
    return int(instant.timestamp())
