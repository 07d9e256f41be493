"""What a network is, in a few words: feeds, days, sizes."""

from __future__ import annotations

import datetime as dt

import numpy as np

from mobility.journeys.serving import Serving
from mobility.journeys.words import Json


def describe_network(serving: Serving) -> Json:
    """The snapshot a process answers from."""
    view = serving.view
    catalogue, info = view.catalogue, view.network.info
    feeds = view.words().list_attributions(set(range(len(catalogue.feed_id_text))))
    active = np.flatnonzero(np.asarray(view.timetable.service_active).any(axis=0))
    days = [info.first_day + dt.timedelta(days=int(active[end])) for end in (0, -1)] if len(active) else []
    return {
        "snapshot": serving.version,
        "synthetic": any(feed["synthetic"] for feed in feeds),
        "serviceFrom": days[0].isoformat() if days else None,
        "serviceTo": days[1].isoformat() if days else None,
        "stops": info.boardable_count,
        "trips": len(view.timetable.trip_pattern),
        "feeds": feeds,
    }
