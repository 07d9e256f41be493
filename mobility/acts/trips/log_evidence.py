"""What phones send: registered once, then whatever they signed, in any order, as often as they like, and late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from carpool.device import Device, EvidenceError, Signed, decode_base64url, device_id, read_signed
from carpool.evidence import BYTES_MAX, Statement, evidence_hash, take_apart, understand
from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import UnitOfWork
from mobility.acts.trips.ports import TripPorts, TripRefusedError
from mobility.acts.trips_ports import Received, Refused

ITEMS_MAX = 1_000
"""Of one upload."""

REASON_MAX = 200
"""Characters."""

DEVICES_MAX = 20
"""Of one person, withdrawn ones too."""


class Outcome(StrEnum):
    """What became of one piece of an upload."""

    STORED = "stored"
    KNOWN = "known"
    """The same bytes are here already: nothing changed."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Upload:
    """A signed statement as it is sent, and why it comes late ("": it does not)."""

    data: bytes
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one piece. The same bytes are always answered with the same hash."""

    hash: str
    outcome: Outcome
    trip_id: str = ""
    code: str = ""
    words: str = ""


def register_device(ports: TripPorts, caller: Caller, registration: bytes) -> Device:
    """Make a phone known by what it signed of itself; again, it stays as it is.

    Raises ForbiddenError, and TripRefusedError where it is none, or the key is somebody else's.
    """
    caller.require(Permission.LOG_TRIPS)
    now = ports.now()
    device = replace(_read_registration(registration), person=caller.person, registered_at=now)
    with ports.unit_of_work() as work:
        work.lock(f"device {device.id}")
        known = work.evidence.find_device(device.id)
        if known is not None and known.person == caller.person:
            return known
        if known is not None:
            raise TripRefusedError(
                "device-taken",
                "Cette clé est déjà celle de quelqu'un d'autre : faites-en une nouvelle.",
                "This key is somebody else's already: make a new one.",
            )
        work.lock(f"devices of {caller.person}")
        if len(work.evidence.list_devices_of(caller.person)) >= DEVICES_MAX:
            raise TripRefusedError(
                "too-many-devices",
                f"Un compte a au plus {DEVICES_MAX} téléphones.",
                f"An account has at most {DEVICES_MAX} phones.",
            )
        work.evidence.put_device(device)
        work.commit()
    return device


def list_devices(ports: TripPorts, caller: Caller) -> list[Device]:
    """One's own devices. Raises ForbiddenError."""
    caller.require(Permission.LOG_TRIPS)
    with ports.unit_of_work(read_only=True) as work:
        return work.evidence.list_devices_of(caller.person)


def withdraw_device(ports: TripPorts, caller: Caller, device: str) -> Device:
    """A phone is lost or sold: nothing it signs from now on counts. Raises ForbiddenError and TripRefusedError."""
    caller.require(Permission.LOG_TRIPS)
    with ports.unit_of_work() as work:
        work.lock(f"device {device}")
        known = work.evidence.find_device(device)
        if known is None or known.person != caller.person:
            raise TripRefusedError(
                "unknown-device", "Ce téléphone n'est pas connu.", "This phone is not known."
            )
        if known.revoked_at is not None:
            return known
        known = replace(known, revoked_at=ports.now())
        work.evidence.put_device(known)
        work.commit()
    return known


def log_evidence(
    ports: TripPorts, caller: Caller, uploads: Sequence[Upload], sent_at: dt.datetime | None = None
) -> list[Receipt]:
    """Keep what a phone sends. Every piece is answered on its own, in the order given; all of it is written at once.

    What is refused is kept too, and looked at anew when it is sent again (once its phone is registered, say).
    `sent_at`: the phone's clock as it sends; how far it is off is recorded. Raises ForbiddenError and TripRefusedError.
    """
    caller.require(Permission.LOG_TRIPS)
    if len(uploads) > ITEMS_MAX:
        raise TripRefusedError(
            "too-large",
            f"{len(uploads)} éléments ; au plus {ITEMS_MAX} à la fois.",
            f"{len(uploads)} pieces; at most {ITEMS_MAX} at a time.",
        )
    now = ports.now()
    skew_s = None if sent_at is None else max(-(2**31), min(2**31 - 1, int((sent_at - now).total_seconds())))
    hashes = [evidence_hash(upload.data) for upload in uploads]
    with ports.unit_of_work() as work:
        batch = _Batch(work, caller.person, now, skew_s)
        batch.read(dict(zip(hashes, uploads, strict=True)))
        batch.write()
        work.commit()
    return [batch.receipts[hash_] for hash_ in hashes]


class _Batch:
    """One upload on its way into storage."""

    def __init__(self, work: UnitOfWork, person: str, now: dt.datetime, skew_s: int | None) -> None:
        self._work, self._person, self._now, self._skew_s = work, person, now, skew_s
        self.receipts: dict[str, Receipt] = {}
        self._kept: dict[str, bytes] = {}
        self._accepted: list[Received] = []
        self._refused: list[Refused] = []

    def read(self, uploads: Mapping[str, Upload]) -> None:
        """Look at every piece."""
        known = self._work.evidence.list_accepted(uploads)
        apart: dict[str, Signed] = {}
        for hash_, upload in uploads.items():
            if hash_ in known:
                self.receipts[hash_] = Receipt(hash_, Outcome.KNOWN, known[hash_])
                continue
            try:
                apart[hash_] = take_apart(upload.data)
            except EvidenceError as error:
                self._refuse(hash_, upload, error)
        devices = self._work.evidence.list_devices({signed.device for signed in apart.values()})
        for hash_, signed in apart.items():
            try:
                statement = self._read_one(signed, hash_, devices.get(signed.device))
            except EvidenceError as error:
                self._refuse(hash_, uploads[hash_], error)
            else:
                self._accept(statement, uploads[hash_])

    def write(self) -> None:
        """Write all of it; trips something new has come of are due."""
        evidence = self._work.evidence
        evidence.keep(self._person, list(self._kept.items()), self._now)
        added = evidence.accept(self._accepted)
        evidence.refuse(self._refused)
        self._work.trips.mark_due({one.trip_id for one in self._accepted if one.hash in added}, self._now)
        for one in self._accepted:  # somebody else was a moment faster with the same bytes
            if one.hash not in added:
                self.receipts[one.hash] = replace(self.receipts[one.hash], outcome=Outcome.KNOWN)

    def _read_one(self, signed: Signed, hash_: str, device: Device | None) -> Statement:
        if device is None:
            raise EvidenceError("unknown-device", "its phone is not registered: register it, and send again")
        if device.person != self._person:
            raise EvidenceError("not-yours", "another person's phone signed it: it is to be sent by them")
        return understand(signed, hash_, device)

    def _accept(self, statement: Statement, upload: Upload) -> None:
        self._kept[statement.hash] = upload.data
        self._accepted.append(
            Received(
                hash=statement.hash,
                trip_id=statement.trip,
                device=statement.device,
                person=self._person,
                kind=statement.kind.value,
                seq=statement.seq,
                at=statement.at,
                received_at=self._now,
                skew_s=self._skew_s,
                reason=upload.reason[:REASON_MAX],
                data=upload.data,
            )
        )
        self.receipts[statement.hash] = Receipt(statement.hash, Outcome.STORED, statement.trip)

    def _refuse(self, hash_: str, upload: Upload, error: EvidenceError) -> None:
        if len(upload.data) <= BYTES_MAX:
            self._kept[hash_] = upload.data
            self._refused.append(Refused(hash_, self._person, self._now, error.code, str(error)))
        self.receipts[hash_] = Receipt(hash_, Outcome.REFUSED, "", error.code, str(error))


def _read_registration(data: bytes) -> Device:
    try:
        signed = read_signed(data)
        payload = signed.payload
        key, hardware = payload.get("key"), payload.get("hardware", "")
        if payload.get("kind") != "device" or not isinstance(key, str) or not isinstance(hardware, str):
            raise EvidenceError("bad-field", "kind is device, key and hardware are texts")
        if len(hardware) > 64 or not (hardware == "" or hardware.isprintable()):
            raise EvidenceError("bad-field", "hardware: at most 64 printable characters")
        try:
            public_key = decode_base64url(key)
        except ValueError as error:
            raise EvidenceError("bad-field", f"key: {error}") from None
        if device_id(public_key) != signed.device:
            raise EvidenceError("bad-field", "kid is not that of the key")
        signed.verify(public_key)
    except EvidenceError as error:
        raise TripRefusedError(
            "bad-registration",
            f"Ce n'est pas l'enregistrement d'un téléphone : {error}.",
            f"This registers no phone: {error}.",
        ) from None
    return Device(signed.device, "", public_key, hardware)
