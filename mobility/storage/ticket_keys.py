"""The keys that sign tickets: a file of their own in the folder of secret keys."""

from __future__ import annotations

import secrets
from typing import Any

from mobility.storage.key_files import KeyFolder
from ticketing.tickets.keys import (
    SECRET_BYTES,
    Algorithm,
    SecretTicketKey,
    TicketKey,
    new_key,
    rotate,
    withdraw,
)

TICKETS_FILE = "tickets.json"


class TicketKeys:
    """Fills `mobility.acts.sales.ticket_ports.TicketKeyStore`. Read anew when the file changes."""

    def __init__(self, keys: KeyFolder, issuer: str) -> None:
        self._files, self._issuer = keys, issuer
        self._stamp, self._loaded = 0, tuple[SecretTicketKey, ...]()

    def load(self) -> tuple[SecretTicketKey, ...]:
        """All keys, the oldest first; the first of each algorithm signs from the beginning of time."""
        stamp = self._files.stamp(TICKETS_FILE)
        if not self._loaded or stamp != self._stamp:
            read = self._files.read(TICKETS_FILE, self._first)
            self._loaded = tuple(self._read(one) for one in read)
            self._stamp = self._files.stamp(TICKETS_FILE)
        return self._loaded

    def rotate(self, algorithm: Algorithm, from_s: int) -> SecretTicketKey:
        """A new key signs from then on."""
        return self._write(rotate(self.load(), algorithm, from_s, secrets.token_bytes))

    def withdraw(self, key_id: str, at_s: int) -> SecretTicketKey:
        """Nothing that key signed is believed any more; the key that signs now. Raises ValueError: there is none."""
        return self._write(withdraw(self.load(), key_id, at_s, secrets.token_bytes))

    def _write(self, keys: list[SecretTicketKey]) -> SecretTicketKey:
        self._files.write(TICKETS_FILE, [_written(key) for key in keys])
        return keys[-1]

    def _first(self) -> list[dict[str, Any]]:
        return [
            _written(new_key(self._issuer, str(n), algorithm, secrets.token_bytes(SECRET_BYTES)))
            for n, algorithm in enumerate(Algorithm, start=1)
        ]

    def _read(self, one: dict[str, Any]) -> SecretTicketKey:
        algorithm = Algorithm(one["algorithm"])
        times = (one["valid_from_s"], one["valid_until_s"], one["withdrawn_s"])
        public = TicketKey(self._issuer, one["id"], algorithm, bytes.fromhex(one["public_key"]), *times)
        return SecretTicketKey(public, bytes.fromhex(one["secret"]))


def _written(key: SecretTicketKey) -> dict[str, Any]:
    public = key.public
    return {
        "id": public.id,
        "algorithm": public.algorithm.value,
        "public_key": public.public_key.hex(),
        "secret": key.secret.hex(),
        "valid_from_s": public.valid_from_s,
        "valid_until_s": public.valid_until_s,
        "withdrawn_s": public.withdrawn_s,
    }
