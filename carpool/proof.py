"""How well a passage is proven: derived from what the phones signed, never from what anybody claims.

Classes are those of the French national register (arrêté du 3 octobre 2022, classes de preuve A, B, C).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carpool.device import Device
from carpool.evidence import Moment
from carpool.nearness import find_place_at
from carpool.trip import EvidenceClass, Fix


@dataclass(frozen=True, slots=True)
class Scan:
    """One phone scanned the other's token: that of a passenger and that of the driver were together."""

    moment: Moment
    device: str
    """The passenger's."""
    driver_device: str
    token_at: dt.datetime
    """By the clock of the phone that showed it."""
    at: dt.datetime
    """By the clock of the phone that scanned it."""
    place: Fix | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """When somebody got in or out, where as far as that is known, and the hash of what says so."""

    at: dt.datetime
    place: Fix | None
    evidence: str


def share_a_phone(one: Iterable[str], other: Iterable[str], devices: Mapping[str, Device]) -> bool:
    """Whether two sets of devices have a key or a phone in common."""
    ones, others = set(one), set(other)
    hardware = {devices[device].hardware for device in ones if device in devices} - {""}
    return bool(ones & others) or any(
        devices[device].hardware in hardware for device in others if device in devices
    )


def derive_class(
    devices: frozenset[str],
    driver_devices: frozenset[str],
    known: Mapping[str, Device],
    tracks: tuple[tuple[Fix, ...], tuple[Fix, ...]],
    sightings: tuple[Sighting, Sighting | None],
    scans: tuple[Scan, ...],
    gap_s_max: int,
) -> EvidenceClass:
    """The class of a passage. `tracks`: where the passenger's and the driver's own phones were, by time; `sightings`:
    getting in and out. A position counts for an instant when it is not farther than `gap_s_max` from it."""
    if not devices or not driver_devices or share_a_phone(devices, driver_devices, known):
        return EvidenceClass.A
    board, alight = sightings
    if alight is not None and alight.at > board.at:
        moments = board.at, alight.at
        if all(find_place_at(track, at, gap_s_max) is not None for track in tracks for at in moments) and all(
            len({fix.at for fix in track}) >= 2 for track in tracks
        ):
            return EvidenceClass.C
    return EvidenceClass.B if scans else EvidenceClass.A
