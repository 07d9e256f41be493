"""The slow, obvious twin of what open data leaves out."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ticketing.entry import RegisterEntry


def rare_communes(entries: Iterable[RegisterEntry], least: int) -> set[str]:
    """The communes in which too few trips begin or end: taken out one at a time, until all others are frequent."""
    bodies = {entry.seq: json.loads(entry.body) for entry in entries}
    withdrawn = {body["grant_seq"] for body in bodies.values() if "grant_seq" in body}
    trips = [
        {body["facts"]["start"]["commune"], body["facts"]["end"]["commune"]}
        for seq, body in bodies.items()
        if "grant" in body and seq not in withdrawn
    ]
    rare: set[str] = set()
    while True:
        shown = [trip for trip in trips if not trip & rare]
        communes = {commune for trip in shown for commune in trip}
        few = sorted(one for one in communes if sum(one in trip for trip in shown) < least)
        if not few:
            return rare | ({commune for trip in trips for commune in trip} - communes)
        rare.add(few[0])
