"""The keys that sign monthly roots: a file of their own in the folder of secret keys."""

from __future__ import annotations

import secrets

from mobility.storage.key_files import KeyFolder
from ticketing.signing import SEED_BYTES, SigningKey

REGISTER_FILE = "register.json"


class RegisterKeys:
    """Fills `mobility.acts.register_ports.SigningKeys`."""

    def __init__(self, keys: KeyFolder) -> None:
        self._keys = keys

    def load(self) -> list[SigningKey]:
        read = self._keys.read(REGISTER_FILE, lambda: [_new_seed()])
        return [SigningKey(bytes.fromhex(seed)) for seed in read]

    def add(self) -> SigningKey:
        seed = _new_seed()
        self._keys.write(REGISTER_FILE, [*(key.seed.hex() for key in self.load()), seed])
        return SigningKey(bytes.fromhex(seed))


def _new_seed() -> str:
    return secrets.token_bytes(SEED_BYTES).hex()
