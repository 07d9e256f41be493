"""Devices and what they signed, kept as received."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Row, Select, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from carpool.device import Device
from mobility.accounts.vault import KEY_BYTES, Vault
from mobility.acts.trips_ports import Received, Refused
from mobility.storage.database import Base
from mobility.storage.trip_tables import DeviceRow, EvidenceKeyRow, EvidenceRow, RefusedRow, StatementRow

IN_MAX = 500
"""Values a question names at a time."""

_STATEMENT_FIELDS = tuple(field.name for field in fields(Received) if field.name != "data")


class SqlEvidence:
    """Fills `mobility.acts.trips_ports.EvidenceTable`. Each person's bytes are sealed with AES-256-GCM under a key of
    their own, which is itself sealed by the vault: with the key, what it sealed is gone from every copy of the rows."""

    def __init__(self, session: Session, vault: Vault | None) -> None:
        self._session, self._vault = session, vault
        self._ciphers: dict[str, AESGCM | None] = {}

    # ── devices ────────────────────────────────────────────────────────────────────────────────────────

    def find_device(self, device_id: str) -> Device | None:
        return self.list_devices([device_id]).get(device_id)

    def list_devices(self, ids: Collection[str]) -> dict[str, Device]:
        found = (
            _device(row)
            for part in _parts(ids)
            for row in self._session.execute(_SOME_DEVICES, {"ids": part})
        )
        return {device.id: device for device in found}

    def list_devices_of(self, person: str) -> list[Device]:
        query = _DEVICES.where(DeviceRow.person == person)
        return [
            _device(row)
            for row in self._session.execute(query.order_by(DeviceRow.registered_at, DeviceRow.id))
        ]

    def put_device(self, device: Device) -> None:
        self._session.merge(
            DeviceRow(**{field.name: getattr(device, field.name) for field in fields(Device)})
        )
        self._session.flush()

    # ── what they signed ───────────────────────────────────────────────────────────────────────────────

    def list_accepted(self, hashes: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in _parts(hashes):
            query = select(StatementRow.hash, StatementRow.trip_id).where(StatementRow.hash.in_(part))
            found |= {row.hash: row.trip_id for row in self._session.execute(query)}
        return found

    def keep(self, person: str, items: Sequence[tuple[str, bytes]], at: dt.datetime) -> None:
        if not items:
            return
        cipher = self._cipher(person) or self._make_cipher(person)
        rows = []
        for hash_, data in sorted(items):
            nonce = os.urandom(12)
            sealed = nonce + cipher.encrypt(nonce, data, hash_.encode())
            rows.append({"hash": hash_, "person": person, "sealed": sealed, "kept_at": at})
        self._add(EvidenceRow, rows)

    def accept(self, statements: Sequence[Received]) -> set[str]:
        rows = [
            {name: getattr(statement, name) for name in _STATEMENT_FIELDS}
            for statement in sorted(statements, key=lambda statement: statement.hash)
        ]
        return self._add(StatementRow, rows)

    def refuse(self, refusals: Sequence[Refused]) -> None:
        self._session.add_all(RefusedRow(**asdict(refusal)) for refusal in refusals)
        self._session.flush()

    def list_of_trip(self, trip_id: str) -> list[Received]:
        return self._received(_OF_TRIP, {"trip": trip_id})

    def list_of_person(self, person: str) -> list[Received]:
        return self._received(_OF_PERSON, {"person": person})

    def list_refused(self, person: str) -> list[Refused]:
        query = select(RefusedRow).where(RefusedRow.person == person).order_by(RefusedRow.id)
        names = [field.name for field in fields(Refused)]
        return [
            Refused(**{name: getattr(row, name) for name in names}) for row in self._session.scalars(query)
        ]

    def find_raw(self, hash_: str) -> bytes | None:
        query = select(EvidenceRow.person, EvidenceRow.sealed).where(EvidenceRow.hash == hash_)
        for person, sealed in self._session.execute(query.order_by(EvidenceRow.person)):
            opened = self._open(person, hash_, sealed)
            if opened is not None:
                return opened
        return None

    def forget_person(self, person: str) -> None:
        self._session.execute(delete(EvidenceKeyRow).where(EvidenceKeyRow.person == person))
        self._ciphers[person] = None

    def _received(self, query: Select[Any], values: dict[str, str]) -> list[Received]:
        return [self._one(row) for row in self._session.execute(query, values)]

    def _one(self, row: Row[Any]) -> Received:
        values: list[Any] = list(row)
        key, sealed, person = values.pop(), values.pop(), row.person
        if person not in self._ciphers:
            self._ciphers[person] = self._unseal(person, key)
        values.append(self._open(person, row.hash, sealed))
        return Received(*values)

    def _add(self, table: type[Base], rows: list[dict[str, Any]]) -> set[str]:
        """Insert rows unless they are there, in the order of their hashes so that two at once never wait for each
        other; the hashes of those that were not."""
        if not rows:
            return set()
        dialect = self._session.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        statement = insert(table.__table__).on_conflict_do_nothing().returning(table.__table__.c.hash)  # type: ignore[arg-type]
        added: set[str] = set()
        for first in range(0, len(rows), IN_MAX):
            added.update(self._session.scalars(statement, rows[first : first + IN_MAX]))
        return added

    # ── keys ───────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, person: str, hash_: str, sealed: bytes) -> bytes | None:
        cipher = self._cipher(person)
        if cipher is None:
            return None
        try:
            return cipher.decrypt(sealed[:12], sealed[12:], hash_.encode())
        except InvalidTag:  # sent before its person was erased, and came back: another key
            return None

    def _cipher(self, person: str) -> AESGCM | None:
        if person not in self._ciphers:
            row = self._session.get(EvidenceKeyRow, person)
            self._ciphers[person] = self._unseal(person, None if row is None else row.sealed)
        return self._ciphers[person]

    def _unseal(self, person: str, key: bytes | None) -> AESGCM | None:
        opened = None if key is None else self._need_vault().open(key, _context(person))
        return None if opened is None else AESGCM(opened)

    def _make_cipher(self, person: str) -> AESGCM:
        sealed = self._need_vault().seal(os.urandom(KEY_BYTES), _context(person))
        dialect = self._session.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        self._session.execute(
            insert(EvidenceKeyRow).on_conflict_do_nothing(), [{"person": person, "sealed": sealed}]
        )
        del self._ciphers[person]
        made = self._cipher(person)  # of two at once, the key of the one who was first
        if made is None:
            raise RuntimeError(f"the key of {person} vanished while it was made")
        return made

    def _need_vault(self) -> Vault:
        if self._vault is None:
            raise RuntimeError("evidence is sealed: it needs a vault")
        return self._vault


def _context(person: str) -> str:
    return f"evidence key of {person}"


def _statements() -> Select[Any]:
    columns = [getattr(StatementRow.__table__.c, name) for name in _STATEMENT_FIELDS]
    together = (EvidenceRow.__table__.c.hash == StatementRow.__table__.c.hash) & (
        EvidenceRow.__table__.c.person == StatementRow.__table__.c.person
    )
    return (
        select(*columns, EvidenceRow.__table__.c.sealed, EvidenceKeyRow.__table__.c.sealed.label("key"))
        .join_from(StatementRow.__table__, EvidenceRow.__table__, together)
        .outerjoin(
            EvidenceKeyRow.__table__, EvidenceKeyRow.__table__.c.person == StatementRow.__table__.c.person
        )
        .order_by(StatementRow.__table__.c.received_at, StatementRow.__table__.c.hash)
    )


# Asked at every judging: built once.
_OF_TRIP = _statements().where(StatementRow.__table__.c.trip_id == bindparam("trip"))
_OF_PERSON = _statements().where(StatementRow.__table__.c.person == bindparam("person"))
_DEVICE = DeviceRow.__table__
_DEVICES = select(*(DeviceRow.__table__.c[field.name] for field in fields(Device)))
_SOME_DEVICES = _DEVICES.where(_DEVICE.c.id.in_(bindparam("ids", expanding=True)))


def _device(row: Row[Any]) -> Device:
    values: list[Any] = list(row)
    return Device(*values)


def _parts(values: Collection[str]) -> list[list[str]]:
    ordered = sorted(values)
    return [ordered[first : first + IN_MAX] for first in range(0, len(ordered), IN_MAX)]
