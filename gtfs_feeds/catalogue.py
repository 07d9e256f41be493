"""What people read about a timetable: names, colours, agencies, shapes. Aligned with its indices, kept as arrays.

All texts live in one pool of UTF-8 bytes; a text is an index into it (`Text`), so that a catalogue of hundreds
of thousands of trips opens by mapping files, without parsing a thing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NO_TEXT = 0
"""Text 0 is always the empty string."""


class Catalogue(NamedTuple):
    """Aligned with `routing.timetable.Timetable` (`A` all stops, `F` footpaths, `Q` pattern positions, `T` trips);
    own sizes: `R` routes, `G` agencies, `H` shapes, `N` feeds, `X` texts. Identifiers are merged ones, `{feed}_{id}`.
    `*_text` arrays are indices into the pool."""

    # ── the pool of texts ──────────────────────────────────────────────────────────────────────────────
    text_first: NDArray[np.int64]  # [X+1] into text_bytes
    text_bytes: NDArray[np.uint8]

    # ── feeds and agencies ─────────────────────────────────────────────────────────────────────────────
    feed_id_text: NDArray[np.int32]  # [N]
    feed_publisher_name_text: NDArray[np.int32]  # [N] feed_info; "" when absent
    feed_publisher_url_text: NDArray[np.int32]  # [N]
    feed_lang_text: NDArray[np.int32]  # [N]
    feed_version_text: NDArray[np.int32]  # [N]
    feed_attributions_text: NDArray[
        np.int32
    ]  # [N] JSON list of {name, url, email, phone, roles}: attributions.txt
    feed_synthetic: NDArray[
        np.uint8
    ]  # [N] 1: publisher or version says "synthetic": shown wherever the data is
    agency_id_text: NDArray[np.int32]  # [G]
    agency_name_text: NDArray[np.int32]  # [G]
    agency_url_text: NDArray[np.int32]  # [G]
    agency_phone_text: NDArray[np.int32]  # [G]
    agency_fare_url_text: NDArray[np.int32]  # [G]
    agency_zone_text: NDArray[np.int32]  # [G] IANA name
    agency_feed: NDArray[np.int32]  # [G]

    # ── stops ──────────────────────────────────────────────────────────────────────────────────────────
    stop_id_text: NDArray[np.int32]  # [A]
    stop_name_text: NDArray[np.int32]  # [A] a platform without a name has its station's
    stop_code_text: NDArray[np.int32]  # [A]
    stop_desc_text: NDArray[np.int32]  # [A]
    stop_platform_text: NDArray[np.int32]  # [A] platform_code
    stop_zone_text: NDArray[np.int32]  # [A] IANA name: the stop's, its station's, or its agency's
    stop_location_type: NDArray[np.uint8]  # [A] GTFS: 0 stop, 1 station, 2 entrance, 3 node, 4 boarding area
    stop_feed: NDArray[np.int32]  # [A]
    stop_level: NDArray[np.float64]  # [A] level_index, NaN when unknown
    stop_departures_per_day: NDArray[
        np.float32
    ]  # [A] mean over the feed's active days; a station sums its stops
    stop_by_id: NDArray[np.int32]  # [A] stop indices in the byte order of their ids, for bisection

    # ── footpaths ──────────────────────────────────────────────────────────────────────────────────────
    footpath_estimated: NDArray[np.uint8]  # [F] 1: time guessed as the crow flies, see `Footpaths`

    # ── routes (GTFS's; the router's are its own business) ─────────────────────────────────────────────
    route_id_text: NDArray[np.int32]  # [R]
    route_agency: NDArray[np.int32]  # [R]
    route_short_name_text: NDArray[np.int32]  # [R]
    route_long_name_text: NDArray[np.int32]  # [R]
    route_type: NDArray[np.int32]  # [R] as published or corrected, extended types included
    route_color: NDArray[np.int32]  # [R] 0xRRGGBB, -1 unknown
    route_text_color: NDArray[np.int32]  # [R]

    # ── trips ──────────────────────────────────────────────────────────────────────────────────────────
    trip_id_text: NDArray[np.int32]  # [T]
    trip_route: NDArray[np.int32]  # [T]
    trip_headsign_text: NDArray[np.int32]  # [T] "" when absent: use the last stop's name
    trip_short_name_text: NDArray[np.int32]  # [T]
    trip_direction: NDArray[np.int8]  # [T] 0, 1, or -1
    trip_shape: NDArray[np.int32]  # [T] or -1
    trip_by_id: NDArray[np.int32]  # [T] trip indices in the byte order of their ids
    position_headsign_text: NDArray[np.int32]  # [Q] stop_headsign; "" when the trip's holds
    trip_numbering: NDArray[np.int32]  # [T] how its calls are numbered, below

    # ── stop_sequence, as real time names calls: most trips of a feed share a few ways of numbering ────
    numbering_first: NDArray[np.int64]  # [U+1]
    numbering_sequence: NDArray[np.int32]  # by position; as many as the trip has calls, increasing

    # ── shapes ─────────────────────────────────────────────────────────────────────────────────────────
    shape_first: NDArray[np.int64]  # [H+1]
    shape_lat: NDArray[np.float32 | np.float64]
    shape_lon: NDArray[np.float32 | np.float64]

    # ── translations.txt of names people see, resolved to texts: (text, language) -> text ──────────────
    translation_text: NDArray[np.int32]  # [L] sorted; the original
    translation_lang_text: NDArray[np.int32]  # [L]
    translation_to_text: NDArray[np.int32]  # [L]


def text(catalogue: Catalogue, index: int) -> str:
    """The text at `index` of the pool."""
    first, last = catalogue.text_first[index], catalogue.text_first[index + 1]
    return catalogue.text_bytes[first:last].tobytes().decode()


def order_by_text(
    text_first: NDArray[np.int64], text_bytes: NDArray[np.uint8], texts: NDArray[np.int32]
) -> NDArray[np.int32]:
    """The order that sorts `texts` by their UTF-8 bytes, as `stop_by_id` and `trip_by_id` have it."""
    pool, first = text_bytes.tobytes(), text_first.tolist()
    keys = [pool[first[index] : first[index + 1]] for index in texts.tolist()]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int32)


def translated(catalogue: Catalogue, index: int, lang: str = "") -> str:
    """The text at `index` in the language of a BCP 47 tag, as far as the feed has it: exactly this language, else one
    with the same primary subtag (fr for fr-CA and the other way round), else the feed's own words."""
    if lang:
        low, high = np.searchsorted(catalogue.translation_text, [index, index + 1])
        tags = [text(catalogue, tag).lower() for tag in catalogue.translation_lang_text[low:high]]
        wanted = lang.lower()
        exact = [row for row, tag in enumerate(tags) if tag == wanted]
        related = [row for row, tag in enumerate(tags) if tag.partition("-")[0] == wanted.partition("-")[0]]
        for row in exact + related:
            return text(catalogue, int(catalogue.translation_to_text[low + row]))
    return text(catalogue, index)


def stop_name(catalogue: Catalogue, stop: int, lang: str = "") -> str:
    """What the stop is called."""
    return translated(catalogue, int(catalogue.stop_name_text[stop]), lang)


def route_name(catalogue: Catalogue, route: int, lang: str = "") -> str:
    """What the route is called: its short name, else its long one."""
    short = int(catalogue.route_short_name_text[route])
    return translated(catalogue, short or int(catalogue.route_long_name_text[route]), lang)


def headsign(catalogue: Catalogue, trip: int, position: int, last_stop: int, lang: str = "") -> str:
    """What the vehicle shows: at the flat pattern `position`, else all along the trip, else its `last_stop`'s name."""
    shown = catalogue.position_headsign_text[position] or catalogue.trip_headsign_text[trip]
    return translated(catalogue, int(shown or catalogue.stop_name_text[last_stop]), lang)


def find_stop(catalogue: Catalogue, stop_id: str) -> int | None:
    """The stop with this merged identifier."""
    return _find(catalogue, catalogue.stop_by_id, catalogue.stop_id_text, stop_id)


def find_trip(catalogue: Catalogue, trip_id: str) -> int | None:
    """The trip with this merged identifier."""
    return _find(catalogue, catalogue.trip_by_id, catalogue.trip_id_text, trip_id)


def _find(catalogue: Catalogue, order: NDArray[np.int32], ids: NDArray[np.int32], wanted: str) -> int | None:
    key, low, high = wanted.encode(), 0, len(order)
    while low < high:
        middle = (low + high) // 2
        index = ids[order[middle]]
        found = catalogue.text_bytes[catalogue.text_first[index] : catalogue.text_first[index + 1]].tobytes()
        if found < key:
            low = middle + 1
        elif found > key:
            high = middle
        else:
            return int(order[middle])
    return None
