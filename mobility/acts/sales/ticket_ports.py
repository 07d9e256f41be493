"""What the acts on tickets need beside storage and clock: keys to sign with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mobility.acts.ports import ActPorts
from ticketing.tickets.keys import Algorithm, SecretTicketKey


class TicketKeyStore(Protocol):
    """The keys that sign tickets. `mobility.storage.ticket_keys` fills it."""

    def load(self) -> Sequence[SecretTicketKey]:
        """All keys, the oldest first; there is always one of each algorithm that signs."""
        ...

    def rotate(self, algorithm: Algorithm, from_s: int) -> SecretTicketKey:
        """A new key, which signs from then on in place of the one before."""
        ...

    def withdraw(self, key_id: str, at_s: int) -> SecretTicketKey:
        """Let nothing that key signed be believed any more; the newest key. Raises ValueError: none is called so."""
        ...


@dataclass(frozen=True)
class TicketPorts:
    """Storage and clock; `keys` sign; `device_key` derives the keys of tickets that the server shows itself."""

    acts: ActPorts
    keys: TicketKeyStore
    issuer: str
    device_key: bytes = field(repr=False)
    operator: str = ""
    """Who sells, as people read it on paper."""
