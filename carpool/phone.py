"""What a phone does, for whoever ports it to one: keep a key, sign statements, show and scan tokens, all offline.

Nothing here knows a network: `Phone.outbox` is what is to be sent when there is one, in any order, as often as need be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carpool.device import device_id, encode_base64url, sign_statement
from carpool.evidence import Kind, Moment, trip_id
from carpool.token import make_token, read_token

Position = tuple[float, float]
"""Latitude and longitude, degrees WGS84."""


@dataclass
class Phone:
    """One phone with its key (`seed`: the 32 private bytes) and its clock (aware, UTC)."""

    seed: bytes
    clock: Callable[[], dt.datetime]
    hardware: str = ""
    outbox: list[bytes] = field(default_factory=list)
    """Signed statements in the order they were made."""
    _seq: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """The device's identifier."""
        return device_id(self.public_key)

    def registration(self) -> bytes:
        """What makes this phone known: the public key, signed by itself."""
        payload = {
            "v": 1,
            "kind": "device",
            "key": encode_base64url(self.public_key),
            "hardware": self.hardware,
            "at": self._now(),
        }
        return sign_statement(payload, self.key)

    def start(
        self, line: str, nonce: str, where: Position | None = None, ride: str = "", stop: str = ""
    ) -> str:
        """The driver sets out; `nonce` is 32 random hex digits. The trip's identifier, to be shown as a token."""
        trip = trip_id(self.id, nonce)
        self._say(Kind.START, trip, where, line=line, nonce=nonce, ride=ride, stop=stop)
        return trip

    def positions(self, trip: str, fixes: Sequence[tuple[dt.datetime, float, float]]) -> None:
        """Where the phone was."""
        listed = [[int(at.timestamp()), round(lat * 1e6), round(lon * 1e6)] for at, lat, lon in fixes]
        self._say(Kind.POSITIONS, trip, None, fixes=listed)

    def show(self, trip: str) -> str:
        """The text of the QR code to show now."""
        return make_token(self.key, trip, self.clock())

    def scan(self, token: str, moment: Moment, where: Position | None = None, booking: str = "") -> str:
        """Another phone's QR code was scanned; the trip it is of."""
        trip = read_token(token).trip
        self._say(Kind.SCAN, trip, where, token=token, moment=str(moment), booking=booking)
        return trip

    def board(self, trip: str, where: Position | None = None, booking: str = "", stop: str = "") -> None:
        """The passenger gets in; said by the driver's phone, of the passenger with this booking."""
        self._say(Kind.BOARD, trip, where, booking=booking, stop=stop)

    def alight(self, trip: str, where: Position | None = None, booking: str = "", stop: str = "") -> None:
        """The passenger gets out."""
        self._say(Kind.ALIGHT, trip, where, booking=booking, stop=stop)

    def end(self, trip: str, where: Position | None = None, stop: str = "") -> None:
        """The driver has arrived."""
        self._say(Kind.END, trip, where, stop=stop)

    def declare(
        self,
        line: str,
        nonce: str,
        ends: tuple[str, str],
        times: tuple[dt.datetime, dt.datetime],
        passengers: Sequence[dict[str, Any]],
        ride: str = "",
    ) -> str:
        """A whole trip, afterwards, with nothing to show for it: from and to which stops, when, and who came along
        (of each `booking`, `from`, `to`, and `board`, `alight` in seconds since 1970). The trip's identifier."""
        trip = trip_id(self.id, nonce)
        fields = {
            "line": line,
            "nonce": nonce,
            "ride": ride,
            "from": ends[0],
            "to": ends[1],
            "starts": int(times[0].timestamp()),
            "ends": int(times[1].timestamp()),
            "passengers": list(passengers),
        }
        self._say(Kind.DECLARATION, trip, None, **fields)
        return trip

    def _say(self, kind: Kind, trip: str, where: Position | None, **fields: Any) -> None:
        seq = self._seq.get(trip, 0)
        self._seq[trip] = seq + 1
        now = self._now()
        payload = {"v": 1, "kind": str(kind), "trip": trip, "seq": seq, "at": now}
        payload |= {name: value for name, value in fields.items() if value != ""}
        if where is not None:
            payload["fix"] = [now, round(where[0] * 1e6), round(where[1] * 1e6)]
        self.outbox.append(sign_statement(payload, self.key))

    def _now(self) -> int:
        return int(self.clock().timestamp())
